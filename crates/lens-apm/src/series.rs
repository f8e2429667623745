//! Rate, errors and duration of a service over time, by version.

use crate::buckets::Buckets;
use crate::requests::{Requests, is_service, stats_of};
use crate::versions::{self, DeployMark};
use hannun_api::figures::{MEASURES, Measures, Sum};
use hannun_api::range::Scope;
use hannun_model::limits::{LENS_ROWS_MAX, SERVICE_VERSIONS_NAMED_MAX};
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A service, or one of its endpoints, over time.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceSeries {
    /// Start of the first part, at or before the time asked about.
    pub from_ms: i64,
    /// Length of one part.
    pub bucket_ms: i64,
    /// Those with most requests first; at most 20.
    pub versions: Vec<VersionSeries>,
    /// All versions together, those that are not listed as well.
    pub all: RequestSeries,
    /// Where versions came that were not there before.
    pub deploys: Vec<DeployMark>,
}

/// One version over time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionSeries {
    /// Null counts the spans without a version.
    pub version: Option<String>,
    pub requests: Vec<f64>,
    pub errors: Vec<f64>,
    pub p50_ms: Vec<Option<f64>>,
    pub p95_ms: Vec<Option<f64>>,
    pub p99_ms: Vec<Option<f64>>,
}

/// Requests over time: one number for each part. Percentiles are null where there are none.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RequestSeries {
    pub requests: Vec<f64>,
    pub errors: Vec<f64>,
    pub p50_ms: Vec<Option<f64>>,
    pub p95_ms: Vec<Option<f64>>,
    pub p99_ms: Vec<Option<f64>>,
}

#[derive(Debug, Deserialize)]
struct VersionRow {
    version: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PartRow {
    part: i64,
    version: Option<String>,
    /// Whether the version is one of those that are listed.
    listed: bool,
    #[serde(flatten)]
    measures: Measures,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub service: &'a str,
    pub endpoint: Option<&'a str>,
    pub requests: Requests,
}

impl Asked<'_> {
    /// SQL that is true for the rows of `span_stats` of the service that are asked about.
    fn condition(&self) -> String {
        match self.endpoint {
            None => self.requests.condition().to_owned(),
            Some(endpoint) => {
                format!("{} AND endpoint = {}", self.requests.condition(), typed::text(endpoint))
            }
        }
    }
}

/// Answers one service over time, in about so many parts.
pub async fn series(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    endpoint: Option<&str>,
    wanted: u32,
) -> Result<ServiceSeries, QueryError> {
    let requests = Requests::of(engine, scope, service).await?;
    let asked = Asked { service, endpoint, requests };
    let limits = QueryLimits::asked(Some(SERVICE_VERSIONS_NAMED_MAX), None);
    let listed = engine.rows::<VersionRow>(&versions_sql(scope, &asked), limits).await?.rows;
    let listed: Vec<Option<String>> = listed.into_iter().map(|row| row.version).collect();
    let buckets = Buckets::new(scope, wanted);
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let sql = parts_sql(scope, &asked, buckets, &listed);
    let rows = engine.rows::<PartRow>(&sql, limits).await?.rows;
    let (versions, all) = series_of(buckets, listed, &rows);
    Ok(ServiceSeries {
        from_ms: buckets.from_ms,
        bucket_ms: buckets.bucket_ms,
        versions,
        all,
        deploys: versions::deploys(engine, scope, service).await?,
    })
}

fn versions_sql(scope: &Scope, asked: &Asked<'_>) -> String {
    format!(
        "SELECT service_version AS version FROM {} AS stats WHERE {} \
         GROUP BY 1 ORDER BY sum(count) DESC, version",
        stats_of(scope, asked.service),
        asked.condition()
    )
}

fn parts_sql(
    scope: &Scope,
    asked: &Asked<'_>,
    buckets: Buckets,
    listed: &[Option<String>],
) -> String {
    let names: Vec<String> = listed.iter().flatten().map(|name| typed::text(name)).collect();
    let mut is_listed = Vec::new();
    if !names.is_empty() {
        is_listed.push(format!("service_version IN ({})", names.join(", ")));
    }
    if listed.contains(&None) {
        is_listed.push("service_version IS NULL".to_owned());
    }
    let is_listed = if is_listed.is_empty() { "false".to_owned() } else { is_listed.join(" OR ") };
    format!(
        "SELECT part, listed, CASE WHEN listed THEN service_version END AS version, {MEASURES} \
         FROM (SELECT {} AS part, coalesce({is_listed}, false) AS listed, service_version, failed, \
         count, duration_sum, duration_max, histogram FROM {} AS stats WHERE {}) \
         GROUP BY 1, 2, 3",
        buckets.number(),
        buckets.source(scope, Some(&is_service(asked.service))),
        asked.condition()
    )
}

