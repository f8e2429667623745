//! The one door between the bytes of a request and the store, whatever the protocol.

use crate::IntakeState;
use crate::body::Arrived;
use crate::budget::Hold;
use crate::compression::{Encoding, inflate};
use crate::otlp::map::{Clock, Tally};
use crate::refusal::Refusal;
use axum::extract::ConnectInfo;
use hannun_lake::append::{Append, AppendError, Appended, content_hash};
use hannun_model::batch::Batch;
use hannun_model::limits::{DECODE_INLINE_BYTES_MAX, REQUEST_INFLATED_BYTES_MAX};
use hannun_model::table::Table;
use http::Request;
use std::net::SocketAddr;
use std::sync::Arc;

/// Whether equal bytes are the same request, sent again because its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Every record says when it happened, or the sender numbers its requests.
    Content,
    /// Equal bytes are other records: "started" may be said twice.
    Unique,
}

/// The rows of a request and what happened to its parts.
#[derive(Debug)]
pub struct Decoded {
    pub batch: Batch,
    /// Rows of other tables that came with it, kept in the same append.
    pub beside: Vec<Batch>,
    pub tally: Tally,
    pub identity: Identity,
}

/// A request that was taken.
#[derive(Debug)]
pub struct Taken<A> {
    /// What the decoder found out for the answer.
    pub answer: A,
    pub tally: Tally,
    /// Keeps the bytes of the request held until it is answered.
    pub hold: Hold,
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

/// Decodes a body for `table` and keeps its rows. `route` names the protocol and all that the bytes
/// do not say themselves; `decode` is given the decompressed bytes.
pub async fn take<A, F>(
    state: &Arc<IntakeState>,
    table: Table,
    route: &str,
    arrived: Arrived,
    decode: F,
) -> Result<Taken<A>, Refusal>
where
    A: Send + 'static,
    F: FnOnce(&[u8], &mut Hold, Clock) -> Result<(Decoded, A), Refusal> + Send + 'static,
{
    state.counters.count_received(table, arrived.body.len());
    let hash = content_hash(route, &arrived.body);
    // A small compressed body may be a large message.
    let is_small =
        arrived.encoding == Encoding::Identity && arrived.body.len() <= DECODE_INLINE_BYTES_MAX;
    let prepared = if is_small {
        prepare(state, table, arrived, decode)
    } else {
        let state = state.clone();
        tokio::task::spawn_blocking(move || prepare(&state, table, arrived, decode))
            .await
            .map_err(|error| Refusal::Internal(error.to_string()))?
    };
    let prepared = prepared?;
    let hash = match prepared.identity {
        Identity::Content => hash,
        Identity::Unique => state.unique_hash(),
    };
    keep(state, table, &prepared, hash).await?;
    Ok(Taken { answer: prepared.answer, tally: prepared.tally, hold: prepared.hold })
}

/// Rows on their way to the store.
struct Prepared<A> {
    batches: Vec<Batch>,
    /// Rows as they came, before pipelines.
    rows: usize,
    tally: Tally,
    identity: Identity,
    answer: A,
    /// The bytes stay held until the rows are kept: they are still in memory, as batches.
    hold: Hold,
}

/// Decompresses, decodes, and sends log records through the pipelines.
fn prepare<A, F>(
    state: &IntakeState,
    table: Table,
    arrived: Arrived,
    decode: F,
) -> Result<Prepared<A>, Refusal>
where
    F: FnOnce(&[u8], &mut Hold, Clock) -> Result<(Decoded, A), Refusal>,
{
    let Arrived { encoding, body, mut hold } = arrived;
    let inflated;
    let mut message: &[u8] = &body;
    if encoding != Encoding::Identity {
        let limit_bytes = REQUEST_INFLATED_BYTES_MAX.min(state.budget.limit_bytes());
        inflated = inflate(encoding, &body, limit_bytes, &mut hold)?;
        message = &inflated;
    }
    let clock = state.clock(table);
    let (Decoded { batch, beside, tally, identity }, answer) = decode(message, &mut hold, clock)?;
    let rows = batch.rows();
    let mut batches = match table {
        _ if rows == 0 => Vec::new(),
        Table::Logs => state.logs.process(batch, clock.now_ns).batches,
        _ => vec![batch],
    };
    batches.extend(beside);
    Ok(Prepared { batches, rows, tally, identity, answer, hold })
}

async fn keep<A>(
    state: &IntakeState,
    table: Table,
    prepared: &Prepared<A>,
    content_hash: u128,
) -> Result<(), Refusal> {
    let batches: Vec<Batch> =
        prepared.batches.iter().filter(|batch| batch.rows() > 0).cloned().collect();
    // Nothing came, or the pipelines keep nothing of it: that is what was asked for.
    if !batches.is_empty() {
        match state.sink.append(Append { batches, content_hash }).await {
            Ok(Appended::Stored) => {}
            Ok(Appended::Duplicate) => {
                state.counters.count_duplicate();
                return Ok(());
            }
            Err(AppendError::Busy { reason, retry_after }) => {
                return Err(Refusal::StoreBusy { reason, retry_after });
            }
            Err(AppendError::Invalid(reason)) => return Err(Refusal::Invalid(reason)),
        }
    }
    state.counters.count_taken(table, prepared.rows, &prepared.tally);
    if table == Table::Logs {
        state.logs.stored(&prepared.batches);
    }
    Ok(())
}
