//! What a route is asked about: spans of a time, an environment and a filter.

use axum::http::StatusCode;
use hannun_api::range::Scope;
use hannun_api::{ApiError, TimeRange};
use hannun_query::search::{self, Source};
use serde::Deserialize;
use utoipa::IntoParams;

/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: i64 = 1_000_000;

/// The filter of every page of the lens.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpanSearch {
    /// A filter in the search language; every span when not given.
    pub query: Option<String>,
    /// `any` (the default) asks every span, `root` only those without a parent.
    pub only: Option<String>,
}

/// A time, an environment and a filter that were checked.
#[derive(Debug, Clone)]
pub struct Question {
    pub scope: Scope,
    /// SQL of the filter; `None` when it lets every span through.
    filter: Option<String>,
    roots_only: bool,
}

impl Question {
    /// Fails with the column of the first fault in the filter.
    pub fn new(range: &TimeRange, search: &SpanSearch) -> Result<Self, ApiError> {
        let scope = range.scope()?;
        let roots_only = match search.only.as_deref() {
            None | Some("" | "any") => false,
            Some("root") => true,
            Some(_) => return Err(ApiError::invalid("only must be root or any")),
        };
        let filter = hannun_search::parse_filter(search.query.as_deref().unwrap_or_default())?;
        let filter = if filter.is_all() {
            None
        } else {
            let sql = search::checked_condition(&filter, Source::Spans).map_err(|error| {
                ApiError::new(StatusCode::BAD_REQUEST, "invalid_search", error.to_string())
            })?;
            Some(sql)
        };
        Ok(Self { scope, filter, roots_only })
    }

    /// SQL that is true for the spans asked about.
    pub fn condition(&self) -> String {
        let mut sql = self.scope.condition("start_time");
        // A span that belongs to no trace cannot be opened.
        sql.push_str(" AND trace_id IS NOT NULL");
        if self.roots_only {
            sql.push_str(" AND parent_span_id IS NULL");
        }
        if let Some(filter) = &self.filter {
            sql.push_str(&format!(" AND ({filter})"));
        }
        sql
    }

    /// First and last nanosecond.
    pub fn bounds_ns(&self) -> (i64, i64) {
        (self.scope.from_ms * MILLISECOND, self.scope.to_ms * MILLISECOND - 1)
    }
}

/// A moment, in nanoseconds since 1970, as an SQL literal.
pub(crate) fn timestamp_ns(nanoseconds: i64) -> String {
    format!("arrow_cast({nanoseconds}, 'Timestamp(Nanosecond, Some(\"UTC\"))')")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: &str, only: Option<&str>) -> Result<Question, ApiError> {
        let range = TimeRange { from_ms: Some(0), to_ms: Some(1000), environment: None };
        let only = only.map(str::to_owned);
        Question::new(&range, &SpanSearch { query: Some(query.to_owned()), only })
    }

    #[test]
    fn conditions_meet_in_one_span() {
        let condition = question("service:order status:error", Some("root")).unwrap().condition();
        let expected = "trace_id IS NOT NULL AND parent_span_id IS NULL AND \
                        (service_name = 'order' AND status_code = 'error')";
        assert!(condition.ends_with(expected), "{condition}");
        let every = question("", None).unwrap().condition();
        assert!(every.ends_with("AND trace_id IS NOT NULL"), "{every}");
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let error = question("service:order AND", None).unwrap_err();
        assert_eq!(error.body.error.code, "invalid_search");
        assert_eq!(error.body.error.position, Some(17));
        assert!(question("", Some("roots")).is_err());
    }

    #[test]
    fn a_quote_stays_inside_its_literal() {
        let condition = question("service:\"a' OR true --\"", None).unwrap().condition();
        assert!(condition.ends_with("(service_name = 'a'' OR true --')"), "{condition}");
    }
}
