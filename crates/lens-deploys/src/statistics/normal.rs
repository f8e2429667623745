//! The normal distribution.

use std::f64::consts::PI;

/// Distance from the mean within which 95 % of a normal distribution lie.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Below it the series of the error function is short, above it the continued fraction is.
const SERIES_UP_TO: f64 = 2.5;
const TERMS_MAX: u32 = 200;

/// Probability that a standard normal value is farther from 0 than `z`, on either side.
pub fn two_sided_p(z: f64) -> f64 {
    complementary_error(z.abs() / std::f64::consts::SQRT_2)
}

/// `erfc(x)` for x ≥ 0, with a relative error below 1e-12.
fn complementary_error(x: f64) -> f64 {
    if x < SERIES_UP_TO { 1.0 - error_series(x) } else { complementary_fraction(x) }
}

/// 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·5…(2n+1)): all terms are positive, so nothing cancels.
fn error_series(x: f64) -> f64 {
    let mut term = x;
    let mut sum = x;
    for n in 1..TERMS_MAX {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// e^(−x²) / (√π · (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))))), from the inside out.
fn complementary_fraction(x: f64) -> f64 {
    let tail = (1..=TERMS_MAX).rev().fold(x, |inner, n| x + f64::from(n) / 2.0 / inner);
    (-x * x).exp() / (PI.sqrt() * tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_tables() {
        // 2 · scipy.stats.norm.sf(z)
        let expected = [
            (0.0, 1.0),
            (1.0, 0.317_310_507_862_914_1),
            (Z_95, 0.05),
            (3.5, 0.000_465_258_158_071_050_03),
            (5.0, 5.733_031_437_583_866e-7),
            (-8.0, 1.244_192_114_854_348e-15),
        ];
        for (z, p) in expected {
            let found = two_sided_p(z);
            assert!((found - p).abs() <= 1e-12 * p.max(1e-4), "{z}: {found} is not {p}");
        }
    }

    #[test]
    fn both_forms_agree_where_they_meet() {
        let (series, fraction) = (1.0 - error_series(2.5), complementary_fraction(2.5));
        assert!((series / fraction - 1.0).abs() < 1e-10, "{series} {fraction}");
    }
}
