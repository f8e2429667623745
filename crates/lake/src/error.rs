//! What can go wrong in the lake.

use crate::catalog::CatalogError;
use crate::wal::payload::PayloadError;
use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use std::path::PathBuf;

/// Why an operation of the lake failed.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error(
        "another process uses the data folder {folder}; stop it or choose another --data-dir",
        folder = .0.display()
    )]
    FolderInUse(PathBuf),
    #[error("failed to {doing}: {source}")]
    Io { doing: &'static str, source: std::io::Error },
    #[error("failed to reach the catalog: {0}")]
    Catalog(#[from] CatalogError),
    /// Data files are there that the catalog should know and does not.
    #[error(
        "the catalog does not know data that is on disk, such as {0}: it was emptied, replaced or \
         restored from an older copy; nothing was deleted, run `hannun doctor --rebuild-catalog`"
    )]
    CatalogBehind(String),
    #[error("failed to reach a data file: {0}")]
    Store(#[from] object_store::Error),
    #[error("failed to arrange rows: {0}")]
    Arrow(#[from] ArrowError),
    #[error("failed to write a data file: {0}")]
    Parquet(#[from] ParquetError),
    #[error("failed to merge data files: {0}")]
    Merge(#[from] datafusion::error::DataFusionError),
    #[error("failed to read the log: {0}")]
    Payload(#[from] PayloadError),
    #[error("failed to read or write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A background step gave way to the end of the process, or a simulated crash.
    #[error("stopped at {0}")]
    Stopped(&'static str),
}

impl LakeError {
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
