//! OTLP/JSON as real senders write it.

use super::generate::NOW_NS;
use crate::otlp::map::Clock;
use crate::otlp::{Signal, decode, json, restore};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;

const CLOCK: Clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };

#[test]
fn spans_as_the_specification_writes_them_are_read() {
    let text = r#"{"resourceSpans":[{"unknown":{"a":[1]},
        "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"order"}}]},
        "scopeSpans":[{"scope":{"name":"library","version":null},"spans":[{
            "traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
            "parentSpanId":"","name":"GET /orders","kind":"SPAN_KIND_SERVER",
            "startTimeUnixNano":"1544712660000000000","end_time_unix_nano":1544712661000000000,
            "attributes":[
                {"key":"a","value":{"intValue":"9007199254740993"}},
                {"key":"b","value":{"intValue":7}},
                {"key":"c","value":{"doubleValue":"NaN"}},
                {"key":"d","value":{"bytesValue":"_-8"}},
                {"key":"e","value":{"arrayValue":{"values":[{"boolValue":true},{}]}}},
                {"key":"f"}],
            "status":{"code":2}}]}]}]}"#;
    let message = json::to_protobuf(Signal::Traces, text.as_bytes()).unwrap();
    let decoded = decode(Signal::Traces, &message, CLOCK).unwrap();
    let restored = restore::spans(decoded.batch.records()).unwrap();
    let span = &restored[0].scope_spans[0].spans[0];
    assert_eq!(span.trace_id[..3], [0x5b, 0x8e, 0xff]);
    assert_eq!((span.kind, span.parent_span_id.len()), (2, 0));
    assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 1_000_000_000);
    assert_eq!(span.status.as_ref().unwrap().code, 2);
    let value = |key: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key == key).unwrap();
        found.value.clone().unwrap().value
    };
    assert_eq!(value("a"), Some(Value::IntValue(9_007_199_254_740_993)));
    assert_eq!(value("b"), Some(Value::IntValue(7)));
    assert!(matches!(value("c"), Some(Value::DoubleValue(nan)) if nan.is_nan()));
    assert_eq!(value("d"), Some(Value::BytesValue(vec![0xff, 0xef])));
    assert!(matches!(value("e"), Some(Value::ArrayValue(array)) if array.values.len() == 2));
    assert_eq!(value("f"), None);
}

#[test]
fn points_with_numbers_as_text_are_read() {
    let text = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"m","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA",
            "isMonotonic":true,"dataPoints":[{"timeUnixNano":"1","asInt":"-5"}]}},
        {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":1,
            "count":"3","sum":1.5,"bucketCounts":["1",2],"explicitBounds":[10]}]}},
        {"name":"e","exponentialHistogram":{"dataPoints":[{"timeUnixNano":1e0,"scale":-3,
            "positive":{"offset":-2,"bucketCounts":["4"]}}]}}]}]}]}"#;
    let message = json::to_protobuf(Signal::Metrics, text.as_bytes()).unwrap();
    let decoded = decode(Signal::Metrics, &message, CLOCK).unwrap();
    let restored = restore::metrics(decoded.batch.records()).unwrap();
    let data = |row: usize| restored[row].scope_metrics[0].metrics[0].data.clone().unwrap();
    let Data::Sum(sum) = data(0) else { panic!("a sum") };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (1, true));
    assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsInt(-5)));
    let Data::Histogram(histogram) = data(1) else { panic!("a histogram") };
    assert_eq!(histogram.data_points[0].bucket_counts, [1, 2]);
    assert_eq!(histogram.data_points[0].explicit_bounds, [10.0]);
    let Data::ExponentialHistogram(exponential) = data(2) else { panic!("a histogram") };
    let point = &exponential.data_points[0];
    assert_eq!((point.scale, point.positive.as_ref().unwrap().offset), (-3, -2));
}

#[test]
fn wrong_values_are_refused_by_field() {
    let cases = [
        (r#"{"resourceSpans":{"scopeSpans":{"spans":{"traceId":"xyz"}}}}"#, "traceId"),
        (r#"{"resourceSpans":{"scopeSpans":{"spans":{"kind":"NO_KIND"}}}}"#, "kind"),
        (r#"{"resourceSpans":{"scopeSpans":{"spans":{"flags":-1}}}}"#, "flags"),
        (r#"{"resourceSpans":{"scopeSpans":{"spans":{"name":5}}}}"#, "name"),
        (r#"[]"#, "resourceSpans"),
        (r#"{"resourceSpans":[]} x"#, "trailing"),
    ];
    for (text, field) in cases {
        let error = json::to_protobuf(Signal::Traces, text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(field), "{text}: {error}");
    }
}
