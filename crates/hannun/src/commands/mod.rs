//! One file per command.

pub mod apply;
pub mod client;
pub mod cost;
pub mod demo;
pub mod doctor;
pub mod owner_link;
pub mod search;
pub mod serve;
pub mod sql;
pub mod tail;

use crate::config::Folder;
use crate::memory::default_limit_bytes;
use anyhow::{Result, bail};
use hannun_lake::LakeOptions;
use hannun_lake::catalog::sqlite_url;

/// File in the data folder that names the addresses in use.
pub const LISTENERS_FILE: &str = "listeners.json";

/// Options of the lake in this folder, with defaults for the rest.
pub fn lake_options(folder: &Folder, memory_limit_bytes: Option<u64>) -> LakeOptions {
    let memory = memory_limit_bytes.unwrap_or_else(default_limit_bytes);
    // The catalog is found by an absolute path.
    let path = std::path::absolute(&folder.data_dir).unwrap_or_else(|_| folder.data_dir.clone());
    let mut options = LakeOptions::new(path, memory);
    options.catalog_url = folder.catalog_url.clone();
    options
}

/// File of the ledger in the data folder.
const LEDGER_FILE: &str = "ledger.sqlite";

/// As [`ledger_url`], of a server that was started before: a new, empty ledger would be the wrong
/// one.
pub fn existing_ledger_url(folder: &Folder) -> Result<String> {
    let path = folder.data_dir.join(LEDGER_FILE);
    if folder.ledger_url.is_none() && !path.exists() {
        bail!(
            "there is no ledger at {}; give the --ledger-url that the server was started with",
            path.display()
        );
    }
    ledger_url(folder)
}

/// Where the ledger of this folder is kept.
pub fn ledger_url(folder: &Folder) -> Result<String> {
    if let Some(url) = &folder.ledger_url {
        return Ok(url.clone());
    }
    Ok(sqlite_url(&std::path::absolute(&folder.data_dir)?.join(LEDGER_FILE)))
}
