//! One record in full, and the lines around it.

use crate::list::{self, Cursor, LogsAnswer, Page};
use crate::question::{Question, between_ns, equals};
use crate::row::{LogEntry, LogId, MESSAGE, Order, Row, integer, select, text};
use hannun_api::ApiError;
use hannun_api::range::TIME_MS_MAX;
use hannun_model::limits::{LOGS_CONTEXT_SECONDS_MAX, LOGS_EQUAL_TIMES_MAX};
use hannun_model::semconv::{HotAttributes, item_attributes, resource_attributes};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Records of one time that are read at once while one of them is looked for.
const STEP: usize = 10_000;
/// What the lines around a record have in common with it.
const SOURCE: [&str; 5] =
    ["service_name", "service_instance_id", "host_name", "container_id", "k8s_pod_name"];

/// A log record with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogRecord {
    pub id: String,
    /// Nanoseconds since 1970.
    pub time_ns: String,
    pub time_ms: f64,
    /// Null when the sender gave the time; else `observed` or `arrival`.
    pub time_source: Option<String>,
    pub observed_time_ms: Option<f64>,
    pub status: Option<String>,
    pub severity_text: Option<String>,
    pub service: Option<String>,
    pub host: Option<String>,
    pub environment: Option<String>,
    /// The whole body; a structured one as JSON.
    pub message: String,
    /// Null when the body is a text; else `int`, `double`, `bool`, `bytes`, `json` or `empty`.
    pub body_type: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub pattern_id: Option<String>,
    pub pattern: Option<String>,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub resource: Row,
    pub scope_name: Option<String>,
    pub event_name: Option<String>,
    /// Bytes that count as its volume.
    pub record_bytes: Option<i64>,
    /// Records that it stands for after sampling.
    pub adjusted_count: f64,
    /// The rule of a pipeline that failed on it, and why.
    pub pipeline_error: Option<String>,
}

/// The lines around a record, from the same source.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogContext {
    /// Oldest first.
    pub before: Vec<LogEntry>,
    pub record: LogEntry,
    /// Oldest first.
    pub after: Vec<LogEntry>,
}

/// Where a record stands among those of its time that meet a condition.
struct Place {
    row: Row,
    /// Records before it in [`Order::NewestFirst`].
    index: usize,
    /// Records of its time.
    count: usize,
}

/// An id as it stands in an address.
pub fn parse_id(text: &str) -> Result<LogId, ApiError> {
    text.parse().map_err(|()| ApiError::invalid("id must be the id of a record in an answer"))
}

/// The record with this id.
pub async fn record(engine: &Arc<Engine>, id: LogId) -> Result<Option<LogRecord>, QueryError> {
    let condition = same_time(id);
    let Some(place) = find(engine, id, &condition).await? else { return Ok(None) };
    // The order names two columns that only a list selects.
    let sql = format!(
        "SELECT *, CAST(observed_time AS BIGINT) AS observed_ns, {MESSAGE} FROM logs \
         WHERE {condition} ORDER BY {} LIMIT 1 OFFSET {}",
        Order::NewestFirst.sql(),
        place.index
    );
    let mut rows = engine.rows::<Row>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.pop().map(|row| read(id, row)))
}

/// Up to `count` lines before and after a record.
pub async fn context(
    engine: &Arc<Engine>,
    id: LogId,
    count: usize,
) -> Result<Option<LogContext>, QueryError> {
    let Some(exact) = find(engine, id, &same_time(id)).await? else { return Ok(None) };
    let source: Vec<String> = SOURCE
        .iter()
        .map(|column| equals(column, exact.row.get(*column).and_then(Value::as_str)))
        .collect();
    let source = source.join(" AND ");
    let among = format!("{} AND {source}", between_ns(id.time_ns, id.time_ns));
    let Some(place) = find(engine, id, &among).await? else { return Ok(None) };
    let question = around(id);
    let lines = |order, rank| {
        let (question, source) = (&question, &source);
        async move {
            let start = Cursor { time_ns: id.time_ns, rank, hash: id.hash, slice_ns: 0 };
            let page = Page {
                question,
                also: Some(source),
                columns: &[],
                order,
                limit: count,
                start: Some(start),
            };
            list::page(engine, &page).await
        }
    };
    let LogsAnswer { rows: mut before, .. } = lines(Order::NewestFirst, place.index + 1).await?;
    before.reverse();
    let after = lines(Order::OldestFirst, place.count - place.index).await?.rows;
    Ok(Some(LogContext { before, record: LogEntry::read(place.row, &[]), after }))
}

