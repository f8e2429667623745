//! Manifests of AWS deliveries: which files make up a period, and which edition of it they are.
//!
//! A legacy report's manifest lists `reportKeys` and names its edition by `assemblyId`
//! ([understanding report versions]); one of Data Exports lists `dataFiles` as `s3://` addresses and
//! names its edition by `executionId` ([understanding export delivery]). Both are delivered after
//! their files, so a delivery without one is not complete.
//!
//! [understanding report versions]: https://docs.aws.amazon.com/cur/latest/userguide/understanding-report-versions.html
//! [understanding export delivery]: https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html

use crate::error::{BillError, Problem};
use crate::times;
use chrono::NaiveDate;
use hannun_model::limits::BILL_MANIFEST_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the files of a delivery come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// An AWS Cost and Usage Report.
    AwsReport,
    /// AWS Data Exports: Cost and Usage Report 2.0 or FOCUS.
    AwsExport,
    /// Files without a manifest.
    PlainFiles,
}

/// Files that together are one edition of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub source_kind: SourceKind,
    /// First instant of the billing period in milliseconds since 1970-01-01 UTC; `None` when only the
    /// lines tell.
    pub billing_period_start_ms: Option<i64>,
    /// First instant after it.
    pub billing_period_end_ms: Option<i64>,
    /// Name of the edition: the same files have the same.
    pub manifest_id: String,
    /// Account that pays, where the manifest says so.
    pub account: Option<String>,
    /// Keys of the files, within the bucket or relative to the folder that was listed.
    pub files: Vec<String>,
    /// Names of the columns, where the manifest says so.
    pub columns: Vec<String>,
}

/// Reads a manifest that lies at `key`.
///
/// # Errors
/// It is no manifest of AWS, or lacks its edition, its period or its files.
pub fn parse(key: &str, bytes: &[u8]) -> Result<Delivery, BillError> {
    let wrong = |what: String| BillError::of_file(key, Problem::Manifest(what));
    if bytes.len() as u64 > BILL_MANIFEST_BYTES_MAX {
        return Err(wrong(format!("it has more than {BILL_MANIFEST_BYTES_MAX} bytes")));
    }
    // Some are saved with a byte order mark on their way.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    if manifest.report_keys.is_some() {
        return legacy(manifest).map_err(|what| wrong(what.to_owned()));
    }
    export(key, manifest).map_err(|what| wrong(what.to_owned()))
}

/// Both kinds of manifest; a field is present in one or the other.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    assembly_id: Option<String>,
    account: Option<String>,
    /// Only reports are known to have these two in this shape; they are read where they are needed.
    #[serde(default)]
    columns: Value,
    #[serde(default)]
    billing_period: Value,
    report_keys: Option<Vec<String>>,
    execution_id: Option<String>,
    export_arn: Option<String>,
    data_files: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Period {
    start: String,
    end: String,
}

/// `{"category": "lineItem", "name": "UsageAmount"}` in a report, `{"name": "line_item_usage_amount"}`
/// in an export.
#[derive(Deserialize)]
struct ManifestColumn {
    category: Option<String>,
    name: String,
}

fn legacy(manifest: Manifest) -> Result<Delivery, &'static str> {
    let period: Period =
        serde_json::from_value(manifest.billing_period).map_err(|_| "it has no billingPeriod")?;
    let start_ms = period_time(&period.start).ok_or("its billingPeriod has no start")?;
    let end_ms = period_time(&period.end).ok_or("its billingPeriod has no end")?;
    if end_ms <= start_ms {
        return Err("its billingPeriod ends before it starts");
    }
    Ok(Delivery {
        source_kind: SourceKind::AwsReport,
        billing_period_start_ms: Some(start_ms),
        billing_period_end_ms: Some(end_ms),
        manifest_id: manifest
            .assembly_id
            .filter(|id| !id.is_empty())
            .ok_or("it has no assemblyId")?,
        account: manifest.account,
        files: files(manifest.report_keys)?,
        columns: columns(manifest.columns),
    })
}

