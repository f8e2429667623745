//! Memory of the process: how much there is, how much is used, and what happens near the limit.

use hannun_lake::lake::Shared;
use hannun_model::limits::{MEMORY_LIMIT_BYTES_MIN, MEMORY_PUSHBACK_PERCENT, MEMORY_SHARE_PERCENT};
use hannun_server::metrics::MemoryProbe;
use std::sync::Arc;
use std::time::Duration;

const LOOK_INTERVAL: Duration = Duration::from_millis(500);
const PUSHBACK: &str = "the memory limit is nearly reached";

/// Memory of this process as the kernel sees it.
#[derive(Debug, Clone, Copy)]
pub struct ProcessMemory;

impl MemoryProbe for ProcessMemory {
    fn resident_bytes(&self) -> u64 {
        let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| {
            text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok())
        });
        pages.unwrap_or(0) * rustix::param::page_size() as u64
    }
}

/// The limit when nobody gave one: a share of the machine, or of the container.
pub fn default_limit_bytes() -> u64 {
    let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    });
    let most = [container, machine].into_iter().flatten().min().unwrap_or(MEMORY_LIMIT_BYTES_MIN);
    (most / 100 * MEMORY_SHARE_PERCENT).max(MEMORY_LIMIT_BYTES_MIN)
}

/// Pushes intake back while the process is near its limit (I6).
pub async fn watch(lake: Arc<Shared>) {
    let limit = lake.options.memory_limit_bytes / 100 * MEMORY_PUSHBACK_PERCENT;
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let resident = ProcessMemory.resident_bytes();
        let mut refusal = lake.refusal.lock();
        if resident > limit {
            if refusal.is_none() {
                tracing::warn!(resident, limit, "pushing intake back: {PUSHBACK}");
                *refusal = Some(PUSHBACK);
            }
            lake.publish_soon.notify_one();
        } else if *refusal == Some(PUSHBACK) {
            *refusal = None;
        }
    }
}
