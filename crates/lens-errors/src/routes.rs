//! The HTTP API of the lens.

use crate::issue::{self, ErrorIssueDetail};
use crate::issues::{self, ErrorIssues, Sort, Wanted};
use crate::report::{self, ErrorReport, Subject};
use crate::state::IssueState;
use crate::{ErrorsState, IssueKey};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::{
    ERROR_ISSUES_LISTED_DEFAULT, ERROR_ISSUES_LISTED_MAX, ERROR_SERVICE_BYTES_MAX, ERROR_WORDS_MAX,
    FINGERPRINT_CHARACTERS_MAX, SEARCH_BYTES_MAX,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where weeks begin unless the reader says otherwise.
const TIME_ZONE_DEFAULT: &str = "UTC";
const ALL_STATES: &str = "all";

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<ErrorsState> {
    OpenApiRouter::new()
        .routes(routes!(list_error_issues))
        .routes(routes!(get_error_issue))
        .routes(routes!(get_error_report))
        .routes(routes!(export_error_report))
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Issues of one service; of all when not given.
    service: Option<String>,
    /// `open`, `resolved`, `ignored`, `regressed`, several of them between commas, or `all` (the
    /// default).
    state: Option<String>,
    /// Words that stand in the class, the message or the frame of an error in the time.
    query: Option<String>,
    /// `count` (the default), `last_seen` or `first_seen`, the greatest or latest first.
    sort: Option<String>,
    /// Issues, 100 unless told otherwise.
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IssueParameters {
    /// Name of the service; empty for spans that name none.
    service: Option<String>,
    fingerprint: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReportParameters {
    /// A moment in milliseconds since 1970: the report is about the last two whole weeks before it.
    /// Now when not given.
    week_of_ms: Option<i64>,
    /// Time zone in which a week begins on Monday at midnight, such as `Asia/Seoul`; UTC when not
    /// given.
    time_zone: Option<String>,
    /// Errors of one service; of all when not given.
    service: Option<String>,
    /// Deployment environment; `none` is errors without one. All when not given.
    environment: Option<String>,
}

/// Issues: errors grouped by service and fingerprint
#[utoipa::path(get, path = "/errors", operation_id = "listErrorIssues", tag = "errors",
    params(TimeRange, ListParameters),
    responses((status = 200, body = ErrorIssues), (status = 400, body = ErrorAnswer)))]
async fn list_error_issues(
    State(state): State<ErrorsState>,
    range: Asked<TimeRange>,
    parameters: Asked<ListParameters>,
) -> Result<Json<ErrorIssues>, ApiError> {
    let scope = range?.0.scope()?;
    let Query(parameters) = parameters?;
    let limit = match parameters.limit.unwrap_or(ERROR_ISSUES_LISTED_DEFAULT) {
        limit if (1..=ERROR_ISSUES_LISTED_MAX).contains(&limit) => limit,
        _ => {
            let message = format!("limit must be 1 to {ERROR_ISSUES_LISTED_MAX}");
            return Err(ApiError::invalid(message));
        }
    };
    let wanted = Wanted {
        scope,
        service: service(parameters.service)?,
        states: states(parameters.state.as_deref())?,
        words: words(parameters.query.as_deref().unwrap_or_default())?,
        sort: sort(parameters.sort.as_deref())?,
        limit,
    };
    Ok(Json(issues::issues(&state, &wanted).await?))
}

/// One issue with its versions, endpoints and latest errors
#[utoipa::path(get, path = "/errors/issue", operation_id = "getErrorIssue", tag = "errors",
    params(TimeRange, IssueParameters),
    responses((status = 200, body = ErrorIssueDetail), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_error_issue(
    State(state): State<ErrorsState>,
    range: Asked<TimeRange>,
    parameters: Asked<IssueParameters>,
) -> Result<Json<ErrorIssueDetail>, ApiError> {
    let scope = range?.0.scope()?;
    let Query(parameters) = parameters?;
    if parameters.fingerprint.chars().nth(FINGERPRINT_CHARACTERS_MAX).is_some() {
        let message = format!("a fingerprint has at most {FINGERPRINT_CHARACTERS_MAX} characters");
        return Err(ApiError::invalid(message));
    }
    let key = IssueKey {
        service: service(parameters.service)?.unwrap_or_default(),
        fingerprint: parameters.fingerprint,
    };
    let found = issue::issue(&state, &scope, &key).await?;
    found.map(Json).ok_or_else(|| {
        ApiError::not_found(
            "no error of this service has the fingerprint, or all are past retention",
        )
    })
}

/// Errors of the last two weeks by service and class
#[utoipa::path(get, path = "/errors/report", operation_id = "getErrorReport", tag = "errors",
    params(ReportParameters),
    responses((status = 200, body = ErrorReport), (status = 400, body = ErrorAnswer)))]
