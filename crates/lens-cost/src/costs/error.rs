//! Why a question about costs has no answer.

use crate::currency::CurrencyError;
use hannun_ledger::LedgerError;
use hannun_query::QueryError;

/// Why a question about costs has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    #[error(transparent)]
    Currency(#[from] CurrencyError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The question makes no sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// What was computed does not come to what it must: a mistake of ours, never shown as a result.
    #[error("{0}")]
    Inexact(String),
}
