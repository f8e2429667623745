//! An exponential histogram, as OpenTelemetry defines it: a bucket `i` holds the numbers in
//! (base^i, base^(i+1)] with base = 2^(2^-scale).

use hannun_model::batch::BatchBuilder;
use hannun_model::limits::LOG_METRIC_BUCKETS_MAX;
use hannun_model::table::metric_points as points;
use std::collections::BTreeMap;

/// The scale that a histogram begins with: a bucket is 2.2 % wide.
const SCALE: i32 = 5;

/// A distribution of weighted numbers.
#[derive(Debug)]
pub(crate) struct Exponential {
    scale: i32,
    positive: BTreeMap<i32, f64>,
    negative: BTreeMap<i32, f64>,
    zero: f64,
    min: f64,
    max: f64,
}

impl Default for Exponential {
    fn default() -> Self {
        Self {
            scale: SCALE,
            positive: BTreeMap::new(),
            negative: BTreeMap::new(),
            zero: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Exponential {
    pub(crate) fn observe(&mut self, value: f64, weight: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if value == 0.0 {
            self.zero += weight;
            return;
        }
        let index = (value.abs().log2() * f64::from(self.scale).exp2()).ceil() as i32 - 1;
        let side = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        *side.entry(index).or_default() += weight;
        while width(&self.positive).max(width(&self.negative)) > LOG_METRIC_BUCKETS_MAX {
            self.widen();
        }
    }

    /// Makes each bucket of two neighbours.
    fn widen(&mut self) {
        self.scale -= 1;
        for side in [&mut self.positive, &mut self.negative] {
            let mut wide = BTreeMap::new();
            for (index, weight) in std::mem::take(side) {
                *wide.entry(index >> 1).or_default() += weight;
            }
            *side = wide;
        }
    }

    /// Sets the columns of the current row. Weights become whole numbers, bucket by bucket.
    pub(crate) fn write(&self, builder: &mut BatchBuilder) {
        let (positive_offset, positive) = buckets(&self.positive);
        let (negative_offset, negative) = buckets(&self.negative);
        let zero = rounded(self.zero);
        let count = zero + positive.iter().chain(&negative).sum::<u64>();
        builder.set_uint(points::COUNT, count);
        builder.set_float(points::MIN, self.min);
        builder.set_float(points::MAX, self.max);
        builder.set_int(points::SCALE, i64::from(self.scale));
        builder.set_uint(points::ZERO_COUNT, zero);
        if let Some(offset) = positive_offset {
            builder.set_int(points::POSITIVE_OFFSET, i64::from(offset));
            builder.set_uints(points::POSITIVE_BUCKET_COUNTS, &positive);
        }
        if let Some(offset) = negative_offset {
            builder.set_int(points::NEGATIVE_OFFSET, i64::from(offset));
            builder.set_uints(points::NEGATIVE_BUCKET_COUNTS, &negative);
        }
    }
}

fn width(side: &BTreeMap<i32, f64>) -> usize {
    match (side.first_key_value(), side.last_key_value()) {
        (Some((first, _)), Some((last, _))) => last.abs_diff(*first) as usize + 1,
        _ => 0,
    }
}

fn buckets(side: &BTreeMap<i32, f64>) -> (Option<i32>, Vec<u64>) {
    let Some((first, _)) = side.first_key_value() else { return (None, Vec::new()) };
    let mut counts = vec![0; width(side)];
    for (index, weight) in side {
        counts[index.abs_diff(*first) as usize] = rounded(*weight);
    }
    (Some(*first), counts)
}

fn rounded(weight: f64) -> u64 {
    weight.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_of_the_base_stand_at_the_upper_end_of_their_bucket() {
        let mut histogram = Exponential::default();
        histogram.observe(1.0, 1.0);
        histogram.observe(2.0, 2.0);
        histogram.observe(0.0, 1.0);
        histogram.observe(-4.0, 1.0);
        assert_eq!(buckets(&histogram.positive).0, Some(-1));
        assert_eq!(histogram.positive.get(&31), Some(&2.0));
        assert_eq!(histogram.negative.get(&63), Some(&1.0));
        assert_eq!((histogram.zero, histogram.min, histogram.max), (1.0, -4.0, 2.0));
    }

    proptest! {
        #[test]
        fn every_number_lies_in_its_bucket_and_buckets_are_bounded(
            values in prop::collection::vec(1e-300_f64..1e300, 1..50),
        ) {
            let mut histogram = Exponential::default();
            for value in &values {
                histogram.observe(*value, 1.0);
            }
            let (offset, counts) = buckets(&histogram.positive);
            prop_assert!(counts.len() <= LOG_METRIC_BUCKETS_MAX);
            prop_assert_eq!(counts.iter().sum::<u64>(), values.len() as u64);
            let log_base = f64::from(-histogram.scale).exp2();
            let lower = f64::from(offset.unwrap()) * log_base;
            let upper = lower + counts.len() as f64 * log_base;
            for value in values {
                let log = value.log2();
                prop_assert!(log >= lower - 1e-6 && log <= upper + 1e-6, "{value}");
            }
        }
    }
}
