//! `/v0.6/stats` of the agent's API and `/api/v0.2/stats` of the backend's.

use super::map::{self, Outcome, Sender};
use crate::body;
use crate::datadog::access::admit;
use crate::datadog::backend::answer::refused;
use crate::datadog::state::DatadogState;
use crate::door::{self, Taken};
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::post;
use hannun_model::table::Table;
use http::Response;
use std::sync::Arc;

const OF_TRACER: &str = "/v0.6/stats";
const OF_AGENT: &str = "/api/v0.2/stats";

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    let of_tracer = post(of_tracer).put(of_tracer);
    Router::new().route(OF_TRACER, of_tracer).route(OF_AGENT, post(of_agent).put(of_agent))
}

async fn of_tracer(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    answer(&state, take(&state, OF_TRACER, Sender::Tracer, request).await)
}

async fn of_agent(State(state): State<Arc<DatadogState>>, request: Request) -> Response<Body> {
    answer(&state, take(&state, OF_AGENT, Sender::Agent, request).await)
}

/// Agents answer with nothing.
fn answer(state: &DatadogState, taken: Result<(), Refusal>) -> Response<Body> {
    match taken {
        Ok(()) => Response::new(Body::empty()),
        Err(refusal) => {
            state.intake.counters.count_refusal(&refusal);
            refused(&refusal)
        }
    }
}

async fn take(
    state: &Arc<DatadogState>,
    route: &'static str,
    sender: Sender,
    request: Request,
) -> Result<(), Refusal> {
    admit(state, &request)?;
    let arrived = body::read(&state.intake, request).await?;
    let bytes = arrived.body.len();
    let taken: Taken<Outcome> = door::take(
        &state.intake,
        Table::ClientStats,
        route,
        arrived,
        move |message, hold, clock| {
            // Rows stand in memory beside the message.
            if !hold.grow(message.len()) {
                return Err(Refusal::OverBudget);
            }
            map::decode(message, sender, clock)
        },
    )
    .await?;
    if taken.answer.counted_by_spans {
        state.unkept.count(route, "this client sends every span, which are counted instead", bytes);
    }
    Ok(())
}
