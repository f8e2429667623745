//! What telemetry says about services and hosts: under which names, environments and versions it
//! comes, how much of it, and how.
//!
//! Spans are counted from `span_stats`, whole and as what they stand for. Where they ran is not in
//! there, and neither are logs, metric points and profiles: of those the latest rows are counted, up
//! to a number ([`sql::counted_from`]).

pub mod sql;

use hannun_api::range::{NO_ENVIRONMENT, Scope};
use hannun_model::limits::{
    CATALOG_ENVIRONMENTS_NAMED_MAX, CATALOG_ROWS_MAX, CATALOG_VERSIONS_NAMED_MAX,
};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use sql::{PlaceRow, StatRow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// What sends telemetry under the name of a service.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogSignal)]
pub enum Signal {
    Spans,
    Logs,
    MetricPoints,
    Profiles,
}

impl Signal {
    /// As answers name it, and tables are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::MetricPoints => "metric_points",
            Self::Profiles => "profiles",
        }
    }
}

/// How many rows there are of something, and from when to when. Sampled spans are what they stand
/// for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub rows: f64,
    pub first_ms: i64,
    pub last_ms: i64,
}

impl Tally {
    fn of(rows: f64, first_ms: i64, last_ms: i64) -> Self {
        Self { rows, first_ms, last_ms }
    }

    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        if self.rows == 0.0 && self.last_ms == 0 {
            *self = other;
            return;
        }
        self.rows += other.rows;
        self.first_ms = self.first_ms.min(other.first_ms);
        self.last_ms = self.last_ms.max(other.last_ms);
    }

    /// All of these together.
    pub fn sum(tallies: impl IntoIterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        tallies.into_iter().for_each(|tally| sum.add(tally));
        sum
    }
}

/// How rows came: counted both ways, since several senders may use one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Senders {
    /// From tracers and agents of Datadog.
    pub datadog: u64,
    pub others: u64,
}

impl Senders {
    fn add(&mut self, is_datadog: bool, rows: u64) {
        let count = if is_datadog { &mut self.datadog } else { &mut self.others };
        *count += rows;
    }

    /// Whether most of it came from Datadog's.
    pub fn is_datadog(self) -> bool {
        self.datadog > self.others
    }
}

/// One service as its telemetry shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Rows by signal and environment; without one it is empty.
    pub tallies: BTreeMap<(Signal, String), Tally>,
    pub senders: BTreeMap<Signal, Senders>,
    /// Of spans, the latest first.
    pub versions: Vec<String>,
    /// Spans that name no version.
    pub version_missing: Tally,
    pub languages: BTreeSet<String>,
}

/// One host as the telemetry from it shows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeenHost {
    /// Rows by environment; without one it is empty.
    pub environments: BTreeMap<String, Tally>,
    /// Rows by service; without one it is empty.
    pub services: BTreeMap<String, u64>,
    pub senders: Senders,
}

/// What telemetry says in a time.
#[derive(Debug, Default)]
pub struct Survey {
    pub services: BTreeMap<String, Seen>,
    pub hosts: BTreeMap<String, SeenHost>,
    /// Everything but spans is counted from this time on.
    pub counted_from_ms: i64,
    /// Whether there was more than could be counted or read.
    pub truncated: bool,
}

impl Seen {
    /// All of its telemetry.
    pub fn total(&self) -> Tally {
        Tally::sum(self.tallies.values().copied())
    }

    /// The rows whose environment is so.
    pub fn where_environment(&self, holds: impl Fn(&str) -> bool) -> Tally {
        Tally::sum(self.with_environment(holds).map(|(_, tally)| tally))
    }

    /// The signal with most rows whose environment is so.
    pub fn signal_where_environment(&self, holds: impl Fn(&str) -> bool) -> Option<Signal> {
        let mut by_signal: BTreeMap<Signal, f64> = BTreeMap::new();
        for (signal, tally) in self.with_environment(holds) {
            *by_signal.entry(signal).or_default() += tally.rows;
        }
        let most = by_signal.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
        most.map(|(signal, _)| signal)
    }

