//! The questions behind a survey.

use super::Signal;
use hannun_api::range::Scope;
use hannun_model::limits::{
    CATALOG_ROWS_SCANNED_MAX, CATALOG_SECONDS_COUNTED_MIN, CATALOG_VERSIONS_NAMED_MAX,
};
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Service of what Hannun measures of itself, which is nobody's.
const OWN_SERVICE: &str = "hannun";
/// Instrumentation scopes of what Datadog's agents send begin so.
const DATADOG_SCOPE: &str = "scope_name LIKE 'datadog%'";
/// Spans of its tracers say so in their resource, which is kept as JSON without blanks.
const DATADOG_SDK: &str = r#"resource_attributes LIKE '%"telemetry.sdk.name":"datadog"%'"#;

/// Spans of a service by environment, or by version: the other one is null.
#[derive(Debug, Deserialize)]
pub struct StatRow {
    pub service: String,
    pub environment: Option<String>,
    pub version: Option<String>,
    pub rows: f64,
    pub first_ms: i64,
    pub last_ms: i64,
}

/// Rows of a service by signal, or of a host by service: the other one is null.
#[derive(Debug, Deserialize)]
pub struct PlaceRow {
    pub signal: Option<Signal>,
    pub service: String,
    pub environment: String,
    pub host: Option<String>,
    pub language: Option<String>,
    pub datadog: bool,
    pub rows: u64,
    pub first_ms: i64,
    pub last_ms: i64,
}

#[derive(Debug, Deserialize)]
struct BeginRow {
    name: String,
    too_many_ms: i64,
}

/// A table whose rows are counted as they are.
struct Source {
    signal: Signal,
    table: Table,
    time: &'static str,
    host: &'static str,
    language: &'static str,
    datadog: &'static str,
    condition: Option<String>,
}

fn sources() -> [Source; 5] {
    let source = |signal, table, time| Source {
        signal,
        table,
        time,
        host: "coalesce(host_name, '')",
        language: "coalesce(telemetry_sdk_language, '')",
        datadog: DATADOG_SCOPE,
        condition: None,
    };
    let own = format!("coalesce(service_name, '') <> '{OWN_SERVICE}'");
    [
        Source { datadog: DATADOG_SDK, ..source(Signal::Spans, Table::Spans, "start_time") },
        source(Signal::Logs, Table::Logs, "time"),
        Source {
            condition: Some(own),
            ..source(Signal::MetricPoints, Table::MetricPoints, "time")
        },
        // Only Datadog's profilers send these, and only its tracers count what they do not send.
        Source { datadog: "true", ..source(Signal::Profiles, Table::Profiles, "time") },
        Source {
            host: "''",
            language: "''",
            datadog: "true",
            ..source(Signal::Spans, Table::ClientStats, "time")
        },
    ]
}

/// Spans by service and environment, and by service and version: of each service those without a
/// version and its latest ones.
pub fn stats(scope: &Scope) -> String {
    let versions = CATALOG_VERSIONS_NAMED_MAX + 1;
    format!(
        "SELECT service, environment, version, rows, first_ms, last_ms FROM \
         (SELECT *, sum(rows) OVER (PARTITION BY service) AS all_rows, \
         row_number() OVER (PARTITION BY service, environment IS NULL \
         ORDER BY version = '' DESC, last_ms DESC, version DESC) AS place FROM \
         (SELECT service, environment, version, sum(count) AS rows, \
         CAST(min(time) AS BIGINT) / 1000000 AS first_ms, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_ms FROM \
         (SELECT coalesce(service_name, '') AS service, \
         coalesce(deployment_environment_name, '') AS environment, \
         coalesce(service_version, '') AS version, count, time FROM {} AS stats) \
         WHERE service <> '' GROUP BY GROUPING SETS ((service, environment), (service, version)))) \
         WHERE environment IS NOT NULL OR place <= {versions} \
         ORDER BY environment IS NULL, all_rows DESC, service, last_ms DESC, version DESC",
        scope.span_stats()
    )
}

