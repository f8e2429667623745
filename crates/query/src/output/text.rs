//! A table for a terminal.

use super::flatten;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;

/// Draws rows as a table.
pub fn table(batches: &[RecordBatch]) -> Result<String, ArrowError> {
    let flat = batches.iter().map(flatten).collect::<Result<Vec<_>, _>>()?;
    let options = FormatOptions::default().with_null("");
    Ok(pretty_format_batches_with_options(&flat, &options)?.to_string())
}
