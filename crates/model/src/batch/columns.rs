//! Builders of single columns, one for each shape.

use crate::column::{ColumnType, map_entries_field};
use arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, BooleanBufferBuilder, Decimal128Array, Float64Array,
    Int64Array, ListArray, MapArray, NullBufferBuilder, StringArray, StringViewArray, StructArray,
    TimestampNanosecondArray, UInt64Array, make_view,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::sync::Arc;

#[inline]
pub(super) fn push_value<T: Default + Clone>(
    values: &mut Vec<T>,
    nulls: &mut NullBufferBuilder,
    rows: usize,
    value: T,
) {
    let missing = rows - 1 - values.len();
    if missing > 0 {
        values.resize(rows - 1, T::default());
        nulls.append_n_nulls(missing);
    }
    values.push(value);
    nulls.append_non_null();
}

#[derive(Debug)]
pub(super) enum ColumnBuilder {
    Text(TextBuilder),
    Bytes(TextBuilder),
    Int { values: Vec<i64>, nulls: NullBufferBuilder },
    UInt { values: Vec<u64>, nulls: NullBufferBuilder },
    Float { values: Vec<f64>, nulls: NullBufferBuilder },
    Decimal { values: Vec<i128>, nulls: NullBufferBuilder },
    Bool { values: BooleanBufferBuilder, nulls: NullBufferBuilder },
    Attributes(AttributesBuilder),
    UIntList(ListBuilder<u64>),
    FloatList(ListBuilder<f64>),
}

impl ColumnBuilder {
    pub(super) fn new(column_type: ColumnType) -> Self {
        let nulls = NullBufferBuilder::new(0);
        match column_type {
            ColumnType::Text | ColumnType::Json => {
                Self::Text(TextBuilder { data: Vec::new(), views: Vec::new(), nulls })
            }
            ColumnType::Bytes => {
                Self::Bytes(TextBuilder { data: Vec::new(), views: Vec::new(), nulls })
            }
            ColumnType::Int | ColumnType::Timestamp => Self::Int { values: Vec::new(), nulls },
            ColumnType::UInt => Self::UInt { values: Vec::new(), nulls },
            ColumnType::Float => Self::Float { values: Vec::new(), nulls },
            ColumnType::Decimal => Self::Decimal { values: Vec::new(), nulls },
            ColumnType::Bool => Self::Bool { values: BooleanBufferBuilder::new(0), nulls },
            ColumnType::Attributes => Self::Attributes(AttributesBuilder::default()),
            ColumnType::UIntList => Self::UIntList(ListBuilder::new()),
            ColumnType::FloatList => Self::FloatList(ListBuilder::new()),
        }
    }

