//! Which versions of which services came when.

use crate::is_service;
use hannun_api::figures::{MEASURES, Measures};
use hannun_api::range::{NO_ENVIRONMENT, Scope};
use hannun_model::limits::{
    DEPLOY_NAME_BYTES_MAX, DEPLOY_NAMES_BYTES_MAX, DEPLOYS_LISTED_DEFAULT, DEPLOYS_LISTED_MAX,
    DEPLOYS_LOOK_BACK_DAYS, LENS_ROWS_MAX,
};
use hannun_query::span_stats::COUNTED;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Which version came before is told by the requests of this long before a deploy.
const BEFORE_MS: i64 = HOUR_MS;
/// Figures of the version before are of this long: a day, so that the hours of the day are the same.
const FIGURES_BEFORE_MS: i64 = DAY_MS;

/// Which deploys are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeploysFilter {
    pub service: Option<String>,
    /// Deploys answered at most, the latest.
    pub limit: Option<usize>,
}

/// Deploys of a time, the latest first.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct DeploysAnswer {
    pub deploys: Vec<Deploy>,
    /// Whether there are more.
    pub truncated: bool,
}

/// The first time that a version of a service was seen, and what it changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Deploy {
    pub service: String,
    pub version: String,
    /// The version that had most requests in the hour before; the one seen last when none had any.
    pub previous_version: Option<String>,
    pub environments: Vec<String>,
    /// When its first span began; the minute of it where the span is past its retention.
    pub at_ms: i64,
    /// Start of the last minute with its spans.
    pub last_seen_ms: i64,
    /// Requests of the version until the end of the time asked about.
    pub requests: f64,
    pub error_percent: f64,
    pub p95_ms: Option<f64>,
    /// Of the previous version in the day before; null when it had no requests.
    pub previous_error_percent: Option<f64>,
    pub previous_p95_ms: Option<f64>,
}

/// A version of a service as far back as is looked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Version {
    service: String,
    version: String,
    first_ms: i64,
    last_ms: i64,
    entries: u64,
    environments: Vec<Option<String>>,
}

#[derive(Debug, Deserialize)]
struct FirstSpan {
    deploy: usize,
    at_ms: i64,
}

#[derive(Debug, Deserialize)]
struct BeforeRow {
    deploy: usize,
    version: String,
    requests: f64,
}

#[derive(Debug, Deserialize)]
struct FiguresRow {
    deploy: usize,
    is_new: bool,
    #[serde(flatten)]
    measures: Measures,
}

/// A deploy that was found, before it has figures.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    version: Version,
    previous: Option<String>,
    /// Whether the requests of its service are its server and consumer spans; else its roots are.
    has_entries: bool,
}

/// Answers the deploys of a time: versions whose first span began in it, other than the first
/// version of their service.
pub async fn deploys(
    engine: &Arc<Engine>,
    scope: &Scope,
    filter: &DeploysFilter,
) -> Result<DeploysAnswer, QueryError> {
    let limit = filter.limit.unwrap_or(DEPLOYS_LISTED_DEFAULT).clamp(1, DEPLOYS_LISTED_MAX);
    let service = filter.service.as_deref().filter(|name| !name.is_empty());
    let Came { versions, mut found, first, truncated } =
        Came::find(engine, scope, service, limit).await?;
    if found.is_empty() {
        return Ok(DeploysAnswer { deploys: Vec::new(), truncated });
    }
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let before = engine.rows::<BeforeRow>(&before_sql(scope, &found), limits).await?.rows;
    for (index, deploy) in found.iter_mut().enumerate() {
        let busiest = before
            .iter()
            .filter(|row| row.deploy == index)
            .max_by(|a, b| a.requests.total_cmp(&b.requests));
        deploy.previous = busiest
            .map(|row| row.version.clone())
            .or_else(|| seen_last(&versions, &deploy.version));
    }
    let figures = engine.rows::<FiguresRow>(&figures_sql(scope, &found), limits).await?.rows;
    let mut deploys: Vec<Deploy> = found
        .into_iter()
        .enumerate()
        .map(|(index, found)| deploy(scope, index, found, &first, &figures))
        .filter(|deploy| (scope.from_ms..scope.to_ms).contains(&deploy.at_ms))
        .collect();
    deploys.sort_by(|a, b| b.at_ms.cmp(&a.at_ms).then_with(|| a.service.cmp(&b.service)));
    Ok(DeploysAnswer { deploys, truncated })
}

