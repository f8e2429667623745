//! `--patterns`: how well and how fast log messages are grouped, beside Drain3.
//!
//! Data: the labelled 2,000-line sets of LogHub (Zhu et al., ISSRE 2023,
//! <https://github.com/logpai/loghub>), looked for beside the workspace. One configuration for all.

use crate::test_data;
use anyhow::{Context, Result, ensure};
use hannun_patterns::{Miner, Options};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Passes over the lines of a system when speed is measured.
const PASSES: usize = 500;
/// The same for Drain3, which needs longer.
const PASSES_DRAIN3: usize = 20;
/// Passes whose lines have other digits each.
const PASSES_VARIED: usize = 200;

struct System {
    name: String,
    messages: Vec<String>,
    events: Vec<String>,
}

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
    let systems = systems(&folder)?;
    if systems.is_empty() {
        println!("SKIPPED: no labelled logs in {}", folder.display());
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
            "drain3_accuracy": peer.map(|peer| accuracy(&peer.clusters, &system.events)),
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
        accuracy_on_arrival: accuracy(&ids, &system.events),
        accuracy_resolved: accuracy(&resolved, &system.events),
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

/// Grouping accuracy (Zhu et al., "Tools and Benchmarks for Automated Log Parsing", 2019): the share
/// of messages whose group is exactly the set of messages with the same label.
fn accuracy<T: Hash + Eq + Copy>(groups: &[T], events: &[String]) -> f64 {
    let mut members: HashMap<T, Vec<usize>> = HashMap::new();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for (index, (group, event)) in groups.iter().zip(events).enumerate() {
        members.entry(*group).or_default().push(index);
        *sizes.entry(event).or_default() += 1;
    }
    let exact = |group: &&Vec<usize>| {
        let labels: HashSet<&str> = group.iter().map(|at| events[*at].as_str()).collect();
        labels.len() == 1 && labels.iter().all(|label| sizes[label] == group.len())
    };
    let right: usize = members.values().filter(exact).map(Vec::len).sum();
    right as f64 / groups.len().max(1) as f64
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
            peer.map_or(f64::NAN, |peer| accuracy(&peer.clusters, &system.events)),
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

/// The labelled systems of a folder by name; none when there is no such folder.
fn systems(folder: &Path) -> Result<Vec<System>> {
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut systems = Vec::new();
    for file in files {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(name) = name.strip_suffix("_2k.log_structured.csv") {
            let text = std::fs::read_to_string(&path)?;
            let system = system(name, &text);
            systems.push(system.with_context(|| format!("{} has other columns", path.display()))?);
        }
    }
    systems.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(systems)
}

fn system(name: &str, text: &str) -> Option<System> {
    let rows = csv_rows(text);
    let (header, rows) = rows.split_first()?;
    let column = |name| header.iter().position(|field| field == name);
    let (content, event) = (column("Content")?, column("EventId")?);
    let mut system = System { name: name.to_owned(), messages: Vec::new(), events: Vec::new() };
    for row in rows {
        system.messages.push(row.get(content)?.clone());
        system.events.push(row.get(event)?.clone());
    }
    Some(system)
}

/// Rows of a CSV file with quoted fields (RFC 4180).
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(character),
        }
    }
    if !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows
}
