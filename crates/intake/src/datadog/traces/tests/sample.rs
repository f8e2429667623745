//! Spans, and how each version writes them.

use super::pack::{Pack, Proto, map, text};
use crate::budget::InFlightBudget;
use crate::datadog::traces::map::Request;
use crate::datadog::traces::receive::{Version, decode};
use crate::datadog::traces::sampling::Seen;
use crate::door::Decoded;
use crate::otlp::map::Clock;
use crate::refusal::Refusal;
use std::sync::Arc;

pub const NOW_NS: i64 = 1_795_303_109_000_000_000;

/// A span before it is written.
#[derive(Debug, Clone)]
pub struct Sample {
    pub service: &'static str,
    pub operation: &'static str,
    pub resource: &'static str,
    pub span_type: &'static str,
    pub trace_id: u64,
    pub span_id: u64,
    pub parent_id: u64,
    pub start_ns: i64,
    pub duration_ns: i64,
    pub error: i64,
    pub meta: Vec<(&'static str, String)>,
    pub metrics: Vec<(&'static str, f64)>,
    /// Fields that only some versions have.
    pub further: Vec<(&'static str, Pack)>,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            service: "shop",
            operation: "flask.request",
            resource: "GET /orders/<int:number>",
            span_type: "web",
            trace_id: 7_732_654_440_804_190_140,
            span_id: 12_328_399_390_734_670_261,
            parent_id: 0,
            start_ns: NOW_NS - 1_000_000_000,
            duration_ns: 14_872_772,
            error: 0,
            meta: Vec::new(),
            metrics: Vec::new(),
            further: Vec::new(),
        }
    }
}

impl Sample {
    pub fn meta(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.meta.push((key, value.into()));
        self
    }

    pub fn metric(mut self, key: &'static str, value: f64) -> Self {
        self.metrics.push((key, value));
        self
    }

    pub fn with(mut self, key: &'static str, value: Pack) -> Self {
        self.further.push((key, value));
        self
    }

    pub fn pack(&self) -> Pack {
        let mut fields = vec![
            ("service", text(self.service)),
            ("name", text(self.operation)),
            ("resource", text(self.resource)),
            ("type", text(self.span_type)),
            ("trace_id", Pack::Unsigned(self.trace_id)),
            ("span_id", Pack::Unsigned(self.span_id)),
            ("parent_id", Pack::Unsigned(self.parent_id)),
            ("start", Pack::Int(self.start_ns)),
            ("duration", Pack::Int(self.duration_ns)),
            ("error", Pack::Int(self.error)),
            ("meta", map(self.meta.iter().map(|(key, value)| (*key, text(value))))),
            ("metrics", map(self.metrics.iter().map(|(key, value)| (*key, Pack::Double(*value))))),
        ];
        fields.extend(self.further.clone());
        map(fields)
    }

