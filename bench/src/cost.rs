//! A bill of many lines: importing it, what it takes on disk, the questions of the explorer, and
//! giving it to teams by a hundred rules, beside DuckDB on the same files.

use crate::cost_questions::{self, Ten};
use crate::measure::{cpu_seconds, disk_bytes};
use crate::{Arguments, peers};
use anyhow::{Context, Result, ensure};
use hannun_e2e::{Server, ServerOptions, Session};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RULES: usize = 100;
/// A month that is over, so that the bill does not depend on the day of the run.
const MONTH: &str = "2026-10";
const MONTH_FROM_MS: i64 = 1_790_812_800_000;
const MONTH_TO_MS: i64 = 1_793_491_200_000;

/// What a child process took from its start to its end.
#[derive(Debug, Clone, Copy)]
struct Cost {
    seconds: f64,
    cpu_seconds: f64,
    peak_bytes: u64,
}

/// Generates, imports, asks.
pub fn run(arguments: &Arguments) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let bill = folder.path().join("bill");
    eprintln!("generating a bill of {} lines …", arguments.lines);
    generate(arguments, &bill)?;
    let files = bill_files(&bill)?;
    let compressed: u64 =
        files.iter().filter_map(|file| file.metadata().ok()).map(|it| it.len()).sum();
    let data = folder.path().join("data");
    eprintln!("importing {} MB …", compressed / 1_000_000);
    let imported = import(arguments, &bill, &data)?;
    let options = ServerOptions {
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::default()
    };
    let server = Server::start_with(&data, &options);
    let rows = u64::try_from(server.count("cost"))?;
    let disk = disk_bytes(&data.join("bills"));
    let ten = cost_questions::ask_hannun(&server)?;
    let allocation = allocate(&server)?;
    server.stop();
    let peer = peer(arguments, folder.path(), &files, &data, &ten)?;
    let report = Report { rows, compressed, imported, parquet: disk.parquet, allocation };
    println!("{}", report.markdown(&ten, peer.as_ref()));
    Ok(json!({
        "rows": rows, "compressed_bytes": compressed, "bytes_per_line": disk.parquet as f64 / rows as f64,
        "import": {"seconds": imported.seconds, "cpu_seconds": imported.cpu_seconds,
                   "peak_bytes": imported.peak_bytes},
        "questions": ten.json(), "allocation": allocation.json(), "duckdb": peer,
    }))
}

fn generate(arguments: &Arguments, bill: &Path) -> Result<()> {
    let done = Command::new(&arguments.binary)
        .args(["cost", "generate", "--seed", "7", "--months", "1", "--first-month", MONTH])
        .args(["--format", "cur-legacy", "--draft", "false"])
        .args(["--lines", &arguments.lines.to_string(), "--out"])
        .arg(bill)
        .stdout(Stdio::null())
        .status()?;
    ensure!(done.success(), "`hannun cost generate` failed: {done}");
    Ok(())
}

/// The data files of the bill, wherever its layout puts them.
fn bill_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".csv.gz") {
                files.push(path);
            }
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "no .csv.gz below {}", folder.display());
    Ok(files)
}

