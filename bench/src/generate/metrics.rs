//! Seeded metrics: 20,000 noisy series of gauges, counters and histograms, scraped in rounds.

use super::words::{SERVICES, resource};
use super::{DataSet, DataWriter, Period, SECOND_NS, SEED, Truth};
use crate::rows;
use anyhow::Result;
use hannun_e2e::otlp::attribute;
use hannun_e2e::random::Random;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    Sum, metric,
};
use prost::Message;
use std::path::Path;

const SCRAPE_SECONDS: u64 = 15;
const METRICS_PER_SERVICE: usize = 50;
const SERIES_PER_METRIC: usize = 20;
const CUMULATIVE: i32 = 2;
const BOUNDS: [f64; 11] =
    [5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0];

/// What one series is at now.
#[derive(Debug, Clone)]
struct Series {
    value: f64,
    buckets: [u64; 12],
    sum: f64,
}

/// The kind of metric with this number: mostly gauges and counters, a few histograms.
fn kind(metric: usize) -> &'static str {
    match metric % 20 {
        0 => "histogram",
        1..=8 => "counter",
        _ => "gauge",
    }
}

fn labels(series: usize) -> Vec<KeyValue> {
    vec![
        attribute("endpoint", &format!("/api/v1/resource/{}", series % 10)),
        attribute("zone", ["a", "b"][series / 10 % 2]),
    ]
}

fn number(series: usize, value: f64, start_ns: u64, time_ns: u64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: labels(series),
        start_time_unix_nano: start_ns,
        time_unix_nano: time_ns,
        value: Some(Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

/// One round of one metric.
fn scrape(
    metric: usize,
    all: &mut [Series],
    random: &mut Random,
    start_ns: u64,
    time_ns: u64,
) -> Metric {
    let kind = kind(metric);
    let data = if kind == "histogram" {
        let points = all.iter_mut().enumerate().map(|(index, series)| {
            for _ in 0..1 + random.below(20) {
                let bucket = random.below(12) as usize;
                series.buckets[bucket] += 1;
                series.sum += BOUNDS.get(bucket).copied().unwrap_or(9_000.0) * 0.7;
            }
            HistogramDataPoint {
                attributes: labels(index),
                start_time_unix_nano: start_ns,
                time_unix_nano: time_ns,
                count: series.buckets.iter().sum(),
                sum: Some(series.sum),
                bucket_counts: series.buckets.to_vec(),
                explicit_bounds: BOUNDS.to_vec(),
                ..HistogramDataPoint::default()
            }
        });
        let data_points = points.collect();
        metric::Data::Histogram(Histogram { data_points, aggregation_temporality: CUMULATIVE })
    } else {
        let points = all.iter_mut().enumerate().map(|(index, series)| {
            let noise = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            series.value += if kind == "counter" { (noise * 100.0).floor() } else { noise - 0.5 };
            number(index, series.value, start_ns, time_ns)
        });
        let data_points = points.collect();
        if kind == "counter" {
            metric::Data::Sum(Sum {
                data_points,
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            })
        } else {
            metric::Data::Gauge(Gauge { data_points })
        }
    };
    let name = format!("shop.{kind}.{metric}");
    Metric { name, unit: "1".to_owned(), data: Some(data), ..Metric::default() }
}

/// At least `points` points: whole rounds of every series.
pub fn build(folder: &Path, points: u64, period: Period, with_rows: bool) -> Result<DataSet> {
    let mut random = Random::new(SEED + 2);
    let mut writer = DataWriter::create(folder, "metric_points", with_rows)?;
    let fresh = Series { value: 100.0, buckets: [0; 12], sum: 0.0 };
    let series_count = SERVICES.len() * METRICS_PER_SERVICE * SERIES_PER_METRIC;
    let mut state = vec![fresh; series_count];
    let rounds = points.div_ceil(series_count as u64).max(1);
    let start_ns = period.end_ns - rounds * SCRAPE_SECONDS * SECOND_NS;
    for round in 0..rounds {
        let time_ns = start_ns + round * SCRAPE_SECONDS * SECOND_NS;
        for (service, of_service) in
            state.chunks_mut(METRICS_PER_SERVICE * SERIES_PER_METRIC).enumerate()
        {
            let metrics = of_service
                .chunks_mut(SERIES_PER_METRIC)
                .enumerate()
                .map(|(metric, all)| scrape(metric, all, &mut random, start_ns, time_ns))
                .collect();
            let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
            let resource_metrics = vec![ResourceMetrics {
                resource: Some(resource(service, 0)),
                scope_metrics,
                ..ResourceMetrics::default()
            }];
            let request = ExportMetricsServiceRequest { resource_metrics };
            let count = METRICS_PER_SERVICE * SERIES_PER_METRIC;
            writer.add(&request.encode_to_vec(), count, |write| {
                rows::metric_points(&request, write)
            })?;
        }
    }
    let (requests, rows_file) = writer.finish()?;
    let truth = Truth { rows: rounds * series_count as u64, ..Truth::default() };
    let name = "metric_points";
    Ok(DataSet { name, signal: "metrics", table: name, requests, rows_file, truth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_one_point_of_each_of_twenty_thousand_series() {
        let folder = tempfile::tempdir().unwrap();
        let period = Period { start_ns: 0, end_ns: 1_000 * SECOND_NS };
        let metrics = build(folder.path(), 1, period, false).unwrap();
        assert_eq!(metrics.truth.rows, 20_000);
        assert_eq!(metrics.requests.rows(), 20_000);
        let body = metrics.requests.body(0).unwrap();
        let request = ExportMetricsServiceRequest::decode(&body[..]).unwrap();
        let names: Vec<_> = request.resource_metrics[0].scope_metrics[0]
            .metrics
            .iter()
            .map(|metric| metric.name.split('.').nth(1).unwrap().to_owned())
            .collect();
        assert_eq!(names.iter().filter(|kind| *kind == "histogram").count(), 3);
        assert!(names.iter().any(|kind| kind == "counter"));
    }
}
