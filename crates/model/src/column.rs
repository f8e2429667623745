//! Columns: their names, types and how they want to be stored.

use crate::money::{PRECISION, SCALE};
use arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// The type of a column, in the few shapes telemetry needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Int,
    /// Unsigned 64-bit integer (counts that OTLP sends as `fixed64`).
    UInt,
    /// 64-bit float.
    Float,
    /// A decimal of [`crate::money::SCALE`] places: money, prices and quantities of a bill.
    Decimal,
    Bool,
    /// Nanoseconds since 1970-01-01 UTC.
    Timestamp,
    /// Attributes of a row: key → typed text (see [`crate::value`]).
    Attributes,
    /// Typed JSON text (see [`crate::typed_json`]), the same for many rows or rarely present.
    Json,
    /// Bytes as they were sent.
    Bytes,
    /// A list of unsigned integers (bucket counts).
    UIntList,
    /// A list of floats (bucket bounds, quantiles).
    FloatList,
}

/// How a column is looked for, which decides what the file keeps beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Ranges and grouping: page statistics are enough.
    Scan,
    /// One value among millions: a bloom filter in each row group.
    Needle,
}

/// One column of a [`crate::table::Table`].
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in SQL: the standard's name in snake case.
    pub name: &'static str,
    /// Number that never changes or is reused: it is stamped into files.
    pub field_id: i32,
    pub column_type: ColumnType,
    pub lookup: Lookup,
    /// One line for the column reference.
    pub description: &'static str,
}

/// Arrow metadata key that marks typed text and typed JSON columns for readers of query results.
pub const TYPED_METADATA_KEY: &str = "hannun.typed";
/// Arrow metadata key under which Parquet keeps field ids.
pub const FIELD_ID_METADATA_KEY: &str = "PARQUET:field_id";

static MAP_ENTRIES: LazyLock<Arc<Field>> = LazyLock::new(|| {
    let entries = Fields::from(vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", DataType::Utf8, false),
    ]);
    Arc::new(Field::new("entries", DataType::Struct(entries), false))
});

/// The `entries` field of every attribute map.
pub fn map_entries_field() -> Arc<Field> {
    MAP_ENTRIES.clone()
}

impl ColumnType {
    /// The Arrow type that batches, files and query results use.
    pub fn arrow_type(self) -> DataType {
        match self {
            Self::Text | Self::Json => DataType::Utf8View,
            Self::Int => DataType::Int64,
            Self::UInt => DataType::UInt64,
            Self::Float => DataType::Float64,
            Self::Decimal => DataType::Decimal128(PRECISION, SCALE as i8),
            Self::Bool => DataType::Boolean,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Self::Attributes => DataType::Map(map_entries_field(), false),
            Self::Bytes => DataType::BinaryView,
            Self::UIntList => DataType::List(Arc::new(Field::new("item", DataType::UInt64, true))),
            Self::FloatList => {
                DataType::List(Arc::new(Field::new("item", DataType::Float64, true)))
            }
        }
    }

    /// The name that the column reference prints.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "bigint",
            Self::UInt => "bigint unsigned",
            Self::Float => "double",
            Self::Decimal => "decimal(28, 12)",
            Self::Bool => "boolean",
            Self::Timestamp => "timestamp(ns, UTC)",
            Self::Attributes => "attributes",
            Self::Json => "json",
            Self::Bytes => "bytea",
            Self::UIntList => "list of bigint unsigned",
            Self::FloatList => "list of double",
        }
    }
}

impl Column {
    /// The Arrow field of this column. Every column may be null.
    pub fn field(&self) -> Field {
        let mut metadata = HashMap::new();
        metadata.insert(FIELD_ID_METADATA_KEY.to_owned(), self.field_id.to_string());
        match self.column_type {
            ColumnType::Attributes => {
                metadata.insert(TYPED_METADATA_KEY.to_owned(), "attributes".to_owned());
            }
            ColumnType::Json => {
                metadata.insert(TYPED_METADATA_KEY.to_owned(), "json".to_owned());
            }
            _ => {}
        }
        Field::new(self.name, self.column_type.arrow_type(), true).with_metadata(metadata)
    }
}
