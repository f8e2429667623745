//! The HTTP API of the lens.

use crate::comparison::{self, Comparison, ComparisonQuery};
use crate::deploys::{self, DeploysAnswer, DeploysFilter};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_query::Engine;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::new().routes(routes!(list_deploys)).routes(routes!(compare_deploys))
}

/// Versions that came in a time, the latest first
#[utoipa::path(get, path = "/deploys", operation_id = "listDeploys", tag = "deploys",
    params(TimeRange, DeploysFilter),
    responses((status = 200, body = DeploysAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_deploys(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
    filter: Result<Query<DeploysFilter>, QueryRejection>,
) -> Result<Json<DeploysAnswer>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(deploys::deploys(&engine, &scope, &filter?.0).await?))
}

/// Two versions or times of a service, compared endpoint by endpoint
#[utoipa::path(get, path = "/deploys/compare", operation_id = "compareDeploys", tag = "deploys",
    params(TimeRange, ComparisonQuery),
    responses((status = 200, body = Comparison), (status = 400, body = ErrorAnswer)))]
async fn compare_deploys(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
    query: Result<Query<ComparisonQuery>, QueryRejection>,
) -> Result<Json<Comparison>, ApiError> {
    let query = query?.0;
    let (base, other) = query.sides(&range?.0)?;
    Ok(Json(comparison::compare(&engine, &query.service, base, other).await?))
}
