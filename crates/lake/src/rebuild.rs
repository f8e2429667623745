//! A new catalog from the data files alone, for when the old one is lost or damaged.
//!
//! Every file says in its footer where its rows came from: a range of the log, or other files.
//! That decides which files are the truth ([`choose_truth`]); the log replays what they lack. The
//! files that are not chosen are deleted by the next start.

use crate::catalog::{Catalog, CatalogState};
use crate::description::{inputs, read_record, source_table};
use crate::error::LakeError;
use crate::file::{FileRecord, Origin, WalRange};
use crate::folder_lock::FolderLock;
use crate::lake::LOCAL_NODE;
use crate::losses::{Loss, Losses};
use crate::open::{catalog_url, local_devices};
use crate::options::LakeOptions;
use crate::store::DataStore;
use crate::wal::extent::LogExtent;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// What a rebuild found, all of it by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// Files of the new catalog.
    pub kept: Vec<String>,
    /// Files whose rows were merged into others.
    pub superseded: Vec<String>,
    /// Files that were being written when the process died; the log has their rows.
    pub left_out: Vec<String>,
    /// Files that cannot be read, and why. They were moved into `quarantine/`.
    pub unreadable: Vec<(String, String)>,
    /// Rows of the kept files by table.
    pub rows: BTreeMap<String, u64>,
    /// By table: the log is replayed after this position.
    pub checkpoints: BTreeMap<String, u64>,
    /// Where the old catalog went.
    pub set_aside: Option<PathBuf>,
}

/// Makes a new catalog for a data folder that no process uses, keeping the old one beside it.
pub async fn rebuild_catalog(options: &LakeOptions) -> Result<RebuildReport, LakeError> {
    let _lock = FolderLock::take(&options.folder)?;
    let devices = local_devices(options)?;
    let log = LogExtent::read(devices.wal.as_ref()).map_err(LakeError::io("read the log"))?;
    let store = devices.store.clone();
    drop(devices);
    let set_aside = match options.catalog_url {
        Some(_) => None,
        None => set_catalog_aside(&options.folder, options.clock.now_ms())
            .map_err(LakeError::io("set the old catalog aside"))?,
    };
    let report = rebuild_over(&catalog_url(options), &store, &log).await?;
    let losses = Losses::open(&options.folder);
    for (path, error) in &report.unreadable {
        let found_ms = options.clock.now_ms();
        losses.add(Loss { what: path.clone(), extent: error.clone(), found_ms });
    }
    Ok(RebuildReport { set_aside, ..report })
}

/// Fills the catalog at `catalog_url` from the files of `store` and what the log holds.
pub async fn rebuild_over(
    catalog_url: &str,
    store: &DataStore,
    log: &LogExtent,
) -> Result<RebuildReport, LakeError> {
    let mut report = RebuildReport::default();
    let mut files = Vec::new();
    for (path, bytes) in store.list().await? {
        if path.starts_with("quarantine/") {
            continue;
        }
        match read_record(store, &path, bytes).await? {
            Ok(record) => files.push(record),
            Err(error) => {
                tracing::error!(path, %error, "a data file is damaged; it is set aside");
                store.quarantine(&path).await?;
                report.unreadable.push((path, error.to_string()));
            }
        }
    }
    let truth = choose_truth(files, log);
    let paths = |files: &[FileRecord]| files.iter().map(|file| file.path.clone()).collect();
    report.kept = paths(&truth.kept);
    report.superseded = paths(&truth.superseded);
    report.left_out = paths(&truth.left_out);
    for file in &truth.kept {
        *report.rows.entry(file.table.clone()).or_default() += file.rows;
    }
    report.checkpoints = truth.checkpoints.clone();
    let checkpoints = truth
        .checkpoints
        .into_iter()
        .map(|(table, checkpoint)| ((LOCAL_NODE.to_owned(), table), checkpoint))
        .collect();
    let catalog = Catalog::open(catalog_url).await?;
    let state = CatalogState { files: truth.kept, checkpoints, ..CatalogState::default() };
    let replaced = catalog.replace_all(&state).await;
    catalog.close().await;
    replaced?;
    Ok(report)
}

/// Which files hold which rows once.
#[derive(Debug, Default)]
pub struct Truth {
    pub kept: Vec<FileRecord>,
    pub superseded: Vec<FileRecord>,
    pub left_out: Vec<FileRecord>,
    /// By source table: the last log position that is in `kept`.
    pub checkpoints: BTreeMap<String, u64>,
}

