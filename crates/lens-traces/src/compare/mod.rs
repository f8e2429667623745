//! What slow spans have that fast ones have not.
//!
//! Of the spans that match, those that took long are set against those that were quick. For every
//! value of every attribute, of these spans and of the others in their traces, it is tested whether
//! it occurs more often on one side than chance allows; and for every operation it is told how much
//! longer it worked.

mod differences;
mod side;

use crate::question::{MILLISECOND, Question};
use crate::sample::one;
use differences::{COUNT_MIN, LEVEL};
use hannun_api::ApiError;
use hannun_query::{Engine, QueryError};
use serde::{Deserialize, Serialize};
use side::Side;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How far a quantile of a histogram may be off. Spans of the very duration that it stands for are to
/// be within.
const QUANTILE_ERROR: f64 = 0.01;

/// Which spans are slow and which are fast.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Thresholds {
    /// Spans that took at least this long are slow; the 95th percentile when not given.
    pub slow_over_ms: Option<f64>,
    /// Spans that took at most this long, and less than the slow ones, are fast; the median when not
    /// given.
    pub fast_under_ms: Option<f64>,
}

/// Slow and fast spans side by side.
#[derive(Debug, Serialize, ToSchema)]
pub struct TraceComparison {
    pub slow: SlowSide,
    pub fast: FastSide,
    /// Values that differ most surely first.
    pub attributes: Vec<AttributeDifference>,
    /// Values that were tested.
    pub tested: usize,
    pub methods: ComparisonMethods,
    /// Self times by operation, the largest difference first.
    pub time: Vec<TimeDifference>,
    /// Whether some spans of a side were left out. Which depends on the ids of their traces only.
    pub sampled: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SlowSide {
    /// Spans that were compared, of each trace the first.
    pub spans: usize,
    /// Traces whose self times were compared.
    pub traces: usize,
    /// Null when no span matches.
    pub over_ms: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FastSide {
    pub spans: usize,
    pub traces: usize,
    pub under_ms: Option<f64>,
}

/// How differences were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonMethods {
    /// `fisher_exact_two_sided`: valid for counts of any size.
    pub test: &'static str,
    /// `benjamini_hochberg`: many values are tested at once.
    pub correction: &'static str,
    /// An adjusted p-value below it is significant.
    pub level: f64,
    /// Values that occur less often were not tested.
    pub count_min: usize,
}

/// A value of an attribute on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttributeDifference {
    /// Null when it is of the spans that match; else the service of other spans in their traces, and
    /// counts are of traces.
    pub service: Option<String>,
    /// Name of the attribute.
    pub key: String,
    /// Its name in the search language.
    pub field: String,
    pub value: String,
    pub slow_count: usize,
    pub slow_percent: f64,
    pub fast_count: usize,
    pub fast_percent: f64,
    /// How many times as often slow spans have it; null when fast ones never do.
    pub lift: Option<f64>,
    pub p_value: f64,
    pub adjusted_p_value: f64,
    pub significant: bool,
}

/// How long an operation worked by itself, on average over the traces of each side.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TimeDifference {
    pub service: String,
    pub operation: String,
    pub slow_self_ms: f64,
    pub fast_self_ms: f64,
    pub difference_ms: f64,
}

#[derive(Debug, Deserialize)]
struct QuantileRow {
    median_ns: Option<f64>,
    p95_ns: Option<f64>,
}

/// Compares the slow ones among the spans of a question with the fast ones.
pub async fn compare(
    engine: &Arc<Engine>,
    question: &Question,
    thresholds: &Thresholds,
) -> Result<TraceComparison, ApiError> {
    let given = [thresholds.slow_over_ms, thresholds.fast_under_ms];
    if given.iter().flatten().any(|limit| !limit.is_finite() || *limit < 0.0) {
        let message = "slow_over_ms and fast_under_ms must be numbers that are not negative";
        return Err(ApiError::invalid(message));
    }
    let (over_ms, under_ms) = limits(engine, question, thresholds).await?;
    if let (Some(over_ms), Some(under_ms)) = (thresholds.slow_over_ms, thresholds.fast_under_ms)
        && over_ms < under_ms
    {
        return Err(ApiError::invalid("slow_over_ms must not be less than fast_under_ms"));
    }
    let (slow, fast) = match over_ms.zip(under_ms) {
        None => (Side::default(), Side::default()),
        Some((over_ms, under_ms)) => {
            let (over, under) = (nanoseconds(over_ms), nanoseconds(under_ms));
            (
                side::read(engine, question, &format!("duration >= {over}")).await?,
                side::read(engine, question, &format!("duration <= {under} AND duration < {over}"))
                    .await?,
            )
        }
    };
    let (attributes, tested) = differences::of_attributes(&slow, &fast);
    Ok(TraceComparison {
        attributes,
        tested,
        methods: ComparisonMethods {
            test: "fisher_exact_two_sided",
            correction: "benjamini_hochberg",
            level: LEVEL,
            count_min: COUNT_MIN,
        },
        time: differences::of_times(&slow, &fast),
        sampled: slow.sampled || fast.sampled,
        slow: SlowSide { spans: slow.spans, traces: slow.traces, over_ms },
        fast: FastSide { spans: fast.spans, traces: fast.traces, under_ms },
    })
}

fn nanoseconds(milliseconds: f64) -> i64 {
    (milliseconds * MILLISECOND as f64).round() as i64
}

/// From when on a span is slow, and until when it is fast, in milliseconds.
async fn limits(
    engine: &Arc<Engine>,
    question: &Question,
    thresholds: &Thresholds,
) -> Result<(Option<f64>, Option<f64>), QueryError> {
    if let (Some(over_ms), Some(under_ms)) = (thresholds.slow_over_ms, thresholds.fast_under_ms) {
        return Ok((Some(over_ms), Some(under_ms)));
    }
    let sql = format!(
        "SELECT histogram_quantile(all_durations, 0.5) AS median_ns, \
         histogram_quantile(all_durations, 0.95) AS p95_ns FROM \
         (SELECT duration_histogram(duration) AS all_durations FROM spans WHERE {})",
        question.condition()
    );
    let row = one::<QuantileRow>(engine, &sql).await?;
    let (median_ns, p95_ns) = row.map_or((None, None), |row| (row.median_ns, row.p95_ns));
    let milliseconds = |ns: f64| ns / MILLISECOND as f64;
    let p95_ms = p95_ns.map(|ns| milliseconds(ns * (1.0 - QUANTILE_ERROR)));
    let median_ms = median_ns.map(|ns| milliseconds(ns * (1.0 + QUANTILE_ERROR)));
    let over_ms = thresholds.slow_over_ms.or(p95_ms);
    let under_ms = thresholds.fast_under_ms.or(median_ms);
    // One that was given decides; the other gives way.
    Ok(match thresholds.fast_under_ms {
        Some(under_ms) => (over_ms.map(|over_ms| over_ms.max(under_ms)), Some(under_ms)),
        None => (over_ms, under_ms.zip(over_ms).map(|(under_ms, over_ms)| under_ms.min(over_ms))),
    })
}
