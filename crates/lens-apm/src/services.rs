//! Which services there are, how much they are asked, how often they fail and how slow they are.

use hannun_api::range::{NO_ENVIRONMENT, Scope};
use hannun_model::limits::{LENS_ROWS_MAX, SERVICE_VERSIONS_NAMED_MAX, SERVICES_LISTED_MAX};
use hannun_query::typed::Rows;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;

/// Parts that the sparkline of a service is cut into.
const SERIES_BUCKETS: u32 = 30;
/// Spans that answer a request from outside the service.
const ENTRY: &str = "kind IN ('server', 'consumer')";
/// Stand in for them in services that have none, such as batch jobs.
const ROOT: &str = "parent_span_id IS NULL";
const FAILED: &str = "status_code = 'error'";

/// The services of a time and an environment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServicesAnswer {
    /// Length of one part of the series.
    pub bucket_seconds: u32,
    pub services: Vec<ServiceRow>,
    /// Whether there are more services than are listed.
    pub truncated: bool,
}

/// One service. Requests are its server and consumer spans, or its root spans when it has neither.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceRow {
    pub service: String,
    pub environments: Vec<String>,
    pub versions: Vec<String>,
    pub requests: u64,
    pub errors: u64,
    pub rate_per_second: f64,
    pub error_percent: f64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub last_seen_ms: i64,
    /// Requests in each bucket from the start of the time to its end.
    pub requests_series: Vec<u64>,
    pub errors_series: Vec<u64>,
}

/// An environment and how many spans name it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// `none` when the telemetry names no environment.
    pub name: String,
    pub spans: u64,
}

#[derive(Debug, Deserialize)]
struct TotalsRow {
    service: String,
    environments: Vec<Option<String>>,
    versions: Vec<Option<String>>,
    entries: u64,
    last_seen_ms: i64,
}

#[derive(Debug, Deserialize)]
struct RequestsRow {
    service: String,
    requests: u64,
    errors: u64,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct SeriesRow {
    service: String,
    bucket: i64,
    requests: u64,
    errors: u64,
}

/// Answers what is in the store about this time.
pub async fn services(engine: &Arc<Engine>, scope: &Scope) -> Result<ServicesAnswer, QueryError> {
    let Rows { rows: totals, truncated } = totals(engine, scope).await?;
    let without_entries =
        totals.iter().filter(|row| row.entries == 0).map(|row| row.service.clone()).collect();
    let bucket_seconds = scope.bucket_seconds(SERIES_BUCKETS);
    let mut requests = requests(engine, scope, ENTRY).await?;
    let mut series = series(engine, scope, ENTRY, bucket_seconds).await?;
    add_roots(engine, scope, without_entries, &mut requests, &mut series).await?;
    let services =
        totals.into_iter().map(|totals| row(scope, totals, &requests, &mut series)).collect();
    Ok(ServicesAnswer { bucket_seconds, services, truncated })
}

/// ServicesAnswer without entries are known by their roots.
async fn add_roots(
    engine: &Arc<Engine>,
    scope: &Scope,
    names: Vec<String>,
    requests: &mut HashMap<String, RequestsRow>,
    series: &mut Series,
) -> Result<(), QueryError> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = names.iter().map(|name| hannun_query::typed::text(name)).collect();
    let chosen = format!("{ROOT} AND service_name IN ({})", names.join(", "));
    requests.extend(self::requests(engine, scope, &chosen).await?);
    let of_roots = self::series(engine, scope, &chosen, scope.bucket_seconds(SERIES_BUCKETS));
    series.extend(of_roots.await?);
    Ok(())
}

async fn totals(engine: &Arc<Engine>, scope: &Scope) -> Result<Rows<TotalsRow>, QueryError> {
    let sql = format!(
        "SELECT coalesce(service_name, '') AS service, \
         array_agg(DISTINCT deployment_environment_name) AS environments, \
         array_agg(DISTINCT service_version) AS versions, \
         count(*) FILTER (WHERE {ENTRY}) AS entries, \
         CAST(max(start_time) AS BIGINT) / 1000000 AS last_seen_ms \
         FROM spans WHERE {} GROUP BY service_name ORDER BY count(*) DESC, service",
        scope.condition("start_time")
    );
    engine.rows(&sql, QueryLimits::asked(Some(SERVICES_LISTED_MAX), None)).await
}

