//! Seeded traces: skewed services, deep and wide trees, high-cardinality ids, some errors.

use super::words::{ROUTES, SERVICES, duration_ns, hex_id, int_attribute, resource, skewed};
use super::{DataSet, DataWriter, Period, SEED, Truth, hex};
use crate::rows;
use anyhow::Result;
use hannun_e2e::otlp::attribute;
use hannun_e2e::random::Random;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use std::collections::BTreeMap;
use std::path::Path;

const SPANS_PER_REQUEST: usize = 500;

fn attributes(random: &mut Random, kind: i32, service: usize) -> Vec<KeyValue> {
    let mut attributes = vec![
        attribute("thread.name", &format!("worker-{}", random.below(16))),
        attribute("session.id", &hex_id(random)),
    ];
    if random.below(3) == 0 {
        attributes.push(attribute("user.id", &format!("u-{}", random.below(2_000_000))));
    }
    match (kind, service % 3) {
        (3, 0) => {
            attributes.push(attribute("db.system.name", "postgresql"));
            attributes.push(attribute("db.namespace", "shop"));
            let statement = format!("SELECT * FROM t{} WHERE id = $1 LIMIT 20", random.below(40));
            attributes.push(attribute("db.query.text", &statement));
        }
        _ => {
            let route = ROUTES[skewed(random, ROUTES.len())];
            let path = route.replace("{id}", &random.below(500_000).to_string());
            attributes.push(attribute("http.request.method", "GET"));
            attributes.push(attribute("http.route", route));
            attributes.push(attribute("url.path", &path));
            let status = if random.below(50) == 0 { 500 } else { 200 };
            attributes.push(int_attribute("http.response.status_code", status));
            attributes.push(attribute("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"));
        }
    }
    attributes
}

fn fail(span: &mut Span, random: &mut Random) {
    let message = format!("upstream answered after {} ms", random.below(30_000));
    span.status = Some(Status { code: 2, message: message.clone() });
    span.events.push(Event {
        time_unix_nano: span.end_time_unix_nano,
        name: "exception".to_owned(),
        attributes: vec![
            attribute("exception.type", "java.util.concurrent.TimeoutException"),
            attribute("exception.message", &message),
        ],
        ..Event::default()
    });
}

/// The spans of one trace with the service of each.
fn trace(random: &mut Random, start_ns: u64) -> Vec<(usize, Span)> {
    let mut trace_id = random.next_u64().to_be_bytes().to_vec();
    trace_id.extend_from_slice(&random.next_u64().to_be_bytes());
    let count = 1 + skewed(random, 40);
    let mut spans: Vec<(usize, Span)> = Vec::with_capacity(count);
    for index in 0..count {
        let service = skewed(random, SERVICES.len());
        let kind = if index == 0 { 2 } else { [1, 2, 3][random.below(3) as usize] };
        let parent = random.below(spans.len().max(1) as u64) as usize;
        let parent_span_id =
            spans.get(parent).map_or_else(Vec::new, |(_, span)| span.span_id.clone());
        let start = start_ns + index as u64 * 200_000 + random.below(100_000);
        let mut span = Span {
            trace_id: trace_id.clone(),
            span_id: random.next_u64().to_be_bytes().to_vec(),
            parent_span_id,
            flags: 0x101,
            name: format!("{} {}", SERVICES[service], ROUTES[skewed(random, ROUTES.len())]),
            kind,
            start_time_unix_nano: start,
            end_time_unix_nano: start + duration_ns(random),
            attributes: attributes(random, kind, service),
            ..Span::default()
        };
        if random.below(33) == 0 {
            fail(&mut span, random);
        }
        spans.push((service, span));
    }
    spans
}

fn request(spans: Vec<(usize, Span)>, random: &mut Random) -> ExportTraceServiceRequest {
    let mut by_service: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    for (service, span) in spans {
        by_service.entry(service).or_default().push(span);
    }
    let resource_spans = by_service
        .into_iter()
        .map(|(service, spans)| {
            let scope = InstrumentationScope {
                name: "io.opentelemetry.spring-webmvc-6.0".to_owned(),
                version: "2.9.0".to_owned(),
                ..InstrumentationScope::default()
            };
            ResourceSpans {
                resource: Some(resource(service, random.below(3))),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope),
                    spans,
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }
        })
        .collect();
    ExportTraceServiceRequest { resource_spans }
}

/// About `spans` spans.
pub fn build(folder: &Path, spans: u64, period: Period, with_rows: bool) -> Result<DataSet> {
    let mut random = Random::new(SEED);
    let mut writer = DataWriter::create(folder, "spans_generated", with_rows)?;
    let mut truth = Truth::default();
    let mut waiting = Vec::new();
    while truth.rows < spans {
        let trace = trace(&mut random, period.at(truth.rows, spans));
        if truth.rows >= spans / 2 && truth.trace_id.is_empty() {
            truth.trace_id = hex(&trace[0].1.trace_id);
        }
        truth.rows += trace.len() as u64;
        truth.errors += trace.iter().filter(|(_, span)| span.status.is_some()).count() as u64;
        waiting.extend(trace);
        if waiting.len() >= SPANS_PER_REQUEST || truth.rows >= spans {
            let count = waiting.len();
            let request = request(std::mem::take(&mut waiting), &mut random);
            writer.add(&request.encode_to_vec(), count, |write| rows::spans(&request, write))?;
        }
    }
    let (requests, rows_file) = writer.finish()?;
    let name = "spans_generated";
    Ok(DataSet { name, signal: "traces", table: "spans", requests, rows_file, truth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        let folder = tempfile::tempdir().unwrap();
        let period = Period { start_ns: 1_000_000, end_ns: 9_000_000_000 };
        let build = || build(folder.path(), 2_000, period, false).unwrap();
        let (first, second) = (build(), build());
        assert!(first.truth.rows >= 2_000);
        assert_eq!(first.requests.rows(), first.truth.rows);
        assert_eq!(first.requests.body(1).unwrap(), second.requests.body(1).unwrap());
        let errors = first.truth.errors as f64 / first.truth.rows as f64;
        assert!((0.01..0.06).contains(&errors), "{errors}");
    }
}
