//! What queries see: the published files and the live rows, changed together under one lock.

use crate::buffer::Rows;
use crate::file::FileRecord;
use arrow::array::RecordBatch;
use hannun_model::batch::Batch;
use hannun_model::table::Table;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A published file. Held by every query that may read it, so that nothing is deleted under it.
pub type FileHandle = Arc<FileRecord>;

/// Everything of one table at one instant: each acknowledged row exactly once (I2).
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub files: Vec<FileHandle>,
    pub batches: Vec<RecordBatch>,
}

#[derive(Debug, Default)]
struct TableState {
    files: Vec<FileHandle>,
    live: Rows,
    /// Rows that are being written to files. Still visible, and still the truth until published.
    publishing: Option<Rows>,
    /// Paths that an unfinished publish may have written to.
    attempted: Vec<String>,
    checkpoint: u64,
    /// How often rows came or went that are not in files.
    version: u64,
}

/// Files and live rows of all tables.
#[derive(Debug, Default)]
pub struct State {
    tables: RwLock<BTreeMap<Table, TableState>>,
}

/// Totals of one table, for limits and for people.
#[derive(Debug, Clone, Copy, Default)]
pub struct TableTotals {
    pub files: u64,
    pub file_rows: u64,
    pub file_bytes: u64,
    pub raw_bytes: u64,
    pub live_rows: u64,
    pub live_bytes: u64,
    pub oldest_live_ms: Option<u64>,
    pub publishing: bool,
}

impl State {
    /// Starts from what the catalog says.
    pub fn new(files: Vec<FileRecord>, checkpoints: &BTreeMap<Table, u64>) -> Self {
        let mut tables: BTreeMap<Table, TableState> =
            Table::ALL.into_iter().map(|table| (table, TableState::default())).collect();
        for (table, checkpoint) in checkpoints {
            tables.entry(*table).or_default().checkpoint = *checkpoint;
        }
        for file in files {
            if let Some(table) = file.table() {
                tables.entry(table).or_default().files.push(Arc::new(file));
            }
        }
        Self { tables: RwLock::new(tables) }
    }

    /// Makes the committed rows of the request at `position` visible, all at once: neither a query
    /// nor [`State::releasable`] may see a part of them.
    pub fn push(&self, position: u64, batches: impl IntoIterator<Item = Batch>, now_ms: u64) {
        let mut tables = self.tables.write();
        for batch in batches {
            let (table, records) = (batch.table(), batch.records().clone());
            let state = tables.entry(table).or_default();
            state.live.push(table, position, records, now_ms);
            state.version += 1;
        }
    }

    /// Everything of a derived table now: its files, and the live rows of its source that nothing
    /// has been derived from yet. One look at both, so that no row of the source counts twice. The
    /// number is another one whenever the live rows are.
    pub fn snapshot_derived(&self, table: Table) -> (Snapshot, u64) {
        let tables = self.tables.read();
        let files = tables.get(&table).map(|state| state.files.clone()).unwrap_or_default();
        let source = table.source().and_then(|source| tables.get(&source));
        let batches = source.map(|state| {
            let publishing = state.publishing.iter().flat_map(Rows::batches);
            publishing.chain(state.live.batches()).cloned().collect()
        });
        let version = source.map_or(0, |state| state.version);
        (Snapshot { files, batches: batches.unwrap_or_default() }, version)
    }

    /// Everything of a table now.
    pub fn snapshot(&self, table: Table) -> Snapshot {
        let tables = self.tables.read();
        let Some(state) = tables.get(&table) else { return Snapshot::default() };
        let publishing = state.publishing.iter().flat_map(Rows::batches);
        Snapshot {
            files: state.files.clone(),
            batches: publishing.chain(state.live.batches()).cloned().collect(),
        }
    }

    /// The files of a table now.
    pub fn files(&self, table: Table) -> Vec<FileHandle> {
        self.tables.read().get(&table).map(|state| state.files.clone()).unwrap_or_default()
    }

    /// Takes the live rows for publishing, or again those whose publishing failed. They stay
    /// visible. Answers the rows and the checkpoint before them.
    pub fn begin_publish(&self, table: Table) -> Option<(Rows, u64)> {
        let mut tables = self.tables.write();
        let state = tables.get_mut(&table)?;
        if state.publishing.is_none() && !state.live.is_empty() {
            state.publishing = Some(std::mem::take(&mut state.live));
        }
        state.publishing.clone().map(|rows| (rows, state.checkpoint))
    }

    /// Replaces the rows of [`State::begin_publish`] by their files, at once.
    pub fn finish_publish(&self, table: Table, checkpoint: u64, files: Vec<FileRecord>) {
        let mut tables = self.tables.write();
        for file in files {
            if let Some(table) = file.table() {
                tables.entry(table).or_default().files.push(Arc::new(file));
            }
        }
        let state = tables.entry(table).or_default();
        debug_assert!(checkpoint >= state.checkpoint, "I3: a checkpoint only moves forward");
        state.publishing = None;
        state.version += 1;
        state.attempted.clear();
        state.checkpoint = checkpoint;
    }

