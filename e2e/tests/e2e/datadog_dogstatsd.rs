//! DogStatsD of unmodified clients: every count, gauge, set, quantile, event and check.

use hannun_e2e::tools::DDTRACE_4;
use hannun_e2e::{Row, Server, ServerOptions, eventually, int, now_ns, text, tools};
use serde_json::{Value, json};

/// The most that a quantile may be off: what the sketch states.
const ERROR_MAX: f64 = 0.0055;
/// A window, and what a busy machine needs to store it.
const WINDOW_SECONDS_MAX: u64 = 60;

fn start(folder: &std::path::Path) -> Server {
    let socket = format!("--dogstatsd-socket={}", folder.join("dsd.socket").display());
    Server::start_with(&folder.join("data"), &ServerOptions::with(&[&socket]))
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].as_f64().unwrap_or_else(|| panic!("{column} of {row:?} is no number"))
}

fn json_of(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| serde_json::from_str(text).unwrap())
}

/// Sum of the values of a metric, with this condition.
fn sum(server: &Server, name: &str, condition: &str) -> f64 {
    let query = format!(
        "SELECT sum(value) AS v FROM metric_points WHERE metric_name = '{name}' AND {condition}"
    );
    number(&server.row(&query), "v")
}

/// The value that a share of all values of a distribution does not exceed, over all its points.
fn quantile(server: &Server, name: &str, share: f64) -> f64 {
    let rows = server.rows(&format!(
        "SELECT scale, zero_count, positive_offset, positive_bucket_counts FROM metric_points \
         WHERE metric_name = '{name}'"
    ));
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for row in &rows {
        let base = (-number(row, "scale")).exp2().exp2();
        buckets.push((0.0, number(row, "zero_count")));
        let counts = json_of(&row["positive_bucket_counts"]);
        for (index, count) in counts.as_array().unwrap().iter().enumerate() {
            let lower = base.powf(number(row, "positive_offset") + index as f64);
            buckets.push((lower * 2.0 * base / (base + 1.0), count.as_f64().unwrap()));
        }
    }
    buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
    let wanted = share * buckets.iter().map(|(_, count)| count).sum::<f64>();
    let mut seen = 0.0;
    let found = buckets.iter().find(|(_, count)| {
        seen += count;
        seen >= wanted
    });
    found.unwrap().0
}

fn assert_near(told: f64, exact: f64, what: &str) {
    assert!((told - exact).abs() <= ERROR_MAX * exact, "{what}: {told}, exactly {exact}");
}

/// Count, sum, minimum and maximum of a distribution.
fn summary(server: &Server, name: &str) -> [f64; 4] {
    let row = server.row(&format!(
        "SELECT sum(\"count\") AS n, sum(\"sum\") AS total, min(\"min\") AS low, max(\"max\") AS high \
         FROM metric_points WHERE metric_name = '{name}'"
    ));
    ["n", "total", "low", "high"].map(|column| number(&row, column))
}

