//! OTLP requests for the tests.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use std::io::Write;

/// A text attribute.
pub fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A resource with only a service name.
pub fn resource(service: &str) -> Option<Resource> {
    Some(Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: "e2e".to_owned(), ..InstrumentationScope::default() })
}

/// A span whose span id is `id` and whose trace id tells `id` too.
pub fn span(id: u64, time_ns: u64) -> Span {
    let mut trace_id = 0x5eed_u64.to_be_bytes().to_vec();
    trace_id.extend_from_slice(&id.to_be_bytes());
    Span {
        trace_id,
        span_id: id.to_be_bytes().to_vec(),
        name: "work".to_owned(),
        kind: 2,
        start_time_unix_nano: time_ns,
        end_time_unix_nano: time_ns + 1_000_000,
        ..Span::default()
    }
}

/// A log whose body is `item-<id>`.
pub fn log(id: u64, time_ns: u64) -> LogRecord {
    LogRecord {
        time_unix_nano: time_ns,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(AnyValue { value: Some(any_value::Value::StringValue(format!("item-{id}"))) }),
        ..LogRecord::default()
    }
}

/// A gauge point whose value is `id`.
pub fn point(id: u64, time_ns: u64) -> NumberDataPoint {
    NumberDataPoint {
        time_unix_nano: time_ns,
        value: Some(number_data_point::Value::AsInt(i64::try_from(id).expect("a small id"))),
        ..NumberDataPoint::default()
    }
}

/// A traces request.
pub fn traces(service: &str, spans: Vec<Span>) -> Vec<u8> {
    traces_of(resource(service), spans)
}

/// A traces request of this resource.
pub fn traces_of(resource: Option<Resource>, spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, ..ScopeSpans::default() }];
    let resource_spans = ResourceSpans { resource, scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec()
}

/// A logs request.
pub fn logs(service: &str, log_records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { scope: scope(), log_records, ..ScopeLogs::default() }];
    let resource_logs =
        ResourceLogs { resource: resource(service), scope_logs, ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }.encode_to_vec()
}

/// A metrics request with one gauge.
pub fn gauge(service: &str, name: &str, data_points: Vec<NumberDataPoint>) -> Vec<u8> {
    let metric = Metric {
        name: name.to_owned(),
        data: Some(metric::Data::Gauge(Gauge { data_points })),
        ..Metric::default()
    };
    let scope_metrics =
        vec![ScopeMetrics { scope: scope(), metrics: vec![metric], ..ScopeMetrics::default() }];
    let resource_metrics = ResourceMetrics {
        resource: resource(service),
        scope_metrics,
        ..ResourceMetrics::default()
    };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec()
}

/// Compresses.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}
