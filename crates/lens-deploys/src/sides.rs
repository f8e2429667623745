//! What one side of a comparison did: requests of a version, of a time, or of both.

use crate::is_service;
use crate::statistics::Buckets;
use crate::verdict::{BlockSample, Sample};
use hannun_api::figures::{MEASURES, Measures, Sum};
use hannun_api::range::Scope;
use hannun_model::limits::{COMPARED_ENDPOINT_NAMES_BYTES_MAX, LENS_ROWS_MAX};
use hannun_query::error::QueryErrorKind;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const MINUTE_MS: i64 = 60_000;
/// Blocks of time whose requests may resemble each other. More would be too short to tell a restless
/// time from chance, fewer too few to tell how restless it was.
const BLOCKS: i64 = 20;

/// What one side of a comparison is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub version: Option<String>,
    pub scope: Scope,
    /// Whether the period was asked for, or is wherever the version was seen.
    pub period_is_given: bool,
}

/// What is compared: an endpoint and the kind of its spans.
pub type Endpoint = (String, Option<String>);

/// What a side had, before its durations are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overview {
    /// Requests of each endpoint that came to the service from outside.
    pub entries: HashMap<Endpoint, f64>,
    /// Requests of each endpoint that began a trace.
    pub roots: HashMap<Endpoint, f64>,
    /// First and last minute with spans.
    pub minutes_ms: Option<(i64, i64)>,
}

/// What a side did.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    pub all: Sum,
    /// Stored spans that are requests.
    pub spans: f64,
    pub endpoints: BTreeMap<Endpoint, EndpointActivity>,
}

#[derive(Debug, Clone, Default)]
pub struct EndpointActivity {
    pub sum: Sum,
    pub sample: Sample,
}

#[derive(Debug, Deserialize)]
struct OverviewRow {
    endpoint: String,
    kind: Option<String>,
    root: bool,
    requests: f64,
    first_ms: i64,
    last_ms: i64,
}

#[derive(Debug, Deserialize)]
struct BlockRow {
    /// Null for what is not compared.
    endpoint: Option<String>,
    kind: Option<String>,
    start_ms: i64,
    spans: f64,
    #[serde(flatten)]
    measures: Measures,
}

impl Side {
    /// SQL over columns that `spans`, `span_stats` and `span_errors` share.
    pub fn condition(&self, service: &str) -> String {
        match &self.version {
            None => is_service(service),
            Some(version) => {
                format!("{} AND service_version = {}", is_service(service), typed::text(version))
            }
        }
    }

    /// Without a period of its own a version is compared where it was seen, so that its rate is not
    /// that of a time in which it was not there.
    pub fn narrow(&mut self, overview: &Overview) {
        let Some((first_ms, last_ms)) = overview.minutes_ms else { return };
        if self.version.is_some() && !self.period_is_given {
            self.scope.from_ms = self.scope.from_ms.max(first_ms);
            self.scope.to_ms = self.scope.to_ms.min(last_ms + MINUTE_MS);
        }
    }

    /// Which endpoints the side had, and when.
    pub async fn overview(
        &self,
        engine: &Arc<Engine>,
        service: &str,
    ) -> Result<Overview, QueryError> {
        let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
        let mut overview = Overview::default();
        for row in engine.rows::<OverviewRow>(&self.overview_sql(service), limits).await?.rows {
            let (first, last) = overview.minutes_ms.unwrap_or((row.first_ms, row.last_ms));
            overview.minutes_ms = Some((first.min(row.first_ms), last.max(row.last_ms)));
            let is_entry = matches!(row.kind.as_deref(), Some("server" | "consumer"));
            let endpoint = (row.endpoint, row.kind);
            if is_entry {
                *overview.entries.entry(endpoint.clone()).or_default() += row.requests;
            }
            if row.root {
                *overview.roots.entry(endpoint).or_default() += row.requests;
            }
        }
        Ok(overview)
    }