    pub fn proto(&self) -> Vec<u8> {
        let mut span = Proto::default()
            .text(1, self.service)
            .text(2, self.operation)
            .text(3, self.resource)
            .varint(4, self.trace_id)
            .varint(5, self.span_id)
            .varint(6, self.parent_id)
            .varint(7, self.start_ns as u64)
            .varint(8, self.duration_ns as u64)
            .varint(9, self.error as u64)
            .text(12, self.span_type);
        for (key, value) in &self.meta {
            span = span.entry(10, key, value);
        }
        for (key, value) in &self.metrics {
            let entry = Proto::default().text(1, key).fixed64(2, value.to_bits());
            span = span.bytes(11, &entry.0);
        }
        span.0
    }
}

/// Two spans of one trace, as tracers send them.
pub fn request() -> Vec<Sample> {
    let root = Sample::default()
        .meta("span.kind", "server")
        .meta("http.method", "GET")
        .meta("http.status_code", "200")
        .meta("http.route", "/orders/<int:number>")
        .meta("http.url", "http://127.0.0.1:80/orders/17?<redacted>")
        .meta("env", "test")
        .meta("version", "1.2.3")
        .meta("language", "python")
        .meta("runtime-id", "d03d3743bbb647d69de6cb03cd8ec040")
        .meta("_dd.p.tid", "6b0226c500000000")
        .meta("_dd.p.dm", "-0")
        .meta("customer.tier", "gold")
        .metric("process_id", 25_902.0)
        .metric("_sampling_priority_v1", 1.0)
        .metric("_dd.top_level", 1.0)
        .metric("cart.value", 12.5);
    let query = Sample {
        service: "postgres",
        operation: "postgres.query",
        resource: "SELECT number FROM orders WHERE id IN (1, 2) AND name = 'Kim'",
        span_type: "sql",
        span_id: 8_070_224_527_049_502_752,
        parent_id: root.span_id,
        duration_ns: 1_154_953,
        ..Sample::default()
    }
    .meta("span.kind", "client")
    .meta("_dd.base_service", "shop")
    .meta("env", "test")
    .meta("db.system", "postgresql")
    .meta("db.name", "main")
    .meta("out.host", "db-1")
    .meta("server.address", "db-1")
    .metric("network.destination.port", 5432.0)
    .metric("_dd.measured", 1.0);
    vec![root, query]
}

/// The payload of this version.
pub fn payload(version: Version, traces: &[Vec<Sample>]) -> Vec<u8> {
    let packed = || traces.iter().map(|spans| Pack::List(spans.iter().map(Sample::pack).collect()));
    match version {
        Version::V03 | Version::V04 => Pack::List(packed().collect()).bytes(),
        Version::V05 => v05(traces),
        Version::V07 => {
            let chunk = |spans| {
                map([
                    ("priority", Pack::Int(1)),
                    ("origin", text("")),
                    ("spans", spans),
                    ("tags", map([])),
                    ("dropped_trace", Pack::Bool(false)),
                ])
            };
            map([
                ("language_name", text("python")),
                ("language_version", text("3.11.7")),
                ("tracer_version", text("4.16.0")),
                ("chunks", Pack::List(packed().map(chunk).collect())),
                ("env", text("test")),
            ])
            .bytes()
        }
        Version::Agent => {
            let mut tracer = Proto::default().text(2, "python").text(3, "3.11.7").text(4, "4.16.0");
            for spans in traces {
                let mut chunk = Proto::default().varint(1, 1);
                for span in spans {
                    chunk = chunk.bytes(3, &span.proto());
                }
                tracer = tracer.bytes(6, &chunk.0);
            }
            Proto::default().text(2, "test").bytes(5, &tracer.0).text(7, "7.70.0").0
        }
    }
}

fn v05(traces: &[Vec<Sample>]) -> Vec<u8> {
    let mut strings = vec![String::new()];
    let mut index = |text: &str| {
        let at = strings.iter().position(|known| known == text).unwrap_or_else(|| {
            strings.push(text.to_owned());
            strings.len() - 1
        });
        Pack::Unsigned(at as u64)
    };
    let mut span = |span: &Sample| {
        let meta = span.meta.iter().map(|(key, value)| (index(key), index(value))).collect();
        let metrics =
            span.metrics.iter().map(|(key, value)| (index(key), Pack::Double(*value))).collect();
        Pack::List(vec![
            index(span.service),
            index(span.operation),
            index(span.resource),
            Pack::Unsigned(span.trace_id),
            Pack::Unsigned(span.span_id),
            Pack::Unsigned(span.parent_id),
            Pack::Int(span.start_ns),
            Pack::Int(span.duration_ns),
            Pack::Int(span.error),
            Pack::Map(meta),
            Pack::Map(metrics),
            index(span.span_type),
        ])
    };
    let traces = traces.iter().map(|spans| Pack::List(spans.iter().map(&mut span).collect()));
    let traces = Pack::List(traces.collect());
    let strings = Pack::List(strings.into_iter().map(Pack::Text).collect());
    Pack::List(vec![strings, traces]).bytes()
}

/// What headers say where a version does not.
pub fn about() -> Request {
    Request {
        language: "python".to_owned(),
        language_version: "3.11.7".to_owned(),
        tracer_version: "4.16.0".to_owned(),
        ..Request::default()
    }
}

pub fn decoded(
    version: Version,
    bytes: &[u8],
    about: &Request,
) -> Result<(Decoded, Seen), Refusal> {
    let mut hold = Arc::new(InFlightBudget::new(1 << 30)).hold(0).unwrap();
    let clock = Clock { now_ns: NOW_NS, oldest_ns: NOW_NS - 3_600_000_000_000 };
    decode(version, bytes, about, &mut hold, clock)
}

/// The rows of spans that were sent in one trace.
pub fn rows(spans: Vec<Sample>) -> Decoded {
    decoded(Version::V04, &payload(Version::V04, &[spans]), &about()).unwrap().0
}
