//! One span with everything that was recorded of it.

use crate::question::timestamp_ns;
use hannun_model::semconv::{self, HotAttributes};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// A row as SQL answers it.
pub(crate) type Row = Map<String, Value>;

/// A span as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Span {
    pub trace_id: String,
    pub span_id: String,
    pub service: String,
    pub name: String,
    /// `internal`, `server`, `client`, `producer`, `consumer` or `unspecified`.
    pub kind: String,
    /// `unset`, `ok` or `error`.
    pub status: String,
    /// Nanoseconds since 1970.
    pub start_ns: String,
    /// Negative when the sender's clock went back.
    pub duration_ns: i64,
    pub detail: SpanDetail,
}

/// What a list of spans leaves out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpanDetail {
    pub parent_span_id: Option<String>,
    pub status_message: Option<String>,
    /// The library that recorded it.
    pub scope: Option<String>,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub resource: Row,
    pub events: Vec<SpanEvent>,
    pub links: Vec<SpanLink>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SpanEvent {
    /// Nanoseconds after the start of its span.
    pub offset_ns: i64,
    pub name: String,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SpanLink {
    pub trace_id: String,
    pub span_id: String,
}

/// One span of a trace, or `None`. The start tells spans with the same id apart; without it, the
/// first of them is answered.
pub async fn span(
    engine: &Arc<Engine>,
    trace_id: &str,
    span_id: &str,
    start_ns: Option<i64>,
) -> Result<Option<Span>, QueryError> {
    let start = start_ns.map_or_else(String::new, |start_ns| {
        format!(" AND start_time = {}", timestamp_ns(start_ns))
    });
    let sql = format!(
        "SELECT *, CAST(start_time AS BIGINT) AS start_ns FROM spans \
         WHERE trace_id = {} AND span_id = {}{start} ORDER BY start_time LIMIT 1",
        typed::text(trace_id),
        typed::text(span_id)
    );
    let row = engine.rows::<Row>(&sql, QueryLimits::default()).await?.rows.pop();
    Ok(row.map(|mut row| {
        let start_ns = integer(&row, "start_ns");
        Span {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            detail: SpanDetail::read(&mut row, start_ns),
            service: required(&mut row, "service_name"),
            name: required(&mut row, "name"),
            kind: optional(&mut row, "kind").unwrap_or_else(|| "unspecified".to_owned()),
            status: optional(&mut row, "status_code").unwrap_or_else(|| "unset".to_owned()),
            start_ns: start_ns.to_string(),
            duration_ns: integer(&row, "duration"),
        }
    }))
}

impl SpanDetail {
    /// Takes the details of a span out of its row, which holds all columns.
    pub(crate) fn read(row: &mut Row, start_ns: i64) -> Self {
        let (attributes, resource) = attributes_of(row, Table::Spans);
        let events = list(row.remove("events")).into_iter();
        Self {
            events: events.map(|event| event_of(event, start_ns)).collect(),
            links: list(row.remove("links")).into_iter().map(link_of).collect(),
            parent_span_id: optional(row, "parent_span_id"),
            status_message: optional(row, "status_message").filter(|text| !text.is_empty()),
            scope: optional(row, "scope_name"),
            attributes,
            resource,
        }
    }
}

/// The attributes of the item and of its resource, those in columns included, by their keys.
pub(crate) fn attributes_of(row: &mut Row, table: Table) -> (Row, Row) {
    let mut item = object(row.remove("attributes"));
    let mut resource = object(row.remove("resource_attributes"));
    // Not removed from the row: the name of the service is asked for as well.
    add_columns(row, table, semconv::item_attributes(table), &mut item);
    add_columns(row, table, semconv::resource_attributes(table), &mut resource);
    (item, resource)
}

fn add_columns(row: &Row, table: Table, hot: &HotAttributes, attributes: &mut Row) {
    for (key, attribute) in hot.iter().filter(|(_, attribute)| attribute.canonical) {
        match row.get(table.columns()[attribute.column].name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                attributes.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
}

fn event_of(event: Value, span_start_ns: i64) -> SpanEvent {
    let mut event = object(Some(event));
    SpanEvent {
        offset_ns: integer(&event, "time").saturating_sub(span_start_ns),
        name: required(&mut event, "name"),
        attributes: object(event.remove("attributes")),
    }
}

fn link_of(link: Value) -> SpanLink {
    let mut link = object(Some(link));
    SpanLink { trace_id: required(&mut link, "trace_id"), span_id: required(&mut link, "span_id") }
}

pub(crate) fn integer(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or(0)
}

pub(crate) fn optional(row: &mut Row, column: &str) -> Option<String> {
    match row.remove(column) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

pub(crate) fn required(row: &mut Row, column: &str) -> String {
    optional(row, column).unwrap_or_default()
}

fn object(value: Option<Value>) -> Row {
    match value {
        Some(Value::Object(row)) => row,
        _ => Row::new(),
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}
