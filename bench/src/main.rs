//! `hannun-bench`: what a Hannun costs and how fast it answers, next to its peers, in one run.
//!
//! See `bench/README.md` for what each figure means.

mod apm;
mod convert;
mod cost;
mod cost_questions;
mod datadog;
mod demo;
mod dogstatsd;
mod generate;
mod load;
mod log_questions;
mod measure;
mod patterns;
mod peers;
mod questions;
mod report;
mod requests;
mod rows;
mod run;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use std::path::{Path, PathBuf};

/// Side by side against peers: one command, ratios out.
#[derive(Debug, Parser)]
#[command(name = "hannun-bench")]
pub struct Arguments {
    /// The `hannun` to measure; build it with `--release`.
    #[arg(long, env = "HANNUN_BIN", default_value = "target/release/hannun")]
    binary: PathBuf,
    /// Spans at scale 1, of each kind (real and generated).
    #[arg(long, default_value_t = 285_000)]
    spans: u64,
    /// Log records at scale 1.
    #[arg(long, default_value_t = 1_200_000)]
    logs: u64,
    /// Metric points at scale 1.
    #[arg(long, default_value_t = 3_000_000)]
    points: u64,
    /// Multiples of the data to run with.
    #[arg(long, value_delimiter = ',', default_value = "1")]
    scale: Vec<u64>,
    /// A twentieth of the data and no compressed variant: minutes instead of an hour.
    #[arg(long)]
    quick: bool,
    /// Also run the peers that are installed (`HANNUN_PYTHON` names their Python).
    #[arg(long)]
    peers: bool,
    /// Measure the demo instead: its history, its shop, and the pages in Chromium.
    #[arg(long)]
    demo: bool,
    /// Only the pages about services and traces, over `--spans` real spans of seven days.
    #[arg(long)]
    apm: bool,
    /// Only the same `--spans` spans over OTLP and as Datadog's tracers send them.
    #[arg(long)]
    datadog: bool,
    /// Only DogStatsD over UDP on loopback: what arrives, what is lost, what it costs.
    #[arg(long)]
    dogstatsd: bool,
    /// Only a bill of `--lines` lines: importing it, asking about it, giving it to teams.
    #[arg(long)]
    cost: bool,
    /// Lines of the bill.
    #[arg(long, default_value_t = 10_000_000)]
    lines: u64,
    /// Only logs: loading them, and what people ask of them.
    #[arg(long)]
    only_logs: bool,
    /// Measure only how log messages are grouped; needs no `hannun`.
    #[arg(long)]
    patterns: bool,
    /// Memory limit of the server.
    #[arg(long, default_value = "512MiB")]
    memory_limit: String,
}

/// The folder of shared test data.
fn test_data() -> PathBuf {
    std::env::var_os("HANNUN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    )
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    if arguments.patterns {
        return write_results(&serde_json::json!({"patterns": patterns::run()?}));
    }
    ensure!(arguments.binary.is_file(), "no binary at {}", arguments.binary.display());
    arguments.binary = arguments.binary.canonicalize()?;
    if arguments.quick {
        arguments.spans /= 20;
        arguments.logs /= 20;
        arguments.points /= 20;
        arguments.lines /= 20;
    }
    println!(
        "# Hannun bench\n\nBinary {}, memory limit {}.",
        version(&arguments.binary),
        arguments.memory_limit
    );
    if arguments.demo {
        return write_results(&serde_json::json!({"demo": demo::run(&arguments)?}));
    }
    if arguments.apm {
        return write_results(&serde_json::json!({"apm": apm::run(&arguments)?}));
    }
    if arguments.cost {
        return write_results(&serde_json::json!({"cost": cost::run(&arguments)?}));
    }
    if arguments.dogstatsd {
        return write_results(&serde_json::json!({"dogstatsd": dogstatsd::run(&arguments)?}));
    }
    if arguments.datadog {
        return write_results(&serde_json::json!({"datadog": datadog::run(&arguments)?}));
    }
    let mut scales = Vec::new();
    for scale in arguments.scale.clone() {
        let report = run::run_scale(&arguments, scale)?;
        println!("{}", report.markdown());
        scales.push(report);
    }
    println!("{}", report::growth(&scales));
    let scales: Vec<_> = scales.iter().map(report::ScaleReport::json).collect();
    write_results(&serde_json::json!({"binary": version(&arguments.binary), "scales": scales}))
}

fn write_results(whole: &serde_json::Value) -> Result<()> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    std::fs::create_dir_all(&results)?;
    let path = results.join(format!("{}.json", hannun_e2e::now_ns() / generate::SECOND_NS));
    std::fs::write(&path, serde_json::to_string_pretty(whole)?)
        .with_context(|| format!("failed to write {}", path.display()))?;
    println!("\nFigures as JSON: {}", path.display());
    Ok(())
}

fn version(binary: &Path) -> String {
    std::process::Command::new(binary)
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
