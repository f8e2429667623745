//! API clients of Datadog's backend, and a logger that ships to two places at once.

use hannun_e2e::{Server, int, now_ns, text, tools};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

fn start() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    (folder, server)
}

/// A whole second of a minute ago.
fn seconds() -> i64 {
    i64::try_from(now_ns() / 1_000_000_000).unwrap() - 60
}

/// A JSON column, whether it is shown as JSON or as its text.
fn json_of(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    }
}

/// Name, type, value and start of the points of metrics whose names begin so.
fn points(server: &Server, prefix: &str) -> Vec<(String, String, f64, Option<i64>)> {
    let rows = server.rows(&format!(
        "SELECT metric_name, metric_type, value, \
         cast(time AS bigint) - cast(start_time AS bigint) AS covers_ns FROM metric_points \
         WHERE metric_name LIKE '{prefix}%' AND value IS NOT NULL ORDER BY metric_name, time"
    ));
    let point = |row: &hannun_e2e::Row| {
        let value = row["value"].as_f64().unwrap();
        let (name, kind) = (text(row, "metric_name"), text(row, "metric_type"));
        (name.to_owned(), kind.to_owned(), value, row["covers_ns"].as_i64())
    };
    rows.iter().map(point).collect()
}

#[test]
fn the_first_api_client_sends_metrics_events_and_checks() {
    let Some(mut client) = tools::datadog_python("datadog_api_v1.py", tools::DDTRACE_4) else {
        return;
    };
    let (_folder, server) = start();
    let seconds = seconds();
    client.args([server.base_url("datadog"), seconds.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    for name in ["gauge", "list", "again", "distribution", "event", "check"] {
        assert_eq!(told[name], json!({"status": "ok"}), "{name}");
    }
    let old = told["old"].as_str().unwrap();
    assert!(old.contains("older than the retention"), "{old}");

    let covered = Some(10_000_000_000);
    let sum = |name: &str, value, covers| (name.to_owned(), "sum".to_owned(), value, covers);
    let gauge = |name: &str, value| (name.to_owned(), "gauge".to_owned(), value, None);
    assert_eq!(
        points(&server, "shop."),
        [
            // Sent twice, kept once.
            sum("shop.again", 5.0, None),
            gauge("shop.db", 2.0),
            sum("shop.hits", 5.0, covered),
            sum("shop.orders", 7.0, covered),
            gauge("shop.queue", 3.5),
            gauge("shop.queue", 4.0),
        ]
    );
    let queue = server.row(
        "SELECT *, cast(time AS bigint) AS time_ns FROM metric_points \
         WHERE metric_name = 'shop.queue' AND value = 3.5",
    );
    assert_eq!(int(&queue, "time_ns"), seconds * 1_000_000_000);
    assert_eq!((text(&queue, "service_name"), text(&queue, "host_name")), ("shop", "web-2"));
    assert_eq!(text(&queue, "deployment_environment_name"), "prod");
    assert_eq!(text(&queue, "cloud_region"), "kr");
    let attributes = json_of(&queue["attributes"]);
    assert_eq!(attributes, json!({"status": "paid", "team": ["a", "b"]}));
    let latency =
        server.rows("SELECT * FROM metric_points WHERE metric_name = 'shop.latency' ORDER BY time");
    assert_eq!(latency.len(), 2);
    let figures =
        |at: usize| ["count", "sum", "min", "max"].map(|name| latency[at][name].as_f64().unwrap());
    assert_eq!(figures(0), [3.0, 103.0, 1.0, 100.0]);
    assert_eq!(figures(1), [1000.0, 8000.0, 8.0, 8.0]);
    the_event_and_the_check(&server, seconds);
}

fn the_event_and_the_check(server: &Server, seconds: i64) {
    let event = server.row(
        "SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE event_name = 'datadog.event'",
    );
    assert_eq!(text(&event, "body"), "Deployed 주문\nversion 2\nis out");
    assert_eq!((int(&event, "severity_number"), text(&event, "severity_text")), (13, "warning"));
    assert_eq!(int(&event, "time_ns"), seconds * 1_000_000_000);
    assert_eq!((text(&event, "service_name"), text(&event, "host_name")), ("shop", "web-1"));
    let attributes = json_of(&event["attributes"]);
    assert_eq!(attributes["datadog.event.title"], "Deployed 주문");
    assert_eq!(attributes["datadog.event.aggregation_key"], "deploy");
    assert_eq!(attributes["datadog.event.source_type"], "ci");
    let check = server.row("SELECT * FROM logs WHERE event_name = 'datadog.service_check'");
    assert_eq!(text(&check, "body"), "connection refused");
    assert_eq!((int(&check, "severity_number"), text(&check, "host_name")), (17, "web-1"));
    assert_eq!(text(&check, "deployment_environment_name"), "prod");
    assert_eq!(json_of(&check["attributes"])["datadog.service_check.name"], "shop.db");
}

#[test]
fn the_api_client_sends_metrics_and_logs_in_each_of_its_codings() {
    let Some(mut client) = tools::datadog_python("datadog_api_v2.py", tools::DDTRACE_4) else {
        return;
    };
    let (_folder, server) = start();
    let seconds = seconds();
    client.args([server.address("datadog"), seconds.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    assert_eq!((&told["valid"], &told["logs"]), (&json!({"valid": true}), &json!({})));
    for name in ["gauge", "count", "rate", "unspecified", "again"] {
        assert_eq!(told[name], json!({"errors": []}), "{name}");
    }
    for name in ["distribution", "check", "event"] {
        assert_eq!(told[name], json!({"status": "ok"}), "{name}");
    }
    let covered = Some(20_000_000_000);
    let sum = |name: &str, value| (name.to_owned(), "sum".to_owned(), value, covered);
    let gauge = |name: &str, value| (name.to_owned(), "gauge".to_owned(), value, None);
    assert_eq!(
        points(&server, "api."),
        [
            sum("api.count", 1.25),
            sum("api.count", 2.5),
            // Sent twice, kept once.
            gauge("api.gauge", 1.25),
            gauge("api.gauge", 2.5),
            sum("api.rate", 25.0),
            sum("api.rate", 50.0),
            gauge("api.unspecified", 1.25),
            gauge("api.unspecified", 2.5),
            gauge("api.up", 1.0),
        ]
    );
    let row =
        server.row("SELECT * FROM metric_points WHERE metric_name = 'api.count' AND value = 1.25");
    assert_eq!((text(&row, "host_name"), text(&row, "service_version")), ("web-1", "7"));
    assert_eq!(text(&row, "metric_unit"), "order");
    assert_eq!(json_of(&row["attributes"]), json!({"queue": "orders"}));
    let size = server.row("SELECT * FROM metric_points WHERE metric_name = 'api.size'");
    assert_eq!((int(&size, "count"), size["sum"].as_f64()), (3, Some(7.5)));

    let counted = server.row(
        "SELECT count(*) AS n, count(DISTINCT body) AS bodies, count(DISTINCT time) AS times \
         FROM logs WHERE service_name = 'shop'",
    );
    let counted = ["n", "bodies", "times"].map(|name| int(&counted, name));
    assert_eq!(counted, [30, 30, 30]);
    let log = server
        .row("SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE body = 'order 17 주문'");
    assert_eq!(int(&log, "time_ns"), (seconds * 1000 + 17) * 1_000_000);
    assert_eq!((int(&log, "severity_number"), text(&log, "host_name")), (13, "web-1"));
    assert_eq!(text(&log, "deployment_environment_name"), "prod");
    assert_eq!(text(&log, "trace_id"), "6551e0a7000000000fedcba987654321");
    assert_eq!(text(&log, "span_id"), "123456789abcdef0");
    let attributes = json_of(&log["attributes"]);
    let expected = json!({"ddsource": "python", "team": "a", "shared": "yes", "order": {"id": 17}});
    assert_eq!(attributes, expected);
}

/// A stand-in for Datadog: takes logs, says so, and counts them.
struct Double {
    address: String,
    records: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Double {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let double =
            Self { address, records: Arc::default(), is_over: Arc::new(AtomicBool::new(false)) };
        let (records, is_over) = (double.records.clone(), double.is_over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let records = records.clone();
                std::thread::spawn(move || take_log(stream.unwrap(), &records));
            }
        });
        double
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect(self.address.trim_start_matches("http://"));
    }
}

/// Reads one request, each of which has one record, and answers it as Datadog does.
fn take_log(mut stream: std::net::TcpStream, records: &AtomicUsize) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap_or(0);
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let head_bytes = text.find("\r\n\r\n").map(|at| at + 4);
        let length = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
        if read == 0 {
            return;
        }
        if let (Some(head_bytes), Some(length)) = (head_bytes, length)
            && request.len() >= head_bytes + length
        {
            assert!(text.starts_with("post /api/v2/logs"), "{text}");
            assert!(text.contains("dd-api-key: a-key-of-datadog"), "{text}");
            break;
        }
    }
    records.fetch_add(1, Ordering::Relaxed);
    let answer = "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\n\
                  content-length: 2\r\nconnection: close\r\n\r\n{}";
    let _ = stream.write_all(answer.as_bytes());
}

