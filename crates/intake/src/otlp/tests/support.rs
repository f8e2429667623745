//! A sink in memory and requests for it.

use crate::IntakeState;
use crate::budget::InFlightBudget;
use crate::keys::IntakeKeys;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use hannun_lake::append::{Append, AppendError, AppendFuture, Appended, Sink};
use hannun_model::batch::Batch;
use http::{Request, Response};
use http_body_util::BodyExt;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use parking_lot::Mutex;
use prost::Message;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tower::ServiceExt;

/// Keeps what it is given, or refuses as told.
#[derive(Debug, Default)]
pub struct MemorySink {
    pub stored_rows: Mutex<usize>,
    pub batches: Mutex<Vec<Batch>>,
    hashes: Mutex<HashSet<u128>>,
    pub refusal: Mutex<Option<AppendError>>,
}

impl Sink for MemorySink {
    fn append(&self, append: Append) -> AppendFuture<'_> {
        Box::pin(async move {
            if let Some(refusal) = self.refusal.lock().clone() {
                return Err(refusal);
            }
            if !self.hashes.lock().insert(append.content_hash) {
                return Ok(Appended::Duplicate);
            }
            *self.stored_rows.lock() +=
                append.batches.iter().map(|batch| batch.rows()).sum::<usize>();
            self.batches.lock().extend(append.batches);
            Ok(Appended::Stored)
        })
    }
}

pub fn busy() -> AppendError {
    AppendError::Busy { reason: "the log is full", retry_after: Duration::from_millis(2500) }
}

/// A state over a sink in memory, with a key and this much budget.
pub fn state(budget_bytes: usize) -> (Arc<IntakeState>, Arc<MemorySink>) {
    let sink = Arc::new(MemorySink::default());
    let budget = InFlightBudget::new(budget_bytes);
    let state = IntakeState::new(sink.clone(), IntakeKeys::new(["right"]), budget);
    let state = state.with_retention(Arc::new(|_| Some(3_600_000_000_000)));
    (Arc::new(state), sink)
}

pub const BUDGET_BYTES: usize = 128 << 20;

pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

pub fn span(start_time_unix_nano: u64) -> Span {
    Span { start_time_unix_nano, name: "GET /orders".to_owned(), ..Span::default() }
}

/// An export request of these spans.
pub fn export(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// A request from loopback.
pub fn post(path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    from(&mut request, "127.0.0.1:5000");
    request
}

pub fn from(request: &mut Request<Body>, peer: &str) {
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
}

/// The answer and its body.
pub async fn send(router: &Router, request: Request<Body>) -> (Response<()>, Bytes) {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap();
    let mut response = Response::from_parts(parts, ());
    if let Some(trailers) = body.trailers() {
        response.headers_mut().extend(trailers.clone());
    }
    (response, body.to_bytes())
}

pub fn header<'r>(response: &'r Response<()>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
