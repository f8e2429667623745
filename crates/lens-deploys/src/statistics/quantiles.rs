//! Percentiles of two sides: whether the slow end differs, and by which factor.

use super::binomial::quantile_ranks;
use super::{Buckets, Estimate};

/// A quantile of one side with the interval that holds it in 95 of 100 samples. `design_effect`
/// makes the sample smaller than it is.
pub fn quantile(buckets: &Buckets, share: f64, design_effect: f64) -> Option<Estimate> {
    let total = buckets.total();
    let value = buckets.at_rank((total * share).max(f64::MIN_POSITIVE))?;
    let effective = (total / design_effect.max(1.0)).floor().max(1.0);
    let (low, high) = quantile_ranks(effective as u64, share);
    let scaled = |rank: u64| buckets.at_rank(rank as f64 / effective * total);
    Some(Estimate { value, low: low.and_then(scaled), high: high.and_then(scaled) })
}

/// The factor from one quantile to another. Bounds come from the bounds of both by the "square and
/// add" of MOVER on logarithms (Zou and Donner, *Statistics in Medicine* 27, 2008), the way in which
/// Newcombe joins two intervals.
pub fn ratio(base: Estimate, other: Estimate) -> Estimate {
    // A duration of nothing has no logarithm; a nanosecond is as good.
    let ln = |value: f64| value.max(1.0).ln();
    let value = ln(other.value) - ln(base.value);
    let reach = |one: f64, bound: Option<f64>, two: f64, other_bound: Option<f64>| {
        Some((ln(one) - ln(bound?)).hypot(ln(two) - ln(other_bound?)))
    };
    let down = reach(other.value, other.low, base.value, base.high);
    let up = reach(other.value, other.high, base.value, base.low);
    Estimate {
        value: value.exp(),
        low: down.map(|down| (value - down).exp()),
        high: up.map(|up| (value + up).exp()),
    }
}

/// The duration that `share` of both sides together do not exceed: the end of its bucket. How many of
/// each side are beyond it is what a quantile test compares.
pub fn pooled_bound(base: &Buckets, other: &Buckets, share: f64) -> u64 {
    let mut counts: Vec<(u64, f64)> =
        base.counts.iter().chain(&other.counts).map(|(_, to, count)| (*to, *count)).collect();
    counts.sort_by_key(|(to, _)| *to);
    let wanted = (base.total() + other.total()) * share;
    let mut seen = 0.0;
    for (to, count) in &counts {
        seen += count;
        if seen >= wanted {
            return *to;
        }
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One observation of each of 1 to `n` ms.
    fn even(n: u64, factor: u64) -> Buckets {
        let bucket = |ms: u64| (ms * factor * 1_000_000, ms * factor * 1_000_000 + 1, 1.0);
        Buckets { counts: (1..=n).map(bucket).collect() }
    }

    fn ms(value: f64) -> f64 {
        value / 1e6
    }

    #[test]
    fn a_quantile_lies_between_its_order_statistics() {
        let found = quantile(&even(100, 1), 0.95, 1.0).unwrap();
        let all = (ms(found.value), found.low.map(ms), found.high.map(ms));
        assert_eq!(all, (95.0, Some(90.0), Some(100.0)));
        let few = quantile(&even(59, 1), 0.95, 1.0).unwrap();
        assert_eq!((few.low.map(ms), few.high), (Some(52.0), None));
        assert_eq!(quantile(&Buckets::default(), 0.5, 1.0), None);
    }

    #[test]
    fn a_design_effect_widens_the_interval() {
        let one = quantile(&even(1000, 1), 0.5, 1.0).unwrap();
        let nine = quantile(&even(1000, 1), 0.5, 9.0).unwrap();
        assert_eq!(one.value, nine.value);
        let width = |found: Estimate| found.high.unwrap() - found.low.unwrap();
        let factor = width(nine) / width(one);
        assert!((2.7..3.3).contains(&factor), "{factor}");
    }

    #[test]
    fn the_ratio_of_sides_holds_the_factor_between_them() {
        let (base, other) = (even(1000, 1), even(1000, 3));
        let of = |side: &Buckets| quantile(side, 0.95, 1.0).unwrap();
        let found = ratio(of(&base), of(&other));
        assert!((found.value - 3.0).abs() < 1e-9);
        // Ranks 936 and 964 of 1000: ln(950/936) and ln(964/950) squared and added.
        let down = (950.0_f64 / 936.0).ln().hypot((964.0_f64 / 950.0).ln());
        assert!((found.low.unwrap() - 3.0 * (-down).exp()).abs() < 1e-9);
        assert!((found.high.unwrap() - 3.0 * down.exp()).abs() < 1e-9);
    }

    #[test]
    fn the_pooled_bound_leaves_its_share_beyond_it() {
        let (base, other) = (even(100, 1), even(100, 2));
        let bound = pooled_bound(&base, &other, 0.95);
        assert_eq!(base.from(bound) + other.from(bound), 10.0);
        assert_eq!(base.from(bound), 0.0);
    }
}
