//! Which of the files at a place make which month of a bill.

use crate::error::ImportError;
use crate::job::Job;
use crate::place::{Listed, Place, sha256};
use crate::request::ImportRequest;
use arrow::array::{Array, AsArray, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::TimestampNanosecondType;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime};
use hannun_billing::error::{BillError, Problem};
use hannun_billing::mapper::ReadOptions;
use hannun_billing::{layout, line_source, manifest};
use hannun_model::cost::{self, COLUMNS};
use hannun_model::limits::{BILL_MANIFEST_BYTES_MAX, IMPORT_DOWNLOADS_KEPT};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::fs::File;

/// The files of one month, as they were delivered together.
#[derive(Debug)]
pub struct Delivery {
    pub period_start_ms: i64,
    pub period_end_ms: i64,
    pub manifest_id: String,
    /// Whether its files have lines of other months too, which are left to those.
    pub shares_files: bool,
    pub files: Vec<DeliveredFile>,
}

/// One of them.
#[derive(Debug)]
pub struct DeliveredFile {
    pub listed: Listed,
    /// It, when it had to be had to find out what it is.
    pub fetched: Option<File>,
}

impl std::ops::Deref for DeliveredFile {
    type Target = Listed;

    fn deref(&self) -> &Listed {
        &self.listed
    }
}

/// How closely files without a manifest are looked at for their months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Most files are of one month, which their first line tells.
    AtFirstLine,
    /// The whole file is read once more.
    AtEveryLine,
}

/// Finds the deliveries at a place, the oldest month first.
///
/// # Errors
/// When files cannot be read, and when a manifest or a file is not what it should be.
pub async fn find(
    place: &Place,
    listing: &[Listed],
    request: &ImportRequest,
    job: &Job,
    look: Look,
) -> Result<Vec<Delivery>, ImportError> {
    if place.is_file() {
        return plain(place, listing.to_vec(), request, job, look).await;
    }
    let listed: Vec<layout::Listed> = listing
        .iter()
        .map(|file| layout::Listed {
            key: file.key.clone(),
            bytes: file.bytes,
            modified_ms: file.modified_ms,
        })
        .collect();
    let found = layout::find(&listed);
    let by_key: HashMap<&str, &Listed> =
        listing.iter().map(|file| (file.key.as_str(), file)).collect();
    let mut deliveries = Vec::new();
    for key in &found.manifests {
        job.go_on()?;
        if let Some(file) = by_key.get(key.as_str()) {
            let bytes = place.read_small(file, BILL_MANIFEST_BYTES_MAX).await?;
            deliveries.push(of_manifest(key, &bytes, &listed, &by_key)?);
        }
    }
    let files: Vec<Listed> = found
        .plain
        .iter()
        .flat_map(|group| &group.files)
        .filter_map(|key| by_key.get(key.as_str()).map(|file| (*file).clone()))
        .collect();
    if !files.is_empty() || deliveries.is_empty() {
        deliveries.extend(plain(place, files, request, job, look).await?);
    }
    deliveries.sort_by_key(|delivery| delivery.period_start_ms);
    if let Some(twice) = deliveries.windows(2).find(|pair| is_same_month(pair)) {
        let places = twice.iter().filter_map(|delivery| delivery.files.first());
        let places: Vec<&str> = places.map(|file| file.key.as_str()).collect();
        return Err(ImportError::TwoBills(places.join("` and `")));
    }
    Ok(deliveries)
}

fn is_same_month(pair: &[Delivery]) -> bool {
    matches!(pair, [one, other] if one.period_start_ms == other.period_start_ms)
}

/// The delivery that a manifest is of.
fn of_manifest(
    key: &str,
    bytes: &[u8],
    listed: &[layout::Listed],
    by_key: &HashMap<&str, &Listed>,
) -> Result<Delivery, ImportError> {
    let said = manifest::parse(key, bytes)?;
    let period = said.billing_period_start_ms.zip(said.billing_period_end_ms);
    let (period_start_ms, period_end_ms) = period.ok_or_else(|| {
        BillError::of_file(key, Problem::Manifest("it names no billing period".to_owned()))
    })?;
    let files = layout::resolve(&said, listed)?;
    let files = files.iter().filter_map(|file| by_key.get(file.key.as_str()));
    Ok(Delivery {
        period_start_ms,
        period_end_ms,
        manifest_id: said.manifest_id,
        shares_files: false,
        files: files.map(|file| DeliveredFile { listed: (*file).clone(), fetched: None }).collect(),
    })
}

