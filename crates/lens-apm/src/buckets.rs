//! How a time is cut into even parts, and the rows that can be counted by them.

use hannun_api::range::Scope;
use hannun_query::spans_sql::{COUNT, ENDPOINT};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const MILLISECOND_NS: i64 = 1_000_000;

/// Even parts of a time, each beginning at a multiple of its length: a minute of `span_stats` lies
/// in one of them, and a page that is asked again a moment later keeps its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Start of the first, at or before the time.
    pub from_ms: i64,
    pub bucket_ms: i64,
    pub count: usize,
}

impl Buckets {
    /// About `wanted` parts, one more when the time begins within one.
    pub fn new(scope: &Scope, wanted: u32) -> Self {
        let bucket_ms = i64::from(scope.bucket_seconds(wanted)) * SECOND_MS;
        let from_ms = scope.from_ms - scope.from_ms.rem_euclid(bucket_ms);
        let length_ms = (scope.to_ms - from_ms).max(1);
        let count = (length_ms as u64).div_ceil(bucket_ms as u64) as usize;
        Self { from_ms, bucket_ms, count }
    }

    /// SQL of the number of the part that a row lies in.
    pub fn number(&self) -> String {
        let Self { from_ms, bucket_ms, .. } = self;
        format!("(CAST(time AS BIGINT) / {MILLISECOND_NS} - {from_ms}) / {bucket_ms}")
    }

    /// A sub-select of the rows to count, for which `condition` holds: `span_stats` where a part has
    /// whole minutes, else spans counted the same way. The latter happens for times of less than an
    /// hour.
    pub fn source(&self, scope: &Scope, condition: Option<&str>) -> String {
        if self.bucket_ms % MINUTE_MS == 0 {
            return scope.span_stats_where(condition);
        }
        self.of_spans(scope, condition)
    }

    /// Spans, and what clients counted themselves, in the shape of `span_stats`, by the parts of this
    /// time instead of minutes.
    fn of_spans(&self, scope: &Scope, condition: Option<&str>) -> String {
        let and = condition.map(|condition| format!(" AND {condition}")).unwrap_or_default();
        let bucket_ns = self.bucket_ms * MILLISECOND_NS;
        let begin_of_part = |time: &str| {
            format!(
                "arrow_cast(CAST({time} AS BIGINT) / {bucket_ns} * {bucket_ns}, \
                 'Timestamp(Nanosecond, Some(\"UTC\"))') AS time"
            )
        };
        format!(
            "(SELECT {}, service_name, service_version, kind, {ENDPOINT} AS endpoint, \
             coalesce(status_code = 'error', false) AS failed, \
             parent_span_id IS NULL AS root, \
             count(*) AS spans, \
             sum({COUNT}) AS count, \
             sum(greatest(coalesce(duration, 0), 0) * {COUNT}) AS duration_sum, \
             max(greatest(coalesce(duration, 0), 0)) AS duration_max, \
             duration_histogram(greatest(coalesce(duration, 0), 0), {COUNT}) AS histogram \
             FROM spans WHERE {}{and} GROUP BY 1, 2, 3, 4, 5, 6, 7 \
             UNION ALL SELECT {}, service_name, service_version, kind, endpoint, failed, root, \
             spans, count, duration_sum, duration_max, histogram \
             FROM client_stats WHERE {}{and})",
            begin_of_part("start_time"),
            scope.condition("start_time"),
            begin_of_part("time"),
            scope.condition("time"),
        )
    }

    /// Adds to the part with this number.
    pub fn add(counts: &mut [f64], number: i64, value: f64) {
        if let Some(count) = usize::try_from(number).ok().and_then(|at| counts.get_mut(at)) {
            *count += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(from_ms: i64, to_ms: i64) -> Scope {
        Scope { from_ms, to_ms, environment: None }
    }

    #[test]
    fn parts_begin_at_multiples_of_their_length_and_cover_the_time() {
        let hour = Buckets::new(&scope(61_000, 3_661_000), 60);
        assert_eq!(hour, Buckets { from_ms: 60_000, bucket_ms: 60_000, count: 61 });
        let aligned = Buckets::new(&scope(60_000, 3_660_000), 60);
        assert_eq!(aligned.count, 60);
        let moment = Buckets::new(&scope(1, 2), 60);
        assert_eq!(moment, Buckets { from_ms: 0, bucket_ms: 1000, count: 1 });
        let year = Buckets::new(&scope(0, 365 * 86_400_000), 60);
        assert_eq!((year.bucket_ms, year.count), (7 * 86_400_000, 53));
    }

    #[test]
    fn a_value_outside_of_the_time_is_left_out() {
        let mut counts = vec![0.0; 2];
        for (number, value) in [(0, 1.0), (1, 2.0), (1, 3.0), (2, 9.0), (-1, 9.0)] {
            Buckets::add(&mut counts, number, value);
        }
        assert_eq!(counts, [1.0, 5.0]);
    }

    #[test]
    fn parts_shorter_than_a_minute_are_counted_from_spans() {
        let scope = scope(0, 600_000);
        let short = Buckets::new(&scope, 60);
        assert_eq!(short.bucket_ms, 10_000);
        insta::assert_snapshot!(short.source(&scope, Some("service_name = 'order'")));
        assert_eq!(Buckets::new(&scope, 10).source(&scope, None), scope.span_stats());
    }
}
