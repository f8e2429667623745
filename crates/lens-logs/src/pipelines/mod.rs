//! Pipelines: what they do to the logs that come, and what they would have done to those that did.

pub mod in_force;
pub mod routes;
pub mod status;
pub mod try_out;
