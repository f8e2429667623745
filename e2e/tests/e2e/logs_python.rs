//! Python clients of Elasticsearch, Loki and Fluent forward, and logging inside traces.

use hannun_e2e::{Row, Server, ServerOptions, int, now_ns, text, tools};
use serde_json::{Value, json};

const NS_PER_MS: u64 = 1_000_000;

fn start() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::with(&["--fluent-listen=127.0.0.1:0"]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    (folder, server)
}

/// A JSON column, whether it is shown as JSON or as its text.
fn json_of(row: &Row, column: &str) -> Value {
    match &row[column] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

#[test]
fn the_elasticsearch_client_is_told_of_each_bad_document() {
    let Some(mut client) = tools::python("logs_elasticsearch.py") else { return };
    let (_folder, server) = start();
    let time_ms = i64::try_from(now_ns() / NS_PER_MS).unwrap() - 60_000;
    client.args([format!("{}/elasticsearch", server.base_url("http")), time_ms.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    assert_eq!((&told["stored"], &told["single"]), (&json!(2000), &json!("created")));
    assert_eq!(told["health"], "green");
    let errors = told["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0]["create"]["status"], 400);
    let reason = errors[0]["create"]["error"]["reason"].as_str().unwrap();
    assert!(reason.contains("older than the retention"), "{reason}");
    assert_eq!(errors[1]["delete"]["error"]["type"], "illegal_argument_exception");

    let counted = server.row(
        "SELECT count(*) AS n, count(DISTINCT body) AS bodies, count(DISTINCT time) AS times, \
         count(*) FILTER (WHERE severity_number = 17) AS errors FROM logs \
         WHERE service_name = 'shop'",
    );
    assert_eq!((int(&counted, "n"), int(&counted, "bodies")), (2000, 2000));
    assert_eq!((int(&counted, "times"), int(&counted, "errors")), (2000, 200));
    let row = server
        .row("SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE body = 'document 7 주문'");
    assert_eq!(int(&row, "time_ns"), (time_ms + 7) * 1_000_000);
    assert_eq!(row["time_source"], Value::Null);
    let attributes = json_of(&row, "attributes");
    assert_eq!(attributes["_index"], "logs-shop");
    assert_eq!(attributes["order"], json!({"id": 7, "items": [1, 2]}));
    assert_eq!(server.number("SELECT count(*) AS n FROM logs WHERE body = 'single'"), 1);
}

#[test]
fn the_loki_handler_sends_labels_and_lines() {
    let Some(mut client) = tools::python("logs_loki.py") else { return };
    let (_folder, server) = start();
    client.arg(format!("{}/loki/api/v1/push", server.base_url("http")));
    tools::output_of(&mut client);
    assert_eq!(server.count("logs"), 22);
    let row = server.row("SELECT * FROM logs WHERE severity_number = 17");
    assert_eq!(text(&row, "body"), "card declined: 한도 초과");
    assert_eq!((text(&row, "service_name"), text(&row, "severity_text")), ("결제", "error"));
    assert_eq!(text(&row, "deployment_environment_name"), "prod");
    let labels = json_of(&row, "resource_attributes");
    assert_eq!((&labels["region"], &labels["app"]), (&json!("kr"), &json!("결제")));
    assert_eq!(labels["logger"], "shop.pay");
    let inner = server.row("SELECT * FROM logs WHERE body = 'inner 7'");
    assert_eq!(json_of(&inner, "attributes")["order"], json!({"id": 7}));
    assert_eq!(int(&inner, "severity_number"), 5);
}

#[test]
fn fluent_events_arrive_and_chunks_are_acknowledged_once_each() {
    let Some(mut client) = tools::python("logs_fluent.py") else { return };
    let (_folder, server) = start();
    let address = server.address("fluent");
    let (host, port) = address.rsplit_once(':').unwrap();
    let seconds = now_ns() / 1_000_000_000 - 60;
    client.args([host, port, &seconds.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    assert_eq!(told["acknowledged"], json!(["one", "two", "one"]));
    // What is not acknowledged arrives a moment later.
    hannun_e2e::eventually("every event is kept", 30, || server.count("logs") >= 1301);
    assert_eq!(server.count("logs"), 1301, "the chunk that was sent twice is kept once");
    let row =
        server.row("SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE body = 'event 5'");
    let expected_ns = i64::try_from(seconds).unwrap() * 1_000_000_000 + 5_000_000;
    let off_ns = int(&row, "time_ns") - expected_ns;
    assert!(off_ns.abs() < 1000, "the client counts in doubles, off by {off_ns} ns");
    assert_eq!(int(&row, "severity_number"), 13);
    let attributes = json_of(&row, "attributes");
    assert_eq!(attributes, json!({"fluent.tag": "shop.web", "nested": {"n": 5}}));
    let packed = "SELECT count(*) AS n, count(DISTINCT body) AS bodies FROM logs \
                  WHERE k8s_pod_name = 'p-1'";
    let packed = server.row(packed);
    assert_eq!((int(&packed, "n"), int(&packed, "bodies")), (1000, 500));
    let plain =
        server.row("SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE body = 'in seconds'");
    assert_eq!(int(&plain, "time_ns"), i64::try_from(seconds).unwrap() * 1_000_000_000);
}

#[test]
fn logs_of_the_standard_library_are_joined_to_their_trace() {
    let Some(mut client) = tools::python("logs_correlated.py") else { return };
    let (_folder, server) = start();
    client.arg(server.base_url("otlp_http"));
    let sent: Vec<Value> = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    let joined = server.rows(
        "SELECT spans.name, spans.trace_id, logs.body, logs.severity_text, logs.exception_type, \
         logs.span_id FROM logs JOIN spans ON logs.trace_id = spans.trace_id \
         AND logs.span_id = spans.span_id ORDER BY logs.time",
    );
    let told: Vec<(&str, &str)> =
        joined.iter().map(|row| (text(row, "name"), text(row, "body"))).collect();
    assert_eq!(
        told,
        [
            ("order 0", "order 0 taken"),
            ("order 1", "order 1 taken"),
            ("order 1", "order failed"),
            ("order 2", "order 2 taken"),
        ]
    );
    assert_eq!(joined[2]["trace_id"], sent[1]["trace_id"]);
    assert_eq!(joined[2]["span_id"], sent[1]["span_id"]);
    assert_eq!(text(&joined[2], "exception_type"), "ValueError");
}
