//! The HTTP API of pipelines.

use super::status::{self, PipelinesStatus};
use super::try_out::{self, TryAnswer};
use crate::LogsState;
use crate::documents::pipeline_faults;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_ledger::FieldError;
use hannun_model::limits::{LOG_TRIAL_PIPELINES_MAX, LOG_TRIALS_MAX, RETRY_AFTER_SECONDS};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of pipelines, without sign-in.
pub fn routes() -> OpenApiRouter<LogsState> {
    OpenApiRouter::new().routes(routes!(try_pipelines)).routes(routes!(get_pipelines_status))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TryRequest {
    /// Bodies of documents of the kind `log-pipeline`. They run by their order, then as they come.
    #[schema(value_type = Vec<std::collections::HashMap<String, Value>>)]
    pipelines: Vec<Value>,
    /// Milliseconds since 1970; one hour before `to_ms` when not given.
    from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; now when not given.
    to_ms: Option<i64>,
    /// Deployment environment; `none` is records without one. All when not given.
    environment: Option<String>,
}

/// Try pipelines on stored logs
#[utoipa::path(post, path = "/logs/pipelines/try", operation_id = "tryLogPipelines", tag = "logs",
    request_body = TryRequest,
    responses((status = 200, body = TryAnswer), (status = 400, body = ErrorAnswer),
        (status = 503, body = ErrorAnswer)))]
async fn try_pipelines(
    State(state): State<LogsState>,
    request: Result<Json<TryRequest>, JsonRejection>,
) -> Result<Json<TryAnswer>, ApiError> {
    let Json(request) = request?;
    let range = TimeRange {
        from_ms: request.from_ms,
        to_ms: request.to_ms,
        environment: request.environment,
    };
    let scope = range.scope()?;
    check(&state, &request.pipelines)?;
    let Ok(_turn) = state.trials.clone().try_acquire_owned() else {
        let message = format!("{LOG_TRIALS_MAX} trials are running, wait for one to end");
        let mut busy = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
        busy.retry_after_seconds = Some(RETRY_AFTER_SECONDS);
        return Err(busy);
    };
    Ok(Json(try_out::try_out(&state.engine, &scope, request.pipelines).await?))
}

/// Bodies are checked as they would be when they are saved.
fn check(state: &LogsState, bodies: &[Value]) -> Result<(), ApiError> {
    if bodies.is_empty() || bodies.len() > LOG_TRIAL_PIPELINES_MAX {
        let message = format!("pipelines must be 1 to {LOG_TRIAL_PIPELINES_MAX} bodies");
        return Err(ApiError::invalid(message));
    }
    let faults: Vec<FieldError> = bodies
        .iter()
        .enumerate()
        .flat_map(|(index, body)| {
            let faults = pipeline_faults(state.ledger.kinds(), body);
            let place = move |fault: FieldError| {
                FieldError::new(format!("/pipelines/{index}{}", fault.path), fault.message)
            };
            faults.into_iter().map(place)
        })
        .collect();
    let Some(first) = faults.first() else { return Ok(()) };
    let mut invalid = ApiError::invalid(format!("{}: {}", first.path, first.message));
    invalid.body.error.fields = faults;
    Err(invalid)
}

/// What the pipelines in force did, and what to look at
#[utoipa::path(get, path = "/logs/pipelines/status", operation_id = "getLogPipelinesStatus",
    tag = "logs", responses((status = 200, body = PipelinesStatus)))]
async fn get_pipelines_status(State(state): State<LogsState>) -> Json<PipelinesStatus> {
    Json(status::status(&state.processor))
}
