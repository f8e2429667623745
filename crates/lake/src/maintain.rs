//! Background work: publishing, compaction, deleting what is replaced.

use crate::buffer::Rows;
use crate::catalog::{CatalogError, Publish};
use crate::compact;
use crate::error::LakeError;
use crate::file::{FileRecord, WalRange};
use crate::lake::{LOCAL_NODE, Shared};
use crate::publish::encode;
use crate::retention;
use crate::state::FileHandle;
use crate::tombstones::Tombstone;
use crate::wal::writer::Command;
use hannun_model::table::Table;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// How often thresholds of age are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How long a failing step waits before it is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Publishes tables that are full or old, until told to stop.
pub async fn publish_loop(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let when = shared.options.publish_when();
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = shared.publish_soon.notified() => {}
            _ = stop.changed() => break,
        }
        if let Err(error) = retention::look_at_disk(&shared) {
            tracing::warn!(%error, "failed to look at the disk");
        }
        let now_ms = shared.options.clock.now_ms();
        let pressed = shared.state.live_bytes() * 2 > shared.options.buffer_bytes_max();
        for table in Table::INTAKE {
            let (rows, bytes, oldest_ms, unfinished) = shared.state.waiting(table);
            let old = oldest_ms.is_some_and(|oldest| now_ms.saturating_sub(oldest) > when.age_ms);
            let large = rows >= when.rows || bytes >= when.bytes;
            if !(unfinished || old || large || (pressed && rows > 0)) {
                continue;
            }
            if let Err(error) = publish(&shared, table).await {
                shared.counters.publish_errors.fetch_add(1, Ordering::Relaxed);
                tracing::error!(table = table.name(), %error, "failed to publish; trying again");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }
}

/// Writes the live rows of a table to files and moves the checkpoint, in one catalog transaction
/// (I3). Nothing is lost when it fails: the rows stay live and in the log.
pub async fn publish(shared: &Arc<Shared>, table: Table) -> Result<(), LakeError> {
    publish_keeping_log(shared, table).await?;
    release_log(shared);
    Ok(())
}

/// [`publish`] while the log is still being replayed, when nobody knows yet what it may let go.
pub(crate) async fn publish_keeping_log(
    shared: &Arc<Shared>,
    table: Table,
) -> Result<(), LakeError> {
    let Some((rows, previous)) = shared.state.begin_publish(table) else { return Ok(()) };
    if settle_attempt(shared, table, &rows, previous).await? {
        return Ok(());
    }
    // From the first row and not from the checkpoint before it, so that the range says exactly
    // what a log must hold to give the rows back.
    let wal = WalRange { after: rows.first_position().saturating_sub(1), up_to: rows.up_to() };
    debug_assert!(wal.after >= previous, "I3: published rows come after the checkpoint");
    let row_count = rows.rows() as u64;
    let encoded = tokio::task::spawn_blocking(move || {
        let batches: Vec<_> = rows.batches().cloned().collect();
        drop(rows);
        encode(table, &batches, wal)
    })
    .await
    .map_err(|_| LakeError::Stopped("encoding"))??;
    shared.faults.check("publish: before the files are written")?;
    let paths = encoded.iter().map(|file| file.record.path.clone()).collect();
    shared.state.set_attempted(table, paths);
    let mut files = Vec::new();
    let mut derived = Vec::new();
    for file in encoded {
        shared.store.put(&file.record.path, file.bytes.into()).await?;
        shared.faults.check("publish: between two files")?;
        let own = file.record.table == table.name();
        if own { &mut files } else { &mut derived }.push(file.record);
    }
    shared.faults.check("publish: before the commit")?;
    let mut publish = checkpoint_move(table, previous, wal.up_to);
    (publish.files, publish.derived) = (files, derived);
    shared.catalog.publish(&publish).await?;
    shared.faults.check("publish: after the commit")?;
    let mut files = publish.files;
    files.extend(publish.derived);
    finish_publish(shared, table, wal.up_to, files, row_count);
    Ok(())
}

fn checkpoint_move(table: Table, previous: u64, checkpoint: u64) -> Publish {
    Publish {
        node: LOCAL_NODE.to_owned(),
        table: table.name().to_owned(),
        previous,
        checkpoint,
        files: Vec::new(),
        derived: Vec::new(),
    }
}

