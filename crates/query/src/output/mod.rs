//! Answers as bytes.

pub mod columns;
pub mod csv;
pub mod json;
pub mod text;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use std::sync::Arc;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
    Arrow,
    Table,
    /// Types and rows apart, for programs that show an answer.
    Columns,
}

impl Format {
    /// The format with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "arrow" => Some(Self::Arrow),
            "table" => Some(Self::Table),
            "columns" => Some(Self::Columns),
            _ => None,
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json | Self::Columns => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Table => "text/plain; charset=utf-8",
        }
    }
}

/// Replaces attribute maps and lists by their JSON text, for formats that have only flat values.
pub(crate) fn flatten(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let texts: Vec<Option<String>> = json::cells(field, array)?;
            fields.push(Field::new(field.name(), DataType::Utf8, true));
            arrays.push(Arc::new(StringArray::from(texts)));
        } else {
            fields.push(field.as_ref().clone());
            arrays.push(array.clone());
        }
    }
    let options =
        arrow::record_batch::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
}

/// Whether this is a map from text to typed text.
pub(crate) fn is_attribute_map(array: &dyn Array) -> bool {
    matches!(array.data_type(), DataType::Map(..)) && {
        let map = array.as_map();
        map.keys().data_type() == &DataType::Utf8 && map.values().data_type() == &DataType::Utf8
    }
}
