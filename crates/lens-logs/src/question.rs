//! What a route is asked about: a time, an environment and a filter.

use axum::http::StatusCode;
use hannun_api::range::{NO_ENVIRONMENT, Scope};
use hannun_api::{ApiError, TimeRange};
use hannun_query::search::{self, Source};
use hannun_query::typed;
use hannun_search::{Expr, Field, Filter, Test};
use serde::Deserialize;
use utoipa::IntoParams;

/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: i64 = 1_000_000;

/// The filter of every page of the lens.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchText {
    /// A filter in the search language; every record when not given.
    pub query: Option<String>,
}

/// A time, an environment and a filter that were checked.
#[derive(Debug, Clone)]
pub struct Question {
    pub scope: Scope,
    filter: Filter,
    /// SQL of the filter; `None` when it lets every record through.
    condition: Option<String>,
}

impl Question {
    /// Fails with the column of the first fault in the filter.
    pub fn new(range: &TimeRange, text: &SearchText) -> Result<Self, ApiError> {
        let scope = range.scope()?;
        let filter = read_filter(text.query.as_deref())?;
        let condition = if filter.is_all() { None } else { Some(checked_sql_of(&filter)?) };
        Ok(Self { scope, filter, condition })
    }

    /// Every record of a time.
    pub fn everything(from_ms: i64, to_ms: i64) -> Self {
        let scope = Scope { from_ms, to_ms, environment: None };
        Self { scope, filter: Filter::default(), condition: None }
    }

    /// The same about another time.
    pub fn about(&self, from_ms: i64, to_ms: i64) -> Self {
        let scope = Scope { from_ms, to_ms, ..self.scope.clone() };
        Self { scope, ..self.clone() }
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The environment in the search language, when one was chosen.
    pub fn environment(&self) -> Option<Expr> {
        self.scope.environment.as_deref().map(environment)
    }

    /// SQL that is true for the records asked about.
    pub fn condition(&self) -> String {
        let scope = self.scope.condition("time");
        match &self.condition {
            None => scope,
            Some(filter) => format!("{scope} AND ({filter})"),
        }
    }

    /// First and last nanosecond.
    pub fn bounds_ns(&self) -> (i64, i64) {
        (self.scope.from_ms * MILLISECOND, self.scope.to_ms * MILLISECOND - 1)
    }
}

/// Reads a filter; one that is not given lets every record through.
pub(crate) fn read_filter(text: Option<&str>) -> Result<Filter, ApiError> {
    Ok(hannun_search::parse_filter(text.unwrap_or_default())?)
}

/// SQL that is true for the records that a filter lets through.
pub(crate) fn sql_of(filter: &Filter) -> String {
    search::condition(filter, Source::Logs)
}

/// The same of a filter that a person wrote, which may be too deep for SQL.
fn checked_sql_of(filter: &Filter) -> Result<String, ApiError> {
    search::checked_condition(filter, Source::Logs).map_err(|error| {
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_search", error.to_string())
    })
}

/// A field that has this value, or none.
pub(crate) fn is(name: &str, value: Option<&str>) -> Expr {
    let field = Field::Named(name.to_owned());
    match value {
        Some(value) => Expr::Field { field, test: Test::Is(value.to_owned()) },
        None => Expr::not(Expr::Field { field, test: Test::Exists }),
    }
}

/// Records of an environment; `none` are those that name no other.
pub(crate) fn environment(name: &str) -> Expr {
    match name {
        NO_ENVIRONMENT => Expr::or(vec![is("env", None), is("env", Some(name))]),
        name => is("env", Some(name)),
    }
}

/// SQL that is true from this nanosecond to that, both included.
pub(crate) fn between_ns(first: i64, last: i64) -> String {
    format!("time >= {} AND time <= {}", timestamp_ns(first), timestamp_ns(last))
}

/// A moment, in nanoseconds since 1970, as an SQL literal.
pub(crate) fn timestamp_ns(nanoseconds: i64) -> String {
    format!("arrow_cast({nanoseconds}, 'Timestamp(Nanosecond, Some(\"UTC\"))')")
}

/// SQL that is true when a column has this value, or none.
pub(crate) fn equals(column: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{column} = {}", typed::text(value)),
        None => format!("{column} IS NULL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_too_deep_is_the_fault_of_the_search() {
        let deeper = |inner: Expr, _: usize| {
            Expr::and(vec![is("host", Some("a")), Expr::or(vec![is("env", Some("b")), inner])])
        };
        let filter = Filter::new((0..40).fold(is("service", Some("c")), deeper)).unwrap();
        let error = checked_sql_of(&filter).unwrap_err();
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
        assert_eq!(error.body.error.code, "invalid_search");
    }
}
