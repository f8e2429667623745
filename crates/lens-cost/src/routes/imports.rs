//! Routes of imports, uploads, snapshots and restatements.

use crate::CostState;
use crate::imports::{ImportJob, Restatement, SnapshotSummary};
use crate::sources::{COST_SOURCE, CostSource};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use futures::StreamExt;
use hannun_api::{ApiError, Caller, ErrorAnswer};
use hannun_bill_import::credentials::Credentials;
use hannun_bill_import::request::Location;
use hannun_bill_import::{ImportError, ImportRequest, Job};
use hannun_ledger::{LedgerError, Role};
use hannun_model::limits::{
    COST_NAME_BYTES_MAX, IMPORT_SILENCE_SECONDS_MAX, IMPORT_UPLOAD_BYTES_MAX,
    RESTATEMENTS_SHOWN_MAX,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use ulid::Ulid;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes whose requests are small.
pub fn routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new()
        .routes(routes!(start_import, list_imports))
        .routes(routes!(get_import, cancel_import))
        .routes(routes!(list_snapshots))
        .routes(routes!(list_restatements))
}

/// The route that takes files, which are kept as they come.
pub fn upload_routes() -> OpenApiRouter<CostState> {
    OpenApiRouter::new().routes(routes!(upload_bill))
}

/// What is to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWanted {
    /// `s3://bucket/prefix`, or a path of the machine that Hannun runs on; only an owner may name
    /// one. A cost source that is named knows its own.
    location: Option<String>,
    /// Cost source that the bill is kept as. When there is a document of this id, it says how the
    /// bucket is reached.
    source: String,
    /// The account that pays.
    account: Option<String>,
    /// Currency of a bill that does not say it.
    currency: Option<String>,
    /// Region of the bucket; for owners.
    region: Option<String>,
    /// Address of a store that speaks S3 and is not that of AWS; for owners.
    endpoint: Option<String>,
    /// Profile of the shared credentials file of AWS; for owners.
    profile: Option<String>,
    /// Read and check, and keep nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UploadParameters {
    /// Cost source that the bill is kept as.
    source: String,
    /// Name of the file, for messages.
    file_name: Option<String>,
    /// The account that pays.
    account: Option<String>,
    /// Currency of a bill that does not say it.
    currency: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SourceParameter {
    /// Only of this cost source.
    source: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RestatementParameters {
    /// Only of this cost source.
    source: Option<String>,
    /// Only of the billing period that begins at this moment.
    period_start_ms: Option<i64>,
}

/// Imports, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct ImportJobs {
    jobs: Vec<ImportJob>,
}

/// Snapshots, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct Snapshots {
    snapshots: Vec<SnapshotSummary>,
}

/// Restated amounts, those of the newest snapshot first.
#[derive(Debug, Serialize, ToSchema)]
struct Restatements {
    rows: Vec<Restatement>,
    /// Whether there are more, smaller ones.
    truncated: bool,
}

/// Import a bill
#[utoipa::path(post, path = "/cost/imports", operation_id = "startImport", tag = "cost",
    request_body = ImportWanted,
    responses((status = 202, body = ImportJob), (status = 400, body = ErrorAnswer),
        (status = 403, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
async fn start_import(
    State(state): State<CostState>,
    caller: Caller,
    request: Result<Json<ImportWanted>, JsonRejection>,
) -> Result<(StatusCode, Json<ImportJob>), ApiError> {
    caller.require(Role::Editor)?;
    let Json(wanted) = request?;
    let (request, is_own) = request_of(&state, wanted).await?;
    if !is_own {
        // It reads whatever the server may read, asks whom the server can reach, and with its keys.
        caller.require(Role::Owner)?;
    }
    accepted(state.imports.add(request))
}

/// What is asked for, and whether it is where a cost source says, reached as it says.
async fn request_of(
    state: &CostState,
    wanted: ImportWanted,
) -> Result<(ImportRequest, bool), ApiError> {
    let source = source_name(wanted.source)?;
    let known = match state.ledger.document(COST_SOURCE.name, &source).await {
        Ok(document) => Some(CostSource::of(&document).request),
        Err(LedgerError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let is_known = known.is_some();
    let own = known.as_ref().map(|known| (known.location.clone(), known.access.clone()));
    let mut request = known.unwrap_or_default();
    request.source = source;
    match wanted.location.filter(|location| !location.is_empty()) {
        Some(location) => request.location = Location::parse(&location),
        None if is_known => {}
        None => {
            return Err(ApiError::invalid(
                "location is missing, and there is no cost source of this name that knows it",
            ));
        }
    }
    request.account = said(wanted.account).or(request.account);
    request.currency = said(wanted.currency).or(request.currency);
    request.access.region = said(wanted.region).or(request.access.region);
    request.access.endpoint = said(wanted.endpoint).or(request.access.endpoint);
    if let Some(profile) = said(wanted.profile) {
        request.access.credentials = Credentials::Profile(profile);
    }
    request.dry_run = wanted.dry_run;
    request.check().map_err(|error| ApiError::invalid(error.to_string()))?;
    let is_own = own.is_some_and(|own| own == (request.location.clone(), request.access.clone()));
    Ok((request, is_own))
}

/// What a form leaves empty is not said.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn source_name(name: String) -> Result<String, ApiError> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.len() > COST_NAME_BYTES_MAX {
        let message = format!("source is a name of 1 to {COST_NAME_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    Ok(name)
}

fn accepted(job: Result<Arc<Job>, ImportError>) -> Result<(StatusCode, Json<ImportJob>), ApiError> {
    let job = job.map_err(|error| {
        let mut busy =
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "imports_full", error.to_string());
        busy.retry_after_seconds = Some(30);
        busy
    })?;
    Ok((StatusCode::ACCEPTED, Json(ImportJob::new(&job))))
}

/// Imports that run, wait or ended lately
#[utoipa::path(get, path = "/cost/imports", operation_id = "listImports", tag = "cost",
    responses((status = 200, body = ImportJobs)))]
async fn list_imports(State(state): State<CostState>) -> Json<ImportJobs> {
    let jobs = state.imports.jobs();
    Json(ImportJobs { jobs: jobs.iter().map(|job| ImportJob::new(job)).collect() })
}

/// One import
#[utoipa::path(get, path = "/cost/imports/{id}", operation_id = "getImport", tag = "cost",
    params(("id" = String, Path)),
    responses((status = 200, body = ImportJob), (status = 404, body = ErrorAnswer)))]
