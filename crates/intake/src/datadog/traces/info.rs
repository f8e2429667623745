//! `GET /info`: what is here, so that clients use no more and no less.
//!
//! <https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/info.go>

use hannun_model::limits::REQUEST_INFLATED_BYTES_MAX;
use http::HeaderValue;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The paths that clients look for, whichever part answers them. Those of the backend intake are
/// not among them: nobody asks here what it has.
pub const ENDPOINTS: &[&str] = &[
    "/v0.3/traces",
    "/v0.4/traces",
    "/v0.5/traces",
    "/v0.7/traces",
    "/v0.6/stats",
    "/v0.1/pipeline_stats",
    "/profiling/v1/input",
    "/dogstatsd/v1/proxy",
    "/dogstatsd/v2/proxy",
    "/telemetry/proxy/",
    "/tracer_flare/v1",
    "/evp_proxy/v1/",
    "/evp_proxy/v2/",
    "/evp_proxy/v3/",
    "/evp_proxy/v4/",
    "/symdb/v1/input",
    "/v0.7/config",
    "/debugger/v1/input",
    "/debugger/v2/input",
    "/debugger/v1/diagnostics",
];

/// The version of the agent that is spoken. Clients compare it with the first one that has what
/// they want, such as statistics whose peers are named.
const AGENT_VERSION: &str = "7.70.0";

/// Kinds of spans that clients count even where no service is entered.
pub const SPAN_KINDS: [&str; 4] = ["client", "server", "producer", "consumer"];

/// Tags that clients count calls by. They are what the other side of a call is named from, and the
/// service that calls.
pub const PEER_TAGS: &[&str] = &[
    "_dd.base_service",
    "db.instance",
    "db.name",
    "db.system",
    "db.type",
    "messaging.destination",
    "messaging.destination.name",
    "messaging.system",
    "network.destination.name",
    "out.host",
    "peer.hostname",
    "peer.service",
    "queuename",
    "rpc.method",
    "rpc.service",
    "rpc.system",
    "server.address",
    "topicname",
];

/// Headers that requests to the proxied products may have.
const PROXIED_HEADERS: &[&str] =
    &["Content-Type", "Accept-Encoding", "Content-Encoding", "User-Agent", "DD-CI-PROVIDER-NAME"];

/// The answer, which is the same as long as the process runs.
pub static BODY: LazyLock<String> = LazyLock::new(|| {
    serde_json::json!({
        "version": AGENT_VERSION,
        "git_commit": "",
        "endpoints": ENDPOINTS,
        "client_drop_p0s": true,
        "span_meta_structs": true,
        // A span that is sent again and again while it lasts would stand here as often.
        "long_running_spans": false,
        "span_events": true,
        "evp_proxy_allowed_headers": PROXIED_HEADERS,
        "peer_tags": PEER_TAGS,
        "span_kinds_stats_computed": SPAN_KINDS,
        "config": { "default_env": "none", "max_request_bytes": REQUEST_INFLATED_BYTES_MAX },
    })
    .to_string()
});

/// The value of the header by which clients notice that the answer is another one: its hash.
pub static STATE: LazyLock<HeaderValue> = LazyLock::new(|| {
    let mut text = String::with_capacity(64);
    hannun_model::value::write_hex(&mut text, &Sha256::digest(BODY.as_bytes()));
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("none"))
});
