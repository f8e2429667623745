//! `/api/v2/logs`, `/v1/input` and `/v1/input/<key>`: log records of agents, forwarders and loggers.
//!
//! A body is a JSON array, an object, an object a line, or lines of text
//! (<https://docs.datadoghq.com/api/latest/logs/#send-logs>). `ddsource`, `ddtags`, `service` and
//! `hostname` stand in a record, or in the query for all of them; an empty object is how agents look
//! whether somebody is there. JSON in a message is read as records of any sender are.
//!
//! **Traces.** A `dd.trace_id` of 32 hexadecimal digits joins its spans. Loggers with 64-bit ids write
//! decimal numbers: these become the lower half of a trace id whose upper half is zero, which is the
//! id of spans only when their tracer makes 64-bit ids as well
//! (`DD_TRACE_128_BIT_TRACEID_GENERATION_ENABLED=false`). Set
//! `DD_TRACE_128_BIT_TRACEID_LOGGING_ENABLED=true` to join them otherwise.

use super::answer::Outcome;
use super::items::{self, Fields};
use super::log_tags::{self, LogTags};
use crate::datadog::tags;
use crate::door::Decoded;
use crate::lines::wire::{Format, lines};
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::{self, Entries, Json};
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use std::borrow::Cow;

/// Attribute that holds the technology that a record comes from.
const SOURCE_ATTRIBUTE: &str = "ddsource";
/// Scope of records that name no logger: by it the catalog tells what an agent sent.
const SCOPE: &str = "datadog.logs";

/// What the query says of all records of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    pub service: String,
    pub host: String,
    pub source: String,
    pub tags: String,
}

impl Shared {
    /// Reads the parameters of a request.
    pub fn of_query(query: &str) -> Self {
        let mut shared = Self::default();
        let uri = format!("/?{query}").parse().unwrap_or_default();
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
        for (name, text) in pairs.map(|pairs| pairs.0).unwrap_or_default() {
            match name.as_str() {
                "service" => shared.service = text,
                "hostname" | "host" => shared.host = text,
                "ddsource" | "source" => shared.source = text,
                "ddtags" | "tags" => shared.tags = text,
                _ => {}
            }
        }
        shared
    }
}

/// Maps a request.
pub fn map(
    body: &[u8],
    media_type: Option<&str>,
    shared: &Shared,
    clock: Clock,
) -> Result<(Decoded, Outcome), Refusal> {
    let mut records = Records { rows: LogRows::new(clock), shared, outcome: Outcome::default() };
    let mut tally = Tally::default();
    let text = items::text(body, &mut tally);
    match Format::of(media_type, &text) {
        Format::Text => lines(body).for_each(|(_, line)| records.add_line(line)),
        Format::JsonLines => {
            for (number, line) in lines(text.as_bytes()) {
                records.add_json_line(number, &String::from_utf8_lossy(line));
            }
        }
        Format::JsonObject => {
            let value = json::read(&text).map_err(malformed)?;
            records.add_value(1, value);
        }
        Format::JsonArray => {
            let mut number = 0;
            json::read_items(&text, |value| {
                number += 1;
                records.add_value(number, value);
            })
            .map_err(malformed)?;
        }
    }
    let Records { mut rows, mut outcome, .. } = records;
    rows.count_invalid_strings(tally.invalid_strings);
    let decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    outcome.accepted = decoded.batch.rows();
    Ok((decoded, outcome))
}

fn malformed(error: serde_json::Error) -> Refusal {
    Refusal::Malformed(format!("malformed JSON: {error}"))
}

struct Records<'s> {
    rows: LogRows,
    shared: &'s Shared,
    outcome: Outcome,
}

impl Records<'_> {
    fn add_json_line(&mut self, number: usize, line: &str) {
        match json::read(line) {
            Ok(value) => self.add_value(number, value),
            Err(error) => {
                self.rows.reject_unread(Reject::Malformed);
                self.outcome.tell(|| format!("record {number}: malformed JSON: {error}"));
            }
        }
    }

    fn add_line(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let said = log_tags::of_text(&text);
        let tags = LogTags::of(std::iter::empty(), tags::of_list(&self.shared.tags));
        self.add(tags, said, Record::Line(line));
    }

    fn add_value(&mut self, number: usize, value: Json<'_>) {
        match value {
            // Nothing is in it: a sender looks whether somebody is there.
            Json::Object(object) if object.is_empty() => {}
            Json::Object(object) => self.add_object(object),
            Json::Text(text) => self.add_line(text.as_bytes()),
            _ => {
                self.rows.reject_unread(Reject::Malformed);
                self.outcome.tell(|| format!("record {number}: neither an object nor a text"));
            }
        }
    }

    fn add_object(&mut self, mut object: Entries<'_>) {
        let own = take_tags(&mut object);
        // Agents send what they do not know as empty texts.
        object.retain(|(key, value)| {
            !(matches!(&**key, "service" | "hostname" | "status" | "ddsource")
                && value.as_text() == Some(""))
        });
        let said = Fields(&object).text("message").map(log_tags::of_text).unwrap_or_default();
        let own = own.iter().flat_map(|list| tags::of_list(list));
        let mut tags = LogTags::of(own, tags::of_list(&self.shared.tags));
        let silent_about = |key: &str| Fields(&object).text(key).is_none();
        let (has_no_service, has_no_host) =
            (silent_about("service"), silent_about("hostname") && silent_about("host"));
        for (key, value) in std::mem::take(&mut tags.fields) {
            let is_free = if key == "service" { has_no_service } else { has_no_host };
            if is_free {
                object.push((Cow::Owned(key.into_owned()), owned(value)));
            } else if object.iter().all(|(_, said)| *said != value) {
                tags.attributes.push((Cow::Owned(format!("tag.{key}")), value));
            }
        }
        self.add(tags, said, Record::Object(object, None));
    }

    fn add(&mut self, mut tags: LogTags<'_>, said: Entries<'_>, record: Record<'_>) {
        let silent_about_source = match &record {
            Record::Object(object, _) => Fields(object).get(SOURCE_ATTRIBUTE).is_none(),
            Record::Line(_) => true,
        };
        if silent_about_source && !self.shared.source.is_empty() {
            let source = Json::text(self.shared.source.clone());
            tags.attributes.push((Cow::Borrowed(SOURCE_ATTRIBUTE), source));
        }
        let attributes: Entries<'_> =
            tags.attributes.into_iter().chain(tags.fields).chain(said).collect();
        let otherwise = [
            ("service.name", self.shared.service.as_str()),
            ("host.name", self.shared.host.as_str()),
        ];
        let hints = Hints {
            resource: &tags.resource,
            resource_otherwise: &otherwise,
            attributes: &attributes,
            scope_otherwise: Some(SCOPE),
            ..Hints::default()
        };
        // What is not kept is in the tally.
        let _ = self.rows.add(None, &hints, record);
    }
}

/// Takes the tags out of a record: a text, or a list of texts.
fn take_tags(object: &mut Entries<'_>) -> Vec<String> {
    let mut lists = Vec::new();
    object.retain(|(key, value)| {
        if key != "ddtags" {
            return true;
        }
        match value {
            Json::Text(list) => lists.push(list.clone().into_owned()),
            Json::Array(items) => {
                lists.extend(items.iter().filter_map(|item| Some(item.as_text()?.to_owned())));
            }
            Json::Null => {}
            _ => return true,
        }
        false
    });
    lists
}

fn owned<'o>(value: Json<'_>) -> Json<'o> {
    match value {
        Json::Text(text) => Json::text(text.into_owned()),
        _ => Json::Null,
    }
}
