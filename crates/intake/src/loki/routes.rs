//! `POST /api/v1/push` and `GET /ready`.

use super::map::{self, BadStreams};
use super::wire;
use crate::IntakeState;
use crate::body;
use crate::compression::Encoding;
use crate::door::{self, Taken, admit};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, post};
use hannun_model::table::Table;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::sync::Arc;

/// Header with the name of a tenant.
const TENANT: &str = "x-scope-orgid";

/// The routes, without the `/loki` in front.
pub fn router(state: Arc<IntakeState>) -> Router {
    let push = post(move |request: Request| async move {
        match take(&state, request).await {
            Ok(taken) => answer(&taken),
            Err(refusal) => {
                state.counters.count_refusal(&refusal);
                let mut response = text(refusal.http_status(), &refusal.to_string());
                refusal.set_headers(response.headers_mut());
                response
            }
        }
    });
    Router::new()
        .route("/api/v1/push", push)
        .route("/ready", get(|| async { text(StatusCode::OK, "ready") }))
        .fallback(|| async { text(StatusCode::NOT_FOUND, "only /loki/api/v1/push is here") })
}

async fn take(state: &Arc<IntakeState>, request: Request) -> Result<Taken<BadStreams>, Refusal> {
    admit(state, &request)?;
    let headers = request.headers();
    let is_json = is_json(headers)?;
    let is_snappy = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"snappy"));
    let encoding = if is_snappy { Encoding::Identity } else { body::encoding_of(headers)? };
    // Protobuf is always in snappy's format, whether the header says so or not.
    let is_snappy = is_snappy || (!is_json && encoding == Encoding::Identity);
    let tenant = headers.get(TENANT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let arrived = body::read_as(state, request, encoding).await?;
    let route = format!("/loki/api/v1/push {}", tenant.as_deref().unwrap_or_default());
    door::take(state, Table::Logs, &route, arrived, move |message, hold, clock| {
        let unsnapped;
        let mut message = message;
        if is_snappy {
            unsnapped = wire::unsnap(message, hold)?;
            message = &unsnapped;
        }
        // Entries stand in memory beside their text.
        if !hold.grow(message.len()) {
            return Err(Refusal::OverBudget);
        }
        if is_json {
            map::json(message, tenant.as_deref(), clock)
        } else {
            map::protobuf(message, tenant.as_deref(), clock)
        }
    })
    .await
}

fn is_json(headers: &HeaderMap) -> Result<bool, Refusal> {
    match body::media_type(headers).as_deref() {
        Some("application/json") => Ok(true),
        Some("application/x-protobuf") => Ok(false),
        _ => Err(Refusal::Unsupported(
            "unknown Content-Type: send application/json or application/x-protobuf".to_owned(),
        )),
    }
}

/// Loki tells of entries that it did not keep with 400, and senders do not send them again.
fn answer(taken: &Taken<BadStreams>) -> Response<Body> {
    match taken.tally.rejection_message() {
        None => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Some(message) => match &taken.answer.first {
            Some(first) => text(StatusCode::BAD_REQUEST, &format!("{message}; {first}")),
            None => text(StatusCode::BAD_REQUEST, &message),
        },
    }
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
