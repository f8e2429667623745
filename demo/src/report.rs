//! How far a history has got, for people.

use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Steps of the bar, and lines without a terminal.
const STEPS: u64 = 1000;
const LINES: u64 = 10;

/// What a history has done so far.
#[derive(Debug, Clone, Copy)]
pub struct HistoryProgress {
    /// From 0 to 1.
    pub share: f64,
    pub business_time: SystemTime,
    pub spans: u64,
    pub logs: u64,
    pub points: u64,
}

/// Called now and then, from the thread that plays the history.
pub type Report = Box<dyn Fn(&HistoryProgress) + Send>;

/// A bar on a terminal; elsewhere a line at every tenth, both on standard error.
pub fn terminal_report() -> Report {
    if std::io::stderr().is_terminal() { bar() } else { lines() }
}

pub fn silent_report() -> Report {
    Box::new(|_| {})
}

fn bar() -> Report {
    let bar = ProgressBar::new(STEPS);
    if let Ok(style) = ProgressStyle::with_template("history {bar:40} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    Box::new(move |progress| {
        bar.set_position((progress.share * STEPS as f64) as u64);
        bar.set_message(format!("{} spans", HumanCount(progress.spans)));
        if progress.share >= 1.0 {
            bar.finish();
        }
    })
}

fn lines() -> Report {
    let shown = AtomicU64::new(0);
    Box::new(move |progress| {
        let line = (progress.share * LINES as f64) as u64;
        if shown.fetch_max(line, Ordering::Relaxed) < line {
            let percent = line * 100 / LINES;
            let spans = HumanCount(progress.spans);
            // Nobody may be reading; the history goes on.
            let _ = writeln!(std::io::stderr(), "history {percent:>3} %  {spans} spans");
        }
    })
}
