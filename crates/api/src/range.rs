//! The time and the environment that a page is about.

use crate::error::ApiError;
use hannun_query::typed;
use serde::Deserialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use utoipa::IntoParams;

/// A page that names no time is about this long ago until now.
const DEFAULT_RANGE: Duration = Duration::from_secs(3600);
/// Name under which telemetry without an environment is found.
pub const NO_ENVIRONMENT: &str = "none";

/// The last moment that a timestamp of the store can name, in the year 2262.
pub const TIME_MS_MAX: i64 = i64::MAX / 1_000_000;

/// Query parameters of every page about a time.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TimeRange {
    /// Milliseconds since 1970; one hour before `to_ms` when not given.
    pub from_ms: Option<i64>,
    /// Milliseconds since 1970, exclusive; now when not given.
    pub to_ms: Option<i64>,
    /// Deployment environment; `none` is telemetry without one. All when not given.
    pub environment: Option<String>,
}

/// A [`TimeRange`] that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub from_ms: i64,
    pub to_ms: i64,
    pub environment: Option<String>,
}

impl TimeRange {
    pub fn scope(&self) -> Result<Scope, ApiError> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        self.scope_at(now_ms)
    }

    fn scope_at(&self, now_ms: i64) -> Result<Scope, ApiError> {
        let to_ms = self.to_ms.unwrap_or(now_ms);
        let default_ms = i64::try_from(DEFAULT_RANGE.as_millis()).unwrap_or(i64::MAX);
        let from_ms = self.from_ms.unwrap_or_else(|| to_ms.saturating_sub(default_ms));
        if from_ms < 0 || to_ms <= from_ms || to_ms > TIME_MS_MAX {
            let message = format!(
                "from_ms must be at least 0, less than to_ms, and that at most {TIME_MS_MAX}"
            );
            return Err(ApiError::invalid(message));
        }
        let environment = self.environment.clone().filter(|name| !name.is_empty());
        Ok(Scope { from_ms, to_ms, environment })
    }
}

impl Scope {
    pub fn seconds(&self) -> f64 {
        (self.to_ms - self.from_ms) as f64 / 1e3
    }

    /// SQL that is true for rows of this time and environment.
    pub fn condition(&self, time_column: &str) -> String {
        let from = typed::timestamp_ms(self.from_ms);
        let to = typed::timestamp_ms(self.to_ms);
        let time = format!("{time_column} >= {from} AND {time_column} < {to}");
        match self.environment_condition() {
            None => time,
            Some(environment) => format!("{time} AND {environment}"),
        }
    }

    /// SQL that is true for rows of this environment; `None` when all are wanted.
    pub fn environment_condition(&self) -> Option<String> {
        let column = "deployment_environment_name";
        match self.environment.as_deref()? {
            NO_ENVIRONMENT => {
                let none = typed::text(NO_ENVIRONMENT);
                Some(format!("({column} IS NULL OR {column} = {none})"))
            }
            name => Some(format!("{column} = {}", typed::text(name))),
        }
    }

    /// A sub-select with the columns of `span_stats` about this time and environment, which equals
    /// counting the spans: see [`hannun_query::span_stats`].
    pub fn span_stats(&self) -> String {
        self.span_stats_where(None)
    }

    /// The same, of rows for which `condition` holds: SQL over columns that `spans` has as well.
    pub fn span_stats_where(&self, condition: Option<&str>) -> String {
        let environment = self.environment_condition();
        let conditions: Vec<&str> = environment.as_deref().into_iter().chain(condition).collect();
        let all = (!conditions.is_empty()).then(|| conditions.join(" AND "));
        hannun_query::span_stats::source(self.from_ms, self.to_ms, all.as_deref())
    }

    /// The length of a bucket that cuts this time into at most `count` even parts; of
    /// more than a hundred years two may be needed.
    pub fn bucket_seconds(&self, count: u32) -> u32 {
        const STEPS: [u32; 19] = [
            1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400,
            43_200,
        ];
        let wanted = self.seconds() / f64::from(count.max(1));
        const DAYS_MAX: u32 = u32::MAX / 86_400;
        let days = ((wanted / 86_400.0).ceil().max(1.0) as u32).min(DAYS_MAX);
        STEPS.into_iter().find(|step| f64::from(*step) >= wanted).unwrap_or(days * 86_400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(from_ms: i64, to_ms: i64, environment: Option<&str>) -> Scope {
        Scope { from_ms, to_ms, environment: environment.map(str::to_owned) }
    }

    #[test]
    fn a_range_that_is_not_given_is_the_last_hour() {
        let asked = TimeRange { environment: Some(String::new()), ..TimeRange::default() };
        assert_eq!(asked.scope_at(7_200_000).unwrap(), scope(3_600_000, 7_200_000, None));
        let backwards = TimeRange { from_ms: Some(5), to_ms: Some(5), environment: None };
        assert!(backwards.scope_at(9).is_err());
    }

    #[test]
    fn an_environment_cannot_leave_its_literal() {
        let condition = scope(1, 2, Some("a' OR true --")).condition("start_time");
        assert!(condition.ends_with("deployment_environment_name = 'a'' OR true --'"));
    }

    #[test]
    fn buckets_are_even_and_few() {
        assert_eq!(scope(0, 3_600_000, None).bucket_seconds(30), 120);
        assert_eq!(scope(0, 900_000, None).bucket_seconds(30), 30);
        assert_eq!(scope(0, 30 * 86_400_000, None).bucket_seconds(30), 86_400);
        assert_eq!(scope(0, 90 * 86_400_000, None).bucket_seconds(30), 3 * 86_400);
        // All of time in one part is longer than the number can tell, so it is a few parts.
        let seconds = scope(0, TIME_MS_MAX, None).bucket_seconds(1);
        assert!(seconds.is_multiple_of(86_400) && seconds > u32::MAX - 86_400, "{seconds}");
    }
}
