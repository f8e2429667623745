//! Why a request was not taken, and what HTTP and gRPC call that.

use bytes::Bytes;
use hannun_model::limits::RETRY_AFTER_SECONDS;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use prost::Message;
use std::time::Duration;
use tonic::Code;

/// Why a request was not taken. Nothing of it was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not what it says it is.
    #[error("{0}")]
    Malformed(String),
    /// The store will never keep these rows.
    #[error("not acceptable: {0}")]
    Invalid(String),
    #[error("an intake key is needed: send it as `Authorization: Bearer …` or `hannun-key: …`")]
    Unauthenticated,
    #[error("use POST")]
    MethodNotAllowed,
    #[error("the body took more than {seconds} s to arrive")]
    Slow { seconds: u64 },
    #[error("the body is larger than {limit_bytes} bytes, as sent or decompressed")]
    TooLarge { limit_bytes: usize },
    #[error("{0}")]
    Unsupported(String),
    /// Too many bytes of other requests are in flight.
    #[error("too many requests in flight; send it again later")]
    OverBudget,
    /// The store asks to wait.
    #[error("not accepted now: {reason}")]
    StoreBusy { reason: &'static str, retry_after: Duration },
    #[error("the server is shutting down")]
    Draining,
    #[error("failed to take the request: {0}")]
    Internal(String),
}

impl Refusal {
    /// The label of the counter.
    pub fn label(&self) -> &'static str {
        Self::LABELS[self.index()]
    }

    /// Every label, in the order of [`Refusal::index`].
    pub const LABELS: [&'static str; 11] = [
        "malformed",
        "invalid",
        "unauthenticated",
        "method_not_allowed",
        "slow",
        "too_large",
        "unsupported",
        "over_budget",
        "store_busy",
        "draining",
        "internal",
    ];

    pub(crate) fn index(&self) -> usize {
        match self {
            Self::Malformed(_) => 0,
            Self::Invalid(_) => 1,
            Self::Unauthenticated => 2,
            Self::MethodNotAllowed => 3,
            Self::Slow { .. } => 4,
            Self::TooLarge { .. } => 5,
            Self::Unsupported(_) => 6,
            Self::OverBudget => 7,
            Self::StoreBusy { .. } => 8,
            Self::Draining => 9,
            Self::Internal(_) => 10,
        }
    }

    /// The status over HTTP.
    pub fn http_status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OverBudget => StatusCode::TOO_MANY_REQUESTS,
            Self::StoreBusy { .. } | Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The status over gRPC, and the `code` of a `google.rpc.Status`.
    pub fn grpc_code(&self) -> Code {
        match self {
            Self::Malformed(_) | Self::Invalid(_) => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::MethodNotAllowed | Self::Unsupported(_) => Code::Unimplemented,
            Self::Slow { .. } => Code::DeadlineExceeded,
            Self::TooLarge { .. } | Self::OverBudget => Code::ResourceExhausted,
            Self::StoreBusy { .. } | Self::Draining => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// When to send the same request again; `None` when that would not help.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::StoreBusy { retry_after, .. } => Some(*retry_after),
            Self::OverBudget | Self::Draining => Some(Duration::from_secs(RETRY_AFTER_SECONDS)),
            _ => None,
        }
    }

    /// Sets the headers that a refusal over HTTP has.
    pub fn set_headers(&self, headers: &mut HeaderMap) {
        if let Some(delay) = self.retry_after() {
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if matches!(self, Self::Unauthenticated) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Hannun\""));
        }
    }

    /// This refusal as a `google.rpc.Status`, with a `RetryInfo` when a retry helps.
    pub fn rpc_status(&self) -> RpcStatus {
        let details = self.retry_after().map(|delay| RpcAny {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: RetryInfo {
                retry_delay: Some(RpcDuration {
                    seconds: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
                    nanos: delay.subsec_nanos() as i32,
                }),
            }
            .encode_to_vec(),
        });
        RpcStatus {
            code: self.grpc_code() as i32,
            message: self.to_string(),
            details: details.into_iter().collect(),
        }
    }

    /// This refusal over gRPC.
    pub fn grpc_status(&self) -> tonic::Status {
        let status = self.rpc_status();
        if status.details.is_empty() {
            return tonic::Status::new(self.grpc_code(), status.message);
        }
        let details = Bytes::from(status.encode_to_vec());
        tonic::Status::with_details(self.grpc_code(), status.message, details)
    }
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<RpcAny>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub struct RpcAny {
    #[prost(string, tag = "1")]
    pub type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
pub struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub retry_delay: Option<RpcDuration>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct RpcDuration {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}
