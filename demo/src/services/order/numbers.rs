//! Order numbers, and through them the shards.

use super::shards::SHARDS;
use crate::dice::Dice;
use crate::plan::ORDER_SKEWED;
use parking_lot::Mutex;

/// The first order ever.
const FIRST: u64 = 10_001;
/// The shard that the faulty allocation prefers.
const HOT_SHARD: u64 = 3;
/// Share of orders that the faulty allocation puts there.
const HOT_SHARE: f64 = 0.9;

#[derive(Debug)]
pub struct Numbers {
    next: Mutex<u64>,
    seed: u64,
}

impl Numbers {
    pub fn after(last: Option<u64>, seed: u64) -> Self {
        Self { next: Mutex::new(last.map_or(FIRST, |last| last + 1)), seed }
    }

    pub fn allocate(&self, version: &str) -> u64 {
        let mut next = self.next.lock();
        let mut number = *next;
        // The fault: blocks of four numbers are reserved, and of most only the last one is used.
        if version == ORDER_SKEWED && Dice::new(self.seed, "numbers", number).chance(HOT_SHARE) {
            while number % SHARDS != HOT_SHARD {
                number += 1;
            }
        }
        *next = number + 1;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(version: &str) -> [usize; SHARDS as usize] {
        let numbers = Numbers::after(None, 7);
        let mut counts = [0; SHARDS as usize];
        let mut last = 0;
        for _ in 0..1000 {
            let number = numbers.allocate(version);
            assert!(number > last);
            last = number;
            counts[(number % SHARDS) as usize] += 1;
        }
        counts
    }

    #[test]
    fn numbers_spread_evenly_but_for_the_faulty_version() {
        assert_eq!(shares("1.4.0"), [250; 4]);
        assert!(shares(ORDER_SKEWED)[HOT_SHARD as usize] > 850);
    }

    #[test]
    fn numbers_go_on_after_the_last_one() {
        assert_eq!(Numbers::after(Some(12_345), 7).allocate("1.4.0"), 12_346);
    }
}
