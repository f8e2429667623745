//! Rows of `logs` from what probes saw and how they fare.

use crate::datadog::state::DatadogState;
use crate::datadog::tags::{self, Parts};
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::{ItemAttributes, cut};
use crate::otlp::map::logs::is_meant_for_logs;
use crate::otlp::map::{Clock, ItemError, Reject, Rows};
use crate::records::json::Json;
use crate::refusal::Refusal;
use hannun_model::limits::{PROBE_CAPTURES_BYTES_MAX, PROBE_CAPTURES_DEPTH_MAX};
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::{Table, logs};
use hannun_probes::captures;
use hannun_probes::event::{Diagnostic, Event, Snapshot, What};
use hannun_probes::statuses::ProbeStatus;
use hannun_probes::wire_id::document_id;
use serde_json::Value;
use std::borrow::Cow;

/// Name of the event that a snapshot is.
pub const SNAPSHOT: &str = "probe.snapshot";
/// Name of the event that a change of status is.
pub const STATUS: &str = "probe.status";
const SCOPE: &str = "datadog.probe";
const INFO: i64 = 9;
const ERROR: i64 = 17;
/// Why events of other products are not kept.
const OTHER: &str = "only snapshots and statuses of probes have a place";

/// What is said about the sender of events beside them.
#[derive(Debug, Default)]
pub struct Origin {
    /// Tags between commas.
    pub tags: String,
    pub container_id: Option<String>,
    pub host_name: Option<String>,
}

type Attributes = Vec<(Cow<'static, str>, Json<'static>)>;

/// One row of events.
struct Row<'e> {
    name: &'static str,
    severity: i64,
    event: &'e Event,
    /// Process that sent it.
    runtime_id: Option<&'e str>,
    trace: (Option<String>, Option<String>),
    attributes: Attributes,
}

/// Makes rows of events. Statuses that are no news make none.
pub fn decode(
    state: &DatadogState,
    events: Vec<Event>,
    origin: &Origin,
    clock: Clock,
) -> Result<Decoded, Refusal> {
    let mut writer = Writer::new(clock);
    let mut all_are_snapshots = true;
    for mut event in events {
        let what = std::mem::replace(&mut event.what, What::Other);
        match what {
            What::Snapshot(snapshot) => {
                writer.add(&row_of_snapshot(state, *snapshot, &event), origin)?;
            }
            What::Diagnostic(diagnostic) => {
                all_are_snapshots = false;
                if state.remote_config.note(&diagnostic, clock.now_ns / 1_000_000) {
                    writer.add(&row_of_status(&diagnostic, &event), origin)?;
                }
            }
            What::Other => state.unkept.count("/debugger/v1/input", OTHER, 0),
        }
    }
    let Rows { builder, tally, .. } = writer.rows;
    let batch = builder.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    // A snapshot has an id and a time, a status may be said again.
    let identity = if all_are_snapshots { Identity::Content } else { Identity::Unique };
    Ok(Decoded { batch, beside: Vec::new(), tally, identity })
}

fn row_of_snapshot<'e>(state: &DatadogState, mut snapshot: Snapshot, event: &'e Event) -> Row<'e> {
    let mut captures = snapshot.captures.take();
    let hidden = state.remote_config.redaction(&snapshot.probe_id).apply(&mut captures);
    let is_cut = captures::fit(&mut captures, PROBE_CAPTURES_BYTES_MAX, PROBE_CAPTURES_DEPTH_MAX);
    let mut attributes = Attributes::new();
    let mut set = |key: &'static str, value: Json<'static>| {
        if value != Json::Null {
            attributes.push((Cow::Borrowed(key), value));
        }
    };
    let text = |text: Option<String>| text.map_or(Json::Null, Json::text);
    set("probe.id", Json::text(document_id(&snapshot.probe_id).to_owned()));
    set("probe.version", Json::Int(snapshot.probe_version));
    set("probe.snapshot.id", text(Some(snapshot.id)));
    set("thread.name", text(snapshot.thread_name));
    set("thread.id", text(snapshot.thread_id));
    set("code.file.path", text(snapshot.file));
    set("code.function.name", text(snapshot.method));
    set("code.line.number", snapshot.line.map_or(Json::Null, Json::Int));
    set("probe.duration_ns", snapshot.duration_ns.map_or(Json::Null, Json::Int));
    set("probe.captures", tree(captures));
    set("probe.stack", tree(Value::Array(snapshot.stack)));
    if !snapshot.evaluation_errors.is_empty() {
        set("probe.evaluation_errors", tree(Value::Array(snapshot.evaluation_errors)));
    }
    if is_cut {
        set("probe.truncated", Json::Bool(true));
    }
    if hidden > 0 {
        set("probe.redacted", Json::Int(i64::try_from(hidden).unwrap_or(i64::MAX)));
    }
    let trace_id = snapshot.trace_id.as_deref().and_then(trace_id);
    let span_id = snapshot.span_id.as_deref().and_then(span_id);
    Row {
        name: SNAPSHOT,
        severity: INFO,
        event,
        runtime_id: None,
        trace: (trace_id, span_id),
        attributes,
    }
}

