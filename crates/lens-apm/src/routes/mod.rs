//! The HTTP API of the lens.

mod service;

use crate::environments::{self, Environment};
use crate::map::{self, Around, ServiceMap};
use crate::services::{self, ServicesAnswer};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::MAP_DEPTH_MAX;
use hannun_query::Engine;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::new()
        .routes(routes!(list_environments))
        .routes(routes!(list_services))
        .routes(routes!(get_service_map))
        .merge(service::routes())
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MapParameters {
    /// Only what is around this service.
    service: Option<String>,
    /// How many calls away at most, 1 to 3; 1 unless told otherwise.
    depth: Option<u32>,
}

/// Environments that sent spans in a time
#[utoipa::path(get, path = "/environments", operation_id = "listEnvironments", tag = "services", params(TimeRange),
    responses((status = 200, body = [Environment]), (status = 400, body = ErrorAnswer)))]
async fn list_environments(
    State(engine): State<Arc<Engine>>,
    range: Asked<TimeRange>,
) -> Result<Json<Vec<Environment>>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(environments::environments(&engine, &scope).await?))
}

/// Services with their rate, errors and latency
#[utoipa::path(get, path = "/services", operation_id = "listServices", tag = "services", params(TimeRange),
    responses((status = 200, body = ServicesAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_services(
    State(engine): State<Arc<Engine>>,
    range: Asked<TimeRange>,
) -> Result<Json<ServicesAnswer>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(services::services(&engine, &scope).await?))
}

/// Who calls whom: services and what stands behind them
#[utoipa::path(get, path = "/service-map", operation_id = "getServiceMap", tag = "services", params(TimeRange, MapParameters),
    responses((status = 200, body = ServiceMap), (status = 400, body = ErrorAnswer)))]
async fn get_service_map(
    State(engine): State<Arc<Engine>>,
    range: Asked<TimeRange>,
    asked: Asked<MapParameters>,
) -> Result<Json<ServiceMap>, ApiError> {
    let scope = range?.0.scope()?;
    let MapParameters { service, depth } = asked?.0;
    let depth = depth.unwrap_or(1);
    if !(1..=MAP_DEPTH_MAX).contains(&depth) {
        return Err(ApiError::invalid(format!("depth must be between 1 and {MAP_DEPTH_MAX}")));
    }
    let around = service.map(|service| Around { service, depth });
    Ok(Json(map::service_map(&engine, &scope, around.as_ref()).await?))
}
