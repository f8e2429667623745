use super::rows::{Origin, decode};
use super::*;
use crate::otlp::tests::support::{BUDGET_BYTES, MemorySink, from, now_ns, post, send, state};
use crate::records::tests::{CLOCK, NOW_NS, rows};
use hannun_probes::probe::Probe;
use hannun_probes::registry::Registry;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW_MS: i64 = NOW_NS / 1_000_000;

struct Intake {
    state: Arc<DatadogState>,
    sink: Arc<MemorySink>,
    registry: Arc<Registry>,
}

/// One probe for the service `shop` is in force.
fn intake() -> Intake {
    let (intake, sink) = state(BUDGET_BYTES);
    let body = json!({
        "service": "shop", "language": "python", "type": "log", "capture_snapshot": true,
        "where": {"file": "orders.py", "line": 42}, "redact": ["card_no"],
        "expires_at": "2100-01-01T00:00:00Z",
    });
    let registry = Arc::new(Registry::default());
    let probe = Probe::read("slow", 3, &body).unwrap();
    registry.set(vec![probe], BTreeSet::from(["shop".to_owned()]));
    let mut state = DatadogState::new(intake);
    state.remote_config = registry.clone();
    Intake { state: Arc::new(state), sink, registry }
}

fn text(value: &str) -> Value {
    json!({"type": "str", "value": value})
}

fn snapshot(time_ms: i64, captures: Value) -> Value {
    json!({
        "service": "shop", "ddsource": "dd_debugger", "message": "total 9", "timestamp": time_ms,
        "logger": {"name": "/srv/orders.py", "method": "total", "thread_name": "T;pid:7",
            "thread_id": 139_817_331_361_472_i64, "version": 2},
        "dd": {"trace_id": "6b022708000000003a892fdeefce7278", "span_id": "13861340883024386603"},
        "debugger": {"snapshot": {
            "id": "0e0e3998", "timestamp": time_ms, "evaluationErrors": [],
            "probe": {"id": "slow.0a1b2c3d", "version": 3,
                "location": {"file": "/srv/orders.py", "lines": ["42"]}},
            "language": "python", "duration": 600_075, "captures": captures,
            "stack": [{"fileName": "/srv/orders.py", "function": "total", "lineNumber": 42}],
        }},
    })
}

fn status(status: &str) -> Value {
    json!({"service": "shop", "message": "Probe slow", "timestamp": NOW_MS - 5,
        "debugger": {"diagnostics": {"probeId": "slow.0a1b2c3d", "probeVersion": 3,
            "runtimeId": "r1", "status": status,
            "exception": {"type": "ValueError", "message": "no such line"}}}})
}

fn decoded(intake: &Intake, events: Value) -> crate::door::Decoded {
    let origin = Origin {
        tags: "env:prod,version:1.2,host:web-1,debugger_version:4.16.0".to_owned(),
        container_id: Some("abc".to_owned()),
        host_name: Some("here".to_owned()),
    };
    let events = event::read(events.to_string().as_bytes()).unwrap();
    decode(&intake.state, events, &origin, CLOCK).unwrap()
}

#[test]
fn a_snapshot_is_a_log_of_its_service_and_trace() {
    let locals = json!({"total": text("9"), "card_no": text("4111"), "apiKey": text("k")});
    let captures = json!({"lines": {"42": {"locals": locals}}});
    let decoded = decoded(&intake(), json!([snapshot(NOW_MS - 5, captures)]));
    let [row] = rows(&decoded).try_into().unwrap();
    let row = Value::Object(row);
    for (column, value) in [
        ("event_name", json!("probe.snapshot")),
        ("scope_name", json!("datadog.probe")),
        ("time", json!((NOW_MS - 5) * 1_000_000)),
        ("severity_number", json!(9)),
        ("body", json!("total 9")),
        ("trace_id", json!("6b022708000000003a892fdeefce7278")),
        ("span_id", json!("c05d6017b3449a2b")),
        ("service_name", json!("shop")),
        ("service_version", json!("1.2")),
        ("deployment_environment_name", json!("prod")),
        ("host_name", json!("web-1")),
        ("container_id", json!("abc")),
        ("thread_name", json!("T;pid:7")),
        ("code_file_path", json!("/srv/orders.py")),
        ("code_function_name", json!("total")),
        ("code_line_number", json!(42)),
    ] {
        assert_eq!(row[column], value, "{column} of {row}");
    }
    let attributes = row["attributes"].to_string();
    for kept in ["slow", "0e0e3998", "600075", "debugger_version", "redactedIdent"] {
        assert!(attributes.contains(kept), "{kept} in {attributes}");
    }
    for secret in ["4111", "0a1b2c3d", "\"k\""] {
        assert!(!attributes.contains(secret), "{secret} in {attributes}");
    }
}

