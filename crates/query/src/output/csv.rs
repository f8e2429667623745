//! CSV (RFC 4180) with a header line.

use super::flatten;
use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The header line.
pub fn header(batch_schema: &arrow::datatypes::Schema) -> Vec<u8> {
    let mut line = String::new();
    for (index, field) in batch_schema.fields().iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        write_cell(&mut line, field.name());
    }
    line.push_str("\r\n");
    line.into_bytes()
}

/// The rows of a batch.
pub fn rows(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let batch = flatten(batch)?;
    let options = FormatOptions::default().with_null("");
    let formatters = batch
        .columns()
        .iter()
        .map(|array| ArrayFormatter::try_new(array.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for (index, formatter) in formatters.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            if batch.column(index).is_valid(row) {
                write_cell(&mut text, &formatter.value(row).try_to_string()?);
            }
        }
        text.push_str("\r\n");
    }
    Ok(text.into_bytes())
}

fn write_cell(out: &mut String, cell: &str) {
    if cell.is_empty() || cell.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}
