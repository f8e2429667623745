//! Whatever the receiver does, a history loses nothing or fails.

use crate::played::{Memory, Received, hours, options, play_into};
use hannun_demo::{Collector, Export, OtlpCollector, Scenario, ShopError, backfill_into};
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tonic::{Code, Request, Response, Status};

/// A receiver that refuses every other request, each time in another way.
#[derive(Debug, Default, Clone)]
pub struct Server {
    pub received: Arc<Mutex<Received>>,
    pub requests: Arc<AtomicU64>,
    pub is_patient: bool,
    pub news: Arc<tokio::sync::Notify>,
}

impl Server {
    fn take(&self, export: Export) -> Result<(), Status> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if !self.is_patient && number.is_multiple_of(2) {
            return Err(match number % 4 {
                0 => Status::with_details(Code::ResourceExhausted, "full", one_millisecond()),
                _ => Status::with_details(Code::Unavailable, "busy", one_millisecond()),
            });
        }
        self.received.lock().unwrap().take(export);
        self.news.notify_one();
        Ok(())
    }

    /// Serves on a free port of its own for as long as `runtime` lives.
    pub fn start(&self, runtime: &tokio::runtime::Runtime) -> String {
        let router = tonic::service::Routes::new(TraceServiceServer::new(self.clone()))
            .add_service(LogsServiceServer::new(self.clone()))
            .add_service(MetricsServiceServer::new(self.clone()))
            .into_axum_router();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

/// `google.rpc.Status` with a `RetryInfo` of one millisecond, as bytes.
fn one_millisecond() -> bytes::Bytes {
    let name = b"type.googleapis.com/google.rpc.RetryInfo";
    let delay = [0x0a, 4, 0x10, 0xc0, 0x84, 0x3d];
    let mut any = vec![0x0a, name.len() as u8];
    any.extend(name);
    any.extend([0x12, delay.len() as u8]);
    any.extend(delay);
    let mut status = vec![0x1a, any.len() as u8];
    status.extend(any);
    status.into()
}

#[tonic::async_trait]
impl TraceService for Server {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.take(Export::Traces(request.into_inner()))?;
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Server {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.take(Export::Logs(request.into_inner()))?;
        Ok(Response::new(Default::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Server {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.take(Export::Metrics(request.into_inner()))?;
        Ok(Response::new(Default::default()))
    }
}

#[test]
fn nothing_is_lost_when_the_receiver_pushes_back() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = Server::default();
    let collector = OtlpCollector::new(&server.start(&runtime), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shop = options(Scenario::Calm, &folder);
    let truth = play_into(Box::new(collector), &shop, &hours(0.5)).unwrap();
    let received = server.received.lock().unwrap();
    assert_eq!(received.spans.len() as u64, truth.spans.values().sum::<u64>());
    assert_eq!(received.logs.len() as u64, truth.logs.values().sum::<u64>());
    assert_eq!(received.points.len() as u64, truth.metric_points.values().sum::<u64>());
    assert!(server.requests.load(Ordering::Relaxed) > 20);
}

/// Takes its time for each export.
struct Slow(Memory);

impl Collector for Slow {
    fn deliver(&mut self, export: Export) -> Result<(), ShopError> {
        std::thread::sleep(Duration::from_millis(5));
        self.0.deliver(export)
    }
}

#[test]
fn nothing_is_lost_when_the_receiver_is_slow() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::default();
    let shop = options(Scenario::Calm, &folder);
    let truth = play_into(Box::new(Slow(memory.clone())), &shop, &hours(0.5)).unwrap();
    let received = memory.0.lock().unwrap();
    assert_eq!(received.spans.len() as u64, truth.spans.values().sum::<u64>());
    assert_eq!(received.points.len() as u64, truth.metric_points.values().sum::<u64>());
}

/// Refuses everything after some exports.
struct Refusing(u32);

impl Collector for Refusing {
    fn deliver(&mut self, _export: Export) -> Result<(), ShopError> {
        self.0 += 1;
        if self.0 < 20 {
            return Ok(());
        }
        Err(ShopError::Refused { endpoint: "here".to_owned(), reason: "enough".to_owned() })
    }
}

#[test]
fn a_history_fails_with_the_receivers_reason() {
    let folder = tempfile::tempdir().unwrap();
    let shop = options(Scenario::Calm, &folder);
    let failure = play_into(Box::new(Refusing(0)), &shop, &hours(2.0)).unwrap_err();
    assert_eq!(failure.to_string(), "the receiver at here refused the telemetry: enough");
    assert!(!folder.path().join("truth.json").exists());
}

#[test]
fn a_history_that_is_stopped_is_complete_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::default();
    let shop = options(Scenario::Calm, &folder);
    let history = hours(2.0);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let report = Box::new(move |progress: &hannun_demo::HistoryProgress| {
        if progress.share > 0.25 {
            stop.send_replace(true);
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let played =
        runtime.block_on(backfill_into(Box::new(memory.clone()), &shop, &history, stopped, report));
    let truth = played.unwrap();
    let length = truth.until_nanos - truth.from_nanos;
    assert!(length < Duration::from_secs(3600).as_nanos() as u64);
    let received = memory.0.lock().unwrap();
    assert_eq!(received.spans.len() as u64, truth.spans.values().sum::<u64>());
    let written = std::fs::read(folder.path().join("truth.json")).unwrap();
    assert_eq!(serde_json::from_slice::<hannun_demo::Truth>(&written).unwrap(), truth);
}
