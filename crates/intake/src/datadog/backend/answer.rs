//! What senders are told, in the words that Datadog's clients look for.

use crate::otlp::map::Tally;
use crate::refusal::Refusal;
use axum::body::Body;
use hannun_model::limits::REJECTED_LINES_TOLD_MAX;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// Seconds after which the API clients send again; they do not look at `Retry-After`.
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What was kept of a request, and what is wrong with the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Items that were kept.
    pub accepted: usize,
    /// What is wrong with single items; the first of them.
    pub errors: Vec<String>,
}

impl Outcome {
    /// Notes an item that could not be read.
    pub fn tell(&mut self, error: impl FnOnce() -> String) {
        if self.errors.len() < REJECTED_LINES_TOLD_MAX {
            self.errors.push(error());
        }
    }

    /// Everything that is wrong: the reasons with their counts, then single items.
    pub fn complaints(self, tally: &Tally) -> Vec<String> {
        tally.rejection_message().into_iter().chain(self.errors).collect()
    }
}

/// How the answer to a success is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// `{"status":"ok"}`: the first version of the API. Its Python client takes any `errors` for a
    /// failure, so the key is there only when there are some.
    StatusOk,
    /// `{"errors":[]}`: the second version of series and sketches.
    NoErrors,
    /// `{}`: logs.
    Empty(StatusCode),
}

/// Answers a request that was taken. When nothing of it was kept because of what is in it, it is a
/// bad one: agents do not send those again.
pub fn taken(success: Success, accepted: usize, complaints: &[String]) -> Response<Body> {
    let failed = accepted == 0 && !complaints.is_empty();
    let (status, mut body) = match success {
        Success::StatusOk => (StatusCode::ACCEPTED, json!({"status": "ok"})),
        Success::NoErrors => (StatusCode::ACCEPTED, json!({"errors": []})),
        Success::Empty(status) => (status, json!({})),
    };
    if !complaints.is_empty() {
        body["errors"] = json!(complaints);
    }
    if failed && let Some(fields) = body.as_object_mut() {
        fields.remove("status");
    }
    json(if failed { StatusCode::BAD_REQUEST } else { status }, &body)
}

/// Answers a request that was not taken.
pub fn refused(refusal: &Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::Unauthenticated => StatusCode::FORBIDDEN,
        // Agents send again after every status above 400 that they do not know, for ever.
        Refusal::Unsupported(_) => StatusCode::BAD_REQUEST,
        other => other.http_status(),
    };
    let errors = match refusal {
        Refusal::Unauthenticated => json!(["Forbidden", refusal.to_string()]),
        other => json!([other.to_string()]),
    };
    let mut response = json(status, &json!({ "errors": errors }));
    refusal.set_headers(response.headers_mut());
    if let Some(seconds) = response.headers().get(RETRY_AFTER).cloned() {
        response.headers_mut().insert(RATE_LIMIT_RESET, seconds);
    }
    response
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
