//! What a call to a dependency is, and how it ended, as SQL over `spans`.

use hannun_api::ApiError;
use hannun_api::range::Scope;
use hannun_query::spans_sql::{ENDPOINT, PEER_KIND, PEER_NAME, PEER_SYSTEM, STORED_COUNT};
use hannun_query::typed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Spans that call somebody.
pub(crate) const IS_CALL: &str = "kind IN ('client', 'producer')";
pub(crate) const FAILED: &str = "coalesce(status_code = 'error', false)";

/// How instrumentations name a timeout: `timeout`, `timed out`, `ETIMEDOUT`, `DEADLINE_EXCEEDED`,
/// `java.net.SocketTimeoutException`, `context deadline exceeded` …
const TIMEOUT_WORDS: &str = "(time[-_ ]?d?[-_ ]?out|deadline)";

/// SQL that is true for a failed call that says it took too long: in its `error.type`, its status
/// message, a recorded exception, an HTTP status 408 or 504, or the gRPC status 4.
pub(crate) fn timed_out() -> String {
    let exception = format!("\"exception\\.(type|message)\":\"[^\"]*{TIMEOUT_WORDS}");
    let mentions = |column: &str, words: &str| {
        format!("coalesce(regexp_like({column}, {}, 'i'), false)", typed::text(words))
    };
    format!(
        "(CASE WHEN {FAILED} THEN {} OR {} OR coalesce(http_response_status_code IN (408, 504), \
         false) OR coalesce(rpc_grpc_status_code = 4, false) OR {} ELSE false END)",
        mentions("error_type", TIMEOUT_WORDS),
        mentions("status_message", TIMEOUT_WORDS),
        mentions("events", &exception),
    )
}

/// What a dependency is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    #[default]
    External,
    Database,
    Cache,
    Queue,
}

impl DependencyKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Queue => "queue",
        }
    }
}

/// Calls to one dependency.
#[derive(Debug, Clone, PartialEq)]
pub struct Calls {
    pub scope: Scope,
    pub name: String,
    pub kind: DependencyKind,
    pub operation: Option<String>,
    pub caller: Option<String>,
    /// A call that took longer is slow.
    pub threshold_ns: i64,
}

impl Calls {
    /// A sub-select of the calls with what is asked about each. Its columns: `start_ns`, `duration`,
    /// `weight`, `service`, `operation`, `system`, `failed`, `timed_out`, `cut_off` (a timeout without
    /// an answer), `over`, and the columns named in `more`.
    pub fn sql(&self, more: &[&str]) -> String {
        let more: String = more.iter().map(|column| format!(", {column}")).collect();
        let timed_out = timed_out();
        format!(
            "(SELECT start_time, CAST(start_time AS BIGINT) AS start_ns, \
             greatest(coalesce(duration, 0), 0) AS duration, {STORED_COUNT} AS weight, \
             coalesce(service_name, '') AS service, coalesce({ENDPOINT}, '') AS operation, \
             {PEER_SYSTEM} AS system, {FAILED} AS failed, {timed_out} AS timed_out, \
             {timed_out} AND http_response_status_code IS NULL AS cut_off, \
             coalesce(duration, 0) > {} AS over{more} FROM spans WHERE {}) AS calls",
            self.threshold_ns,
            self.condition()
        )
    }

    fn condition(&self) -> String {
        let mut all = vec![
            self.scope.condition("start_time"),
            IS_CALL.to_owned(),
            format!("{PEER_KIND} = {}", typed::text(self.kind.name())),
            format!("{PEER_NAME} = {}", typed::text(&self.name)),
        ];
        if let Some(operation) = &self.operation {
            all.push(format!("coalesce({ENDPOINT}, '') = {}", typed::text(operation)));
        }
        if let Some(caller) = &self.caller {
            all.push(format!("coalesce(service_name, '') = {}", typed::text(caller)));
        }
        all.join(" AND ")
    }
}

/// A duration in milliseconds that was asked for, as nanoseconds.
pub(crate) fn duration_ns(name: &str, ms: f64) -> Result<i64, ApiError> {
    const DAY_MS: f64 = 86_400_000.0;
    if (0.0..=DAY_MS).contains(&ms) {
        return Ok((ms * crate::NS_PER_MS).round() as i64);
    }
    Err(ApiError::invalid(format!("{name} must be from 0 to {DAY_MS} (a day)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_their_literals() {
        let calls = Calls {
            scope: Scope { from_ms: 1, to_ms: 2, environment: None },
            name: "it's".to_owned(),
            kind: DependencyKind::External,
            operation: Some("GET /'".to_owned()),
            caller: Some("'".to_owned()),
            threshold_ns: 10_000_000_000,
        };
        insta::assert_snapshot!(calls.sql(&["trace_id", "span_id"]));
    }

    #[test]
    fn durations_are_bounded() {
        assert_eq!(duration_ns("threshold_ms", 0.5).unwrap(), 500_000);
        for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(duration_ns("threshold_ms", wrong).is_err(), "{wrong}");
        }
    }
}
