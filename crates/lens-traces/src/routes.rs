//! The HTTP API of the lens.

use crate::blocking;
use crate::compare::{self, Thresholds, TraceComparison};
use crate::detail::{self, Span};
use crate::facets::{self, DEFAULT_FIELDS, Fields, TraceFacets};
use crate::histogram::{self, TraceHistogram};
use crate::logs::{self, LogRow};
use crate::question::{Question, SpanSearch};
use crate::search::{self, Page, Sort, TraceSearch};
use crate::time::{self, TimeBreakdown};
use crate::trace::{self, Trace};
use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::{
    TRACES_FACET_VALUES_MAX, TRACES_LISTED_DEFAULT, TRACES_LISTED_MAX, TRACES_SAMPLED_DEFAULT,
    TRACES_SAMPLED_MAX,
};
use hannun_query::Engine;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const BUCKETS_DEFAULT: u32 = 60;
const FACET_VALUES_DEFAULT: usize = 10;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::new()
        .routes(routes!(search_traces))
        .routes(routes!(get_trace_histogram))
        .routes(routes!(list_trace_facets))
        .routes(routes!(get_trace_time))
        .routes(routes!(compare_traces))
        .routes(routes!(get_trace))
        .routes(routes!(get_trace_span))
        .routes(routes!(list_trace_logs))
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchParameters {
    /// `recent` (the latest first, the default), `duration` (the longest first) or `errors` (those
    /// that failed first).
    sort: Option<String>,
    /// Spans of a page, 100 unless told otherwise.
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistogramParameters {
    /// About how many bars, 60 unless told otherwise.
    buckets: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FacetParameters {
    /// Fields between commas, such as `service,@http.route`.
    fields: Option<String>,
    /// Values of each field, 10 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TimeParameters {
    /// Traces that are taken apart at most, 200 unless told otherwise.
    traces: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SpanParameters {
    /// When the span began as recorded, in nanoseconds since 1970: tells spans with one id apart.
    start_ns: Option<String>,
}

/// Spans that match, each with its trace
#[utoipa::path(get, path = "/traces/search", operation_id = "searchTraces", tag = "traces",
    params(SpanSearch, TimeRange, SearchParameters),
    responses((status = 200, body = TraceSearch), (status = 400, body = ErrorAnswer)))]
async fn search_traces(
    State(engine): State<Arc<Engine>>,
    text: Asked<SpanSearch>,
    range: Asked<TimeRange>,
    parameters: Asked<SearchParameters>,
) -> Result<Json<TraceSearch>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let sort = parameters.sort.as_deref().unwrap_or("recent");
    let sort = Sort::by_name(sort)
        .ok_or_else(|| ApiError::invalid("sort must be recent, duration or errors"))?;
    let limit = count("limit", parameters.limit, TRACES_LISTED_DEFAULT, TRACES_LISTED_MAX)?;
    let start = parameters.cursor.as_deref().map(str::parse).transpose()?;
    let page = Page { question: &question, sort, limit, start };
    Ok(Json(search::search(&engine, page).await?))
}

/// Spans that match and how many failed, over time
#[utoipa::path(get, path = "/traces/histogram", operation_id = "getTraceHistogram", tag = "traces",
    params(SpanSearch, TimeRange, HistogramParameters),
    responses((status = 200, body = TraceHistogram), (status = 400, body = ErrorAnswer)))]
async fn get_trace_histogram(
    State(engine): State<Arc<Engine>>,
    text: Asked<SpanSearch>,
    range: Asked<TimeRange>,
    parameters: Asked<HistogramParameters>,
) -> Result<Json<TraceHistogram>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let buckets = parameters?.0.buckets.unwrap_or(BUCKETS_DEFAULT);
    Ok(Json(histogram::histogram(&engine, &question, buckets).await?))
}

/// The most frequent values of fields of spans that match
#[utoipa::path(get, path = "/traces/facets", operation_id = "listTraceFacets", tag = "traces",
    params(SpanSearch, TimeRange, FacetParameters),
    responses((status = 200, body = TraceFacets), (status = 400, body = ErrorAnswer)))]
async fn list_trace_facets(
    State(engine): State<Arc<Engine>>,
    text: Asked<SpanSearch>,
    range: Asked<TimeRange>,
    parameters: Asked<FacetParameters>,
) -> Result<Json<TraceFacets>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let Query(parameters) = parameters?;
    let fields = Fields::parse(parameters.fields.as_deref().unwrap_or(DEFAULT_FIELDS))?;
    let limit = count("limit", parameters.limit, FACET_VALUES_DEFAULT, TRACES_FACET_VALUES_MAX)?;
    Ok(Json(facets::facets(&engine, &question, fields, limit).await?))
}

