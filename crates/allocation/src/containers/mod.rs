//! What a container costs: its part of the node it runs on, hour by hour.
//!
//! A node costs what the bill says. Its cost is split over its processors and its memory by
//! [`Weights`], and each of the two over the containers by `max(request, usage)`: what is reserved
//! cannot be given to anybody else, what is used beyond it is taken nevertheless. OpenCost and the
//! split cost allocation data of AWS charge the same amount. The part that was used, the part that
//! was reserved and not used (workload idle) and the part that nobody reserved (cluster idle) are
//! kept apart, and together they are the cost of the node to the last place.

mod node;
mod sensitivity;
mod weights;

pub use node::{ContainerCost, ContainerHour, NodeCapacity, NodeHour, NodeSplit, split_node};
pub use sensitivity::{LargestChange, largest_change};
pub use weights::{GIB, Weights};
