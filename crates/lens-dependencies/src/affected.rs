//! The calls that took longer than the threshold, one by one.

use crate::NS_PER_MS;
use crate::calls::Calls;
use hannun_model::limits::EVIDENCE_CALLS_MAX;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    Succeeded,
    /// For another reason than a timeout.
    Failed,
    Timeout,
}

/// A call that took longer than the threshold.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AffectedCall {
    pub time_ms: f64,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub caller: String,
    pub operation: String,
    pub duration_ms: f64,
    pub outcome: CallOutcome,
    pub status_message: Option<String>,
    pub error_type: Option<String>,
    pub http_status: Option<i64>,
    /// The chosen attributes of the call, of the spans that it was part of within its service, or of
    /// the first span of its trace.
    pub values: BTreeMap<String, String>,
}

/// A slow call as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CallRow {
    pub start_ns: i64,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub parent_span_id: Option<String>,
    pub service: String,
    pub operation: String,
    pub duration: i64,
    pub failed: bool,
    pub timed_out: bool,
    pub status_message: Option<String>,
    pub error_type: Option<String>,
    pub http_response_status_code: Option<i64>,
}

/// The slow calls in the order in which they began; of too many, the latest.
pub async fn slow_calls(engine: &Arc<Engine>, calls: &Calls) -> Result<Vec<CallRow>, QueryError> {
    let more = [
        "trace_id",
        "span_id",
        "parent_span_id",
        "status_message",
        "error_type",
        "http_response_status_code",
    ];
    let sql = format!(
        "SELECT start_ns, service, operation, duration, failed, timed_out, {} FROM {} \
         WHERE over ORDER BY start_ns DESC, span_id",
        more.join(", "),
        calls.sql(&more)
    );
    let limits = QueryLimits::asked(Some(EVIDENCE_CALLS_MAX), None);
    let mut rows = engine.rows::<CallRow>(&sql, limits).await?.rows;
    rows.reverse();
    Ok(rows)
}

/// Whether an operation was called again from the same place.
pub fn any_retried(calls: &[CallRow]) -> bool {
    let mut seen = HashSet::new();
    calls
        .iter()
        .filter(|call| call.trace_id.is_some() && call.parent_span_id.is_some())
        .any(|call| !seen.insert((&call.trace_id, &call.parent_span_id, &call.operation)))
}

impl CallRow {
    pub fn shown(self, values: BTreeMap<String, String>) -> AffectedCall {
        AffectedCall {
            time_ms: self.start_ns as f64 / NS_PER_MS,
            trace_id: self.trace_id,
            span_id: self.span_id,
            caller: self.service,
            operation: self.operation,
            duration_ms: self.duration as f64 / NS_PER_MS,
            outcome: match (self.failed, self.timed_out) {
                (_, true) => CallOutcome::Timeout,
                (true, false) => CallOutcome::Failed,
                (false, false) => CallOutcome::Succeeded,
            },
            status_message: self.status_message.filter(|message| !message.is_empty()),
            error_type: self.error_type,
            http_status: self.http_response_status_code,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(trace: &str, parent: &str) -> CallRow {
        CallRow {
            trace_id: Some(trace.to_owned()),
            parent_span_id: Some(parent.to_owned()),
            ..CallRow::default()
        }
    }

    #[test]
    fn a_second_call_from_the_same_span_is_a_retry() {
        assert!(any_retried(&[call("a", "1"), call("b", "1"), call("a", "1")]));
        assert!(!any_retried(&[call("a", "1"), call("b", "1"), call("a", "2")]));
        assert!(!any_retried(&[CallRow::default(), CallRow::default()]));
    }

    #[test]
    fn a_call_ends_in_one_of_three_ways() {
        let outcome = |failed, timed_out| {
            CallRow { failed, timed_out, ..CallRow::default() }.shown(BTreeMap::new()).outcome
        };
        assert_eq!(outcome(false, false), CallOutcome::Succeeded);
        assert_eq!(outcome(true, false), CallOutcome::Failed);
        assert_eq!(outcome(true, true), CallOutcome::Timeout);
    }
}
