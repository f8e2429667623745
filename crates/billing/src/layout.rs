//! Finds deliveries among the files of a folder or a bucket.
//!
//! | delivery | files |
//! |---|---|
//! | legacy report, editions kept | `…/yyyymmdd-yyyymmdd/<assembly>/<report>-00001.csv.gz`, the newest edition's manifest copied to `…/yyyymmdd-yyyymmdd/<report>-Manifest.json` |
//! | legacy report, overwritten | `…/yyyymmdd-yyyymmdd/<report>-00001.csv.gz` beside the manifest; Parquet in `…/<report>/year=2026/month=10/` |
//! | data export | `…/data/BILLING_PERIOD=2026-10/…`, manifest in `…/metadata/BILLING_PERIOD=2026-10/`, editions kept in a folder each |
//! | anything else | files by themselves |
//!
//! Data files are taken from manifests only: what else lies in the folder of a report is an older
//! edition, or one that is not complete yet.

use crate::error::{BillError, Problem};
use crate::manifest::{self, Delivery, SourceKind};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::io::{self, Read};

/// A file that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Key in the bucket, or path relative to the folder, with `/` between its parts.
    pub key: String,
    pub bytes: u64,
    /// When it was last written, in milliseconds since 1970-01-01 UTC.
    pub modified_ms: i64,
}

/// What a listing holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Manifests to read, one for each period of each report: the newest one.
    pub manifests: Vec<String>,
    /// Files that no manifest can list, in groups that make up one import each: by month where their
    /// path tells it, else each by itself.
    pub plain: Vec<PlainFiles>,
}

/// Files without a manifest that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainFiles {
    pub files: Vec<String>,
    /// Start and end of their month in milliseconds, where their path tells it.
    pub period_ms: Option<(i64, i64)>,
}

/// Endings of files that may hold lines. What they are is told by their bytes later; everything else,
/// such as the SQL that AWS puts beside reports, is left alone.
const DATA_ENDINGS: [&str; 9] =
    [".csv", ".csv.gz", ".csv.zst", ".gz", ".parquet", ".tsv", ".txt", ".zip", ".zst"];

/// Sorts a listing.
pub fn find(listed: &[Listed]) -> Layout {
    let mut manifests: BTreeMap<String, &Listed> = BTreeMap::new();
    for file in listed.iter().filter(|file| is_manifest(&file.key)) {
        let newest = manifests.entry(scope(&file.key)).or_insert(file);
        if rank(file) > rank(newest) {
            *newest = file;
        }
    }
    let reports: HashSet<&str> = manifests.keys().filter_map(|scope| report_of(scope)).collect();
    let mut plain: BTreeMap<String, PlainFiles> = BTreeMap::new();
    for file in listed.iter().filter(|file| is_data(&file.key)) {
        if reports.iter().any(|report| is_within(&file.key, report)) {
            continue;
        }
        let period_ms = manifest::partition(&file.key);
        // Files of a month in one folder are one delivery.
        let group = match period_ms {
            Some(_) => folder(&file.key).to_owned(),
            None => file.key.clone(),
        };
        let group =
            plain.entry(group).or_insert_with(|| PlainFiles { files: Vec::new(), period_ms });
        group.files.push(file.key.clone());
    }
    Layout {
        manifests: manifests.into_values().map(|file| file.key.clone()).collect(),
        plain: plain.into_values().collect(),
    }
}

