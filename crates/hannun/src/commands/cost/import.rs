//! `hannun cost import`: by the server of the folder, or by this process when there is none.

use super::progress::{Bar, print_snapshots};
use crate::commands::client::Server;
use crate::commands::lake_options;
use crate::config::ImportSettings;
use anyhow::{Context, Result, anyhow, bail};
use hannun_bill_import::credentials::Credentials;
use hannun_bill_import::queue::spool_folder;
use hannun_bill_import::request::{Access, Location};
use hannun_bill_import::{ImportRequest, Job, run as run_job};
use hannun_lake::Lake;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(200);

pub fn run(settings: &ImportSettings) -> Result<()> {
    let server = match &settings.server.url {
        Some(url) => Some(Server::at(url, settings.server.token.clone())),
        None => {
            let folder = &settings.server.folder.data_dir;
            std::fs::create_dir_all(folder)
                .with_context(|| format!("failed to make the folder {}", folder.display()))?;
            Server::of_folder_if_running(folder)?
        }
    };
    match server {
        Some(server) => ask(&server, settings),
        None => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(import_here(settings))
        }
    }
}

/// The location as another process understands it: a path from the root.
fn location(settings: &ImportSettings) -> Result<Option<String>> {
    let Some(location) = &settings.location else { return Ok(None) };
    match Location::parse(location) {
        Location::Path(path) => {
            let path = std::path::absolute(&path)?;
            if !path.exists() && settings.server.url.is_none() {
                bail!("there is nothing at {}", path.display());
            }
            Ok(Some(path.display().to_string()))
        }
        _ => Ok(Some(location.clone())),
    }
}

/// Has the server import it, and tells how far it is.
fn ask(server: &Server, settings: &ImportSettings) -> Result<()> {
    let wanted = json!({
        "location": location(settings)?,
        "source": settings.source,
        "account": settings.account,
        "currency": settings.currency,
        "region": settings.region,
        "endpoint": settings.endpoint,
        "profile": settings.profile,
        "dry_run": settings.dry_run,
    });
    let mut job: Value = server.post("/api/v1/cost/imports", &wanted)?.read_json()?;
    let path = format!("/api/v1/cost/imports/{}", job["id"].as_str().unwrap_or_default());
    let bar = Bar::new();
    while matches!(job["state"].as_str(), Some("queued" | "running")) {
        let number = |name: &str| job[name].as_u64().unwrap_or_default();
        bar.show(
            job["phase"].as_str().unwrap_or_default(),
            (number("bytes_done"), number("bytes_total")),
            number("rows"),
        );
        std::thread::sleep(LOOK);
        job = server.get(&path)?.read_json()?;
    }
    bar.end();
    if !matches!(job["state"].as_str(), Some("done" | "unchanged")) {
        // Months before the one that failed.
        print_snapshots(&job["snapshots"], settings.dry_run);
    }
    match job["state"].as_str() {
        Some("done") => print_snapshots(&job["snapshots"], settings.dry_run),
        Some("unchanged") => println!("This bill was imported already; nothing has changed."),
        Some("cancelled") => bail!("the import was cancelled"),
        _ => bail!("{}", job["problem"]["message"].as_str().unwrap_or("the import failed")),
    }
    Ok(())
}

/// Imports into the folder, which no server has open.
async fn import_here(settings: &ImportSettings) -> Result<()> {
    let Some(location) = location(settings)? else {
        bail!("say what to import: a file, a folder, or s3://bucket/prefix");
    };
    let mut options = lake_options(&settings.server.folder, None);
    // Only the bill is brought in; the rest of the folder stays as it is.
    options.background = false;
    let lake = Lake::open(options).await?;
    let request = ImportRequest {
        location: Location::parse(&location),
        source: settings.source.clone(),
        account: settings.account.clone(),
        currency: settings.currency.clone(),
        access: Access {
            region: settings.region.clone(),
            endpoint: settings.endpoint.clone(),
            credentials: settings
                .profile
                .clone()
                .map_or_else(Credentials::default, Credentials::Profile),
        },
        dry_run: settings.dry_run,
    };
    let job = Arc::new(Job::new(request));
    let spool = spool_folder(lake.shared())?;
    let (shared, running) = (lake.shared().clone(), job.clone());
    let mut import = tokio::spawn(async move { run_job(&shared, &spool, &running).await });
    let bar = Bar::new();
    let result = loop {
        tokio::select! {
            result = &mut import => break result,
            () = tokio::time::sleep(LOOK) => bar.show_job(&job),
            _ = tokio::signal::ctrl_c() => job.cancel(),
        }
    };
    bar.end();
    lake.close().await?;
    // Those before a month that failed included.
    let brought = job.look().snapshots;
    let snapshots = brought.iter().map(hannun_lens_cost::imports::SnapshotSummary::new);
    print_snapshots(&serde_json::to_value(snapshots.collect::<Vec<_>>())?, settings.dry_run);
    result.context("the import stopped unexpectedly")?.map_err(|error| anyhow!(error))?;
    if brought.is_empty() {
        println!("This bill was imported already; nothing has changed.");
    }
    Ok(())
}