    #[inline]
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Text(builder) | Self::Bytes(builder) => builder.views.len(),
            Self::Int { values, .. } => values.len(),
            Self::UInt { values, .. } => values.len(),
            Self::Float { values, .. } => values.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Bool { values, .. } => values.len(),
            Self::Attributes(builder) => builder.row_ends.len(),
            Self::UIntList(builder) => builder.row_ends.len(),
            Self::FloatList(builder) => builder.row_ends.len(),
        }
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        if self.rows() <= rows {
            return;
        }
        match self {
            Self::Text(builder) | Self::Bytes(builder) => {
                builder.views.truncate(rows);
                builder.nulls.truncate(rows);
            }
            Self::Int { values, nulls } => {
                values.truncate(rows);
                nulls.truncate(rows);
            }
            Self::UInt { values, nulls } => {
                values.truncate(rows);
                nulls.truncate(rows);
            }
            Self::Float { values, nulls } => {
                values.truncate(rows);
                nulls.truncate(rows);
            }
            Self::Decimal { values, nulls } => {
                values.truncate(rows);
                nulls.truncate(rows);
            }
            Self::Bool { values, nulls } => {
                values.truncate(rows);
                nulls.truncate(rows);
            }
            Self::Attributes(builder) => builder.truncate(rows),
            Self::UIntList(builder) => builder.truncate(rows),
            Self::FloatList(builder) => builder.truncate(rows),
        }
    }

    pub(super) fn finish(self, rows: usize, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        match self {
            Self::Text(mut builder) => {
                builder.fill(rows);
                let buffers = vec![Buffer::from_vec(builder.data)];
                let views = ScalarBuffer::from(builder.views);
                Ok(Arc::new(StringViewArray::try_new(views, buffers, builder.nulls.finish())?))
            }
            Self::Bytes(mut builder) => {
                builder.fill(rows);
                let buffers = vec![Buffer::from_vec(builder.data)];
                let views = ScalarBuffer::from(builder.views);
                Ok(Arc::new(BinaryViewArray::try_new(views, buffers, builder.nulls.finish())?))
            }
            Self::Int { mut values, mut nulls } => {
                let nulls = fill(&mut values, &mut nulls, rows);
                if matches!(data_type, DataType::Timestamp(..)) {
                    let array = TimestampNanosecondArray::try_new(values.into(), nulls)?;
                    return Ok(Arc::new(array.with_timezone("UTC")));
                }
                Ok(Arc::new(Int64Array::try_new(values.into(), nulls)?))
            }
            Self::UInt { mut values, mut nulls } => {
                let nulls = fill(&mut values, &mut nulls, rows);
                Ok(Arc::new(UInt64Array::try_new(values.into(), nulls)?))
            }
            Self::Float { mut values, mut nulls } => {
                let nulls = fill(&mut values, &mut nulls, rows);
                Ok(Arc::new(Float64Array::try_new(values.into(), nulls)?))
            }
            Self::Decimal { mut values, mut nulls } => {
                let nulls = fill(&mut values, &mut nulls, rows);
                let array = Decimal128Array::try_new(values.into(), nulls)?;
                Ok(Arc::new(array.with_data_type(data_type.clone())))
            }
            Self::Bool { mut values, mut nulls } => {
                let missing = rows - values.len();
                values.append_n(missing, false);
                nulls.append_n_nulls(missing);
                Ok(Arc::new(BooleanArray::new(values.finish(), nulls.finish())))
            }
            Self::Attributes(builder) => builder.finish(rows),
            Self::UIntList(builder) => {
                let (offsets, values, nulls) = builder.finish(rows);
                finish_list(data_type, offsets, Arc::new(UInt64Array::from(values)), nulls)
            }
            Self::FloatList(builder) => {
                let (offsets, values, nulls) = builder.finish(rows);
                finish_list(data_type, offsets, Arc::new(Float64Array::from(values)), nulls)
            }
        }
    }
}

fn fill<T: Default + Clone>(
    values: &mut Vec<T>,
    nulls: &mut NullBufferBuilder,
    rows: usize,
) -> Option<NullBuffer> {
    let missing = rows - values.len();
    values.resize(rows, T::default());
    nulls.append_n_nulls(missing);
    nulls.finish()
}

fn finish_list(
    data_type: &DataType,
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let DataType::List(item) = data_type else {
        return Err(ArrowError::SchemaError(format!("{data_type} is not a list")));
    };
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, nulls)?))
}

#[derive(Debug)]
pub(super) struct TextBuilder {
    pub(super) data: Vec<u8>,
    pub(super) views: Vec<u128>,
    pub(super) nulls: NullBufferBuilder,
}

impl TextBuilder {
    #[inline]
    pub(super) fn fill(&mut self, rows: usize) {
        let missing = rows - self.views.len();
        if missing > 0 {
            self.views.resize(rows, 0);
            self.nulls.append_n_nulls(missing);
        }
    }

    /// Keeps the text or the bytes and answers the view that points at it.
    #[inline]
    pub(super) fn store(&mut self, text: &[u8]) -> u128 {
        let offset = self.data.len();
        if text.len() > 12 {
            self.data.extend_from_slice(text);
        }
        debug_assert!(offset <= u32::MAX as usize, "requests are far below 4 GiB");
        make_view(text, 0, offset as u32)
    }

    #[inline]
    pub(super) fn push(&mut self, view: u128) {
        self.views.push(view);
        self.nulls.append_non_null();
    }
}

