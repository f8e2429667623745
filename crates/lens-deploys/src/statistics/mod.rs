//! The statistics of a comparison: numbers in, numbers out. No I/O, no engine.
//!
//! | Question | Method | Source |
//! |---|---|---|
//! | Are durations shifted? | Mann–Whitney U on buckets, corrected for ties | [`ranks`] |
//! | Is the slowest twentieth slower? | quantile test at the pooled p95 | [`quantiles`] |
//! | By which factor? | order statistics of each side, joined by MOVER | [`quantiles`] |
//! | Do more requests fail? | Fisher's exact test, or two proportions | [`proportions`] |
//! | By how much? | Newcombe's interval of a difference | [`proportions`] |
//! | Is an error more frequent? | conditional test of two rates | [`rates`] |
//! | Do requests of one minute resemble each other? | design effect of blocks of time | [`clusters`] |
//! | How many tests were made? | Holm's correction | [`correction`] |
//!
//! Sizes are of stored spans. Where spans were sampled, they are what was seen; what they stand for
//! is not evidence.

pub mod binomial;
pub mod clusters;
pub mod correction;
pub mod normal;
pub mod proportions;
pub mod quantiles;
pub mod ranks;
pub mod rates;

use std::collections::BTreeMap;

/// A number with the interval that holds the true one in 95 of 100 samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// None where so few observations put no bound.
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Durations of one side of a comparison, counted in buckets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets {
    /// Smallest duration, smallest duration of the next bucket, and how many: ascending.
    pub counts: Vec<(u64, u64, f64)>,
}

impl Buckets {
    /// What several come to together.
    pub fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum: BTreeMap<u64, (u64, f64)> = BTreeMap::new();
        for (from, to, count) in parts.flat_map(|part| &part.counts) {
            sum.entry(*from).or_insert((*to, 0.0)).1 += count;
        }
        Self { counts: sum.into_iter().map(|(from, (to, count))| (from, to, count)).collect() }
    }

    pub fn total(&self) -> f64 {
        self.counts.iter().map(|(_, _, count)| count).sum()
    }

    /// How many are in buckets that begin at `bound` or after it.
    pub fn from(&self, bound: u64) -> f64 {
        self.counts.iter().filter(|(from, _, _)| *from >= bound).map(|(_, _, count)| count).sum()
    }

    /// The middle of the bucket that holds the observation of this rank, which begins at 1.
    pub fn at_rank(&self, rank: f64) -> Option<f64> {
        let mut seen = 0.0;
        let mut found = None;
        for (from, to, count) in &self.counts {
            seen += count;
            found = Some((*from as f64 + to.saturating_sub(1) as f64) / 2.0);
            // Sums of weights that should be whole can miss by a rounding error.
            if seen + 1e-9 * seen >= rank {
                break;
            }
        }
        found
    }
}
