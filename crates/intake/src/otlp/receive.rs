//! What HTTP and gRPC share between a body and an answer.

use super::{DecodeError, Decoded, Signal, decode, json};
use crate::IntakeState;
use crate::body::Arrived;
use crate::budget::Hold;
use crate::door;
use crate::otlp::map::Clock;
use crate::refusal::Refusal;
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
    pub arrived: Arrived,
}

/// An `Export*PartialSuccess`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    pub rejected_items: u64,
    /// Empty when everything was kept.
    pub message: String,
}

/// Decodes a body and keeps its rows.
pub async fn take(state: &Arc<IntakeState>, received: Received) -> Result<PartialSuccess, Refusal> {
    let Received { signal, route, format, arrived } = received;
    let decode = move |message: &[u8], hold: &mut Hold, clock: Clock| {
        Ok((decode_as(signal, format, message, hold, clock)?, ()))
    };
    let taken = door::take(state, signal.table(), route, arrived, decode).await?;
    Ok(PartialSuccess {
        rejected_items: taken.tally.rejected_items(),
        message: taken.tally.rejection_message().unwrap_or_default(),
    })
}

fn decode_as(
    signal: Signal,
    format: Format,
    message: &[u8],
    hold: &mut Hold,
    clock: Clock,
) -> Result<Decoded, Refusal> {
    let mut message = message;
    let protobuf;
    if format == Format::Json {
        protobuf = json::to_protobuf(signal, message)
            .map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))?;
        if !hold.grow(protobuf.len()) {
            return Err(Refusal::OverBudget);
        }
        message = &protobuf;
    }
    decode(signal, message, clock).map_err(|error| match error {
        DecodeError::Wire(error) => Refusal::Malformed(error.to_string()),
        DecodeError::Arrow(error) => Refusal::Internal(error.to_string()),
    })
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
