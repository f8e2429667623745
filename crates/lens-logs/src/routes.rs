//! The HTTP API of the lens.

use crate::LogsState;
use crate::export::{self, Export, ExportFormat};
use crate::facets::{self, DEFAULT_FIELDS, Facets};
use crate::field::Field;
use crate::histogram::{self, Histogram};
use crate::list::{self, LogsAnswer, Page};
use crate::patterns::{self, Patterns};
use crate::question::{Question, SearchText};
use crate::record::{self, LogContext, LogRecord};
use crate::row::Order;
use crate::suggestions::{self, Suggestions};
use crate::tail::{Chosen, Tail};
use crate::volume::{self, Grouping, Volume};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::{
    LOGS_CONTEXT_MAX, LOGS_EXPORT_RECORDS_MAX, LOGS_EXPORTS_MAX, LOGS_FACET_VALUES_MAX,
    LOGS_FACETS_MAX, LOGS_GROUPS_MAX, LOGS_LISTED_DEFAULT, LOGS_LISTED_MAX, LOGS_TAILS_MAX,
    RETRY_AFTER_SECONDS,
};
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How many records an export has, so that its client can show how far it is.
const TOTAL_HEADER: &str = "hannun-total-rows";
const BUCKETS_DEFAULT: u32 = 60;
const VOLUME_BUCKETS_DEFAULT: u32 = 48;
const FACET_VALUES_DEFAULT: usize = 10;
const GROUPS_DEFAULT: usize = 20;
const PATTERNS_DEFAULT: usize = 100;
const CONTEXT_DEFAULT: usize = 20;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<LogsState> {
    OpenApiRouter::new()
        .routes(routes!(list_logs))
        .routes(routes!(get_log))
        .routes(routes!(get_log_context))
        .routes(routes!(get_log_histogram))
        .routes(routes!(list_log_facets))
        .routes(routes!(list_log_patterns))
        .routes(routes!(get_log_volume))
        .routes(routes!(list_log_suggestions))
        .routes(routes!(tail_logs))
        .routes(routes!(export_logs))
        .merge(crate::pipelines::routes::routes())
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Records of a page, 100 unless told otherwise.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `desc` (newest first, the default) or `asc`.
    order: Option<String>,
    /// Fields shown beside the usual ones, between commas, such as `@http.route,version`.
    columns: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecordParameters {
    /// Id of a record.
    id: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContextParameters {
    /// Id of a record.
    id: String,
    /// Records before and after it, each; 20 unless told otherwise.
    count: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistogramParameters {
    /// Parts of the time at most, 60 unless told otherwise.
    buckets: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FacetParameters {
    /// Fields between commas; status, service, env, host, container_name and kube_namespace unless
    /// told otherwise.
    fields: Option<String>,
    /// Values of a field, 10 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PatternParameters {
    /// The time that is compared with, in milliseconds since 1970. Patterns that have no record
    /// there are new.
    compare_from_ms: Option<i64>,
    /// Its end, exclusive.
    compare_to_ms: Option<i64>,
    /// Patterns, 100 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VolumeParameters {
    /// `service` (the default), `status`, `container`, `pattern`, `host`, `env` or any other field.
    group_by: Option<String>,
    /// Parts of the time at most, 48 unless told otherwise.
    buckets: Option<u32>,
    /// Groups, 20 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TailParameters {
    /// Deployment environment; `none` is records without one. All when not given.
    environment: Option<String>,
    /// Fields shown beside the usual ones, between commas.
    columns: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportParameters {
    /// `csv` or `ndjson` (the default).
    format: Option<String>,
    /// Fields beside the usual ones, between commas; all attributes when not given.
    columns: Option<String>,
}

/// Log records, page by page
#[utoipa::path(get, path = "/logs", operation_id = "listLogs", tag = "logs",
    params(SearchText, TimeRange, ListParameters),
    responses((status = 200, body = LogsAnswer), (status = 400, body = ErrorAnswer)))]
async fn list_logs(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<ListParameters>,
) -> Result<Json<LogsAnswer>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let columns = columns(parameters.columns.as_deref())?;
    let order = match parameters.order.as_deref() {
        None | Some("desc") => Order::NewestFirst,
        Some("asc") => Order::OldestFirst,
        Some(_) => return Err(ApiError::invalid("order must be asc or desc")),
    };
    let page = Page {
        question: &question,
        also: None,
        columns: &columns,
        order,
        limit: count("limit", parameters.limit, LOGS_LISTED_DEFAULT, LOGS_LISTED_MAX)?,
        start: parameters.cursor.as_deref().map(str::parse).transpose()?,
    };
    Ok(Json(list::page(&state.engine, &page).await?))
}

/// One log record in full
#[utoipa::path(get, path = "/logs/record", operation_id = "getLog", tag = "logs",
    params(RecordParameters),
    responses((status = 200, body = LogRecord), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_log(
    State(state): State<LogsState>,
    parameters: Asked<RecordParameters>,
) -> Result<Json<LogRecord>, ApiError> {
    let id = record::parse_id(&parameters?.0.id)?;
    record::record(&state.engine, id).await?.map(Json).ok_or_else(no_record)
}

/// The lines before and after a log record, from the same source
#[utoipa::path(get, path = "/logs/context", operation_id = "getLogContext", tag = "logs",
    params(ContextParameters),
    responses((status = 200, body = LogContext), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_log_context(
    State(state): State<LogsState>,
    parameters: Asked<ContextParameters>,
) -> Result<Json<LogContext>, ApiError> {
    let Query(parameters) = parameters?;
    let id = record::parse_id(&parameters.id)?;
    let count = count("count", parameters.count, CONTEXT_DEFAULT, LOGS_CONTEXT_MAX)?;
    record::context(&state.engine, id, count).await?.map(Json).ok_or_else(no_record)
}

/// Log records by status over time
#[utoipa::path(get, path = "/logs/histogram", operation_id = "getLogHistogram", tag = "logs",
    params(SearchText, TimeRange, HistogramParameters),
    responses((status = 200, body = Histogram), (status = 400, body = ErrorAnswer)))]
async fn get_log_histogram(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<HistogramParameters>,
) -> Result<Json<Histogram>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let buckets = parameters?.0.buckets.unwrap_or(BUCKETS_DEFAULT);
    Ok(Json(histogram::histogram(&state.engine, &question, buckets).await?))
}

/// The most frequent values of fields
#[utoipa::path(get, path = "/logs/facets", operation_id = "listLogFacets", tag = "logs",
    params(SearchText, TimeRange, FacetParameters),
    responses((status = 200, body = Facets), (status = 400, body = ErrorAnswer)))]
