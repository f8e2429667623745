//! Random messages.

use hannun_model::semconv::{HotAttributes, item_attributes, resource_attributes};
use hannun_model::table::Table;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// The time of arrival in these tests.
pub const NOW_NS: i64 = 1_800_000_000_000_000_000;

pub fn time() -> impl Strategy<Value = u64> {
    1..=NOW_NS as u64
}

pub fn time_or_zero() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), time()]
}

pub fn id() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![]), vec(any::<u8>(), 16), vec(any::<u8>(), 8), vec(any::<u8>(), 0..40)]
}

pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,20}", ".{0,6}", "[\u{0}-\u{9}]{0,3}", "-?[0-9]{1,4}"]
}

pub fn double() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), Just(f64::NAN), (-500_i32..600).prop_map(f64::from)]
}

pub fn count() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), any::<u32>()]
}

pub fn value() -> impl Strategy<Value = AnyValue> {
    use any_value::Value as V;
    let leaf = prop_oneof![
        Just(None),
        text().prop_map(|text| Some(V::StringValue(text))),
        any::<bool>().prop_map(|flag| Some(V::BoolValue(flag))),
        prop_oneof![any::<i64>(), 0_i64..600].prop_map(|int| Some(V::IntValue(int))),
        double().prop_map(|double| Some(V::DoubleValue(double))),
        vec(any::<u8>(), 0..6).prop_map(|bytes| Some(V::BytesValue(bytes))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| Some(V::ArrayValue(ArrayValue { values }))),
            vec(("[a-c$]{0,3}", inner), 0..4).prop_map(|entries| {
                let values = entries.into_iter().map(|(key, value)| key_value(key, value));
                Some(V::KvlistValue(KeyValueList { values: values.collect() }))
            }),
        ]
        .prop_map(|value| AnyValue { value })
    })
}

fn key_value(key: String, value: AnyValue) -> KeyValue {
    KeyValue { key, value: Some(value), ..KeyValue::default() }
}

/// Attributes of which half have columns; few keys, so that they repeat and meet their aliases.
pub fn attributes(hot: &'static HotAttributes) -> impl Strategy<Value = Vec<KeyValue>> {
    let mut keys: Vec<&str> = hot.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    // Old and new names of the same columns, often together.
    let meeting = [
        "http.method",
        "http.request.method",
        "http.status_code",
        "http.response.status_code",
        "net.peer.name",
        "net.host.name",
        "server.address",
        "deployment.environment",
        "deployment.environment.name",
        "service.name",
    ];
    let mut meeting = meeting.to_vec();
    meeting.retain(|key| hot.get(key).is_some());
    keys.push("plain");
    meeting.push("plain");
    let key = prop_oneof![
        "[a-c$.]{0,4}",
        select(keys).prop_map(str::to_owned),
        select(meeting).prop_map(str::to_owned),
    ];
    let text_value =
        text().prop_map(|text| AnyValue { value: Some(any_value::Value::StringValue(text)) });
    let value = prop_oneof![value(), text_value];
    let entry = (key, option::weighted(0.95, value)).prop_map(|(key, value)| KeyValue {
        key,
        value,
        ..KeyValue::default()
    });
    vec(entry, 0..8)
}

pub fn plain_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    attributes(item_attributes(Table::MetricPoints))
}

fn entity_ref() -> impl Strategy<Value = EntityRef> {
    (text(), text(), vec(text(), 0..3), vec(text(), 0..3)).prop_map(
        |(schema_url, r#type, id_keys, description_keys)| EntityRef {
            schema_url,
            r#type,
            id_keys,
            description_keys,
        },
    )
}

pub fn resource(table: Table) -> impl Strategy<Value = Option<Resource>> {
    option::weighted(
        0.8,
        (attributes(resource_attributes(table)), count(), vec(entity_ref(), 0..2)).prop_map(
            |(attributes, dropped_attributes_count, entity_refs)| Resource {
                attributes,
                dropped_attributes_count,
                entity_refs,
            },
        ),
    )
}

pub fn scope() -> impl Strategy<Value = Option<InstrumentationScope>> {
    option::weighted(
        0.8,
        (text(), text(), plain_attributes(), count()).prop_map(
            |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
                name,
                version,
                attributes,
                dropped_attributes_count,
            },
        ),
    )
}

fn event() -> impl Strategy<Value = Event> {
    (prop_oneof![Just(0), any::<u64>()], text(), plain_attributes(), count()).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (id(), id(), text(), plain_attributes(), count(), count()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn status() -> impl Strategy<Value = Option<Status>> {
    option::of((text(), -1..5_i32).prop_map(|(message, code)| Status { message, code }))
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id(), id(), id(), text(), text(), -1..8_i32);
    let times = (time(), prop_oneof![time_or_zero(), any::<u64>()]);
    let lists = (attributes(item_attributes(Table::Spans)), vec(event(), 0..3), vec(link(), 0..3));
    (ids, times, lists, (count(), count(), count(), count()), status()).prop_map(
        |(ids, times, (attributes, events, links), counts, status)| Span {
            trace_id: ids.0,
            span_id: ids.1,
            parent_span_id: ids.2,
            trace_state: ids.3,
            name: ids.4,
            kind: ids.5,
            start_time_unix_nano: times.0,
            end_time_unix_nano: times.1,
            attributes,
            events,
            links,
            flags: counts.0,
            dropped_attributes_count: counts.1,
            dropped_events_count: counts.2,
            dropped_links_count: counts.3,
            status,
        },
    )
}

pub fn traces() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let by_scope = (scope(), vec(span(), 0..4), text())
        .prop_map(|(scope, spans, schema_url)| ScopeSpans { scope, spans, schema_url });
    let by_resource = (resource(Table::Spans), vec(by_scope, 0..3), text()).prop_map(
        |(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url },
    );
    vec(by_resource, 0..3).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn record() -> impl Strategy<Value = LogRecord> {
    let texts = (text(), text(), -1..30_i32);
    let rest = (option::of(value()), attributes(item_attributes(Table::Logs)));
    (time_or_zero(), time_or_zero(), texts, rest, (count(), count()), (id(), id())).prop_map(
        |(time, observed_time, texts, (body, attributes), counts, ids)| LogRecord {
            time_unix_nano: time,
            observed_time_unix_nano: observed_time,
            severity_text: texts.0,
            event_name: texts.1,
            severity_number: texts.2,
            body,
            attributes,
            dropped_attributes_count: counts.0,
            flags: counts.1,
            trace_id: ids.0,
            span_id: ids.1,
        },
    )
}

pub fn logs() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let by_scope = (scope(), vec(record(), 0..4), text())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let by_resource = (resource(Table::Logs), vec(by_scope, 0..3), text()).prop_map(
        |(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url },
    );
    vec(by_resource, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}
