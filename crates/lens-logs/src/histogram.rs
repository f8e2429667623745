//! How many records of each status there were, over time.

use crate::field::WEIGHT;
use crate::question::{MILLISECOND, Question};
use hannun_model::limits::{LENS_ROWS_MAX, LOGS_BUCKETS_MAX};
use hannun_model::severity::{STATUSES, status_of_number};
use hannun_query::{Engine, QueryError, QueryLimits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Status of a record without a severity.
const NO_STATUS: &str = "none";

/// Counts by status and time.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Histogram {
    /// Start of the first bucket, at or before the time asked about.
    pub from_ms: i64,
    pub bucket_ms: i64,
    /// Those that occur, the least severe first.
    pub statuses: Vec<StatusCounts>,
    /// Records, counted as often as each stands for one.
    pub total: u64,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct StatusCounts {
    /// `none` when records have no severity.
    pub status: String,
    pub counts: Vec<u64>,
}

#[derive(Debug, Deserialize)]
struct BucketRow {
    bucket: i64,
    severity_number: Option<i64>,
    records: f64,
}

/// Even parts of a time, each beginning at a multiple of its length, so that they stay where they
/// are when a page is asked again a moment later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    pub from_ms: i64,
    pub bucket_ms: i64,
    pub count: usize,
}

impl Buckets {
    /// At most about `wanted` parts.
    pub fn new(question: &Question, wanted: u32) -> Self {
        const STEPS_MS: [i64; 28] = [
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000,
            120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000,
            14_400_000, 21_600_000, 43_200_000, 86_400_000,
        ];
        const DAY_MS: i64 = 86_400_000;
        let wanted = i64::from(wanted.clamp(1, LOGS_BUCKETS_MAX));
        let (from_ms, to_ms) = (question.scope.from_ms, question.scope.to_ms);
        let least = ((to_ms - from_ms) as u64).div_ceil(wanted as u64) as i64;
        let days = (least as u64).div_ceil(DAY_MS as u64) as i64;
        let bucket_ms = STEPS_MS.into_iter().find(|step| *step >= least).unwrap_or(days * DAY_MS);
        let from_ms = from_ms - from_ms % bucket_ms;
        let count = ((to_ms - from_ms) as u64).div_ceil(bucket_ms as u64) as usize;
        Self { from_ms, bucket_ms, count }
    }

    /// SQL of the number of a record's bucket.
    pub fn sql(&self) -> String {
        let Self { from_ms, bucket_ms, .. } = self;
        format!("(CAST(time AS BIGINT) / {MILLISECOND} - {from_ms}) / {bucket_ms}")
    }

    /// Adds to the bucket with this number.
    pub fn add(&self, counts: &mut [f64], bucket: i64, value: f64) {
        if let Some(count) = usize::try_from(bucket).ok().and_then(|at| counts.get_mut(at)) {
            *count += value;
        }
    }
}

/// Counts the records of a question.
pub async fn histogram(
    engine: &Arc<Engine>,
    question: &Question,
    buckets: u32,
) -> Result<Histogram, QueryError> {
    let buckets = Buckets::new(question, buckets);
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let rows = engine.rows::<BucketRow>(&sql(question, buckets), limits).await?.rows;
    Ok(histogram_of(buckets, &rows))
}

fn sql(question: &Question, buckets: Buckets) -> String {
    format!(
        "SELECT {} AS bucket, severity_number, sum({WEIGHT}) AS records FROM logs WHERE {} \
         GROUP BY 1, 2",
        buckets.sql(),
        question.condition()
    )
}

fn histogram_of(buckets: Buckets, rows: &[BucketRow]) -> Histogram {
    let status_of =
        |row: &BucketRow| row.severity_number.and_then(status_of_number).unwrap_or(NO_STATUS);
    let statuses = [NO_STATUS].into_iter().chain(STATUSES).filter_map(|status| {
        let mut counts = vec![0.0; buckets.count];
        let mut any = false;
        for row in rows.iter().filter(|row| status_of(row) == status) {
            buckets.add(&mut counts, row.bucket, row.records);
            any = true;
        }
        let counts = counts.into_iter().map(whole).collect();
        any.then(|| StatusCounts { status: status.to_owned(), counts })
    });
    Histogram {
        from_ms: buckets.from_ms,
        bucket_ms: buckets.bucket_ms,
        statuses: statuses.collect(),
        total: whole(rows.iter().map(|row| row.records).sum()),
    }
}

/// A number of records. What a sample stands for need not be whole.
pub(crate) fn whole(records: f64) -> u64 {
    records.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_begin_at_multiples_of_their_length_and_cover_the_time() {
        let question = Question::everything(61_000, 3_661_000);
        let buckets = Buckets::new(&question, 60);
        assert_eq!(buckets, Buckets { from_ms: 60_000, bucket_ms: 60_000, count: 61 });
        let short = Buckets::new(&Question::everything(0, 3), 60);
        assert_eq!(short, Buckets { from_ms: 0, bucket_ms: 1, count: 3 });
        let long = Buckets::new(&Question::everything(0, 1000 * 86_400_000), 10);
        assert_eq!((long.bucket_ms, long.count), (100 * 86_400_000, 10));
        let all = Question::everything(0, hannun_api::range::TIME_MS_MAX);
        assert!(Buckets::new(&all, u32::MAX).count <= LOGS_BUCKETS_MAX as usize + 1);
    }

    #[test]
    fn a_record_counts_as_often_as_it_stands_for_one() {
        let row = |bucket, severity_number, records| BucketRow { bucket, severity_number, records };
        let buckets = Buckets { from_ms: 0, bucket_ms: 10, count: 2 };
        let rows = [row(0, Some(9), 1.0), row(1, Some(10), 9.6), row(1, None, 2.0)];
        let histogram = histogram_of(buckets, &rows);
        let counts = |status: &str, counts: [u64; 2]| StatusCounts {
            status: status.to_owned(),
            counts: counts.to_vec(),
        };
        assert_eq!(histogram.statuses, [counts("none", [0, 2]), counts("info", [1, 10])]);
        assert_eq!(histogram.total, 13);
    }

    #[test]
    fn one_pass_reads_three_columns() {
        let question = Question::everything(0, 60_000);
        insta::assert_snapshot!(sql(&question, Buckets::new(&question, 60)));
    }
}
