//! Reading the rows of a batch of `logs` in place.

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, PrimitiveArray, RecordBatch, StringArray,
    StringViewArray,
};
use arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};
use hannun_model::column::ColumnType;
use hannun_model::semconv::item_attributes;
use hannun_model::table::{Table, logs};
use hannun_model::value::{self, IN_COLUMN};
use std::sync::LazyLock;

/// The columns that hold attributes of a record, with the key that each stands for.
static HOT_COLUMNS: LazyLock<Vec<(usize, &'static str)>> = LazyLock::new(|| {
    let hot = item_attributes(Table::Logs);
    let canonical = hot.iter().filter(|(_, hot)| hot.canonical);
    let mut columns: Vec<_> = canonical.map(|(key, hot)| (hot.column, key)).collect();
    columns.sort_unstable();
    columns
});

/// Whether this column holds an attribute of the record.
pub(crate) fn is_attribute_column(column: usize) -> bool {
    HOT_COLUMNS.binary_search_by_key(&column, |(column, _)| *column).is_ok()
}

#[derive(Debug)]
enum Cells<'a> {
    Text(&'a StringViewArray),
    Int(&'a Int64Array),
    Time(&'a PrimitiveArray<TimestampNanosecondType>),
    Float(&'a Float64Array),
    Other(&'a ArrayRef),
}

/// The rows of a batch of `logs`, by column of the table.
#[derive(Debug)]
pub(crate) struct LogRows<'a> {
    records: &'a RecordBatch,
    columns: Vec<Option<Cells<'a>>>,
    attributes: Option<Attributes<'a>>,
    /// Columns of attributes that this batch has.
    hot: Vec<(usize, &'static str)>,
}

#[derive(Debug)]
struct Attributes<'a> {
    offsets: &'a [i32],
    nulls: Option<&'a arrow::buffer::NullBuffer>,
    keys: &'a StringArray,
    values: &'a StringArray,
}

impl<'a> LogRows<'a> {
    pub(crate) fn new(records: &'a RecordBatch) -> Self {
        let mut columns: Vec<Option<Cells<'a>>> = Vec::new();
        columns.resize_with(logs::COLUMNS.len(), || None);
        let schema = records.schema_ref();
        for (field, array) in schema.fields().iter().zip(records.columns()) {
            if let Some(column) = Table::Logs.column_index(field.name()) {
                columns[column] = Some(Cells::of(array));
            }
        }
        let attributes = match &columns[logs::ATTRIBUTES] {
            Some(Cells::Other(array)) => Attributes::of(array),
            _ => None,
        };
        let hot = HOT_COLUMNS.iter().filter(|(column, _)| columns[*column].is_some());
        let hot = hot.copied().collect();
        Self { records, columns, attributes, hot }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.num_rows()
    }

    pub(crate) fn records(&self) -> &'a RecordBatch {
        self.records
    }

    #[inline]
    pub(crate) fn text(&self, column: usize, row: usize) -> Option<&'a str> {
        match &self.columns[column] {
            Some(Cells::Text(array)) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    /// An integer or a timestamp.
    #[inline]
    pub(crate) fn int(&self, column: usize, row: usize) -> Option<i64> {
        match &self.columns[column] {
            Some(Cells::Int(array)) => array.is_valid(row).then(|| array.value(row)),
            Some(Cells::Time(array)) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn float(&self, column: usize, row: usize) -> Option<f64> {
        match &self.columns[column] {
            Some(Cells::Float(array)) => array.is_valid(row).then(|| array.value(row)),
            _ => None,
        }
    }

    pub(crate) fn bool(&self, column: usize, row: usize) -> Option<bool> {
        match &self.columns[column] {
            Some(Cells::Other(array)) => {
                let array = array.as_boolean_opt()?;
                array.is_valid(row).then(|| array.value(row))
            }
            _ => None,
        }
    }

    /// The entries of the attribute map as they are kept: typed text, or a mark that says that the
    /// value stands in a column.
    #[inline]
    pub(crate) fn map(&self, row: usize) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (entries, keys_values) = match &self.attributes {
            Some(map) if map.nulls.is_none_or(|nulls| nulls.is_valid(row)) => {
                let at = |row: usize| usize::try_from(map.offsets[row]).unwrap_or(0);
                (at(row)..at(row + 1), Some((map.keys, map.values)))
            }
            _ => (0..0, None),
        };
        entries.filter_map(move |entry| {
            keys_values.map(|(keys, values)| (keys.value(entry), values.value(entry)))
        })
    }

    /// The columns of attributes that have a value in this row: column, canonical key, typed text.
    pub(crate) fn hot(&self, row: usize) -> impl Iterator<Item = (usize, &'static str, String)> {
        self.hot.iter().filter_map(move |(column, key)| {
            self.typed(*column, row).map(|typed| (*column, *key, typed))
        })
    }

    /// The texts of the columns of attributes, in place.
    pub(crate) fn hot_texts(&self, row: usize) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.hot
            .iter()
            .filter_map(move |(column, key)| self.text(*column, row).map(|text| (*key, text)))
    }

    /// The integers of the columns of attributes.
    pub(crate) fn hot_ints(&self, row: usize) -> impl Iterator<Item = (&'static str, i64)> {
        self.hot
            .iter()
            .filter_map(move |(column, key)| self.int(*column, row).map(|int| (*key, int)))
    }

    /// The value of a column of attributes as typed text.
    pub(crate) fn typed(&self, column: usize, row: usize) -> Option<String> {
        let mut typed = String::new();
        match self.text(column, row) {
            Some(text) => value::write_text(&mut typed, text),
            None => value::Value::Int(self.int(column, row)?).write_typed(&mut typed),
        }
        Some(typed)
    }

    /// All attributes of a row as they were sent: key and typed text.
    pub(crate) fn attributes(&self, row: usize) -> Vec<(String, String)> {
        let hot = item_attributes(Table::Logs);
        let mut named = Vec::new();
        let mut attributes = Vec::new();
        // A key may have come twice: what stands in the column came first.
        let mut others = Vec::new();
        for (key, typed) in self.map(row) {
            let column = hot.get(key).map(|hot| hot.column);
            named.extend(column);
            match column.filter(|_| typed.starts_with(IN_COLUMN)) {
                Some(column) => {
                    attributes.push((key.to_owned(), self.typed(column, row).unwrap_or_default()));
                }
                None => others.push((key.to_owned(), typed.to_owned())),
            }
        }
        attributes.append(&mut others);
        let unnamed = self.hot(row).filter(|(column, ..)| !named.contains(column));
        attributes.extend(unnamed.map(|(_, key, typed)| (key.to_owned(), typed)));
        attributes
    }

    /// Which columns of the table this batch has.
    pub(crate) fn present(&self) -> impl Iterator<Item = (usize, ColumnType)> {
        let present = self.columns.iter().enumerate().filter(|(_, cells)| cells.is_some());
        present.map(|(column, _)| (column, logs::COLUMNS[column].column_type))
    }
}

impl<'a> Cells<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            DataType::Utf8View => Self::Text(array.as_string_view()),
            DataType::Int64 => Self::Int(array.as_primitive()),
            DataType::Float64 => Self::Float(array.as_primitive()),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Self::Time(array.as_primitive()),
            _ => Self::Other(array),
        }
    }
}

impl<'a> Attributes<'a> {
    fn of(array: &'a ArrayRef) -> Option<Self> {
        let map = array.as_map_opt()?;
        Some(Self {
            offsets: map.value_offsets(),
            nulls: map.nulls(),
            keys: map.keys().as_string_opt()?,
            values: map.values().as_string_opt()?,
        })
    }
}
