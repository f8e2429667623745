//! Messages as comparable text: one text an item, attributes sorted, NaN equal to NaN.

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

fn sort(attributes: &mut [KeyValue]) {
    for attribute in attributes.iter_mut() {
        attribute.value.get_or_insert_default();
    }
    attributes.sort_by_cached_key(|attribute| format!("{attribute:?}"));
}

fn sort_heads(resource: &mut Option<Resource>, scope: &mut Option<InstrumentationScope>) {
    if let Some(resource) = resource {
        sort(&mut resource.attributes);
    }
    if let Some(scope) = scope {
        sort(&mut scope.attributes);
    }
}

pub fn spans(requests: Vec<ResourceSpans>) -> Vec<String> {
    let mut texts = Vec::new();
    for mut by_resource in requests {
        for mut by_scope in std::mem::take(&mut by_resource.scope_spans) {
            sort_heads(&mut by_resource.resource, &mut by_scope.scope);
            for mut span in std::mem::take(&mut by_scope.spans) {
                sort(&mut span.attributes);
                span.events.iter_mut().for_each(|event| sort(&mut event.attributes));
                span.links.iter_mut().for_each(|link| sort(&mut link.attributes));
                let scope_spans = ScopeSpans { spans: vec![span], ..by_scope.clone() };
                texts.push(format!("{by_resource:?} {scope_spans:?}"));
            }
        }
    }
    texts.sort();
    texts
}

pub fn logs(requests: Vec<ResourceLogs>) -> Vec<String> {
    let mut texts = Vec::new();
    for mut by_resource in requests {
        for mut by_scope in std::mem::take(&mut by_resource.scope_logs) {
            sort_heads(&mut by_resource.resource, &mut by_scope.scope);
            for mut record in std::mem::take(&mut by_scope.log_records) {
                sort(&mut record.attributes);
                let scope_logs = ScopeLogs { log_records: vec![record], ..by_scope.clone() };
                texts.push(format!("{by_resource:?} {scope_logs:?}"));
            }
        }
    }
    texts.sort();
    texts
}

pub fn metrics(requests: Vec<ResourceMetrics>) -> Vec<String> {
    let mut texts = Vec::new();
    for mut by_resource in requests {
        for mut by_scope in std::mem::take(&mut by_resource.scope_metrics) {
            sort_heads(&mut by_resource.resource, &mut by_scope.scope);
            for mut metric in std::mem::take(&mut by_scope.metrics) {
                sort(&mut metric.metadata);
                for data in metric.data.take().map(one_by_one).unwrap_or_default() {
                    let metric = Metric { data: Some(data), ..metric.clone() };
                    let scope_metrics = ScopeMetrics { metrics: vec![metric], ..by_scope.clone() };
                    texts.push(format!("{by_resource:?} {scope_metrics:?}"));
                }
            }
        }
    }
    texts.sort();
    texts
}

/// Splits the points of a metric, each with its attributes sorted.
fn one_by_one(data: Data) -> Vec<Data> {
    macro_rules! split {
        ($variant:ident, $points:expr $(, $exemplars:ident)?) => {{
            let mut metric = $points;
            let points = std::mem::take(&mut metric.data_points);
            points
                .into_iter()
                .map(|mut point| {
                    sort(&mut point.attributes);
                    $(sort_exemplars(&mut point.$exemplars);)?
                    let mut metric = metric.clone();
                    metric.data_points = vec![point];
                    Data::$variant(metric)
                })
                .collect()
        }};
    }
    match data {
        Data::Gauge(gauge) => split!(Gauge, gauge, exemplars),
        Data::Sum(sum) => split!(Sum, sum, exemplars),
        Data::Histogram(histogram) => split!(Histogram, histogram, exemplars),
        Data::ExponentialHistogram(histogram) => {
            split!(ExponentialHistogram, histogram, exemplars)
        }
        Data::Summary(summary) => split!(Summary, summary),
    }
}

fn sort_exemplars(exemplars: &mut [Exemplar]) {
    exemplars.iter_mut().for_each(|exemplar| sort(&mut exemplar.filtered_attributes));
}
