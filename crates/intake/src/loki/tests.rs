//! Push requests in both forms, whole and broken.

use super::map;
use super::wire::{read_json, read_labels, read_protobuf, unsnap};
use crate::budget::InFlightBudget;
use crate::door::Decoded;
use crate::otlp::tests::support::{BUDGET_BYTES, busy, gzip, header, now_ns, post, send, state};
use crate::records::tests::{CLOCK, NOW_NS, rows};
use crate::refusal::Refusal;
use hannun_model::limits::ROWS_PER_REQUEST_MAX;
use proptest::prelude::*;
use prost::Message;
use serde_json::json;
use std::sync::Arc;

#[derive(Clone, PartialEq, Message)]
struct Push {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Timestamp>,
    #[prost(bytes = "vec", tag = "2")]
    line: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

fn entry(time_ns: i64, line: &[u8], metadata: &[(&str, &str)]) -> Entry {
    let timestamp =
        Timestamp { seconds: time_ns / 1_000_000_000, nanos: (time_ns % 1_000_000_000) as i32 };
    let pair = |(name, value): &(&str, &str)| Pair {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    Entry {
        timestamp: Some(timestamp),
        line: line.to_vec(),
        metadata: metadata.iter().map(pair).collect(),
    }
}

fn snappy(push: &Push) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(&push.encode_to_vec()).unwrap()
}

fn shown(decoded: &Decoded) -> String {
    serde_json::to_string(&rows(decoded)).unwrap()
}

#[test]
fn both_forms_say_the_same() {
    let metadata = [("trace_id", "0102030405060708090a0b0c0d0e0f10"), ("user", "나")];
    let entries = vec![
        entry(NOW_NS - 5, "주문 {\"}".as_bytes(), &metadata),
        entry(NOW_NS - 4, br#"{"level":"error","msg":"inner","time":"2026-11-20T00:00:00Z"}"#, &[]),
    ];
    let labels = r#"{app="cart", env="prod", detected_level="warn"}"#.to_owned();
    let push = Push { streams: vec![Stream { labels, entries }] };
    let (from_protobuf, _) = map::protobuf(&push.encode_to_vec(), None, CLOCK).unwrap();
    let text = json!({"streams": [{
        "stream": {"app": "cart", "env": "prod", "detected_level": "warn"},
        "values": [
            [(NOW_NS - 5).to_string(), "주문 {\"}", {"trace_id": metadata[0].1, "user": "나"}],
            [(NOW_NS - 4).to_string(),
             r#"{"level":"error","msg":"inner","time":"2026-11-20T00:00:00Z"}"#],
        ],
    }]});
    let (from_json, _) = map::json(text.to_string().as_bytes(), None, CLOCK).unwrap();
    assert_eq!(shown(&from_protobuf), shown(&from_json));
    let rows = rows(&from_json);
    assert_eq!(rows[0]["service_name"], "cart");
    assert_eq!(rows[0]["deployment_environment_name"], "prod");
    assert_eq!((&rows[0]["time"], &rows[0]["body"]), (&json!(NOW_NS - 5), &json!("주문 {\"}")));
    assert_eq!(rows[0]["trace_id"], metadata[0].1);
    assert_eq!(rows[0]["attributes"], json!({"user": "나"}));
    assert_eq!(rows[0]["severity_number"], 13);
    assert_eq!((&rows[1]["time"], &rows[1]["body"]), (&json!(NOW_NS - 4), &json!("inner")));
}

#[test]
fn a_stream_with_bad_labels_leaves_the_others() {
    let good = Stream { labels: "{a=\"b\"}".to_owned(), entries: vec![entry(NOW_NS, b"x", &[])] };
    let bad = Stream { labels: "{a=b}".to_owned(), entries: vec![entry(NOW_NS, b"x", &[]); 2] };
    let push = Push { streams: vec![bad, good] };
    let (decoded, bad) = map::protobuf(&push.encode_to_vec(), Some("team"), CLOCK).unwrap();
    assert_eq!((decoded.batch.rows(), decoded.tally.rejected_items()), (1, 2));
    assert_eq!(bad.first.unwrap(), "malformed labels {a=b}: at byte 3: expected a quoted value");
    assert_eq!(rows(&decoded)[0]["resource_attributes"], r#"{"a":"b","loki.tenant":"team"}"#);
}

#[test]
fn a_time_that_cannot_be_is_an_attribute() {
    let entries = vec![entry(5, b"clock was never set", &[("user", "1")])];
    let push = Push { streams: vec![Stream { labels: "{a=\"b\"}".to_owned(), entries }] };
    let (decoded, _) = map::protobuf(&push.encode_to_vec(), None, CLOCK).unwrap();
    let row = &rows(&decoded)[0];
    assert_eq!((&row["time"], &row["time_source"]), (&json!(NOW_NS), &json!("arrival")));
    assert_eq!(row["attributes"], json!({"user": "1", "loki.timestamp": 5}));
}

#[test]
fn what_stands_in_memory_together_is_bounded_together() {
    let many = ROWS_PER_REQUEST_MAX / 2 + 2;
    let streams =
        vec![Stream { labels: "{}".to_owned(), entries: vec![Entry::default(); many] }; 2];
    let mut kept = 0;
    let mut past_limit = 0;
    read_protobuf(&Push { streams }.encode_to_vec(), |stream| {
        kept += stream.entries.len();
        past_limit += stream.past_limit;
        Ok(())
    })
    .unwrap();
    assert_eq!((kept, past_limit), (ROWS_PER_REQUEST_MAX, 4));

    let stream = |entry: &str| {
        let entries = vec![entry; many].join(",");
        format!("{{\"stream\":{{\"a\":\"b\"}},\"values\":[{entries}]}}")
    };
    let request = |entry: &str| format!("{{\"x\":1,\"streams\":[{0},{0}]}}", stream(entry));
    let text = request("[\"1\",\"x\"]");
    let read = read_json(&text).unwrap();
    let kept: usize = read.iter().map(|stream| stream.entries.len()).sum();
    assert_eq!((kept, read[1].past_limit), (ROWS_PER_REQUEST_MAX, 4));
    assert!(read_json(&request("[\"1\",\"x\",{\"m\":1}]")).is_err(), "too many values");

    let labels: Vec<String> = (0..513).map(|at| format!("l{at}=\"v\"")).collect();
    assert_eq!(read_labels(&format!("{{{}}}", labels[1..].join(","))).unwrap().len(), 512);
    assert!(read_labels(&format!("{{{}}}", labels.join(","))).is_err());
    let labels: serde_json::Map<_, _> = (0..513).map(|at| (format!("l{at}"), json!("v"))).collect();
    let text = json!({"streams": [{"stream": labels, "values": []}]}).to_string();
    assert!(read_json(&text).unwrap_err().to_string().contains("no more than 512 labels"));
}

#[test]
fn labels_are_read_as_prometheus_writes_them() {
    let read = |text| read_labels(text).map(|labels| format!("{labels:?}"));
    assert_eq!(read("{}").unwrap(), "[]");
    assert_eq!(
        read(r#" { a = "x\"\\\n\u00e9\x41\101" , b=`raw\` ,} "#).unwrap(),
        r#"[("a", "x\"\\\néAA"), ("b", "raw\\")]"#
    );
    for text in [
        "",
        "{",
        "{a",
        "{a=",
        "{a=\"",
        "{a=\"b\"",
        "{a=\"b\"}x",
        "{=\"b\"}",
        "{a=\"\\q\"}",
        "{a=\"b\" c=\"d\"}",
        "{a=\"\\u12\"}",
    ] {
        assert!(read_labels(text).is_err(), "{text}");
    }
}

#[test]
fn a_snappy_bomb_is_refused_before_it_is_unpacked() {
    let budget = Arc::new(InFlightBudget::new(1 << 20));
    let mut hold = budget.hold(0).unwrap();
    let bomb = snap::raw::Encoder::new().compress_vec(&vec![0; 2 << 20]).unwrap();
    assert_eq!(unsnap(&bomb, &mut hold), Err(Refusal::OverBudget));
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
    assert!(matches!(unsnap(&huge, &mut hold), Err(Refusal::TooLarge { .. })));
    assert!(matches!(unsnap(b"\x05abc", &mut hold), Err(Refusal::Malformed(_))));
}

#[tokio::test]
async fn the_route_answers_as_loki_does() {
    let (state, sink) = state(BUDGET_BYTES);
    let router = super::router(state);
    let now = i64::try_from(now_ns()).unwrap();
    let push = |time_ns: i64| Push {
        streams: vec![Stream {
            labels: "{app=\"cart\"}".to_owned(),
            entries: vec![entry(now, b"new", &[]), entry(time_ns, b"maybe", &[])],
        }],
    };
    let protobuf = [("content-type", "application/x-protobuf")];
    let path = "/api/v1/push";
    let (answer, _) = send(&router, post(path, &protobuf, snappy(&push(now)))).await;
    assert_eq!((answer.status().as_u16(), *sink.stored_rows.lock()), (204, 2));
    let (answer, _) = send(&router, post(path, &protobuf, snappy(&push(now)))).await;
    assert_eq!((answer.status().as_u16(), *sink.stored_rows.lock()), (204, 2), "sent again");

    // An hour is kept here.
    let old = now - 7_200_000_000_000;
    let (answer, body) = send(&router, post(path, &protobuf, snappy(&push(old)))).await;
    assert_eq!((answer.status().as_u16(), *sink.stored_rows.lock()), (400, 3));
    assert_eq!(body, "rejected: 1 older than the retention\n");

    let text = json!({"streams": [{"stream": {}, "values": [[now.to_string(), "gzipped"]]}]});
    let headers =
        [("content-type", "application/json; charset=utf-8"), ("content-encoding", "gzip")];
    let (answer, _) = send(&router, post(path, &headers, gzip(text.to_string().as_bytes()))).await;
    assert_eq!((answer.status().as_u16(), *sink.stored_rows.lock()), (204, 4));

    let (answer, _) = send(&router, post(path, &protobuf, "not snappy")).await;
    assert_eq!(answer.status(), 400);
    let (answer, _) = send(&router, post(path, &[("content-type", "text/plain")], "x")).await;
    assert_eq!(answer.status(), 415);
    *sink.refusal.lock() = Some(busy());
    let (answer, _) = send(&router, post(path, &protobuf, snappy(&push(now - 1)))).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (503, "3"));
}

proptest! {
    #[test]
    fn quoted_labels_come_back(labels in prop::collection::vec(("[a-z_]{1,5}", "\\PC{0,10}"), 0..5)) {
        // Rust quotes printable text as Go does, except for the escapes of some characters.
        let quoted: Vec<String> = labels
            .iter()
            .map(|(name, value)| {
                format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
            })
            .collect();
        let text = format!("{{{}}}", quoted.join(", "));
        let read = read_labels(&text).unwrap();
        let read: Vec<(String, String)> =
            read.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        prop_assert_eq!(read, labels);
    }
}
