//! Lines as Parquet, with the types that AWS gives its columns: doubles for amounts, times in
//! milliseconds, maps of texts.

use crate::GenerateError;
use crate::columns::{Cell, Column, Row, Type};
use arrow::array::{
    ArrayRef, Float64Builder, MapBuilder, MapFieldNames, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use hannun_model::limits::GENERATED_BILL_ROW_GROUP_LINES;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// Lines in one batch.
const BATCH_LINES: usize = 8192;

pub struct ParquetFile {
    path: PathBuf,
    out: ArrowWriter<File>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    lines: usize,
}

enum Builder {
    Text(StringBuilder),
    Number(Float64Builder),
    Time(TimestampMillisecondBuilder),
    Map(Box<MapBuilder<StringBuilder, StringBuilder>>),
}

impl ParquetFile {
    pub fn create(path: PathBuf, columns: &[Column]) -> Result<Self, GenerateError> {
        let file = File::create(&path)
            .map_err(|source| GenerateError::File { path: path.clone(), source })?;
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, arrow_type(column.kind), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(GENERATED_BILL_ROW_GROUP_LINES))
            .build();
        let out = ArrowWriter::try_new(file, schema.clone(), Some(properties))
            .map_err(|source| GenerateError::Parquet { path: path.clone(), source })?;
        let builders = columns.iter().map(|column| Builder::new(column.kind)).collect();
        Ok(Self { path, out, schema, builders, lines: 0 })
    }

    pub fn write(&mut self, row: &Row<'_>, columns: &[Column]) -> Result<(), GenerateError> {
        for (builder, column) in self.builders.iter_mut().zip(columns) {
            builder.push(column.read(row))?;
        }
        self.lines += 1;
        if self.lines == BATCH_LINES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), GenerateError> {
        self.lines = 0;
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays)?;
        self.out
            .write(&batch)
            .map_err(|source| GenerateError::Parquet { path: self.path.clone(), source })
    }

    pub fn finish(mut self) -> Result<(), GenerateError> {
        if self.lines > 0 {
            self.flush()?;
        }
        let Self { path, out, .. } = self;
        out.close().map(drop).map_err(|source| GenerateError::Parquet { path, source })
    }
}

/// The names that Athena's writer gives the parts of a map.
fn map_names() -> MapFieldNames {
    MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    }
}

fn arrow_type(kind: Type) -> DataType {
    match kind {
        Type::Text => DataType::Utf8,
        Type::Number => DataType::Float64,
        Type::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        Type::Map => {
            let entries = Fields::from(vec![
                Field::new("key", DataType::Utf8, false),
                Field::new("value", DataType::Utf8, true),
            ]);
            let entries = Field::new("key_value", DataType::Struct(entries), false);
            DataType::Map(Arc::new(entries), false)
        }
    }
}

impl Builder {
    fn new(kind: Type) -> Self {
        match kind {
            Type::Text => Self::Text(StringBuilder::new()),
            Type::Number => Self::Number(Float64Builder::new()),
            Type::Time => Self::Time(TimestampMillisecondBuilder::new().with_timezone("UTC")),
            Type::Map => {
                let texts = StringBuilder::new;
                Self::Map(Box::new(MapBuilder::new(Some(map_names()), texts(), texts())))
            }
        }
    }

    /// What does not fit the column's type is written as text, or left out.
    fn push(&mut self, cell: Cell<'_>) -> Result<(), GenerateError> {
        match (self, cell) {
            (Self::Text(texts), Cell::Text(text)) => texts.append_value(text),
            (Self::Text(texts), Cell::Number(amount)) => texts.append_value(amount.to_string()),
            (Self::Text(texts), _) => texts.append_null(),
            (Self::Number(numbers), Cell::Number(amount)) => {
                // The shortest text of the float is the amount again, up to fifteen digits.
                numbers.append_option(amount.to_string().parse().ok());
            }
            (Self::Number(numbers), _) => numbers.append_null(),
            (Self::Time(times), Cell::Time(seconds)) => times.append_value(seconds * 1000),
            (Self::Time(times), _) => times.append_null(),
            (Self::Map(maps), Cell::Map(pairs)) => {
                for (key, value) in pairs {
                    maps.keys().append_value(key);
                    maps.values().append_value(value);
                }
                maps.append(true)?;
            }
            (Self::Map(maps), _) => maps.append(false)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(texts) => Arc::new(texts.finish()),
            Self::Number(numbers) => Arc::new(numbers.finish()),
            Self::Time(times) => Arc::new(times.finish()),
            Self::Map(maps) => Arc::new(maps.finish()),
        }
    }
}
