//! SQL over HTTP and on the command line.

use hannun_e2e::server::{binary, rows_of, run};
use hannun_e2e::{Server, ServerOptions, eventually, int, now_ns, otlp, text};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// Endless for the purpose of a test, in small steps.
const SLOW: &str =
    "SELECT count(*) AS n FROM generate_series(1, 9000000000000) AS a(x) WHERE x % 7 = 3";

/// As long, in steps that a scheduler cannot interrupt: a join whose inner loop gives no rows.
const STUBBORN: &str = "SELECT count(*) AS n FROM generate_series(1, 3000000) AS a(x), \
                        generate_series(1, 3000000) AS b(y) WHERE (x * y) % 7 = 3";

fn int_attribute(key: &str, value: i64) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::IntValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A server with three spans of known values.
fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let spans = (1..=3_u64).map(|id| {
        let mut span = otlp::span(id, 1_000_000_000 * (now_ns() / 1_000_000_000) + id);
        span.attributes = vec![
            otlp::attribute("region", if id == 2 { "서울, \"중구\"" } else { "busan" }),
            int_attribute("big", 9_007_199_254_740_992 + i64::try_from(id).unwrap()),
        ];
        span
    });
    server.send_ok("traces", &otlp::traces("sql", spans.collect()));
    (folder, server)
}

#[test]
fn json_keeps_integers_exact_and_times_to_the_nanosecond() {
    let (_folder, server) = server();
    let row = server.row(
        "SELECT 9223372036854775807 AS largest, -9223372036854775807 - 1 AS smallest, \
         start_time, cast(start_time AS bigint) AS ns, 0.1 + 0.2 AS float, true AS yes, \
         cast(null AS varchar) AS nothing, '한글' AS korean FROM spans ORDER BY start_time LIMIT 1",
    );
    assert_eq!(row["largest"], json!(i64::MAX));
    assert_eq!(row["smallest"], json!(i64::MIN));
    assert_eq!(row["yes"], json!(true));
    assert_eq!(row["nothing"], Value::Null);
    assert_eq!(row["korean"], json!("한글"));
    let time = text(&row, "start_time");
    assert!(time.ends_with(".000000001Z") && time.as_bytes()[10] == b'T', "{time}");
    assert_eq!(int(&row, "ns") % 1_000_000_000, 1);
    let keys: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 8);
    assert_eq!(server.rows("SELECT * FROM spans WHERE false"), Vec::new());
}

#[test]
fn attributes_are_read_by_key_and_filtered() {
    let (_folder, server) = server();
    let rows = server.rows(
        "SELECT span_id, attributes['region'] AS region, attributes['none'] AS missing \
         FROM spans WHERE attributes['region'] LIKE '서울%'",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(text(&rows[0], "span_id"), "0000000000000002");
    assert_eq!(text(&rows[0], "region"), "서울, \"중구\"");
    assert_eq!(rows[0]["missing"], Value::Null);
    let n = server
        .number("SELECT count(*) AS n FROM spans WHERE attributes['big'] = '9007199254740994'");
    assert_eq!(n, 1);
}

#[test]
fn csv_is_quoted_and_has_a_header() {
    let (_folder, server) = server();
    let response = server.sql(&json!({
        "query": "SELECT span_id, attributes['region'] AS region FROM spans ORDER BY span_id",
        "format": "csv"
    }));
    assert_eq!(response.status, 200, "{}", response.text());
    assert!(response.header("content-type").unwrap().starts_with("text/csv"));
    let body = response.text();
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "span_id,region");
    assert_eq!(lines[2], "0000000000000002,\"서울, \"\"중구\"\"\"");
}

#[test]
fn arrow_is_an_ipc_stream() {
    let (_folder, server) = server();
    let response =
        server.sql(&json!({"query": "SELECT span_id, duration FROM spans", "format": "arrow"}));
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-type").unwrap(), "application/vnd.apache.arrow.stream");
    // A stream starts with a continuation mark and ends with one and a zero length.
    assert_eq!(response.body[..4], [0xff; 4]);
    assert_eq!(response.body[response.body.len() - 8..], [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    let Some(mut python) = hannun_e2e::tools::python("arrow_rows.py") else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &response.body).unwrap();
    let printed = hannun_e2e::tools::output_of(python.arg(file.path()));
    if printed.starts_with("SKIPPED") {
        eprintln!("{printed}");
        return;
    }
    let rows = rows_of(serde_json::from_str(&printed).unwrap());
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| int(row, "duration") == 1_000_000));
}

