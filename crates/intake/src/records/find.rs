//! Finds what every record has in an object, and leaves the rest.

use super::fields::{self, KEY_BYTES_MAX, Known, Role};
use super::json::{Entries, Json};
use super::severity::{self, Severity};
use super::time;
use crate::otlp::map::Clock;
use std::borrow::Cow;

/// A value in the place that counts, with the key it came under.
#[derive(Debug)]
pub struct Slot<'a, T> {
    pub value: T,
    rank: u16,
    key: String,
    raw: Json<'a>,
}

/// What was found in one record.
#[derive(Debug, Default)]
pub struct Found<'a> {
    pub time_ns: Option<Slot<'a, i64>>,
    pub severity: Option<Slot<'a, Severity>>,
    pub message: Option<Slot<'a, ()>>,
    pub trace_id: Option<Slot<'a, String>>,
    pub span_id: Option<Slot<'a, String>>,
    pub trace_parent: Option<Slot<'a, (String, String)>>,
    pub scope: Option<Slot<'a, ()>>,
    /// By canonical key.
    pub resource: Vec<(&'static str, Slot<'a, ()>)>,
    /// Everything else.
    pub attributes: Entries<'a>,
}

impl<'a, T> Slot<'a, T> {
    /// The value as a text; only values that are texts or plain scalars come into a slot.
    pub fn text(&self) -> Cow<'_, str> {
        scalar_text(&self.raw).unwrap_or_default()
    }

    /// The key and the value as they came.
    pub fn into_entry(self) -> (Cow<'a, str>, Json<'a>) {
        (Cow::Owned(self.key), self.raw)
    }

    /// Takes the text out.
    pub fn into_text(self) -> Cow<'a, str> {
        match self.raw {
            Json::Text(text) => text,
            other => Cow::Owned(scalar_text(&other).unwrap_or_default().into_owned()),
        }
    }
}

fn scalar_text<'j>(value: &'j Json<'_>) -> Option<Cow<'j, str>> {
    match value {
        Json::Text(text) => Some(Cow::Borrowed(text)),
        Json::Int(int) => Some(Cow::Owned(int.to_string())),
        Json::Double(double) => Some(Cow::Owned(format!("{double:?}"))),
        Json::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    pub clock: Clock,
    /// False when the protocol told the time.
    pub wants_time: bool,
    /// False when the protocol told the severity.
    pub wants_severity: bool,
    /// False when the line is the message.
    pub wants_message: bool,
}

/// Each level inside a message comes before the level around it.
const OUTER_RANK: u16 = 1000;

impl<'a> Found<'a> {
    /// Looks through an object.
    pub fn read(&mut self, search: Search, object: Entries<'a>) {
        let kept = self.lift(search, OUTER_RANK, "", object);
        self.attributes.extend(kept);
    }

    /// Looks through an object that was the message of the one before: what it says comes first.
    pub fn read_inner(&mut self, search: Search, object: Entries<'a>) {
        let kept = self.lift(search, 0, "", object);
        self.attributes.extend(kept);
    }

    /// Puts known values into their slots; answers the others.
    fn lift(
        &mut self,
        search: Search,
        base_rank: u16,
        parent: &str,
        object: Entries<'a>,
    ) -> Entries<'a> {
        let mut kept = Vec::with_capacity(object.len());
        for (key, value) in object {
            if parent.len() + 1 + key.len() > KEY_BYTES_MAX {
                kept.push((key, value));
                continue;
            }
            let mut path = String::with_capacity(parent.len() + 1 + key.len());
            path.push_str(parent);
            if !parent.is_empty() {
                path.push('.');
            }
            path.push_str(&key);
            let lower = path.to_ascii_lowercase();
            let value = match value {
                Json::Object(inner) if fields::is_parent(&lower) => {
                    let inner = self.lift(search, base_rank, &path, inner);
                    if inner.is_empty() {
                        continue;
                    }
                    Json::Object(inner)
                }
                value => match fields::known(&lower) {
                    Some(known) => match self.place(search, base_rank, known, path, value) {
                        Some(value) => value,
                        None => continue,
                    },
                    None => value,
                },
            };
            kept.push((key, value));
        }
        kept
    }

    /// Puts a value into its slot; answers it when it does not belong there.
    fn place(
        &mut self,
        search: Search,
        base_rank: u16,
        known: Known,
        key: String,
        raw: Json<'a>,
    ) -> Option<Json<'a>> {
        let rank = base_rank + u16::from(known.rank);
        let displaced = &mut self.attributes;
        match known.role {
            Role::Time => {
                let time = search.wants_time.then(|| time::of_value(&raw, search.clock)).flatten();
                put(&mut self.time_ns, displaced, rank, key, raw, time)
            }
            Role::Severity(scale) => {
                let said = search.wants_severity.then(|| severity::of_value(&raw, scale)).flatten();
                put(&mut self.severity, displaced, rank, key, raw, said)
            }
            Role::Message => {
                let fits = scalar_text(&raw).filter(|_| search.wants_message).map(drop);
                put(&mut self.message, displaced, rank, key, raw, fits)
            }
            Role::TraceId => {
                let id = raw.as_text().and_then(|text| hex_id(text, 32));
                put(&mut self.trace_id, displaced, rank, key, raw, id)
            }
            Role::SpanId => {
                let id = raw.as_text().and_then(|text| hex_id(text, 16));
                put(&mut self.span_id, displaced, rank, key, raw, id)
            }
            Role::DatadogTraceId => {
                let id = scalar_text(&raw).and_then(|text| datadog_id(&text, 32));
                put(&mut self.trace_id, displaced, rank, key, raw, id)
            }
            Role::DatadogSpanId => {
                let id = scalar_text(&raw).and_then(|text| datadog_id(&text, 16));
                put(&mut self.span_id, displaced, rank, key, raw, id)
            }
            Role::TraceParent => {
                let ids = raw.as_text().and_then(trace_parent);
                put(&mut self.trace_parent, displaced, rank, key, raw, ids)
            }
            Role::Scope => {
                let fits = raw.as_text().map(drop);
                put(&mut self.scope, displaced, rank, key, raw, fits)
            }
            Role::Resource(attribute) => self.place_resource(attribute, rank, key, raw),
            Role::Attribute => {
                // Lifted out of its objects, so that it comes into its column.
                displaced.push((Cow::Owned(key), raw));
                None
            }
        }
    }

    fn place_resource(
        &mut self,
        attribute: &'static str,
        rank: u16,
        key: String,
        raw: Json<'a>,
    ) -> Option<Json<'a>> {
        let fits = scalar_text(&raw).filter(|text| !text.is_empty()).map(drop);
        let at = self.resource.iter().position(|(known, _)| *known == attribute);
        let (mut slot, at) = match at {
            Some(at) => (Some(self.resource.swap_remove(at).1), Some(at)),
            None => (None, None),
        };
        let back = put(&mut slot, &mut self.attributes, rank, key, raw, fits);
        debug_assert!(at.is_none() || slot.is_some(), "a slot is never emptied");
        if let Some(slot) = slot {
            self.resource.push((attribute, slot));
        }
        back
    }
}

