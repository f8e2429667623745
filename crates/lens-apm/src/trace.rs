//! One trace: its spans and its logs.

use hannun_model::limits::TRACE_SPANS_MAX;
use hannun_model::semconv::{self, HotAttributes};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// A row as SQL answers it.
type Row = Map<String, Value>;

/// All spans of a trace, in the order in which they began.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    pub trace_id: String,
    pub start_ms: f64,
    pub duration_ns: i64,
    /// Whether there are more spans than are answered.
    pub truncated: bool,
    pub spans: Vec<Span>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Span {
    pub span_id: String,
    pub parent_span_id: Option<String>,
    pub service: String,
    pub name: String,
    pub kind: String,
    /// Nanoseconds after the start of the trace.
    pub start_offset_ns: i64,
    pub duration_ns: i64,
    /// `unset`, `ok` or `error`.
    pub status: String,
    pub status_message: Option<String>,
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
    /// Nanoseconds after the start of the trace.
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

/// One log record of a trace.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogRow {
    pub time_ms: f64,
    /// Nanoseconds after the start of the trace; negative before it.
    pub offset_ns: i64,
    pub span_id: Option<String>,
    pub service: String,
    pub severity: Option<String>,
    pub body: String,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
}

/// The trace with this id (32 hexadecimal digits in lower case), or `None`.
pub async fn trace(engine: &Arc<Engine>, id: &str) -> Result<Option<Trace>, QueryError> {
    let sql = format!(
        "SELECT *, CAST(start_time AS BIGINT) AS start_ns FROM spans WHERE trace_id = {}",
        typed::text(id)
    );
    let limits = QueryLimits::asked(Some(TRACE_SPANS_MAX), None);
    let mut answer = engine.rows::<Row>(&sql, limits).await?;
    // Here rather than in the query, where wide rows would not fit into the memory of a sort.
    answer.rows.sort_by_cached_key(|row| {
        let id = row.get("span_id").and_then(Value::as_str).unwrap_or_default();
        (integer(row, "start_ns"), id.to_owned())
    });
    let Some(start_ns) = answer.rows.first().map(|row| integer(row, "start_ns")) else {
        return Ok(None);
    };
    let ends = answer.rows.iter().map(|row| integer(row, "start_ns") + integer(row, "duration"));
    let end_ns = ends.max().unwrap_or(start_ns);
    Ok(Some(Trace {
        trace_id: id.to_owned(),
        start_ms: start_ns as f64 / 1e6,
        duration_ns: end_ns - start_ns,
        truncated: answer.truncated,
        spans: answer.rows.into_iter().map(|row| span(row, start_ns)).collect(),
    }))
}

/// The log records that name this trace, in the order in which they happened.
pub async fn logs(engine: &Arc<Engine>, id: &str) -> Result<Vec<LogRow>, QueryError> {
    let sql = format!(
        "SELECT *, CAST(time AS BIGINT) AS time_ns FROM logs WHERE trace_id = {}",
        typed::text(id)
    );
    let limits = QueryLimits::asked(Some(TRACE_SPANS_MAX), None);
    let mut rows = engine.rows::<Row>(&sql, limits).await?.rows;
    rows.sort_by_key(|row| integer(row, "time_ns"));
    let Some(first_ns) = rows.first().map(|row| integer(row, "time_ns")) else {
        return Ok(Vec::new());
    };
    // Without its spans, a trace begins with its first record.
    let start_ns = start_ns(engine, id).await?.unwrap_or(first_ns);
    Ok(rows.into_iter().map(|row| log(row, start_ns)).collect())
}

async fn start_ns(engine: &Arc<Engine>, id: &str) -> Result<Option<i64>, QueryError> {
    let sql = format!(
        "SELECT CAST(min(start_time) AS BIGINT) AS start_ns FROM spans WHERE trace_id = {}",
        typed::text(id)
    );
    let rows = engine.rows::<Row>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.first().and_then(|row| row.get("start_ns")).and_then(Value::as_i64))
}

fn span(mut row: Row, trace_start_ns: i64) -> Span {
    let start_ns = integer(&row, "start_ns");
    let (attributes, resource) = attributes_of(&mut row, Table::Spans);
    let events =
        list(row.remove("events")).into_iter().map(|event| event_of(event, trace_start_ns));
    Span {
        events: events.collect(),
        links: list(row.remove("links")).into_iter().map(link_of).collect(),
        span_id: required(&mut row, "span_id"),
        parent_span_id: optional(&mut row, "parent_span_id"),
        service: required(&mut row, "service_name"),
        name: required(&mut row, "name"),
        kind: optional(&mut row, "kind").unwrap_or_else(|| "unspecified".to_owned()),
        start_offset_ns: start_ns - trace_start_ns,
        duration_ns: integer(&row, "duration"),
        status: optional(&mut row, "status_code").unwrap_or_else(|| "unset".to_owned()),
        status_message: optional(&mut row, "status_message").filter(|text| !text.is_empty()),
        scope: optional(&mut row, "scope_name"),
        attributes,
        resource,
    }
}

fn log(mut row: Row, trace_start_ns: i64) -> LogRow {
    let time_ns = integer(&row, "time_ns");
    let (attributes, _) = attributes_of(&mut row, Table::Logs);
    let body = match row.remove("body") {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    LogRow {
        time_ms: time_ns as f64 / 1e6,
        offset_ns: time_ns - trace_start_ns,
        span_id: optional(&mut row, "span_id"),
        service: required(&mut row, "service_name"),
        severity: optional(&mut row, "severity_text"),
        body,
        attributes,
    }
}

/// The attributes of the item and of its resource, those in columns included, by their keys.
fn attributes_of(row: &mut Row, table: Table) -> (Row, Row) {
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

fn event_of(event: Value, trace_start_ns: i64) -> SpanEvent {
    let mut event = object(Some(event));
    SpanEvent {
        offset_ns: integer(&event, "time") - trace_start_ns,
        name: required(&mut event, "name"),
        attributes: object(event.remove("attributes")),
    }
}

fn link_of(link: Value) -> SpanLink {
    let mut link = object(Some(link));
    SpanLink { trace_id: required(&mut link, "trace_id"), span_id: required(&mut link, "span_id") }
}

fn integer(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or(0)
}

fn optional(row: &mut Row, column: &str) -> Option<String> {
    match row.remove(column) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn required(row: &mut Row, column: &str) -> String {
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
