//! Files that are out of the catalog's sight and wait to be deleted.

use crate::description::inputs;
use crate::state::FileHandle;
use hannun_model::limits::TOMBSTONE_SECONDS;
use parking_lot::Mutex;
use std::sync::Arc;

/// A file that no new query reads.
#[derive(Debug, Clone)]
pub struct Tombstone {
    pub file: FileHandle,
    pub since_ms: u64,
}

impl Tombstone {
    /// Whether the file with this id was merged into this one.
    pub fn replaced(&self, id: &str) -> bool {
        inputs(&self.file).iter().any(|input| input == id)
    }
}

/// The files to delete.
#[derive(Debug, Default)]
pub struct Tombstones {
    waiting: Mutex<Vec<Tombstone>>,
}

impl Tombstones {
    pub fn add(&self, files: impl IntoIterator<Item = FileHandle>, since_ms: u64) {
        let mut waiting = self.waiting.lock();
        waiting.extend(files.into_iter().map(|file| Tombstone { file, since_ms }));
    }

    /// Takes those that no query holds any more, or that have waited long enough, inputs before
    /// what they were merged into. An output stays while one of its inputs does: without it a
    /// rebuild of the catalog would take the input for the truth again.
    pub fn take_deletable(&self, now_ms: u64) -> Vec<Tombstone> {
        let patience_ms = TOMBSTONE_SECONDS * 1000;
        let mut waiting = self.waiting.lock();
        let mut all = std::mem::take(&mut *waiting);
        all.sort_by_key(|tombstone| tombstone.file.level);
        let mut deletable = Vec::new();
        for tombstone in all {
            let is_free = Arc::strong_count(&tombstone.file) == 1
                || now_ms.saturating_sub(tombstone.since_ms) > patience_ms;
            if is_free && !waiting.iter().any(|input| tombstone.replaced(&input.file.id)) {
                deletable.push(tombstone);
            } else {
                waiting.push(tombstone);
            }
        }
        deletable
    }

    /// Puts back what could not be deleted.
    pub fn put_back(&self, tombstones: Vec<Tombstone>) {
        self.waiting.lock().extend(tombstones);
    }

    /// Number and bytes of files that wait.
    pub fn totals(&self) -> (u64, u64) {
        let waiting = self.waiting.lock();
        (waiting.len() as u64, waiting.iter().map(|tombstone| tombstone.file.bytes).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{FileRecord, Origin};

    fn file(id: &str, level: u32, inputs: &[&str]) -> FileHandle {
        let inputs = inputs.iter().map(|id| (*id).to_owned()).collect();
        Arc::new(FileRecord {
            id: id.to_owned(),
            table: "logs".to_owned(),
            window_start: 0,
            path: id.to_owned(),
            rows: 1,
            bytes: 1,
            raw_bytes: 1,
            min_time: 0,
            max_time: 0,
            level,
            schema_version: 1,
            origin: Origin::Compaction { inputs, checkpoint: 1 },
            columns: std::collections::BTreeMap::new(),
            retention_days: None,
            text_index: None,
            field_ids: Vec::new(),
            checksums: Vec::new(),
        })
    }

    #[test]
    fn an_output_outlives_the_inputs_that_a_query_still_reads() {
        let tombstones = Tombstones::default();
        let input = file("a", 0, &[]);
        tombstones.add([file("m", 1, &["a", "b"]), input.clone(), file("b", 0, &[])], 0);
        let taken = |tombstones: &Tombstones| -> Vec<String> {
            tombstones.take_deletable(0).iter().map(|tombstone| tombstone.file.id.clone()).collect()
        };
        assert_eq!(taken(&tombstones), vec!["b"]);
        drop(input);
        assert_eq!(taken(&tombstones), vec!["a", "m"], "inputs go first");
    }
}
