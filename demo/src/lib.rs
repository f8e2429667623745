//! The reference shop: a small food-delivery business whose services emit real telemetry.
//!
//! Seven services talk HTTP to each other and export spans, logs and metrics over OTLP with the
//! OpenTelemetry SDK. Nothing is ever written into a store directly. The same service code runs in
//! two ways: [`live`] on loopback sockets and the wall clock, and [`backfill`], which plays days of
//! business on a virtual clock in about a minute. Both count what they did in a [`Truth`], apart
//! from the telemetry, so that answers about the shop can be checked.
//!
//! ```no_run
//! use hannun_demo::{HistoryOptions, LIVE_RATE, ShopOptions, backfill, live, terminal_report};
//!
//! # async fn run() -> Result<(), hannun_demo::ShopError> {
//! let (_stop, stopped) = tokio::sync::watch::channel(false);
//! let shop = ShopOptions::new("http://127.0.0.1:4317", "shop");
//! backfill(&shop, &HistoryOptions::default(), stopped.clone(), terminal_report()).await?;
//! live(&shop, LIVE_RATE, stopped).await?;
//! # Ok(())
//! # }
//! ```

mod bill;
mod business;
mod business_clock;
mod cluster;
mod customers;
mod database;
mod demand;
mod dice;
mod error;
mod history;
mod http_client;
mod http_server;
mod live_run;
mod network;
mod options;
mod plan;
mod report;
mod services;
mod shop;
mod tally;
mod telemetry;
mod truth;

pub use bill::write_bill;
pub use error::ShopError;
pub use history::{backfill, backfill_into};
pub use live_run::{LIVE_RATE, live};
pub use options::{HistoryOptions, Scenario, ShopOptions};
pub use report::{HistoryProgress, Report, silent_report, terminal_report};
pub use telemetry::collector::{Collector, Export, OtlpCollector};
pub use truth::{
    CacheTruth, ContainerTruth, DeployTruth, EpisodeTruth, HourTruth, NodeTruth, RegistryTruth,
    Truth,
};
