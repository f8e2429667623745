//! The issues of a time, with what became of them.

mod describe;

use crate::decisions::{DecidedState, Decision, decisions, document_id};
use crate::history::{History, histories, of_services};
use crate::state::{IssueState, standings};
use crate::{ErrorsState, IssueKey};
use describe::{Description, descriptions};
use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_model::limits::{ERROR_ISSUES_READ_MAX, ERROR_SERVICE_BYTES_MAX};
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

pub use describe::ErrorEndpoint;
pub(crate) use describe::{bucket_count, endpoints, series};

/// Issues, the first of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorIssues {
    pub issues: Vec<ErrorIssue>,
    /// How many there are with what was asked for.
    pub total: usize,
    /// Whether there are more than are listed.
    pub truncated: bool,
}

/// The errors of a service with one fingerprint.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorIssue {
    /// Empty for spans that name no service.
    pub service: String,
    pub fingerprint: String,
    /// Class of the error.
    pub error_type: String,
    /// What the latest error said.
    pub message: String,
    /// The message without its variable parts.
    pub message_template: String,
    /// Where the errors come from: the topmost meaningful frame.
    pub frame: Option<String>,
    pub language: Option<String>,
    pub state: IssueState,
    /// Since when; null when nobody decided anything.
    pub state_since_ms: Option<i64>,
    pub resolved_in_version: Option<String>,
    pub assignee: Option<String>,
    pub note: Option<String>,
    /// Errors in the time, and in the time of the same length before.
    pub count: f64,
    pub previous_count: f64,
    /// Traces with such an error in the time.
    pub traces: u64,
    /// Over everything that is stored, in any environment.
    pub first_seen_ms: i64,
    pub last_seen_ms: i64,
    pub first_version: Option<String>,
    pub last_version: Option<String>,
    /// In the order in which they were first seen, over everything that is stored.
    pub versions: Vec<String>,
    /// Endpoints with most errors in the time.
    pub endpoints: Vec<String>,
    /// Errors in each part of the time.
    pub series: Vec<f64>,
    /// Whether it was first seen within the time.
    pub is_new: bool,
    /// Of the document in which its state is decided.
    pub document_id: String,
    /// Zero when there is none yet.
    pub document_revision: i64,
}

/// By what issues are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Count,
    LastSeen,
    FirstSeen,
}

/// Which issues are wanted.
#[derive(Debug)]
pub struct Wanted {
    pub scope: Scope,
    pub service: Option<String>,
    /// All when empty.
    pub states: Vec<IssueState>,
    /// Each stands in the class, the message or the frame of an error, in upper or lower case.
    pub words: Vec<String>,
    pub sort: Sort,
    pub limit: usize,
}

#[derive(Debug, Clone, Deserialize)]
struct CountRow {
    service: String,
    fingerprint: String,
    count: f64,
    previous_count: f64,
}

impl CountRow {
    fn key(&self) -> IssueKey {
        IssueKey { service: self.service.clone(), fingerprint: self.fingerprint.clone() }
    }
}

/// Errors in the time and in the time before, by issue.
pub(crate) type Counts = HashMap<IssueKey, (f64, f64)>;

/// Lists issues.
///
/// # Errors
/// When the store or the ledger cannot be read.
pub async fn issues(state: &ErrorsState, wanted: &Wanted) -> Result<ErrorIssues, ApiError> {
    let engine = &state.engine;
    let limits = QueryLimits::asked(Some(ERROR_ISSUES_READ_MAX), None);
    let found = engine.rows::<CountRow>(&counts_sql(wanted), limits).await?;
    let counts: Counts =
        found.rows.iter().map(|row| (row.key(), (row.count, row.previous_count))).collect();
    let mut keys: Vec<_> = found.rows.iter().map(CountRow::key).collect();
    let mut decisions = decisions(&state.ledger).await?;
    if !wanted.states.is_empty() {
        keep_states(state, wanted, &mut keys, &mut decisions).await?;
    }
    if wanted.sort != Sort::Count {
        sort_by_time(engine, wanted.sort, &mut keys).await?;
    }
    let total = keys.len();
    keys.truncate(wanted.limit);
    Ok(ErrorIssues {
        truncated: found.truncated || total > keys.len(),
        total,
        issues: describe(state, &wanted.scope, &keys, &counts, &mut decisions).await?,
    })
}

/// Keeps the issues in the states that are wanted.
async fn keep_states(
    state: &ErrorsState,
    wanted: &Wanted,
    keys: &mut Vec<IssueKey>,
    decisions: &mut HashMap<IssueKey, Decision>,
) -> Result<(), ApiError> {
    let is_resolved = |key: &&IssueKey| {
        decisions.get(*key).is_some_and(|decision| decision.state == DecidedState::Resolved)
    };
    // Only what was resolved can have come back.
    let resolved: Vec<_> = keys.iter().filter(is_resolved).cloned().collect();
    let (engine, ledger) = (&state.engine, &state.ledger);
    let histories = histories(engine, &resolved).await?;
    let standings = standings(engine, ledger, &resolved, decisions, &histories).await?;
    keys.retain(|key| {
        let state = match (standings.get(key), decisions.get(key)) {
            (Some(standing), _) => standing.state,
            (None, Some(decision)) if decision.state == DecidedState::Ignored => {
                IssueState::Ignored
            }
            (None, _) => IssueState::Open,
        };
        wanted.states.contains(&state)
    });
    Ok(())
}