    fn with_environment(
        &self,
        holds: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (Signal, Tally)> {
        let rows = self.tallies.iter().filter(move |((_, environment), _)| holds(environment));
        rows.map(|((signal, _), tally)| (*signal, *tally))
    }

    /// What it sends.
    pub fn signals(&self) -> BTreeSet<Signal> {
        self.tallies.keys().map(|(signal, _)| *signal).collect()
    }

    /// All of its spans.
    pub fn spans(&self) -> Tally {
        let spans = self.tallies.iter().filter(|((signal, _), _)| *signal == Signal::Spans);
        Tally::sum(spans.map(|(_, tally)| *tally))
    }

    /// Some of its environments by name; telemetry without one is `none`.
    pub fn environments(&self) -> Vec<String> {
        let named: BTreeSet<&str> =
            self.tallies.keys().map(|(_, environment)| environment_name(environment)).collect();
        named.into_iter().take(CATALOG_ENVIRONMENTS_NAMED_MAX).map(str::to_owned).collect()
    }

    /// Whether it sends from there.
    pub fn is_in(&self, wanted: &str) -> bool {
        self.tallies.keys().any(|(_, environment)| environment_name(environment) == wanted)
    }
}

fn environment_name(environment: &str) -> &str {
    if environment.is_empty() { NO_ENVIRONMENT } else { environment }
}

impl Survey {
    /// Looks at all telemetry of a time, whatever its environment.
    pub async fn take(engine: &Arc<Engine>, scope: &Scope) -> Result<Self, QueryError> {
        let everywhere = Scope { environment: None, ..scope.clone() };
        let limits = QueryLimits::asked(Some(CATALOG_ROWS_MAX), None);
        let stats = engine.rows::<StatRow>(&sql::stats(&everywhere), limits).await?;
        let begins = sql::counted_from(engine, &everywhere).await?;
        let places = engine.rows::<PlaceRow>(&sql::places(&everywhere, &begins), limits).await?;
        let counted_from_ms = begins.values().copied().max().unwrap_or(scope.from_ms);
        let mut survey = Self {
            counted_from_ms,
            truncated: stats.truncated || places.truncated || counted_from_ms > scope.from_ms,
            ..Self::default()
        };
        stats.rows.into_iter().for_each(|row| survey.add_stat(row));
        places.rows.into_iter().for_each(|row| survey.add_place(row));
        Ok(survey)
    }

    pub(crate) fn add_stat(&mut self, row: StatRow) {
        let tally = Tally::of(row.rows, row.first_ms, row.last_ms);
        let seen = self.services.entry(row.service).or_default();
        match (row.environment, row.version) {
            (Some(environment), _) => {
                seen.tallies.entry((Signal::Spans, environment)).or_default().add(tally);
            }
            (None, Some(version)) if version.is_empty() => seen.version_missing.add(tally),
            (None, Some(version)) if seen.versions.len() < CATALOG_VERSIONS_NAMED_MAX => {
                seen.versions.push(version);
            }
            (None, _) => {}
        }
    }

    pub(crate) fn add_place(&mut self, row: PlaceRow) {
        let tally = Tally::of(row.rows as f64, row.first_ms, row.last_ms);
        let Some(host) = row.host else {
            // Nobody's telemetry is a service.
            if !row.service.is_empty() {
                self.add_to_service(row, tally);
            }
            return;
        };
        if host.is_empty() {
            return;
        }
        let seen = self.hosts.entry(host).or_default();
        seen.environments.entry(row.environment).or_default().add(tally);
        *seen.services.entry(row.service).or_default() += row.rows;
        seen.senders.add(row.datadog, row.rows);
    }

    fn add_to_service(&mut self, row: PlaceRow, tally: Tally) {
        let Some(signal) = row.signal else { return };
        // Services that only spans tell of are known from the statistics, or were left out there.
        if signal == Signal::Spans && !self.services.contains_key(&row.service) {
            return;
        }
        let seen = self.services.entry(row.service).or_default();
        seen.languages.extend(row.language.filter(|language| !language.is_empty()));
        seen.senders.entry(signal).or_default().add(row.datadog, row.rows);
        // Spans are counted whole by their statistics.
        if signal != Signal::Spans {
            seen.tallies.entry((signal, row.environment)).or_default().add(tally);
        }
    }

