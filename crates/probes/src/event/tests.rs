use super::*;
use proptest::prelude::*;
use serde_json::json;

/// As the client of Python 4.16 sends it, shortened.
fn of_python() -> Value {
    json!({
        "service": "shop", "ddsource": "dd_debugger", "message": "n 9",
        "timestamp": 1_795_303_176_842_i64,
        "logger": {"name": "/srv/app.py", "method": "total", "thread_name": "Thread-1;pid:27566",
            "thread_id": 139_817_331_361_472_i64, "version": 2},
        "dd": {"trace_id": "6b022708000000003a892fdeefce7278", "span_id": "13861340883024386603"},
        "debugger": {"snapshot": {
            "id": "0e0e3998-6664-4ebf-8f1c-d5f962cfde46", "timestamp": 1_795_303_176_842_i64,
            "evaluationErrors": [{"expr": "x", "message": "no x"}],
            "probe": {"id": "p.0a1b2c3d", "version": 3,
                "location": {"file": "/srv/app.py", "lines": ["7"]}},
            "language": "python", "type": "snapshot",
            "stack": [{"fileName": "/srv/app.py", "function": "total", "lineNumber": 7}],
            "captures": {"lines": {"7": {"locals": {"n": {"type": "int", "value": "9"}}}}},
            "duration": 600_075,
        }},
    })
}

fn diagnostic(status: &str) -> Value {
    json!({"service": "shop", "message": "Failed", "ddsource": "dd_debugger",
        "timestamp": 1_795_303_087_253_i64, "debugger": {"diagnostics": {
            "probeId": "p.0a1b2c3d", "probeVersion": 3, "runtimeId": "2940", "parentId": null,
            "status": status, "exception": {"type": "AttributeError", "message": "no attribute"}}}})
}

#[test]
fn a_snapshot_is_read_whole() {
    let events = read(of_python().to_string().as_bytes()).unwrap();
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event.service.as_deref(), Some("shop"));
    assert_eq!(event.time_ms, Some(1_795_303_176_842));
    assert_eq!(event.message.as_deref(), Some("n 9"));
    let What::Snapshot(snapshot) = &event.what else { panic!("{event:?}") };
    assert_eq!((snapshot.probe_id.as_str(), snapshot.probe_version), ("p.0a1b2c3d", 3));
    assert_eq!(snapshot.file.as_deref(), Some("/srv/app.py"));
    assert_eq!((snapshot.line, snapshot.method.as_deref()), (Some(7), Some("total")));
    assert_eq!(snapshot.thread_id.as_deref(), Some("139817331361472"));
    assert_eq!(snapshot.trace_id.as_deref(), Some("6b022708000000003a892fdeefce7278"));
    assert_eq!(snapshot.span_id.as_deref(), Some("13861340883024386603"));
    assert_eq!(snapshot.duration_ns, Some(600_075));
    assert_eq!(snapshot.captures["lines"]["7"]["locals"]["n"]["value"], "9");
    assert_eq!(snapshot.stack.len(), 1);
    assert_eq!(snapshot.evaluation_errors.len(), 1);
}

#[test]
fn frames_and_errors_hold_what_is_shown_and_no_more() {
    let mut event = of_python();
    let long = "x".repeat(1_000_000);
    let snapshot = &mut event["debugger"]["snapshot"];
    snapshot["stack"] = json!([{"function": long, "lineNumber": 7, "locals": {"password": long}}]);
    snapshot["evaluationErrors"] = json!([{"expr": "x", "message": long, "value": [long]}]);
    let events = read(event.to_string().as_bytes()).unwrap();
    let What::Snapshot(snapshot) = &events[0].what else { panic!("{events:?}") };
    let cut = "x".repeat(PROBE_MESSAGE_BYTES_MAX);
    assert_eq!(snapshot.stack, [json!({"function": cut, "lineNumber": 7})]);
    assert_eq!(snapshot.evaluation_errors, [json!({"expr": "x", "message": cut})]);
}

#[test]
fn diagnostics_tell_how_a_probe_fares() {
    let json = json!([diagnostic("RECEIVED"), diagnostic("ERROR")]);
    let events = read(json.to_string().as_bytes()).unwrap();
    let statuses: Vec<_> = events
        .iter()
        .map(|event| match &event.what {
            What::Diagnostic(it) => (it.status, it.runtime_id.as_str(), it.error.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    let error = Some("AttributeError: no attribute");
    assert_eq!(
        statuses,
        [(ProbeStatus::Received, "2940", error), (ProbeStatus::Error, "2940", error)]
    );
}

#[test]
fn what_is_no_event_of_a_probe_is_told_apart() {
    for other in [
        json!({}),
        json!({"debugger": 5}),
        json!({"debugger": {"snapshot": {}}}),
        json!(7),
        diagnostic("DANCING"),
    ] {
        let events = read(other.to_string().as_bytes()).unwrap();
        assert_eq!(events[0].what, What::Other, "{other}");
    }
    assert_eq!(read(b"[]").unwrap(), []);
    assert!(matches!(read(b"[{"), Err(EventError::NotJson(_))));
    let many = Value::Array(vec![json!({}); 5000]).to_string();
    assert_eq!(read(many.as_bytes()), Err(EventError::TooMany));
}

proptest! {
    #[test]
    fn no_body_upsets_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&body);
    }

    #[test]
    fn no_shape_upsets_the_reader(
        words in prop::collection::vec(
            prop::sample::select(vec!["debugger", "snapshot", "probe", "id", "diagnostics", "dd"]),
            0..6,
        ),
        leaf in prop::sample::select(vec!["1", "\"x\"", "[]", "null", "{}"]),
    ) {
        let open: String = words.iter().map(|word| format!("{{\"{word}\":")).collect();
        let json = format!("{open}{leaf}{}", "}".repeat(words.len()));
        prop_assert_eq!(read(json.as_bytes()).unwrap().len(), usize::from(json != "[]"));
    }
}
