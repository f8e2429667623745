//! Remote configuration, and what live probes send back.
//!
//! Clients ask for their probes on `/v0.7/config`. What the probes see comes on `/debugger/v1/input`
//! or `/debugger/v2/input`, whichever `/info` lists, and how they fare on `/debugger/v1/diagnostics`,
//! where some clients send both. So each path takes everything, as JSON or as a form. Snapshots and
//! changes of status become rows of `logs`: retention, pipelines and search are those of logs.

mod rows;
#[cfg(test)]
mod tests;

use super::access::admit;
use super::backend::answer::{json, refused};
use super::profiles::multipart;
use super::state::DatadogState;
use crate::body::{self, Arrived};
use crate::budget::Hold;
use crate::compression::{Encoding, inflate};
use crate::door;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::routing::post;
use hannun_model::limits::PROBE_JSON_TREE_FACTOR;
use hannun_model::table::Table;
use hannun_probes::event::{self, Event};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use rows::Origin;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Header with the id of the container that a client runs in.
const CONTAINER_ID: &str = "datadog-container-id";

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    let input = post(input).put(input);
    Router::new()
        .route("/v0.7/config", post(configure).put(configure))
        .route("/debugger/v1/input", input.clone())
        .route("/debugger/v2/input", input.clone())
        .route("/debugger/v1/diagnostics", input)
}

async fn configure(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    match configuration(&state, request).await {
        Ok(answer) => {
            let mut response = Response::new(Body::from(answer));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(refusal) => refuse(&state, &refusal),
    }
}

async fn configuration(state: &DatadogState, request: Request) -> Result<Vec<u8>, Refusal> {
    admit(state, &request)?;
    let Arrived { encoding, body, mut hold } = body::read(&state.intake, request).await?;
    let limit_bytes = state.intake.budget.limit_bytes();
    let message = match encoding {
        Encoding::Identity => body,
        encoding => inflate(encoding, &body, limit_bytes, &mut hold)?.into(),
    };
    if !hold.grow(message.len().saturating_mul(PROBE_JSON_TREE_FACTOR)) {
        return Err(Refusal::OverBudget);
    }
    state.remote_config.configure(&message, now_ms()).map_err(Refusal::Malformed)
}

async fn input(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    match take(&state, request).await {
        Ok(()) => json(StatusCode::OK, &serde_json::json!({})),
        Err(refusal) => refuse(&state, &refusal),
    }
}

async fn take(state: &Arc<DatadogState>, request: Request) -> Result<(), Refusal> {
    admit(state, &request)?;
    let origin = origin(state, &request);
    let headers = request.headers();
    let boundary = match body::media_type(headers).as_deref() {
        Some("multipart/form-data") => {
            let header = text_of(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
            Some(multipart::boundary(&header).map_err(malformed)?.into_owned())
        }
        _ => None,
    };
    let arrived = body::read(&state.intake, request).await?;
    let shared = state.clone();
    let decode = move |message: &[u8], hold: &mut Hold, clock| {
        // Trees of JSON stand in memory beside their text.
        if !hold.grow(message.len().saturating_mul(PROBE_JSON_TREE_FACTOR)) {
            return Err(Refusal::OverBudget);
        }
        let events = read(message, boundary.as_deref())?;
        rows::decode(&shared, events, &origin, clock).map(|decoded| (decoded, ()))
    };
    door::take(&state.intake, Table::Logs, "probe", arrived, decode).await.map(|_| ())
}

/// Events of a body, or of the parts of a form.
fn read(message: &[u8], boundary: Option<&str>) -> Result<Vec<Event>, Refusal> {
    let Some(boundary) = boundary else { return event::read(message).map_err(malformed) };
    let mut events = Vec::new();
    for part in multipart::read(boundary, message).map_err(malformed)? {
        events.append(&mut event::read(part.body).map_err(malformed)?);
    }
    Ok(events)
}

/// What is said about the sender of events beside them.
fn origin(state: &DatadogState, request: &Request) -> Origin {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_none_or(|peer| peer.0.ip().to_canonical().is_loopback());
    let parameters = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
    let mut parameters = parameters.map(|Query(it)| it).unwrap_or_default().into_iter();
    let tags = parameters.find(|(name, _)| name == "ddtags").map(|(_, tags)| tags);
    Origin {
        tags: tags.unwrap_or_default(),
        container_id: text_of(request.headers(), CONTAINER_ID),
        host_name: state.host_name.clone().filter(|_| is_here),
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn malformed(error: impl std::error::Error) -> Refusal {
    Refusal::Malformed(error.to_string())
}

fn refuse(state: &DatadogState, refusal: &Refusal) -> Response<Body> {
    state.intake.counters.count_refusal(refusal);
    refused(refusal)
}

fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
