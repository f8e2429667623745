use super::*;
use serde_json::json;

/// A log probe on a line, changed by `change`.
pub(crate) fn body(change: Value) -> Value {
    let mut body = json!({
        "service": "shop", "language": "python", "type": "log",
        "where": {"file": "orders.py", "line": 42}, "capture_snapshot": true,
        "expires_at": "2026-01-31T18:00:00Z",
    });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

/// The place and message of each fault.
fn found(change: Value) -> Vec<(String, String)> {
    faults(&body(change)).into_iter().map(|it| (it.path, it.message)).collect()
}

fn paths(change: Value) -> Vec<String> {
    found(change).into_iter().map(|it| it.0).collect()
}

#[test]
fn a_probe_is_read_and_expires_at_its_time() {
    let probe = Probe::read("p", 3, &body(json!({}))).unwrap();
    assert_eq!(probe.expires_ms, 1_769_882_400_000);
    assert!(probe.is_in_force(1_769_882_399_999));
    assert!(!probe.is_in_force(1_769_882_400_000));
    let paused = Probe::read("p", 3, &body(json!({"paused": true}))).unwrap();
    assert!(!paused.is_in_force(0));
    assert_eq!(
        probe.kind,
        ProbeKind::Log { template: None, capture: Some(Capture::default()), per_second: None }
    );
}

#[test]
fn a_method_is_named_as_its_language_does() {
    let place = |language: &str, place: Value| {
        let body = body(json!({"language": language, "where": place}));
        Probe::read("p", 1, &body).map(|probe| probe.place.text())
    };
    let all = json!({"module": "shop.orders", "class": "Order", "method": "total"});
    let python = Probe::read("p", 1, &body(json!({"where": all}))).unwrap();
    let expected = Place::Method { of: "shop.orders".into(), method: "Order.total".into() };
    assert_eq!(python.place, expected);
    assert_eq!(place("java", json!({"class": "a.B", "method": "c"})).unwrap(), "a.B.c");
    let no_module = place("python", json!({"class": "Order", "method": "total"}));
    assert_eq!(no_module.unwrap_err()[0].path, "/where/module");
    for neither in [
        json!({}),
        json!({"file": "a.py"}),
        json!({"method": "x"}),
        json!({"file": "a.py", "line": 1, "method": "x"}),
    ] {
        assert!(place("java", neither.clone()).is_err(), "{neither}");
    }
}

#[test]
fn faults_of_expressions_are_told_with_field_and_place() {
    let change = json!({"condition": "a = 1", "template": "x {b"});
    assert_eq!(
        found(change.clone()),
        [
            ("/condition".to_owned(), "at character 3: write `==` to compare".to_owned()),
            ("/template".to_owned(), "at character 3: the brace is not closed".to_owned()),
        ]
    );
    assert_eq!(faults(&body(change))[0].position, Some(2));
}

#[test]
fn an_expression_cannot_read_what_is_redacted() {
    assert_eq!(paths(json!({"template": "{user.apiKey}"})), ["/template"]);
    assert_eq!(
        paths(json!({"condition": "form['card_no'] == 1", "redact": ["cardNo"]})),
        ["/condition"]
    );
    assert_eq!(paths(json!({"condition": "form['card_no'] == 1"})), Vec::<String>::new());
}

#[test]
fn what_is_known_at_the_exit_of_a_method_is_not_known_elsewhere() {
    let method = json!({"module": "a", "method": "b"});
    assert_eq!(paths(json!({"condition": "@duration > 5"})), ["/condition"]);
    assert_eq!(paths(json!({"condition": "@duration > 5", "where": method})), Vec::<String>::new());
    let entry = json!({"condition": "@duration > 5", "where": method, "evaluate_at": "entry"});
    assert_eq!(paths(entry), ["/condition"]);
    assert_eq!(paths(json!({"evaluate_at": "exit"})), ["/evaluate_at"]);
}

#[test]
fn a_client_is_not_given_what_it_refuses() {
    let method = json!({"module": "a", "method": "b"});
    assert_eq!(paths(json!({"language": "nodejs", "where": method})), ["/where"]);
    let metric = json!({"language": "nodejs", "type": "metric", "capture_snapshot": false,
        "metric": {"name": "a", "kind": "count"}});
    assert_eq!(paths(metric), ["/type"]);
    assert_eq!(paths(json!({"type": "span", "capture_snapshot": false})), ["/where"]);
}

#[test]
fn fields_of_another_kind_are_told() {
    let span = json!({"type": "span", "where": {"module": "a", "method": "b"}, "template": "x"});
    assert_eq!(paths(span), ["/template", "/capture_snapshot"]);
    assert_eq!(paths(json!({"metric": {"name": "a", "kind": "count"}})), ["/metric"]);
    assert_eq!(
        paths(json!({"capture_snapshot": false, "capture": {"max_depth": 1}})),
        ["/capture"]
    );
    assert_eq!(paths(json!({"snapshots_per_second": 1000})), ["/snapshots_per_second"]);
    let plain = json!({"snapshots_per_second": 1000, "capture_snapshot": false});
    assert_eq!(paths(plain), Vec::<String>::new());
    let gauge = json!({"type": "metric", "capture_snapshot": false,
        "metric": {"name": "a", "kind": "gauge"}});
    assert_eq!(paths(gauge), ["/metric/value"]);
    let nothing = json!({"type": "metric", "capture_snapshot": false});
    assert_eq!(paths(nothing), ["/metric"]);
    assert_eq!(paths(json!({"expires_at": "tomorrow"})), ["/expires_at"]);
}
