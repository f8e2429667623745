//! Batches: rows of one table on their way from an intake to the lake.
//!
//! A batch holds only the columns that have a value in it. Most columns are null for most senders,
//! and a request of ten spans must not pay for sixty columns.

mod columns;

use crate::money::Money;
use crate::table::Table;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use columns::{ColumnBuilder, push_value};
use std::sync::Arc;

/// Finished rows of one table, without the columns that are null throughout.
#[derive(Debug, Clone)]
pub struct Batch {
    table: Table,
    records: RecordBatch,
}

impl Batch {
    /// Wraps records whose columns are a subset of the table's.
    pub fn new(table: Table, records: RecordBatch) -> Self {
        debug_assert!(
            records
                .schema()
                .fields()
                .iter()
                .all(|field| table.column_index(field.name()).is_some()),
            "every column of a batch belongs to its table"
        );
        Self { table, records }
    }

    pub fn table(&self) -> Table {
        self.table
    }

    pub fn rows(&self) -> usize {
        self.records.num_rows()
    }

    pub fn records(&self) -> &RecordBatch {
        &self.records
    }

    /// Bytes of memory that the rows hold.
    pub fn bytes(&self) -> usize {
        self.records.get_array_memory_size()
    }
}

/// A text kept once and set in many rows, such as the name of a service.
#[derive(Debug, Clone, Copy)]
pub struct SharedText {
    column: usize,
    view: u128,
}

/// Collects rows column by column.
///
/// A setter writes the current row; a column that is not set in a row is null there. The first
/// value wins when a column is set twice in a row: see [`BatchBuilder::is_set`].
#[derive(Debug)]
pub struct BatchBuilder {
    table: Table,
    rows: usize,
    columns: Vec<ColumnBuilder>,
}

impl BatchBuilder {
    pub fn new(table: Table) -> Self {
        let columns =
            table.columns().iter().map(|column| ColumnBuilder::new(column.column_type)).collect();
        Self { table, rows: 0, columns }
    }

