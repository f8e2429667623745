//! The routes of the backend, and what is answered there without being kept.

use super::answer::{self, Outcome, Success};
use super::logs::{self, Shared};
use super::{
    checks, columnar, distribution_points, events, intake, series_json, series_protobuf, sketches,
};
use crate::body::{self, Arrived};
use crate::compression::Encoding;
use crate::datadog::access::{admit, admit_with};
use crate::datadog::state::DatadogState;
use crate::door::{self, Decoded, Taken};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::routing::{MethodRouter, any, get, post};
use hannun_model::table::Table;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Response, StatusCode};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

/// Endpoints whose data has no place here, and why. Agents log an error for each that is not there.
const NOT_KEPT: &[(&str, &str)] = &[
    ("/api/v1/collector", PROCESSES),
    ("/api/v1/discovery", PROCESSES),
    ("/api/v2/proclcycle", PROCESSES),
    ("/api/v1/container", "containers are not listed apart from their telemetry"),
    ("/api/v2/contlcycle", "containers are not listed apart from their telemetry"),
    ("/api/v2/contimage", "images are not listed"),
    ("/api/v2/sbom", "what images are made of is not listed"),
    ("/api/v1/connections", "network connections are not kept"),
    ("/api/v1/orchestrator", KUBERNETES),
    ("/api/v2/orch", KUBERNETES),
    ("/api/v2/orchmanif", KUBERNETES),
    ("/api/v1/metadata", METADATA),
    ("/api/v1/host_metadata", METADATA),
    ("/api/v2/host_metadata", METADATA),
    ("/api/v1/tags/hosts/{host}", METADATA),
    ("/api/v2/agenthealth", METADATA),
    ("/api/v2/dbmmetrics", DATABASES),
    ("/api/v2/dbmactivity", DATABASES),
    ("/api/v2/dbmhealth", DATABASES),
    ("/api/v2/dbmmetadata", DATABASES),
    ("/api/v2/databasequery", DATABASES),
    ("/api/v2/ndm", DEVICES),
    ("/api/v2/ndmconfig", DEVICES),
    ("/api/v2/ndmflow", DEVICES),
    ("/api/v2/ndmtraps", DEVICES),
    ("/api/v2/netpath", DEVICES),
];

const PROCESSES: &str = "processes of hosts are not listed";
const KUBERNETES: &str = "objects of Kubernetes are not listed";
const METADATA: &str = "hosts are known by their telemetry, not by what agents say of them";
const DATABASES: &str = "samples of database monitoring are not kept";
const DEVICES: &str = "network devices and paths are not listed";

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    let mut router = Router::new()
        .route("/api/v1/series", endpoint(Endpoint::SeriesV1))
        .route("/api/v2/series", endpoint(Endpoint::SeriesV2))
        .route("/api/intake/metrics/v3/series", endpoint(Endpoint::SeriesV3))
        .route("/api/beta/sketches", endpoint(Endpoint::Sketches))
        .route("/api/v1/distribution_points", endpoint(Endpoint::DistributionPoints))
        .route("/api/v1/check_run", endpoint(Endpoint::CheckRun))
        .route("/api/v1/events", endpoint(Endpoint::Events))
        .route("/api/v2/events", endpoint(Endpoint::Events))
        .route("/intake", endpoint(Endpoint::Intake))
        .route("/intake/", endpoint(Endpoint::Intake))
        .route("/api/v2/logs", endpoint(Endpoint::LogsV2))
        .route("/v1/input", endpoint(Endpoint::LogsV1))
        .route("/v1/input/", endpoint(Endpoint::LogsV1))
        .route("/v1/input/{key}", logs_under_key())
        .route("/api/v1/validate", get(validate))
        .route("/api/v2/validate", get(validate));
    for (path, reason) in NOT_KEPT.iter().copied() {
        router = router.route(path, not_kept(path, reason));
    }
    router
}

/// What a route reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    SeriesV1,
    SeriesV2,
    SeriesV3,
    Sketches,
    DistributionPoints,
    CheckRun,
    Events,
    Intake,
    LogsV2,
    LogsV1,
}

impl Endpoint {
    /// The name of the bytes: equal ones of one sender under one name are one request.
    fn name(self) -> &'static str {
        match self {
            Self::SeriesV1 => "/api/v1/series",
            Self::SeriesV2 => "/api/v2/series",
            Self::SeriesV3 => "/api/intake/metrics/v3/series",
            Self::Sketches => "/api/beta/sketches",
            Self::DistributionPoints => "/api/v1/distribution_points",
            Self::CheckRun => "/api/v1/check_run",
            Self::Events => "/api/v1/events",
            Self::Intake => "/intake/",
            Self::LogsV2 | Self::LogsV1 => "/api/v2/logs",
        }
    }

    fn table(self) -> Table {
        match self {
            Self::SeriesV1
            | Self::SeriesV2
            | Self::SeriesV3
            | Self::Sketches
            | Self::DistributionPoints => Table::MetricPoints,
            Self::CheckRun | Self::Events | Self::Intake | Self::LogsV2 | Self::LogsV1 => {
                Table::Logs
            }
        }
    }

    fn success(self) -> Success {
        match self {
            Self::SeriesV1
            | Self::DistributionPoints
            | Self::CheckRun
            | Self::Events
            | Self::Intake => Success::StatusOk,
            Self::SeriesV2 | Self::SeriesV3 | Self::Sketches => Success::NoErrors,
            Self::LogsV2 => Success::Empty(StatusCode::ACCEPTED),
            Self::LogsV1 => Success::Empty(StatusCode::OK),
        }
    }
}

