//! Routes of unit economics.

use crate::CostState;
use crate::units::explain::{self, ExplainRequest, Explanation};
use crate::units::{self, UnitCosts, UnitsRequest};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use hannun_api::{ApiError, Caller, ErrorAnswer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new().routes(routes!(get_unit_costs)).routes(routes!(explain_unit_cost))
}

/// What one of a business metric costs, by day and dimension
#[utoipa::path(get, path = "/cost/units", operation_id = "getUnitCosts", tag = "cost",
    params(UnitsRequest),
    responses((status = 200, body = UnitCosts), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn get_unit_costs(
    State(state): State<CostState>,
    caller: Caller,
    request: Result<Query<UnitsRequest>, QueryRejection>,
) -> Result<Json<UnitCosts>, ApiError> {
    let Query(request) = request?;
    let user = caller.actor.user_id.as_deref();
    Ok(Json(units::unit_costs(&state, &request, user).await?))
}

/// Why a unit cost moved between two times
#[utoipa::path(post, path = "/cost/units/explain", operation_id = "explainUnitCost", tag = "cost",
    request_body = ExplainRequest,
    responses((status = 200, body = Explanation), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn explain_unit_cost(
    State(state): State<CostState>,
    caller: Caller,
    request: Result<Json<ExplainRequest>, JsonRejection>,
) -> Result<Json<Explanation>, ApiError> {
    let Json(request) = request?;
    let user = caller.actor.user_id.as_deref();
    Ok(Json(explain::explain(&state, &request, user).await?))
}
