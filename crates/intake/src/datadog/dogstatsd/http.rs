//! DogStatsD over HTTP, as clients send it that reach their agent by HTTP alone: tracers of Node.js.
//!
//! A body is lines as in a datagram, of any number, and a window of its own: clients aggregate over
//! ten seconds themselves. It is answered when it is kept.

use super::counters::{MalformedLine, Tally};
use super::flush::{WINDOW_NS, WindowRows, add_waiting, logs_of_waiting};
use super::gather::Body as Lines;
use crate::body;
use crate::budget::Hold;
use crate::datadog::DatadogState;
use crate::datadog::access::admit;
use crate::datadog::backend::answer::{json, refused};
use crate::datadog::points::PointWriter;
use crate::door::{self, Decoded, Identity};
use crate::otlp::map::{Clock, Tally as RowTally};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::routing::post;
use hannun_model::batch::Batch;
use hannun_model::limits::DOGSTATSD_BODY_ROWS_FACTOR;
use hannun_model::table::Table;
use http::{Response, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    Router::new()
        .route("/dogstatsd/v1/proxy", post(input))
        .route("/dogstatsd/v2/proxy", post(input))
}

async fn input(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    match take(&state, request).await {
        Ok(()) => json(StatusCode::OK, &serde_json::json!({})),
        Err(refusal) => {
            state.intake.counters.count_refusal(&refusal);
            refused(&refusal)
        }
    }
}

async fn take(state: &Arc<DatadogState>, request: Request) -> Result<(), Refusal> {
    admit(state, &request)?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_local = peer.is_none_or(|peer| peer.0.ip().to_canonical().is_loopback());
    let arrived = body::read(&state.intake, request).await?;
    let shared = state.clone();
    let decode = move |message: &[u8], hold: &mut Hold, clock| {
        if !hold.grow(message.len().saturating_mul(DOGSTATSD_BODY_ROWS_FACTOR)) {
            return Err(Refusal::OverBudget);
        }
        decode(&shared, message, is_local, clock)
    };
    let route = "dogstatsd";
    let taken = door::take(&state.intake, Table::MetricPoints, route, arrived, decode).await?;
    taken.answer.count(state);
    Ok(())
}

/// What is counted of a body once it is kept.
struct Kept {
    tally: Tally,
    malformed: Option<MalformedLine>,
    points: usize,
    log_rows: usize,
    log_tally: RowTally,
    logs: Vec<Batch>,
}

fn decode(
    state: &DatadogState,
    message: &[u8],
    is_local: bool,
    clock: Clock,
) -> Result<(Decoded, Kept), Refusal> {
    let times = [clock.now_ns.saturating_sub(WINDOW_NS), clock.now_ns];
    let Lines { window, waiting, tally, malformed } = Lines::read(message, is_local, times);
    let host = state.host_name.clone();
    let internal = |error: arrow::error::ArrowError| Refusal::Internal(error.to_string());
    let mut points = PointWriter::new(clock);
    add_waiting(&mut points, &waiting, host.as_deref(), clock);
    let log_clock = state.intake.clock(Table::Logs);
    let events = logs_of_waiting(&waiting, host.as_deref(), log_clock).map_err(internal)?;
    // What is past the limits of a request is rejected, and counted so.
    WindowRows::new(window, host, clock).fill(&mut points, usize::MAX, usize::MAX);
    let points = points.finish().map_err(internal)?;
    let log_rows = events.batch.rows();
    let logs = match log_rows {
        0 => Vec::new(),
        _ => state.intake.logs.process(events.batch, log_clock.now_ns).batches,
    };
    let malformed = malformed.map(|(line, reason)| MalformedLine::of(line, reason, clock.now_ns));
    let kept = Kept {
        tally,
        malformed,
        points: points.batch.rows(),
        log_rows,
        log_tally: events.tally,
        logs: logs.clone(),
    };
    // The same counts may come again ten seconds later.
    Ok((Decoded { beside: logs, identity: Identity::Unique, ..points }, kept))
}

impl Kept {
    fn count(self, state: &DatadogState) {
        let counters = &state.dogstatsd;
        counters.add(&self.tally);
        counters.add_rows(self.points + self.log_rows);
        if let Some(line) = self.malformed {
            counters.remember_line(line);
        }
        state.intake.counters.count_taken(Table::Logs, self.log_rows, &self.log_tally);
        state.intake.logs.stored(&self.logs);
    }
}
