//! `--patterns`: how well and how fast log messages are grouped, beside Drain3.
//!
//! Data: the labelled 2,000-line sets of LogHub (Zhu et al., ISSRE 2023,
//! <https://github.com/logpai/loghub>), looked for beside the workspace. One configuration for all.

#[path = "../../crates/patterns/tests/loghub/mod.rs"]
mod loghub;

use crate::test_data;
use anyhow::{Context, Result, ensure};
use hannun_patterns::{Miner, Options};
use loghub::{System, grouping_accuracy, systems_in};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Passes over the lines of a system when speed is measured.
const PASSES: usize = 500;
/// The same for Drain3, which needs longer.
const PASSES_DRAIN3: usize = 20;
/// Passes whose lines have other digits each.
const PASSES_VARIED: usize = 200;

struct Figures {
    accuracy_on_arrival: f64,
    accuracy_resolved: f64,
    lines_per_second: f64,
    varied_lines_per_second: f64,
}

#[derive(Deserialize)]
struct Drain3 {
    clusters: Vec<u64>,
    lines_per_second: f64,
}

/// Measures, prints a table, and gives the figures as JSON.
pub fn run() -> Result<Value> {
    let folder = test_data().join("logs/loghub");
    let systems = systems_in(&folder);
    if systems.is_empty() {
        return Ok(Value::Null);
    }
    let ours = systems.iter().map(measure).collect::<Vec<_>>();
    let theirs = drain3(&systems)?;
    print(&systems, &ours, theirs.as_deref());
    let rows = systems.iter().zip(&ours).enumerate().map(|(index, (system, figures))| {
        let peer = theirs.as_ref().map(|all| &all[index]);
        json!({
            "system": system.name,
            "accuracy_on_arrival": figures.accuracy_on_arrival,
            "accuracy_resolved": figures.accuracy_resolved,
            "lines_per_second": figures.lines_per_second,
            "varied_lines_per_second": figures.varied_lines_per_second,
            "drain3_accuracy": peer.map(|peer| grouping_accuracy(&peer.clusters, &system.events)),
            "drain3_lines_per_second": peer.map(|peer| peer.lines_per_second),
        })
    });
    Ok(rows.collect())
}

fn measure(system: &System) -> Figures {
    let miner = Miner::new(Options::default());
    let mine = |message: &String| miner.mine(&system.name, message).id;
    let ids: Vec<u64> = system.messages.iter().map(mine).collect();
    let resolved: Vec<u64> = ids.iter().map(|id| miner.resolve(*id)).collect();
    let varied: Vec<String> = vary(&system.messages);
    Figures {
        accuracy_on_arrival: grouping_accuracy(&ids, &system.events),
        accuracy_resolved: grouping_accuracy(&resolved, &system.events),
        lines_per_second: speed(&system.name, &system.messages, PASSES),
        varied_lines_per_second: speed(&system.name, &varied, 1),
    }
}

/// Lines a second on one thread by the clock on the wall, beginning with a miner that knows nothing.
fn speed(name: &str, messages: &[String], passes: usize) -> f64 {
    let miner = Miner::new(Options::default());
    let started = Instant::now();
    let mut ids = 0_u64;
    for _ in 0..passes {
        for message in messages {
            ids ^= miner.mine(name, message).id;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    std::hint::black_box(ids);
    (messages.len() * passes) as f64 / seconds
}

/// The messages many times, each time with other digits, so that hardly a line comes twice.
fn vary(messages: &[String]) -> Vec<String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut digit = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + (state % 10) as u8)
    };
    let mut varied = Vec::with_capacity(messages.len() * PASSES_VARIED);
    for _ in 0..PASSES_VARIED {
        varied.extend(messages.iter().map(|message| {
            let other = |letter: char| if letter.is_ascii_digit() { digit() } else { letter };
            message.chars().map(other).collect::<String>()
        }));
    }
    varied
}

/// Drain3 on the same messages; `None`, told on the console, when it cannot be run.
fn drain3(systems: &[System]) -> Result<Option<Vec<Drain3>>> {
    let Some(python) = std::env::var_os("HANNUN_PYTHON").map(PathBuf::from) else {
        println!("SKIPPED: Drain3 needs a Python with it, named by HANNUN_PYTHON");
        return Ok(None);
    };
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(python);
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("drain3/drain3_groups.py"))
        .arg(PASSES_DRAIN3.to_string());
    for system in systems {
        let path = folder.path().join(&system.name);
        std::fs::write(&path, serde_json::to_vec(&system.messages)?)?;
        command.arg(path);
    }
    let output = command.output().context("failed to start Drain3")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let answers = text.lines().map(serde_json::from_str).collect::<Result<Vec<Drain3>, _>>()?;
    ensure!(answers.len() == systems.len(), "Drain3 answered for {} systems", answers.len());
    Ok(Some(answers))
}

fn print(systems: &[System], ours: &[Figures], theirs: Option<&[Drain3]>) {
    println!("\n## Patterns of log messages\n");
    println!(
        "| system | accuracy | after merges | Drain3 | lines/s | other digits | Drain3 lines/s |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for (index, (system, figures)) in systems.iter().zip(ours).enumerate() {
        let peer = theirs.map(|all| &all[index]);
        columns.push(vec![
            figures.accuracy_on_arrival,
            figures.accuracy_resolved,
            peer.map_or(f64::NAN, |peer| grouping_accuracy(&peer.clusters, &system.events)),
            figures.lines_per_second,
            figures.varied_lines_per_second,
            peer.map_or(f64::NAN, |peer| peer.lines_per_second),
        ]);
        print_row(&system.name, &columns[index]);
    }
    let mean = |column: usize| {
        let values = columns.iter().map(|row| row[column]);
        // Speeds are means of times: every system has as many lines.
        if column < 3 {
            values.sum::<f64>() / columns.len() as f64
        } else {
            columns.len() as f64 / values.map(f64::recip).sum::<f64>()
        }
    };
    print_row("**mean**", &(0..6).map(mean).collect::<Vec<_>>());
    println!(
        "\nGrouping accuracy with the ids that messages got as they arrived, and with the merges that \
         followed applied to them. Lines a second on one thread: the same lines \
         {PASSES} times, and {PASSES_VARIED} times with other digits each."
    );
}

fn print_row(name: &str, cells: &[f64]) {
    let cells = cells.iter().enumerate().map(|(column, value)| match column {
        _ if value.is_nan() => "–".to_owned(),
        0..3 => format!("{value:.4}"),
        _ => format!("{value:.0}"),
    });
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}
