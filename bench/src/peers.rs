//! The peers: other engines on the same rows and questions, in the same run.

use crate::generate::DataSet;
use crate::questions::Question;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A peer's own report, or why it did not run.
#[derive(Debug)]
pub struct PeerReport {
    pub name: &'static str,
    pub outcome: std::result::Result<Value, String>,
}

/// The peers and the dialect that each is asked in.
const PEERS: [(&str, &str); 3] =
    [("duckdb", "duckdb"), ("chdb", "clickhouse"), ("victoriametrics", "promql")];

fn folder_of_scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// Runs each peer after the other. One that is not installed says so.
pub fn run_all(
    folder: &Path,
    sets: &[&DataSet],
    questions: &[Question],
) -> Result<Vec<PeerReport>> {
    PEERS
        .iter()
        .map(|(name, dialect)| {
            eprintln!("peer {name} …");
            let job = job(folder, name, dialect, sets, questions);
            let job_file = folder.join(format!("{name}.job.json"));
            std::fs::write(&job_file, job.to_string())?;
            let outcome = run(name, &job_file)?;
            Ok(PeerReport { name, outcome })
        })
        .collect()
}

fn job(
    folder: &Path,
    name: &str,
    dialect: &str,
    sets: &[&DataSet],
    questions: &[Question],
) -> Value {
    let tables: Vec<Value> = sets
        .iter()
        .map(|set| {
            json!({"table": set.table, "rows": set.truth.rows, "raw_bytes": set.requests.raw_bytes(),
                   "rows_file": set.rows_file,
                   "requests_file": set.requests.path()})
        })
        .collect();
    let questions: Vec<Value> = questions
        .iter()
        .map(|question| {
            let sql = if dialect == "duckdb" { &question.duckdb } else { &question.clickhouse };
            json!({"name": question.name, "sql": sql})
        })
        .collect();
    json!({"folder": folder.join(name), "tables": tables, "questions": questions})
}

/// Runs one script; it prints its report as the last line, or `{"skipped": "why"}`.
pub fn run(name: &str, job: &Path) -> Result<std::result::Result<Value, String>> {
    let python = std::env::var_os("HANNUN_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(&python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(folder_of_scripts().join(format!("{name}_peer.py")))
        .arg(job)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("failed to run {python:?}"))?;
    if !output.status.success() {
        return Ok(Err(format!("its script failed: {}", output.status)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(text.lines().last().unwrap_or("null"))
        .with_context(|| format!("no report from {name}"))?;
    match report["skipped"].as_str() {
        Some(reason) => Ok(Err(reason.to_owned())),
        None => Ok(Ok(report)),
    }
}
