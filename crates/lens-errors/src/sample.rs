//! One error in full, as its span recorded it.

use crate::issue::ErrorOccurrence;
use hannun_digest::span_errors::exceptions::{Exception, of_events};
use hannun_digest::span_errors::fingerprint::error_type;
use hannun_digest::span_errors::frames::Stack;
use hannun_model::limits::STACK_BYTES_MAX;
use hannun_model::semconv::{self, HotAttributes};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Attributes of tracers that record a stack without an event.
const STACKS: [&str; 3] = ["exception.stacktrace", "error.stack", "error.stack_trace"];

type Row = Map<String, Value>;

/// An error with its stack and what is known of its span.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorSample {
    pub exception_type: String,
    pub message: String,
    /// Null for a failed span without an exception.
    pub stacktrace: Option<String>,
    /// The frames of the stack in its order; empty when its form is not known.
    pub frames: Vec<ErrorFrame>,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub attributes: Row,
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub resource: Row,
}

/// A frame of a stack.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorFrame {
    pub text: String,
    /// Whether it is neither of the language's own library nor of a package.
    pub in_app: bool,
}

/// The error in full; `None` when its span is gone.
///
/// # Errors
/// When the store cannot be read.
pub async fn sample(
    engine: &Arc<Engine>,
    error: &ErrorOccurrence,
) -> Result<Option<ErrorSample>, QueryError> {
    let (Some(trace_id), Some(span_id)) = (&error.trace_id, &error.span_id) else {
        return Ok(None);
    };
    // The events as text, which is read as it was when the error was derived.
    let sql = format!(
        "SELECT * EXCEPT (events, links), arrow_cast(events, 'Utf8') AS events_text FROM spans \
         WHERE trace_id = {} AND span_id = {} LIMIT 1",
        typed::text(trace_id),
        typed::text(span_id)
    );
    let row = engine.rows::<Row>(&sql, QueryLimits::default()).await?.rows.pop();
    Ok(row.map(|row| read(row, error)))
}

fn read(mut row: Row, error: &ErrorOccurrence) -> ErrorSample {
    let mut attributes = object(row.remove("attributes"));
    let mut resource = object(row.remove("resource_attributes"));
    add_columns(&row, semconv::item_attributes(Table::Spans), &mut attributes);
    add_columns(&row, semconv::resource_attributes(Table::Spans), &mut resource);
    let events = row.get("events_text").and_then(Value::as_str).unwrap_or("");
    let exception = the_one(of_events(events), error);
    let stack_of_span = STACKS.iter().find_map(|key| attributes.get(*key)).and_then(Value::as_str);
    let stacktrace = match &exception {
        Some(exception) => exception.stacktrace.clone(),
        None => stack_of_span.map(str::to_owned),
    };
    let message = exception.as_ref().map(|exception| exception.message.clone());
    ErrorSample {
        exception_type: exception.map_or_else(|| error.error_type.clone(), |it| it.exception_type),
        message: message.unwrap_or_else(|| error.message.clone()),
        frames: stacktrace.as_deref().map(frames).unwrap_or_default(),
        stacktrace: stacktrace.map(shortened),
        attributes,
        resource,
    }
}

/// The exception that the error is about, among those of its span.
fn the_one(exceptions: Vec<Exception>, error: &ErrorOccurrence) -> Option<Exception> {
    // The message of the error may be the beginning only.
    exceptions.into_iter().find(|exception| {
        error_type(&exception.exception_type) == error.error_type
            && exception.message.starts_with(&error.message)
    })
}

fn frames(stack: &str) -> Vec<ErrorFrame> {
    let frames = Stack::parse(stack).frames.into_iter();
    frames.map(|frame| ErrorFrame { text: frame.text, in_app: frame.in_app }).collect()
}

fn shortened(mut stack: String) -> String {
    if stack.len() > STACK_BYTES_MAX {
        stack.truncate(stack.floor_char_boundary(STACK_BYTES_MAX));
        stack.push('…');
    }
    stack
}

/// Adds the attributes that have columns of their own, by their keys.
fn add_columns(row: &Row, hot: &HotAttributes, attributes: &mut Row) {
    for (key, attribute) in hot.iter().filter(|(_, attribute)| attribute.canonical) {
        let value = row.get(Table::Spans.columns()[attribute.column].name);
        if let Some(value) = value.filter(|value| !value.is_null()) {
            attributes.entry(key).or_insert_with(|| value.clone());
        }
    }
}

fn object(value: Option<Value>) -> Row {
    match value {
        Some(Value::Object(row)) => row,
        _ => Row::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(error_type: &str, message: &str) -> ErrorOccurrence {
        ErrorOccurrence {
            time_ms: 1,
            trace_id: None,
            span_id: None,
            error_type: error_type.to_owned(),
            message: message.to_owned(),
            version: None,
            endpoint: String::new(),
            environment: None,
        }
    }

    fn row(value: Value) -> Row {
        object(Some(value))
    }

    #[test]
    fn the_exception_of_the_error_is_shown_among_several() {
        let events = json!([
            {"time": 1, "name": "exception", "attributes": {"exception.type": "A", "exception.message": "x"}},
            {"time": 2, "name": "exception", "attributes": {"exception.type": "B",
                "exception.message": "long message",
                "exception.stacktrace": "B: long\n    at go (/app/src/a.ts:1:2)\n    at x (/app/node_modules/y.js:1:2)"}},
        ]);
        let found = row(json!({
            "events_text": events.to_string(), "attributes": {"shop.order.number": 5032},
            "resource_attributes": {"k": "v"}, "service_name": "order", "http_route": "/orders",
            "url_path": null,
        }));
        let sample = read(found, &error("B", "long"));
        assert_eq!(
            (sample.exception_type.as_str(), sample.message.as_str()),
            ("B", "long message")
        );
        let in_app: Vec<_> = sample.frames.iter().map(|frame| frame.in_app).collect();
        assert_eq!(in_app, [true, false]);
        assert_eq!(
            Value::Object(sample.attributes),
            json!({"shop.order.number": 5032, "http.route": "/orders"})
        );
        assert_eq!(Value::Object(sample.resource), json!({"k": "v", "service.name": "order"}));
    }

    #[test]
    fn a_failed_span_without_an_exception_shows_what_it_said() {
        let sample = read(row(json!({"events_text": null})), &error("503", ""));
        assert_eq!((sample.exception_type.as_str(), sample.stacktrace), ("503", None));
        let stack = json!({"attributes": {"error.stack": "x: y\n\tat a.B.c(B.java:1)"}});
        assert_eq!(read(row(stack), &error("x", "y")).frames.len(), 1);
    }
}