fn row_of_status<'e>(diagnostic: &'e Diagnostic, event: &'e Event) -> Row<'e> {
    let mut attributes = Attributes::new();
    let mut set = |key: &'static str, value| attributes.push((Cow::Borrowed(key), value));
    set("probe.id", Json::text(document_id(&diagnostic.probe_id).to_owned()));
    set("probe.version", Json::Int(diagnostic.probe_version));
    set("probe.status", Json::text(diagnostic.status.as_str()));
    if let Some(error) = &diagnostic.error {
        set("probe.error", Json::text(error.clone()));
    }
    let is_error = diagnostic.status == ProbeStatus::Error;
    Row {
        name: STATUS,
        severity: if is_error { ERROR } else { INFO },
        event,
        runtime_id: Some(&diagnostic.runtime_id),
        trace: (None, None),
        attributes,
    }
}

struct Writer {
    rows: Rows,
    attributes: ItemAttributes,
}

impl Writer {
    fn new(clock: Clock) -> Self {
        let hot = item_attributes(Table::Logs);
        let attributes = ItemAttributes::new(hot, logs::ATTRIBUTES, logs::COLUMNS.len());
        Self { rows: Rows::new(Table::Logs, clock), attributes }
    }

    fn add(&mut self, row: &Row<'_>, origin: &Origin) -> Result<(), Refusal> {
        let Self { rows, attributes } = self;
        let added = rows.add(|rows| fill(rows, attributes, row, origin));
        added.map_err(|error| Refusal::Malformed(error.to_string()))
    }
}

fn fill(
    rows: &mut Rows,
    attributes: &mut ItemAttributes,
    row: &Row<'_>,
    origin: &Origin,
) -> Result<(), ItemError> {
    set_time(rows, row.event.time_ms).map_err(ItemError::Rejected)?;
    rows.builder.set_text(logs::EVENT_NAME, row.name);
    rows.builder.set_text(logs::SCOPE_NAME, SCOPE);
    rows.builder.set_int(logs::SEVERITY_NUMBER, row.severity);
    if let Some(message) = &row.event.message {
        let message = cut(message, &mut rows.tally);
        rows.builder.set_text(logs::BODY, message);
    }
    if let Some(trace_id) = &row.trace.0 {
        rows.builder.set_text(logs::TRACE_ID, trace_id);
    }
    if let Some(span_id) = &row.trace.1 {
        rows.builder.set_text(logs::SPAN_ID, span_id);
    }
    let of_event = row.event.tags.as_deref().unwrap_or_default();
    let said: Vec<&str> = tags::of_list(&origin.tags).chain(tags::of_list(of_event)).collect();
    let resource: Vec<(&str, &str)> = [
        ("service.name", row.event.service.as_deref()),
        ("service.instance.id", row.runtime_id),
        ("container.id", origin.container_id.as_deref()),
        ("host.name", row.event.host.as_deref()),
    ]
    .into_iter()
    .filter_map(|(key, text)| Some((key, text?)))
    .collect();
    let parts = Parts::of(&said, &resource, origin.host_name.as_deref(), &mut rows.tally);
    let mut trees: Vec<(&str, Json<'_>)> = Vec::new();
    for (key, text) in parts.resource {
        match resource_attributes(Table::Logs).get(key) {
            Some(hot) if !rows.builder.is_set(hot.column) => {
                let text = cut(text, &mut rows.tally);
                rows.builder.set_text(hot.column, text);
            }
            _ => trees.push((key, Json::text(text))),
        }
    }
    trees.extend(parts.attributes.into_iter().map(|(key, text)| (key, Json::text(text))));
    let of_row = row.attributes.iter().map(|(key, value)| (&**key, value));
    let all = of_row.chain(trees.iter().map(|(key, value)| (*key, value)));
    let dropped = attributes.write_trees(rows, all, is_meant_for_logs)?;
    rows.set_nonzero(logs::DROPPED_ATTRIBUTES_COUNT, dropped);
    Ok(())
}

fn set_time(rows: &mut Rows, time_ms: Option<i64>) -> Result<(), Reject> {
    let Some(time_ms) = time_ms.filter(|time_ms| *time_ms > 0) else {
        rows.builder.set_int(logs::TIME, rows.clock.now_ns);
        rows.builder.set_text(logs::TIME_SOURCE, "arrival");
        return Ok(());
    };
    let time_ns = u64::try_from(time_ms).ok().and_then(|it| it.checked_mul(1_000_000));
    let time = rows.clock.accept(time_ns.ok_or(Reject::TimeOutOfRange)?)?;
    rows.builder.set_int(logs::TIME, time);
    Ok(())
}

/// A trace id as it is stored. Clients write 32 hexadecimal digits, or a decimal number that is the
/// id or, in Node.js, its lower half.
fn trace_id(text: &str) -> Option<String> {
    let is_hex = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let id = if is_hex { u128::from_str_radix(text, 16).ok()? } else { text.parse().ok()? };
    (id != 0).then(|| format!("{id:032x}"))
}

/// A span id as it is stored, from a decimal number.
fn span_id(text: &str) -> Option<String> {
    let id: u64 = text.parse().ok()?;
    (id != 0).then(|| format!("{id:016x}"))
}

fn tree(value: Value) -> Json<'static> {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Json::Int(int),
            (None, Some(double)) => Json::Double(double),
            (None, None) => Json::text(number.to_string()),
        },
        Value::String(text) => Json::text(text),
        Value::Array(items) => Json::Array(items.into_iter().map(tree).collect()),
        Value::Object(entries) => {
            Json::Object(entries.into_iter().map(|(key, it)| (Cow::Owned(key), tree(it))).collect())
        }
    }
}
