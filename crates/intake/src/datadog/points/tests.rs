use super::*;
use crate::otlp::{Signal, decode};
use arrow::array::{Array, AsArray, types};
use hannun_model::batch::Batch;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

const NOW_NS: i64 = 1_700_000_000_000_000_000;
const CLOCK: Clock = Clock { now_ns: NOW_NS, oldest_ns: NOW_NS - 3_600_000_000_000 };

fn point<'a>(tags: &'a [&'a str], value: PointValue<'a>) -> Point<'a> {
    Point {
        name: "orders.placed",
        unit: None,
        description: None,
        time_ns: NOW_NS,
        start_ns: Some(NOW_NS - 10_000_000_000),
        host: None,
        tags,
        resource: &[],
        scope: "datadog.test",
        value,
    }
}

fn written(points: &[Point<'_>]) -> Batch {
    let mut writer = PointWriter::new(CLOCK);
    points.iter().for_each(|point| writer.add(point).unwrap());
    writer.finish().unwrap().batch
}

fn text<'b>(batch: &'b Batch, column: &str, row: usize) -> Option<&'b str> {
    let array = batch.records().column_by_name(column)?.as_string_view();
    array.is_valid(row).then(|| array.value(row))
}

fn series(batch: &Batch, row: usize) -> i64 {
    let array = batch.records().column_by_name("series_id").unwrap();
    array.as_primitive::<types::Int64Type>().value(row)
}

