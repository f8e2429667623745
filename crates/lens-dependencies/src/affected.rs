//! The calls that took longer than the threshold, one by one.

use crate::NS_PER_MS;
use crate::calls::Calls;
use hannun_model::limits::EVIDENCE_CALLS_MAX;
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
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
         WHERE over ORDER BY start_ns DESC, span_id LIMIT {EVIDENCE_CALLS_MAX}",
        more.join(", "),
        calls.sql(&more)
    );
    let limits = QueryLimits::asked(Some(EVIDENCE_CALLS_MAX), None);
    let mut rows = engine.rows::<CallRow>(&sql, limits).await?.rows;
    rows.reverse();
    Ok(rows)
}

/// Whether a call failed and its operation was then called again from the same place. Calls that
/// succeeded, or ran beside each other, are several things asked for, not one asked again.
///
/// Calls must come in the order in which they began.
pub fn any_retried(calls: &[CallRow]) -> bool {
    let mut failures_ended_ns: HashMap<_, i64> = HashMap::new();
    calls.iter().filter(|call| call.trace_id.is_some() && call.parent_span_id.is_some()).any(
        |call| {
            let place = (&call.trace_id, &call.parent_span_id, &call.service, &call.operation);
            let is_again =
                failures_ended_ns.get(&place).is_some_and(|ended| *ended <= call.start_ns);
            if call.failed {
                let ended_ns = call.start_ns.saturating_add(call.duration);
                let first = failures_ended_ns.entry(place).or_insert(ended_ns);
                *first = ended_ns.min(*first);
            }
            is_again
        },
    )
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

    fn call(trace: &str, parent: &str, start_ns: i64, failed: bool) -> CallRow {
        CallRow {
            trace_id: Some(trace.to_owned()),
            parent_span_id: Some(parent.to_owned()),
            start_ns,
            duration: 10,
            failed,
            ..CallRow::default()
        }
    }

    #[test]
    fn what_is_called_again_after_it_failed_is_a_retry() {
        let first = call("a", "1", 0, true);
        let again = call("a", "1", 10, false);
        assert!(any_retried(&[first.clone(), call("b", "1", 5, false), again.clone()]));
        assert!(!any_retried(&[first.clone(), call("b", "1", 10, false)]), "another trace");
        assert!(!any_retried(&[first.clone(), call("a", "2", 10, false)]), "another place");
        let beside = call("a", "1", 9, true);
        assert!(!any_retried(&[first.clone(), beside.clone()]), "it had not failed yet");
        assert!(any_retried(&[first, beside, again.clone()]), "one of both had");
        let answered = call("a", "1", 0, false);
        assert!(!any_retried(&[answered, again]), "the next of several things");
        let nowhere = CallRow { failed: true, ..CallRow::default() };
        assert!(!any_retried(&[nowhere.clone(), nowhere]));
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
