//! The API of the backend: every endpoint, every form, and what is wrong.

mod columns;
mod hostile;
mod logs;
mod messages;
mod points;
mod records;
mod routes;

use crate::otlp::map::Clock;
use arrow::array::{Array, ArrayRef, AsArray, types};
use arrow::datatypes::DataType;
use hannun_model::batch::Batch;
use serde_json::{Map, Value, json};

/// 2026-11-21T07:33:20Z.
const NOW_S: i64 = 1_795_246_400;
const NS: i64 = 1_000_000_000;
const CLOCK: Clock = Clock { now_ns: NOW_S * NS, oldest_ns: (NOW_S - 3600) * NS };

/// Points as JSON objects without nulls; times as integers.
fn rows_of(batch: &Batch) -> Vec<Map<String, Value>> {
    let records = batch.records();
    let schema = records.schema();
    let row = |row: usize| {
        let columns = schema.fields().iter().zip(records.columns());
        let set = columns.filter(|(_, column)| column.is_valid(row));
        set.map(|(field, column)| (field.name().clone(), value_of(column, row))).collect()
    };
    (0..records.num_rows()).map(row).collect()
}

fn value_of(column: &ArrayRef, row: usize) -> Value {
    match column.data_type() {
        DataType::Utf8View => {
            let text = column.as_string_view().value(row);
            serde_json::from_str(text).ok().filter(Value::is_object).unwrap_or_else(|| json!(text))
        }
        DataType::Int64 => column.as_primitive::<types::Int64Type>().value(row).into(),
        DataType::UInt64 => column.as_primitive::<types::UInt64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<types::Float64Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Timestamp(..) => {
            column.as_primitive::<types::TimestampNanosecondType>().value(row).into()
        }
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            (0..list.len()).map(|at| value_of(&list, at)).collect()
        }
        other => panic!("{other}"),
    }
}