    /// Notes the paths that a publish is about to write, or with an empty list that they are gone.
    pub fn set_attempted(&self, table: Table, paths: Vec<String>) {
        self.tables.write().entry(table).or_default().attempted = paths;
    }

    /// Paths of an earlier publish of the same rows that did not finish.
    pub fn attempted(&self, table: Table) -> Vec<String> {
        self.tables.read().get(&table).map(|state| state.attempted.clone()).unwrap_or_default()
    }

    /// Replaces the inputs of a compaction by its output, at once.
    pub fn swap(&self, table: Table, inputs: &[FileHandle], output: FileRecord) {
        let gone: HashSet<&str> = inputs.iter().map(|file| file.id.as_str()).collect();
        let mut tables = self.tables.write();
        let state = tables.entry(table).or_default();
        state.files.retain(|file| !gone.contains(file.id.as_str()));
        state.files.push(Arc::new(output));
    }

    /// Takes files out of sight (retention, disk budget, damage).
    pub fn remove(&self, ids: &HashSet<String>) {
        let mut tables = self.tables.write();
        for state in tables.values_mut() {
            state.files.retain(|file| !ids.contains(&file.id));
        }
    }

    pub fn checkpoint(&self, table: Table) -> u64 {
        self.tables.read().get(&table).map_or(0, |state| state.checkpoint)
    }

    pub fn totals(&self, table: Table) -> TableTotals {
        let tables = self.tables.read();
        let Some(state) = tables.get(&table) else { return TableTotals::default() };
        let publishing = state.publishing.as_ref();
        let mut totals = TableTotals {
            live_rows: (state.live.rows() + publishing.map_or(0, Rows::rows)) as u64,
            live_bytes: (state.live.bytes() + publishing.map_or(0, Rows::bytes)) as u64,
            oldest_live_ms: publishing.and_then(Rows::oldest_ms).or(state.live.oldest_ms()),
            publishing: publishing.is_some(),
            ..TableTotals::default()
        };
        for file in &state.files {
            totals.files += 1;
            totals.file_rows += file.rows;
            totals.file_bytes += file.bytes;
            totals.raw_bytes += file.raw_bytes;
        }
        totals
    }

    /// Memory of the live rows of all tables.
    pub fn live_bytes(&self) -> usize {
        let tables = self.tables.read();
        tables
            .values()
            .map(|state| state.live.bytes() + state.publishing.as_ref().map_or(0, Rows::bytes))
            .sum()
    }

    /// Rows and bytes of a table that wait for a publish to begin.
    pub fn waiting(&self, table: Table) -> (usize, usize, Option<u64>, bool) {
        let tables = self.tables.read();
        tables.get(&table).map_or((0, 0, None, false), |state| {
            let live = &state.live;
            (live.rows(), live.bytes(), live.oldest_ms(), state.publishing.is_some())
        })
    }

    /// The last log position that no table needs any more: everything up to it is in files.
    /// `last_position` is the newest position given to any live row.
    pub fn releasable(&self) -> Option<u64> {
        let tables = self.tables.read();
        let mut last = 0;
        for state in tables.values() {
            if state.publishing.is_some() || !state.live.is_empty() {
                // Rows after the checkpoint are still needed.
                return Some(
                    tables
                        .values()
                        .filter(|state| state.publishing.is_some() || !state.live.is_empty())
                        .map(|state| state.checkpoint)
                        .min()
                        .unwrap_or(0),
                );
            }
            last = last.max(state.checkpoint);
        }
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::logs;

    fn one_log() -> [Batch; 1] {
        let mut builder = BatchBuilder::new(Table::Logs);
        builder.start_row();
        builder.set_text(logs::BODY, "hello");
        [builder.finish().unwrap()]
    }

    #[test]
    fn rows_stay_visible_while_they_are_published() {
        let state = State::new(Vec::new(), &BTreeMap::new());
        state.push(1, one_log(), 0);
        let (rows, before) = state.begin_publish(Table::Logs).unwrap();
        assert_eq!((rows.rows(), rows.up_to(), before), (1, 1, 0));
        state.push(2, one_log(), 0);
        assert_eq!(state.snapshot(Table::Logs).batches.len(), 2);
        let (again, _) = state.begin_publish(Table::Logs).unwrap();
        assert_eq!(again.up_to(), 1, "a failed publish is taken up before newer rows");
        state.finish_publish(Table::Logs, 1, Vec::new());
        assert_eq!(state.snapshot(Table::Logs).batches.len(), 1);
    }

    #[test]
    fn the_log_is_kept_for_the_table_that_lags() {
        let state = State::new(Vec::new(), &BTreeMap::new());
        state.push(1, one_log(), 0);
        state.push(5, one_log(), 0);
        assert_eq!(state.releasable(), Some(0));
        state.begin_publish(Table::Logs);
        state.finish_publish(Table::Logs, 5, Vec::new());
        assert_eq!(state.releasable(), Some(5));
    }
}
