//! The APM lens: which services there are, and what happened in one request.
//!
//! [`services`] answers the list of services, [`traces`] finds traces, [`trace`] opens one.
//! [`routes`] is the only file that knows HTTP.

pub mod documents;
pub mod routes;
pub mod services;
pub mod trace;
pub mod traces;
