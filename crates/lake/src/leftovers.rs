//! Files that a crash left: written but never published, or replaced but never deleted.
//!
//! They are deleted at the next start, unless one of them shows that the catalog has forgotten
//! something: a catalog that was emptied opens like a new one, and must not cost the data.

use crate::catalog::CatalogState;
use crate::description::{Unreadable, read_description, source_table};
use crate::error::LakeError;
use crate::file::{FileRecord, Origin};
use crate::lake::LOCAL_NODE;
use crate::store::DataStore;
use crate::wal::extent::LogExtent;
use crate::wal::files::WalFiles;
use std::collections::HashSet;

/// Deletes the files that the catalog does not name, when their rows are elsewhere.
///
/// # Errors
/// [`LakeError::CatalogBehind`] when one of them has rows that neither the catalog nor the log
/// accounts for. Nothing was deleted then.
pub async fn delete(
    store: &DataStore,
    wal: &mut dyn WalFiles,
    loaded: &CatalogState,
) -> Result<(), LakeError> {
    let mut leftovers = find(store, loaded).await?;
    if leftovers.is_empty() {
        return Ok(());
    }
    let log = LogExtent::read(wal).map_err(LakeError::io("read the log"))?;
    delete_found(store, loaded, &log, &mut leftovers).await
}

struct Leftover {
    path: String,
    record: Result<FileRecord, Unreadable>,
}

async fn find(store: &DataStore, loaded: &CatalogState) -> Result<Vec<Leftover>, LakeError> {
    let live: HashSet<&str> = loaded.files.iter().map(|file| file.path.as_str()).collect();
    let mut leftovers = Vec::new();
    for (path, bytes) in store.list().await? {
        if !live.contains(path.as_str()) && !path.starts_with("quarantine/") {
            let record = read_description(store, &path, bytes).await?;
            leftovers.push(Leftover { path, record });
        }
    }
    Ok(leftovers)
}

async fn delete_found(
    store: &DataStore,
    loaded: &CatalogState,
    log: &LogExtent,
    leftovers: &mut [Leftover],
) -> Result<(), LakeError> {
    let unknown = leftovers
        .iter()
        .filter_map(|leftover| leftover.record.as_ref().ok())
        .find(|record| is_unaccounted(record, loaded, log));
    if let Some(unknown) = unknown {
        return Err(LakeError::CatalogBehind(unknown.path.clone()));
    }
    // The inputs of a merge before its output: while any of them is there, a rebuild needs the
    // output to know that they are replaced.
    leftovers.sort_by_key(|leftover| leftover.record.as_ref().map_or(0, |record| record.level));
    let is_new = loaded.files.is_empty() && loaded.checkpoints.is_empty();
    for Leftover { path, record } in leftovers {
        match record {
            Err(error) if is_new => {
                tracing::warn!(path, %error, "setting aside a data file of an empty catalog");
                store.quarantine(path).await?;
            }
            _ => {
                tracing::info!(path, "deleting a data file that the catalog does not name");
                store.delete(path).await?;
            }
        }
    }
    Ok(())
}

/// Whether a file has rows past the checkpoint that a replay would not give back.
fn is_unaccounted(record: &FileRecord, loaded: &CatalogState, log: &LogExtent) -> bool {
    let key = (LOCAL_NODE.to_owned(), source_table(&record.table).to_owned());
    let checkpoint = loaded.checkpoints.get(&key).copied().unwrap_or(0);
    match &record.origin {
        Origin::Compaction { checkpoint: merged_at, .. } => *merged_at > checkpoint,
        Origin::Flush { wal, .. } => wal.up_to > checkpoint && !log.holds(*wal),
    }
}
