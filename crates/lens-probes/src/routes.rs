//! The HTTP API of the lens. Probes themselves are documents and are written as such.

use crate::ProbesState;
use crate::check::{self, ProbeCheck, ProbeCheckRequest, ProbeProblem};
use crate::documents::LIVE_PROBE;
use crate::list::{self, Probes};
use crate::snapshots::{self, ProbeSnapshots};
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use hannun_api::{ApiError, Caller, ErrorAnswer, TimeRange};
use hannun_model::limits::{PROBE_SNAPSHOTS_LISTED_DEFAULT, PROBE_SNAPSHOTS_LISTED_MAX};
use serde::Deserialize;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<ProbesState> {
    OpenApiRouter::new()
        .routes(routes!(list_probes))
        .routes(routes!(list_probe_snapshots))
        .routes(routes!(check_probe))
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Probes of one service; of all when not given.
    service: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SnapshotParameters {
    /// Snapshots, 50 unless told otherwise.
    limit: Option<usize>,
}

/// Live probes and the processes that could have them
#[utoipa::path(get, path = "/probes", operation_id = "listProbes", tag = "probes",
    params(TimeRange, ListParameters),
    responses((status = 200, body = Probes), (status = 400, body = ErrorAnswer)))]
async fn list_probes(
    State(state): State<ProbesState>,
    caller: Caller,
    range: Asked<TimeRange>,
    parameters: Asked<ListParameters>,
) -> Result<Json<Probes>, ApiError> {
    let scope = range?.0.scope()?;
    let service = parameters?.0.service.filter(|name| !name.is_empty());
    let can_edit = caller.require(LIVE_PROBE.edit_role).is_ok();
    let probes = list::probes(&state, &scope, service.as_deref(), can_edit, now_ms()).await?;
    Ok(Json(probes))
}

/// What a probe saw
#[utoipa::path(get, path = "/probes/{id}/snapshots", operation_id = "listProbeSnapshots",
    tag = "probes", params(("id" = String, Path, description = "Id of the document of the probe."),
        TimeRange, SnapshotParameters),
    responses((status = 200, body = ProbeSnapshots), (status = 400, body = ErrorAnswer)))]
async fn list_probe_snapshots(
    State(state): State<ProbesState>,
    id: Result<Path<String>, PathRejection>,
    range: Asked<TimeRange>,
    parameters: Asked<SnapshotParameters>,
) -> Result<Json<ProbeSnapshots>, ApiError> {
    let Path(id) = id?;
    let scope = range?.0.scope()?;
    let limit = match parameters?.0.limit.unwrap_or(PROBE_SNAPSHOTS_LISTED_DEFAULT) {
        limit if (1..=PROBE_SNAPSHOTS_LISTED_MAX).contains(&limit) => limit,
        _ => {
            let message = format!("limit must be 1 to {PROBE_SNAPSHOTS_LISTED_MAX}");
            return Err(ApiError::invalid(message));
        }
    };
    Ok(Json(snapshots::snapshots(&state.engine, &scope, &id, limit).await?))
}

/// Check the expressions of a probe before it is saved
#[utoipa::path(post, path = "/probes/check", operation_id = "checkProbe", tag = "probes",
    request_body = ProbeCheckRequest,
    responses((status = 200, body = ProbeCheck), (status = 400, body = ErrorAnswer)))]
async fn check_probe(
    State(state): State<ProbesState>,
    request: Result<Json<ProbeCheckRequest>, JsonRejection>,
) -> Result<Json<ProbeCheck>, ApiError> {
    let Json(request) = request?;
    let faults = |body: &Value| {
        let kind = state.ledger.kinds().get(LIVE_PROBE.name);
        let faults = kind.map_or_else(Vec::new, |kind| kind.faults(body));
        let problem = |fault: hannun_ledger::FieldError| ProbeProblem {
            field: fault.path,
            position: None,
            message: fault.message,
        };
        faults.into_iter().map(problem).collect()
    };
    Ok(Json(check::check(&request, faults)))
}

fn now_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
