//! The page about one dependency: what it did, to whom, and what another timeout would have done.

use crate::affected::{self, AffectedCall};
use crate::attributes::{self, AffectedIds, AttributeKey};
use crate::calls::{Calls, DependencyKind, duration_ns};
use crate::list::THRESHOLD_MS_DEFAULT;
use crate::totals::{self, CallSeries, CallerEvidence, CallsOver, OperationEvidence};
use crate::what_if::{self, WhatIf};
use hannun_api::ApiError;
use hannun_api::figures::Figures;
use hannun_api::range::Scope;
use hannun_model::limits::{EVIDENCE_CALLS_DEFAULT, EVIDENCE_CALLS_MAX, EVIDENCE_KEYS_CHOSEN_MAX};
use hannun_query::Engine;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What evidence is wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvidenceQuery {
    /// Name of the dependency, as it is listed.
    pub name: String,
    #[serde(default)]
    #[param(inline, required = false)]
    pub kind: DependencyKind,
    /// One operation of it; all when not given.
    pub operation: Option<String>,
    /// One service that calls it; all when not given.
    pub caller: Option<String>,
    /// A call that took longer is slow; 10 s when not given.
    pub threshold_ms: Option<f64>,
    /// A timeout to ask about.
    pub timeout_ms: Option<f64>,
    /// Keys of attributes to take ids from, divided by commas. The likeliest one when not given,
    /// none when empty.
    pub attributes: Option<String>,
    /// Slow calls listed at most, the latest.
    pub limit: Option<usize>,
}

/// Evidence about a dependency. Counts are of stored calls, figures of what they stand for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    pub name: String,
    pub kind: DependencyKind,
    pub system: Option<String>,
    pub operation: Option<String>,
    pub caller: Option<String>,
    pub from_ms: i64,
    pub to_ms: i64,
    pub threshold_ms: f64,
    pub figures: Figures,
    /// Stored calls: `succeeded`, `failed` and `timeouts` together. Fewer than the requests of the
    /// figures when the sender sampled.
    pub calls: u64,
    pub succeeded: u64,
    /// Failed for another reason than a timeout.
    pub failed: u64,
    pub timeouts: u64,
    pub over: CallsOver,
    /// Those with most calls first.
    pub operations: Vec<OperationEvidence>,
    pub callers: Vec<CallerEvidence>,
    /// Whether there are more operations or callers.
    pub truncated: bool,
    /// Keys that may be ids of the business, the likeliest first.
    pub attribute_keys: Vec<AttributeKey>,
    /// Keys that ids were taken from.
    pub attributes: Vec<String>,
    /// Slow calls in the order in which they began; of too many, the latest.
    pub affected: Vec<AffectedCall>,
    /// How many slow calls there are.
    pub affected_total: u64,
    pub ids: Vec<AffectedIds>,
    /// False when there are more slow calls than ids were taken from, or their traces have more
    /// spans than are read.
    pub ids_complete: bool,
    pub what_if: WhatIf,
    pub series: CallSeries,
}

impl EvidenceQuery {
    fn calls(&self, scope: Scope) -> Result<Calls, ApiError> {
        if self.name.is_empty() {
            return Err(ApiError::invalid("name must be that of a dependency"));
        }
        let threshold_ms = self.threshold_ms.unwrap_or(THRESHOLD_MS_DEFAULT);
        if let Some(timeout_ms) = self.timeout_ms {
            duration_ns("timeout_ms", timeout_ms)?;
        }
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        Ok(Calls {
            scope,
            name: self.name.clone(),
            kind: self.kind,
            operation: named(&self.operation),
            caller: named(&self.caller),
            threshold_ns: duration_ns("threshold_ms", threshold_ms)?,
        })
    }