/// A version of another service that came in the time compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtherDeploy {
    pub service: String,
    pub version: String,
    pub at_ms: i64,
}

/// Deploys of services other than this one, the latest first.
pub async fn of_others(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<Vec<OtherDeploy>, QueryError> {
    let came = Came::find(engine, scope, None, DEPLOYS_LISTED_DEFAULT).await?;
    let mut others: Vec<OtherDeploy> = came
        .found
        .into_iter()
        .enumerate()
        .map(|(index, Found { version, .. })| OtherDeploy {
            at_ms: came.first.get(&index).copied().unwrap_or(version.first_ms),
            service: version.service,
            version: version.version,
        })
        .filter(|deploy| deploy.service != service)
        .filter(|deploy| (scope.from_ms..scope.to_ms).contains(&deploy.at_ms))
        .collect();
    others.sort_by(|a, b| b.at_ms.cmp(&a.at_ms).then_with(|| a.service.cmp(&b.service)));
    Ok(others)
}

/// Versions that came in a time.
#[derive(Debug, Default)]
struct Came {
    /// All versions that are known.
    versions: Vec<Version>,
    found: Vec<Found>,
    /// Start of the first span of each that was found, where it is still stored.
    first: HashMap<usize, i64>,
    truncated: bool,
}

impl Came {
    async fn find(
        engine: &Arc<Engine>,
        scope: &Scope,
        service: Option<&str>,
        limit: usize,
    ) -> Result<Self, QueryError> {
        let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
        let sql = versions_sql(scope, service);
        let versions = engine.rows::<Version>(&sql, limits).await?.rows;
        let (found, truncated) = new_versions(scope, &versions, limit);
        if found.is_empty() {
            return Ok(Self { versions, truncated, ..Self::default() });
        }
        let rows = engine.rows::<FirstSpan>(&first_spans_sql(scope, &found), limits).await?.rows;
        let first = rows.into_iter().map(|row| (row.deploy, row.at_ms)).collect();
        Ok(Self { versions, found, first, truncated })
    }
}

/// The time in which versions are looked for.
fn looked_back(scope: &Scope) -> Scope {
    let from_ms = (scope.to_ms - DEPLOYS_LOOK_BACK_DAYS * DAY_MS).clamp(0, scope.from_ms);
    Scope { from_ms, ..scope.clone() }
}

fn versions_sql(scope: &Scope, service: Option<&str>) -> String {
    let service = service.map(|name| format!(" AND {}", is_service(name))).unwrap_or_default();
    format!(
        "SELECT coalesce(service_name, '') AS service, service_version AS version, \
         CAST(min(time) AS BIGINT) / 1000000 AS first_ms, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_ms, \
         count(*) FILTER (WHERE kind IN ('server', 'consumer')) AS entries, \
         array_agg(DISTINCT deployment_environment_name) AS environments \
         FROM {COUNTED} AS counted WHERE {} AND octet_length(service_version) <= {DEPLOY_NAME_BYTES_MAX} \
         AND octet_length(coalesce(service_name, '')) <= {DEPLOY_NAME_BYTES_MAX}{service} \
         GROUP BY service_name, service_version ORDER BY first_ms, service, version",
        looked_back(scope).condition("time")
    )
}

/// The versions that came in the time, the latest first, and whether there are more of them.
fn new_versions(scope: &Scope, versions: &[Version], limit: usize) -> (Vec<Found>, bool) {
    // Whoever was there in the first minute of a service was not deployed, as far as is known.
    let mut first_of: HashMap<&str, (i64, u64)> = HashMap::new();
    for version in versions {
        let known = first_of.entry(&version.service).or_insert((version.first_ms, 0));
        known.0 = known.0.min(version.first_ms);
        known.1 += version.entries;
    }
    let first_minute = scope.from_ms - scope.from_ms.rem_euclid(MINUTE_MS);
    let mut found: Vec<Found> = versions
        .iter()
        .filter(|version| version.first_ms >= first_minute)
        .filter(|version| version.first_ms > first_of[version.service.as_str()].0)
        .map(|version| Found {
            version: version.clone(),
            previous: None,
            has_entries: first_of[version.service.as_str()].1 > 0,
        })
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.version.first_ms));
    let fit = limit.min(nameable(&found));
    let truncated = found.len() > fit;
    found.truncate(fit);
    (found, truncated)
}

