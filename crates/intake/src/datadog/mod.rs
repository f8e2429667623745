//! Datadog's agents and SDKs, unmodified: the API of their agent, DogStatsD, and the API of their
//! backend.
//!
//! Both HTTP APIs are one router, which the listener of the agent serves at `/` and the main listener
//! under `/datadog`: a sender needs one changed variable, whichever of the two it believes to talk to.

pub mod access;
pub mod backend;
pub mod dogstatsd;
pub mod points;
pub mod probes;
pub mod profiles;
pub mod proxy;
pub mod sketch;
pub mod state;
pub mod stats;
pub mod tags;
pub mod traces;
pub mod unkept;

pub use state::{DatadogState, NoProbes, RemoteConfig};

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use std::sync::Arc;

/// Everything over HTTP.
pub fn router(state: Arc<DatadogState>) -> Router {
    Router::new()
        .merge(traces::routes())
        .merge(stats::routes())
        .merge(profiles::routes())
        .merge(proxy::routes())
        .merge(dogstatsd::routes())
        .merge(backend::routes())
        .merge(probes::routes())
        .fallback(any(unknown))
        .with_state(state)
}

/// A sender that asks for what is not here is told what is.
async fn unknown(uri: http::Uri) -> Response<Body> {
    let text = serde_json::json!({
        "errors": [format!("there is no {} here", uri.path())],
        "endpoints": traces::info::ENDPOINTS,
    });
    let mut response = Response::new(Body::from(text.to_string()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
