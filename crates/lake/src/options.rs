//! How a lake is opened.

use crate::clock::{Clock, SystemClock};
use crate::store::DataStore;
use crate::wal::files::WalFiles;
use hannun_model::limits::{
    BUFFER_FLUSH_ROWS, BUFFER_FLUSH_SECONDS, BUFFER_FLUSH_SHARE_PERCENT, BUFFER_SHARE_PERCENT,
    DISK_BUDGET_SHARE_PERCENT,
};
use hannun_model::table::Table;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long rows of each table are kept when nobody says otherwise. What spans come to is small, and
/// a weekly report and the history of a service look back farther than single spans are of use.
pub const RETENTION_DAYS_DEFAULT: [(Table, u64); 7] = [
    (Table::Spans, 15),
    (Table::Logs, 15),
    (Table::MetricPoints, 90),
    (Table::SpanStats, 90),
    (Table::SpanErrors, 90),
    (Table::ClientStats, 90),
    (Table::Profiles, 15),
];

/// Settings of a lake in a folder.
#[derive(Debug, Clone)]
pub struct LakeOptions {
    pub folder: PathBuf,
    /// `None` for `catalog.sqlite` in the folder.
    pub catalog_url: Option<String>,
    /// Limit of the whole process, of which the live buffers get their share.
    pub memory_limit_bytes: u64,
    /// `None` for a share of what the file system could give.
    pub disk_budget_bytes: Option<u64>,
    pub retention: BTreeMap<Table, Duration>,
    /// Run publishing, compaction and retention in the background. Simulations drive them by hand.
    pub background: bool,
    pub clock: Arc<dyn Clock>,
}

impl LakeOptions {
    /// Defaults for this folder.
    pub fn new(folder: impl Into<PathBuf>, memory_limit_bytes: u64) -> Self {
        let retention = RETENTION_DAYS_DEFAULT
            .into_iter()
            .map(|(table, days)| (table, Duration::from_secs(days * 24 * 3600)))
            .collect();
        Self {
            folder: folder.into(),
            catalog_url: None,
            memory_limit_bytes,
            disk_budget_bytes: None,
            retention,
            background: true,
            clock: Arc::new(SystemClock),
        }
    }

    /// Bytes that the live buffers of all tables may hold.
    pub fn buffer_bytes_max(&self) -> usize {
        share(self.memory_limit_bytes, BUFFER_SHARE_PERCENT)
    }

    /// When the live rows of one table are to be published.
    pub fn publish_when(&self) -> PublishWhen {
        PublishWhen {
            rows: BUFFER_FLUSH_ROWS,
            bytes: share(self.buffer_bytes_max() as u64, BUFFER_FLUSH_SHARE_PERCENT),
            age_ms: BUFFER_FLUSH_SECONDS * 1000,
        }
    }

    /// The disk budget in bytes, given what the file system has.
    pub fn disk_budget(&self, own_bytes: u64, free_bytes: u64) -> u64 {
        self.disk_budget_bytes
            .unwrap_or_else(|| (own_bytes + free_bytes) / 100 * DISK_BUDGET_SHARE_PERCENT)
    }
}

fn share(bytes: u64, percent: usize) -> usize {
    usize::try_from(bytes / 100).unwrap_or(usize::MAX / 100).saturating_mul(percent)
}

/// Thresholds at which live rows are published.
#[derive(Debug, Clone, Copy)]
pub struct PublishWhen {
    pub rows: usize,
    pub bytes: usize,
    pub age_ms: u64,
}

/// The parts of the outside world that a simulation replaces.
pub struct Devices {
    pub wal: Box<dyn WalFiles>,
    pub store: DataStore,
    pub faults: Faults,
}

/// A hook called at named steps; an error there stops the step as a crash would.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<dyn Fn(&'static str) -> bool + Send + Sync>>);

impl Faults {
    /// `survives` is asked at each step and answers false to crash there.
    pub fn new(survives: impl Fn(&'static str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(survives)))
    }

    pub(crate) fn check(&self, step: &'static str) -> Result<(), crate::error::LakeError> {
        match &self.0 {
            Some(survives) if !survives(step) => Err(crate::error::LakeError::Stopped(step)),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_some() { "Faults(simulated)" } else { "Faults(none)" })
    }
}
