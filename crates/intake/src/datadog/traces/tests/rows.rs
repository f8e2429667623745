//! What a span becomes.

use super::pack::{Pack, map};
use super::sample::{NOW_NS, Sample, about, decoded, payload, request, rows};
use crate::datadog::traces::map::Request;
use crate::datadog::traces::receive::Version;
use crate::otlp::map::Reject;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};
use hannun_model::batch::Batch;
use hannun_model::table::{Table, client_stats, spans};

/// A text of a row.
pub fn text(batch: &Batch, column: usize, row: usize) -> Option<String> {
    let name = batch.table().columns()[column].name;
    let array = batch.records().column_by_name(name)?.as_string_view();
    array.is_valid(row).then(|| array.value(row).to_owned())
}

fn int(batch: &Batch, column: usize, row: usize) -> Option<i64> {
    let name = batch.table().columns()[column].name;
    let array = batch.records().column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
    array.is_valid(row).then(|| array.value(row))
}

fn float(batch: &Batch, column: usize, row: usize) -> Option<f64> {
    let name = batch.table().columns()[column].name;
    let array = batch.records().column_by_name(name)?.as_primitive::<Float64Type>();
    array.is_valid(row).then(|| array.value(row))
}

/// An attribute of a row as typed text.
pub fn attribute(batch: &Batch, row: usize, key: &str) -> Option<String> {
    let map = batch.records().column_by_name("attributes")?.as_map();
    let entries = map.value(row);
    let keys = entries.column(0).as_string::<i32>();
    let at = (0..keys.len()).find(|at| keys.value(*at) == key)?;
    Some(entries.column(1).as_string::<i32>().value(at).to_owned())
}

#[test]
fn a_request_and_its_query_are_what_opentelemetry_calls_them() {
    let batch = rows(request()).batch;
    let get = |column, row| text(&batch, column, row).unwrap_or_default();
    assert_eq!(get(spans::TRACE_ID, 0), "6b0226c5000000006b4fe83e9afb07bc");
    assert_eq!(get(spans::TRACE_ID, 1), get(spans::TRACE_ID, 0));
    assert_eq!(get(spans::PARENT_SPAN_ID, 1), get(spans::SPAN_ID, 0));
    assert_eq!(text(&batch, spans::PARENT_SPAN_ID, 0), None);
    assert_eq!(get(spans::NAME, 0), "GET /orders/<int:number>");
    assert_eq!((get(spans::KIND, 0), get(spans::KIND, 1)), ("server".into(), "client".into()));
    assert_eq!(int(&batch, spans::HTTP_RESPONSE_STATUS_CODE, 0), Some(200));
    assert_eq!(get(spans::URL_PATH, 0), "/orders/17");
    assert_eq!(get(spans::TELEMETRY_SDK_LANGUAGE, 1), "python");
    assert_eq!(get(spans::SERVICE_INSTANCE_ID, 1), "d03d3743bbb647d69de6cb03cd8ec040");
    assert_eq!(
        get(spans::RESOURCE_ATTRIBUTES, 1),
        r#"{"telemetry.sdk.name":"datadog","telemetry.sdk.version":"4.16.0","process.runtime.version":"3.11.7","process.pid":25902}"#
    );
    assert_eq!(attribute(&batch, 0, "customer.tier").unwrap(), "gold");
    assert_eq!(attribute(&batch, 0, "cart.value").unwrap(), "\u{3}12.5");
    assert_eq!(attribute(&batch, 0, "_sampling_priority_v1").unwrap(), "\u{2}1");
    assert_eq!(attribute(&batch, 0, "operation.name").unwrap(), "flask.request");
    assert_eq!(attribute(&batch, 0, "resource.name"), None);

    assert_eq!(get(spans::SERVICE_NAME, 1), "shop");
    assert_eq!(get(spans::SERVICE_VERSION, 1), "1.2.3");
    assert_eq!(attribute(&batch, 1, "datadog.service").unwrap(), "postgres");
    assert_eq!(get(spans::NAME, 1), "SELECT orders");
    assert_eq!(get(spans::DB_SYSTEM_NAME, 1), "postgresql");
    assert_eq!(get(spans::DB_NAMESPACE, 1), "main");
    assert_eq!(
        get(spans::DB_QUERY_TEXT, 1),
        "SELECT number FROM orders WHERE id IN (?) AND name = ?"
    );
    assert_eq!(get(spans::SERVER_ADDRESS, 1), "db-1");
    assert_eq!(int(&batch, spans::SERVER_PORT, 1), Some(5432));
    assert_eq!(attribute(&batch, 1, "resource.name"), None, "the values of a query are not kept");
}

