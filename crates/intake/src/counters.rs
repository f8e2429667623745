//! What intakes count about themselves.

use crate::otlp::Signal;
use crate::otlp::map::{Reject, Tally};
use crate::refusal::Refusal;
use hannun_model::table::Table;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of all intakes; they only grow.
#[derive(Debug, Default)]
pub struct IntakeCounters {
    requests: AtomicU64,
    refused: [AtomicU64; Refusal::LABELS.len()],
    duplicates: AtomicU64,
    dropped_datagrams: AtomicU64,
    by_table: [TableCounters; Table::INTAKE.len()],
}

#[derive(Debug, Default)]
struct TableCounters {
    /// Requests that were read, and the bytes of their bodies as received.
    read_requests: AtomicU64,
    received_bytes: AtomicU64,
    accepted_rows: AtomicU64,
    rejected_rows: [AtomicU64; Reject::ALL.len()],
    invalid_strings: AtomicU64,
    dropped_attributes: AtomicU64,
    dropped_events: AtomicU64,
    cut_values: AtomicU64,
}

/// What arrived of one signal since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalCounts {
    /// `traces`, `metrics` or `logs`.
    pub signal: &'static str,
    pub requests: u64,
    pub bytes: u64,
    pub accepted_rows: u64,
    pub rejected_rows: u64,
}

/// One counter at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterSample {
    /// Prometheus name.
    pub name: &'static str,
    pub labels: Vec<(&'static str, &'static str)>,
    pub value: u64,
}

fn add(counter: &AtomicU64, count: u64) {
    if count > 0 {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

impl IntakeCounters {
    /// A request of any outcome.
    pub fn count_request(&self) {
        add(&self.requests, 1);
    }

    /// A body for this table, with its bytes as received.
    pub fn count_received(&self, table: Table, bytes: usize) {
        let Some(counters) = self.of(table) else { return };
        add(&counters.read_requests, 1);
        add(&counters.received_bytes, bytes as u64);
    }

    /// A request that was not taken.
    pub fn count_refusal(&self, refusal: &Refusal) {
        add(&self.refused[refusal.index()], 1);
    }

    /// A request that was stored before.
    pub fn count_duplicate(&self) {
        add(&self.duplicates, 1);
    }

    /// Datagrams that found no room; their senders cannot be told.
    pub fn count_dropped_datagrams(&self, count: u64) {
        add(&self.dropped_datagrams, count);
    }

    /// A request that was taken: its rows and what happened to its parts.
    pub fn count_taken(&self, table: Table, rows: usize, tally: &Tally) {
        let Some(counters) = self.of(table) else { return };
        add(&counters.accepted_rows, rows as u64);
        for (counter, count) in counters.rejected_rows.iter().zip(tally.rejected) {
            add(counter, count);
        }
        add(&counters.invalid_strings, tally.invalid_strings);
        add(&counters.dropped_attributes, tally.dropped_attributes);
        add(&counters.dropped_events, tally.dropped_events);
        add(&counters.cut_values, tally.cut_values);
    }

    fn of(&self, table: Table) -> Option<&TableCounters> {
        let index = Table::INTAKE.iter().position(|intake| *intake == table)?;
        self.by_table.get(index)
    }

    /// The figures that people look at first, a signal each.
    pub fn by_signal(&self) -> impl Iterator<Item = SignalCounts> {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Signal::ALL.into_iter().filter_map(move |signal| {
            let counters = self.of(signal.table())?;
            Some(SignalCounts {
                signal: signal.name(),
                requests: load(&counters.read_requests),
                bytes: load(&counters.received_bytes),
                accepted_rows: load(&counters.accepted_rows),
                rejected_rows: counters.rejected_rows.iter().map(load).sum(),
            })
        })
    }

    /// Every counter, for the metrics page.
    pub fn snapshot(&self) -> Vec<CounterSample> {
        let mut samples = Vec::new();
        let mut push = |name, labels: &[(&'static str, &'static str)], counter: &AtomicU64| {
            let value = counter.load(Ordering::Relaxed);
            samples.push(CounterSample { name, labels: labels.to_vec(), value });
        };
        push("hannun_intake_requests_total", &[], &self.requests);
        push("hannun_intake_duplicate_requests_total", &[], &self.duplicates);
        push("hannun_intake_dropped_datagrams_total", &[], &self.dropped_datagrams);
        for (counter, label) in self.refused.iter().zip(Refusal::LABELS) {
            push("hannun_intake_refused_requests_total", &[("reason", label)], counter);
        }
        for (table, counters) in Table::INTAKE.iter().zip(&self.by_table) {
            let table = ("table", table.name());
            push("hannun_intake_received_bytes_total", &[table], &counters.received_bytes);
            push("hannun_intake_accepted_rows_total", &[table], &counters.accepted_rows);
            for (counter, reason) in counters.rejected_rows.iter().zip(Reject::ALL) {
                let labels = [table, ("reason", reason.label())];
                push("hannun_intake_rejected_rows_total", &labels, counter);
            }
            let parts = [
                ("hannun_intake_invalid_utf8_strings_total", &counters.invalid_strings),
                ("hannun_intake_dropped_attributes_total", &counters.dropped_attributes),
                ("hannun_intake_dropped_events_total", &counters.dropped_events),
                ("hannun_intake_cut_values_total", &counters.cut_values),
            ];
            for (name, counter) in parts {
                push(name, &[table], counter);
            }
        }
        samples
    }
}
