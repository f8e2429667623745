//! Rows that a filter can be asked about.

use arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int64Array, MapArray, RecordBatch, StringArray,
    StringViewArray,
};
use arrow::datatypes::{Float64Type, Int64Type};
use hannun_model::column::ColumnType;
use hannun_model::table::Table;

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ColumnValue<'a> {
    /// Also typed JSON, as it is written.
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// One span or log record, wherever it is kept.
pub trait Record {
    /// The table whose columns it has.
    fn table(&self) -> Table;

    /// The value of a text, JSON, integer, float or boolean column; `None` when it is null or of
    /// another type.
    fn column(&self, column: usize) -> Option<ColumnValue<'_>>;

    /// The value under `key` in the map of attributes, as typed text (see
    /// [`hannun_model::value`]). Not those that have a column.
    fn attribute(&self, key: &str) -> Option<&str>;

    /// Whether `test` is true for the key and typed text of any entry of that map.
    fn any_attribute(&self, test: &mut dyn FnMut(&str, &str) -> bool) -> bool;
}

/// The rows of a batch. Columns that the batch does not have are null.
#[derive(Debug)]
pub struct BatchRows<'a> {
    table: Table,
    columns: Vec<Option<ColumnOf<'a>>>,
    attributes: Option<Attributes<'a>>,
}

#[derive(Debug)]
enum ColumnOf<'a> {
    Text(&'a StringViewArray),
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    Bool(&'a BooleanArray),
}

#[derive(Debug)]
struct Attributes<'a> {
    map: &'a MapArray,
    keys: &'a StringArray,
    values: &'a StringArray,
}

/// One row of [`BatchRows`].
#[derive(Debug, Clone, Copy)]
pub struct BatchRow<'a> {
    rows: &'a BatchRows<'a>,
    row: usize,
}

impl<'a> BatchRows<'a> {
    /// Finds the columns of `table` in a batch by their names.
    pub fn new(table: Table, batch: &'a RecordBatch) -> Self {
        let mut attributes = None;
        let columns = table
            .columns()
            .iter()
            .map(|column| {
                let array = batch.column_by_name(column.name)?;
                match column.column_type {
                    ColumnType::Text | ColumnType::Json => {
                        array.as_string_view_opt().map(ColumnOf::Text)
                    }
                    ColumnType::Int => array.as_primitive_opt::<Int64Type>().map(ColumnOf::Int),
                    ColumnType::Float => {
                        array.as_primitive_opt::<Float64Type>().map(ColumnOf::Float)
                    }
                    ColumnType::Bool => array.as_boolean_opt().map(ColumnOf::Bool),
                    ColumnType::Attributes => {
                        attributes = array.as_map_opt().and_then(Attributes::of);
                        None
                    }
                    ColumnType::UInt
                    | ColumnType::Timestamp
                    | ColumnType::Bytes
                    | ColumnType::Decimal
                    | ColumnType::UIntList
                    | ColumnType::FloatList => None,
                }
            })
            .collect();
        Self { table, columns, attributes }
    }

    /// The row at this position of the batch.
    pub fn row(&'a self, row: usize) -> BatchRow<'a> {
        BatchRow { rows: self, row }
    }
}

impl<'a> Attributes<'a> {
    fn of(map: &'a MapArray) -> Option<Self> {
        let keys = map.keys().as_string_opt::<i32>()?;
        let values = map.values().as_string_opt::<i32>()?;
        Some(Self { map, keys, values })
    }

    fn entries(&self, row: usize) -> impl Iterator<Item = (&'a str, &'a str)> {
        let offsets = self.map.value_offsets();
        let range = match self.map.is_valid(row) {
            true => offsets[row] as usize..offsets[row + 1] as usize,
            false => 0..0,
        };
        let (keys, values) = (self.keys, self.values);
        range.map(move |entry| (keys.value(entry), values.value(entry)))
    }
}

impl Record for BatchRow<'_> {
    fn table(&self) -> Table {
        self.rows.table
    }

    fn column(&self, column: usize) -> Option<ColumnValue<'_>> {
        let row = self.row;
        match self.rows.columns.get(column)?.as_ref()? {
            ColumnOf::Text(array) if array.is_valid(row) => {
                Some(ColumnValue::Text(array.value(row)))
            }
            ColumnOf::Int(array) if array.is_valid(row) => Some(ColumnValue::Int(array.value(row))),
            ColumnOf::Float(array) if array.is_valid(row) => {
                Some(ColumnValue::Float(array.value(row)))
            }
            ColumnOf::Bool(array) if array.is_valid(row) => {
                Some(ColumnValue::Bool(array.value(row)))
            }
            _ => None,
        }
    }

    fn attribute(&self, key: &str) -> Option<&str> {
        let attributes = self.rows.attributes.as_ref()?;
        attributes.entries(self.row).find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    fn any_attribute(&self, test: &mut dyn FnMut(&str, &str) -> bool) -> bool {
        let Some(attributes) = &self.rows.attributes else { return false };
        attributes.entries(self.row).any(|(key, value)| test(key, value))
    }
}