/// The files of one publish that are still there.
#[derive(Debug)]
struct FlushSet {
    source: String,
    wal: WalRange,
    siblings: Vec<String>,
    newest_id: String,
}

/// Decides among all readable files.
///
/// A merge replaces its inputs. A publish counts when something later builds on it: a later
/// publish of the table, or a merge of a later time. The last publish of a table may not have been
/// committed: it counts when all its files are there (their rows are then the same as in the log)
/// or when the log has let its rows go, which it does after the commit only.
pub fn choose_truth(files: Vec<FileRecord>, log: &LogExtent) -> Truth {
    let merges = Merges::of(&files);
    let present: HashSet<&str> = files.iter().map(|file| file.id.as_str()).collect();
    let sets = flush_sets(&files);
    let mut checkpoints = merges.checkpoints.clone();
    let mut raise = |table: &str, position: u64| {
        let checkpoint = checkpoints.entry(table.to_owned()).or_default();
        *checkpoint = position.max(*checkpoint);
    };
    for set in &sets {
        let followed =
            sets.iter().any(|later| later.source == set.source && later.wal.after >= set.wal.up_to);
        let whole = set
            .siblings
            .iter()
            .all(|id| present.contains(id.as_str()) || merges.replaced.contains(id));
        if followed || whole || !log.holds(set.wal) {
            raise(&set.source, set.wal.up_to);
        }
    }
    let garbage = repeated_sets(&sets, &checkpoints);
    let mut truth = Truth::default();
    for file in &files {
        let target = if merges.abandoned.contains(&file.id) || garbage.contains(&file.id) {
            &mut truth.left_out
        } else if merges.replaced.contains(&file.id) {
            &mut truth.superseded
        } else {
            let checkpoint = checkpoints.get(source_table(&file.table)).copied().unwrap_or(0);
            match &file.origin {
                Origin::Flush { wal, .. } if wal.up_to > checkpoint => &mut truth.left_out,
                _ => &mut truth.kept,
            }
        };
        target.push(file.clone());
    }
    truth.checkpoints = checkpoints;
    truth
}

/// What the merges among the files say.
#[derive(Debug, Default)]
struct Merges {
    /// Ids of all inputs.
    replaced: HashSet<String>,
    /// Ids of outputs that never came into a catalog.
    abandoned: HashSet<String>,
    checkpoints: BTreeMap<String, u64>,
}

impl Merges {
    fn of(files: &[FileRecord]) -> Self {
        let mut found = Self::default();
        let mut outputs: Vec<&FileRecord> =
            files.iter().filter(|file| !inputs(file).is_empty()).collect();
        // Files are merged again only when an earlier try came to nothing, so the newest counts.
        outputs.sort_by(|left, right| right.id.cmp(&left.id));
        for file in outputs {
            if inputs(file).iter().any(|input| found.replaced.contains(input)) {
                found.abandoned.insert(file.id.clone());
                continue;
            }
            found.replaced.extend(inputs(file).iter().cloned());
            if let Origin::Compaction { checkpoint: merged_at, .. } = &file.origin {
                let source = source_table(&file.table).to_owned();
                let checkpoint = found.checkpoints.entry(source).or_default();
                *checkpoint = (*checkpoint).max(*merged_at);
            }
        }
        found
    }
}

fn flush_sets(files: &[FileRecord]) -> Vec<FlushSet> {
    let mut sets: BTreeMap<&[String], FlushSet> = BTreeMap::new();
    for file in files {
        let Origin::Flush { wal, siblings } = &file.origin else { continue };
        let set = sets.entry(siblings).or_insert_with(|| FlushSet {
            source: source_table(&file.table).to_owned(),
            wal: *wal,
            siblings: siblings.clone(),
            newest_id: file.id.clone(),
        });
        set.newest_id = set.newest_id.clone().max(file.id.clone());
    }
    sets.into_values().collect()
}

