//! Where the time of traces goes: self time and time on the critical path, by service and operation.

use crate::question::Question;
use crate::sample::{self, SampledSpan};
use crate::skeleton::{self, SkeletonRow};
use foldhash::HashMap;
use hannun_model::limits::{TRACE_TIME_ROWS_MAX, TRACES_SAMPLED_SPANS_MAX};
use hannun_query::{Engine, QueryError};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Where the time of some traces went.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TimeBreakdown {
    /// Traces that were taken apart, each with all its spans.
    pub traces: usize,
    /// Traces that were chosen but have too many spans.
    pub traces_too_large: usize,
    pub spans: usize,
    /// Whether more traces match. Which are chosen depends on their ids only.
    pub sampled: bool,
    /// Self times of all spans.
    pub self_ms: f64,
    /// Durations of the roots whose critical paths were walked.
    pub critical_ms: f64,
    /// Those with most self time first.
    pub rows: Vec<TimeRow>,
    /// Rows that are not shown.
    pub rows_left_out: usize,
}

/// The time of one operation.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TimeRow {
    pub service: String,
    /// Method and route, or the name of the span without its numbers and ids.
    pub operation: String,
    pub kind: Option<String>,
    /// What it talked to by its attributes.
    pub peer: Option<String>,
    pub spans: usize,
    /// Time in which no child ran that was waited for.
    pub self_ms: f64,
    pub self_percent: f64,
    /// Time in which the root waited for it.
    pub critical_ms: f64,
    pub critical_percent: f64,
    pub errors: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Operation {
    service: String,
    endpoint: String,
    kind: Option<String>,
    peer: Option<String>,
}

#[derive(Debug, Default)]
struct Sums {
    spans: usize,
    self_ns: f64,
    critical_ns: f64,
    errors: usize,
}

/// Takes apart up to `traces` of the traces that a question finds.
pub async fn breakdown(
    engine: &Arc<Engine>,
    question: &Question,
    traces: usize,
) -> Result<TimeBreakdown, QueryError> {
    let sample = sample::of_question(engine, question, traces).await?;
    let sums = HashMap::default();
    let (reading, sums) =
        sample::read(engine, &sample.ids, TRACES_SAMPLED_SPANS_MAX, sums, add).await?;
    let (rows, self_ms, critical_ms) = rows_of(sums);
    let rows_left_out = rows.len().saturating_sub(TRACE_TIME_ROWS_MAX);
    Ok(TimeBreakdown {
        traces: reading.traces,
        traces_too_large: reading.too_large,
        spans: reading.spans,
        sampled: sample.sampled,
        self_ms,
        critical_ms,
        rows: rows.into_iter().take(TRACE_TIME_ROWS_MAX).collect(),
        rows_left_out,
    })
}

/// Adds one trace.
fn add(sums: &mut HashMap<Operation, Sums>, spans: &[SampledSpan]) {
    let skeletons: Vec<SkeletonRow> = spans.iter().map(|span| span.skeleton.clone()).collect();
    let tree = skeleton::tree(&skeletons);
    let mut critical_ns = vec![0.0; tree.rows.len()];
    for part in &tree.critical_path {
        critical_ns[part.row] += (part.to_ns - part.from_ns) as f64;
    }
    for (row, critical_ns) in tree.rows.iter().zip(critical_ns) {
        let span = &spans[row.node];
        let operation = Operation {
            service: span.skeleton.service.clone(),
            endpoint: span.endpoint.clone(),
            kind: span.skeleton.kind.clone(),
            peer: span.peer.clone(),
        };
        let sums = sums.entry(operation).or_default();
        sums.spans += 1;
        sums.self_ns += row.self_ns as f64;
        sums.critical_ns += critical_ns;
        sums.errors += usize::from(span.skeleton.failed());
    }
}

/// Rows, and the totals of self time and critical time in milliseconds.
fn rows_of(sums: HashMap<Operation, Sums>) -> (Vec<TimeRow>, f64, f64) {
    // Not `sum`, which makes nothing of nothing to -0.
    let self_ns = sums.values().fold(0.0, |all, sums| all + sums.self_ns);
    let critical_ns = sums.values().fold(0.0, |all, sums| all + sums.critical_ns);
    let mut sums: Vec<(Operation, Sums)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.self_ns.total_cmp(&a.1.self_ns).then_with(|| a.0.cmp(&b.0)));
    let percent = |part: f64, all: f64| if all > 0.0 { part / all * 100.0 } else { 0.0 };
    let rows = sums.into_iter().map(|(operation, sums)| TimeRow {
        service: operation.service,
        operation: operation.endpoint,
        kind: operation.kind,
        peer: operation.peer,
        spans: sums.spans,
        self_ms: sums.self_ns / 1e6,
        self_percent: percent(sums.self_ns, self_ns),
        critical_ms: sums.critical_ns / 1e6,
        critical_percent: percent(sums.critical_ns, critical_ns),
        errors: sums.errors,
    });
    (rows.collect(), self_ns / 1e6, critical_ns / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, endpoint: &str, from_ms: i64, ms: i64) -> SampledSpan {
        SampledSpan {
            trace_id: "t".to_owned(),
            endpoint: endpoint.to_owned(),
            peer: None,
            skeleton: SkeletonRow {
                span_id: id.to_owned(),
                parent_span_id: parent.map(str::to_owned),
                service: "web".to_owned(),
                clock: "h".to_owned(),
                name: endpoint.to_owned(),
                kind: None,
                start_ns: from_ms * 1_000_000,
                duration_ns: ms * 1_000_000,
                status: (endpoint == "query").then(|| "error".to_owned()),
                linked: false,
            },
        }
    }

    #[test]
    fn no_time_is_not_less_than_none() {
        let (rows, self_ms, critical_ms) = rows_of(HashMap::default());
        assert!(rows.is_empty() && self_ms.is_sign_positive() && critical_ms.is_sign_positive());
    }

    #[test]
    fn times_are_summed_up_by_operation() {
        let spans = [
            span("1", None, "GET /", 0, 100),
            span("2", Some("1"), "query", 10, 20),
            span("3", Some("1"), "query", 15, 20),
        ];
        let mut sums = HashMap::default();
        add(&mut sums, &spans);
        let (rows, self_ms, critical_ms) = rows_of(sums);
        assert_eq!((self_ms, critical_ms), (115.0, 100.0));
        assert_eq!((rows[0].operation.as_str(), rows[0].self_ms), ("GET /", 75.0));
        assert_eq!((rows[0].critical_ms, rows[0].errors), (80.0, 0));
        assert_eq!((rows[1].spans, rows[1].self_ms, rows[1].critical_ms), (2, 40.0, 20.0));
        assert_eq!((rows[1].errors, rows[1].critical_percent), (2, 20.0));
    }
}
