//! `/api/v1/events` and `/api/v2/events`: one event a request, as a record of the logs
//! (<https://docs.datadoghq.com/api/latest/events/#post-an-event>).

use super::answer::Outcome;
use super::items::{self, Fields, nanoseconds};
use crate::datadog::dogstatsd::event::severity_number;
use crate::datadog::dogstatsd::log_rows::{LogEvent, LogEventRows};
use crate::door::{Decoded, Identity};
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::Json;
use crate::records::time;
use crate::refusal::Refusal;

/// The scope of these records.
pub const SCOPE: &str = "datadog.events";

/// Maps a request.
pub fn map(body: &[u8], clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut rows = EventRows::new(clock);
    let mut tally = Tally::default();
    let text = items::text(body, &mut tally);
    let mut outcome = Outcome::default();
    items::read_list(&text, |item| {
        if let Err(reason) = rows.add(of_version_2(&item).unwrap_or(&item), None) {
            outcome.tell(|| format!("event: {reason}"));
        }
    })?;
    rows.finish(outcome)
}

/// What an event of version 2 is wrapped in: `{"data": {"attributes": …}}`.
fn of_version_2<'j>(item: &'j Json<'j>) -> Option<&'j Json<'j>> {
    let Json::Object(entries) = item else { return None };
    let Some(Json::Object(data)) = Fields(entries).get("data") else { return None };
    Fields(data).get("attributes")
}

/// Collects events.
#[derive(Debug)]
pub struct EventRows {
    rows: LogEventRows,
    clock: Clock,
    /// Events that could not be read.
    malformed: u64,
    /// Whether every event says when it happened.
    all_timed: bool,
}

impl EventRows {
    /// No events yet.
    pub fn new(clock: Clock) -> Self {
        Self { rows: LogEventRows::new(clock), clock, malformed: 0, all_timed: true }
    }

    /// Adds an event with the names of fields that clients of the API use, or those of agents.
    /// `source` is the type of its source where the payload says that beside the event.
    pub fn add(&mut self, item: &Json<'_>, source: Option<&str>) -> Result<(), &'static str> {
        self.read(item, source).inspect_err(|_| self.malformed += 1)
    }

    fn read(&mut self, item: &Json<'_>, source: Option<&str>) -> Result<(), &'static str> {
        let Json::Object(entries) = item else { return Err("not an object") };
        let fields = Fields(entries);
        let either = |names: [&str; 2]| names.into_iter().find_map(|name| fields.text(name));
        let title = either(["title", "msg_title"]).unwrap_or_default();
        let text = either(["text", "msg_text"]).or_else(|| fields.text("message"));
        let text = text.unwrap_or_default();
        let body = match (title, text) {
            ("", "") => return Err("neither title nor text"),
            ("", only) | (only, "") => only.to_owned(),
            (title, text) if title == text => text.to_owned(),
            (title, text) => format!("{title}\n{text}"),
        };
        let time_ns = self.time_of(fields);
        self.all_timed &= time_ns.is_some();
        let alert_type = fields.text("alert_type").unwrap_or("info");
        let mut tags = fields.tags("tags");
        let device = fields.text("device_name").map(|name| format!("device:{name}"));
        tags.extend(device.as_deref());
        let source = source.filter(|source| *source != "api");
        // What is not kept is in the tally.
        let _ = self.rows.add(&LogEvent {
            event_name: "datadog.event",
            time_ns,
            severity: (severity_number(alert_type), alert_type),
            body: &body,
            host: fields.text("host"),
            tags: &tags,
            resource: &[],
            scope: SCOPE,
            attributes: &[
                ("datadog.event.title", title),
                ("datadog.event.alert_type", alert_type),
                ("datadog.event.priority", fields.text("priority").unwrap_or("normal")),
                (
                    "datadog.event.aggregation_key",
                    fields.text("aggregation_key").unwrap_or_default(),
                ),
                (
                    "datadog.event.source_type",
                    fields.text("source_type_name").or(source).unwrap_or_default(),
                ),
                ("datadog.event.category", fields.text("category").unwrap_or_default()),
            ],
        });
        Ok(())
    }

    /// Seconds of version 1 and of agents, a text of version 2.
    fn time_of(&self, fields: Fields<'_, '_>) -> Option<i64> {
        let seconds = fields.number("date_happened").or_else(|| fields.number("timestamp"));
        match seconds.filter(|seconds| *seconds != 0.0) {
            Some(seconds) => Some(nanoseconds(seconds)),
            None => time::of_value(fields.get("timestamp")?, self.clock),
        }
    }

    /// Makes the batch.
    pub fn finish(self, mut outcome: Outcome) -> Result<(Decoded, Outcome), Refusal> {
        let mut decoded =
            self.rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
        decoded.tally.rejected[Reject::Malformed as usize] += self.malformed;
        // An event that says when it happened is the same when it is sent again.
        decoded.identity = if self.all_timed { Identity::Content } else { Identity::Unique };
        outcome.accepted = decoded.batch.rows();
        Ok((decoded, outcome))
    }
}