    pub fn table(&self) -> Table {
        self.table
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Begins the next row.
    pub fn start_row(&mut self) {
        self.rows += 1;
    }

    /// Takes back the row begun last.
    pub fn abandon_row(&mut self) {
        debug_assert!(self.rows > 0, "a row was begun");
        self.rows -= 1;
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    /// Whether this column has a value in the current row.
    #[inline]
    pub fn is_set(&self, column: usize) -> bool {
        self.columns[column].rows() == self.rows
    }

    #[inline]
    pub fn set_text(&mut self, column: usize, text: &str) {
        if let ColumnBuilder::Text(builder) = &mut self.columns[column] {
            builder.fill(self.rows - 1);
            let view = builder.store(text.as_bytes());
            builder.push(view);
        } else {
            debug_assert!(false, "column {column} does not hold text");
        }
    }

    pub fn set_bytes(&mut self, column: usize, bytes: &[u8]) {
        if let ColumnBuilder::Bytes(builder) = &mut self.columns[column] {
            builder.fill(self.rows - 1);
            let view = builder.store(bytes);
            builder.push(view);
        } else {
            debug_assert!(false, "column {column} does not hold bytes");
        }
    }

    /// Keeps `text` for use in many rows of `column`.
    pub fn share_text(&mut self, column: usize, text: &str) -> SharedText {
        let view = match &mut self.columns[column] {
            ColumnBuilder::Text(builder) => builder.store(text.as_bytes()),
            _ => {
                debug_assert!(false, "column {column} does not hold text");
                0
            }
        };
        SharedText { column, view }
    }

    #[inline]
    pub fn set_shared(&mut self, text: SharedText) {
        if let ColumnBuilder::Text(builder) = &mut self.columns[text.column] {
            builder.fill(self.rows - 1);
            builder.push(text.view);
        }
    }

    /// Sets an integer or a timestamp.
    #[inline]
    pub fn set_int(&mut self, column: usize, value: i64) {
        if let ColumnBuilder::Int { values, nulls, .. } = &mut self.columns[column] {
            push_value(values, nulls, self.rows, value);
        } else {
            debug_assert!(false, "column {column} does not hold integers");
        }
    }

    #[inline]
    pub fn set_uint(&mut self, column: usize, value: u64) {
        if let ColumnBuilder::UInt { values, nulls } = &mut self.columns[column] {
            push_value(values, nulls, self.rows, value);
        } else {
            debug_assert!(false, "column {column} does not hold unsigned integers");
        }
    }

    #[inline]
    pub fn set_float(&mut self, column: usize, value: f64) {
        if let ColumnBuilder::Float { values, nulls } = &mut self.columns[column] {
            push_value(values, nulls, self.rows, value);
        } else {
            debug_assert!(false, "column {column} does not hold floats");
        }
    }

    pub fn set_decimal(&mut self, column: usize, value: Money) {
        if let ColumnBuilder::Decimal { values, nulls } = &mut self.columns[column] {
            push_value(values, nulls, self.rows, value.units());
        } else {
            debug_assert!(false, "column {column} does not hold decimals");
        }
    }

    pub fn set_bool(&mut self, column: usize, value: bool) {
        if let ColumnBuilder::Bool { values, nulls } = &mut self.columns[column] {
            let missing = self.rows - 1 - values.len();
            values.append_n(missing, false);
            nulls.append_n_nulls(missing);
            values.append(value);
            nulls.append_non_null();
        } else {
            debug_assert!(false, "column {column} does not hold booleans");
        }
    }

    pub fn set_uints(&mut self, column: usize, list: &[u64]) {
        if let ColumnBuilder::UIntList(builder) = &mut self.columns[column] {
            builder.push(self.rows, list);
        } else {
            debug_assert!(false, "column {column} does not hold lists of integers");
        }
    }

    pub fn set_floats(&mut self, column: usize, list: &[f64]) {
        if let ColumnBuilder::FloatList(builder) = &mut self.columns[column] {
            builder.push(self.rows, list);
        } else {
            debug_assert!(false, "column {column} does not hold lists of floats");
        }
    }

    /// Adds one attribute to the current row. `write` appends the value as typed text.
    #[inline]
    pub fn add_attribute(&mut self, column: usize, key: &str, write: impl FnOnce(&mut String)) {
        if let ColumnBuilder::Attributes(builder) = &mut self.columns[column] {
            builder.begin(self.rows);
            builder.keys.text.push_str(key);
            builder.keys.close();
            write(&mut builder.values.text);
            builder.values.close();
        } else {
            debug_assert!(false, "column {column} does not hold attributes");
        }
    }

    /// Makes the batch; the builder's rows are used up.
    pub fn finish(self) -> Result<Batch, ArrowError> {
        let mut fields: Vec<Field> = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (definition, column) in self.table.columns().iter().zip(self.columns) {
            if column.rows() == 0 {
                continue;
            }
            let field = definition.field();
            let array = column.finish(self.rows, field.data_type())?;
            // An abandoned row can leave a column without any value.
            if array.null_count() < self.rows {
                arrays.push(array);
                fields.push(field);
            }
        }
        let options =
            arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(self.rows));
        let schema = Arc::new(Schema::new(fields));
        let records = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        Ok(Batch { table: self.table, records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{metric_points, spans};
    use arrow::array::{AsArray, types};

    fn text_at<'a>(batch: &'a Batch, name: &str, row: usize) -> Option<&'a str> {
        let array = batch.records().column_by_name(name)?.as_string_view();
        array.is_valid(row).then(|| array.value(row))
    }

    #[test]
    fn columns_that_are_set_late_are_null_before() {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        builder.set_text(spans::NAME, "a name that is longer than twelve bytes");
        builder.start_row();
        builder.set_int(spans::DURATION, 5);
        builder.set_text(spans::NAME, "short");
        let batch = builder.finish().unwrap();
        assert_eq!(text_at(&batch, "name", 0), Some("a name that is longer than twelve bytes"));
        assert_eq!(text_at(&batch, "name", 1), Some("short"));
        let duration = batch.records().column_by_name("duration").unwrap();
        assert!(duration.is_null(0));
        assert_eq!(duration.as_primitive::<types::Int64Type>().value(1), 5);
    }

    #[test]
    fn an_abandoned_row_leaves_no_trace() {
        let mut builder = BatchBuilder::new(Table::Spans);
        builder.start_row();
        builder.set_text(spans::NAME, "kept");
        builder.add_attribute(spans::ATTRIBUTES, "a", |out| out.push('1'));
        builder.start_row();
        builder.set_text(spans::NAME, "dropped");
        builder.set_bool(spans::STATUS_ABSENT, true);
        builder.add_attribute(spans::ATTRIBUTES, "b", |out| out.push('2'));
        builder.abandon_row();
        builder.start_row();
        builder.add_attribute(spans::ATTRIBUTES, "c", |out| out.push('3'));
        let batch = builder.finish().unwrap();
        assert_eq!(batch.rows(), 2);
        assert_eq!(text_at(&batch, "name", 1), None);
        assert!(batch.records().column_by_name("status_absent").is_none());
        let map = batch.records().column_by_name("attributes").unwrap().as_map();
        let keys = map.keys().as_string::<i32>();
        assert_eq!((keys.value(0), keys.value(1), keys.len()), ("a", "c", 2));
        assert_eq!(map.value_offsets(), &[0, 1, 2]);
    }

    #[test]
    fn a_shared_text_is_stored_once() {
        let mut builder = BatchBuilder::new(Table::Spans);
        let name = "x".repeat(1000);
        let shared = builder.share_text(spans::SERVICE_NAME, &name);
        for _ in 0..100 {
            builder.start_row();
            builder.set_shared(shared);
        }
        let batch = builder.finish().unwrap();
        assert_eq!(text_at(&batch, "service_name", 99), Some(name.as_str()));
        assert!(batch.bytes() < 10_000, "{} bytes", batch.bytes());
    }

    #[test]
    fn an_empty_list_is_not_null() {
        let mut builder = BatchBuilder::new(Table::MetricPoints);
        builder.start_row();
        builder.set_uints(metric_points::BUCKET_COUNTS, &[1, 2]);
        builder.start_row();
        builder.set_uints(metric_points::BUCKET_COUNTS, &[]);
        builder.start_row();
        let batch = builder.finish().unwrap();
        let counts = batch.records().column_by_name("bucket_counts").unwrap().as_list::<i32>();
        assert!(counts.is_valid(1) && counts.value(1).is_empty());
        assert!(counts.is_null(2));
    }
}
