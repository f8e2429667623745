//! What the chosen traces put a load on.

use super::choice::Choice;
use crate::containers::hours::Hours;
use crate::costs::CostError;
use foldhash::HashMap;
use hannun_allocation::endpoints::sums::Sums;
use hannun_allocation::endpoints::trace::{Peer, Span, SpanKind, places};
use hannun_model::limits::COST_SPANS_PART_MAX;
use hannun_query::spans_sql::{ENDPOINT, PEER_KIND, STORED_COUNT};
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// Spans of a trace may begin this long after its first in another hour and are read with it.
const MARGIN_MS: i64 = 60_000;
/// So many times as many spans as were expected are read before a part of the time is too much.
const SPARE: u64 = 4;
const NS_PER_MS: i64 = 1_000_000;
/// Databases that run inside of the service that asks them.
const EMBEDDED: &str = "'sqlite', 'h2database', 'h2', 'derby', 'hsqldb', 'duckdb', 'rocksdb'";

/// Names by number.
#[derive(Debug, Default)]
pub struct Names {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = Arc::from(name);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", AsRef::as_ref)
    }

    /// All of them, by number.
    pub fn all(&self) -> &[Arc<str>] {
        &self.names
    }
}

/// The numbers of everything that spans name.
#[derive(Debug, Default)]
pub struct Vocabulary {
    pub services: Names,
    pub endpoints: Names,
    /// Addresses of databases.
    pub databases: Names,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Sample {
    pub sums: Sums,
    pub vocabulary: Vocabulary,
    /// Whether any request told its bytes.
    pub has_bytes: bool,
    /// Parts of the time of which not all chosen spans could be read.
    pub cut: usize,
}

/// A span as it is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpanRow {
    #[serde(rename = "t")]
    pub trace_id: String,
    #[serde(rename = "s")]
    pub span_id: String,
    #[serde(rename = "p")]
    pub parent_span_id: Option<String>,
    #[serde(rename = "n")]
    pub service: Option<String>,
    #[serde(rename = "e")]
    pub endpoint: Option<String>,
    #[serde(rename = "k")]
    pub kind: Option<String>,
    #[serde(rename = "b")]
    pub start_ns: i64,
    #[serde(rename = "d")]
    pub duration_ns: Option<i64>,
    #[serde(rename = "w")]
    pub weight: Option<f64>,
    #[serde(rename = "q")]
    pub peer_kind: Option<String>,
    #[serde(rename = "a")]
    pub address: Option<String>,
    #[serde(rename = "m")]
    pub embedded: Option<bool>,
    #[serde(rename = "z")]
    pub bytes: Option<f64>,
}

/// The columns of [`SpanRow`]. Names are asked only where something begins that is counted by name.
pub fn columns() -> String {
    let bytes = |names: [&str; 3]| {
        let of = names.map(|name| format!("attr_double(attributes, '{name}')")).join(", ");
        format!("coalesce({of}, 0.0)")
    };
    let request = ["http.request.body.size", "http.request_content_length", "rpc.request.size"];
    let response = ["http.response.body.size", "http.response_content_length", "rpc.response.size"];
    format!(
        "trace_id AS t, span_id AS s, parent_span_id AS p, service_name AS n, \
         CASE WHEN kind IN ('server', 'consumer') OR parent_span_id IS NULL THEN {ENDPOINT} END AS e, \
         kind AS k, CAST(start_time AS BIGINT) AS b, duration AS d, {STORED_COUNT} AS w, \
         {PEER_KIND} AS q, coalesce(server_address, network_peer_address, peer_service) AS a, \
         (kind = 'client' AND server_address IS NULL AND db_system_name IN ({EMBEDDED})) AS m, \
         nullif({} + {}, 0.0) AS z",
        bytes(request),
        bytes(response)
    )
}

/// Reads the chosen traces of some hours, a part of the time after the other.
pub async fn read(
    engine: &Arc<Engine>,
    hours: &Hours,
    choice: &Choice,
) -> Result<Sample, CostError> {
    let mut sample = Sample::default();
    let mut parts: Vec<Hours> = hours.parts(choice.part_hours).collect();
    while let Some(part) = parts.pop() {
        let rows_max = usize::try_from(COST_SPANS_PART_MAX * SPARE).unwrap_or(usize::MAX);
        let limits = QueryLimits::asked(Some(rows_max), None);
        let found = engine.rows::<SpanRow>(&part_sql(&part, choice), limits).await?;
        if found.truncated && part.count > 1 {
            parts.extend(part.parts(part.count.div_ceil(2)));
            continue;
        }
        sample.cut += usize::from(found.truncated);
        let counted_ns = part.from_ms * NS_PER_MS..part.to_ms() * NS_PER_MS;
        // Off the thread that answers requests: sorting and walking takes tens of milliseconds.
        let added = tokio::task::spawn_blocking(move || {
            sample.add(found.rows, &counted_ns);
            sample
        });
        sample = added.await.map_err(|error| CostError::Inexact(error.to_string()))?;
    }
    Ok(sample)
}

