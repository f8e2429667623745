//! Traces in a few words, for lists.

use foldhash::{HashMap, HashMapExt};
use hannun_model::limits::{LENS_ROWS_MAX, SPAN_NAME_CHARACTERS_MAX, TRACE_SERVICES_NAMED_MAX};
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A trace in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TraceSummary {
    pub trace_id: String,
    pub start_ms: f64,
    /// From the first start to the last end, as recorded.
    pub duration_ms: f64,
    /// Null when the root span has not arrived.
    pub root_service: Option<String>,
    pub root_name: Option<String>,
    pub spans: u64,
    pub errors: u64,
    /// In order of their names; at most 100.
    pub services: Vec<String>,
}

/// What the spans of one service come to in a trace.
#[derive(Debug, Deserialize)]
struct PartRow {
    trace_id: String,
    service: String,
    spans: u64,
    errors: u64,
    first_ns: i64,
    last_ns: i64,
    root_ns: Option<i64>,
    root_name: Option<String>,
}

/// Sums up the traces with these ids. All their spans count, whenever they were.
pub async fn summaries(
    engine: &Arc<Engine>,
    ids: &[&str],
) -> Result<HashMap<String, TraceSummary>, QueryError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = ids.iter().map(|id| typed::text(id)).collect();
    let start = "CAST(start_time AS BIGINT)";
    let sql = format!(
        "SELECT trace_id, coalesce(service_name, '') AS service, count(*) AS spans, \
         count(*) FILTER (WHERE status_code = 'error') AS errors, min({start}) AS first_ns, \
         max({start} + greatest(coalesce(duration, 0), 0)) AS last_ns, \
         min({start}) FILTER (WHERE parent_span_id IS NULL) AS root_ns, \
         first_value(left(name, {SPAN_NAME_CHARACTERS_MAX}) ORDER BY start_time) \
         FILTER (WHERE parent_span_id IS NULL) AS root_name \
         FROM spans WHERE trace_id IN ({}) GROUP BY trace_id, service",
        ids.join(", ")
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    Ok(summed_up(engine.rows::<PartRow>(&sql, limits).await?.rows))
}

fn summed_up(mut parts: Vec<PartRow>) -> HashMap<String, TraceSummary> {
    parts.sort_by(|a, b| (&a.trace_id, &a.service).cmp(&(&b.trace_id, &b.service)));
    let mut summaries = HashMap::new();
    for parts in parts.chunk_by(|a, b| a.trace_id == b.trace_id) {
        let first_ns = parts.iter().map(|part| part.first_ns).min().unwrap_or(0);
        let last_ns = parts.iter().map(|part| part.last_ns).max().unwrap_or(first_ns);
        let with_root = parts.iter().filter(|part| part.root_ns.is_some());
        let root = with_root.min_by_key(|part| part.root_ns);
        let services = parts.iter().map(|part| part.service.clone());
        let summary = TraceSummary {
            trace_id: parts[0].trace_id.clone(),
            start_ms: first_ns as f64 / 1e6,
            duration_ms: last_ns.saturating_sub(first_ns) as f64 / 1e6,
            root_service: root.map(|part| part.service.clone()),
            root_name: root.and_then(|part| part.root_name.clone()),
            spans: parts.iter().map(|part| part.spans).sum(),
            errors: parts.iter().map(|part| part.errors).sum(),
            services: services.take(TRACE_SERVICES_NAMED_MAX).collect(),
        };
        summaries.insert(summary.trace_id.clone(), summary);
    }
    summaries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(service: &str, first_ns: i64, last_ns: i64, root_ns: Option<i64>) -> PartRow {
        PartRow {
            trace_id: "t".to_owned(),
            service: service.to_owned(),
            spans: 2,
            errors: 1,
            first_ns,
            last_ns,
            root_ns,
            root_name: root_ns.map(|_| format!("root of {service}")),
        }
    }

    #[test]
    fn the_root_is_the_first_without_a_parent() {
        let parts = vec![
            part("web", 2_000_000, 9_000_000, Some(3_000_000)),
            part("edge", 1_000_000, 8_000_000, Some(1_000_000)),
            part("db", 4_000_000, 5_000_000, None),
        ];
        let summary = &summed_up(parts)["t"];
        assert_eq!(summary.root_service.as_deref(), Some("edge"));
        assert_eq!(summary.root_name.as_deref(), Some("root of edge"));
        assert_eq!((summary.start_ms, summary.duration_ms), (1.0, 8.0));
        assert_eq!((summary.spans, summary.errors), (6, 3));
        assert_eq!(summary.services, ["db", "edge", "web"]);
    }
}
