//! The processor as intakes use it.

mod hostile;
mod outcome;
mod properties;
mod trial;

use crate::record::write_attributes;
use crate::{LogProcessor, PipelineDocument, Processed};
use arrow::array::{Array, AsArray, types};
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::table::{Table, logs};
use hannun_model::value::Value;
use serde_json::json;
use std::collections::BTreeMap;

const NOW_NS: i64 = 1_700_000_000_000_000_000;

/// A log record as a test writes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    body: String,
    service: &'static str,
    severity: Option<i64>,
    trace_id: Option<String>,
    /// Whether the body is a structure.
    is_json: bool,
    image: Option<&'static str>,
    /// The other attributes of its resource as typed JSON.
    resource: Option<&'static str>,
    attributes: Vec<(&'static str, Value)>,
}

fn log(body: &str) -> Log {
    Log { body: body.to_owned(), service: "order", ..Log::default() }
}

fn batch(all: &[Log]) -> Batch {
    let mut builder = BatchBuilder::new(Table::Logs);
    for (index, log) in all.iter().enumerate() {
        builder.start_row();
        builder.set_int(logs::TIME, NOW_NS + index as i64);
        builder.set_text(logs::BODY, &log.body);
        builder.set_text(logs::SERVICE_NAME, log.service);
        if log.is_json {
            builder.set_text(logs::BODY_TYPE, "json");
        }
        if let Some(number) = log.severity {
            builder.set_int(logs::SEVERITY_NUMBER, number);
        }
        if let Some(trace_id) = &log.trace_id {
            builder.set_text(logs::TRACE_ID, trace_id);
        }
        if let Some(image) = log.image {
            builder.set_text(logs::CONTAINER_IMAGE_NAME, image);
        }
        if let Some(resource) = log.resource {
            builder.set_text(logs::RESOURCE_ATTRIBUTES, resource);
        }
        let attributes = log.attributes.iter().map(|(key, value)| {
            let mut typed = String::new();
            value.write_typed(&mut typed);
            ((*key).to_owned(), typed)
        });
        write_attributes(&mut builder, &attributes.collect::<Vec<_>>());
    }
    builder.finish().unwrap()
}

fn document(rules: serde_json::Value) -> PipelineDocument {
    PipelineDocument {
        id: "p".to_owned(),
        revision: 1,
        body: json!({"name": "test", "rules": rules}),
    }
}

fn processor(rules: serde_json::Value) -> LogProcessor {
    let processor = LogProcessor::without_patterns();
    processor.set_rules(vec![document(rules)]);
    assert_eq!(processor.status().pipelines[0].error, None);
    processor
}

/// A row by the names of its columns and, behind an `@`, of its attributes; in the order of time.
type Row = BTreeMap<String, String>;

fn rows(processed: &Processed, table: Table) -> Vec<Row> {
    let mut all = Vec::new();
    for batch in processed.batches.iter().filter(|batch| batch.table() == table) {
        let records = batch.records();
        for row in 0..records.num_rows() {
            let mut shown = Row::new();
            for (field, array) in records.schema().fields().iter().zip(records.columns()) {
                if array.is_null(row) {
                    continue;
                }
                if let Some(map) = array.as_map_opt() {
                    let entries = map.value(row);
                    let (keys, values) = (entries.column(0), entries.column(1));
                    for entry in 0..entries.len() {
                        let key = format!("@{}", keys.as_string::<i32>().value(entry));
                        shown.insert(key, values.as_string::<i32>().value(entry).to_owned());
                    }
                } else {
                    shown.insert(field.name().clone(), cell(array, row));
                }
            }
            all.push(shown);
        }
    }
    all.sort_by(|left, right| left.get("time").cmp(&right.get("time")));
    all
}

fn cell(array: &arrow::array::ArrayRef, row: usize) -> String {
    if let Some(text) = array.as_string_view_opt() {
        return text.value(row).to_owned();
    }
    if let Some(ints) = array.as_primitive_opt::<types::Int64Type>() {
        return ints.value(row).to_string();
    }
    if let Some(floats) = array.as_primitive_opt::<types::Float64Type>() {
        return floats.value(row).to_string();
    }
    if let Some(times) = array.as_primitive_opt::<types::TimestampNanosecondType>() {
        return times.value(row).to_string();
    }
    if let Some(counts) = array.as_primitive_opt::<types::UInt64Type>() {
        return counts.value(row).to_string();
    }
    format!("{:?}", array.slice(row, 1))
}

fn process(processor: &LogProcessor, all: &[Log]) -> Processed {
    let processed = processor.process(batch(all), NOW_NS);
    processor.stored(&processed.batches);
    processed
}

fn bodies(processed: &Processed) -> Vec<String> {
    rows(processed, Table::Logs).into_iter().map(|mut row| row.remove("body").unwrap()).collect()
}

fn of<'r>(row: &'r Row, key: &str) -> Option<&'r str> {
    row.get(key).map(String::as_str)
}
