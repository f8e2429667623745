//! Log records in every form.

use super::{CLOCK, NOW_S, NS};
use crate::datadog::backend::logs::{Shared, map};
use crate::door::Identity;
use crate::records::tests::rows;
use crate::refusal::Refusal;
use serde_json::{Map, Value, json};

const TIME_MS: i64 = (NOW_S - 60) * 1000 + 123;
const JSON: Option<&str> = Some("application/json");

fn mapped(body: &str, media_type: Option<&str>, query: &str) -> Vec<Map<String, Value>> {
    let shared = Shared::of_query(query);
    let (decoded, outcome) = map(body.as_bytes(), media_type, &shared, CLOCK).unwrap();
    assert_eq!(outcome.accepted, decoded.batch.rows());
    rows(&decoded)
}

/// The row of one record.
fn row(record: Value) -> Map<String, Value> {
    mapped(&json!([record]).to_string(), JSON, "").remove(0)
}

#[test]
fn a_record_of_an_agent_is_a_row() {
    let row = row(json!({
        "message": "card declined: 한도 초과", "status": "error", "timestamp": TIME_MS,
        "hostname": "web-1", "service": "shop", "ddsource": "python",
        "ddtags": "env:prod,version:2,kube_namespace:pay,pod_name:p-1,container_id:c1,team:a,team:b,\
                   canary,image_tag:7,filename:x.log,env:prod",
    }));
    assert_eq!(row["body"], "card declined: 한도 초과");
    assert_eq!((&row["severity_number"], &row["severity_text"]), (&json!(17), &json!("error")));
    assert_eq!((&row["time"], row.get("time_source")), (&json!(TIME_MS * 1_000_000), None));
    let resource = [
        ("service_name", "shop"),
        ("host_name", "web-1"),
        ("deployment_environment_name", "prod"),
        ("service_version", "2"),
        ("k8s_namespace_name", "pay"),
        ("k8s_pod_name", "p-1"),
        ("container_id", "c1"),
    ];
    for (column, text) in resource {
        assert_eq!(row[column], text, "{column}");
    }
    let attributes = json!({
        "ddsource": "python", "team": ["a", "b"], "canary": "", "image_tag": "7", "filename": "x.log",
    });
    assert_eq!(row["attributes"], attributes);
}

