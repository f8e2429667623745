//! Even parts of a time, for counts over time.

use crate::range::Scope;

/// Nanoseconds of a millisecond.
const MILLISECOND: i64 = 1_000_000;
const DAY_MS: i64 = 86_400_000;

/// Even parts of a time, each beginning at a multiple of its length, so that they stay where they
/// are when a page is asked again a moment later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Start of the first, at or before the time asked about.
    pub from_ms: i64,
    pub bucket_ms: i64,
    pub count: usize,
}

impl Buckets {
    /// About `wanted` parts at most.
    pub fn new(scope: &Scope, wanted: u32) -> Self {
        const STEPS_MS: [i64; 28] = [
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000,
            120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000,
            14_400_000, 21_600_000, 43_200_000, 86_400_000,
        ];
        let (from_ms, to_ms) = (scope.from_ms, scope.to_ms);
        let least = ((to_ms - from_ms) as u64).div_ceil(u64::from(wanted.max(1))) as i64;
        let days = (least as u64).div_ceil(DAY_MS as u64) as i64;
        let bucket_ms = STEPS_MS.into_iter().find(|step| *step >= least).unwrap_or(days * DAY_MS);
        let from_ms = from_ms - from_ms % bucket_ms;
        let count = ((to_ms - from_ms) as u64).div_ceil(bucket_ms as u64) as usize;
        Self { from_ms, bucket_ms, count }
    }

    /// SQL of the number of a row's bucket.
    pub fn sql(&self, time_column: &str) -> String {
        let Self { from_ms, bucket_ms, .. } = self;
        format!("(CAST({time_column} AS BIGINT) / {MILLISECOND} - {from_ms}) / {bucket_ms}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::range::TIME_MS_MAX;

    fn buckets(from_ms: i64, to_ms: i64, wanted: u32) -> Buckets {
        Buckets::new(&Scope { from_ms, to_ms, environment: None }, wanted)
    }

    #[test]
    fn buckets_begin_at_multiples_of_their_length_and_cover_the_time() {
        let hour = buckets(61_000, 3_661_000, 60);
        assert_eq!(hour, Buckets { from_ms: 60_000, bucket_ms: 60_000, count: 61 });
        assert_eq!(buckets(0, 3, 60), Buckets { from_ms: 0, bucket_ms: 1, count: 3 });
        let long = buckets(0, 1000 * DAY_MS, 10);
        assert_eq!((long.bucket_ms, long.count), (100 * DAY_MS, 10));
        assert!(buckets(0, TIME_MS_MAX, 500).count <= 501);
        assert_eq!(hour.sql("time"), "(CAST(time AS BIGINT) / 1000000 - 60000) / 60000");
    }
}