    /// The hosts of a service, those with most of its telemetry first.
    pub fn hosts_of(&self, service: &str, count: usize) -> Vec<String> {
        let rows =
            |(name, host): (&String, &SeenHost)| Some((*host.services.get(service)?, name.clone()));
        let mut hosts: Vec<(u64, String)> = self.hosts.iter().filter_map(rows).collect();
        hosts.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        hosts.into_iter().take(count).map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// Spans of a service by environment, as statistics tell them.
    pub(crate) fn spans(service: &str, environment: &str, rows: f64) -> StatRow {
        StatRow {
            service: service.to_owned(),
            environment: Some(environment.to_owned()),
            version: None,
            rows,
            first_ms: 1000,
            last_ms: 2000,
        }
    }

    /// The same by version.
    pub(crate) fn version(service: &str, version: &str, rows: f64) -> StatRow {
        let version = Some(version.to_owned());
        StatRow { environment: None, version, ..spans(service, "", rows) }
    }

    /// Rows of a signal of a service.
    pub(crate) fn place(signal: Signal, service: &str, environment: &str, rows: u64) -> PlaceRow {
        PlaceRow {
            signal: Some(signal),
            service: service.to_owned(),
            environment: environment.to_owned(),
            host: None,
            language: Some(String::new()),
            datadog: false,
            rows,
            first_ms: 500,
            last_ms: 3000,
        }
    }

    /// Rows from a host.
    pub(crate) fn on_host(host: &str, service: &str, environment: &str, rows: u64) -> PlaceRow {
        let host = Some(host.to_owned());
        let place = place(Signal::Logs, service, environment, rows);
        PlaceRow { signal: None, language: None, host, ..place }
    }

    pub(crate) fn survey(stats: Vec<StatRow>, places: Vec<PlaceRow>) -> Survey {
        let mut survey = Survey::default();
        stats.into_iter().for_each(|row| survey.add_stat(row));
        places.into_iter().for_each(|row| survey.add_place(row));
        survey
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{on_host, place, spans, survey, version};
    use super::*;

    #[test]
    fn a_service_is_what_all_its_telemetry_says() {
        let stats = vec![
            spans("order", "production", 5.0),
            spans("order", "", 2.0),
            version("order", "", 3.0),
            version("order", "1.2", 4.0),
            version("order", "1.1", 4.0),
        ];
        let places = vec![
            place(Signal::Spans, "order", "production", 1),
            place(Signal::Logs, "order", "none", 4),
            place(Signal::Logs, "", "", 9),
        ];
        let survey = survey(stats, places);
        assert_eq!(survey.services.len(), 1, "what names no service is none");
        let order = &survey.services["order"];
        assert_eq!(order.total(), Tally { rows: 11.0, first_ms: 500, last_ms: 3000 });
        assert_eq!((order.spans().rows, order.version_missing.rows), (7.0, 3.0));
        assert_eq!(order.versions, ["1.2", "1.1"]);
        assert_eq!(order.environments(), ["none", "production"]);
        assert!(order.is_in("none") && order.is_in("production") && !order.is_in("qa"));
        assert_eq!(order.where_environment(str::is_empty).rows, 2.0);
        assert_eq!(order.signal_where_environment(|it| it != "production"), Some(Signal::Logs));
        assert_eq!(order.signals().into_iter().collect::<Vec<_>>(), [Signal::Spans, Signal::Logs]);
    }

    #[test]
    fn hosts_know_their_services() {
        let places = vec![
            on_host("h1", "order", "production", 5),
            on_host("h2", "order", "", 7),
            on_host("h2", "", "production", 9),
            on_host("", "order", "production", 100),
        ];
        let survey = survey(Vec::new(), places);
        assert_eq!(survey.hosts_of("order", 20), ["h2", "h1"]);
        assert_eq!(survey.hosts_of("order", 1), ["h2"]);
        assert_eq!(survey.hosts["h2"].environments.len(), 2);
        assert!(survey.services.is_empty());
    }
}