#[test]
fn every_form_of_a_body_is_read() {
    for (body, media_type, expected) in [
        (r#"[{"message":"a"},{"message":"b"}]"#, JSON, vec!["a", "b"]),
        (r#"{"message":"a"}"#, JSON, vec!["a"]),
        ("{\"message\":\"a\"}\n{\"message\":\"b\"}\n", JSON, vec!["a", "b"]),
        (r#"["a",{"message":"b"}]"#, JSON, vec!["a", "b"]),
        ("a\nb\r\n", Some("text/plain"), vec!["a", "b"]),
        (r#"{"message":"a"}"#, Some("text/plain"), vec!["a"]),
        (r#"{"message":"{\"msg\":\"inner\"}"}"#, JSON, vec!["inner"]),
        ("{}", JSON, vec![]),
        ("[{}]", JSON, vec![]),
        ("[]", JSON, vec![]),
        ("", None, vec![]),
    ] {
        let rows = mapped(body, media_type, "");
        let bodies: Vec<&Value> = rows.iter().map(|row| &row["body"]).collect();
        assert_eq!(bodies, expected, "{body}");
    }
}

#[test]
fn the_query_speaks_for_records_that_are_silent() {
    let body = r#"[{"message":"a"},
        {"message":"b","service":"own","hostname":"h2","ddsource":"go","ddtags":"env:own,x:1"}]"#;
    let query = "ddsource=nodejs&ddtags=env%3Aprod%2Cteam%3Aa%2Cx%3A1&service=%EC%A3%BC%EB%AC%B8&hostname=h1";
    for (media_type, body) in [(JSON, body), (Some("text/plain"), "a")] {
        let rows = mapped(body, media_type, query);
        assert_eq!(
            (&rows[0]["service_name"], &rows[0]["host_name"]),
            (&json!("주문"), &json!("h1"))
        );
        assert_eq!(rows[0]["deployment_environment_name"], "prod");
        assert_eq!(rows[0]["attributes"], json!({"ddsource": "nodejs", "team": "a", "x": "1"}));
    }
    let second = &mapped(body, JSON, query)[1];
    assert_eq!((&second["service_name"], &second["host_name"]), (&json!("own"), &json!("h2")));
    assert_eq!(second["deployment_environment_name"], "own");
    assert_eq!(
        second["attributes"],
        json!({"ddsource": "go", "team": "a", "x": "1", "env": "prod"})
    );
}

#[test]
fn what_a_record_says_of_itself_is_not_lost_to_its_tags() {
    let row = row(json!({
        "message": r#"{"msg":"m","env":"staging","service":"inner","level":"warn"}"#,
        "status": "info", "service": "outer", "hostname": "", "timestamp": TIME_MS,
        "ddtags": "env:prod,service:tag,host:h1,level:9,status:x,message:y,time:1,logger:z",
    }));
    assert_eq!((&row["body"], &row["severity_text"]), (&json!("m"), &json!("warn")));
    assert_eq!((&row["service_name"], &row["host_name"]), (&json!("inner"), &json!("h1")));
    assert_eq!(row["deployment_environment_name"], "prod");
    assert_eq!(row["time"], TIME_MS * 1_000_000);
    let attributes = &row["attributes"];
    let expected = [
        ("env", "staging"),
        ("service", "outer"),
        ("status", "info"),
        ("tag.service", "tag"),
        ("tag.level", "9"),
        ("tag.status", "x"),
        ("tag.message", "y"),
        ("tag.time", "1"),
        ("tag.logger", "z"),
    ];
    for (key, text) in expected {
        assert_eq!(attributes[key], text, "{key} of {attributes}");
    }
}

#[test]
fn records_join_their_trace_by_hex_and_by_decimal_ids() {
    let whole = "6551e0a7000000000fedcba987654321";
    let lower = "00000000000000000fedcba987654321";
    let (decimal, span) = ("1147797409030816545", "1311768467463790320");
    let line = format!(
        "INFO [shop] [dd.service=web dd.env=prod dd.version= dd.trace_id={decimal} \
                        dd.span_id={span}] - placed"
    );
    for (record, trace_id) in [
        (json!({"message": "m", "dd.trace_id": whole, "dd.span_id": span}), whole),
        (json!({"message": "m", "dd": {"trace_id": whole, "span_id": span}}), whole),
        (json!({"message": "m", "dd.trace_id": decimal, "dd.span_id": span}), lower),
        (json!({"message": "m", "ddtags": format!("trace_id:{whole},span_id:{span}")}), whole),
        (
            json!({"message": format!("{{\"msg\":\"m\",\"dd.trace_id\":\"{whole}\",\"dd.span_id\":{span}}}")}),
            whole,
        ),
        (json!({"message": line}), lower),
    ] {
        let row = row(record.clone());
        assert_eq!(row["trace_id"], trace_id, "{record}");
        assert_eq!(row["span_id"], "123456789abcdef0", "{record}");
    }
    let of_line = mapped(&line, Some("text/plain"), "").remove(0);
    assert_eq!((&of_line["trace_id"], &of_line["service_name"]), (&json!(lower), &json!("web")));
    assert_eq!(
        (&of_line["deployment_environment_name"], &of_line["body"]),
        (&json!("prod"), &json!(line))
    );
    // Without an active trace the ids are 0.
    let none = row(json!({"message": "x dd.trace_id=0 dd.span_id=0", "dd.trace_id": "0"}));
    assert_eq!(none.get("trace_id"), None);
}

#[test]
fn bad_records_are_told_and_the_others_kept() {
    let shared = Shared::default();
    let old = (NOW_S - 7200) * 1000;
    let body = json!([{"message": "a", "timestamp": TIME_MS}, 7, null, {"message": "old", "timestamp": old}]);
    let (decoded, outcome) = map(body.to_string().as_bytes(), JSON, &shared, CLOCK).unwrap();
    assert_eq!(outcome.accepted, 1);
    assert_eq!(
        outcome.complaints(&decoded.tally),
        [
            "rejected: 1 older than the retention, 2 malformed",
            "record 2: neither an object nor a text",
            "record 3: neither an object nor a text",
        ]
    );
    let lines = "{\"message\":\"a\"}\n{\"message\":\n{\"message\":\"b\"}";
    let (_, outcome) = map(lines.as_bytes(), JSON, &shared, CLOCK).unwrap();
    assert_eq!((outcome.accepted, outcome.errors.len()), (2, 1));
    assert!(outcome.errors[0].starts_with("record 2: malformed JSON"), "{:?}", outcome.errors);
    let refused = map(b"[{\"message\":", JSON, &shared, CLOCK);
    assert!(matches!(refused, Err(Refusal::Malformed(_))));
}

#[test]
fn a_time_in_the_future_becomes_the_arrival() {
    let future = (NOW_S + 200_000) * 1000;
    let row = row(json!({"message": "m", "timestamp": future}));
    assert_eq!((&row["time"], &row["time_source"]), (&json!(NOW_S * NS), &json!("arrival")));
    assert_eq!(row["attributes"]["timestamp"], future);
}

#[test]
fn records_with_times_are_the_same_when_they_are_sent_again() {
    let shared = Shared::default();
    for (body, identity) in [
        (json!([{"message": "a", "timestamp": TIME_MS}]), Identity::Content),
        (json!([{"message": "a"}]), Identity::Unique),
    ] {
        let (decoded, _) = map(body.to_string().as_bytes(), JSON, &shared, CLOCK).unwrap();
        assert_eq!(decoded.identity, identity, "{body}");
    }
}
