//! Every number that Hannun keeps about itself, from all rooms, and their Prometheus form.

use hannun_intake::IntakeState;
use hannun_intake::datadog::dogstatsd::Counters as DogStatsDCounters;
use hannun_lake::lake::Shared;
use hannun_model::table::Table;
use hannun_query::system_tables::{Metric, MetricsSource};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells how much memory the process has.
pub trait MemoryProbe: Send + Sync + std::fmt::Debug {
    fn resident_bytes(&self) -> u64;
}

/// Gathers the numbers.
#[derive(Debug)]
pub struct Gatherer {
    pub lake: Arc<Shared>,
    pub intake: Arc<IntakeState>,
    pub dogstatsd: Arc<DogStatsDCounters>,
    pub memory: Arc<dyn MemoryProbe>,
}

impl MetricsSource for Gatherer {
    fn metrics(&self) -> Vec<Metric> {
        let mut metrics = Vec::new();
        self.intake_metrics(&mut metrics);
        self.pipeline_metrics(&mut metrics);
        self.table_metrics(&mut metrics);
        self.lake_counters(&mut metrics);
        self.lake_gauges(&mut metrics);
        metrics
    }
}

impl Gatherer {
    fn intake_metrics(&self, metrics: &mut Vec<Metric>) {
        let counted = self.intake.counters.snapshot().into_iter();
        for sample in counted.chain(self.dogstatsd.samples()) {
            let labels =
                sample.labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            metrics.push(Metric {
                name: sample.name,
                labels,
                value: sample.value as f64,
                counter: true,
                help: "Counted by the intakes.",
            });
        }
        metrics.push(Metric {
            name: "hannun_intake_in_flight_bytes",
            labels: Vec::new(),
            value: self.intake.budget.used_bytes() as f64,
            counter: false,
            help: "Bytes of requests being received and decoded.",
        });
    }

    fn pipeline_metrics(&self, metrics: &mut Vec<Metric>) {
        let done = self.intake.logs.totals();
        let reasons = [
            ("drop", done.dropped_records),
            ("sample", done.sampled_out),
            ("quota", done.quota_dropped),
            ("container", self.intake.logs.containers_dropped()),
        ];
        metrics.extend(reasons.into_iter().map(|(reason, count)| Metric {
            name: "hannun_pipeline_dropped_records_total",
            labels: vec![("reason", reason.to_owned())],
            value: count as f64,
            counter: true,
            help: "Log records that pipelines and the container filter did not keep.",
        }));
        let others = [
            ("hannun_pipeline_dropped_bytes_total", done.dropped_bytes, "Bytes of such records."),
            ("hannun_pipeline_redactions_total", done.redactions, "Places that were redacted."),
            ("hannun_pipeline_failed_records_total", done.failed, "Records a rule failed on."),
            ("hannun_pipeline_nanoseconds_total", done.nanoseconds, "Time that rules took."),
        ];
        metrics.extend(others.into_iter().map(|(name, count, help)| Metric {
            name,
            labels: Vec::new(),
            value: count as f64,
            counter: true,
            help,
        }));
    }

    fn table_metrics(&self, metrics: &mut Vec<Metric>) {
        for table in Table::ALL {
            let totals = self.lake.state.totals(table);
            let gauges = [
                ("hannun_live_rows", totals.live_rows, "Rows not yet in files."),
                ("hannun_live_bytes", totals.live_bytes, "Memory of rows not yet in files."),
                ("hannun_files", totals.files, "Data files."),
                ("hannun_file_rows", totals.file_rows, "Rows in data files."),
                ("hannun_file_bytes", totals.file_bytes, "Bytes of data files."),
                ("hannun_file_raw_bytes", totals.raw_bytes, "Bytes of those rows in memory."),
            ];
            for (name, value, help) in gauges {
                let labels = vec![("table", table.name().to_owned())];
                metrics.push(Metric { name, labels, value: value as f64, counter: false, help });
            }
        }
    }

