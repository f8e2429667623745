//! How telemetry is asked: SQL over the lake.
//!
//! [`engine::Engine`] plans and runs a query over a snapshot of the lake; [`output`] turns its
//! answer into JSON, CSV, Arrow or a table for a terminal. Nothing here can change what is stored.

mod cost_tables;
mod derived;
pub mod describe;
pub mod engine;
pub mod error;
pub mod functions;
pub mod lake_table;
pub mod output;
mod planner;
mod prune;
mod rows;
pub mod search;
pub mod span_stats;
pub mod spans_sql;
pub mod system_tables;
mod text_prune;
mod time_range;
mod trace_range;
pub mod typed;
mod yielding;

pub use engine::{Engine, EngineOptions};
pub use error::QueryError;
pub use rows::{QueryLimits, QueryRows};
