//! The HTTP routes: every status, both formats, every encoding.

use super::support::*;
use crate::otlp::http_router;
use crate::otlp::receive::ExportResponse;
use crate::refusal::RpcStatus;
use axum::body::Body;
use hannun_lake::append::AppendError;
use hannun_model::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_INFLATED_BYTES_MAX};
use http::Request;
use prost::Message;

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

#[tokio::test]
async fn protobuf_is_stored_and_answered_with_an_empty_message() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state.clone());
    let request = post("/v1/traces", &[PROTOBUF], export(vec![span(now_ns())]));
    let (response, body) = send(&router, request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "application/x-protobuf");
    assert!(body.is_empty());
    assert_eq!(*sink.stored_rows.lock(), 1);
    assert_eq!(state.budget.used_bytes(), 0);
}

#[tokio::test]
async fn a_request_sent_again_is_a_success_and_not_stored_twice() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state.clone());
    let message = export(vec![span(now_ns())]);
    for _ in 0..2 {
        let (response, _) = send(&router, post("/v1/traces", &[PROTOBUF], message.clone())).await;
        assert_eq!(response.status(), 200);
    }
    assert_eq!(*sink.stored_rows.lock(), 1);
    let value = |name: &str, labels: &[(&str, &str)]| {
        let samples = state.counters.snapshot();
        samples.iter().find(|one| one.name == name && one.labels == labels).unwrap().value
    };
    assert_eq!(value("hannun_intake_duplicate_requests_total", &[]), 1);
    assert_eq!(value("hannun_intake_accepted_rows_total", &[("table", "spans")]), 1);
    assert_eq!(value("hannun_intake_requests_total", &[]), 2);
    let spans = [("table", "spans")];
    assert_eq!(value("hannun_intake_received_bytes_total", &spans), 2 * message.len() as u64);
}

#[tokio::test]
async fn compressed_bodies_are_stored() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state);
    let message = export(vec![span(now_ns())]);
    let bodies = [
        ("gzip", gzip(&message)),
        ("zstd", zstd::encode_all(message.as_slice(), 3).unwrap()),
        ("identity", message.clone()),
    ];
    for (encoding, body) in bodies {
        let headers = [PROTOBUF, ("content-encoding", encoding)];
        let (response, _) = send(&router, post("/v1/traces", &headers, body)).await;
        assert_eq!(response.status(), 200, "{encoding}");
    }
    assert_eq!(*sink.stored_rows.lock(), 3);
}

#[tokio::test]
async fn a_zip_bomb_is_too_large_and_holds_nothing_afterwards() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state.clone());
    let bomb = zstd::encode_all(std::io::repeat(0).take_bytes(REQUEST_INFLATED_BYTES_MAX + 1), 1);
    let bomb = bomb.unwrap();
    assert!(bomb.len() < 100_000);
    let headers = [PROTOBUF, ("content-encoding", "zstd")];
    let (response, _) = send(&router, post("/v1/traces", &headers, bomb)).await;
    assert_eq!(response.status(), 413);
    assert_eq!((*sink.stored_rows.lock(), state.budget.used_bytes()), (0, 0));
}

trait TakeBytes: std::io::Read + Sized {
    fn take_bytes(self, bytes: usize) -> std::io::Take<Self> {
        self.take(bytes as u64)
    }
}

impl TakeBytes for std::io::Repeat {}

#[tokio::test]
async fn rejected_spans_are_told_while_the_others_are_stored() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state);
    let now = now_ns();
    let day = 86_400_000_000_000;
    let spans =
        vec![span(now), span(0), span(now + 2 * day), span(now - day), span(u64::MAX), span(now)];
    let (response, body) = send(&router, post("/v1/traces", &[PROTOBUF], export(spans))).await;
    assert_eq!(response.status(), 200);
    let partial = ExportResponse::decode(body).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_items, 4);
    assert_eq!(
        partial.error_message,
        "rejected: 1 without a time, 1 with a time after the year 2262, \
         1 too far in the future, 1 older than the retention"
    );
    assert_eq!(*sink.stored_rows.lock(), 2);
    let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5"}]}]}]}"#;
    let (response, body) = send(&router, post("/v1/logs", &[JSON], json)).await;
    assert_eq!(header(&response, "content-type"), "application/json");
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
}

