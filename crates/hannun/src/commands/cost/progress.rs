//! How far an import is and what it brought, on the terminal.

use hannun_bill_import::Job;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::sync::atomic::Ordering;

/// A bar on standard error, when that is a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{msg:<12} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        // The template is ours; were it wrong, the plain bar does.
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self(bar)
    }

    /// Shows bytes that are read and those of all files.
    pub fn show(&self, phase: &str, bytes: (u64, u64), rows: u64) {
        self.0.set_length(bytes.1);
        self.0.set_position(bytes.0);
        self.0.set_message(format!("{phase}, {rows} lines"));
    }

    pub fn show_job(&self, job: &Job) {
        let phase = serde_json::to_value(job.look().phase).unwrap_or_default();
        let number = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
        let bytes = (number(&job.bytes_done), number(&job.bytes_total));
        self.show(phase.as_str().unwrap_or_default(), bytes, number(&job.rows));
    }

    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// One paragraph a snapshot, as the API tells it.
pub fn print_snapshots(snapshots: &Value, dry_run: bool) {
    for snapshot in snapshots.as_array().into_iter().flatten() {
        let month = month(snapshot["period_start_ms"].as_i64().unwrap_or_default());
        let text = |name: &str| snapshot[name].as_str().unwrap_or_default();
        let rows = snapshot["rows"].as_u64().unwrap_or_default();
        let kept = if dry_run { "would be imported" } else { "imported" };
        println!("{} {month} of {}: {rows} lines {kept}", text("source"), text("provider"));
        for totals in snapshot["currency_totals"].as_array().into_iter().flatten() {
            let amount = |name: &str| totals[name].as_str().unwrap_or_default();
            println!(
                "  {} billed {}, effective {}, list {}",
                amount("currency"),
                amount("billed"),
                amount("effective"),
                amount("list")
            );
        }
        if let Some(restated) = snapshot["restated"].as_object() {
            let amount = |name: &str| restated[name].as_str().unwrap_or_default();
            println!(
                "  restated: {} amounts; effective {} before, {} now",
                restated["lines"],
                amount("effective_before"),
                amount("effective_after")
            );
        }
        for finding in snapshot["findings"].as_array().into_iter().flatten() {
            println!("  note: {}", finding["message"].as_str().unwrap_or_default());
        }
    }
}

/// The month of an instant, as `2026-10`.
fn month(time_ms: i64) -> String {
    let date = hannun_lens_cost::imports::day(time_ms);
    date.get(..7).map(str::to_owned).unwrap_or(date)
}
