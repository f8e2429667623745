//! Where a span comes from.

use super::super::span::Envelope;
use super::chunk::ChunkFacts;
use super::describe::{Described, Kind};
use super::row::Row;
use super::tag::Known;
use super::{Request, Target};
use crate::datadog::tags;
use hannun_model::semconv::resource_attributes;
use hannun_model::table::{Table, spans};
use hannun_model::typed_json;

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
            (spans::SERVICE_NAME, owner),
            (spans::SERVICE_VERSION, version),
            (spans::DEPLOYMENT_ENVIRONMENT_NAME, environment),
            (spans::HOST_NAME, facts.host_name),
            (spans::CONTAINER_ID, facts.container_id),
            (spans::SERVICE_INSTANCE_ID, facts.runtime_id),
            (spans::TELEMETRY_SDK_LANGUAGE, language(facts.language)),
        ] {
            *bytes += shared.set(rows, column, text);
        }
        let hot = resource_attributes(Table::Spans);
        for (key, text) in self.envelope.tags.iter().flat_map(|(key, text)| tags_of(key, text)) {
            let column = tags::resource_key(key).and_then(|key| hot.get(key));
            if let Some(column) = column {
                *bytes += shared.set(rows, column.column, text);
            }
        }
        let key = (facts.process_id.unwrap_or(-1), facts.language);
        *bytes += shared.set_resource(rows, spans::RESOURCE_ATTRIBUTES, key, || {
            resource_json(self.request, self.envelope, facts)
        });
    }
}

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

/// Tags about the container stand together in one.
fn tags_of<'t>(key: &'t str, text: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let is_list = key == "_dd.tags.container";
    let list = tags::of_list(if is_list { text } else { "" }).map(tags::split);
    (!is_list).then_some((key, text)).into_iter().chain(list)
}

/// Attributes of the resource without a column.
fn resource_json(request: &Request, envelope: &Envelope<'_>, facts: &ChunkFacts<'_>) -> String {
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
        typed_json::write_string(&mut json, text);
    }
    if let Some(pid) = facts.process_id {
        json.push_str(",\"process.pid\":");
        typed_json::write_int(&mut json, pid);
    }
    let hot = resource_attributes(Table::Spans);
    for (key, text) in envelope.tags.iter().flat_map(|(key, text)| tags_of(key, text)) {
        let attribute = tags::resource_key(key).unwrap_or(key);
        if hot.get(attribute).is_none() {
            json.push(',');
            typed_json::write_key(&mut json, attribute);
            typed_json::write_string(&mut json, text);
        }
    }
    json.push('}');
    json
}
