//! Bytes of the day by service: what quotas are measured by.

use foldhash::fast::FixedState;
use hannun_model::limits::LOG_SERVICES_MAX;
use parking_lot::Mutex;
use std::collections::HashMap;

const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// The day of a time, counted from 1970-01-01 UTC.
pub fn day_of(time_ns: i64) -> i64 {
    time_ns.div_euclid(DAY_NS)
}

/// Bytes that were kept of each service on one day, the latest seen. Services past the limit share
/// one account.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    today: Mutex<Day>,
}

#[derive(Debug, Default)]
struct Day {
    day: i64,
    bytes: HashMap<String, u64, FixedState>,
    /// Of all services past the limit.
    rest: u64,
}

impl Day {
    fn begin(&mut self, day: i64) {
        if day > self.day {
            self.day = day;
            self.bytes.clear();
            self.rest = 0;
        }
    }

    fn is_rest(&self, service: &str) -> bool {
        self.bytes.len() >= LOG_SERVICES_MAX && !self.bytes.contains_key(service)
    }

    fn account(&mut self, service: &str) -> &mut u64 {
        match self.is_rest(service) {
            true => &mut self.rest,
            false => self.bytes.entry(service.to_owned()).or_default(),
        }
    }
}

impl Usage {
    pub(crate) fn add(&self, service: &str, day: i64, bytes: u64) {
        let mut today = self.today.lock();
        today.begin(day);
        // What was kept of an earlier day is of no use any more.
        if day == today.day {
            *today.account(service) += bytes;
        }
    }

    /// As [`Self::add`], for what was kept before the process began: never less than is known.
    pub(crate) fn seed(&self, service: &str, day: i64, bytes: u64) {
        let mut today = self.today.lock();
        today.begin(day);
        if day == today.day {
            let known = today.account(service);
            *known = (*known).max(bytes);
        }
    }

    pub(crate) fn bytes(&self, service: &str, day: i64) -> u64 {
        let mut today = self.today.lock();
        today.begin(day);
        match today.is_rest(service) {
            true => today.rest,
            false => today.bytes.get(service).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_with_nothing() {
        let usage = Usage::default();
        usage.add("order", 10, 5);
        usage.add("order", 10, 6);
        usage.add("order", 9, 100);
        assert_eq!(usage.bytes("order", 10), 11);
        assert_eq!(usage.bytes("other", 10), 0);
        assert_eq!(usage.bytes("order", 11), 0);
        assert_eq!((day_of(-1), day_of(0), day_of(DAY_NS)), (-1, 0, 1));
    }

    #[test]
    fn what_was_stored_before_the_start_counts_once() {
        let usage = Usage::default();
        usage.seed("order", 10, 100);
        usage.add("order", 10, 5);
        usage.seed("order", 10, 100);
        assert_eq!(usage.bytes("order", 10), 105);
    }

    #[test]
    fn services_past_the_limit_share_one_account() {
        let usage = Usage::default();
        for service in 0..LOG_SERVICES_MAX + 2 {
            usage.add(&format!("s{service}"), 1, 1);
        }
        assert_eq!(usage.bytes(&format!("s{}", LOG_SERVICES_MAX + 1), 1), 2);
        assert_eq!(usage.bytes("", 1), 2, "also those without a name");
        assert_eq!(usage.bytes("s0", 1), 1);
        assert_eq!(usage.bytes("s0", 2) + usage.bytes("new", 2), 0);
        assert!(usage.today.lock().bytes.len() <= LOG_SERVICES_MAX);
    }

    #[test]
    fn records_without_a_service_use_up_no_quota_but_theirs() {
        let usage = Usage::default();
        usage.add("", 1, 100);
        assert_eq!((usage.bytes("", 1), usage.bytes("new", 1)), (100, 0));
    }
}
