//! One service in short: how it does, how it did before, which versions run and where.

use crate::environments::named;
use crate::infrastructure::{self, InfrastructureAttribute};
use crate::requests::{Requests, is_service, previous, stats_of};
use crate::versions::{FirstMinute, first_minutes, looked_back};
use hannun_api::figures::{FIGURES, Figures, FiguresRow};
use hannun_api::range::Scope;
use hannun_model::limits::SERVICE_VERSIONS_NAMED_MAX;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// One service in a time and an environment.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceOverview {
    pub service: String,
    pub figures: Figures,
    /// The same length of time just before.
    pub previous: Figures,
    /// Those with most requests first.
    pub versions: Vec<ServiceVersion>,
    /// `none` when its telemetry names no environment.
    pub environments: Vec<String>,
    pub languages: Vec<String>,
    /// Whether its requests are server and consumer spans; else they are its root spans.
    pub has_entry_spans: bool,
    /// Attributes of where it runs.
    pub infrastructure: Vec<InfrastructureAttribute>,
    /// Infrastructure and languages are told by the spans since then; null without spans.
    pub infrastructure_from_ms: Option<i64>,
}

/// A version that ran in the time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ServiceVersion {
    /// Null counts the spans without a version.
    pub version: Option<String>,
    pub requests: f64,
    /// Its first span as far as 30 days back, by the minute.
    pub first_seen_ms: i64,
    /// Its last span in the time, by the minute.
    pub last_seen_ms: i64,
}

#[derive(Debug, Deserialize)]
struct VersionRow {
    version: Option<String>,
    requests: Option<f64>,
    first_ms: i64,
    last_ms: i64,
}

#[derive(Debug, Deserialize)]
struct EnvironmentRow {
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct CountRow {
    spans: Option<u64>,
}

/// Answers one service; `None` when it is neither in the time nor in the last 30 days.
pub async fn overview(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    now_ms: i64,
) -> Result<Option<ServiceOverview>, QueryError> {
    let requests = Requests::of(engine, scope, service).await?;
    let versions = versions(engine, scope, service, requests).await?;
    if versions.is_empty() && !is_known(engine, scope, service, now_ms).await? {
        return Ok(None);
    }
    let present = figures(engine, scope, service, requests).await?;
    let before = match previous(scope) {
        Some(before) => figures(engine, &before, service, requests).await?,
        None => FiguresRow::default().figures(0.0),
    };
    let infrastructure = infrastructure::infrastructure(engine, scope, service).await?;
    Ok(Some(ServiceOverview {
        service: service.to_owned(),
        figures: present,
        previous: before,
        versions,
        environments: environments(engine, scope, service).await?,
        languages: infrastructure.languages,
        has_entry_spans: requests == Requests::Entry,
        infrastructure: infrastructure.attributes,
        infrastructure_from_ms: infrastructure.from_ms,
    }))
}

async fn figures(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    requests: Requests,
) -> Result<Figures, QueryError> {
    let sql = format!(
        "SELECT {FIGURES} FROM {} AS stats WHERE {}",
        stats_of(scope, service),
        requests.condition()
    );
    let row = engine.rows::<FiguresRow>(&sql, QueryLimits::default()).await?.rows.pop();
    Ok(row.unwrap_or_default().figures(scope.seconds()))
}

/// Whether there is a span of this service, in any environment.
async fn is_known(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    now_ms: i64,
) -> Result<bool, QueryError> {
    let lately = looked_back(&Scope { from_ms: now_ms, to_ms: now_ms, environment: None });
    let time = Scope {
        from_ms: scope.from_ms.min(lately.from_ms),
        to_ms: scope.to_ms.max(lately.to_ms),
        environment: None,
    };
    let sql = format!(
        "SELECT sum(spans) AS spans FROM span_stats WHERE {} AND {}",
        time.condition("time"),
        is_service(service)
    );
    let row = engine.rows::<CountRow>(&sql, QueryLimits::default()).await?.rows.pop();
    Ok(row.and_then(|row| row.spans).unwrap_or(0) > 0)
}

async fn versions(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    requests: Requests,
) -> Result<Vec<ServiceVersion>, QueryError> {
    let limits = QueryLimits::asked(Some(SERVICE_VERSIONS_NAMED_MAX), None);
    let sql = versions_sql(scope, service, requests);
    let rows = engine.rows::<VersionRow>(&sql, limits).await?.rows;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(with_first_minutes(rows, first_minutes(engine, scope, service).await?))
}

fn versions_sql(scope: &Scope, service: &str, requests: Requests) -> String {
    let milliseconds = |time: &str| format!("CAST({time} AS BIGINT) / 1000000");
    format!(
        "SELECT service_version AS version, sum(count) FILTER (WHERE {}) AS requests, \
         {} AS first_ms, {} AS last_ms \
         FROM {} AS stats GROUP BY 1 ORDER BY requests DESC NULLS LAST, version",
        requests.condition(),
        milliseconds("min(time)"),
        milliseconds("max(time)"),
        stats_of(scope, service)
    )
}

fn with_first_minutes(rows: Vec<VersionRow>, minutes: Vec<FirstMinute>) -> Vec<ServiceVersion> {
    let first: HashMap<Option<String>, i64> =
        minutes.into_iter().map(|row| (row.version, row.first_ms)).collect();
    let shown = |row: VersionRow| ServiceVersion {
        first_seen_ms: first.get(&row.version).map_or(row.first_ms, |ms| row.first_ms.min(*ms)),
        last_seen_ms: row.last_ms,
        requests: row.requests.unwrap_or(0.0),
        version: row.version,
    };
    rows.into_iter().map(shown).collect()
}

async fn environments(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<Vec<String>, QueryError> {
    let sql = format!(
        "SELECT deployment_environment_name AS name FROM {} AS stats GROUP BY 1",
        stats_of(scope, service)
    );
    let rows = engine.rows::<EnvironmentRow>(&sql, QueryLimits::default()).await?.rows;
    Ok(named(rows.into_iter().map(|row| row.name).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_were_first_seen_before_the_time_when_they_were() {
        let row = |version: Option<&str>, first_ms| VersionRow {
            version: version.map(str::to_owned),
            requests: Some(1.5),
            first_ms,
            last_ms: 900,
        };
        let minute = |version: Option<&str>, first_ms| FirstMinute {
            version: version.map(str::to_owned),
            first_ms,
        };
        let versions = with_first_minutes(
            vec![row(Some("2"), 600), row(None, 600), row(Some("3"), 660)],
            vec![minute(Some("2"), 60), minute(None, 0)],
        );
        let seen: Vec<_> =
            versions.iter().map(|it| (it.version.as_deref(), it.first_seen_ms)).collect();
        assert_eq!(seen, [(Some("2"), 60), (None, 0), (Some("3"), 660)]);
        assert_eq!((versions[0].requests, versions[0].last_seen_ms), (1.5, 900));
    }

    #[test]
    fn versions_are_ranked_by_requests() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };
        insta::assert_snapshot!(versions_sql(&scope, "order", Requests::Root));
    }
}
