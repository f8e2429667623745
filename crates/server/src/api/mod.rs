//! Hannun's own API under `/api/v1`, and what else the main listener serves.

mod business;
mod documents;
mod health;
mod people;
mod search;
mod session;
mod sql;
mod status;

use crate::access::{OwnerToken, require, require_unless_local};
use crate::body::{read_large, read_small};
use crate::metrics::Gatherer;
use crate::web;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use hannun_api::ApiError;
use hannun_bill_import::Imports;
use hannun_intake::IntakeState;
use hannun_intake::datadog::{self, DatadogState};
use hannun_lake::lake::Shared;
use hannun_ledger::Ledger;
use hannun_lens_catalog::CatalogState;
use hannun_lens_cost::CostState;
use hannun_lens_errors::ErrorsState;
use hannun_lens_logs::LogsState;
use hannun_lens_probes::ProbesState;
use hannun_probes::registry::Registry;
use hannun_query::Engine;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::Semaphore;
use utoipa::{OpenApi, openapi};
use utoipa_axum::router::OpenApiRouter;

/// What the routes share.
#[derive(Clone)]
pub struct ApiState {
    pub engine: Arc<Engine>,
    pub lake: Arc<Shared>,
    pub intake: Arc<IntakeState>,
    pub datadog: Arc<DatadogState>,
    pub probes: Arc<Registry>,
    pub gatherer: Arc<Gatherer>,
    pub ledger: Ledger,
    pub imports: Arc<Imports>,
    pub owner_token: OwnerToken,
    /// Addresses in use, known once every listener is open.
    pub listeners: Arc<OnceLock<BTreeMap<String, String>>>,
    /// Whether the listeners speak TLS.
    pub tls: bool,
    pub started: Instant,
    /// One request with a large body is read at a time.
    pub large_bodies: Arc<Semaphore>,
}

/// The routes of the main listener, intakes included.
pub fn router(state: ApiState) -> Router {
    let apply = plain(documents::apply_routes())
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), read_large));
    let closed = plain(routes())
        .with_state(state.clone())
        .merge(plain(hannun_lens_apm::routes::routes()).with_state(state.engine.clone()))
        .merge(plain(hannun_lens_traces::routes::routes()).with_state(state.engine.clone()))
        .merge(plain(hannun_lens_errors::routes::routes()).with_state(errors_state(&state)))
        .merge(plain(hannun_lens_deploys::routes::routes()).with_state(state.engine.clone()))
        .merge(plain(hannun_lens_dependencies::routes::routes()).with_state(state.engine.clone()))
        .merge(plain(hannun_lens_logs::routes::routes()).with_state(logs_state(&state)))
        .merge(plain(hannun_lens_catalog::routes::routes()).with_state(catalog_state(&state)))
        .merge(plain(hannun_lens_probes::routes::routes()).with_state(probes_state(&state)))
        .merge(plain(hannun_lens_cost::routes::routes()).with_state(cost_state(&state)))
        .layer(from_fn(read_small))
        .merge(apply)
        // What is uploaded is written down as it comes.
        .merge(plain(hannun_lens_cost::routes::upload_routes()).with_state(cost_state(&state)))
        // The last to be added is the first to be asked.
        .layer(from_fn_with_state(state.clone(), require));
    let description = Arc::new(description());
    let api = closed
        .merge(business::router(&state))
        .merge(plain(session::open_routes()).with_state(state.clone()).layer(from_fn(read_small)))
        .route("/openapi.json", get(move || async move { axum::Json((*description).clone()) }))
        .fallback(unknown);
    let metrics = Router::new()
        .route("/metrics", get(status::metrics))
        .layer(from_fn_with_state(state.clone(), require_unless_local))
        .with_state(state.clone());
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(state.clone())
        .merge(metrics)
        .nest("/api/v1", api)
        .route("/api/{*rest}", any(unknown))
        .fallback(web::serve)
        .layer(from_fn(web::protect))
        .nest("/otlp", hannun_intake::otlp::http_router(state.intake.clone()))
        .nest("/loki", hannun_intake::loki::router(state.intake.clone()))
        .nest("/datadog", datadog::router(state.datadog.clone()))
        .nest("/ingest", hannun_intake::lines::router(state.intake.clone()))
        .merge(hannun_intake::elasticsearch::router(state.intake))
}

