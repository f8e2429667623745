//! Recognises a request that is sent again because its answer was lost.

use crate::append::{AppendError, Appended};
use crate::wal::format::Remembered;
use hannun_model::limits::{RETRY_WINDOW_REQUESTS_MAX, RETRY_WINDOW_SECONDS};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use tokio::sync::watch;

/// The outcome of an append, told to everyone who sent the same request meanwhile.
pub type Outcome = Result<Appended, AppendError>;

#[derive(Debug, Default)]
struct Requests {
    stored_ms_by_hash: HashMap<u128, u64>,
    in_order: VecDeque<Remembered>,
    pending: HashMap<u128, watch::Receiver<Option<Outcome>>>,
}

/// The requests of the last minutes, by content hash.
#[derive(Debug, Default)]
pub struct RetryWindow {
    requests: Mutex<Requests>,
}

/// What is known of a request.
#[derive(Debug)]
pub enum Known {
    /// Never seen: the caller stores it and tells the outcome through the ticket.
    New(Ticket),
    /// Being stored by another task.
    Pending(watch::Receiver<Option<Outcome>>),
    Stored,
}

/// The duty to tell how an append ended. Dropping it counts as "not stored".
#[derive(Debug)]
pub struct Ticket {
    hash: u128,
    outcome: watch::Sender<Option<Outcome>>,
    window: std::sync::Arc<RetryWindow>,
    told: bool,
}

impl RetryWindow {
    /// Looks a request up and, when it is new, reserves it.
    pub fn enter(self: &std::sync::Arc<Self>, hash: u128, now_ms: u64) -> Known {
        let mut requests = self.requests.lock();
        requests.forget_old(now_ms);
        if requests.stored_ms_by_hash.contains_key(&hash) {
            return Known::Stored;
        }
        if let Some(pending) = requests.pending.get(&hash) {
            return Known::Pending(pending.clone());
        }
        let (outcome, receiver) = watch::channel(None);
        requests.pending.insert(hash, receiver);
        Known::New(Ticket { hash, outcome, window: self.clone(), told: false })
    }

    /// Notes a request that the log says was stored.
    pub fn remember(&self, request: Remembered) {
        self.requests.lock().remember(request);
    }

    /// All requests remembered, oldest first, for the head of a new segment.
    pub fn snapshot(&self, now_ms: u64) -> Vec<Remembered> {
        let mut requests = self.requests.lock();
        requests.forget_old(now_ms);
        requests.in_order.iter().copied().collect()
    }
}

impl Requests {
    fn remember(&mut self, request: Remembered) {
        if self.stored_ms_by_hash.insert(request.hash, request.stored_ms).is_none() {
            self.in_order.push_back(request);
        }
        while self.in_order.len() > RETRY_WINDOW_REQUESTS_MAX {
            self.forget_first();
        }
    }

    fn forget_old(&mut self, now_ms: u64) {
        let oldest_ms = now_ms.saturating_sub(RETRY_WINDOW_SECONDS * 1000);
        while self.in_order.front().is_some_and(|first| first.stored_ms < oldest_ms) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.in_order.pop_front() {
            self.stored_ms_by_hash.remove(&first.hash);
        }
    }
}

impl Ticket {
    /// Tells the outcome to everyone who waits for it.
    pub fn tell(mut self, outcome: &Outcome, stored_ms: u64) {
        self.told = true;
        let mut requests = self.window.requests.lock();
        requests.pending.remove(&self.hash);
        if outcome.is_ok() {
            requests.remember(Remembered { hash: self.hash, stored_ms });
        }
        drop(requests);
        self.outcome.send_replace(Some(outcome.clone()));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.told {
            self.window.requests.lock().pending.remove(&self.hash);
            self.outcome.send_replace(Some(Err(AppendError::Busy {
                reason: "the same request was given up by its sender",
                retry_after: std::time::Duration::from_secs(1),
            })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_stored_request_is_recognised_until_the_window_passes() {
        let window = Arc::new(RetryWindow::default());
        let Known::New(ticket) = window.enter(1, 1000) else { panic!("new") };
        assert!(matches!(window.enter(1, 1000), Known::Pending(_)));
        ticket.tell(&Ok(Appended::Stored), 1000);
        assert!(matches!(window.enter(1, 2000), Known::Stored));
        let later_ms = 1000 + RETRY_WINDOW_SECONDS * 1000 + 1;
        assert!(matches!(window.enter(1, later_ms), Known::New(_)));
    }

    #[test]
    fn a_failed_request_may_come_again() {
        let window = Arc::new(RetryWindow::default());
        let Known::New(ticket) = window.enter(1, 0) else { panic!("new") };
        drop(ticket);
        assert!(matches!(window.enter(1, 0), Known::New(_)));
    }

    #[test]
    fn the_window_is_bounded() {
        let window = RetryWindow::default();
        for hash in 0..RETRY_WINDOW_REQUESTS_MAX as u128 + 10 {
            window.remember(Remembered { hash, stored_ms: 1 });
        }
        assert_eq!(window.snapshot(1).len(), RETRY_WINDOW_REQUESTS_MAX);
    }
}
