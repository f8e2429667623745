//! One trace taken apart: what each span put a load on, and whose request it belongs to.

use super::drivers::Drivers;
use std::collections::HashMap;

/// The role of a span in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpanKind {
    /// `internal`, or not told.
    #[default]
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl SpanKind {
    /// The kind with this name in the table `spans`.
    pub fn of(name: Option<&str>) -> Self {
        match name {
            Some("server") => Self::Server,
            Some("client") => Self::Client,
            Some("producer") => Self::Producer,
            Some("consumer") => Self::Consumer,
            _ => Self::Internal,
        }
    }

    /// Whether it answers somebody outside the service.
    pub fn is_entry(self) -> bool {
        matches!(self, Self::Server | Self::Consumer)
    }

    fn waits(self) -> bool {
        matches!(self, Self::Client | Self::Producer)
    }
}

/// What a client span talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A database or cache, as the caller numbers them.
    Database(u32),
    /// One that runs inside the service: its time is the service's own.
    Embedded,
    Queue,
    External,
}

/// A span as it was stored.
#[derive(Debug, Clone)]
pub struct Span<'a> {
    pub span_id: &'a str,
    pub parent_span_id: Option<&'a str>,
    /// As the caller numbers services.
    pub service: u32,
    /// As the caller numbers endpoints; asked of spans that begin the work of a service.
    pub endpoint: u32,
    pub kind: SpanKind,
    pub start_ns: i64,
    pub duration_ns: i64,
    /// How many spans it stands for.
    pub weight: f64,
    pub peer: Option<Peer>,
    /// Bytes of request and response, where attributes tell.
    pub bytes: f64,
}

impl Span<'_> {
    fn end_ns(&self) -> i64 {
        self.start_ns.saturating_add(self.duration_ns.max(0))
    }
}

/// A span in its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    pub parent: Option<usize>,
    /// The span with which the work of the service began that it is part of; itself when it is one.
    pub entry: usize,
    pub own: Drivers,
}

/// The spans of a trace in their places, in the order in which they were given.
///
/// Spans come from many senders: parents may be missing, ids may occur twice, spans may be each
/// other's ancestors. Every span has a place, whatever came.
pub fn places(spans: &[Span<'_>]) -> Vec<Place> {
    let parents = parents(spans);
    let entries = entries(spans, &parents);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    for (index, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(index);
        }
    }
    let place = |index: usize| Place {
        parent: parents[index],
        entry: entries[index],
        own: own(spans, index, &mut children[index].clone(), entries[index] == index),
    };
    (0..spans.len()).map(place).collect()
}

/// The parent of each span, cycles cut at the first span that closes one.
fn parents(spans: &[Span<'_>]) -> Vec<Option<usize>> {
    let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(spans.len());
    let mut by_service: HashMap<(&str, u32), usize> = HashMap::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        by_service.entry((span.span_id, span.service)).or_insert(index);
        // Some senders give both ends of a call one id: the caller is the parent of others.
        let first = by_id.entry(span.span_id).or_insert(index);
        if span.kind == SpanKind::Client && spans[*first].kind != SpanKind::Client {
            *first = index;
        }
    }
    let parent = |(index, span): (usize, &Span<'_>)| {
        let named = span
            .parent_span_id
            .and_then(|id| by_service.get(&(id, span.service)).or_else(|| by_id.get(id)).copied());
        let shared = by_id.get(span.span_id).copied().filter(|_| span.kind.is_entry());
        let shared = shared.filter(|first| spans[*first].service != span.service);
        shared.or(named).filter(|parent| *parent != index)
    };
    let mut parents: Vec<Option<usize>> = spans.iter().enumerate().map(parent).collect();
    // 0: not seen, else the walk in which a span was met first.
    let mut walks = vec![0; spans.len()];
    for walk in 1..=spans.len() {
        let mut at = walk - 1;
        while walks[at] == 0 {
            walks[at] = walk;
            match parents[at] {
                Some(parent) if walks[parent] == walk => parents[at] = None,
                Some(parent) => at = parent,
                None => {}
            }
        }
    }
    parents
}

