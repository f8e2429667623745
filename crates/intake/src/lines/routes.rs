//! `POST /logs?service=…&env=…&host=…`, mounted under `/ingest`.

use super::map::{self, Outcome};
use crate::IntakeState;
use crate::body;
use crate::door::{self, Identity, admit};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use hannun_model::limits::LOG_LABEL_BYTES_MAX;
use hannun_model::table::Table;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;
use std::sync::Arc;

/// Parameters that name what records may leave out, and the attributes they mean.
const PARAMETERS: &[(&str, &str)] = &[
    ("service", "service.name"),
    ("env", "deployment.environment.name"),
    ("environment", "deployment.environment.name"),
    ("version", "service.version"),
    ("host", "host.name"),
];

/// Header that gives a request an id: equal bytes under one id are one request sent again, under
/// different ids they are other records.
pub const BATCH_HEADER: &str = "hannun-batch";

/// The route, without the `/ingest` in front.
pub fn router(state: Arc<IntakeState>) -> Router {
    let logs = post(move |request: Request| async move {
        match take(&state, request).await {
            Ok(outcome) => {
                let status = if outcome.accepted == 0 && outcome.rejected > 0 {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::OK
                };
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
    });
    Router::new().route("/logs", logs)
}

async fn take(state: &Arc<IntakeState>, request: Request) -> Result<Outcome, Refusal> {
    admit(state, &request)?;
    let media_type = body::media_type(request.headers());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let parameters = parameters(&query)?;
    let batch = request.headers().get(BATCH_HEADER).map(|id| id.as_bytes().to_vec());
    if batch.as_ref().is_some_and(|id| id.len() > LOG_LABEL_BYTES_MAX) {
        return Err(too_long(BATCH_HEADER));
    }
    let arrived = body::read(state, request).await?;
    let mut route = format!("/ingest/logs?{query}");
    if let Some(id) = &batch {
        route.push(' ');
        hannun_model::value::write_hex(&mut route, id);
    }
    let taken = door::take(state, Table::Logs, &route, arrived, move |message, _, clock| {
        let resource: Vec<(&'static str, &str)> =
            parameters.iter().map(|(attribute, text)| (*attribute, text.as_str())).collect();
        let mut mapped = map::map(message, media_type.as_deref(), &resource, clock)?;
        if batch.is_some() {
            mapped.0.identity = Identity::Content;
        }
        Ok(mapped)
    })
    .await?;
    Ok(taken.answer)
}

/// Attribute and text of each parameter.
fn parameters(query: &str) -> Result<Vec<(&'static str, String)>, Refusal> {
    let pairs: Vec<(String, String)> =
        axum::extract::Query::try_from_uri(&format!("/?{query}").parse().unwrap_or_default())
            .map(|query| query.0)
            .map_err(|error| Refusal::Malformed(error.to_string()))?;
    pairs
        .into_iter()
        .map(|(name, text)| {
            if text.len() > LOG_LABEL_BYTES_MAX {
                return Err(too_long(&name));
            }
            let known = PARAMETERS.iter().find(|(known, _)| *known == name);
            known.map(|(_, attribute)| (*attribute, text)).ok_or_else(|| {
                let names: Vec<&str> = PARAMETERS.iter().map(|(known, _)| *known).collect();
                Refusal::Malformed(format!("unknown parameter {name:?}; use {}", names.join(", ")))
            })
        })
        .collect()
}

fn too_long(name: &str) -> Refusal {
    Refusal::Malformed(format!("{name} is longer than {LOG_LABEL_BYTES_MAX} bytes; shorten it"))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