/// Files that no manifest lists: those of one month are one delivery.
async fn plain(
    place: &Place,
    files: Vec<Listed>,
    request: &ImportRequest,
    job: &Job,
    look: Look,
) -> Result<Vec<Delivery>, ImportError> {
    let mut months: BTreeMap<(i64, i64), Vec<(DeliveredFile, String)>> = BTreeMap::new();
    let (any, mut kept) = (!files.is_empty(), 0);
    for listed in files {
        job.go_on()?;
        let mut file = place.fetch(&listed, job).await?;
        let options = ReadOptions {
            source: request.source.clone(),
            currency: request.currency.clone(),
            ..ReadOptions::default()
        };
        let key = listed.key.clone();
        let version = listed.version.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let content = match version {
                Some(version) => version,
                None => hex(&sha256(&mut file).map_err(ImportError::io(key.as_str()))?),
            };
            let periods = periods_of(&key, &mut file, &options, look)?;
            Ok::<_, ImportError>((file, content, periods))
        });
        let looked = looked.await.map_err(|error| ImportError::Stopped(error.to_string()))?;
        // An empty file says nothing about any month.
        let (file, content, periods) = looked?;
        for period in periods {
            // A local file is opened again; of downloads, each of which takes room, a few are kept.
            let keep = listed.version.is_some() && kept < IMPORT_DOWNLOADS_KEPT;
            kept += usize::from(keep);
            let copy = keep.then(|| file.try_clone()).transpose();
            let fetched = copy.map_err(ImportError::io(listed.key.as_str()))?;
            let delivered = DeliveredFile { listed: listed.clone(), fetched };
            months.entry(period).or_default().push((delivered, content.clone()));
        }
    }
    if months.is_empty() {
        let told = place.to_string();
        return Err(if any { ImportError::NoLines(told) } else { ImportError::Nothing(told) });
    }
    for files in months.values() {
        check_contents(files)?;
    }
    let deliveries = months.into_iter().map(|((period_start_ms, period_end_ms), files)| {
        let mut hash = Sha256::new();
        // One month of a file is another delivery than the whole of it: that it is there does not say
        // that its other months are.
        hash.update([u8::from(look == Look::AtEveryLine)]);
        for (file, content) in &files {
            hash.update(format!("{}\n{}\n{content}\n", file.key, file.bytes));
        }
        Delivery {
            period_start_ms,
            period_end_ms,
            manifest_id: hex(&hash.finalize()),
            shares_files: look == Look::AtEveryLine,
            files: files.into_iter().map(|(file, _)| file).collect(),
        }
    });
    Ok(deliveries.collect())
}

/// Refuses a file that lies there twice, under two names: all its lines would count twice.
fn check_contents(files: &[(DeliveredFile, String)]) -> Result<(), ImportError> {
    let mut known: HashMap<&str, &str> = HashMap::with_capacity(files.len());
    for (file, content) in files {
        if let Some(other) = known.insert(content, &file.key) {
            return Err(ImportError::SameFile(other.to_owned(), file.key.clone()));
        }
    }
    Ok(())
}

/// The billing periods of the lines of a file, which is at its beginning again.
fn periods_of(
    key: &str,
    file: &mut File,
    options: &ReadOptions,
    look: Look,
) -> Result<BTreeSet<(i64, i64)>, ImportError> {
    let copy = file.try_clone().map_err(ImportError::io(key))?;
    let mut source = line_source::open(key, copy, options)?;
    let mut periods = BTreeSet::new();
    while let Some(batches) = source.next()? {
        for batch in batches.iter().filter(|batch| batch.records.num_rows() > 0) {
            let rows = match look {
                Look::AtFirstLine => 1,
                Look::AtEveryLine => batch.records.num_rows(),
            };
            let found = periods_in(&batch.records, rows).ok_or_else(|| {
                let column = COLUMNS[cost::BILLING_PERIOD_START].name;
                let problem =
                    Problem::Format(format!("has lines without {column}: their month is unknown"));
                BillError::of_file(key, problem)
            })?;
            periods.extend(found);
        }
        if look == Look::AtFirstLine && !periods.is_empty() {
            break;
        }
    }
    drop(source);
    std::io::Seek::rewind(file).map_err(ImportError::io(key))?;
    Ok(periods)
}

/// The periods of the first rows; `None` when one of them has none.
fn periods_in(records: &RecordBatch, rows: usize) -> Option<BTreeSet<(i64, i64)>> {
    let starts = billing_period_starts(records)?;
    let ends = times(records, cost::BILLING_PERIOD_END);
    let mut periods = BTreeSet::new();
    let mut last = None;
    for row in 0..rows {
        let start_ns = starts.is_valid(row).then(|| starts.value(row))?;
        if last == Some(start_ns) {
            continue;
        }
        last = Some(start_ns);
        let start_ms = start_ns.div_euclid(1_000_000);
        let end = ends.filter(|ends| ends.is_valid(row)).map(|ends| ends.value(row));
        let end_ms = match end {
            Some(end_ns) => end_ns.div_euclid(1_000_000),
            None => month_ms(start_ms, 1)?,
        };
        periods.insert((start_ms, end_ms));
    }
    Some(periods)
}

/// The column that says of which period a line is.
pub(crate) fn billing_period_starts(records: &RecordBatch) -> Option<&TimestampNanosecondArray> {
    times(records, cost::BILLING_PERIOD_START)
}

fn times(records: &RecordBatch, column: usize) -> Option<&TimestampNanosecondArray> {
    records.column_by_name(COLUMNS[column].name)?.as_primitive_opt::<TimestampNanosecondType>()
}

/// The first instant of the month of an instant, or of one so many months later.
fn month_ms(time_ms: i64, later: u32) -> Option<i64> {
    let date = DateTime::from_timestamp_millis(time_ms)?.date_naive();
    let month = NaiveDate::from_ymd_opt(date.year(), date.month(), 1)?;
    let month = month.checked_add_months(Months::new(later))?;
    Some(month.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_and_end_at_midnight_of_the_first() {
        let ms = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        let within = ms("2026-12-17T08:09:10Z");
        assert_eq!(month_ms(within, 0), Some(ms("2026-12-01T00:00:00Z")));
        assert_eq!(month_ms(within, 1), Some(ms("2027-01-01T00:00:00Z")));
    }
}
