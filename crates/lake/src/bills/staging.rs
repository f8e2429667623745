//! An import that is under way: files that no query sees yet.

use super::durable;
use super::snapshot::{BillFile, InputFile, OwnColumn, SnapshotRecord};
use super::store::{self, BillStore};
use super::writer::BillWriter;
use crate::error::LakeError;
use arrow::array::RecordBatch;
use hannun_model::cost::CostTable;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// What tells one delivery from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeliveryKey {
    pub source: String,
    pub period_start_ms: i64,
    pub manifest_id: String,
    /// Currency that lines without one are read in.
    #[serde(default)]
    pub assumed_currency: Option<String>,
}

/// How far an import has come: what an interrupted one goes on from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Files of the delivery that are wholly in `files`.
    pub inputs: Vec<InputFile>,
    pub files: Vec<BillFile>,
    pub own_columns: BTreeMap<String, BTreeSet<OwnColumn>>,
    /// What the importer has to know of them.
    pub totals: serde_json::Value,
}

/// Content of `staging.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StagingRecord {
    pub id: String,
    pub key: DeliveryKey,
    pub started_ms: u64,
    pub checkpoint: Checkpoint,
}

/// An import. Dropping it leaves what it saved for the next one of the same delivery.
#[derive(Debug)]
pub struct Staging {
    pub(super) store: Arc<BillStore>,
    pub(super) record: StagingRecord,
}

impl Staging {
    /// Id of the snapshot to be.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// What an interrupted import of the same delivery has done.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.record.checkpoint
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.store.folder().join(&self.record.id)
    }

    /// A writer of files of this table, beside those that are there.
    pub fn writer(&self, table: CostTable) -> BillWriter {
        let prefix = format!("{}/{}-", self.record.id, table.name());
        let number = |file: &BillFile| {
            file.path.strip_prefix(&prefix)?.strip_suffix(".parquet")?.parse::<usize>().ok()
        };
        let last = self.record.checkpoint.files.iter().filter_map(number).max();
        BillWriter::new(self.store.folder(), &self.record.id, table, last.map_or(0, |it| it + 1))
    }

    /// The rows of a data file of this import, read back.
    ///
    /// # Errors
    /// When the file is not what was written.
    pub fn batches(
        &self,
        file: &BillFile,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + use<>, LakeError> {
        let opened = File::open(self.path_of(file)).map_err(LakeError::io("read a bill back"))?;
        let rows = ParquetRecordBatchReaderBuilder::try_new(opened)?.build()?;
        Ok(rows.map(|records| Ok(records?)))
    }

    fn path_of(&self, file: &BillFile) -> PathBuf {
        self.store.folder().join(&file.path)
    }

    /// Makes progress durable: an import of the same delivery goes on from here.
    ///
    /// # Errors
    /// When the disk does not take it; the one before counts on.
    pub fn save(&mut self, checkpoint: Checkpoint) -> Result<(), LakeError> {
        self.store.faults().check("bills: before a checkpoint")?;
        let record = StagingRecord { checkpoint, ..self.record.clone() };
        durable::write_json(&self.folder().join(store::STAGING_FILE), &record)
            .map_err(LakeError::io("note how far an import is"))?;
        self.record = record;
        self.store.faults().check("bills: after a checkpoint")
    }

    /// Commits: from now on the snapshot is what its period counts. `record` says what the importer
    /// knows of it; `totals` is what the next delivery of the period is compared with.
    ///
    /// # Errors
    /// When the disk does not take it; the snapshot before counts on. An error after the commit, in
    /// clearing up, leaves the new one in force.
    pub fn commit(
        self,
        record: SnapshotRecord,
        totals: &serde_json::Value,
    ) -> Result<SnapshotRecord, LakeError> {
        self.store.clone().commit(self, record, totals)
    }

    /// Gives the import up with all that it saved.
    ///
    /// # Errors
    /// When the folder cannot be deleted.
    pub fn discard(self) -> Result<(), LakeError> {
        std::fs::remove_dir_all(self.folder())
            .map_err(LakeError::io("delete what an import had read"))
    }

    /// Deletes files that the checkpoint does not name: written after it, or not to their end.
    pub(super) fn delete_unfinished(&self) -> Result<(), LakeError> {
        let named: HashSet<PathBuf> =
            self.record.checkpoint.files.iter().map(|file| self.path_of(file)).collect();
        let doing = "delete what an interrupted import left";
        for entry in std::fs::read_dir(self.folder()).map_err(LakeError::io(doing))? {
            let path = entry.map_err(LakeError::io(doing))?.path();
            let is_data = path.extension().is_some_and(|extension| extension == "parquet");
            if is_data && !named.contains(&path) {
                durable::delete(&path).map_err(LakeError::io(doing))?;
            }
        }
        Ok(())
    }

    /// Whether every file of the checkpoint is there in its full size.
    pub(super) fn is_whole(&self) -> bool {
        self.record.checkpoint.files.iter().all(|file| {
            std::fs::metadata(self.path_of(file)).is_ok_and(|found| found.len() == file.bytes)
        })
    }
}
