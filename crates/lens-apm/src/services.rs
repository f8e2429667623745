//! Which services there are, how much they are asked, how often they fail and how slow they are.

use crate::buckets::Buckets;
use crate::environments::named;
use crate::requests::{CLASS, ENTRY, ROOT, previous};
use hannun_api::figures::{FIGURES, Figures, FiguresRow};
use hannun_api::range::Scope;
use hannun_model::limits::{LENS_ROWS_MAX, SERVICE_VERSIONS_NAMED_MAX, SERVICES_LISTED_MAX};
use hannun_query::typed::Rows;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Parts that the sparkline of a service is cut into.
const SERIES_BUCKETS: u32 = 30;

/// The services of a time and an environment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServicesAnswer {
    /// Start of the first part of the series, at or before the time asked about.
    pub from_ms: i64,
    /// Length of one part of the series.
    pub bucket_seconds: u32,
    /// Those with most spans first.
    pub services: Vec<ServiceRow>,
    /// Whether there are more services than are listed.
    pub truncated: bool,
}

/// One service. Requests are its server and consumer spans, or its root spans when it has neither;
/// of sampled spans they are what the spans stand for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceRow {
    pub service: String,
    pub environments: Vec<String>,
    pub versions: Vec<String>,
    pub requests: f64,
    pub errors: f64,
    pub rate_per_second: f64,
    pub error_percent: f64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Start of the minute in which its last span began.
    pub last_seen_ms: i64,
    /// Requests in each part of the time.
    pub requests_series: Vec<f64>,
    pub errors_series: Vec<f64>,
    /// The same length of time just before; null when there were no requests then.
    pub previous: Option<ServicePrevious>,
}

/// What a service was like before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServicePrevious {
    pub requests: f64,
    pub error_percent: f64,
    pub p95_ms: Option<f64>,
}

/// A service and what its spans name.
#[derive(Debug, Deserialize)]
pub(crate) struct ServiceNames {
    pub service: String,
    environments: Vec<Option<String>>,
    versions: Vec<Option<String>>,
    pub last_seen_ms: i64,
}

/// What requests of one class come to.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ClassFigures {
    /// Spans as stored.
    spans: u64,
    #[serde(flatten)]
    pub figures: FiguresRow,
}

#[derive(Debug, Deserialize)]
struct ClassRow {
    service: String,
    class: String,
    #[serde(flatten)]
    figures: ClassFigures,
}

#[derive(Debug, Deserialize)]
struct PartRow {
    service: String,
    class: String,
    part: i64,
    requests: f64,
    errors: Option<f64>,
}

/// What all services come to, by the service and the class of its requests.
#[derive(Debug, Default)]
pub(crate) struct Figured(HashMap<(String, String), ClassFigures>);

type Series = HashMap<(String, String), (Vec<f64>, Vec<f64>)>;

/// Answers what is in the store about this time.
pub async fn services(engine: &Arc<Engine>, scope: &Scope) -> Result<ServicesAnswer, QueryError> {
    let Rows { rows, truncated } = names(engine, scope).await?;
    let present = figures(engine, scope).await?;
    let before = match previous(scope) {
        Some(before) => figures(engine, &before).await?,
        None => Figured::default(),
    };
    let buckets = Buckets::new(scope, SERIES_BUCKETS);
    let mut series = series(engine, scope, buckets).await?;
    let services = rows
        .into_iter()
        .map(|names| row(scope, buckets, names, &present, &before, &mut series))
        .collect();
    let bucket_seconds = scope.bucket_seconds(SERIES_BUCKETS);
    Ok(ServicesAnswer { from_ms: buckets.from_ms, bucket_seconds, services, truncated })
}

/// The services of a time, those with most spans first.
pub(crate) async fn names(
    engine: &Arc<Engine>,
    scope: &Scope,
) -> Result<Rows<ServiceNames>, QueryError> {
    let limits = QueryLimits::asked(Some(SERVICES_LISTED_MAX), None);
    engine.rows(&names_sql(scope), limits).await
}

fn names_sql(scope: &Scope) -> String {
    format!(
        "SELECT coalesce(service_name, '') AS service, \
         array_agg(DISTINCT deployment_environment_name) AS environments, \
         array_agg(DISTINCT service_version) AS versions, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_seen_ms \
         FROM {} AS stats GROUP BY 1 ORDER BY sum(spans) DESC, service",
        scope.span_stats()
    )
}

fn figures_sql(scope: &Scope) -> String {
    format!(
        "SELECT service, class, sum(spans) AS spans, {FIGURES} FROM \
         (SELECT coalesce(service_name, '') AS service, {CLASS} AS class, failed, spans, count, \
         duration_sum, duration_max, histogram FROM {} AS stats) \
         WHERE class IS NOT NULL GROUP BY service, class ORDER BY spans DESC, service",
        scope.span_stats()
    )
}

/// What the requests of every service come to.
pub(crate) async fn figures(engine: &Arc<Engine>, scope: &Scope) -> Result<Figured, QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let rows = engine.rows::<ClassRow>(&figures_sql(scope), limits).await?.rows;
    let figured = rows.into_iter().map(|row| ((row.service, row.class), row.figures));
    Ok(Figured(figured.collect()))
}

impl Figured {
    /// The service and the class of its spans that are its requests.
    fn class_of(&self, service: &str) -> (String, String) {
        let entry = (service.to_owned(), ENTRY.to_owned());
        if self.0.contains_key(&entry) { entry } else { (service.to_owned(), ROOT.to_owned()) }
    }

    /// The requests of a service.
    pub fn of(&self, service: &str) -> Option<&FiguresRow> {
        self.0.get(&self.class_of(service)).map(|found| &found.figures)
    }

