//! How many spans there were over time, and how many of them failed.

use crate::question::Question;
use hannun_api::Buckets;
use hannun_model::limits::{LENS_ROWS_MAX, TRACES_BUCKETS_MAX};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Spans over time.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceHistogram {
    /// Start of the first bucket, at or before the time asked about.
    pub from_ms: i64,
    pub bucket_ms: i64,
    /// Spans that did not fail, in each bucket.
    pub ok: Vec<u64>,
    pub failed: Vec<u64>,
    /// Spans of all buckets.
    pub total: u64,
}

#[derive(Debug, Deserialize)]
struct BucketRow {
    bucket: i64,
    failed: bool,
    spans: u64,
}

/// Counts the spans of a question.
pub async fn histogram(
    engine: &Arc<Engine>,
    question: &Question,
    buckets: u32,
) -> Result<TraceHistogram, QueryError> {
    let buckets = Buckets::new(&question.scope, buckets.clamp(1, TRACES_BUCKETS_MAX));
    let sql = format!(
        "SELECT {} AS bucket, coalesce(status_code = 'error', false) AS failed, count(*) AS spans \
         FROM spans WHERE {} GROUP BY 1, 2",
        buckets.sql("start_time"),
        question.condition()
    );
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    Ok(histogram_of(buckets, &engine.rows::<BucketRow>(&sql, limits).await?.rows))
}

fn histogram_of(buckets: Buckets, rows: &[BucketRow]) -> TraceHistogram {
    let mut counts = [vec![0; buckets.count], vec![0; buckets.count]];
    for row in rows {
        let bucket = usize::try_from(row.bucket).ok();
        let counts = &mut counts[usize::from(row.failed)];
        if let Some(count) = bucket.and_then(|bucket| counts.get_mut(bucket)) {
            *count += row.spans;
        }
    }
    let [ok, failed] = counts;
    let total = ok.iter().chain(&failed).sum();
    TraceHistogram { from_ms: buckets.from_ms, bucket_ms: buckets.bucket_ms, ok, failed, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_apart() {
        let buckets = Buckets { from_ms: 0, bucket_ms: 10, count: 2 };
        let row = |bucket, failed, spans| BucketRow { bucket, failed, spans };
        let rows = [row(0, false, 4), row(1, false, 1), row(1, true, 2), row(7, true, 9)];
        let expected = TraceHistogram {
            from_ms: 0,
            bucket_ms: 10,
            ok: vec![4, 1],
            failed: vec![0, 2],
            total: 7,
        };
        assert_eq!(histogram_of(buckets, &rows), expected);
    }
}