/// Imports with no server running, so that the process is the import alone.
fn import(arguments: &Arguments, bill: &Path, data: &Path) -> Result<Cost> {
    let started = Instant::now();
    let mut child = Command::new(&arguments.binary)
        .args(["cost", "import"])
        .arg(bill)
        .args(["--source", "bench", "--data-dir"])
        .arg(data)
        .stdout(Stdio::null())
        .spawn()?;
    let mut cost = Cost { seconds: 0.0, cpu_seconds: 0.0, peak_bytes: 0 };
    while child.try_wait()?.is_none() {
        watch(&child, &mut cost);
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = child.wait()?;
    ensure!(status.success(), "`hannun cost import` failed: {status}");
    cost.seconds = started.elapsed().as_secs_f64();
    Ok(cost)
}

/// The last look before the end counts: both only grow.
fn watch(child: &Child, cost: &mut Cost) {
    if let Ok(seconds) = cpu_seconds(child.id()) {
        cost.cpu_seconds = cost.cpu_seconds.max(seconds);
    }
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
    cost.peak_bytes = cost.peak_bytes.max(kilobytes.unwrap_or(0) * 1024);
}

/// How long the first allocation after a change of rules takes, and the next one.
#[derive(Debug, Clone, Copy)]
struct Allocated {
    first_ms: f64,
    again_ms: f64,
}

impl Allocated {
    fn json(self) -> Value {
        json!({"rules": RULES, "first_ms": self.first_ms, "again_ms": self.again_ms})
    }
}

fn allocate(server: &Server) -> Result<Allocated> {
    let owner = Session::owner(server, "bench");
    let body = json!({"body": tag(), "expected_revision": 0});
    let answer = owner.send("PUT", "/documents/cost-virtual-tag/bench", Some(&body));
    ensure!(answer.status < 300, "the rules were refused: {}", answer.text());
    let path = format!(
        "/cost/allocation?tag=virtual%3Abench&from_ms={MONTH_FROM_MS}&to_ms={MONTH_TO_MS}&metric=effective"
    );
    let timed = || -> Result<f64> {
        let started = Instant::now();
        let answer = owner.get(&path);
        ensure!(answer["checked"] == true, "the allocation does not sum up: {answer}");
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    };
    Ok(Allocated { first_ms: timed()?, again_ms: timed()? })
}

/// A hundred rules, of which most look at something that many lines have.
fn tag() -> Value {
    let rules: Vec<Value> = (0..RULES)
        .map(|rule| {
            let when = match rule % 4 {
                0 => json!({"dimension": "x_usage_type", "operator": "contains",
                            "values": [format!("kind{rule}")]}),
                1 => json!({"dimension": "resource_id", "operator": "starts_with",
                            "values": [format!("i-{rule:03x}")]}),
                2 => json!({"dimension": "tag:team", "operator": "is",
                            "values": [format!("team-{rule}")]}),
                _ => json!({"dimension": "service_name", "operator": "one_of",
                            "values": [format!("service {rule}"), "Amazon Simple Queue Service"]}),
            };
            json!({"when": [when], "then": {"set": format!("owner-{rule}")}})
        })
        .collect();
    json!({"name": "bench", "normalise": "none", "rules": rules})
}

fn peer(
    arguments: &Arguments,
    folder: &Path,
    csv_files: &[PathBuf],
    data: &Path,
    ten: &Ten,
) -> Result<Option<Value>> {
    if !arguments.peers {
        return Ok(None);
    }
    eprintln!("peer duckdb …");
    let mut line_files = Vec::new();
    let mut folders = vec![data.join("bills")];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).context("the folder of bills")? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.starts_with("cost-") && name.ends_with(".parquet") {
                line_files.push(path);
            }
        }
    }
    let job = json!({"folder": folder.join("duckdb"), "csv_files": csv_files,
                     "line_files": line_files, "questions": cost_questions::for_duckdb()});
    let job_file = folder.join("duckdb.job.json");
    std::fs::write(&job_file, job.to_string())?;
    match peers::run("cost", &job_file)? {
        Ok(report) => {
            ten.check(&report)?;
            Ok(Some(report))
        }
        Err(reason) => {
            println!("duckdb: SKIPPED, {reason}");
            Ok(None)
        }
    }
}

struct Report {
    rows: u64,
    compressed: u64,
    imported: Cost,
    parquet: u64,
    allocation: Allocated,
}

impl Report {
    fn markdown(&self, ten: &Ten, peer: Option<&Value>) -> String {
        let Self { rows, imported, .. } = self;
        let per_second = *rows as f64 / imported.seconds;
        let mut text = format!(
            "\n## A bill of {rows} lines, {} MB compressed\n\n\
             | | lines/s | s | CPU-s | peak MB | bytes a line |\n|---|--:|--:|--:|--:|--:|\n\
             | Hannun | {per_second:.0} | {:.1} | {:.1} | {} | {:.1} |\n",
            self.compressed / 1_000_000,
            imported.seconds,
            imported.cpu_seconds,
            imported.peak_bytes / 1_000_000,
            self.parquet as f64 / *rows as f64,
        );
        if let Some(loaded) = peer.map(|peer| &peer["loaded"]) {
            let number = |name: &str| loaded[name].as_f64().unwrap_or(f64::NAN);
            text.push_str(&format!(
                "| DuckDB | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} |\n\nTime of the import by DuckDB's: {:.2}.\n",
                number("rows") / number("seconds"),
                number("seconds"),
                number("cpu_seconds"),
                number("peak_bytes") / 1e6,
                number("disk_bytes") / number("rows"),
                imported.seconds / number("seconds"),
            ));
        }
        text.push_str(&ten.markdown(peer));
        text.push_str(&format!(
            "\nAllocation by {RULES} rules: {:.0} ms after a change, {:.0} ms again.\n",
            self.allocation.first_ms, self.allocation.again_ms
        ));
        text
    }
}
