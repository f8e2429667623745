//! What the lake counts about itself.

use std::sync::atomic::AtomicU64;

/// Counters since the process started.
#[derive(Debug, Default)]
pub struct Counters {
    pub duplicates: AtomicU64,
    pub publishes: AtomicU64,
    pub publish_errors: AtomicU64,
    pub published_rows: AtomicU64,
    pub compactions: AtomicU64,
    pub compaction_errors: AtomicU64,
    pub compacted_rows: AtomicU64,
    pub replayed_rows: AtomicU64,
    pub retention_dropped_rows: AtomicU64,
    pub budget_dropped_rows: AtomicU64,
    pub deleted_files: AtomicU64,
    /// Bytes of everything the lake has on disk, as of the last look.
    pub disk_used_bytes: AtomicU64,
    pub disk_budget_bytes: AtomicU64,
    pub disk_free_bytes: AtomicU64,
    /// 1 while the disk budget is nearly used up.
    pub disk_warning: AtomicU64,
    pub pending_compactions: AtomicU64,
}
