//! The built binary against clients that others wrote, on good days and bad ones.
//!
//! One file a theme. Run with `cargo nextest run --workspace -E 'package(hannun-e2e)'`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code; the lint's own exception stops at helper functions"
)]

mod accounts;
mod api_hostile;
mod apm_pages;
mod app;
mod catalog_pages;
mod cost_allocation;
mod cost_allocation_by;
mod cost_drivers;
mod cost_explorer;
mod cost_generator;
mod cost_import;
mod cost_pages;
mod cost_units;
mod crash;
mod datadog_backend;
mod datadog_dogstatsd;
mod datadog_probes;
mod datadog_stats;
mod datadog_traces;
mod documents;
mod fastapi;
mod lens_apm;
mod lens_catalog;
mod lens_dependencies;
mod lens_deploys;
mod lens_errors;
mod lens_logs;
mod lens_traces;
mod load;
mod logs_lines;
mod logs_pages;
mod logs_python;
mod logs_rsyslog;
mod otlp_curl;
mod otlp_hostile;
mod otlp_python;
mod pipelines;
mod probes_pages;
mod search;
mod shop;
mod sql;
mod storage;
mod tls;
mod watching;
