//! Settings of `hannun cost`.

use super::ServerChoice;
use crate::commands::cost::generate::GenerateSettings;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum CostCommand {
    /// Import a bill: a file, a folder of a delivery or of many, or s3://bucket/prefix.
    ///
    /// The server that runs on the data folder imports it; when none does, the folder is opened. What
    /// was imported before is left as it is; a month that was restated replaces the one before.
    Import(ImportSettings),
    /// List the bills that were imported.
    Snapshots(SnapshotSettings),
    /// Write synthetic bills whose truth is known, to try and to test with.
    Generate(GenerateSettings),
}

#[derive(Debug, Clone, Args)]
pub struct ImportSettings {
    /// File, folder, or s3://bucket/prefix. A cost source that is named by --source may know it.
    #[arg(value_name = "PATH|s3://…")]
    pub location: Option<String>,
    #[command(flatten)]
    pub server: ServerChoice,
    /// Cost source that the bill is kept as: the months of one source replace each other.
    #[arg(long, default_value = "bill", value_name = "NAME")]
    pub source: String,
    /// Currency of a bill that does not say it, such as USD.
    #[arg(long, value_parser = parse_currency, value_name = "CODE")]
    pub currency: Option<String>,
    /// The account that pays; a bill of another one is refused. When not given, that of the months
    /// before.
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Region of the bucket; found out when not given.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// Address of a store that speaks S3 and is not that of AWS.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Profile of the shared credentials file of AWS.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read and check everything, and keep nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, Args)]
pub struct SnapshotSettings {
    #[command(flatten)]
    pub server: ServerChoice,
    /// Only of this cost source.
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
}

fn parse_currency(text: &str) -> Result<String, String> {
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(text.to_owned());
    }
    Err("a currency has three capital letters, such as KRW".to_owned())
}
