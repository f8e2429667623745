//! What spans come to, in fewer rows: derived when they are published, and for those not
//! published yet when somebody asks.
//!
//! [`span_stats`] counts them by minute, [`span_errors`] lists the errors they tell of,
//! [`trace_index`] says when each trace happened. [`endpoint`], [`peer`] and [`weight`] say what a
//! span was asked, whom it talked to and how many it stands for. No I/O, no engine.

pub mod endpoint;
pub mod peer;
pub mod rows;
pub mod span_errors;
pub mod span_stats;
pub mod trace_index;
pub mod weight;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use hannun_model::table::Table;

pub use endpoint::COLLAPSED_ENDPOINT;

/// The rows of a derived table that these rows of its source come to; `None` when there are none.
pub fn derive(table: Table, source: &[RecordBatch]) -> Result<Option<RecordBatch>, ArrowError> {
    match table {
        Table::TraceIndex => trace_index::trace_index_of(source),
        Table::SpanStats => span_stats::span_stats_of(source),
        Table::SpanErrors => span_errors::span_errors_of(source),
        Table::Spans | Table::Logs | Table::MetricPoints | Table::ClientStats | Table::Profiles => {
            Ok(None)
        }
    }
}
