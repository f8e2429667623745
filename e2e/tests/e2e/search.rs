//! The search language over HTTP and on the command line, over logs and spans that came as OTLP.

use hannun_e2e::server::{rows_of, run};
use hannun_e2e::{Server, now_ns, otlp, text};
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use serde_json::{Value, json};

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn log(id: u64, severity: i32, body: &str, attributes: Vec<KeyValue>) -> LogRecord {
    let body = any_value::Value::StringValue(body.to_owned());
    LogRecord {
        severity_number: severity,
        severity_text: String::new(),
        body: Some(AnyValue { value: Some(body) }),
        attributes,
        ..otlp::log(id, now_ns() - 60_000_000_000 + id)
    }
}

/// A server with four log records and two spans of known values, a minute old.
fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let int = |value| any_value::Value::IntValue(value);
    let item = |text: &str| {
        let value = Some(any_value::Value::StringValue(text.to_owned()));
        AnyValue { value }
    };
    let list = any_value::Value::ArrayValue(ArrayValue { values: vec![item("red"), item("blue")] });
    let web = vec![
        log(1, 9, "GET /checkout", vec![attribute("http.response.status_code", int(200))]),
        log(2, 17, "GET /checkout timed out", vec![attribute("http.status_code", int(504))]),
    ];
    let pay = vec![
        log(3, 17, "신용카드결제가 실패", vec![otlp::attribute("user", "김민수")]),
        log(4, 13, "slow answer", vec![attribute("tags", list), otlp::attribute("ip", "10.1.2.3")]),
    ];
    server.send_ok("logs", &otlp::logs("web", web));
    server.send_ok("logs", &otlp::logs("pay", pay));
    let spans = (1..=2_u64).map(|id| {
        let start = now_ns() - 60_000_000_000;
        let mut span = otlp::span(id, start);
        span.end_time_unix_nano = start + id * 1_000_000_000;
        span
    });
    server.send_ok("traces", &otlp::traces("web", spans.collect()));
    (folder, server)
}

fn search(server: &Server, body: &Value) -> hannun_e2e::Response {
    server.post("/api/v1/search", body).unwrap()
}

fn messages(server: &Server, query: &str) -> Vec<String> {
    let answer = search(server, &json!({"query": query}));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let rows = rows_of(answer.json());
    rows.iter().map(|row| text(row, "message").to_owned()).collect()
}

#[test]
fn logs_are_found_newest_first() {
    let (_folder, server) = server();
    assert_eq!(
        messages(&server, "*"),
        ["slow answer", "신용카드결제가 실패", "GET /checkout timed out", "GET /checkout"]
    );
    for (query, expected) in [
        ("service:web \"timed out\"", "GET /checkout timed out"),
        ("결제", "신용카드결제가 실패"),
        ("@http.status_code:>=500", "GET /checkout timed out"),
        ("@http.response.status_code:2*", "GET /checkout"),
        ("@tags:blue", "slow answer"),
        ("CIDR(@ip, 10.0.0.0/8)", "slow answer"),
        ("*:김민수", "신용카드결제가 실패"),
        ("status:error -service:web", "신용카드결제가 실패"),
        ("status:warn", "slow answer"),
    ] {
        assert_eq!(messages(&server, query), [expected], "{query}");
    }
    assert_eq!(messages(&server, "nothing").len(), 0);
}

#[test]
fn spans_are_found_and_grouped() {
    let (_folder, server) = server();
    let body = json!({"query": "service:web @duration:>1.5s", "source": "spans"});
    let rows = rows_of(search(&server, &body).json());
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["duration"], json!(2_000_000_000));
    let body = json!({
        "query": "* | stats count(), max(duration) by service",
        "source": "spans",
        "format": "columns",
    });
    let answer = search(&server, &body).json();
    assert_eq!(answer["rows"], json!([["web", 2, 2_000_000_000]]));
    assert_eq!(answer["columns"][2]["name"], "max(duration)");
    let old = json!({"query": "*", "from_ms": 0, "to_ms": 1000});
    assert_eq!(search(&server, &old).json(), json!([]));
    let patterns = json!({"query": "* | patterns", "source": "spans"});
    let refused = search(&server, &patterns);
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("patterns are found in logs only"), "{}", refused.text());
}

