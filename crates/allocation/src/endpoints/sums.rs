//! Loads added up by what was asked.

use super::drivers::Drivers;
use super::trace::{Place, Span};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Entries above one that its load is added to; deeper chains of services are rare and endless ones
/// are broken.
const CALLERS_MAX: usize = 64;

/// What a service was asked, or what it began to do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    pub service: u32,
    pub endpoint: u32,
    /// Whether its spans answer somebody (server, consumer) rather than begin a trace by themselves.
    pub answers: bool,
}

/// What the spans of a unit that were read come to. Everything but `spans` counts a span as often as
/// it stands for others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UnitSums {
    pub spans: u64,
    pub count: f64,
    /// Nanoseconds from begin to end.
    pub duration_ns: f64,
    /// Load of the service on behalf of the unit.
    pub own: Drivers,
    /// Load that the same requests put on others, by service.
    pub reach: BTreeMap<u32, Drivers>,
    moments: Moments,
}

/// Second moments of a ratio of sums.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Moments {
    load_load: f64,
    load_duration: f64,
    duration_duration: f64,
}

impl UnitSums {
    /// Standard error of load per duration as a part of it, by linearisation (Cochran, *Sampling
    /// Techniques*, 6.4), when `counted` requests happened of which `spans` were read.
    pub fn relative_error(&self, counted: f64) -> f64 {
        let ratio = self.own.cpu_ns / self.duration_ns;
        if self.spans < 2 || !ratio.is_finite() || ratio <= 0.0 {
            // One request tells nothing of others, and nothing was left unread of a single one.
            return if counted > self.spans as f64 + 0.5 { 1.0 } else { 0.0 };
        }
        let n = self.spans as f64;
        let Moments { load_load, load_duration, duration_duration } = self.moments;
        let squares = load_load - 2.0 * ratio * load_duration + ratio * ratio * duration_duration;
        let unread = (1.0 - n / counted.max(n)).max(0.0);
        (squares.max(0.0) * n / (n - 1.0) * unread).sqrt() / self.own.cpu_ns
    }
}

/// Sums of all units.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    pub units: HashMap<Unit, UnitSums>,
    pub spans: u64,
}

impl Sums {
    /// Adds the spans of one trace. Work that began outside `counted_ns` is left to whoever counts
    /// that time, so that traces may be read beyond the ends of a time to be whole.
    pub fn add(&mut self, spans: &[Span<'_>], places: &[Place], counted_ns: Range<i64>) {
        let loads = by_entry(places);
        self.spans += spans.iter().filter(|it| counted_ns.contains(&it.start_ns)).count() as u64;
        for (entry, load) in &loads {
            let mut above = Some(*entry);
            for _ in 0..CALLERS_MAX {
                let Some(at) = above else { break };
                self.add_load(spans, places, (at, *entry), load, &counted_ns);
                above = places[at].parent.map(|parent| places[parent].entry);
            }
        }
    }

    /// Adds the load of the work that began with `entry` to what `unit_entry` asked for.
    fn add_load(
        &mut self,
        spans: &[Span<'_>],
        places: &[Place],
        (unit_entry, entry): (usize, usize),
        load: &Drivers,
        counted_ns: &Range<i64>,
    ) {
        let span = &spans[unit_entry];
        let is_unit = span.kind.is_entry()
            || (span.parent_span_id.is_none() && places[unit_entry].parent.is_none());
        if !is_unit || !counted_ns.contains(&span.start_ns) {
            return;
        }
        let unit =
            Unit { service: span.service, endpoint: span.endpoint, answers: span.kind.is_entry() };
        let sums = self.units.entry(unit).or_default();
        if unit_entry != entry {
            sums.reach.entry(spans[entry].service).or_default().add(load, span.weight);
            return;
        }
        let duration = span.duration_ns.max(0) as f64;
        let squared = span.weight * span.weight;
        sums.spans += 1;
        sums.count += span.weight;
        sums.duration_ns += span.weight * duration;
        sums.own.add(load, span.weight);
        sums.moments.load_load += squared * load.cpu_ns * load.cpu_ns;
        sums.moments.load_duration += squared * load.cpu_ns * duration;
        sums.moments.duration_duration += squared * duration * duration;
    }
}

/// The loads of all spans by the span with which the work began.
fn by_entry(places: &[Place]) -> BTreeMap<usize, Drivers> {
    let mut loads: BTreeMap<usize, Drivers> = BTreeMap::new();
    for place in places {
        *loads.entry(place.entry).or_default() += &place.own;
    }
    loads
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::span;
    use super::super::trace::{SpanKind, places};
    use super::*;

    const WEB: Unit = Unit { service: 0, endpoint: 0, answers: true };
    const API: Unit = Unit { service: 1, endpoint: 10, answers: true };

    fn added(spans: &[Span<'_>], counted_ns: Range<i64>) -> Sums {
        let mut sums = Sums::default();
        sums.add(spans, &places(spans), counted_ns);
        sums
    }

    fn call() -> [Span<'static>; 3] {
        [
            span("a", None, (0, SpanKind::Server), (0, 100)),
            span("b", Some("a"), (0, SpanKind::Client), (10, 50)),
            span("c", Some("b"), (1, SpanKind::Server), (20, 30)),
        ]
    }

    #[test]
    fn a_request_reaches_what_was_called_for_it() {
        let sums = added(&call(), 0..1000);
        assert_eq!((sums.units[&WEB].own.cpu_ns, sums.units[&API].own.cpu_ns), (50.0, 30.0));
        assert_eq!(sums.units[&WEB].reach[&1].cpu_ns, 30.0);
        assert!(sums.units[&API].reach.is_empty());
        assert_eq!((sums.spans, sums.units[&WEB].spans), (3, 1));
    }

    #[test]
    fn a_span_counts_as_often_as_it_stands_for_others() {
        let mut spans = call();
        spans[0].weight = 10.0;
        let sums = added(&spans, 0..1000);
        assert_eq!((sums.units[&WEB].count, sums.units[&WEB].own.cpu_ns), (10.0, 500.0));
        assert_eq!(sums.units[&WEB].reach[&1].cpu_ns, 300.0);
        assert_eq!(sums.units[&API].count, 1.0);
    }

    #[test]
    fn work_that_began_outside_the_time_is_counted_elsewhere() {
        let sums = added(&call(), 15..1000);
        assert_eq!(sums.units.keys().collect::<Vec<_>>(), [&API]);
        let lost = [span("b", Some("lost"), (0, SpanKind::Internal), (10, 50))];
        assert!(added(&lost, 0..1000).units.is_empty());
        let root = [span("b", None, (0, SpanKind::Internal), (10, 50))];
        assert!(!added(&root, 0..1000).units.keys().next().unwrap().answers);
    }

    #[test]
    fn what_was_read_completely_has_no_sampling_error() {
        let mut sums = Sums::default();
        for (duration, inner) in [(100, 10), (200, 150), (50, 0)] {
            let spans = [
                span("a", None, (0, SpanKind::Server), (0, duration)),
                span("b", Some("a"), (0, SpanKind::Client), (0, inner)),
            ];
            sums.add(&spans, &places(&spans), 0..1000);
        }
        let unit = &sums.units[&WEB];
        assert_eq!(unit.relative_error(3.0), 0.0);
        let few = unit.relative_error(300.0);
        assert!((0.1..1.0).contains(&few), "{few}");
        assert_eq!(UnitSums::default().relative_error(5.0), 1.0);
    }
}
