//! Reading the body of a request to the own API: never more than it may have, never longer than a
//! client may take, and a large one only of who may write.

use crate::api::ApiState;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, Caller};
use hannun_ledger::Role;
use hannun_model::limits::{API_BODY_BYTES_MAX, APPLY_BODY_BYTES_MAX, REQUEST_READ_SECONDS_MAX};
use std::time::Duration;

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
    let read = tokio::time::timeout(limit, to_bytes(body, bytes_max)).await.map_err(|_| {
        let message = format!("the body did not arrive within {REQUEST_READ_SECONDS_MAX} s");
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
    })?;
    let bytes = read.map_err(|error| {
        // Either it was too large, or the client went away and nobody reads this.
        let message = format!("{error}: a body may have {bytes_max} bytes; send it in parts");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    })?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}
