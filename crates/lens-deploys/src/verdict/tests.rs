//! What verdicts promise, and how often they are wrong by chance.

use super::*;
use hannun_model::histogram::Histogram;

const MS: f64 = 1e6;

/// Pseudo-random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Durations as services have them: most near the median, some several times as long.
    fn duration_ms(&mut self, median_ms: f64) -> f64 {
        let (radius, angle) = (self.unit().max(1e-12), self.unit());
        let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
        median_ms * (0.5 * normal).exp()
    }
}

fn buckets(durations_ms: &[f64]) -> Buckets {
    let mut histogram = Histogram::default();
    durations_ms.iter().for_each(|ms| histogram.add((ms * MS) as i64, 1.0));
    Buckets { counts: histogram.buckets().collect() }
}

/// A side of so many blocks. `moment` gives the median and the error rate of each.
fn side(
    dice: &mut Dice,
    blocks: usize,
    requests: usize,
    mut moment: impl FnMut(&mut Dice) -> (f64, f64),
) -> Sample {
    let mut sampled = Vec::new();
    for block in 0..blocks {
        let (median_ms, error_share) = moment(dice);
        let durations: Vec<f64> = (0..requests).map(|_| dice.duration_ms(median_ms)).collect();
        sampled.push(BlockSample {
            start_ms: block as i64 * 60_000,
            requests: requests as f64,
            failed: (0..requests).filter(|_| dice.unit() < error_share).count() as f64,
            durations: buckets(&durations),
        });
    }
    Sample::of(sampled)
}

fn steady(dice: &mut Dice, requests: usize, median_ms: f64, error_share: f64) -> Sample {
    side(dice, 20, requests / 20, |_| (median_ms, error_share))
}

fn one(base: Sample, other: Sample) -> Findings {
    compare(&[(Some(base), Some(other))]).remove(0)
}

fn decides(result: Option<&TestResult>) -> bool {
    result.is_some_and(|result| result.significant && result.relevant)
}

#[test]
fn a_slower_endpoint_is_guilty_and_its_neighbours_are_not() {
    let dice = &mut Dice(1);
    let endpoints: Vec<_> = (0..10)
        .map(|index| {
            let factor = if index == 3 { 1.5 } else { 1.0 };
            let base = steady(dice, 2000, 80.0, 0.01);
            (Some(base), Some(steady(dice, 2000, 80.0 * factor, 0.01)))
        })
        .collect();
    let verdicts: Vec<Verdict> = compare(&endpoints).iter().map(|it| it.verdict).collect();
    let mut expected = vec![Verdict::Same; 10];
    expected[3] = Verdict::Worse;
    assert_eq!(verdicts, expected);
    assert_eq!(overall(&verdicts), Verdict::Worse);
}

#[test]
fn intervals_hold_the_true_ratio_as_often_as_promised() {
    let dice = &mut Dice(2);
    let (runs, mut held) = (300, [0; 2]);
    for _ in 0..runs {
        let found = one(steady(dice, 400, 80.0, 0.0), steady(dice, 400, 120.0, 0.0));
        for (held, result) in held.iter_mut().zip([found.latency, found.tail]) {
            let result = result.unwrap();
            let (low, high) = (result.effect_low.unwrap(), result.effect_high.unwrap());
            *held += u32::from(low < 1.5 && 1.5 < high);
        }
    }
    for held in held {
        let share = f64::from(held) / f64::from(runs);
        assert!((0.93..=0.99).contains(&share), "{share}");
    }
}

#[test]
fn a_slow_end_is_found_though_the_middle_stays() {
    let dice = &mut Dice(3);
    let base = steady(dice, 4000, 50.0, 0.0);
    // One of ten requests waits for something.
    let blocks = (0..20).map(|_| {
        let durations: Vec<f64> = (0..200)
            .map(|n| dice.duration_ms(50.0) + if n % 10 == 0 { 400.0 } else { 0.0 })
            .collect();
        let durations = buckets(&durations);
        BlockSample { requests: 200.0, durations, ..BlockSample::default() }
    });
    let slow = Sample::of(blocks.collect());
    let found = one(base, slow);
    assert!(decides(found.tail.as_ref()), "{found:?}");
    assert!(!decides(found.latency.as_ref()), "{found:?}");
    assert_eq!(found.verdict, Verdict::Worse);
}

#[test]
fn more_failures_are_worse_and_fewer_are_better() {
    let dice = &mut Dice(4);
    let (few, many) = (steady(dice, 3000, 20.0, 0.002), steady(dice, 3000, 20.0, 0.03));
    let found = one(few.clone(), many.clone());
    assert_eq!(found.verdict, Verdict::Worse);
    let errors = found.errors.unwrap();
    assert_eq!(errors.method, TestMethod::TwoProportions);
    assert!(errors.effect_low.unwrap() < 2.8 && 2.8 < errors.effect_high.unwrap(), "{errors:?}");
    assert_eq!(one(many, few).verdict, Verdict::Better);
}

#[test]
fn what_is_certain_but_small_is_the_same() {
    let dice = &mut Dice(5);
    // 4 % slower with 100,000 requests on each side; and 3 ms instead of 1 ms.
    let slower = one(steady(dice, 100_000, 100.0, 0.0), steady(dice, 100_000, 104.0, 0.0));
    let latency = slower.latency.as_ref().unwrap();
    assert!(latency.significant && !latency.relevant, "{latency:?}");
    assert_eq!(slower.verdict, Verdict::Same);
    let quick = one(steady(dice, 2000, 1.0, 0.0), steady(dice, 2000, 3.0, 0.0));
    assert!(quick.latency.as_ref().unwrap().significant);
    assert_eq!(quick.verdict, Verdict::Same);
}

