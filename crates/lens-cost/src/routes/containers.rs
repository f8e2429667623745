//! What containers cost.

use super::drivers::CostHours;
use crate::CostState;
use crate::containers::{self, ContainersAnswer};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hannun_api::{ApiError, Caller, ErrorAnswer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this part.
pub fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new().routes(routes!(get_container_costs))
}

/// What containers cost: used, reserved in vain, and reserved by nobody
#[utoipa::path(get, path = "/cost/containers", operation_id = "getContainerCosts", tag = "cost",
    params(CostHours),
    responses((status = 200, body = ContainersAnswer), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn get_container_costs(
    State(state): State<CostState>,
    caller: Caller,
    hours: Result<Query<CostHours>, QueryRejection>,
) -> Result<Json<ContainersAnswer>, ApiError> {
    let (hours, asked) = hours?.0.asked(&state, &caller).await?;
    Ok(Json(containers::containers(&state, &asked, hours).await?))
}
