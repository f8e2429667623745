//! What a process cost: processor seconds, resident memory, bytes on disk. From `/proc`.

use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;

/// Linux shows user space a hundred ticks a second on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor seconds that the process used so far, user and system, all threads.
pub fn cpu_seconds(process_id: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process_id}/stat"))?;
    // The name in brackets may hold spaces; fields are counted after it.
    let (_, fields) = stat.rsplit_once(')').context("no process name in stat")?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks = |index: usize| -> Result<f64> {
        Ok(fields.get(index).context("too few fields in stat")?.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// Share of one core that the process uses over `seconds`, in percent.
pub fn cpu_percent_over(process_id: u32, seconds: u64) -> Result<f64> {
    let before = cpu_seconds(process_id)?;
    std::thread::sleep(Duration::from_secs(seconds));
    Ok((cpu_seconds(process_id)? - before) / seconds as f64 * 100.0)
}

/// Bytes of regular files below a folder: data files, and all together.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskBytes {
    pub parquet: u64,
    pub total: u64,
}

/// Measures a folder. Files that vanish meanwhile count as nothing.
pub fn disk_bytes(folder: &Path) -> DiskBytes {
    let mut sum = DiskBytes::default();
    let Ok(entries) = std::fs::read_dir(folder) else { return sum };
    for entry in entries.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            let below = disk_bytes(&entry.path());
            sum.parquet += below.parquet;
            sum.total += below.total;
        } else {
            sum.total += metadata.len();
            let is_data = entry.path().extension().is_some_and(|extension| extension == "parquet");
            sum.parquet += if is_data { metadata.len() } else { 0 };
        }
    }
    sum
}

/// Forgets cached file pages, so that the next read is cold. False without the right to.
pub fn drop_page_cache() -> bool {
    std::process::Command::new("sync").status().is_ok()
        && std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// The middle value.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_processor_time_grows_with_work() {
        let own = std::process::id();
        let before = cpu_seconds(own).unwrap();
        let started = std::time::Instant::now();
        while started.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(started.elapsed());
        }
        assert!(cpu_seconds(own).unwrap() > before);
    }

    #[test]
    fn data_files_are_told_from_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("spans")).unwrap();
        std::fs::write(folder.path().join("spans/a.parquet"), [0; 100]).unwrap();
        std::fs::write(folder.path().join("wal"), [0; 11]).unwrap();
        let bytes = disk_bytes(folder.path());
        assert_eq!((bytes.parquet, bytes.total), (100, 111));
    }

    #[test]
    fn the_median_is_the_middle_value() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }
}
