//! A short history played into memory, and what was exported of it.

use hannun_demo::{
    Collector, Export, HistoryOptions, Scenario, ShopError, ShopOptions, Truth, backfill_into,
    silent_report,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub type Attributes = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub service: String,
    pub version: String,
    pub instance: String,
    pub trace: Vec<u8>,
    pub id: Vec<u8>,
    pub parent: Vec<u8>,
    pub name: String,
    pub kind: i32,
    pub start: u64,
    pub end: u64,
    pub is_error: bool,
    pub attributes: Attributes,
    /// Name, time and attributes.
    pub events: Vec<(String, u64, Attributes)>,
    /// Trace and span.
    pub links: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Span {
    pub fn is(&self, service: &str, kind: SpanKind, name: &str) -> bool {
        self.service == service && self.kind == kind as i32 && self.name == name
    }

    pub fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    pub fn seconds(&self) -> f64 {
        (self.end - self.start) as f64 / 1e9
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Log {
    pub service: String,
    pub time: u64,
    pub severity: String,
    pub body: String,
    pub trace: Vec<u8>,
    pub span: Vec<u8>,
    pub attributes: Attributes,
}

/// A point of a sum or gauge; `value` of a histogram is its count.
#[derive(Debug, Clone)]
pub struct Point {
    pub service: String,
    pub instance: String,
    pub name: String,
    pub time: u64,
    pub start: u64,
    pub value: f64,
    pub attributes: Attributes,
}

#[derive(Debug, Default, Clone)]
pub struct Received {
    pub spans: Vec<Span>,
    pub logs: Vec<Log>,
    pub points: Vec<Point>,
}

impl Received {
    pub fn take(&mut self, export: Export) {
        match export {
            Export::Traces(request) => {
                for resource in request.resource_spans {
                    let from = identity(resource.resource.as_ref());
                    for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                        self.spans.push(read_span(&from, span));
                    }
                }
            }
            Export::Logs(request) => {
                for resource in request.resource_logs {
                    let [service, _, _] = identity(resource.resource.as_ref());
                    let records =
                        resource.scope_logs.into_iter().flat_map(|scope| scope.log_records);
                    self.logs.extend(records.map(|record| Log {
                        service: service.clone(),
                        time: record.time_unix_nano,
                        severity: record.severity_text,
                        body: text(record.body.as_ref()),
                        trace: record.trace_id,
                        span: record.span_id,
                        attributes: attributes(&record.attributes),
                    }));
                }
            }
            Export::Metrics(request) => {
                for resource in request.resource_metrics {
                    let from = identity(resource.resource.as_ref());
                    let metrics =
                        resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
                    metrics.for_each(|metric| self.take_metric(&from, metric));
                }
            }
        }
    }

    fn take_metric(
        &mut self,
        [service, _, instance]: &[String; 3],
        metric: opentelemetry_proto::tonic::metrics::v1::Metric,
    ) {
        let mut push = |time, start, value, list: &[KeyValue]| {
            self.points.push(Point {
                service: service.clone(),
                instance: instance.clone(),
                name: metric.name.clone(),
                time,
                start,
                value,
                attributes: attributes(list),
            });
        };
        let numbers = match metric.data {
            Some(Data::Sum(sum)) => sum.data_points,
            Some(Data::Gauge(gauge)) => gauge.data_points,
            Some(Data::Histogram(histogram)) => {
                for point in histogram.data_points {
                    let (time, start) = (point.time_unix_nano, point.start_time_unix_nano);
                    push(time, start, point.count as f64, &point.attributes);
                }
                return;
            }
            other => panic!("an unexpected kind of metric: {other:?}"),
        };
        for point in numbers {
            let value = match point.value {
                Some(number_data_point::Value::AsInt(value)) => value as f64,
                Some(number_data_point::Value::AsDouble(value)) => value,
                None => panic!("a point has no value"),
            };
            push(point.time_unix_nano, point.start_time_unix_nano, value, &point.attributes);
        }
    }

    pub fn spans_of<'a>(
        &'a self,
        service: &'a str,
        kind: SpanKind,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Span> {
        self.spans.iter().filter(move |span| span.is(service, kind, name))
    }

    /// The last value of every series of a cumulative metric, added up by one attribute.
    pub fn totals(&self, name: &str, attribute: &str) -> BTreeMap<String, f64> {
        let mut last = BTreeMap::new();
        for point in self.points.iter().filter(|point| point.name == name) {
            let series = (point.instance.clone(), point.attributes.clone());
            let newest: &mut (u64, f64) = last.entry(series).or_default();
            if point.time >= newest.0 {
                *newest = (point.time, point.value);
            }
        }
        let mut totals = BTreeMap::new();
        for ((_, attributes), (_, value)) in last {
            let key = attributes.get(attribute).cloned().unwrap_or_default();
            *totals.entry(key).or_default() += value;
        }
        totals
    }
}

/// Keeps what it is given.
#[derive(Debug, Default, Clone)]
pub struct Memory(pub Arc<Mutex<Received>>);

impl Collector for Memory {
    fn deliver(&mut self, export: Export) -> Result<(), ShopError> {
        self.0.lock().unwrap().take(export);
        Ok(())
    }
}

pub struct Played {
    pub truth: Truth,
    pub received: Received,
}

/// Wednesday 2026-11-18, 13:00 in Seoul: the end of a lunch peak.
pub fn after_lunch() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_794_974_400)
}

