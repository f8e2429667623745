//! What services, endpoints and traces cost.

use super::drivers::{CostHours, asked};
use crate::CostState;
use crate::costs::{Metric, Period};
use crate::endpoints::model::model;
use crate::endpoints::{EndpointCosts, ServiceCostsAnswer, endpoint_costs, service_costs};
use crate::traces::{TraceCost, trace_cost};
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use hannun_api::{ApiError, Caller, ErrorAnswer};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this part.
pub fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new()
        .routes(routes!(list_service_costs))
        .routes(routes!(list_endpoint_costs))
        .routes(routes!(get_trace_cost))
}

type Asking<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EndpointsParameters {
    /// Only this service; all when not given.
    service_name: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TraceParameters {
    /// `effective` when not given.
    metric: Option<Metric>,
    /// Currency of the answer; that of the settings when not given.
    currency: Option<String>,
}

/// What services cost, and their requests
#[utoipa::path(get, path = "/cost/services", operation_id = "listServiceCosts", tag = "cost",
    params(CostHours),
    responses((status = 200, body = ServiceCostsAnswer), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn list_service_costs(
    State(state): State<CostState>,
    caller: Caller,
    hours: Asking<CostHours>,
) -> Result<Json<ServiceCostsAnswer>, ApiError> {
    let (hours, asked) = hours?.0.asked(&state, &caller).await?;
    let model = model(&state, &asked, hours).await?;
    Ok(Json(service_costs(&model, asked.metric)))
}

/// What endpoints cost, and the rest of the bill
#[utoipa::path(get, path = "/cost/endpoints", operation_id = "listEndpointCosts", tag = "cost",
    params(CostHours, EndpointsParameters),
    responses((status = 200, body = EndpointCosts), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn list_endpoint_costs(
    State(state): State<CostState>,
    caller: Caller,
    hours: Asking<CostHours>,
    endpoints: Asking<EndpointsParameters>,
) -> Result<Json<EndpointCosts>, ApiError> {
    let (hours, asked) = hours?.0.asked(&state, &caller).await?;
    let service = endpoints?.0.service_name.filter(|name| !name.is_empty());
    let model = model(&state, &asked, hours).await?;
    Ok(Json(endpoint_costs(&model, asked.metric, service.as_deref())))
}

/// What a trace cost, span by span
#[utoipa::path(get, path = "/cost/traces/{trace_id}", operation_id = "getTraceCost", tag = "cost",
    params(("trace_id" = String, Path, description = "Id of the trace"), TraceParameters),
    responses((status = 200, body = TraceCost), (status = 404, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn get_trace_cost(
    State(state): State<CostState>,
    caller: Caller,
    trace_id: Result<Path<String>, PathRejection>,
    parameters: Asking<TraceParameters>,
) -> Result<Json<TraceCost>, ApiError> {
    let trace_id = trace_id?.0;
    let TraceParameters { metric, currency } = parameters?.0;
    // Its hours are known once its spans are; rates are looked up by their days.
    let period = Period { from_ms: 0, to_ms: 1 };
    let asked = asked(&state, &caller, period, metric, currency.as_deref()).await?;
    trace_cost(&state, &asked, &trace_id).await?.map(Json).ok_or_else(|| {
        ApiError::not_found(format!("no trace {trace_id} is stored; it may have expired"))
    })
}