#[test]
fn statements_that_write_are_refused() {
    let (folder, server) = server();
    let outside = folder.path().join("outside.csv");
    std::fs::write(&outside, "secret\n1\n").unwrap();
    let outside = outside.to_str().unwrap();
    for query in [
        "INSERT INTO spans (name) VALUES ('x')".to_owned(),
        "DELETE FROM spans".to_owned(),
        "UPDATE spans SET name = 'x'".to_owned(),
        "DROP TABLE spans".to_owned(),
        "CREATE TABLE mine AS SELECT 1".to_owned(),
        "CREATE VIEW mine AS SELECT 1".to_owned(),
        format!("CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION '{outside}'"),
        format!("COPY (SELECT 1) TO '{outside}.copy'"),
        format!("SELECT * FROM '{outside}'"),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "SELECT 1; DROP TABLE spans".to_owned(),
        "TRUNCATE spans".to_owned(),
    ] {
        let response = server.sql(&json!({"query": query}));
        assert!(matches!(response.status, 400 | 403), "{query}: {}", response.text());
        assert!(!response.error_code().is_empty());
        assert!(!response.text().contains("secret"));
    }
    assert!(!std::path::Path::new(&format!("{outside}.copy")).exists());
    assert_eq!(server.count("spans"), 3);
    assert_eq!(server.number("SELECT count(*) AS n FROM spans WHERE name = 'work'"), 3);
}

#[test]
fn errors_name_their_cause() {
    let (_folder, server) = server();
    for query in ["SELEC 1", "SELECT nope FROM spans", "SELECT * FROM nowhere", ""] {
        let response = server.sql(&json!({"query": query}));
        assert_eq!(response.status, 400, "{query}: {}", response.text());
        assert!(!response.json()["error"]["message"].as_str().unwrap().is_empty());
    }
    let column = server.sql(&json!({"query": "SELECT nope FROM spans"}));
    assert!(column.text().contains("nope"), "{}", column.text());
    assert_eq!(server.sql(&json!({"format": "json"})).status / 100, 4);
    assert_eq!(server.sql(&json!({"query": "SELECT 1", "format": "xml"})).status / 100, 4);
}

#[test]
fn a_query_ends_at_its_deadline() {
    let (_folder, server) = server();
    let started = Instant::now();
    let response = server.sql(&json!({"query": SLOW, "timeout_seconds": 2}));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert!(matches!(response.status, 408 | 504), "{}: {}", response.status, response.text());
    assert_eq!(server.count("spans"), 3);
}

#[test]
fn a_query_that_cannot_be_interrupted_stops_nobody_and_is_answered_at_its_deadline() {
    let (_folder, server) = server();
    std::thread::scope(|scope| {
        let stubborn = scope.spawn(|| {
            let started = Instant::now();
            let response = server.sql(&json!({"query": STUBBORN, "timeout_seconds": 3}));
            (response.status, started.elapsed())
        });
        std::thread::sleep(Duration::from_secs(1));
        let started = Instant::now();
        assert_eq!(server.get("/readyz").unwrap().status, 200);
        server.send_ok("traces", &otlp::traces("beside", vec![otlp::span(9, now_ns())]));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        let (status, took) = stubborn.join().unwrap();
        assert!(matches!(status, 408 | 504), "{status}");
        assert!(took < Duration::from_secs(15), "{took:?}");
    });
}

#[test]
fn more_rows_than_asked_for_are_an_error_or_marked_never_silently_cut() {
    let (_folder, server) = server();
    let response = server.sql(&json!({"query": "SELECT * FROM spans", "max_rows": 2}));
    if response.status == 200 {
        assert_eq!(response.json().as_array().unwrap().len(), 2);
        let marked = response.headers.iter().any(|(name, _)| name.contains("truncated"));
        assert!(marked, "cut without a word: {:?}", response.headers);
    } else {
        assert_eq!(response.status / 100, 4, "{}", response.text());
        assert!(response.text().contains("row"), "{}", response.text());
    }
    let exact = server.sql(&json!({"query": "SELECT * FROM spans", "max_rows": 3}));
    assert_eq!(exact.status, 200);
    assert_eq!(exact.json().as_array().unwrap().len(), 3);
}

