//! Business metrics: points from whoever has an intake key, or edits.

use super::ApiState;
use crate::access::require_intake_key_or_editor;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::middleware::from_fn_with_state;
use hannun_api::ErrorAnswer;
use hannun_intake::business;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes with their own sign-in.
pub(super) fn router(state: &ApiState) -> Router {
    super::plain(routes())
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), require_intake_key_or_editor))
}

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(send_business_metrics)).routes(routes!(send_business_table))
}

/// Points of business metrics, as they are sent; read by the intake.
#[derive(Serialize, ToSchema)]
struct BusinessPoints {
    points: Vec<BusinessPoint>,
}

/// What was counted at a time. Of two points of the same metric, time and dimensions the later counts.
#[derive(Serialize, ToSchema)]
struct BusinessPoint {
    /// Such as `orders`.
    metric: String,
    /// RFC 3339, a day, or seconds; UTC when it names no zone. This or `time_ms`.
    time: Option<String>,
    time_ms: Option<i64>,
    value: f64,
    /// UCUM unit, such as `{order}`, or a currency.
    unit: Option<String>,
    /// `count` (the default): values of several times add up; `level`: they have a mean.
    kind: Option<String>,
    dimensions: Option<BTreeMap<String, String>>,
}

/// What became of points.
#[derive(Serialize, ToSchema)]
struct BusinessOutcome {
    accepted: usize,
    rejected: usize,
    /// The first of those that were rejected.
    errors: Vec<BusinessError>,
}

#[derive(Serialize, ToSchema)]
struct BusinessError {
    /// Number of the point from one, or of the line of a table.
    line: usize,
    reason: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what the intake reads")]
struct TableParameters {
    /// Name of the metric.
    metric: String,
    /// Column of the time; `time` when not given.
    time: Option<String>,
    /// Column of the value; that of the metric's name, or `value`, when not given.
    value: Option<String>,
    /// UCUM unit, such as `{order}`, or a currency.
    unit: Option<String>,
    /// `count` (the default) or `level`.
    kind: Option<String>,
    /// Columns that are dimensions, separated by commas; all others when not given.
    dimensions: Option<String>,
}

/// Send points of business metrics; with an intake key, or signed in as an editor
#[utoipa::path(post, path = "/business-metrics", operation_id = "sendBusinessMetrics", tag = "cost",
    request_body = BusinessPoints,
    responses((status = 200, body = BusinessOutcome), (status = 400, body = BusinessOutcome),
        (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn send_business_metrics(State(state): State<ApiState>, request: Request) -> Response<Body> {
    business::take_json(&state.intake, request).await
}

/// Send a table of a business metric; with an intake key, or signed in as an editor
#[utoipa::path(post, path = "/business-metrics/csv", operation_id = "sendBusinessTable", tag = "cost",
    params(TableParameters), request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = BusinessOutcome), (status = 400, body = BusinessOutcome),
        (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn send_business_table(State(state): State<ApiState>, request: Request) -> Response<Body> {
    business::take_csv(&state.intake, request).await
}
