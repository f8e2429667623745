//! The official Python SDK over gRPC and HTTP (gzip): every value it sent is in the tables.

use hannun_e2e::{Row, Server, int, now_ns, text, tools};
use serde_json::{Value, json};

/// Runs a client against a fresh server; the server, the time it was given and what it printed.
fn run_client(script: &str, protocol: &str) -> Option<(tempfile::TempDir, Server, u64, Value)> {
    let mut client = tools::python(script)?;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let listener = if protocol == "grpc" { "otlp_grpc" } else { "otlp_http" };
    let time_ns = now_ns() - 60_000_000_000;
    client.args([protocol, &server.base_url(listener), &time_ns.to_string()]);
    let printed = tools::output_of(&mut client);
    Some((folder, server, time_ns, serde_json::from_str(&printed).unwrap()))
}

fn span(server: &Server, span_id: &Value) -> Row {
    server.row(&format!(
        "SELECT *, cast(start_time AS bigint) AS start_ns FROM spans WHERE span_id = '{}'",
        span_id.as_str().unwrap()
    ))
}

/// A JSON column, whether it is shown as JSON or as its text.
fn json_of(row: &Row, column: &str) -> Value {
    match &row[column] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

fn assert_root_span(server: &Server, sent: &Value, time_ns: i64) {
    let root = span(server, &sent["root"]["span_id"]);
    assert_eq!(root["trace_id"], sent["root"]["trace_id"]);
    assert_eq!(root["parent_span_id"], Value::Null);
    assert_eq!(text(&root, "name"), "POST /checkout");
    assert_eq!(text(&root, "kind"), "server");
    assert_eq!(int(&root, "start_ns"), time_ns);
    assert_eq!(int(&root, "duration"), 1_234_567);
    assert_eq!(text(&root, "status_code"), "error");
    assert_eq!(text(&root, "status_message"), "upstream failed");
    assert_eq!(text(&root, "service_name"), "결제-api");
    assert_eq!(text(&root, "service_version"), "1.2.3");
    assert_eq!(text(&root, "deployment_environment_name"), "staging");
    assert_eq!(text(&root, "host_name"), "node-7");
    assert_eq!(json_of(&root, "resource_attributes")["team"], "payments");
    assert_eq!(text(&root, "scope_name"), "e2e.traces");
    assert_eq!(text(&root, "scope_version"), "0.9");
    assert_eq!(text(&root, "http_request_method"), "POST");
    assert_eq!(int(&root, "http_response_status_code"), 502);
    let attributes = json_of(&root, "attributes");
    for (key, value) in [
        ("text", json!("안녕하세요")),
        ("int", json!(9_007_199_254_740_993_i64)),
        ("int_min", json!(i64::MIN)),
        ("double", json!(0.1)),
        ("double_whole", json!(3.0)),
        ("bool", json!(true)),
        ("texts", json!(["a", "나"])),
        ("ints", json!([1, 2])),
        ("doubles", json!([1.5, 2.5])),
        ("bools", json!([true, false])),
        ("empty_text", json!("")),
    ] {
        assert_eq!(attributes[key], value, "{key}");
    }
    let events = json_of(&root, "events");
    assert_eq!(events.as_array().unwrap().len(), 2);
    assert_eq!(events[0]["name"], "retry");
    assert_eq!(events[0]["attributes"], json!({"attempt": 2, "reason": "시간 초과"}));
    assert_eq!(events[0]["time"], json!(time_ns + 1_000));
    assert_eq!(events[1]["name"], "exception");
    assert_eq!(events[1]["attributes"]["exception.message"], "card declined");
}

fn traces_arrive_exactly(protocol: &str) {
    let Some((_folder, server, time_ns, sent)) = run_client("traces.py", protocol) else { return };
    let time_ns = i64::try_from(time_ns).unwrap();
    assert_root_span(&server, &sent, time_ns);

    let child = span(&server, &sent["child"]["span_id"]);
    assert_eq!(child["parent_span_id"], sent["root"]["span_id"]);
    assert_eq!(child["trace_id"], sent["root"]["trace_id"]);
    assert_eq!(text(&child, "kind"), "client");
    assert_eq!(child["status_code"], Value::Null);
    assert_eq!(int(&child, "duration"), 1_000);
    assert_eq!(text(&child, "db_system_name"), "postgresql");
    assert_eq!(text(&child, "db_query_text"), "SELECT 1");
    let links = json_of(&child, "links");
    assert_eq!(links.as_array().unwrap().len(), 1);
    assert_eq!(links[0]["trace_id"], sent["other"]["trace_id"]);
    assert_eq!(links[0]["span_id"], sent["other"]["span_id"]);
    assert_eq!(links[0]["attributes"], json!({"why": "batch"}));

    let other = span(&server, &sent["other"]["span_id"]);
    assert_eq!(text(&other, "kind"), "producer");
    assert_eq!(text(&other, "status_code"), "ok");
    assert_eq!(int(&other, "duration"), 7);

    let bulk = server.row(
        "SELECT count(*) AS n, count(DISTINCT name) AS names, sum(duration) AS total \
         FROM spans WHERE name LIKE 'bulk-%'",
    );
    assert_eq!((int(&bulk, "n"), int(&bulk, "names"), int(&bulk, "total")), (600, 600, 3_000));
    assert_eq!(server.count("spans"), 603);
}

#[test]
fn python_traces_arrive_exactly_over_grpc() {
    traces_arrive_exactly("grpc");
}

#[test]
fn python_traces_arrive_exactly_over_http_with_gzip() {
    traces_arrive_exactly("http");
}

fn logs_arrive_exactly(protocol: &str) {
    let Some((_folder, server, time_ns, sent)) = run_client("logs.py", protocol) else { return };
    let time_ns = i64::try_from(time_ns).unwrap();
    let rows = server.rows(
        "SELECT *, cast(time AS bigint) AS time_ns, cast(observed_time AS bigint) AS observed_ns \
         FROM logs WHERE body NOT LIKE 'bulk%' ORDER BY time",
    );
    assert_eq!(rows.len(), 5);
    let first = &rows[0];
    assert_eq!(text(first, "body"), "결제가 실패했습니다: 한도 초과");
    assert_eq!(first["body_type"], Value::Null);
    assert_eq!(int(first, "time_ns"), time_ns + 1);
    assert_eq!(int(first, "observed_ns"), time_ns + 501);
    assert_eq!(int(first, "severity_number"), 17);
    assert_eq!(text(first, "severity_text"), "ERROR");
    assert_eq!(first["trace_id"], sent["trace_id"]);
    assert_eq!(first["span_id"], sent["span_id"]);
    assert_eq!(text(first, "service_name"), "주문-worker");
    assert_eq!(text(first, "deployment_environment_name"), "prod");
    assert_eq!(text(first, "user_id"), "u-1");
    assert_eq!(json_of(first, "attributes")["order.id"], json!(42));

    assert_eq!(text(&rows[1], "event_name"), "app.started");
    assert_eq!(rows[1]["trace_id"], Value::Null);
    let attributes = json_of(&rows[1], "attributes");
    assert_eq!((&attributes["ratio"], &attributes["ok"]), (&json!(0.25), &json!(false)));

    assert_eq!(text(&rows[2], "body_type"), "json");
    let expected = json!({"key": "값", "count": 9_007_199_254_740_993_i64});
    assert_eq!(json_of(&rows[2], "body"), expected);
    assert_eq!((text(&rows[3], "body"), text(&rows[3], "body_type")), ("17", "int"));
    assert_eq!(json_of(&rows[4], "body"), json!(["a", 1]));

    let bulk = "SELECT count(DISTINCT body) AS n FROM logs WHERE severity_number = 5";
    assert_eq!(server.number(bulk), 700);
    assert_eq!(server.count("logs"), 705);
}

#[test]
fn python_logs_arrive_exactly_over_grpc() {
    logs_arrive_exactly("grpc");
}

#[test]
fn python_logs_arrive_exactly_over_http_with_gzip() {
    logs_arrive_exactly("http");
}

/// The latest point of this metric, and of this attribute value when one is named.
fn latest(server: &Server, metric: &str, attribute: Option<(&str, &str)>) -> Row {
    let wanted = attribute.map_or(json!({}), |(key, value)| json!({key: value}));
    let rows = server.rows(&format!(
        "SELECT * FROM metric_points WHERE metric_name = '{metric}' ORDER BY time DESC"
    ));
    rows.into_iter()
        .find(|row| {
            let attributes = match &row["attributes"] {
                Value::Null => json!({}),
                _ => json_of(row, "attributes"),
            };
            attributes == wanted
        })
        .unwrap_or_else(|| panic!("no point of {metric} with {wanted}"))
}

fn metrics_arrive_exactly(protocol: &str) {
    let Some((_folder, server, _, _)) = run_client("metrics.py", protocol) else { return };
    let counter = latest(&server, "requests", Some(("route", "/a")));
    assert_eq!(text(&counter, "metric_type"), "sum");
    assert_eq!(int(&counter, "value_int"), 9_007_199_254_740_993);
    assert_eq!(counter["is_monotonic"], json!(true));
    assert_eq!(text(&counter, "aggregation_temporality"), "cumulative");
    assert_eq!(text(&counter, "metric_description"), "요청 수");
    assert_eq!(text(&counter, "metric_unit"), "1");
    assert_eq!(text(&counter, "scope_version"), "2.0");
    assert_eq!(int(&latest(&server, "requests", Some(("route", "/나"))), "value_int"), 2);

    let queue = latest(&server, "queue", Some(("name", "mail")));
    assert_eq!((int(&queue, "value_int"), &queue["is_monotonic"]), (-5, &json!(false)));

    let latency = latest(&server, "latency", Some(("route", "/a")));
    assert_eq!(text(&latency, "metric_type"), "histogram");
    assert_eq!(int(&latency, "count"), 4);
    assert_eq!(latency["sum"], json!(5105.5));
    assert_eq!((&latency["min"], &latency["max"]), (&json!(5.0), &json!(5000.0)));
    assert_eq!(latency["explicit_bounds"], json!([10.0, 100.0, 1000.0]));
    assert_eq!(latency["bucket_counts"], json!([1, 2, 0, 1]));

    let payload = latest(&server, "payload", None);
    assert_eq!(text(&payload, "metric_type"), "exponential_histogram");
    assert_eq!((int(&payload, "count"), int(&payload, "zero_count")), (5, 1));
    assert_eq!(payload["sum"], json!(1007.0));
    let buckets = payload["positive_bucket_counts"].as_array().unwrap();
    assert_eq!(buckets.iter().filter_map(Value::as_u64).sum::<u64>(), 4);
    assert!(payload["scale"].is_i64() || payload["scale"].is_u64());

    let temperature = latest(&server, "temperature", Some(("room", "서버실")));
    assert_eq!(text(&temperature, "metric_type"), "gauge");
    assert_eq!(temperature["value"], json!(21.5));
    assert_eq!(temperature["value_int"], Value::Null);
    assert_eq!(int(&latest(&server, "ticks", None), "value_int"), 7);

    // One series, however often it was exported.
    let series = server.rows(
        "SELECT metric_name, count(DISTINCT series_id) AS n FROM metric_points \
         GROUP BY metric_name ORDER BY metric_name",
    );
    let series: Vec<_> =
        series.iter().map(|row| (text(row, "metric_name"), int(row, "n"))).collect();
    let expected = [
        ("latency", 1),
        ("payload", 1),
        ("queue", 1),
        ("requests", 2),
        ("temperature", 1),
        ("ticks", 1),
    ];
    assert_eq!(series, expected);
}

#[test]
fn python_metrics_arrive_exactly_over_grpc() {
    metrics_arrive_exactly("grpc");
}

#[test]
fn python_metrics_arrive_exactly_over_http_with_gzip() {
    metrics_arrive_exactly("http");
}