pub fn options(scenario: Scenario, folder: &tempfile::TempDir) -> ShopOptions {
    ShopOptions { scenario, ..ShopOptions::new("http://127.0.0.1:1", folder.path()) }
}

pub fn hours(count: f64) -> HistoryOptions {
    HistoryOptions { days: count / 24.0, until: Some(after_lunch()) }
}

pub fn play(scenario: Scenario, seed: u64, history: &HistoryOptions) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::default();
    let shop = ShopOptions { seed, ..options(scenario, &folder) };
    let truth = play_into(Box::new(memory.clone()), &shop, history).unwrap();
    let received = std::mem::take(&mut *memory.0.lock().unwrap());
    Played { truth, received }
}

pub fn play_into(
    collector: Box<dyn Collector>,
    shop: &ShopOptions,
    history: &HistoryOptions,
) -> Result<Truth, ShopError> {
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(backfill_into(collector, shop, history, stopped, silent_report()))
}

fn read_span(
    [service, version, instance]: &[String; 3],
    span: opentelemetry_proto::tonic::trace::v1::Span,
) -> Span {
    let events = span.events.iter();
    Span {
        service: service.clone(),
        version: version.clone(),
        instance: instance.clone(),
        trace: span.trace_id,
        id: span.span_id,
        parent: span.parent_span_id,
        name: span.name,
        kind: span.kind,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        is_error: span.status.is_some_and(|status| status.code == 2),
        attributes: attributes(&span.attributes),
        events: events
            .map(|event| (event.name.clone(), event.time_unix_nano, attributes(&event.attributes)))
            .collect(),
        links: span.links.into_iter().map(|link| (link.trace_id, link.span_id)).collect(),
    }
}

fn identity(resource: Option<&Resource>) -> [String; 3] {
    let mut attributes = attributes(&resource.unwrap().attributes);
    if !attributes.contains_key("service.name") {
        // The cluster and the business say themselves that nothing of it is real.
        assert!(attributes.contains_key("hannun.synthetic"), "{attributes:?}");
        return Default::default();
    }
    for (key, value) in
        [("service.namespace", "shop"), ("deployment.environment.name", "production")]
    {
        assert_eq!(attributes[key], value);
    }
    for key in ["host.name", "container.id", "container.name"] {
        assert!(!attributes[key].is_empty());
    }
    ["service.name", "service.version", "service.instance.id"]
        .map(|key| attributes.remove(key).unwrap())
}

fn attributes(list: &[KeyValue]) -> Attributes {
    list.iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        other => panic!("an unexpected value: {other:?}"),
    }
}
