//! Which traces there are: the latest of a time that match a filter.

use hannun_api::range::{Scope, TIME_MS_MAX};
use hannun_model::limits::{TRACES_LISTED_DEFAULT, TRACES_LISTED_MAX};
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Spans of a trace are looked for this long before and after the time that was asked about.
const TRACE_MARGIN_MS: i64 = 3_600_000;

/// Which traces are wanted. Conditions meet in one span: with a service or an operation in any
/// span of the trace, without them in its root.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TraceFilter {
    pub service: Option<String>,
    /// Name of a span.
    pub operation: Option<String>,
    pub min_duration_ms: Option<f64>,
    /// TracesAnswer with a failed span.
    #[serde(default)]
    pub errors_only: bool,
    /// TracesAnswer answered at most.
    pub limit: Option<usize>,
}

/// The latest traces that match.
#[derive(Debug, Serialize, ToSchema)]
pub struct TracesAnswer {
    pub traces: Vec<TraceSummary>,
    /// Whether there are more.
    pub truncated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceSummary {
    pub trace_id: String,
    pub start_ms: f64,
    pub duration_ms: f64,
    /// Null when the root span has not arrived.
    pub root_service: Option<String>,
    pub root_name: Option<String>,
    pub spans: u64,
    pub errors: u64,
    pub services: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Found {
    trace_id: String,
}

/// Answers the traces of a time, latest first.
pub async fn traces(
    engine: &Arc<Engine>,
    scope: &Scope,
    filter: &TraceFilter,
) -> Result<TracesAnswer, QueryError> {
    let limit = filter.limit.unwrap_or(TRACES_LISTED_DEFAULT).clamp(1, TRACES_LISTED_MAX);
    let sql = format!(
        "SELECT trace_id FROM spans WHERE {} AND trace_id IS NOT NULL AND {} \
         GROUP BY trace_id ORDER BY max(start_time) DESC LIMIT {}",
        scope.condition("start_time"),
        filter.condition(),
        limit + 1
    );
    let mut found = engine.rows::<Found>(&sql, QueryLimits::default()).await?.rows;
    let truncated = found.len() > limit;
    found.truncate(limit);
    if found.is_empty() {
        return Ok(TracesAnswer { traces: Vec::new(), truncated });
    }
    let around = Scope {
        from_ms: (scope.from_ms - TRACE_MARGIN_MS).max(0),
        to_ms: scope.to_ms.saturating_add(TRACE_MARGIN_MS).min(TIME_MS_MAX),
        environment: None,
    };
    let ids: Vec<&str> = found.iter().map(|row| row.trace_id.as_str()).collect();
    let mut traces = summaries(engine, &ids, &around).await?;
    find_roots(engine, &mut traces).await?;
    if filter.errors_only {
        traces.retain(|trace| trace.errors > 0);
    }
    Ok(TracesAnswer { traces, truncated })
}

impl TraceFilter {
    /// SQL that is true for the span that makes its trace a match.
    fn condition(&self) -> String {
        let mut conditions = Vec::new();
        if let Some(service) = self.service.as_deref().filter(|it| !it.is_empty()) {
            conditions.push(format!("service_name = {}", typed::text(service)));
        }
        if let Some(operation) = self.operation.as_deref().filter(|it| !it.is_empty()) {
            conditions.push(format!("name = {}", typed::text(operation)));
        }
        if conditions.is_empty() && !self.errors_only {
            conditions.push("parent_span_id IS NULL".to_owned());
        }
        if let Some(milliseconds) = self.min_duration_ms {
            conditions.push(format!("duration >= {}", (milliseconds * 1e6).round() as i64));
        }
        if self.errors_only {
            conditions.push("status_code = 'error'".to_owned());
        }
        conditions.join(" AND ")
    }
}

/// A trace whose root is not near lasts longer than the margin, or its root has not arrived: those
/// are looked for at all times.
async fn find_roots(engine: &Arc<Engine>, traces: &mut [TraceSummary]) -> Result<(), QueryError> {
    let without: Vec<&str> = traces
        .iter()
        .filter(|trace| trace.root_name.is_none())
        .map(|trace| trace.trace_id.as_str())
        .collect();
    if without.is_empty() {
        return Ok(());
    }
    let always = Scope { from_ms: 0, to_ms: TIME_MS_MAX, environment: None };
    for complete in summaries(engine, &without, &always).await? {
        let same = traces.iter_mut().find(|trace| trace.trace_id == complete.trace_id);
        if let Some(trace) = same {
            *trace = complete;
        }
    }
    Ok(())
}

async fn summaries(
    engine: &Arc<Engine>,
    ids: &[&str],
    around: &Scope,
) -> Result<Vec<TraceSummary>, QueryError> {
    let ids: Vec<String> = ids.iter().map(|id| typed::text(id)).collect();
    let start = "CAST(start_time AS BIGINT)";
    let root = |column: &str| {
        format!("first_value({column} ORDER BY start_time) FILTER (WHERE parent_span_id IS NULL)")
    };
    let sql = format!(
        "SELECT trace_id, min({start}) / 1e6 AS start_ms, \
         (max({start} + duration) - min({start})) / 1e6 AS duration_ms, \
         {} AS root_service, {} AS root_name, count(*) AS spans, \
         count(*) FILTER (WHERE status_code = 'error') AS errors, \
         array_agg(DISTINCT coalesce(service_name, '')) AS services \
         FROM spans WHERE {} AND trace_id IN ({}) GROUP BY trace_id ORDER BY start_ms DESC",
        root("service_name"),
        root("name"),
        around.condition("start_time"),
        ids.join(", ")
    );
    let mut traces = engine.rows::<TraceSummary>(&sql, QueryLimits::default()).await?.rows;
    for trace in &mut traces {
        trace.services.sort();
    }
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_service_the_root_decides() {
        let filter = TraceFilter { min_duration_ms: Some(1.5), ..TraceFilter::default() };
        assert_eq!(filter.condition(), "parent_span_id IS NULL AND duration >= 1500000");
    }

    #[test]
    fn conditions_meet_in_one_span() {
        let filter = TraceFilter {
            service: Some("o'rder".to_owned()),
            operation: Some("GET /".to_owned()),
            errors_only: true,
            ..TraceFilter::default()
        };
        assert_eq!(
            filter.condition(),
            "service_name = 'o''rder' AND name = 'GET /' AND status_code = 'error'"
        );
    }
}
