//! The logs lens: reading, counting, following and thinning out log records.
//!
//! Every answer is about a [`question::Question`]: a time, an environment and a filter in the
//! search language. [`list`] pages through records, [`record`] opens one and what surrounds it,
//! [`histogram`] and [`facets`] count, [`patterns`] groups by template, [`volume`] and
//! [`suggestions`] say what logs cost and how to pay less, [`tail`] follows, [`export`] writes files.
//! [`routes`] is the only file that knows HTTP.
//!
//! A record that is left of a sample stands for several: its `adjusted_count`. Counts of records
//! are of what was represented; volumes, which are paid for, are of what is stored.

pub mod documents;
pub mod export;
pub mod facets;
pub mod field;
pub mod histogram;
pub mod list;
pub mod patterns;
pub mod pipelines;
pub mod question;
pub mod record;
pub mod routes;
pub mod row;
pub mod suggestions;
pub mod tail;
pub mod volume;

use hannun_ledger::Ledger;
use hannun_model::limits::{LOG_TRIALS_MAX, LOGS_EXPORTS_MAX, LOGS_TAILS_MAX};
use hannun_pipelines::LogProcessor;
use hannun_query::Engine;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What the routes of the lens share.
#[derive(Clone)]
pub struct LogsState {
    pub engine: Arc<Engine>,
    pub processor: Arc<LogProcessor>,
    pub ledger: Ledger,
    /// Whether the process is about to end, so that what is open must end as well.
    pub draining: Arc<dyn Fn() -> bool + Send + Sync>,
    tails: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    trials: Arc<Semaphore>,
}

impl LogsState {
    pub fn new(
        engine: Arc<Engine>,
        processor: Arc<LogProcessor>,
        ledger: Ledger,
        draining: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Self {
        let tails = Arc::new(Semaphore::new(LOGS_TAILS_MAX));
        let exports = Arc::new(Semaphore::new(LOGS_EXPORTS_MAX));
        let trials = Arc::new(Semaphore::new(LOG_TRIALS_MAX));
        Self { engine, processor, ledger, draining, tails, exports, trials }
    }

    /// The id of a pattern by now: patterns that turn out to be one are merged as they are mined.
    pub fn pattern_now(&self, id: &str) -> String {
        let number = u64::from_str_radix(id, 16).ok();
        match number.zip(self.processor.miner()) {
            Some((number, miner)) => format!("{:016x}", miner.resolve(number)),
            None => id.to_owned(),
        }
    }
}