    /// Whether some spans stand for more than themselves.
    pub fn sampled(&self) -> bool {
        self.0.values().any(|found| is_sampled(found.spans, found.figures.requests))
    }
}

/// Whether so many stored spans stand for more requests than they are.
pub(crate) fn is_sampled(spans: u64, requests: Option<f64>) -> bool {
    requests.unwrap_or(0.0) > spans as f64 * (1.0 + 1e-9)
}

fn series_sql(scope: &Scope, buckets: Buckets) -> String {
    // Those with most spans first, as services are listed: when there are more than can be read, the
    // ones that are listed are read whole.
    format!(
        "SELECT service, class, part, requests, errors FROM \
         (SELECT *, sum(spans) OVER (PARTITION BY service) AS all_spans FROM \
         (SELECT service, class, part, sum(spans) AS spans, sum(count) AS requests, \
         sum(count) FILTER (WHERE failed) AS errors FROM \
         (SELECT coalesce(service_name, '') AS service, {CLASS} AS class, {} AS part, failed, \
         spans, count FROM {} AS stats) GROUP BY service, class, part)) \
         WHERE class IS NOT NULL ORDER BY all_spans DESC, service",
        buckets.number(),
        buckets.source(scope, None)
    )
}

async fn series(
    engine: &Arc<Engine>,
    scope: &Scope,
    buckets: Buckets,
) -> Result<Series, QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut series = Series::new();
    for row in engine.rows::<PartRow>(&series_sql(scope, buckets), limits).await?.rows {
        let empty = || (vec![0.0; buckets.count], vec![0.0; buckets.count]);
        let (requests, errors) = series.entry((row.service, row.class)).or_insert_with(empty);
        Buckets::add(requests, row.part, row.requests);
        Buckets::add(errors, row.part, row.errors.unwrap_or(0.0));
    }
    Ok(series)
}

fn row(
    scope: &Scope,
    buckets: Buckets,
    names: ServiceNames,
    present: &Figured,
    before: &Figured,
    series: &mut Series,
) -> ServiceRow {
    let class = present.class_of(&names.service);
    let figures = present.0.get(&class).cloned().unwrap_or_default().figures;
    let figures = figures.figures(scope.seconds());
    let empty = || (vec![0.0; buckets.count], vec![0.0; buckets.count]);
    let (requests_series, errors_series) = series.remove(&class).unwrap_or_else(empty);
    ServiceRow {
        versions: names.named_versions(),
        environments: named(names.environments),
        requests: figures.requests,
        errors: figures.errors,
        rate_per_second: figures.rate_per_second,
        error_percent: figures.error_percent,
        p50_ms: figures.p50_ms,
        p95_ms: figures.p95_ms,
        p99_ms: figures.p99_ms,
        last_seen_ms: names.last_seen_ms,
        requests_series,
        errors_series,
        previous: before.0.get(&class).map(|row| shortened(&row.figures.figures(0.0))),
        service: names.service,
    }
}

fn shortened(figures: &Figures) -> ServicePrevious {
    ServicePrevious {
        requests: figures.requests,
        error_percent: figures.error_percent,
        p95_ms: figures.p95_ms,
    }
}

impl ServiceNames {
    /// Some of the versions, in order.
    pub fn named_versions(&self) -> Vec<String> {
        let mut names: Vec<String> = self.versions.iter().flatten().cloned().collect();
        names.sort();
        names.truncate(SERVICE_VERSIONS_NAMED_MAX);
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { from_ms: 3_600_000, to_ms: 7_200_000, environment: None }
    }

    fn requests(requests: f64) -> ClassFigures {
        let figures =
            FiguresRow { requests: Some(requests), p95: Some(2e6), ..FiguresRow::default() };
        ClassFigures { spans: 2, figures }
    }

    fn of(present: &[(&str, f64)], before: &[(&str, f64)]) -> ServiceRow {
        let figured = |rows: &[(&str, f64)]| -> Figured {
            let class = |class: &str| ("a".to_owned(), class.to_owned());
            Figured(rows.iter().map(|(name, count)| (class(name), requests(*count))).collect())
        };
        let names = ServiceNames {
            service: "a".to_owned(),
            environments: vec![Some("production".to_owned()), None],
            versions: vec![Some("2".to_owned()), None, Some("1".to_owned())],
            last_seen_ms: 7_140_000,
        };
        let buckets = Buckets::new(&scope(), SERIES_BUCKETS);
        row(&scope(), buckets, names, &figured(present), &figured(before), &mut Series::new())
    }

    #[test]
    fn roots_are_requests_only_of_services_without_entries() {
        assert_eq!(of(&[("entry", 7.0), ("root", 2.0)], &[]).requests, 7.0);
        assert_eq!(of(&[("root", 2.0)], &[]).requests, 2.0);
        let silent = of(&[], &[("root", 2.0)]);
        assert_eq!((silent.requests, silent.p95_ms, silent.errors_series.len()), (0.0, None, 30));
    }

    #[test]
    fn the_time_before_is_told_of_the_same_spans() {
        let row = of(&[("entry", 7.0)], &[("entry", 5.0), ("root", 9.0)]);
        let previous = ServicePrevious { requests: 5.0, error_percent: 0.0, p95_ms: Some(2.0) };
        assert_eq!(row.previous, Some(previous));
        assert_eq!(of(&[("entry", 7.0)], &[("root", 9.0)]).previous, None);
        assert_eq!(row.environments, ["none", "production"]);
        assert_eq!(row.versions, ["1", "2"]);
    }

    #[test]
    fn one_pass_counts_all_services() {
        insta::assert_snapshot!(figures_sql(&scope()));
        insta::assert_snapshot!(series_sql(&scope(), Buckets::new(&scope(), SERIES_BUCKETS)));
    }
}