fn series_of(
    buckets: Buckets,
    listed: Vec<Option<String>>,
    rows: &[PartRow],
) -> (Vec<VersionSeries>, RequestSeries) {
    let mut versions: HashMap<&Option<String>, Vec<Sum>> = HashMap::new();
    let mut all = vec![Sum::default(); buckets.count];
    for row in rows {
        let Some(part) = usize::try_from(row.part).ok().filter(|part| *part < buckets.count) else {
            continue;
        };
        all[part].add(&row.measures);
        if row.listed {
            let empty = || vec![Sum::default(); buckets.count];
            let parts = versions.entry(&row.version).or_insert_with(empty);
            parts[part].add(&row.measures);
        }
    }
    let shown = listed.into_iter().map(|version| {
        let parts = versions.remove(&version).unwrap_or_default();
        let RequestSeries { requests, errors, p50_ms, p95_ms, p99_ms } = request_series(&parts);
        VersionSeries { version, requests, errors, p50_ms, p95_ms, p99_ms }
    });
    (shown.collect(), request_series(&all))
}

fn request_series(parts: &[Sum]) -> RequestSeries {
    let figures: Vec<_> = parts.iter().map(|sum| sum.figures(0.0)).collect();
    RequestSeries {
        requests: figures.iter().map(|part| part.requests).collect(),
        errors: figures.iter().map(|part| part.errors).collect(),
        p50_ms: figures.iter().map(|part| part.p50_ms).collect(),
        p95_ms: figures.iter().map(|part| part.p95_ms).collect(),
        p99_ms: figures.iter().map(|part| part.p99_ms).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::histogram::Histogram;

    fn part(part: i64, version: Option<&str>, listed: bool, ms: i64, requests: f64) -> PartRow {
        let mut histogram = Histogram::default();
        histogram.add(ms * 1_000_000, requests);
        let measures = Measures {
            requests: Some(requests),
            errors: Some(1.0),
            histogram: Some(histogram.to_flat()),
            ..Measures::default()
        };
        PartRow { part, version: version.map(str::to_owned), listed, measures }
    }

    #[test]
    fn all_versions_together_have_percentiles_of_their_own() {
        let buckets = Buckets { from_ms: 0, bucket_ms: 60_000, count: 3 };
        let rows = [
            part(0, Some("1"), true, 10, 4.0),
            part(2, Some("1"), true, 10, 4.0),
            part(2, None, true, 30, 2.0),
            part(2, None, false, 500, 100.0),
            part(3, Some("1"), true, 10, 9.0),
        ];
        let (versions, all) = series_of(buckets, vec![Some("1".to_owned()), None], &rows);
        assert_eq!(versions[0].requests, [4.0, 0.0, 4.0]);
        assert_eq!((&versions[1].version, &versions[1].requests), (&None, &vec![0.0, 0.0, 2.0]));
        assert_eq!(all.requests, [4.0, 0.0, 106.0]);
        assert_eq!(all.errors, [1.0, 0.0, 3.0]);
        assert_eq!((all.p50_ms[1], versions[1].p99_ms[0]), (None, None));
        for (found, expected) in [(all.p50_ms[2], 500.0), (versions[0].p95_ms[2], 10.0)] {
            let found = found.unwrap();
            assert!((found - expected).abs() <= 0.01 * expected, "{found} is not {expected}");
        }
    }

    #[test]
    fn one_pass_counts_by_part_and_version() {
        let scope = Scope { from_ms: 0, to_ms: 3_600_000, environment: Some("e".to_owned()) };
        let asked =
            Asked { service: "order", endpoint: Some("GET /it's"), requests: Requests::Root };
        let buckets = Buckets::new(&scope, 60);
        insta::assert_snapshot!(versions_sql(&scope, &asked));
        insta::assert_snapshot!(parts_sql(&scope, &asked, buckets, &[Some("1".to_owned()), None]));
        assert!(parts_sql(&scope, &asked, buckets, &[]).contains("coalesce(false, false)"));
    }
}
