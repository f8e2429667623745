//! The store of bills: which snapshots there are, and how one replaces another.

use super::durable;
use super::snapshot::SnapshotRecord;
use super::staging::{Checkpoint, DeliveryKey, Staging, StagingRecord};
use super::view::{BillSnapshot, View};
use crate::clock::Clock;
use crate::error::LakeError;
use crate::losses::{Loss, Losses};
use crate::options::{Faults, LakeOptions};
use crate::store::DataStore;
use hannun_model::limits::{BILL_STAGING_SECONDS_MAX, BILL_VERSION_RECORDS_MAX, BILL_VERSIONS_MAX};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ulid::Ulid;

/// Folder of bills in the data folder.
pub const BILLS_FOLDER: &str = "bills";
/// What makes a folder a snapshot.
pub(super) const SNAPSHOT_FILE: &str = "snapshot.json";
pub(super) const STAGING_FILE: &str = "staging.json";
const TOTALS_FILE: &str = "totals.json";

/// Keeps bills in a folder.
#[derive(Debug)]
pub struct BillStore {
    folder: PathBuf,
    files: DataStore,
    clock: Arc<dyn Clock>,
    faults: Faults,
    view: Mutex<Arc<View>>,
    /// Snapshots whose files are to be deleted once nobody reads them.
    leaving: Mutex<Vec<Arc<BillSnapshot>>>,
    /// Held while a snapshot is committed.
    committing: Mutex<()>,
}

/// A folder below that of bills, as it is found.
pub(super) enum Found {
    Snapshot(SnapshotRecord),
    Staging(StagingRecord),
    /// It says nothing that can be read.
    Unreadable {
        file: PathBuf,
        problem: String,
    },
    /// What is left of an import or of a snapshot that was dropped.
    Nothing,
}

impl BillStore {
    /// Opens the bills of a data folder and clears away what is left of imports long ago.
    ///
    /// # Errors
    /// When the folder cannot be read or made.
    pub fn open(options: &LakeOptions, faults: Faults, losses: &Losses) -> Result<Self, LakeError> {
        let folder = options.folder.join(BILLS_FOLDER);
        let files = DataStore::folder(&folder).map_err(LakeError::io("open the bills"))?;
        let now_ms = options.clock.now_ms();
        let mut snapshots = Vec::new();
        for (path, found) in look(&folder).map_err(LakeError::io("list the bills"))? {
            match found {
                Found::Snapshot(record) => match missing(&folder, &record) {
                    None => {
                        // Left when the process ended right after a commit.
                        let _ = durable::delete(&path.join(STAGING_FILE));
                        delete_unnamed(&folder, &path, &record)
                            .map_err(LakeError::io("delete a dropped version of a bill"))?;
                        register(&files, &record);
                        snapshots.push(Arc::new(BillSnapshot { record }));
                    }
                    Some(extent) => {
                        let what = path.display().to_string();
                        losses.add(Loss { what, extent, found_ms: now_ms });
                    }
                },
                Found::Unreadable { file, problem } => {
                    let what = file.display().to_string();
                    losses.add(Loss { what, extent: problem, found_ms: now_ms });
                }
                Found::Staging(staging) if !is_old(&staging, now_ms) => {}
                Found::Staging(_) | Found::Nothing => {
                    tracing::info!(folder = %path.display(), "deleting an unfinished import");
                    std::fs::remove_dir_all(&path)
                        .map_err(LakeError::io("delete an unfinished import"))?;
                }
            }
        }
        let store = Self {
            folder,
            files,
            clock: options.clock.clone(),
            faults,
            view: Mutex::new(Arc::new(View::new(snapshots))),
            leaving: Mutex::default(),
            committing: Mutex::default(),
        };
        store.drop_old_versions()?;
        Ok(store)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The data files, for readers.
    pub fn files(&self) -> &DataStore {
        &self.files
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The snapshots as they are now. Their files stay as long as this is held.
    pub fn view(&self) -> Arc<View> {
        self.view.lock().clone()
    }

    /// Milliseconds since 1970, by the clock of the lake.
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX)
    }

