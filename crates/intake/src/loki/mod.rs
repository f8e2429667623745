//! Loki's push API: what Promtail, Alloy, Fluent Bit, Vector and Docker's driver send.
//!
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

pub mod map;
pub mod routes;
#[cfg(test)]
mod tests;
pub mod wire;

pub use routes::router;