/// Puts `raw` into the slot when it fits (`value`) and its rank is better; what was there before
/// becomes an attribute. Answers `raw` when it stays where it was.
fn put<'a, T>(
    slot: &mut Option<Slot<'a, T>>,
    displaced: &mut Entries<'a>,
    rank: u16,
    key: String,
    raw: Json<'a>,
    value: Option<T>,
) -> Option<Json<'a>> {
    let Some(value) = value else { return Some(raw) };
    if slot.as_ref().is_some_and(|kept| kept.rank <= rank) {
        return Some(raw);
    }
    if let Some(before) = slot.replace(Slot { value, rank, key, raw }) {
        displaced.push(before.into_entry());
    }
    None
}

/// An id of so many hex digits, in lower case. Ids of half the length are padded, as Datadog and
/// Zipkin write the ids of 64-bit traces; an id of zeros is none.
fn hex_id(text: &str, digits: usize) -> Option<String> {
    // A UUID is a trace id with dashes.
    let text: Cow<'_, str> =
        if text.len() == 36 { Cow::Owned(text.replace('-', "")) } else { Cow::Borrowed(text) };
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = text.len() == digits || text.len() == 16;
    let is_zero = text.bytes().all(|byte| byte == b'0');
    (is_hex && fits && !is_zero).then(|| format!("{:0>digits$}", text.to_ascii_lowercase()))
}

/// Datadog's loggers write ids as decimal numbers of 64 bits; newer ones as hex of 128.
fn datadog_id(text: &str, digits: usize) -> Option<String> {
    if digits == 32 && text.len() == 32 {
        return hex_id(text, digits);
    }
    let id: u64 = text.parse().ok().filter(|id| *id != 0)?;
    Some(format!("{id:0>digits$x}"))
}

/// `00-<trace id>-<span id>-<flags>`.
fn trace_parent(text: &str) -> Option<(String, String)> {
    let mut parts = text.trim().split('-');
    let version = parts.next().filter(|version| version.len() == 2)?;
    (version != "ff").then_some(())?;
    let trace_id = hex_id(parts.next().filter(|id| id.len() == 32)?, 32)?;
    let span_id = hex_id(parts.next().filter(|id| id.len() == 16)?, 16)?;
    parts.next().filter(|flags| flags.len() == 2)?;
    Some((trace_id, span_id))
}
