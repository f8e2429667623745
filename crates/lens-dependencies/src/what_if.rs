//! What another timeout would have done, from the durations that were observed.
//!
//! A call that was answered within the timeout would have completed; one that was answered later would
//! have been cut off. A call that its own client cut off after T is known only as far as that: with a
//! timeout of at most T it would have been cut off again, with a longer one nobody knows. It is never
//! guessed, always counted apart.

use crate::NS_PER_MS;
use crate::calls::Calls;
use crate::totals::Totals;
use hannun_model::limits::EVIDENCE_DURATIONS_MAX;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Timeouts that people choose.
const USUAL_MS: [f64; 10] = [1e3, 2e3, 3e3, 5e3, 10e3, 15e3, 20e3, 30e3, 45e3, 60e3];
/// Shares of answered calls whose durations are worth asking about.
const SHARES: [f64; 5] = [0.5, 0.9, 0.95, 0.99, 0.999];
/// Calls that were cut off within a twentieth of each other had the same timeout: what is added to it
/// is connecting and clocks.
const SAME_TIMEOUT: f64 = 1.05;
/// Timeouts named at most.
const TIMEOUTS_MAX: usize = 10;

/// What another timeout would have done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIf {
    /// The timeouts that calls ran into: the shortest of each group of similar durations, without
    /// what is less than a tenth of a second.
    pub observed_timeouts_ms: Vec<f64>,
    pub points: Vec<WhatIfPoint>,
    /// The timeout that was asked about.
    pub asked: Option<WhatIfPoint>,
    /// Calls that were cut off by a timeout before an answer: nobody knows how long they would have
    /// taken.
    pub unknown: u64,
    /// Whether a slow call failed and was tried again, so that a longer timeout might have made some
    /// calls needless.
    pub retry_note: bool,
    pub durations: SlowDurations,
}

/// What a timeout would have done. `completed`, `cut_off` and `unknown` together are all calls.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhatIfPoint {
    pub timeout_ms: f64,
    /// Answered within this time, whatever the answer.
    pub completed: u64,
    /// Answered later, or cut off by a timeout at least as long.
    pub cut_off: u64,
    /// Cut off by a shorter timeout.
    pub unknown: u64,
}

/// Durations from which a page computes a point for any timeout above `from_ms`:
/// `completed` is `answered_below` and the `answered_ms` that are at most the timeout,
/// `unknown` is `cut_off_below` and the `cut_off_ms` that are less than it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SlowDurations {
    /// Half the threshold, or the shortest duration that still had room.
    pub from_ms: f64,
    /// All calls.
    pub calls: u64,
    /// Answered calls that are not in `answered_ms`.
    pub answered_below: u64,
    /// Durations of answered calls, ascending.
    pub answered_ms: Vec<f64>,
    /// Cut-off calls that are not in `cut_off_ms`.
    pub cut_off_below: u64,
    /// Durations after which calls were cut off, ascending.
    pub cut_off_ms: Vec<f64>,
    /// False when there were too many durations to send all above half the threshold.
    pub complete: bool,
}

#[derive(Debug, Deserialize)]
struct DurationRow {
    duration: i64,
}

/// Answers what other timeouts would have done.
pub async fn what_if(
    engine: &Arc<Engine>,
    calls: &Calls,
    totals: &Totals,
    timeout_ms: Option<f64>,
    retry_note: bool,
) -> Result<WhatIf, QueryError> {
    let from_ns = calls.threshold_ns / 2;
    let answered = slowest(engine, calls, &format!("NOT cut_off AND duration > {from_ns}")).await?;
    let cut_off = slowest(engine, calls, "cut_off").await?;
    let observed_timeouts_ms = observed_timeouts(&cut_off.0);
    let durations = slow_durations(from_ns, totals, answered, cut_off);
    let mut timeouts: Vec<f64> = USUAL_MS.into_iter().chain(observed_timeouts_ms.clone()).collect();
    timeouts.push(calls.threshold_ns as f64 / NS_PER_MS);
    timeouts.extend(
        SHARES.iter().filter_map(|share| totals.sum.histogram.quantile(*share)).map(rounded),
    );
    timeouts.extend(timeout_ms);
    timeouts.retain(|ms| *ms > 0.0);
    timeouts.sort_by(f64::total_cmp);
    timeouts.dedup();
    let points = points(engine, calls, totals, &timeouts).await?;
    let asked = points.iter().find(|point| Some(point.timeout_ms) == timeout_ms).cloned();
    let unknown = totals.cut_off;
    Ok(WhatIf { observed_timeouts_ms, points, asked, unknown, retry_note, durations })
}

/// A quantile in nanoseconds as whole milliseconds.
fn rounded(ns: f64) -> f64 {
    (ns / NS_PER_MS).ceil()
}

