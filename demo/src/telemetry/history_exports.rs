//! Export of a history: nothing is lost, and the virtual clock waits for the receiver.
//!
//! The SDK's own batch processors drop what does not fit their queue and export on a wall-clock
//! interval; a history makes a day of spans in seconds. So its processors collect batches and hand
//! them through a bounded channel to a thread of their own, on real time, which converts and sends
//! them. When the channel is full the simulation stops until the receiver has caught up.

use super::collector::{Collector, Export};
use super::identity::SeededIds;
use super::metric_times::rewrite;
use super::{Emitted, Metrics, Providers, Started};
use crate::ShopError;
use crate::business_clock::unix_nanos;
use hannun_model::limits::{SHOP_EXPORT_ITEMS_MAX, SHOP_EXPORTS_WAITING_MAX};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

/// The reader collects when it is told to; its own interval is never reached.
const NEVER: Duration = Duration::from_secs(366 * 86_400);

/// Spans, log records and metric points that the receiver acknowledged, by service.
pub type Exported = BTreeMap<&'static str, [u64; 3]>;

/// The sending half, shared by all services.
#[derive(Debug, Clone)]
pub struct HistoryExports {
    parcels: SyncSender<Parcel>,
    now_nanos: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Parcel {
    Items { service: &'static str, resource: Arc<ResourceAttributesWithSchema>, items: Items },
    End,
}

#[derive(Debug)]
enum Items {
    Spans(Vec<SpanData>),
    Logs(Vec<(SdkLogRecord, InstrumentationScope)>),
    Metrics(ExportMetricsServiceRequest, u64),
}

impl HistoryExports {
    /// Starts the thread that exports. It ends after [`Self::end`], or at the first failure.
    pub fn start(
        collector: Box<dyn Collector>,
    ) -> Result<(Self, std::thread::JoinHandle<Result<Exported, ShopError>>), ShopError> {
        let (parcels, received) = sync_channel(SHOP_EXPORTS_WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("shop-export".to_owned())
            .spawn(move || export_all(&received, collector))
            .map_err(ShopError::Start)?;
        Ok((Self { parcels, now_nanos: Arc::default() }, thread))
    }

    /// The time that metrics collected from now on carry.
    pub fn set_time(&self, time: SystemTime) {
        self.now_nanos.store(unix_nanos(time), Ordering::Relaxed);
    }

    /// Sends what something else than a service collected.
    pub fn send_metrics(&self, from: &'static str, (request, points): Metrics) {
        let resource = Resource::builder_empty().build();
        let resource = Arc::new(ResourceAttributesWithSchema::from(&resource));
        let items = Items::Metrics(request, points);
        // An error means that the thread has already ended; it tells why itself.
        let _ = self.parcels.send(Parcel::Items { service: from, resource, items });
    }

    pub fn end(&self) {
        self.now_nanos.store(0, Ordering::Relaxed);
        // An error means that the thread has already ended; it tells why itself.
        let _ = self.parcels.send(Parcel::End);
    }

    pub fn providers(
        &self,
        service: &'static str,
        resource: Resource,
        ids: SeededIds,
        started: Started,
        emitted: &Arc<Emitted>,
    ) -> Providers {
        let door = Door {
            service,
            resource: Arc::new(ResourceAttributesWithSchema::from(&resource)),
            exports: self.clone(),
            emitted: emitted.clone(),
        };
        let metrics = MetricDoor { door: door.clone(), start_nanos: unix_nanos(started) };
        let reader = PeriodicReader::builder(metrics).with_interval(NEVER).build();
        Providers {
            tracers: SdkTracerProvider::builder()
                .with_sampler(Sampler::AlwaysOn)
                .with_id_generator(ids)
                .with_span_processor(SpanDoor { door: door.clone(), waiting: Mutex::default() })
                .with_resource(resource.clone())
                .build(),
            loggers: SdkLoggerProvider::builder()
                .with_log_processor(LogDoor { door, waiting: Mutex::default() })
                .with_resource(resource.clone())
                .build(),
            meters: SdkMeterProvider::builder().with_reader(reader).with_resource(resource).build(),
        }
    }
}

/// The way out for one release of a service.
#[derive(Debug, Clone)]
struct Door {
    service: &'static str,
    resource: Arc<ResourceAttributesWithSchema>,
    exports: HistoryExports,
    emitted: Arc<Emitted>,
}

impl Door {
    fn send(&self, items: Items) -> OTelSdkResult {
        let parcel =
            Parcel::Items { service: self.service, resource: self.resource.clone(), items };
        self.exports.parcels.send(parcel).map_err(|_| OTelSdkError::AlreadyShutdown)
    }
}

#[derive(Debug)]
struct SpanDoor {
    door: Door,
    waiting: Mutex<Vec<SpanData>>,
}

impl SpanProcessor for SpanDoor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.door.emitted.spans.fetch_add(1, Ordering::Relaxed);
        let is_full = {
            let mut waiting = self.waiting.lock();
            waiting.push(span);
            waiting.len() >= SHOP_EXPORT_ITEMS_MAX
        };
        if is_full {
            // A failure ends the run: the exporting thread tells why.
            let _ = self.force_flush();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        let spans = std::mem::take(&mut *self.waiting.lock());
        if spans.is_empty() { Ok(()) } else { self.door.send(Items::Spans(spans)) }
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct LogDoor {
    door: Door,
    waiting: Mutex<Vec<(SdkLogRecord, InstrumentationScope)>>,
}

impl LogProcessor for LogDoor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.door.emitted.logs.fetch_add(1, Ordering::Relaxed);
        let is_full = {
            let mut waiting = self.waiting.lock();
            waiting.push((record.clone(), scope.clone()));
            waiting.len() >= SHOP_EXPORT_ITEMS_MAX
        };
        if is_full {
            // A failure ends the run: the exporting thread tells why.
            let _ = self.force_flush();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        let logs = std::mem::take(&mut *self.waiting.lock());
        if logs.is_empty() { Ok(()) } else { self.door.send(Items::Logs(logs)) }
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

struct MetricDoor {
    door: Door,
    start_nanos: u64,
}

impl PushMetricExporter for MetricDoor {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let nanos = self.door.exports.now_nanos.load(Ordering::Relaxed);
        if nanos == 0 {
            // After the end the SDK collects once more, when the provider is dropped.
            return Ok(());
        }
        let mut request = ExportMetricsServiceRequest::from(metrics);
        let points = rewrite(&mut request, self.start_nanos, nanos);
        if points == 0 {
            return Ok(());
        }
        self.door.emitted.points.fetch_add(points, Ordering::Relaxed);
        self.door.send(Items::Metrics(request, points))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

fn export_all(
    parcels: &Receiver<Parcel>,
    mut collector: Box<dyn Collector>,
) -> Result<Exported, ShopError> {
    let mut exported = Exported::new();
    for parcel in parcels {
        let Parcel::Items { service, resource, items } = parcel else { break };
        let (export, signal, count) = convert(items, &resource);
        collector.deliver(export)?;
        exported.entry(service).or_default()[signal] += count;
    }
    Ok(exported)
}

/// The request to send, the place of its signal in [`Exported`], and its number of items.
fn convert(items: Items, resource: &ResourceAttributesWithSchema) -> (Export, usize, u64) {
    match items {
        Items::Spans(spans) => {
            let count = spans.len() as u64;
            let resource_spans = group_spans_by_resource_and_scope(spans, resource);
            (Export::Traces(ExportTraceServiceRequest { resource_spans }), 0, count)
        }
        Items::Logs(logs) => {
            let borrowed: Vec<_> = logs.iter().map(|(record, scope)| (record, scope)).collect();
            let batch = LogBatch::new(&borrowed);
            let resource_logs = group_logs_by_resource_and_scope(&batch, resource);
            (Export::Logs(ExportLogsServiceRequest { resource_logs }), 1, logs.len() as u64)
        }
        Items::Metrics(request, points) => (Export::Metrics(request), 2, points),
    }
}
