//! The log records of a trace.

use crate::detail::{Row, attributes_of, integer, optional, required};
use hannun_model::limits::TRACE_SPANS_MAX;
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// One log record of a trace.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogRow {
    /// Nanoseconds since 1970, as recorded.
    pub time_ns: String,
    pub time_ms: f64,
    pub span_id: Option<String>,
    pub service: String,
    pub severity: Option<String>,
    pub body: String,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
}

/// The log records that name this trace, in the order in which they happened.
pub async fn logs(engine: &Arc<Engine>, trace_id: &str) -> Result<Vec<LogRow>, QueryError> {
    let sql = format!(
        "SELECT *, CAST(time AS BIGINT) AS time_ns FROM logs WHERE trace_id = {}",
        typed::text(trace_id)
    );
    let limits = QueryLimits::asked(Some(TRACE_SPANS_MAX), None);
    let mut rows = engine.rows::<Row>(&sql, limits).await?.rows;
    // Here rather than in the query, where wide rows would not fit into the memory of a sort.
    rows.sort_by_key(|row| integer(row, "time_ns"));
    Ok(rows.into_iter().map(log).collect())
}

fn log(mut row: Row) -> LogRow {
    let time_ns = integer(&row, "time_ns");
    let (attributes, _) = attributes_of(&mut row, Table::Logs);
    let body = match row.remove("body") {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    LogRow {
        time_ns: time_ns.to_string(),
        time_ms: time_ns as f64 / 1e6,
        span_id: optional(&mut row, "span_id"),
        service: required(&mut row, "service_name"),
        severity: optional(&mut row, "severity_text"),
        body,
        attributes,
    }
}
