//! Where a service runs: hosts, containers, clusters, clouds and run-times, as its latest spans
//! tell it.
//!
//! Statistics do not keep these attributes, so spans are read: the latest ones up to a number.

use crate::requests::{is_service, stats_of};
use hannun_api::range::Scope;
use hannun_model::limits::{INFRASTRUCTURE_SPANS_MAX, INFRASTRUCTURE_VALUES_MAX, LENS_ROWS_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Attributes with a column of their own, in the order in which they are shown.
const COLUMNS: [(&str, &str); 15] = [
    ("service.namespace", "service_namespace"),
    ("service.instance.id", "service_instance_id"),
    ("host.name", "host_name"),
    ("container.name", "container_name"),
    ("container.image.name", "container_image_name"),
    ("k8s.cluster.name", "k8s_cluster_name"),
    ("k8s.namespace.name", "k8s_namespace_name"),
    ("k8s.deployment.name", "k8s_deployment_name"),
    ("k8s.pod.name", "k8s_pod_name"),
    ("k8s.node.name", "k8s_node_name"),
    ("cloud.provider", "cloud_provider"),
    ("cloud.account.id", "cloud_account_id"),
    ("cloud.region", "cloud_region"),
    ("cloud.availability_zone", "cloud_availability_zone"),
    (LANGUAGE, "telemetry_sdk_language"),
];
const LANGUAGE: &str = "telemetry.sdk.language";
/// Attributes that are read from the other attributes of the resource.
const OTHERS: [&str; 4] =
    ["os.type", "process.runtime.name", "process.runtime.version", "telemetry.sdk.version"];

/// One attribute of where a service runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InfrastructureAttribute {
    /// As OpenTelemetry calls it: `host.name`.
    pub key: String,
    /// Those of most spans first.
    pub values: Vec<InfrastructureValue>,
    /// Whether there are more values.
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InfrastructureValue {
    pub value: String,
    /// Spans as stored.
    pub spans: u64,
}

/// What the latest spans tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Infrastructure {
    pub attributes: Vec<InfrastructureAttribute>,
    pub languages: Vec<String>,
    /// The first of the spans that were read is of this time.
    pub from_ms: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct MinuteRow {
    minute_ms: i64,
    spans: u64,
}

#[derive(Debug, Deserialize)]
struct PlaceRow {
    spans: u64,
    #[serde(flatten)]
    values: BTreeMap<String, Option<String>>,
}

/// Answers where a service runs.
pub async fn infrastructure(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
) -> Result<Infrastructure, QueryError> {
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let minutes = engine.rows::<MinuteRow>(&minutes_sql(scope, service), limits).await?.rows;
    let Some(from_ms) = first_read(&minutes) else { return Ok(Infrastructure::default()) };
    let latest = Scope { from_ms: from_ms.max(scope.from_ms), ..scope.clone() };
    let places = engine.rows::<PlaceRow>(&places_sql(&latest, service), limits).await?.rows;
    let attributes = attributes(&places);
    let languages: BTreeSet<String> = attributes
        .iter()
        .filter(|attribute| attribute.key == LANGUAGE)
        .flat_map(|attribute| attribute.values.iter().map(|value| value.value.clone()))
        .collect();
    Ok(Infrastructure {
        attributes,
        languages: languages.into_iter().collect(),
        from_ms: Some(latest.from_ms),
    })
}

/// Spans of each minute, the latest first.
fn minutes_sql(scope: &Scope, service: &str) -> String {
    format!(
        "SELECT CAST(time AS BIGINT) / 1000000 AS minute_ms, sum(spans) AS spans \
         FROM {} AS stats GROUP BY 1 ORDER BY 1 DESC",
        stats_of(scope, service)
    )
}

/// The minute from which spans are read, so that they are not too many; always at least one.
fn first_read(minutes: &[MinuteRow]) -> Option<i64> {
    let mut spans = 0;
    let enough = |row: &&MinuteRow| {
        let before = spans;
        spans += row.spans;
        before == 0 || spans <= INFRASTRUCTURE_SPANS_MAX
    };
    minutes.iter().take_while(enough).last().map(|row| row.minute_ms)
}

/// Spans by all attributes at once: few combinations occur, as many as there are instances.
fn places_sql(scope: &Scope, service: &str) -> String {
    let columns: Vec<&str> = COLUMNS.iter().map(|(_, column)| *column).collect();
    let columns = columns.join(", ");
    let named: Vec<String> = COLUMNS
        .iter()
        .map(|(key, column)| format!("{column} AS \"{key}\""))
        .chain(OTHERS.iter().map(|key| format!("attr(resource_attributes, '{key}') AS \"{key}\"")))
        .collect();
    format!(
        "SELECT spans, {} FROM (SELECT {columns}, resource_attributes, count(*) AS spans \
         FROM spans WHERE {} AND {} GROUP BY {columns}, resource_attributes) \
         ORDER BY spans DESC",
        named.join(", "),
        scope.condition("start_time"),
        is_service(service)
    )
}

fn attributes(places: &[PlaceRow]) -> Vec<InfrastructureAttribute> {
    let keys = COLUMNS.iter().map(|(key, _)| *key).chain(OTHERS);
    keys.filter_map(|key| attribute(key, places)).collect()
}

/// The values of one attribute; `None` when no span has it.
fn attribute(key: &str, places: &[PlaceRow]) -> Option<InfrastructureAttribute> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for place in places {
        if let Some(Some(value)) = place.values.get(key) {
            *counts.entry(value).or_default() += place.spans;
        }
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    let more = counts.len() > INFRASTRUCTURE_VALUES_MAX;
    counts.truncate(INFRASTRUCTURE_VALUES_MAX);
    let value =
        |(value, spans): (&str, u64)| InfrastructureValue { value: value.to_owned(), spans };
    let values: Vec<_> = counts.into_iter().map(value).collect();
    (!values.is_empty()).then(|| InfrastructureAttribute { key: key.to_owned(), values, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_of_the_latest_spans_are_read() {
        let minute = |minute_ms, spans| MinuteRow { minute_ms, spans };
        let most = INFRASTRUCTURE_SPANS_MAX;
        assert_eq!(first_read(&[]), None);
        assert_eq!(first_read(&[minute(180, 5), minute(120, 5), minute(0, 5)]), Some(0));
        assert_eq!(first_read(&[minute(180, most - 5), minute(120, 5), minute(60, 1)]), Some(120));
        assert_eq!(first_read(&[minute(180, most + 1), minute(120, 5)]), Some(180));
    }

    #[test]
    fn values_are_counted_over_all_places_and_cut_visibly() {
        let place = |host: usize, language: Option<&str>| PlaceRow {
            spans: 2,
            values: BTreeMap::from([
                ("host.name".to_owned(), Some(format!("h{host:02}"))),
                (LANGUAGE.to_owned(), language.map(str::to_owned)),
            ]),
        };
        let mut places: Vec<_> = (0..=INFRASTRUCTURE_VALUES_MAX).map(|n| place(n, None)).collect();
        places.push(place(7, Some("rust")));
        let found = attributes(&places);
        let keys: Vec<_> = found.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["host.name", LANGUAGE]);
        assert!(found[0].more && !found[1].more);
        assert_eq!(found[0].values.len(), INFRASTRUCTURE_VALUES_MAX);
        assert_eq!((found[0].values[0].value.as_str(), found[0].values[0].spans), ("h07", 4));
    }

    #[test]
    fn places_are_counted_by_their_combinations() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };
        insta::assert_snapshot!(places_sql(&scope, "order"));
    }
}
