//! Distributions: exponential histograms, as OpenTelemetry defines them.
//!
//! A bucket `i` of scale `s` holds the values in `(b^i, b^(i+1)]` with `b = 2^(2^-s)`; negative
//! values have buckets of their own, and zero one too
//! (<https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram>). A sketch
//! begins at scale [`SCALE`], where what stands for a bucket is within 0.55 % of all that is in it,
//! and takes wider buckets when its values spread over more than [`SKETCH_BUCKETS_MAX`] of them:
//! more than from one value to the 65,536-fold of it. Over the square of that range the error is
//! twice as large, and so on; [`Sketch::relative_error`] says what it is.
//!
//! Bins of other sketches (DDSketch) come in by the value that stands for them, so their error adds
//! to this one: 0.79 % for those of Datadog's agents.

use hannun_model::batch::BatchBuilder;
use hannun_model::limits::SKETCH_BUCKETS_MAX;
use hannun_model::table::metric_points as columns;

/// The finest scale.
const SCALE: i32 = 6;

/// A bucket that holds anything.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    index: i32,
    weight: f64,
}

/// Values with weights; the same whatever the order they came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    scale: i32,
    /// By index.
    positive: Vec<Bucket>,
    /// By index, of the absolute values.
    negative: Vec<Bucket>,
    zero: f64,
    count: f64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Sketch {
    fn default() -> Self {
        Self::new()
    }
}

impl Sketch {
    /// A sketch of nothing.
    pub fn new() -> Self {
        Self {
            scale: SCALE,
            positive: Vec::new(),
            negative: Vec::new(),
            zero: 0.0,
            count: 0.0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Adds a value that stands for `weight` values. Answers whether it was one: what is not finite
    /// and what weighs nothing is left out.
    pub fn add(&mut self, value: f64, weight: f64) -> bool {
        if !self.add_bin(value, weight) {
            return false;
        }
        self.sum += value * weight;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        true
    }

    /// Adds a bin of another sketch by the value that stands for it. Sum, minimum and maximum are
    /// said by [`Sketch::set_summary`].
    pub fn add_bin(&mut self, value: f64, weight: f64) -> bool {
        if !value.is_finite() || !weight.is_finite() || weight <= 0.0 {
            return false;
        }
        self.count += weight;
        if value == 0.0 {
            self.zero += weight;
            return true;
        }
        let index = index_of(value.abs(), self.scale);
        let buckets = if value > 0.0 { &mut self.positive } else { &mut self.negative };
        if add_to(buckets, index, weight) {
            self.narrow();
        }
        true
    }

    /// Sets what a sender says beside the bins. What is not finite is left out.
    pub fn set_summary(&mut self, sum: f64, min: f64, max: f64) {
        let or = |said: f64, known: f64| if said.is_finite() { said } else { known };
        self.sum = or(sum, self.sum);
        self.min = or(min, self.min);
        self.max = or(max, self.max);
    }

    /// Adds all values of another sketch.
    pub fn merge(&mut self, other: &Self) {
        self.widen_to(other.scale);
        let shift = (other.scale - self.scale).unsigned_abs();
        let sides = [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)];
        for (to, from) in sides {
            for bucket in from {
                add_to(to, bucket.index >> shift, bucket.weight);
            }
        }
        self.narrow();
        self.zero += other.zero;
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.count == 0.0
    }

    /// Weight of all values.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Sum of the values, each by its weight.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The smallest value; `None` when it is not known.
    pub fn min(&self) -> Option<f64> {
        self.min.is_finite().then_some(self.min)
    }

    /// The largest value; `None` when it is not known.
    pub fn max(&self) -> Option<f64> {
        self.max.is_finite().then_some(self.max)
    }

    /// How far a quantile may be from the value it stands for, as a share of that value.
    pub fn relative_error(&self) -> f64 {
        let base = base_of(self.scale);
        (base - 1.0) / (base + 1.0)
    }

    /// The value that this share of all (0 to 1) does not exceed.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = self.count * share.clamp(0.0, 1.0);
        let negative = self.negative.iter().rev().map(|it| (-self.middle(it.index), it.weight));
        let zero = std::iter::once((0.0, self.zero)).filter(|(_, weight)| *weight > 0.0);
        let positive = self.positive.iter().map(|it| (self.middle(it.index), it.weight));
        let mut seen = 0.0;
        let mut last = None;
        for (value, weight) in negative.chain(zero).chain(positive) {
            seen += weight;
            last = Some(value);
            if seen >= wanted {
                break;
            }
        }
        let (min, max) = (self.min().unwrap_or(f64::MIN), self.max().unwrap_or(f64::MAX));
        last.map(|value| if min <= max { value.clamp(min, max) } else { value })
    }

