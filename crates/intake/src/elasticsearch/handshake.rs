//! What shippers ask before they send: version, license, templates, policies, health.
//!
//! Hannun has no templates, policies or pipelines of Elasticsearch. A question for one is answered
//! with "not found"; one that is sent is acknowledged and left alone, because nothing needs it: the
//! columns of `logs` are the same whatever a template says.

use http::{Method, StatusCode};
use serde_json::{Value, json};

/// The version whose protocol is spoken.
pub const VERSION: &str = "8.17.0";

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Json(StatusCode, Value),
    /// JSON that is written already.
    Written(Vec<u8>),
    Text(String),
    /// The status alone, to a `HEAD`.
    Empty(StatusCode),
}

/// What Elasticsearch keeps beside documents, and Hannun does not.
const KEPT_ELSEWHERE: [&str; 8] = [
    "_ilm",
    "_index_template",
    "_component_template",
    "_template",
    "_ingest",
    "_data_stream",
    "_alias",
    "_aliases",
];

/// Answers everything but documents. `host` is the address that the sender used.
pub fn answer(method: &Method, segments: &[&str], host: &str) -> Answer {
    let is_read = method == Method::GET || method == Method::HEAD;
    match segments {
        [] if is_read => ok(version()),
        ["_license"] if is_read => ok(json!({"license": {
            "status": "active", "uid": "hannun", "type": "basic", "mode": "basic",
            "issued_to": "hannun", "issuer": "hannun", "max_nodes": null,
        }})),
        ["_xpack"] if is_read => ok(json!({
            "license": {"uid": "hannun", "type": "basic", "mode": "basic", "status": "active"},
            "features": {"ilm": {"available": false, "enabled": false}},
        })),
        ["_cluster", "health", ..] if is_read => ok(json!({
            "cluster_name": "hannun", "status": "green", "timed_out": false,
            "number_of_nodes": 1, "number_of_data_nodes": 1,
            "active_primary_shards": 1, "active_shards": 1, "relocating_shards": 0,
            "initializing_shards": 0, "unassigned_shards": 0,
            "active_shards_percent_as_number": 100.0,
        })),
        ["_cat", "health"] if is_read => Answer::Text("hannun green 1 1\n".to_owned()),
        ["_nodes", ..] if is_read => ok(nodes(host)),
        ["_data_stream", ..] if is_read => not_found("index_not_found_exception", segments),
        [first, ..] if KEPT_ELSEWHERE.contains(first) => kept_elsewhere(method, segments),
        // An index is there once it is written to, and may be written to at any time.
        [index] if method == Method::HEAD && !index.starts_with('_') => {
            Answer::Empty(StatusCode::OK)
        }
        [index, ..] if method == Method::PUT && !index.starts_with('_') => ok(json!({
            "acknowledged": true, "shards_acknowledged": true, "index": index,
        })),
        [.., "_refresh" | "_flush"] => {
            ok(json!({"_shards": {"total": 1, "successful": 1, "failed": 0}}))
        }
        _ => error(
            StatusCode::BAD_REQUEST,
            "illegal_argument_exception",
            "only what sends logs is here; search them by POST /api/v1/search or /api/v1/sql",
        ),
    }
}

fn ok(body: Value) -> Answer {
    Answer::Json(StatusCode::OK, body)
}

/// An error as Elasticsearch writes it.
pub fn error(status: StatusCode, kind: &str, reason: &str) -> Answer {
    let cause = json!({"type": kind, "reason": reason});
    Answer::Json(
        status,
        json!({
            "error": {"root_cause": [cause], "type": kind, "reason": reason},
            "status": status.as_u16(),
        }),
    )
}

fn not_found(kind: &str, segments: &[&str]) -> Answer {
    error(StatusCode::NOT_FOUND, kind, &format!("{} is not kept here", segments.join("/")))
}

fn kept_elsewhere(method: &Method, segments: &[&str]) -> Answer {
    match *method {
        Method::HEAD => Answer::Empty(StatusCode::NOT_FOUND),
        Method::GET => not_found("resource_not_found_exception", segments),
        _ => ok(json!({"acknowledged": true})),
    }
}

fn version() -> Value {
    json!({
        "name": "hannun",
        "cluster_name": "hannun",
        "cluster_uuid": "hannun",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": "hannun",
            "build_date": "2024-12-11T12:08:05.663969764Z",
            "build_snapshot": false,
            "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    })
}

/// The only node, at the address that the sender used, for shippers that look for others.
fn nodes(host: &str) -> Value {
    json!({
        "_nodes": {"total": 1, "successful": 1, "failed": 0},
        "cluster_name": "hannun",
        "nodes": {"hannun": {
            "name": "hannun", "version": VERSION, "roles": ["data", "ingest"],
            "http": {"publish_address": host, "bound_address": [host]},
        }},
    })
}
