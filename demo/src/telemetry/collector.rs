//! Where a history's telemetry goes: a receiver of OTLP over gRPC, or a test.

use crate::ShopError;
use hannun_model::limits::SHOP_EXPORT_RETRY_SECONDS_MAX;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use std::time::{Duration, Instant};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

/// One export: all of one service and signal.
#[derive(Debug, Clone)]
pub enum Export {
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
    Metrics(ExportMetricsServiceRequest),
}

/// Takes the exports of a history, one after the other, on a thread of its own.
pub trait Collector: Send {
    /// Returns when the export is kept. A failure ends the history.
    fn deliver(&mut self, export: Export) -> Result<(), ShopError>;
}

/// How long to wait before the same export is sent again, when the receiver does not say.
const RETRY_DELAY: Duration = Duration::from_millis(500);
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// Sends to a receiver of OTLP over gRPC, and sends again when it pushes back.
#[derive(Debug)]
pub struct OtlpCollector {
    endpoint: String,
    metadata: MetadataMap,
    runtime: tokio::runtime::Runtime,
    traces: TraceServiceClient<Channel>,
    logs: LogsServiceClient<Channel>,
    metrics: MetricsServiceClient<Channel>,
}

/// What the receiver did not keep of an accepted request.
struct Answer {
    rejected: i64,
    message: String,
}

impl OtlpCollector {
    pub fn new(endpoint: &str, headers: &[(String, String)]) -> Result<Self, ShopError> {
        let metadata = metadata(endpoint, headers)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ShopError::Start)?;
        let channel = {
            let _guard = runtime.enter();
            Endpoint::from_shared(endpoint.to_owned())
                .map_err(|error| unusable(endpoint, &error))?
                .connect_timeout(CONNECT_LIMIT)
                .timeout(REQUEST_LIMIT)
                .connect_lazy()
        };
        Ok(Self {
            endpoint: endpoint.to_owned(),
            metadata,
            runtime,
            traces: TraceServiceClient::new(channel.clone()),
            logs: LogsServiceClient::new(channel.clone()),
            metrics: MetricsServiceClient::new(channel),
        })
    }

    fn send(&mut self, export: Export) -> Result<Answer, Status> {
        let metadata = self.metadata.clone();
        self.runtime.block_on(async {
            match export {
                Export::Traces(message) => {
                    let answer = self.traces.export(with_metadata(metadata, message)).await?;
                    let partly = answer.into_inner().partial_success.unwrap_or_default();
                    Ok(Answer { rejected: partly.rejected_spans, message: partly.error_message })
                }
                Export::Logs(message) => {
                    let answer = self.logs.export(with_metadata(metadata, message)).await?;
                    let partly = answer.into_inner().partial_success.unwrap_or_default();
                    Ok(Answer {
                        rejected: partly.rejected_log_records,
                        message: partly.error_message,
                    })
                }
                Export::Metrics(message) => {
                    let answer = self.metrics.export(with_metadata(metadata, message)).await?;
                    let partly = answer.into_inner().partial_success.unwrap_or_default();
                    Ok(Answer {
                        rejected: partly.rejected_data_points,
                        message: partly.error_message,
                    })
                }
            }
        })
    }
}

impl Collector for OtlpCollector {
    fn deliver(&mut self, export: Export) -> Result<(), ShopError> {
        let began = Instant::now();
        loop {
            let status = match self.send(export.clone()) {
                Ok(answer) if answer.rejected == 0 => return Ok(()),
                Ok(answer) => {
                    let (what, sent) = size(&export);
                    let kept = sent.saturating_sub(answer.rejected.unsigned_abs());
                    let reason = answer.message;
                    return Err(ShopError::PartlyRefused { what, sent, kept, reason });
                }
                Err(status) => status,
            };
            let may_retry = matches!(
                status.code(),
                Code::Unavailable
                    | Code::ResourceExhausted
                    | Code::DeadlineExceeded
                    | Code::Aborted
                    | Code::Cancelled
            );
            let in_time = began.elapsed() < Duration::from_secs(SHOP_EXPORT_RETRY_SECONDS_MAX);
            if !may_retry || !in_time {
                return Err(ShopError::Refused {
                    endpoint: self.endpoint.clone(),
                    reason: format!("{}: {}", status.code(), status.message()),
                });
            }
            tracing::debug!(%status, "the receiver pushes back");
            std::thread::sleep(retry_delay(&status).unwrap_or(RETRY_DELAY));
        }
    }
}

pub(super) fn metadata(
    endpoint: &str,
    headers: &[(String, String)],
) -> Result<MetadataMap, ShopError> {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        let name = http::HeaderName::try_from(name).map_err(|error| unusable(endpoint, &error))?;
        let value =
            http::HeaderValue::try_from(value).map_err(|error| unusable(endpoint, &error))?;
        map.insert(name, value);
    }
    Ok(MetadataMap::from_headers(map))
}

fn unusable(endpoint: &str, error: &dyn std::fmt::Display) -> ShopError {
    ShopError::Endpoint { endpoint: endpoint.to_owned(), reason: error.to_string() }
}

fn with_metadata<T>(metadata: MetadataMap, message: T) -> Request<T> {
    Request::from_parts(metadata, tonic::Extensions::default(), message)
}

fn size(export: &Export) -> (&'static str, u64) {
    let count = match export {
        Export::Traces(request) => {
            let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            ("spans", scopes.map(|scope| scope.spans.len()).sum::<usize>())
        }
        Export::Logs(request) => {
            let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
            ("log records", scopes.map(|scope| scope.log_records.len()).sum())
        }
        Export::Metrics(request) => {
            let scopes =
                request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
            ("metrics", scopes.map(|scope| scope.metrics.len()).sum())
        }
    };
    (count.0, count.1 as u64)
}

/// The delay that the receiver asks for in the details of its status (google.rpc.RetryInfo).
fn retry_delay(status: &Status) -> Option<Duration> {
    let details = RpcStatus::decode(status.details()).ok()?.details;
    let info = details.iter().find(|any| any.type_url.ends_with("google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay?;
    let seconds = u64::try_from(delay.seconds).ok()?;
    Some(Duration::new(seconds, u32::try_from(delay.nanos).ok()?))
}

#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<AnyMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyMessage {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<RpcDuration>,
}

#[derive(Clone, PartialEq, Message)]
struct RpcDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receivers_delay_is_read_from_the_status() {
        let info = RetryInfo { retry_delay: Some(RpcDuration { seconds: 2, nanos: 5_000_000 }) };
        let any = AnyMessage {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: info.encode_to_vec(),
        };
        let details = RpcStatus { code: 8, message: String::new(), details: vec![any] };
        let status =
            Status::with_details(Code::ResourceExhausted, "full", details.encode_to_vec().into());
        assert_eq!(retry_delay(&status), Some(Duration::from_millis(2005)));
        assert_eq!(retry_delay(&Status::unavailable("down")), None);
    }
}