    /// Bytes of memory beside the sketch itself.
    pub fn heap_bytes(&self) -> usize {
        (self.positive.capacity() + self.negative.capacity()) * size_of::<Bucket>()
    }

    /// Bytes of the columns that [`Sketch::write`] sets, about.
    pub(super) fn written_bytes(&self) -> usize {
        (width(&self.positive) + width(&self.negative) + 8) * size_of::<u64>()
    }

    /// Sets the columns of the current row. Weights become whole numbers whose sum is that of the
    /// weights, rounded.
    pub(super) fn write(&self, builder: &mut BatchBuilder) {
        let mut rounding = Rounding::default();
        let negative = self.negative.first().map(|first| {
            // From the smallest value on, as quantiles are counted.
            let mut counts = vec![0; width(&self.negative)];
            for bucket in self.negative.iter().rev() {
                counts[(bucket.index - first.index) as usize] = rounding.take(bucket.weight);
            }
            (first.index, counts)
        });
        let zero = rounding.take(self.zero);
        let positive = self.positive.first().map(|first| {
            let mut counts = vec![0; width(&self.positive)];
            for bucket in &self.positive {
                counts[(bucket.index - first.index) as usize] = rounding.take(bucket.weight);
            }
            (first.index, counts)
        });
        builder.set_uint(columns::COUNT, rounding.taken);
        // The sum of finite values may be none, and one of them would spoil every sum it is part of.
        if self.sum.is_finite() {
            builder.set_float(columns::SUM, self.sum);
        }
        for (column, value) in [(columns::MIN, self.min()), (columns::MAX, self.max())] {
            if let Some(value) = value {
                builder.set_float(column, value);
            }
        }
        builder.set_int(columns::SCALE, i64::from(self.scale));
        builder.set_uint(columns::ZERO_COUNT, zero);
        builder.set_float(columns::ZERO_THRESHOLD, 0.0);
        if let Some((offset, counts)) = positive {
            builder.set_int(columns::POSITIVE_OFFSET, i64::from(offset));
            builder.set_uints(columns::POSITIVE_BUCKET_COUNTS, &counts);
        }
        if let Some((offset, counts)) = negative {
            builder.set_int(columns::NEGATIVE_OFFSET, i64::from(offset));
            builder.set_uints(columns::NEGATIVE_BUCKET_COUNTS, &counts);
        }
    }

    /// What stands for the values of a bucket: as far, in proportion, from its lower bound as from
    /// its upper one.
    fn middle(&self, index: i32) -> f64 {
        let base = base_of(self.scale);
        let lower = (f64::from(index) * (-f64::from(self.scale)).exp2()).exp2();
        // In this order the largest values do not become infinite.
        lower * (2.0 * base / (base + 1.0))
    }

    /// Takes wider buckets until they are few enough.
    fn narrow(&mut self) {
        while width(&self.positive).max(width(&self.negative)) > SKETCH_BUCKETS_MAX {
            self.widen_to(self.scale - 1);
        }
    }

