//! `hannun sql`: asks the server of a folder, or opens the folder itself.

use super::{LISTENERS_FILE, lake_options};
use crate::config::{OutputFormat, SqlSettings};
use crate::memory::ProcessMemory;
use crate::secrets::OWNER_TOKEN_FILE;
use anyhow::{Context, Result, bail};
use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;
use hannun_lake::{Lake, LakeError};
use hannun_query::output::{csv, json::JsonRows, text};
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_query::{Engine, EngineOptions, QueryLimits};
use hannun_server::metrics::MemoryProbe;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

pub fn run(settings: &SqlSettings) -> Result<()> {
    if let Some(url) = &settings.url {
        return ask(&Server { url: url.clone(), own: false }, settings.token.as_deref(), settings);
    }
    let folder = &settings.folder.data_dir;
    if !folder.exists() {
        bail!("there is no data folder {}; name it with --data-dir", folder.display());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match runtime.block_on(open(settings)) {
        Ok(lake) => runtime.block_on(answer(&lake, settings)),
        Err(LakeError::FolderInUse(_)) => {
            let token = std::fs::read_to_string(folder.join(OWNER_TOKEN_FILE)).ok();
            ask(&running_server(folder)?, token.as_deref().map(str::trim), settings)
        }
        Err(error) => Err(error.into()),
    }
}

/// A server to ask.
struct Server {
    url: String,
    /// Whether it is the server of a folder on this machine, found through that folder.
    own: bool,
}

/// The server that has the folder open.
fn running_server(folder: &Path) -> Result<Server> {
    let path = folder.join(LISTENERS_FILE);
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("failed to find the server of the folder in {}", path.display())
    })?;
    let addresses: serde_json::Value = serde_json::from_str(&text)?;
    let address = addresses.get("http").and_then(serde_json::Value::as_str);
    let Some(address) = address else {
        bail!("the server of {} has --listen off, so it cannot be asked", folder.display());
    };
    let tls = addresses.get("tls").and_then(serde_json::Value::as_bool) == Some(true);
    let scheme = if tls { "https" } else { "http" };
    Ok(Server { url: format!("{scheme}://{address}"), own: true })
}

fn ask(server: &Server, token: Option<&str>, settings: &SqlSettings) -> Result<()> {
    let url = &server.url;
    // The folder, which only its owner can read, vouches for its own server; its certificate
    // names another host than the address used here.
    let tls = ureq::tls::TlsConfig::builder().disable_verification(server.own).build();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).tls_config(tls).build().into();
    let mut request = agent.post(format!("{}/api/v1/sql", url.trim_end_matches('/')));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = serde_json::json!({
        "query": settings.query,
        "format": settings.format.name(),
        "max_rows": settings.max_rows,
        "timeout_seconds": settings.timeout_seconds,
    });
    let mut response =
        request.send_json(body).with_context(|| format!("failed to ask the server at {url}"))?;
    if !response.status().is_success() {
        let body: serde_json::Value = response.body_mut().read_json().unwrap_or_default();
        let message = body.pointer("/error/message").and_then(serde_json::Value::as_str);
        bail!("{}", message.unwrap_or("the server gave no reason"));
    }
    let mut reader = response.body_mut().as_reader();
    std::io::copy(&mut reader, &mut std::io::stdout().lock())?;
    Ok(())
}

async fn open(settings: &SqlSettings) -> Result<Lake, LakeError> {
    let mut options = lake_options(&settings.folder, None);
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
