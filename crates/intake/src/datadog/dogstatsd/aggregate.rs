//! What the values of one window come to, context by context.
//!
//! A context is a name, a type, a set of tags and an origin. Within a window counts are summed, each
//! divided by its rate; of gauges the last value is kept; of sets the different members are counted;
//! timings, histograms and distributions become a sketch in which each value weighs one by its rate.
//! A context is found by a hash of 64 bits, as a series is.
//!
//! The memory of a window is bounded: past a limit new contexts, members and buckets are counted and
//! dropped, while what is known already goes on being counted. So a window may stay open for as long
//! as the store is busy.

use super::counters::{Dropped, Tally};
use super::parse::{Kind, Metric, tags};
use crate::datadog::sketch::Sketch;
use foldhash::fast::FixedState;
use hannun_model::limits::{
    DOGSTATSD_CONTEXTS_MAX, DOGSTATSD_SET_MEMBERS_MAX, DOGSTATSD_WINDOW_BYTES_MAX,
};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What the values of a context come to.
#[derive(Debug)]
pub(super) enum Aggregate {
    Count(f64),
    Gauge(f64),
    /// Hashes of the members.
    Set(HashSet<u64, FixedState>),
    Sketch(Box<Sketch>),
}

impl Aggregate {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Count => Self::Count(0.0),
            Kind::Gauge => Self::Gauge(0.0),
            Kind::Set => Self::Set(HashSet::default()),
            Kind::Timing | Kind::Histogram | Kind::Distribution => Self::Sketch(Box::default()),
        }
    }

    /// Bytes of memory that grow with the values.
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Count(_) | Self::Gauge(_) => 0,
            // A hash, and a byte that tells whether its place is taken.
            Self::Set(members) => members.capacity() * 9,
            Self::Sketch(sketch) => size_of::<Sketch>() + sketch.heap_bytes(),
        }
    }

    /// Adds the values of a metric of the same kind. Answers whether there was room.
    pub(super) fn add(&mut self, metric: &Metric<'_>) -> bool {
        let weight = metric.rate.recip();
        match self {
            Self::Count(sum) => metric.values().for_each(|value| *sum += value * weight),
            Self::Gauge(last) => *last = metric.values().last().unwrap_or(*last),
            Self::Set(members) => {
                let member = xxh3_64_with_seed(metric.raw_values, 0);
                if members.len() >= DOGSTATSD_SET_MEMBERS_MAX {
                    return members.contains(&member);
                }
                members.insert(member);
            }
            Self::Sketch(sketch) => {
                for value in metric.values() {
                    sketch.add(value, weight);
                }
            }
        }
        true
    }
}

/// A context with what its values come to.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    /// Divided by commas, as they came first.
    pub(super) tags: Box<str>,
    pub(super) local_data: Box<str>,
    pub(super) external_data: Box<str>,
    /// Whether it was sent on this machine.
    pub(super) is_local: bool,
    pub(super) value: Aggregate,
}

impl Context {
    /// A context without values. What is no UTF-8 is replaced.
    pub(super) fn of(metric: &Metric<'_>, is_local: bool) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into();
        Self {
            name: text(metric.name),
            kind: metric.kind,
            tags: text(metric.tags),
            local_data: text(metric.origin.local_data),
            external_data: text(metric.origin.external_data),
            is_local,
            value: Aggregate::new(metric.kind),
        }
    }

    fn bytes_of(metric: &Metric<'_>) -> usize {
        // Its place in the map is a hash and the context.
        let texts = metric.name.len() + metric.tags.len() + metric.origin.bytes();
        texts + size_of::<Self>() + 16
    }
}

/// A window that is over.
#[derive(Debug)]
pub(super) struct Window {
    /// Nanoseconds since 1970.
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) contexts: Vec<Context>,
}

/// The window that is open.
#[derive(Debug)]
pub(super) struct Aggregator {
    by_hash: HashMap<u64, Context, FixedState>,
    start_ns: i64,
    /// Memory of all contexts, about.
    bytes: usize,
    bytes_max: usize,
    contexts_max: usize,
    /// Nobody outside can choose tags whose hashes are equal.
    seed: u64,
}

impl Aggregator {
    pub(super) fn new(start_ns: i64) -> Self {
        Self {
            by_hash: HashMap::default(),
            start_ns,
            bytes: 0,
            bytes_max: DOGSTATSD_WINDOW_BYTES_MAX,
            contexts_max: DOGSTATSD_CONTEXTS_MAX,
            seed: RandomState::new().hash_one(start_ns),
        }
    }

    /// Contexts of the window.
    pub(super) fn contexts(&self) -> usize {
        self.by_hash.len()
    }

