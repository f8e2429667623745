//! When the versions of a service came and went.

use crate::requests::is_service;
use hannun_api::range::Scope;
use hannun_model::limits::{LENS_ROWS_MAX, SERVICE_DEPLOYS_MARKED_MAX, SERVICE_LOOK_BACK_DAYS};
use hannun_query::span_stats::COUNTED;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// The first span of a version that was not there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeployMark {
    pub version: String,
    pub at_ms: i64,
}

/// The minute in which the first span of a version began.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FirstMinute {
    pub version: Option<String>,
    pub first_ms: i64,
}

#[derive(Debug, Deserialize)]
struct FirstSpan {
    version: String,
    at_ms: i64,
}

/// The versions of a service as far back as is looked, the first one first.
pub async fn first_minutes(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<Vec<FirstMinute>, QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    Ok(engine.rows(&first_minutes_sql(scope, service), limits).await?.rows)
}

/// This time and what is looked back over before it.
pub(crate) fn looked_back(scope: &Scope) -> Scope {
    let from_ms = scope.from_ms.min(scope.to_ms - SERVICE_LOOK_BACK_DAYS * DAY_MS).max(0);
    Scope { from_ms, ..scope.clone() }
}

fn first_minutes_sql(scope: &Scope, service: &str) -> String {
    // Whole minutes are enough here: the first second is looked for later, where it matters.
    format!(
        "SELECT service_version AS version, CAST(min(time) AS BIGINT) / 1000000 AS first_ms \
         FROM {COUNTED} AS counted WHERE {} AND {} GROUP BY 1 ORDER BY first_ms, version",
        looked_back(scope).condition("time"),
        is_service(service)
    )
}

/// The deploys of a service in a time.
pub async fn deploys(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<Vec<DeployMark>, QueryError> {
    let came = new_versions(scope, &first_minutes(engine, scope, service).await?);
    if came.is_empty() {
        return Ok(Vec::new());
    }
    let limits = QueryLimits::default();
    let spans = engine.rows::<FirstSpan>(&first_spans_sql(scope, service, &came), limits).await?;
    let exact = spans.rows.into_iter().map(|row| (row.version, row.at_ms)).collect();
    Ok(marks(scope, came, &exact))
}

/// Versions whose first minute is in this time and that were not the first of the service.
fn new_versions(scope: &Scope, versions: &[FirstMinute]) -> Vec<(String, i64)> {
    let named = versions.iter().filter_map(|row| Some((row.version.clone()?, row.first_ms)));
    // Versions that came in the very first minute were all there before anybody looked.
    let mut came: Vec<(String, i64)> = named.collect();
    let Some(first_ms) = came.first().map(|(_, at_ms)| *at_ms) else { return came };
    came.retain(|(_, at_ms)| {
        *at_ms > first_ms && *at_ms > scope.from_ms - MINUTE_MS && *at_ms < scope.to_ms
    });
    came.split_off(came.len().saturating_sub(SERVICE_DEPLOYS_MARKED_MAX))
}

fn first_spans_sql(scope: &Scope, service: &str, came: &[(String, i64)]) -> String {
    let each = came.iter().map(|(version, minute_ms)| {
        let minute = Scope { from_ms: *minute_ms, to_ms: minute_ms + MINUTE_MS, ..scope.clone() };
        format!(
            "({} AND service_version = {})",
            minute.condition("start_time"),
            typed::text(version)
        )
    });
    format!(
        "SELECT service_version AS version, \
         CAST(min(start_time) AS BIGINT) / 1000000 AS at_ms \
         FROM spans WHERE {} AND ({}) GROUP BY 1",
        is_service(service),
        each.collect::<Vec<_>>().join(" OR ")
    )
}

/// The exact moment where spans tell it, the minute where they are past their retention.
fn marks(scope: &Scope, came: Vec<(String, i64)>, exact: &HashMap<String, i64>) -> Vec<DeployMark> {
    came.into_iter()
        .map(|(version, minute_ms)| {
            let at_ms = exact.get(&version).copied().unwrap_or(minute_ms);
            DeployMark { version, at_ms }
        })
        .filter(|mark| (scope.from_ms..scope.to_ms).contains(&mark.at_ms))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope = Scope { from_ms: 600_500, to_ms: 1_200_000, environment: None };

    fn came(version: &str, first_ms: i64) -> FirstMinute {
        FirstMinute { version: Some(version.to_owned()), first_ms }
    }

    #[test]
    fn a_deploy_is_a_version_that_was_not_there_before() {
        let versions = [
            FirstMinute { version: None, first_ms: 0 },
            came("1", 60_000),
            came("1-b", 60_000),
            came("2", 540_000),
            came("3", 600_000),
            came("4", 1_140_000),
            came("5", 1_200_000),
        ];
        let new = new_versions(&SCOPE, &versions);
        let names: Vec<&str> = new.iter().map(|(version, _)| version.as_str()).collect();
        assert_eq!(names, ["3", "4"]);
        assert_eq!(new_versions(&SCOPE, &[came("1", 660_000)]), []);
    }

    #[test]
    fn a_deploy_is_marked_at_the_first_span_of_its_version() {
        let came = vec![("3".to_owned(), 600_000), ("4".to_owned(), 1_140_000)];
        let exact = HashMap::from([("3".to_owned(), 600_100)]);
        let marks = marks(&SCOPE, came, &exact);
        // The first span of 3 was before the time; of 4 only the minute is known.
        assert_eq!(marks, [DeployMark { version: "4".to_owned(), at_ms: 1_140_000 }]);
    }

    #[test]
    fn versions_are_looked_for_over_thirty_days() {
        let scope = Scope { to_ms: 90 * DAY_MS, from_ms: 89 * DAY_MS, environment: None };
        assert_eq!(looked_back(&scope).from_ms, 60 * DAY_MS);
        let long = Scope { from_ms: DAY_MS, ..scope.clone() };
        assert_eq!(looked_back(&long).from_ms, DAY_MS);
        insta::assert_snapshot!(first_minutes_sql(&scope, "order"));
        insta::assert_snapshot!(first_spans_sql(&scope, "order", &[("2'".to_owned(), 60_000)]));
    }
}
