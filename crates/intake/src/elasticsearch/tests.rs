//! `_bulk` with good and bad rows, and what shippers ask first.

use super::map;
use super::wire::{BulkError, Operation, read_bulk};
use crate::door::Identity;
use crate::otlp::tests::support::{BUDGET_BYTES, busy, gzip, header, post, send, state};
use crate::records::tests::{CLOCK, rows};
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;

const BULK: &str = concat!(
    "{\"create\":{\"_index\":\"logs-app\",\"_id\":\"7\"}}\n",
    "{\"@timestamp\":\"2026-11-21T07:33:19Z\",\"message\":\"first\",\"log\":{\"level\":\"error\"}}\n",
    "{\"index\":{}}\r\n",
    "{\"message\":\"second\",\"n\":1}\r\n",
    "{\"index\":{\"_type\":\"_doc\"}}\n",
    "{\"message\": broken\n",
    "{\"delete\":{\"_index\":\"x\",\"_id\":\"9\"}}\n",
    "{\"update\":{\"_index\":\"x\",\"_id\":\"9\"}}\n",
    "{\"doc\":{}}\n",
    "{\"index\":{}}\n",
    "[1]\n",
    "{\"index\":{}}\n",
    "{\"@timestamp\":\"2020-01-01T00:00:00Z\",\"message\":\"old\"}\n",
);

#[test]
fn each_item_of_a_bulk_tells_what_became_of_it() {
    let (decoded, items) = map::bulk(BULK.as_bytes(), Some("default"), CLOCK).unwrap();
    let rows = rows(&decoded);
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["body"], &rows[0]["severity_number"]), (&json!("first"), &json!(17)));
    assert_eq!(rows[0]["attributes"], json!({"_index": "logs-app", "_id": "7"}));
    assert_eq!(rows[1]["attributes"], json!({"_index": "default", "n": 1}));
    assert_eq!(decoded.tally.rejected_items(), 5);
    let told: Vec<(&str, u16, &str)> = items
        .iter()
        .map(|item| {
            let kind = item.error.as_ref().map_or("", |error| error.kind);
            (item.operation.name(), item.status(), kind)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("create", 201, ""),
            ("index", 201, ""),
            ("index", 400, "document_parsing_exception"),
            ("delete", 400, "illegal_argument_exception"),
            ("update", 400, "illegal_argument_exception"),
            ("index", 400, "document_parsing_exception"),
            ("index", 400, "illegal_argument_exception"),
        ]
    );
    let (decoded, items) = map::bulk(b"{\"index\":{}}\n{}\n", None, CLOCK).unwrap();
    assert_eq!((decoded.batch.rows(), items[0].status()), (0, 400), "without an index");
}

#[test]
fn an_index_that_every_row_would_repeat_has_a_limit() {
    let index = "x".repeat(1025);
    let body = "{\"index\":{}}\n{}\n{\"index\":{\"_index\":\"a\"}}\n{}\n".to_owned();
    let (decoded, items) = map::bulk(body.as_bytes(), Some(&index), CLOCK).unwrap();
    let kinds: Vec<Option<&str>> =
        items.iter().map(|item| item.error.as_ref().map(|error| error.kind)).collect();
    assert_eq!(kinds, [Some("invalid_index_name_exception"), None]);
    assert_eq!((decoded.batch.rows(), decoded.tally.rejected_items()), (1, 1));
    assert!(items.iter().all(|item| item.index.as_deref() != Some(&index)), "told once");
}

#[test]
fn documents_with_ids_are_known_when_they_are_sent_again() {
    let identity = |body: &str| map::bulk(body.as_bytes(), Some("i"), CLOCK).unwrap().0.identity;
    let with_id = "{\"index\":{\"_id\":\"1\"}}\n{}\n";
    assert_eq!(identity(with_id), Identity::Content);
    assert_eq!(identity(&format!("{with_id}{{\"index\":{{}}}}\n{{}}\n")), Identity::Unique);
}

#[test]
fn a_body_that_cannot_be_told_apart_is_refused_whole() {
    let read = |body: &str| {
        let mut operations = Vec::new();
        read_bulk(body.as_bytes(), |action| operations.push(action.operation)).map(|()| operations)
    };
    let both = read("{\"index\":{}}\n{}\n{\"delete\":{}}");
    assert_eq!(both, Ok(vec![Operation::Index, Operation::Delete]));
    assert_eq!(read(""), Err(BulkError::Empty));
    assert_eq!(read("{\"index\":{}}"), Err(BulkError::Document { line: 1 }));
    for body in ["x\n{}\n", "{\"index\":1}\n{}\n", "{\"put\":{}}\n{}\n", "{}\n{}\n"] {
        assert!(matches!(read(body), Err(BulkError::Action { line: 1, .. })), "{body}");
    }
}