#[test]
fn a_query_whose_client_left_is_cancelled() {
    let (_folder, server) = server();
    let body = json!({"query": SLOW, "timeout_seconds": 300}).to_string();
    let mut stream = TcpStream::connect(server.address("http")).unwrap();
    let head = format!(
        "POST /api/v1/sql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         authorization: {}\r\ncontent-length: {}\r\n\r\n",
        server.address("http"),
        server.authorization(),
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    eventually("the query runs", 20, || busy_share(&server, 1.0) > 0.2);
    drop(stream);
    eventually("the processor is free again", 20, || busy_share(&server, 1.0) < 0.2);
    assert_eq!(server.count("spans"), 3);
}

/// Processor seconds per second that the server uses, over `seconds`.
fn busy_share(server: &Server, seconds: f64) -> f64 {
    let before = processor_ticks(server);
    std::thread::sleep(Duration::from_secs_f64(seconds));
    // Linux counts a hundred ticks a second towards user space on every architecture.
    f64::from(processor_ticks(server) - before) / 100.0 / seconds
}

fn processor_ticks(server: &Server) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.process_id())).unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap()
}

#[test]
fn a_query_that_needs_more_memory_than_there_is_fails_clearly_or_spills() {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions { memory_limit: "192MiB".to_owned(), ..ServerOptions::default() };
    let server = Server::start_with(&folder.path().join("data"), &options);
    let response = server.sql(&json!({
        "query": "SELECT count(*) AS n FROM (SELECT x, array_agg(y) AS ys FROM \
                  (SELECT value % 1000003 AS x, repeat(cast(value AS varchar), 20) AS y \
                   FROM generate_series(1, 5000000) AS s(value)) GROUP BY x)",
        "timeout_seconds": 120
    }));
    let (_, peak) = server.resident_bytes();
    assert!(peak < 320 << 20, "the peak was {} MiB under a limit of 192", peak >> 20);
    if response.status != 200 {
        assert!(response.text().to_lowercase().contains("memory"), "{}", response.text());
    }
    assert_eq!(server.number("SELECT 1 AS n"), 1);
}

#[test]
fn explain_shows_a_plan_that_knows_its_time_range() {
    let (_folder, server) = server();
    let rows = server
        .rows("EXPLAIN SELECT count(*) FROM spans WHERE start_time > now() - INTERVAL '1 hour'");
    let plan = serde_json::to_string(&rows).unwrap();
    assert!(plan.contains("spans") && plan.contains("start_time"), "{plan}");
}

#[test]
fn the_command_line_answers_with_and_without_a_server() {
    let (_folder, server) = server();
    let data = server.data_folder().to_owned();
    let data = data.to_str().unwrap();
    let query = "SELECT span_id, attributes['region'] AS region FROM spans ORDER BY span_id";
    let arguments = ["sql", "--data-dir", data, query, "--format", "json"];
    let with_server = run(&arguments);
    assert!(with_server.status.success(), "{}", String::from_utf8_lossy(&with_server.stderr));
    let rows = rows_of(serde_json::from_slice(&with_server.stdout).unwrap());
    assert_eq!(rows.len(), 3);
    assert_eq!(text(&rows[1], "region"), "서울, \"중구\"");
    server.stop();
    let without = run(&arguments);
    assert!(without.status.success(), "{}", String::from_utf8_lossy(&without.stderr));
    assert_eq!(rows_of(serde_json::from_slice(&without.stdout).unwrap()), rows);
    let wrong = run(&["sql", "--data-dir", data, "SELECT nope FROM spans"]);
    assert!(!wrong.status.success());
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("nope"));
    let csv = Command::new(binary())
        .args(["sql", "--data-dir", data, "SELECT 1 AS one", "--format", "csv"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&csv.stdout).replace('\r', ""), "one\n1\n");
}
