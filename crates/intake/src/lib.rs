//! How telemetry arrives: one module per protocol, each turning bytes into model batches.
//!
//! Every protocol shares one [`IntakeState`]: the sink that keeps batches, the keys that admit
//! senders, the budget of bytes in flight and the counters. A server builds the state once and
//! serves the routers:
//!
//! ```
//! use hannun_intake::{IntakeState, budget::InFlightBudget, keys::IntakeKeys, otlp};
//! use hannun_lake::append::{Append, AppendFuture, Appended, Sink};
//! use std::sync::Arc;
//!
//! struct Nowhere;
//! impl Sink for Nowhere {
//!     fn append(&self, _: Append) -> AppendFuture<'_> {
//!         Box::pin(async { Ok(Appended::Stored) })
//!     }
//! }
//!
//! let budget = InFlightBudget::new(128 << 20);
//! let state = IntakeState::new(Arc::new(Nowhere), IntakeKeys::new(["secret"]), budget);
//! let _http = otlp::http_router(Arc::new(state));
//! ```

pub mod body;
pub mod budget;
pub mod business;
pub mod compression;
pub mod connections;
pub mod counters;
pub mod datadog;
pub mod door;
pub mod elasticsearch;
pub mod fluent;
pub mod keys;
pub mod lines;
pub mod loki;
pub mod otlp;
pub mod records;
pub mod refusal;
pub mod syslog;

use budget::InFlightBudget;
use counters::IntakeCounters;
use hannun_lake::append::Sink;
use hannun_model::table::Table;
use hannun_pipelines::LogProcessor;
use keys::IntakeKeys;
use otlp::map::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long rows of a table are kept, in nanoseconds; `None` for ever.
pub type RetentionByTable = Arc<dyn Fn(Table) -> Option<i64> + Send + Sync>;

/// What every intake shares.
pub struct IntakeState {
    pub sink: Arc<dyn Sink>,
    pub keys: Arc<IntakeKeys>,
    pub budget: Arc<InFlightBudget>,
    pub counters: Arc<IntakeCounters>,
    /// Asked once a request, so that a changed setting holds from the next request on.
    pub retention_ns_by_table: RetentionByTable,
    /// What happens to log records before they are kept.
    pub logs: Arc<LogProcessor>,
    draining: AtomicBool,
    /// Makes hashes that no request has.
    unique: AtomicU64,
}

impl IntakeState {
    /// A state that keeps rows for ever.
    pub fn new(sink: Arc<dyn Sink>, keys: IntakeKeys, budget: InFlightBudget) -> Self {
        Self {
            sink,
            keys: Arc::new(keys),
            budget: Arc::new(budget),
            counters: Arc::default(),
            retention_ns_by_table: Arc::new(|_| None),
            logs: Arc::default(),
            draining: AtomicBool::new(false),
            unique: AtomicU64::new(0),
        }
    }

    /// Asks this for the retention of a table.
    pub fn with_retention(mut self, retention_ns_by_table: RetentionByTable) -> Self {
        self.retention_ns_by_table = retention_ns_by_table;
        self
    }

    /// Sends log records through this.
    pub fn with_logs(mut self, logs: Arc<LogProcessor>) -> Self {
        self.logs = logs;
        self
    }

    /// A hash for a request that must not be taken for another with the same bytes.
    pub fn unique_hash(&self) -> u128 {
        let count = self.unique.fetch_add(1, Ordering::Relaxed);
        let seed = [now_ns().to_le_bytes(), count.to_le_bytes()].concat();
        xxhash_rust::xxh3::xxh3_128(&seed)
    }

    /// From now on every request is refused with a hint to retry: the process is about to end.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether [`IntakeState::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Now, and the oldest time that `table` still keeps.
    pub fn clock(&self, table: Table) -> Clock {
        let now_ns = now_ns();
        let oldest_ns = (self.retention_ns_by_table)(table)
            .map_or(i64::MIN, |retention_ns| now_ns.saturating_sub(retention_ns));
        Clock { now_ns, oldest_ns }
    }
}

fn now_ns() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or(0)
}

impl std::fmt::Debug for IntakeState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IntakeState")
            .field("budget", &self.budget)
            .field("draining", &self.draining)
            .finish_non_exhaustive()
    }
}
