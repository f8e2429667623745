//! What is found in records, and what becomes of hostile ones.

use super::json::{self, Json};
use super::{Hints, LogRows, Record};
use crate::door::Decoded;
use crate::otlp::map::{Clock, Reject};
use arrow::array::{Array, AsArray, types};
use arrow::datatypes::DataType;
use hannun_model::limits::{ATTRIBUTE_VALUE_BYTES_MAX, RECORD_VALUES_MAX};
use hannun_model::value::Value;
use proptest::prelude::*;
use serde_json::{Value as Plain, json};
use std::borrow::Cow;

/// 2026-11-21T07:33:20Z.
pub(crate) const NOW_NS: i64 = 1_795_246_400_000_000_000;
pub(crate) const CLOCK: Clock =
    Clock { now_ns: NOW_NS, oldest_ns: NOW_NS - 30 * 86_400_000_000_000 };

/// A typed value as plain JSON.
fn plain(value: Value) -> Plain {
    match value {
        Value::Empty => Plain::Null,
        Value::Text(text) => text.into(),
        Value::Bool(flag) => flag.into(),
        Value::Int(int) => int.into(),
        Value::Double(double) => double.into(),
        Value::Bytes(_) => panic!("JSON has no bytes"),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Map(entries) => {
            Plain::Object(entries.into_iter().map(|(key, item)| (key, plain(item))).collect())
        }
    }
}

/// Rows as JSON objects without nulls; times as integers.
pub(crate) fn rows(decoded: &Decoded) -> Vec<serde_json::Map<String, Plain>> {
    let records = decoded.batch.records();
    let schema = records.schema();
    let row = |row: usize| {
        let columns = schema.fields().iter().zip(records.columns());
        let set = columns.filter(|(_, column)| column.is_valid(row));
        set.map(|(field, column)| {
            let value: Plain = match column.data_type() {
                DataType::Utf8View => column.as_string_view().value(row).into(),
                DataType::Int64 => column.as_primitive::<types::Int64Type>().value(row).into(),
                DataType::Timestamp(..) => {
                    column.as_primitive::<types::TimestampNanosecondType>().value(row).into()
                }
                DataType::Map(..) => {
                    let entries = column.as_map().value(row);
                    let (keys, values) = (entries.column(0), entries.column(1));
                    let (keys, values) = (keys.as_string::<i32>(), values.as_string::<i32>());
                    let pairs = (0..entries.len()).map(|at| {
                        let value = Value::read_typed(values.value(at)).map_or(Plain::Null, plain);
                        (keys.value(at).to_owned(), value)
                    });
                    Plain::Object(pairs.collect())
                }
                other => panic!("{other} in {}", field.name()),
            };
            (field.name().clone(), value)
        })
        .collect()
    };
    (0..records.num_rows()).map(row).collect()
}

/// The row of one line.
fn line(line: impl AsRef<[u8]>) -> serde_json::Map<String, Plain> {
    let mut rows_of_line = LogRows::new(CLOCK);
    rows_of_line.add(None, &Hints::default(), Record::Line(line.as_ref())).unwrap();
    rows(&rows_of_line.finish().unwrap()).remove(0)
}

