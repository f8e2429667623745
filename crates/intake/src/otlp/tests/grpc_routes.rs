//! The gRPC methods.

use super::support::*;
use crate::otlp::receive::ExportResponse;
use crate::otlp::{Signal, grpc_router};
use crate::refusal::{RetryInfo, RpcStatus};
use axum::Router;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::Response;
use prost::Message;

const GRPC: (&str, &str) = ("content-type", "application/grpc");

/// A message with the prefix that gRPC puts before it.
fn framed(compressed: bool, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![u8::from(compressed)];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

async fn call(router: &Router, headers: &[(&str, &str)], body: Vec<u8>) -> (Response<()>, Bytes) {
    let mut all = vec![GRPC, ("te", "trailers")];
    all.extend_from_slice(headers);
    send(router, post(Signal::Traces.grpc_path(), &all, body)).await
}

fn retry_delay_ms(response: &Response<()>) -> i64 {
    let details = header(response, "grpc-status-details-bin").trim_end_matches('=');
    let status = RpcStatus::decode(STANDARD_NO_PAD.decode(details).unwrap().as_slice()).unwrap();
    assert_eq!(status.code.to_string(), header(response, "grpc-status"));
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let info = RetryInfo::decode(status.details[0].value.as_slice()).unwrap();
    let delay = info.retry_delay.unwrap();
    delay.seconds * 1000 + i64::from(delay.nanos) / 1_000_000
}

#[tokio::test]
async fn plain_and_compressed_messages_are_stored() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = grpc_router(state.clone());
    let bodies = [
        ("identity", framed(false, &export(vec![span(now_ns())]))),
        ("gzip", framed(true, &gzip(&export(vec![span(now_ns())])))),
        (
            "zstd",
            framed(true, &zstd::encode_all(export(vec![span(now_ns())]).as_slice(), 3).unwrap()),
        ),
    ];
    for (encoding, body) in bodies {
        let (response, body) = call(&router, &[("grpc-encoding", encoding)], body).await;
        assert_eq!(header(&response, "grpc-status"), "0", "{encoding}");
        assert_eq!(&body[..], [0; 5], "an empty message");
    }
    // An encoding may be named and the message sent plain; and any part may be a byte long.
    let plain = framed(false, &export(vec![span(now_ns())]));
    let parts: Vec<_> = plain.into_iter().map(|byte| Ok::<_, std::io::Error>(vec![byte])).collect();
    let body = axum::body::Body::from_stream(futures::stream::iter(parts));
    let headers = [GRPC, ("grpc-encoding", "gzip")];
    let (response, _) = send(&router, post(Signal::Traces.grpc_path(), &headers, body)).await;
    assert_eq!(header(&response, "grpc-status"), "0");
    assert_eq!((*sink.stored_rows.lock(), state.budget.used_bytes()), (4, 0));
}

#[tokio::test]
async fn rejected_spans_are_told_with_success() {
    let (state, _) = state(BUDGET_BYTES);
    let router = grpc_router(state);
    let body = framed(false, &export(vec![span(now_ns()), span(0)]));
    let (response, body) = call(&router, &[], body).await;
    assert_eq!(header(&response, "grpc-status"), "0");
    let partial = ExportResponse::decode(&body[5..]).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_items, 1);
    assert_eq!(partial.error_message, "rejected: 1 without a time");
}

#[tokio::test]
async fn broken_and_unknown_callers_are_refused() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = grpc_router(state);
    let (response, _) = call(&router, &[], framed(false, &[0x0a, 9])).await;
    assert_eq!(header(&response, "grpc-status"), "3");
    let message = header(&response, "grpc-message");
    assert!(message.contains("byte%202"), "{message}");
    let wrong = [("authorization", "Bearer wrong")];
    let (response, _) = call(&router, &wrong, framed(false, &[])).await;
    assert_eq!((response.status().as_u16(), header(&response, "grpc-status")), (200, "16"));
    assert_eq!(*sink.stored_rows.lock(), 0);
    let page =
        post(Signal::Traces.grpc_path(), &[("content-type", "text/plain")], framed(false, &[]));
    assert_eq!(send(&router, page).await.0.status(), 415);
    let (response, _) = send(&router, post("/no.such/Method", &[GRPC], "")).await;
    assert_eq!(header(&response, "grpc-status"), "12");
}

#[tokio::test]
async fn pushing_back_says_when_to_retry() {
    let (state, sink) = state(1000);
    let router = grpc_router(state.clone());
    let body = framed(false, &export(vec![span(now_ns())]));
    let held = state.budget.hold(990).unwrap();
    let (response, _) = call(&router, &[], body.clone()).await;
    assert_eq!(header(&response, "grpc-status"), "8");
    assert_eq!(retry_delay_ms(&response), 2000);
    drop(held);
    *sink.refusal.lock() = Some(busy());
    let (response, _) = call(&router, &[], body.clone()).await;
    assert_eq!(header(&response, "grpc-status"), "14");
    assert_eq!(retry_delay_ms(&response), 2500);
    state.drain();
    let (response, _) = call(&router, &[], body).await;
    assert_eq!(header(&response, "grpc-status"), "14");
    assert_eq!(retry_delay_ms(&response), 2000);
    assert_eq!(state.budget.used_bytes(), 0);
}

#[tokio::test]
async fn a_zip_bomb_is_refused() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = grpc_router(state.clone());
    let bomb = zstd::encode_all(vec![0; (64 << 20) + 1].as_slice(), 1).unwrap();
    let (response, _) = call(&router, &[("grpc-encoding", "zstd")], framed(true, &bomb)).await;
    assert_eq!(header(&response, "grpc-status"), "8");
    assert_eq!((*sink.stored_rows.lock(), state.budget.used_bytes()), (0, 0));
}