fn request(method: &str, path: &str) -> Request<Body> {
    let mut request = post(path, &[("host", "10.0.0.7:7070")], "");
    *request.method_mut() = method.parse().unwrap();
    request
}

#[tokio::test]
async fn the_questions_of_shippers_are_answered() {
    let (state, _) = state(BUDGET_BYTES);
    let router = super::router(state);
    for (method, path, status) in [
        ("HEAD", "/elasticsearch", 200),
        ("GET", "/elasticsearch/", 200),
        ("GET", "/elasticsearch/_license", 200),
        ("GET", "/elasticsearch/_xpack", 200),
        ("GET", "/elasticsearch/_cluster/health", 200),
        ("GET", "/elasticsearch/_cat/health", 200),
        ("GET", "/elasticsearch/_nodes/http", 200),
        ("GET", "/elasticsearch/_ilm/policy/filebeat", 404),
        ("PUT", "/elasticsearch/_ilm/policy/filebeat", 200),
        ("HEAD", "/elasticsearch/_index_template/ecs-logstash", 404),
        ("PUT", "/elasticsearch/_index_template/ecs-logstash", 200),
        ("GET", "/elasticsearch/_template/x", 404),
        ("PUT", "/elasticsearch/_ingest/pipeline/x", 200),
        ("GET", "/elasticsearch/_data_stream/filebeat-8", 404),
        ("PUT", "/elasticsearch/_data_stream/filebeat-8", 200),
        ("HEAD", "/elasticsearch/_alias/x", 404),
        ("HEAD", "/elasticsearch/logs-x", 200),
        ("PUT", "/elasticsearch/logs-x", 200),
        ("POST", "/elasticsearch/logs-x/_search", 400),
    ] {
        let (answer, body) = send(&router, request(method, path)).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(header(&answer, "x-elastic-product"), "Elasticsearch");
        assert!(method != "HEAD" || body.is_empty());
        if status >= 400 && method != "HEAD" {
            let told: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(told["status"], status, "{path}");
        }
    }
    let (_, body) = send(&router, request("GET", "/elasticsearch/_nodes/http")).await;
    let nodes: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(nodes["nodes"]["hannun"]["http"]["publish_address"], "10.0.0.7:7070");
}

#[tokio::test]
async fn documents_are_kept_and_refusals_look_like_elasticsearch() {
    let (state, sink) = state(BUDGET_BYTES);
    // The bulk has times of its own clock.
    let state = Arc::into_inner(state).unwrap().with_retention(Arc::new(|_| None));
    let router = super::router(Arc::new(state));
    let bulk = BULK.replace("2026-11-21T07:33:19Z", "2026-01-01T00:00:00Z");
    let headers = [
        ("content-type", "application/vnd.elasticsearch+json; compatible-with=8"),
        ("content-encoding", "gzip"),
    ];
    let (answer, body) =
        send(&router, post("/elasticsearch/app/_bulk", &headers, gzip(bulk.as_bytes()))).await;
    assert_eq!(answer.status(), 200);
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&told["errors"], told["items"].as_array().unwrap().len()), (&json!(true), 7));
    assert_eq!(told["items"][0]["create"]["_id"], "7");
    assert_eq!(told["items"][1]["index"]["_index"], "app");
    assert_eq!(told["items"][1]["index"]["_id"].as_str().unwrap().len(), 20);
    assert_eq!(*sink.stored_rows.lock(), 3, "nothing is too old without retention");

    let path = "/elasticsearch/_bulk?filter_path=errors,items.*.error,items.*.status";
    let (_, body) =
        send(&router, post(path, &[], "{\"index\":{\"_index\":\"a\"}}\n{\"m\":1}\n")).await;
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["items"], json!([{"index": {"status": 201}}]));

    let (answer, body) =
        send(&router, post("/elasticsearch/my%20index/_doc/5", &[], "{\"m\":1}")).await;
    assert_eq!(answer.status(), 201);
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&told["_id"], &told["result"], &told["_index"]),
        (&json!("5"), &json!("created"), &json!("my index"))
    );
    let (answer, _) = send(&router, post("/elasticsearch/a/_doc", &[], "{")).await;
    assert_eq!(answer.status(), 400);

    let (answer, body) = send(&router, post("/elasticsearch/_bulk", &[], "nonsense\n")).await;
    assert_eq!(answer.status(), 400);
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["error"]["type"], "illegal_argument_exception");
    *sink.refusal.lock() = Some(busy());
    let (answer, body) =
        send(&router, post("/elasticsearch/a/_bulk", &[], "{\"index\":{}}\n{\"m\":2}\n")).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (503, "3"));
    assert!(String::from_utf8_lossy(&body).contains("es_rejected_execution_exception"));
    let wrong = [("authorization", "ApiKey aWQ6d3Jvbmc=")];
    let (answer, _) = send(&router, post("/elasticsearch/_bulk", &wrong, "")).await;
    assert_eq!(answer.status(), 401);
}
