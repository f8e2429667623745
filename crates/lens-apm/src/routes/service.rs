//! Routes about one service. Its name is one segment of the path, percent-encoded.

use super::Asked;
use crate::dependencies::{self, ServiceDependencies};
use crate::endpoints::{self, EndpointsAnswer};
use crate::hits::{self, HitMap};
use crate::latency::{self, LatencyDistribution};
use crate::overview::{self, ServiceOverview};
use crate::series::{self, ServiceSeries};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::{
    ENDPOINTS_LISTED_DEFAULT, ENDPOINTS_LISTED_MAX, HITS_DEFAULT, HITS_MAX, SERVICE_BUCKETS_MAX,
};
use hannun_query::Engine;
use serde::Deserialize;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const BUCKETS_DEFAULT: u32 = 60;

pub fn routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::new()
        .routes(routes!(get_service))
        .routes(routes!(get_service_series))
        .routes(routes!(list_service_endpoints))
        .routes(routes!(get_service_latency))
        .routes(routes!(get_service_hits))
        .routes(routes!(get_service_dependencies))
}

type Service = Result<Path<String>, PathRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SeriesParameters {
    /// Only this endpoint of the service.
    endpoint: Option<String>,
    /// Parts of the time, about 60 unless told otherwise.
    buckets: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EndpointsParameters {
    /// Endpoints answered at most, 200 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LatencyParameters {
    /// Only this endpoint of the service.
    endpoint: Option<String>,
    /// Spans of this kind instead of the requests: `server`, `client`, …
    kind: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HitsParameters {
    /// Only this endpoint of the service.
    endpoint: Option<String>,
    /// Only failed requests.
    #[serde(default)]
    errors_only: bool,
    /// Only requests that took as long or longer.
    min_ms: Option<f64>,
    /// Only requests that took less.
    max_ms: Option<f64>,
    /// Dots answered at most, 5000 unless told otherwise.
    limit: Option<usize>,
}

/// One service in short
#[utoipa::path(get, path = "/services/{service}", operation_id = "getService", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange),
    responses((status = 200, body = ServiceOverview), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_service(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
) -> Result<Json<ServiceOverview>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    let found = overview::overview(&engine, &scope, &service, now_ms).await?;
    found.map(Json).ok_or_else(|| {
        ApiError::not_found(format!(
            "no service {service} sent spans in this time or in the last 30 days; \
             see /api/v1/services for those that did"
        ))
    })
}

/// Rate, errors and latency of a service over time, by version
#[utoipa::path(get, path = "/services/{service}/series", operation_id = "getServiceSeries", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange, SeriesParameters),
    responses((status = 200, body = ServiceSeries), (status = 400, body = ErrorAnswer)))]
async fn get_service_series(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
    asked: Asked<SeriesParameters>,
) -> Result<Json<ServiceSeries>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    let SeriesParameters { endpoint, buckets } = asked?.0;
    let buckets = buckets.unwrap_or(BUCKETS_DEFAULT).clamp(1, SERVICE_BUCKETS_MAX);
    let endpoint = filled(endpoint);
    let answer = series::series(&engine, &scope, &service, endpoint.as_deref(), buckets);
    Ok(Json(answer.await?))
}

/// Endpoints of a service, ranked by their time
#[utoipa::path(get, path = "/services/{service}/endpoints", operation_id = "listServiceEndpoints", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange, EndpointsParameters),
    responses((status = 200, body = EndpointsAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_service_endpoints(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
    asked: Asked<EndpointsParameters>,
) -> Result<Json<EndpointsAnswer>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    let limit = asked?.0.limit.unwrap_or(ENDPOINTS_LISTED_DEFAULT).clamp(1, ENDPOINTS_LISTED_MAX);
    Ok(Json(endpoints::endpoints(&engine, &scope, &service, limit).await?))
}

/// How many requests of a service lasted how long
#[utoipa::path(get, path = "/services/{service}/latency", operation_id = "getServiceLatency", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange, LatencyParameters),
    responses((status = 200, body = LatencyDistribution), (status = 400, body = ErrorAnswer)))]
async fn get_service_latency(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
    asked: Asked<LatencyParameters>,
) -> Result<Json<LatencyDistribution>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    let LatencyParameters { endpoint, kind } = asked?.0;
    let chosen = latency::Chosen { endpoint: filled(endpoint), kind: filled(kind) };
    Ok(Json(latency::latency(&engine, &scope, &service, &chosen).await?))
}

/// Single requests of a service as dots of time and duration
#[utoipa::path(get, path = "/services/{service}/hits", operation_id = "getServiceHits", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange, HitsParameters),
    responses((status = 200, body = HitMap), (status = 400, body = ErrorAnswer)))]
async fn get_service_hits(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
    asked: Asked<HitsParameters>,
) -> Result<Json<HitMap>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    let HitsParameters { endpoint, errors_only, min_ms, max_ms, limit } = asked?.0;
    if [min_ms, max_ms].into_iter().flatten().any(|ms| !ms.is_finite() || ms < 0.0) {
        return Err(ApiError::invalid("min_ms and max_ms must be numbers that are not negative"));
    }
    let chosen = hits::Chosen { endpoint: filled(endpoint), errors_only, min_ms, max_ms };
    let limit = limit.unwrap_or(HITS_DEFAULT).clamp(1, HITS_MAX);
    Ok(Json(hits::hits(&engine, &scope, &service, &chosen, limit).await?))
}

/// Who calls a service and whom it calls
#[utoipa::path(get, path = "/services/{service}/dependencies", operation_id = "getServiceDependencies", tag = "services",
    params(("service" = String, Path, description = "Name of the service"), TimeRange),
    responses((status = 200, body = ServiceDependencies), (status = 400, body = ErrorAnswer)))]
async fn get_service_dependencies(
    State(engine): State<Arc<Engine>>,
    service: Service,
    range: Asked<TimeRange>,
) -> Result<Json<ServiceDependencies>, ApiError> {
    let service = service?.0;
    let scope = range?.0.scope()?;
    Ok(Json(dependencies::dependencies(&engine, &scope, &service).await?))
}

/// A filter that was left empty is none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
