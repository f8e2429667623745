//! Routes of the explorer and of the overview.

use crate::CostState;
use crate::explorer::{self, Exploration, ExploreRequest};
use crate::overview::{self, Overview};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use hannun_api::{ApiError, Caller, ErrorAnswer};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new().routes(routes!(explore_costs)).routes(routes!(get_cost_overview))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OverviewParameters {
    /// Currency to show amounts in; that of the display settings when not given.
    currency: Option<String>,
    /// `billed`, `effective` (the default), `list`, `contracted`, `net_billed` or `net_effective`.
    metric: Option<String>,
}

/// Costs of a time by up to three dimensions
#[utoipa::path(post, path = "/cost/explore", operation_id = "exploreCosts", tag = "cost",
    request_body = ExploreRequest,
    responses((status = 200, body = Exploration), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn explore_costs(
    State(state): State<CostState>,
    caller: Caller,
    request: Result<Json<ExploreRequest>, JsonRejection>,
) -> Result<Json<Exploration>, ApiError> {
    let Json(request) = request?;
    let user = caller.actor.user_id.as_deref();
    Ok(Json(explorer::explore(&state, &request, user).await?))
}

/// This month so far, who spends it, and what changed
#[utoipa::path(get, path = "/cost/overview", operation_id = "getCostOverview", tag = "cost",
    params(OverviewParameters),
    responses((status = 200, body = Overview), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn get_cost_overview(
    State(state): State<CostState>,
    caller: Caller,
    parameters: Result<Query<OverviewParameters>, QueryRejection>,
) -> Result<Json<Overview>, ApiError> {
    let Query(OverviewParameters { currency, metric }) = parameters?;
    let user = caller.actor.user_id.as_deref();
    let overview = overview::overview(&state, metric.as_deref(), currency.as_deref(), user);
    Ok(Json(overview.await?))
}
