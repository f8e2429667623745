//! Whether two shares differ by more than chance.

/// The probability of a table at least as unlikely as this one when both groups have one share:
/// Fisher's exact test, two-sided (R. A. Fisher, 1922; the sum over all tables with the same margins
/// that are no more probable). `first` of `first_total` have a value, and `second` of
/// `second_total`.
pub fn fisher_exact(first: usize, first_total: usize, second: usize, second_total: usize) -> f64 {
    debug_assert!(first <= first_total && second <= second_total, "a part is within its whole");
    let with = first + second;
    let least = with.saturating_sub(second_total);
    let most = with.min(first_total);
    // Probabilities relative to that of the given table: each follows from its neighbour.
    let ratio_up = |at: usize| {
        let others = second_total - (with - at) + 1;
        (first_total - at) as f64 * (with - at) as f64 / ((at + 1) as f64 * others as f64)
    };
    // Room for rounding, without which equally probable tables would be left out.
    const AS_UNLIKELY: f64 = 1.0 + 1e-9;
    let (mut all, mut unlikely) = (1.0, 1.0);
    let mut add = |relative: f64| {
        all += relative;
        if relative <= AS_UNLIKELY {
            unlikely += relative;
        }
    };
    let mut relative = 1.0;
    for at in first..most {
        relative *= ratio_up(at);
        add(relative);
    }
    let mut relative = 1.0;
    for at in (least..first).rev() {
        relative /= ratio_up(at);
        add(relative);
    }
    (unlikely / all).min(1.0)
}

/// Adjusts probabilities of many tests at once so that of those below a level at most that share is
/// expected to be false (Y. Benjamini and Y. Hochberg, 1995). They keep their places.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, place) in order.into_iter().enumerate().rev() {
        least = least.min(p_values[place] * p_values.len() as f64 / (rank + 1) as f64);
        adjusted[place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn known_tables_have_their_known_probabilities() {
        // A lady tasting tea: 3 of 4 right, 34/70.
        near(fisher_exact(3, 4, 1, 4), 34.0 / 70.0);
        near(fisher_exact(4, 4, 0, 4), 2.0 / 70.0);
        near(fisher_exact(0, 10, 0, 10), 1.0);
        // [[1, 9], [11, 3]]: 0.002759456 in the literature.
        assert!((fisher_exact(1, 10, 11, 14) - 0.002_759_456_185_220_1).abs() < 1e-12);
        assert!(fisher_exact(1000, 1000, 0, 1000) < 1e-300);
    }

    #[test]
    fn probabilities_are_adjusted_by_their_rank() {
        let adjusted = benjamini_hochberg(&[0.04, 0.01, 0.03, 0.5]);
        let expected = [0.16 / 3.0, 0.04, 0.16 / 3.0, 0.5];
        adjusted.iter().zip(expected).for_each(|(value, expected)| near(*value, expected));
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn it_is_a_probability_that_does_not_ask_which_group_is_first(
            first in 0..80_usize, first_more in 0..80_usize,
            second in 0..80_usize, second_more in 0..80_usize,
        ) {
            let (a, b) = (first + first_more, second + second_more);
            let p = fisher_exact(first, a, second, b);
            prop_assert!(p > 0.0 && p <= 1.0);
            prop_assert!((p - fisher_exact(second, b, first, a)).abs() < 1e-9);
            prop_assert!((p - fisher_exact(first_more, a, second_more, b)).abs() < 1e-9);
        }
    }
}
