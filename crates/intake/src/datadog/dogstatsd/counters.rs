//! What DogStatsD counts about itself.

use super::parse::Malformed;
use crate::counters::CounterSample;
use hannun_model::limits::DOGSTATSD_LINE_SHOWN_BYTES_MAX;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why something that came was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// Datagrams that the kernel found no room for: the receive buffer was full.
    Kernel,
    /// Datagrams from an address that may not send.
    NotAdmitted,
    /// Values of contexts past the limit of a window.
    Contexts,
    /// Members of a set past its limit.
    Members,
    /// Values for which there was no memory left in the window.
    Memory,
    /// Events, checks and values with a time that found no room while the store was busy.
    Waiting,
    /// Rows that the store did not take before the end.
    Store,
}

impl Dropped {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 7] = [
        Self::Kernel,
        Self::NotAdmitted,
        Self::Contexts,
        Self::Members,
        Self::Memory,
        Self::Waiting,
        Self::Store,
    ];

    /// The label of the counter.
    pub fn label(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::NotAdmitted => "not_admitted",
            Self::Contexts => "contexts",
            Self::Members => "members",
            Self::Memory => "memory",
            Self::Waiting => "waiting",
            Self::Store => "store",
        }
    }
}

/// What came in a few datagrams, counted before it is added to all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Datagrams, or frames of a stream.
    pub packets: u64,
    pub bytes: u64,
    /// Lines with metrics that were taken.
    pub metrics: u64,
    /// Their values.
    pub values: u64,
    pub events: u64,
    pub service_checks: u64,
    pub malformed: [u64; Malformed::ALL.len()],
    pub dropped: [u64; Dropped::ALL.len()],
}

impl Tally {
    /// Counts what was not kept.
    pub fn drop(&mut self, reason: Dropped, count: u64) {
        self.dropped[reason as usize] += count;
    }

    fn counts(&self) -> impl Iterator<Item = u64> {
        let heads =
            [self.packets, self.bytes, self.metrics, self.values, self.events, self.service_checks];
        heads.into_iter().chain(self.malformed).chain(self.dropped)
    }
}

/// A line that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedLine {
    /// Milliseconds since 1970.
    pub time_ms: i64,
    /// The label of [`Malformed`].
    pub reason: &'static str,
    /// Its beginning; what is no UTF-8 is replaced.
    pub line: String,
}

impl MalformedLine {
    /// For people to look at.
    pub(super) fn of(line: &[u8], reason: Malformed, now_ns: i64) -> Self {
        let shown = &line[..line.len().min(DOGSTATSD_LINE_SHOWN_BYTES_MAX)];
        Self {
            time_ms: now_ns / 1_000_000,
            reason: reason.label(),
            line: String::from_utf8_lossy(shown).into_owned(),
        }
    }
}

/// Everything at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub counts: Tally,
    /// Rows that were stored.
    pub rows: u64,
    /// Contexts of the window that is open.
    pub contexts: u64,
    /// The last line that was not read.
    pub last_malformed: Option<MalformedLine>,
}

const COUNTS: usize = 6 + Malformed::ALL.len() + Dropped::ALL.len();

/// What came, and what did not fit. All but the contexts only grow.
#[derive(Debug, Default)]
pub struct Counters {
    counts: [AtomicU64; COUNTS],
    rows: AtomicU64,
    contexts: AtomicU64,
    last_malformed: Mutex<Option<MalformedLine>>,
}

impl Counters {
    /// Adds what came.
    pub fn add(&self, tally: &Tally) {
        for (counter, count) in self.counts.iter().zip(tally.counts()) {
            if count > 0 {
                counter.fetch_add(count, Ordering::Relaxed);
            }
        }
    }

    /// Counts what was not kept.
    pub fn add_dropped(&self, reason: Dropped, count: u64) {
        let mut tally = Tally::default();
        tally.drop(reason, count);
        self.add(&tally);
    }

    /// Counts rows that were stored.
    pub fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Says how many contexts the open window has.
    pub fn set_contexts(&self, contexts: usize) {
        self.contexts.store(contexts as u64, Ordering::Relaxed);
    }

