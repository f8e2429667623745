//! Columns of one row by name.

use super::RestoreError;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, types};
use arrow::datatypes::DataType;
use hannun_model::table::Table;
use hannun_model::typed_json;
use hannun_model::value::{Value, read_hex};

/// One row of a batch or of a query result.
#[derive(Debug, Clone, Copy)]
pub struct Row<'b> {
    pub table: Table,
    records: &'b RecordBatch,
    row: usize,
}

/// The text of any string array.
pub fn text_at(array: &dyn Array, row: usize) -> Option<&str> {
    if !array.is_valid(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        _ => None,
    }
}

impl<'b> Row<'b> {
    /// Restores each row of `records` by `restore`.
    pub fn restore_all<T>(
        table: Table,
        records: &'b RecordBatch,
        restore: impl Fn(Self) -> Result<T, RestoreError>,
    ) -> Result<Vec<T>, RestoreError> {
        (0..records.num_rows()).map(|row| restore(Self { table, records, row })).collect()
    }

    pub fn error(self, column: usize, expected: &'static str) -> RestoreError {
        RestoreError { column: self.name(column).to_owned(), row: self.row, expected }
    }

    fn name(self, column: usize) -> &'static str {
        self.table.columns()[column].name
    }

    /// The column when it is there and not null in this row.
    fn array(self, column: usize) -> Option<&'b ArrayRef> {
        self.records.column_by_name(self.name(column)).filter(|array| array.is_valid(self.row))
    }

    pub fn text(self, column: usize) -> Result<Option<&'b str>, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(None) };
        text_at(array, self.row).map(Some).ok_or_else(|| self.error(column, "text"))
    }

    /// The text, empty when it is null.
    pub fn text_or_empty(self, column: usize) -> Result<String, RestoreError> {
        Ok(self.text(column)?.unwrap_or_default().to_owned())
    }

    /// The bytes of an id, none when it is null.
    pub fn id(self, column: usize) -> Result<Vec<u8>, RestoreError> {
        read_hex(self.text(column)?.unwrap_or_default()).ok_or_else(|| self.error(column, "hex"))
    }

    /// An integer or a timestamp.
    pub fn int(self, column: usize) -> Result<Option<i64>, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(None) };
        if let Some(ints) = array.as_primitive_opt::<types::Int64Type>() {
            return Ok(Some(ints.value(self.row)));
        }
        array
            .as_primitive_opt::<types::TimestampNanosecondType>()
            .map(|times| Some(times.value(self.row)))
            .ok_or_else(|| self.error(column, "integers or timestamps"))
    }

    /// The integer, 0 when it is null.
    pub fn int_or_zero(self, column: usize) -> Result<i64, RestoreError> {
        Ok(self.int(column)?.unwrap_or_default())
    }

    /// A count, 0 when it is null.
    pub fn count(self, column: usize) -> Result<u32, RestoreError> {
        u32::try_from(self.int_or_zero(column)?).map_err(|_| self.error(column, "32-bit counts"))
    }

    pub fn uint_or_zero(self, column: usize) -> Result<u64, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(0) };
        array
            .as_primitive_opt::<types::UInt64Type>()
            .map(|counts| counts.value(self.row))
            .ok_or_else(|| self.error(column, "unsigned integers"))
    }

    pub fn float(self, column: usize) -> Result<Option<f64>, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(None) };
        array
            .as_primitive_opt::<types::Float64Type>()
            .map(|floats| Some(floats.value(self.row)))
            .ok_or_else(|| self.error(column, "floats"))
    }

    /// The flag, false when it is null.
    pub fn flag(self, column: usize) -> Result<bool, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(false) };
        array
            .as_boolean_opt()
            .map(|flags| flags.value(self.row))
            .ok_or_else(|| self.error(column, "booleans"))
    }

    fn list(self, column: usize) -> Result<Option<ArrayRef>, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(None) };
        array
            .as_list_opt::<i32>()
            .map(|lists| Some(lists.value(self.row)))
            .ok_or_else(|| self.error(column, "lists"))
    }

    /// The list, empty when it is null.
    pub fn uints(self, column: usize) -> Result<Vec<u64>, RestoreError> {
        let Some(list) = self.list(column)? else { return Ok(Vec::new()) };
        list.as_primitive_opt::<types::UInt64Type>()
            .map(|list| list.values().to_vec())
            .ok_or_else(|| self.error(column, "lists of unsigned integers"))
    }

    /// The list, empty when it is null.
    pub fn floats(self, column: usize) -> Result<Vec<f64>, RestoreError> {
        let Some(list) = self.list(column)? else { return Ok(Vec::new()) };
        list.as_primitive_opt::<types::Float64Type>()
            .map(|list| list.values().to_vec())
            .ok_or_else(|| self.error(column, "lists of floats"))
    }

    /// The typed JSON of a column.
    pub fn json(self, column: usize) -> Result<Option<Value>, RestoreError> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        typed_json::read(text).map(Some).map_err(|_| self.error(column, "typed JSON"))
    }

    /// Entries of an attribute map, keys and typed texts.
    pub fn entries(self, column: usize) -> Result<Vec<(String, String)>, RestoreError> {
        let Some(array) = self.array(column) else { return Ok(Vec::new()) };
        let map = array.as_map_opt().ok_or_else(|| self.error(column, "maps"))?;
        let entries = map.value(self.row);
        let (keys, values) = (entries.column(0), entries.column(1));
        (0..entries.len())
            .map(|entry| {
                let key = text_at(keys, entry)?;
                Some((key.to_owned(), text_at(values, entry)?.to_owned()))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| self.error(column, "maps of text"))
    }
}
