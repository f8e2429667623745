//! Bodies of lines in every form.

use super::map::{Outcome, map};
use crate::otlp::map::Reject;
use crate::otlp::tests::support::{BUDGET_BYTES, from, post, send, state};
use crate::records::json::Json;
use crate::records::tests::{CLOCK, rows};
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use serde_json::{Value, json};

fn mapped(body: &str, media_type: Option<&str>) -> (Vec<Value>, Outcome) {
    let (decoded, outcome) = map(body.as_bytes(), media_type, &[], CLOCK).unwrap();
    let bodies: Vec<Value> = rows(&decoded).iter().map(|row| row["body"].clone()).collect();
    assert_eq!(
        (bodies.len(), decoded.tally.rejected_items()),
        (outcome.accepted, outcome.rejected as u64)
    );
    (bodies, outcome)
}

#[test]
fn every_form_is_told_from_the_others() {
    let json_type = Some("application/json");
    for (body, media_type, expected) in [
        ("{\"msg\":\"a\"}\n\n{\"msg\":\"b\"}\r\n", Some("application/x-ndjson"), vec!["a", "b"]),
        ("{\"msg\":\"a\"}\n{\"msg\":\"b\"}", json_type, vec!["a", "b"]),
        ("{\"msg\":\"a\"}", None, vec!["a"]),
        ("{\n  \"msg\": \"a\"\n}\n", json_type, vec!["a"]),
        (" [ {\"msg\":\"a\"},\n \"b\" ]", json_type, vec!["a", "b"]),
        ("a\n  \nb c\r\n", Some("text/plain"), vec!["a", "b c"]),
        ("a\nb", Some("application/x-www-form-urlencoded"), vec!["a", "b"]),
        ("[x] a", Some("text/plain"), vec!["[x] a"]),
        ("", None, vec![]),
        ("[]", json_type, vec![]),
    ] {
        assert_eq!(mapped(body, media_type).0, expected, "{body}");
    }
}

#[test]
fn bad_lines_are_named_and_the_others_kept() {
    let body = "{\"msg\":\"a\"}\n{\"msg\":\n\n17\n{\"msg\":\"b\",\"time\":\"2020-01-01T00:00:00Z\"}\n{\"msg\":\"c\"}\n";
    let (bodies, outcome) = mapped(body, Some("application/x-ndjson"));
    assert_eq!(bodies, ["a", "c"]);
    let told: Vec<(usize, &str)> =
        outcome.errors.iter().map(|error| (error.line, error.reason.as_str())).collect();
    assert_eq!(told[0].0, 2);
    assert!(told[0].1.starts_with("malformed JSON: EOF while parsing"), "{}", told[0].1);
    assert_eq!(told[1..], [(4, "neither an object nor a text"), (5, "older than the retention")]);
    let (_, outcome) = mapped(&"x\n".repeat(500), Some("application/x-ndjson"));
    assert_eq!((outcome.rejected, outcome.errors.len()), (500, 100));
    let malformed = map(b"[{\"msg\":\"a\"},", Some("application/json"), &[], CLOCK);
    assert!(matches!(malformed, Err(Refusal::Malformed(_))));
}

#[tokio::test]
async fn the_route_takes_defaults_and_keys() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = super::router(state);
    let body = "{\"msg\":\"a\"}\n{\"msg\":\"b\",\"service\":\"own\"}\nbad";
    let request = post("/logs?service=%EC%A3%BC%EB%AC%B8&env=prod", &[], body);
    let (answer, text) = send(&router, request).await;
    assert_eq!(answer.status(), 200);
    let told: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        (&told["accepted"], &told["rejected"], &told["errors"][0]["line"]),
        (&json!(2), &json!(1), &json!(3))
    );
    let batch = sink.batches.lock().pop().unwrap();
    let tally = crate::otlp::map::Tally::default();
    let identity = crate::door::Identity::Unique;
    let rows = rows(&crate::door::Decoded { batch, beside: Vec::new(), tally, identity });
    assert_eq!(
        (&rows[0]["service_name"], &rows[1]["service_name"]),
        (&json!("주문"), &json!("own"))
    );
    assert_eq!(rows[1]["deployment_environment_name"], "prod");

    // Without times equal bytes are other records; with times they are the same request.
    let now_ns = crate::otlp::tests::support::now_ns();
    let second = (now_ns / 1_000_000_000).to_string();
    let whole = format!("{{\"msg\":\"whole second\",\"ts\":{second}}}");
    for (body, stored) in [("again", 4), ("{\"msg\":\"x\",\"ts\":NOW}", 5), (&whole, 7)] {
        let now = (now_ns | 1).to_string();
        let body = body.replace("NOW", &now);
        for _ in 0..2 {
            let (answer, _) = send(&router, post("/logs", &[], body.clone())).await;
            assert_eq!(answer.status(), 200);
        }
        assert_eq!(*sink.stored_rows.lock(), stored, "{body}");
    }

    // A batch with an id is itself only.
    for (id, stored) in [("1", 8), ("1", 8), ("2", 9)] {
        let (answer, _) = send(&router, post("/logs", &[("hannun-batch", id)], "same")).await;
        assert_eq!((answer.status().as_u16(), *sink.stored_rows.lock()), (200, stored));
    }

    let path = format!("/logs?service={}", "x".repeat(1025));
    let (answer, text) = send(&router, post(&path, &[], "x")).await;
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(&text).contains("service is longer than 1024 bytes"));
    let (answer, _) = send(&router, post("/logs", &[], "{\"a\":")).await;
    assert_eq!(answer.status(), 400);
    let (answer, text) = send(&router, post("/logs?colour=red", &[], "x")).await;
    assert_eq!(answer.status(), 400);
    assert!(String::from_utf8_lossy(&text).contains("unknown parameter"));
    let mut request = post("/logs", &[], "x");
    from(&mut request, "10.0.0.9:1");
    let (answer, _) = send(&router, request).await;
    assert_eq!(answer.status(), 401);
    let mut request = post("/logs", &[("authorization", "Basic dTpyaWdodA==")], "x");
    from(&mut request, "10.0.0.9:1");
    let (answer, _) = send(&router, request).await;
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_parameter_is_stored_once_for_all_rows() {
    let service = "x".repeat(1024);
    let resource = [("service.name", service.as_str())];
    let (decoded, _) = map("y\n".repeat(10_000).as_bytes(), None, &resource, CLOCK).unwrap();
    assert_eq!(rows(&decoded)[9_999]["service_name"], service);
    assert!(decoded.batch.bytes() < 5_000_000, "{} bytes", decoded.batch.bytes());
}

#[test]
fn rows_have_a_limit_of_bytes_whatever_the_request_had() {
    let text = "x".repeat(1 << 20);
    let attributes = [("a".into(), Json::text(text.as_str()))];
    let hints = Hints { attributes: &attributes, ..Hints::default() };
    let mut rows = LogRows::new(CLOCK);
    let added: Vec<_> = (0..150).map(|_| rows.add(None, &hints, Record::Line(b"m"))).collect();
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 128);
    assert_eq!(added[149], Err(Reject::TooManyBytes));
    let tally = rows.finish().unwrap().tally;
    assert_eq!(tally.rejected[Reject::TooManyBytes as usize], 22);
}