/// Ids of sets whose range a newer set has again: the older one was not committed.
fn repeated_sets(sets: &[FlushSet], checkpoints: &BTreeMap<String, u64>) -> HashSet<String> {
    let counts = |set: &FlushSet| {
        checkpoints.get(&set.source).is_some_and(|checkpoint| set.wal.up_to <= *checkpoint)
    };
    let mut repeated = HashSet::new();
    for set in sets.iter().filter(|set| counts(set)) {
        let again = sets.iter().any(|newer| {
            newer.source == set.source
                && newer.newest_id > set.newest_id
                && newer.wal.after < set.wal.up_to
                && set.wal.after < newer.wal.up_to
                && counts(newer)
        });
        if again {
            repeated.extend(set.siblings.iter().cloned());
        }
    }
    repeated
}

/// Renames the catalog's files. Answers the new path of the main one.
fn set_catalog_aside(folder: &Path, now_ms: u64) -> std::io::Result<Option<PathBuf>> {
    let mut set_aside = None;
    // The main file last: while it is there, a second try finds all of them.
    for suffix in ["-wal", "-shm", ""] {
        let from = folder.join(format!("catalog.sqlite{suffix}"));
        let to = folder.join(format!("catalog.sqlite.{now_ms}.set-aside{suffix}"));
        match std::fs::rename(&from, &to) {
            Ok(()) => set_aside = Some(to),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    std::fs::File::open(folder)?.sync_all()?;
    Ok(set_aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, table: &str, origin: Origin) -> FileRecord {
        FileRecord {
            id: id.to_owned(),
            table: table.to_owned(),
            window_start: 0,
            path: id.to_owned(),
            rows: 1,
            bytes: 1,
            raw_bytes: 1,
            min_time: 0,
            max_time: 0,
            level: u32::from(matches!(origin, Origin::Compaction { .. })),
            schema_version: 1,
            origin,
            columns: BTreeMap::new(),
            retention_days: None,
            text_index: None,
            field_ids: Vec::new(),
            checksums: Vec::new(),
        }
    }

    fn flush(id: &str, table: &str, after: u64, up_to: u64, siblings: &[&str]) -> FileRecord {
        let siblings = siblings.iter().map(|id| (*id).to_owned()).collect();
        file(id, table, Origin::Flush { wal: WalRange { after, up_to }, siblings })
    }

    fn merge(id: &str, inputs: &[&str], checkpoint: u64) -> FileRecord {
        let inputs = inputs.iter().map(|id| (*id).to_owned()).collect();
        file(id, "spans", Origin::Compaction { inputs, checkpoint })
    }

    fn kept(files: &[FileRecord], positions: &[u64]) -> (Vec<String>, u64) {
        let log = LogExtent { positions: positions.to_vec(), ..LogExtent::default() };
        let truth = choose_truth(files.to_vec(), &log);
        let checkpoint = truth.checkpoints.get("spans").copied().unwrap_or(0);
        (truth.kept.into_iter().map(|file| file.id).collect(), checkpoint)
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn an_unfinished_publish_is_left_to_the_log_only_while_the_log_has_it() {
        let first = flush("a", "spans", 0, 4, &["a"]);
        let half = flush("b", "spans", 6, 9, &["b", "c"]);
        let files = [first, half.clone()];
        assert_eq!(kept(&files, &[7, 8, 9]), (ids(&["a"]), 4));
        assert_eq!(kept(&files, &[8, 9]), (ids(&["a", "b"]), 9), "released after its commit");
        let index = flush("c", "trace_index", 6, 9, &["b", "c"]);
        assert_eq!(kept(&[half, index], &[7, 8, 9]), (ids(&["b", "c"]), 9), "whole is as good");
    }

    #[test]
    fn merged_files_are_replaced_and_an_abandoned_merge_is_not_believed() {
        let inputs: Vec<FileRecord> =
            ["a", "b"].map(|id| flush(id, "spans", 0, 4, &["a", "b"])).to_vec();
        let first_try = merge("m1", &["a", "b"], 4);
        let second_try = merge("m2", &["a", "b"], 5);
        let files = [inputs, vec![first_try, second_try]].concat();
        assert_eq!(kept(&files, &[]), (ids(&["m2"]), 5));
        let last = merge("m3", &["m2"], 7);
        assert_eq!(kept(&[files, vec![last]].concat(), &[]), (ids(&["m3"]), 7));
    }

    #[test]
    fn rows_published_twice_count_once() {
        let files = [
            flush("a", "spans", 0, 4, &["a"]),
            flush("b", "spans", 0, 4, &["b"]),
            flush("c", "spans", 4, 8, &["c"]),
        ];
        assert_eq!(kept(&files, &[]), (ids(&["b", "c"]), 8));
    }
}
