//! The route that lists business metrics. Those that send them are the server's and the intake's.

use crate::CostState;
use crate::business::{self, BusinessMetrics};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::BUSINESS_TEXT_BYTES_MAX;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A list that names no time is about so long ago until now: as long as metric points are kept.
const DEFAULT_DAYS_MS: i64 = 90 * 86_400_000;

pub(super) fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new().routes(routes!(list_business_metrics))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Part of a name: finds any gauge or sum. Without it those are listed that came as business
    /// metrics, or whose names begin with `business.`.
    query: Option<String>,
    /// Milliseconds since 1970; ninety days before `to_ms` when not given.
    from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; now when not given.
    to_ms: Option<i64>,
}

/// Metrics that costs can be divided by
#[utoipa::path(get, path = "/business-metrics", operation_id = "listBusinessMetrics", tag = "cost",
    params(ListParameters),
    responses((status = 200, body = BusinessMetrics), (status = 400, body = ErrorAnswer)))]
async fn list_business_metrics(
    State(state): State<CostState>,
    parameters: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Json<BusinessMetrics>, ApiError> {
    let Query(ListParameters { query, from_ms, to_ms }) = parameters?;
    let query = query.filter(|query| !query.is_empty());
    if query.as_ref().is_some_and(|query| query.len() > BUSINESS_TEXT_BYTES_MAX) {
        let message = format!("query has at most {BUSINESS_TEXT_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    // A point may be of a time that has just begun.
    let to_ms = to_ms.unwrap_or_else(|| crate::costs::period::now_ms() + 1);
    let from_ms = from_ms.unwrap_or_else(|| to_ms.saturating_sub(DEFAULT_DAYS_MS).max(0));
    let range = TimeRange { from_ms: Some(from_ms), to_ms: Some(to_ms), environment: None };
    Ok(Json(business::list(&state.engine, &range.scope()?, query.as_deref()).await?))
}