/// For each span the one with which the work of its service began.
fn entries(spans: &[Span<'_>], parents: &[Option<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut entries = vec![NONE; spans.len()];
    let mut path = Vec::new();
    for index in 0..spans.len() {
        let mut at = index;
        let entry = loop {
            if entries[at] != NONE {
                break entries[at];
            }
            path.push(at);
            match parents[at] {
                Some(parent)
                    if !spans[at].kind.is_entry() && spans[parent].service == spans[at].service =>
                {
                    at = parent;
                }
                _ => break at,
            }
        };
        for step in path.drain(..) {
            entries[step] = entry;
        }
    }
    entries
}

/// The load of one span by itself.
fn own(spans: &[Span<'_>], index: usize, children: &mut [usize], is_entry: bool) -> Drivers {
    let span = &spans[index];
    children.sort_unstable_by_key(|child| spans[*child].start_ns);
    let duration = span.duration_ns.max(0) as f64;
    let mut drivers = Drivers {
        memory_ns: duration - covered(spans, span, children, true),
        bytes: if is_entry || span.peer == Some(Peer::External) {
            span.bytes.max(0.0)
        } else {
            0.0
        },
        ..Drivers::default()
    };
    if !span.kind.waits() || span.peer == Some(Peer::Embedded) {
        drivers.cpu_ns = duration - covered(spans, span, children, false);
    }
    match span.peer {
        Some(Peer::Database(database)) => {
            drivers.database_ns.insert(database, duration);
        }
        Some(Peer::Queue) => drivers.messages = 1.0,
        Some(Peer::External) if span.kind == SpanKind::Client => drivers.calls = 1.0,
        _ => {}
    }
    drivers
}

/// How much of a span its children cover, each nanosecond once. Those that consume a message run
/// when nobody waits for them.
fn covered(spans: &[Span<'_>], span: &Span<'_>, children: &[usize], same_service: bool) -> f64 {
    let (mut covered_ns, mut until_ns) = (0, span.start_ns);
    for child in children.iter().map(|child| &spans[*child]) {
        if child.kind == SpanKind::Consumer || (same_service && child.service != span.service) {
            continue;
        }
        let from_ns = child.start_ns.max(until_ns);
        let to_ns = child.end_ns().min(span.end_ns());
        if from_ns < to_ns {
            covered_ns += to_ns - from_ns;
            until_ns = to_ns;
        }
    }
    covered_ns as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn span<'a>(
        id: &'a str,
        parent: Option<&'a str>,
        (service, kind): (u32, SpanKind),
        (start_ns, duration_ns): (i64, i64),
    ) -> Span<'a> {
        Span {
            span_id: id,
            parent_span_id: parent,
            service,
            endpoint: service * 10,
            kind,
            start_ns,
            duration_ns,
            weight: 1.0,
            peer: None,
            bytes: 0.0,
        }
    }

    #[test]
    fn waiting_is_no_work_and_a_database_works_for_the_one_who_waits() {
        let mut query = span("c", Some("b"), (0, SpanKind::Client), (20, 30));
        query.peer = Some(Peer::Database(7));
        let spans = [
            span("a", None, (0, SpanKind::Server), (0, 100)),
            span("b", Some("a"), (0, SpanKind::Internal), (10, 60)),
            query,
            span("d", Some("a"), (0, SpanKind::Client), (70, 20)),
            span("e", Some("d"), (1, SpanKind::Server), (72, 15)),
        ];
        let places = places(&spans);
        let entries: Vec<_> = places.iter().map(|it| it.entry).collect();
        assert_eq!(entries, [0, 0, 0, 0, 4]);
        let cpu: Vec<_> = places.iter().map(|it| it.own.cpu_ns).collect();
        assert_eq!(cpu, [20.0, 30.0, 0.0, 0.0, 15.0]);
        // The service holds the request for all of its 100 ns, however it is divided.
        let held: f64 = places[..4].iter().map(|it| it.own.memory_ns).sum();
        assert_eq!((held, places[4].own.memory_ns), (100.0, 15.0));
        assert_eq!(places[2].own.database_ns, [(7, 30.0)].into());
    }

    #[test]
    fn children_at_the_same_time_count_once_and_consumers_never() {
        let spans = [
            span("a", None, (0, SpanKind::Server), (0, 100)),
            span("b", Some("a"), (0, SpanKind::Internal), (10, 50)),
            span("c", Some("a"), (0, SpanKind::Internal), (30, 50)),
            span("d", Some("a"), (1, SpanKind::Consumer), (0, 100)),
        ];
        assert_eq!(places(&spans)[0].own.cpu_ns, 30.0);
    }

    #[test]
    fn broken_traces_have_places_too() {
        let mut circle = [
            span("a", Some("b"), (0, SpanKind::Internal), (0, -5)),
            span("b", Some("a"), (0, SpanKind::Internal), (0, 10)),
            span("c", Some("gone"), (0, SpanKind::Client), (0, 10)),
            span("d", Some("d"), (0, SpanKind::Server), (0, 10)),
        ];
        circle[2].peer = Some(Peer::Embedded);
        let places = places(&circle);
        assert_eq!(places.iter().filter(|it| it.parent.is_none()).count(), 3);
        assert_eq!((places[2].entry, places[2].own.cpu_ns), (2, 10.0));
        assert_eq!(places[0].own.cpu_ns, 0.0);
    }

    #[test]
    fn the_server_that_shares_the_id_of_its_caller_is_its_child() {
        let spans = [
            span("a", None, (0, SpanKind::Client), (0, 10)),
            span("a", None, (1, SpanKind::Server), (1, 8)),
            span("b", Some("a"), (1, SpanKind::Internal), (2, 5)),
        ];
        let places = places(&spans);
        assert_eq!((places[1].parent, places[1].entry), (Some(0), 1));
        assert_eq!((places[2].parent, places[2].entry), (Some(1), 1));
    }

    proptest! {
        #[test]
        fn any_spans_have_places_and_loads_within_their_durations(
            given in proptest::collection::vec((0u8..12, 0u8..12, 0u32..3, 0u8..5, 0i64..100, -5i64..100), 0..25),
        ) {
            let ids: Vec<String> = (0..12).map(|id| id.to_string()).collect();
            let kinds = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
            let spans: Vec<_> = given.iter().map(|it| {
                let parent = ids.get(usize::from(it.1)).map(String::as_str);
                span(&ids[usize::from(it.0)], parent, (it.2, kinds[usize::from(it.3)]), (it.4, it.5))
            }).collect();
            let places = places(&spans);
            prop_assert_eq!(places.len(), spans.len());
            for (place, span) in places.iter().zip(&spans) {
                let longest = span.duration_ns.max(0) as f64;
                prop_assert!((0.0..=longest).contains(&place.own.cpu_ns));
                prop_assert!((0.0..=longest).contains(&place.own.memory_ns));
                prop_assert_eq!(spans[place.entry].service, span.service);
                // Ancestors end.
                let mut at = Some(place);
                let mut steps = 0;
                while let Some(next) = at { at = next.parent.map(|it| &places[it]); steps += 1; prop_assert!(steps <= spans.len()); }
            }
        }
    }
}
