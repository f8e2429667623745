//! What clients send back: snapshots, and how a probe fares.
//!
//! Both come as JSON, one event or a list, on any of the paths: a client that finds one path missing
//! uses another for everything.

use crate::cut;
use crate::statuses::ProbeStatus;
use hannun_model::limits::{
    PROBE_EVENTS_PER_REQUEST_MAX, PROBE_MESSAGE_BYTES_MAX, PROBE_NAME_BYTES_MAX,
    PROBE_STACK_FRAMES_MAX,
};
use serde_json::Value;

/// Something that a client sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub service: Option<String>,
    pub host: Option<String>,
    /// Tags between commas, when they are not in the address.
    pub tags: Option<String>,
    /// Milliseconds since 1970.
    pub time_ms: Option<i64>,
    pub message: Option<String>,
    pub what: What,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Snapshot(Box<Snapshot>),
    Diagnostic(Diagnostic),
    /// Of another product, such as the places of code that spans come from.
    Other,
}

/// What a probe saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub id: String,
    /// As the client knows it.
    pub probe_id: String,
    pub probe_version: i64,
    pub language: Option<String>,
    pub thread_name: Option<String>,
    pub thread_id: Option<String>,
    pub file: Option<String>,
    pub method: Option<String>,
    pub line: Option<i64>,
    /// As sent: decimal of 64 bits, or hexadecimal of 128.
    pub trace_id: Option<String>,
    /// Decimal.
    pub span_id: Option<String>,
    pub duration_ns: Option<i64>,
    /// Frames as sent: objects with `function`, `fileName` and `lineNumber`.
    pub stack: Vec<Value>,
    pub captures: Value,
    /// Objects with `expr` and `message`.
    pub evaluation_errors: Vec<Value>,
}

/// How a probe fares in a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// As the client knows it.
    pub probe_id: String,
    pub probe_version: i64,
    pub runtime_id: String,
    pub status: ProbeStatus,
    /// What went wrong.
    pub error: Option<String>,
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("more than {PROBE_EVENTS_PER_REQUEST_MAX} events, send fewer at once")]
    TooMany,
}

/// Reads one event or a list of them.
///
/// # Errors
/// When the body is no JSON.
pub fn read(json: &[u8]) -> Result<Vec<Event>, EventError> {
    let value: Value =
        serde_json::from_slice(json).map_err(|error| EventError::NotJson(error.to_string()))?;
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    if values.len() > PROBE_EVENTS_PER_REQUEST_MAX {
        return Err(EventError::TooMany);
    }
    Ok(values.into_iter().map(event).collect())
}

fn event(mut value: Value) -> Event {
    let time_ms = value["timestamp"].as_i64().or_else(|| {
        // Node.js says it only there.
        value["debugger"]["snapshot"]["timestamp"].as_i64()
    });
    let what = match value.get_mut("debugger").map(Value::take) {
        Some(mut debugger) => {
            if let Some(snapshot) = debugger.get_mut("snapshot").map(Value::take)
                && let Some(snapshot) = read_snapshot(&value, snapshot)
            {
                What::Snapshot(Box::new(snapshot))
            } else if let Some(diagnostic) = debugger.get("diagnostics").and_then(read_diagnostic) {
                What::Diagnostic(diagnostic)
            } else {
                What::Other
            }
        }
        None => What::Other,
    };
    Event {
        service: name(&value["service"]),
        host: name(&value["hostname"]),
        tags: value["ddtags"].as_str().map(|it| cut(it, PROBE_MESSAGE_BYTES_MAX).to_owned()),
        time_ms,
        message: value["message"].as_str().map(str::to_owned),
        what,
    }
}

fn read_snapshot(event: &Value, mut snapshot: Value) -> Option<Snapshot> {
    let probe = &snapshot["probe"];
    let probe_id = name(&probe["id"])?;
    let probe_version = probe["version"].as_i64().unwrap_or(0);
    let location = &probe["location"];
    let line = location["lines"][0].as_str().and_then(|line| line.parse().ok());
    let file = name(&location["file"]).or_else(|| name(&event["logger"]["name"]));
    let method = name(&location["method"]).or_else(|| name(&event["logger"]["method"]));
    let stack = list(&snapshot["stack"], ["function", "fileName", "lineNumber"]);
    let evaluation_errors = list(&snapshot["evaluationErrors"], ["expr", "message", ""]);
    Some(Snapshot {
        id: name(&snapshot["id"]).unwrap_or_default(),
        probe_id,
        probe_version,
        language: name(&snapshot["language"]),
        thread_name: name(&event["logger"]["thread_name"]),
        thread_id: name(&event["logger"]["thread_id"]),
        file,
        method,
        line,
        trace_id: name(&event["dd"]["trace_id"]),
        span_id: name(&event["dd"]["span_id"]),
        duration_ns: snapshot["duration"].as_i64(),
        stack,
        evaluation_errors,
        captures: snapshot["captures"].take(),
    })
}

fn read_diagnostic(diagnostics: &Value) -> Option<Diagnostic> {
    let error = &diagnostics["exception"];
    let error = match (error["type"].as_str(), error["message"].as_str()) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (None, Some(message)) => Some(message.to_owned()),
        _ => None,
    };
    Some(Diagnostic {
        probe_id: name(&diagnostics["probeId"])?,
        probe_version: diagnostics["probeVersion"].as_i64().unwrap_or(0),
        runtime_id: name(&diagnostics["runtimeId"])?,
        status: ProbeStatus::of_client(diagnostics["status"].as_str()?)?,
        error: error.map(|it| cut(&it, PROBE_MESSAGE_BYTES_MAX).to_owned()),
    })
}

/// The first objects of a list with these fields and no other: whatever else is sent in them would be
/// kept past the limits of what is captured, and past redaction.
fn list(value: &Value, fields: [&str; 3]) -> Vec<Value> {
    let field = |object: &Value, field: &str| match &object[field] {
        Value::String(text) => Some(cut(text, PROBE_MESSAGE_BYTES_MAX).into()),
        Value::Number(number) => Some(Value::Number(number.clone())),
        _ => None,
    };
    let short = |object: &Value| -> Value {
        let fields =
            fields.iter().filter_map(|name| Some(((*name).to_owned(), field(object, name)?)));
        Value::Object(fields.collect())
    };
    value.as_array().into_iter().flatten().take(PROBE_STACK_FRAMES_MAX).map(short).collect()
}

/// A short text or number; nothing when it is empty.
fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(cut(text, PROBE_NAME_BYTES_MAX).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
