//! When and in which versions issues were seen, over everything that is stored.

use crate::IssueKey;
use hannun_model::limits::{LENS_ROWS_MAX, SERVICE_VERSIONS_NAMED_MAX};
use hannun_query::span_stats::COUNTED;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A version of a service in which errors of an issue were seen.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorVersion {
    /// Null for spans that name no version.
    pub version: Option<String>,
    pub count: f64,
    pub first_seen_ms: i64,
    pub last_seen_ms: i64,
}

/// The versions of an issue, by when each was first seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub versions: Vec<ErrorVersion>,
}

#[derive(Debug, Deserialize)]
struct Row {
    service: String,
    fingerprint: String,
    version: Option<String>,
    count: f64,
    first_seen_ms: i64,
    last_seen_ms: i64,
}

#[derive(Debug, Deserialize)]
struct DeployRow {
    version: String,
    first_seen_ms: i64,
}

impl History {
    pub fn first_seen_ms(&self) -> Option<i64> {
        self.versions.iter().map(|seen| seen.first_seen_ms).min()
    }

    pub fn last_seen_ms(&self) -> Option<i64> {
        self.versions.iter().map(|seen| seen.last_seen_ms).max()
    }

    /// The version of the first error.
    pub fn first_version(&self) -> Option<String> {
        self.versions.iter().min_by_key(|seen| seen.first_seen_ms)?.version.clone()
    }

    /// The version of the last error.
    pub fn last_version(&self) -> Option<String> {
        self.versions.iter().max_by_key(|seen| seen.last_seen_ms)?.version.clone()
    }

    /// Names of versions in the order in which they were first seen; of many, the latest.
    pub fn version_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.versions.iter().filter_map(|it| it.version.clone()).collect();
        names.drain(..names.len().saturating_sub(SERVICE_VERSIONS_NAMED_MAX));
        names
    }
}

/// SQL that is true for errors of these issues, and perhaps of others.
pub(crate) fn condition(keys: &[IssueKey]) -> String {
    let fingerprints = keys.iter().map(|key| key.fingerprint.as_str());
    let services = keys.iter().map(|key| key.service.as_str());
    format!("fingerprint IN ({}) AND {}", list(fingerprints), of_services(services))
}

/// SQL that is true for errors of these services; an empty name is that of spans that name none.
pub(crate) fn of_services<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let (without, named): (Vec<_>, Vec<_>) = names.partition(|name| name.is_empty());
    // Files are chosen by the plain column.
    let named =
        (!named.is_empty()).then(|| format!("service_name IN ({})", list(named.into_iter())));
    let nameless = "service_name IS NULL OR service_name = ''".to_owned();
    let nameless = (!without.is_empty()).then_some(nameless);
    let conditions: Vec<_> = named.into_iter().chain(nameless).collect();
    format!("({})", conditions.join(" OR "))
}

/// Each text once, as SQL literals between commas.
fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut literals: Vec<_> = texts.map(typed::text).collect();
    literals.sort_unstable();
    literals.dedup();
    literals.join(", ")
}

/// The history of each of these issues. One that was never seen has none.
pub async fn histories(
    engine: &Arc<Engine>,
    keys: &[IssueKey],
) -> Result<HashMap<IssueKey, History>, QueryError> {
    let mut histories: HashMap<IssueKey, History> = HashMap::new();
    for keys in IssueKey::parts(keys) {
        let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
        for row in engine.rows::<Row>(&histories_sql(keys), limits).await?.rows {
            let key = IssueKey { service: row.service, fingerprint: row.fingerprint };
            histories.entry(key).or_default().versions.push(ErrorVersion {
                version: row.version,
                count: row.count,
                first_seen_ms: row.first_seen_ms,
                last_seen_ms: row.last_seen_ms,
            });
        }
    }
    Ok(histories)
}

fn histories_sql(keys: &[IssueKey]) -> String {
    format!(
        "SELECT coalesce(service_name, '') AS service, fingerprint, service_version AS version, \
         sum(count) AS count, CAST(min(time) AS BIGINT) / 1000000 AS first_seen_ms, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_seen_ms \
         FROM span_errors WHERE {} GROUP BY 1, 2, 3 ORDER BY first_seen_ms, version",
        condition(keys)
    )
}

/// When the first span of each version of a service began.
pub async fn deploys(
    engine: &Arc<Engine>,
    service: &str,
) -> Result<HashMap<String, i64>, QueryError> {
    let sql = format!(
        "SELECT service_version AS version, CAST(min(time) AS BIGINT) / 1000000 AS first_seen_ms \
         FROM {COUNTED} AS counted WHERE service_name = {} AND service_version IS NOT NULL GROUP BY 1",
        typed::text(service)
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let rows = engine.rows::<DeployRow>(&sql, limits).await?.rows;
    Ok(rows.into_iter().map(|row| (row.version, row.first_seen_ms)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(version: Option<&str>, first_seen_ms: i64, last_seen_ms: i64) -> ErrorVersion {
        let version = version.map(str::to_owned);
        ErrorVersion { version, count: 1.0, first_seen_ms, last_seen_ms }
    }

    #[test]
    fn the_first_and_the_last_error_tell_their_versions() {
        let versions = vec![seen(Some("1"), 1, 90), seen(Some("2"), 5, 50), seen(None, 7, 8)];
        let history = History { versions };
        assert_eq!((history.first_seen_ms(), history.last_seen_ms()), (Some(1), Some(90)));
        assert_eq!(history.first_version().as_deref(), Some("1"));
        assert_eq!(history.last_version().as_deref(), Some("1"));
        assert_eq!(history.version_names(), ["1", "2"]);
    }

    #[test]
    fn a_key_cannot_leave_its_literal() {
        let key = |service: &str| IssueKey {
            service: service.to_owned(),
            fingerprint: "') OR ('".to_owned(),
        };
        assert_eq!(
            condition(&[key("it's"), key("it's")]),
            "fingerprint IN (''') OR (''') AND (service_name IN ('it''s'))"
        );
        assert_eq!(
            of_services(["a", ""].into_iter()),
            "(service_name IN ('a') OR service_name IS NULL OR service_name = '')"
        );
    }
}