#[test]
fn tags_that_say_where_a_point_comes_from_are_its_resource() {
    let tags = ["env:prod", "status:paid", "service:shop", "canary", "kube_job:nightly"];
    let with = Point {
        host: Some("web-1"),
        resource: &[("container.id", "c1"), ("service.name", "ignored")],
        ..point(&tags, PointValue::Delta(2.0))
    };
    let batch = written(&[with]);
    assert_eq!(text(&batch, "service_name", 0), Some("shop"));
    assert_eq!(text(&batch, "deployment_environment_name", 0), Some("prod"));
    assert_eq!(text(&batch, "host_name", 0), Some("web-1"));
    assert_eq!(text(&batch, "container_id", 0), Some("c1"));
    let rest = Some(r#"{"k8s.job.name":"nightly"}"#);
    assert_eq!(text(&batch, "resource_attributes", 0), rest);
    let attributes = Some(r#"{"canary":"","status":"paid"}"#);
    assert_eq!(text(&batch, "attributes", 0), attributes);
    assert_eq!(text(&batch, "metric_type", 0), Some("sum"));
    assert_eq!(text(&batch, "aggregation_temporality", 0), Some("delta"));
    assert_eq!(text(&batch, "scope_name", 0), Some("datadog.test"));
}

#[test]
fn the_host_of_a_tag_comes_before_the_one_of_the_sender() {
    let host = Point { host: Some("sender"), ..point(&["host:tagged"], PointValue::Gauge(1.0)) };
    assert_eq!(text(&written(&[host]), "host_name", 0), Some("tagged"));
}

#[test]
fn a_key_that_comes_twice_is_a_list_and_a_second_service_is_kept() {
    let tags = ["team:b", "team:a", "team:b", "service:two", "service:one"];
    let batch = written(&[point(&tags, PointValue::Gauge(1.0))]);
    assert_eq!(text(&batch, "service_name", 0), Some("one"));
    let attributes = Some(r#"{"service":"two","team":["a","b"]}"#);
    assert_eq!(text(&batch, "attributes", 0), attributes);
}

#[test]
fn the_order_of_tags_does_not_make_another_series() {
    let (forth, back) = (["a:1", "env:x", "b:2"], ["b:2", "a:1", "a:1", "env:x"]);
    let other = ["a:1", "env:y", "b:2"];
    let batch = written(&[
        point(&forth, PointValue::Gauge(1.0)),
        point(&back, PointValue::Gauge(2.0)),
        point(&other, PointValue::Gauge(2.0)),
        point(&forth, PointValue::Delta(2.0)),
    ]);
    assert_eq!(series(&batch, 0), series(&batch, 1));
    assert_ne!(series(&batch, 0), series(&batch, 2));
    assert_ne!(series(&batch, 0), series(&batch, 3));
    assert_eq!(text(&batch, "attributes", 0), text(&batch, "attributes", 1));
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = any_value::Value::StringValue(value.to_owned());
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// `orders.placed` of the shop by OTLP, as a sum of deltas.
fn by_otlp() -> Batch {
    let sum = Sum {
        data_points: vec![NumberDataPoint {
            time_unix_nano: NOW_NS as u64,
            attributes: vec![attribute("status", "paid"), attribute("a", "1")],
            value: Some(number_data_point::Value::AsDouble(2.0)),
            ..NumberDataPoint::default()
        }],
        aggregation_temporality: 1,
        is_monotonic: true,
    };
    let metric = Metric {
        name: "orders.placed".to_owned(),
        unit: "{order}".to_owned(),
        data: Some(metric::Data::Sum(sum)),
        ..Metric::default()
    };
    let attributes = vec![attribute("service.name", "shop"), attribute("k8s.job.name", "n")];
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource { attributes, ..Resource::default() }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "datadog.test".to_owned(),
                    ..InstrumentationScope::default()
                }),
                metrics: vec![metric],
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    };
    decode(Signal::Metrics, &request.encode_to_vec(), CLOCK).unwrap().batch
}

#[test]
fn a_series_has_the_number_that_it_has_over_otlp() {
    let tags = ["status:paid", "kube_job:n", "service:shop", "a:1"];
    let same = Point { unit: Some("{order}"), ..point(&tags, PointValue::Delta(2.0)) };
    let (ours, theirs) = (written(&[same]), by_otlp());
    assert_eq!(series(&ours, 0), series(&theirs, 0));
    for column in ["metric_type", "aggregation_temporality", "service_name", "scope_name"] {
        assert_eq!(text(&ours, column, 0), text(&theirs, column, 0), "{column}");
    }
}

#[test]
fn a_sketch_is_an_exponential_histogram_of_deltas() {
    let mut sketch = Sketch::new();
    for value in [1.5, 2.5, 2.5, 0.0, -4.0] {
        sketch.add(value, 2.0);
    }
    let batch = written(&[point(&[], PointValue::Sketch(&sketch))]);
    let uint = |column: &str| {
        let array = batch.records().column_by_name(column).unwrap();
        array.as_primitive::<types::UInt64Type>().value(0)
    };
    let counts = |column: &str| {
        let list = batch.records().column_by_name(column).unwrap().as_list::<i32>().value(0);
        list.as_primitive::<types::UInt64Type>().values().to_vec()
    };
    assert_eq!((uint("count"), uint("zero_count")), (10, 2));
    let positive = counts("positive_bucket_counts");
    assert_eq!((positive.first(), positive.last()), (Some(&2), Some(&4)));
    assert_eq!(positive.iter().sum::<u64>(), 6);
    assert_eq!(counts("negative_bucket_counts"), [2]);
    assert_eq!(text(&batch, "metric_type", 0), Some("exponential_histogram"));
}

#[test]
fn what_cannot_be_kept_is_counted_with_its_reason() {
    let mut writer = PointWriter::new(CLOCK);
    let good = point(&[], PointValue::Gauge(1.0));
    let bad = [
        (Point { value: PointValue::Gauge(f64::NAN), ..good }, Reject::Malformed),
        (Point { name: "", ..good }, Reject::Malformed),
        (Point { time_ns: -5, ..good }, Reject::TimeOutOfRange),
        (Point { time_ns: NOW_NS + 200_000_000_000_000, ..good }, Reject::Future),
        (Point { time_ns: 1, ..good }, Reject::OlderThanRetention),
    ];
    for (point, reason) in &bad {
        assert_eq!(writer.add(point), Err(*reason));
    }
    assert_eq!(writer.add(&good), Ok(()));
    let decoded = writer.finish().unwrap();
    assert_eq!((decoded.batch.rows(), decoded.tally.rejected_items()), (1, 5));
}

#[test]
fn texts_that_repeat_are_stored_once() {
    let tag = format!("long:{}", "x".repeat(1000));
    let tags = [tag.as_str()];
    let batch = written(&vec![point(&tags, PointValue::Gauge(1.0)); 200]);
    assert!(batch.bytes() < 40_000, "{} bytes", batch.bytes());
}

#[test]
fn a_value_past_the_limit_is_cut_and_its_json_stays_whole() {
    let (first, second) =
        (format!("a:{}", "x".repeat(1 << 20)), format!("b:{}", "y".repeat(2 << 20)));
    let tags = [first.as_str(), second.as_str()];
    let mut writer = PointWriter::new(CLOCK);
    writer.add(&point(&tags, PointValue::Gauge(1.0))).unwrap();
    let decoded = writer.finish().unwrap();
    assert_eq!(decoded.tally.cut_values, 1);
    let attributes = text(&decoded.batch, "attributes", 0).unwrap();
    let attributes: serde_json::Value = serde_json::from_str(attributes).unwrap();
    assert_eq!(attributes["b"].as_str().unwrap().len(), 1 << 20);
}

#[test]
fn long_tags_count_for_each_point_though_rows_share_them() {
    let tag = format!("a:{}", "x".repeat(1 << 20));
    let tags = [tag.as_str()];
    let mut writer = PointWriter::new(CLOCK);
    let added = (0..(2 * POINTS_BYTES_MAX) >> 20)
        .filter(|_| writer.add(&point(&tags, PointValue::Gauge(1.0))).is_ok())
        .count();
    assert!((100..=(POINTS_BYTES_MAX >> 20)).contains(&added), "{added}");
}

#[test]
fn a_sum_that_is_no_number_is_left_out_and_the_rest_stays() {
    let mut sketch = Sketch::new();
    for value in [f64::MAX, f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 5e-324] {
        assert!(sketch.add(value, 1e6));
    }
    let batch = written(&[point(&[], PointValue::Sketch(&sketch))]);
    let records = batch.records();
    assert!(records.column_by_name("sum").is_none_or(|sums| sums.is_null(0)));
    let counts = records.column_by_name("count").unwrap();
    assert_eq!(counts.as_primitive::<types::UInt64Type>().value(0), 5_000_000);
}