    fn overview_sql(&self, service: &str) -> String {
        format!(
            "SELECT coalesce(endpoint, '') AS endpoint, kind, coalesce(root, false) AS root, \
             sum(count) AS requests, CAST(min(time) AS BIGINT) / 1000000 AS first_ms, \
             CAST(max(time) AS BIGINT) / 1000000 AS last_ms \
             FROM {} AS stats GROUP BY 1, 2, 3 ORDER BY requests DESC",
            self.scope.span_stats_where(Some(&self.condition(service)))
        )
    }

    /// What the side did; endpoints other than `compared` only count in the whole.
    pub async fn activity(
        &self,
        engine: &Arc<Engine>,
        service: &str,
        requests: &str,
        compared: &[Endpoint],
    ) -> Result<Activity, QueryError> {
        let sql = self.activity_sql(service, requests, compared);
        let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
        let mut activity = Activity::default();
        let answer = engine.rows::<BlockRow>(&sql, limits).await?;
        if answer.truncated {
            let message = "the endpoints have too many different durations; compare a shorter time";
            return Err(QueryError::new(QueryErrorKind::TooLarge, message));
        }
        for row in answer.rows {
            activity.all.add(&row.measures);
            activity.spans += row.spans;
            let Some(endpoint) = &row.endpoint else { continue };
            let key = (endpoint.clone(), row.kind.clone());
            if !compared.contains(&key) {
                continue;
            }
            let of_endpoint = activity.endpoints.entry(key).or_default();
            of_endpoint.sum.add(&row.measures);
            of_endpoint.sample.blocks.push(block(&row));
        }
        for endpoint in activity.endpoints.values_mut() {
            endpoint.sample = Sample::of(std::mem::take(&mut endpoint.sample.blocks));
        }
        Ok(activity)
    }

    fn activity_sql(&self, service: &str, requests: &str, compared: &[Endpoint]) -> String {
        let Scope { from_ms, to_ms, .. } = self.scope;
        let first_ms = from_ms - from_ms.rem_euclid(MINUTE_MS);
        let minutes = (to_ms - first_ms).div_euclid(MINUTE_MS) + 1;
        let block_ms = (minutes + BLOCKS - 1).div_euclid(BLOCKS) * MINUTE_MS;
        let mut names: Vec<String> = compared.iter().map(|(name, _)| typed::text(name)).collect();
        names.sort();
        names.dedup();
        let names = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
        format!(
            "SELECT CASE WHEN coalesce(endpoint, '') IN ({names}) THEN coalesce(endpoint, '') END \
             AS endpoint, kind, \
             (CAST(time AS BIGINT) / 1000000 - {first_ms}) / {block_ms} * {block_ms} + {first_ms} \
             AS start_ms, \
             CAST(sum(spans) AS DOUBLE) AS spans, {MEASURES} \
             FROM {} AS stats WHERE {requests} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            self.scope.span_stats_where(Some(&self.condition(service)))
        )
    }
}

/// One block as a sample of stored spans: sampling keeps shares and the form of a distribution, but
/// what spans stand for proves nothing that they do not.
fn block(row: &BlockRow) -> BlockSample {
    let sum = Sum::from(&row.measures);
    let of_each = if sum.requests > 0.0 { row.spans / sum.requests } else { 0.0 };
    BlockSample {
        start_ms: row.start_ms,
        requests: row.spans,
        failed: sum.errors * of_each,
        durations: stored(&sum, row.spans),
    }
}

/// Durations, as many as there are stored spans.
fn stored(sum: &Sum, spans: f64) -> Buckets {
    let counted = sum.histogram.count();
    let of_each = if counted > 0.0 { spans / counted } else { 0.0 };
    let buckets = sum.histogram.buckets();
    Buckets { counts: buckets.map(|(from, to, count)| (from, to, count * of_each)).collect() }
}

