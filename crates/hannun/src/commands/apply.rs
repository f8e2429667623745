//! `hannun apply` and `hannun export`: documents as files, one or a folder of them. Service
//! definitions of Datadog are read as they are.
//!
//! They go through the running server, or open the ledger itself when none runs.

use super::client::Server;
use super::existing_ledger_url;
use crate::config::{ApplySettings, ExportSettings, ServerChoice};
use anyhow::{Context, Result, bail};
use hannun_ledger::{
    Action, Actor, Applied, Apply, Change, FileDocument, Foreign, Ledger, read_files, write_folder,
};

/// Formats of others that are read as documents.
const FOREIGN: [Foreign; 1] = [hannun_lens_catalog::definition::read::foreign];

/// Plans or makes the changes that lead to the documents of a file or a folder.
pub fn apply(settings: &ApplySettings) -> Result<()> {
    let files = &settings.files;
    let documents = read_files(files, &FOREIGN)?;
    if documents.is_empty() && !settings.prune {
        bail!("{} holds no documents (*.yaml, *.yml, *.json)", files.display());
    }
    let source = match &settings.source {
        Some(source) => source.clone(),
        None => default_source(settings)?,
    };
    let request = Apply { source, documents, prune: settings.prune, plan_only: settings.plan };
    let applied = match target(&settings.server)? {
        Target::Server(server) => {
            let body = serde_json::to_value(&request)?;
            server.post("/api/v1/apply", &body)?.into_with_config().limit(u64::MAX).read_json()?
        }
        Target::Ledger => with_ledger(&settings.server, async |ledger| {
            ledger.apply(&Actor::local_owner(), request.clone()).await
        })?,
    };
    print_changes(&applied);
    Ok(())
}

/// Writes the documents to a folder, one file each.
pub fn export(settings: &ExportSettings) -> Result<()> {
    let documents: Vec<FileDocument> = match target(&settings.server)? {
        Target::Server(server) => {
            let kind = settings.kind.as_ref().map(|kind| format!("?kind={kind}"));
            let path = format!("/api/v1/export{}", kind.unwrap_or_default());
            server.get(&path)?.into_with_config().limit(u64::MAX).read_json()?
        }
        Target::Ledger => with_ledger(&settings.server, async |ledger| {
            ledger.export(settings.kind.as_deref()).await
        })?,
    };
    write_folder(&settings.to, &documents)?;
    println!("{} documents written to {}", documents.len(), settings.to.display());
    Ok(())
}

enum Target {
    Server(Server),
    Ledger,
}

fn target(choice: &ServerChoice) -> Result<Target> {
    if let Some(url) = &choice.url {
        return Ok(Target::Server(Server::at(url, choice.token.clone())));
    }
    let folder = &choice.folder.data_dir;
    if !folder.exists() {
        bail!("there is no data folder {}; name it with --data-dir", folder.display());
    }
    Ok(Server::of_folder_if_running(folder)?.map_or(Target::Ledger, Target::Server))
}

fn with_ledger<T>(
    choice: &ServerChoice,
    work: impl AsyncFnOnce(&Ledger) -> Result<T, hannun_ledger::LedgerError>,
) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ledger =
            Ledger::open(&existing_ledger_url(&choice.folder)?, crate::documents::kinds()?).await?;
        let done = work(&ledger).await;
        ledger.close().await;
        Ok(done?)
    })
}

/// The name of the folder: the same checkout gives the same source wherever it lies. Of one file it is
/// the name of its folder too, since every team calls its file alike.
fn default_source(settings: &ApplySettings) -> Result<String> {
    let path = settings.files.canonicalize().context("failed to find the files")?;
    let ask = "name the source of these documents with --source";
    let name = path.file_name().context(ask)?.to_string_lossy().into_owned();
    if path.is_dir() {
        return Ok(name);
    }
    let folder = path.parent().and_then(|folder| folder.file_name()).context(ask)?;
    Ok(format!("{}/{name}", folder.to_string_lossy()))
}

fn print_changes(applied: &Applied) {
    let mut counts = [0_usize; 4];
    for change in &applied.changes {
        let (index, mark) = match change.action {
            Action::Create => (0, "+"),
            Action::Update => (1, "~"),
            Action::Delete => (2, "-"),
            Action::Unchanged => (3, "="),
        };
        counts[index] += 1;
        if change.action != Action::Unchanged {
            print_change(mark, change);
        }
    }
    let [create, update, delete, unchanged] = counts;
    let verb = if applied.applied { "Applied" } else { "Planned" };
    println!(
        "{verb}: {create} to create, {update} to update, {delete} to delete, {unchanged} unchanged."
    );
}

fn print_change(mark: &str, change: &Change) {
    println!("{mark} {}/{}", change.kind, change.id);
    if let Some(drift) = &change.drift {
        println!("    drift: {drift}");
    }
    for line in change.diff.lines() {
        println!("    {line}");
    }
}
