//! Records as they arrive.

use crate::field::Field;
use crate::question::{self, read_filter};
use crate::row::{LogEntry, Row};
use axum::response::sse::Event;
use futures::Stream;
use hannun_api::ApiError;
use hannun_model::batch::Batch;
use hannun_model::limits::{LOGS_TAIL_RECORDS_MAX, LOGS_TAIL_SECONDS_MAX};
use hannun_pipelines::{Follower, TailEvent};
use hannun_query::output::json::JsonRows;
use hannun_search::record::BatchRows;
use hannun_search::{Expr, Filter};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// How often a tail looks whether the process is about to end.
const GLANCE: Duration = Duration::from_millis(500);

/// Which records are followed, and how they are shown.
#[derive(Debug)]
pub struct Chosen {
    filter: Filter,
    columns: Vec<Field>,
}

/// What becomes of a batch.
struct Shown {
    rows: Vec<LogEntry>,
    /// Records that matched and are too many to show.
    skipped: u64,
}

/// A live tail that is open.
pub struct Tail {
    follower: Follower,
    chosen: Arc<Chosen>,
    draining: Arc<dyn Fn() -> bool + Send + Sync>,
    ends: Instant,
    greeted: bool,
    /// Told before anything else.
    skipped: u64,
    _turn: OwnedSemaphorePermit,
}

impl Tail {
    pub fn new(
        follower: Follower,
        chosen: Chosen,
        draining: Arc<dyn Fn() -> bool + Send + Sync>,
        turn: OwnedSemaphorePermit,
    ) -> Self {
        let ends = Instant::now() + Duration::from_secs(LOGS_TAIL_SECONDS_MAX);
        let chosen = Arc::new(chosen);
        Self { follower, chosen, draining, ends, greeted: false, skipped: 0, _turn: turn }
    }

    /// Events `ready`, `rows` and `skipped`, until the client leaves or the process ends.
    pub fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        futures::stream::unfold(self, |mut tail| async move {
            let event = tail.next().await?;
            Some((Ok(event), tail))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(Event::default().event("ready").data("{}"));
        }
        loop {
            if self.skipped > 0 {
                let count = std::mem::take(&mut self.skipped);
                let data = serde_json::json!({ "count": count }).to_string();
                return Some(Event::default().event("skipped").data(data));
            }
            if (self.draining)() || Instant::now() >= self.ends {
                return None;
            }
            let Ok(event) = tokio::time::timeout(GLANCE, self.follower.next()).await else {
                continue;
            };
            match event? {
                TailEvent::Skipped(records) => self.skipped = records,
                TailEvent::Records(batch) => {
                    let shown = self.choose(batch).await?;
                    self.skipped = shown.skipped;
                    if !shown.rows.is_empty() {
                        let data = serde_json::to_string(&shown.rows).ok()?;
                        return Some(Event::default().event("rows").data(data));
                    }
                }
            }
        }
    }

    /// On a thread of its own: a batch may hold hundreds of thousands of records.
    async fn choose(&self, batch: Arc<Batch>) -> Option<Shown> {
        let chosen = self.chosen.clone();
        tokio::task::spawn_blocking(move || chosen.shown(&batch)).await.ok()
    }
}

impl Chosen {
    /// Fails with the column of the first fault in the filter.
    pub fn new(
        text: Option<&str>,
        environment: Option<&str>,
        columns: Vec<Field>,
    ) -> Result<Self, ApiError> {
        let mut filter = read_filter(text)?;
        if let Some(name) = environment {
            let both = Expr::and(vec![question::environment(name), filter.expr().clone()]);
            filter = Filter::new(both).map_err(|error| ApiError::invalid(error.to_string()))?;
        }
        Ok(Self { filter, columns })
    }

    /// The newest of the records that match, newest last.
    fn shown(&self, batch: &Batch) -> Shown {
        let matching = self.matching(batch);
        let skipped = matching.len().saturating_sub(LOGS_TAIL_RECORDS_MAX);
        let rows = matching[skipped..].iter().filter_map(|row| self.entry(batch, *row));
        Shown { rows: rows.collect(), skipped: skipped as u64 }
    }

    /// Numbers of the rows that match.
    fn matching(&self, batch: &Batch) -> Vec<usize> {
        let rows = BatchRows::new(batch.table(), batch.records());
        (0..batch.rows()).filter(|row| self.filter.matches(&rows.row(*row))).collect()
    }

    fn entry(&self, batch: &Batch, row: usize) -> Option<LogEntry> {
        let json = JsonRows::default().rows(&batch.records().slice(row, 1)).ok()?;
        let row: Row = serde_json::from_slice(&json).ok()?;
        let time_ns = row.get("time").and_then(Value::as_str).and_then(nanoseconds)?;
        Some(LogEntry::read_live(row, time_ns, &self.columns))
    }
}

/// Nanoseconds since 1970 of a time in UTC as an answer writes it.
fn nanoseconds(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut clock = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let fraction = format!("{fraction:0<9}").parse::<i64>().ok()?;
    // Days since 1970 of the Gregorian calendar, the year beginning in March (Hinnant).
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        assert_eq!(nanoseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(nanoseconds("2026-02-28T23:59:59.5Z"), Some(1_772_323_199_500_000_000));
        assert_eq!(nanoseconds("2024-02-29T12:00:00.000000001Z"), Some(1_709_208_000_000_000_001));
        assert_eq!(nanoseconds("yesterday"), None);
    }
}
