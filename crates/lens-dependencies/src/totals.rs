//! Calls to a dependency, counted: in all, by operation, by caller, and over time.

use crate::NS_PER_MS;
use crate::calls::Calls;
use hannun_api::Buckets;
use hannun_api::figures::{Figures, Measures, Sum};
use hannun_model::limits::{
    DEPENDENCY_CALLERS_MAX, DEPENDENCY_OPERATIONS_MAX, EVIDENCE_BUCKETS, LENS_ROWS_MAX,
};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Calls that took longer than the threshold. Counts are of stored calls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct CallsOver {
    /// `succeeded`, `failed` and `timeouts` together.
    pub calls: u64,
    pub succeeded: u64,
    /// Failed for another reason than a timeout.
    pub failed: u64,
    pub timeouts: u64,
    pub fastest_success_ms: Option<f64>,
    pub slowest_success_ms: Option<f64>,
    /// Of those that failed, too.
    pub slowest_ms: Option<f64>,
    /// When the first and the last began.
    pub first_ms: Option<i64>,
    pub last_ms: Option<i64>,
}

/// One operation of a dependency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OperationEvidence {
    pub operation: String,
    pub figures: Figures,
    pub timeouts: u64,
    /// Calls that took longer than the threshold.
    pub over: u64,
    pub over_succeeded: u64,
    pub slowest_success_ms: Option<f64>,
}

/// A service that calls the dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallerEvidence {
    pub service: String,
    pub calls: u64,
}

/// Calls over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallSeries {
    /// Start of the first part.
    pub from_ms: i64,
    pub bucket_ms: i64,
    pub calls: Vec<u64>,
    /// Calls that took longer than the threshold.
    pub over: Vec<u64>,
    /// Failed calls, timeouts included.
    pub failed: Vec<u64>,
}

/// Calls of one kind, added up.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub sum: Sum,
    pub calls: u64,
    pub failed: u64,
    pub timeouts: u64,
    /// Timeouts that came without an answer.
    pub cut_off: u64,
    pub over: CallsOver,
    pub slowest_success_ms: Option<f64>,
}

/// All calls, by operation and by caller.
#[derive(Debug, Default)]
pub struct ByOperation {
    pub system: Option<String>,
    pub all: Totals,
    pub operations: Vec<(String, Totals)>,
    pub callers: Vec<CallerEvidence>,
    /// Whether there are more operations or callers.
    pub truncated: bool,
}

#[derive(Debug, Deserialize)]
struct TotalsRow {
    operation: String,
    system: Option<String>,
    calls: u64,
    failed: u64,
    timeouts: u64,
    cut_off: u64,
    over: u64,
    over_failed: u64,
    over_timeouts: u64,
    slowest_success: Option<i64>,
    over_fastest_success: Option<i64>,
    over_slowest_success: Option<i64>,
    over_slowest: Option<i64>,
    over_first: Option<i64>,
    over_last: Option<i64>,
    #[serde(flatten)]
    measures: Measures,
}

#[derive(Debug, Deserialize)]
struct SeriesRow {
    bucket: i64,
    calls: u64,
    over: u64,
    failed: u64,
}

impl Totals {
    fn add(&mut self, row: &TotalsRow) {
        let ms = |ns: Option<i64>| ns.map(|ns| ns as f64 / NS_PER_MS);
        self.sum.add(&row.measures);
        self.calls += row.calls;
        self.failed += row.failed;
        self.timeouts += row.timeouts;
        self.cut_off += row.cut_off;
        largest(&mut self.slowest_success_ms, ms(row.slowest_success));
        let over = &mut self.over;
        over.calls += row.over;
        over.succeeded += row.over - row.over_failed;
        over.timeouts += row.over_timeouts;
        over.failed += row.over_failed - row.over_timeouts;
        smallest(&mut over.fastest_success_ms, ms(row.over_fastest_success));
        largest(&mut over.slowest_success_ms, ms(row.over_slowest_success));
        largest(&mut over.slowest_ms, ms(row.over_slowest));
        let whole_ms = |ns: i64| ns.div_euclid(1_000_000);
        smallest(&mut over.first_ms, row.over_first.map(whole_ms));
        largest(&mut over.last_ms, row.over_last.map(whole_ms));
    }

    pub fn operation(&self, operation: String, seconds: f64) -> OperationEvidence {
        OperationEvidence {
            operation,
            figures: self.sum.figures(seconds),
            timeouts: self.timeouts,
            over: self.over.calls,
            over_succeeded: self.over.succeeded,
            slowest_success_ms: self.slowest_success_ms,
        }
    }
}

fn smallest<T: PartialOrd + Copy>(kept: &mut Option<T>, new: Option<T>) {
    if let Some(new) = new {
        *kept = Some(kept.map_or(new, |old| if new < old { new } else { old }));
    }
}

fn largest<T: PartialOrd + Copy>(kept: &mut Option<T>, new: Option<T>) {
    if let Some(new) = new {
        *kept = Some(kept.map_or(new, |old| if new > old { new } else { old }));
    }
}