fn export(key: &str, manifest: Manifest) -> Result<Delivery, &'static str> {
    let files: Vec<String> =
        files(manifest.data_files)?.iter().map(|file| key_of(file).to_owned()).collect();
    // The period is in the path of the manifest, and in that of every file.
    let (start_ms, end_ms) = partition(key)
        .or_else(|| files.first().and_then(|file| partition(file)))
        .ok_or("neither its path nor its files have a BILLING_PERIOD=YYYY-MM folder")?;
    // arn:aws:bcm-data-exports:us-east-1:123456789012:export/…
    let account = manifest.export_arn.and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
    Ok(Delivery {
        source_kind: SourceKind::AwsExport,
        billing_period_start_ms: Some(start_ms),
        billing_period_end_ms: Some(end_ms),
        manifest_id: manifest
            .execution_id
            .filter(|id| !id.is_empty())
            .ok_or("it has neither reportKeys nor an executionId")?,
        account: account.filter(|account| !account.is_empty()),
        files,
        columns: columns(manifest.columns),
    })
}

fn files(files: Option<Vec<String>>) -> Result<Vec<String>, &'static str> {
    let files = files.ok_or("it lists neither reportKeys nor dataFiles")?;
    if files.is_empty() {
        return Err("it lists no files");
    }
    Ok(files)
}

fn columns(columns: Value) -> Vec<String> {
    let columns: Vec<ManifestColumn> = serde_json::from_value(columns).unwrap_or_default();
    columns
        .into_iter()
        .map(|column| match column.category {
            Some(category) => format!("{category}/{}", column.name),
            None => column.name,
        })
        .collect()
}

/// The key in `s3://bucket/key`, or the text itself.
fn key_of(file: &str) -> &str {
    match file.strip_prefix("s3://") {
        Some(address) => address.split_once('/').map_or("", |(_, key)| key),
        None => file,
    }
}

/// Start and end, in milliseconds, of the month in a folder such as `BILLING_PERIOD=2026-10`.
pub fn partition(path: &str) -> Option<(i64, i64)> {
    let month = path.split('/').find_map(|folder| {
        let (name, value) = folder.split_once('=')?;
        name.eq_ignore_ascii_case("billing_period").then_some(value)
    })?;
    let (year, month) = month.split_once('-')?;
    month_ms(year.parse().ok()?, month.parse().ok()?)
}

/// Start and end of a month in milliseconds.
fn month_ms(year: i32, month: u32) -> Option<(i64, i64)> {
    let (next_year, next_month) =
        if month == 12 { (year.checked_add(1)?, 1) } else { (year, month.checked_add(1)?) };
    Some((day_ms(year, month, 1)?, day_ms(next_year, next_month, 1)?))
}

pub(crate) fn day_ms(year: i32, month: u32, day: u32) -> Option<i64> {
    Some(
        NaiveDate::from_ymd_opt(year, month, day)?
            .and_hms_opt(0, 0, 0)?
            .and_utc()
            .timestamp_millis(),
    )
}

