//! The routes of the trace agent.

use super::super::access::admit;
use super::super::state::DatadogState;
use super::super::stats::is_counted_by_spans;
use super::info;
use super::map::Request as About;
use super::receive::{Version, decode};
use crate::body;
use crate::door::take;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::routing::{get, put};
use hannun_model::table::Table;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// Header by which clients notice that `/info` has changed.
const AGENT_STATE: &str = "datadog-agent-state";
/// What an entity id begins with when it is that of a container.
const CONTAINER_ENTITY: &str = "ci-";

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    let mut router = Router::new().route("/info", get(tell));
    for version in [Version::V03, Version::V04, Version::V05, Version::V07, Version::Agent] {
        let handler = move |State(state): State<Arc<DatadogState>>, request: Request| async move {
            answer(&state, version, request).await
        };
        router = router.route(version.path(), put(handler).post(handler));
    }
    router
}

async fn tell() -> Response<Body> {
    json(StatusCode::OK, info::BODY.clone())
}

async fn answer(state: &Arc<DatadogState>, version: Version, request: Request) -> Response<Body> {
    match receive(state, version, request).await {
        // Clients of this version know no rates.
        Ok(_) if version == Version::V03 => {
            let mut response = Response::new(Body::from("OK\n"));
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, text);
            response
        }
        Ok(rates) => json(StatusCode::OK, rates),
        Err(refusal) => {
            state.intake.counters.count_refusal(&refusal);
            refused(&refusal)
        }
    }
}

async fn receive(
    state: &Arc<DatadogState>,
    version: Version,
    request: Request,
) -> Result<String, Refusal> {
    admit(state, &request)?;
    if body::media_type(request.headers()).as_deref() == Some("application/json") {
        return Err(Refusal::Unsupported(
            "traces as JSON are not read: send application/msgpack".to_owned(),
        ));
    }
    let about = about(state, version, &request);
    // What headers say is a part of the rows.
    let route = format!("datadog {} {about:?}", version.path());
    let arrived = body::read(&state.intake, request).await?;
    let taken = take(&state.intake, Table::Spans, &route, arrived, move |bytes, hold, clock| {
        decode(version, bytes, &about, hold, clock)
    })
    .await?;
    if let Some(message) = taken.tally.rejection_message() {
        tracing::debug!(path = version.path(), "{message}");
    }
    Ok(state.sampler.answer(&taken.answer))
}

/// What the headers of a payload say.
fn about(state: &DatadogState, version: Version, request: &Request) -> About {
    let headers = request.headers();
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().trim().to_owned()
    };
    let mut container_id = text("datadog-container-id");
    if container_id.is_empty() {
        let entity = text("datadog-entity-id");
        container_id = entity.strip_prefix(CONTAINER_ENTITY).unwrap_or_default().to_owned();
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    // A Unix socket has no address, and only this machine.
    let is_local = peer.is_none_or(|peer| peer.to_canonical().is_loopback());
    let host_name = state.host_name.as_ref().filter(|_| is_local);
    let language = text("datadog-meta-lang");
    // An agent counts the spans of all its tracers before it sends some of them.
    let computes_stats = version == Version::Agent
        || is_true(headers, "datadog-client-computed-stats") && !is_counted_by_spans(&language);
    About {
        container_id,
        language,
        language_version: text("datadog-meta-lang-version"),
        interpreter: text("datadog-meta-lang-interpreter"),
        tracer_version: text("datadog-meta-tracer-version"),
        host_name: host_name.cloned().unwrap_or_default(),
        computes_stats,
        drops_unsampled: state.sampler.has_budget(),
    }
}

/// Whether a header says yes: clients have many words for it, and two for no.
fn is_true(headers: &HeaderMap, name: &str) -> bool {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "f" | "false" | "no")
}

fn json(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(AGENT_STATE, info::STATE.clone());
    response
}

/// Why a payload was not taken, as clients log it.
fn refused(refusal: &Refusal) -> Response<Body> {
    let (status, text) = match refusal {
        Refusal::Unauthenticated => (StatusCode::FORBIDDEN, "Forbidden".to_owned()),
        other => (other.http_status(), other.to_string()),
    };
    let mut response = json(status, serde_json::json!({ "errors": [text] }).to_string());
    refusal.set_headers(response.headers_mut());
    response
}
