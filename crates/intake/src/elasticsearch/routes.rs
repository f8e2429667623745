//! `_bulk`, `<index>/_doc` and the handshakes, under `/elasticsearch`.

use super::handshake::{self, Answer};
use super::map;
use super::wire::Item;
use crate::IntakeState;
use crate::body;
use crate::door::{self, Taken, admit};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::any;
use hannun_model::table::Table;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use std::sync::Arc;
use std::time::Instant;

/// Clients refuse to talk to a server without this header.
const PRODUCT: HeaderName = HeaderName::from_static("x-elastic-product");

/// Where this API is.
const MOUNT: &str = "/elasticsearch";

/// Every path under `/elasticsearch`, and that path itself with and without a slash at its end.
pub fn router(state: Arc<IntakeState>) -> Router {
    let handler = any(move |request: Request| async move {
        let is_head = request.method() == Method::HEAD;
        match answer(&state, request).await {
            Ok(answer) => respond(answer, is_head),
            Err(refusal) => refuse(&state, &refusal, is_head),
        }
    });
    Router::new()
        .route(MOUNT, handler.clone())
        .route(&format!("{MOUNT}/"), handler.clone())
        .route(&format!("{MOUNT}/{{*path}}"), handler)
}

async fn answer(state: &Arc<IntakeState>, request: Request) -> Result<Answer, Refusal> {
    admit(state, &request)?;
    let method = request.method().clone();
    let path = request.uri().path().strip_prefix(MOUNT).unwrap_or_default().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_write = method == Method::POST || method == Method::PUT;
    match segments.as_slice() {
        ["_bulk"] if is_write => bulk(state, request, None).await,
        [index, "_bulk"] if is_write => bulk(state, request, Some(decoded(index))).await,
        // The type between index and id is a thing of the past that some shippers still send.
        [index, "_doc" | "_create"] if is_write => document(state, request, index, None).await,
        [index, "_doc" | "_create", id] if is_write => {
            document(state, request, index, Some(decoded(id))).await
        }
        _ => {
            let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
            Ok(handshake::answer(&method, &segments, host.unwrap_or("127.0.0.1:7070")))
        }
    }
}

/// Undoes percent encoding; what is no such code stays.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn bulk(
    state: &Arc<IntakeState>,
    request: Request,
    index: Option<String>,
) -> Result<Answer, Refusal> {
    let started = Instant::now();
    let is_terse = request.uri().query().is_some_and(|query| query.contains("filter_path="));
    let arrived = body::read(state, request).await?;
    let default_index = index.clone().unwrap_or_default();
    let route = format!("/elasticsearch/{default_index}/_bulk");
    let taken = door::take(state, Table::Logs, &route, arrived, move |message, _, clock| {
        map::bulk(message, index.as_deref(), clock)
    })
    .await?;
    Ok(Answer::Written(write_answer(state, taken, &default_index, is_terse, started)))
}

/// Writes what became of each item, one by one: as a tree the answer to many small documents would
/// be many times larger than they are.
fn write_answer(
    state: &IntakeState,
    taken: Taken<Vec<Item>>,
    index: &str,
    is_terse: bool,
    started: Instant,
) -> Vec<u8> {
    let Taken { answer: items, mut hold, .. } = taken;
    let has_errors = items.iter().any(|item| item.error.is_some());
    let took = started.elapsed().as_millis();
    let mut written = format!(r#"{{"took":{took},"errors":{has_errors},"items":["#).into_bytes();
    let first = written.len();
    for item in items {
        // Who filters wants to know what failed, and nothing else.
        let answer = match &item.error {
            None if is_terse => serde_json::json!({"status": item.status()}),
            _ => item.answer(index, || new_id(state)),
        };
        if written.len() > first {
            written.push(b',');
        }
        let answer = serde_json::json!({ item.operation.name(): answer });
        written.extend_from_slice(answer.to_string().as_bytes());
    }
    written.extend_from_slice(b"]}");
    // The rows are kept: an answer that finds no room is given all the same.
    let _ = hold.grow_to(written.len());
    written
}

async fn document(
    state: &Arc<IntakeState>,
    request: Request,
    index: &str,
    id: Option<String>,
) -> Result<Answer, Refusal> {
    let index = decoded(index);
    let arrived = body::read(state, request).await?;
    let route = format!("/elasticsearch/{index}/_doc/{}", id.as_deref().unwrap_or_default());
    let taken = door::take(state, Table::Logs, &route, arrived, move |message, _, clock| {
        map::document(message, &index, id.as_deref(), clock)
    })
    .await?;
    let item: Item = taken.answer;
    Ok(match &item.error {
        None => {
            let mut answer = item.answer("", || new_id(state));
            if let Some(fields) = answer.as_object_mut() {
                fields.remove("status");
            }
            Answer::Json(StatusCode::CREATED, answer)
        }
        Some(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            handshake::error(status, error.kind, &error.reason)
        }
    })
}

fn new_id(state: &IntakeState) -> String {
    let id = format!("{:032x}", state.unique_hash());
    id[..20].to_owned()
}

fn refuse(state: &IntakeState, refusal: &Refusal, is_head: bool) -> Response<Body> {
    state.counters.count_refusal(refusal);
    let kind = match refusal {
        Refusal::Unauthenticated => "security_exception",
        Refusal::OverBudget | Refusal::StoreBusy { .. } => "es_rejected_execution_exception",
        Refusal::Malformed(_) | Refusal::Invalid(_) => "illegal_argument_exception",
        _ => "exception",
    };
    let answer = handshake::error(refusal.http_status(), kind, &refusal.to_string());
    let mut response = respond(answer, is_head);
    refusal.set_headers(response.headers_mut());
    response
}

fn respond(answer: Answer, is_head: bool) -> Response<Body> {
    let (status, content_type, body) = match answer {
        Answer::Json(status, body) => (status, "application/json", body.to_string().into_bytes()),
        Answer::Written(body) => (StatusCode::OK, "application/json", body),
        Answer::Text(body) => (StatusCode::OK, "text/plain; charset=utf-8", body.into_bytes()),
        Answer::Empty(status) => (status, "application/json", Vec::new()),
    };
    let body = if is_head { Body::empty() } else { Body::from(body) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(PRODUCT, HeaderValue::from_static("Elasticsearch"));
    response
}
