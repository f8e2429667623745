//! Groups of counted spans to rows of `client_stats`, under the names that their spans get.

use super::ddsketch::{self, Durations};
use super::is_counted_by_spans;
use super::wire::{self, Client, Group};
use crate::datadog::tags;
use crate::datadog::traces::map::{Described, EndpointFields, endpoint_fields};
use crate::datadog::traces::msgpack::{Reader, Wrong, repaired};
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::cut;
use crate::otlp::map::{Clock, Reject, Tally};
use crate::refusal::Refusal;
use hannun_digest::COLLAPSED_ENDPOINT;
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::limits::{
    CLIENT_STATS_GROUPS_MAX, CLIENT_STATS_ROWS_MAX, ENDPOINTS_PER_SERVICE_MAX,
    PEERS_PER_SERVICE_MAX,
};
use hannun_model::table::{Table, client_stats};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Who sent statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A tracer, about its own spans.
    Tracer,
    /// An agent, about those of all its tracers.
    Agent,
}

/// What was made of a payload besides rows.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether the sender's spans are counted themselves, so that nothing of it was.
    pub counted_by_spans: bool,
}

/// Maps one payload.
pub fn decode(message: &[u8], sender: Sender, clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut reader = Reader::new(message);
    let mut rows = Rows::new(clock, sender);
    read(&mut reader, sender, &mut rows).map_err(malformed)?;
    if reader.invalid.is_empty() {
        return rows.finish(0);
    }
    let invalid_strings = reader.invalid.len() as u64;
    let message = repaired(message, &reader.invalid);
    let mut rows = Rows::new(clock, sender);
    read(&mut Reader::new(&message), sender, &mut rows).map_err(malformed)?;
    rows.finish(invalid_strings)
}

fn malformed(wrong: Wrong) -> Refusal {
    Refusal::Malformed(format!("malformed statistics: {wrong}"))
}

fn read<'a>(reader: &mut Reader<'a>, sender: Sender, rows: &mut Rows<'a>) -> Result<(), Wrong> {
    let mut take =
        |client: &Client<'a>, start_ns: u64, group: &Group<'a>| rows.add(client, start_ns, group);
    match sender {
        Sender::Tracer => wire::read_of_client(reader, &mut take),
        Sender::Agent => wire::read_of_agent(reader, &mut take),
    }
}

/// What one row is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key<'a> {
    start_ns: i64,
    service: Cow<'a, str>,
    version: &'a str,
    environment: &'a str,
    endpoint: Cow<'a, str>,
    kind: &'static str,
    failed: bool,
    root: bool,
    peer: Peer<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Peer<'a> {
    kind: Option<&'static str>,
    system: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
}

/// Spans that either failed or did not.
#[derive(Debug, Default)]
struct Counted {
    count: f64,
    duration_sum_ns: f64,
    durations: Durations,
}

impl Counted {
    fn is_nothing(&self) -> bool {
        self.count == 0.0 && self.durations.histogram.is_empty()
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.duration_sum_ns += other.duration_sum_ns;
        self.durations.merge(&other.durations);
    }
}

/// The rows of a payload: groups that differ in what has no column, such as the status of the
/// answer, come together.
struct Rows<'a> {
    clock: Clock,
    sender: Sender,
    tally: Tally,
    outcome: Outcome,
    /// Groups that came so far.
    groups: usize,
    rows: HashMap<Key<'a>, Counted>,
    endpoints: HashMap<Cow<'a, str>, HashSet<Cow<'a, str>>>,
    peers: HashMap<Cow<'a, str>, HashSet<Peer<'a>>>,
}

impl<'a> Rows<'a> {
    fn new(clock: Clock, sender: Sender) -> Self {
        Self {
            clock,
            sender,
            tally: Tally::default(),
            outcome: Outcome::default(),
            groups: 0,
            rows: HashMap::new(),
            endpoints: HashMap::new(),
            peers: HashMap::new(),
        }
    }

    fn add(&mut self, client: &Client<'a>, start_ns: u64, group: &Group<'a>) {
        if self.sender == Sender::Tracer && is_counted_by_spans(client.language) {
            self.outcome.counted_by_spans = true;
            return;
        }
        self.groups += 1;
        let added = match self.groups {
            ..=CLIENT_STATS_GROUPS_MAX => self.try_add(client, start_ns, group),
            _ => Err(Reject::TooManyItems),
        };
        if let Err(reason) = added {
            self.tally.reject(reason);
        }
    }

    fn try_add(
        &mut self,
        client: &Client<'a>,
        start_ns: u64,
        group: &Group<'a>,
    ) -> Result<(), Reject> {
        let start_ns = self.clock.accept(start_ns)?;
        let (passed, failed) = counted(group)?;
        if passed.is_nothing() && failed.is_nothing() {
            return Ok(());
        }
        let EndpointFields { service, kind, endpoint, peer_kind, peer_system, peer_name } =
            endpoint_fields(&described(client, group));
        let service = self.within_limits(service);
        let endpoint = self.known_endpoint(&service, endpoint);
        let peer = Peer { kind: peer_kind, system: peer_system, name: peer_name };
        let peer = self.known_peer(&service, peer);
        let key = Key {
            start_ns,
            service,
            version: cut(client.version, &mut self.tally),
            environment: cut(client.environment, &mut self.tally),
            endpoint,
            kind,
            failed: false,
            // Older clients do not tell; most spans by which a trace enters a service are its root.
            root: group.is_trace_root.unwrap_or(group.top_level_hits > 0.0),
            peer,
        };
        if !failed.is_nothing() {
            self.put(Key { failed: true, ..key.clone() }, &failed)?;
        }
        if !passed.is_nothing() {
            self.put(key, &passed)?;
        }
        Ok(())
    }

