//! How many requests there were, how many failed and how long they took: the same numbers for a
//! service, an endpoint, an edge of the map or a dependency.
//!
//! A lens selects from `span_stats`, grouped as it likes, and shows [`Figures`]: it selects
//! [`FIGURES`] and reads each row as [`FiguresRow`] when the engine adds up all that belongs
//! together, or [`MEASURES`] as [`Measures`] when rows are added up afterwards as a [`Sum`].

use hannun_model::histogram::Histogram;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const NS_PER_MS: f64 = 1e6;

/// The columns of [`FiguresRow`]: aggregates over rows of `span_stats`.
pub const FIGURES: &str = "sum(count) AS requests, \
     sum(count) FILTER (WHERE failed) AS errors, \
     sum(duration_sum) AS duration_sum, \
     max(duration_max) AS duration_max, \
     histogram_quantile(merge_histograms(histogram), 0.5) AS p50, \
     histogram_quantile(merge_histograms(histogram), 0.95) AS p95, \
     histogram_quantile(merge_histograms(histogram), 0.99) AS p99";

/// The columns of [`Measures`]: aggregates over rows of `span_stats`.
pub const MEASURES: &str = "sum(count) AS requests, \
     sum(count) FILTER (WHERE failed) AS errors, \
     sum(duration_sum) AS duration_sum, \
     max(duration_max) AS duration_max, \
     merge_histograms(histogram) AS histogram";

/// Requests, errors and latency of a time. Of sampled spans the numbers are what the spans stand for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Not whole when what the sampled spans stand for is not.
    pub requests: f64,
    /// Requests whose span has the status `error`.
    pub errors: f64,
    /// 0 when there are no requests.
    pub error_percent: f64,
    pub rate_per_second: f64,
    /// Percentiles are at most 1 % off; null when there are no requests.
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub max_ms: Option<f64>,
    /// Durations of all requests together.
    pub total_ms: f64,
}

/// What rows of `span_stats` come to, as [`FIGURES`] selects it. Times are in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FiguresRow {
    pub requests: Option<f64>,
    pub errors: Option<f64>,
    pub duration_sum: Option<f64>,
    pub duration_max: Option<i64>,
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

impl FiguresRow {
    /// The figures of a time of this length.
    pub fn figures(&self, seconds: f64) -> Figures {
        let requests = self.requests.unwrap_or(0.0);
        let errors = self.errors.unwrap_or(0.0);
        Figures {
            requests,
            errors,
            error_percent: percent(errors, requests),
            rate_per_second: if seconds > 0.0 { requests / seconds } else { 0.0 },
            p50_ms: self.shown(self.p50),
            p95_ms: self.shown(self.p95),
            p99_ms: self.shown(self.p99),
            max_ms: self.duration_max.map(|ns| milliseconds(ns as f64)),
            total_ms: milliseconds(self.duration_sum.unwrap_or(0.0)),
        }
    }

    /// A percentile stands for its bucket, whose middle may lie above the longest request.
    fn shown(&self, percentile_ns: Option<f64>) -> Option<f64> {
        let longest = self.duration_max.map_or(f64::INFINITY, |ns| ns as f64);
        percentile_ns.map(|ns| milliseconds(ns.min(longest)))
    }
}

/// What rows of `span_stats` come to, as [`MEASURES`] selects it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Measures {
    pub requests: Option<f64>,
    pub errors: Option<f64>,
    /// Nanoseconds.
    pub duration_sum: Option<f64>,
    /// Nanoseconds.
    pub duration_max: Option<i64>,
    /// Bucket and count in turn.
    pub histogram: Option<Vec<f64>>,
}

/// [`Measures`] that are being added up.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    pub requests: f64,
    pub errors: f64,
    pub duration_sum_ns: f64,
    pub duration_max_ns: Option<i64>,
    pub histogram: Histogram,
}

