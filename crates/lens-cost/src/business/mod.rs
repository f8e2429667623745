//! Business metrics: ordinary metric points that costs are divided by.
//!
//! Any gauge or sum may be one. Those that came by `POST /api/v1/business-metrics` have a scope of
//! their own and are listed; others are found by a part of their name. [`quantity`] says how points
//! become a quantity.

mod list;
pub mod quantity;

pub use list::{BusinessMetric, BusinessMetrics, list};
