//! What can go wrong while a bill is made.

use std::path::PathBuf;

/// Why a bill could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("failed to write {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("failed to write {path}: {source}")]
    Parquet { path: PathBuf, source: parquet::errors::ParquetError },
    #[error("failed to lay out a batch of lines: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    #[error("failed to write the truth: {0}")]
    Truth(#[from] serde_json::Error),
    #[error("{0}")]
    Options(String),
    #[error("a thread that writes a file stopped without saying why")]
    WriterGone,
}