#[test]
fn a_capture_past_the_limit_is_cut_and_says_so() {
    let long = "x".repeat(1000);
    let locals: serde_json::Map<String, Value> =
        (0..1000).map(|n| (format!("v{n}"), text(&long))).collect();
    let captures = json!({"lines": {"42": {"locals": locals}}});
    let decoded = decoded(&intake(), json!(snapshot(NOW_MS, captures)));
    let attributes = rows(&decoded)[0]["attributes"].to_string();
    assert!(attributes.len() < 300_000, "{}", attributes.len());
    assert!(attributes.contains("probe.truncated"), "{attributes}");
}

#[test]
fn ids_are_stored_as_those_of_spans() {
    let intake = intake();
    for ((trace_id, span_id), stored) in [
        // The lower half of one of 128 bits, as Node.js sends it.
        (
            ("6006934447400435330", "2726675865438829388"),
            (Some("0000000000000000535ceb0dc65c3e82"), Some("25d71940c91cbb4c")),
        ),
        (("0", "0"), (None, None)),
        (("zz", "-1"), (None, None)),
    ] {
        let mut event = snapshot(NOW_MS, json!({}));
        event["dd"] = json!({"trace_id": trace_id, "span_id": span_id});
        let row = rows(&decoded(&intake, event)).remove(0);
        let id = |column: &str| row.get(column).and_then(Value::as_str);
        assert_eq!((id("trace_id"), id("span_id")), stored);
    }
}

#[test]
fn a_status_is_a_row_only_when_it_is_news() {
    let intake = intake();
    let first = decoded(&intake, json!([status("RECEIVED"), status("ERROR"), status("ERROR")]));
    let rows = rows(&first);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1]["event_name"], "probe.status");
    assert_eq!(rows[1]["severity_number"], 17);
    assert_eq!(rows[1]["service_instance_id"], "r1");
    let attributes = rows[1]["attributes"].to_string();
    assert!(attributes.contains("ValueError: no such line"), "{attributes}");
    assert_eq!(decoded(&intake, json!(status("ERROR"))).batch.rows(), 0);
    let [status] = intake.registry.statuses("slow").try_into().unwrap();
    assert_eq!(status.message.as_deref(), Some("ValueError: no such line"));
}

#[test]
fn what_came_too_late_is_counted_and_the_rest_kept() {
    let decoded = decoded(&intake(), json!([snapshot(1, json!({})), snapshot(NOW_MS, json!({}))]));
    assert_eq!((decoded.batch.rows(), decoded.tally.rejected_items()), (1, 1));
}

#[tokio::test]
async fn every_path_takes_json_and_forms() {
    let Intake { state, sink, .. } = intake();
    let router = routes().with_state(state.clone());
    let now_ms = i64::try_from(now_ns() / 1_000_000).unwrap();
    let mut kept = 0;
    for (n, path) in
        ["/debugger/v1/input?ddtags=env%3Adev", "/debugger/v2/input", "/debugger/v1/diagnostics"]
            .into_iter()
            .enumerate()
    {
        let n = i64::try_from(n).unwrap();
        let events = json!([snapshot(now_ms - 2 * n, json!({}))]).to_string();
        let (response, body) = send(&router, post(path, &[], events)).await;
        assert_eq!((response.status().as_u16(), &*body), (200, &b"{}"[..]), "{path}");
        let event = snapshot(now_ms - 2 * n - 1, json!({})).to_string();
        let form = format!(
            "--=x\r\nContent-Disposition: form-data; name=\"event\"; filename=\"event.json\"\r\n\r\n\
             {event}\r\n--=x--\r\n"
        );
        let header = [("content-type", "multipart/form-data; boundary=\"=x\"")];
        let (response, _) = send(&router, post(path, &header, form)).await;
        assert_eq!(response.status(), 200, "{path}");
        kept += 2;
    }
    assert_eq!(*sink.stored_rows.lock(), kept);
    let (response, body) = send(&router, post("/debugger/v1/input", &[], "{")).await;
    assert_eq!(response.status(), 400);
    assert!(String::from_utf8_lossy(&body).contains("the body is not JSON"));
}

#[tokio::test]
async fn a_client_is_answered_with_its_probes() {
    let Intake { state, registry, .. } = intake();
    let router = routes().with_state(state.clone());
    let request = json!({"client": {"state": {"targets_version": 1}, "products": ["LIVE_DEBUGGING"],
        "client_tracer": {"runtime_id": "r1", "language": "python", "service": "shop"}}});
    let (response, body) = send(&router, post("/v0.7/config", &[], request.to_string())).await;
    assert_eq!(response.status(), 200);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["client_configs"].as_array().unwrap().len(), 1);
    assert_eq!(registry.clients().len(), 1);
    let (response, _) = send(&router, post("/v0.7/config", &[], "{}")).await;
    assert_eq!(response.status(), 400);
    let mut stranger = post("/v0.7/config", &[], request.to_string());
    from(&mut stranger, "10.0.0.9:1");
    assert_eq!(send(&router, stranger).await.0.status(), 403);
}
