//! The shop against its own truth: what its telemetry says is what happened.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod live;
mod played;
mod receiver;
mod reproducible;
mod scenarios;
mod traces;