async fn get_import(
    State(state): State<CostState>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportJob>, ApiError> {
    Ok(Json(ImportJob::new(&*job(&state, &id?.0)?)))
}

/// End an import; what is committed stays
#[utoipa::path(delete, path = "/cost/imports/{id}", operation_id = "cancelImport", tag = "cost",
    params(("id" = String, Path)),
    responses((status = 200, body = ImportJob), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn cancel_import(
    State(state): State<CostState>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportJob>, ApiError> {
    caller.require(Role::Editor)?;
    let job = job(&state, &id?.0)?;
    job.cancel();
    Ok(Json(ImportJob::new(&job)))
}

fn job(state: &CostState, id: &str) -> Result<Arc<Job>, ApiError> {
    let message = "there is no such import; the last few hundred are remembered";
    state.imports.job(id).ok_or_else(|| ApiError::not_found(message))
}

/// Import a bill that is sent as the body
#[utoipa::path(post, path = "/cost/uploads", operation_id = "uploadBill", tag = "cost",
    params(UploadParameters),
    request_body(content = String, content_type = "application/octet-stream"),
    responses((status = 202, body = ImportJob), (status = 400, body = ErrorAnswer),
        (status = 403, body = ErrorAnswer), (status = 413, body = ErrorAnswer)))]
async fn upload_bill(
    State(state): State<CostState>,
    caller: Caller,
    parameters: Result<Query<UploadParameters>, QueryRejection>,
    body: Body,
) -> Result<(StatusCode, Json<ImportJob>), ApiError> {
    caller.require(Role::Editor)?;
    let Query(UploadParameters { source, file_name, account, currency }) = parameters?;
    let source = source_name(source)?;
    let file_name = file_name.filter(|name| !name.is_empty() && name.len() <= 300);
    let spooled =
        Spooled { path: state.imports.spool().join(Ulid::new().to_string()), kept: false };
    receive(&spooled.path, body).await?;
    let request = ImportRequest {
        location: Location::Upload {
            path: spooled.path.clone(),
            file_name: file_name.unwrap_or_else(|| "upload".to_owned()),
        },
        source,
        account: said(account),
        currency: said(currency),
        ..ImportRequest::default()
    };
    request.check().map_err(|error| ApiError::invalid(error.to_string()))?;
    let answer = accepted(state.imports.add(request))?;
    spooled.keep();
    Ok(answer)
}

/// A file that is deleted unless its import was accepted, which then does.
struct Spooled {
    path: PathBuf,
    kept: bool,
}

impl Spooled {
    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if !self.kept {
            // It may never have been made.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

async fn receive(path: &std::path::Path, body: Body) -> Result<(), ApiError> {
    let failed = |error: std::io::Error| {
        let message = format!("the upload cannot be kept: {error}");
        ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "no_room", message)
    };
    let mut file = tokio::fs::File::create(path).await.map_err(failed)?;
    let mut parts = body.into_data_stream();
    let mut bytes = 0;
    let silence = Duration::from_secs(IMPORT_SILENCE_SECONDS_MAX);
    while let Some(part) = tokio::time::timeout(silence, parts.next()).await.map_err(|_| {
        let message = format!("nothing came for {IMPORT_SILENCE_SECONDS_MAX} s");
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", message)
    })? {
        let part = part.map_err(|error| ApiError::invalid(format!("the upload broke: {error}")))?;
        bytes += part.len() as u64;
        if bytes > IMPORT_UPLOAD_BYTES_MAX {
            let message = format!(
                "a file that is uploaded has at most {IMPORT_UPLOAD_BYTES_MAX} bytes; import it \
                 with `hannun cost import`"
            );
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message));
        }
        file.write_all(&part).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
}

/// Bills that were imported, those that others have replaced included
#[utoipa::path(get, path = "/cost/snapshots", operation_id = "listCostSnapshots", tag = "cost",
    params(SourceParameter), responses((status = 200, body = Snapshots)))]
async fn list_snapshots(
    State(state): State<CostState>,
    parameters: Result<Query<SourceParameter>, QueryRejection>,
) -> Result<Json<Snapshots>, ApiError> {
    let source = parameters?.0.source;
    let view = state.lake.bills.view();
    Ok(Json(Snapshots { snapshots: SnapshotSummary::of_view(&view, source.as_deref()) }))
}

/// Amounts that a delivery has otherwise than the one before
#[utoipa::path(get, path = "/cost/restatements", operation_id = "listRestatements", tag = "cost",
    params(RestatementParameters), responses((status = 200, body = Restatements)))]
async fn list_restatements(
    State(state): State<CostState>,
    parameters: Result<Query<RestatementParameters>, QueryRejection>,
) -> Result<Json<Restatements>, ApiError> {
    let Query(RestatementParameters { source, period_start_ms }) = parameters?;
    let view = state.lake.bills.view();
    let (rows, truncated) =
        Restatement::of_view(&view, source.as_deref(), period_start_ms, RESTATEMENTS_SHOWN_MAX);
    Ok(Json(Restatements { rows, truncated }))
}
