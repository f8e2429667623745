//! Log pipelines: documents that change what is kept, without a restart.

use hannun_e2e::otlp::{self, attribute};
use hannun_e2e::server::run;
use hannun_e2e::{Server, eventually, now_ns, text};
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value::StringValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::{Value, json};

const CARD: &str = "4111 1111 1111 1111";

fn record(body: &str, severity_number: i32, attributes: &[(&str, &str)]) -> LogRecord {
    LogRecord {
        time_unix_nano: now_ns(),
        severity_number,
        body: Some(AnyValue { value: Some(StringValue(body.to_owned())) }),
        attributes: attributes.iter().map(|(key, value)| attribute(key, value)).collect(),
        ..LogRecord::default()
    }
}

/// Writes a folder of documents and applies it with the command line.
fn apply(server: &Server, documents: &[(&str, &str, Value)]) {
    let folder = tempfile::tempdir().unwrap();
    for (kind, id, body) in documents {
        let document = json!({"kind": kind, "id": id, "body": body});
        // JSON is YAML.
        let file = folder.path().join(format!("{kind}-{id}.yaml"));
        std::fs::write(file, document.to_string()).unwrap();
    }
    let output = run(&[
        "apply",
        "-f",
        folder.path().to_str().unwrap(),
        "--source",
        "logs",
        "--prune",
        "--data-dir",
        server.data_folder().to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    wait_for_rules(server, documents);
}

/// Puts one pipeline through the API; `revision` is the one it replaces.
fn put(server: &Server, kind: &str, id: &str, body: &Value, revision: i64) -> (u16, Value) {
    let client = hannun_e2e::http::Client::default();
    let owner = server.authorization();
    let headers = [("authorization", owner.as_str()), ("content-type", "application/json")];
    let url = format!("{}/api/v1/documents/{kind}/{id}", server.base_url("http"));
    let body = json!({"body": body, "expected_revision": revision}).to_string();
    let answer = client.request("PUT", &url, &headers, Some(body.as_bytes())).unwrap();
    (answer.status, answer.json())
}

fn status(server: &Server) -> Value {
    let answer = server.get("/api/v1/logs/pipelines/status").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn wait_for_rules(server: &Server, documents: &[(&str, &str, Value)]) {
    let pipelines = documents.iter().filter(|(kind, ..)| *kind == "log-pipeline").count();
    eventually("the pipelines are in force", 10, || {
        let status = status(server);
        status["pipelines"].as_array().unwrap().len() == pipelines
    });
}

fn rule(status: &Value, pipeline: usize, rule: usize) -> &Value {
    &status["pipelines"][pipeline]["rules"][rule]
}

#[test]
fn rules_apply_to_what_comes_next_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let health = || record("GET /healthz 200", 9, &[]);
    server.send_ok("logs", &otlp::logs("web", vec![health()]));
    let pipeline = json!({"name": "Web", "match": "service:web", "rules": [
        {"name": "health", "action": "drop", "match": "\"GET /healthz\""},
        {"name": "secrets", "action": "redact", "kinds": ["credit_card", "email"]},
        {"name": "line", "action": "parse", "format": "json", "match": "-order"},
        {"name": "short", "action": "retain", "match": "status:debug", "days": 3},
    ]});
    apply(&server, &[("log-pipeline", "web", pipeline)]);
    let batch = vec![
        health(),
        record(&format!("order paid with {CARD}"), 9, &[("customer", "kim@example.com")]),
        record(r#"{"level":"debug","took":12}"#, 0, &[]),
        record("not json", 17, &[]),
    ];
    server.send_ok("logs", &otlp::logs("web", batch));
    server.send_ok("logs", &otlp::logs("other", vec![health()]));

    let bodies = "SELECT service_name, body, pipeline_error, retention_days, severity_number, \
         attributes['customer'] AS customer, attributes['took'] AS took FROM logs ORDER BY time";
    let rows = server.rows(bodies);
    let shown: Vec<_> =
        rows.iter().map(|row| (text(row, "service_name"), text(row, "body"))).collect();
    assert_eq!(
        shown,
        [
            ("web", "GET /healthz 200"),
            ("web", "order paid with [redacted]"),
            ("web", r#"{"level":"debug","took":12}"#),
            ("web", "not json"),
            ("other", "GET /healthz 200"),
        ]
    );
    assert_eq!(rows[1]["customer"], json!("[redacted]"));
    assert_eq!((&rows[2]["severity_number"], &rows[2]["retention_days"]), (&json!(5), &json!(3)));
    assert_eq!(rows[2]["took"].to_string().trim_matches('"'), "12");
    assert_eq!(rows[3]["pipeline_error"], json!("Web/line: not a JSON object"));
    assert_eq!(server.number("SELECT count(*) AS n FROM logs WHERE has_text(body, '4111')"), 0);
    let status = status(&server);
    assert_eq!(rule(&status, 0, 0)["dropped_records"], json!(1));
    assert_eq!(rule(&status, 0, 1)["redactions"], json!(2));
    assert_eq!(rule(&status, 0, 2)["failed"], json!(1));

    // Taken away, nothing is dropped any more.
    apply(&server, &[]);
    server.send_ok("logs", &otlp::logs("web", vec![health()]));
    assert_eq!(server.number("SELECT count(*) AS n FROM logs WHERE body LIKE 'GET%'"), 3);
}

#[test]
fn a_pipeline_that_cannot_work_is_refused_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let body = json!({"name": "x", "rules": [
        {"action": "drop", "match": "service:web AND"},
        {"action": "parse", "format": "regex", "pattern": "(?<a>(?:x{1000}){1000})"},
        {"action": "parse", "format": "grok", "pattern": "%{NOPE:a}"},
    ]});
    let (status_code, answer) = put(&server, "log-pipeline", "x", &body, 0);
    assert_eq!(status_code, 422, "{answer}");
    let fields = answer["error"]["fields"].as_array().unwrap();
    let paths: Vec<_> = fields.iter().map(|field| field["path"].as_str().unwrap()).collect();
    let expected = ["/rules/0/match", "/rules/1/pattern", "/rules/2/pattern"];
    assert_eq!(paths.len(), 3, "{answer}");
    assert!(paths.iter().zip(expected).all(|(path, end)| path.ends_with(end)), "{paths:?}");
    assert!(fields[0]["message"].as_str().unwrap().contains("column 16"), "{answer}");
    let tried = server.post("/api/v1/logs/pipelines/try", &json!({"pipelines": [body]})).unwrap();
    assert_eq!((tried.status, tried.error_code().as_str()), (400, "invalid_request"));
    assert_eq!(status(&server)["pipelines"], json!([]));
}

#[test]
fn a_trial_tells_what_the_store_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut records = Vec::new();
    for number in 0..300 {
        let severity = if number % 30 == 0 { 17 } else { 9 };
        let body = match number % 3 {
            0 => format!("health check {number}"),
            1 => format!("order {number} placed by kim{number}@example.com"),
            _ => format!("cache miss {number}"),
        };
        records.push(record(&body, severity, &[("route", "/orders")]));
    }
    server.send_ok("logs", &otlp::logs("order", records));
    let request = json!({"pipelines": [{"name": "Less", "rules": [
        {"name": "orders", "action": "metric", "metric": "orders", "kind": "count", "match": "placed", "group_by": ["@route"]},
        {"name": "health", "action": "drop", "match": "health"},
        {"name": "mail", "action": "redact", "kinds": ["email"]},
        {"name": "quota", "action": "quota", "match": "cache", "bytes_per_day": 0},
    ]}]});
    let tried = server.post("/api/v1/logs/pipelines/try", &request).unwrap();
    assert_eq!(tried.status, 200, "{}", tried.text());
    let tried = tried.json();
    let truth = server.row(
        "SELECT count(*) AS records, sum(record_bytes) AS bytes,
            count(*) FILTER (WHERE body LIKE 'health%') AS health,
            count(*) FILTER (WHERE body LIKE 'health%' OR body LIKE 'cache%') AS dropped,
            sum(record_bytes) FILTER (WHERE body LIKE 'health%' OR body LIKE 'cache%') AS dropped_bytes,
            count(*) FILTER (WHERE severity_number >= 17
                AND (body LIKE 'health%' OR body LIKE 'cache%')) AS errors
         FROM logs",
    );
    for (field, column) in [
        ("records", "records"),
        ("bytes", "bytes"),
        ("dropped_records", "dropped"),
        ("dropped_bytes", "dropped_bytes"),
        ("dropped_errors", "errors"),
    ] {
        assert_eq!(tried[field], truth[column], "{field} in {tried}");
    }
    assert_eq!(tried["rules"][1]["dropped"], truth["health"]);
    assert_eq!((&tried["redactions"], &tried["failed"]), (&json!(100), &json!(0)));
    assert_eq!(tried["metrics"][0]["name"], json!("orders"));
    assert_eq!(tried.get("read_records"), Some(&Value::Null), "all were read");
    let examples = tried["examples"].as_array().unwrap();
    assert!(!examples.is_empty() && examples.len() <= 20);
    assert_eq!(server.count("logs"), 300, "nothing was touched");
    assert_eq!(status(&server)["pipelines"], json!([]));
}

#[test]
fn logs_become_metrics_that_count_what_was_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let pipeline = json!({"name": "Orders", "rules": [
        {"action": "metric", "metric": "log.orders", "kind": "count", "match": "placed", "group_by": ["@region"]},
        {"action": "metric", "metric": "log.order.price", "kind": "sum", "match": "placed", "value": "@price", "unit": "KRW"},
        {"action": "metric", "metric": "log.order.took", "kind": "distribution", "match": "placed", "value": "@took", "unit": "ms"},
        {"action": "sample", "match": "placed", "keep_percent": 20, "by": "@order"},
        {"action": "metric", "metric": "log.orders.after", "kind": "count", "match": "placed"},
    ]});
    apply(&server, &[("log-pipeline", "orders", pipeline)]);
    for round in 0..4 {
        let records = (0..500).map(|number| {
            let order = format!("o{}", round * 500 + number);
            let region = if number % 5 == 0 { "busan" } else { "seoul" };
            let attributes =
                [("order", order.as_str()), ("region", region), ("price", "1000"), ("took", "8")];
            record("order placed", 9, &attributes)
        });
        server.send_ok("logs", &otlp::logs("order", records.collect()));
    }
    let total = |metric: &str, region: &str| {
        server.number(&format!(
            "SELECT CAST(sum(value) AS BIGINT) AS n FROM metric_points
             WHERE metric_name = '{metric}' {region}"
        ))
    };
    assert_eq!(total("log.orders", ""), 2000);
    assert_eq!(total("log.orders", "AND attributes['region'] = 'busan'"), 400);
    assert_eq!(total("log.order.price", ""), 2_000_000);
    let took = server.row(
        "SELECT sum(count) AS count, sum(sum) AS sum, max(max) AS max FROM metric_points
         WHERE metric_name = 'log.order.took'",
    );
    assert_eq!((took["count"].as_u64(), took["sum"].as_f64()), (Some(2000), Some(16_000.0)));
    let kept = server.count("logs");
    assert!((300..500).contains(&kept), "{kept} of 2000 at 20 %");
    let stands_for = server.number("SELECT CAST(sum(adjusted_count) AS BIGINT) AS n FROM logs");
    assert_eq!((stands_for, total("log.orders.after", "")), (kept * 5, kept * 5));
    let service = server.row("SELECT DISTINCT service_name, scope_name FROM metric_points WHERE metric_name LIKE 'log.%'");
    assert_eq!(
        (text(&service, "service_name"), text(&service, "scope_name")),
        ("order", "log-pipeline/orders")
    );
}

#[test]
fn kept_traces_keep_all_their_logs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let pipeline = json!({"name": "Traces", "rules": [
        {"action": "sample", "keep_percent": 30, "match": "-status:error"},
    ]});
    apply(&server, &[("log-pipeline", "traces", pipeline)]);
    // The logs of one trace come from three services, in requests of their own.
    for service in ["gateway", "order", "payment"] {
        let records = (1..=200_u64).map(|trace| {
            let mut trace_id = 0x5eed_u64.to_be_bytes().to_vec();
            trace_id.extend_from_slice(&trace.to_be_bytes());
            LogRecord { trace_id, ..record("step", 9, &[]) }
        });
        server.send_ok("logs", &otlp::logs(service, records.collect()));
    }
    let traces = server.rows("SELECT trace_id, count(*) AS n FROM logs GROUP BY trace_id");
    assert!((30..90).contains(&traces.len()), "{} of 200 at 30 %", traces.len());
    assert!(traces.iter().all(|row| row["n"] == json!(3)), "{traces:?}");
}

