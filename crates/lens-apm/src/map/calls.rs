//! Who called whom, as `span_stats` tells it.

use hannun_api::figures::{MEASURES, Measures};
use hannun_api::range::Scope;
use hannun_model::limits::MAP_CALLS_MAX;
use hannun_query::typed::Rows;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::Deserialize;
use std::sync::Arc;

/// Spans of one service that say the same about the other side of a call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CallRow {
    pub service: String,
    pub kind: Option<String>,
    pub peer_kind: Option<String>,
    pub peer_system: Option<String>,
    pub peer_name: Option<String>,
    pub callee: Option<String>,
    pub caller: Option<String>,
    /// What the spans were asked; empty unless rows are told apart by it.
    #[serde(default)]
    pub endpoint: String,
    /// Spans as stored.
    pub spans: u64,
    pub last_seen_ms: i64,
    #[serde(flatten)]
    pub measures: Measures,
}

/// What tells rows apart, in the order of [`CallRow`].
const KEYS: &str = "coalesce(service_name, '') AS service, kind, peer_kind, peer_system, \
     peer_name, callee_service_name AS callee, caller_service_name AS caller";

/// Client and producer spans tell whom they called, server and consumer spans some of the callers.
const TELLS_OF_A_CALL: &str = "(kind IN ('client', 'producer') OR kind IN ('server', 'consumer') \
     AND (caller_service_name IS NOT NULL OR peer_kind = 'queue'))";

/// All calls of a time, the most frequent first.
pub async fn calls(engine: &Arc<Engine>, scope: &Scope) -> Result<Rows<CallRow>, QueryError> {
    engine.rows(&calls_sql(scope), QueryLimits::asked(Some(MAP_CALLS_MAX), None)).await
}

fn calls_sql(scope: &Scope) -> String {
    format!(
        "SELECT {KEYS}, sum(spans) AS spans, CAST(max(time) AS BIGINT) / 1000000 AS last_seen_ms, \
         {MEASURES} FROM {} AS stats WHERE {TELLS_OF_A_CALL} \
         GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY requests DESC, 1, 2, 3, 4, 5, 6, 7",
        scope.span_stats()
    )
}

/// The calls of spans that this condition is true for by endpoint, those with most time first.
pub async fn calls_by_endpoint(
    engine: &Arc<Engine>,
    scope: &Scope,
    condition: &str,
) -> Result<Rows<CallRow>, QueryError> {
    let sql = calls_by_endpoint_sql(scope, condition);
    engine.rows(&sql, QueryLimits::asked(Some(MAP_CALLS_MAX), None)).await
}

fn calls_by_endpoint_sql(scope: &Scope, condition: &str) -> String {
    format!(
        "SELECT {KEYS}, endpoint, sum(spans) AS spans, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_seen_ms, {MEASURES} \
         FROM {} AS stats WHERE {TELLS_OF_A_CALL} AND ({condition}) \
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY duration_sum DESC, 1, 2, 3, 4, 5, 6, 7, 8",
        scope.span_stats()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_both_sides() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: Some("a".to_owned()) };
        insta::assert_snapshot!(calls_sql(&scope));
        insta::assert_snapshot!(calls_by_endpoint_sql(&scope, "service_name = 'order'"));
    }
}