/// Rows of all tables by service and signal, and by host and service; each table from its time on.
pub fn places(scope: &Scope, begins: &BTreeMap<Table, i64>) -> String {
    let parts: Vec<String> = sources()
        .iter()
        .map(|source| {
            let from_ms = begins.get(&source.table).copied().unwrap_or(scope.from_ms);
            source.counted(&Scope { from_ms, ..scope.clone() })
        })
        .collect();
    format!(
        "SELECT signal, service, environment, host, language, datadog, sum(rows) AS rows, \
         CAST(min(earliest) AS BIGINT) / 1000000 AS first_ms, \
         CAST(max(latest) AS BIGINT) / 1000000 AS last_ms FROM ({}) AS part GROUP BY GROUPING SETS \
         ((signal, service, environment, language, datadog), (host, service, environment, datadog)) \
         ORDER BY host IS NOT NULL, rows DESC",
        parts.join(" UNION ALL ")
    )
}

impl Source {
    fn counted(&self, scope: &Scope) -> String {
        let Self { signal, table, time, host, language, datadog, condition } = self;
        let condition = condition.as_ref().map(|it| format!(" AND {it}")).unwrap_or_default();
        format!(
            "SELECT '{signal}' AS signal, coalesce(service_name, '') AS service, \
             coalesce(deployment_environment_name, '') AS environment, \
             {host} AS host, {language} AS language, \
             coalesce({datadog}, false) AS datadog, count(*) AS rows, min({time}) AS earliest, \
             max({time}) AS latest FROM {table} WHERE {within}{condition} GROUP BY 2, 3, 4, 5, 6",
            signal = signal.name(),
            table = table.name(),
            within = scope.condition(time),
        )
    }
}

/// From when on the rows of each table are counted, so that they are not too many; the start of the
/// time where they are few. The files tell how many there are.
pub async fn counted_from(
    engine: &Arc<Engine>,
    scope: &Scope,
) -> Result<BTreeMap<Table, i64>, QueryError> {
    let sql = begins(scope, CATALOG_ROWS_SCANNED_MAX);
    let rows = engine.rows::<BeginRow>(&sql, QueryLimits::default()).await?.rows;
    let latest_ms = scope.to_ms - CATALOG_SECONDS_COUNTED_MIN * 1000;
    let begin = |row: BeginRow| {
        let begin_ms = (row.too_many_ms + 1).min(latest_ms).max(scope.from_ms);
        Table::by_name(&row.name).map(|table| (table, begin_ms))
    };
    Ok(rows.into_iter().filter_map(begin).collect())
}

/// The end of the latest file of each table with which there are more rows than `rows_max`: all that
/// is later is not more.
fn begins(scope: &Scope, rows_max: u64) -> String {
    let names: Vec<String> =
        sources().iter().map(|source| typed::text(source.table.name())).collect();
    format!(
        "SELECT table_name AS name, max(last_ms) AS too_many_ms FROM \
         (SELECT table_name, CAST(max_time AS BIGINT) / 1000000 AS last_ms, sum(rows) OVER \
         (PARTITION BY table_name ORDER BY max_time DESC, path) AS so_far FROM system_files \
         WHERE table_name IN ({}) AND max_time >= {} AND min_time < {}) \
         WHERE so_far > {rows_max} GROUP BY table_name",
        names.join(", "),
        typed::timestamp_ms(scope.from_ms),
        typed::timestamp_ms(scope.to_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { from_ms: 0, to_ms: 7_200_000, environment: None }
    }

    #[test]
    fn one_query_counts_spans_by_environment_and_by_version() {
        insta::assert_snapshot!(stats(&scope()));
    }

    #[test]
    fn one_query_counts_every_table_from_its_time_on() {
        insta::assert_snapshot!(places(&scope(), &BTreeMap::from([(Table::Logs, 3_600_000)])));
    }

    #[test]
    fn files_tell_from_when_on_rows_are_few_enough() {
        insta::assert_snapshot!(begins(&scope(), 1000));
    }
}
