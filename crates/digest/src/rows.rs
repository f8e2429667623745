//! Reading the columns of span batches, in which a column that nobody set is absent.

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampNanosecondType};
use hannun_model::table::Table;

/// A text column, or null in every row.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a>(Option<&'a StringViewArray>);

/// An integer column, or null in every row.
#[derive(Debug, Clone, Copy)]
pub struct Ints<'a>(Option<&'a Int64Array>);

/// A column of floats, or null in every row.
#[derive(Debug, Clone, Copy)]
pub struct Floats<'a>(Option<&'a Float64Array>);

/// A column of times, or null in every row.
#[derive(Debug, Clone, Copy)]
pub struct Times<'a>(Option<&'a arrow::array::TimestampNanosecondArray>);

fn column(records: &RecordBatch, table: Table, column: usize) -> Option<&dyn Array> {
    records.column_by_name(table.columns()[column].name).map(AsRef::as_ref)
}

impl<'a> Texts<'a> {
    pub fn of(records: &'a RecordBatch, table: Table, index: usize) -> Self {
        Self(column(records, table, index).and_then(|array| array.as_string_view_opt()))
    }

    #[inline]
    pub fn get(self, row: usize) -> Option<&'a str> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

impl<'a> Ints<'a> {
    pub fn of(records: &'a RecordBatch, table: Table, index: usize) -> Self {
        Self(column(records, table, index).and_then(|array| array.as_primitive_opt::<Int64Type>()))
    }

    #[inline]
    pub fn get(self, row: usize) -> Option<i64> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

impl<'a> Floats<'a> {
    pub fn of(records: &'a RecordBatch, table: Table, index: usize) -> Self {
        let array = column(records, table, index);
        Self(array.and_then(|array| array.as_primitive_opt::<Float64Type>()))
    }

    #[inline]
    pub fn get(self, row: usize) -> Option<f64> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}

impl<'a> Times<'a> {
    pub fn of(records: &'a RecordBatch, table: Table, index: usize) -> Self {
        let array = column(records, table, index);
        Self(array.and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>()))
    }

    /// Nanoseconds since 1970.
    #[inline]
    pub fn get(self, row: usize) -> Option<i64> {
        self.0.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }
}
