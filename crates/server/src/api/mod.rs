//! Hannun's own API and its first page.

mod health;
mod page;
mod sql;
mod status;

use crate::access::{OwnerToken, require};
use crate::metrics::Gatherer;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use hannun_intake::IntakeState;
use hannun_lake::lake::Shared;
use hannun_query::Engine;
use std::sync::Arc;

/// What the routes share.
#[derive(Debug, Clone)]
pub struct ApiState {
    pub engine: Arc<Engine>,
    pub lake: Arc<Shared>,
    pub intake: Arc<IntakeState>,
    pub gatherer: Arc<Gatherer>,
}

/// The routes of the main listener, intakes included.
pub fn router(state: ApiState, token: OwnerToken) -> Router {
    let otlp = hannun_intake::otlp::http_router(state.intake.clone());
    let own = Router::new()
        .route("/", get(page::page))
        .route("/metrics", get(status::metrics))
        .route("/api/v1/status", get(status::status))
        .route("/api/v1/sql", post(sql::sql))
        .layer(from_fn_with_state(token, require))
        .with_state(state.clone());
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(state)
        .merge(own)
        .nest("/otlp", otlp)
}
