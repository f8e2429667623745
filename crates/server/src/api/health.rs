//! `/healthz`: the process answers. `/readyz`: it can take and answer telemetry.

use super::ApiState;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::atomic::Ordering;

pub async fn healthz() -> &'static str {
    "ok\n"
}

pub async fn readyz(State(state): State<ApiState>) -> (StatusCode, String) {
    let refusal = *state.lake.refusal.lock();
    let failing = state.lake.wal.failing.load(Ordering::Relaxed) == 1;
    let reason = if state.intake.is_draining() {
        Some("shutting down")
    } else if let Some(reason) = refusal {
        Some(reason)
    } else if failing {
        Some("the write-ahead log cannot be written")
    } else {
        None
    };
    match reason {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
    }
}