/// A time of a legacy manifest, `20261001T000000.000Z`, or one in the usual style.
fn period_time(text: &str) -> Option<i64> {
    let number = |start: usize, end: usize| text.get(start..end)?.parse::<u32>().ok();
    if text.as_bytes().get(8) == Some(&b'T') {
        return day_ms(i32::try_from(number(0, 4)?).ok()?, number(4, 6)?, number(6, 8)?);
    }
    times::parse_ns(text).ok().map(|time_ns| time_ns / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCTOBER_MS: i64 = 1_790_812_800_000;
    const NOVEMBER_MS: i64 = 1_793_491_200_000;

    #[test]
    fn a_manifest_of_a_report_is_read() {
        let manifest = br#"{
            "assemblyId": "6d5a4c1e", "account": "111111111111",
            "columns": [{"category": "lineItem", "name": "UsageAmount", "type": "BigDecimal"}],
            "charset": "UTF-8", "compression": "GZIP", "contentType": "text/csv",
            "reportId": "x", "reportName": "hourly",
            "billingPeriod": {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"},
            "bucket": "bills", "reportKeys": ["cur/hourly/20261001-20261101/6d5a4c1e/hourly-00001.csv.gz"],
            "additionalArtifactKeys": []}"#;
        let delivery =
            parse("cur/hourly/20261001-20261101/hourly-Manifest.json", manifest).unwrap();
        assert_eq!(
            delivery,
            Delivery {
                source_kind: SourceKind::AwsReport,
                billing_period_start_ms: Some(OCTOBER_MS),
                billing_period_end_ms: Some(NOVEMBER_MS),
                manifest_id: "6d5a4c1e".to_owned(),
                account: Some("111111111111".to_owned()),
                files: vec!["cur/hourly/20261001-20261101/6d5a4c1e/hourly-00001.csv.gz".to_owned()],
                columns: vec!["lineItem/UsageAmount".to_owned()],
            }
        );
    }

    #[test]
    fn a_manifest_of_an_export_is_read() {
        let manifest = br#"{
            "exportArn": "arn:aws:bcm-data-exports:us-east-1:111111111111:export/cur2-0b1c",
            "executionId": "0b1c-77", "columns": [{"name": "line_item_usage_amount"}],
            "dataFiles": ["s3://bills/x/cur2/data/BILLING_PERIOD=2026-12/cur2-00001.snappy.parquet"]}"#;
        let key = "x/cur2/metadata/BILLING_PERIOD=2026-12/cur2-Manifest.json";
        let delivery = parse(key, manifest).unwrap();
        assert_eq!(delivery.source_kind, SourceKind::AwsExport);
        assert_eq!(delivery.manifest_id, "0b1c-77");
        assert_eq!(delivery.account.as_deref(), Some("111111111111"));
        let file = "x/cur2/data/BILLING_PERIOD=2026-12/cur2-00001.snappy.parquet";
        assert_eq!(delivery.files, [file]);
        assert_eq!(delivery.columns, ["line_item_usage_amount"]);
        let period = (delivery.billing_period_start_ms, delivery.billing_period_end_ms);
        assert_eq!(period, (day_ms(2026, 12, 1), day_ms(2027, 1, 1)));
    }

    #[test]
    fn a_folder_of_no_month_is_no_period() {
        for folder in ["2147483647-12", "2026-4294967295", "2026-13", "9999999999-1", "x"] {
            assert_eq!(partition(&format!("BILLING_PERIOD={folder}/a.csv")), None, "{folder}");
        }
    }

    #[test]
    fn what_is_no_manifest_says_why() {
        for (text, why) in [
            ("{", "EOF while parsing"),
            ("{}", "neither reportKeys nor dataFiles"),
            (r#"{"reportKeys":["a"]}"#, "no billingPeriod"),
            (
                r#"{"reportKeys":["a"],"billingPeriod":{"start":"20261001T000000.000Z","end":"x"}}"#,
                "has no end",
            ),
            (
                r#"{"reportKeys":["a"],"assemblyId":"1","billingPeriod":{"start":"20261001T0","end":"20260901T0"}}"#,
                "ends before",
            ),
            (
                r#"{"reportKeys":["a"],"billingPeriod":{"start":"20261001T0","end":"20261101T0"}}"#,
                "no assemblyId",
            ),
            (
                r#"{"reportKeys":[],"assemblyId":"1","billingPeriod":{"start":"20261001T0","end":"20261101T0"}}"#,
                "lists no files",
            ),
            (r#"{"executionId":"1","dataFiles":["s3://b/k"]}"#, "BILLING_PERIOD=YYYY-MM"),
            (r#"{"dataFiles":["s3://b/BILLING_PERIOD=2026-10/k"]}"#, "executionId"),
        ] {
            let message = parse("x/Manifest.json", text.as_bytes()).unwrap_err().to_string();
            assert!(message.starts_with("x/Manifest.json: is no manifest that can be read: "));
            assert!(message.contains(why), "{message}");
        }
    }
}
