//! One scale: build the data, load it, ask, rest, and let the peers do the same.

use crate::generate::{DataSet, Period, SECOND_NS, logs, metrics, replay, traces};
use crate::load::send_all;
use crate::log_questions::log_questions;
use crate::measure::{cpu_percent_over, cpu_seconds, disk_bytes, drop_page_cache, median};
use crate::questions::{ask_hannun, check_equal, questions};
use crate::report::{LoadFigures, ScaleReport};
use crate::requests::RequestFile;
use crate::{Arguments, peers, test_data};
use anyhow::{Result, ensure};
use hannun_e2e::{Events, Server, ServerOptions, now_ns, otlp};
use std::path::Path;
use std::time::{Duration, Instant};

const IDLE_SECONDS: u64 = 20;
const SETTLE_SECONDS_MAX: u64 = 1_800;
const VISIBILITY_RUNS: u64 = 20;

/// Measures everything at this multiple of the data.
pub fn run_scale(arguments: &Arguments, scale: u64) -> Result<ScaleReport> {
    let folder = tempfile::tempdir()?;
    let options = ServerOptions {
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::default()
    };
    eprintln!("scale {scale}: building requests …");
    // Ends a little ago, so that nothing counts as the future and the last hour is full.
    let end_ns = now_ns() - 60 * SECOND_NS;
    let period = Period { start_ns: end_ns - 24 * 3_600 * SECOND_NS, end_ns };
    let sets = build(arguments, scale, period, folder.path())?;
    let mut report = ScaleReport { scale, ..ScaleReport::default() };
    for set in &sets {
        report.loads.push(load_fresh(
            &options,
            set,
            &set.requests,
            false,
            &mut report.disagreements,
        )?);
        if !arguments.quick {
            let zipped = set.requests.zipped(&folder.path().join("zipped"))?;
            report.loads.push(load_fresh(&options, set, &zipped, true, &mut report.disagreements)?);
        }
    }
    // Questions go to one house with everything in it. Real spans where there are any.
    let spans = &sets[0];
    let house: Vec<&DataSet> =
        sets.iter().filter(|set| set.table != "spans" || set.name == spans.name).collect();
    let data = folder.path().join("house");
    fill_house(&options, &data, &house)?;
    let logs = house.iter().find(|set| set.table == "logs").copied().unwrap_or(spans);
    let mut questions =
        if arguments.only_logs { Vec::new() } else { questions(spans, logs, period) };
    questions.extend(log_questions(logs, period));
    report.page_cache_dropped = drop_page_cache();
    eprintln!("scale {scale}: asking …");
    let (server, answers) = ask_hannun(&data, &options, &questions)?;
    report.answers = answers;
    report.visibility_ms = visibility_ms(&server);
    report.tail_delay_ms = tail_delay_ms(&server)?;
    server.settle(SETTLE_SECONDS_MAX);
    server.stop();
    rest(&options, &data, &mut report)?;
    if arguments.peers {
        report.peers = peers::run_all(folder.path(), &house, &questions)?;
        compare(&questions, &mut report);
    }
    Ok(report)
}

fn build(arguments: &Arguments, scale: u64, period: Period, folder: &Path) -> Result<Vec<DataSet>> {
    let with_rows = arguments.peers;
    let mut sets = Vec::new();
    if arguments.only_logs {
        let rows = arguments.logs * scale;
        return Ok(vec![logs::build(folder, rows, period, with_rows)?]);
    }
    let captures = test_data().join("traces");
    if captures.is_dir() {
        sets.push(replay::build(&captures, folder, arguments.spans * scale, period, with_rows)?);
    } else {
        println!("\nSKIPPED real spans: no captures at {} (HANNUN_TEST_DATA)", captures.display());
    }
    let (spans, logs, points) =
        (arguments.spans * scale, arguments.logs * scale, arguments.points * scale);
    sets.push(traces::build(folder, spans, period, with_rows && sets.is_empty())?);
    sets.push(logs::build(folder, logs, period, with_rows)?);
    sets.push(metrics::build(folder, points, period, with_rows)?);
    Ok(sets)
}