impl Sum {
    /// Adds one row.
    pub fn add(&mut self, measures: &Measures) {
        self.requests += measures.requests.unwrap_or(0.0);
        self.errors += measures.errors.unwrap_or(0.0);
        self.duration_sum_ns += measures.duration_sum.unwrap_or(0.0);
        self.duration_max_ns = self.duration_max_ns.max(measures.duration_max);
        let flat = measures.histogram.as_deref().unwrap_or_default();
        self.histogram.add_flat(flat);
    }

    /// Adds what another came to.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.duration_sum_ns += other.duration_sum_ns;
        self.duration_max_ns = self.duration_max_ns.max(other.duration_max_ns);
        self.histogram.merge(&other.histogram);
    }

    /// The figures of a time of this length.
    pub fn figures(&self, seconds: f64) -> Figures {
        let row = FiguresRow {
            requests: Some(self.requests),
            errors: Some(self.errors),
            duration_sum: Some(self.duration_sum_ns),
            duration_max: self.duration_max_ns,
            p50: self.histogram.quantile(0.5),
            p95: self.histogram.quantile(0.95),
            p99: self.histogram.quantile(0.99),
        };
        row.figures(seconds)
    }
}

impl From<&Measures> for Sum {
    fn from(measures: &Measures) -> Self {
        let mut sum = Self::default();
        sum.add(measures);
        sum
    }
}

impl Measures {
    /// The figures of one row, about a time of this length.
    pub fn figures(&self, seconds: f64) -> Figures {
        Sum::from(self).figures(seconds)
    }
}

fn milliseconds(nanoseconds: f64) -> f64 {
    nanoseconds / NS_PER_MS
}

/// A share of a whole in percent; 0 of nothing.
pub fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures(durations_ms: &[i64], failed: f64) -> Measures {
        let mut histogram = Histogram::default();
        for ms in durations_ms {
            histogram.add(ms * 1_000_000, 1.0);
        }
        Measures {
            requests: Some(durations_ms.len() as f64),
            errors: Some(failed),
            duration_sum: Some(durations_ms.iter().sum::<i64>() as f64 * NS_PER_MS),
            duration_max: durations_ms.iter().max().map(|ms| ms * 1_000_000),
            histogram: Some(histogram.to_flat()),
        }
    }

    #[test]
    fn rows_added_up_have_the_percentiles_of_all_their_requests() {
        let mut sum = Sum::from(&measures(&(1..=50).collect::<Vec<_>>(), 4.0));
        sum.merge(&Sum::from(&measures(&(51..=100).collect::<Vec<_>>(), 1.0)));
        let figures = sum.figures(50.0);
        assert_eq!((figures.requests, figures.errors), (100.0, 5.0));
        assert_eq!((figures.error_percent, figures.rate_per_second), (5.0, 2.0));
        assert_eq!((figures.max_ms, figures.total_ms), (Some(100.0), 5050.0));
        for (found, expected) in [(figures.p50_ms, 50.0), (figures.p95_ms, 95.0)] {
            let found = found.unwrap();
            assert!((found - expected).abs() <= expected * 0.02, "{found} is not {expected}");
        }
    }

    #[test]
    fn no_percentile_is_above_the_longest_request() {
        let figures = measures(&[50], 0.0).figures(60.0);
        assert_eq!((figures.p99_ms, figures.max_ms), (Some(50.0), Some(50.0)));
    }

    #[test]
    fn nothing_has_no_percentiles_and_fails_never() {
        let nothing = Measures::default().figures(60.0);
        assert_eq!((nothing.requests, nothing.error_percent), (0.0, 0.0));
        assert_eq!((nothing.p50_ms, nothing.p99_ms, nothing.max_ms), (None, None, None));
        // An aggregate over no rows answers nulls.
        let nulls: Measures = serde_json::from_str(
            r#"{"requests": null, "errors": null, "duration_sum": null, "histogram": null}"#,
        )
        .unwrap();
        assert_eq!(nulls.figures(60.0), nothing);
    }
}