async fn sort_by_time(
    engine: &Arc<Engine>,
    sort: Sort,
    keys: &mut [IssueKey],
) -> Result<(), QueryError> {
    let histories = histories(engine, keys).await?;
    keys.sort_by_cached_key(|key| {
        let history = histories.get(key);
        let time = match sort {
            Sort::FirstSeen => history.and_then(History::first_seen_ms),
            Sort::Count | Sort::LastSeen => history.and_then(History::last_seen_ms),
        };
        (Reverse(time), key.clone())
    });
    Ok(())
}

/// All that is known of these issues, in their order.
pub(crate) async fn describe(
    state: &ErrorsState,
    scope: &Scope,
    keys: &[IssueKey],
    counts: &Counts,
    decisions: &mut HashMap<IssueKey, Decision>,
) -> Result<Vec<ErrorIssue>, ApiError> {
    let engine = &state.engine;
    let histories = histories(engine, keys).await?;
    let standings = standings(engine, &state.ledger, keys, decisions, &histories).await?;
    let mut descriptions = descriptions(engine, scope, keys).await?;
    let mut issues = Vec::with_capacity(keys.len());
    for key in keys {
        // What retention took away meanwhile is left out.
        let (Some(history), Some(standing)) = (histories.get(key), standings.get(key)) else {
            continue;
        };
        let Some(description) = descriptions.remove(key) else { continue };
        let Description { face, endpoints, series } = description;
        let decision = decisions.get(key);
        let first_seen_ms = history.first_seen_ms().unwrap_or(0);
        let (count, previous_count) = counts.get(key).copied().unwrap_or_default();
        issues.push(ErrorIssue {
            service: key.service.clone(),
            fingerprint: key.fingerprint.clone(),
            error_type: face.error_type.unwrap_or_default(),
            message: face.message.unwrap_or_default(),
            message_template: face.message_template.unwrap_or_default(),
            frame: face.frame,
            language: face.language,
            state: standing.state,
            state_since_ms: standing.since_ms,
            resolved_in_version: decision.and_then(|it| it.resolved_in_version.clone()),
            assignee: decision.and_then(|it| it.assignee.clone()),
            note: decision.and_then(|it| it.note.clone()),
            count,
            previous_count,
            traces: face.traces,
            first_seen_ms,
            last_seen_ms: history.last_seen_ms().unwrap_or(0),
            first_version: history.first_version(),
            last_version: history.last_version(),
            versions: history.version_names(),
            endpoints,
            series,
            is_new: first_seen_ms >= scope.from_ms,
            document_id: decision.map_or_else(|| document_id(key), |it| it.document_id.clone()),
            document_revision: decision.map_or(0, |it| it.document_revision),
        });
    }
    Ok(issues)
}

/// The issues of the time, those with most errors first.
fn counts_sql(wanted: &Wanted) -> String {
    let mut conditions =
        vec![format!("octet_length(coalesce(service_name, '')) <= {ERROR_SERVICE_BYTES_MAX}")];
    if let Some(service) = &wanted.service {
        conditions.push(of_services(std::iter::once(service.as_str())));
    }
    let word = |word: &String| {
        let found = format!("lower({})", typed::text(word));
        let stands_in = |column| format!("strpos(lower(coalesce({column}, '')), {found}) > 0");
        format!("({})", ["error_type", "message", "frame"].map(stands_in).join(" OR "))
    };
    let words: Vec<_> = wanted.words.iter().map(word).collect();
    let matches = if words.is_empty() { "true".to_owned() } else { words.join(" AND ") };
    counted(&wanted.scope, &conditions.join(" AND "), &matches)
}

/// Counts of issues for whose errors `condition` holds, where `matches` holds for one in the time.
fn counted(scope: &Scope, condition: &str, matches: &str) -> String {
    let length_ms = scope.to_ms - scope.from_ms;
    let both = Scope { from_ms: (scope.from_ms - length_ms).max(0), ..scope.clone() };
    let now = format!("time >= {}", typed::timestamp_ms(scope.from_ms));
    format!(
        "SELECT service, fingerprint, count, previous_count FROM \
         (SELECT coalesce(service_name, '') AS service, fingerprint, \
         coalesce(sum(count) FILTER (WHERE {now}), 0) AS count, \
         coalesce(sum(count) FILTER (WHERE NOT ({now})), 0) AS previous_count, \
         bool_or({now} AND {matches}) AS matches \
         FROM span_errors WHERE {} AND {condition} GROUP BY 1, 2) AS issue \
         WHERE count > 0 AND matches ORDER BY count DESC, service, fingerprint",
        both.condition("time"),
    )
}

/// The errors of one issue in the time and in the time before; none without errors in the time.
pub(crate) async fn count(
    engine: &Arc<Engine>,
    scope: &Scope,
    key: &IssueKey,
) -> Result<Counts, QueryError> {
    let condition = crate::history::condition(std::slice::from_ref(key));
    let sql = counted(scope, &condition, "true");
    let rows = engine.rows::<CountRow>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.iter().map(|row| (row.key(), (row.count, row.previous_count))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_stand_in_class_message_or_frame() {
        let wanted = Wanted {
            scope: Scope { from_ms: 1000, to_ms: 3000, environment: Some("production".to_owned()) },
            service: Some("order".to_owned()),
            states: Vec::new(),
            words: vec!["Time'out".to_owned(), "결제".to_owned()],
            sort: Sort::Count,
            limit: 10,
        };
        insta::assert_snapshot!(counts_sql(&wanted));
    }
}
