//! OTLP over HTTP: `POST /v1/{traces,metrics,logs}`, protobuf or JSON.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.

use super::Signal;
use super::receive::{Format, PartialSuccess, Received, admit, take};
use crate::IntakeState;
use crate::budget::Hold;
use crate::compression::Encoding;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use hannun_model::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_READ_SECONDS_MAX};
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use prost::Message;
use std::sync::Arc;
use std::time::Duration;

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
    let headers = request.headers();
    let format = format_of(headers).ok_or_else(|| {
        Refusal::Unsupported(
            "unknown Content-Type: send application/x-protobuf or application/json".to_owned(),
        )
    })?;
    let encoding = encoding_of(headers)?;
    let declared_bytes = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let limit_bytes = REQUEST_BODY_BYTES_MAX.min(state.budget.limit_bytes());
    if declared_bytes > limit_bytes {
        return Err(Refusal::TooLarge { limit_bytes });
    }
    let mut hold = state.budget.hold(declared_bytes).ok_or(Refusal::OverBudget)?;
    let reading = read_body(request.into_body(), limit_bytes, &mut hold);
    let seconds = REQUEST_READ_SECONDS_MAX;
    let body = tokio::time::timeout(Duration::from_secs(seconds), reading)
        .await
        .map_err(|_| Refusal::Slow { seconds })??;
    let route = signal.http_path();
    take(state, Received { signal, route, format, encoding, body, hold }).await
}

fn encoding_of(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let unsupported = || {
        Refusal::Unsupported(
            "unknown Content-Encoding: send gzip, zstd, deflate or identity".to_owned(),
        )
    };
    let value = match headers.get(CONTENT_ENCODING) {
        Some(value) => Some(value.to_str().map_err(|_| unsupported())?),
        None => None,
    };
    Encoding::from_header(value).ok_or_else(unsupported)
}

/// The format named by `Content-Type`, whatever its parameters.
fn format_of(headers: &HeaderMap) -> Option<Format> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-protobuf") {
        Some(Format::Protobuf)
    } else if essence.eq_ignore_ascii_case("application/json") {
        Some(Format::Json)
    } else {
        None
    }
}

/// Reads the body, holding each part of it before it is kept.
async fn read_body(mut body: Body, limit_bytes: usize, hold: &mut Hold) -> Result<Bytes, Refusal> {
    let mut first: Option<Bytes> = None;
    let mut joined = BytesMut::new();
    let mut read_bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|error| Refusal::Malformed(format!("failed to read the body: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        read_bytes += data.len();
        if read_bytes > limit_bytes {
            return Err(Refusal::TooLarge { limit_bytes });
        }
        if !hold.grow_to(read_bytes) {
            return Err(Refusal::OverBudget);
        }
        match first.take() {
            None if joined.is_empty() => first = Some(data),
            None => joined.extend_from_slice(&data),
            Some(before) => {
                joined.reserve(hold.bytes().max(read_bytes));
                joined.extend_from_slice(&before);
                joined.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| joined.freeze()))
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
    if let Some(delay) = refusal.retry_after() {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
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