#[test]
fn a_failed_span_tells_its_exception() {
    let failed = Sample { error: 1, ..Sample::default() }
        .meta("error.type", "builtins.ValueError")
        .meta("error.message", "no such order 17")
        .meta("error.stack", "Traceback (most recent call last):\nValueError: no such order 17\n");
    let batch = rows(vec![failed.clone()]).batch;
    assert_eq!(text(&batch, spans::STATUS_CODE, 0).unwrap(), "error");
    assert_eq!(text(&batch, spans::STATUS_MESSAGE, 0).unwrap(), "no such order 17");
    assert_eq!(text(&batch, spans::ERROR_TYPE, 0).unwrap(), "ValueError");
    let errors =
        hannun_digest::derive(Table::SpanErrors, &[batch.records().clone()]).unwrap().unwrap();
    assert_eq!(errors.num_rows(), 1);
    let of = |name| errors.column_by_name(name).unwrap().as_string_view().value(0).to_owned();
    assert_eq!((of("error_type"), of("message")), ("ValueError".into(), "no such order 17".into()));

    // Who handles an exception has not failed once more.
    let handler = Sample { operation: "flask.handle_user_exception", ..failed.clone() };
    let handled = rows(vec![handler]).batch;
    assert_eq!(text(&handled, spans::STATUS_CODE, 0), None);
    assert_eq!(attribute(&handled, 0, "error.message").unwrap(), "no such order 17");

    // What did not fail the span is no error.
    let passed = rows(vec![Sample { error: 0, ..failed }]).batch;
    assert_eq!(text(&passed, spans::STATUS_CODE, 0), None);
    assert!(attribute(&passed, 0, "error.stack").unwrap().starts_with("Traceback"));
}

