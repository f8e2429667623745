//! Events, service checks and what agents say about their host.

use super::{CLOCK, NOW_S, NS, rows_of};
use crate::datadog::backend::{checks, events, intake};
use crate::datadog::unkept::Unkept;
use crate::door::Identity;
use crate::records::tests::rows;
use crate::refusal::Refusal;
use serde_json::json;

const TIME_S: i64 = NOW_S - 60;

#[test]
fn checks_are_points_and_those_that_say_something_are_records() {
    let body = json!([
        {"check": "db.up", "status": 2, "host_name": "web-1", "timestamp": TIME_S,
         "message": "refused", "tags": ["env:prod", "db:orders"]},
        {"check": "db.up", "status": 0, "host_name": "web-2", "timestamp": TIME_S, "tags": null},
        {"check": "db.up", "status": 3, "timestamp": TIME_S},
        {"check": "db.up", "status": 9}, {"status": 1}, "x",
        {"check": "db.up", "status": 1, "timestamp": NOW_S - 7200},
    ]);
    let (decoded, outcome) = checks::map(body.to_string().as_bytes(), CLOCK).unwrap();
    assert_eq!((outcome.accepted, decoded.identity), (3, Identity::Content));
    assert_eq!(
        outcome.complaints(&decoded.tally),
        [
            "rejected: 1 older than the retention, 3 malformed",
            "check 3: no status from 0 to 3",
            "check 4: no check",
            "check 5: not an object",
        ]
    );
    let points = rows_of(&decoded.beside[0]);
    let values: Vec<_> = points.iter().map(|point| point["value"].clone()).collect();
    assert_eq!(values, [json!(2.0), json!(0.0), json!(3.0)]);
    assert_eq!(
        (&points[0]["metric_name"], &points[0]["time"]),
        (&json!("db.up"), &json!(TIME_S * NS))
    );
    assert_eq!(points[0]["attributes"], json!({"db": "orders"}));
    let records = rows(&decoded);
    let told: Vec<_> = records.iter().map(|record| record["body"].clone()).collect();
    assert_eq!(told, ["refused", "db.up is unknown"]);
    let record = &records[0];
    assert_eq!(
        (&record["event_name"], &record["severity_number"]),
        (&json!("datadog.service_check"), &json!(17))
    );
    assert_eq!(
        (&record["host_name"], &record["deployment_environment_name"]),
        (&json!("web-1"), &json!("prod"))
    );
    let single = json!({"check": "c", "status": 1, "message": "m"}).to_string();
    let (decoded, outcome) = checks::map(single.as_bytes(), CLOCK).unwrap();
    assert_eq!((outcome.accepted, decoded.batch.rows()), (1, 1));
    assert_eq!(decoded.identity, Identity::Unique);
    assert_eq!(rows_of(&decoded.beside[0])[0]["time"], NOW_S * NS);
}

#[test]
fn an_event_of_either_version_is_a_record() {
    let body = json!({
        "title": "Deployed", "text": "C:\\new is out", "date_happened": TIME_S, "host": "web-1",
        "alert_type": "error", "priority": "low", "aggregation_key": "k", "source_type_name": "ci",
        "tags": ["env:prod", "team:a"], "device_name": "sda",
    });
    let (decoded, outcome) = events::map(body.to_string().as_bytes(), CLOCK).unwrap();
    assert_eq!((outcome.accepted, decoded.identity), (1, Identity::Content));
    let row = rows(&decoded).remove(0);
    assert_eq!(
        (&row["event_name"], &row["body"]),
        (&json!("datadog.event"), &json!("Deployed\nC:\\new is out"))
    );
    assert_eq!((&row["severity_number"], &row["severity_text"]), (&json!(17), &json!("error")));
    assert_eq!((&row["time"], &row["host_name"]), (&json!(TIME_S * NS), &json!("web-1")));
    let attributes = json!({
        "datadog.event.title": "Deployed", "datadog.event.alert_type": "error",
        "datadog.event.priority": "low", "datadog.event.aggregation_key": "k",
        "datadog.event.source_type": "ci", "team": "a", "device": "sda",
    });
    assert_eq!(row["attributes"], attributes);
    let second = json!({"data": {"type": "event", "attributes": {
        "title": "flag", "message": "on", "category": "change", "tags": ["env:prod"],
        "timestamp": "2026-11-21T07:32:20.000000Z", "aggregation_key": "k",
    }}});
    let (decoded, _) = events::map(second.to_string().as_bytes(), CLOCK).unwrap();
    let row = rows(&decoded).remove(0);
    assert_eq!((&row["body"], &row["time"]), (&json!("flag\non"), &json!(TIME_S * NS)));
    assert_eq!(row["attributes"]["datadog.event.category"], "change");
}

#[test]
fn an_event_without_words_or_of_another_time_is_not_kept() {
    let (decoded, outcome) = events::map(b"{\"host\":\"h\"}", CLOCK).unwrap();
    assert_eq!(
        outcome.complaints(&decoded.tally),
        ["rejected: 1 malformed", "event: neither title nor text"]
    );
    let old = json!({"title": "t", "text": "x", "date_happened": NOW_S - 7200}).to_string();
    let (decoded, outcome) = events::map(old.as_bytes(), CLOCK).unwrap();
    assert_eq!(outcome.complaints(&decoded.tally), ["rejected: 1 older than the retention"]);
}

#[test]
fn events_of_agents_are_kept_and_what_they_say_of_their_host_is_counted() {
    let unkept = Unkept::default();
    let body = json!({"apiKey": "", "internalHostname": "h", "events": {
        "docker": [{"msg_title": "died", "msg_text": "OOM", "timestamp": TIME_S, "host": "web-1",
                    "alert_type": "warning", "tags": ["env:prod"]}],
        "api": [{"msg_title": "t", "msg_text": "t", "timestamp": TIME_S, "host": "web-1"}, 5],
    }});
    let (decoded, outcome) = intake::map(body.to_string().as_bytes(), &unkept, CLOCK).unwrap();
    assert_eq!(
        outcome.complaints(&decoded.tally),
        ["rejected: 1 malformed", "event of api: not an object"]
    );
    let rows = rows(&decoded);
    let of_api = rows.iter().find(|row| row["body"] == "t").unwrap();
    assert_eq!(of_api["attributes"].get("datadog.event.source_type"), None);
    let of_docker = rows.iter().find(|row| row["body"] == "died\nOOM").unwrap();
    assert_eq!((rows.len(), &of_docker["severity_number"]), (2, &json!(13)));
    assert_eq!(of_docker["attributes"]["datadog.event.source_type"], "docker");
    assert_eq!(unkept.list(), []);
    let metadata =
        json!({"agentVersion": "7.60.0", "gohai": "{}", "meta": {"hostname": "h"}}).to_string();
    let (decoded, _) = intake::map(metadata.as_bytes(), &unkept, CLOCK).unwrap();
    assert_eq!(decoded.batch.rows(), 0);
    let listed = unkept.list();
    assert_eq!((listed[0].endpoint, listed[0].bytes), ("/intake/", metadata.len() as u64));
    assert!(matches!(intake::map(b"[]", &unkept, CLOCK), Err(Refusal::Malformed(_))));
}