/// Where the files that a manifest lists are in a listing: in place, or, when a folder was copied out
/// of a bucket, under the same last parts of their key.
///
/// # Errors
/// One of them is not there, or is listed twice: its lines would count twice.
pub fn resolve(delivery: &Delivery, listed: &[Listed]) -> Result<Vec<Listed>, BillError> {
    let mut taken = HashSet::new();
    delivery
        .files
        .iter()
        .map(|wanted| {
            let same = listed.iter().find(|file| file.key == *wanted);
            let copied = || {
                listed
                    .iter()
                    .filter(|file| shared_parts(&file.key, wanted) > 0)
                    .max_by_key(|file| shared_parts(&file.key, wanted))
                    .filter(|file| {
                        ends_with_path(wanted, &file.key) || keeps_period(&file.key, wanted)
                    })
            };
            let found = same.or_else(copied).ok_or_else(|| Problem::MissingFile(wanted.clone()));
            let found = found.and_then(|found| match taken.insert(&found.key) {
                true => Ok(found.clone()),
                false => Err(Problem::ListedTwice(found.key.clone())),
            });
            found.map_err(|problem| BillError::of_file(wanted, problem))
        })
        .collect()
}

/// A delivery of files that have no manifest: its edition is the SHA-256 of their content, in order.
///
/// # Errors
/// A file cannot be read.
pub fn plain_delivery(
    plain: &PlainFiles,
    mut read: impl FnMut(&str) -> io::Result<Box<dyn Read>>,
) -> Result<Delivery, BillError> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    for file in &plain.files {
        let of_file = |error: io::Error| BillError::of_file(file, error);
        let mut content = read(file).map_err(of_file)?;
        loop {
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(bytes) => hash.update(&buffer[..bytes]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(of_file(error)),
            }
        }
    }
    let manifest_id = hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let written = write!(text, "{byte:02x}");
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        text
    });
    Ok(Delivery {
        source_kind: SourceKind::PlainFiles,
        billing_period_start_ms: plain.period_ms.map(|period| period.0),
        billing_period_end_ms: plain.period_ms.map(|period| period.1),
        manifest_id,
        account: None,
        files: plain.files.clone(),
        columns: Vec::new(),
    })
}

fn is_manifest(key: &str) -> bool {
    key.ends_with("Manifest.json")
}

fn is_data(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
    !name.starts_with(['.', '_']) && DATA_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn folder(key: &str) -> &str {
    key.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a manifest is the newest one of: the folder of its period.
fn scope(key: &str) -> String {
    let mut scope = Vec::new();
    for part in folder(key).split('/') {
        scope.push(part);
        if is_legacy_period(part) || is_partition(part) {
            break;
        }
    }
    scope.join("/")
}

/// The folder that all files of a manifest's report lie in.
fn report_of(scope: &str) -> Option<&str> {
    let (before, last) = scope.rsplit_once('/').unwrap_or(("", scope));
    if is_legacy_period(last) {
        return Some(before);
    }
    if is_partition(last) {
        return Some(before.rsplit_once('/').map_or("", |(report, _)| report));
    }
    Some(scope)
}

/// Manifests that stand for others come first: at the level of the period, the one that is there; of
/// editions that are kept, the newest.
fn rank(file: &Listed) -> (bool, i64, &str) {
    (folder(&file.key) == scope(&file.key), file.modified_ms, &file.key)
}

/// `20261001-20261101`
fn is_legacy_period(part: &str) -> bool {
    let digits = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    part.split_once('-').is_some_and(|(start, end)| digits(start) && digits(end))
}

/// `BILLING_PERIOD=2026-10`
fn is_partition(part: &str) -> bool {
    manifest::partition(part).is_some()
}

fn is_within(key: &str, folder: &str) -> bool {
    folder.is_empty() || key.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// How many parts, from the last one on, two keys share.
fn shared_parts(one: &str, other: &str) -> usize {
    one.rsplit('/').zip(other.rsplit('/')).take_while(|(one, other)| one == other).count()
}

/// Whether `key` is the end of `wanted`.
fn ends_with_path(wanted: &str, key: &str) -> bool {
    wanted.strip_suffix(key).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether both keys share their period's folder and everything behind it.
fn keeps_period(key: &str, wanted: &str) -> bool {
    let shared = shared_parts(key, wanted);
    wanted.rsplit('/').take(shared).any(|part| is_legacy_period(part) || is_partition(part))
}

#[cfg(test)]
mod tests;
