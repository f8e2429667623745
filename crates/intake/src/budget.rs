//! Bytes of requests in flight: what is being received and decoded, together, has a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the bytes of all requests in flight against one limit.
#[derive(Debug)]
pub struct InFlightBudget {
    limit_bytes: usize,
    used_bytes: AtomicUsize,
}

impl InFlightBudget {
    /// A budget of so many bytes, none of them held.
    pub fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, used_bytes: AtomicUsize::new(0) }
    }

    /// Bytes that all requests may hold together.
    pub fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Bytes held now.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// Holds `bytes` until the hold is dropped; `None` when they are not to be had now.
    pub fn hold(self: &Arc<Self>, bytes: usize) -> Option<Hold> {
        let mut hold = Hold { budget: self.clone(), bytes: 0 };
        hold.grow(bytes).then_some(hold)
    }

    fn take(&self, bytes: usize) -> bool {
        self.used_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|used| *used <= self.limit_bytes)
            })
            .is_ok()
    }
}

/// Bytes held by one request.
#[derive(Debug)]
pub struct Hold {
    budget: Arc<InFlightBudget>,
    bytes: usize,
}

impl Hold {
    /// Holds `bytes` more; false when they are not to be had now.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.budget.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }

    /// Holds at least `bytes` in all; false when they are not to be had now.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        bytes <= self.bytes || self.grow(bytes - self.bytes)
    }

    /// Bytes that this request could hold more if it were the only one.
    pub fn bytes_to_limit(&self) -> usize {
        self.budget.limit_bytes.saturating_sub(self.bytes)
    }

    /// Bytes held by this request.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.budget.used_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_gives_back_all_it_took_and_never_passes_the_limit() {
        let budget = Arc::new(InFlightBudget::new(10));
        let mut hold = budget.hold(6).unwrap();
        assert!(!hold.grow(5));
        assert!(hold.grow(4));
        assert!(hold.grow_to(10));
        assert!(budget.hold(1).is_none());
        assert!(budget.hold(usize::MAX).is_none());
        drop(hold);
        assert_eq!(budget.used_bytes(), 0);
        assert!(budget.hold(10).is_some());
    }
}
