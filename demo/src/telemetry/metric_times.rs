//! Virtual times for metrics.
//!
//! The SDK stamps what it collects with the system's clock and offers no way to set another one.
//! In a history that would put three days of measurements into the minute in which they were
//! played. So the collected points get the virtual time of the collection, and the virtual start
//! of their release, before they are sent.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

/// Rewrites all times and returns the number of points.
pub fn rewrite(request: &mut ExportMetricsServiceRequest, start_nanos: u64, nanos: u64) -> u64 {
    let mut points = 0;
    let metrics = request
        .resource_metrics
        .iter_mut()
        .flat_map(|resource| &mut resource.scope_metrics)
        .flat_map(|scope| &mut scope.metrics);
    for metric in metrics {
        match &mut metric.data {
            Some(Data::Gauge(gauge)) => {
                for point in &mut gauge.data_points {
                    // A gauge has no start.
                    point.start_time_unix_nano = 0;
                    point.time_unix_nano = nanos;
                    points += 1;
                }
            }
            Some(Data::Sum(sum)) => {
                for point in &mut sum.data_points {
                    point.start_time_unix_nano = start_nanos;
                    point.time_unix_nano = nanos;
                    points += 1;
                }
            }
            Some(Data::Histogram(histogram)) => {
                for point in &mut histogram.data_points {
                    point.start_time_unix_nano = start_nanos;
                    point.time_unix_nano = nanos;
                    points += 1;
                }
            }
            // The shop has no instrument that is aggregated otherwise.
            Some(Data::ExponentialHistogram(_) | Data::Summary(_)) | None => {}
        }
    }
    points
}
