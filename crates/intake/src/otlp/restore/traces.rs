//! Rows of `spans` to spans.

use super::RestoreError;
use super::row::Row;
use arrow::array::RecordBatch;
use hannun_model::semconv::item_attributes;
use hannun_model::table::{Table, spans as columns};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// One `ResourceSpans` with one span for each row.
pub fn spans(records: &RecordBatch) -> Result<Vec<ResourceSpans>, RestoreError> {
    Row::restore_all(Table::Spans, records, |row| {
        let (resource, schema_url) = row.resource()?;
        let (scope, scope_schema_url) = row.scope()?;
        let scope_spans =
            ScopeSpans { scope, spans: vec![span(row)?], schema_url: scope_schema_url };
        Ok(ResourceSpans { resource, scope_spans: vec![scope_spans], schema_url })
    })
}

fn span(row: Row<'_>) -> Result<Span, RestoreError> {
    let start_time = row.int_or_zero(columns::START_TIME)? as u64;
    let duration = row.int_or_zero(columns::DURATION)? as u64;
    Ok(Span {
        trace_id: row.id(columns::TRACE_ID)?,
        span_id: row.id(columns::SPAN_ID)?,
        trace_state: row.text_or_empty(columns::TRACE_STATE)?,
        parent_span_id: row.id(columns::PARENT_SPAN_ID)?,
        flags: row.count(columns::FLAGS)?,
        name: row.text_or_empty(columns::NAME)?,
        kind: number_or_name(
            row,
            columns::KIND,
            &["internal", "server", "client", "producer", "consumer"],
        )?,
        start_time_unix_nano: start_time,
        end_time_unix_nano: start_time.wrapping_add(duration),
        attributes: row.item_attributes(item_attributes(Table::Spans), columns::ATTRIBUTES)?,
        dropped_attributes_count: row.count(columns::DROPPED_ATTRIBUTES_COUNT)?,
        events: events(row)?,
        dropped_events_count: row.count(columns::DROPPED_EVENTS_COUNT)?,
        links: links(row)?,
        dropped_links_count: row.count(columns::DROPPED_LINKS_COUNT)?,
        status: status(row)?,
    })
}

/// An enumeration whose names count from 1: null is 0, a number is itself.
pub fn number_or_name(row: Row<'_>, column: usize, names: &[&str]) -> Result<i32, RestoreError> {
    let Some(text) = row.text(column)? else { return Ok(0) };
    match names.iter().position(|name| *name == text) {
        Some(at) => Ok(at as i32 + 1),
        None => text.parse().map_err(|_| row.error(column, "a known name or a number")),
    }
}

fn status(row: Row<'_>) -> Result<Option<Status>, RestoreError> {
    if row.flag(columns::STATUS_ABSENT)? {
        return Ok(None);
    }
    Ok(Some(Status {
        message: row.text_or_empty(columns::STATUS_MESSAGE)?,
        code: number_or_name(row, columns::STATUS_CODE, &["ok", "error"])?,
    }))
}

fn events(row: Row<'_>) -> Result<Vec<Event>, RestoreError> {
    let objects = row.objects(columns::EVENTS)?;
    Ok(objects
        .into_iter()
        .map(|mut event| Event {
            time_unix_nano: event.time("time"),
            name: event.text("name"),
            attributes: event.attributes(),
            dropped_attributes_count: event.count("dropped_attributes_count"),
        })
        .collect())
}

fn links(row: Row<'_>) -> Result<Vec<Link>, RestoreError> {
    let objects = row.objects(columns::LINKS)?;
    Ok(objects
        .into_iter()
        .map(|mut link| Link {
            trace_id: link.id("trace_id"),
            span_id: link.id("span_id"),
            trace_state: link.text("trace_state"),
            attributes: link.attributes(),
            dropped_attributes_count: link.count("dropped_attributes_count"),
            flags: link.count("flags"),
        })
        .collect())
}