#[test]
fn an_error_names_its_column_and_what_was_expected() {
    let (_folder, server) = server();
    let answer = search(&server, &json!({"query": "결제 status:wrong"}));
    assert_eq!((answer.status, answer.error_code().as_str()), (400, "invalid_search"));
    let error = &answer.json()["error"];
    assert_eq!(error["position"], json!(10));
    assert_eq!(error["fields"][0]["path"], "/query");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("column 11: \"wrong\" is no status; expected trace"), "{message}");
    let deep = format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000));
    for query in [deep.as_str(), &"x ".repeat(50_000), "a | sort", "@a:[1 TO", "\"open"] {
        let answer = search(&server, &json!({"query": query}));
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.error_code(), "invalid_search");
    }
    assert_eq!(search(&server, &json!({"query": "*", "source": "cats"})).status, 400);
    assert_eq!(search(&server, &json!({"query": "*", "format": "xml"})).status, 400);
    let many = (0..490).map(|word| format!("w{word}")).collect::<Vec<_>>().join(" OR ");
    let answer = search(&server, &json!({"query": many}));
    assert_eq!((answer.status, answer.json()), (200, json!([])));
}

#[test]
fn a_search_is_explained_in_sql_that_gives_the_same_answer() {
    let (_folder, server) = server();
    let body = json!({"query": "status:error AND (a OR checkout) | top 3 service"});
    let answer = server.post("/api/v1/search/explain", &body).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let explained = answer.json();
    assert_eq!(explained["filter_text"], "status:error (a OR checkout)");
    assert_eq!(explained["stages"], json!(["top 3 service"]));
    let sql = explained["sql"].as_str().unwrap();
    let by_sql = server.sql(&json!({"query": sql})).json();
    assert_eq!(by_sql, json!([{"service": "web", "count": 1}]));
    assert_eq!(search(&server, &body).json(), by_sql);
}

#[test]
fn completion_suggests_what_the_rows_have() {
    let (_folder, server) = server();
    let items = |query: &str| {
        let path = format!("/api/v1/search/complete?source=logs&query={query}");
        let answer = server.get(&path).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let services = items("service:");
    assert_eq!(services["from"], json!(8));
    let service = |name: &str| json!({"insert": name, "label": name, "kind": "value", "detail": "", "count": 2});
    assert_eq!(services["items"], json!([service("pay"), service("web")]));
    assert_eq!(items("@us")["items"][0]["insert"], "@user:");
    assert_eq!(items("a%20%7C%20sta")["items"][0]["kind"], "stage");
    let path = "/api/v1/search/complete?source=logs&query=service:w%20x&cursor=9";
    let completed = server.get(path).unwrap().json();
    assert_eq!((&completed["from"], &completed["to"]), (&json!(8), &json!(9)));
    assert_eq!(completed["items"][0]["label"], "web");
}

#[test]
fn the_command_line_searches_with_and_without_a_server() {
    let (_folder, server) = server();
    let data = server.data_folder().to_owned();
    let data = data.to_str().unwrap();
    let arguments = ["search", "--data-dir", data, "-service:web status:error", "--format", "json"];
    let with_server = run(&arguments);
    assert!(with_server.status.success(), "{}", String::from_utf8_lossy(&with_server.stderr));
    let rows = rows_of(serde_json::from_slice(&with_server.stdout).unwrap());
    assert_eq!(rows.len(), 1);
    assert_eq!(text(&rows[0], "message"), "신용카드결제가 실패");
    server.stop();
    let without = run(&arguments);
    assert!(without.status.success(), "{}", String::from_utf8_lossy(&without.stderr));
    assert_eq!(rows_of(serde_json::from_slice(&without.stdout).unwrap()), rows);
    let spans = ["search", "--data-dir", data, "--source", "spans", "* | stats count()"];
    let spans = run(&spans);
    assert!(String::from_utf8_lossy(&spans.stdout).contains("| 2 "), "{spans:?}");
    let explained = run(&["search", "--data-dir", data, "--explain", "service:web"]);
    let sql = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(sql.contains("service_name = 'web'"), "{sql}");
    let old =
        ["search", "--data-dir", data, "*", "--to", "2020-01-01T00:00:00Z", "--format", "csv"];
    let old = run(&old);
    assert_eq!(String::from_utf8_lossy(&old.stdout).lines().count(), 1, "{old:?}");
    let wrong = run(&["search", "--data-dir", data, "service:web AND"]);
    let told = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && told.contains("column 16"), "{told}");
    assert!(told.contains("\n                 ^"), "{told}");
}