async fn get_error_report(
    State(state): State<ErrorsState>,
    parameters: Asked<ReportParameters>,
) -> Result<Json<ErrorReport>, ApiError> {
    Ok(Json(report::report(&state.engine, &subject(parameters?.0)?).await?))
}

/// The weekly report of errors as a file
#[utoipa::path(get, path = "/errors/report.csv", operation_id = "exportErrorReport", tag = "errors",
    params(ReportParameters),
    responses((status = 200, description = "a file", content_type = "text/csv", body = String),
        (status = 400, body = ErrorAnswer)))]
async fn export_error_report(
    State(state): State<ErrorsState>,
    parameters: Asked<ReportParameters>,
) -> Result<Response, ApiError> {
    let subject = subject(parameters?.0)?;
    let report = report::report(&state.engine, &subject).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", subject.file_name())),
    ];
    Ok((headers, report.to_csv()).into_response())
}

fn subject(parameters: ReportParameters) -> Result<Subject, ApiError> {
    let time_zone = parameters.time_zone.as_deref().unwrap_or(TIME_ZONE_DEFAULT);
    let service = service(parameters.service)?;
    Subject::new(parameters.week_of_ms, time_zone, service, parameters.environment)
}

fn service(name: Option<String>) -> Result<Option<String>, ApiError> {
    match name {
        Some(name) if name.len() > ERROR_SERVICE_BYTES_MAX => {
            let message = format!("service has at most {ERROR_SERVICE_BYTES_MAX} bytes");
            Err(ApiError::invalid(message))
        }
        name => Ok(name),
    }
}

fn states(names: Option<&str>) -> Result<Vec<IssueState>, ApiError> {
    let names = names.filter(|names| !names.is_empty() && *names != ALL_STATES);
    let by_name = |name: &str| {
        let unknown = "state must be all, or some of open, resolved, ignored and regressed";
        IssueState::by_name(name).ok_or_else(|| ApiError::invalid(unknown))
    };
    names.map_or(Ok(Vec::new()), |names| names.split(',').map(by_name).collect())
}

fn words(query: &str) -> Result<Vec<String>, ApiError> {
    let words: Vec<String> = query.split_whitespace().map(str::to_owned).collect();
    if words.len() > ERROR_WORDS_MAX || query.len() > SEARCH_BYTES_MAX {
        let message =
            format!("query has at most {ERROR_WORDS_MAX} words and {SEARCH_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    Ok(words)
}

fn sort(name: Option<&str>) -> Result<Sort, ApiError> {
    match name {
        None | Some("count") => Ok(Sort::Count),
        Some("last_seen") => Ok(Sort::LastSeen),
        Some("first_seen") => Ok(Sort::FirstSeen),
        Some(_) => Err(ApiError::invalid("sort must be count, last_seen or first_seen")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_states_may_be_wanted() {
        use IssueState::{Open, Regressed};
        assert_eq!(states(Some("open,regressed")).unwrap(), [Open, Regressed]);
        for all in [None, Some("all"), Some("")] {
            assert_eq!(states(all).unwrap(), []);
        }
        assert!(states(Some("open,closed")).is_err());
    }
}
