//! Single requests of a service as dots: when each began, how long it took, whether it failed.
//!
//! Dots are spans. Of too many an even part is shown, the same one every time: those with the
//! smallest hashes of their times. Failures go before the others.

use crate::requests::{Requests, is_service, stats_of};
use hannun_api::range::Scope;
use hannun_digest::COLLAPSED_ENDPOINT;
use hannun_query::spans_sql::ENDPOINT;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const FAILED: &str = "coalesce(status_code = 'error', false)";
/// A number below [`HASHES`] for each nanosecond. The prime makes times in whole milliseconds lie
/// far apart; no product is too large for 64 bits.
const HASH: &str = "((CAST(start_time AS BIGINT) % 2147483647) * 2654435761 % 4294967296)";
const HASHES: f64 = 4_294_967_296.0;
/// So many times what is wanted is looked at where hashes decide, so that hardly ever too few are.
const MARGIN: f64 = 2.0;

/// Dots, one in the same place of each list, from the first to the last in time.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct HitMap {
    pub trace_ids: Vec<String>,
    pub span_ids: Vec<String>,
    pub times_ms: Vec<f64>,
    pub durations_ms: Vec<f64>,
    pub failed: Vec<bool>,
    pub endpoints: Vec<String>,
    /// Spans of which these are dots, as stored.
    pub total: u64,
    /// Whether only some of them are here.
    pub sampled: bool,
}

/// Which requests of a service.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    pub endpoint: Option<String>,
    pub errors_only: bool,
    pub min_ms: Option<f64>,
    /// Exclusive.
    pub max_ms: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct HitRow {
    trace_id: String,
    span_id: String,
    time_ms: f64,
    duration_ms: f64,
    failed: bool,
    endpoint: String,
}

/// Spans as stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
struct Counts {
    total: Option<u64>,
    failures: Option<u64>,
}

/// Answers up to `limit` dots.
pub async fn hits(
    engine: &Arc<Engine>,
    scope: &Scope,
    service: &str,
    chosen: &Chosen,
    limit: usize,
) -> Result<HitMap, QueryError> {
    let requests = Requests::of(engine, scope, service).await?;
    let sql = chosen.counts_sql(scope, service, requests);
    let counts = engine.rows::<Counts>(&sql, QueryLimits::default()).await?.rows.pop();
    let counts = counts.unwrap_or_default();
    let condition = chosen.condition(scope, service, requests);
    let part = Part::of(counts, limit);
    let limits = QueryLimits::asked(Some(limit), None);
    let mut rows = engine.rows::<HitRow>(&hits_sql(&condition, part, limit), limits).await?.rows;
    // Where spans share few times, their hashes may all be too large.
    if part != Part::All && rows.len() < limit {
        rows = engine.rows(&hits_sql(&condition, Part::All, limit), limits).await?.rows;
    }
    let total = if chosen.errors_only { counts.failures } else { counts.total };
    Ok(hit_map(rows, total.unwrap_or(0)))
}

impl Chosen {
    /// SQL that is true for the spans that are dots.
    fn condition(&self, scope: &Scope, service: &str, requests: Requests) -> String {
        let mut conditions = vec![
            scope.condition("start_time"),
            is_service(service),
            requests.spans_condition().to_owned(),
        ];
        let bound = |milliseconds: f64| (milliseconds * 1e6).round() as i64;
        conditions.extend(self.min_ms.map(|ms| format!("duration >= {}", bound(ms))));
        conditions.extend(self.max_ms.map(|ms| format!("duration < {}", bound(ms))));
        conditions.extend(self.errors_only.then(|| FAILED.to_owned()));
        if let Some(endpoint) = &self.endpoint {
            conditions.push(format!("{ENDPOINT} = {}", typed::text(endpoint)));
        }
        conditions.join(" AND ")
    }

    /// Statistics know how many spans there are, unless durations are bounded.
    fn counts_sql(&self, scope: &Scope, service: &str, requests: Requests) -> String {
        let bounded = self.min_ms.is_some() || self.max_ms.is_some();
        // The names behind this one are told apart in spans only, so there it stands for none.
        if bounded || self.endpoint.as_deref() == Some(COLLAPSED_ENDPOINT) {
            return format!(
                "SELECT count(*) AS total, count(*) FILTER (WHERE {FAILED}) AS failures \
                 FROM spans WHERE {}",
                self.condition(scope, service, requests)
            );
        }
        let endpoint = self.endpoint.as_deref();
        let endpoint = endpoint.map(|name| format!(" AND endpoint = {}", typed::text(name)));
        format!(
            "SELECT sum(spans) AS total, sum(spans) FILTER (WHERE failed) AS failures \
             FROM {} AS stats WHERE {}{}",
            stats_of(scope, service),
            requests.condition(),
            endpoint.unwrap_or_default()
        )
    }
}

/// Which spans are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Those with smaller hashes than these.
    Below {
        failed: u64,
        others: u64,
    },
}