    fn put(&mut self, key: Key<'a>, counted: &Counted) -> Result<(), Reject> {
        if self.rows.len() >= CLIENT_STATS_ROWS_MAX && !self.rows.contains_key(&key) {
            return Err(Reject::TooManyItems);
        }
        self.rows.entry(key).or_default().merge(counted);
        Ok(())
    }

    fn within_limits(&mut self, text: Cow<'a, str>) -> Cow<'a, str> {
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(cut(text, &mut self.tally)),
            Cow::Owned(text) => Cow::Owned(cut(&text, &mut self.tally).to_owned()),
        }
    }

    fn known_endpoint(&mut self, service: &Cow<'a, str>, name: Cow<'a, str>) -> Cow<'a, str> {
        let known = self.endpoints.entry(service.clone()).or_default();
        if known.contains(&name) {
            return name;
        }
        if known.len() >= ENDPOINTS_PER_SERVICE_MAX {
            return Cow::Borrowed(COLLAPSED_ENDPOINT);
        }
        known.insert(name.clone());
        name
    }

    fn known_peer(&mut self, service: &Cow<'a, str>, mut peer: Peer<'a>) -> Peer<'a> {
        if peer.kind.is_none() {
            return peer;
        }
        let known = self.peers.entry(service.clone()).or_default();
        if known.len() < PEERS_PER_SERVICE_MAX {
            known.insert(peer.clone());
        } else if !known.contains(&peer) {
            peer.name = Some(Cow::Borrowed(COLLAPSED_ENDPOINT));
        }
        peer
    }

    fn finish(mut self, invalid_strings: u64) -> Result<(Decoded, Outcome), Refusal> {
        self.tally.invalid_strings += invalid_strings;
        let batch = write(&self.rows).map_err(|error| Refusal::Internal(error.to_string()))?;
        // Clients number their payloads or tell their times to the nanosecond.
        let identity = Identity::Content;
        let decoded = Decoded { batch, beside: Vec::new(), tally: self.tally, identity };
        Ok((decoded, self.outcome))
    }
}

/// What the fields of a group say about its spans.
fn described<'a>(client: &Client<'a>, group: &Group<'a>) -> Described<'a> {
    let mut described = Described {
        service: group.service,
        operation: group.name,
        resource: group.resource,
        span_type: group.span_type,
        span_kind: group.span_kind,
        http_method: group.http_method,
        http_route: group.http_endpoint,
        db_system: group.db_type,
        peer_service: group.peer_service,
        ..Described::default()
    };
    for tag in &group.peer_tags {
        let (key, value) = tags::split(tag);
        described.add_peer_tag(key, value);
    }
    if described.base_service.is_empty() {
        described.base_service = client.service;
    }
    described
}

/// More spans in one group than this are a mistake of the sender.
const HITS_MAX: f64 = 1e15;

/// The spans without an error, and those with one.
///
/// Both durations are known together to the nanosecond, and each as a sketch: what the sketches say
/// of their shares is taken. An agent that counted several clients together sends counts without
/// sketches, and the sketches with counts of zero.
fn counted(group: &Group<'_>) -> Result<(Counted, Counted), Reject> {
    let sketch = |bytes| ddsketch::read(bytes).map_err(|_| Reject::Malformed);
    let (passed, failed) = (sketch(group.ok_summary)?, sketch(group.error_summary)?);
    let longest_ns = i64::MAX as f64;
    if group.hits > HITS_MAX || group.duration_ns > group.hits.max(1.0) * longest_ns {
        return Err(Reject::Malformed);
    }
    let errors = group.errors.min(group.hits);
    let told_ns = passed.sum_ns + failed.sum_ns;
    let part = |count: f64, durations: Durations| {
        let share = match () {
            () if told_ns > 0.0 => durations.sum_ns / told_ns,
            () if group.hits > 0.0 => count / group.hits,
            () => 0.0,
        };
        Counted { count, duration_sum_ns: group.duration_ns * share, durations }
    };
    Ok((part(group.hits - errors, passed), part(errors, failed)))
}

fn write(rows: &HashMap<Key<'_>, Counted>) -> Result<Batch, arrow::error::ArrowError> {
    let mut builder = BatchBuilder::new(Table::ClientStats);
    for (key, counted) in rows {
        builder.start_row();
        builder.set_int(client_stats::TIME, key.start_ns);
        builder.set_bool(client_stats::FAILED, key.failed);
        builder.set_bool(client_stats::ROOT, key.root);
        let texts = [
            (client_stats::ENDPOINT, Some(key.endpoint.as_ref())),
            (client_stats::KIND, Some(key.kind)),
            (client_stats::PEER_KIND, key.peer.kind),
            (client_stats::PEER_SYSTEM, key.peer.system.as_deref()),
            (client_stats::PEER_NAME, key.peer.name.as_deref()),
            (client_stats::SERVICE_NAME, filled(&key.service)),
            (client_stats::SERVICE_VERSION, filled(key.version)),
            (client_stats::DEPLOYMENT_ENVIRONMENT_NAME, filled(key.environment)),
        ];
        for (column, text) in texts {
            if let Some(text) = text {
                builder.set_text(column, text);
            }
        }
        builder.set_int(client_stats::SPANS, 0);
        builder.set_float(client_stats::COUNT, counted.count);
        builder.set_float(client_stats::DURATION_SUM, counted.duration_sum_ns);
        builder.set_int(client_stats::DURATION_MAX, counted.durations.longest_ns);
        builder.set_floats(client_stats::HISTOGRAM, &counted.durations.histogram.to_flat());
    }
    builder.finish()
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
