//! The pages about services and traces over many spans: how long they wait, and how that grows.
//!
//! Real spans are replayed over the last seven days, straight into the server: a hundred million of
//! them would not fit on the disk as requests.

use crate::generate::{Period, SECOND_NS, replay};
use crate::measure::{cpu_seconds, disk_bytes};
use crate::{Arguments, test_data};
use anyhow::{Context, Result, bail, ensure};
use hannun_e2e::http::Client;
use hannun_e2e::{Server, ServerOptions, Session, now_ns};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const DAYS: u64 = 7;
const SENDERS: u64 = 3;
const SETTLE_SECONDS_MAX: u64 = 3_600;
const ASKED_TIMES: usize = 20;

/// Loads this many spans and asks for every page.
pub fn run(arguments: &Arguments) -> Result<Value> {
    let mut sizes = Vec::new();
    for scale in &arguments.scale {
        sizes.push(run_size(arguments, arguments.spans * scale)?);
    }
    print_growth(&sizes);
    Ok(json!(sizes))
}

fn run_size(arguments: &Arguments, spans: u64) -> Result<Value> {
    let captures = test_data().join("traces");
    ensure!(captures.is_dir(), "no captures at {} (HANNUN_TEST_DATA)", captures.display());
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let options = ServerOptions {
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::default()
    };
    let server = Server::start_with(&data, &options);
    let end_ns = now_ns() - 120 * SECOND_NS;
    let period = Period { start_ns: end_ns - DAYS * 86_400 * SECOND_NS, end_ns };
    eprintln!("loading {spans} spans …");
    let started = Instant::now();
    let sent = load(&server, &captures, spans, period)?;
    let load_seconds = started.elapsed().as_secs_f64();
    server.settle(SETTLE_SECONDS_MAX);
    let cpu = cpu_seconds(server.process_id())?;
    let disk = disk_bytes(&data);
    let stored = server.count("spans");
    ensure!(u64::try_from(stored) == Ok(sent), "{stored} stored, {sent} sent");
    println!(
        "\n## {sent} spans\n\nLoaded in {load_seconds:.0} s beside their senders, {cpu:.0} CPU-s until \
         settled, {:.1} data bytes a span.\n",
        disk.parquet as f64 / sent as f64
    );
    prove_equal(&server, period)?;
    let pages = ask(&server, period)?;
    let (_, peak) = server.resident_bytes();
    println!("\nPeak memory {} MB.", peak / 1_000_000);
    server.stop();
    Ok(json!({
        "spans": sent, "load_seconds": load_seconds, "cpu_seconds": cpu,
        "data_bytes": disk.parquet, "peak_bytes": peak, "pages": pages,
    }))
}

/// Replays the captures side by side, each replay whole; how many spans that made.
fn load(server: &Server, captures: &Path, spans: u64, period: Period) -> Result<u64> {
    let captures = replay::Captures::read(captures)?;
    let replays = spans.div_ceil(captures.spans()).max(1);
    let next = AtomicU64::new(0);
    let url = server.otlp_url("traces");
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| scope.spawn(|| send(&url, &captures, replays, period, &next)))
            .collect();
        for sender in senders {
            sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(replays * captures.spans())
}

fn send(
    url: &str,
    captures: &replay::Captures,
    replays: u64,
    period: Period,
    next: &AtomicU64,
) -> Result<()> {
    let client = Client::default();
    let headers = [("content-type", "application/x-protobuf")];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= replays {
            return Ok(());
        }
        for body in captures.replayed(number, replays, period) {
            loop {
                let response = client.post(url, &headers, &body)?;
                match response.status {
                    200 => break,
                    429 | 503 => std::thread::sleep(Duration::from_millis(50)),
                    status => bail!("status {status}: {}", response.text()),
                }
            }
        }
    }
}

