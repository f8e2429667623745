//! Rows of `metric_points` to metrics of one point.

use super::RestoreError;
use super::attributes::key_values;
use super::row::Row;
use super::traces::number_or_name;
use arrow::array::RecordBatch;
use hannun_model::table::{Table, metric_points as columns};
use hannun_model::value::Value;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, exemplar, number_data_point,
};

/// One `ResourceMetrics` with one metric of one point for each row.
pub fn metrics(records: &RecordBatch) -> Result<Vec<ResourceMetrics>, RestoreError> {
    Row::restore_all(Table::MetricPoints, records, |row| {
        let (resource, schema_url) = row.resource()?;
        let (scope, scope_schema_url) = row.scope()?;
        let metric = Metric {
            name: row.text_or_empty(columns::METRIC_NAME)?,
            description: row.text_or_empty(columns::METRIC_DESCRIPTION)?,
            unit: row.text_or_empty(columns::METRIC_UNIT)?,
            metadata: key_values(row.object(columns::METRIC_METADATA)?),
            data: Some(data(row)?),
        };
        let scope_metrics =
            ScopeMetrics { scope, metrics: vec![metric], schema_url: scope_schema_url };
        Ok(ResourceMetrics { resource, scope_metrics: vec![scope_metrics], schema_url })
    })
}

fn data(row: Row<'_>) -> Result<Data, RestoreError> {
    let aggregation_temporality =
        number_or_name(row, columns::AGGREGATION_TEMPORALITY, &["delta", "cumulative"])?;
    Ok(match row.text(columns::METRIC_TYPE)? {
        Some("gauge") => Data::Gauge(Gauge { data_points: vec![number(row)?] }),
        Some("sum") => Data::Sum(Sum {
            data_points: vec![number(row)?],
            aggregation_temporality,
            is_monotonic: row.flag(columns::IS_MONOTONIC)?,
        }),
        Some("histogram") => Data::Histogram(Histogram {
            data_points: vec![histogram(row)?],
            aggregation_temporality,
        }),
        Some("exponential_histogram") => Data::ExponentialHistogram(ExponentialHistogram {
            data_points: vec![exponential_histogram(row)?],
            aggregation_temporality,
        }),
        Some("summary") => Data::Summary(Summary { data_points: vec![summary(row)?] }),
        _ => return Err(row.error(columns::METRIC_TYPE, "a type of metric")),
    })
}

fn times(row: Row<'_>) -> Result<(u64, u64), RestoreError> {
    let start_time = row.int_or_zero(columns::START_TIME)?;
    Ok((start_time as u64, row.int_or_zero(columns::TIME)? as u64))
}

fn attributes(row: Row<'_>) -> Result<Vec<KeyValue>, RestoreError> {
    Ok(key_values(row.object(columns::ATTRIBUTES)?))
}

fn number(row: Row<'_>) -> Result<NumberDataPoint, RestoreError> {
    let (start_time_unix_nano, time_unix_nano) = times(row)?;
    let value = match row.int(columns::VALUE_INT)? {
        Some(int) => Some(number_data_point::Value::AsInt(int)),
        None => row.float(columns::VALUE)?.map(number_data_point::Value::AsDouble),
    };
    Ok(NumberDataPoint {
        attributes: attributes(row)?,
        start_time_unix_nano,
        time_unix_nano,
        exemplars: exemplars(row)?,
        flags: row.count(columns::FLAGS)?,
        value,
    })
}

fn histogram(row: Row<'_>) -> Result<HistogramDataPoint, RestoreError> {
    let (start_time_unix_nano, time_unix_nano) = times(row)?;
    Ok(HistogramDataPoint {
        attributes: attributes(row)?,
        start_time_unix_nano,
        time_unix_nano,
        count: row.uint_or_zero(columns::COUNT)?,
        sum: row.float(columns::SUM)?,
        bucket_counts: row.uints(columns::BUCKET_COUNTS)?,
        explicit_bounds: row.floats(columns::EXPLICIT_BOUNDS)?,
        exemplars: exemplars(row)?,
        flags: row.count(columns::FLAGS)?,
        min: row.float(columns::MIN)?,
        max: row.float(columns::MAX)?,
    })
}

fn exponential_histogram(row: Row<'_>) -> Result<ExponentialHistogramDataPoint, RestoreError> {
    let (start_time_unix_nano, time_unix_nano) = times(row)?;
    Ok(ExponentialHistogramDataPoint {
        attributes: attributes(row)?,
        start_time_unix_nano,
        time_unix_nano,
        count: row.uint_or_zero(columns::COUNT)?,
        sum: row.float(columns::SUM)?,
        scale: row.int_or_zero(columns::SCALE)? as i32,
        zero_count: row.uint_or_zero(columns::ZERO_COUNT)?,
        positive: buckets(row, columns::POSITIVE_OFFSET, columns::POSITIVE_BUCKET_COUNTS)?,
        negative: buckets(row, columns::NEGATIVE_OFFSET, columns::NEGATIVE_BUCKET_COUNTS)?,
        flags: row.count(columns::FLAGS)?,
        exemplars: exemplars(row)?,
        min: row.float(columns::MIN)?,
        max: row.float(columns::MAX)?,
        zero_threshold: row.float(columns::ZERO_THRESHOLD)?.unwrap_or_default(),
    })
}

fn buckets(
    row: Row<'_>,
    offset_column: usize,
    counts_column: usize,
) -> Result<Option<Buckets>, RestoreError> {
    let Some(offset) = row.int(offset_column)? else { return Ok(None) };
    Ok(Some(Buckets { offset: offset as i32, bucket_counts: row.uints(counts_column)? }))
}

fn summary(row: Row<'_>) -> Result<SummaryDataPoint, RestoreError> {
    let (start_time_unix_nano, time_unix_nano) = times(row)?;
    let quantile_values = row
        .floats(columns::QUANTILES)?
        .into_iter()
        .zip(row.floats(columns::QUANTILE_VALUES)?)
        .map(|(quantile, value)| ValueAtQuantile { quantile, value })
        .collect();
    Ok(SummaryDataPoint {
        attributes: attributes(row)?,
        start_time_unix_nano,
        time_unix_nano,
        count: row.uint_or_zero(columns::COUNT)?,
        sum: row.float(columns::SUM)?.unwrap_or_default(),
        quantile_values,
        flags: row.count(columns::FLAGS)?,
    })
}

fn exemplars(row: Row<'_>) -> Result<Vec<Exemplar>, RestoreError> {
    let objects = row.objects(columns::EXEMPLARS)?;
    Ok(objects
        .into_iter()
        .map(|mut object| Exemplar {
            filtered_attributes: object.attributes(),
            time_unix_nano: object.time("time"),
            span_id: object.id("span_id"),
            trace_id: object.id("trace_id"),
            value: match object.take("value") {
                Some(Value::Int(int)) => Some(exemplar::Value::AsInt(int)),
                Some(Value::Double(double)) => Some(exemplar::Value::AsDouble(double)),
                _ => None,
            },
        })
        .collect())
}