async fn requests(
    engine: &Arc<Engine>,
    scope: &Scope,
    chosen: &str,
) -> Result<HashMap<String, RequestsRow>, QueryError> {
    let percentile = |share: f64| format!("approx_percentile_cont(duration, {share}) / 1e6");
    let sql = format!(
        "SELECT coalesce(service_name, '') AS service, count(*) AS requests, \
         count(*) FILTER (WHERE {FAILED}) AS errors, \
         {} AS p50, {} AS p95, {} AS p99 \
         FROM spans WHERE {} AND {chosen} GROUP BY service_name",
        percentile(0.5),
        percentile(0.95),
        percentile(0.99),
        scope.condition("start_time")
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let rows = engine.rows::<RequestsRow>(&sql, limits).await?.rows;
    Ok(rows.into_iter().map(|row| (row.service.clone(), row)).collect())
}

/// Requests and errors of each bucket of each service.
type Series = HashMap<String, BTreeMap<usize, (u64, u64)>>;

async fn series(
    engine: &Arc<Engine>,
    scope: &Scope,
    chosen: &str,
    bucket_seconds: u32,
) -> Result<Series, QueryError> {
    let sql = format!(
        "SELECT coalesce(service_name, '') AS service, \
         (CAST(start_time AS BIGINT) / 1000000 - {}) / {} AS bucket, \
         count(*) AS requests, count(*) FILTER (WHERE {FAILED}) AS errors \
         FROM spans WHERE {} AND {chosen} GROUP BY 1, 2",
        scope.from_ms,
        i64::from(bucket_seconds) * 1000,
        scope.condition("start_time")
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut series = Series::new();
    for row in engine.rows::<SeriesRow>(&sql, limits).await?.rows {
        let bucket = usize::try_from(row.bucket).unwrap_or(0);
        series.entry(row.service).or_default().insert(bucket, (row.requests, row.errors));
    }
    Ok(series)
}

fn row(
    scope: &Scope,
    totals: TotalsRow,
    requests: &HashMap<String, RequestsRow>,
    series: &mut Series,
) -> ServiceRow {
    let found = requests.get(&totals.service);
    let count = found.map_or(0, |row| row.requests);
    let errors = found.map_or(0, |row| row.errors);
    let length = (scope.seconds() / f64::from(scope.bucket_seconds(SERIES_BUCKETS))).ceil();
    let mut requests_series = vec![0; length as usize];
    let mut errors_series = requests_series.clone();
    for (bucket, (requests, errors)) in series.remove(&totals.service).unwrap_or_default() {
        if bucket < requests_series.len() {
            (requests_series[bucket], errors_series[bucket]) = (requests, errors);
        }
    }
    ServiceRow {
        environments: sorted(totals.environments, NO_ENVIRONMENT),
        versions: versions(totals.versions),
        requests: count,
        errors,
        rate_per_second: count as f64 / scope.seconds(),
        error_percent: if count == 0 { 0.0 } else { 100.0 * errors as f64 / count as f64 },
        p50_ms: found.and_then(|row| row.p50),
        p95_ms: found.and_then(|row| row.p95),
        p99_ms: found.and_then(|row| row.p99),
        last_seen_ms: totals.last_seen_ms,
        requests_series,
        errors_series,
        service: totals.service,
    }
}

fn versions(names: Vec<Option<String>>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().flatten().collect();
    names.sort();
    names.truncate(SERVICE_VERSIONS_NAMED_MAX);
    names
}

fn sorted(names: Vec<Option<String>>, absent: &str) -> Vec<String> {
    let mut names: Vec<String> =
        names.into_iter().map(|name| name.unwrap_or_else(|| absent.to_owned())).collect();
    names.sort();
    names.dedup();
    names
}

/// The environments of a time, the one with most spans first.
pub async fn environments(
    engine: &Arc<Engine>,
    scope: &Scope,
) -> Result<Vec<Environment>, QueryError> {
    let sql = format!(
        "SELECT coalesce(deployment_environment_name, '{NO_ENVIRONMENT}') AS name, \
         count(*) AS spans FROM spans WHERE {} GROUP BY 1 ORDER BY spans DESC, name",
        Scope { environment: None, ..scope.clone() }.condition("start_time")
    );
    Ok(engine.rows(&sql, QueryLimits::default()).await?.rows)
}
