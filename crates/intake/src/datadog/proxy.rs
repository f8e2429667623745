//! What else SDKs call on their agent, which passes it on to its vendor. It has no place here, and a
//! client that is refused logs an error again and again: so it is answered as the agent would, read
//! to its end, counted and dropped. `GET /api/v1/status` lists it.
//!
//! Telemetry tells which libraries a process has loaded and how it is configured, once an hour and
//! for the vendor's statistics; spans, profiles and remote configuration name language, version and
//! tracer already, so nothing of it is kept.
//!
//! Source of the paths:
//! <https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/endpoints.go>.

use super::access::admit;
use super::backend::answer::refused;
use super::state::DatadogState;
use crate::refusal::Refusal;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::routing::any;
use hannun_model::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_READ_SECONDS_MAX};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;

/// Something that is answered and not kept.
#[derive(Debug, Clone, Copy)]
struct Dropped {
    /// As the router takes it.
    path: &'static str,
    /// As it is listed.
    endpoint: &'static str,
    reason: &'static str,
    status: StatusCode,
    body: &'static str,
}

const fn dropped(
    path: &'static str,
    endpoint: &'static str,
    reason: &'static str,
    status: StatusCode,
) -> Dropped {
    Dropped { path, endpoint, reason, status, body: "{}" }
}

const TELEMETRY: &str = "telemetry of a tracer is about the tracer";
const DATA_STREAMS: &str = "there is no page for data streams";
const EVENT_PLATFORM: &str = "there is no page for tests, model calls or feature flags";
const SERVICES: &str = "spans name their services themselves";

const DROPPED: [Dropped; 18] = [
    dropped("/telemetry/proxy/{*path}", "/telemetry/proxy/", TELEMETRY, StatusCode::ACCEPTED),
    dropped("/api/v2/apmtelemetry", "/api/v2/apmtelemetry", TELEMETRY, StatusCode::ACCEPTED),
    dropped(
        "/tracer_flare/v1",
        "/tracer_flare/v1",
        "a flare is for the support of a vendor",
        StatusCode::OK,
    ),
    dropped("/v0.1/pipeline_stats", "/v0.1/pipeline_stats", DATA_STREAMS, StatusCode::ACCEPTED),
    dropped(
        "/api/v0.1/pipeline_stats",
        "/api/v0.1/pipeline_stats",
        DATA_STREAMS,
        StatusCode::ACCEPTED,
    ),
    dropped(
        "/symdb/v1/input",
        "/symdb/v1/input",
        "a probe names its place without a list of symbols",
        StatusCode::OK,
    ),
    dropped(
        "/openlineage/{*path}",
        "/openlineage/",
        "there is no page for the lineage of data",
        StatusCode::OK,
    ),
    dropped("/appsec/{*path}", "/appsec/", "there is no page for attacks", StatusCode::OK),
    dropped("/evp_proxy/v1/{*path}", "/evp_proxy/", EVENT_PLATFORM, StatusCode::ACCEPTED),
    dropped("/evp_proxy/v2/{*path}", "/evp_proxy/", EVENT_PLATFORM, StatusCode::ACCEPTED),
    dropped("/evp_proxy/v3/{*path}", "/evp_proxy/", EVENT_PLATFORM, StatusCode::ACCEPTED),
    dropped("/evp_proxy/v4/{*path}", "/evp_proxy/", EVENT_PLATFORM, StatusCode::ACCEPTED),
    dropped("/services", "/services", SERVICES, StatusCode::OK),
    dropped("/v0.1/services", "/services", SERVICES, StatusCode::OK),
    dropped("/v0.2/services", "/services", SERVICES, StatusCode::OK),
    dropped("/v0.3/services", "/services", SERVICES, StatusCode::OK),
    dropped("/v0.4/services", "/services", SERVICES, StatusCode::OK),
    dropped("/api/v0.2/services", "/services", SERVICES, StatusCode::OK),
];

