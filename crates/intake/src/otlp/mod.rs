//! OTLP: traces, metrics and logs over HTTP and gRPC.
//!
//! Bytes are read in place ([`wire`]), mapped to rows ([`map`]) and handed to the sink; JSON is
//! first turned into the same bytes ([`json`]). [`restore`] goes back from rows to messages.

pub mod grpc;
pub mod http;
pub mod json;
mod json_schema;
pub mod map;
pub mod receive;
pub mod restore;
#[cfg(test)]
pub(crate) mod tests;
pub mod wire;

pub use grpc::grpc_router;
pub use http::http_router;

pub use crate::door::Decoded;
use crate::door::Identity;
use arrow::error::ArrowError;
use hannun_model::table::Table;
use map::{Clock, Rows};
use wire::{Slice, WireError};

/// What OTLP carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    /// Where its rows go.
    pub fn table(self) -> Table {
        match self {
            Self::Traces => Table::Spans,
            Self::Metrics => Table::MetricPoints,
            Self::Logs => Table::Logs,
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }

    /// Path over HTTP.
    pub fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Metrics => "/v1/metrics",
            Self::Logs => "/v1/logs",
        }
    }

    /// Path of the method over gRPC.
    pub fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    /// Name of the count of rejected items in a JSON answer.
    pub fn rejected_name(self) -> &'static str {
        match self {
            Self::Traces => "rejectedSpans",
            Self::Metrics => "rejectedDataPoints",
            Self::Logs => "rejectedLogRecords",
        }
    }
}

/// Why a request could not be turned into rows.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("failed to build a batch: {0}")]
    Arrow(#[from] ArrowError),
}

/// Decodes an `Export*ServiceRequest`. Nothing is kept of a message that is malformed anywhere.
pub fn decode(signal: Signal, message: &[u8], clock: Clock) -> Result<Decoded, DecodeError> {
    let mut rows = Rows::new(signal.table(), clock);
    let message = Slice::whole(message);
    match signal {
        Signal::Traces => map::walk(message, &mut rows, &mut map::traces::SpanMapper::default())?,
        Signal::Metrics => {
            map::walk(message, &mut rows, &mut map::metrics::MetricMapper::default())?;
        }
        Signal::Logs => map::walk(message, &mut rows, &mut map::logs::LogMapper::default())?,
    }
    Ok(Decoded {
        batch: rows.builder.finish()?,
        beside: Vec::new(),
        tally: rows.tally,
        identity: Identity::Content,
    })
}

/// Runs every decoder over `data`. Fuzzers call it; it must return.
pub fn fuzz_decode(data: &[u8]) {
    let clock = Clock { now_ns: 2_000_000_000_000_000_000, oldest_ns: i64::MIN };
    for signal in Signal::ALL {
        if let Ok(decoded) = decode(signal, data, clock) {
            debug_assert!(decoded.batch.rows() <= hannun_model::limits::ROWS_PER_REQUEST_MAX);
        }
        if let Ok(message) = json::to_protobuf(signal, data) {
            let decoded = decode(signal, &message, clock);
            debug_assert!(decoded.is_ok(), "what was written as protobuf reads as protobuf");
        }
    }
}
