//! Where the files of a period lie, and the manifests that name them, as AWS lays them out.
//!
//! Legacy reports: <https://docs.aws.amazon.com/cur/latest/userguide/understanding-report-versions.html>;
//! Data Exports: <https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html>.

use crate::GenerateError;
use crate::calendar::{DAY, Month, time_text};
use crate::chance::Chance;
use crate::columns::{Bill, Column, Type};
use crate::company::uuid;
use crate::format::Format;
use crate::simulate::{Run, Version};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const BUCKET: &str = "hannun-synthetic";
const REPORT: &str = "hannun";

/// The files of one period in one format.
#[derive(Debug)]
pub struct Delivery {
    pub format: Format,
    /// Stands for the bucket.
    root: PathBuf,
    month: Month,
    /// Of this version of the period.
    execution: String,
    /// Keys of the files so far.
    keys: Vec<String>,
}

impl Delivery {
    /// What is known at another time is another delivery.
    pub fn new(root: PathBuf, format: Format, run: &Run<'_>) -> Self {
        let month = run.month;
        let chance = Chance::new(run.company.seed)
            .named("delivery")
            .named(&month.to_string())
            .about(u64::from(run.version == Version::Final))
            .about(run.until.min(month.end()) as u64);
        let execution = if format.is_legacy() {
            uuid(chance)
        } else {
            let finished = time_text(run.until.min(month.end() + 2 * DAY));
            format!("{}.000Z-{}", finished.trim_end_matches('Z'), uuid(chance))
        };
        Self { format, root, month, execution, keys: Vec::new() }
    }

    /// The folder of the data, as a key.
    fn folder(&self) -> String {
        let month = self.month;
        match self.format {
            Format::CurLegacy => {
                format!("reports/{REPORT}/{}/{}", month.folder(), self.execution)
            }
            Format::CurLegacyOverwrite => format!("reports/{REPORT}/{}", month.folder()),
            _ => format!("exports/{REPORT}/data/BILLING_PERIOD={month}"),
        }
    }

    /// The next file to write to; its folder is made.
    pub fn next_file(&mut self) -> Result<PathBuf, GenerateError> {
        let end = if self.format.is_parquet() { "snappy.parquet" } else { "csv.gz" };
        let key = format!("{}/{REPORT}-{:05}.{end}", self.folder(), self.keys.len() + 1);
        let path = self.root.join(&key);
        make_folder(&path)?;
        self.keys.push(key);
        Ok(path)
    }

    pub fn write_manifest(&self, bill: &Bill, columns: &[Column]) -> Result<(), GenerateError> {
        let month = self.month;
        let name = format!("{REPORT}-Manifest.json");
        let (manifest, folders) = if self.format.is_legacy() {
            let period = format!("reports/{REPORT}/{}", month.folder());
            let mut folders = vec![self.folder()];
            if folders[0] != period {
                folders.push(period);
            }
            (self.legacy_manifest(bill, columns), folders)
        } else {
            let folder = format!("exports/{REPORT}/metadata/BILLING_PERIOD={month}");
            (self.export_manifest(bill, columns), vec![folder])
        };
        for folder in folders {
            let path = self.root.join(folder).join(&name);
            make_folder(&path)?;
            let text = serde_json::to_vec_pretty(&manifest)?;
            fs::write(&path, text).map_err(|source| GenerateError::File { path, source })?;
        }
        Ok(())
    }

    fn legacy_manifest(&self, bill: &Bill, columns: &[Column]) -> Value {
        let stamp = |seconds: i64| time_text(seconds).replace(['-', ':'], "").replace('Z', ".000Z");
        let column = |column: &Column| {
            let (category, name) = column.name.split_once('/').unwrap_or(("", &column.name));
            json!({"category": category, "name": name, "type": legacy_type(column.kind)})
        };
        json!({
            "assemblyId": self.execution,
            "account": bill.company.accounts[0].id,
            "columns": columns.iter().map(column).collect::<Vec<_>>(),
            "charset": "UTF-8",
            "compression": "GZIP",
            "contentType": "text/csv",
            "reportId": uuid(Chance::new(bill.company.seed).named("report")),
            "reportName": REPORT,
            "billingPeriod": {
                "start": stamp(self.month.start()),
                "end": stamp(self.month.end()),
            },
            "bucket": BUCKET,
            "reportKeys": self.keys,
            "additionalArtifactKeys": [],
        })
    }

    fn export_manifest(&self, bill: &Bill, columns: &[Column]) -> Value {
        let payer = &bill.company.accounts[0].id;
        let id = uuid(Chance::new(bill.company.seed).named("export"));
        let column =
            |column: &Column| json!({"name": column.name, "type": export_type(column.kind)});
        let files: Vec<String> =
            self.keys.iter().map(|key| format!("s3://{BUCKET}/{key}")).collect();
        let is_parquet = self.format.is_parquet();
        json!({
            "exportName": REPORT,
            "exportArn": format!("arn:aws:bcm-data-exports:us-east-1:{payer}:export/{REPORT}-{id}"),
            "executionId": self.execution,
            "account": payer,
            "billingPeriod": {
                "start": time_text(self.month.start()),
                "end": time_text(self.month.end()),
            },
            "bucket": BUCKET,
            "contentType": if is_parquet { "application/parquet" } else { "text/csv" },
            "compression": if is_parquet { "PARQUET" } else { "GZIP" },
            "columns": columns.iter().map(column).collect::<Vec<_>>(),
            "dataFiles": files,
        })
    }
}

fn legacy_type(kind: Type) -> &'static str {
    match kind {
        Type::Number => "OptionalBigDecimal",
        Type::Time => "DateTime",
        Type::Text | Type::Map => "OptionalString",
    }
}

fn export_type(kind: Type) -> &'static str {
    match kind {
        Type::Number => "double",
        Type::Time => "timestamp",
        Type::Text => "string",
        Type::Map => "map<string,string>",
    }
}

fn make_folder(path: &Path) -> Result<(), GenerateError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .map_err(|source| GenerateError::File { path: folder.to_owned(), source })
}
