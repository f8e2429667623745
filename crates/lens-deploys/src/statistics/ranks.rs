//! Whether durations are shifted as a whole.

use super::Buckets;
use super::normal::two_sided_p;

/// Where a bucket stands among all observations of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Smallest duration of the bucket.
    pub from: u64,
    /// Share of all observations that are smaller, counting half of the equal ones: the mid-rank,
    /// from 0 to 1.
    pub rank: f64,
}

/// What the Mann–Whitney U test answers.
#[derive(Debug, Clone, PartialEq)]
pub struct RankTest {
    /// Pairs in which the other side is slower; half of the pairs that are equal.
    pub u: f64,
    /// Standard deviations that `u` is away from no shift, before any design effect.
    pub z: f64,
    pub p_value: f64,
}

/// Mid-ranks of the buckets of both sides together.
pub fn scores(base: &Buckets, other: &Buckets) -> Vec<Score> {
    let tied = merged(base, other);
    let total: f64 = tied.iter().map(|(_, base, other)| base + other).sum();
    let mut below = 0.0;
    let scores = tied.into_iter().map(|(from, base, other)| {
        let count = base + other;
        let rank = (below + count / 2.0) / total;
        below += count;
        Score { from, rank }
    });
    scores.collect()
}

/// Mann–Whitney U of two sides, two-sided, by the normal approximation with corrections for ties and
/// for continuity. Each side's variance is multiplied by its design effect, which is 1 when
/// observations are independent (Lumley and Scott, *Biometrika* 100, 2013).
pub fn mann_whitney(base: &Buckets, other: &Buckets, design_effects: (f64, f64)) -> RankTest {
    let tied = merged(base, other);
    let (n, m) = (base.total(), other.total());
    let all = n + m;
    let (mut below, mut u, mut ties) = (0.0, 0.0, 0.0);
    for (_, in_base, in_other) in &tied {
        u += in_other * (below + in_base / 2.0);
        below += in_base;
        let count = in_base + in_other;
        ties += count * count * count - count;
    }
    let untied = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    // The variance of a mean rank is shared by the sides as their sizes are: 1/n and 1/m.
    let effect = (design_effects.0 / n + design_effects.1 / m) / (1.0 / n + 1.0 / m);
    let deviation = (untied * effect).max(0.0).sqrt();
    let distance = u - n * m / 2.0;
    let z = if deviation > 0.0 {
        (distance.abs() - 0.5).max(0.0) / deviation * distance.signum()
    } else {
        0.0
    };
    RankTest { u, z, p_value: two_sided_p(z) }
}

/// Buckets of both sides in their order, with the count of each side.
fn merged(base: &Buckets, other: &Buckets) -> Vec<(u64, f64, f64)> {
    let mut merged: Vec<(u64, f64, f64)> =
        Vec::with_capacity(base.counts.len() + other.counts.len());
    let mut left = base.counts.iter().peekable();
    let mut right = other.counts.iter().peekable();
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(one), None) | (None, Some(one)) => one.0,
            (None, None) => return merged,
        };
        let in_base = left.next_if(|bucket| bucket.0 == next).map_or(0.0, |bucket| bucket.2);
        let in_other = right.next_if(|bucket| bucket.0 == next).map_or(0.0, |bucket| bucket.2);
        merged.push((next, in_base, in_other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(values: &[u64]) -> Buckets {
        let mut counts: Vec<(u64, u64, f64)> = Vec::new();
        let mut values = values.to_vec();
        values.sort_unstable();
        for value in values {
            match counts.last_mut() {
                Some(last) if last.0 == value => last.2 += 1.0,
                _ => counts.push((value, value + 1, 1.0)),
            }
        }
        Buckets { counts }
    }

    fn repeated(pairs: &[(u64, usize)]) -> Buckets {
        let counts = pairs.iter().map(|(value, count)| (*value, value + 1, *count as f64));
        Buckets { counts: counts.collect() }
    }

    fn check(base: &Buckets, other: &Buckets, u: f64, p: f64) {
        let found = mann_whitney(base, other, (1.0, 1.0));
        assert_eq!(found.u, u);
        assert!((found.p_value - p).abs() < 1e-12, "{} is not {p}", found.p_value);
    }

    #[test]
    fn the_u_test_has_the_published_values() {
        // The example of scipy.stats.mannwhitneyu: age at diagnosis of diabetes of men and women.
        check(
            &buckets(&[20, 11, 17, 12]),
            &buckets(&[19, 22, 16, 29, 24]),
            17.0,
            0.111_346_886_533_140_41,
        );
        // scipy.stats.mannwhitneyu(other, base, method="asymptotic") with ties.
        let few = buckets(&[1, 1, 2, 2, 2, 3, 4, 4, 5, 9]);
        let more = buckets(&[2, 3, 3, 4, 4, 5, 5, 6, 8, 9, 9]);
        check(&more, &few, 27.5, 0.054_607_397_663_497_38);
        let slow = repeated(&[(1, 20), (2, 60), (3, 50), (4, 5)]);
        let fast = repeated(&[(1, 40), (2, 60), (3, 30)]);
        check(&slow, &fast, 6550.0, 0.000_129_169_673_671_373);
    }

    #[test]
    fn sides_that_are_all_equal_are_not_shifted() {
        let same = repeated(&[(7, 50)]);
        assert_eq!(mann_whitney(&same, &same, (1.0, 1.0)).p_value, 1.0);
    }

    #[test]
    fn a_slower_side_has_a_positive_shift() {
        let (fast, slow) = (buckets(&[1, 2, 3, 4]), buckets(&[5, 6, 7, 8]));
        let found = mann_whitney(&fast, &slow, (1.0, 1.0));
        assert_eq!((found.u, found.z > 0.0), (16.0, true));
    }

    #[test]
    fn observations_that_resemble_each_other_prove_less() {
        let (few, more) = (repeated(&[(1, 40), (2, 60)]), repeated(&[(1, 20), (2, 80)]));
        let independent = mann_whitney(&few, &more, (1.0, 1.0));
        let alike = mann_whitney(&few, &more, (4.0, 4.0));
        assert!((independent.z / alike.z - 2.0).abs() < 1e-12);
    }

    #[test]
    fn mid_ranks_share_what_is_equal() {
        let found = scores(&buckets(&[1, 2]), &buckets(&[2, 3]));
        let ranks: Vec<_> = found.iter().map(|it| (it.from, it.rank)).collect();
        assert_eq!(ranks, [(1, 0.125), (2, 0.5), (3, 0.875)]);
    }
}