    /// Adds the values of a metric, or counts why not.
    pub(super) fn add(&mut self, metric: &Metric<'_>, is_local: bool, tally: &mut Tally) {
        let hash = self.hash(metric, is_local);
        let values = metric.count();
        let is_full = self.by_hash.len() >= self.contexts_max;
        let known = self.by_hash.get_mut(&hash);
        if self.bytes > self.bytes_max {
            let needs_memory = match known.as_deref().map(|context| &context.value) {
                Some(Aggregate::Count(_) | Aggregate::Gauge(_)) => false,
                Some(Aggregate::Set(_) | Aggregate::Sketch(_)) | None => true,
            };
            if needs_memory {
                tally.drop(Dropped::Memory, values);
                return;
            }
        }
        let context = match known {
            Some(context) => context,
            None if is_full => {
                tally.drop(Dropped::Contexts, values);
                return;
            }
            None => {
                self.bytes += Context::bytes_of(metric);
                self.by_hash.entry(hash).or_insert_with(|| Context::of(metric, is_local))
            }
        };
        let before = context.value.heap_bytes();
        let is_kept = context.value.add(metric);
        self.bytes += context.value.heap_bytes().saturating_sub(before);
        if is_kept {
            tally.metrics += 1;
            tally.values += values;
        } else {
            tally.drop(Dropped::Members, values);
        }
    }

    /// Ends the window and opens the next.
    pub(super) fn take(&mut self, now_ns: i64) -> Window {
        let contexts = std::mem::take(&mut self.by_hash).into_values().collect();
        let start_ns = std::mem::replace(&mut self.start_ns, now_ns);
        self.bytes = 0;
        // A clock that was set back must not make a window that ends before it begins.
        Window { start_ns: start_ns.min(now_ns), end_ns: now_ns, contexts }
    }

