//! Tags of log records: to the resource, to the trace, or to attributes.
//!
//! The container and the environment that an agent found come before what a message says of itself;
//! service and host are only set where the record is silent, as those in it are nearer to the truth.
//! Whatever is not used in its place stays an attribute.

use crate::datadog::tags;
use crate::records::fields::{self, Role};
use crate::records::json::{Entries, Json};
use hannun_model::limits::ATTRIBUTES_PER_ITEM_MAX;
use hannun_model::semconv::resource_attributes;
use hannun_model::table::Table;
use std::borrow::Cow;

/// What the tags of a record come to.
#[derive(Debug, Default)]
pub struct LogTags<'a> {
    /// Resource attributes with columns, by canonical key.
    pub resource: Vec<(&'static str, &'a str)>,
    /// Fields of the record, after those that it has itself.
    pub fields: Entries<'a>,
    pub attributes: Entries<'a>,
}

impl<'a> LogTags<'a> {
    /// Sorts tags by what they say. Those of the record come before those that all records share.
    pub fn of(own: impl Iterator<Item = &'a str>, shared: impl Iterator<Item = &'a str>) -> Self {
        let own = own.take(ATTRIBUTES_PER_ITEM_MAX).map(|tag| (tag, false));
        let shared = shared.take(ATTRIBUTES_PER_ITEM_MAX).map(|tag| (tag, true));
        let parts = own.chain(shared).map(|(tag, is_shared)| {
            let (key, value) = tags::split(tag);
            (key, is_shared, value)
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort_unstable();
        parts.dedup_by_key(|(key, _, value)| (*key, *value));
        let mut sorted = Self::default();
        for (key, _, value) in parts {
            sorted.add(key, value);
        }
        sorted
    }

    fn add(&mut self, key: &'a str, value: &'a str) {
        match key {
            // Some loggers have nowhere else for these.
            "trace_id" | "dd.trace_id" => return self.add_attribute("dd.trace_id", value),
            "span_id" | "dd.span_id" => return self.add_attribute("dd.span_id", value),
            "service" | "host" => {
                let key = Cow::Borrowed(key);
                return self.fields.push((key, Json::text(value)));
            }
            _ => {}
        }
        let attribute = tags::resource_key(key).filter(|attribute| {
            resource_attributes(Table::Logs).get(attribute).is_some()
                && self.resource.iter().all(|(known, _)| known != attribute)
        });
        match attribute.filter(|_| !value.is_empty()) {
            Some(attribute) => self.resource.push((attribute, value)),
            None => self.add_attribute(key, value),
        }
    }

    /// Adds an attribute; values of one key, which come one after another, are a list.
    fn add_attribute(&mut self, key: &'a str, value: &'a str) {
        let key = match fields::known(&key.to_ascii_lowercase()).map(|known| known.role) {
            // A tag is not the time, the message or the level of a record, whatever its name.
            Some(Role::Time | Role::Severity(_) | Role::Message | Role::Scope) => {
                Cow::Owned(format!("tag.{key}"))
            }
            _ => Cow::Borrowed(key),
        };
        let last = self.attributes.last_mut().filter(|(known, _)| *known == key);
        match last.map(|(_, known)| known) {
            None => self.attributes.push((key, Json::text(value))),
            Some(Json::Array(values)) => values.push(Json::text(value)),
            Some(single) => {
                let first = std::mem::replace(single, Json::Null);
                *single = Json::Array(vec![first, Json::text(value)]);
            }
        }
    }
}

/// Names under which tracers write their context into a line of text, as in
/// `[dd.service=shop dd.trace_id=… dd.span_id=…]`.
const IN_TEXT: [&str; 5] = ["dd.trace_id", "dd.span_id", "dd.service", "dd.env", "dd.version"];

/// What a tracer wrote into a line of text (the formats of `DD_LOGS_INJECTION` for loggers without
/// fields).
pub fn of_text(text: &str) -> Entries<'static> {
    if !text.contains("dd.") || text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let found = IN_TEXT.iter().filter_map(|name| {
        let (_, rest) = text.match_indices(name).find_map(|(at, _)| {
            let rest = text[at + name.len()..].strip_prefix('=')?;
            Some((at, rest))
        })?;
        let end = rest.find([' ', ']', ',', ';', '"', '\'', '\n']).unwrap_or(rest.len());
        let value = &rest[..end];
        // 0 says that no trace is active.
        (!value.is_empty() && value != "0")
            .then(|| (Cow::Borrowed(*name), Json::text(value.to_owned())))
    });
    found.collect()
}