    /// Remembers a line that was not read, for people to look at.
    pub fn remember(&self, line: &[u8], reason: Malformed, now_ns: i64) {
        self.remember_line(MalformedLine::of(line, reason, now_ns));
    }

    pub(super) fn remember_line(&self, line: MalformedLine) {
        *self.last_malformed.lock() = Some(line);
    }

    /// Everything now.
    pub fn snapshot(&self) -> Snapshot {
        let mut loaded = self.counts.iter().map(|counter| counter.load(Ordering::Relaxed));
        let mut next = || loaded.next().unwrap_or(0);
        let counts = Tally {
            packets: next(),
            bytes: next(),
            metrics: next(),
            values: next(),
            events: next(),
            service_checks: next(),
            malformed: std::array::from_fn(|_| next()),
            dropped: std::array::from_fn(|_| next()),
        };
        Snapshot {
            counts,
            rows: self.rows.load(Ordering::Relaxed),
            contexts: self.contexts.load(Ordering::Relaxed),
            last_malformed: self.last_malformed.lock().clone(),
        }
    }

    /// Every counter, for the metrics page.
    pub fn samples(&self) -> Vec<CounterSample> {
        let Snapshot { counts, rows, .. } = self.snapshot();
        let plain = |name, value| CounterSample { name, labels: Vec::new(), value };
        let mut samples = vec![
            plain("hannun_dogstatsd_packets_total", counts.packets),
            plain("hannun_dogstatsd_received_bytes_total", counts.bytes),
            plain("hannun_dogstatsd_metrics_total", counts.metrics),
            plain("hannun_dogstatsd_values_total", counts.values),
            plain("hannun_dogstatsd_events_total", counts.events),
            plain("hannun_dogstatsd_service_checks_total", counts.service_checks),
            plain("hannun_dogstatsd_stored_rows_total", rows),
        ];
        let malformed = Malformed::ALL.map(Malformed::label).into_iter().zip(counts.malformed);
        let dropped = Dropped::ALL.map(Dropped::label).into_iter().zip(counts.dropped);
        samples.extend(malformed.map(|(reason, value)| CounterSample {
            name: "hannun_dogstatsd_malformed_lines_total",
            labels: vec![("reason", reason)],
            value,
        }));
        samples.extend(dropped.map(|(reason, value)| CounterSample {
            name: "hannun_dogstatsd_dropped_total",
            labels: vec![("reason", reason)],
            value,
        }));
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_in_the_snapshot_and_on_the_metrics_page() {
        let counters = Counters::default();
        let mut tally = Tally {
            packets: 1,
            bytes: 2,
            metrics: 3,
            values: 4,
            events: 5,
            service_checks: 6,
            ..Tally::default()
        };
        tally.malformed[Malformed::Truncated as usize] = 7;
        tally.drop(Dropped::Kernel, 8);
        tally.drop(Dropped::Store, 9);
        counters.add(&tally);
        counters.add_dropped(Dropped::Store, 1);
        tally.drop(Dropped::Store, 1);
        assert_eq!(counters.snapshot().counts, tally);
        let of = |name: &str, reason: &str| {
            let samples = counters.samples();
            let is = |sample: &&CounterSample| {
                sample.name == name && sample.labels.iter().all(|(_, value)| *value == reason)
            };
            samples.iter().find(is).unwrap().value
        };
        assert_eq!(of("hannun_dogstatsd_values_total", ""), 4);
        assert_eq!(of("hannun_dogstatsd_malformed_lines_total", "truncated"), 7);
        assert_eq!(of("hannun_dogstatsd_dropped_total", "store"), 10);
    }

    #[test]
    fn a_long_malformed_line_is_shown_cut() {
        let counters = Counters::default();
        counters.remember(&[b'x'; 5000], Malformed::Format, 1_500_000_000);
        let shown = counters.snapshot().last_malformed.unwrap();
        assert_eq!((shown.time_ms, shown.reason), (1500, "format"));
        assert_eq!(shown.line.len(), DOGSTATSD_LINE_SHOWN_BYTES_MAX);
    }
}