    /// The same for the same tags in any order.
    fn hash(&self, metric: &Metric<'_>, is_local: bool) -> u64 {
        // An agent computes other figures of `h` than of `d`; here they are one.
        let kind = match metric.kind {
            Kind::Histogram => Kind::Distribution,
            kind => kind,
        };
        let seed = self.seed;
        let of_tags = tags(metric.tags)
            .fold(0_u64, |sum, tag| sum.wrapping_add(xxh3_64_with_seed(tag, seed)));
        let mut hash = xxh3_64_with_seed(metric.name, seed ^ of_tags);
        for part in [metric.origin.local_data, metric.origin.external_data] {
            if !part.is_empty() {
                hash = xxh3_64_with_seed(part, hash.rotate_left(1));
            }
        }
        hash.wrapping_add((kind as u64) << 1 | u64::from(is_local))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::{Message, parse};
    use super::*;
    use proptest::prelude::*;

    fn add(aggregator: &mut Aggregator, line: &str, tally: &mut Tally) {
        match parse(line.as_bytes()).unwrap() {
            Message::Metric(metric) => aggregator.add(&metric, true, tally),
            other => panic!("{other:?} is no metric"),
        }
    }

    /// The only context of these lines.
    fn one(lines: &[&str]) -> Context {
        let mut aggregator = Aggregator::new(0);
        let mut tally = Tally::default();
        lines.iter().for_each(|line| add(&mut aggregator, line, &mut tally));
        assert_eq!(tally.dropped, Tally::default().dropped);
        let mut contexts = aggregator.take(10).contexts;
        assert_eq!(contexts.len(), 1, "{contexts:?}");
        contexts.remove(0)
    }

    #[test]
    fn counts_are_summed_and_divided_by_their_rate() {
        let context = one(&["n:1|c", "n:2:3|c|@0.5", "n:-1|c", "n:1|c|@0.1"]);
        assert!(matches!(context.value, Aggregate::Count(sum) if sum == 20.0), "{context:?}");
    }

    #[test]
    fn of_a_gauge_the_last_value_stays_and_a_sign_does_not_make_it_relative() {
        let context = one(&["n:1|g", "n:7:8|g|@0.5", "n:+5|g"]);
        assert!(matches!(context.value, Aggregate::Gauge(last) if last == 5.0), "{context:?}");
    }

    #[test]
    fn different_members_of_a_set_are_counted_once() {
        let context = one(&["n:a|s", "n:b|s", "n:a|s", "n:a:b|s"]);
        assert!(matches!(&context.value, Aggregate::Set(set) if set.len() == 3), "{context:?}");
    }

    #[test]
    fn values_of_histograms_and_distributions_weigh_one_by_their_rate() {
        for kind in ["ms", "h", "d"] {
            let lines = [format!("n:1:2:3|{kind}|@0.5"), format!("n:10|{kind}")];
            let context = one(&[&lines[0], &lines[1]]);
            let Aggregate::Sketch(sketch) = &context.value else { panic!("{context:?}") };
            assert_eq!((sketch.count(), sketch.sum()), (7.0, 22.0));
            assert_eq!((sketch.min(), sketch.max()), (Some(1.0), Some(10.0)));
        }
    }

    #[test]
    fn the_order_of_tags_makes_no_context_and_everything_else_does() {
        one(&["n:1|c|#a:1,b:2", "n:1|c|#b:2,a:1"]);
        let lines = [
            "n:1|c",
            "m:1|c",
            "n:1|g",
            "n:1|c|#a",
            "n:1|c|#b",
            "n:1|c|#a|c:ci-1",
            "n:1|ms",
            "n:1|c|#a|c:ci-2",
            "n:1|c|#a|e:cn-1",
            "n:1|s",
            "n:1|d",
            "n:1|c|#a,b",
        ];
        let mut aggregator = Aggregator::new(0);
        let mut tally = Tally::default();
        lines.iter().for_each(|line| add(&mut aggregator, line, &mut tally));
        assert_eq!(aggregator.contexts(), lines.len());
        let Message::Metric(metric) = parse(b"n:1|c").unwrap() else { panic!() };
        aggregator.add(&metric, false, &mut tally);
        assert_eq!(aggregator.contexts(), lines.len() + 1, "another machine is another context");
    }

    /// I6: past the limit of contexts, new ones are dropped and known ones are not.
    #[test]
    fn past_the_limit_of_contexts_only_new_ones_are_dropped_and_counted() {
        let mut aggregator = Aggregator { contexts_max: 2, ..Aggregator::new(0) };
        let mut tally = Tally::default();
        for line in ["a:1|c", "b:1|c", "c:1:1:1|c", "a:1|c"] {
            add(&mut aggregator, line, &mut tally);
        }
        assert_eq!(tally.dropped[Dropped::Contexts as usize], 3);
        assert_eq!((tally.metrics, tally.values), (3, 3));
        assert_eq!(aggregator.take(1).contexts.len(), 2);
        add(&mut aggregator, "c:1|c", &mut tally);
        assert_eq!(aggregator.contexts(), 1, "the next window has room again");
    }

    /// I6: sets and sketches do not grow past the memory of a window.
    #[test]
    fn past_the_memory_of_a_window_values_are_dropped_and_counted() {
        let mut aggregator = Aggregator { bytes_max: 20_000, ..Aggregator::new(0) };
        let mut tally = Tally::default();
        for member in 0..10_000 {
            add(&mut aggregator, &format!("s:{member}|s"), &mut tally);
            add(&mut aggregator, &format!("d:{}|d", f64::from(member) + 1.0), &mut tally);
        }
        let dropped = tally.dropped[Dropped::Memory as usize];
        assert!(dropped > 10_000, "{dropped}");
        assert_eq!(dropped + tally.values, 20_000);
        assert!(aggregator.bytes < 60_000, "{}", aggregator.bytes);
    }

    #[test]
    fn past_the_members_of_a_set_new_ones_are_dropped_and_counted() {
        let mut aggregator = Aggregator::new(0);
        let mut tally = Tally::default();
        for member in 0..DOGSTATSD_SET_MEMBERS_MAX + 5 {
            add(&mut aggregator, &format!("s:{member}|s"), &mut tally);
        }
        add(&mut aggregator, "s:7|s", &mut tally);
        assert_eq!(tally.dropped[Dropped::Members as usize], 5);
    }

    #[test]
    fn a_window_ends_where_the_next_begins() {
        let mut aggregator = Aggregator::new(100);
        let first = aggregator.take(250);
        let second = aggregator.take(200);
        assert_eq!((first.start_ns, first.end_ns), (100, 250));
        assert_eq!((second.start_ns, second.end_ns), (200, 200), "the clock was set back");
    }

    proptest! {
        #[test]
        fn counts_are_exact_whatever_the_order(
            values in prop::collection::vec((-1000_i32..1000, 0_usize..3, 0_usize..4), 1..200),
        ) {
            let rates = [1.0, 0.5, 0.25];
            let mut exact = [0.0; 4];
            let mut aggregator = Aggregator::new(0);
            let mut tally = Tally::default();
            for (value, rate, tag) in values {
                exact[tag] += f64::from(value) / rates[rate];
                let line = format!("n:{value}|c|@{}|#tag:{tag},x", rates[rate]);
                add(&mut aggregator, &line, &mut tally);
            }
            for context in aggregator.take(1).contexts {
                let tag: usize = context.tags[4..5].parse().unwrap();
                prop_assert!(matches!(context.value, Aggregate::Count(sum) if sum == exact[tag]));
            }
        }
    }
}