/// Everything within reach of a record.
fn around(id: LogId) -> Question {
    let time_ms = id.time_ns / 1_000_000;
    let reach_ms = LOGS_CONTEXT_SECONDS_MAX * 1000;
    let from_ms = (time_ms - reach_ms).max(0);
    let to_ms = (time_ms + reach_ms).min(TIME_MS_MAX);
    Question::everything(from_ms, to_ms)
}

fn same_time(id: LogId) -> String {
    let length = match id.body_bytes {
        0 => "(body IS NULL OR octet_length(body) = 0)".to_owned(),
        bytes => format!("octet_length(body) = {bytes}"),
    };
    format!("{} AND {length}", between_ns(id.time_ns, id.time_ns))
}

/// Looks a record up among those that meet a condition on its time.
async fn find(
    engine: &Arc<Engine>,
    id: LogId,
    condition: &str,
) -> Result<Option<Place>, QueryError> {
    let mut found = None;
    let mut count = 0;
    while count < LOGS_EQUAL_TIMES_MAX {
        let sql = format!(
            "SELECT {} FROM logs WHERE {condition} ORDER BY {} LIMIT {STEP} OFFSET {count}",
            select(&[]),
            Order::NewestFirst.sql()
        );
        let limits = QueryLimits::asked(Some(STEP), None);
        let answer = engine.rows::<Row>(&sql, limits).await?;
        let read = answer.rows.len();
        if found.is_none() {
            let at = answer.rows.iter().position(|row| LogId::of(row) == id);
            found = at.and_then(|at| Some((answer.rows.into_iter().nth(at)?, count + at)));
        }
        count += read;
        if read == 0 || (read < STEP && !answer.truncated) {
            break;
        }
    }
    Ok(found.map(|(row, index)| Place { row, index, count }))
}

fn read(id: LogId, mut row: Row) -> LogRecord {
    let attributes = attributes(&mut row, "attributes", item_attributes(Table::Logs));
    let resource = attributes_of_resource(&mut row);
    LogRecord {
        id: id.to_string(),
        time_ns: id.time_ns.to_string(),
        time_ms: id.time_ns as f64 / 1e6,
        time_source: text(&mut row, "time_source"),
        observed_time_ms: integer(&row, "observed_ns").map(|time| time as f64 / 1e6),
        status: crate::row::status(&row),
        severity_text: text(&mut row, "severity_text"),
        service: text(&mut row, "service_name"),
        host: text(&mut row, "host_name"),
        environment: text(&mut row, "deployment_environment_name"),
        message: text(&mut row, "body").unwrap_or_default(),
        body_type: text(&mut row, "body_type"),
        trace_id: text(&mut row, "trace_id"),
        span_id: text(&mut row, "span_id"),
        pattern_id: text(&mut row, "pattern_id"),
        pattern: text(&mut row, "pattern"),
        attributes,
        resource,
        scope_name: text(&mut row, "scope_name"),
        event_name: text(&mut row, "event_name"),
        record_bytes: integer(&row, "record_bytes"),
        adjusted_count: row.get("adjusted_count").and_then(Value::as_f64).unwrap_or(1.0),
        pipeline_error: text(&mut row, "pipeline_error"),
    }
}

fn attributes_of_resource(row: &mut Row) -> Row {
    attributes(row, "resource_attributes", resource_attributes(Table::Logs))
}

/// Attributes by their keys, those in columns of their own included.
fn attributes(row: &mut Row, place: &str, hot: &HotAttributes) -> Row {
    let mut attributes = match row.remove(place) {
        Some(Value::Object(attributes)) => attributes,
        _ => Row::new(),
    };
    for (key, attribute) in hot.iter().filter(|(_, attribute)| attribute.canonical) {
        let value = row.get(Table::Logs.columns()[attribute.column].name);
        if let Some(value) = value.filter(|value| !value.is_null()) {
            attributes.entry(key).or_insert_with(|| value.clone());
        }
    }
    attributes
}