async fn list_log_facets(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<FacetParameters>,
) -> Result<Json<Facets>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let fields = Field::parse_list(parameters.fields.as_deref().unwrap_or(DEFAULT_FIELDS))?;
    if fields.is_empty() || fields.len() > LOGS_FACETS_MAX {
        let message = format!("fields must name 1 to {LOGS_FACETS_MAX} fields");
        return Err(ApiError::invalid(message));
    }
    let limit = count("limit", parameters.limit, FACET_VALUES_DEFAULT, LOGS_FACET_VALUES_MAX)?;
    Ok(Json(facets::facets(&state.engine, &question, &fields, limit).await?))
}

/// Patterns of messages, and which of them are new
#[utoipa::path(get, path = "/logs/patterns", operation_id = "listLogPatterns", tag = "logs",
    params(SearchText, TimeRange, PatternParameters),
    responses((status = 200, body = Patterns), (status = 400, body = ErrorAnswer)))]
async fn list_log_patterns(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<PatternParameters>,
) -> Result<Json<Patterns>, ApiError> {
    let (range, text) = (range?.0, text?.0);
    let question = Question::new(&range, &text)?;
    let Query(parameters) = parameters?;
    let before = match (parameters.compare_from_ms, parameters.compare_to_ms) {
        (None, None) => None,
        (Some(from_ms), Some(to_ms)) => {
            let compared =
                TimeRange { from_ms: Some(from_ms), to_ms: Some(to_ms), environment: None };
            compared.scope()?;
            Some(question.about(from_ms, to_ms))
        }
        _ => return Err(ApiError::invalid("give both compare_from_ms and compare_to_ms, or none")),
    };
    let limit = count("limit", parameters.limit, PATTERNS_DEFAULT, LOGS_GROUPS_MAX)?;
    let now = |id: &str| state.pattern_now(id);
    let answer = patterns::patterns(&state.engine, &question, before.as_ref(), limit, now).await?;
    Ok(Json(answer))
}

/// Who logs most, and what it costs
#[utoipa::path(get, path = "/logs/volume", operation_id = "getLogVolume", tag = "logs",
    params(SearchText, TimeRange, VolumeParameters),
    responses((status = 200, body = Volume), (status = 400, body = ErrorAnswer)))]
async fn get_log_volume(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<VolumeParameters>,
) -> Result<Json<Volume>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let limit = count("limit", parameters.limit, GROUPS_DEFAULT, LOGS_GROUPS_MAX)?;
    let buckets = parameters.buckets.unwrap_or(VOLUME_BUCKETS_DEFAULT);
    let group_by = parameters.group_by.as_deref().unwrap_or("service");
    let grouping = Grouping::new(group_by, buckets, limit)?;
    let price = volume::price(&state.ledger).await?;
    Ok(Json(volume::volume(&state.engine, &question, &grouping, price).await?))
}

