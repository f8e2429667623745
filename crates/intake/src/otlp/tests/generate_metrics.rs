//! Random metrics of every type.

use super::generate::{
    count, double, id, plain_attributes, resource, scope, text, time, time_or_zero,
};
use hannun_model::table::Table;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, exemplar, number_data_point,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn exemplar() -> impl Strategy<Value = Exemplar> {
    let value = prop_oneof![
        any::<i64>().prop_map(exemplar::Value::AsInt),
        double().prop_map(exemplar::Value::AsDouble),
    ];
    (plain_attributes(), any::<u64>(), id(), id(), option::of(value)).prop_map(
        |(filtered_attributes, time_unix_nano, span_id, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id,
            trace_id,
            value,
        },
    )
}

fn number() -> impl Strategy<Value = NumberDataPoint> {
    let value = prop_oneof![
        any::<i64>().prop_map(number_data_point::Value::AsInt),
        double().prop_map(number_data_point::Value::AsDouble),
    ];
    let rest = (option::weighted(0.9, value), vec(exemplar(), 0..2));
    (plain_attributes(), time_or_zero(), time(), count(), rest).prop_map(
        |(attributes, start_time_unix_nano, time_unix_nano, flags, (value, exemplars))| {
            NumberDataPoint {
                attributes,
                start_time_unix_nano,
                time_unix_nano,
                exemplars,
                flags,
                value,
            }
        },
    )
}

fn histogram() -> impl Strategy<Value = HistogramDataPoint> {
    let times = (time_or_zero(), time());
    let sums = (any::<u64>(), option::of(double()), option::of(double()), option::of(double()));
    let lists = (vec(any::<u64>(), 0..5), vec(double(), 0..5), vec(exemplar(), 0..2));
    (plain_attributes(), times, sums, lists, count()).prop_map(
        |(attributes, times, sums, lists, flags)| HistogramDataPoint {
            attributes,
            start_time_unix_nano: times.0,
            time_unix_nano: times.1,
            count: sums.0,
            sum: sums.1,
            min: sums.2,
            max: sums.3,
            bucket_counts: lists.0,
            explicit_bounds: lists.1,
            exemplars: lists.2,
            flags,
        },
    )
}

fn buckets() -> impl Strategy<Value = Option<Buckets>> {
    let buckets = (any::<i32>(), vec(any::<u64>(), 0..5))
        .prop_map(|(offset, bucket_counts)| Buckets { offset, bucket_counts });
    option::of(prop_oneof![Just(Buckets::default()), buckets])
}

fn exponential() -> impl Strategy<Value = ExponentialHistogramDataPoint> {
    let sides = (any::<i32>(), buckets(), buckets(), any::<u64>(), double());
    (histogram(), sides).prop_map(|(point, sides)| ExponentialHistogramDataPoint {
        attributes: point.attributes,
        start_time_unix_nano: point.start_time_unix_nano,
        time_unix_nano: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        scale: sides.0,
        zero_count: sides.3,
        positive: sides.1,
        negative: sides.2,
        flags: point.flags,
        exemplars: point.exemplars,
        min: point.min,
        max: point.max,
        zero_threshold: sides.4,
    })
}

fn summary() -> impl Strategy<Value = SummaryDataPoint> {
    let quantile =
        (double(), double()).prop_map(|(quantile, value)| ValueAtQuantile { quantile, value });
    (plain_attributes(), time(), any::<u64>(), double(), vec(quantile, 0..4), count()).prop_map(
        |(attributes, time_unix_nano, count, sum, quantile_values, flags)| SummaryDataPoint {
            attributes,
            start_time_unix_nano: 0,
            time_unix_nano,
            count,
            sum,
            quantile_values,
            flags,
        },
    )
}

fn data() -> impl Strategy<Value = Data> {
    let temporality = || -1..4_i32;
    prop_oneof![
        vec(number(), 0..3).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (vec(number(), 0..3), temporality(), any::<bool>()).prop_map(
            |(data_points, aggregation_temporality, is_monotonic)| Data::Sum(Sum {
                data_points,
                aggregation_temporality,
                is_monotonic
            })
        ),
        (vec(histogram(), 0..3), temporality()).prop_map(
            |(data_points, aggregation_temporality)| Data::Histogram(Histogram {
                data_points,
                aggregation_temporality
            })
        ),
        (vec(exponential(), 0..3), temporality()).prop_map(
            |(data_points, aggregation_temporality)| {
                Data::ExponentialHistogram(ExponentialHistogram {
                    data_points,
                    aggregation_temporality,
                })
            }
        ),
        vec(summary(), 0..3).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ]
}

pub fn metrics() -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let metric = (text(), text(), text(), plain_attributes(), option::weighted(0.95, data()))
        .prop_map(|(name, description, unit, metadata, data)| Metric {
            name,
            description,
            unit,
            metadata,
            data,
        });
    let by_scope = (scope(), vec(metric, 0..3), text())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let by_resource = (resource(Table::MetricPoints), vec(by_scope, 0..3), text()).prop_map(
        |(resource, scope_metrics, schema_url)| ResourceMetrics {
            resource,
            scope_metrics,
            schema_url,
        },
    );
    vec(by_resource, 0..3)
        .prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}