/// How many of these one query can name.
fn nameable(found: &[Found]) -> usize {
    let mut bytes = 0;
    found
        .iter()
        .take_while(|Found { version, .. }| {
            // In two conditions, each quote twice.
            bytes += 4 * (version.service.len() + version.version.len());
            bytes <= DEPLOY_NAMES_BYTES_MAX
        })
        .count()
}

/// The version of the same service that was seen last before this one came.
fn seen_last(versions: &[Version], new: &Version) -> Option<String> {
    versions
        .iter()
        .filter(|it| it.service == new.service && it.first_ms < new.first_ms)
        .max_by_key(|it| (it.last_ms.min(new.first_ms), it.first_ms))
        .map(|it| it.version.clone())
}

/// The exact start of the first span of each deploy.
fn first_spans_sql(scope: &Scope, found: &[Found]) -> String {
    let mut cases = String::new();
    let mut minutes = Vec::new();
    for (index, Found { version, .. }) in found.iter().enumerate() {
        let from_ms = version.first_ms;
        let minute = Scope { from_ms, to_ms: from_ms + MINUTE_MS, ..scope.clone() };
        let condition = format!(
            "{} AND service_version = {} AND {}",
            is_service(&version.service),
            typed::text(&version.version),
            minute.condition("start_time")
        );
        cases.push_str(&format!(" WHEN {condition} THEN {index}"));
        minutes.push(format!("({condition})"));
    }
    format!(
        "SELECT CASE{cases} END AS deploy, CAST(min(start_time) AS BIGINT) / 1000000 AS at_ms \
         FROM spans WHERE {} GROUP BY 1",
        minutes.join(" OR ")
    )
}

/// The deploys as a table that `span_stats` is joined with.
fn deploys_table(found: &[Found]) -> String {
    let rows = found.iter().enumerate().map(|(index, found)| {
        let version = &found.version;
        format!(
            "({index}, {}, {}, {}, {}, {})",
            typed::text(&version.service),
            typed::text(&version.version),
            found.previous.as_deref().map_or("''".to_owned(), typed::text),
            version.first_ms,
            found.has_entries
        )
    });
    format!(
        "(VALUES {}) AS deploys(deploy, of_service, new_version, previous_version, at_ms, \
         has_entries)",
        rows.collect::<Vec<_>>().join(", ")
    )
}

/// SQL of the rows of `span_stats` that count requests of the service of a deploy, in the time
/// around all of them.
fn joined(scope: &Scope, found: &[Found], before_ms: i64, to_ms: i64) -> String {
    let first_ms = found.iter().map(|found| found.version.first_ms).min().unwrap_or(scope.from_ms);
    let time = Scope { from_ms: (first_ms - before_ms).max(0), to_ms, ..scope.clone() };
    format!(
        "{} JOIN (SELECT *, CAST(time AS BIGINT) / 1000000 AS time_ms FROM {COUNTED} AS counted \
         WHERE {} AND service_version IS NOT NULL) AS stats \
         ON coalesce(service_name, '') = of_service \
         WHERE CASE WHEN has_entries THEN kind IN ('server', 'consumer') ELSE root END",
        deploys_table(found),
        time.condition("time")
    )
}

/// Requests of each version just before each deploy.
fn before_sql(scope: &Scope, found: &[Found]) -> String {
    format!(
        "SELECT deploy, service_version AS version, sum(count) AS requests FROM {} \
         AND service_version <> new_version AND time_ms < at_ms AND time_ms >= at_ms - {BEFORE_MS} \
         GROUP BY deploy, service_version ORDER BY deploy, version",
        joined(scope, found, BEFORE_MS, scope.to_ms)
    )
}

/// Figures of each new version since its deploy, and of the version before it in the day before.
fn figures_sql(scope: &Scope, found: &[Found]) -> String {
    format!(
        "SELECT deploy, service_version = new_version AS is_new, {MEASURES} FROM {} \
         AND (service_version = new_version OR service_version = previous_version \
         AND time_ms < at_ms AND time_ms >= at_ms - {FIGURES_BEFORE_MS}) \
         GROUP BY 1, 2",
        joined(scope, found, FIGURES_BEFORE_MS, scope.to_ms)
    )
}

