//! What turns rows as a file has them into lines in the columns of FOCUS.

use crate::error::BillError;
use crate::raw::RawBatch;
use arrow::array::RecordBatch;
use hannun_model::cost::CostTable;

/// Lines of one table.
///
/// Columns are those of [`hannun_model::cost::schema`] in its order, then the source's own in the
/// order of its file. Columns without a value so far are left out; one that has had a value stays,
/// so that from batch to batch of a file columns are only ever added.
#[derive(Debug, Clone)]
pub struct LineBatch {
    /// [`CostTable::Lines`] or [`CostTable::Split`].
    pub table: CostTable,
    pub records: RecordBatch,
}

/// What whoever imports knows about a file, and what they expect of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Cost source that the lines are imported from.
    pub source: String,
    /// Snapshot that they will belong to.
    pub snapshot_id: String,
    /// Start and end of the billing period in milliseconds since 1970-01-01 UTC: lines of another
    /// one are an error.
    pub period: Option<(i64, i64)>,
    /// Account that pays: lines of another one are an error.
    pub account: Option<String>,
    /// Currency of lines that do not say it.
    pub currency: Option<String>,
}

/// Makes lines out of rows. One mapper reads one file.
pub trait Mapper: Send {
    /// Adds the lines of `raw` and hands out batches that are full by now.
    ///
    /// # Errors
    /// A cell that its column does not allow, with row and column. The file is then not importable.
    fn map(&mut self, raw: &RawBatch) -> Result<Vec<LineBatch>, BillError>;

    /// Hands out what is left once all rows were mapped.
    ///
    /// # Errors
    /// As [`Mapper::map`], for what can only be known at the end.
    fn finish(&mut self) -> Result<Vec<LineBatch>, BillError>;
}
