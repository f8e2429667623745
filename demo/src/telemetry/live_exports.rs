//! Export of a live run: the SDK's batch processors and the OTLP exporter, as any service has them.

use super::collector::metadata;
use super::identity::SeededIds;
use super::{Emitted, Providers};
use crate::{ShopError, ShopOptions};
use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig,
    WithTonicConfig,
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, LogProcessor, SdkLogRecord,
    SdkLoggerProvider,
};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanProcessor,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tonic::Request;
use tonic::metadata::MetadataMap;
use tonic::transport::Endpoint;

/// How long telemetry waits before it is sent: a demonstration should be seen soon.
const SEND_INTERVAL: Duration = Duration::from_secs(1);
const METRIC_INTERVAL: Duration = Duration::from_secs(10);
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// Where the services of a live run send to.
#[derive(Debug, Clone)]
pub struct LiveExports {
    endpoint: String,
    metadata: MetadataMap,
    /// The exporters' connections live here, apart from the shop, so that the shop's thread can
    /// wait for their last export.
    runtime: tokio::runtime::Handle,
}

impl LiveExports {
    pub fn new(options: &ShopOptions, runtime: tokio::runtime::Handle) -> Result<Self, ShopError> {
        let endpoint = options.otlp_grpc_endpoint.clone();
        Ok(Self { metadata: metadata(&endpoint, &options.headers)?, endpoint, runtime })
    }

    /// Sends what something else than a service collected. What is lost is told by the next.
    pub fn send_metrics(&self, request: ExportMetricsServiceRequest) {
        let (endpoint, metadata) = (self.endpoint.clone(), self.metadata.clone());
        self.runtime.spawn(async move {
            let sent = async {
                let channel =
                    Endpoint::from_shared(endpoint)?.timeout(REQUEST_LIMIT).connect().await?;
                let request = Request::from_parts(metadata, tonic::Extensions::default(), request);
                MetricsServiceClient::new(channel).export(request).await?;
                Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
            };
            if let Err(error) = sent.await {
                tracing::debug!(%error, "metrics of the cluster were not sent");
            }
        });
    }

    pub fn providers(
        &self,
        resource: Resource,
        ids: SeededIds,
        emitted: &Arc<Emitted>,
    ) -> Result<Providers, ShopError> {
        let _guard = self.runtime.enter();
        let failed = |error: ExporterBuildError| ShopError::Endpoint {
            endpoint: self.endpoint.clone(),
            reason: error.to_string(),
        };
        let spans = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(&self.endpoint)
            .with_metadata(self.metadata.clone())
            .with_timeout(REQUEST_LIMIT)
            .build()
            .map_err(failed)?;
        let logs = LogExporter::builder()
            .with_tonic()
            .with_endpoint(&self.endpoint)
            .with_metadata(self.metadata.clone())
            .with_timeout(REQUEST_LIMIT)
            .build()
            .map_err(failed)?;
        let metrics = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(&self.endpoint)
            .with_metadata(self.metadata.clone())
            .with_timeout(REQUEST_LIMIT)
            .build()
            .map_err(failed)?;
        let batch = BatchConfigBuilder::default().with_scheduled_delay(SEND_INTERVAL).build();
        let log_batch =
            LogBatchConfigBuilder::default().with_scheduled_delay(SEND_INTERVAL).build();
        let reader = PeriodicReader::builder(metrics).with_interval(METRIC_INTERVAL).build();
        let counter = Counter(emitted.clone());
        Ok(Providers {
            tracers: SdkTracerProvider::builder()
                .with_sampler(Sampler::AlwaysOn)
                .with_id_generator(ids)
                .with_span_processor(counter.clone())
                .with_span_processor(
                    BatchSpanProcessor::builder(spans).with_batch_config(batch).build(),
                )
                .with_resource(resource.clone())
                .build(),
            loggers: SdkLoggerProvider::builder()
                .with_log_processor(counter)
                .with_log_processor(
                    BatchLogProcessor::builder(logs).with_batch_config(log_batch).build(),
                )
                .with_resource(resource.clone())
                .build(),
            meters: SdkMeterProvider::builder().with_reader(reader).with_resource(resource).build(),
        })
    }
}

/// Counts what passes.
#[derive(Debug, Clone)]
struct Counter(Arc<Emitted>);

impl SpanProcessor for Counter {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, _span: SpanData) {
        self.0.spans.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for Counter {
    fn emit(&self, _record: &mut SdkLogRecord, _scope: &InstrumentationScope) {
        self.0.logs.fetch_add(1, Ordering::Relaxed);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn event_enabled(&self, _level: Severity, _target: &str, _name: Option<&str>) -> bool {
        // The batch processor beside it decides.
        false
    }
}
