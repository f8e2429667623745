//! What can go wrong with the shop as a whole.

use std::path::PathBuf;

/// Why the shop could not run.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    #[error("failed to use {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("failed to open the shop's database {path}: {source}")]
    Database { path: PathBuf, source: sqlx::Error },
    #[error("failed to start the shop: {0}")]
    Start(std::io::Error),
    #[error("the endpoint {endpoint} is not usable: {reason}")]
    Endpoint { endpoint: String, reason: String },
    #[error("the receiver at {endpoint} refused the telemetry: {reason}")]
    Refused { endpoint: String, reason: String },
    #[error("the receiver kept {kept} of {sent} {what}: {reason}")]
    PartlyRefused { what: &'static str, sent: u64, kept: u64, reason: String },
    #[error("{produced} {what} were produced but {exported} exported")]
    Lost { what: &'static str, produced: u64, exported: u64 },
    #[error("unknown scenario {0:?}; use one of: {1}")]
    UnknownScenario(String, String),
    #[error("failed to write the shop's bill: {0}")]
    Bill(#[from] hannun_bill_generator::GenerateError),
    #[error("{0}")]
    Options(String),
    #[error("the shop stopped because one of its threads panicked")]
    Panicked,
}
