//! What a probe saw.

use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_model::limits::PROBE_SPAN_SECONDS_MAX;
use hannun_query::{Engine, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Snapshots of a probe.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeSnapshots {
    /// The latest first.
    pub snapshots: Vec<ProbeSnapshot>,
    /// All there are in the time.
    pub total: i64,
}

/// What a probe saw once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProbeSnapshot {
    pub snapshot_id: Option<String>,
    pub time_ms: i64,
    pub service: Option<String>,
    pub environment: Option<String>,
    pub version: Option<String>,
    pub host: Option<String>,
    pub thread: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub message: Option<String>,
    /// How long the method took.
    pub duration_ns: Option<i64>,
    pub stack: Vec<ProbeFrame>,
    /// Variables as the client captured them, without what is redacted.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub captures: Option<Value>,
    pub evaluation_errors: Vec<ProbeEvaluationError>,
    /// Whether variables were cut to what a record can hold.
    pub truncated: bool,
}

/// A frame of a stack.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProbeFrame {
    pub function: Option<String>,
    pub file: Option<String>,
    pub line: Option<i64>,
}

/// An expression that could not be evaluated.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProbeEvaluationError {
    pub expression: String,
    pub message: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    time_ns: i64,
    service: Option<String>,
    environment: Option<String>,
    version: Option<String>,
    host: Option<String>,
    thread: Option<String>,
    trace_id: Option<String>,
    span_id: Option<String>,
    message: Option<String>,
    snapshot_id: Option<String>,
    duration_ns: Option<String>,
    stack: Option<String>,
    captures: Option<String>,
    evaluation_errors: Option<String>,
    truncated: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Total {
    total: i64,
}

#[derive(Debug, Deserialize)]
struct SpanIds {
    trace_id: Option<String>,
    span_id: Option<String>,
}

/// The latest snapshots of a probe in a time.
pub async fn snapshots(
    engine: &Arc<Engine>,
    scope: &Scope,
    id: &str,
    limit: usize,
) -> Result<ProbeSnapshots, ApiError> {
    let condition = format!(
        "{} AND event_name = 'probe.snapshot' AND attributes['probe.id'] = {}",
        scope.condition("time"),
        typed::text(id)
    );
    let sql = format!("SELECT count(*) AS total FROM logs WHERE {condition}");
    let totals = engine.rows::<Total>(&sql, QueryLimits::default()).await?.rows;
    let sql = format!(
        "SELECT CAST(time AS BIGINT) AS time_ns, service_name AS service, \
         deployment_environment_name AS environment, service_version AS version, \
         host_name AS host, thread_name AS thread, trace_id, span_id, body AS message, \
         attributes['probe.snapshot.id'] AS snapshot_id, \
         attributes['probe.duration_ns'] AS duration_ns, attributes['probe.stack'] AS stack, \
         attributes['probe.captures'] AS captures, \
         attributes['probe.evaluation_errors'] AS evaluation_errors, \
         attributes['probe.truncated'] AS truncated \
         FROM logs WHERE {condition} ORDER BY time DESC LIMIT {limit}"
    );
    let mut rows = engine.rows::<Row>(&sql, QueryLimits::default()).await?.rows;
    complete_trace_ids(engine, &mut rows).await?;
    let snapshots = rows.into_iter().map(snapshot).collect();
    Ok(ProbeSnapshots { snapshots, total: totals.first().map_or(0, |it| it.total) })
}

/// Whether this is the lower half of a trace id: all that the client of Node.js says.
fn is_half(trace_id: &str) -> bool {
    trace_id.len() == 32 && trace_id.starts_with("0000000000000000")
}

