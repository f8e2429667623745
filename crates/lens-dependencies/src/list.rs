//! Which dependencies there are.

use crate::calls::{DependencyKind, FAILED, IS_CALL, duration_ns, timed_out};
use hannun_api::ApiError;
use hannun_api::figures::{Figures, Measures};
use hannun_api::range::Scope;
use hannun_model::limits::{DEPENDENCIES_LISTED_MAX, DEPENDENCY_CALLERS_MAX, LENS_ROWS_MAX};
use hannun_query::spans_sql::{PEER_KIND, PEER_NAME, PEER_SYSTEM};
use hannun_query::{Engine, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A call that takes longer is slow, unless told otherwise.
pub(crate) const THRESHOLD_MS_DEFAULT: f64 = 10_000.0;

/// Which dependencies are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DependenciesFilter {
    /// `external` (the default), `database`, `cache`, `queue` or `all`.
    pub kind: Option<String>,
    /// Calls that took longer are counted as `over_threshold`; 10 s when not given.
    pub threshold_ms: Option<f64>,
}

/// Dependencies of a time, the one that took most time first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DependenciesAnswer {
    pub dependencies: Vec<DependencyRow>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One dependency: a database, a cache, a queue, or a host that sends no telemetry itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DependencyRow {
    pub kind: String,
    pub system: Option<String>,
    pub name: String,
    /// Services that call it.
    pub callers: Vec<String>,
    /// How many operations of it are called.
    pub operations: u64,
    pub figures: Figures,
    /// Stored calls that ended with a timeout.
    pub timeouts: u64,
    /// Stored calls that took longer than the threshold.
    pub over_threshold: u64,
    pub over_threshold_succeeded: u64,
    pub threshold_ms: f64,
}

#[derive(Debug, Deserialize)]
struct PeerRow {
    peer_kind: String,
    peer_system: Option<String>,
    peer_name: String,
    callers: Vec<Option<String>>,
    operations: u64,
    #[serde(flatten)]
    measures: Measures,
}

#[derive(Debug, Deserialize)]
struct TroubleRow {
    peer_kind: String,
    peer_system: Option<String>,
    peer_name: String,
    service: String,
    timeouts: u64,
    over: u64,
    over_succeeded: u64,
}

type PeerKey = (String, Option<String>, String);

/// Answers the dependencies of a time.
pub async fn dependencies(
    engine: &Arc<Engine>,
    scope: &Scope,
    filter: &DependenciesFilter,
) -> Result<DependenciesAnswer, ApiError> {
    let kind = kind_wanted(filter.kind.as_deref())?;
    let threshold_ms = filter.threshold_ms.unwrap_or(THRESHOLD_MS_DEFAULT);
    let threshold_ns = duration_ns("threshold_ms", threshold_ms)?;
    let limits = QueryLimits::asked(Some(DEPENDENCIES_LISTED_MAX), None);
    let peers = engine.rows::<PeerRow>(&peers_sql(scope, kind), limits).await?;
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let sql = troubles_sql(scope, kind, threshold_ns);
    let mut by_peer: HashMap<PeerKey, Vec<TroubleRow>> = HashMap::new();
    for row in engine.rows::<TroubleRow>(&sql, limits).await?.rows {
        let key = (row.peer_kind.clone(), row.peer_system.clone(), row.peer_name.clone());
        by_peer.entry(key).or_default().push(row);
    }
    let dependencies = peers
        .rows
        .into_iter()
        .map(|peer| dependency(scope, threshold_ms, peer, &mut by_peer))
        .collect();
    Ok(DependenciesAnswer { dependencies, truncated: peers.truncated })
}

fn kind_wanted(kind: Option<&str>) -> Result<Option<DependencyKind>, ApiError> {
    use DependencyKind::{Cache, Database, External, Queue};
    match kind {
        None | Some("") => Ok(Some(External)),
        Some("all") => Ok(None),
        Some(name) => {
            let known = [External, Database, Cache, Queue].into_iter().find(|it| it.name() == name);
            known.map(Some).ok_or_else(|| {
                ApiError::invalid("kind must be external, database, cache, queue or all")
            })
        }
    }
}

