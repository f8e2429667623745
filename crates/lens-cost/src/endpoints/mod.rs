//! What endpoints and services cost.
//!
//! [`choice`] says which traces are read, [`sample`] what they put a load on, [`counts`] how many
//! requests there really were, [`model`] prices every hour, and [`answer`] is what pages show. The
//! maths is in [`hannun_allocation::endpoints`].

pub mod answer;
pub mod choice;
pub mod counts;
pub mod model;
pub mod sample;

pub use answer::{EndpointCosts, ServiceCostsAnswer, endpoint_costs, service_costs};