/// Runs the logger; what it counted.
fn ship(first: &str, second: &str, start_ms: i64, records: usize) -> Option<Value> {
    let mut client = tools::node("datadog_api_pino.mjs")?;
    client.args([first, second, &start_ms.to_string(), &records.to_string()]);
    Some(serde_json::from_str(&tools::output_of(&mut client)).unwrap())
}

#[test]
fn a_logger_ships_to_datadog_and_here_at_once() {
    let double = Double::start();
    let (_folder, server) = start();
    let start_ms = seconds() * 1000;
    let address = server.base_url("datadog");
    let Some(told) = ship(&double.address, &address, start_ms, 25) else { return };
    assert_eq!(told, json!({"sent": [25, 25], "failed": [0, 0]}));
    assert_eq!(double.records.load(Ordering::Relaxed), 25);
    assert_eq!(server.count("logs"), 25);
    let row = server
        .row("SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE body = 'paid 7 주문'");
    assert_eq!(int(&row, "time_ns"), (start_ms + 7) * 1_000_000);
    assert_eq!((text(&row, "service_name"), int(&row, "severity_number")), ("checkout", 13));
    assert_eq!(text(&row, "deployment_environment_name"), "prod");
    assert_eq!(text(&row, "service_version"), "3");
    assert_eq!(text(&row, "trace_id"), "6551e0a7000000000fedcba987654321");
    assert_eq!(text(&row, "span_id"), "000000000000002a");
    let attributes = json_of(&row["attributes"]);
    assert_eq!((&attributes["order"], &attributes["ddsource"]), (&json!(7), &json!("nodejs")));
}

#[test]
fn a_trial_that_ends_takes_nothing_from_datadog() {
    let double = Double::start();
    let (_folder, server) = start();
    let address = server.base_url("datadog");
    server.stop();
    let start_ms = seconds() * 1000;
    let Some(told) = ship(&double.address, &address, start_ms, 25) else { return };
    assert_eq!(told, json!({"sent": [25, 0], "failed": [0, 25]}));
    assert_eq!(double.records.load(Ordering::Relaxed), 25);
}
