//! `/intake/`: what agents say about their host since version 5, with events among it.
//!
//! Events are `{"events": {"<type of source>": [event, …]}, "internalHostname": …}`
//! (<https://github.com/DataDog/datadog-agent/blob/main/pkg/serializer/internal/metrics/events.go>).
//! The rest describes the host and the agent: it is counted and not kept.

use super::answer::Outcome;
use super::events::EventRows;
use super::items::{self, Fields};
use crate::datadog::unkept::Unkept;
use crate::door::Decoded;
use crate::otlp::map::{Clock, Tally};
use crate::records::json::{self, Json};
use crate::refusal::Refusal;

/// Keys of a payload that has only events.
const OF_EVENTS: [&str; 3] = ["apiKey", "events", "internalHostname"];

/// Maps a request.
pub fn map(body: &[u8], unkept: &Unkept, clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut tally = Tally::default();
    let text = items::text(body, &mut tally);
    let malformed = |reason: String| Refusal::Malformed(format!("malformed JSON: {reason}"));
    let payload = json::read(&text).map_err(|error| malformed(error.to_string()))?;
    let Json::Object(entries) = &payload else {
        return Err(malformed("expected an object".to_owned()));
    };
    let mut rows = EventRows::new(clock);
    let mut outcome = Outcome::default();
    if let Some(Json::Object(by_source)) = Fields(entries).get("events") {
        for (source, events) in by_source {
            let Json::Array(events) = events else { continue };
            for event in events {
                if let Err(reason) = rows.add(event, Some(source)) {
                    outcome.tell(|| format!("event of {source}: {reason}"));
                }
            }
        }
    }
    if entries.iter().any(|(key, _)| !OF_EVENTS.contains(&&**key)) {
        unkept.count("/intake/", "hosts are known by their telemetry", body.len());
    }
    rows.finish(outcome)
}