    /// Bytes of all data files on disk that snapshots have, those that wait to be deleted included.
    pub fn bytes(&self) -> u64 {
        let view = self.view();
        let leaving = self.leaving.lock();
        let kept = view.snapshots().iter().chain(leaving.iter());
        kept.map(|snapshot| snapshot.record.bytes()).sum()
    }

    /// Begins an import of a delivery, or goes on with one that was interrupted.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn stage(self: &Arc<Self>, key: &DeliveryKey) -> Result<Staging, LakeError> {
        for (_, found) in look(&self.folder).map_err(LakeError::io("list the bills"))? {
            let Found::Staging(record) = found else { continue };
            if record.key != *key || is_old(&record, self.clock.now_ms()) {
                continue;
            }
            let staging = Staging { store: self.clone(), record };
            if staging.is_whole() {
                staging.delete_unfinished()?;
                return Ok(staging);
            }
            staging.discard()?;
        }
        let record = StagingRecord {
            id: Ulid::new().to_string(),
            key: key.clone(),
            started_ms: self.clock.now_ms(),
            checkpoint: Checkpoint::default(),
        };
        let mut staging = Staging { store: self.clone(), record };
        let doing = "begin an import";
        std::fs::create_dir(staging.folder()).map_err(LakeError::io(doing))?;
        durable::sync_folder(&self.folder).map_err(LakeError::io(doing))?;
        staging.save(Checkpoint::default())?;
        Ok(staging)
    }

    /// What the importer left beside a snapshot to compare the next one with.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn totals(&self, id: &str) -> Result<serde_json::Value, LakeError> {
        let bytes = std::fs::read(self.folder.join(id).join(TOTALS_FILE))
            .map_err(LakeError::io("read the totals of a snapshot"))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    pub(super) fn commit(
        &self,
        staging: Staging,
        mut record: SnapshotRecord,
        totals: &serde_json::Value,
    ) -> Result<SnapshotRecord, LakeError> {
        let doing = "commit a snapshot of a bill";
        let folder = staging.folder();
        self.faults.check("bills: before the totals")?;
        durable::write_json(&folder.join(TOTALS_FILE), totals).map_err(LakeError::io(doing))?;
        self.faults.check("bills: before the commit")?;
        let committing = self.committing.lock();
        // Later than whatever is there: a clock that was set back must not keep it from counting.
        let view = self.view();
        let newest = view.snapshots().iter().map(|it| it.record.imported_ms + 1).max();
        record.imported_ms = self.now_ms().max(newest.unwrap_or(i64::MIN));
        let before = view.current_of(&record.source, record.period_start_ms);
        record.supersedes = before.map(|before| before.record.id.clone());
        drop(view);
        durable::write_json(&folder.join(SNAPSHOT_FILE), &record).map_err(LakeError::io(doing))?;
        register(&self.files, &record);
        let snapshot = Arc::new(BillSnapshot { record: record.clone() });
        self.change(|snapshots| snapshots.push(snapshot));
        self.faults.check("bills: after the commit")?;
        durable::delete(&folder.join(STAGING_FILE)).map_err(LakeError::io(doing))?;
        delete_unnamed(&self.folder, &folder, &record).map_err(LakeError::io(doing))?;
        drop(committing);
        self.drop_old_versions()?;
        Ok(record)
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Arc<BillSnapshot>>)) {
        let mut view = self.view.lock();
        let mut snapshots = view.snapshots().to_vec();
        change(&mut snapshots);
        *view = Arc::new(View::new(snapshots));
    }

    /// Lets go of the lines of versions that newer ones have long replaced, and of the records of
    /// even older ones.
    fn drop_old_versions(&self) -> Result<(), LakeError> {
        let _committing = self.committing.lock();
        let view = self.view();
        let mut versions: HashMap<(&str, i64), usize> = HashMap::new();
        for snapshot in view.snapshots() {
            let version = versions.entry(snapshot.record.period()).or_default();
            *version += 1;
            let id = &snapshot.record.id;
            let has_files = !snapshot.record.files.is_empty();
            if *version > BILL_VERSION_RECORDS_MAX {
                self.faults.check("bills: before a version is forgotten")?;
                durable::delete(&self.folder.join(id).join(SNAPSHOT_FILE))
                    .map_err(LakeError::io("forget a version of a bill"))?;
                self.change(|all| all.retain(|it| it.record.id != *id));
                self.leaving.lock().push(snapshot.clone());
            } else if *version > BILL_VERSIONS_MAX && has_files {
                let record = SnapshotRecord { files: Vec::new(), ..snapshot.record.clone() };
                self.faults.check("bills: before a version is dropped")?;
                durable::write_json(&self.folder.join(id).join(SNAPSHOT_FILE), &record)
                    .map_err(LakeError::io("drop the lines of a version of a bill"))?;
                let without = Arc::new(BillSnapshot { record });
                self.change(|all| {
                    if let Some(place) = all.iter_mut().find(|it| it.record.id == *id) {
                        *place = without;
                    }
                });
                self.leaving.lock().push(snapshot.clone());
            }
        }
        drop(view);
        self.delete_left();
        Ok(())
    }

    /// Deletes the files of dropped snapshots that nobody reads any more.
    pub fn delete_left(&self) {
        self.leaving.lock().retain(|snapshot| {
            if Arc::strong_count(snapshot) > 1 {
                return true;
            }
            let deleted = self.delete_files(&snapshot.record);
            if let Err(error) = &deleted {
                tracing::warn!(id = snapshot.record.id, %error, "failed to delete a dropped bill");
            }
            deleted.is_err()
        });
    }

    fn delete_files(&self, record: &SnapshotRecord) -> std::io::Result<()> {
        for file in &record.files {
            durable::delete(&self.folder.join(&file.path))?;
            self.files.forget(&file.path);
        }
        let folder = self.folder.join(&record.id);
        if !folder.join(SNAPSHOT_FILE).exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(())
    }
}