fn finish_publish(
    shared: &Shared,
    table: Table,
    checkpoint: u64,
    files: Vec<FileRecord>,
    rows: u64,
) {
    files.iter().for_each(|file| shared.store.register(file));
    shared.state.finish_publish(table, checkpoint, files);
    shared.counters.publishes.fetch_add(1, Ordering::Relaxed);
    shared.counters.published_rows.fetch_add(rows, Ordering::Relaxed);
}

/// Finds out what became of an earlier try to publish the same rows whose end was not seen, and
/// answers whether it had gone through. If not, its files are deleted before others are written:
/// a rebuild must never find the same rows in two sets of files.
async fn settle_attempt(
    shared: &Shared,
    table: Table,
    rows: &Rows,
    previous: u64,
) -> Result<bool, LakeError> {
    let attempted = shared.state.attempted(table);
    if attempted.is_empty() {
        return Ok(false);
    }
    // Moves the checkpoint nowhere, after any commit that is still under way on the server.
    match shared.catalog.publish(&checkpoint_move(table, previous, previous)).await {
        Ok(()) => {}
        Err(CatalogError::Conflict(refusal)) => {
            let mut files = shared.catalog.load().await?.files;
            files.retain(|file| attempted.contains(&file.path));
            if files.is_empty() {
                return Err(CatalogError::Conflict(refusal).into());
            }
            finish_publish(shared, table, rows.up_to(), files, rows.rows() as u64);
            return Ok(true);
        }
        Err(error) => return Err(error.into()),
    }
    for path in &attempted {
        shared.store.delete(path).await?;
    }
    shared.state.set_attempted(table, Vec::new());
    Ok(false)
}

/// Lets the log delete the segments that are no longer needed.
pub(crate) fn release_log(shared: &Shared) {
    if let Some(position) = shared.state.releasable() {
        // A closed queue means that the log is being closed; the next start releases.
        let _ = shared.commands.try_send(Command::Release(position));
    }
}

/// Starts the thread that compacts, drops and deletes, below the priority of everything else.
pub fn start_compaction(shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    let spawned = std::thread::Builder::new().name("compaction".to_owned()).spawn(move || {
        if let Err(error) = rustix::process::nice(10) {
            tracing::debug!(%error, "compaction runs at normal priority");
        }
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(compaction_loop(shared, stop)),
            Err(error) => tracing::error!(%error, "failed to start compaction"),
        }
    });
    if let Err(error) = spawned {
        tracing::error!(%error, "failed to start the compaction thread");
    }
}

async fn compaction_loop(shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let worked = match maintain_once(&shared).await {
            Ok(worked) => worked,
            Err(error) => {
                shared.counters.compaction_errors.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, "failed to maintain files; trying again");
                false
            }
        };
        if worked {
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY_PAUSE) => {}
            // Dropping the sender stops the loop too.
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
}

/// One round of compaction, retention, budget and deletion. Answers whether there may be more.
pub async fn maintain_once(shared: &Arc<Shared>) -> Result<bool, LakeError> {
    let _guard = shared.maintenance.lock().await;
    settle_merge(shared).await?;
    set_damaged_aside(shared).await;
    retention::drop_expired(shared).await?;
    retention::keep_disk_budget(shared).await?;
    delete_tombstones(shared).await?;
    shared.bills.delete_left();
    let now_seconds = i64::try_from(shared.options.clock.now_ms() / 1000).unwrap_or(i64::MAX);
    let mut pending = 0;
    let mut first = None;
    for table in Table::ALL {
        if let Some(plan) = compact::choose(table, &shared.state.files(table), now_seconds) {
            pending += 1;
            first.get_or_insert(plan);
        }
    }
    shared.counters.pending_compactions.store(pending, Ordering::Relaxed);
    let Some(plan) = first else { return Ok(false) };
    compact_files(shared, &plan).await?;
    Ok(true)
}

/// Merges the files of a plan and swaps them for the output in one transaction (I4).
pub async fn compact_files(shared: &Arc<Shared>, plan: &compact::Plan) -> Result<(), LakeError> {
    shared.faults.check("compaction: before the merge")?;
    // Derived rows move with the checkpoint of the table they come from.
    let source = plan.table.source().unwrap_or(plan.table);
    let merged = compact::merge(plan, shared.state.checkpoint(source), &shared.store).await;
    let output = match merged {
        Ok(output) => output,
        Err(error) => {
            for input in &plan.inputs {
                quarantine_if_damaged(shared, input).await?;
            }
            return Err(error);
        }
    };
    let merged = Merged { plan: plan.clone(), output };
    *shared.unsettled.lock() = Some(merged);
    shared.faults.check("compaction: before the commit")?;
    settle_merge(shared).await
}

