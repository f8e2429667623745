//! Parts of OTLP messages, for what no SDK of the shop measures.

use opentelemetry_proto::tonic::common::v1::any_value::Value as AttributeValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

pub fn attribute(key: &str, value: AttributeValue) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

pub fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, AttributeValue::StringValue(value.to_owned()))
}

pub fn flag(value: bool) -> AttributeValue {
    AttributeValue::BoolValue(value)
}

pub fn resource(attributes: Vec<KeyValue>) -> Resource {
    Resource { attributes, ..Resource::default() }
}

pub fn double(value: f64) -> Value {
    Value::AsDouble(value)
}

pub fn integer(value: i64) -> Value {
    Value::AsInt(value)
}

fn point(value: Value, start_nanos: u64, nanos: u64) -> NumberDataPoint {
    NumberDataPoint {
        start_time_unix_nano: start_nanos,
        time_unix_nano: nanos,
        value: Some(value),
        ..NumberDataPoint::default()
    }
}

fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), unit: unit.to_owned(), data: Some(data), ..Metric::default() }
}

pub fn gauge(name: &str, unit: &str, value: Value, nanos: u64) -> Metric {
    metric(name, unit, Data::Gauge(Gauge { data_points: vec![point(value, 0, nanos)] }))
}

/// A counter since `times.0`, at `times.1`.
pub fn sum(name: &str, unit: &str, value: Value, times: (u64, u64)) -> Metric {
    grown(name, unit, vec![point(value, times.0, times.1)], AggregationTemporality::Cumulative)
}

/// What a counter grew by in each of some spans of time.
pub fn increments(name: &str, unit: &str, grown_by: &[(i64, (u64, u64))]) -> Metric {
    let points =
        grown_by.iter().map(|(value, (start, end))| point(integer(*value), *start, *end)).collect();
    grown(name, unit, points, AggregationTemporality::Delta)
}

fn grown(
    name: &str,
    unit: &str,
    data_points: Vec<NumberDataPoint>,
    temporality: AggregationTemporality,
) -> Metric {
    let sum = Sum { data_points, aggregation_temporality: temporality as i32, is_monotonic: true };
    metric(name, unit, Data::Sum(sum))
}

/// The same sum, its points with attributes.
pub fn with_labels(mut metric: Metric, labels: &[KeyValue]) -> Metric {
    if let Some(Data::Sum(sum)) = &mut metric.data {
        for point in &mut sum.data_points {
            point.attributes = labels.to_vec();
        }
    }
    metric
}
