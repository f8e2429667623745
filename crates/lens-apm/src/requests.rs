//! Which spans of a service are its requests.

use hannun_api::range::Scope;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// Class of a row of `span_stats`: the rows of [`ENTRY`] count requests when a service has any, else
/// those of [`ROOT`].
pub(crate) const CLASS: &str =
    "CASE WHEN kind IN ('server', 'consumer') THEN 'entry' WHEN root THEN 'root' END";
pub(crate) const ENTRY: &str = "entry";
pub(crate) const ROOT: &str = "root";

/// Which spans of a service are its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// Its server and consumer spans, which answer somebody outside.
    Entry,
    /// Its root spans, when it has no others: a batch job, a command.
    Root,
}

#[derive(Debug, Deserialize)]
struct FoundRow {
    spans: Option<u64>,
    entries: Option<u64>,
}

impl Requests {
    /// What the requests of a service are in a time; when it has no spans then, what they were in
    /// the same length of time before.
    pub async fn of(
        engine: &Arc<Engine>,
        scope: &Scope,
        service: &str,
    ) -> Result<Self, QueryError> {
        for time in [Some(scope.clone()), previous(scope)].into_iter().flatten() {
            let sql = found_sql(&time, service);
            let found = engine.rows::<FoundRow>(&sql, QueryLimits::default()).await?.rows.pop();
            if let Some(FoundRow { spans: Some(1..), entries }) = found {
                return Ok(if entries > Some(0) { Self::Entry } else { Self::Root });
            }
        }
        Ok(Self::Entry)
    }

    /// SQL that is true for rows of `span_stats` that count requests.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Entry => "kind IN ('server', 'consumer')",
            Self::Root => "root",
        }
    }

    /// The same for rows of `spans`.
    pub fn spans_condition(self) -> &'static str {
        match self {
            Self::Entry => "kind IN ('server', 'consumer')",
            Self::Root => "parent_span_id IS NULL",
        }
    }
}

fn found_sql(scope: &Scope, service: &str) -> String {
    format!(
        "SELECT sum(spans) AS spans, sum(spans) FILTER (WHERE {}) AS entries \
         FROM {} AS stats",
        Requests::Entry.condition(),
        stats_of(scope, service)
    )
}

/// SQL that is true for rows of this service. Telemetry that names none has the empty name.
pub(crate) fn is_service(service: &str) -> String {
    if service.is_empty() {
        return "(service_name IS NULL OR service_name = '')".to_owned();
    }
    format!("service_name = {}", typed::text(service))
}

/// A sub-select of the rows of `span_stats` of this service and time.
pub(crate) fn stats_of(scope: &Scope, service: &str) -> String {
    scope.span_stats_where(Some(&is_service(service)))
}

/// The same length of time just before; `None` when there was no time yet.
pub(crate) fn previous(scope: &Scope) -> Option<Scope> {
    let from_ms = (scope.from_ms - (scope.to_ms - scope.from_ms)).max(0);
    let before = Scope { from_ms, to_ms: scope.from_ms, environment: scope.environment.clone() };
    (before.from_ms < before.to_ms).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_cannot_leave_its_literal() {
        assert_eq!(is_service("a' OR true --"), "service_name = 'a'' OR true --'");
        assert_eq!(is_service(""), "(service_name IS NULL OR service_name = '')");
    }

    #[test]
    fn the_time_before_is_as_long_and_begins_after_1970() {
        let scope = |from_ms, to_ms| Scope { from_ms, to_ms, environment: Some("e".to_owned()) };
        assert_eq!(previous(&scope(1000, 1600)), Some(scope(400, 1000)));
        assert_eq!(previous(&scope(100, 1600)), Some(scope(0, 100)));
        assert_eq!(previous(&scope(0, 1600)), None);
    }
}