impl Part {
    /// So much that `limit` dots are among them.
    fn of(counts: Counts, limit: usize) -> Self {
        let total = counts.total.unwrap_or(0);
        let failures = counts.failures.unwrap_or(0).min(total);
        let wanted_failures = failures.min(limit as u64);
        let failed = hash_bound(failures, wanted_failures);
        let others = hash_bound(total - failures, limit as u64 - wanted_failures);
        let all = HASHES as u64;
        if failed == all && others == all { Self::All } else { Self::Below { failed, others } }
    }
}

/// Below this hash are somewhat more than `wanted` of `count` spans.
fn hash_bound(count: u64, wanted: u64) -> u64 {
    if wanted == 0 && count > 0 {
        return 0;
    }
    let share = (wanted as f64 * MARGIN + 100.0) / (count as f64).max(1.0);
    (share.min(1.0) * HASHES) as u64
}

fn hits_sql(condition: &str, part: Part, limit: usize) -> String {
    let part = match part {
        Part::All => String::new(),
        Part::Below { failed, others } => {
            format!(" AND {HASH} < CASE WHEN {FAILED} THEN {failed} ELSE {others} END")
        }
    };
    format!(
        "SELECT coalesce(trace_id, '') AS trace_id, coalesce(span_id, '') AS span_id, \
         CAST(start_time AS BIGINT) / 1e6 AS time_ms, \
         greatest(coalesce(duration, 0), 0) / 1e6 AS duration_ms, \
         {FAILED} AS failed, {ENDPOINT} AS endpoint, {HASH} AS hash \
         FROM spans WHERE {condition}{part} \
         ORDER BY failed DESC, hash, span_id, trace_id LIMIT {limit}"
    )
}

fn hit_map(mut rows: Vec<HitRow>, total: u64) -> HitMap {
    rows.sort_by(|one, other| {
        let by_time = one.time_ms.total_cmp(&other.time_ms);
        by_time.then_with(|| one.span_id.cmp(&other.span_id))
    });
    let total = total.max(rows.len() as u64);
    let mut map = HitMap { total, sampled: total > rows.len() as u64, ..HitMap::default() };
    for row in rows {
        map.trace_ids.push(row.trace_id);
        map.span_ids.push(row.span_id);
        map.times_ms.push(row.time_ms);
        map.durations_ms.push(row.duration_ms);
        map.failed.push(row.failed);
        map.endpoints.push(row.endpoint);
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };

    fn part(total: u64, failures: u64, limit: usize) -> Part {
        Part::of(Counts { total: Some(total), failures: Some(failures) }, limit)
    }

    #[test]
    fn all_spans_are_looked_at_when_they_are_few() {
        assert_eq!(part(0, 0, 100), Part::All);
        assert_eq!(part(300, 0, 100), Part::All);
        assert_eq!(part(100, 100, 100), Part::All);
        assert_eq!(Part::of(Counts::default(), 100), Part::All);
    }

    #[test]
    fn failures_are_kept_before_the_others() {
        // 900 of the others are wanted of 90 000.
        let Part::Below { failed, others } = part(90_100, 100, 1000) else { panic!("a part") };
        assert_eq!(failed, HASHES as u64);
        let share = others as f64 / HASHES;
        assert!((share - 1900.0 / 90_000.0).abs() < 1e-6, "{share}");
        let Part::Below { failed, others } = part(90_000, 80_000, 1000) else { panic!("a part") };
        let share = failed as f64 / HASHES;
        assert!((share - 2100.0 / 80_000.0).abs() < 1e-6, "{share}");
        assert_eq!(others, 0);
    }

    #[test]
    fn dots_are_in_the_order_of_time_and_say_when_some_are_missing() {
        let row = |id: &str, time_ms| HitRow {
            trace_id: "t".to_owned(),
            span_id: id.to_owned(),
            time_ms,
            duration_ms: 1.5,
            failed: id == "b",
            endpoint: "GET /".to_owned(),
        };
        let map = hit_map(vec![row("b", 2.0), row("c", 1.0), row("a", 2.0)], 9);
        assert_eq!(map.span_ids, ["c", "a", "b"]);
        assert_eq!(map.failed, [false, false, true]);
        assert_eq!((map.total, map.sampled), (9, true));
        let whole = hit_map(vec![row("a", 2.0)], 0);
        assert_eq!((whole.total, whole.sampled), (1, false));
    }

    #[test]
    fn dots_are_chosen_by_endpoint_outcome_and_duration() {
        let chosen = Chosen {
            endpoint: Some("GET /it's".to_owned()),
            errors_only: true,
            min_ms: Some(1.5),
            max_ms: Some(2.0),
        };
        let condition = chosen.condition(&SCOPE, "order", Requests::Entry);
        insta::assert_snapshot!(hits_sql(&condition, Part::Below { failed: 7, others: 9 }, 100));
        let counts = chosen.counts_sql(&SCOPE, "order", Requests::Entry);
        assert!(counts.contains("FROM spans"), "{counts}");
        let unbounded = Chosen { min_ms: None, max_ms: None, ..chosen };
        insta::assert_snapshot!(unbounded.counts_sql(&SCOPE, "order", Requests::Entry));
    }
}