/// Runs the client of Datadog and checks what came of it.
fn python_client(transport: &str, mode: &str) {
    let Some(mut client) = tools::datadog_python("dogstatsd_python.py", DDTRACE_4) else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let listener = if transport == "udp" { "dogstatsd" } else { "dogstatsd_socket" };
    let seconds = i64::try_from(now_ns() / 1_000_000_000).unwrap() - 120;
    client.args([transport, &server.address(listener), mode, &seconds.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    assert_eq!(told["failures"], json!([]));
    // What is aggregated is stored at the latest when the server ends.
    server.stop();
    let server = start(folder.path());
    check_metrics(&server, &told);
    check_aggregates(&server);
    check_times(&server, seconds);
    check_events(&server, seconds);
}

fn check_metrics(server: &Server, told: &Value) {
    let by_method = |method: &str| {
        let condition = format!("cast(attributes AS varchar) LIKE '%\"method\":\"{method}\"%'");
        sum(server, "orders.placed", &condition)
    };
    assert_eq!((by_method("card"), by_method("cash")), (400.0, 93.0));
    let row = server.row("SELECT * FROM metric_points WHERE metric_name = 'orders.placed' LIMIT 1");
    assert_eq!(
        (text(&row, "metric_type"), text(&row, "aggregation_temporality")),
        ("sum", "delta")
    );
    assert_eq!((text(&row, "service_name"), text(&row, "container_id")), ("shop", "c0ffee"));
    assert_eq!(text(&row, "deployment_environment_name"), "e2e");
    assert_eq!(json_of(&row["attributes"])["나라"], "한국");
    assert!(!text(&row, "host_name").is_empty());
    let gauge = "SELECT value FROM metric_points WHERE metric_name = 'queue.depth' \
                 ORDER BY time DESC LIMIT 1";
    assert_eq!(number(&server.row(gauge), "value"), 4.5);
    if told["pages_kept"] != 0 {
        let kept = told["pages_kept"].as_f64().unwrap();
        assert_eq!(sum(server, "pages.viewed", "true"), kept * 4.0);
    }
}

fn check_aggregates(server: &Server) {
    // A window may end between two members.
    let set = server.row(
        "SELECT max(value) AS most, sum(value) AS total FROM metric_points \
         WHERE metric_name = 'users.seen'",
    );
    assert!(number(&set, "most") <= 41.0 && number(&set, "total") >= 41.0, "{set:?}");
    assert_eq!(summary(server, "order.amount"), [1000.0, 500_500.0, 1.0, 1000.0]);
    assert_eq!(summary(server, "basket.size"), [1000.0, 4500.0, 0.0, 9.0]);
    assert_eq!(summary(server, "checkout.time"), [1000.0, 125_125.0, 0.25, 250.0]);
    for (share, exact) in [(0.01, 10.0), (0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
        assert_near(quantile(server, "order.amount", share), exact, "order.amount");
        assert_near(quantile(server, "checkout.time", share), exact / 4.0, "checkout.time");
    }
    assert_near(quantile(server, "basket.size", 0.5), 4.0, "basket.size");
    let unit = "SELECT DISTINCT metric_unit FROM metric_points WHERE metric_name = 'checkout.time'";
    assert_eq!(text(&server.row(unit), "metric_unit"), "ms");
}

fn check_times(server: &Server, seconds: i64) {
    let late = server.rows(
        "SELECT metric_name, value, cast(time AS bigint) AS time_ns FROM metric_points \
         WHERE metric_name IN ('orders.late', 'queue.late') ORDER BY metric_name",
    );
    let found: Vec<_> = late
        .iter()
        .map(|row| (text(row, "metric_name"), number(row, "value"), int(row, "time_ns")))
        .collect();
    let time_ns = seconds * 1_000_000_000;
    assert_eq!(found, [("orders.late", 12.0, time_ns), ("queue.late", 5.0, time_ns)]);
    let future = "SELECT count(*) AS n FROM metric_points WHERE time > now()";
    assert_eq!(server.number(future), 0);
}

fn check_events(server: &Server, seconds: i64) {
    let query = "SELECT *, cast(time AS bigint) AS time_ns FROM logs WHERE event_name = ";
    let event = server.row(&format!("{query} 'datadog.event'"));
    assert_eq!(text(&event, "body"), "배포 2.0\nline one\nline | two");
    assert_eq!((text(&event, "severity_text"), int(&event, "severity_number")), ("warning", 13));
    assert_eq!((text(&event, "host_name"), text(&event, "service_version")), ("build-1", "2.0"));
    assert_eq!(int(&event, "time_ns"), seconds * 1_000_000_000);
    let attributes = json_of(&event["attributes"]);
    assert_eq!(
        (&attributes["step"], &attributes["datadog.event.aggregation_key"]),
        (&json!("last"), &json!("deploys"))
    );
    assert_eq!(attributes["datadog.event.priority"], "low");
    assert_eq!(attributes["datadog.event.source_type"], "ci");
    let checks =
        server.rows(&format!("{query} 'datadog.service_check' ORDER BY severity_number DESC"));
    assert_eq!(checks.len(), 2, "{checks:?}");
    assert_eq!(text(&checks[0], "body"), "no answer\nfor 5 s");
    assert_eq!(text(&checks[0], "severity_text"), "critical");
    assert_eq!(json_of(&checks[0]["attributes"])["datadog.service_check.name"], "db.can_connect");
    assert_eq!(
        (text(&checks[1], "severity_text"), text(&checks[1], "host_name")),
        ("ok", "cache-1")
    );
    assert_eq!(sum(server, "db.can_connect", "true"), 2.0);
    assert_eq!(sum(server, "cache.can_connect", "host_name = 'cache-1'"), 0.0);
}

#[test]
fn the_python_client_over_udp_is_counted_exactly() {
    python_client("udp", "direct");
}

#[test]
fn the_python_client_that_aggregates_itself_is_counted_exactly() {
    python_client("udp", "aggregated");
}

#[test]
fn the_python_client_over_a_unix_socket_is_counted_exactly() {
    python_client("unix", "direct");
}

#[test]
fn hot_shots_over_udp_is_counted_exactly() {
    let Some(mut client) = tools::node("dogstatsd_hot_shots.mjs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let address = server.address("dogstatsd");
    let (host, port) = address.rsplit_once(':').unwrap();
    let seconds = i64::try_from(now_ns() / 1_000_000_000).unwrap() - 120;
    client.args([host, port, &seconds.to_string()]);
    let told: Value = serde_json::from_str(&tools::output_of(&mut client)).unwrap();
    assert_eq!(told["failures"], json!([]));
    let clicks = |page: &str| {
        server.number(&format!(
            "SELECT cast(coalesce(sum(value), 0) AS bigint) AS n FROM metric_points \
             WHERE metric_name = 'web.clicks' \
             AND cast(attributes AS varchar) LIKE '%\"page\":\"{page}\"%'"
        ))
    };
    eventually("the window is stored", WINDOW_SECONDS_MAX, || {
        (clicks("home"), clicks("cart")) == (250, 247)
    });
    let row = server.row("SELECT * FROM metric_points WHERE metric_name = 'web.clicks' LIMIT 1");
    assert_eq!(
        (text(&row, "service_name"), text(&row, "scope_name")),
        ("storefront", "datadog.dogstatsd")
    );
    let gauge = "SELECT value FROM metric_points WHERE metric_name = 'web.sessions' \
                 ORDER BY time DESC LIMIT 1";
    assert_eq!(number(&server.row(gauge), "value"), 23.0);
    let set = server.row(
        "SELECT max(value) AS most, sum(value) AS total FROM metric_points \
         WHERE metric_name = 'web.visitors'",
    );
    assert!(number(&set, "most") <= 13.0 && number(&set, "total") >= 13.0, "{set:?}");
    assert_eq!(summary(&server, "web.render"), [100.0, 5050.0, 1.0, 100.0]);
    assert_eq!(summary(&server, "web.items"), [100.0, 150.0, 0.0, 3.0]);
    assert_eq!(summary(&server, "web.payload"), [100.0, 5_050_000.0, 1000.0, 100_000.0]);
    assert_near(quantile(&server, "web.payload", 0.95), 95_000.0, "web.payload");
    let event = server.row("SELECT * FROM logs WHERE event_name = 'datadog.event'");
    // It counts the characters of a text where others count its bytes.
    assert_eq!(text(&event, "body"), "web.배포 끝\n둘째 줄\n끝");
    assert_eq!(
        (text(&event, "severity_text"), text(&event, "service_name")),
        ("success", "storefront")
    );
    let check = server.row("SELECT * FROM logs WHERE event_name = 'datadog.service_check'");
    assert_eq!((text(&check, "severity_text"), text(&check, "host_name")), ("warning", "web-1"));
    assert_eq!(text(&check, "body"), "slow | but up");
    assert_eq!(json_of(&check["attributes"])["zone"], "b");
}
