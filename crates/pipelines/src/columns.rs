//! Columns put beside the rows of a batch that are there.

use crate::rows::LogRows;
use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder,
};
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use hannun_model::table::{Table, logs};
use hannun_model::typed_json;
use hannun_model::value::Value;
use hannun_patterns::Miner;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Keys of the message proper in a structured body.
const MESSAGE_KEYS: [&str; 4] = ["message", "msg", "log", "event"];

/// Puts columns of `logs` in their places, instead of those that are there.
pub(crate) fn with_columns(
    records: &RecordBatch,
    added: Vec<(usize, ArrayRef)>,
) -> Result<RecordBatch, ArrowError> {
    if added.is_empty() {
        return Ok(records.clone());
    }
    let schema = records.schema_ref();
    let there = schema.fields().iter().zip(records.columns()).filter_map(|(field, array)| {
        let column = Table::Logs.column_index(field.name())?;
        let is_replaced = added.iter().any(|(index, _)| *index == column);
        (!is_replaced).then(|| (column, field.as_ref().clone(), array.clone()))
    });
    let mut columns: Vec<_> = there.collect();
    columns.extend(
        added
            .iter()
            .map(|(column, array)| (*column, logs::COLUMNS[*column].field(), array.clone())),
    );
    columns.sort_by_key(|(column, ..)| *column);
    let fields: Vec<_> = columns.iter().map(|(_, field, _)| field.clone()).collect();
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(records.num_rows()));
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options)
}

/// A column of integers; none when nothing is set.
pub(crate) fn ints(column: usize, values: Vec<Option<i64>>) -> Option<(usize, ArrayRef)> {
    let any = values.iter().any(Option::is_some);
    any.then(|| (column, Arc::new(Int64Array::from(values)) as ArrayRef))
}

/// A column of floats; none when nothing is set.
pub(crate) fn floats(column: usize, values: Vec<Option<f64>>) -> Option<(usize, ArrayRef)> {
    let any = values.iter().any(Option::is_some);
    any.then(|| (column, Arc::new(Float64Array::from(values)) as ArrayRef))
}

/// A column of texts; none when nothing is set.
pub(crate) fn texts<'t>(
    column: usize,
    values: impl Iterator<Item = Option<&'t str>>,
) -> Option<(usize, ArrayRef)> {
    let mut builder = StringViewBuilder::new();
    let mut any = false;
    for value in values {
        any |= value.is_some();
        builder.append_option(value);
    }
    any.then(|| (column, Arc::new(builder.finish()) as ArrayRef))
}

/// The pattern of each row and its id.
pub(crate) fn patterns(
    miner: &Miner,
    rows: &LogRows<'_>,
) -> Result<Vec<(usize, ArrayRef)>, ArrowError> {
    let mut ids = StringViewBuilder::with_capacity(rows.len());
    let mut templates = StringViewBuilder::with_capacity(rows.len());
    // Few templates stand for many rows: each is written once.
    let mut written: HashMap<Arc<str>, (u32, u32)> = HashMap::new();
    let mut any = false;
    for row in 0..rows.len() {
        let Some(message) = message(rows, row) else {
            ids.append_null();
            templates.append_null();
            continue;
        };
        any = true;
        let service = rows.text(logs::SERVICE_NAME, row).unwrap_or_default();
        let mined = miner.mine(service, &message);
        ids.append_value(format!("{:016x}", mined.id));
        let (block, length) = match written.get(&mined.template) {
            Some(known) => *known,
            None => {
                let block = templates.append_block(mined.template.as_bytes().into());
                let length = u32::try_from(mined.template.len()).unwrap_or(u32::MAX);
                written.insert(mined.template, (block, length));
                (block, length)
            }
        };
        templates.try_append_view(block, 0, length)?;
    }
    if !any {
        return Ok(Vec::new());
    }
    Ok(vec![
        (logs::PATTERN_ID, Arc::new(ids.finish()) as ArrayRef),
        (logs::PATTERN, Arc::new(templates.finish()) as ArrayRef),
    ])
}

/// What a record says: its text, or the text in its structure.
fn message<'a>(rows: &LogRows<'a>, row: usize) -> Option<Cow<'a, str>> {
    let body = rows.text(logs::BODY, row)?;
    match rows.text(logs::BODY_TYPE, row) {
        None => Some(Cow::Borrowed(body)),
        Some("json") => {
            let Ok(Value::Map(entries)) = typed_json::read(body) else {
                return Some(Cow::Borrowed(body));
            };
            let text = MESSAGE_KEYS.iter().find_map(|key| {
                entries.iter().find_map(|(known, value)| match value {
                    Value::Text(text) if known == key => Some(text.clone()),
                    _ => None,
                })
            });
            Some(text.map_or(Cow::Borrowed(body), Cow::Owned))
        }
        Some(_) => None,
    }
}
