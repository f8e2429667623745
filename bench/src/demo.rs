//! The demo: how long the history of the shop takes, what shop and server cost together while it is
//! open, and how soon the pages can be used.

use crate::Arguments;
use crate::measure::{cpu_percent_over, cpu_seconds};
use anyhow::{Context, Result, ensure};
use hannun_e2e::{Server, ServerOptions, Session, tools};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HISTORY_SECONDS_MAX: u64 = 1_200;
/// The shop is let run before it is measured, and measured for this long.
const WARM_UP_SECONDS: u64 = 15;
const LIVE_SECONDS: u64 = 60;

/// Plays the history, measures, and prints the figures.
pub fn run(arguments: &Arguments) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let days = if arguments.quick { 0.5 } else { 3.0 };
    let server = start(arguments, &folder.path().join("data"), days);
    let history = history(&server, days)?;
    std::thread::sleep(Duration::from_secs(WARM_UP_SECONDS));
    let live_percent = cpu_percent_over(server.process_id(), LIVE_SECONDS)?;
    println!("| shop and server, open for customers | {live_percent:.1} % of a core |");
    let pages = pages(&server)?;
    server.stop();
    Ok(json!({"history": history, "live_cpu_percent": live_percent, "pages": pages}))
}

fn start(arguments: &Arguments, data: &std::path::Path, days: f64) -> Server {
    let days = days.to_string();
    let options = ServerOptions {
        command: "demo",
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::with(&["--scenario", "calm", "--days", &days])
    };
    Server::start_with(data, &options)
}

fn history(server: &Server, days: f64) -> Result<Value> {
    let complete = server.data_folder().join("shop/history-complete");
    let started = Instant::now();
    while !complete.exists() {
        ensure!(started.elapsed().as_secs() < HISTORY_SECONDS_MAX, "the history took too long");
        std::thread::sleep(Duration::from_millis(50));
    }
    let seconds = started.elapsed().as_secs_f64();
    let cpu = cpu_seconds(server.process_id())?;
    let [spans, logs, points] = ["spans", "logs", "metric_points"].map(|table| server.count(table));
    println!("\n## Demo, calm\n\n| | |\n|---|--:|");
    println!("| history of {days} days, shop and server in one process | {seconds:.1} s |");
    println!("| spans, logs, points in it | {spans}, {logs}, {points} |");
    println!("| spans a second | {:.0} |", spans as f64 / seconds);
    println!("| processor time of both | {cpu:.1} s |");
    Ok(json!({
        "days": days, "seconds": seconds, "cpu_seconds": cpu,
        "spans": spans, "logs": logs, "points": points,
    }))
}

/// Opens the pages in Chromium, when it is there.
fn pages(server: &Server) -> Result<Value> {
    let owner = Session::owner(server, "bench");
    let Some(mut node) = tools::browser_script("../../bench/pages.mjs") else {
        println!("\nSKIPPED pages: no browser, or HANNUN_NODE_MODULES is not set");
        return Ok(Value::Null);
    };
    let trace = server
        .row("SELECT trace_id, count(*) AS n FROM spans GROUP BY trace_id ORDER BY n DESC LIMIT 1");
    let facts = json!({"cookie": owner.cookie, "traceId": trace["trace_id"]});
    node.arg(server.base_url("http")).arg(facts.to_string());
    let figures: Value = serde_json::from_str(&tools::output_of(&mut node))?;
    println!("\n| page | usable after ms, first visit | again | long tasks while scrolling |");
    println!("|---|--:|--:|---|");
    for page in figures.as_array().context("a list of pages")? {
        let text = |name: &str| page[name].to_string();
        println!(
            "| {} | {} | {} | {} |",
            page["path"].as_str().unwrap_or_default(),
            text("first_ms"),
            text("again_ms"),
            text("long_tasks_ms")
        );
    }
    Ok(figures)
}