    fn lake_counters(&self, metrics: &mut Vec<Metric>) {
        let counters = &self.lake.counters;
        let wal = &self.lake.wal;
        let values: [(&'static str, &AtomicU64, &'static str); 15] = [
            ("hannun_duplicate_requests_total", &counters.duplicates, "Repeated requests."),
            ("hannun_publishes_total", &counters.publishes, "Publishes of live rows."),
            ("hannun_publish_errors_total", &counters.publish_errors, "Publishes that failed."),
            ("hannun_published_rows_total", &counters.published_rows, "Rows published."),
            ("hannun_compactions_total", &counters.compactions, "Compactions."),
            ("hannun_compaction_errors_total", &counters.compaction_errors, "Failed compactions."),
            ("hannun_compacted_rows_total", &counters.compacted_rows, "Rows rewritten."),
            ("hannun_replayed_rows_total", &counters.replayed_rows, "Rows replayed at start."),
            ("hannun_retention_dropped_rows_total", &counters.retention_dropped_rows, "Expired."),
            ("hannun_budget_dropped_rows_total", &counters.budget_dropped_rows, "Over budget."),
            ("hannun_deleted_files_total", &counters.deleted_files, "Replaced files deleted."),
            ("hannun_wal_syncs_total", &wal.syncs, "Group commits."),
            ("hannun_wal_written_bytes_total", &wal.written_bytes_total, "Bytes logged."),
            ("hannun_wal_errors_total", &wal.errors, "Group commits that failed."),
            ("hannun_losses_total", &AtomicU64::new(self.losses()), "Damaged files or segments."),
        ];
        for (name, value, help) in values {
            let value = value.load(Ordering::Relaxed) as f64;
            metrics.push(Metric { name, labels: Vec::new(), value, counter: true, help });
        }
    }

    fn losses(&self) -> u64 {
        self.lake.losses.count() as u64
    }

    fn lake_gauges(&self, metrics: &mut Vec<Metric>) {
        let counters = &self.lake.counters;
        let load = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let values = [
            ("hannun_wal_bytes", load(&self.lake.wal.bytes), "Bytes of the log."),
            ("hannun_wal_segments", load(&self.lake.wal.segments), "Segments of the log."),
            ("hannun_wal_failing", load(&self.lake.wal.failing), "1 while it cannot be written."),
            ("hannun_wal_lag_seconds", self.lag_seconds(), "Age of the oldest row not in a file."),
            (
                "hannun_compactions_pending",
                load(&counters.pending_compactions),
                "Tables with work for compaction.",
            ),
            ("hannun_disk_used_bytes", load(&counters.disk_used_bytes), "Disk used by the lake."),
            ("hannun_disk_budget_bytes", load(&counters.disk_budget_bytes), "Disk it may use."),
            ("hannun_disk_free_bytes", load(&counters.disk_free_bytes), "Free on the disk."),
            ("hannun_disk_warning", load(&counters.disk_warning), "1 when the budget runs out."),
            ("hannun_tombstones", self.lake.tombstones.totals().0, "Files about to be deleted."),
            ("hannun_memory_resident_bytes", self.memory.resident_bytes(), "Resident memory."),
            (
                "hannun_memory_limit_bytes",
                self.lake.options.memory_limit_bytes,
                "Memory that the process may use.",
            ),
        ];
        for (name, value, help) in values {
            let value = value as f64;
            metrics.push(Metric { name, labels: Vec::new(), value, counter: false, help });
        }
    }

    /// Age of the oldest row that is not in a file yet.
    fn lag_seconds(&self) -> u64 {
        let now_ms = self.lake.options.clock.now_ms();
        Table::INTAKE
            .into_iter()
            .filter_map(|table| self.lake.state.totals(table).oldest_live_ms)
            .map(|oldest_ms| now_ms.saturating_sub(oldest_ms) / 1000)
            .max()
            .unwrap_or(0)
    }
}

/// The Prometheus text format.
pub fn prometheus_text(metrics: &[Metric]) -> String {
    let mut text = String::new();
    let mut last = "";
    let mut sorted: Vec<&Metric> = metrics.iter().collect();
    sorted.sort_by_key(|metric| metric.name);
    for metric in sorted {
        let kind = if metric.counter { "counter" } else { "gauge" };
        if metric.name != last {
            let head = format!("# HELP {0} {1}\n# TYPE {0} {kind}\n", metric.name, metric.help);
            text.push_str(&head);
            last = metric.name;
        }
        text.push_str(metric.name);
        if !metric.labels.is_empty() {
            let labels: Vec<String> =
                metric.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            text.push('{');
            text.push_str(&labels.join(","));
            text.push('}');
        }
        let written = writeln!(text, " {}", metric.value);
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_head_stands_before_all_samples_of_a_name() {
        let metric = |name, table: &str, value| Metric {
            name,
            labels: vec![("table", table.to_owned())],
            value,
            counter: false,
            help: "Help.",
        };
        let text =
            prometheus_text(&[metric("b", "x", 1.0), metric("a", "x", 2.5), metric("b", "y", 3.0)]);
        assert_eq!(
            text,
            "# HELP a Help.\n# TYPE a gauge\na{table=\"x\"} 2.5\n\
             # HELP b Help.\n# TYPE b gauge\nb{table=\"x\"} 1\nb{table=\"y\"} 3\n"
        );
    }
}