/// A finished merge on its way into the catalog.
#[derive(Debug, Clone)]
pub struct Merged {
    plan: compact::Plan,
    output: FileRecord,
}

/// Commits the merge that waits for it, if any. Until its end is known nothing else is merged or
/// dropped: a rebuild must never find the same rows in two outputs.
async fn settle_merge(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let waiting = shared.unsettled.lock().clone();
    let Some(Merged { plan, output }) = waiting else { return Ok(()) };
    let inputs: Vec<String> = plan.inputs.iter().map(|file| file.id.clone()).collect();
    let now_ms = shared.options.clock.now_ms();
    let commit_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
    match shared.catalog.compact(&inputs, &output, commit_ms).await {
        Ok(()) => {}
        // The answer to an earlier try was lost, but the try was not.
        Err(CatalogError::Conflict(_)) if is_live(shared, &output).await? => {}
        Err(CatalogError::Conflict(refusal)) => {
            shared.store.delete(&output.path).await?;
            *shared.unsettled.lock() = None;
            return Err(CatalogError::Conflict(refusal).into());
        }
        Err(error) => return Err(error.into()),
    }
    shared.faults.check("compaction: after the commit")?;
    let rows = output.rows;
    shared.store.register(&output);
    shared.state.swap(plan.table, &plan.inputs, output);
    *shared.unsettled.lock() = None;
    shared.tombstones.add(plan.inputs.iter().cloned(), now_ms);
    shared.counters.compactions.fetch_add(1, Ordering::Relaxed);
    shared.counters.compacted_rows.fetch_add(rows, Ordering::Relaxed);
    Ok(())
}

async fn is_live(shared: &Shared, file: &FileRecord) -> Result<bool, LakeError> {
    Ok(shared.catalog.load().await?.files.iter().any(|live| live.id == file.id))
}

/// Takes the files out of sight that readers found damaged. A failure is told and tried again, but
/// does not keep retention from making room.
async fn set_damaged_aside(shared: &Arc<Shared>) {
    for path in shared.store.take_damaged() {
        let mut files = Table::ALL.into_iter().flat_map(|table| shared.state.files(table));
        let Some(file) = files.find(|file| file.path == path) else { continue };
        // Once more, because setting it aside takes its rows: the disk may have erred on the way.
        match quarantine_if_damaged(shared, &file).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(path, "a file that was read damaged reads well again; it is kept");
            }
            Err(error) => {
                tracing::error!(path, %error, "failed to set a damaged file aside; trying again");
                shared.store.put_back_damaged(&path);
            }
        }
    }
}

/// Reads a file again and sets it aside when its bytes are wrong. One that cannot be read at all for
/// now is left where it is.
async fn quarantine_if_damaged(shared: &Arc<Shared>, file: &FileHandle) -> Result<bool, LakeError> {
    match crate::verify::read_whole(&shared.store, file).await {
        Ok(()) => Ok(false),
        Err(damage) if crate::verify::is_damage(&damage) => {
            retention::quarantine(shared, file, &damage).await?;
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

/// Deletes replaced and dropped files that no query reads any more.
pub async fn delete_tombstones(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let deletable = shared.tombstones.take_deletable(shared.options.clock.now_ms());
    if deletable.is_empty() {
        return Ok(());
    }
    let (mut deleted, mut kept): (Vec<Tombstone>, Vec<Tombstone>) = (Vec::new(), Vec::new());
    let mut stopped = Ok(());
    for tombstone in deletable {
        stopped = stopped.and_then(|()| shared.faults.check("deletion: before a file"));
        if stopped.is_err() || kept.iter().any(|input| tombstone.replaced(&input.file.id)) {
            kept.push(tombstone);
            continue;
        }
        match shared.store.delete(&tombstone.file.path).await {
            Ok(()) => deleted.push(tombstone),
            Err(error) => {
                tracing::warn!(path = tombstone.file.path, %error, "failed to delete a file");
                kept.push(tombstone);
            }
        }
    }
    shared.tombstones.put_back(kept);
    shared.counters.deleted_files.fetch_add(deleted.len() as u64, Ordering::Relaxed);
    stopped?;
    let ids: Vec<String> = deleted.iter().map(|tombstone| tombstone.file.id.clone()).collect();
    shared.catalog.forget_tombstones(&ids).await?;
    Ok(())
}
