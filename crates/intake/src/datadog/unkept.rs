//! What was answered and not kept: clients log an error for every endpoint that is not there, so
//! those whose data has no place here are answered, and counted.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// Counts by endpoint and reason. Both are texts of ours, so there are only so many of them.
#[derive(Debug, Default)]
pub struct Unkept {
    counts: Mutex<BTreeMap<(&'static str, &'static str), Counts>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    payloads: u64,
    bytes: u64,
    last_ms: i64,
}

/// What was not kept of one endpoint for one reason, since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotKept {
    /// Path, or what paths have in common.
    pub endpoint: &'static str,
    pub reason: &'static str,
    pub payloads: u64,
    /// Bodies as received.
    pub bytes: u64,
    /// When the last one came, in milliseconds since 1970.
    pub last_ms: i64,
}

impl Unkept {
    /// Counts a payload that was answered as if it had been kept.
    pub fn count(&self, endpoint: &'static str, reason: &'static str, bytes: usize) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut counts = self.counts.lock();
        let counts = counts.entry((endpoint, reason)).or_default();
        counts.payloads += 1;
        counts.bytes += bytes as u64;
        counts.last_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    }

    /// All counts, in the order of endpoints.
    pub fn list(&self) -> Vec<NotKept> {
        let counts = self.counts.lock();
        let listed = counts.iter().map(|((endpoint, reason), counts)| NotKept {
            endpoint,
            reason,
            payloads: counts.payloads,
            bytes: counts.bytes,
            last_ms: counts.last_ms,
        });
        listed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_counted_by_endpoint_and_reason() {
        let unkept = Unkept::default();
        unkept.count("/b", "one", 10);
        unkept.count("/a", "two", 1);
        unkept.count("/b", "one", 5);
        unkept.count("/b", "another", 7);
        let listed = unkept.list();
        let told: Vec<_> =
            listed.iter().map(|it| (it.endpoint, it.reason, it.payloads, it.bytes)).collect();
        assert_eq!(told, [("/a", "two", 1, 1), ("/b", "another", 1, 7), ("/b", "one", 2, 15)]);
        assert!(listed.iter().all(|it| it.last_ms > 1_700_000_000_000));
    }
}