    /// The keys that were chosen; `None` when that is left to us.
    fn keys(&self) -> Result<Option<Vec<String>>, ApiError> {
        let Some(keys) = &self.attributes else { return Ok(None) };
        let mut chosen: Vec<String> = Vec::new();
        for key in keys.split(',').map(str::trim).filter(|key| !key.is_empty()) {
            if !chosen.iter().any(|it| it == key) {
                chosen.push(key.to_owned());
            }
        }
        if chosen.len() > EVIDENCE_KEYS_CHOSEN_MAX {
            let message = format!("attributes names at most {EVIDENCE_KEYS_CHOSEN_MAX} keys");
            return Err(ApiError::invalid(message));
        }
        Ok(Some(chosen))
    }
}

/// Answers the evidence about a dependency.
pub async fn evidence(
    engine: &Arc<Engine>,
    scope: Scope,
    query: &EvidenceQuery,
) -> Result<Evidence, ApiError> {
    let calls = query.calls(scope)?;
    let keys = query.keys()?;
    let limit = query.limit.unwrap_or(EVIDENCE_CALLS_DEFAULT).clamp(1, EVIDENCE_CALLS_MAX);
    let found = totals::by_operation(engine, &calls).await?;
    let slow = affected::slow_calls(engine, &calls).await?;
    let attribute_keys = attributes::suggest(engine, &slow).await?;
    let keys =
        keys.unwrap_or_else(|| attributes::chosen_by_itself(&attribute_keys).into_iter().collect());
    let attributes::Found { values, complete } = attributes::values(engine, &slow, &keys).await?;
    let retried = affected::any_retried(&slow);
    let what_if = what_if::what_if(engine, &calls, &found.all, query.timeout_ms, retried).await?;
    let series = totals::series(engine, &calls).await?;
    let seconds = calls.scope.seconds();
    let ids = attributes::ids(&keys, &values);
    let ids_complete = complete && slow.len() as u64 >= found.all.over.calls;
    let earlier = slow.len().saturating_sub(limit);
    let affected = slow.into_iter().zip(values).skip(earlier);
    Ok(Evidence {
        name: calls.name,
        kind: calls.kind,
        system: found.system,
        operation: calls.operation,
        caller: calls.caller,
        from_ms: calls.scope.from_ms,
        to_ms: calls.scope.to_ms,
        threshold_ms: query.threshold_ms.unwrap_or(THRESHOLD_MS_DEFAULT),
        figures: found.all.sum.figures(seconds),
        calls: found.all.calls,
        succeeded: found.all.calls - found.all.failed,
        failed: found.all.failed - found.all.timeouts,
        timeouts: found.all.timeouts,
        affected: affected.map(|(call, values)| call.shown(values)).collect(),
        affected_total: found.all.over.calls,
        over: found.all.over,
        operations: found
            .operations
            .into_iter()
            .map(|(operation, totals)| totals.operation(operation, seconds))
            .collect(),
        callers: found.callers,
        truncated: found.truncated,
        attribute_keys,
        attributes: keys,
        ids,
        ids_complete,
        what_if,
        series,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(attributes: Option<&str>) -> EvidenceQuery {
        EvidenceQuery {
            name: "registry".to_owned(),
            attributes: attributes.map(str::to_owned),
            ..EvidenceQuery::default()
        }
    }

    #[test]
    fn keys_are_chosen_by_name_or_left_to_us() {
        assert_eq!(query(None).keys().unwrap(), None);
        assert_eq!(query(Some("")).keys().unwrap(), Some(Vec::new()));
        let two = query(Some("order.no, user.id,,order.no")).keys().unwrap().unwrap();
        assert_eq!(two, ["order.no", "user.id"]);
        assert!(query(Some("a,b,c,d,e,f,g,h,i")).keys().is_err());
    }

    #[test]
    fn a_threshold_is_ten_seconds_unless_told_otherwise() {
        let scope = || Scope { from_ms: 0, to_ms: 1, environment: None };
        assert_eq!(query(None).calls(scope()).unwrap().threshold_ns, 10_000_000_000);
        let wrong = EvidenceQuery { timeout_ms: Some(-1.0), ..query(None) };
        assert!(wrong.calls(scope()).is_err());
        assert!(EvidenceQuery::default().calls(scope()).is_err());
    }
}
