//! The doors: listeners with TLS and limits, sign-in, Hannun's own HTTP API, and the web app.
//!
//! Nothing is decided here: the API asks `query`, `lake`, `ledger` and the lenses; intakes have
//! routes of their own.

pub mod access;
pub mod api;
mod body;
pub mod listener;
pub mod metrics;
pub mod tls;
mod web;
