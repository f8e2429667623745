//! `POST /api/v1/search` and what helps to type one.

use super::ApiState;
use super::sql::{ColumnsAnswer, answer, format_of};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::response::Response;
use hannun_api::range::{Scope, TimeRange};
use hannun_api::{ApiError, ErrorAnswer};
use hannun_query::search::{self, ItemKind, Source};
use hannun_query::{QueryError, QueryLimits};
use hannun_search::Search;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(run_search))
        .routes(routes!(explain_search))
        .routes(routes!(complete_search))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// In the search language, such as `service:web status:error | top 10 @http.route`.
    query: String,
    /// `logs` (the default) or `spans`.
    source: Option<String>,
    /// Milliseconds since 1970; one hour before `to_ms` when not given.
    from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; now when not given.
    to_ms: Option<i64>,
    /// Deployment environment; `none` is telemetry without one. All when not given.
    environment: Option<String>,
    /// `json` (the default), `columns`, `csv`, `arrow` or `table`.
    format: Option<String>,
    max_rows: Option<usize>,
    timeout_seconds: Option<u64>,
}

/// What a search means.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchExplanation {
    /// The same question in SQL.
    sql: String,
    /// The filter as it was understood.
    filter_text: String,
    /// The stages as they were understood.
    stages: Vec<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompletionQuery {
    /// The search so far.
    query: String,
    /// Characters before the cursor; all when not given.
    cursor: Option<usize>,
    /// `logs` (the default) or `spans`.
    source: Option<String>,
    /// Milliseconds since 1970; one hour before `to_ms` when not given.
    from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; now when not given.
    to_ms: Option<i64>,
    /// Deployment environment; `none` is telemetry without one. All when not given.
    environment: Option<String>,
}

/// What fits at the cursor. A suggestion replaces the characters from `from` to before `to`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchCompletion {
    from: usize,
    to: usize,
    items: Vec<SearchSuggestion>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SearchSuggestion {
    /// What is put in.
    insert: String,
    /// What is shown.
    label: String,
    /// `field`, `value`, `keyword` or `stage`.
    kind: &'static str,
    detail: &'static str,
    /// How many of the newest rows have it; null where that means nothing.
    count: Option<u64>,
}

/// A search that was understood, and where it is asked.
struct Asked {
    search: Search,
    source: Source,
    scope: Scope,
}

impl Asked {
    fn new(query: &str, source: Option<&str>, range: &TimeRange) -> Result<Self, ApiError> {
        let source = source_of(source)?;
        let scope = range.scope()?;
        let search = hannun_search::parse(query)?;
        Ok(Self { search, source, scope })
    }

    fn sql(&self, rows_max: usize) -> Result<String, QueryError> {
        let scope = self.scope.condition(self.source.time_column());
        Ok(search::compile(&self.search, self.source, &scope, rows_max)?)
    }
}

fn source_of(name: Option<&str>) -> Result<Source, ApiError> {
    let name = name.unwrap_or(Source::Logs.name());
    Source::by_name(name).ok_or_else(|| {
        ApiError::invalid(format!("there is no source {name:?}; search logs or spans"))
    })
}

impl SearchQuery {
    fn asked(&self) -> Result<Asked, ApiError> {
        let range = TimeRange {
            from_ms: self.from_ms,
            to_ms: self.to_ms,
            environment: self.environment.clone(),
        };
        Asked::new(&self.query, self.source.as_deref(), &range)
    }

    fn limits(&self) -> QueryLimits {
        QueryLimits::asked(self.max_rows, self.timeout_seconds)
    }
}

/// Search logs or spans; a filter alone answers its rows, the newest first
#[utoipa::path(post, path = "/search", tag = "query", operation_id = "runSearch",
    request_body = SearchQuery,
    responses((status = 200, body = ColumnsAnswer, description = "in the format that was asked for"),
        (status = 400, body = ErrorAnswer), (status = 408, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn run_search(
    State(state): State<ApiState>,
    request: Result<Json<SearchQuery>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(request) = request?;
    let format = format_of(request.format.as_deref())?;
    let limits = request.limits();
    let sql = request.asked()?.sql(limits.rows_max)?;
    Ok(answer(&state, &sql, limits, format).await?)
}

/// Show what a search means, in SQL
#[utoipa::path(post, path = "/search/explain", tag = "query", operation_id = "explainSearch",
    request_body = SearchQuery,
    responses((status = 200, body = SearchExplanation), (status = 400, body = ErrorAnswer)))]
async fn explain_search(
    request: Result<Json<SearchQuery>, JsonRejection>,
) -> Result<Json<SearchExplanation>, ApiError> {
    let Json(request) = request?;
    let asked = request.asked()?;
    Ok(Json(SearchExplanation {
        sql: asked.sql(request.limits().rows_max)?,
        filter_text: asked.search.filter.to_string(),
        stages: asked.search.stages.iter().map(ToString::to_string).collect(),
    }))
}

/// Suggest what fits at the cursor of a search
#[utoipa::path(get, path = "/search/complete", tag = "query", operation_id = "completeSearch",
    params(CompletionQuery),
    responses((status = 200, body = SearchCompletion), (status = 400, body = ErrorAnswer)))]
async fn complete_search(
    State(state): State<ApiState>,
    request: Result<Query<CompletionQuery>, QueryRejection>,
) -> Result<Json<SearchCompletion>, ApiError> {
    let Query(request) = request?;
    let source = source_of(request.source.as_deref())?;
    let range = TimeRange {
        from_ms: request.from_ms,
        to_ms: request.to_ms,
        environment: request.environment.clone(),
    };
    let scope = range.scope()?;
    let environment = &scope.environment;
    let condition = |from_ms, to_ms| {
        let scope = Scope { from_ms, to_ms, environment: environment.clone() };
        scope.condition(source.time_column())
    };
    let cursor = request.cursor.unwrap_or(usize::MAX);
    let times = (scope.from_ms, scope.to_ms);
    let found =
        search::complete(&state.engine, source, &request.query, cursor, times, &condition).await?;
    let items = found.items.into_iter().map(|item| SearchSuggestion {
        insert: item.insert,
        label: item.label,
        kind: match item.kind {
            ItemKind::Field => "field",
            ItemKind::Value => "value",
            ItemKind::Keyword => "keyword",
            ItemKind::Stage => "stage",
        },
        detail: item.detail,
        count: item.count,
    });
    Ok(Json(SearchCompletion { from: found.from, to: found.to, items: items.collect() }))
}