/// What could be left out, how much that saves, and a pipeline that does it
#[utoipa::path(get, path = "/logs/suggestions", operation_id = "listLogSuggestions", tag = "logs",
    params(SearchText, TimeRange),
    responses((status = 200, body = Suggestions), (status = 400, body = ErrorAnswer)))]
async fn list_log_suggestions(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
) -> Result<Json<Suggestions>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let price = volume::price(&state.ledger).await?;
    let known = suggestions::pipelines(&state.ledger).await?;
    let answer = suggestions::suggestions(&state.engine, &question, price.as_ref(), &known);
    Ok(Json(answer.await?))
}

/// Log records as they arrive, as server-sent events
///
/// `ready` comes first, then `rows` with a list of `LogEntry` and `skipped` with
/// `{"count": n}` when more came than could be shown. The stream ends after an hour at the latest;
/// the client then asks again.
#[utoipa::path(get, path = "/logs/tail", operation_id = "tailLogs", tag = "logs",
    params(SearchText, TailParameters),
    responses((status = 200, description = "events", content_type = "text/event-stream", body = String),
        (status = 400, body = ErrorAnswer), (status = 503, body = ErrorAnswer)))]
async fn tail_logs(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    parameters: Asked<TailParameters>,
) -> Result<Response, ApiError> {
    let (text, Query(parameters)) = (text?.0, parameters?);
    let columns = columns(parameters.columns.as_deref())?;
    let environment = parameters.environment.filter(|name| !name.is_empty());
    let chosen = Chosen::new(text.query.as_deref(), environment.as_deref(), columns)?;
    let turn = turn(&state.tails, "live tails", LOGS_TAILS_MAX)?;
    let tail = Tail::new(state.processor.subscribe(), chosen, state.draining, turn);
    let events = Sse::new(tail.stream()).keep_alive(KeepAlive::default());
    // A proxy that gathers an answer before it passes it on would make it anything but live.
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

/// Log records as a file
#[utoipa::path(get, path = "/logs/export", operation_id = "exportLogs", tag = "logs",
    params(SearchText, TimeRange, ExportParameters),
    responses((status = 200, description = "a file; hannun-total-rows tells its records",
            content_type = "application/x-ndjson", body = String),
        (status = 400, body = ErrorAnswer), (status = 422, body = ErrorAnswer),
        (status = 503, body = ErrorAnswer)))]
async fn export_logs(
    State(state): State<LogsState>,
    text: Asked<SearchText>,
    range: Asked<TimeRange>,
    parameters: Asked<ExportParameters>,
) -> Result<Response, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let name = parameters.format.as_deref().unwrap_or("ndjson");
    let format = ExportFormat::by_name(name)
        .ok_or_else(|| ApiError::invalid("format must be csv or ndjson"))?;
    let columns = columns(parameters.columns.as_deref())?;
    let turn = turn(&state.exports, "exports", LOGS_EXPORTS_MAX)?;
    let total = export::total(&state.engine, &question).await?;
    if total > LOGS_EXPORT_RECORDS_MAX {
        let message = format!(
            "the export has {total} records and may have {LOGS_EXPORT_RECORDS_MAX}; narrow its \
             time or its filter"
        );
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "too_large", message));
    }
    let file =
        format!("attachment; filename=\"logs-{}.{}\"", question.scope.from_ms, format.extension());
    let headers = [
        (header::CONTENT_TYPE.as_str(), format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION.as_str(), file),
        (TOTAL_HEADER, total.to_string()),
    ];
    let export = Export::new(state.engine, question, columns, format, total, turn);
    Ok((headers, Body::from_stream(export.stream())).into_response())
}

fn columns(names: Option<&str>) -> Result<Vec<Field>, ApiError> {
    Field::parse_list(names.unwrap_or_default())
}

/// A number of things, at least one.
fn count(name: &str, asked: Option<usize>, default: usize, max: usize) -> Result<usize, ApiError> {
    match asked.unwrap_or(default) {
        count if (1..=max).contains(&count) => Ok(count),
        _ => Err(ApiError::invalid(format!("{name} must be 1 to {max}"))),
    }
}

fn no_record() -> ApiError {
    ApiError::not_found("no record has this id: it is past its retention, or the id is not whole")
}

/// One of a limited number of streams.
fn turn(turns: &Arc<Semaphore>, what: &str, max: usize) -> Result<OwnedSemaphorePermit, ApiError> {
    turns.clone().try_acquire_owned().map_err(|_| {
        let message = format!("{max} {what} are open, which is as many as may be; try again later");
        let mut busy = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
        busy.retry_after_seconds = Some(RETRY_AFTER_SECONDS);
        busy
    })
}
