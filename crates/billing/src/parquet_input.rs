//! Parquet files, whatever types their columns have.
//!
//! Columns become one of a few kinds ([`RawColumn`]): text, float, decimal or time. Maps, lists and
//! structs, such as the tags of AWS Data Exports, become JSON text, so that a mapper sees the same in a
//! Parquet file and in a text file.

use crate::error::{BillError, Problem};
use crate::raw::{Header, RawBatch, RawColumn};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Decimal128Type, FieldRef, Float64Type, TimeUnit, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use arrow::json::EncoderOptions;
use arrow::json::writer::make_encoder;
use hannun_model::limits::{BILL_COLUMNS_MAX, BILL_PARQUET_ROWS};
use hannun_model::money::{PRECISION, SCALE};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A Parquet file that is being read.
pub struct ParquetInput {
    name: String,
    header: Arc<Header>,
    fields: Vec<FieldRef>,
    reader: ParquetRecordBatchReader,
    file_bytes: u64,
    rows_total: u64,
    rows_read: u64,
}

impl ParquetInput {
    /// Opens a file and reads its schema.
    ///
    /// # Errors
    /// The file is cut off, or no Parquet file that can be read.
    pub fn open(name: &str, file: File) -> Result<Self, BillError> {
        let file_bytes = file.metadata().map_err(|error| BillError::of_file(name, error))?.len();
        let of_parquet =
            |error: ParquetError| BillError::of_file(name, Problem::Parquet(error.to_string()));
        let builder =
            guarded(|| ParquetRecordBatchReaderBuilder::try_new(file)).map_err(of_parquet)?;
        let fields: Vec<FieldRef> = builder.schema().fields().iter().cloned().collect();
        if fields.len() > BILL_COLUMNS_MAX {
            let problem = Problem::TooManyColumns { columns: fields.len(), max: BILL_COLUMNS_MAX };
            return Err(BillError::of_file(name, problem));
        }
        let rows_total = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let reader = builder.with_batch_size(BILL_PARQUET_ROWS).build().map_err(of_parquet)?;
        let names = fields.iter().map(|field| field.name().clone()).collect();
        let header = Arc::new(Header::new(name, names));
        Ok(Self {
            name: name.to_owned(),
            header,
            fields,
            reader,
            file_bytes,
            rows_total,
            rows_read: 0,
        })
    }

    /// Names of the columns.
    pub fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Bytes of the file that were read so far, by the share of its rows.
    pub fn bytes_read(&self) -> u64 {
        let bytes = u128::from(self.file_bytes) * u128::from(self.rows_read);
        bytes.checked_div(u128::from(self.rows_total)).map_or(self.file_bytes, |bytes| bytes as u64)
    }

    /// The next rows; `None` after the last one.
    ///
    /// # Errors
    /// The file is damaged, or a column is of a type that cannot be read.
    #[expect(clippy::should_implement_trait, reason = "an error ends it, which no iterator says")]
    pub fn next(&mut self) -> Result<Option<RawBatch>, BillError> {
        let first_row = self.rows_read + 1;
        let of_row = |column: Option<&str>, error: ArrowError| {
            BillError::of_row(&self.name, first_row, column, Problem::Parquet(error.to_string()))
        };
        let reader = &mut self.reader;
        let batch = guarded(|| reader.next().transpose()).map_err(|error| of_row(None, error))?;
        let Some(batch): Option<RecordBatch> = batch else { return Ok(None) };
        let mut columns = Vec::with_capacity(self.fields.len());
        for (field, array) in self.fields.iter().zip(batch.columns()) {
            let column =
                raw_column(field, array).map_err(|error| of_row(Some(field.name()), error))?;
            columns.push(column);
        }
        self.rows_read += batch.num_rows() as u64;
        Ok(Some(RawBatch::of_columns(self.header.clone(), first_row, batch.num_rows(), columns)))
    }
}

/// Calls the Parquet library, which panics on some damaged files where it should return an error.
fn guarded<T, E: From<ParquetError>>(call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(ParquetError::General("it is damaged".to_owned()).into()))
}

fn raw_column(field: &FieldRef, array: &ArrayRef) -> Result<RawColumn, ArrowError> {
    if array.null_count() == array.len() {
        return Ok(RawColumn::Empty);
    }
    let to = |wanted: DataType| {
        // What does not fit is an error: a null would pass for no cost.
        let options = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, &wanted, &options)
    };
    Ok(match array.data_type() {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            RawColumn::Float(to(DataType::Float64)?.as_primitive::<Float64Type>().clone())
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => {
            let wanted = DataType::Decimal128(PRECISION, SCALE as i8);
            RawColumn::Decimal(to(wanted)?.as_primitive::<Decimal128Type>().clone())
        }
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
            // Times without a zone are UTC.
            let wanted = DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()));
            RawColumn::Time(to(wanted)?.as_primitive::<TimestampNanosecondType>().clone())
        }
        DataType::Map(..)
        | DataType::Struct(_)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..) => json(field, array)?,
        _ => RawColumn::Text(to(DataType::Utf8View)?.as_string_view().clone()),
    })
}

/// A column of JSON text.
fn json(field: &FieldRef, array: &ArrayRef) -> Result<RawColumn, ArrowError> {
    let options = EncoderOptions::default();
    let mut encoder = make_encoder(field, array.as_ref(), &options)?;
    let mut texts = StringViewBuilder::with_capacity(array.len());
    let mut text = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        encoder.encode(row, &mut text);
        texts.append_value(std::str::from_utf8(&text)?);
    }
    Ok(RawColumn::Text(texts.finish()))
}

#[cfg(test)]
#[path = "parquet_input/tests.rs"]
mod tests;