#[test]
fn a_quota_holds_for_the_day_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let pipeline = json!({"name": "Quota", "rules": [
        {"action": "quota", "match": "-status:error", "bytes_per_day": "1KB"},
    ]});
    apply(&server, &[("log-pipeline", "quota", pipeline)]);
    let lines = |count: usize, severity: i32| {
        let line = "x".repeat(100);
        (0..count).map(|_| record(&line, severity, &[])).collect::<Vec<_>>()
    };
    server.send_ok("logs", &otlp::logs("noisy", lines(15, 9)));
    server.send_ok("logs", &otlp::logs("noisy", lines(3, 17)));
    server.send_ok("logs", &otlp::logs("quiet", lines(1, 9)));
    let count = |server: &Server, service: &str| {
        server.number(&format!("SELECT count(*) AS n FROM logs WHERE service_name = '{service}'"))
    };
    assert_eq!((count(&server, "noisy"), count(&server, "quiet")), (13, 1));
    assert_eq!(rule(&status(&server), 0, 0)["quota_dropped"], json!(5));
    server.stop();
    let server = Server::start(folder.path());
    // The first records after the start are counted with those before it.
    server.send_ok("logs", &otlp::logs("noisy", lines(1, 9)));
    server.send_ok("logs", &otlp::logs("quiet", lines(1, 9)));
    assert_eq!((count(&server, "noisy"), count(&server, "quiet")), (13, 2));
}