/// What was counted when spans were published is what counting the spans of a day says.
fn prove_equal(server: &Server, period: Period) -> Result<()> {
    let nanoseconds = period.end_ns - 24 * 3600 * SECOND_NS;
    let minute = nanoseconds - nanoseconds % (60 * SECOND_NS);
    let of = |table: &str, time: &str, count: &str, sum: &str| {
        let query = format!(
            "SELECT {count} AS n, {sum} AS total FROM {table} \
             WHERE {time} >= to_timestamp_nanos({minute})"
        );
        server.row(&query)
    };
    let raw = of("spans", "start_time", "count(*)", "CAST(sum(greatest(duration, 0)) AS DOUBLE)");
    let counted = of("span_stats", "time", "CAST(sum(spans) AS BIGINT)", "sum(duration_sum)");
    ensure!(raw["n"] == counted["n"], "raw {raw:?}, counted {counted:?}");
    let number = |row: &hannun_e2e::Row| row["total"].as_f64().unwrap_or(f64::NAN);
    let off = (number(&raw) / number(&counted) - 1.0).abs();
    ensure!(off < 1e-9, "raw {raw:?}, counted {counted:?}");
    println!("A day of statistics equals its {} spans, in number and in duration.\n", raw["n"]);
    Ok(())
}

/// Asks for every page of an hour, a day and a week.
fn ask(server: &Server, period: Period) -> Result<Vec<Value>> {
    let owner = Session::owner(server, "bench");
    let end_ms = period.end_ns / 1_000_000;
    let middle = server.row(&format!(
        "SELECT trace_id FROM spans WHERE start_time >= to_timestamp_nanos({}) LIMIT 1",
        period.start_ns + (period.end_ns - period.start_ns) / 2
    ));
    let trace = middle["trace_id"].as_str().context("no trace in the middle")?.to_owned();
    let busiest = server.row(
        "SELECT service_name AS s, sum(count) AS c FROM span_stats WHERE kind = 'server' \
         GROUP BY service_name ORDER BY c DESC LIMIT 1",
    );
    let service = busiest["s"].as_str().context("no service")?.to_owned();
    println!("| page | time | p50 ms | p95 ms |\n|---|---|--:|--:|");
    let mut pages = Vec::new();
    for (name, seconds) in [("hour", 3_600), ("day", 86_400), ("week", DAYS * 86_400)] {
        let range = format!("from_ms={}&to_ms={end_ms}", end_ms - seconds * 1000);
        let filters = format!("query=service:{service}%20%40http.response.status_code:200");
        let asked = [
            ("service list", format!("/services?{range}")),
            ("service map", format!("/service-map?{range}")),
            ("service page, figures", format!("/services/{service}?{range}")),
            ("service page, series", format!("/services/{service}/series?{range}")),
            ("service page, endpoints", format!("/services/{service}/endpoints?{range}")),
            ("service page, latency", format!("/services/{service}/latency?{range}")),
            ("error issues", format!("/errors?{range}")),
            ("trace search, two filters", format!("/traces/search?{range}&{filters}")),
        ];
        for (page, path) in asked {
            pages.push(time(&owner, page, name, &path));
        }
    }
    pages.push(time(&owner, "trace by id", "any", &format!("/traces/{trace}")));
    Ok(pages)
}

fn time(owner: &Session, page: &str, range: &str, path: &str) -> Value {
    let mut milliseconds: Vec<f64> = (0..ASKED_TIMES)
        .map(|_| {
            let started = Instant::now();
            owner.get(path);
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    milliseconds.sort_by(f64::total_cmp);
    let (p50, p95) = (milliseconds[ASKED_TIMES / 2], milliseconds[ASKED_TIMES * 95 / 100]);
    println!("| {page} | {range} | {p50:.1} | {p95:.1} |");
    json!({"page": page, "range": range, "p50_ms": p50, "p95_ms": p95})
}

/// How each page grows from the first size to the last.
fn print_growth(sizes: &[Value]) {
    let [first, .., last] = sizes else { return };
    println!("\n| page | time | growth of p50 |\n|---|---|--:|");
    let pages = first["pages"].as_array().into_iter().flatten();
    for (small, large) in pages.zip(last["pages"].as_array().into_iter().flatten()) {
        let growth =
            large["p50_ms"].as_f64().unwrap_or(0.0) / small["p50_ms"].as_f64().unwrap_or(1.0);
        println!("| {} | {} | × {growth:.1} |", small["page"], small["range"]);
    }
}
