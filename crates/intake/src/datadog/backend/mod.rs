//! The API of Datadog's backend, as their agents, Lambda extensions, log forwarders, Vector and API
//! clients use it.
//!
//! | endpoint | what becomes of it |
//! |---|---|
//! | `/api/v1/series`, `/api/v2/series`, `/api/intake/metrics/v3/series` | points: gauges, and sums of deltas ([`series`]) |
//! | `/api/beta/sketches`, `/api/v1/distribution_points` | points: exponential histograms ([`sketches`], [`distribution_points`]) |
//! | `/api/v2/logs`, `/v1/input` | log records ([`logs`]) |
//! | `/api/v1/check_run`, `/api/v1/events`, `/api/v2/events`, `/intake/` | events of the logs, statuses as points ([`checks`], [`events`], [`intake`]) |
//! | `/api/v1/validate` | whether the sender may send |
//! | processes, containers, Kubernetes objects, metadata of hosts | answered, counted, not kept ([`routes`]) |
//!
//! Sources: <https://docs.datadoghq.com/api/latest/metrics/>,
//! <https://docs.datadoghq.com/api/latest/logs/>,
//! <https://github.com/DataDog/agent-payload/tree/master/proto/metrics>, and the clients themselves.

pub mod answer;
pub mod checks;
pub mod columnar;
pub mod distribution_points;
pub mod events;
pub mod intake;
pub mod items;
pub mod log_tags;
pub mod logs;
pub mod routes;
pub mod series;
pub mod series_json;
pub mod series_protobuf;
pub mod sketches;
#[cfg(test)]
mod tests;

pub use routes::routes;