#[tokio::test]
async fn malformed_bodies_are_refused_with_the_place() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = http_router(state);
    let mut message = export(vec![span(now_ns())]);
    message.pop();
    let (response, body) = send(&router, post("/v1/traces", &[PROTOBUF], message)).await;
    assert_eq!(response.status(), 400);
    let status = RpcStatus::decode(body).unwrap();
    assert_eq!(status.code, 3);
    assert!(status.message.starts_with("malformed protobuf at byte "), "{}", status.message);
    let (response, body) =
        send(&router, post("/v1/logs", &[JSON], r#"{"resourceLogs":[1]}"#)).await;
    assert_eq!(response.status(), 400);
    let status: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status["code"], 3);
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("resourceLogs") && message.contains("line 1 column"), "{message}");
    assert_eq!(*sink.stored_rows.lock(), 0);
}

#[tokio::test]
async fn other_types_encodings_and_methods_are_refused() {
    let (state, _) = state(BUDGET_BYTES);
    let router = http_router(state);
    let text = post("/v1/traces", &[("content-type", "text/plain")], "");
    let (response, body) = send(&router, text).await;
    assert_eq!(response.status(), 415);
    assert!(String::from_utf8_lossy(&body).contains("application/x-protobuf"));
    let brotli = post("/v1/traces", &[PROTOBUF, ("content-encoding", "br")], "");
    assert_eq!(send(&router, brotli).await.0.status(), 415);
    let get = Request::get("/v1/metrics").body(Body::empty()).unwrap();
    let (response, _) = send(&router, get).await;
    assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "POST"));
}

#[tokio::test]
async fn keys_are_asked_of_everybody_but_loopback() {
    let (state, _) = state(BUDGET_BYTES);
    let router = http_router(state);
    let cases = [
        ("10.0.0.1:1", None, 401),
        ("10.0.0.1:1", Some("Bearer right"), 200),
        ("10.0.0.1:1", Some("Bearer wrong"), 401),
        ("[::1]:1", None, 200),
        ("[::1]:1", Some("Bearer wrong"), 401),
    ];
    for (peer, key, status) in cases {
        let mut headers = vec![PROTOBUF];
        headers.extend(key.map(|key| ("authorization", key)));
        let mut request = post("/v1/traces", &headers, "");
        from(&mut request, peer);
        assert_eq!(send(&router, request).await.0.status(), status, "{peer} {key:?}");
    }
}

#[tokio::test]
async fn a_declared_or_streamed_body_past_the_limit_is_too_large() {
    let (state, _) = state(BUDGET_BYTES);
    let router = http_router(state.clone());
    let declared = (REQUEST_BODY_BYTES_MAX + 1).to_string();
    let headers = [PROTOBUF, ("content-length", declared.as_str())];
    assert_eq!(send(&router, post("/v1/traces", &headers, "")).await.0.status(), 413);
    let part = bytes::Bytes::from(vec![0; 1 << 20]);
    let parts = std::iter::repeat_n(part, (REQUEST_BODY_BYTES_MAX >> 20) + 1);
    let stream = futures::stream::iter(parts.map(Ok::<_, std::io::Error>));
    let streamed = post("/v1/traces", &[PROTOBUF], Body::from_stream(stream));
    assert_eq!(send(&router, streamed).await.0.status(), 413);
    assert_eq!(state.budget.used_bytes(), 0);
}

#[tokio::test]
async fn pushing_back_says_when_to_retry() {
    let (state, sink) = state(1000);
    let router = http_router(state.clone());
    let message = export(vec![span(now_ns())]);
    let held = state.budget.hold(990).unwrap();
    let (response, body) = send(&router, post("/v1/traces", &[PROTOBUF], message.clone())).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (429, "2"));
    assert_eq!(RpcStatus::decode(body).unwrap().code, 8);
    drop(held);
    *sink.refusal.lock() = Some(busy());
    let (response, body) = send(&router, post("/v1/traces", &[PROTOBUF], message.clone())).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (503, "3"));
    assert_eq!(RpcStatus::decode(body).unwrap().message, "not accepted now: the log is full");
    *sink.refusal.lock() = Some(AppendError::Invalid("no".to_owned()));
    let (response, _) = send(&router, post("/v1/traces", &[PROTOBUF], message.clone())).await;
    assert_eq!(response.status(), 400);
    state.drain();
    let (response, _) = send(&router, post("/v1/traces", &[PROTOBUF], message)).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (503, "2"));
    assert_eq!(state.budget.used_bytes(), 0);
}