    fn widen_to(&mut self, scale: i32) {
        if scale >= self.scale {
            return;
        }
        let shift = (self.scale - scale).unsigned_abs();
        for buckets in [&mut self.positive, &mut self.negative] {
            for bucket in buckets.iter_mut() {
                bucket.index >>= shift;
            }
            buckets.dedup_by(|next, kept| {
                let is_same = next.index == kept.index;
                if is_same {
                    kept.weight += next.weight;
                }
                is_same
            });
        }
        self.scale = scale;
    }
}

/// Whole numbers made of weights so that their sum does not drift.
#[derive(Debug, Default)]
struct Rounding {
    weight: f64,
    taken: u64,
}

impl Rounding {
    fn take(&mut self, weight: f64) -> u64 {
        self.weight += weight;
        let all = self.weight.round() as u64;
        let count = all.saturating_sub(self.taken);
        self.taken += count;
        count
    }
}

/// Adds to a bucket; answers whether it is a new one.
fn add_to(buckets: &mut Vec<Bucket>, index: i32, weight: f64) -> bool {
    match buckets.binary_search_by_key(&index, |bucket| bucket.index) {
        Ok(at) => {
            buckets[at].weight += weight;
            false
        }
        Err(at) => {
            buckets.insert(at, Bucket { index, weight });
            true
        }
    }
}

/// Buckets from the first to the last, with the empty ones between.
fn width(buckets: &[Bucket]) -> usize {
    match (buckets.first(), buckets.last()) {
        (Some(first), Some(last)) => last.index.abs_diff(first.index) as usize + 1,
        _ => 0,
    }
}

fn base_of(scale: i32) -> f64 {
    (-f64::from(scale)).exp2().exp2()
}

