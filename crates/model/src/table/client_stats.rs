//! `client_stats`: what spans come to by the statistics of their client, which sampled them.
//!
//! The columns are those of `span_stats`, so that both are counted together.

pub use super::span_stats::{
    CALLEE_SERVICE_NAME, CALLER_SERVICE_NAME, COLUMNS, COUNT, DEPLOYMENT_ENVIRONMENT_NAME,
    DURATION_MAX, DURATION_SUM, ENDPOINT, FAILED, HISTOGRAM, KIND, PEER_KIND, PEER_NAME,
    PEER_SYSTEM, ROOT, SERVICE_NAME, SERVICE_VERSION, SPANS, TIME,
};