#[test]
fn links_and_events_in_tags_are_links_and_events() {
    let span = Sample::default()
        .meta("_dd.span_links", r#"[{"trace_id":"00000010000000000000000000000005","span_id":"0000000000000009","attributes":{"why":"x"},"tracestate":"a=b","flags":1}]"#)
        .meta("events", r#"[{"name":"named","time_unix_nano":1795303109264831945,"attributes":{"c":[1,2.5,true]}}]"#);
    let batch = rows(vec![span]).batch;
    assert_eq!(
        text(&batch, spans::LINKS, 0).unwrap(),
        r#"[{"trace_id":"00000010000000000000000000000005","span_id":"0000000000000009","trace_state":"a=b","attributes":{"why":"x"},"flags":1}]"#
    );
    assert_eq!(
        text(&batch, spans::EVENTS, 0).unwrap(),
        r#"[{"time":1795303109264831945,"name":"named","attributes":{"c":[1,2.5,true]}}]"#
    );
    let broken = Sample::default().meta("_dd.span_links", "[{").meta("events", "none");
    let batch = rows(vec![broken]).batch;
    assert_eq!(text(&batch, spans::LINKS, 0), None);
    assert_eq!(attribute(&batch, 0, "_dd.span_links").unwrap(), "[{");
    assert_eq!(attribute(&batch, 0, "events").unwrap(), "none");
}

#[test]
fn the_upper_half_of_a_trace_id_holds_for_the_whole_chunk() {
    let mut spans = request();
    spans.reverse();
    let batch = rows(spans).batch;
    assert_eq!(text(&batch, spans::TRACE_ID, 0).unwrap(), "6b0226c5000000006b4fe83e9afb07bc");
    // Old clients have ids of 64 bits.
    let batch = rows(vec![Sample::default()]).batch;
    assert_eq!(text(&batch, spans::TRACE_ID, 0).unwrap(), "00000000000000006b4fe83e9afb07bc");
}

#[test]
fn spans_with_times_that_cannot_be_are_left_out_alone() {
    let at = |start_ns, duration_ns| Sample { start_ns, duration_ns, ..Sample::default() };
    let skewed = vec![
        at(0, 5),
        at(-5, 5),
        at(NOW_NS + 30 * 24 * 3_600_000_000_000, 5),
        at(NOW_NS - 2 * 3_600_000_000_000, 5),
        at(NOW_NS - 5, -7),
    ];
    let decoded = rows(skewed);
    assert_eq!(decoded.batch.rows(), 1);
    assert_eq!(int(&decoded.batch, spans::DURATION, 0), Some(-7));
    let rejected = |reason: Reject| decoded.tally.rejected[reason as usize];
    assert_eq!(
        (rejected(Reject::NoTime), rejected(Reject::Future), rejected(Reject::OlderThanRetention)),
        (2, 1, 1)
    );
}

#[test]
fn what_client_statistics_count_is_not_counted_again() {
    let inner = Sample { operation: "flask.dispatch", span_type: "", ..Sample::default() };
    let lasting = inner.clone().metric("_dd.partial_version", 1_795_303_109.0);
    assert_eq!(float(&rows(vec![lasting]).batch, spans::ADJUSTED_COUNT, 0), Some(0.0));
    let mut spans = request();
    spans.push(inner);
    let bytes = payload(Version::V05, &[spans]);
    let about = Request { computes_stats: true, ..about() };
    let batch = decoded(Version::V05, &bytes, &about).unwrap().0.batch;
    let counts: Vec<_> = (0..3).map(|row| float(&batch, spans::ADJUSTED_COUNT, row)).collect();
    assert_eq!(counts, [Some(0.0), Some(0.0), None]);
    // Client statistics know no ports: the database has one name whoever counts.
    assert_eq!(int(&batch, spans::SERVER_PORT, 1), None);
    assert_eq!(int(&batch, spans::NETWORK_PEER_PORT, 1), Some(5432));
}

#[test]
fn unsampled_chunks_are_counted_and_not_kept_under_a_budget() {
    let prioritised = |priority: f64, error| {
        let mut spans = request();
        spans[0].metrics.retain(|(key, _)| *key != "_sampling_priority_v1");
        spans[0].metrics.push(("_sampling_priority_v1", priority));
        spans[1].error = error;
        spans
    };
    let traces =
        [prioritised(0.0, 0), prioritised(1.0, 0), prioritised(-1.0, 0), prioritised(0.0, 1)];
    for version in [Version::V04, Version::V05] {
        let bytes = payload(version, &traces);
        let about = Request { drops_unsampled: true, ..about() };
        let (kept, _) = decoded(version, &bytes, &about).unwrap();
        assert_eq!(kept.batch.rows(), 4);
        let counted = &kept.beside[0];
        assert_eq!((counted.table(), counted.rows()), (Table::ClientStats, 2));
        let sum = |column| (0..2).map(|row| float(counted, column, row).unwrap()).sum::<f64>();
        assert_eq!(sum(client_stats::COUNT), 4.0);
        assert_eq!(int(counted, client_stats::SPANS, 0), Some(0));
        let endpoints = [0, 1].map(|row| text(counted, client_stats::ENDPOINT, row).unwrap());
        assert!(endpoints.contains(&"GET /orders/<int:number>".to_owned()), "{endpoints:?}");
        assert!(endpoints.contains(&"SELECT orders".to_owned()), "{endpoints:?}");
        let (all, _) = decoded(version, &bytes, &super::sample::about()).unwrap();
        assert_eq!((all.batch.rows(), all.beside.len()), (8, 0));
    }
}

#[test]
fn structures_that_cannot_be_read_stay_bytes() {
    let mut bomb = vec![0x91; 100];
    bomb.push(0xc0);
    for bytes in [bomb, vec![0xc1], vec![0x01, 0x02], Vec::new()] {
        let structure = map([("appsec", Pack::Binary(bytes))]);
        let batch = rows(vec![Sample::default().with("meta_struct", structure)]).batch;
        assert!(attribute(&batch, 0, "appsec").unwrap().starts_with('\u{5}'));
    }
}

#[test]
fn one_long_text_named_by_many_tags_is_not_stored_without_end() {
    let long: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
    let keys: Vec<&'static str> =
        (0..1000).map(|at| &*Box::leak(format!("k{at}").into_boxed_str())).collect();
    let mut span = Sample::default();
    span.meta.extend(keys.iter().map(|key| (*key, long.to_owned())));
    let bytes = payload(Version::V05, &[vec![span.clone(), span]]);
    assert!(bytes.len() < 2 << 20);
    let (decoded, _) = decoded(Version::V05, &bytes, &about()).unwrap();
    assert_eq!(decoded.batch.rows(), 1);
    assert!(decoded.batch.bytes() < 300 << 20, "{} bytes", decoded.batch.bytes());
    assert!(decoded.tally.dropped_attributes > 800);
    assert_eq!(decoded.tally.rejected[Reject::TooManyBytes as usize], 1);
}
