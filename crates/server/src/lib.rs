//! The doors: listeners with TLS and limits, Hannun's own HTTP API, and its first page.
//!
//! Nothing is decided here: the API asks `query` and `lake`, intakes have routers of their own.

pub mod access;
pub mod api;
pub mod listener;
pub mod metrics;
pub mod tls;
