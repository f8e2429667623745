//! Real traces, sent again and again with new ids and new times.

use super::{DataSet, DataWriter, Period, Truth, hex};
use crate::rows;
use anyhow::{Context, Result, ensure};
use hannun_e2e::random::Random;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::path::Path;

/// The captured requests of a folder, in a stable order.
fn read_captures(folder: &Path) -> Result<Vec<ExportTraceServiceRequest>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("failed to read {folder:?}"))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .collect();
    paths.sort();
    ensure!(!paths.is_empty(), "no captured requests in {folder:?}");
    paths
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path)?;
            ExportTraceServiceRequest::decode(&bytes[..])
                .with_context(|| format!("failed to decode {path:?}"))
        })
        .collect()
}

fn spans_of(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &Span> {
    request
        .resource_spans
        .iter()
        .flat_map(|resource| resource.scope_spans.iter().flat_map(|scope| scope.spans.iter()))
}

fn spans_of_mut(request: &mut ExportTraceServiceRequest) -> impl Iterator<Item = &mut Span> {
    request.resource_spans.iter_mut().flat_map(|resource| {
        resource.scope_spans.iter_mut().flat_map(|scope| scope.spans.iter_mut())
    })
}

/// The id that stands for `id` in one replay: the same for every mention, random to look at.
fn map_id(id: &mut [u8], replay: u64) {
    let salt = Random::new(replay).next_u64();
    for part in id.chunks_exact_mut(8) {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(part);
        let mapped = Random::new(u64::from_le_bytes(bytes) ^ salt).next_u64();
        part.copy_from_slice(&mapped.to_le_bytes());
    }
}

/// Moves one request to another time and other ids.
fn remap(request: &mut ExportTraceServiceRequest, replay: u64, shift_ns: i64) {
    for span in spans_of_mut(request) {
        map_id(&mut span.trace_id, replay);
        map_id(&mut span.span_id, replay);
        map_id(&mut span.parent_span_id, replay);
        for link in &mut span.links {
            map_id(&mut link.trace_id, replay);
            map_id(&mut link.span_id, replay);
        }
        for event in &mut span.events {
            event.time_unix_nano = event.time_unix_nano.wrapping_add_signed(shift_ns);
        }
        span.start_time_unix_nano = span.start_time_unix_nano.wrapping_add_signed(shift_ns);
        span.end_time_unix_nano = span.end_time_unix_nano.wrapping_add_signed(shift_ns);
    }
}

/// Captured requests, to be replayed any number of times.
#[derive(Debug)]
pub struct Captures {
    requests: Vec<ExportTraceServiceRequest>,
    spans: u64,
    earliest_ns: u64,
    latest_ns: u64,
}

impl Captures {
    pub fn read(folder: &Path) -> Result<Self> {
        let requests = read_captures(folder)?;
        let spans = requests.iter().map(|request| spans_of(request).count() as u64).sum();
        let starts = || requests.iter().flat_map(spans_of).map(|span| span.start_time_unix_nano);
        let earliest_ns = starts().min().context("the captures hold no span")?;
        let latest_ns = starts().max().unwrap_or(earliest_ns);
        Ok(Self { requests, spans, earliest_ns, latest_ns })
    }

    /// Spans of one replay.
    pub fn spans(&self) -> u64 {
        self.spans
    }

    /// The requests of one replay of `count` over the period. The last one ends with it, so that
    /// its last hour is never empty.
    fn requests(
        &self,
        replay: u64,
        count: u64,
        period: Period,
    ) -> impl Iterator<Item = ExportTraceServiceRequest> {
        let end_ns = period.end_ns - (self.latest_ns - self.earliest_ns);
        let begins = Period { start_ns: period.start_ns, end_ns };
        let shift = begins.at(replay + 1, count).cast_signed() - self.earliest_ns.cast_signed();
        self.requests.iter().map(move |capture| {
            let mut request = capture.clone();
            remap(&mut request, replay, shift);
            request
        })
    }

    /// The same as bodies of OTLP/HTTP.
    pub fn replayed(
        &self,
        replay: u64,
        count: u64,
        period: Period,
    ) -> impl Iterator<Item = Vec<u8>> {
        self.requests(replay, count, period).map(|request| request.encode_to_vec())
    }
}

/// At least `spans` real spans: whole replays of the captures, each a little later than the last.
pub fn build(
    captures: &Path,
    folder: &Path,
    spans: u64,
    period: Period,
    with_rows: bool,
) -> Result<DataSet> {
    let captures = Captures::read(captures)?;
    let replays = spans.div_ceil(captures.spans.max(1)).max(1);
    let mut writer = DataWriter::create(folder, "spans_real", with_rows)?;
    let mut truth = Truth { rows: replays * captures.spans, ..Truth::default() };
    for replay in 0..replays {
        for request in captures.requests(replay, replays, period) {
            let count = spans_of(&request).count();
            for span in spans_of(&request) {
                let is_error = span.status.as_ref().is_some_and(|status| status.code == 2);
                truth.errors += u64::from(is_error);
                if replay == replays / 2 && truth.trace_id.is_empty() && !span.trace_id.is_empty() {
                    truth.trace_id = hex(&span.trace_id);
                }
            }
            writer.add(&request.encode_to_vec(), count, |write| rows::spans(&request, write))?;
        }
    }
    let (requests, rows_file) = writer.finish()?;
    Ok(DataSet { name: "spans_real", signal: "traces", table: "spans", requests, rows_file, truth })
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::trace::v1::span::Link;

    #[test]
    fn a_replay_keeps_parents_and_links_and_differs_from_other_replays() {
        let parent = hannun_e2e::otlp::span(1, 1_000);
        let mut child = hannun_e2e::otlp::span(2, 2_000);
        child.parent_span_id = parent.span_id.clone();
        child.links = vec![Link { span_id: parent.span_id.clone(), ..Link::default() }];
        let body = hannun_e2e::otlp::traces("replay", vec![parent, child]);
        let original = ExportTraceServiceRequest::decode(&body[..]).unwrap();
        let replayed = |replay| {
            let mut request = original.clone();
            remap(&mut request, replay, 500);
            spans_of(&request).cloned().collect::<Vec<_>>()
        };
        let (first, second) = (replayed(0), replayed(1));
        assert_eq!(first[1].parent_span_id, first[0].span_id);
        assert_eq!(first[1].links[0].span_id, first[0].span_id);
        assert_eq!(first[0].start_time_unix_nano, 1_500);
        assert_ne!(first[0].span_id, second[0].span_id);
        assert_eq!(first[0].parent_span_id, Vec::<u8>::new());
    }
}
