//! What HTTP and gRPC share between a body and an answer.

use super::{DecodeError, Decoded, Signal, decode, json};
use crate::IntakeState;
use crate::budget::Hold;
use crate::compression::{Encoding, inflate};
use crate::refusal::Refusal;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use hannun_lake::append::{Append, AppendError, Appended, content_hash};
use hannun_model::limits::{DECODE_INLINE_BYTES_MAX, REQUEST_INFLATED_BYTES_MAX};
use http::Request;
use std::net::SocketAddr;
use std::sync::Arc;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Protobuf,
    Json,
}

/// A body that has arrived.
#[derive(Debug)]
pub struct Received {
    pub signal: Signal,
    /// Protocol and path: the same bytes elsewhere are another request.
    pub route: &'static str,
    pub format: Format,
    pub encoding: Encoding,
    pub body: Bytes,
    /// The bytes held for it.
    pub hold: Hold,
}

/// An `Export*PartialSuccess`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    pub rejected_items: u64,
    /// Empty when everything was kept.
    pub message: String,
}

/// Refuses requests that may not come in, before anything of their body is read.
pub fn admit<B>(state: &IntakeState, request: &Request<B>) -> Result<(), Refusal> {
    state.counters.count_request();
    if state.is_draining() {
        return Err(Refusal::Draining);
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if !state.keys.admits(request.headers(), peer) {
        return Err(Refusal::Unauthenticated);
    }
    Ok(())
}

/// Decodes a body and keeps its rows.
pub async fn take(state: &Arc<IntakeState>, received: Received) -> Result<PartialSuccess, Refusal> {
    state.counters.count_received(received.signal.table(), received.body.len());
    let signal = received.signal;
    let hash = content_hash(received.route, &received.body);
    // A small compressed body may be a large message.
    let is_small =
        received.encoding == Encoding::Identity && received.body.len() <= DECODE_INLINE_BYTES_MAX;
    let prepared = if is_small {
        prepare(state, received)
    } else {
        let state = state.clone();
        tokio::task::spawn_blocking(move || prepare(&state, received))
            .await
            .map_err(|error| Refusal::Internal(error.to_string()))?
    };
    // The bytes stay held until the rows are kept: they are still in memory, as a batch.
    let (decoded, _hold) = prepared?;
    let rows = decoded.batch.rows();
    if rows > 0 {
        let append = Append { batches: vec![decoded.batch], content_hash: hash };
        match state.sink.append(append).await {
            Ok(Appended::Stored) => {
                state.counters.count_taken(signal.table(), rows, &decoded.tally);
            }
            Ok(Appended::Duplicate) => state.counters.count_duplicate(),
            Err(AppendError::Busy { reason, retry_after }) => {
                return Err(Refusal::StoreBusy { reason, retry_after });
            }
            Err(AppendError::Invalid(reason)) => return Err(Refusal::Invalid(reason)),
        }
    } else {
        state.counters.count_taken(signal.table(), 0, &decoded.tally);
    }
    Ok(PartialSuccess {
        rejected_items: decoded.tally.rejected_items(),
        message: decoded.tally.rejection_message().unwrap_or_default(),
    })
}

/// Decompresses and decodes.
fn prepare(state: &IntakeState, received: Received) -> Result<(Decoded, Hold), Refusal> {
    let Received { signal, format, encoding, body, mut hold, .. } = received;
    let inflated;
    let mut message: &[u8] = &body;
    if encoding != Encoding::Identity {
        let limit_bytes = REQUEST_INFLATED_BYTES_MAX.min(state.budget.limit_bytes());
        inflated = inflate(encoding, &body, limit_bytes, &mut hold)?;
        message = &inflated;
    }
    let protobuf;
    if format == Format::Json {
        protobuf = json::to_protobuf(signal, message)
            .map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))?;
        if !hold.grow(protobuf.len()) {
            return Err(Refusal::OverBudget);
        }
        message = &protobuf;
    }
    let decoded = decode(signal, message, state.clock(signal.table()));
    match decoded {
        Ok(decoded) => Ok((decoded, hold)),
        Err(DecodeError::Wire(error)) => Err(Refusal::Malformed(error.to_string())),
        Err(DecodeError::Arrow(error)) => Err(Refusal::Internal(error.to_string())),
    }
}

/// An `Export*ServiceResponse` as protobuf: the three have the same fields.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    pub partial_success: Option<ExportPartialSuccess>,
}

/// An `Export*PartialSuccess` as protobuf.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExportPartialSuccess {
    #[prost(int64, tag = "1")]
    pub rejected_items: i64,
    #[prost(string, tag = "2")]
    pub error_message: String,
}

impl PartialSuccess {
    /// Whether everything was kept.
    pub fn is_full(&self) -> bool {
        self.rejected_items == 0 && self.message.is_empty()
    }

    /// The answer as a protobuf message: empty when everything was kept.
    pub fn to_protobuf(&self) -> ExportResponse {
        let partial_success = (!self.is_full()).then(|| ExportPartialSuccess {
            rejected_items: i64::try_from(self.rejected_items).unwrap_or(i64::MAX),
            error_message: self.message.clone(),
        });
        ExportResponse { partial_success }
    }
}