/// Finds the whole ids of traces of which only a half is known, by the spans they name.
async fn complete_trace_ids(engine: &Arc<Engine>, rows: &mut [Row]) -> Result<(), ApiError> {
    let half = |row: &&mut Row| row.trace_id.as_deref().is_some_and(is_half);
    let wanted: Vec<&mut Row> = rows.iter_mut().filter(half).collect();
    let times = || wanted.iter().map(|row| row.time_ns / 1_000_000);
    let (Some(first_ms), Some(last_ms)) = (times().min(), times().max()) else { return Ok(()) };
    let ids: Vec<_> =
        wanted.iter().filter_map(|row| row.span_id.as_deref()).map(typed::text).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT DISTINCT trace_id, span_id FROM spans \
         WHERE start_time >= {} AND start_time < {} AND span_id IN ({})",
        typed::timestamp_ms((first_ms - PROBE_SPAN_SECONDS_MAX * 1000).max(0)),
        typed::timestamp_ms(last_ms + 1000),
        ids.join(", ")
    );
    let spans = engine.rows::<SpanIds>(&sql, QueryLimits::default()).await?.rows;
    let by_span: HashMap<String, String> =
        spans.into_iter().filter_map(|it| Some((it.span_id?, it.trace_id?))).collect();
    for row in wanted {
        let known = row.span_id.as_ref().and_then(|id| by_span.get(id));
        let lower = row.trace_id.as_deref().map(|id| &id[16..]);
        if let (Some(known), Some(lower)) = (known, lower)
            && known.ends_with(lower)
        {
            row.trace_id = Some(known.clone());
        }
    }
    Ok(())
}

fn snapshot(row: Row) -> ProbeSnapshot {
    let captures = row.captures.as_deref().and_then(json);
    let list = |text: &Option<String>| match text.as_deref().and_then(json) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    ProbeSnapshot {
        snapshot_id: row.snapshot_id,
        time_ms: row.time_ns / 1_000_000,
        service: row.service,
        environment: row.environment,
        version: row.version,
        host: row.host,
        thread: row.thread,
        trace_id: row.trace_id,
        span_id: row.span_id,
        message: row.message,
        duration_ns: row.duration_ns.and_then(|text| text.parse().ok()),
        stack: list(&row.stack).iter().map(frame).collect(),
        captures: captures.filter(Value::is_object),
        evaluation_errors: list(&row.evaluation_errors).iter().map(evaluation_error).collect(),
        truncated: row.truncated.as_deref() == Some("true"),
    }
}

fn frame(frame: &Value) -> ProbeFrame {
    let text = |key: &str| frame[key].as_str().filter(|it| !it.is_empty()).map(str::to_owned);
    ProbeFrame {
        function: text("function"),
        file: text("fileName"),
        line: frame["lineNumber"].as_i64(),
    }
}

fn evaluation_error(error: &Value) -> ProbeEvaluationError {
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    ProbeEvaluationError { expression: text("expr"), message: text("message") }
}

/// Plain JSON of what is stored, where a `$` that begins a key is written twice.
fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().map(plain)
}

fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(entries) => {
            let entry = |(key, value): (String, Value)| match key.strip_prefix("$$") {
                Some(rest) => (format!("${rest}"), plain(value)),
                None => (key, plain(value)),
            };
            Value::Object(entries.into_iter().map(entry).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_becomes_what_the_page_shows() {
        let row: Row = serde_json::from_value(json!({
            "time_ns": 1_795_303_176_842_000_000_i64, "service": "shop", "message": "total 9",
            "snapshot_id": "s", "duration_ns": "600075", "truncated": "true",
            "trace_id": "6b022708000000003a892fdeefce7278", "span_id": "c05d74bdea6c866b",
            "captures": r#"{"lines":{"7":{"locals":{"$$element":{"type":"str","value":"x"}}}}}"#,
            "stack": r#"[{"fileName":"/srv/a.js","function":"","lineNumber":7,"columnNumber":1}]"#,
            "evaluation_errors": r#"[{"expr":"x.y","message":"no y"}]"#,
        }))
        .unwrap();
        let snapshot = snapshot(row);
        assert_eq!(snapshot.time_ms, 1_795_303_176_842);
        assert_eq!((snapshot.duration_ns, snapshot.truncated), (Some(600_075), true));
        let locals = &snapshot.captures.unwrap()["lines"]["7"]["locals"];
        assert_eq!(locals, &json!({"$element": {"type": "str", "value": "x"}}));
        let frame =
            ProbeFrame { function: None, file: Some("/srv/a.js".to_owned()), line: Some(7) };
        assert_eq!(snapshot.stack, [frame]);
        let error = ProbeEvaluationError { expression: "x.y".into(), message: "no y".into() };
        assert_eq!(snapshot.evaluation_errors, [error]);
    }

    #[test]
    fn only_the_half_of_an_id_is_completed() {
        assert!(is_half("0000000000000000535ccc4e0e5d8e82"));
        assert!(!is_half("6b022708000000003a892fdeefce7278"));
        assert!(!is_half("0000"));
    }
}
