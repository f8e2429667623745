//! The HTTP API of the lens.

use crate::evidence::{self, Evidence, EvidenceQuery};
use crate::list::{self, DependenciesAnswer, DependenciesFilter};
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
    OpenApiRouter::new().routes(routes!(list_dependencies)).routes(routes!(dependency_evidence))
}

/// Databases, caches, queues and hosts that services call
#[utoipa::path(get, path = "/dependencies", operation_id = "listDependencies", tag = "dependencies",
    params(TimeRange, DependenciesFilter),
    responses((status = 200, body = DependenciesAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_dependencies(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
    filter: Result<Query<DependenciesFilter>, QueryRejection>,
) -> Result<Json<DependenciesAnswer>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(list::dependencies(&engine, &scope, &filter?.0).await?))
}

/// What one dependency did: slow calls, timeouts, whom they hit, and what another timeout would do
#[utoipa::path(get, path = "/dependencies/evidence", operation_id = "dependencyEvidence",
    tag = "dependencies", params(TimeRange, EvidenceQuery),
    responses((status = 200, body = Evidence), (status = 400, body = ErrorAnswer)))]
async fn dependency_evidence(
    State(engine): State<Arc<Engine>>,
    range: Result<Query<TimeRange>, QueryRejection>,
    query: Result<Query<EvidenceQuery>, QueryRejection>,
) -> Result<Json<Evidence>, ApiError> {
    let scope = range?.0.scope()?;
    Ok(Json(evidence::evidence(&engine, scope, &query?.0).await?))
}