fn part_sql(part: &Hours, choice: &Choice) -> String {
    format!(
        "SELECT {} FROM spans WHERE start_time >= {} AND start_time < {}{}",
        columns(),
        typed::timestamp_ms((part.from_ms - MARGIN_MS).max(0)),
        typed::timestamp_ms(part.to_ms() + MARGIN_MS),
        choice.sql()
    )
}

impl Sample {
    pub(super) fn add(&mut self, mut rows: Vec<SpanRow>, counted_ns: &std::ops::Range<i64>) {
        rows.sort_by(|one, other| {
            let order = one.trace_id.cmp(&other.trace_id);
            order.then_with(|| one.start_ns.cmp(&other.start_ns))
        });
        for trace in rows.chunk_by(|one, other| one.trace_id == other.trace_id) {
            let spans: Vec<Span<'_>> = trace.iter().map(|row| self.vocabulary.span(row)).collect();
            self.has_bytes |= spans.iter().any(|span| span.bytes > 0.0);
            self.sums.add(&spans, &places(&spans), counted_ns.clone());
        }
    }
}

impl Vocabulary {
    /// A row as the maths takes it.
    pub fn span<'a>(&mut self, row: &'a SpanRow) -> Span<'a> {
        let peer = match row.peer_kind.as_deref() {
            _ if row.embedded == Some(true) => Some(Peer::Embedded),
            Some("database" | "cache") => {
                let address = row.address.as_deref().unwrap_or_default();
                Some(Peer::Database(self.databases.number(address)))
            }
            Some("queue") => Some(Peer::Queue),
            Some(_) => Some(Peer::External),
            None => None,
        };
        Span {
            span_id: &row.span_id,
            parent_span_id: row.parent_span_id.as_deref(),
            service: self.services.number(row.service.as_deref().unwrap_or_default()),
            endpoint: self.endpoints.number(row.endpoint.as_deref().unwrap_or_default()),
            kind: SpanKind::of(row.kind.as_deref()),
            start_ns: row.start_ns,
            duration_ns: row.duration_ns.unwrap_or(0),
            weight: row.weight.filter(|weight| weight.is_finite() && *weight > 0.0).unwrap_or(1.0),
            peer,
            bytes: row.bytes.unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_allocation::endpoints::sums::Unit;

    fn row(id: &str, parent: Option<&str>, service: &str, kind: &str) -> SpanRow {
        SpanRow {
            trace_id: "t".to_owned(),
            span_id: id.to_owned(),
            parent_span_id: parent.map(str::to_owned),
            service: Some(service.to_owned()),
            endpoint: (kind == "server").then(|| format!("GET /{service}")),
            kind: Some(kind.to_owned()),
            start_ns: 10,
            duration_ns: Some(100),
            ..SpanRow::default()
        }
    }

    #[test]
    fn rows_become_loads_by_name() {
        let mut query = row("2", Some("1"), "order", "client");
        query.peer_kind = Some("database".to_owned());
        query.address = Some("orders.rds".to_owned());
        let mut sample = Sample::default();
        sample.add(vec![query, row("1", None, "order", "server")], &(0..1000));
        let service = sample.vocabulary.services.find("order").unwrap();
        let endpoint = sample.vocabulary.endpoints.find("GET /order").unwrap();
        let sums = &sample.sums.units[&Unit { service, endpoint, answers: true }];
        let database = sample.vocabulary.databases.find("orders.rds").unwrap();
        assert_eq!(sums.own.database_ns[&database], 100.0);
        assert_eq!((sums.own.cpu_ns, sums.own.memory_ns, sample.has_bytes), (0.0, 100.0, false));
    }

    #[test]
    fn a_weight_that_says_nothing_is_one() {
        let mut vocabulary = Vocabulary::default();
        for weight in [None, Some(0.0), Some(f64::NAN), Some(-3.0)] {
            let row = SpanRow { weight, ..row("1", None, "a", "server") };
            assert_eq!(vocabulary.span(&row).weight, 1.0);
        }
    }

    #[test]
    fn a_part_is_read_with_what_its_traces_have_beside_it() {
        let part = Hours { from_ms: 3_600_000, count: 1 };
        insta::assert_snapshot!(part_sql(&part, &Choice::among(10_000_000, 1)));
    }
}
