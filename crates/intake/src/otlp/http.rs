//! OTLP over HTTP: `POST /v1/{traces,metrics,logs}`, protobuf or JSON.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use super::Signal;
use super::receive::{Format, PartialSuccess, Received, take};
use crate::IntakeState;
use crate::body;
use crate::door::admit;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use prost::Message;
use std::sync::Arc;

/// The three routes.
pub fn http_router(state: Arc<IntakeState>) -> Router {
    let mut router = Router::new();
    for signal in Signal::ALL {
        let (state, other) = (state.clone(), state.clone());
        let handler = post(move |request: Request| export(state, signal, request))
            .fallback(move |headers: HeaderMap| async move { refuse_method(&other, &headers) });
        router = router.route(signal.http_path(), handler);
    }
    router
}

fn refuse_method(state: &IntakeState, headers: &HeaderMap) -> Response<Body> {
    state.counters.count_request();
    let mut response = refuse(state, format_of(headers), &Refusal::MethodNotAllowed);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn export(state: Arc<IntakeState>, signal: Signal, request: Request) -> Response<Body> {
    let format = format_of(request.headers());
    match export_or_refuse(&state, signal, request).await {
        Ok(success) => answer(signal, format.unwrap_or(Format::Protobuf), &success),
        Err(refusal) => refuse(&state, format, &refusal),
    }
}

async fn export_or_refuse(
    state: &Arc<IntakeState>,
    signal: Signal,
    request: Request,
) -> Result<PartialSuccess, Refusal> {
    admit(state, &request)?;
    let format = format_of(request.headers()).ok_or_else(|| {
        Refusal::Unsupported(
            "unknown Content-Type: send application/x-protobuf or application/json".to_owned(),
        )
    })?;
    let arrived = body::read(state, request).await?;
    take(state, Received { signal, route: signal.http_path(), format, arrived }).await
}

/// The format named by `Content-Type`, whatever its parameters.
fn format_of(headers: &HeaderMap) -> Option<Format> {
    match body::media_type(headers)?.as_str() {
        "application/x-protobuf" => Some(Format::Protobuf),
        "application/json" => Some(Format::Json),
        _ => None,
    }
}

fn answer(signal: Signal, format: Format, success: &PartialSuccess) -> Response<Body> {
    let body = match format {
        Format::Protobuf => success.to_protobuf().encode_to_vec(),
        Format::Json if success.is_full() => b"{}".to_vec(),
        Format::Json => serde_json::json!({
            "partialSuccess": {
                signal.rejected_name(): success.rejected_items.to_string(),
                "errorMessage": success.message,
            }
        })
        .to_string()
        .into_bytes(),
    };
    respond(StatusCode::OK, format, body)
}

/// A `google.rpc.Status` in the format of the request; people get JSON.
fn refuse(state: &IntakeState, format: Option<Format>, refusal: &Refusal) -> Response<Body> {
    state.counters.count_refusal(refusal);
    let format = format.unwrap_or(Format::Json);
    let status = refusal.rpc_status();
    let body = match format {
        Format::Protobuf => status.encode_to_vec(),
        Format::Json => serde_json::json!({"code": status.code, "message": status.message})
            .to_string()
            .into_bytes(),
    };
    let mut response = respond(refusal.http_status(), format, body);
    refusal.set_headers(response.headers_mut());
    response
}

fn respond(status: StatusCode, format: Format, body: Vec<u8>) -> Response<Body> {
    let content_type = match format {
        Format::Protobuf => "application/x-protobuf",
        Format::Json => "application/json",
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
