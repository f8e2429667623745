//! What lies past a limit is dropped or rejected, counted, and never takes the rest with it.

use super::generate::NOW_NS;
use super::support::{export, span};
use crate::otlp::map::{Clock, Reject, Tally};
use crate::otlp::wire::Slice;
use crate::otlp::{Decoded, Signal, decode, restore};
use hannun_model::limits::{
    ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTE_VALUE_BYTES_MAX, ATTRIBUTES_PER_ITEM_MAX,
    EVENTS_PER_SPAN_MAX, ROWS_PER_REQUEST_MAX, VALUE_DEPTH_MAX,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;

fn decode_spans(spans: Vec<Span>) -> Decoded {
    let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
    decode(Signal::Traces, &export(spans), clock).unwrap()
}

fn restored(decoded: &Decoded) -> Vec<Span> {
    let requests = restore::spans(decoded.batch.records()).unwrap();
    requests.into_iter().flat_map(|mut one| one.scope_spans.remove(0).spans).collect()
}

fn attribute(key: &str, value: Value) -> KeyValue {
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(Value::ArrayValue(ArrayValue::default()), |inner, _| {
        Value::ArrayValue(ArrayValue { values: vec![AnyValue { value: Some(inner) }] })
    })
}

#[test]
fn a_value_nested_too_deeply_rejects_its_span_only() {
    let mut deepest = span(1);
    deepest.attributes = vec![attribute("a", nested(VALUE_DEPTH_MAX))];
    let mut too_deep = span(1);
    too_deep.attributes = vec![attribute("a", nested(VALUE_DEPTH_MAX + 1))];
    let decoded = decode_spans(vec![deepest.clone(), too_deep, span(1)]);
    let mut rejected = Tally::default();
    rejected.reject(Reject::TooDeep);
    assert_eq!(decoded.tally, rejected);
    assert_eq!(restored(&decoded)[0].attributes, deepest.attributes);
    assert_eq!(decoded.batch.rows(), 2);
}

#[test]
fn attributes_and_events_past_the_limit_are_counted_as_dropped() {
    let mut large = span(1);
    large.attributes = (0..ATTRIBUTES_PER_ITEM_MAX + 2)
        .map(|index| attribute(&format!("key{index}"), Value::IntValue(1)))
        .collect();
    large.attributes[0].key = "k".repeat(ATTRIBUTE_KEY_BYTES_MAX + 1);
    large.dropped_attributes_count = 10;
    large.events = vec![Event::default(); EVENTS_PER_SPAN_MAX + 1];
    let decoded = decode_spans(vec![large]);
    let kept = &restored(&decoded)[0];
    assert_eq!(kept.attributes.len(), ATTRIBUTES_PER_ITEM_MAX - 1);
    assert_eq!(kept.dropped_attributes_count, 13);
    assert_eq!((kept.events.len(), kept.dropped_events_count), (EVENTS_PER_SPAN_MAX, 1));
    assert_eq!((decoded.tally.dropped_attributes, decoded.tally.dropped_events), (3, 1));
}

#[test]
fn a_long_value_is_cut_at_a_character() {
    let mut long = span(1);
    let text = format!("x{}", "한".repeat(ATTRIBUTE_VALUE_BYTES_MAX / 3 + 1));
    long.attributes = vec![attribute("a", Value::StringValue(text))];
    let decoded = decode_spans(vec![long]);
    let kept = restored(&decoded)[0].attributes[0].value.clone().unwrap().value.unwrap();
    let Value::StringValue(kept) = kept else { panic!("a text") };
    assert_eq!(kept.len(), ATTRIBUTE_VALUE_BYTES_MAX);
    assert!(kept.starts_with("x한") && kept.ends_with('한'));
    assert_eq!(decoded.tally.cut_values, 1);
}

#[test]
fn text_that_is_not_utf8_is_replaced_and_counted() {
    let mut message = export(vec![Span { name: "abc".to_owned(), ..span(1) }]);
    let at = message.windows(3).position(|window| window == b"abc").unwrap();
    message[at + 1] = 0xff;
    let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
    let decoded = decode(Signal::Traces, &message, clock).unwrap();
    assert_eq!(restored(&decoded)[0].name, "a\u{fffd}c");
    assert_eq!(decoded.tally.invalid_strings, 1);
}

#[test]
fn items_past_the_limit_of_a_request_are_rejected() {
    // A scope holding empty log records of two bytes each.
    let records = [0x12, 0x00].repeat(ROWS_PER_REQUEST_MAX + 3);
    let wrap = |inner: Vec<u8>, key: u8| {
        let mut outer = vec![key];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(inner);
        outer
    };
    let message = wrap(wrap(records, 0x12), 0x0a);
    assert!(Slice::whole(&message).fields().next().is_ok());
    let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
    let decoded = decode(Signal::Logs, &message, clock).unwrap();
    assert_eq!(decoded.batch.rows(), ROWS_PER_REQUEST_MAX);
    assert_eq!(decoded.tally.rejected[Reject::TooManyItems as usize], 3);
}

#[test]
fn an_equal_series_has_an_equal_id_whatever_the_order_of_its_attributes() {
    let point = |attributes: &str| {
        let json = format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m",
            "gauge":{{"dataPoints":[{{"timeUnixNano":1,"asInt":1,"attributes":[{attributes}]}}]
            }}}}]}}]}}]}}"#
        );
        let message = crate::otlp::json::to_protobuf(Signal::Metrics, json.as_bytes()).unwrap();
        let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
        let decoded = decode(Signal::Metrics, &message, clock).unwrap();
        let ids = decoded.batch.records().column_by_name("series_id").unwrap().clone();
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(&ids).value(0)
    };
    let (a, b) =
        (r#"{"key":"a","value":{"intValue":1}}"#, r#"{"key":"b","value":{"stringValue":"1"}}"#);
    assert_eq!(point(&format!("{a},{b}")), point(&format!("{b},{a}")));
    assert_ne!(point(a), point(b));
}