/// Texts one after another.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) text: String,
    pub(super) ends: Vec<i32>,
}

impl Texts {
    #[inline]
    pub(super) fn close(&mut self) {
        self.ends.push(self.text.len() as i32);
    }

    pub(super) fn truncate(&mut self, items: usize) {
        self.ends.truncate(items + 1);
        self.text.truncate(self.ends[items] as usize);
    }

    pub(super) fn finish(self) -> Result<StringArray, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        StringArray::try_new(offsets, Buffer::from_vec(self.text.into_bytes()), None)
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self { text: String::new(), ends: vec![0] }
    }
}

#[derive(Debug, Default)]
pub(super) struct AttributesBuilder {
    pub(super) keys: Texts,
    pub(super) values: Texts,
    /// Number of entries up to and including each row; a row without entries is null.
    pub(super) row_ends: Vec<i32>,
}

impl AttributesBuilder {
    /// Makes the current row, which is row `rows - 1`, one entry longer.
    #[inline]
    pub(super) fn begin(&mut self, rows: usize) {
        let end = self.row_ends.last().copied().unwrap_or(0);
        if self.row_ends.len() < rows {
            self.row_ends.resize(rows, end);
        }
        self.row_ends[rows - 1] = end + 1;
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.row_ends.truncate(rows);
        let items = self.row_ends.last().copied().unwrap_or(0) as usize;
        self.keys.truncate(items);
        self.values.truncate(items);
    }

    pub(super) fn finish(mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let (offsets, nulls) = offsets_and_nulls(&mut self.row_ends, rows);
        let entries_field = map_entries_field();
        let DataType::Struct(fields) = entries_field.data_type() else {
            return Err(ArrowError::SchemaError("map entries are not a struct".to_owned()));
        };
        let entries = StructArray::try_new(
            fields.clone(),
            vec![Arc::new(self.keys.finish()?), Arc::new(self.values.finish()?)],
            None,
        )?;
        Ok(Arc::new(MapArray::try_new(entries_field, offsets, entries, nulls, false)?))
    }
}

/// Offsets of the rows, and nulls where a row is empty.
fn offsets_and_nulls(
    row_ends: &mut Vec<i32>,
    rows: usize,
) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
    let end = row_ends.last().copied().unwrap_or(0);
    row_ends.resize(rows, end);
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0);
    offsets.extend_from_slice(row_ends);
    let nulls = NullBuffer::from_iter(offsets.windows(2).map(|pair| pair[0] != pair[1]));
    let nulls = (nulls.null_count() > 0).then_some(nulls);
    (OffsetBuffer::new(ScalarBuffer::from(offsets)), nulls)
}

#[derive(Debug)]
pub(super) struct ListBuilder<T> {
    pub(super) values: Vec<T>,
    pub(super) row_ends: Vec<i32>,
    pub(super) nulls: NullBufferBuilder,
}

impl<T: Copy> ListBuilder<T> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), row_ends: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }

    pub(super) fn push(&mut self, rows: usize, list: &[T]) {
        self.fill(rows - 1);
        self.values.extend_from_slice(list);
        self.row_ends.push(self.values.len() as i32);
        self.nulls.append_non_null();
    }

    pub(super) fn fill(&mut self, rows: usize) {
        let missing = rows - self.row_ends.len();
        self.row_ends.resize(rows, self.values.len() as i32);
        self.nulls.append_n_nulls(missing);
    }

    pub(super) fn truncate(&mut self, rows: usize) {
        self.row_ends.truncate(rows);
        self.nulls.truncate(rows);
        self.values.truncate(self.row_ends.last().copied().unwrap_or(0) as usize);
    }

    pub(super) fn finish(mut self, rows: usize) -> (OffsetBuffer<i32>, Vec<T>, Option<NullBuffer>) {
        self.fill(rows);
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        offsets.extend_from_slice(&self.row_ends);
        (OffsetBuffer::new(ScalarBuffer::from(offsets)), self.values, self.nulls.finish())
    }
}
