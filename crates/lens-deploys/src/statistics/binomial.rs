//! The binomial distribution, and exact tests that rest on it.

/// Terms smaller than this part of the first change nothing.
const NEGLIGIBLE: f64 = 1e-18;
/// Probabilities this close are the same, computed twice.
const SAME: f64 = 1.0 + 1e-7;

/// ln Γ(x) for x > 0 by the Lanczos approximation (g = 7, nine terms), good to 14 digits.
pub fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    for (index, coefficient) in COEFFICIENTS.iter().enumerate() {
        sum += coefficient / (x + index as f64 + 1.0);
    }
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// ln of the number of ways to choose `k` of `n`.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    let ln_factorial = |n: u64| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

fn probability(n: u64, share: f64, k: u64) -> f64 {
    (ln_choose(n, k) + k as f64 * share.ln() + (n - k) as f64 * (-share).ln_1p()).exp()
}

/// The ranks of the two observations between which the quantile `share` lies in 95 of 100 samples
/// of `n`: the largest l and the smallest u with P(B < l) ≤ 2.5 % and P(B ≥ u) ≤ 2.5 % (Conover,
/// *Practical Nonparametric Statistics*, chapter 3.2). `None` where the sample is too small.
pub fn quantile_ranks(n: u64, share: f64) -> (Option<u64>, Option<u64>) {
    const TAIL: f64 = 0.025;
    // From each end inwards, but only from where terms begin to count.
    let reach = 12.0 * (n as f64 * share * (1.0 - share)).sqrt() + 40.0;
    let first = (n as f64 * share - reach).max(0.0) as u64;
    let last = ((n as f64 * share + reach) as u64).min(n);
    let odds = share / (1.0 - share);
    let (mut term, mut below, mut low) = (probability(n, share, first), 0.0, None);
    for k in first..=last {
        below += term;
        if below > TAIL {
            break;
        }
        low = Some(k + 1);
        term *= (n - k) as f64 / (k + 1) as f64 * odds;
    }
    let (mut term, mut above, mut high) = (probability(n, share, last), 0.0, None);
    for k in (first..=last).rev() {
        above += term;
        if above > TAIL {
            break;
        }
        high = Some(k);
        term *= k as f64 / (n - k + 1) as f64 / odds;
    }
    (low, high)
}

/// Two-sided exact test: how likely are counts no likelier than `k` of `n` when each has this share,
/// which is neither 0 nor 1.
pub fn exact_p(k: u64, n: u64, share: f64) -> f64 {
    let observed = probability(n, share, k) * SAME;
    let mode = (((n + 1) as f64 * share) as u64).min(n);
    let at = |k| probability(n, share, k);
    let down = no_likelier((0..=mode).rev(), at, observed);
    (down + no_likelier(mode + 1..=n, at, observed)).min(1.0)
}

/// Two-sided Fisher's exact test of `a` of `n` against `b` of `m`: tables with the same sums that are
/// no likelier than this one.
pub fn fisher_p(a: u64, n: u64, b: u64, m: u64) -> f64 {
    let both = a + b;
    let all = ln_choose(n + m, both);
    let at = |k: u64| (ln_choose(n, k) + ln_choose(m, both - k) - all).exp();
    let (least, most) = (both.saturating_sub(m), both.min(n));
    let observed = at(a) * SAME;
    let mode = (both + 1) as f64 * (n + 1) as f64 / (n + m + 2) as f64;
    let mode = (mode as u64).clamp(least, most);
    let down = no_likelier((least..=mode).rev(), at, observed);
    (down + no_likelier(mode + 1..=most, at, observed)).min(1.0)
}

/// Adds up what is no likelier than `observed`, over counts that lead away from the likeliest.
fn no_likelier(
    counts: impl Iterator<Item = u64>,
    probability: impl Fn(u64) -> f64,
    observed: f64,
) -> f64 {
    let mut sum = 0.0;
    for p in counts.map(probability).filter(|p| *p <= observed) {
        sum += p;
        if p < observed * NEGLIGIBLE {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected, "{found} is not {expected}");
    }

    #[test]
    fn the_gamma_function_is_that_of_the_tables() {
        // scipy.special.gammaln
        near(ln_gamma(0.5), 0.572_364_942_924_7);
        near(ln_gamma(10.5), 13.940_625_219_403_763);
        near(ln_gamma(101.0), 363.739_375_555_563_47);
        near(ln_gamma(1_000_001.0), 12_815_518.384_658_169);
    }

    #[test]
    fn fishers_test_has_the_published_values() {
        // Fisher's lady who tastes tea: 3 of 4 right.
        near(fisher_p(3, 4, 1, 4), 0.485_714_285_714_285_7);
        // scipy.stats.fisher_exact
        near(fisher_p(8, 10, 1, 6), 0.034_965_034_965_034_975);
        near(fisher_p(0, 100, 7, 100), 0.014_017_765_516_375_317);
        near(fisher_p(10, 200, 2, 200), 0.035_779_909_868_204_94);
        near(fisher_p(0, 30, 1, 30), 1.0);
        near(fisher_p(0, 30, 0, 30), 1.0);
    }

    #[test]
    fn the_exact_test_has_the_published_values() {
        // scipy.stats.binomtest
        near(exact_p(0, 12, 0.5), 0.000_488_281_25);
        near(exact_p(3, 40, 0.2), 0.047_869_463_388_393_13);
        near(exact_p(60, 100, 0.5), 0.056_887_933_640_980_94);
        near(exact_p(5, 100, 0.03), 0.229_697_701_849_763_62);
    }

    #[test]
    fn a_quantile_lies_between_the_ranks_of_the_tables() {
        // From the cumulative distribution of scipy.stats.binom.
        assert_eq!(quantile_ranks(100, 0.5), (Some(40), Some(61)));
        assert_eq!(quantile_ranks(30, 0.5), (Some(10), Some(21)));
        assert_eq!(quantile_ranks(100, 0.95), (Some(90), Some(100)));
        assert_eq!(quantile_ranks(1000, 0.95), (Some(936), Some(964)));
        assert_eq!(quantile_ranks(100_000, 0.95), (Some(94_864), Some(95_136)));
    }

    #[test]
    fn a_small_sample_puts_no_bound_above_its_p95() {
        assert_eq!(quantile_ranks(59, 0.95), (Some(52), None));
        assert_eq!(quantile_ranks(72, 0.95), (Some(64), Some(72)));
        assert_eq!(quantile_ranks(3, 0.5), (None, None));
    }
}