#[test]
fn few_requests_decide_nothing_but_show_their_intervals() {
    let dice = &mut Dice(6);
    let found = one(steady(dice, 1000, 10.0, 0.0), side(dice, 1, 29, |_| (100.0, 0.9)));
    assert_eq!(found.verdict, Verdict::TooFew);
    let latency = found.latency.unwrap();
    assert_eq!((latency.p_value, latency.significant), (None, false));
    assert!(latency.effect > 5.0 && latency.effect_low.unwrap() > 3.0, "{latency:?}");
    let tail = found.tail.unwrap();
    assert_eq!(tail.effect_high, None, "29 requests put no bound above a p95");
    assert!(found.errors.unwrap().effect_low.unwrap() > 50.0);
    assert_eq!(
        one(steady(dice, 40, 10.0, 0.0), steady(dice, 40, 100.0, 0.0)).verdict,
        Verdict::Worse
    );
}

#[test]
fn an_endpoint_of_one_side_is_new_or_gone() {
    let sample = steady(&mut Dice(7), 100, 10.0, 0.0);
    let found = compare(&[(Some(sample.clone()), None), (None, Some(sample))]);
    assert_eq!(found[0].verdict, Verdict::Gone);
    assert_eq!(found[1].verdict, Verdict::New);
    assert_eq!((&found[1].latency, &found[1].errors), (&None, &None));
    assert_eq!(overall(&[Verdict::Gone, Verdict::New]), Verdict::TooFew);
}

#[test]
fn one_bad_minute_accuses_nobody() {
    let dice = &mut Dice(8);
    let base = steady(dice, 4000, 50.0, 0.001);
    let mut minute = 0;
    let other = side(dice, 20, 200, |_| {
        minute += 1;
        if minute == 7 { (500.0, 0.5) } else { (50.0, 0.001) }
    });
    let found = one(base, other);
    assert!(found.errors.as_ref().unwrap().relevant);
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
}

#[test]
fn what_became_worse_later_says_since_when() {
    let dice = &mut Dice(11);
    let base = steady(dice, 2000, 50.0, 0.001);
    let mut since = |later: (f64, f64), from: usize| {
        let mut block = 0;
        let other = side(dice, 20, 100, |_| {
            block += 1;
            if block > from { later } else { (50.0, 0.001) }
        });
        let found = one(base.clone(), other.clone());
        (found.verdict, worse_since(&base, &other, &found))
    };
    assert_eq!(since((150.0, 0.001), 12), (Verdict::Worse, Some(12 * 60_000)));
    assert_eq!(since((50.0, 0.2), 8), (Verdict::Worse, Some(8 * 60_000)));
    assert_eq!(since((150.0, 0.2), 0), (Verdict::Worse, None));
    assert_eq!(since((50.0, 0.001), 5), (Verdict::Same, None));
}

/// How often two sides that are the same are called different.
struct FalsePositives {
    latency: f64,
    tail: f64,
    errors: f64,
    /// A U test that takes requests for independent.
    latency_naive: f64,
    /// Any of five endpoints, after the correction.
    any: f64,
}

fn false_positives(runs: u32, seed: u64, moment: fn(&mut Dice) -> (f64, f64)) -> FalsePositives {
    let dice = &mut Dice(seed);
    let mut count =
        FalsePositives { latency: 0.0, tail: 0.0, errors: 0.0, latency_naive: 0.0, any: 0.0 };
    let each = 1.0 / f64::from(runs * 5);
    let one_if = |is: bool| f64::from(u8::from(is));
    for _ in 0..runs {
        let mut sample = || side(dice, 20, 15, moment);
        let endpoints: Vec<_> = (0..5).map(|_| (sample(), sample())).collect();
        for (base, other) in &endpoints {
            let naive = ranks::mann_whitney(&base.durations, &other.durations, (1.0, 1.0));
            count.latency_naive += each * one_if(naive.p_value < LEVEL);
        }
        let endpoints: Vec<_> =
            endpoints.into_iter().map(|(base, other)| (Some(base), Some(other))).collect();
        let mut any = false;
        for found in compare(&endpoints) {
            let below = |result: Option<TestResult>, any: &mut bool| {
                let result = result.unwrap();
                *any |= result.significant;
                each * one_if(result.p_value.unwrap() < LEVEL)
            };
            count.latency += below(found.latency, &mut any);
            count.tail += below(found.tail, &mut any);
            count.errors += below(found.errors, &mut any);
        }
        count.any += one_if(any) / f64::from(runs);
    }
    count
}

#[test]
fn equal_sides_are_called_different_as_rarely_as_promised() {
    let found = false_positives(400, 9, |_| (60.0, 0.05));
    for share in [found.latency, found.tail, found.errors, found.latency_naive] {
        assert!((0.02..0.065).contains(&share), "{share}");
    }
    assert!(found.any < 0.06, "{}", found.any);
}

#[test]
fn restless_sides_are_called_different_no_more_often() {
    // The median of each block is up to a fifth off, and its error rate anything up to a tenth.
    let found = false_positives(400, 10, |dice| {
        (60.0 * (0.4 * (dice.unit() - 0.5)).exp(), 0.1 * dice.unit())
    });
    for share in [found.latency, found.tail, found.errors] {
        assert!((0.02..0.075).contains(&share), "{share}");
    }
    assert!(found.any < 0.075, "{}", found.any);
    assert!(found.latency_naive > 0.1, "{}", found.latency_naive);
}
