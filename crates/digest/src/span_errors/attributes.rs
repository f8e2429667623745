//! Reading single attributes of rows.

use arrow::array::{Array, AsArray, MapArray, RecordBatch};
use hannun_model::table::Table;
use hannun_model::value::plain_text;

/// A column of attributes, or null in every row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes<'a>(Option<&'a MapArray>);

impl<'a> Attributes<'a> {
    pub(super) fn of(records: &'a RecordBatch, table: Table, column: usize) -> Self {
        let array = records.column_by_name(table.columns()[column].name);
        Self(array.and_then(|array| array.as_map_opt()))
    }

    /// The value of an attribute as people see it.
    pub(super) fn text(self, row: usize, key: &str) -> Option<&'a str> {
        let map = self.0.filter(|map| map.is_valid(row))?;
        let keys = map.keys().as_string_opt::<i32>()?;
        let values = map.values().as_string_opt::<i32>()?;
        let offsets = map.value_offsets();
        let entries = offsets[row] as usize..offsets[row + 1] as usize;
        let found = entries.into_iter().find(|entry| keys.value(*entry) == key)?;
        plain_text(values.value(found)).map(str::trim).filter(|text| !text.is_empty())
    }
}
