//! Payloads of which a few bytes ask for much memory or time.

use super::pack::{Pack, map, text};
use super::sample::{Sample, about, decoded, payload, request, rows};
use crate::datadog::traces::receive::Version;
use crate::otlp::map::Reject;
use crate::refusal::Refusal;
use hannun_model::limits::{
    ATTRIBUTES_PER_RESOURCE_MAX, DATADOG_CHUNK_ITEMS_MAX, DATADOG_ROWS_BYTES_MAX,
    DATADOG_STRINGS_MAX,
};
use hannun_model::table::spans;
use serde_json::Value;

fn refusal(version: Version, bytes: &[u8]) -> String {
    match decoded(version, bytes, &about()) {
        Err(Refusal::Malformed(message)) => message,
        other => panic!("{other:?}"),
    }
}

/// A payload of version 0.7 whose envelope has further fields.
fn with_fields(fields: Vec<(Pack, Pack)>) -> Vec<u8> {
    let spans = Pack::List(request().iter().map(Sample::pack).collect());
    let chunks = Pack::List(vec![map([("priority", Pack::Int(1)), ("spans", spans)])]);
    let mut all = vec![(text("chunks"), chunks)];
    all.extend(fields);
    Pack::Map(all).bytes()
}

fn resource(bytes: &[u8]) -> serde_json::Map<String, Value> {
    let batch = decoded(Version::V07, bytes, &about()).unwrap().0.batch;
    let json = super::rows::text(&batch, spans::RESOURCE_ATTRIBUTES, 0).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[test]
fn tags_of_a_payload_that_come_again_and_again_stay_within_their_limit() {
    let tags = |from: usize| {
        let tags = (from..from + 400).map(|at| (text(format!("tag.{at}")), text("x")));
        (text("tags"), Pack::Map(tags.collect()))
    };
    let told = resource(&with_fields(vec![tags(0), tags(400), tags(800)]));
    let own = told.keys().filter(|key| !key.starts_with("tag.")).count();
    assert_eq!(told.len() - own, ATTRIBUTES_PER_RESOURCE_MAX);

    let list: Vec<String> = (0..100_000).map(|at| format!("tag.{at}:x")).collect();
    let container = map([("_dd.tags.container", text(list.join(",")))]);
    let told = resource(&with_fields(vec![(text("tags"), container)]));
    assert_eq!(told.len() - own, ATTRIBUTES_PER_RESOURCE_MAX);
}

#[test]
fn a_tag_without_end_leaves_the_resource_readable() {
    let tags = map([
        ("long", text("\u{1}".repeat(3 << 20))),
        ("region", text("eu")),
        ("team", text("a")),
        ("process.pid", text("7")),
    ]);
    let told = resource(&with_fields(vec![(text("tags"), tags)]));
    assert_eq!(told["team"], "a");
    assert_eq!(told["process.pid"], 25_902);
}

#[test]
fn a_chunk_is_refused_before_it_is_read_to_its_end() {
    // One span, whose payload breaks off behind more than there is room for.
    let full = "fewer spans and tags in one trace: have it flushed in parts";
    let attributes = Pack::Map(vec![(text(""), text("")); 1000]).bytes();
    let mut links = vec![0x91, 0x91, 0x81, 0xaa];
    links.extend(b"span_links");
    links.extend([0xdd, 0, 0, 8, 0]);
    for _ in 0..DATADOG_CHUNK_ITEMS_MAX / 1000 + 2 {
        links.extend([0x81, 0xaa]);
        links.extend(b"attributes");
        links.extend(&attributes);
    }
    let message = refusal(Version::V04, &links);
    assert!(message.ends_with(full), "{message}");

    let mut again = vec![0x91, 0x91, 0xde, 0xff, 0xff];
    for _ in 0..DATADOG_CHUNK_ITEMS_MAX / 1000 + 2 {
        again.push(0xa4);
        again.extend(b"meta");
        again.extend(&attributes);
    }
    let message = refusal(Version::V04, &again);
    assert!(message.ends_with(full), "{message}");

    let spans = DATADOG_CHUNK_ITEMS_MAX / 4;
    let mut many = vec![0x91, 0xdd];
    many.extend((spans as u32).to_be_bytes());
    many.extend(vec![0x80; spans]);
    assert!(refusal(Version::V04, &many).ends_with(full));
}

#[test]
fn a_table_of_strings_has_an_end() {
    let mut bytes = vec![0x92, 0xdd];
    bytes.extend((DATADOG_STRINGS_MAX as u32 + 1).to_be_bytes());
    bytes.extend(vec![0xa0; DATADOG_STRINGS_MAX + 1]);
    bytes.push(0x90);
    assert!(refusal(Version::V05, &bytes).ends_with("have the payload flushed in parts"));
}

#[test]
fn a_long_text_that_many_spans_name_counts_for_each_of_them() {
    let long = format!(r#"[{{"unknown":"{}"}}]"#, "x".repeat(500_000));
    let spans = DATADOG_ROWS_BYTES_MAX / long.len() + 10;
    let sample = Sample::default().meta("events", long);
    let bytes = payload(Version::V05, &[vec![sample; spans]]);
    let (decoded, _) = decoded(Version::V05, &bytes, &about()).unwrap();
    assert!(decoded.batch.rows() < spans - 5, "{}", decoded.batch.rows());
    assert!(decoded.tally.rejected[Reject::TooManyBytes as usize] > 0);
}

#[test]
fn a_value_of_an_event_that_says_several_things_is_still_json() {
    let value = map([
        ("type", Pack::Int(0)),
        ("string_value", text("a")),
        ("bool_value", Pack::Bool(false)),
        ("int_value", Pack::Int(0)),
    ]);
    let values = || Pack::List(vec![map([("int_value", Pack::Int(1))])]);
    let array = Pack::Map(vec![(text("values"), values()), (text("values"), values())]);
    let event = map([
        ("name", text("e")),
        ("attributes", map([("k", value), ("l", map([("array_value", array)]))])),
    ]);
    let batch = rows(vec![Sample::default().with("span_events", Pack::List(vec![event]))]).batch;
    let events = super::rows::text(&batch, spans::EVENTS, 0).unwrap();
    let events: Value = serde_json::from_str(&events).unwrap();
    assert_eq!(events[0]["attributes"], serde_json::json!({"k": "a", "l": [1, 1]}));
}

#[test]
fn statements_lose_their_values_wherever_they_stand() {
    let resource = "SELECT a FROM t WHERE b = 'kim'";
    for (span_type, kind, system) in
        [("sql", "internal", ""), ("custom", "client", "clickhouse"), ("db", "internal", "db2")]
    {
        let sample = Sample { operation: "op", resource, span_type, ..Sample::default() }
            .meta("span.kind", kind)
            .meta("db.system", system);
        let batch = rows(vec![sample]).batch;
        let told = super::rows::attribute(&batch, 0, "resource.name");
        let told = told.or_else(|| super::rows::text(&batch, spans::DB_QUERY_TEXT, 0)).unwrap();
        assert_eq!(told, "SELECT a FROM t WHERE b = ?", "{span_type} {system}");
    }
}
