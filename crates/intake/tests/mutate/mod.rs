//! Damages messages, the same way on every machine.

use std::panic::RefUnwindSafe;
use std::time::{Duration, Instant};

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.next() % length as u64).unwrap()
    }
}

/// A message of the corpus with some damage.
fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[random.index(corpus.len())].clone();
    for _ in 0..1 + random.index(6) {
        let at = random.index(bytes.len() + 1);
        let to = (at + random.index(64)).min(bytes.len());
        match random.index(10) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => {
                let part = bytes[at..to].to_vec();
                bytes.splice(at..at, part).for_each(drop);
            }
            3 => {
                let other = &corpus[random.index(corpus.len())];
                let from = random.index(other.len());
                let end = (from + random.index(200)).min(other.len());
                bytes.splice(at..to, other[from..end].iter().copied()).for_each(drop);
            }
            4 => bytes.splice(at..at, [0xff; 10]).for_each(drop),
            5 => bytes.splice(at..at, *b"[[[[{{\"\\ud800").for_each(drop),
            6 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.index(5)],
            _ if at < bytes.len() => bytes[at] ^= 1 << random.index(8),
            _ => bytes.push(random.next() as u8),
        }
    }
    bytes
}

/// Decodes the corpus, and damaged messages of it for so long.
pub fn run(corpus: &[Vec<u8>], duration: Duration, decode: impl Fn(&[u8]) + RefUnwindSafe) {
    corpus.iter().for_each(|message| decode(message));
    let try_seed = |seed| decode(&mutate(&mut Random(seed), corpus));
    if let Some(seed) = std::env::var("HANNUN_FUZZ_SEED").ok().map(|text| text.parse().unwrap()) {
        return try_seed(seed);
    }
    let started = Instant::now();
    let (mut seed, mut slowest) = (0, (Duration::ZERO, 0));
    while started.elapsed() < duration {
        let one = Instant::now();
        if let Err(panic) = std::panic::catch_unwind(|| try_seed(seed)) {
            eprintln!("a decoder panicked; replay it with HANNUN_FUZZ_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
        slowest = slowest.max((one.elapsed(), seed));
        seed += 1;
    }
    println!("{seed} inputs, the slowest took {:?} (seed {})", slowest.0, slowest.1);
}