/// A line, then its service, severity number and body, and a column with its text.
type Format = (&'static str, &'static str, i64, &'static str, &'static str, &'static str);

/// All of them happened at 2026-11-21T07:33:19.123Z.
const FORMATS: &[Format] = &[
    // pino
    (
        r#"{"level":50,"time":1795246399123,"pid":7,"hostname":"h1","msg":"no","app":"cart"}"#,
        "cart",
        17,
        "no",
        "host_name",
        "h1",
    ),
    // zap
    (
        r#"{"level":"warn","ts":1795246399.123,"logger":"http","msg":"slow","service":"cart"}"#,
        "cart",
        13,
        "slow",
        "scope_name",
        "http",
    ),
    // Elastic Common Schema, nested and dotted
    (
        r#"{"@timestamp":"2026-11-21T07:33:19.123Z","log.level":"ERROR","message":"m",
        "service":{"name":"pay","version":"2"},"trace":{"id":"0102030405060708090A0b0c0d0e0f10"},
        "host":{"name":"h2"}}"#,
        "pay",
        17,
        "m",
        "trace_id",
        "0102030405060708090a0b0c0d0e0f10",
    ),
    (
        r#"{"@timestamp":"2026-11-21T16:33:19.123+09:00","log":{"level":"info","logger":"x"},
        "message":"m","service.name":"pay","http":{"request":{"method":"GET"}}}"#,
        "pay",
        9,
        "m",
        "http_request_method",
        "GET",
    ),
    // Serilog
    (
        r#"{"@t":"2026-11-21T07:33:19.1230000Z","@l":"Warning","@m":"m","Application":"web"}"#,
        "web",
        13,
        "m",
        "severity_text",
        "Warning",
    ),
    // Datadog, with decimal ids
    (
        r#"{"timestamp":1795246399123,"status":"error","message":"m","dd.service":"web",
        "dd.trace_id":"1311768467463790320","dd":{"env":"prod"}}"#,
        "web",
        17,
        "m",
        "trace_id",
        "0000000000000000123456789abcdef0",
    ),
    (
        r#"{"timestamp":1795246399123,"status":"error","message":"m","dd":{"service":"web",
        "env":"prod"}}"#,
        "web",
        17,
        "m",
        "deployment_environment_name",
        "prod",
    ),
    // Fluent Bit with its Kubernetes filter around a JSON line of the container
    (
        r#"{"time":"2026-11-21T07:33:19.123Z","stream":"stdout","kubernetes":{"pod_name":"p-1",
        "namespace_name":"shop","labels":{"app.kubernetes.io/name":"cart"},
        "container_name":"c"},"log":"{\"level\":\"fatal\",\"msg\":\"inner\"}\n"}"#,
        "cart",
        21,
        "inner",
        "k8s_pod_name",
        "p-1",
    ),
    // Python's JSON formatters
    (
        r#"{"asctime":"2026-11-21 07:33:19,123","levelname":"CRITICAL","levelno":50,
        "message":"m","name":"app.db","service":"py"}"#,
        "py",
        18,
        "m",
        "severity_text",
        "CRITICAL",
    ),
    // W3C trace context
    (
        r#"{"ts":"1795246399123000","lvl":"debug","msg":"m","service":"s",
        "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}"#,
        "s",
        5,
        "m",
        "span_id",
        "b7ad6b7169203331",
    ),
];

#[test]
fn formats_of_loggers_and_shippers_are_understood() {
    for (text, service, severity, body, column, value) in FORMATS {
        let row = line(text);
        assert_eq!(row["service_name"], *service, "{text}");
        assert_eq!(row["severity_number"], *severity, "{text}");
        assert_eq!(row["body"], *body, "{text}");
        assert_eq!(row[*column], *value, "{text}");
        assert_eq!(row["time"], 1_795_246_399_123_000_000_i64, "{text}");
        assert_eq!(row.get("time_source"), None, "{text}");
    }
}

#[test]
fn what_is_not_known_stays_an_attribute_with_its_type() {
    let row = line(
        r#"{"msg":"m","status":404,"order":{"id":9007199254740993,"lines":[1,2.5,null]},
            "http":{"method":"GET","status_code":200,"x":true},"big":18446744073709551615,
            "host":{"ip":["::1"]},"level":"shout","trace_id":"none","empty":""}"#,
    );
    let attributes = &row["attributes"];
    assert_eq!(attributes["status"], 404);
    assert_eq!(
        attributes["order"],
        json!({"id": 9_007_199_254_740_993_i64, "lines": [1, 2.5, null]})
    );
    assert_eq!(attributes["big"], "18446744073709551615");
    assert_eq!(attributes["host"], json!({"ip": ["::1"]}));
    assert_eq!((&attributes["level"], &attributes["trace_id"]), (&json!("shout"), &json!("none")));
    assert_eq!(attributes["empty"], "");
    assert_eq!(row["http_request_method"], "GET");
    assert_eq!(row["http_response_status_code"], 200);
    assert_eq!(attributes["http"], json!({"x": true}));
    assert_eq!(row.get("severity_number"), None);
}

