//! Hannun watches itself (I7): metrics, readiness; the disk budget and retention (I5).

use crate::load::{Knowledge, Request, Sender};
use hannun_e2e::random::Random;
use hannun_e2e::{Server, ServerOptions, eventually, now_ns, otlp};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};

const HOUR_NS: u64 = 3_600_000_000_000;
const MIB: u64 = 1024 * 1024;

/// Samples by name and labels as written. Fails on anything that is not Prometheus text.
fn parse_metrics(body: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut types = BTreeMap::new();
    for line in body.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name) = (words.next().unwrap(), words.next().unwrap());
            assert!(matches!(kind, "HELP" | "TYPE"), "{line}");
            if kind == "TYPE" {
                assert!(types.insert(name.to_owned(), words.next().unwrap().to_owned()).is_none());
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        let name = series.split('{').next().unwrap();
        let legal = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ':');
        assert!(!name.is_empty() && name.chars().all(legal), "{line}");
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix).filter(|base| types.contains_key(*base)));
        assert!(types.contains_key(family.unwrap_or(name)), "no TYPE before {line}");
        let value = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "twice: {series}");
    }
    samples
}

fn metrics(server: &Server) -> BTreeMap<String, f64> {
    let response = server.get("/metrics").unwrap();
    assert_eq!(response.status, 200);
    assert!(response.header("content-type").unwrap().starts_with("text/plain"));
    parse_metrics(&response.text())
}

/// Sum of the samples whose name and labels contain all these words.
fn sum(samples: &BTreeMap<String, f64>, words: &[&str]) -> f64 {
    let matching = |series: &&String| words.iter().all(|word| series.contains(word));
    samples.keys().filter(matching).map(|series| samples[series]).sum()
}

#[test]
fn own_numbers_are_metric_points_of_the_service_hannun() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = vec!["--own-metrics-interval=1s".to_owned()];
    let options = ServerOptions { arguments, ..ServerOptions::default() };
    let server = Server::try_start(&folder.path().join("data"), &options).unwrap();
    server.send_ok("traces", &otlp::traces("count", vec![otlp::span(1, now_ns())]));
    let query = "SELECT max(value) AS rows FROM metric_points WHERE service_name = 'hannun' \
                 AND metric_name = 'hannun_intake_accepted_rows_total' \
                 AND attributes['table'] = 'spans'";
    eventually("the numbers are kept", 10, || server.rows(query)[0]["rows"] == 1.0);
}

#[test]
fn accepted_and_rejected_items_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let before = metrics(&server);
    let spans = (1..=5).map(|id| otlp::span(id, now_ns())).collect();
    server.send_ok("traces", &otlp::traces("count", spans));
    server.send_ok("logs", &otlp::logs("count", vec![otlp::log(1, now_ns())]));
    server.send_ok("metrics", &otlp::gauge("count", "g", vec![otlp::point(1, now_ns())]));
    // Two days in the future: refused, the rest of the request is kept.
    let late = otlp::span(7, now_ns() + 48 * HOUR_NS);
    let mixed = otlp::traces("count", vec![otlp::span(6, now_ns()), late]);
    let response = server.send("traces", &mixed).unwrap();
    assert_eq!(response.status, 200, "{}", response.text());
    assert!(!response.body.is_empty(), "a partial success says so");
    assert_eq!(server.send("traces", &[0x0a, 0x7f]).unwrap().status, 400);
    let after = metrics(&server);
    let grown = |words: &[&str]| sum(&after, words) - sum(&before, words);
    assert_eq!(grown(&["hannun_", "accepted", "_total"]), 8.0, "{after:#?}");
    assert_eq!(grown(&["hannun_", "accepted", "_total", "spans"]), 6.0, "{after:#?}");
    assert!(grown(&["hannun_", "rejected", "_total"]) >= 1.0, "{after:#?}");
    let by_sql = server.row(
        "SELECT sum(value) AS n FROM system_metrics \
         WHERE name = 'hannun_intake_accepted_rows_total'",
    );
    assert_eq!(by_sql["n"], 8.0, "the same numbers are readable as SQL");
    assert_eq!(server.count("spans"), 6);
}

