//! Where a span comes from.

use super::super::span::Envelope;
use super::chunk::ChunkFacts;
use super::describe::{Described, Kind};
use super::row::Row;
use super::tag::Known;
use super::{Request, Target};
use crate::datadog::stats::short;
use crate::datadog::tags;
use hannun_model::limits::{
    ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTE_VALUE_BYTES_MAX, ATTRIBUTES_PER_RESOURCE_MAX,
};
use hannun_model::semconv::resource_attributes;
use hannun_model::table::{Table, spans};
use hannun_model::typed_json;
use std::collections::HashSet;

impl<'a> Row<'_, 'a> {
    pub(super) fn fill_resource(&mut self, described: &Described<'a>, kind: Kind) {
        let owner = described.owner(kind);
        let facts = self.facts;
        let own_version = self.text(Known::Version);
        let is_versioned = facts.versioned_service.is_empty() || facts.versioned_service == owner;
        let version = match own_version {
            "" if is_versioned => facts.service_version,
            own => own,
        };
        let own_environment = self.text(Known::Environment);
        let environment =
            if own_environment.is_empty() { facts.environment } else { own_environment };
        let Target { rows, shared, bytes, .. } = &mut *self.target;
        for (column, text) in [
            (spans::SERVICE_NAME, short(owner)),
            (spans::SERVICE_VERSION, short(version)),
            (spans::DEPLOYMENT_ENVIRONMENT_NAME, short(environment)),
            (spans::HOST_NAME, facts.host_name),
            (spans::CONTAINER_ID, facts.container_id),
            (spans::SERVICE_INSTANCE_ID, facts.runtime_id),
            (spans::TELEMETRY_SDK_LANGUAGE, language(facts.language)),
        ] {
            *bytes += shared.set(rows, column, text);
        }
        for (column, text) in &self.tags.columns {
            *bytes += shared.set(rows, *column, text);
        }
        let key = (facts.process_id.unwrap_or(-1), facts.language);
        *bytes += shared.set_resource(rows, spans::RESOURCE_ATTRIBUTES, key, || {
            resource_json(self.request, self.envelope, self.tags, facts)
        });
    }
}

/// What the tags of a payload come to, worked out once for all of its spans.
#[derive(Debug, Default)]
pub(super) struct EnvelopeTags<'a> {
    /// Texts of columns, each column once.
    columns: Vec<(usize, &'a str)>,
    /// Entries of the resource without a column, each behind a comma.
    json: String,
    /// Whether the sender leaves the counting of spans to us.
    pub asks_for_counts: bool,
}

impl<'a> EnvelopeTags<'a> {
    pub fn of(envelope: &Envelope<'a>) -> Self {
        let hot = resource_attributes(Table::Spans);
        let mut told = Self::default();
        let mut keys: HashSet<&str> = OWN_KEYS.into_iter().collect();
        let tags = envelope.tags.iter().flat_map(|(key, text)| tags_of(key, text));
        for (key, text) in tags.take(ATTRIBUTES_PER_RESOURCE_MAX) {
            told.asks_for_counts |= key == "_dd.compute_stats" && text == "1";
            let attribute = tags::resource_key(key).unwrap_or(key);
            if key.len() > ATTRIBUTE_KEY_BYTES_MAX || !keys.insert(attribute) {
                continue;
            }
            if let Some(column) = hot.get(attribute) {
                told.columns.push((column.column, text));
                continue;
            }
            let end = told.json.len();
            told.json.push(',');
            typed_json::write_key(&mut told.json, attribute);
            typed_json::write_string(&mut told.json, &text[..text.floor_char_boundary(JSON_MAX)]);
            // A text that is cut would be no JSON.
            if told.json.len() > JSON_MAX {
                told.json.truncate(end);
            }
        }
        told
    }
}

/// What the tags of a payload may take of the attributes of a resource, beside what is said otherwise.
const JSON_MAX: usize = ATTRIBUTE_VALUE_BYTES_MAX / 2;

/// Attributes of the resource that are said otherwise.
const OWN_KEYS: [&str; 5] = [
    "telemetry.sdk.name",
    "telemetry.sdk.version",
    "process.runtime.version",
    "process.runtime.name",
    "process.pid",
];

/// The language by its name in the semantic conventions.
fn language(name: &str) -> &str {
    match name {
        "javascript" => "nodejs",
        ".NET" => "dotnet",
        "jvm" => "java",
        "golang" => "go",
        "c++" | "cplusplus" => "cpp",
        other => other,
    }
}

/// Tags about the container, or the function, stand together in one.
fn tags_of<'t>(key: &'t str, text: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let is_list = matches!(key, "_dd.tags.container" | "_dd.tags.function");
    let list = tags::of_list(if is_list { text } else { "" }).map(tags::split);
    (!is_list).then_some((key, text)).into_iter().chain(list)
}

/// Attributes of the resource without a column.
fn resource_json(
    request: &Request,
    envelope: &Envelope<'_>,
    tags: &EnvelopeTags<'_>,
    facts: &ChunkFacts<'_>,
) -> String {
    let or = |first: &'_ str, second: &str| {
        if first.is_empty() { second.to_owned() } else { first.to_owned() }
    };
    let mut json = String::from("{\"telemetry.sdk.name\":\"datadog\"");
    let texts = [
        ("telemetry.sdk.version", or(envelope.tracer_version, &request.tracer_version)),
        ("process.runtime.version", or(envelope.language_version, &request.language_version)),
        ("process.runtime.name", request.interpreter.clone()),
    ];
    for (key, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        json.push(',');
        typed_json::write_key(&mut json, key);
        let end = text.floor_char_boundary(ATTRIBUTE_KEY_BYTES_MAX);
        typed_json::write_string(&mut json, &text[..end]);
    }
    if let Some(pid) = facts.process_id {
        json.push_str(",\"process.pid\":");
        typed_json::write_int(&mut json, pid);
    }
    json.push_str(&tags.json);
    json.push('}');
    json
}