/// Peers whose spans never came. A host that turned out to be one of our services is on the map.
fn peers_sql(scope: &Scope, kind: Option<DependencyKind>) -> String {
    const PEER: &str = "peer_kind, peer_system, peer_name";
    let kind =
        kind.map_or(String::new(), |kind| format!(" AND peer_kind = {}", typed::text(kind.name())));
    format!(
        "SELECT {PEER}, array_agg(DISTINCT service_name) AS callers, \
         count(DISTINCT endpoint) AS operations, sum(requests) AS requests, \
         sum(errors) AS errors, sum(duration_sum) AS duration_sum, \
         max(duration_max) AS duration_max, merge_histograms(histogram) AS histogram \
         FROM (SELECT *, sum(called) OVER (PARTITION BY service_name, {PEER}) AS known \
         FROM (SELECT service_name, {PEER}, endpoint, sum(count) AS requests, \
         sum(count) FILTER (WHERE failed) AS errors, sum(duration_sum) AS duration_sum, \
         max(duration_max) AS duration_max, merge_histograms(histogram) AS histogram, \
         count(callee_service_name) AS called FROM {} AS stats \
         WHERE {IS_CALL} AND peer_name IS NOT NULL{kind} \
         GROUP BY service_name, {PEER}, endpoint) AS operations) AS peers \
         WHERE known = 0 GROUP BY {PEER} ORDER BY duration_sum DESC, {PEER}",
        scope.span_stats()
    )
}

/// Timeouts and slow calls, which only the spans themselves tell.
fn troubles_sql(scope: &Scope, kind: Option<DependencyKind>, threshold_ns: i64) -> String {
    let kind = kind
        .map_or(String::new(), |kind| format!(" AND {PEER_KIND} = {}", typed::text(kind.name())));
    let over = format!("duration > {threshold_ns}");
    format!(
        "SELECT {PEER_KIND} AS peer_kind, {PEER_SYSTEM} AS peer_system, {PEER_NAME} AS peer_name, \
         coalesce(service_name, '') AS service, count(*) FILTER (WHERE {}) AS timeouts, \
         count(*) FILTER (WHERE {over}) AS over, \
         count(*) FILTER (WHERE {over} AND NOT {FAILED}) AS over_succeeded \
         FROM spans WHERE {} AND {IS_CALL} AND ({FAILED} OR {over}) AND {PEER_NAME} IS NOT NULL\
         {kind} GROUP BY 1, 2, 3, 4",
        timed_out(),
        scope.condition("start_time")
    )
}

fn dependency(
    scope: &Scope,
    threshold_ms: f64,
    peer: PeerRow,
    troubles: &mut HashMap<PeerKey, Vec<TroubleRow>>,
) -> DependencyRow {
    let mut callers: Vec<String> =
        peer.callers.into_iter().map(Option::unwrap_or_default).collect();
    callers.sort();
    callers.dedup();
    let key = (peer.peer_kind.clone(), peer.peer_system.clone(), peer.peer_name.clone());
    // Of callers for whom the same name is one of our services, the map tells.
    let troubles: Vec<TroubleRow> = troubles.remove(&key).unwrap_or_default();
    let troubles = troubles.iter().filter(|row| callers.contains(&row.service));
    let (mut timeouts, mut over, mut over_succeeded) = (0, 0, 0);
    for row in troubles {
        timeouts += row.timeouts;
        over += row.over;
        over_succeeded += row.over_succeeded;
    }
    callers.truncate(DEPENDENCY_CALLERS_MAX);
    DependencyRow {
        kind: peer.peer_kind,
        system: peer.peer_system,
        name: peer.peer_name,
        callers,
        operations: peer.operations,
        figures: peer.measures.figures(scope.seconds()),
        timeouts,
        over_threshold: over,
        over_threshold_succeeded: over_succeeded,
        threshold_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_dependencies_are_listed_unless_told_otherwise() {
        assert_eq!(kind_wanted(None).unwrap(), Some(DependencyKind::External));
        assert_eq!(kind_wanted(Some("queue")).unwrap(), Some(DependencyKind::Queue));
        assert_eq!(kind_wanted(Some("all")).unwrap(), None);
        assert!(kind_wanted(Some("service")).is_err());
    }

    #[test]
    fn peers_that_turned_out_to_be_services_are_left_out() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: Some("it's".to_owned()) };
        insta::assert_snapshot!(peers_sql(&scope, Some(DependencyKind::External)));
        insta::assert_snapshot!(troubles_sql(&scope, None, 10_000_000_000));
    }
}
