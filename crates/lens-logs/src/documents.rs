//! The kinds of documents that this lens owns.

use hannun_ledger::{FieldError, Kind, Role};
use hannun_pipelines::Fault;
use serde_json::Value;

/// The only document of a kind that has one.
pub const DEFAULT: &str = "default";

/// Rules for log records on their way into the store.
pub const LOG_PIPELINE: Kind = Kind {
    name: "log-pipeline",
    title: "Log pipeline",
    description: "Rules for log records on their way into the store: parse, redact, drop, sample …",
    schema: include_str!("../kinds/log-pipeline.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(|body| fields(hannun_pipelines::pipeline_faults(body))),
};

/// Containers whose logs are taken or left out.
pub const LOG_CONTAINER_FILTER: Kind = Kind {
    name: "log-container-filter",
    title: "Container filter",
    description: "Containers whose logs are taken or left out, in the syntax of Datadog agents.",
    schema: include_str!("../kinds/log-container-filter.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(|body| fields(hannun_pipelines::container_filter_faults(body))),
};

/// What a gigabyte of logs costs.
pub const LOG_PRICE: Kind = Kind {
    name: "log-price",
    title: "Price of logs",
    description: "What a gigabyte of logs costs the team.",
    schema: include_str!("../kinds/log-price.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: None,
};

fn fields(faults: Vec<Fault>) -> Vec<FieldError> {
    faults.into_iter().map(|fault| FieldError::new(fault.path, fault.message)).collect()
}

/// Whether a body has what the schema of a pipeline asks for, for rules that are only tried.
pub(crate) fn pipeline_faults(
    kinds: &hannun_ledger::KindRegistry,
    body: &Value,
) -> Vec<FieldError> {
    kinds.get(LOG_PIPELINE.name).map_or_else(Vec::new, |kind| kind.faults(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::KindRegistry;
    use serde_json::json;

    fn faults(kind: &str, body: Value) -> Vec<(String, String)> {
        let kinds = KindRegistry::new([LOG_PIPELINE, LOG_CONTAINER_FILTER, LOG_PRICE]).unwrap();
        let faults = kinds.get(kind).unwrap().faults(&body);
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    #[test]
    fn a_pipeline_is_checked_down_to_its_patterns() {
        let body = json!({"name": "Access log", "match": "service:web", "rules": [
            {"action": "parse", "format": "grok", "pattern": "%{COMBINEDAPACHELOG}"},
            {"action": "drop", "match": "@request:/healthz"},
        ]});
        assert_eq!(faults("log-pipeline", body), []);
        let body = json!({"name": "x", "rules": [
            {"action": "drop", "match": "service:("},
            {"action": "parse", "format": "grok", "pattern": "%{NOTHING:a}"},
        ]});
        let paths: Vec<_> = faults("log-pipeline", body).into_iter().map(|it| it.0).collect();
        assert_eq!(paths, ["/rules/0/match", "/rules/1/pattern"]);
        let body = json!({"name": "x", "rules": [{"action": "drop", "percent": 5}]});
        let found = faults("log-pipeline", body);
        assert_eq!(found[0].0, "/rules/0/percent");
        assert!(found[0].1.starts_with("unknown field `percent`, the fields are action, by,"));
    }

    #[test]
    fn a_container_filter_and_a_price_are_checked() {
        let body = json!({"include": ["name:^order"], "exclude": ["image:^nginx$"]});
        assert_eq!(faults("log-container-filter", body), []);
        let paths = |found: Vec<(String, String)>| -> Vec<String> {
            found.into_iter().map(|it| it.0).collect()
        };
        let found = faults("log-container-filter", json!({"exclude": ["name:("]}));
        assert_eq!(paths(found), ["/exclude/0"]);
        let found = faults("log-container-filter", json!({"exclude": ["pod:x"]}));
        assert_eq!(paths(found), ["/exclude/0"]);
        assert_eq!(faults("log-price", json!({"per_gb": 130.5, "currency": "KRW"})), []);
        let found = faults("log-price", json!({"per_gb": -1, "currency": "won"}));
        assert_eq!(paths(found), ["/currency", "/per_gb"]);
    }
}
