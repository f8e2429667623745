//! Tests of OTLP as a whole: messages to rows and back, and the routes.

mod generate;
mod generate_metrics;
mod grpc_routes;
mod http_routes;
mod json;
mod limits;
mod normal;
mod real_files;
mod round_trip;
mod stored_round_trip;
pub(crate) mod support;
