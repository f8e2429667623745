//! JSON OTLP by `curl`: all three signals, on the OTLP port and on the main one, plain and gzip.

use hannun_e2e::{Server, int, now_ns, otlp, text, tools};
use serde_json::{Value, json};
use std::path::Path;

const TRACE_ID: &str = "5b8efff798038103d269b633813fc60c";
const SPAN_ID: &str = "eee19b7ec3c1b174";

fn resource() -> Value {
    json!({"attributes": [{"key": "service.name", "value": {"stringValue": "curl-서비스"}}]})
}

fn traces_json(time_ns: u64) -> Value {
    json!({"resourceSpans": [{"resource": resource(), "scopeSpans": [{
        "scope": {"name": "curl"},
        "spans": [{
            "traceId": TRACE_ID, "spanId": SPAN_ID, "name": "by hand", "kind": 3,
            "startTimeUnixNano": time_ns.to_string(),
            "endTimeUnixNano": (time_ns + 250).to_string(),
            "attributes": [{"key": "big", "value": {"intValue": "9007199254740993"}}],
            "status": {"code": 2, "message": "실패"}
        }]
    }]}]})
}

fn logs_json(time_ns: u64) -> Value {
    json!({"resourceLogs": [{"resource": resource(), "scopeLogs": [{"logRecords": [{
        "timeUnixNano": time_ns.to_string(), "severityNumber": 13, "severityText": "WARN",
        "body": {"stringValue": "디스크가 거의 찼습니다"}, "traceId": TRACE_ID, "spanId": SPAN_ID
    }]}]}]})
}

fn metrics_json(time_ns: u64) -> Value {
    json!({"resourceMetrics": [{"resource": resource(), "scopeMetrics": [{"metrics": [{
        "name": "curl.count", "unit": "1", "sum": {
            "aggregationTemporality": 2, "isMonotonic": true,
            "dataPoints": [{"asInt": "123", "timeUnixNano": time_ns.to_string(),
                            "startTimeUnixNano": (time_ns - 1).to_string()}]
        }
    }]}]}]})
}

/// Posts a file by curl; the status and the answer.
fn post(url: &str, headers: &[&str], file: &Path) -> Option<(u16, String)> {
    let mut curl = tools::curl()?;
    for header in headers {
        curl.args(["--header", header]);
    }
    curl.arg("--data-binary").arg(format!("@{}", file.display())).arg(url);
    Some(tools::curl_answer(&curl.output().expect("curl runs")))
}

fn assert_stored(server: &Server, time_ns: u64) {
    let span = server.row("SELECT *, cast(start_time AS bigint) AS start_ns FROM spans");
    assert_eq!(text(&span, "trace_id"), TRACE_ID);
    assert_eq!(text(&span, "span_id"), SPAN_ID);
    assert_eq!(text(&span, "service_name"), "curl-서비스");
    assert_eq!(text(&span, "kind"), "client");
    assert_eq!(text(&span, "status_message"), "실패");
    assert_eq!(int(&span, "start_ns"), i64::try_from(time_ns).unwrap());
    assert_eq!(int(&span, "duration"), 250);
    let big = server.row("SELECT attributes['big'] AS big FROM spans");
    assert_eq!(big["big"].to_string().trim_matches('"'), "9007199254740993");
    let log = server.row("SELECT * FROM logs");
    assert_eq!(text(&log, "body"), "디스크가 거의 찼습니다");
    assert_eq!(text(&log, "trace_id"), TRACE_ID);
    assert_eq!(int(&log, "severity_number"), 13);
    let point = server.row("SELECT * FROM metric_points");
    assert_eq!((text(&point, "metric_name"), int(&point, "value_int")), ("curl.count", 123));
}

fn all_signals(base_of: impl Fn(&Server) -> String, zipped: bool) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let time_ns = now_ns();
    let requests = [
        ("traces", traces_json(time_ns)),
        ("logs", logs_json(time_ns)),
        ("metrics", metrics_json(time_ns)),
    ];
    for (signal, request) in requests {
        let file = folder.path().join(signal);
        let bytes = request.to_string().into_bytes();
        std::fs::write(&file, if zipped { otlp::gzip(&bytes) } else { bytes }).unwrap();
        let mut headers = vec!["content-type: application/json"];
        headers.extend(zipped.then_some("content-encoding: gzip"));
        let url = format!("{}/v1/{signal}", base_of(&server));
        let Some((status, body)) = post(&url, &headers, &file) else { return };
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("a JSON request gets a JSON answer");
        assert!(answer.get("partialSuccess").is_none_or(|part| part == &json!({})), "{answer}");
    }
    assert_stored(&server, time_ns);
}

#[test]
fn json_by_curl_is_stored_exactly() {
    all_signals(|server| server.base_url("otlp_http"), false);
}

#[test]
fn zipped_json_by_curl_is_stored_exactly() {
    all_signals(|server| server.base_url("otlp_http"), true);
}

#[test]
fn json_by_curl_on_the_main_listener_is_stored_exactly() {
    all_signals(|server| format!("{}/otlp", server.base_url("http")), false);
}

#[test]
fn a_body_of_65_mib_is_refused_and_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let file = folder.path().join("large");
    std::fs::write(&file, vec![0x0a; 65 << 20]).unwrap();
    let url = server.otlp_url("traces");
    let headers = ["content-type: application/x-protobuf"];
    let Some((status, body)) = post(&url, &headers, &file) else { return };
    assert_eq!(status, 413, "{body}");
    // The same without an announced length.
    let headers = ["content-type: application/x-protobuf", "transfer-encoding: chunked"];
    let (status, body) = post(&url, &headers, &file).unwrap();
    assert_eq!(status, 413, "{body}");
    server.send_ok("traces", &otlp::traces("after", vec![otlp::span(1, now_ns())]));
    assert_eq!(server.count("spans"), 1);
}

#[test]
fn a_wrong_key_is_refused_and_the_right_one_is_not_needed_from_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let file = folder.path().join("request");
    std::fs::write(&file, traces_json(now_ns()).to_string()).unwrap();
    let url = server.otlp_url("traces");
    for key in ["authorization: Bearer wrong", "hannun-key: wrong"] {
        let headers = ["content-type: application/json", key];
        let Some((status, body)) = post(&url, &headers, &file) else { return };
        assert_eq!(status, 401, "{key}: {body}");
    }
    assert_eq!(server.count("spans"), 0);
    let (status, body) = post(&url, &["content-type: application/json"], &file).unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(server.count("spans"), 1);
}
