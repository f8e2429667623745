//! Chance from a seed: the same question has the same answer in every run.
//!
//! Every draw is a hash of what it is about, so one more resource somewhere does not change the
//! others.

/// A generator of numbers that depend only on the seed and on what they are about.
#[derive(Debug, Clone, Copy)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0xB111_5EED_0000_0001))
    }

    /// Chance about something within this.
    pub fn about(self, topic: u64) -> Self {
        Self(mix(self.0 ^ topic.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    pub fn named(self, topic: &str) -> Self {
        topic.bytes().fold(self, |chance, byte| chance.about(u64::from(byte) + 1))
    }

    pub fn bits(self) -> u64 {
        self.0
    }

    /// From 0 up to, not including, `end`.
    pub fn below(self, end: usize) -> usize {
        ((u128::from(self.0) * end as u128) >> 64) as usize
    }

    /// From 0 to 1.
    pub fn share(self) -> f64 {
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn happens(self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Lower-case letters and digits as AWS uses them in ids, so many of them.
    pub fn hex(self, digits: usize) -> String {
        let mut out = String::with_capacity(digits + 16);
        let mut chance = self;
        while out.len() < digits {
            chance = chance.about(1);
            out.push_str(&format!("{:016x}", chance.0));
        }
        out.truncate(digits);
        out
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
        let chance = Chance::new(7).named("fleet").about(3);
        assert_eq!(chance.bits(), Chance::new(7).named("fleet").about(3).bits());
        assert_ne!(chance.bits(), Chance::new(8).named("fleet").about(3).bits());
        assert_ne!(chance.bits(), Chance::new(7).named("fleet").about(4).bits());
        assert_eq!(chance.hex(17).len(), 17);
    }

    #[test]
    fn shares_are_spread_evenly() {
        let mean =
            (0..10_000).map(|topic| Chance::new(1).about(topic).share()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
