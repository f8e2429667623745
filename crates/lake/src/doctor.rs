//! `hannun doctor`: looks at a data folder that no process uses, and says what is wrong with it.

use crate::bills::check::check_bills;
use crate::catalog::{Catalog, CatalogState};
use crate::error::LakeError;
use crate::folder_lock::FolderLock;
use crate::lake::LOCAL_NODE;
use crate::open::{catalog_url, local_devices};
use crate::options::LakeOptions;
use crate::store::DataStore;
use crate::verify::read_whole;
use crate::wal::extent::{LogExtent, rows_by_table};
use crate::wal::files::WalFiles;
use hannun_model::table::Table;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const REBUILD: &str = "run `hannun doctor --rebuild-catalog`";

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Nothing is lost, something should be done.
    Warning,
    /// Data is lost or cannot be reached.
    Error,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub what: String,
    pub what_to_do: String,
}

/// The result of a look at a data folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// The worst first.
    pub findings: Vec<Finding>,
    /// Files that the catalog names, and their rows by table.
    pub files: u64,
    pub file_rows: BTreeMap<String, u64>,
    /// Rows that are in the log only, by table.
    pub unpublished_rows: BTreeMap<String, u64>,
    pub log_segments: u64,
    pub log_records: u64,
}

impl DoctorReport {
    /// Whether nothing worse than a note was found.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Note)
    }

    pub(crate) fn find(&mut self, severity: Severity, what: String, what_to_do: &str) {
        self.findings.push(Finding { severity, what, what_to_do: what_to_do.to_owned() });
    }
}

/// Reads the catalog, every data file and the log.
///
/// # Errors
/// [`LakeError::FolderInUse`] while a process uses the folder, and errors of the folder itself;
/// what is wrong inside becomes a finding.
pub async fn check(options: &LakeOptions) -> Result<DoctorReport, LakeError> {
    let _lock = FolderLock::take(&options.folder)?;
    let devices = local_devices(options)?;
    let (store, wal) = (devices.store, devices.wal);
    let mut report = DoctorReport::default();
    let catalog = load_catalog(options, &mut report).await;
    // The log needs no checkpoint to be looked at, only to tell what is unpublished.
    check_log(wal.as_ref(), catalog.as_ref(), &mut report);
    drop(wal);
    check_files(&store, catalog.as_ref(), &mut report).await?;
    check_bills(&options.folder, &mut report).await?;
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(report)
}

async fn load_catalog(options: &LakeOptions, report: &mut DoctorReport) -> Option<CatalogState> {
    // Opening would create it.
    if options.catalog_url.is_none() && !options.folder.join("catalog.sqlite").exists() {
        return None;
    }
    let loaded = match Catalog::open(&catalog_url(options)).await {
        Ok(catalog) => {
            let loaded = catalog.load().await;
            catalog.close().await;
            loaded
        }
        Err(error) => Err(error),
    };
    match loaded {
        Ok(state) => Some(state),
        Err(error) => {
            report.find(Severity::Error, format!("the catalog cannot be read: {error}"), REBUILD);
            None
        }
    }
}

fn check_log(wal: &dyn WalFiles, catalog: Option<&CatalogState>, report: &mut DoctorReport) {
    let checkpoint = |table: Table| {
        let key = (LOCAL_NODE.to_owned(), table.name().to_owned());
        catalog.and_then(|catalog| catalog.checkpoints.get(&key)).copied().unwrap_or(0)
    };
    let mut unpublished: BTreeMap<String, u64> = BTreeMap::new();
    let mut unreadable = Vec::new();
    let extent = LogExtent::visit(wal, |position, payload| match rows_by_table(payload) {
        Ok(tables) => {
            for (table, rows) in tables {
                if position > checkpoint(table) {
                    *unpublished.entry(table.name().to_owned()).or_default() += rows as u64;
                }
            }
        }
        Err(error) => unreadable.push(format!("the request at position {position}: {error}")),
    });
    let extent = match extent {
        Ok(extent) => extent,
        Err(error) => {
            let advice = "check the disk and the permissions of the folder `wal`";
            report.find(Severity::Error, format!("the log cannot be read: {error}"), advice);
            return;
        }
    };
    for what in unreadable {
        report.find(Severity::Error, what, "run the version that wrote it");
    }
    for damage in extent.damages {
        let place =
            format!("bytes {}..{} of log segment {}", damage.from, damage.to, damage.segment);
        if damage.torn {
            let what = format!("{place} are a write that never finished; nobody was told it had");
            report.find(Severity::Note, what, "nothing; the next start cuts it off");
        } else {
            let after = damage.after;
            let what = format!("{place} are damaged: the requests after position {after} are lost");
            report.find(Severity::Error, what, "check the disk; the next start keeps a copy");
        }
    }
    report.unpublished_rows = unpublished;
    report.log_segments = extent.segments as u64;
    report.log_records = extent.positions.len() as u64;
}

async fn check_files(
    store: &DataStore,
    catalog: Option<&CatalogState>,
    report: &mut DoctorReport,
) -> Result<(), LakeError> {
    let mut present: BTreeSet<String> =
        store.list().await?.into_iter().map(|(path, _)| path).collect();
    present.retain(|path| !path.starts_with("quarantine/"));
    let catalog = match catalog {
        Some(catalog) if !(catalog.files.is_empty() && catalog.checkpoints.is_empty()) => catalog,
        _ => {
            if !present.is_empty() {
                let what = format!("there are {} data files and no catalog of them", present.len());
                report.find(Severity::Error, what, REBUILD);
            }
            return Ok(());
        }
    };
    for file in &catalog.files {
        report.files += 1;
        *report.file_rows.entry(file.table.clone()).or_default() += file.rows;
        let extent = format!("{} rows of {}", file.rows, file.table);
        if !present.remove(&file.path) {
            let what = format!("{} is missing: {extent}", file.path);
            report.find(Severity::Error, what, "put it back from a backup, if there is one");
        } else if let Err(error) = read_whole(store, file).await {
            let what = format!("{} is damaged: {extent}: {error}", file.path);
            report.find(Severity::Error, what, "check the disk; put it back from a backup");
        }
    }
    for path in present {
        let what =
            format!("{path} is not in the catalog, left by a crash or by a replaced catalog");
        report.find(
            Severity::Note,
            what,
            "nothing; the next start deletes it if its rows are safe",
        );
    }
    Ok(())
}