fn errors_state(state: &ApiState) -> ErrorsState {
    ErrorsState { engine: state.engine.clone(), ledger: state.ledger.clone() }
}

fn catalog_state(state: &ApiState) -> CatalogState {
    CatalogState { engine: state.engine.clone(), ledger: state.ledger.clone() }
}

fn cost_state(state: &ApiState) -> CostState {
    CostState {
        engine: state.engine.clone(),
        ledger: state.ledger.clone(),
        lake: state.lake.clone(),
        imports: state.imports.clone(),
    }
}

fn probes_state(state: &ApiState) -> ProbesState {
    ProbesState {
        engine: state.engine.clone(),
        ledger: state.ledger.clone(),
        registry: state.probes.clone(),
    }
}

fn logs_state(state: &ApiState) -> LogsState {
    let intake = state.intake.clone();
    LogsState::new(
        state.engine.clone(),
        state.intake.logs.clone(),
        state.ledger.clone(),
        Arc::new(move || intake.is_draining()),
    )
}

/// The description of the API, from which clients are generated.
pub fn description() -> openapi::OpenApi {
    let parts = [
        session::open_routes().into_openapi(),
        routes().into_openapi(),
        documents::apply_routes().into_openapi(),
        business::routes().into_openapi(),
        hannun_lens_apm::routes::routes().into_openapi(),
        hannun_lens_traces::routes::routes().into_openapi(),
        hannun_lens_errors::routes::routes().into_openapi(),
        hannun_lens_deploys::routes::routes().into_openapi(),
        hannun_lens_dependencies::routes::routes().into_openapi(),
        hannun_lens_logs::routes::routes().into_openapi(),
        hannun_lens_catalog::routes::routes().into_openapi(),
        hannun_lens_probes::routes::routes().into_openapi(),
        hannun_lens_cost::routes::routes().into_openapi(),
        hannun_lens_cost::routes::upload_routes().into_openapi(),
    ];
    let mut description = Description::openapi();
    for part in parts {
        description = description.nest("/api/v1", part);
    }
    if let Some(components) = &mut description.components {
        for (name, schema) in &mut components.schemas {
            if !PARTIAL.contains(&name.as_str()) {
                require_every_field(schema);
            }
        }
    }
    description
}

/// Requests, in which a field may be left out, and errors, which leave out what does not concern
/// them.
const PARTIAL: [&str; 18] = [
    "Apply",
    "BusinessPoint",
    "CatalogCheckRequest",
    "CostCharges",
    "CostExplainRequest",
    "CostExploreRequest",
    "CostFilter",
    "DocumentWrite",
    "ErrorAnswer",
    "ErrorDetail",
    "ImportWanted",
    "NewKey",
    "PasswordChange",
    "RedeemLinkRequest",
    "SearchQuery",
    "SqlQuery",
    "TryRequest",
    "UserChange",
];

/// An answer has all its fields; what is unknown is null.
fn require_every_field(schema: &mut openapi::RefOr<openapi::Schema>) {
    if let openapi::RefOr::T(openapi::Schema::Object(object)) = schema {
        object.required = object.properties.keys().cloned().collect();
    }
}

/// The description of all that the routes do not tell.
#[derive(OpenApi)]
#[openapi(info(
    title = "Hannun",
    description = "Own API of Hannun. Sign in by POST /api/v1/session, or send \
        Authorization: Bearer with an API key or the owner token. Errors look like ErrorAnswer.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Description;

/// Routes for those who are known.
fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(status::routes())
        .merge(sql::routes())
        .merge(search::routes())
        .merge(session::routes())
        .merge(people::routes())
        .merge(documents::routes())
}

fn plain<S: Clone + Send + Sync + 'static>(routes: OpenApiRouter<S>) -> Router<S> {
    routes.split_for_parts().0
}

async fn unknown() -> ApiError {
    ApiError::not_found("there is no such route; see /api/v1/openapi.json")
}
