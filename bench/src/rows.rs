//! OTLP requests as flat JSON lines: the same rows for the peers that read no OTLP.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde_json::{Map, Value, json};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn value_of(value: Option<&AnyValue>) -> Value {
    use any_value::Value as Any;
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::BoolValue(value)) => json!(value),
        Some(Any::IntValue(value)) => json!(value),
        Some(Any::DoubleValue(value)) => json!(value),
        Some(Any::BytesValue(bytes)) => json!(hex(bytes)),
        Some(Any::ArrayValue(array)) => {
            array.values.iter().map(|item| value_of(Some(item))).collect()
        }
        Some(Any::KvlistValue(list)) => {
            let pairs = list.values.iter();
            pairs.map(|pair| (pair.key.clone(), value_of(pair.value.as_ref()))).collect()
        }
        Some(Any::StringValueStrindex(_)) | None => Value::Null,
    }
}

fn text_of(value: Option<&AnyValue>) -> String {
    match value_of(value) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Text by key: what both peers keep in a map column.
fn text_map(attributes: &[KeyValue]) -> Map<String, Value> {
    attributes
        .iter()
        .map(|pair| (pair.key.clone(), Value::String(text_of(pair.value.as_ref()))))
        .collect()
}

/// Service name and the other resource attributes.
fn resource_of(resource: Option<&Resource>) -> (Value, Value) {
    let mut map = resource.map(|resource| text_map(&resource.attributes)).unwrap_or_default();
    let service = map.remove("service.name").unwrap_or(Value::String(String::new()));
    (service, Value::Object(map))
}

/// One line a span.
pub fn spans(request: &ExportTraceServiceRequest, write: &mut dyn FnMut(&Value)) {
    for resource_spans in &request.resource_spans {
        let (service, resource) = resource_of(resource_spans.resource.as_ref());
        for scope_spans in &resource_spans.scope_spans {
            for span in &scope_spans.spans {
                let status = span.status.clone().unwrap_or_default();
                let events: Vec<Value> = span
                    .events
                    .iter()
                    .map(|event| {
                        json!({"time": event.time_unix_nano, "name": event.name,
                               "attributes": text_map(&event.attributes)})
                    })
                    .collect();
                let links: Vec<Value> = span
                    .links
                    .iter()
                    .map(|link| json!({"trace_id": hex(&link.trace_id), "span_id": hex(&link.span_id)}))
                    .collect();
                let duration =
                    span.end_time_unix_nano.cast_signed() - span.start_time_unix_nano.cast_signed();
                write(&json!({
                    "trace_id": hex(&span.trace_id), "span_id": hex(&span.span_id),
                    "parent_span_id": hex(&span.parent_span_id), "service_name": service,
                    "name": span.name, "kind": span.kind, "time_ns": span.start_time_unix_nano,
                    "duration": duration, "status_code": status.code,
                    "status_message": status.message, "attributes": text_map(&span.attributes),
                    "resource_attributes": resource, "events": Value::Array(events).to_string(),
                    "links": Value::Array(links).to_string(),
                }));
            }
        }
    }
}

/// One line a log record.
pub fn logs(request: &ExportLogsServiceRequest, write: &mut dyn FnMut(&Value)) {
    for resource_logs in &request.resource_logs {
        let (service, resource) = resource_of(resource_logs.resource.as_ref());
        for scope_logs in &resource_logs.scope_logs {
            for record in &scope_logs.log_records {
                write(&json!({
                    "time_ns": record.time_unix_nano, "service_name": service,
                    "severity_number": record.severity_number,
                    "severity_text": record.severity_text, "body": text_of(record.body.as_ref()),
                    "trace_id": hex(&record.trace_id), "span_id": hex(&record.span_id),
                    "attributes": text_map(&record.attributes), "resource_attributes": resource,
                }));
            }
        }
    }
}

/// One line a point. Of a histogram: its count, sum and buckets.
pub fn metric_points(request: &ExportMetricsServiceRequest, write: &mut dyn FnMut(&Value)) {
    for resource_metrics in &request.resource_metrics {
        let (service, resource) = resource_of(resource_metrics.resource.as_ref());
        for scope_metrics in &resource_metrics.scope_metrics {
            for metric in &scope_metrics.metrics {
                let mut point = |time: u64, attributes: &[KeyValue], rest: Value| {
                    let mut row = json!({
                        "metric_name": metric.name, "service_name": service, "time_ns": time,
                        "attributes": text_map(attributes), "resource_attributes": resource,
                    });
                    if let (Value::Object(row), Value::Object(rest)) = (&mut row, rest) {
                        row.extend(rest);
                    }
                    write(&row);
                };
                let numbers = match &metric.data {
                    Some(metric::Data::Gauge(gauge)) => &gauge.data_points[..],
                    Some(metric::Data::Sum(sum)) => &sum.data_points[..],
                    _ => &[],
                };
                for number in numbers {
                    let value = match number.value {
                        Some(number_data_point::Value::AsDouble(value)) => json!(value),
                        Some(number_data_point::Value::AsInt(value)) => json!(value),
                        None => Value::Null,
                    };
                    point(number.time_unix_nano, &number.attributes, json!({"value": value}));
                }
                if let Some(metric::Data::Histogram(histogram)) = &metric.data {
                    for item in &histogram.data_points {
                        let rest = json!({"count": item.count, "sum": item.sum,
                            "bucket_counts": item.bucket_counts,
                            "explicit_bounds": item.explicit_bounds});
                        point(item.time_unix_nano, &item.attributes, rest);
                    }
                }
            }
        }
    }
}
