//! Events and the messages of checks to rows of `logs`.

use crate::datadog::tags::Parts;
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::{ItemAttributes, cut};
use crate::otlp::map::logs::is_meant_for_logs;
use crate::otlp::map::{Clock, ItemError, Reject, Rows};
use crate::records::json::Json;
use arrow::error::ArrowError;
use hannun_model::limits::ROWS_PER_REQUEST_MAX;
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::{Table, logs};
use hannun_model::typed_json;
use std::borrow::Cow;

/// A record with the name of an event.
#[derive(Debug, Clone, Copy)]
pub struct LogEvent<'a> {
    /// Such as `datadog.event`.
    pub event_name: &'a str,
    /// Nanoseconds since 1970; without it, it happened when it arrived.
    pub time_ns: Option<i64>,
    /// Severity number (OpenTelemetry's) and what the sender calls it.
    pub severity: (i64, &'a str),
    pub body: &'a str,
    /// The host, unless a tag or the resource names one.
    pub host: Option<&'a str>,
    /// `key:value` or a word.
    pub tags: &'a [&'a str],
    /// Resource attributes by their names in OpenTelemetry, unless a tag says otherwise.
    pub resource: &'a [(&'a str, &'a str)],
    /// Which protocol it came by.
    pub scope: &'a str,
    /// Other attributes; empty ones are left out.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// Collects events as rows.
#[derive(Debug)]
pub struct LogEventRows {
    rows: Rows,
    attributes: ItemAttributes,
}

impl LogEventRows {
    /// No rows yet.
    pub fn new(clock: Clock) -> Self {
        let attributes = ItemAttributes::new(
            item_attributes(Table::Logs),
            logs::ATTRIBUTES,
            logs::COLUMNS.len(),
        );
        Self { rows: Rows::new(Table::Logs, clock), attributes }
    }

    /// Adds an event. One that is not kept is counted, and the reason answered.
    pub fn add(&mut self, event: &LogEvent<'_>) -> Result<(), Reject> {
        let added = match self.rows.builder.rows() {
            rows if rows >= ROWS_PER_REQUEST_MAX => Err(Reject::TooManyItems),
            _ => {
                self.rows.builder.start_row();
                let filled = self.fill(event);
                if filled.is_err() {
                    self.rows.builder.abandon_row();
                }
                filled
            }
        };
        if let Err(reason) = added {
            self.rows.tally.reject(reason);
        }
        added
    }

    /// Makes the batch. Equal events are two: a check ends the same way again and again.
    pub fn finish(self) -> Result<Decoded, ArrowError> {
        Ok(Decoded {
            batch: self.rows.builder.finish()?,
            beside: Vec::new(),
            tally: self.rows.tally,
            identity: Identity::Unique,
        })
    }

    fn fill(&mut self, event: &LogEvent<'_>) -> Result<(), Reject> {
        let rows = &mut self.rows;
        match event.time_ns {
            Some(time_ns) => {
                let time = u64::try_from(time_ns).map_err(|_| Reject::TimeOutOfRange)?;
                rows.builder.set_int(logs::TIME, rows.clock.accept(time)?);
            }
            None => {
                rows.builder.set_int(logs::TIME, rows.clock.now_ns);
                rows.builder.set_text(logs::TIME_SOURCE, "arrival");
            }
        }
        let (severity_number, severity_text) = event.severity;
        rows.builder.set_int(logs::SEVERITY_NUMBER, severity_number);
        let texts = [
            (logs::SEVERITY_TEXT, severity_text),
            (logs::EVENT_NAME, event.event_name),
            (logs::BODY, event.body),
            (logs::SCOPE_NAME, event.scope),
        ];
        for (column, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            rows.builder.set_text(column, cut(text, &mut rows.tally));
        }
        let parts = Parts::of(event.tags, event.resource, event.host, &mut rows.tally);
        set_resource(rows, &parts.resource);
        let own = event.attributes.iter().copied().filter(|(_, text)| !text.is_empty());
        let own = own.map(|(key, text)| (key, Json::text(text)));
        let attributes: Vec<_> = own.chain(grouped(&parts.attributes)).collect();
        let borrowed = attributes.iter().map(|(key, json)| (*key, json));
        let dropped = self
            .attributes
            .write_trees(&mut self.rows, borrowed, is_meant_for_logs)
            .map_err(|error| match error {
                ItemError::Rejected(reason) => reason,
                // These are not on the wire.
                ItemError::Wire(_) => Reject::Malformed,
            })?;
        self.rows.set_nonzero(logs::DROPPED_ATTRIBUTES_COUNT, dropped);
        Ok(())
    }
}

/// Sets the resource, what has no column as typed JSON.
fn set_resource(rows: &mut Rows, resource: &[(&str, &str)]) {
    let hot = resource_attributes(Table::Logs);
    let mut json = String::new();
    for (key, text) in resource {
        let text = cut(text, &mut rows.tally);
        match hot.get(key).filter(|hot| hot.canonical) {
            Some(hot) => rows.builder.set_text(hot.column, text),
            None => {
                json.push(if json.is_empty() { '{' } else { ',' });
                typed_json::write_key(&mut json, key);
                typed_json::write_string(&mut json, text);
            }
        }
    }
    if !json.is_empty() {
        json.push('}');
        rows.builder.set_text(logs::RESOURCE_ATTRIBUTES, &json);
    }
}

/// Attributes of sorted tags; those of one key as one list.
fn grouped<'a>(tags: &[(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, Json<'a>)> {
    tags.chunk_by(|left, right| left.0 == right.0).map(|same| match same {
        [(key, text)] => (*key, Json::text(*text)),
        several => {
            let texts = several.iter().map(|(_, text)| Json::Text(Cow::Borrowed(*text)));
            (several[0].0, Json::Array(texts.collect()))
        }
    })
}