/// Where the time of traces with a matching span goes
///
/// Self time is the part of a span in which no child ran that it waited for. Critical time is the
/// part of the root during which it waited for a span.
#[utoipa::path(get, path = "/traces/time", operation_id = "getTraceTime", tag = "traces",
    params(SpanSearch, TimeRange, TimeParameters),
    responses((status = 200, body = TimeBreakdown), (status = 400, body = ErrorAnswer)))]
async fn get_trace_time(
    State(engine): State<Arc<Engine>>,
    text: Asked<SpanSearch>,
    range: Asked<TimeRange>,
    parameters: Asked<TimeParameters>,
) -> Result<Json<TimeBreakdown>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    let traces = parameters?.0.traces;
    let traces = count("traces", traces, TRACES_SAMPLED_DEFAULT, TRACES_SAMPLED_MAX)?;
    Ok(Json(time::breakdown(&engine, &question, traces).await?))
}

/// What slow spans have that fast ones have not
#[utoipa::path(get, path = "/traces/compare", operation_id = "compareTraces", tag = "traces",
    params(SpanSearch, TimeRange, Thresholds),
    responses((status = 200, body = TraceComparison), (status = 400, body = ErrorAnswer)))]
async fn compare_traces(
    State(engine): State<Arc<Engine>>,
    text: Asked<SpanSearch>,
    range: Asked<TimeRange>,
    thresholds: Asked<Thresholds>,
) -> Result<Json<TraceComparison>, ApiError> {
    let question = Question::new(&range?.0, &text?.0)?;
    Ok(Json(compare::compare(&engine, &question, &thresholds?.0).await?))
}

/// One trace with its spans as columns
///
/// Traces of up to 3000 spans have the details of all of them; of longer ones a span is asked for
/// by its id. Of more than 100000 spans those that began last are left out.
#[utoipa::path(get, path = "/traces/{trace_id}", operation_id = "getTrace", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits")),
    responses((status = 200, body = Trace), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_trace(
    State(engine): State<Arc<Engine>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let id = trace_id(&path?.0)?;
    let found = trace::trace(&engine, &id).await?.ok_or_else(|| {
        ApiError::not_found(format!(
            "no span has the trace id {id}: it was not sent, not sampled, or is past its retention"
        ))
    })?;
    // Some megabytes of text, of a long trace.
    Ok(blocking(move || Json(found).into_response()).await?)
}

/// One span of a trace with everything that was recorded of it
#[utoipa::path(get, path = "/traces/{trace_id}/spans/{span_id}", operation_id = "getTraceSpan",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits"),
        ("span_id" = String, Path, description = "16 hexadecimal digits"), SpanParameters),
    responses((status = 200, body = Span), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_trace_span(
    State(engine): State<Arc<Engine>>,
    path: Result<Path<(String, String)>, PathRejection>,
    parameters: Asked<SpanParameters>,
) -> Result<Json<Span>, ApiError> {
    let Path((trace, span)) = path?;
    let (trace, span) = (trace_id(&trace)?, hexadecimal(&span, 16, "a span id")?);
    let start_ns = match parameters?.0.start_ns.as_deref().map(str::parse) {
        None => None,
        Some(Ok(start_ns)) => Some(start_ns),
        Some(Err(_)) => return Err(ApiError::invalid("start_ns must be a whole number")),
    };
    let found = detail::span(&engine, &trace, &span, start_ns).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("the trace has no such span"))
}

/// The log records of one trace
#[utoipa::path(get, path = "/traces/{trace_id}/logs", operation_id = "listTraceLogs", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hexadecimal digits")),
    responses((status = 200, body = [LogRow]), (status = 400, body = ErrorAnswer)))]
async fn list_trace_logs(
    State(engine): State<Arc<Engine>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Vec<LogRow>>, ApiError> {
    let id = trace_id(&path?.0)?;
    Ok(Json(logs::logs(&engine, &id).await?))
}

/// A trace id as it is stored.
fn trace_id(text: &str) -> Result<String, ApiError> {
    hexadecimal(text, 32, "a trace id")
}

fn hexadecimal(text: &str, digits: usize, what: &str) -> Result<String, ApiError> {
    let id = text.trim().to_ascii_lowercase();
    if id.len() == digits && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id);
    }
    Err(ApiError::invalid(format!("{what} has {digits} hexadecimal digits")))
}

/// A number of things, at least one.
fn count(name: &str, asked: Option<usize>, default: usize, max: usize) -> Result<usize, ApiError> {
    match asked.unwrap_or(default) {
        count if (1..=max).contains(&count) => Ok(count),
        _ => Err(ApiError::invalid(format!("{name} must be 1 to {max}"))),
    }
}
