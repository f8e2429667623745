//! The one writer of lines in the columns of FOCUS.

mod own;
mod text;

pub use own::OwnColumns;

use crate::error::BillError;
use crate::mapper::{LineBatch, ReadOptions};
use crate::raw::Header;
use arrow::array::{
    ArrayRef, Decimal128Array, NullBufferBuilder, RecordBatch, TimestampNanosecondArray,
};
use arrow::datatypes::{Field, Schema};
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use hannun_model::limits::{BILL_BATCH_LINES, BILL_BATCH_TEXT_BYTES};
use hannun_model::money::{Money, PRECISION, SCALE};
use std::sync::Arc;
use text::TextColumn;

/// Collects lines and makes batches of them.
///
/// A column is addressed by its position in [`hannun_model::cost::COLUMNS`] (`cost::BILLED_COST`) or,
/// for the source's own, by what [`OwnColumns`] says. What is not written before
/// [`LineBuilder::end_line`] is null. Source and snapshot are written to every line.
pub struct LineBuilder {
    file: Arc<str>,
    table: CostTable,
    fields: Vec<Field>,
    columns: Vec<ColumnBuilder>,
    /// Whether the column had a value in this file so far.
    present: Vec<bool>,
    lines: usize,
    /// Bytes of the different texts of the waiting lines.
    text_bytes: usize,
    source: String,
    snapshot_id: String,
}

enum ColumnBuilder {
    Text(TextColumn),
    Decimal { units: Vec<i128>, valid: NullBufferBuilder },
    Time { time_ns: Vec<i64>, valid: NullBufferBuilder },
}

impl LineBuilder {
    /// A builder of lines for `table`; `own` are the columns that only this source has.
    pub fn new(table: CostTable, header: &Header, options: &ReadOptions, own: &OwnColumns) -> Self {
        let fields: Vec<Field> = cost::schema()
            .fields()
            .iter()
            .map(|field| field.as_ref().clone())
            .chain(own.fields().cloned())
            .collect();
        let types = cost::COLUMNS.iter().map(|column| column.column_type);
        let columns: Vec<ColumnBuilder> =
            types.chain(own.column_types()).map(ColumnBuilder::new).collect();
        Self {
            file: header.file.clone(),
            table,
            present: vec![false; columns.len()],
            fields,
            columns,
            lines: 0,
            text_bytes: 0,
            source: options.source.clone(),
            snapshot_id: options.snapshot_id.clone(),
        }
    }

    /// Writes text or JSON text. Text that the column had lately is not copied again.
    #[inline]
    pub fn text(&mut self, column: usize, value: &str) {
        if let Some(ColumnBuilder::Text(builder)) = self.columns.get_mut(column) {
            self.text_bytes += builder.push(self.lines, value);
        }
    }

    /// [`LineBuilder::text`] of a value that may be absent.
    #[inline]
    pub fn optional_text(&mut self, column: usize, value: Option<&str>) {
        if let Some(value) = value {
            self.text(column, value);
        }
    }

    /// Writes an amount, a price or a quantity.
    #[inline]
    pub fn money(&mut self, column: usize, value: Option<Money>) {
        let Some(value) = value else { return };
        if let Some(ColumnBuilder::Decimal { units, valid }) = self.columns.get_mut(column)
            && units.len() <= self.lines
        {
            valid.append_n_nulls(self.lines - units.len());
            units.resize(self.lines, 0);
            units.push(value.units());
            valid.append_non_null();
        }
    }

    /// Writes a time in nanoseconds since 1970-01-01 UTC.
    #[inline]
    pub fn time(&mut self, column: usize, value_ns: Option<i64>) {
        let Some(value_ns) = value_ns else { return };
        if let Some(ColumnBuilder::Time { time_ns, valid }) = self.columns.get_mut(column)
            && time_ns.len() <= self.lines
        {
            valid.append_n_nulls(self.lines - time_ns.len());
            time_ns.resize(self.lines, 0);
            time_ns.push(value_ns);
            valid.append_non_null();
        }
    }

    /// Ends the line: what was not written of it is null.
    pub fn end_line(&mut self) {
        if let Some(ColumnBuilder::Text(builder)) = self.columns.get_mut(cost::SOURCE) {
            builder.push(self.lines, &self.source);
        }
        if let Some(ColumnBuilder::Text(builder)) = self.columns.get_mut(cost::SNAPSHOT_ID) {
            builder.push(self.lines, &self.snapshot_id);
        }
        self.lines += 1;
    }

    /// Lines that are waiting to be taken.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The waiting lines once they fill a batch, by their number or by the room that they take.
    ///
    /// # Errors
    /// They do not make a table, which would be a mistake of ours.
    pub fn take_full(&mut self) -> Result<Option<LineBatch>, BillError> {
        let is_full = self.lines >= BILL_BATCH_LINES || self.text_bytes >= BILL_BATCH_TEXT_BYTES;
        if is_full { self.take() } else { Ok(None) }
    }

    /// The waiting lines; `None` when there are none.
    ///
    /// # Errors
    /// As [`LineBuilder::take_full`].
    pub fn take(&mut self) -> Result<Option<LineBatch>, BillError> {
        if self.lines == 0 {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.lines);
        self.text_bytes = 0;
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for ((builder, field), present) in
            self.columns.iter_mut().zip(&self.fields).zip(&mut self.present)
        {
            *present |= !builder.is_empty();
            if *present {
                let array =
                    builder.take(lines).map_err(|error| BillError::of_file(&self.file, error))?;
                fields.push(field.clone());
                arrays.push(array);
            }
        }
        let records = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|error| BillError::of_file(&self.file, error))?;
        Ok(Some(LineBatch { table: self.table, records }))
    }
}

impl ColumnBuilder {
    fn new(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Decimal => {
                Self::Decimal { units: Vec::new(), valid: NullBufferBuilder::new(0) }
            }
            ColumnType::Timestamp => {
                Self::Time { time_ns: Vec::new(), valid: NullBufferBuilder::new(0) }
            }
            // Bills have no other columns than decimals, times and texts.
            _ => Self::Text(TextColumn::default()),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Text(builder) => builder.is_empty(),
            Self::Decimal { units, .. } => units.is_empty(),
            Self::Time { time_ns, .. } => time_ns.is_empty(),
        }
    }

    fn take(&mut self, lines: usize) -> Result<ArrayRef, arrow::error::ArrowError> {
        match self {
            Self::Text(builder) => builder.take(lines),
            Self::Decimal { units, valid } => {
                valid.append_n_nulls(lines.saturating_sub(units.len()));
                units.resize(lines, 0);
                let array = Decimal128Array::new(std::mem::take(units).into(), valid.finish());
                Ok(Arc::new(array.with_precision_and_scale(PRECISION, SCALE as i8)?))
            }
            Self::Time { time_ns, valid } => {
                valid.append_n_nulls(lines.saturating_sub(time_ns.len()));
                time_ns.resize(lines, 0);
                let array =
                    TimestampNanosecondArray::new(std::mem::take(time_ns).into(), valid.finish());
                Ok(Arc::new(array.with_timezone("UTC")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
