//! Two shares of failed requests.

use super::Estimate;
use super::binomial::fisher_p;
use super::normal::{Z_95, two_sided_p};

/// Cochran's rule: below this expected count of a cell the normal approximation is not to be trusted.
const EXPECTED_MIN: f64 = 5.0;

/// How often something happened. Not whole after a design effect was taken out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportion {
    pub hits: f64,
    pub of: f64,
}

/// Which test answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProportionTest {
    FisherExact,
    TwoProportions,
}

impl Proportion {
    pub fn new(hits: f64, of: f64) -> Self {
        Self { hits, of }
    }

    pub fn share(self) -> f64 {
        if self.of > 0.0 { self.hits / self.of } else { 0.0 }
    }

    /// Wilson's score interval at 95 %.
    pub fn wilson(self) -> (f64, f64) {
        if self.of <= 0.0 {
            return (0.0, 1.0);
        }
        let (share, n, z2) = (self.share(), self.of, Z_95 * Z_95);
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let reach = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        // At 0 and 1 the bound is exact, but not in floating point.
        let low = if share <= 0.0 { 0.0 } else { (middle - reach).max(0.0) };
        let high = if share >= 1.0 { 1.0 } else { (middle + reach).min(1.0) };
        (low, high)
    }
}

/// The difference `other` − `base` with Newcombe's hybrid score interval at 95 % (method 10 of
/// Newcombe, *Statistics in Medicine* 17, 1998).
pub fn difference(base: Proportion, other: Proportion) -> Estimate {
    let value = other.share() - base.share();
    let ((base_low, base_high), (other_low, other_high)) = (base.wilson(), other.wilson());
    let down = (other.share() - other_low).hypot(base_high - base.share());
    let up = (other_high - other.share()).hypot(base.share() - base_low);
    Estimate { value, low: Some(value - down), high: Some(value + up) }
}

/// The probability of a difference at least this large when there is none: Fisher's exact test where
/// an expected count is under five, else the score test of two proportions.
pub fn compare(base: Proportion, other: Proportion) -> (ProportionTest, f64) {
    let pooled = (base.hits + other.hits) / (base.of + other.of);
    let rarer = pooled.min(1.0 - pooled) * base.of.min(other.of);
    if rarer < EXPECTED_MIN {
        let whole = |proportion: Proportion| {
            let of = proportion.of.round() as u64;
            (proportion.hits.round().min(of as f64) as u64, of)
        };
        let ((a, n), (b, m)) = (whole(base), whole(other));
        return (ProportionTest::FisherExact, fisher_p(a, n, b, m));
    }
    let deviation = (pooled * (1.0 - pooled) * (1.0 / base.of + 1.0 / other.of)).sqrt();
    let z = (other.share() - base.share()) / deviation;
    (ProportionTest::TwoProportions, two_sided_p(z))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within, "{found} is not {expected}");
    }

    #[test]
    fn wilsons_interval_has_the_published_values() {
        // Newcombe 1998, table I: 81 of 263 and 0 of 20 by the score method.
        let (low, high) = Proportion::new(81.0, 263.0).wilson();
        near(low, 0.2553, 5e-5);
        near(high, 0.3662, 5e-5);
        let (low, high) = Proportion::new(0.0, 20.0).wilson();
        assert_eq!(low, 0.0);
        near(high, 0.1611, 5e-5);
        // scipy.stats.binomtest(30, 30).proportion_ci(method="wilson")
        let (low, high) = Proportion::new(30.0, 30.0).wilson();
        near(low, 0.886_486_606_826_031_2, 1e-12);
        assert_eq!(high, 1.0);
    }

    #[test]
    fn newcombes_interval_has_the_published_values() {
        // Newcombe 1998, table II, method 10: 56/70 − 48/80, and 9/10 − 3/10.
        let found = difference(Proportion::new(48.0, 80.0), Proportion::new(56.0, 70.0));
        near(found.value, 0.2, 1e-12);
        near(found.low.unwrap(), 0.0524, 5e-5);
        near(found.high.unwrap(), 0.3339, 5e-5);
        let found = difference(Proportion::new(3.0, 10.0), Proportion::new(9.0, 10.0));
        near(found.low.unwrap(), 0.1705, 5e-5);
        near(found.high.unwrap(), 0.8090, 5e-5);
    }

    #[test]
    fn large_counts_are_compared_as_proportions_and_small_ones_exactly() {
        // The p-value of scipy.stats.chi2_contingency without continuity correction.
        let (test, p) = compare(Proportion::new(15.0, 1000.0), Proportion::new(32.0, 1000.0));
        assert_eq!(test, ProportionTest::TwoProportions);
        near(p, 0.012_094_837_304_392_7, 1e-12);
        let (_, p) = compare(Proportion::new(200.0, 4000.0), Proportion::new(150.0, 4200.0));
        near(p, 0.001_379_741_151_199_3, 1e-12);
        let (test, p) = compare(Proportion::new(0.0, 100.0), Proportion::new(7.0, 100.0));
        assert_eq!(test, ProportionTest::FisherExact);
        near(p, 0.014_017_765_516_375_3, 1e-12);
        let (_, p) = compare(Proportion::new(0.0, 1e6), Proportion::new(0.0, 1e6));
        assert_eq!(p, 1.0);
    }
}
