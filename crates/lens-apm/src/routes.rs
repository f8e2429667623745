//! The HTTP API of the lens.

use crate::services::{self, Environment, ServicesAnswer};
use crate::trace::{self, LogRow, Trace};
use crate::traces::{self, TraceFilter, TracesAnswer};
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_query::Engine;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::new()
        .routes(routes!(list_environments))
        .routes(routes!(list_services))
        .routes(routes!(list_traces))
        .routes(routes!(get_trace))
        .routes(routes!(list_trace_logs))
}

/// Environments that sent spans in a time
#[utoipa::path(get, path = "/environments", operation_id = "listEnvironments", tag = "services", params(TimeRange),
    responses((status = 200, body = [Environment]), (status = 400, body = ErrorAnswer)))]
async fn list_environments(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
) -> Result<Json<Vec<Environment>>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(services::environments(&engine, &scope).await?))
}

/// ServicesAnswer with their rate, errors and latency
#[utoipa::path(get, path = "/services", operation_id = "listServices", tag = "services", params(TimeRange),
    responses((status = 200, body = ServicesAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_services(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
) -> Result<Json<ServicesAnswer>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(services::services(&engine, &scope).await?))
}

/// The latest traces that match a filter
#[utoipa::path(get, path = "/traces", operation_id = "listTraces", tag = "traces", params(TimeRange, TraceFilter),
    responses((status = 200, body = TracesAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_traces(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
    filter: Result<Query<TraceFilter>, QueryRejection>,
) -> Result<Json<TracesAnswer>, ApiError> {
    let scope = range?.0.scope()?;
    let Query(filter) = filter?;
    if filter.min_duration_ms.is_some_and(|it| !it.is_finite() || it < 0.0) {
        return Err(ApiError::invalid("min_duration_ms must be a number that is not negative"));
    }
    Ok(Json(traces::traces(&engine, &scope, &filter).await?))
}

/// One trace with all its spans
#[utoipa::path(get, path = "/traces/{trace_id}", operation_id = "getTrace", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits")),
    responses((status = 200, body = Trace), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_trace(
    State(engine): State<Arc<Engine>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Trace>, ApiError> {
    let id = trace_id(&path?.0)?;
    let found = trace::trace(&engine, &id).await?;
    found.map(Json).ok_or_else(|| {
        ApiError::not_found(format!(
            "no span has the trace id {id}: it was not sent, not sampled, or is past its retention"
        ))
    })
}

/// The log records of one trace
#[utoipa::path(get, path = "/traces/{trace_id}/logs", operation_id = "listTraceLogs", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits")),
    responses((status = 200, body = [LogRow]), (status = 400, body = ErrorAnswer)))]
async fn list_trace_logs(
    State(engine): State<Arc<Engine>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Vec<LogRow>>, ApiError> {
    let id = trace_id(&path?.0)?;
    Ok(Json(trace::logs(&engine, &id).await?))
}

/// A trace id as it is stored.
fn trace_id(text: &str) -> Result<String, ApiError> {
    let id = text.trim().to_ascii_lowercase();
    if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id);
    }
    Err(ApiError::invalid("a trace id has 32 hexadecimal digits"))
}