/// Durations of calls, ascending, and whether they are all; else the longest.
async fn slowest(
    engine: &Arc<Engine>,
    calls: &Calls,
    condition: &str,
) -> Result<(Vec<f64>, bool), QueryError> {
    // One more, which tells that there are more.
    let sql = format!(
        "SELECT duration FROM {} WHERE {condition} ORDER BY duration DESC LIMIT {}",
        calls.sql(&[]),
        EVIDENCE_DURATIONS_MAX + 1
    );
    let limits = QueryLimits::asked(Some(EVIDENCE_DURATIONS_MAX), None);
    let answer = engine.rows::<DurationRow>(&sql, limits).await?;
    let ms = answer.rows.iter().rev().map(|row| row.duration as f64 / NS_PER_MS);
    Ok((ms.collect(), !answer.truncated))
}

fn slow_durations(
    from_ns: i64,
    totals: &Totals,
    (answered_ms, all_answered): (Vec<f64>, bool),
    (cut_off_ms, all_cut_off): (Vec<f64>, bool),
) -> SlowDurations {
    let mut from_ms = from_ns as f64 / NS_PER_MS;
    for (ms, all) in [(&answered_ms, all_answered), (&cut_off_ms, all_cut_off)] {
        if !all {
            from_ms = from_ms.max(ms.first().copied().unwrap_or(from_ms));
        }
    }
    let answered = totals.calls.saturating_sub(totals.cut_off);
    SlowDurations {
        from_ms,
        calls: totals.calls,
        // Calls may have come since they were counted.
        answered_below: answered.saturating_sub(answered_ms.len() as u64),
        answered_ms,
        cut_off_below: totals.cut_off.saturating_sub(cut_off_ms.len() as u64),
        cut_off_ms,
        complete: all_answered && all_cut_off,
    }
}

/// The shortest of each group of similar durations, the largest groups.
fn observed_timeouts(cut_off_ms: &[f64]) -> Vec<f64> {
    let mut groups: Vec<(f64, f64, usize)> = Vec::new();
    for ms in cut_off_ms {
        match groups.last_mut() {
            Some((_, last, count)) if *ms <= *last * SAME_TIMEOUT => {
                *last = *ms;
                *count += 1;
            }
            _ => groups.push((*ms, *ms, 1)),
        }
    }
    groups.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    let rounded = |ms: f64| if ms < 1000.0 { ms.floor() } else { (ms / 100.0).floor() * 100.0 };
    let mut timeouts: Vec<f64> =
        groups.iter().take(TIMEOUTS_MAX).map(|(first, _, _)| rounded(*first)).collect();
    timeouts.sort_by(f64::total_cmp);
    timeouts
}

/// Counts what each timeout would have done, over all calls.
async fn points(
    engine: &Arc<Engine>,
    calls: &Calls,
    totals: &Totals,
    timeouts_ms: &[f64],
) -> Result<Vec<WhatIfPoint>, QueryError> {
    let sql = points_sql(calls, timeouts_ms);
    let rows = engine.rows::<Map<String, Value>>(&sql, QueryLimits::default()).await?.rows;
    let row = rows.into_iter().next().unwrap_or_default();
    let count = |name: String| row.get(&name).and_then(Value::as_u64).unwrap_or(0);
    let point = |(index, timeout_ms): (usize, &f64)| {
        let completed = count(format!("completed_{index}"));
        let unknown = count(format!("unknown_{index}"));
        let cut_off = totals.calls.saturating_sub(completed + unknown);
        WhatIfPoint { timeout_ms: *timeout_ms, completed, cut_off, unknown }
    };
    Ok(timeouts_ms.iter().enumerate().map(point).collect())
}

fn points_sql(calls: &Calls, timeouts_ms: &[f64]) -> String {
    let counts = timeouts_ms.iter().enumerate().map(|(index, ms)| {
        let ns = (ms * NS_PER_MS).round() as i64;
        format!(
            "count(*) FILTER (WHERE NOT cut_off AND duration <= {ns}) AS completed_{index}, \
             count(*) FILTER (WHERE cut_off AND duration < {ns}) AS unknown_{index}"
        )
    });
    format!("SELECT {} FROM {}", counts.collect::<Vec<_>>().join(", "), calls.sql(&[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_told_from_where_calls_were_cut_off() {
        let cut_off = [10_003.0, 10_010.0, 10_020.0, 10_300.0, 30_652.0, 30_655.0];
        assert_eq!(observed_timeouts(&cut_off), [10_000.0, 30_600.0]);
        assert_eq!(observed_timeouts(&[250.4, 251.0]), [250.0]);
        assert_eq!(observed_timeouts(&[]), [] as [f64; 0]);
        let many: Vec<f64> = (0..40).map(|n| 2_f64.powi(n)).collect();
        assert_eq!(observed_timeouts(&many).len(), TIMEOUTS_MAX);
    }

    #[test]
    fn what_was_not_sent_is_counted() {
        let totals = Totals { calls: 100, cut_off: 10, ..Totals::default() };
        let all = slow_durations(
            5_000_000_000,
            &totals,
            (vec![6000.0, 12_000.0], true),
            (vec![10_000.0; 10], true),
        );
        assert_eq!((all.from_ms, all.answered_below, all.cut_off_below), (5000.0, 88, 0));
        let some = slow_durations(
            5_000_000_000,
            &totals,
            (vec![6000.0, 12_000.0], false),
            (vec![10_000.0; 4], false),
        );
        assert_eq!((some.from_ms, some.complete, some.cut_off_below), (10_000.0, false, 6));
    }
}