/// Answers that clients read, by the end of the path: that none of what could be done with tests is
/// to be done, and that no commit is known.
const READ_ANSWERS: [(&str, &str); 2] = [
    (
        "/api/v2/libraries/tests/services/setting",
        r#"{"data":{"id":"0","type":"ci_app_tracers_test_service_settings","attributes":{"code_coverage":false,"tests_skipping":false,"itr_enabled":false,"require_git":false,"flaky_test_retries_enabled":false,"known_tests_enabled":false,"impacted_tests_enabled":false,"early_flake_detection":{"enabled":false,"slow_test_retries":{},"faulty_session_threshold":0},"test_management":{"enabled":false,"attempt_to_fix_retries":0}}}}"#,
    ),
    ("/api/v2/git/repository/search_commits", r#"{"data":[]}"#),
];

/// The routes of this part.
pub fn routes() -> Router<Arc<DatadogState>> {
    DROPPED.into_iter().fold(Router::new(), |router, what| {
        let handler = move |State(state): State<Arc<DatadogState>>, request: Request| async move {
            take(&state, what, request).await
        };
        router.route(what.path, any(handler))
    })
}

async fn take(state: &DatadogState, what: Dropped, request: Request) -> Response<Body> {
    let read_answer = READ_ANSWERS.iter().find(|(end, _)| request.uri().path().ends_with(end));
    let body = read_answer.map_or(what.body, |(_, body)| *body);
    match drain(state, request).await {
        Ok(bytes) => {
            state.unkept.count(what.endpoint, what.reason, bytes);
            let status = if read_answer.is_some() { StatusCode::OK } else { what.status };
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(refusal) => {
            state.intake.counters.count_refusal(&refusal);
            refused(&refusal)
        }
    }
}

/// Reads a body to its end and keeps none of it. Answers how many bytes it had.
async fn drain(state: &DatadogState, request: Request) -> Result<usize, Refusal> {
    admit(state, &request)?;
    let limit_bytes = REQUEST_BODY_BYTES_MAX;
    let too_large = Refusal::TooLarge { limit_bytes };
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|bytes| bytes > limit_bytes) {
        return Err(too_large);
    }
    let mut body = request.into_body();
    let read = async {
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame
                .map_err(|error| Refusal::Malformed(format!("failed to read the body: {error}")))?;
            bytes += frame.data_ref().map_or(0, |data| data.len());
            if bytes > limit_bytes {
                return Err(too_large);
            }
        }
        Ok(bytes)
    };
    let seconds = REQUEST_READ_SECONDS_MAX;
    tokio::time::timeout(Duration::from_secs(seconds), read)
        .await
        .map_err(|_| Refusal::Slow { seconds })?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::tests::support::{BUDGET_BYTES, from, post, send, state};
    use serde_json::Value;

    fn intake() -> (Arc<DatadogState>, Router) {
        let state = Arc::new(DatadogState::new(state(BUDGET_BYTES).0));
        (state.clone(), routes().with_state(state))
    }

    #[tokio::test]
    async fn what_is_not_kept_is_answered_and_counted() {
        let (state, router) = intake();
        for (path, status) in [
            ("/telemetry/proxy/api/v2/apmtelemetry", 202),
            ("/api/v2/apmtelemetry", 202),
            ("/tracer_flare/v1", 200),
            ("/v0.1/pipeline_stats", 202),
            ("/symdb/v1/input", 200),
            ("/openlineage/api/v1/lineage", 200),
            ("/evp_proxy/v2/api/v2/llmobs", 202),
            ("/evp_proxy/v4/api/v2/citestcycle", 202),
            ("/v0.3/services", 200),
        ] {
            let (response, body) = send(&router, post(path, &[], "12345")).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(body, "{}", "{path}");
        }
        let listed = state.unkept.list();
        let told: Vec<_> = listed.iter().map(|it| (it.endpoint, it.payloads, it.bytes)).collect();
        assert_eq!(
            told,
            [
                ("/api/v2/apmtelemetry", 1, 5),
                ("/evp_proxy/", 2, 10),
                ("/openlineage/", 1, 5),
                ("/services", 1, 5),
                ("/symdb/v1/input", 1, 5),
                ("/telemetry/proxy/", 1, 5),
                ("/tracer_flare/v1", 1, 5),
                ("/v0.1/pipeline_stats", 1, 5),
            ]
        );
        assert!(listed.iter().all(|it| !it.reason.is_empty()));
    }

    #[tokio::test]
    async fn clients_that_read_the_answer_find_what_they_look_for() {
        let (_, router) = intake();
        let path = "/evp_proxy/v2/api/v2/libraries/tests/services/setting";
        let (response, body) = send(&router, post(path, &[], "{}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["data"]["attributes"]["itr_enabled"], false);
        for (_, text) in READ_ANSWERS {
            assert!(serde_json::from_str::<Value>(text).unwrap()["data"] != Value::Null);
        }
    }

    #[tokio::test]
    async fn a_body_without_end_and_a_stranger_are_refused() {
        let (state, router) = intake();
        let large = post("/tracer_flare/v1", &[], vec![0; REQUEST_BODY_BYTES_MAX + 1]);
        assert_eq!(send(&router, large).await.0.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let mut stranger = post("/tracer_flare/v1", &[], "");
        from(&mut stranger, "192.0.2.1:9");
        assert_eq!(send(&router, stranger).await.0.status(), StatusCode::FORBIDDEN);
        assert!(state.unkept.list().is_empty());
    }
}
