//! From rows back to OTLP messages, one message a row.
//!
//! What comes back is what was sent, up to what proto3 cannot tell apart and the order of
//! attributes. Columns that a batch or a query result leaves out are null.

mod attributes;
mod logs;
mod metrics;
mod row;
mod traces;

pub use logs::logs;
pub use metrics::metrics;
pub use traces::spans;

/// Why a row could not be restored.
#[derive(Debug, thiserror::Error)]
#[error("failed to restore row {row}: column {column} does not hold {expected}")]
pub struct RestoreError {
    pub column: String,
    pub row: usize,
    pub expected: &'static str,
}
