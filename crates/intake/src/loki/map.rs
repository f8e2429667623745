//! Streams to rows of `logs`: labels are the resource, metadata are attributes.

use super::wire::{self, Entry, Pair};
use crate::door::Decoded;
use crate::otlp::map::resource::SharedRow;
use crate::otlp::map::{Clock, Reject};
use crate::otlp::wire::WireError;
use crate::records::json::Json;
use crate::records::severity::{self, Scale, Severity};
use crate::records::time::plausible;
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use std::borrow::Cow;

/// What the sender is told of streams that could not be read.
#[derive(Debug, Default)]
pub struct BadStreams {
    /// The first of them and what is wrong with it.
    pub first: Option<String>,
}

/// Attribute that holds the time of an entry which cannot be.
pub const TIMESTAMP_ATTRIBUTE: &str = "loki.timestamp";

/// Names under which a stream or its metadata say the severity.
const SEVERITY_NAMES: [&str; 4] = ["detected_level", "level", "severity", "severity_text"];

/// Maps a protobuf request, after snappy.
pub fn protobuf(
    message: &[u8],
    tenant: Option<&str>,
    clock: Clock,
) -> Result<(Decoded, BadStreams), Refusal> {
    let mut rows = LogRows::new(clock);
    let mut bad = BadStreams::default();
    let read = wire::read_protobuf(message, |stream| {
        let mut invalid_strings = 0;
        let text = stream.labels.text(&mut invalid_strings);
        let labels = match wire::read_labels(&text) {
            Ok(labels) => labels,
            Err(error) => {
                bad.first.get_or_insert_with(|| format!("malformed labels {text}: {error}"));
                stream.entries.iter().for_each(|_| rows.reject_unread(Reject::Malformed));
                rows.reject_unread_many(Reject::TooManyItems, stream.past_limit);
                return Ok(());
            }
        };
        let source = Source::new(&mut rows, labels, tenant);
        for packed in stream.entries {
            let entry = wire::read_entry(packed, &mut invalid_strings)?;
            source.add(&mut rows, &entry, clock);
        }
        rows.reject_unread_many(Reject::TooManyItems, stream.past_limit);
        rows.count_invalid_strings(invalid_strings);
        Ok::<(), WireError>(())
    });
    read.map_err(|error| Refusal::Malformed(error.to_string()))?;
    finish(rows, bad)
}

/// Maps a JSON request.
pub fn json(
    message: &[u8],
    tenant: Option<&str>,
    clock: Clock,
) -> Result<(Decoded, BadStreams), Refusal> {
    let mut rows = LogRows::new(clock);
    let text = match std::str::from_utf8(message) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            rows.count_invalid_strings(1);
            String::from_utf8_lossy(message)
        }
    };
    let streams = wire::read_json(&text)
        .map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))?;
    for stream in streams {
        let source = Source::new(&mut rows, stream.labels, tenant);
        for entry in &stream.entries {
            source.add(&mut rows, entry, clock);
        }
        rows.reject_unread_many(Reject::TooManyItems, stream.past_limit);
    }
    finish(rows, BadStreams::default())
}

fn finish(rows: LogRows, bad: BadStreams) -> Result<(Decoded, BadStreams), Refusal> {
    let decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok((decoded, bad))
}

/// What the entries of one stream share.
struct Source {
    shared: SharedRow,
    severity: Option<Severity>,
}

impl Source {
    fn new(rows: &mut LogRows, mut labels: Vec<Pair<'_>>, tenant: Option<&str>) -> Self {
        if let Some(tenant) = tenant {
            labels.push((Cow::Borrowed("loki.tenant"), Cow::Owned(tenant.to_owned())));
        }
        let pairs: Vec<(&str, &str)> =
            labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        let severity = said_severity(pairs.iter().map(|(name, value)| (*name, *value)));
        Self { shared: rows.source(&pairs), severity }
    }

    fn add(&self, rows: &mut LogRows, entry: &Entry<'_>, clock: Clock) {
        let said =
            entry.metadata.iter().filter_map(|(name, value)| Some((&**name, value.as_text()?)));
        let mut attributes = Cow::Borrowed(&entry.metadata);
        let is_plausible = plausible(entry.time_ns, clock);
        if !is_plausible {
            let key = Cow::Borrowed(TIMESTAMP_ATTRIBUTE);
            attributes.to_mut().push((key, Json::Int(entry.time_ns)));
        }
        let hints = Hints {
            time_ns: is_plausible.then_some(entry.time_ns),
            severity: said_severity(said).or_else(|| self.severity.clone()),
            attributes: &attributes,
            ..Hints::default()
        };
        // What was not kept is in the tally.
        let _ = rows.add(Some(&self.shared), &hints, Record::Line(&entry.line));
    }
}

fn said_severity<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)> + Clone) -> Option<Severity> {
    SEVERITY_NAMES.iter().find_map(|wanted| {
        let (_, value) = pairs.clone().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        severity::of_value(&Json::text(value), Scale::Guess)
    })
}
