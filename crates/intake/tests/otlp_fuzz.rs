//! Damaged OTLP messages: every decoder returns.
//!
//! A short run is part of every test; `HANNUN_FUZZ_SECONDS=120 cargo nextest run --run-ignored all
//! -E 'binary(otlp_fuzz)'` runs long. `HANNUN_FUZZ_SEED` replays the input that a failure names.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod mutate;

use hannun_intake::otlp::fuzz_decode;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use std::path::PathBuf;
use std::time::Duration;

/// A point of every metric type, as OTLP/JSON.
const METRICS_JSON: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name",
"value":{"stringValue":"cart"}}]},"scopeMetrics":[{"metrics":[
{"name":"a","unit":"s","gauge":{"dataPoints":[{"timeUnixNano":"1700000000000000000","asDouble":1.5}]}},
{"name":"b","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
{"timeUnixNano":"1700000000000000000","asInt":"-9","exemplars":[{"traceId":"0102030405060708090a0b0c0d0e0f10","asInt":"3"}]}]}},
{"name":"c","histogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1700000000000000000",
"count":"3","sum":4.5,"bucketCounts":["1","2"],"explicitBounds":[0.5],"min":0.1,"max":"NaN"}]}},
{"name":"d","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[{"timeUnixNano":"1700000000000000000",
"count":"3","scale":-2,"zeroCount":"1","positive":{"offset":-1,"bucketCounts":["1","1"]},"negative":{}}]}},
{"name":"e","summary":{"dataPoints":[{"timeUnixNano":"1700000000000000000","count":"2","sum":"Infinity",
"quantileValues":[{"quantile":0.5,"value":1}]}]}}]}]}]}"#;

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn attributes() -> Vec<KeyValue> {
    use any_value::Value as V;
    let nested = AnyValue { value: Some(V::BytesValue(vec![0, 255])) };
    vec![
        attribute("http.request.method", V::StringValue("GET".to_owned())),
        attribute("http.response.status_code", V::IntValue(-1)),
        attribute("ratio", V::DoubleValue(0.1)),
        attribute("list", V::ArrayValue(ArrayValue { values: vec![nested.clone(), nested] })),
    ]
}

fn traces() -> ExportTraceServiceRequest {
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "GET /주문".to_owned(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_000_000_000_900,
        attributes: attributes(),
        events: vec![Event {
            name: "retry".to_owned(),
            attributes: attributes(),
            ..Event::default()
        }],
        links: vec![Link { trace_id: vec![3; 16], span_id: vec![4; 8], ..Link::default() }],
        status: Some(Status { message: "no".to_owned(), code: 2 }),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: vec![span; 3], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }
}

fn logs() -> ExportLogsServiceRequest {
    let record = LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000,
        severity_number: 9,
        body: Some(AnyValue { value: Some(any_value::Value::StringValue("hello".to_owned())) }),
        attributes: attributes(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record; 3], ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
    ExportLogsServiceRequest { resource_logs }
}

/// Whole messages: made ones of every signal and encoding, and captured ones when they are here.
fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = vec![
        traces().encode_to_vec(),
        logs().encode_to_vec(),
        serde_json::to_vec(&traces()).unwrap(),
        serde_json::to_vec(&logs()).unwrap(),
        METRICS_JSON.as_bytes().to_vec(),
    ];
    let metrics = hannun_intake::otlp::json::to_protobuf(
        hannun_intake::otlp::Signal::Metrics,
        METRICS_JSON.as_bytes(),
    );
    corpus.push(metrics.unwrap().to_vec());
    let folder = std::env::var_os("HANNUN_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let captures = std::fs::read_dir(folder.join("traces")).into_iter().flatten();
    let mut captures: Vec<PathBuf> = captures.map(|file| file.unwrap().path()).collect();
    captures.retain(|path| path.extension().is_some_and(|extension| extension == "bin"));
    captures.sort();
    // A few: the smaller the input, the more of them in a second.
    corpus.extend(captures.iter().take(5).map(|path| std::fs::read(path).unwrap()));
    corpus
}

#[test]
fn damaged_messages_never_panic() {
    mutate::run(&corpus(), Duration::from_secs(1), fuzz_decode);
}

#[test]
#[ignore = "long: as many seconds as HANNUN_FUZZ_SECONDS says"]
fn damaged_messages_never_panic_however_long_one_tries() {
    let seconds = std::env::var("HANNUN_FUZZ_SECONDS").map_or(60, |text| text.parse().unwrap());
    mutate::run(&corpus(), Duration::from_secs(seconds), fuzz_decode);
}