#[test]
fn containers_are_left_out_as_an_agent_would() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let filter = json!({"include": ["name:^nginx-keep$"], "exclude": ["image:^nginx$", "kube_namespace:^kube-system$"]});
    apply(&server, &[("log-container-filter", "default", filter)]);
    let send = |image: &str, name: &str, namespace: &str| {
        // A request that repeats another is taken for a retry.
        let line = format!("a line at {}", now_ns());
        let body = json!({"resourceLogs": [{
            "resource": {"attributes": [
                {"key": "container.image.name", "value": {"stringValue": image}},
                {"key": "container.name", "value": {"stringValue": name}},
                {"key": "k8s.namespace.name", "value": {"stringValue": namespace}},
            ]},
            "scopeLogs": [{"logRecords": [{"body": {"stringValue": line}}]}],
        }]});
        let url = server.otlp_url("logs");
        let headers = [("content-type", "application/json")];
        let client = hannun_e2e::http::Client::default();
        let answer = client.post(&url, &headers, body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    eventually("the filter is in force", 10, || {
        let before = server.count("logs");
        send("nginx:1.25", "nginx", "shop");
        server.count("logs") == before
    });
    let before = server.count("logs");
    send("nginx", "nginx-keep", "shop");
    send("shop/order:1", "order", "shop");
    send("coredns", "coredns", "kube-system");
    assert_eq!(server.count("logs"), before + 2);
    assert!(status(&server)["containers_dropped"].as_u64().unwrap() >= 2);
}

#[test]
fn a_service_with_too_many_keys_is_pointed_out_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    for round in 0..20 {
        let records = (0..500).map(|number| {
            let key = format!("user_{}", round * 500 + number);
            record("line", 9, &[(key.as_str(), "1")])
        });
        server.send_ok("logs", &otlp::logs("careless", records.collect()));
    }
    let warnings = status(&server)["warnings"].clone();
    assert_eq!(warnings[0]["service"], json!("careless"));
    assert_eq!(warnings[0]["kind"], json!("too_many_keys"));
    assert_eq!(
        server.number("SELECT count(*) AS n FROM logs WHERE attributes['user_9999'] = '1'"),
        1
    );
}
