//! What is dropped, and when: retention, disk budget, damage. Whole windows only (I5).

use crate::error::LakeError;
use crate::file::FileRecord;
use crate::lake::Shared;
use crate::losses::Loss;
use crate::state::FileHandle;
use hannun_model::limits::{
    DISK_FREE_BYTES_MIN, DISK_TARGET_PERCENT, DISK_WARNING_PERCENT, WINDOW_SECONDS,
};
use hannun_model::table::Table;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The reason told while the disk is too full to write.
const DISK_FULL: &str = "the disk is full";

/// Drops the windows that are older than the retention of their table.
pub async fn drop_expired(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let now_seconds = i64::try_from(shared.options.clock.now_ms() / 1000).unwrap_or(i64::MAX);
    let mut expired = Vec::new();
    for table in Table::ALL {
        let keep = kept_seconds(&shared.options.retention, table);
        expired.extend(
            shared
                .state
                .files(table)
                .into_iter()
                .filter(|file| is_expired(file, keep, now_seconds)),
        );
    }
    let rows = drop_files(shared, &expired).await?;
    shared.counters.retention_dropped_rows.fetch_add(rows, Ordering::Relaxed);
    Ok(())
}

/// How long rows of a table are kept; `None` is for ever. What was derived is kept at least as long as
/// what it came from: a time whose spans can be read must not lack their statistics.
fn kept_seconds(retention: &BTreeMap<Table, Duration>, table: Table) -> Option<u64> {
    let own = retention.get(&table);
    let longest = match table.source() {
        None => own?,
        Some(source) => {
            let of_source = retention.get(&source)?;
            own.map_or(of_source, |own| own.max(of_source))
        }
    };
    Some(longest.as_secs())
}

/// Whether the whole window is older than the file is kept: as long as a pipeline said, else as
/// long as the table; `None` is for ever.
fn is_expired(file: &FileRecord, table_seconds: Option<u64>, now_seconds: i64) -> bool {
    let own_seconds = file.retention_days.map(|days| u64::from(days) * 24 * 3600);
    let Some(keep_seconds) = own_seconds.or(table_seconds) else { return false };
    let keep_seconds = i64::try_from(keep_seconds).unwrap_or(i64::MAX);
    let oldest_kept = now_seconds.saturating_sub(keep_seconds);
    file.window_start.saturating_add(WINDOW_SECONDS) <= oldest_kept
}

/// Drops the oldest windows of all tables until the lake fits into its budget again.
pub async fn keep_disk_budget(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let counters = &shared.counters;
    let budget = counters.disk_budget_bytes.load(Ordering::Relaxed);
    let target = budget / 100 * DISK_TARGET_PERCENT;
    let mut used = used_bytes(shared);
    while budget > 0 && used > target {
        let files: Vec<FileHandle> =
            Table::ALL.into_iter().flat_map(|table| shared.state.files(table)).collect();
        let Some(oldest) = files.iter().map(|file| file.window_start).min() else { break };
        let window: Vec<FileHandle> =
            files.into_iter().filter(|file| file.window_start == oldest).collect();
        let bytes: u64 = window.iter().map(|file| file.bytes).sum();
        tracing::warn!(
            window_start = oldest,
            bytes,
            budget,
            "dropping the oldest time window to stay within the disk budget"
        );
        let rows = drop_files(shared, &window).await?;
        counters.budget_dropped_rows.fetch_add(rows, Ordering::Relaxed);
        used = used.saturating_sub(bytes.max(1));
    }
    Ok(())
}

async fn drop_files(shared: &Arc<Shared>, files: &[FileHandle]) -> Result<u64, LakeError> {
    if files.is_empty() {
        return Ok(0);
    }
    let ids: Vec<String> = files.iter().map(|file| file.id.clone()).collect();
    let now_ms = shared.options.clock.now_ms();
    shared.faults.check("drop: before the commit")?;
    shared.catalog.drop_files(&ids, i64::try_from(now_ms).unwrap_or(i64::MAX)).await?;
    shared.faults.check("drop: after the commit")?;
    shared.state.remove(&ids.into_iter().collect::<HashSet<_>>());
    shared.tombstones.add(files.iter().cloned(), now_ms);
    Ok(files.iter().map(|file| file.rows).sum())
}

