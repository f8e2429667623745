//! Over HTTP.

use super::sample::{Sample, payload, request};
use crate::datadog::{DatadogState, router, traces};
use crate::otlp::tests::support::{
    BUDGET_BYTES, MemorySink, from, gzip, header, now_ns, post, send, state,
};
use axum::Router;
use bytes::Bytes;
use hannun_model::limits::REQUEST_BODY_BYTES_MAX;
use hannun_model::table::spans;
use http::{Method, StatusCode};
use std::sync::Arc;
use traces::receive::Version;
use traces::sampling::Sampler;

fn agent(sampler: Sampler) -> (Router, Arc<MemorySink>) {
    let (intake, sink) = state(BUDGET_BYTES);
    let mut state = DatadogState::new(intake);
    state.sampler = sampler;
    state.host_name = Some("here".to_owned());
    (router(Arc::new(state)), sink)
}

fn recent() -> Vec<Sample> {
    let mut spans = request();
    spans.iter_mut().for_each(|span| span.start_ns = now_ns() as i64);
    spans
}

async fn put(
    router: &Router,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (StatusCode, String, Bytes) {
    let mut request = post(path, headers, body);
    *request.method_mut() = Method::PUT;
    let (response, body) = send(router, request).await;
    (response.status(), header(&response, "datadog-agent-state").to_owned(), body)
}

#[tokio::test]
async fn every_version_is_taken_and_answered_with_rates() {
    let (router, sink) = agent(Sampler::new(0.0));
    for version in [Version::V04, Version::V05, Version::V07, Version::Agent] {
        let bytes = payload(version, &[recent()]);
        let (status, state, body) = put(&router, version.path(), &[], bytes).await;
        assert_eq!((status, state.len()), (StatusCode::OK, 64));
        let rates: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(rates["rate_by_service"]["service:,env:"], 1.0);
    }
    let bytes = payload(Version::V03, &[recent()]);
    let (status, _, body) = put(&router, "/v0.3/traces", &[], bytes).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"OK\n"[..]));
    assert_eq!(*sink.stored_rows.lock(), 10);
    let batches = sink.batches.lock();
    assert_eq!(super::rows::text(&batches[0], spans::HOST_NAME, 0).unwrap(), "here");
}

#[tokio::test]
async fn headers_say_where_a_payload_comes_from() {
    let (router, sink) = agent(Sampler::new(0.0));
    let headers = [
        ("content-encoding", "gzip"),
        ("datadog-entity-id", "ci-abcdef"),
        ("datadog-meta-lang", "python"),
        ("datadog-client-computed-stats", "yes"),
    ];
    let body = gzip(&payload(Version::V05, &[recent()]));
    let mut request = post("/v0.5/traces", &headers, body.clone());
    let (response, _) = send(&router, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    {
        let batches = sink.batches.lock();
        let get = |column| super::rows::text(&batches[0], column, 0);
        assert_eq!(get(spans::CONTAINER_ID).unwrap(), "abcdef");
        let counts = batches[0].records().column_by_name("adjusted_count");
        assert!(counts.is_some());
    }
    // A stranger needs a key, whatever Datadog's is.
    request = post("/v0.5/traces", &headers, body);
    from(&mut request, "192.0.2.9:4000");
    let (response, body) = send(&router, request).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(&body[..], br#"{"errors":["Forbidden"]}"#);
}

#[tokio::test]
async fn what_cannot_be_taken_is_told_and_not_kept() {
    let (router, sink) = agent(Sampler::new(0.0));
    let mut broken = payload(Version::V04, &[recent()]);
    broken.pop();
    let (status, _, body) = put(&router, "/v0.4/traces", &[], broken).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8_lossy(&body).contains("trace 0, span 1"), "{body:?}");
    let large = vec![0; REQUEST_BODY_BYTES_MAX + 1];
    let (status, ..) = put(&router, "/v0.4/traces", &[], large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let json = [("content-type", "application/json")];
    let (status, ..) = put(&router, "/v0.4/traces", &json, b"[]".to_vec()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _, body) = put(&router, "/v0.9/traces", &[], Vec::new()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(told["endpoints"].as_array().unwrap().contains(&"/v0.5/traces".into()), "{told}");
    assert_eq!(*sink.stored_rows.lock(), 0);
}

#[tokio::test]
async fn the_same_payload_sent_again_is_kept_once() {
    let (router, sink) = agent(Sampler::new(0.0));
    let bytes = payload(Version::V05, &[recent()]);
    for _ in 0..2 {
        assert_eq!(put(&router, "/v0.5/traces", &[], bytes.clone()).await.0, StatusCode::OK);
    }
    assert_eq!(*sink.stored_rows.lock(), 2);
}

#[tokio::test]
async fn info_names_what_is_here() {
    let (router, _) = agent(Sampler::new(0.0));
    let mut request = post("/info", &[], "");
    *request.method_mut() = Method::GET;
    let (response, body) = send(&router, request).await;
    let info: serde_json::Value = serde_json::from_slice(&body).unwrap();
    for version in [Version::V03, Version::V04, Version::V05, Version::V07] {
        assert!(info["endpoints"].as_array().unwrap().contains(&version.path().into()));
    }
    assert_eq!(info["client_drop_p0s"], true);
    assert!(info["peer_tags"].as_array().unwrap().contains(&"_dd.base_service".into()));
    let (_, state, _) = put(&router, "/v0.4/traces", &[], Vec::new()).await;
    assert_eq!(header(&response, "datadog-agent-state"), state);
}

/// What is advertised must be there: a path that is not is answered by the fallback.
#[tokio::test]
async fn every_endpoint_that_is_advertised_is_served() {
    let (router, _) = agent(Sampler::new(0.0));
    for path in traces::info::ENDPOINTS {
        let path = if path.ends_with('/') { format!("{path}api/v2/x") } else { (*path).to_owned() };
        let (response, body) = send(&router, post(&path, &[], "")).await;
        let body = String::from_utf8_lossy(&body);
        assert!(!body.contains("there is no"), "{path}: {} {body}", response.status());
    }
}

#[tokio::test]
async fn spans_that_an_agent_counted_are_counted_once() {
    let (router, sink) = agent(Sampler::new(0.0));
    let mut left_to_us = recent();
    left_to_us[0] = left_to_us[0].clone().meta("_dd.compute_stats", "1");
    for spans in [recent(), left_to_us] {
        let bytes = payload(Version::Agent, &[spans]);
        let path = Version::Agent.path();
        assert_eq!(put(&router, path, &[], bytes).await.0, StatusCode::OK);
    }
    let batches = sink.batches.lock();
    let counts = |at: usize| batches[at].records().column_by_name("adjusted_count").is_some();
    // Its statistics come by themselves, unless it leaves the counting to its backend.
    assert_eq!((counts(0), counts(1)), (true, false));
}