/// Deletes the data files of a version whose lines were dropped, which somebody still read then.
fn delete_unnamed(folder: &Path, of: &Path, record: &SnapshotRecord) -> std::io::Result<()> {
    let named: HashSet<PathBuf> = record.files.iter().map(|file| folder.join(&file.path)).collect();
    for entry in std::fs::read_dir(of)? {
        let path = entry?.path();
        let is_data = path.extension().is_some_and(|extension| extension == "parquet");
        if is_data && !named.contains(&path) {
            durable::delete(&path)?;
        }
    }
    Ok(())
}

fn register(files: &DataStore, record: &SnapshotRecord) {
    for file in &record.files {
        files.register_file(&file.path, file.bytes, &file.checksums);
    }
}

fn is_old(staging: &StagingRecord, now_ms: u64) -> bool {
    now_ms.saturating_sub(staging.started_ms) > BILL_STAGING_SECONDS_MAX * 1000
}

/// What a snapshot lacks on disk.
pub(super) fn missing(folder: &Path, record: &SnapshotRecord) -> Option<String> {
    let file = record.files.iter().find(|file| {
        !std::fs::metadata(folder.join(&file.path)).is_ok_and(|found| found.len() == file.bytes)
    })?;
    Some(format!(
        "{} is missing or has another size: the snapshot of {} imported at {} ms is not used",
        file.path, record.source, record.imported_ms
    ))
}

/// Every folder below that of bills.
pub(super) fn look(folder: &Path) -> std::io::Result<Vec<(PathBuf, Found)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push((entry.path(), look_into(&entry.path())?));
        }
    }
    Ok(found)
}

fn look_into(folder: &Path) -> std::io::Result<Found> {
    let file = folder.join(SNAPSHOT_FILE);
    if let Some(bytes) = read_if_there(&file)? {
        return Ok(match serde_json::from_slice(&bytes) {
            Ok(record) => Found::Snapshot(record),
            Err(error) => Found::Unreadable { file, problem: error.to_string() },
        });
    }
    // One that cannot be read is of no use, and costs nothing but the work of the import.
    let staging = read_if_there(&folder.join(STAGING_FILE))?;
    let staging = staging.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(staging.map_or(Found::Nothing, Found::Staging))
}

fn read_if_there(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
