//! Taking requests. Who may send them is the server's business: it has asked already.

use super::map::{self, Outcome};
use super::wire::{self, CsvParameters, Numbered};
use crate::IntakeState;
use crate::body;
use crate::door;
use crate::refusal::Refusal;
use axum::body::Body;
use axum::extract::{Query, Request};
use hannun_model::table::Table;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;
use std::sync::Arc;

/// Takes points as JSON and answers what became of them.
pub async fn take_json(state: &Arc<IntakeState>, request: Request) -> Response<Body> {
    let route = "/api/v1/business-metrics".to_owned();
    answered(state, take(state, request, route, wire::json).await)
}

/// Takes points as a table, whose columns the address names.
pub async fn take_csv(state: &Arc<IntakeState>, request: Request) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default();
    let route = format!("/api/v1/business-metrics/csv?{query}");
    let taken = match Query::<CsvParameters>::try_from_uri(request.uri()) {
        Ok(Query(parameters)) => {
            let decode = move |body: &[u8]| wire::csv(body, &parameters);
            take(state, request, route, decode).await
        }
        Err(error) => Err(Refusal::Malformed(error.body_text())),
    };
    answered(state, taken)
}

async fn take(
    state: &Arc<IntakeState>,
    request: Request,
    route: String,
    read: impl FnOnce(&[u8]) -> Result<Vec<Numbered>, Refusal> + Send + 'static,
) -> Result<Outcome, Refusal> {
    state.counters.count_request();
    if state.is_draining() {
        return Err(Refusal::Draining);
    }
    let arrived = body::read(state, request).await?;
    let decode = move |message: &[u8], _: &mut _, clock| map::map(read(message)?, clock);
    let taken = door::take(state, Table::MetricPoints, &route, arrived, decode).await?;
    Ok(taken.answer)
}

fn answered(state: &IntakeState, taken: Result<Outcome, Refusal>) -> Response<Body> {
    match taken {
        Ok(outcome) => {
            let nothing = outcome.accepted == 0 && outcome.rejected > 0;
            let status = if nothing { StatusCode::BAD_REQUEST } else { StatusCode::OK };
            answer(status, &json!(outcome))
        }
        Err(refusal) => {
            state.counters.count_refusal(&refusal);
            let error = json!({"code": refusal.label(), "message": refusal.to_string()});
            let mut response = answer(refusal.http_status(), &json!({ "error": error }));
            refusal.set_headers(response.headers_mut());
            response
        }
    }
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
