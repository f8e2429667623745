//! Every version says the same.

use super::pack::{Pack, Proto, map, text};
use super::sample::{Sample, about, decoded, payload, request, rows};
use crate::datadog::traces::map::Request;
use crate::datadog::traces::receive::Version;
use hannun_model::table::spans;

const ALL: [Version; 5] = [Version::V03, Version::V04, Version::V05, Version::V07, Version::Agent];

#[test]
fn the_same_spans_give_equal_rows_in_every_version() {
    let expected = rows(request());
    assert_eq!(expected.batch.rows(), 2);
    for version in ALL {
        let bytes = payload(version, &[request(), Vec::new()]);
        let about = match version {
            Version::V07 | Version::Agent => Request::default(),
            _ => about(),
        };
        let (decoded, _) = decoded(version, &bytes, &about).unwrap();
        assert_eq!(decoded.batch.records(), expected.batch.records(), "{version:?}");
        assert_eq!(decoded.tally, expected.tally, "{version:?}");
    }
}

#[test]
fn links_events_and_structures_are_the_same_in_messagepack_and_protobuf() {
    let link = map([
        ("trace_id", Pack::Unsigned(5)),
        ("trace_id_high", Pack::Unsigned(1 << 36)),
        ("span_id", Pack::Unsigned(9)),
        ("attributes", map([("why", text("x"))])),
        ("tracestate", text("a=b")),
        ("flags", Pack::Unsigned(0x8000_0001)),
    ]);
    let value = |kind: i64, field: &'static str, value: Pack| {
        map([("type", Pack::Int(kind)), (field, value)])
    };
    let list = map([("values", Pack::List(vec![value(2, "int_value", Pack::Int(1))]))]);
    let event = map([
        ("time_unix_nano", Pack::Unsigned(1_795_303_109_264_818_825)),
        ("name", text("named")),
        (
            "attributes",
            map([
                ("d", value(0, "string_value", text("x"))),
                ("b", value(1, "bool_value", Pack::Bool(true))),
                ("e", value(3, "double_value", Pack::Double(1.5))),
                ("c", value(4, "array_value", list)),
            ]),
        ),
    ]);
    let inner = map([("a", Pack::List(vec![Pack::Int(1), text("b")]))]).bytes();
    let mut sent = request();
    let span = sent.remove(0);
    let native = span
        .clone()
        .with("span_links", Pack::List(vec![link]))
        .with("span_events", Pack::List(vec![event]))
        .with("meta_struct", map([("appsec", Pack::Binary(inner.clone()))]));
    let packed = rows(vec![native]).batch;
    let get = |column: usize| super::rows::text(&packed, column, 0).unwrap();
    assert_eq!(
        get(spans::LINKS),
        r#"[{"trace_id":"00000010000000000000000000000005","span_id":"0000000000000009","trace_state":"a=b","attributes":{"why":"x"},"flags":1}]"#
    );
    assert_eq!(
        get(spans::EVENTS),
        r#"[{"time":1795303109264818825,"name":"named","attributes":{"d":"x","b":true,"e":1.5,"c":[1]}}]"#
    );
    assert_eq!(super::rows::attribute(&packed, 0, "appsec").unwrap(), "\u{6}{\"a\":[1,\"b\"]}");

    let message = with_protobuf(&span, &inner);
    let chunk = Proto::default().bytes(3, &message.0);
    let tracer =
        Proto::default().text(2, "python").text(3, "3.11.7").text(4, "4.16.0").bytes(6, &chunk.0);
    let bytes = Proto::default().bytes(5, &tracer.0).0;
    let (decoded, _) = decoded(Version::Agent, &bytes, &Request::default()).unwrap();
    assert_eq!(decoded.batch.records(), packed.records());
}

/// The span with the same link, event and structure.
fn with_protobuf(span: &Sample, inner: &[u8]) -> Proto {
    let any = |kind: u64| Proto::default().varint(1, kind);
    let item = any(2).varint(4, 1).0;
    let entry = |key: &str, value: Proto| Proto::default().text(1, key).bytes(2, &value.0).0;
    let event = Proto::default()
        .fixed64(1, 1_795_303_109_264_818_825)
        .text(2, "named")
        .bytes(3, &entry("d", any(0).text(2, "x")))
        .bytes(3, &entry("b", any(1).varint(3, 1)))
        .bytes(3, &entry("e", any(3).fixed64(5, 1.5_f64.to_bits())))
        .bytes(3, &entry("c", any(4).bytes(6, &Proto::default().bytes(1, &item).0)));
    let link = Proto::default()
        .varint(1, 5)
        .varint(2, 1 << 36)
        .varint(3, 9)
        .entry(4, "why", "x")
        .text(5, "a=b")
        .varint(6, 0x8000_0001);
    let structure = Proto::default().text(1, "appsec").bytes(2, inner);
    let message = Proto(span.proto());
    message.bytes(13, &structure.0).bytes(14, &link.0).bytes(15, &event.0)
}

#[test]
fn an_agent_speaks_for_its_tracers() {
    let span = request().remove(1);
    let chunk = Proto::default().bytes(3, &span.proto()).entry(4, "_dd.p.tid", "6b0226c500000000");
    let tracer = Proto::default().text(1, "abcdef").bytes(6, &chunk.0).entry(
        7,
        "_dd.tags.container",
        "kube_namespace:web,pod_name:shop-1,image_tag:7",
    );
    let other = Proto::default().text(9, "node-2").bytes(6, &chunk.0);
    let bytes =
        Proto::default().text(1, "node-1").text(2, "prod").bytes(5, &tracer.0).bytes(5, &other.0).0;
    let (decoded, _) = decoded(Version::Agent, &bytes, &Request::default()).unwrap();
    let get = |column, row| super::rows::text(&decoded.batch, column, row);
    assert_eq!(get(spans::TRACE_ID, 0).unwrap(), "6b0226c5000000006b4fe83e9afb07bc");
    assert_eq!(get(spans::HOST_NAME, 0).unwrap(), "node-1");
    assert_eq!(get(spans::HOST_NAME, 1).unwrap(), "node-2");
    assert_eq!(get(spans::CONTAINER_ID, 0).unwrap(), "abcdef");
    assert_eq!(get(spans::CONTAINER_ID, 1), None);
    assert_eq!(get(spans::K8S_NAMESPACE_NAME, 0).unwrap(), "web");
    assert_eq!(get(spans::K8S_POD_NAME, 0).unwrap(), "shop-1");
    assert_eq!(get(spans::K8S_POD_NAME, 1), None);
    // The span itself knows better than its agent.
    assert_eq!(get(spans::DEPLOYMENT_ENVIRONMENT_NAME, 0).unwrap(), "test");
    let resource = get(spans::RESOURCE_ATTRIBUTES, 0).unwrap();
    assert!(resource.contains(r#""container.image.tags":"7""#), "{resource}");
}