#[test]
fn of_several_places_the_best_counts_and_the_others_stay() {
    let row = line(
        r#"{"log":"l","app":"a","message":"m","service":"s","time":"2026-11-21T07:00:00Z",
            "@timestamp":"2026-11-21T07:33:19Z","service.name":"n"}"#,
    );
    assert_eq!((&row["body"], &row["service_name"]), (&json!("m"), &json!("n")));
    assert_eq!(row["time"], 1_795_246_399_000_000_000_i64);
    let expected = json!({"log": "l", "app": "a", "service": "s", "time": "2026-11-21T07:00:00Z"});
    assert_eq!(row["attributes"], expected);
}

#[test]
fn times_are_read_in_every_unit_and_absurd_ones_are_not_believed() {
    let at = 1_795_246_399_000_000_000_i64;
    for time in [
        "1795246399",
        "1795246399000",
        "1795246399000000",
        "1795246399000000000",
        "1795246399.0",
        "\"1795246399\"",
        "\"1795246399000\"",
        "\"1795246399.000\"",
        "\"2026-11-21T07:33:19Z\"",
        "\"2026-11-21t07:33:19.000z\"",
        "\"2026-11-21 07:33:19\"",
        "\"2026-11-21T16:33:19+09:00\"",
        "\"2026-11-21T16:33:19+0900\"",
        "\"2026/11/21 07:33:19\"",
        "\"Sat, 21 Nov 2026 07:33:19 GMT\"",
        "\"21 Nov 2026 16:33:19 +0900\"",
        "\"21/Nov/2026:07:33:19 +0000\"",
    ] {
        let row = line(format!(r#"{{"msg":"m","timestamp":{time}}}"#));
        assert_eq!(row["time"], at, "{time}");
    }
    for time in [
        "0",
        "-5",
        "3",
        "1e300",
        "99999999999",
        "253402300799",
        "9223372036854775807",
        "\"0001-01-01T00:00:00Z\"",
        "\"1970-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"2026-13-45T99:00:00Z\"",
        "\"tomorrow\"",
        "true",
        "{}",
        "\"99999999999999999999\"",
        // Local time of somewhere east: nobody knows which.
        "\"2026-11-21 16:33:19\"",
    ] {
        let row = line(format!(r#"{{"msg":"m","timestamp":{time}}}"#));
        assert_eq!(
            (&row["time"], &row["time_source"]),
            (&json!(NOW_NS), &json!("arrival")),
            "{time}"
        );
        let sent: Plain = serde_json::from_str(time).unwrap();
        assert_eq!(row["attributes"]["timestamp"], sent, "{time} is kept as it came");
    }
}

#[test]
fn a_record_older_than_the_retention_is_rejected_and_counted() {
    let mut rows = LogRows::new(CLOCK);
    let old = br#"{"msg":"m","time":"2020-01-01T00:00:00Z"}"#;
    let kept = rows.add(None, &Hints::default(), Record::Line(old));
    assert_eq!(kept, Err(Reject::OlderThanRetention));
    let decoded = rows.finish().unwrap();
    assert_eq!((decoded.batch.rows(), decoded.tally.rejected_items()), (0, 1));
}

#[test]
fn a_line_of_text_tells_its_severity_and_its_time() {
    let row = line("2026-11-21T07:33:19.5Z [main] WARN  c.e.Cart - slow\r\n");
    assert_eq!(row["time"], 1_795_246_399_500_000_000_i64);
    assert_eq!((&row["severity_number"], &row["severity_text"]), (&json!(13), &json!("WARN")));
    assert_eq!(row["body"], "2026-11-21T07:33:19.5Z [main] WARN  c.e.Cart - slow");
    let row = line("level=error msg=\"no\" at=2026");
    assert_eq!(row["severity_number"], 17);
    let row = line("nothing to see, no Error here");
    assert_eq!((row.get("severity_number"), &row["time_source"]), (None, &json!("arrival")));
}

#[test]
fn colours_are_stripped() {
    let link = "\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\";
    let row = line(format!("\u{1b}[1;31mERROR\u{1b}[0m 빨강 {link} \u{1b}(B\u{1b}[2Kend\u{1b}["));
    assert_eq!(row["body"], "ERROR 빨강 link end");
    assert_eq!(row["severity_number"], 17);
    let row = line(r#"{"msg":"\u001b[32mgreen\u001b[39m"}"#);
    assert_eq!(row["body"], "green");
}

#[test]
fn bytes_that_are_no_text_are_replaced_and_counted() {
    let mut rows_of_lines = LogRows::new(CLOCK);
    for bytes in [&b"caf\xe9 ol\xe9"[..], b"\x00\x01\xff\xfe\x80", b"{\"msg\":\"\xff\"}"] {
        rows_of_lines.add(None, &Hints::default(), Record::Line(bytes)).unwrap();
    }
    let decoded = rows_of_lines.finish().unwrap();
    assert_eq!(decoded.tally.invalid_strings, 3);
    let bodies: Vec<Plain> = rows(&decoded).iter().map(|row| row["body"].clone()).collect();
    let expected = ["caf\u{fffd} ol\u{fffd}", "\u{0}\u{1}\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}"];
    assert_eq!(bodies, expected);
}

#[test]
fn ten_megabytes_in_a_line_are_cut_and_counted() {
    let mut rows_of_lines = LogRows::new(CLOCK);
    let long = "가".repeat(10 << 20);
    let hints = Hints::default();
    rows_of_lines.add(None, &hints, Record::Line(long.as_bytes())).unwrap();
    let object = json!({"msg": long, "other": "x"}).to_string();
    rows_of_lines.add(None, &hints, Record::Line(object.as_bytes())).unwrap();
    let decoded = rows_of_lines.finish().unwrap();
    assert_eq!(decoded.tally.cut_values, 2);
    for row in rows(&decoded) {
        let body = row["body"].as_str().unwrap();
        assert!(long.starts_with(body) && body.len() + 3 > ATTRIBUTE_VALUE_BYTES_MAX);
    }
    assert_eq!(rows(&decoded)[1]["attributes"], json!({"other": "x"}));
}

#[test]
fn types_may_mix_under_one_key_and_keys_may_be_many() {
    let mut rows_of_lines = LogRows::new(CLOCK);
    for value in ["1", "\"a\"", "true", "null", "[1]", "{\"b\":1}", "0.5"] {
        let text = format!(r#"{{"msg":"m","mixed":{value}}}"#);
        rows_of_lines.add(None, &Hints::default(), Record::Line(text.as_bytes())).unwrap();
    }
    for key in 0..100_000 {
        let text = format!(r#"{{"msg":"m","key_{key}":{key}}}"#);
        rows_of_lines.add(None, &Hints::default(), Record::Line(text.as_bytes())).unwrap();
    }
    let decoded = rows_of_lines.finish().unwrap();
    let rows = rows(&decoded);
    let mixed: Vec<Plain> =
        rows[..7].iter().map(|row| row["attributes"]["mixed"].clone()).collect();
    assert_eq!(
        mixed,
        [json!(1), json!("a"), json!(true), json!(null), json!([1]), json!({"b": 1}), json!(0.5)]
    );
    assert_eq!(rows[100_006]["attributes"], json!({"key_99999": 99_999}));
    // A record alone may not have that many.
    let many: serde_json::Map<String, Plain> =
        (0..5000).map(|key| (format!("key_{key}"), json!(key))).collect();
    let row = line(json!(many).to_string());
    assert_eq!(row["attributes"].as_object().unwrap().len(), 1024);
    assert_eq!(row["dropped_attributes_count"], 3976);
}

#[test]
fn json_that_is_too_deep_or_too_large_stays_text() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let row = line(&deep);
    assert_eq!((&row["body"], row.get("attributes")), (&json!(deep), None));
    assert!(json::read(&"[".repeat(1 << 20)).is_err());
    let wide = format!("{{\"a\":[{}0]}}", "0,".repeat(RECORD_VALUES_MAX));
    assert!(json::read(&wide).is_err());
    let row = line(&wide);
    assert!(row["body"].as_str().unwrap().starts_with("{\"a\":[0,0"));
}

#[test]
fn a_record_without_a_message_is_told_whole() {
    let text = r#"{"method":"GET","path":"/orders","ms":3}"#;
    assert_eq!(line(text)["body"], text);
    let mut rows_of_objects = LogRows::new(CLOCK);
    let object =
        vec![(Cow::Borrowed("n"), Json::Int(1)), (Cow::Borrowed("level"), Json::text("info"))];
    rows_of_objects.add(None, &Hints::default(), Record::Object(object, None)).unwrap();
    let row = rows(&rows_of_objects.finish().unwrap()).remove(0);
    assert_eq!((&row["body"], &row["body_type"]), (&json!("{\"n\":1}"), &json!("json")));
}

#[test]
fn labels_are_the_resource_and_mean_columns() {
    let mut rows_of_lines = LogRows::new(CLOCK);
    let sources: [&[(&str, &str)]; 3] = [
        &[
            ("job", "shop/cart"),
            ("namespace", "shop"),
            ("pod", "p-1"),
            ("app", "cart"),
            ("team", "x"),
        ],
        &[("job", "only-a-job"), ("filename", "/var/log/x")],
        &[("container", "c"), ("job", "j"), ("instance", "i"), ("host", "h")],
    ];
    for labels in sources {
        let source = rows_of_lines.source(labels);
        let hints = Hints { time_ns: Some(NOW_NS), ..Hints::default() };
        rows_of_lines.add(Some(&source), &hints, Record::Line(b"m")).unwrap();
    }
    let rows = rows(&rows_of_lines.finish().unwrap());
    assert_eq!(
        (&rows[0]["service_name"], &rows[0]["k8s_pod_name"]),
        (&json!("cart"), &json!("p-1"))
    );
    let attributes: Plain =
        serde_json::from_str(rows[0]["resource_attributes"].as_str().unwrap()).unwrap();
    let expected =
        json!({"app": "cart", "job": "shop/cart", "namespace": "shop", "pod": "p-1", "team": "x"});
    assert_eq!(attributes, expected);
    assert_eq!(rows[1]["service_name"], "only-a-job");
    assert_eq!((&rows[2]["service_name"], &rows[2]["host_name"]), (&json!("c"), &json!("h")));
    assert_eq!(rows[2]["container_name"], "c");
}

fn any_json() -> impl Strategy<Value = Plain> {
    let scalar = prop_oneof![
        Just(Plain::Null),
        any::<bool>().prop_map(Plain::from),
        any::<i64>().prop_map(Plain::from),
        (-1e15..1e15_f64).prop_map(Plain::from),
        ".{0,12}".prop_map(Plain::from),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Plain::from),
            prop::collection::vec(("[a-z$.@]{1,6}", inner), 0..4)
                .prop_map(|entries| Plain::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_record(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let row = line(&bytes);
        prop_assert!(row.contains_key("time"));
    }

    #[test]
    fn any_attribute_comes_back_as_it_was(value in any_json()) {
        let row = line(json!({"msg": "m", "kept_key": value}).to_string());
        prop_assert_eq!(&row["attributes"]["kept_key"], &value);
    }

    #[test]
    fn any_value_under_a_known_key_is_in_a_column_or_an_attribute(
        value in any_json(),
        key in prop::sample::select(vec![
            "message", "level", "service", "time", "trace_id", "host", "kubernetes", "log",
            "traceparent", "dd", "status", "env", "logger", "http",
        ]),
    ) {
        let row = line(json!({ key: value }).to_string());
        let text = Plain::Object(row).to_string();
        let leaf = match &value {
            Plain::String(leaf) if !leaf.contains('\u{1b}') && !leaf.ends_with(['\n', '\r']) => leaf,
            _ => return Ok(()),
        };
        let quoted = json!(leaf).to_string();
        prop_assert!(text.contains(&quoted[1..quoted.len() - 1]), "{leaf:?} is lost: {text}");
    }

    #[test]
    fn a_formatted_time_is_read_back(seconds in 946_684_800..1_795_246_399_i64, nanoseconds in 0..1_000_000_000_i64) {
        let days = seconds.div_euclid(86_400);
        let (year, month) = super::time::year_and_month(seconds * 1_000_000_000);
        let day = days - super::time::days_since_1970(year, month, 1) + 1;
        let clock = seconds.rem_euclid(86_400);
        let text = format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{nanoseconds:09}Z",
            clock / 3600, clock / 60 % 60, clock % 60
        );
        let expected = seconds * 1_000_000_000 + nanoseconds;
        prop_assert_eq!(super::time::of_text(&text), Some((expected, true)));
        prop_assert_eq!(super::time::of_text(&expected.to_string()), Some((expected, true)));
    }
}
