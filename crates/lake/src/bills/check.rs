//! `hannun doctor` over bills.

use super::snapshot::SnapshotRecord;
use super::store::{BILLS_FOLDER, Found, look, missing};
use crate::doctor::{DoctorReport, Severity};
use crate::error::LakeError;
use crate::store::DataStore;
use crate::verify::read_whole_file;
use std::path::Path;

/// Reads every data file of every snapshot below a data folder.
///
/// # Errors
/// When the folder cannot be listed.
pub async fn check_bills(folder: &Path, report: &mut DoctorReport) -> Result<(), LakeError> {
    let folder = folder.join(BILLS_FOLDER);
    if !folder.exists() {
        return Ok(());
    }
    let files = DataStore::folder(&folder).map_err(LakeError::io("open the bills"))?;
    for (path, found) in look(&folder).map_err(LakeError::io("list the bills"))? {
        let place = path.display();
        match found {
            Found::Snapshot(record) => check_snapshot(&folder, &files, &record, report).await,
            Found::Unreadable { file, problem } => {
                let what = format!("{} cannot be read: {problem}", file.display());
                report.find(Severity::Error, what, "put it back from a backup, or import it again");
            }
            Found::Staging(staging) => {
                let what = format!(
                    "{place} is an import of {} that did not finish, {} of its files are read",
                    staging.key.source,
                    staging.checkpoint.inputs.len()
                );
                report.find(Severity::Note, what, "nothing; importing it again goes on from there");
            }
            Found::Nothing => {
                let what = format!("{place} is left of an import that did not finish");
                report.find(Severity::Note, what, "nothing; the next start deletes it");
            }
        }
    }
    Ok(())
}

async fn check_snapshot(
    folder: &Path,
    files: &DataStore,
    record: &SnapshotRecord,
    report: &mut DoctorReport,
) {
    let again = "import the bill again, or put the file back from a backup";
    if let Some(what) = missing(folder, record) {
        report.find(Severity::Error, what, again);
        return;
    }
    for file in &record.files {
        report.files += 1;
        *report.file_rows.entry(file.table.clone()).or_default() += file.rows;
        if let Err(error) = read_whole_file(files, &file.path, file.bytes, &file.checksums).await {
            let what = format!("{} is damaged: {} rows: {error}", file.path, file.rows);
            report.find(Severity::Error, what, again);
        }
    }
}
