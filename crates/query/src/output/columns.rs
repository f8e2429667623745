//! Columns: one JSON object with the type of each column and rows as arrays, for programs that
//! show an answer, such as the web app.

use super::json;
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema};
use arrow::error::ArrowError;
use hannun_model::column::TYPED_METADATA_KEY;
use std::time::Duration;

/// The largest integer that every JSON reader keeps exact (2^53 − 1).
const EXACT_INTEGER_MAX: u64 = (1 << 53) - 1;

/// Writes `{"columns": […], "rows": [[…]…], "truncated": …, "elapsed_ms": …}`.
#[derive(Debug, Default)]
pub struct ColumnsWriter {
    any: bool,
}

impl ColumnsWriter {
    /// The head with the columns, up to the first row.
    pub fn begin(&self, schema: &Schema) -> Vec<u8> {
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| serde_json::json!({ "name": field.name(), "type": type_name(field) }))
            .collect();
        let columns = serde_json::Value::from(columns);
        format!("{{\"columns\":{columns},\"rows\":[").into_bytes()
    }

    /// The rows of a batch, separated from those before.
    pub fn rows(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let schema = batch.schema();
        let columns = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| Ok((is_wide(field.data_type()), json::cells(field, array)?)))
            .collect::<Result<Vec<_>, ArrowError>>()?;
        let mut out = Vec::new();
        for row in 0..batch.num_rows() {
            out.extend_from_slice(if self.any { b",\n[" } else { b"\n[" });
            self.any = true;
            for (index, (wide, cells)) in columns.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_cell(&mut out, cells[row].as_deref(), *wide);
            }
            out.push(b']');
        }
        Ok(out)
    }

    /// The end, with what is known only then.
    pub fn end(&self, truncated: bool, elapsed: Duration) -> Vec<u8> {
        let elapsed_ms = (elapsed.as_secs_f64() * 1e5).round() / 1e2;
        format!("\n],\"truncated\":{truncated},\"elapsed_ms\":{elapsed_ms}}}\n").into_bytes()
    }
}

fn write_cell(out: &mut Vec<u8>, cell: Option<&str>, wide: bool) {
    match cell {
        None => out.extend_from_slice(b"null"),
        Some(number) if wide && !is_exact(number) => {
            out.push(b'"');
            out.extend_from_slice(number.as_bytes());
            out.push(b'"');
        }
        Some(cell) => out.extend_from_slice(cell.as_bytes()),
    }
}

fn is_exact(number: &str) -> bool {
    number.trim_start_matches('-').parse::<u64>().is_ok_and(|value| value <= EXACT_INTEGER_MAX)
}

fn is_wide(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int64 | DataType::UInt64)
}

/// What a program has to know to show a value.
pub fn type_name(field: &FieldRef) -> &'static str {
    let typed_json = field.metadata().get(TYPED_METADATA_KEY).is_some_and(|kind| kind == "json");
    match field.data_type() {
        _ if typed_json => "json",
        data_type if data_type.is_integer() => "int64",
        data_type if data_type.is_numeric() => "float64",
        DataType::Boolean => "bool",
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => "timestamp",
        DataType::Duration(_) | DataType::Interval(_) => "duration",
        data_type if data_type.is_nested() => "json",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampNanosecondArray};
    use std::sync::Arc;

    #[test]
    fn rows_keep_their_types_and_wide_integers_are_text() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", Arc::new(Int64Array::from(vec![Some(9_007_199_254_740_991), None]))),
            ("wide", Arc::new(Int64Array::from(vec![9_007_199_254_740_992, i64::MIN]))),
            ("x", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
            ("text", Arc::new(StringArray::from(vec!["\"가\"\n", "<b>"]))),
            ("time", Arc::new(TimestampNanosecondArray::from(vec![1, 2]).with_timezone("UTC"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = ColumnsWriter::default();
        let mut out = writer.begin(&batch.schema());
        out.extend(writer.rows(&batch.slice(0, 1)).unwrap());
        out.extend(writer.rows(&batch.slice(1, 1)).unwrap());
        out.extend(writer.end(true, Duration::from_micros(12_345)));
        let answer: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({
            "columns": [
                {"name": "n", "type": "int64"}, {"name": "wide", "type": "int64"},
                {"name": "x", "type": "float64"}, {"name": "text", "type": "text"},
                {"name": "time", "type": "timestamp"},
            ],
            "rows": [
                [9_007_199_254_740_991_i64, "9007199254740992", 0.5, "\"가\"\n",
                 "1970-01-01T00:00:00.000000001Z"],
                [null, "-9223372036854775808", null, "<b>", "1970-01-01T00:00:00.000000002Z"],
            ],
            "truncated": true,
            "elapsed_ms": 12.35,
        });
        assert_eq!(answer, expected);
    }

    #[test]
    fn an_answer_without_rows_is_complete() {
        let writer = ColumnsWriter::default();
        let mut out = writer.begin(&Schema::empty());
        out.extend(writer.end(false, Duration::ZERO));
        let answer: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected =
            serde_json::json!({"columns": [], "rows": [], "truncated": false, "elapsed_ms": 0});
        assert_eq!(answer, expected);
    }
}
