//! What a business counts: orders, revenue, active users, by hour or day and whatever dimensions.
//!
//! `POST /api/v1/business-metrics` takes points as JSON, `…/csv` a table. They become ordinary metric
//! points of the scope [`SCOPE`]: a count is a delta sum, a level (such as active users) a gauge. The
//! same metrics sent by OTLP are told from these by their scope only.
//!
//! A point says what happened at or from its time. A second one about the same metric, time and
//! dimensions takes the place of the first, whenever it comes: reports are corrected, and files are
//! sent again. Who asks keeps the latest by [`RECEIVED`], an attribute of the scope.

pub mod map;
pub mod routes;
#[cfg(test)]
mod tests;
pub mod wire;

pub use routes::{take_csv, take_json};

/// Scope of points that come by this door.
pub const SCOPE: &str = "hannun.business";
/// Attribute of the scope: when the point was received, in nanoseconds since 1970.
pub const RECEIVED: &str = "received_unix_nano";
