//! Durations counted in buckets, small enough to keep for every minute and exact to add up.
//!
//! A bucket is as wide as one sixty-fourth of the power of two that it begins in, so its middle is
//! within 0.8 % of every duration in it; below 128 ns each nanosecond has its own. Bucket numbers
//! are whole numbers made of bits, not logarithms, so two machines always agree, and adding
//! histograms gives what one histogram of all durations would have been.

use std::collections::BTreeMap;

/// Buckets of each power of two, as a power of two.
const BUCKET_BITS: u32 = 6;
const BUCKETS_PER_POWER: u64 = 1 << BUCKET_BITS;

/// How often durations of each bucket occurred. Counts are not whole where senders sampled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    buckets: BTreeMap<u32, f64>,
}

/// The bucket of a duration; a negative one counts as zero.
pub fn bucket_of(duration_ns: i64) -> u32 {
    let duration = u64::try_from(duration_ns).unwrap_or(0);
    let power = 63 - (duration | BUCKETS_PER_POWER).leading_zeros();
    let shift = power - BUCKET_BITS;
    // Of the first power, whose buckets are one wide, the number is the duration itself.
    let within = (duration >> shift) as u32;
    shift * BUCKETS_PER_POWER as u32 + within
}

/// The smallest duration of a bucket, and the smallest of the next.
pub fn bucket_bounds_ns(bucket: u32) -> (u64, u64) {
    let per_power = BUCKETS_PER_POWER as u32;
    let shift = (bucket / per_power).saturating_sub(1).min(63 - BUCKET_BITS);
    let from = u64::from(bucket.saturating_sub(shift * per_power)) << shift;
    (from, from.saturating_add(1 << shift))
}

impl Histogram {
    /// From buckets and counts in turn, as they are stored. What is not a histogram is left out.
    pub fn from_flat(flat: &[f64]) -> Self {
        let mut histogram = Self::default();
        histogram.add_flat(flat);
        histogram
    }

    /// Adds what [`Histogram::from_flat`] makes of it.
    pub fn add_flat(&mut self, flat: &[f64]) {
        let last = f64::from(bucket_of(i64::MAX));
        for [bucket, count] in flat.as_chunks::<2>().0 {
            if (0.0..=last).contains(bucket) && *count > 0.0 && count.is_finite() {
                self.add_bucket(*bucket as u32, *count);
            }
        }
    }

    /// Buckets and counts in turn, in the order of buckets.
    pub fn to_flat(&self) -> Vec<f64> {
        self.buckets.iter().flat_map(|(bucket, count)| [f64::from(*bucket), *count]).collect()
    }

    pub fn add(&mut self, duration_ns: i64, weight: f64) {
        self.add_bucket(bucket_of(duration_ns), weight);
    }

    fn add_bucket(&mut self, bucket: u32, count: f64) {
        *self.buckets.entry(bucket).or_default() += count;
    }

    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            self.add_bucket(*bucket, *count);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// All that was counted.
    pub fn count(&self) -> f64 {
        self.buckets.values().sum()
    }

    /// The duration that this share of all (0 to 1) does not exceed, in nanoseconds.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = self.count() * share.clamp(0.0, 1.0);
        let mut seen = 0.0;
        let mut last = None;
        for (bucket, count) in &self.buckets {
            seen += count;
            last = Some(middle_ns(*bucket));
            if seen >= wanted {
                break;
            }
        }
        last
    }

    /// How many lasted longer than this; the bucket that holds the bound counts in proportion.
    pub fn count_over(&self, bound_ns: f64) -> f64 {
        self.buckets
            .iter()
            .map(|(bucket, count)| {
                let (from, to) = bucket_bounds_ns(*bucket);
                let (from, to) = (from as f64, to as f64);
                count * ((to - bound_ns) / (to - from)).clamp(0.0, 1.0)
            })
            .sum()
    }

    /// Smallest duration, smallest of the next bucket, and count of each bucket that has any.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, f64)> {
        self.buckets.iter().map(|(bucket, count)| {
            let (from, to) = bucket_bounds_ns(*bucket);
            (from, to, *count)
        })
    }
}

/// What stands for every duration of a bucket.
fn middle_ns(bucket: u32) -> f64 {
    let (from, to) = bucket_bounds_ns(bucket);
    (from as f64 + (to - 1) as f64) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut before = bucket_bounds_ns(0);
        assert_eq!(before, (0, 1));
        for bucket in 1..=bucket_of(i64::MAX) {
            let bounds = bucket_bounds_ns(bucket);
            assert_eq!(bounds.0, before.1, "bucket {bucket}");
            before = bounds;
        }
    }

    #[test]
    fn what_is_not_a_histogram_is_left_out() {
        let last = f64::from(bucket_of(i64::MAX));
        let flat = [last, 1.0, last + 1.0, 1.0, -1.0, 1.0, f64::NAN, 1.0, 3.0, f64::NAN, 4.0];
        let histogram = Histogram::from_flat(&flat);
        assert_eq!(histogram.to_flat(), [last, 1.0]);
        let endless = Histogram::from_flat(&[1.0, f64::INFINITY, 2.0, 0.0, 2.0, -1.0]);
        assert!(endless.is_empty());
    }

    #[test]
    fn quantiles_of_an_empty_histogram_are_unknown() {
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn a_duration_is_within_one_percent_of_its_bucket(duration in 0..i64::MAX) {
            let bucket = bucket_of(duration);
            let (from, to) = bucket_bounds_ns(bucket);
            prop_assert!(from <= duration as u64 && (duration as u64) < to);
            let error = (middle_ns(bucket) - duration as f64).abs();
            prop_assert!(error <= 0.01 * duration as f64);
        }

        #[test]
        fn parts_add_up_to_the_whole(durations in prop::collection::vec(0..10_000_000_000i64, 1..200), cut in 0..200usize) {
            let of = |part: &[i64]| {
                let mut histogram = Histogram::default();
                part.iter().for_each(|it| histogram.add(*it, 1.0));
                histogram
            };
            let (left, right) = durations.split_at(cut.min(durations.len()));
            let mut sum = of(left);
            sum.merge(&of(right));
            prop_assert_eq!(&sum, &of(&durations));
            prop_assert_eq!(&Histogram::from_flat(&sum.to_flat()), &sum);
            let mut sorted = durations.clone();
            sorted.sort_unstable();
            let median = sorted[(sorted.len() as f64 * 0.5).ceil() as usize - 1] as f64;
            prop_assert!((sum.quantile(0.5).unwrap() - median).abs() <= 0.01 * median);
        }
    }
}
