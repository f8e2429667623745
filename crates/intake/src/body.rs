//! The body of an HTTP request: read within its limits, held while it is in memory.

use crate::IntakeState;
use crate::budget::Hold;
use crate::compression::Encoding;
use crate::refusal::Refusal;
use axum::body::Body;
use axum::extract::Request;
use bytes::{Bytes, BytesMut};
use hannun_model::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_READ_SECONDS_MAX};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use std::time::Duration;

/// Bytes that have arrived, and what is held for them.
#[derive(Debug)]
pub struct Arrived {
    pub body: Bytes,
    pub encoding: Encoding,
    pub hold: Hold,
}

/// Reads the body of a request, which must be coded as its `Content-Encoding` says.
pub async fn read(state: &IntakeState, request: Request) -> Result<Arrived, Refusal> {
    let encoding = encoding_of(request.headers())?;
    read_as(state, request, encoding).await
}

/// Reads the body of a request whose coding is known.
pub async fn read_as(
    state: &IntakeState,
    request: Request,
    encoding: Encoding,
) -> Result<Arrived, Refusal> {
    let declared_bytes = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let limit_bytes = REQUEST_BODY_BYTES_MAX.min(state.budget.limit_bytes());
    if declared_bytes > limit_bytes {
        return Err(Refusal::TooLarge { limit_bytes });
    }
    let mut hold = state.budget.hold(declared_bytes).ok_or(Refusal::OverBudget)?;
    let reading = read_frames(request.into_body(), limit_bytes, &mut hold);
    let seconds = REQUEST_READ_SECONDS_MAX;
    let body = tokio::time::timeout(Duration::from_secs(seconds), reading)
        .await
        .map_err(|_| Refusal::Slow { seconds })??;
    Ok(Arrived { body, encoding, hold })
}

/// The coding that `Content-Encoding` names.
pub fn encoding_of(headers: &HeaderMap) -> Result<Encoding, Refusal> {
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

/// The type that `Content-Type` names, in lower case and without its parameters.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    Some(essence.to_ascii_lowercase())
}

/// Reads the body, holding each part of it before it is kept.
async fn read_frames(
    mut body: Body,
    limit_bytes: usize,
    hold: &mut Hold,
) -> Result<Bytes, Refusal> {
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