/// The busiest endpoints of both sides, `max` at most, and whether there are more.
pub fn busiest(
    base: &HashMap<Endpoint, f64>,
    other: &HashMap<Endpoint, f64>,
    max: usize,
) -> (Vec<Endpoint>, bool) {
    let mut requests: HashMap<&Endpoint, f64> = HashMap::new();
    for (endpoint, count) in base.iter().chain(other) {
        *requests.entry(endpoint).or_default() += count;
    }
    let mut order: Vec<(&Endpoint, f64)> = requests.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut bytes = 0;
    let busiest: Vec<Endpoint> = order
        .iter()
        .map(|(endpoint, _)| (*endpoint).clone())
        .filter(|(name, _)| {
            // Names stand in a query, each quote twice.
            let with_it = bytes + 2 * name.len() + 4;
            let fits = with_it <= COMPARED_ENDPOINT_NAMES_BYTES_MAX;
            bytes = if fits { with_it } else { bytes };
            fits
        })
        .take(max)
        .collect();
    let truncated = busiest.len() < order.len();
    (busiest, truncated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::histogram::Histogram;

    fn side(version: Option<&str>, from_ms: i64, to_ms: i64) -> Side {
        let scope = Scope { from_ms, to_ms, environment: None };
        Side { version: version.map(str::to_owned), scope, period_is_given: false }
    }

    #[test]
    fn a_version_without_a_period_is_compared_where_it_was_seen() {
        let seen = Overview { minutes_ms: Some((120_000, 180_000)), ..Overview::default() };
        let period = |mut side: Side| {
            side.narrow(&seen);
            (side.scope.from_ms, side.scope.to_ms)
        };
        assert_eq!(period(side(Some("1"), 0, 600_000)), (120_000, 240_000));
        assert_eq!(period(side(Some("1"), 150_000, 200_000)), (150_000, 200_000));
        assert_eq!(period(side(None, 0, 600_000)), (0, 600_000));
        let given = Side { period_is_given: true, ..side(Some("1"), 0, 600_000) };
        assert_eq!(period(given), (0, 600_000));
    }

    #[test]
    fn a_sampled_block_is_as_large_as_what_is_stored_of_it() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|ms| histogram.add(ms * 1_000_000, 10.0));
        let measures = Measures {
            requests: Some(1000.0),
            errors: Some(50.0),
            histogram: Some(histogram.to_flat()),
            ..Measures::default()
        };
        let block =
            block(&BlockRow { endpoint: None, kind: None, start_ms: 0, spans: 100.0, measures });
        assert_eq!((block.requests, block.failed), (100.0, 5.0));
        assert!((block.durations.total() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_busiest_endpoints_of_both_sides_are_compared() {
        let of = |pairs: &[(&str, f64)]| -> HashMap<Endpoint, f64> {
            pairs.iter().map(|(name, count)| (((*name).to_owned(), None), *count)).collect()
        };
        let (base, other) = (of(&[("a", 5.0), ("b", 4.0)]), of(&[("b", 4.0), ("c", 9.0)]));
        let names = |max| {
            let (found, truncated) = busiest(&base, &other, max);
            (found.into_iter().map(|it| it.0).collect::<Vec<_>>().join(""), truncated)
        };
        assert_eq!(names(3), ("cba".to_owned(), false));
        assert_eq!(names(2), ("cb".to_owned(), true));
        let long = of(&[(&"'".repeat(COMPARED_ENDPOINT_NAMES_BYTES_MAX), 99.0)]);
        let (found, truncated) = busiest(&long, &base, 9);
        assert_eq!((found.len(), truncated), (2, true));
    }

    #[test]
    fn a_side_is_asked_in_twenty_blocks_of_whole_minutes() {
        let side = side(Some("1.5.0"), 30_000, 86_400_000);
        let compared = [("GET /orders/{no}".to_owned(), Some("server".to_owned()))];
        insta::assert_snapshot!(side.activity_sql("order", "root", &compared));
        insta::assert_snapshot!(side.overview_sql("it's"));
    }
}