/// The bucket of a positive value.
fn index_of(value: f64, scale: i32) -> i32 {
    const MANTISSA_BITS: u32 = 52;
    let bits = value.to_bits();
    let is_power_of_two = bits.trailing_zeros() >= MANTISSA_BITS;
    if is_power_of_two {
        // Upper bounds belong to their bucket, and a logarithm may miss one by its last bit.
        let exponent = (bits >> MANTISSA_BITS) as i32 - 1023;
        let index = f64::from(exponent) * f64::from(scale).exp2();
        return index.ceil() as i32 - 1;
    }
    (value.log2() * f64::from(scale).exp2()).ceil() as i32 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch_of(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::new();
        values.iter().for_each(|value| assert!(sketch.add(*value, 1.0)));
        sketch
    }

    /// The value that a share of the sorted values does not exceed.
    fn exact(sorted: &[f64], share: f64) -> f64 {
        let rank = (sorted.len() as f64 * share).ceil() as usize;
        sorted[rank.clamp(1, sorted.len()) - 1]
    }

    #[test]
    fn a_bucket_holds_its_upper_bound_and_not_its_lower_one() {
        for scale in [SCALE, 3, 0, -2] {
            for power in [-8, 0, 8, 512] {
                let bound = 2_f64.powi(power);
                let index = index_of(bound, scale);
                // A logarithm tells numbers apart that differ by more than its last bits.
                let (below, above) = (bound * (1.0 - 1e-12), bound * (1.0 + 1e-12));
                assert_eq!(index_of(below, scale), index, "2^{power} at {scale}");
                let is_edge = f64::from(power) * f64::from(scale).exp2() % 1.0 == 0.0;
                let next = index_of(above, scale);
                assert_eq!(next, if is_edge { index + 1 } else { index }, "2^{power} at {scale}");
            }
        }
    }

    #[test]
    fn the_error_is_stated_and_small_for_usual_ranges() {
        let sketch = sketch_of(&[0.001, 65.0]);
        assert!(sketch.relative_error() < 0.0055, "{}", sketch.relative_error());
        let wide = sketch_of(&[1e-9, 1e9]);
        assert!(wide.relative_error() > 0.0055 && wide.relative_error() < 0.025);
    }

    #[test]
    fn a_weight_counts_as_so_many_values() {
        let mut weighted = Sketch::new();
        assert!(weighted.add(5.0, 4.0) && weighted.add(0.0, 2.0) && weighted.add(-3.0, 1.0));
        let single = sketch_of(&[5.0, 5.0, 5.0, 5.0, 0.0, 0.0, -3.0]);
        assert_eq!(weighted, single);
        assert_eq!((weighted.count(), weighted.sum()), (7.0, 17.0));
        assert_eq!((weighted.min(), weighted.max()), (Some(-3.0), Some(5.0)));
        assert_eq!(weighted.quantile(0.0), Some(-3.0));
        assert_eq!(weighted.quantile(0.3), Some(0.0));
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut sketch = Sketch::new();
        for (value, weight) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (1.0, 0.0), (1.0, f64::NAN)]
        {
            assert!(!sketch.add(value, weight));
        }
        assert!(sketch.is_empty());
        assert_eq!((sketch.quantile(0.5), sketch.min(), sketch.max()), (None, None, None));
    }

    #[test]
    fn no_value_needs_more_buckets_than_the_limit() {
        let extremes = [f64::MIN_POSITIVE / 8.0, f64::MAX, 1.0, -f64::MAX, -1e-300, 0.0];
        let sketch = sketch_of(&extremes);
        assert!(width(&sketch.positive) <= SKETCH_BUCKETS_MAX);
        assert!(width(&sketch.negative) <= SKETCH_BUCKETS_MAX);
        assert_eq!(sketch.count(), 6.0);
        assert_eq!((sketch.min(), sketch.max()), (Some(-f64::MAX), Some(f64::MAX)));
        let (first, last) = (sketch.quantile(0.0).unwrap(), sketch.quantile(1.0).unwrap());
        assert!(first.is_finite() && first < -1e300 && last.is_finite() && last > 1e300);
    }

    #[test]
    fn whole_counts_add_up_to_the_rounded_weight() {
        let mut rounding = Rounding::default();
        let counts: Vec<u64> = (0..30).map(|_| rounding.take(10.0 / 3.0)).collect();
        assert_eq!(counts.iter().sum::<u64>(), 100);
        assert!(counts.iter().all(|count| (3..=4).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_summary_of_a_sender_stands_beside_its_bins() {
        let mut sketch = Sketch::new();
        assert!(sketch.add_bin(10.0, 3.0) && sketch.add_bin(20.0, 1.0));
        sketch.set_summary(50.5, 9.9, 20.3);
        assert_eq!((sketch.count(), sketch.sum()), (4.0, 50.5));
        assert_eq!((sketch.min(), sketch.max()), (Some(9.9), Some(20.3)));
    }

    fn any_values() -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![
            8 => 0.001..50_000.0_f64,
            2 => -900.0..900.0_f64,
            1 => Just(0.0),
            1 => prop::num::f64::NORMAL,
        ];
        prop::collection::vec(value, 1..300)
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_stated_error(
            values in any_values(),
            shares in prop::collection::vec(0.0..=1.0_f64, 8),
        ) {
            let sketch = sketch_of(&values);
            let mut sorted = values;
            sorted.sort_unstable_by(f64::total_cmp);
            let error = sketch.relative_error() + 1e-9;
            for share in shares {
                let (exact, told) = (exact(&sorted, share), sketch.quantile(share).unwrap());
                prop_assert!(
                    (told - exact).abs() <= error * exact.abs(),
                    "{share}: {told} for {exact}, error {error}"
                );
            }
        }

        #[test]
        fn parts_merge_to_the_whole(values in any_values(), cut in 0..300_usize) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged = sketch_of(left);
            merged.merge(&sketch_of(right));
            let whole = sketch_of(&values);
            prop_assert_eq!(merged.scale, whole.scale);
            prop_assert_eq!(&merged.positive, &whole.positive);
            prop_assert_eq!(&merged.negative, &whole.negative);
            prop_assert_eq!((merged.count, merged.zero), (whole.count, whole.zero));
            prop_assert_eq!((merged.min, merged.max), (whole.min, whole.max));
        }
    }
}
