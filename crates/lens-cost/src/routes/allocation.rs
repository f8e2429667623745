//! Whose costs are: dimensions, virtual tags, and rules on trial.

use crate::CostState;
use crate::allocation::Asked;
use crate::allocation::answer::{self, AllocationAnswer};
use crate::allocation::attempt::{self, AllocationTry, RuleProblem};
use crate::allocation::dimensions::{self, CostDimensions, DimensionValues};
use crate::allocation::kinds::COST_VIRTUAL_TAG;
use crate::costs::{Granularity, Metric, Period};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use hannun_allocation::Dimension;
use hannun_allocation::rule::VirtualTag;
use hannun_api::{ApiError, Caller, ErrorAnswer};
use hannun_ledger::{FieldError, Ledger};
use hannun_model::limits::COST_TAG_KEY_BYTES_MAX;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this part.
pub fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new()
        .routes(routes!(list_cost_dimensions))
        .routes(routes!(list_cost_dimension_values))
        .routes(routes!(get_cost_allocation))
        .routes(routes!(try_cost_allocation))
}

type Asking<T> = Result<Query<T>, QueryRejection>;

/// Which costs are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CostsParameters {
    /// Milliseconds since 1970; the day in UTC that it lies in is the first.
    from_ms: i64,
    /// Milliseconds since 1970, exclusive.
    to_ms: i64,
    /// `effective` when not given.
    metric: Option<Metric>,
    /// Currency of the answer; that of the settings when not given.
    currency: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ValuesParameters {
    /// Such as `service_name`, `tag:team` or `virtual:team`.
    dimension: String,
    /// Values that contain this, whatever its case.
    query: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AllocationParameters {
    /// Such as `virtual:team`, `tag:team` or `sub_account_name`; a name that is no dimension is that of
    /// a virtual tag.
    tag: String,
}

/// A virtual tag to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AllocationTryRequest {
    /// As a document of kind `cost-virtual-tag`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    tag: Value,
    from_ms: i64,
    to_ms: i64,
    #[serde(default)]
    metric: Metric,
    currency: Option<String>,
}

/// What there is to tell costs apart by
#[utoipa::path(get, path = "/cost/dimensions", operation_id = "listCostDimensions", tag = "cost",
    params(CostsParameters),
    responses((status = 200, body = CostDimensions), (status = 400, body = ErrorAnswer)))]
async fn list_cost_dimensions(
    State(state): State<CostState>,
    caller: Caller,
    costs: Asking<CostsParameters>,
) -> Result<Json<CostDimensions>, ApiError> {
    let asked = costs?.0.asked(&state, &caller).await?;
    Ok(Json(dimensions::dimensions(&state, &asked).await?))
}

/// Values of a dimension, the dearest first
#[utoipa::path(get, path = "/cost/dimensions/values", operation_id = "listCostDimensionValues",
    tag = "cost", params(CostsParameters, ValuesParameters),
    responses((status = 200, body = DimensionValues), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn list_cost_dimension_values(
    State(state): State<CostState>,
    caller: Caller,
    costs: Asking<CostsParameters>,
    values: Asking<ValuesParameters>,
) -> Result<Json<DimensionValues>, ApiError> {
    let Query(ValuesParameters { dimension, query }) = values?;
    let dimension: Dimension =
        dimension.parse().map_err(|problem| ApiError::invalid(format!("{problem}")))?;
    let query = query.unwrap_or_default();
    if query.len() > COST_TAG_KEY_BYTES_MAX {
        let message = format!("query has at most {COST_TAG_KEY_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    let asked = costs?.0.asked(&state, &caller).await?;
    Ok(Json(dimensions::values(&state, &asked, &dimension, &query).await?))
}

/// A bill, shared out over the values of a dimension
#[utoipa::path(get, path = "/cost/allocation", operation_id = "getCostAllocation", tag = "cost",
    params(CostsParameters, AllocationParameters),
    responses((status = 200, body = AllocationAnswer), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn get_cost_allocation(
    State(state): State<CostState>,
    caller: Caller,
    costs: Asking<CostsParameters>,
    allocation: Asking<AllocationParameters>,
) -> Result<Json<AllocationAnswer>, ApiError> {
    let Query(AllocationParameters { tag }) = allocation?;
    let asked = costs?.0.asked(&state, &caller).await?;
    Ok(Json(answer::allocation(&state, &asked, &tag).await?))
}

/// Try a virtual tag on history before it applies
#[utoipa::path(post, path = "/cost/allocation/try", operation_id = "tryCostAllocation",
    tag = "cost", request_body = AllocationTryRequest,
    responses((status = 200, body = AllocationTry), (status = 400, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn try_cost_allocation(
    State(state): State<CostState>,
    caller: Caller,
    request: Result<Json<AllocationTryRequest>, JsonRejection>,
) -> Result<Json<AllocationTry>, ApiError> {
    let Json(AllocationTryRequest { tag, from_ms, to_ms, metric, currency }) = request?;
    let costs = CostsParameters { from_ms, to_ms, metric: Some(metric), currency };
    let asked = costs.asked(&state, &caller).await?;
    let tag = match read(&state.ledger, tag) {
        Ok(tag) => tag,
        Err(problems) => return Ok(Json(attempt::broken(&state, &asked, problems).await?)),
    };
    Ok(Json(attempt::attempt(&state, &asked, &tag).await?))
}

impl CostsParameters {
    async fn asked(self, state: &CostState, caller: &Caller) -> Result<Asked, ApiError> {
        let period = Period::of(self.from_ms, self.to_ms, Granularity::Day)?;
        let metric = self.metric.unwrap_or_default();
        let user = caller.actor.user_id.as_deref();
        Ok(Asked::load(state, period, metric, self.currency.as_deref(), user).await?)
    }
}

/// The body as a virtual tag, or everything that is wrong with it.
fn read(ledger: &Ledger, body: Value) -> Result<VirtualTag, Vec<RuleProblem>> {
    let kind = ledger.kinds().get(COST_VIRTUAL_TAG.name);
    let faults = kind.map(|kind| kind.faults(&body)).unwrap_or_default();
    if !faults.is_empty() {
        return Err(faults.iter().map(problem).collect());
    }
    serde_json::from_value(body)
        .map_err(|error| vec![RuleProblem { rule: None, fatal: true, message: error.to_string() }])
}

/// A fault of a document, with the rule that it is in.
fn problem(fault: &FieldError) -> RuleProblem {
    let rule = fault.path.strip_prefix("/rules/").and_then(|rest| {
        let (index, _) = rest.split_once('/').unwrap_or((rest, ""));
        index.parse().ok()
    });
    let message = match rule {
        Some(_) => fault.message.clone(),
        None => format!("{}: {}", fault.path, fault.message),
    };
    RuleProblem { rule, fatal: true, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_a_document_is_told_with_its_rule() {
        let fault = |path: &str| problem(&FieldError::new(path, "wrong")).rule;
        assert_eq!(fault("/rules/12/when/0/values"), Some(12));
        assert_eq!(fault("/rules/3"), Some(3));
        assert_eq!(fault("/name"), None);
        assert_eq!(problem(&FieldError::new("/name", "wrong")).message, "/name: wrong");
    }
}
