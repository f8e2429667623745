//! How long the requests of a service took: how many lasted how long.

use crate::requests::{Requests, stats_of};
use hannun_api::Figures;
use hannun_api::figures::{MEASURES, Measures, Sum};
use hannun_api::range::Scope;
use hannun_model::histogram::Histogram;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Bars of each power of ten. Twenty let a bar be 12 % wide, ten times what a duration is off.
const BARS_PER_DECADE: f64 = 20.0;
const NS_PER_MS: f64 = 1e6;

/// Requests by their duration.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct LatencyDistribution {
    /// From the shortest to the longest without gaps, each as wide as the others on a scale of
    /// powers; those that took no time at all are in a bar of their own before.
    pub buckets: Vec<LatencyBucket>,
    pub figures: Figures,
}

/// Requests that lasted so long. At most 1 % off, durations are counted in the next bar.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LatencyBucket {
    pub from_ms: f64,
    /// Exclusive.
    pub to_ms: f64,
    /// Failed ones among them.
    pub requests: f64,
    pub errors: f64,
}

/// Which requests of a service.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    pub endpoint: Option<String>,
    /// Spans of this kind, whether they count as requests or not.
    pub kind: Option<String>,
}

impl Chosen {
    /// SQL that is true for rows of `span_stats` that are chosen.
    fn condition(&self, requests: Requests) -> String {
        let kind = self.kind.as_deref().map(|kind| format!("kind = {}", typed::text(kind)));
        let kind = kind.unwrap_or_else(|| requests.condition().to_owned());
        match &self.endpoint {
            None => kind,
            Some(endpoint) => format!("{kind} AND endpoint = {}", typed::text(endpoint)),
        }
    }
}

#[derive(Debug, Deserialize)]
struct OutcomeRow {
    failed: bool,
    #[serde(flatten)]
    measures: Measures,
}

/// Answers how long the requests of a service took.
pub async fn latency(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    chosen: &Chosen,
) -> Result<LatencyDistribution, QueryError> {
    let requests = Requests::of(engine, scope, service).await?;
    let sql = outcomes_sql(scope, service, &chosen.condition(requests));
    let mut all = Sum::default();
    let mut failed = Histogram::default();
    for row in engine.rows::<OutcomeRow>(&sql, QueryLimits::default()).await?.rows {
        let sum = Sum::from(&row.measures);
        if row.failed {
            failed.merge(&sum.histogram);
        }
        all.merge(&sum);
    }
    let buckets = bars(&all.histogram, &failed);
    Ok(LatencyDistribution { buckets, figures: all.figures(scope.seconds()) })
}

fn outcomes_sql(scope: &Scope, service: &str, condition: &str) -> String {
    format!(
        "SELECT failed, {MEASURES} FROM {} AS stats WHERE {condition} GROUP BY failed",
        stats_of(scope, service)
    )
}

fn bars(all: &Histogram, failed: &Histogram) -> Vec<LatencyBucket> {
    let mut counts: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for (from_ns, to_ns, count) in all.buckets() {
        counts.entry(bar_of(from_ns, to_ns)).or_default().0 += count;
    }
    for (from_ns, to_ns, count) in failed.buckets() {
        counts.entry(bar_of(from_ns, to_ns)).or_default().1 += count;
    }
    let instant = counts.remove(&INSTANT);
    let first = counts.first_key_value().map(|(bar, _)| *bar);
    let last = counts.last_key_value().map(|(bar, _)| *bar);
    let range = first.zip(last).map(|(first, last)| first..=last);
    let bar = |bar: i32| {
        let (requests, errors) = counts.get(&bar).copied().unwrap_or_default();
        LatencyBucket { from_ms: start_ms(bar), to_ms: start_ms(bar + 1), requests, errors }
    };
    let instant = instant.map(|(requests, errors)| LatencyBucket {
        from_ms: 0.0,
        to_ms: start_ms(0),
        requests,
        errors,
    });
    instant.into_iter().chain(range.into_iter().flatten().map(bar)).collect()
}

/// The bar of what took less than a nanosecond.
const INSTANT: i32 = -1;

/// The bar of durations between these, which are less than one bar apart.
fn bar_of(from_ns: u64, to_ns: u64) -> i32 {
    if from_ns == 0 {
        return INSTANT;
    }
    let middle = (from_ns as f64 + (to_ns - 1) as f64) / 2.0;
    (middle.log10() * BARS_PER_DECADE).floor() as i32
}

/// Bars begin at the same durations in every answer.
fn start_ms(bar: i32) -> f64 {
    10_f64.powf(f64::from(bar) / BARS_PER_DECADE) / NS_PER_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn histogram(durations_ns: &[i64]) -> Histogram {
        let mut histogram = Histogram::default();
        durations_ns.iter().for_each(|ns| histogram.add(*ns, 1.0));
        histogram
    }

    #[test]
    fn bars_have_no_gap_and_tell_failures() {
        let all = histogram(&[0, 1_000_000, 1_050_000, 2_000_000]);
        let bars = bars(&all, &histogram(&[2_000_000]));
        let instant = &bars[0];
        assert_eq!((instant.from_ms, instant.to_ms, instant.requests), (0.0, 1e-6, 1.0));
        let counts: Vec<_> = bars[1..].iter().map(|bar| (bar.requests, bar.errors)).collect();
        let nothing = (0.0, 0.0);
        let expected = [(2.0, 0.0), nothing, nothing, nothing, nothing, nothing, (1.0, 1.0)];
        assert_eq!(counts, expected);
        for pair in bars[1..].windows(2) {
            assert_eq!(pair[0].to_ms, pair[1].from_ms);
        }
        assert!((bars[1].from_ms - 1.0).abs() < 1e-9, "{}", bars[1].from_ms);
    }

    #[test]
    fn nothing_has_no_bars() {
        assert_eq!(bars(&Histogram::default(), &Histogram::default()), []);
    }

    #[test]
    fn a_kind_chooses_spans_that_are_no_requests() {
        let chosen = Chosen { endpoint: Some("it's".to_owned()), kind: None };
        assert_eq!(chosen.condition(Requests::Root), "root AND endpoint = 'it''s'");
        let chosen = Chosen { kind: Some("client".to_owned()), ..chosen };
        assert_eq!(chosen.condition(Requests::Root), "kind = 'client' AND endpoint = 'it''s'");
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };
        insta::assert_snapshot!(outcomes_sql(&scope, "order", "root"));
    }

    proptest! {
        #[test]
        fn a_duration_is_in_its_bar(durations in prop::collection::vec(1..i64::MAX, 1..50)) {
            let bars = bars(&histogram(&durations), &Histogram::default());
            prop_assert_eq!(bars.iter().map(|bar| bar.requests).sum::<f64>(), durations.len() as f64);
            let ms = |ns: &i64| *ns as f64 / NS_PER_MS;
            let (first, last) = (durations.iter().min().unwrap(), durations.iter().max().unwrap());
            prop_assert!(bars[0].from_ms <= ms(first) * 1.01 && ms(first) <= bars[0].to_ms * 1.01);
            let end = bars.last().unwrap();
            prop_assert!(end.from_ms <= ms(last) * 1.01 && ms(last) <= end.to_ms * 1.01);
        }
    }
}
