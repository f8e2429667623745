//! Rows of `logs` to log records.

use super::RestoreError;
use super::attributes::any_value;
use super::row::Row;
use arrow::array::RecordBatch;
use hannun_model::semconv::item_attributes;
use hannun_model::table::{Table, logs as columns};
use hannun_model::typed_json;
use hannun_model::value::{Value, read_hex};
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

/// One `ResourceLogs` with one record for each row.
pub fn logs(records: &RecordBatch) -> Result<Vec<ResourceLogs>, RestoreError> {
    Row::restore_all(Table::Logs, records, |row| {
        let (resource, schema_url) = row.resource()?;
        let (scope, scope_schema_url) = row.scope()?;
        let scope_logs =
            ScopeLogs { scope, log_records: vec![record(row)?], schema_url: scope_schema_url };
        Ok(ResourceLogs { resource, scope_logs: vec![scope_logs], schema_url })
    })
}

fn record(row: Row<'_>) -> Result<LogRecord, RestoreError> {
    // A time that the sender did not give is not sent back.
    let time = match row.text(columns::TIME_SOURCE)? {
        None => row.int_or_zero(columns::TIME)?,
        Some(_) => 0,
    };
    let severity = row.int_or_zero(columns::SEVERITY_NUMBER)?;
    Ok(LogRecord {
        time_unix_nano: time as u64,
        observed_time_unix_nano: row.int_or_zero(columns::OBSERVED_TIME)? as u64,
        severity_number: i32::try_from(severity)
            .map_err(|_| row.error(columns::SEVERITY_NUMBER, "32-bit integers"))?,
        severity_text: row.text_or_empty(columns::SEVERITY_TEXT)?,
        body: body(row)?,
        attributes: row.item_attributes(item_attributes(Table::Logs), columns::ATTRIBUTES)?,
        dropped_attributes_count: row.count(columns::DROPPED_ATTRIBUTES_COUNT)?,
        flags: row.count(columns::FLAGS)?,
        trace_id: row.id(columns::TRACE_ID)?,
        span_id: row.id(columns::SPAN_ID)?,
        event_name: row.text_or_empty(columns::EVENT_NAME)?,
    })
}

fn body(row: Row<'_>) -> Result<Option<AnyValue>, RestoreError> {
    let body_type = row.text(columns::BODY_TYPE)?;
    if body_type == Some("empty") {
        return Ok(Some(any_value(Value::Empty)));
    }
    let Some(text) = row.text(columns::BODY)? else { return Ok(None) };
    let value = match body_type {
        None => Some(Value::Text(text.to_owned())),
        Some("bool") => text.parse().ok().map(Value::Bool),
        Some("int") => text.parse().ok().map(Value::Int),
        Some("double") => text.parse().ok().map(Value::Double),
        Some("bytes") => read_hex(text).map(Value::Bytes),
        Some("json") => typed_json::read(text).ok(),
        Some(_) => None,
    };
    let value = value.ok_or_else(|| row.error(columns::BODY, "a body of its type"))?;
    Ok(Some(any_value(value)))
}
