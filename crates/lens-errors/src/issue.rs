//! One issue with its versions, its endpoints and its latest errors.

use crate::decisions::decisions;
use crate::history::{self, ErrorVersion};
use crate::issues::{ErrorEndpoint, ErrorIssue, bucket_count, count, describe, endpoints, series};
use crate::sample::{self, ErrorSample};
use crate::{ErrorsState, IssueKey};
use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_model::limits::{ERROR_ISSUE_BUCKETS, ERROR_ISSUE_ENDPOINTS_MAX, ERROR_SAMPLES_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// One issue.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorIssueDetail {
    pub issue: ErrorIssue,
    pub series: ErrorSeries,
    /// Over everything that is stored, by when each was first seen.
    pub versions: Vec<ErrorVersion>,
    /// Of the time, those with most errors first.
    pub endpoints: Vec<ErrorEndpoint>,
    /// The latest errors of the time; the latest at all when there are none in it.
    pub samples: Vec<ErrorOccurrence>,
    /// The latest of them in full; null when its span is gone.
    pub sample: Option<ErrorSample>,
}

/// Errors in each part of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorSeries {
    pub from_ms: i64,
    pub bucket_ms: i64,
    pub counts: Vec<f64>,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorOccurrence {
    pub time_ms: i64,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub error_type: String,
    pub message: String,
    pub version: Option<String>,
    pub endpoint: String,
    pub environment: Option<String>,
}

/// The issue, or `None` when no error of it is stored.
///
/// # Errors
/// When the store or the ledger cannot be read.
pub async fn issue(
    state: &ErrorsState,
    scope: &Scope,
    key: &IssueKey,
) -> Result<Option<ErrorIssueDetail>, ApiError> {
    let engine = &state.engine;
    let keys = std::slice::from_ref(key);
    let Some(history) = history::histories(engine, keys).await?.remove(key) else {
        return Ok(None);
    };
    let counts = count(engine, scope, key).await?;
    let mut decisions = decisions(&state.ledger).await?;
    let described = describe(state, scope, keys, &counts, &mut decisions).await?.pop();
    let Some(mut issue) = described else { return Ok(None) };
    let mut endpoints = endpoints(engine, scope, keys, ERROR_ISSUE_ENDPOINTS_MAX).await?;
    let mut course = series(engine, scope, keys, ERROR_ISSUE_BUCKETS).await?;
    let mut samples = occurrences(engine, Some(scope), key).await?;
    if samples.is_empty() {
        samples = occurrences(engine, None, key).await?;
    }
    let sample = match samples.first() {
        Some(latest) => sample::sample(engine, latest).await?,
        None => None,
    };
    if let Some(latest) = samples.first() {
        issue.message.clone_from(&latest.message);
    }
    Ok(Some(ErrorIssueDetail {
        issue,
        series: ErrorSeries {
            from_ms: scope.from_ms,
            bucket_ms: i64::from(scope.bucket_seconds(ERROR_ISSUE_BUCKETS)) * 1000,
            counts: course
                .remove(key)
                .unwrap_or_else(|| vec![0.0; bucket_count(scope, ERROR_ISSUE_BUCKETS)]),
        },
        versions: history.versions,
        endpoints: endpoints.remove(key).unwrap_or_default(),
        samples,
        sample,
    }))
}

async fn occurrences(
    engine: &Arc<Engine>,
    scope: Option<&Scope>,
    key: &IssueKey,
) -> Result<Vec<ErrorOccurrence>, QueryError> {
    let time = scope.map(|scope| format!("{} AND ", scope.condition("time"))).unwrap_or_default();
    let sql = format!(
        "SELECT CAST(time AS BIGINT) / 1000000 AS time_ms, trace_id, span_id, \
         coalesce(error_type, '') AS error_type, coalesce(message, '') AS message, \
         service_version AS version, coalesce(endpoint, '') AS endpoint, \
         deployment_environment_name AS environment FROM span_errors WHERE {time}{} \
         ORDER BY time DESC, trace_id, span_id LIMIT {ERROR_SAMPLES_MAX}",
        history::condition(std::slice::from_ref(key))
    );
    Ok(engine.rows(&sql, QueryLimits::default()).await?.rows)
}
