//! `hannun doctor`: looks a folder over, or makes its catalog anew.

use super::lake_options;
use crate::config::DoctorSettings;
use anyhow::{Result, bail};
use hannun_lake::LakeOptions;
use hannun_lake::doctor::{self, Severity};
use hannun_lake::rebuild;
use std::collections::BTreeMap;

pub fn run(settings: &DoctorSettings) -> Result<()> {
    let folder = &settings.folder.data_dir;
    if !folder.exists() {
        bail!("there is no data folder {}; name it with --data-dir", folder.display());
    }
    let options = lake_options(&settings.folder, None);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if settings.rebuild_catalog {
        runtime.block_on(rebuild_catalog(&options))
    } else {
        runtime.block_on(check(&options))
    }
}

async fn rebuild_catalog(options: &LakeOptions) -> Result<()> {
    let report = rebuild::rebuild_catalog(options).await?;
    println!("The catalog was made anew from the data files.");
    println!("  files kept         {}", report.kept.len());
    println!("  already replaced   {}", report.superseded.len());
    println!("  left to the log    {}", report.left_out.len());
    println!("  unreadable         {}", report.unreadable.len());
    print_rows(&report.rows, "rows kept");
    for file in &report.unreadable {
        println!("  set aside: {file:?}");
    }
    println!("Start the server to have the rest of the rows replayed from the log.");
    Ok(())
}

async fn check(options: &LakeOptions) -> Result<()> {
    let report = doctor::check(options).await?;
    println!("{} data files", report.files);
    print_rows(&report.file_rows, "rows in files");
    print_rows(&report.unpublished_rows, "rows in the log only");
    for finding in &report.findings {
        let severity = match finding.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        println!("{severity}: {}", finding.what);
        if !finding.what_to_do.is_empty() {
            println!("  {}", finding.what_to_do);
        }
    }
    if !report.is_healthy() {
        bail!("the folder needs attention; see above");
    }
    println!("Everything was read and is as it was written.");
    Ok(())
}

fn print_rows(rows: &BTreeMap<String, u64>, what: &str) {
    for (table, rows) in rows {
        println!("  {table:<14} {rows} {what}");
    }
}