fn endpoint(endpoint: Endpoint) -> MethodRouter<Arc<DatadogState>> {
    post(move |State(state): State<Arc<DatadogState>>, request: Request| async move {
        respond(&state, endpoint, receive(&state, endpoint, None, request).await)
    })
}

/// The path that ends in a key.
fn logs_under_key() -> MethodRouter<Arc<DatadogState>> {
    post(
        move |State(state): State<Arc<DatadogState>>, Path(key): Path<String>, request: Request| async move {
            let endpoint = Endpoint::LogsV1;
            respond(&state, endpoint, receive(&state, endpoint, Some(&key), request).await)
        },
    )
}

fn respond(
    state: &DatadogState,
    endpoint: Endpoint,
    received: Result<Taken<Outcome>, Refusal>,
) -> Response<Body> {
    match received {
        Ok(Taken { answer, tally, .. }) => {
            let accepted = answer.accepted;
            answer::taken(endpoint.success(), accepted, &answer.complaints(&tally))
        }
        Err(refusal) => refuse(state, &refusal),
    }
}

fn refuse(state: &DatadogState, refusal: &Refusal) -> Response<Body> {
    state.intake.counters.count_refusal(refusal);
    answer::refused(refusal)
}

async fn receive(
    state: &Arc<DatadogState>,
    endpoint: Endpoint,
    key: Option<&str>,
    request: Request,
) -> Result<Taken<Outcome>, Refusal> {
    admit_with(state, &request, key)?;
    let media_type = body::media_type(request.headers());
    let shared = Shared::of_query(request.uri().query().unwrap_or_default());
    // Two machines may well count the same in the same second; one that repeats itself does not.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let route = format!("{} {peer:?} {shared:?}", endpoint.name());
    let arrived = read(state, request).await?;
    let unkept = state.clone();
    let decode = move |message: &[u8], hold: &mut crate::budget::Hold, clock| {
        // What is read stands in memory beside its text.
        if !hold.grow(message.len()) {
            return Err(Refusal::OverBudget);
        }
        let media_type = media_type.as_deref();
        let decoded: (Decoded, Outcome) = match endpoint {
            Endpoint::SeriesV2 if !is_json(media_type, message) => {
                series_protobuf::map(message, clock)?
            }
            Endpoint::SeriesV1 | Endpoint::SeriesV2 => series_json::map(message, clock)?,
            Endpoint::SeriesV3 => columnar::map(message, hold, clock)?,
            Endpoint::Sketches => sketches::map(message, clock)?,
            Endpoint::DistributionPoints => distribution_points::map(message, clock)?,
            Endpoint::CheckRun => checks::map(message, clock)?,
            Endpoint::Events => events::map(message, clock)?,
            Endpoint::Intake => intake::map(message, &unkept.unkept, clock)?,
            Endpoint::LogsV2 | Endpoint::LogsV1 => logs::map(message, media_type, &shared, clock)?,
        };
        Ok(decoded)
    };
    door::take(&state.intake, endpoint.table(), &route, arrived, decode).await
}

async fn read(state: &DatadogState, request: Request) -> Result<Arrived, Refusal> {
    let encoding = encoding_of(request.headers())?;
    body::read_as(&state.intake, request, encoding).await
}

/// The API client for Python calls zstd `zstd1`.
fn encoding_of(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        Some(b"zstd1") => Ok(Encoding::Zstd),
        _ => body::encoding_of(headers),
    }
}

/// Whether the body is JSON: it says so, or it says nothing and begins like an object.
fn is_json(media_type: Option<&str>, body: &[u8]) -> bool {
    match media_type {
        Some("application/x-protobuf" | "application/octet-stream") => false,
        Some(media_type) if media_type.contains("json") => true,
        // A protobuf message of series begins with 0x0a.
        _ => body.first() == Some(&b'{'),
    }
}

/// Whether the key of the sender is good, which agents ask first.
async fn validate(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    match admit(&state, &request) {
        Ok(()) => answer::json(StatusCode::OK, &json!({"valid": true})),
        Err(refusal) => refuse(&state, &refusal),
    }
}

/// Reads a body, counts it and answers as if it had been kept.
fn not_kept(path: &'static str, reason: &'static str) -> MethodRouter<Arc<DatadogState>> {
    any(move |State(state): State<Arc<DatadogState>>, request: Request| async move {
        let taken = async {
            admit(&state, &request)?;
            let arrived = body::read_as(&state.intake, request, Encoding::Identity).await?;
            Ok::<usize, Refusal>(arrived.body.len())
        };
        match taken.await {
            Ok(bytes) => {
                state.unkept.count(path, reason, bytes);
                answer::taken(Success::StatusOk, 0, &[])
            }
            Err(refusal) => refuse(&state, &refusal),
        }
    })
}
