//! What containers cost: metrics of the OpenTelemetry Collector joined to the lines of nodes.
//!
//! [`hours`] is the time, [`observed`] what metrics tell, [`places`] which services' spans ran where,
//! [`nodes`] which node is which resource of the bill, [`charges`] what that costs. [`shared`] joins
//! them into the costs of each hour, for every choice of weights; [`answer`] is the page. The maths
//! is in [`hannun_allocation::containers`].

pub mod answer;
pub mod charges;
pub mod hours;
pub mod identity;
pub mod load;
pub mod names;
pub mod nodes;
pub mod observed;
pub mod places;
pub mod settings;
pub mod shared;

pub use answer::{ContainersAnswer, containers};