/// Counts the calls. Each list is cut by the query itself: there may be very many operations.
pub async fn by_operation(engine: &Arc<Engine>, calls: &Calls) -> Result<ByOperation, QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut found = ByOperation::default();
    for row in engine.rows::<TotalsRow>(&totals_sql(calls, "''"), limits).await?.rows {
        found.all.add(&row);
        found.system = row.system;
    }
    for row in engine.rows::<TotalsRow>(&operations_sql(calls), limits).await?.rows {
        let mut totals = Totals::default();
        totals.add(&row);
        found.operations.push((row.operation, totals));
    }
    found.callers = engine.rows(&callers_sql(calls), limits).await?.rows;
    found.truncated = found.operations.len() > DEPENDENCY_OPERATIONS_MAX
        || found.callers.len() > DEPENDENCY_CALLERS_MAX;
    found.operations.truncate(DEPENDENCY_OPERATIONS_MAX);
    found.callers.truncate(DEPENDENCY_CALLERS_MAX);
    Ok(found)
}

fn operations_sql(calls: &Calls) -> String {
    format!(
        "{} GROUP BY operation ORDER BY calls DESC, operation LIMIT {}",
        totals_sql(calls, "operation"),
        DEPENDENCY_OPERATIONS_MAX + 1
    )
}

fn callers_sql(calls: &Calls) -> String {
    format!(
        "SELECT service, count(*) AS calls FROM {} GROUP BY service ORDER BY calls DESC, service \
         LIMIT {}",
        calls.sql(&[]),
        DEPENDENCY_CALLERS_MAX + 1
    )
}

/// Totals of all calls, or of each operation when grouped by it.
fn totals_sql(calls: &Calls, operation: &str) -> String {
    format!(
        "SELECT {operation} AS operation, max(system) AS system, count(*) AS calls, \
         count(*) FILTER (WHERE failed) AS failed, \
         count(*) FILTER (WHERE timed_out) AS timeouts, \
         count(*) FILTER (WHERE cut_off) AS cut_off, \
         count(*) FILTER (WHERE over) AS over, \
         count(*) FILTER (WHERE over AND failed) AS over_failed, \
         count(*) FILTER (WHERE over AND timed_out) AS over_timeouts, \
         max(duration) FILTER (WHERE NOT failed) AS slowest_success, \
         min(duration) FILTER (WHERE over AND NOT failed) AS over_fastest_success, \
         max(duration) FILTER (WHERE over AND NOT failed) AS over_slowest_success, \
         max(duration) FILTER (WHERE over) AS over_slowest, \
         min(start_ns) FILTER (WHERE over) AS over_first, \
         max(start_ns) FILTER (WHERE over) AS over_last, \
         sum(weight) AS requests, sum(weight) FILTER (WHERE failed) AS errors, \
         sum(duration * weight) AS duration_sum, max(duration) AS duration_max, \
         duration_histogram(duration, weight) AS histogram \
         FROM {}",
        calls.sql(&[])
    )
}

/// Counts the calls over time.
pub async fn series(engine: &Arc<Engine>, calls: &Calls) -> Result<CallSeries, QueryError> {
    let buckets = Buckets::new(&calls.scope, EVIDENCE_BUCKETS);
    let sql = format!(
        "SELECT {} AS bucket, count(*) AS calls, count(*) FILTER (WHERE over) AS over, \
         count(*) FILTER (WHERE failed) AS failed FROM {} GROUP BY 1",
        buckets.sql("start_time"),
        calls.sql(&[])
    );
    let empty = vec![0; buckets.count];
    let mut series = CallSeries {
        from_ms: buckets.from_ms,
        bucket_ms: buckets.bucket_ms,
        calls: empty.clone(),
        over: empty.clone(),
        failed: empty,
    };
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    for row in engine.rows::<SeriesRow>(&sql, limits).await?.rows {
        let Ok(bucket) = usize::try_from(row.bucket) else { continue };
        if bucket < buckets.count {
            series.calls[bucket] = row.calls;
            series.over[bucket] = row.over;
            series.failed[bucket] = row.failed;
        }
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(over: u64, over_failed: u64, over_timeouts: u64, slowest: i64) -> TotalsRow {
        TotalsRow {
            operation: String::new(),
            system: None,
            calls: over + 1,
            failed: over_failed,
            timeouts: over_timeouts,
            cut_off: over_timeouts,
            over,
            over_failed,
            over_timeouts,
            slowest_success: Some(slowest),
            over_fastest_success: (over > over_failed).then_some(slowest / 2),
            over_slowest_success: (over > over_failed).then_some(slowest),
            over_slowest: Some(slowest),
            over_first: Some(slowest),
            over_last: Some(slowest),
            measures: Measures::default(),
        }
    }

    #[test]
    fn outcomes_of_slow_calls_add_up_and_the_range_is_of_all() {
        let mut totals = Totals::default();
        totals.add(&row(4, 3, 2, 30_600_000_000));
        totals.add(&row(2, 2, 0, 9_000_000_000));
        let over = &totals.over;
        assert_eq!((over.calls, over.succeeded, over.failed, over.timeouts), (6, 1, 3, 2));
        assert_eq!(over.fastest_success_ms, Some(15_300.0));
        assert_eq!(over.slowest_success_ms, Some(30_600.0));
        assert_eq!((over.first_ms, over.last_ms), (Some(9000), Some(30_600)));
        assert_eq!(totals.calls, 8);
    }
}