#[test]
fn readiness_and_health_answer_and_status_shows_the_lag() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    assert_eq!(server.get("/readyz").unwrap().status, 200);
    assert_eq!(server.get("/healthz").unwrap().status, 200);
    assert_eq!(server.get("/api/v1/nowhere").unwrap().status, 404);
    server.send_ok("logs", &otlp::logs("lag", vec![otlp::log(1, now_ns())]));
    let status = server.status();
    assert_eq!(status["wal_unpublished_rows"], 1, "{status}");
    server.settle(120);
    assert_eq!(server.count("logs"), 1);
}

fn bytes_below(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            // Removed since it was listed.
            Err(_) => 0,
        })
        .sum()
}

/// A request whose spans are this old.
fn old_request(age_ns: u64, next_id: &AtomicU64, random: &mut Random) -> Request {
    let mut request = Request::new("traces", next_id, random);
    let spans: Vec<_> = request
        .ids
        .iter()
        .map(|id| {
            // Of its own for each span, so that it does not compress away.
            let padding: String = (0..128).map(|_| format!("{:016x}", random.next_u64())).collect();
            let mut span = otlp::span(*id, now_ns() - age_ns);
            span.attributes = vec![otlp::attribute("padding", &padding)];
            span.name = format!("hours-{}", age_ns / HOUR_NS);
            span
        })
        .collect();
    request.body = otlp::traces("budget", spans);
    request
}

#[test]
fn the_disk_budget_drops_the_oldest_windows_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ServerOptions {
        memory_limit: "192MiB".to_owned(),
        ..ServerOptions::with(&["--disk-budget", "100MiB"])
    };
    let server = Server::start_with(&data, &options);
    let next_id = AtomicU64::new(1);
    let mut random = Random::new(3);
    let sender = Sender::new(&server);
    let never = AtomicBool::new(false);
    let mut knowledge = Knowledge::default();
    let mut warned = false;
    // Ten windows, the oldest first, about 15 MB each.
    for step in (0..10_u64).rev() {
        for _ in 0..360 {
            let request = old_request((1 + step * 5) * HOUR_NS, &next_id, &mut random);
            knowledge.open.push(request);
            assert!(sender.retry_open(&mut knowledge, &never));
        }
        warned |= server.status()["disk"]["warning"] == true;
    }
    eventually("the store is inside its budget", 180, || {
        warned |= server.status()["disk"]["warning"] == true;
        bytes_below(&data) <= 105 * MIB
    });
    assert!(warned, "no warning was visible: {}", server.status());
    let names = server.rows("SELECT name, count(*) AS n FROM spans GROUP BY name ORDER BY name");
    let found: Vec<_> = names.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(found.contains(&"hours-1"), "the newest window is kept: {found:?}");
    assert!(!found.contains(&"hours-46"), "the oldest window is dropped: {found:?}");
    assert!(sum(&metrics(&server), &["dropped", "_total"]) > 0.0, "drops are counted");
}

#[test]
fn rows_older_than_the_retention_of_their_signal_go() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let day_ns = 24 * HOUR_NS;
    let send = |server: &Server| {
        for (id, age_ns) in [(1, 0), (2, 3 * day_ns)] {
            let time = now_ns() - age_ns;
            server.send_ok("traces", &otlp::traces("old", vec![otlp::span(id, time)]));
            server.send_ok("logs", &otlp::logs("old", vec![otlp::log(id, time)]));
        }
    };
    let keep_all = ServerOptions::with(&["--retention", "spans=7d,logs=7d,metric_points=30d"]);
    let server = Server::start_with(&data, &keep_all);
    send(&server);
    server.settle(120);
    assert_eq!((server.count("spans"), server.count("logs")), (2, 2));
    server.stop();
    let shorter = ServerOptions::with(&["--retention", "spans=1d,logs=7d,metric_points=30d"]);
    let server = Server::start_with(&data, &shorter);
    eventually("the old span is gone", 120, || server.count("spans") == 1);
    assert_eq!(server.count("logs"), 2);
    assert_eq!(server.number("SELECT count(*) AS n FROM spans WHERE span_id LIKE '%1'"), 1);
}