/// Loads one data set into a server of its own and measures it until it has settled.
fn load_fresh(
    options: &ServerOptions,
    set: &DataSet,
    requests: &RequestFile,
    zipped: bool,
    disagreements: &mut Vec<String>,
) -> Result<LoadFigures> {
    let name = format!("{}{}", set.name, if zipped { ", gzip" } else { "" });
    eprintln!("loading {name}: {} rows …", set.truth.rows);
    ensure!(requests.rows() == set.truth.rows, "{name}: the requests hold other rows than known");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::start_with(&data, options);
    let before = cpu_seconds(server.process_id())?;
    let sent = send_all(&server.otlp_url(set.signal), requests, zipped)?;
    let acknowledged = cpu_seconds(server.process_id())? - before;
    let settling = Instant::now();
    server.settle(SETTLE_SECONDS_MAX);
    let settled = cpu_seconds(server.process_id())? - before;
    let (_, peak_bytes) = server.resident_bytes();
    let disk = disk_bytes(&data);
    check_truth(&server, set, disagreements);
    Ok(LoadFigures {
        name,
        rows: set.truth.rows,
        raw_bytes: set.requests.raw_bytes(),
        seconds: sent.seconds,
        pushed_back: sent.pushed_back,
        cpu_seconds_acknowledged: acknowledged,
        cpu_seconds_settled: settled,
        settle_seconds: settling.elapsed().as_secs_f64(),
        peak_bytes,
        parquet_bytes: disk.parquet,
        disk_bytes: disk.total,
    })
}

/// Compares counts with what the generator knows.
fn check_truth(server: &Server, set: &DataSet, disagreements: &mut Vec<String>) {
    let mut check = |what: &str, query: String, expected: u64| {
        let found = server.number(&query);
        if u64::try_from(found) != Ok(expected) {
            disagreements.push(format!("{} {what}: {found} stored, {expected} sent", set.name));
        }
    };
    let table = set.table;
    check("rows", format!("SELECT count(*) AS n FROM {table}"), set.truth.rows);
    let errors = match table {
        "spans" => "status_code = 'error'",
        "logs" => "severity_number >= 17",
        _ => return,
    };
    let query = format!("SELECT count(*) AS n FROM {table} WHERE {errors}");
    check("errors", query, set.truth.errors);
}

fn fill_house(options: &ServerOptions, data: &Path, sets: &[&DataSet]) -> Result<()> {
    let server = Server::start_with(data, options);
    for set in sets {
        eprintln!("filling the house with {} …", set.name);
        send_all(&server.otlp_url(set.signal), &set.requests, false)?;
    }
    server.settle(SETTLE_SECONDS_MAX);
    server.stop();
    Ok(())
}

/// From the start of sending one span to the first answer that holds it.
fn visibility_ms(server: &Server) -> f64 {
    let mut times: Vec<f64> = (0..VISIBILITY_RUNS)
        .map(|run| {
            let time_ns = now_ns();
            let id = 0x5eed_0000_0000_0000 + run;
            let body = otlp::traces("visibility", vec![otlp::span(id, time_ns)]);
            let trace_id = format!("{:016x}{id:016x}", 0x5eed);
            let query = format!("SELECT count(*) AS n FROM spans WHERE trace_id = '{trace_id}'");
            let started = Instant::now();
            server.send_ok("traces", &body);
            while server.number(&query) == 0 {}
            started.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    median(&mut times)
}

/// From the start of sending one record to the moment a reader that follows the logs has it.
fn tail_delay_ms(server: &Server) -> Result<f64> {
    let mut events = Events::open(server, "/api/v1/logs/tail?query=service:visibility");
    ensure!(events.next_event().0 == "ready", "the tail did not begin");
    let mut times = Vec::new();
    for run in 0..VISIBILITY_RUNS {
        let body = otlp::logs("visibility", vec![otlp::log(run, now_ns())]);
        let started = Instant::now();
        server.send_ok("logs", &body);
        let (name, rows) = events.next_event();
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        ensure!(name == "rows", "the tail told {name}");
        ensure!(rows[0]["message"] == format!("item-{run}"), "the tail missed a record");
    }
    Ok(median(&mut times))
}

/// A full house at rest.
fn rest(options: &ServerOptions, data: &Path, report: &mut ScaleReport) -> Result<()> {
    let server = Server::start_with(data, options);
    std::thread::sleep(Duration::from_secs(10));
    report.idle_cpu_percent = cpu_percent_over(server.process_id(), IDLE_SECONDS)?;
    report.idle_bytes = server.resident_bytes().0;
    server.stop();
    Ok(())
}

/// Notes every question that a peer answers differently.
fn compare(questions: &[crate::questions::Question], report: &mut ScaleReport) {
    for peer in &report.peers {
        let Ok(peer_report) = &peer.outcome else { continue };
        for answered in peer_report["questions"].as_array().into_iter().flatten() {
            let name = &answered["name"];
            let question = questions.iter().find(|question| name == question.name);
            let own = report.answers.iter().find(|answer| name == answer.name);
            if let (Some(question), Some(own)) = (question, own)
                && let Err(difference) = check_equal(question, &own.answer, &answered["answer"])
            {
                report.disagreements.push(format!("with {}: {difference}", peer.name));
            }
        }
    }
}
