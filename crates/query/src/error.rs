//! Why a query has no answer.

use datafusion::error::DataFusionError;

/// What kind of failure it is, for status codes and for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// The query is wrong; asking again will not help.
    Invalid,
    /// The query asks for something that is not allowed.
    Forbidden,
    /// It took longer than its deadline.
    Deadline,
    /// It needs more memory, disk or rows than it may have.
    TooLarge,
    /// Our fault.
    Internal,
}

/// A failed query.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    pub kind: QueryErrorKind,
    pub message: String,
}

impl QueryError {
    pub fn new(kind: QueryErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A short name for programs.
    pub fn code(&self) -> &'static str {
        match self.kind {
            QueryErrorKind::Invalid => "invalid_query",
            QueryErrorKind::Forbidden => "read_only",
            QueryErrorKind::Deadline => "deadline_exceeded",
            QueryErrorKind::TooLarge => "too_large",
            QueryErrorKind::Internal => "internal",
        }
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        let message = error.strip_backtrace();
        let kind = match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => QueryErrorKind::TooLarge,
            DataFusionError::SQL(..)
            | DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Configuration(_)
            | DataFusionError::Diagnostic(..)
            | DataFusionError::ArrowError(..)
            | DataFusionError::Execution(_)
            | DataFusionError::Collection(_) => QueryErrorKind::Invalid,
            _ => QueryErrorKind::Internal,
        };
        if kind == QueryErrorKind::TooLarge {
            let hint = "narrow the time range, select fewer columns, or raise --memory-limit";
            // The engine's own advice names settings that are not ours.
            let what = message.split(" Consider ").next().unwrap_or(&message);
            return Self::new(kind, format!("{what}; {hint}"));
        }
        Self::new(kind, message)
    }
}