/// Takes a file that cannot be read out of sight, keeps its bytes and names the loss.
pub async fn quarantine(
    shared: &Arc<Shared>,
    file: &FileHandle,
    error: &LakeError,
) -> Result<(), LakeError> {
    tracing::error!(path = file.path, %error, "a data file is damaged; it is set aside");
    shared.losses.add(Loss {
        what: file.path.clone(),
        extent: format!(
            "{} rows of {} in the window from {} s: {error}",
            file.rows, file.table, file.window_start
        ),
        found_ms: shared.options.clock.now_ms(),
    });
    shared.store.quarantine(&file.path).await?;
    let now_ms = i64::try_from(shared.options.clock.now_ms()).unwrap_or(i64::MAX);
    shared.catalog.drop_files(std::slice::from_ref(&file.id), now_ms).await?;
    shared.catalog.forget_tombstones(std::slice::from_ref(&file.id)).await?;
    shared.state.remove(&HashSet::from([file.id.clone()]));
    Ok(())
}

/// Measures the disk, raises the warning, and stops or resumes intake.
pub fn look_at_disk(shared: &Shared) -> std::io::Result<()> {
    let counters = &shared.counters;
    let used = used_bytes(shared);
    let free = free_bytes(&shared.options.folder)?;
    let budget = shared.options.disk_budget(used, free);
    counters.disk_used_bytes.store(used, Ordering::Relaxed);
    counters.disk_free_bytes.store(free, Ordering::Relaxed);
    counters.disk_budget_bytes.store(budget, Ordering::Relaxed);
    let nearly_full = used > budget / 100 * DISK_WARNING_PERCENT;
    counters.disk_warning.store(u64::from(nearly_full), Ordering::Relaxed);
    let mut refusal = shared.refusal.lock();
    if free < DISK_FREE_BYTES_MIN {
        if refusal.is_none() {
            tracing::error!(free, "the disk is full; refusing intake until there is room");
        }
        *refusal = Some(DISK_FULL);
    } else if *refusal == Some(DISK_FULL) {
        tracing::info!(free, "the disk has room again; accepting intake");
        *refusal = None;
    }
    Ok(())
}

/// Bytes of files, of bills, of the log, and of what waits to be deleted. Bills are counted and never
/// dropped.
fn used_bytes(shared: &Shared) -> u64 {
    let files: u64 =
        Table::ALL.into_iter().map(|table| shared.state.totals(table).file_bytes).sum();
    files
        + shared.bills.bytes()
        + shared.tombstones.totals().1
        + shared.wal.bytes.load(Ordering::Relaxed)
}

fn free_bytes(folder: &std::path::Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_kept_at_least_as_long_as_their_spans_i5() {
        let kept = |days: &[(Table, u64)], table| {
            let days = days.iter().map(|(table, days)| (*table, Duration::from_secs(*days)));
            kept_seconds(&days.collect(), table)
        };
        let usual = [(Table::Spans, 15), (Table::SpanStats, 90)];
        assert_eq!(kept(&usual, Table::SpanStats), Some(90));
        assert_eq!(kept(&usual, Table::SpanErrors), Some(15));
        assert_eq!(kept(&usual, Table::TraceIndex), Some(15));
        let long = [(Table::Spans, 365), (Table::SpanStats, 90)];
        assert_eq!(kept(&long, Table::SpanStats), Some(365));
        assert_eq!(kept(&[(Table::SpanStats, 90)], Table::SpanStats), None, "spans are for ever");
        assert_eq!(kept(&usual, Table::Logs), None);
    }
}
