//! The kinds of documents that this lens owns. Only owners change them: a probe reads what runs in
//! production.

use hannun_ledger::{FieldError, Kind, Role};
use hannun_probes::Fault;

/// A probe.
pub const LIVE_PROBE: Kind = Kind {
    name: "live-probe",
    title: "Live probe",
    description: "A log, a metric or a span of a running process, at a line or a method.",
    schema: include_str!("../kinds/live-probe.schema.json"),
    edit_role: Role::Owner,
    own_by_user: false,
    check: Some(|body| fields(hannun_probes::probe::faults(body))),
};

/// Whether processes of a service get probes.
pub const LIVE_PROBE_SERVICE: Kind = Kind {
    name: "live-probe-service",
    title: "Live probes of a service",
    description: "Whether processes of a service get live probes.",
    schema: include_str!("../kinds/live-probe-service.schema.json"),
    edit_role: Role::Owner,
    own_by_user: false,
    check: None,
};

fn fields(faults: Vec<Fault>) -> Vec<FieldError> {
    faults.into_iter().map(|fault| FieldError::new(fault.path, fault.message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_ledger::KindRegistry;
    use serde_json::{Value, json};

    fn paths(change: Value) -> Vec<String> {
        let mut body = json!({
            "service": "shop", "language": "python", "type": "log",
            "where": {"file": "orders.py", "line": 42}, "expires_at": "2026-01-31T18:00:00Z",
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let kinds = KindRegistry::new([LIVE_PROBE, LIVE_PROBE_SERVICE]).unwrap();
        let faults = kinds.get("live-probe").unwrap().faults(&body);
        faults.into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn a_probe_is_checked_by_its_schema_and_down_to_its_expressions() {
        let none = Vec::<String>::new();
        assert_eq!(
            paths(json!({"condition": "a > 1", "template": "{a}", "tags": ["team:a"]})),
            none
        );
        assert_eq!(paths(json!({"condition": "a >"})), ["/condition"]);
        assert_eq!(paths(json!({"where": {"file": "a.py"}})), ["/where"]);
        assert_eq!(paths(json!({"where": {"file": "a.py", "line": 0}})), ["/where/line"]);
        assert_eq!(paths(json!({"language": "cobol"})), ["/language"]);
        assert_eq!(paths(json!({"snapshots_per_second": 0})), ["/snapshots_per_second"]);
        assert_eq!(
            paths(json!({"capture_snapshot": true, "capture": {"max_depth": 99}})),
            ["/capture/max_depth"]
        );
        assert_eq!(paths(json!({"experies_at": "x"})), ["/experies_at"]);
    }

    #[test]
    fn a_tag_is_a_key_and_a_value_and_does_not_say_where_a_probe_belongs() {
        for tag in ["team", "env:prod", "version:1", "a,b:c", ":x", "a:"] {
            assert_eq!(paths(json!({"tags": [tag]})), ["/tags/0"], "{tag}");
        }
    }
}
