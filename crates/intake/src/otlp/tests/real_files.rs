//! Captured requests of a real system.

use super::generate::NOW_NS;
use super::normal;
use crate::otlp::map::{Clock, Tally};
use crate::otlp::{Signal, decode, restore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

/// The captured requests; none when they are not on this machine.
fn captured_requests() -> Option<Vec<Vec<u8>>> {
    let folder = match std::env::var_os("HANNUN_TEST_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
    };
    let Ok(files) = std::fs::read_dir(folder.join("traces")) else {
        println!("SKIPPED: no captured traces in {}", folder.display());
        return None;
    };
    let paths = files.map(|file| file.unwrap().path());
    let captures =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "bin"));
    Some(captures.map(|path| std::fs::read(path).unwrap()).collect())
}

const CLOCK: Clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };

#[test]
fn captured_spans_come_back_as_they_were_sent() {
    let Some(requests) = captured_requests() else { return };
    let (mut spans, mut traces) = (0, HashSet::new());
    for request in requests {
        let decoded = decode(Signal::Traces, &request, CLOCK).unwrap();
        assert_eq!(decoded.tally, Tally::default());
        spans += decoded.batch.rows();
        let restored = restore::spans(decoded.batch.records()).unwrap();
        traces.extend(restored.iter().map(|spans| spans.scope_spans[0].spans[0].trace_id.clone()));
        let sent = ExportTraceServiceRequest::decode(request.as_slice()).unwrap();
        assert_eq!(normal::spans(restored), normal::spans(sent.resource_spans));
    }
    assert_eq!((spans, traces.len()), (3230, 966));
}

#[test]
#[ignore = "a measurement: run it alone with optimisation"]
fn decoding_takes_less_than_four_microseconds_a_span() {
    let Some(requests) = captured_requests() else { return };
    let rounds = 30;
    let mut fastest = f64::MAX;
    for _ in 0..rounds {
        let (start, mut spans) = (Instant::now(), 0);
        for request in &requests {
            spans += decode(Signal::Traces, request, CLOCK).unwrap().batch.rows();
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e6 / spans as f64);
    }
    println!("{fastest:.2} µs a span");
    assert!(fastest < 4.0, "{fastest:.2} µs a span");
}
