//! The services of the shop. Each has a router, telemetry of its own and, where it keeps
//! something, SQLite files of its own; they know each other by name only.

pub mod catalogue;
pub mod dispatch;
pub mod events;
pub mod gateway;
pub mod order;
pub mod payment;
pub mod recommendation;
pub mod registry;

use crate::business_clock::BusinessClock;
use crate::http_client::HttpClient;
use crate::plan::Plan;
use crate::tally::Tally;
use crate::telemetry::Telemetry;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What every service has. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    pub name: &'static str,
    pub telemetry: Telemetry,
    pub clock: BusinessClock,
    pub client: HttpClient,
    pub tally: Arc<Tally>,
    pub plan: Arc<Plan>,
    pub busy: Busy,
    pub seed: u64,
}

/// How much is under way in the whole shop: the end of a run waits for it.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<AtomicUsize>);

/// One thing that is under way, until this is dropped.
#[derive(Debug)]
pub struct BusyGuard(Arc<AtomicUsize>);

impl Busy {
    pub fn enter(&self) -> BusyGuard {
        self.0.fetch_add(1, Ordering::Relaxed);
        BusyGuard(self.0.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
