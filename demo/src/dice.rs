//! Chance from a seed: the same seed and the same question give the same answer.
//!
//! Decisions are drawn from what they are about (an order number, a span id), not from one shared
//! stream, so that one more draw somewhere does not change everything after it.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

#[derive(Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64, topic: &str, subject: u64) -> Self {
        let mut mixed = mix(seed ^ subject.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for byte in topic.bytes() {
            mixed = mix(mixed ^ u64::from(byte));
        }
        Self(ChaCha8Rng::seed_from_u64(mixed))
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// From 0 up to, not including, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end.max(1))
    }

    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        Duration::from_micros(
            self.0.random_range(least.as_micros() as u64..=most.as_micros() as u64),
        )
    }

    /// A latency around `typical`: most are near it, a few take several times as long.
    pub fn around(&mut self, typical: Duration) -> Duration {
        let bell: f64 = (0..4).map(|_| self.0.random::<f64>() - 0.5).sum();
        let tail = if self.chance(0.01) { 3.0 } else { 1.0 };
        Duration::from_micros((typical.as_micros() as f64 * (bell * 0.7).exp() * tail) as u64)
    }

    /// Time until the next of events that come at `per_second` on average.
    pub fn until_next(&mut self, per_second: f64) -> Duration {
        let share = 1.0 - self.0.random::<f64>();
        Duration::from_secs_f64((-share.ln() / per_second).min(86_400.0))
    }

    /// An index, drawn by weight.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return index;
            }
            left -= u64::from(*weight);
        }
        0
    }

    pub fn number<T>(&mut self) -> T
    where
        rand::distr::StandardUniform: rand::distr::Distribution<T>,
    {
        self.0.random()
    }
}

/// The finalizer of SplitMix64: every bit of the input changes half of the output's.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_has_the_same_answer_and_another_has_another() {
        let draw = |seed, topic, subject| Dice::new(seed, topic, subject).number::<u64>();
        assert_eq!(draw(7, "payment", 10_032), draw(7, "payment", 10_032));
        assert_ne!(draw(7, "payment", 10_032), draw(7, "payment", 10_033));
        assert_ne!(draw(7, "payment", 10_032), draw(8, "payment", 10_032));
        assert_ne!(draw(7, "payment", 10_032), draw(7, "rider", 10_032));
    }

    #[test]
    fn latencies_lie_around_the_typical_one() {
        let mut dice = Dice::new(7, "latency", 1);
        let mut drawn: Vec<Duration> =
            (0..1000).map(|_| dice.around(Duration::from_millis(10))).collect();
        drawn.sort();
        let median = drawn[500];
        assert!((8..=12).contains(&median.as_millis()), "the median is {median:?}");
        assert!(drawn[999] < Duration::from_millis(130), "the slowest is {:?}", drawn[999]);
    }
}
