//! `hannun sql`: asks the server of a folder, or opens the folder itself.

use super::client::Server;
use super::lake_options;
use crate::config::{OutputFormat, SqlSettings};
use crate::memory::ProcessMemory;
use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;
use hannun_lake::{Lake, LakeError};
use hannun_query::output::{csv, json::JsonRows, text};
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_query::{Engine, EngineOptions, QueryLimits};
use hannun_server::metrics::MemoryProbe;
use std::io::Write;
use std::sync::Arc;

pub fn run(settings: &SqlSettings) -> Result<()> {
    if let Some(url) = &settings.server.url {
        return ask(&Server::at(url, settings.server.token.clone()), settings);
    }
    with_folder(settings, |server| ask(server, settings))
}

/// Answers from the folder itself, or lets `ask` do it when a server has the folder open.
pub(super) fn with_folder(
    settings: &SqlSettings,
    ask: impl FnOnce(&Server) -> Result<()>,
) -> Result<()> {
    let folder = &settings.server.folder.data_dir;
    if !folder.exists() {
        bail!("there is no data folder {}; name it with --data-dir", folder.display());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match runtime.block_on(open(settings)) {
        Ok(lake) => runtime.block_on(answer(&lake, settings)),
        Err(LakeError::FolderInUse(_)) => ask(&Server::of_folder(folder)?),
        Err(error) => Err(error.into()),
    }
}

fn ask(server: &Server, settings: &SqlSettings) -> Result<()> {
    let body = serde_json::json!({
        "query": settings.query,
        "format": settings.format.name(),
        "max_rows": settings.max_rows,
        "timeout_seconds": settings.timeout_seconds,
    });
    print(server.post("/api/v1/sql", &body)?)
}

/// Prints an answer as it comes.
pub(super) fn print(mut answer: ureq::Body) -> Result<()> {
    let mut reader = answer.as_reader();
    std::io::copy(&mut reader, &mut std::io::stdout().lock())?;
    Ok(())
}

async fn open(settings: &SqlSettings) -> Result<Lake, LakeError> {
    let mut options = lake_options(&settings.server.folder, None);
    // Only look: what is live stays in the log, and nothing is merged or dropped.
    options.background = false;
    Lake::open(options).await
}

/// A process that only asks has little to tell about itself.
#[derive(Debug)]
struct OwnMemory;

impl MetricsSource for OwnMemory {
    fn metrics(&self) -> Vec<Metric> {
        vec![Metric {
            name: "hannun_memory_resident_bytes",
            labels: Vec::new(),
            value: ProcessMemory.resident_bytes() as f64,
            counter: false,
            help: "Resident memory.",
        }]
    }
}

async fn answer(lake: &Lake, settings: &SqlSettings) -> Result<()> {
    let engine = Arc::new(Engine::new(
        lake.shared().clone(),
        Arc::new(OwnMemory),
        &EngineOptions::default(),
    )?);
    let limits = QueryLimits::asked(settings.max_rows, settings.timeout_seconds);
    let mut rows = engine.query(&settings.query, limits).await?;
    let schema = rows.schema();
    let mut batches = Vec::new();
    while let Some(batch) = rows.next().await? {
        batches.push(batch);
    }
    let mut out = std::io::stdout().lock();
    match settings.format {
        OutputFormat::Table => {
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            writeln!(out, "{}", text::table(&batches)?)?;
        }
        OutputFormat::Json => {
            let mut writer = JsonRows::default();
            out.write_all(writer.begin())?;
            for batch in &batches {
                out.write_all(&writer.rows(batch)?)?;
            }
            out.write_all(writer.end())?;
        }
        OutputFormat::Csv => {
            out.write_all(&csv::header(&schema))?;
            for batch in &batches {
                out.write_all(&csv::rows(batch)?)?;
            }
        }
        OutputFormat::Arrow => {
            let mut writer = StreamWriter::try_new(&mut out, &schema)?;
            for batch in &batches {
                writer.write(batch)?;
            }
            writer.finish()?;
        }
    }
    if rows.truncated() {
        eprintln!("hannun: cut at the row limit; ask with a larger --max-rows");
    }
    Ok(())
}
