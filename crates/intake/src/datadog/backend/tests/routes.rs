//! The routes: keys, codings, answers.

use super::rows_of;
use crate::datadog::backend::routes;
use crate::datadog::state::DatadogState;
use crate::otlp::tests::support::{
    BUDGET_BYTES, MemorySink, busy, from, gzip, header, now_ns, post, send, state,
};
use axum::Router;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

fn router() -> (Router, Arc<MemorySink>, Arc<DatadogState>) {
    let (intake, sink) = state(BUDGET_BYTES);
    let datadog = Arc::new(DatadogState::new(intake));
    (routes().with_state(datadog.clone()), sink, datadog)
}

fn now_s() -> i64 {
    i64::try_from(now_ns() / 1_000_000_000).unwrap()
}

fn series(value: f64) -> String {
    json!({"series": [{"metric": "m", "points": [[now_s(), value]]}]}).to_string()
}

async fn told(router: &Router, request: Request<Body>) -> (u16, Value) {
    let (response, body) = send(router, request).await;
    assert_eq!(header(&response, "content-type"), "application/json");
    (response.status().as_u16(), serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn each_endpoint_answers_as_its_clients_expect() {
    let (router, sink, _) = router();
    let log = json!([{"message": "m", "timestamp": now_s() * 1000 + 1}]).to_string();
    let second =
        json!({"series": [{"metric": "m", "points": [{"timestamp": now_s(), "value": 1}]}]});
    let distribution = json!({"series": [{"metric": "d", "points": [[now_s(), [1]]]}]});
    let check = json!({"check": "c", "status": 1}).to_string();
    let ok = json!({"status": "ok"});
    for (path, body, status, answer) in [
        ("/api/v1/series", series(1.0), 202, ok.clone()),
        ("/api/v2/series", second.to_string(), 202, json!({"errors": []})),
        ("/api/v1/distribution_points", distribution.to_string(), 202, ok.clone()),
        ("/api/v1/check_run", check, 202, ok.clone()),
        ("/api/v1/events", json!({"title": "t", "text": "x"}).to_string(), 202, ok.clone()),
        ("/intake/?api_key=x", json!({"events": {}}).to_string(), 202, ok.clone()),
        ("/api/v2/logs", log.clone(), 202, json!({})),
        ("/v1/input/abc?ddsource=x", log.clone(), 200, json!({})),
        ("/v1/input", "{}".to_owned(), 200, json!({})),
        ("/api/v1/collector", "anything".to_owned(), 202, ok),
    ] {
        let request = post(path, &[("content-type", "application/json")], body);
        assert_eq!(told(&router, request).await, (status, answer), "{path}");
    }
    assert_eq!(*sink.stored_rows.lock(), 8, "a check is a point and a record");
}

#[tokio::test]
async fn a_request_sent_again_is_answered_alike_and_kept_once() {
    let (router, sink, _) = router();
    let body = series(2.0);
    for _ in 0..3 {
        let (status, answer) = told(&router, post("/api/v1/series", &[], body.clone())).await;
        assert_eq!((status, answer), (202, json!({"status": "ok"})));
    }
    assert_eq!(*sink.stored_rows.lock(), 1);
    // Another machine counted the same in the same second.
    let mut request = post("/api/v1/series", &[("dd-api-key", "right")], body);
    from(&mut request, "10.0.0.9:1");
    assert_eq!(told(&router, request).await.0, 202);
    assert_eq!(*sink.stored_rows.lock(), 2);
}

#[tokio::test]
async fn every_coding_is_read() {
    let (router, sink, _) = router();
    let zlib = |text: &str| {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    let bodies = [
        ("gzip", gzip(series(1.0).as_bytes())),
        ("deflate", zlib(&series(2.0))),
        ("zstd", zstd(&series(3.0))),
        ("zstd1", zstd(&series(4.0))),
        ("identity", series(5.0).into_bytes()),
    ];
    for (encoding, body) in bodies {
        let request = post("/api/v1/series", &[("content-encoding", encoding)], body);
        assert_eq!(told(&router, request).await.0, 202, "{encoding}");
    }
    let stored: Vec<Value> =
        sink.batches.lock().iter().map(|batch| rows_of(batch)[0]["value"].clone()).collect();
    assert_eq!(stored, [1.0, 2.0, 3.0, 4.0, 5.0]);
    let request = post("/api/v1/series", &[("content-encoding", "br")], "x");
    let (status, answer) = told(&router, request).await;
    assert_eq!(status, 400, "agents send again for ever after any other status");
    assert!(answer["errors"][0].as_str().unwrap().contains("unknown Content-Encoding"));
}

#[tokio::test]
async fn what_is_wrong_is_told() {
    let (router, sink, _) = router();
    let mixed = json!({"series": [{"metric": "m", "points": [[now_s(), 1], [1, 1]]}]}).to_string();
    let (status, answer) = told(&router, post("/api/v1/series", &[], mixed)).await;
    let error = json!({"status": "ok", "errors": ["rejected: 1 older than the retention"]});
    assert_eq!((status, answer), (202, error));
    let bad = json!({"series": [{"metric": "m", "points": [[1, 1]]}]}).to_string();
    for path in ["/api/v1/series", "/api/v2/series"] {
        let (status, answer) = told(&router, post(path, &[], bad.clone())).await;
        let error = json!({"errors": ["rejected: 1 older than the retention"]});
        assert_eq!((status, answer), (400, error));
    }
    let (status, answer) = told(&router, post("/api/v1/series", &[], "{")).await;
    assert_eq!(status, 400);
    assert!(answer["errors"][0].as_str().unwrap().starts_with("malformed JSON"), "{answer}");
    assert_eq!(*sink.stored_rows.lock(), 1);
    *sink.refusal.lock() = Some(busy());
    let (response, _) = send(&router, post("/api/v1/series", &[], series(9.0))).await;
    assert_eq!(response.status(), 503);
    assert_eq!(
        (header(&response, "retry-after"), header(&response, "x-ratelimit-reset")),
        ("3", "3")
    );
}

#[tokio::test]
async fn senders_from_elsewhere_need_a_key_in_header_query_or_path() {
    let (router, sink, _) = router();
    let log = json!([{"message": "m"}]).to_string();
    let from_elsewhere = |path: &str, headers: &[(&str, &str)]| {
        let mut request = post(path, headers, log.clone());
        from(&mut request, "10.0.0.9:1");
        request
    };
    for (path, headers) in [
        ("/api/v2/logs", &[("dd-api-key", "right")][..]),
        ("/v1/input?api_key=right", &[][..]),
        ("/v1/input/right", &[][..]),
    ] {
        assert!(told(&router, from_elsewhere(path, headers)).await.0 < 300, "{path}");
    }
    assert_eq!(*sink.stored_rows.lock(), 3);
    for path in ["/v1/input/wrong", "/api/v2/logs", "/api/v1/collector"] {
        let (status, answer) = told(&router, from_elsewhere(path, &[])).await;
        assert_eq!((status, &answer["errors"][0]), (403, &json!("Forbidden")), "{path}");
    }
    for (key, expected) in [("right", 200), ("wrong", 403)] {
        let mut request = Request::get(format!("/api/v1/validate?api_key={key}"));
        request = request.header("user-agent", "datadog-agent/7");
        let mut request = request.body(Body::empty()).unwrap();
        from(&mut request, "10.0.0.9:1");
        let (status, answer) = told(&router, request).await;
        assert_eq!((status, answer["valid"] == true), (expected, key == "right"));
    }
}

#[tokio::test]
async fn what_is_not_kept_is_listed() {
    let (router, sink, datadog) = router();
    for path in ["/api/v1/collector", "/api/v2/orch", "/api/v1/metadata", "/api/v1/collector"] {
        let request = post(path, &[("content-encoding", "whatever")], "12345");
        assert_eq!(told(&router, request).await.0, 202, "{path}");
    }
    let listed = datadog.unkept.list();
    let told: Vec<_> = listed.iter().map(|it| (it.endpoint, it.payloads, it.bytes)).collect();
    assert_eq!(
        told,
        [("/api/v1/collector", 2, 10), ("/api/v1/metadata", 1, 5), ("/api/v2/orch", 1, 5)]
    );
    assert_eq!(*sink.stored_rows.lock(), 0);
}
