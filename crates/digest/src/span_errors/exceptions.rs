//! The exceptions that a span recorded.

use super::attributes::Attributes;
use super::fingerprint::Told;
use super::frames::names_of_exceptions;
use hannun_model::limits::{
    ERROR_MESSAGE_BYTES_MAX, EXCEPTION_EVENTS_BYTES_MAX, SPAN_EXCEPTIONS_MAX,
};
use hannun_model::typed_json;
use hannun_model::value::Value;

/// Name of the event that is an exception, by the semantic conventions.
const EVENT: &str = "exception";
const UNKNOWN_TYPE: &str = "error";

/// One exception as it was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exception {
    pub exception_type: String,
    pub message: String,
    pub stacktrace: Option<String>,
    /// Nanoseconds since 1970.
    pub time_ns: Option<i64>,
    /// `error.fingerprint` of the event.
    pub fingerprint: Option<String>,
}

/// What is kept of an exception while its relatives are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) told: Told,
    /// The beginning of it.
    pub(super) message: String,
    pub(super) time_ns: Option<i64>,
    /// The lines of the stack that name exceptions.
    pub(super) names: String,
}

impl Recorded {
    pub(super) fn new(mut exception: Exception, told: Told) -> Self {
        let names = exception.stacktrace.as_deref().map(names_of_exceptions).unwrap_or_default();
        let end = exception.message.floor_char_boundary(ERROR_MESSAGE_BYTES_MAX);
        exception.message.truncate(end);
        Self { told, message: exception.message, time_ns: exception.time_ns, names }
    }

    /// Whether this is the other one again.
    pub(super) fn is_again(&self, other: &Self) -> bool {
        self.told.error_type == other.told.error_type && self.message == other.message
    }

    /// Whether the stack names `cause`.
    pub(super) fn names_as_cause(&self, cause: &Self) -> bool {
        let first_line = cause.message.lines().next().unwrap_or("").trim();
        !first_line.is_empty()
            && !self.names.is_empty()
            && self.names.contains(&format!("{}: {first_line}", cause.told.error_type))
    }
}

/// Whether reading the events is worth it.
pub(super) fn may_have_exceptions(events: &str) -> bool {
    events.contains("\"exception\"")
}

/// The exceptions among the events of a span, which are typed JSON. None when they are too large or
/// not readable; the span then tells its status only.
pub fn of_events(events: &str) -> Vec<Exception> {
    if events.len() > EXCEPTION_EVENTS_BYTES_MAX || !may_have_exceptions(events) {
        return Vec::new();
    }
    let Ok(Value::Array(events)) = typed_json::read(events) else { return Vec::new() };
    let exceptions = events.into_iter().filter_map(|event| match event {
        Value::Map(fields) => exception(fields),
        _ => None,
    });
    // Twice as many as are kept, since those that repeat go afterwards.
    exceptions.take(2 * SPAN_EXCEPTIONS_MAX).collect()
}

fn exception(fields: Vec<(String, Value)>) -> Option<Exception> {
    let mut exception = Exception::default();
    let mut is_exception = false;
    for (key, value) in fields {
        match (key.as_str(), value) {
            ("name", Value::Text(name)) => is_exception = name == EVENT,
            ("time", Value::Int(time)) => exception.time_ns = Some(time),
            ("attributes", Value::Map(attributes)) => {
                for (key, value) in attributes {
                    read_attribute(&mut exception, &key, value);
                }
            }
            _ => {}
        }
    }
    is_exception.then(|| complete(exception))
}

fn read_attribute(exception: &mut Exception, key: &str, value: Value) {
    let text = match value {
        Value::Text(text) => text,
        Value::Int(number) => number.to_string(),
        _ => return,
    };
    if text.trim().is_empty() {
        return;
    }
    match key {
        "exception.type" => exception.exception_type = text,
        "exception.message" => exception.message = text,
        "exception.stacktrace" => exception.stacktrace = Some(text),
        super::fingerprint::OVERRIDE => exception.fingerprint = Some(text.trim().to_owned()),
        _ => {}
    }
}

/// Takes what is missing from the stack, whose first line names type and message as a rule.
fn complete(mut exception: Exception) -> Exception {
    let header = exception.stacktrace.as_deref().and_then(|stack| stack.lines().next());
    let header = header.map(|line| line.trim_start_matches("Uncaught ").trim());
    let named = header.and_then(|line| line.split_once(": "));
    if exception.exception_type.is_empty() {
        let is_type = |name: &&str| !name.is_empty() && !name.contains(char::is_whitespace);
        let name = named.map(|(name, _)| name).filter(is_type).unwrap_or(UNKNOWN_TYPE);
        exception.exception_type = name.to_owned();
    }
    if exception.message.is_empty()
        && let Some((name, message)) = named
        && name == exception.exception_type
    {
        exception.message = message.to_owned();
    }
    exception
}

/// The exception that a failed span carries in its own attributes, as tracers do that know no
/// events.
pub(super) fn of_attributes(attributes: &Attributes<'_>, row: usize) -> Option<Exception> {
    let first =
        |keys: &[&str]| keys.iter().find_map(|key| attributes.text(row, key)).map(str::to_owned);
    let exception_type = first(&["exception.type"]);
    let stacktrace = first(&["exception.stacktrace", "error.stack", "error.stack_trace"]);
    if exception_type.is_none() && stacktrace.is_none() {
        return None;
    }
    Some(complete(Exception {
        exception_type: exception_type.unwrap_or_default(),
        message: first(&["exception.message", "error.message", "error.msg"]).unwrap_or_default(),
        stacktrace,
        ..Exception::default()
    }))
}
