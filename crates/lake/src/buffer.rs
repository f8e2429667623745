//! The live buffer: rows that are on disk in the log but not yet in a file.

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatchOptions;
use hannun_model::table::Table;
use std::sync::Arc;

/// Batches below this many rows are merged, so that small requests do not pay for whole arrays.
const SMALL_ROWS: usize = 4096;
/// … once this many of them stand together.
const MERGE_COUNT: usize = 16;

/// Rows of one table between two publishes.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    batches: Vec<(RecordBatch, usize)>,
    rows: usize,
    bytes: usize,
    /// Log position of the oldest row.
    first_position: u64,
    /// Log position of the newest row.
    up_to: u64,
    /// When the oldest row came, milliseconds since 1970.
    oldest_ms: Option<u64>,
}

impl Rows {
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn up_to(&self) -> u64 {
        self.up_to
    }

    /// Log position of the oldest row; zero when there is none.
    pub fn first_position(&self) -> u64 {
        self.first_position
    }

    pub fn oldest_ms(&self) -> Option<u64> {
        self.oldest_ms
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.batches.iter().map(|(batch, _)| batch)
    }

    /// Adds the rows of the request at `position`.
    pub fn push(&mut self, table: Table, position: u64, records: RecordBatch, now_ms: u64) {
        debug_assert!(position >= self.up_to, "I2: rows come in the order of the log");
        if self.is_empty() {
            self.first_position = position;
        }
        self.up_to = position;
        self.oldest_ms.get_or_insert(now_ms);
        self.rows += records.num_rows();
        let bytes = records.get_array_memory_size();
        self.bytes += bytes;
        self.batches.push((records, bytes));
        self.merge_small(table);
    }

    fn merge_small(&mut self, table: Table) {
        let small = |(batch, _): &&(RecordBatch, usize)| batch.num_rows() < SMALL_ROWS;
        let tail = self.batches.iter().rev().take(MERGE_COUNT).take_while(small).count();
        if tail < MERGE_COUNT {
            return;
        }
        let from = self.batches.len() - tail;
        let parts: Vec<RecordBatch> =
            self.batches[from..].iter().map(|(batch, _)| batch.clone()).collect();
        // Merging saves memory only; when it fails the parts are as good.
        let Ok(merged) = concat_batches(table, &parts) else { return };
        self.batches.truncate(from);
        let bytes = merged.get_array_memory_size();
        self.batches.push((merged, bytes));
        self.bytes = self.batches.iter().map(|(_, bytes)| bytes).sum();
    }
}

/// Joins batches of one table that may have different columns. The result has every column that
/// any of them has, in the order of the table.
pub fn concat_batches(table: Table, batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut fields: Vec<Field> = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for column in table.columns() {
        let parts: Vec<Option<&ArrayRef>> =
            batches.iter().map(|batch| batch.column_by_name(column.name)).collect();
        if parts.iter().all(Option::is_none) {
            continue;
        }
        let field = column.field();
        let parts: Vec<ArrayRef> = parts
            .into_iter()
            .zip(batches)
            .map(|(part, batch)| match part {
                Some(array) => array.clone(),
                None => new_null_array(field.data_type(), batch.num_rows()),
            })
            .collect();
        let parts: Vec<&dyn arrow::array::Array> = parts.iter().map(AsRef::as_ref).collect();
        arrays.push(concat(&parts)?);
        fields.push(field);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
}

/// Gives a batch exactly these columns of its table, null where it has none.
pub fn with_columns(
    records: &RecordBatch,
    schema: &Arc<Schema>,
) -> Result<RecordBatch, ArrowError> {
    let rows = records.num_rows();
    let arrays = schema
        .fields()
        .iter()
        .map(|field| match records.column_by_name(field.name()) {
            Some(array) => array.clone(),
            None => new_null_array(field.data_type(), rows),
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::spans;

    fn batch(name: Option<&str>, duration: Option<i64>) -> RecordBatch {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        if let Some(name) = name {
            builder.set_text(spans::NAME, name);
        }
        if let Some(duration) = duration {
            builder.set_int(spans::DURATION, duration);
        }
        builder.finish().unwrap().records().clone()
    }

    #[test]
    fn batches_with_different_columns_join() {
        let joined =
            concat_batches(Table::Spans, &[batch(Some("a"), None), batch(None, Some(3))]).unwrap();
        assert_eq!(joined.num_rows(), 2);
        assert!(joined.column_by_name("duration").unwrap().is_null(0));
        let names = joined.column_by_name("name").unwrap().as_string_view();
        assert_eq!((names.value(0), names.is_null(1)), ("a", true));
    }

    #[test]
    fn small_requests_are_merged() {
        let mut rows = Rows::default();
        for position in 1..=100 {
            rows.push(Table::Spans, position, batch(Some("name"), Some(1)), 0);
        }
        assert_eq!((rows.rows(), rows.first_position(), rows.up_to()), (100, 1, 100));
        assert!(rows.batches().count() < 2 * MERGE_COUNT);
        assert_eq!(rows.batches().map(RecordBatch::num_rows).sum::<usize>(), 100);
    }
}
