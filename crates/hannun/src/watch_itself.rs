//! Hannun's own numbers, kept like those of any other service (I7).

use arrow::error::ArrowError;
use hannun_lake::Lake;
use hannun_lake::append::{Append, Sink, content_hash};
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::table::{Table, metric_points};
use hannun_model::typed_json;
use hannun_query::system_tables::{Metric, MetricsSource};
use hannun_server::metrics::Gatherer;
use std::sync::Arc;
use std::time::Duration;

/// The service under which they appear.
const SERVICE: &str = "hannun";

/// Keeps the numbers once an interval, for ever.
pub async fn run(lake: Arc<Lake>, gatherer: Arc<Gatherer>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let started_ms = lake.shared().options.clock.now_ms();
    // The first tick comes at once, before there is anything to tell.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let now_ms = lake.shared().options.clock.now_ms();
        let batch = match points(&gatherer.metrics(), started_ms, now_ms) {
            Ok(batch) => batch,
            Err(error) => {
                tracing::error!(%error, "failed to keep Hannun's own numbers");
                return;
            }
        };
        let content_hash = content_hash(SERVICE, &now_ms.to_le_bytes());
        // When the lake pushes back, others need the room more.
        if let Err(error) = lake.append(Append { batches: vec![batch], content_hash }).await {
            tracing::debug!(%error, "left out a round of Hannun's own numbers");
        }
    }
}

fn points(metrics: &[Metric], started_ms: u64, now_ms: u64) -> Result<Batch, ArrowError> {
    let nanoseconds = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000_000);
    let mut builder = BatchBuilder::new(Table::MetricPoints);
    for metric in metrics {
        let mut labels = String::new();
        for (name, value) in &metric.labels {
            labels.push(if labels.is_empty() { '{' } else { ',' });
            typed_json::write_key(&mut labels, name);
            typed_json::write_string(&mut labels, value);
        }
        builder.start_row();
        builder.set_text(metric_points::SERVICE_NAME, SERVICE);
        builder.set_text(metric_points::METRIC_NAME, metric.name);
        builder.set_text(metric_points::METRIC_DESCRIPTION, metric.help);
        if !labels.is_empty() {
            labels.push('}');
            builder.set_text(metric_points::ATTRIBUTES, &labels);
        }
        if metric.counter {
            builder.set_text(metric_points::METRIC_TYPE, "sum");
            builder.set_text(metric_points::AGGREGATION_TEMPORALITY, "cumulative");
            builder.set_bool(metric_points::IS_MONOTONIC, true);
            builder.set_int(metric_points::START_TIME, nanoseconds(started_ms));
        } else {
            builder.set_text(metric_points::METRIC_TYPE, "gauge");
        }
        let series = content_hash(metric.name, labels.as_bytes());
        builder.set_int(metric_points::SERIES_ID, series as i64);
        builder.set_int(metric_points::TIME, nanoseconds(now_ms));
        builder.set_float(metric_points::VALUE, metric.value);
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;

    #[test]
    fn labels_become_attributes_and_counters_monotonic_sums() {
        let metric = |name, counter| Metric {
            name,
            labels: vec![("table", "spans".to_owned())],
            value: 7.0,
            counter,
            help: "Help.",
        };
        let batch = points(&[metric("a_total", true), metric("b", false)], 1, 2).unwrap();
        let text = |column: &str, row: usize| {
            let array = batch.records().column_by_name(column).unwrap();
            array.as_string_view().value(row).to_owned()
        };
        assert_eq!(text("attributes", 0), r#"{"table":"spans"}"#);
        assert_eq!(text("metric_type", 0), "sum");
        assert_eq!(text("metric_type", 1), "gauge");
        assert!(batch.records().column_by_name("is_monotonic").unwrap().as_boolean().value(0));
    }
}
