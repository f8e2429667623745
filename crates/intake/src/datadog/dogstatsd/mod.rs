//! DogStatsD: metrics, events and service checks over UDP and Unix datagrams, and over HTTP (`http`).
//!
//! Senders get no answer, so everything that is not kept is counted ([`Counters`]): by the kernel,
//! whose receive buffer is as large as it lets us make it, and by us. Metrics are aggregated for ten
//! seconds as Datadog's agents do (`aggregate`) and become points at the end of their window; those
//! that say their time, events and checks are kept within a second.
//!
//! What reached us is in memory until its window is stored, and is stored at shutdown: unlike
//! requests, datagrams are not acknowledged, so I1 does not speak of them.

mod aggregate;
pub mod counters;
pub mod event;
mod flush;
mod gather;
mod http;
mod listener;
pub mod log_rows;
mod origin;
pub mod parse;
mod receive;
pub mod service_check;
#[cfg(test)]
mod tests;

pub use counters::{Counters, Snapshot};
pub use http::routes;
pub use listener::DogStatsD;

/// The scope of what comes by this protocol.
pub const SCOPE: &str = "datadog.dogstatsd";
