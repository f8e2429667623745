//! Reading the body of a request to the own API: never more than it may have, never longer than a
//! client may take, and a large one only of who may write.

use crate::api::ApiState;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use hannun_api::{ApiError, Caller};
use hannun_ledger::Role;
use hannun_model::limits::{
    API_BODY_BYTES_MAX, APPLY_BODY_BYTES_MAX, REFUSED_BODY_BYTES_DRAINED_MAX,
    REQUEST_READ_SECONDS_MAX,
};
use std::time::Duration;

/// How long the rest of a refused body is waited for.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// For every route but `apply`.
pub async fn read_small(request: Request, next: Next) -> Response {
    match read(request, API_BODY_BYTES_MAX).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// For `apply`, behind sign-in.
pub async fn read_large(
    State(state): State<ApiState>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Response {
    if let Err(error) = caller.require(Role::Editor) {
        return error.into_response();
    }
    let Ok(_turn) = state.large_bodies.acquire().await else {
        return ApiError::unauthorized().into_response();
    };
    match read(request, APPLY_BODY_BYTES_MAX).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn read(request: Request, bytes_max: usize) -> Result<Request, ApiError> {
    let (head, body) = request.into_parts();
    let limit = Duration::from_secs(REQUEST_READ_SECONDS_MAX);
    let read = tokio::time::timeout(limit, read_body(body, bytes_max)).await.map_err(|_| {
        let message = format!("the body did not arrive within {REQUEST_READ_SECONDS_MAX} s");
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
    })?;
    Ok(Request::from_parts(head, Body::from(read?)))
}

async fn read_body(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    let mut parts = body.into_data_stream();
    let mut read = BytesMut::new();
    while let Some(part) = parts.next().await {
        // The client went away, and nobody reads this.
        let part = part.map_err(|error| ApiError::invalid(error.to_string()))?;
        if read.len() + part.len() > bytes_max {
            // Many clients look for an answer only when all is sent, and a connection that is
            // closed before takes the answer with it.
            let _ = tokio::time::timeout(DRAIN_TIME, drain(parts)).await;
            let message =
                format!("the body is too large: it may have {bytes_max} bytes; send it in parts");
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message));
        }
        read.extend_from_slice(&part);
    }
    Ok(read.freeze())
}

/// Reads what is left of a refused body and keeps none of it.
async fn drain(mut parts: BodyDataStream) {
    let mut drained = 0;
    while let Some(Ok(part)) = parts.next().await {
        drained += part.len();
        if drained > REFUSED_BODY_BYTES_DRAINED_MAX {
            return;
        }
    }
}
