//! Asking `span_stats` about a time that does not begin and end with a minute.
//!
//! Whole minutes are read as they were counted; what is left at both ends, less than a minute each,
//! is counted from the spans themselves by the same rules. The answer is that of counting all spans,
//! but for callees and callers at the ends, which one span alone cannot tell.
//!
//! What clients counted themselves is added: intervals that began in the time asked about.

use crate::spans_sql::{COUNT, ENDPOINT, PEER_KIND, PEER_NAME, PEER_SYSTEM};
use crate::typed::timestamp_ms;

const MINUTE_MS: i64 = 60_000;

/// Columns of `span_stats` that are grouped by, in the order of every part.
const KEYS: [&str; 12] = [
    "endpoint",
    "kind",
    "failed",
    "root",
    "peer_kind",
    "peer_system",
    "peer_name",
    "callee_service_name",
    "caller_service_name",
    "service_name",
    "service_version",
    "deployment_environment_name",
];
const MEASURES: [&str; 5] = ["spans", "count", "duration_sum", "duration_max", "histogram"];

/// Everything that was counted, by spans and by their clients, in whole minutes and intervals of
/// clients: a table with the columns of `span_stats`.
pub const COUNTED: &str = "(SELECT * FROM span_stats UNION ALL SELECT * FROM client_stats)";

/// A sub-select with all columns of `span_stats`, about the spans that began at `from_ms` or later
/// and before `to_ms`. `condition` is SQL over columns that `spans` and `span_stats` share, such as
/// `service_name` and `deployment_environment_name`.
pub fn source(from_ms: i64, to_ms: i64, condition: Option<&str>) -> String {
    let first_minute = from_ms.div_euclid(MINUTE_MS) + i64::from(from_ms.rem_euclid(MINUTE_MS) > 0);
    let (whole_from, whole_to) =
        (first_minute * MINUTE_MS, to_ms.div_euclid(MINUTE_MS) * MINUTE_MS);
    if whole_from >= whole_to {
        let parts =
            [counted(from_ms, to_ms, condition), stored("client_stats", from_ms, to_ms, condition)];
        return format!("({})", parts.join(" UNION ALL "));
    }
    let mut parts = vec![
        stored("span_stats", whole_from, whole_to, condition),
        stored("client_stats", from_ms, to_ms, condition),
    ];
    if from_ms < whole_from {
        parts.push(counted(from_ms, whole_from, condition));
    }
    if whole_to < to_ms {
        parts.push(counted(whole_to, to_ms, condition));
    }
    format!("({})", parts.join(" UNION ALL "))
}

fn stored(table: &str, from_ms: i64, to_ms: i64, condition: Option<&str>) -> String {
    format!(
        "SELECT time, {}, {} FROM {table} WHERE {}",
        KEYS.join(", "),
        MEASURES.join(", "),
        within("time", from_ms, to_ms, condition)
    )
}

/// The same columns, from spans.
fn counted(from_ms: i64, to_ms: i64, condition: Option<&str>) -> String {
    let text = "arrow_cast(NULL, 'Utf8View')";
    format!(
        "SELECT time, {keys}, count(*) AS spans, sum(weight) AS count, \
         sum(greatest(duration, 0) * weight) AS duration_sum, \
         max(greatest(duration, 0)) AS duration_max, \
         duration_histogram(greatest(duration, 0), weight) AS histogram \
         FROM (SELECT date_trunc('minute', start_time) AS time, {ENDPOINT} AS endpoint, kind, \
         coalesce(status_code = 'error', false) AS failed, parent_span_id IS NULL AS root, \
         {PEER_KIND} AS peer_kind, {PEER_SYSTEM} AS peer_system, {PEER_NAME} AS peer_name, \
         {text} AS callee_service_name, {text} AS caller_service_name, service_name, \
         service_version, deployment_environment_name, coalesce(duration, 0) AS duration, \
         {COUNT} AS weight FROM spans WHERE {}) AS single GROUP BY time, {keys}",
        within("start_time", from_ms, to_ms, condition),
        keys = KEYS.join(", "),
    )
}

fn within(time: &str, from_ms: i64, to_ms: i64, condition: Option<&str>) -> String {
    let (from, to) = (timestamp_ms(from_ms), timestamp_ms(to_ms));
    let and = condition.map(|condition| format!(" AND ({condition})")).unwrap_or_default();
    format!("{time} >= {from} AND {time} < {to}{and}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_minutes_are_read_and_ends_are_counted() {
        let whole = source(60_000, 180_000, Some("service_name = 'a'"));
        assert!(!whole.contains("FROM spans") && whole.contains("AND (service_name = 'a')"));
        let both = source(59_000, 181_000, None);
        assert_eq!(both.matches("FROM span_stats").count(), 1);
        assert_eq!(both.matches("FROM client_stats").count(), 1);
        assert_eq!(both.matches("FROM spans").count(), 2);
        let within_a_minute = source(61_000, 119_000, None);
        assert_eq!(within_a_minute.matches("FROM span_stats").count(), 0);
        assert_eq!(within_a_minute.matches("FROM spans").count(), 1);
        assert_eq!(within_a_minute.matches("FROM client_stats").count(), 1);
        let over_a_minute = source(61_000, 121_000, None);
        assert_eq!(over_a_minute.matches("FROM spans").count(), 1);
    }
}
