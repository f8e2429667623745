//! What issues look like: their latest error, their endpoints, their course.

use crate::IssueKey;
use crate::history::condition;
use hannun_api::range::Scope;
use hannun_model::limits::{
    ERROR_LIST_BUCKETS, ERROR_LIST_ENDPOINTS_MAX, ERROR_MESSAGE_LISTED_CHARACTERS_MAX,
    LENS_ROWS_MAX,
};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// What the errors of an issue say.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Face {
    service: String,
    fingerprint: String,
    pub(super) error_type: Option<String>,
    pub(super) message: Option<String>,
    pub(super) message_template: Option<String>,
    pub(super) frame: Option<String>,
    pub(super) language: Option<String>,
    pub(super) traces: u64,
}

/// Errors of an issue at one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEndpoint {
    pub endpoint: String,
    pub count: f64,
}

#[derive(Debug, Deserialize)]
struct EndpointRow {
    service: String,
    fingerprint: String,
    endpoint: String,
    count: f64,
}

#[derive(Debug, Deserialize)]
struct SeriesRow {
    service: String,
    fingerprint: String,
    bucket: i64,
    count: f64,
}

/// An issue as a list shows it.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) face: Face,
    pub(super) endpoints: Vec<String>,
    pub(super) series: Vec<f64>,
}

/// Endpoints of issues, those with most errors first.
pub(crate) type Endpoints = HashMap<IssueKey, Vec<ErrorEndpoint>>;
/// Errors in each part of a time.
pub(crate) type Series = HashMap<IssueKey, Vec<f64>>;

fn key(service: &str, fingerprint: &str) -> IssueKey {
    IssueKey { service: service.to_owned(), fingerprint: fingerprint.to_owned() }
}

/// Describes these issues.
pub(super) async fn descriptions(
    engine: &Arc<Engine>,
    scope: &Scope,
    keys: &[IssueKey],
) -> Result<HashMap<IssueKey, Description>, QueryError> {
    let mut descriptions = HashMap::new();
    for keys in IssueKey::parts(keys) {
        let mut endpoints = endpoints(engine, scope, keys, ERROR_LIST_ENDPOINTS_MAX).await?;
        let mut series = series(engine, scope, keys, ERROR_LIST_BUCKETS).await?;
        for face in faces(engine, scope, keys).await? {
            let key = key(&face.service, &face.fingerprint);
            let endpoints = endpoints.remove(&key).unwrap_or_default();
            let description = Description {
                face,
                endpoints: endpoints.into_iter().map(|it| it.endpoint).collect(),
                series: series
                    .remove(&key)
                    .unwrap_or_else(|| vec![0.0; bucket_count(scope, ERROR_LIST_BUCKETS)]),
            };
            descriptions.insert(key, description);
        }
    }
    Ok(descriptions)
}

/// The latest error of each issue: of the time, or of all times when there is none in it.
async fn faces(
    engine: &Arc<Engine>,
    scope: &Scope,
    keys: &[IssueKey],
) -> Result<Vec<Face>, QueryError> {
    let limits = || QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut faces = engine.rows::<Face>(&faces_sql(Some(scope), keys), limits()).await?.rows;
    let is_missing = |key: &&IssueKey| {
        !faces.iter().any(|face| face.service == key.service && face.fingerprint == key.fingerprint)
    };
    // A list has only issues with errors in the time; an opened one may have none there.
    if faces.len() < keys.len() {
        let missing: Vec<_> = keys.iter().filter(is_missing).cloned().collect();
        if !missing.is_empty() {
            let earlier = engine.rows::<Face>(&faces_sql(None, &missing), limits()).await?.rows;
            faces.extend(earlier.into_iter().map(|face| Face { traces: 0, ..face }));
        }
    }
    Ok(faces)
}

fn faces_sql(scope: Option<&Scope>, keys: &[IssueKey]) -> String {
    let last = |column: &str| format!("last_value({column} ORDER BY time) AS {column}");
    let time = scope.map(|scope| format!("{} AND ", scope.condition("time"))).unwrap_or_default();
    format!(
        "SELECT coalesce(service_name, '') AS service, fingerprint, {}, {}, {}, \
         last_value(telemetry_sdk_language ORDER BY time) AS language, \
         last_value(left(message, {ERROR_MESSAGE_LISTED_CHARACTERS_MAX}) ORDER BY time) AS message, \
         count(DISTINCT trace_id) AS traces FROM span_errors WHERE {time}{} GROUP BY 1, 2",
        last("error_type"),
        last("message_template"),
        last("frame"),
        condition(keys)
    )
}

/// The endpoints of these issues in the time, at most so many of each.
pub(crate) async fn endpoints(
    engine: &Arc<Engine>,
    scope: &Scope,
    keys: &[IssueKey],
    most: usize,
) -> Result<Endpoints, QueryError> {
    let sql = format!(
        "SELECT service, fingerprint, endpoint, count FROM (SELECT *, row_number() OVER \
         (PARTITION BY service, fingerprint ORDER BY count DESC, endpoint) AS place FROM \
         (SELECT coalesce(service_name, '') AS service, fingerprint, \
         coalesce(endpoint, '') AS endpoint, sum(count) AS count \
         FROM span_errors WHERE {} AND {} GROUP BY 1, 2, 3) AS counted) AS ranked \
         WHERE place <= {most} ORDER BY count DESC, endpoint",
        scope.condition("time"),
        condition(keys)
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut endpoints = Endpoints::new();
    for row in engine.rows::<EndpointRow>(&sql, limits).await?.rows {
        let endpoint = ErrorEndpoint { endpoint: row.endpoint, count: row.count };
        endpoints.entry(key(&row.service, &row.fingerprint)).or_default().push(endpoint);
    }
    Ok(endpoints)
}

/// The course of these issues in the time, cut into parts.
pub(crate) async fn series(
    engine: &Arc<Engine>,
    scope: &Scope,
    keys: &[IssueKey],
    buckets: u32,
) -> Result<Series, QueryError> {
    let sql = format!(
        "SELECT coalesce(service_name, '') AS service, fingerprint, \
         (CAST(time AS BIGINT) / 1000000 - {}) / {} AS bucket, sum(count) AS count \
         FROM span_errors WHERE {} AND {} GROUP BY 1, 2, 3",
        scope.from_ms,
        i64::from(scope.bucket_seconds(buckets)) * 1000,
        scope.condition("time"),
        condition(keys)
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let mut series = Series::new();
    for row in engine.rows::<SeriesRow>(&sql, limits).await?.rows {
        let counts = series
            .entry(key(&row.service, &row.fingerprint))
            .or_insert_with(|| vec![0.0; bucket_count(scope, buckets)]);
        if let Some(count) = usize::try_from(row.bucket).ok().and_then(|at| counts.get_mut(at)) {
            *count += row.count;
        }
    }
    Ok(series)
}

/// Parts that the time has.
pub(crate) fn bucket_count(scope: &Scope, buckets: u32) -> usize {
    (scope.seconds() / f64::from(scope.bucket_seconds(buckets))).ceil() as usize
}