fn deploy(
    scope: &Scope,
    index: usize,
    found: Found,
    first: &HashMap<usize, i64>,
    figures: &[FiguresRow],
) -> Deploy {
    let of = |is_new: bool| {
        let row = figures.iter().find(|row| row.deploy == index && row.is_new == is_new);
        row.map(|row| row.measures.figures(scope.seconds()))
    };
    let (new, before) = (of(true), of(false));
    let version = found.version;
    let mut environments: Vec<String> = version
        .environments
        .into_iter()
        .map(|name| name.unwrap_or_else(|| NO_ENVIRONMENT.to_owned()))
        .collect();
    environments.sort();
    environments.dedup();
    Deploy {
        at_ms: first.get(&index).copied().unwrap_or(version.first_ms),
        service: version.service,
        version: version.version,
        previous_version: found.previous,
        environments,
        last_seen_ms: version.last_ms,
        requests: new.as_ref().map_or(0.0, |figures| figures.requests),
        error_percent: new.as_ref().map_or(0.0, |figures| figures.error_percent),
        p95_ms: new.and_then(|figures| figures.p95_ms),
        previous_error_percent: before.as_ref().map(|figures| figures.error_percent),
        previous_p95_ms: before.and_then(|figures| figures.p95_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::limits::SQL_BYTES_MAX;

    fn version(service: &str, version: &str, first_ms: i64, last_ms: i64) -> Version {
        let (service, version) = (service.to_owned(), version.to_owned());
        Version { service, version, first_ms, last_ms, entries: 1, environments: Vec::new() }
    }

    fn scope() -> Scope {
        Scope { from_ms: 600_500, to_ms: 1_200_000, environment: None }
    }

    #[test]
    fn the_first_version_of_a_service_is_no_deploy() {
        let versions = [
            version("a", "1", 60_000, 900_000),
            version("a", "2", 120_000, 900_000),
            version("a", "3", 600_000, 900_000),
            version("b", "1", 660_000, 900_000),
            version("b", "1-canary", 660_000, 900_000),
            version("b", "2", 720_000, 900_000),
        ];
        let names = |limit| {
            let (found, truncated) = new_versions(&scope(), &versions, limit);
            let names: Vec<String> = found
                .iter()
                .map(|it| format!("{} {}", it.version.service, it.version.version))
                .collect();
            (names, truncated)
        };
        assert_eq!(names(9), (vec!["b 2".to_owned(), "a 3".to_owned()], false));
        assert_eq!(names(1), (vec!["b 2".to_owned()], true));
    }

    #[test]
    fn a_query_names_as_many_deploys_as_it_has_room_for() {
        let long = |n: i64| {
            let name = format!("{n:0width$}", width = DEPLOY_NAME_BYTES_MAX);
            version("a", &name, 600_000 + n, 900_000)
        };
        let versions: Vec<Version> =
            [version("a", "1", 0, 900_000)].into_iter().chain((1..=200).map(long)).collect();
        let (found, truncated) = new_versions(&scope(), &versions, 200);
        assert!(truncated && found.len() > 20, "{}", found.len());
        assert_eq!(found[0].version.first_ms, 600_200, "the latest are kept");
        assert!(first_spans_sql(&scope(), &found).len() < SQL_BYTES_MAX);
        assert!(figures_sql(&scope(), &found).len() < SQL_BYTES_MAX);
    }

    #[test]
    fn without_requests_the_version_seen_last_came_before() {
        let new = version("a", "4", 600_000, 900_000);
        let versions = [
            version("a", "1", 0, 300_000),
            version("a", "2", 60_000, 240_000),
            version("b", "9", 0, 599_000),
            new.clone(),
        ];
        assert_eq!(seen_last(&versions, &new).as_deref(), Some("1"));
        // One that never went is before those that did; of two, the younger.
        let mut more = versions.to_vec();
        more.extend([version("a", "2b", 90_000, 900_000), version("a", "3", 120_000, 900_000)]);
        assert_eq!(seen_last(&more, &new).as_deref(), Some("3"));
    }

    #[test]
    fn versions_are_looked_for_over_thirty_days() {
        let late = Scope { from_ms: 89 * DAY_MS, to_ms: 90 * DAY_MS, environment: None };
        assert_eq!(looked_back(&late).from_ms, 60 * DAY_MS);
        let long = Scope { from_ms: DAY_MS, ..late };
        assert_eq!(looked_back(&long).from_ms, DAY_MS);
    }

    #[test]
    fn hostile_names_stay_inside_their_literals() {
        let found = [Found {
            version: version("it's", "1' OR true --", 600_000, 900_000),
            previous: Some("0'".to_owned()),
            has_entries: true,
        }];
        insta::assert_snapshot!(first_spans_sql(&scope(), &found));
        insta::assert_snapshot!(figures_sql(&scope(), &found));
        insta::assert_snapshot!(before_sql(&scope(), &found));
    }
}
