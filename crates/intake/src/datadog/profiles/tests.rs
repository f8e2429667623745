//! Profiles as clients of several generations send them, and forms that are none.

use crate::IntakeState;
use crate::budget::InFlightBudget;
use crate::datadog::state::DatadogState;
use crate::keys::IntakeKeys;
use crate::otlp::tests::support::{BUDGET_BYTES, MemorySink, now_ns, post, send};
use arrow::array::{Array, AsArray, types};
use axum::Router;
use hannun_model::limits::{PROFILE_ATTACHMENTS_MAX, PROFILE_BYTES_MAX, PROFILE_EVENT_BYTES_MAX};
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: &str = "2026-11-21T07:33:20.5Z";

/// A form of parts: name, file name and body.
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, file_name, body) in parts {
        form.extend(b"--xx\r\nContent-Disposition: form-data; name=\"");
        form.extend(name.as_bytes());
        form.extend(b"\"");
        if let Some(file_name) = file_name {
            form.extend(format!("; filename=\"{file_name}\"").as_bytes());
        }
        form.extend(b"\r\nContent-Type: application/octet-stream\r\n\r\n");
        form.extend(*body);
        form.extend(b"\r\n");
    }
    form.extend(b"--xx--\r\n");
    form
}

struct Intake {
    sink: Arc<MemorySink>,
    router: Router,
}

fn intake() -> Intake {
    let sink = Arc::new(MemorySink::default());
    let budget = InFlightBudget::new(BUDGET_BYTES);
    // Without retention: what these tests send was recorded on one day.
    let state = IntakeState::new(sink.clone(), IntakeKeys::default(), budget);
    let mut state = DatadogState::new(Arc::new(state));
    state.host_name = Some("host-1".to_owned());
    let router = super::routes().with_state(Arc::new(state));
    Intake { sink, router }
}

impl Intake {
    async fn send(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let content_type = ("content-type", "multipart/form-data; boundary=xx");
        let container = ("datadog-container-id", "abc");
        let (response, body) =
            send(&self.router, post(path, &[content_type, container], body)).await;
        (response.status().as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn send_ok(&self, body: Vec<u8>) {
        assert_eq!(self.send("/profiling/v1/input", body).await, (200, "{}".to_owned()));
    }

    /// All rows as JSON; bytes as a list of numbers.
    fn rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for batch in self.sink.batches.lock().iter() {
            let records = batch.records();
            for row in 0..records.num_rows() {
                let fields = records.schema().fields().clone();
                let named = fields.iter().zip(records.columns());
                let told =
                    named.filter(|(_, column)| column.is_valid(row)).map(|(field, column)| {
                        let value: Value = if let Some(texts) = column.as_string_view_opt() {
                            texts.value(row).into()
                        } else if let Some(bytes) = column.as_binary_view_opt() {
                            bytes.value(row).to_vec().into()
                        } else if let Some(times) =
                            column.as_primitive_opt::<types::TimestampNanosecondType>()
                        {
                            times.value(row).into()
                        } else {
                            column.as_primitive::<types::Int64Type>().value(row).into()
                        };
                        (field.name().clone(), value)
                    });
                rows.push(Value::Object(told.collect()));
            }
        }
        rows
    }
}

#[tokio::test]
async fn a_profile_is_kept_whole_a_row_an_attachment() {
    let intake = intake();
    let event = json!({
        "attachments": ["profile.pprof", "code-provenance.json"], "family": "python",
        "version": "4", "start": "2026-11-21T07:33:15.373021164Z", "end": NOW,
        "tags_profiler": "service:shop,env:prod,version:1.2,language:python,runtime-id:r-1,\
            runtime_version:3.11.7,host:h-1,odd,service:again",
        "endpoint_counts": {"GET /orders/<int:number>": 200}, "$info": {"ratio": 0.5},
    });
    let event = event.to_string();
    let body = form(&[
        ("event", Some("event.json"), event.as_bytes()),
        ("profile.pprof", Some("profile.pprof"), &[0x1f, 0x8b, 0, 13, 10, 45, 45]),
        ("code-provenance.json", Some("code-provenance.json"), b"{}"),
    ]);
    intake.send_ok(body.clone()).await;
    let rows = intake.rows();
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    assert_eq!(row["payload"], json!([0x1f, 0x8b, 0, 13, 10, 45, 45]));
    assert_eq!((&row["payload_bytes"], &row["format"]), (&7.into(), &"pprof".into()));
    assert_eq!(row["time"], 1_795_246_395_373_021_164_i64);
    assert_eq!(row["end_time"], 1_795_246_400_500_000_000_i64);
    assert_eq!((&row["name"], &row["family"]), (&"profile.pprof".into(), &"python".into()));
    for (column, value) in [
        ("service_name", "shop"),
        ("deployment_environment_name", "prod"),
        ("service_version", "1.2"),
        ("service_instance_id", "r-1"),
        ("telemetry_sdk_language", "python"),
        ("host_name", "h-1"),
        ("container_id", "abc"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    assert_eq!(row["attributes"], r#"{"runtime_version":"3.11.7","odd":""}"#);
    let kept: Value = serde_json::from_str(row["event"].as_str().unwrap()).unwrap();
    assert_eq!(kept["endpoint_counts"]["GET /orders/<int:number>"], 200);
    assert_eq!(kept["$$info"]["ratio"], 0.5);
    assert_eq!((&rows[1]["name"], rows[1].get("format")), (&"code-provenance.json".into(), None));
    assert_eq!(rows[0]["profile_id"], rows[1]["profile_id"]);
    assert_eq!(rows[0]["profile_id"].as_str().unwrap().len(), 32);

    // Sent again because the answer was lost, by the other path.
    assert_eq!(intake.send("/api/v2/profile", body).await.0, 200);
    assert_eq!(intake.rows().len(), 2);
}

#[tokio::test]
async fn older_clients_send_a_part_for_each_field() {
    let intake = intake();
    intake
        .send_ok(form(&[
            ("version", None, b"3"),
            ("family", None, b"go"),
            ("start", None, b"2026-11-21T07:32:20Z"),
            ("end", None, b"2026-11-21T07:33:20Z"),
            ("tags[]", None, b"service:cart"),
            ("tags[]", None, b"env:prod"),
            ("data[cpu.pprof]", Some("pprof-data"), b"cpu"),
            ("data[0]", Some("auto.jfr.lz4"), b"jfr"),
        ]))
        .await;
    intake
        .send_ok(form(&[
            ("runtime", None, b"jvm"),
            ("recording-start", None, b"2026-11-21T07:32:20Z"),
            ("recording-end", None, b"2026-11-21T07:33:20Z"),
            ("tags[]", None, b"service:pay"),
            ("chunk-data", Some("chunk"), b"x"),
        ]))
        .await;
    let rows = intake.rows();
    let told = |row: &Value| {
        ["name", "format", "family", "service_name", "host_name"]
            .map(|column| row.get(column).and_then(Value::as_str).unwrap_or("-").to_owned())
    };
    assert_eq!(told(&rows[0]), ["cpu.pprof", "pprof", "go", "cart", "host-1"]);
    assert_eq!(told(&rows[1]), ["auto.jfr.lz4", "jfr", "go", "cart", "host-1"]);
    assert_eq!(told(&rows[2]), ["chunk", "-", "jvm", "pay", "host-1"]);
    assert_eq!(rows[0]["time"], 1_795_246_340_000_000_000_i64);
    assert_eq!(rows[2]["end_time"], 1_795_246_400_000_000_000_i64);
    assert_eq!(
        rows[0]["event"],
        r#"{"version":"3","family":"go","start":"2026-11-21T07:32:20Z","end":"2026-11-21T07:33:20Z","tags[]":["service:cart","env:prod"]}"#
    );
}

#[tokio::test]
async fn a_wrong_clock_is_no_reason_to_refuse() {
    let intake = intake();
    for event in [
        r#"{"start":"soon","end":"9999-01-01T00:00:00Z"}"#,
        r#"{"start":-5,"end":0}"#,
        r#"{"start":"2199-01-01T00:00:00Z"}"#,
        "{}",
    ] {
        intake.send_ok(form(&[("event", None, event.as_bytes()), ("a", Some("a"), b"")])).await;
    }
    let rows = intake.rows();
    assert_eq!(rows.len(), 4);
    let now_ns = now_ns() as i64;
    for row in rows {
        let times = ["time", "end_time"].map(|column| row[column].as_i64().unwrap());
        assert!(times.iter().all(|time| (now_ns - 60_000_000_000..=now_ns).contains(time)));
        assert_eq!(row["payload"], json!([]));
    }
}

#[tokio::test]
async fn what_is_no_profile_is_refused_with_its_reason() {
    let intake = intake();
    let event: (&str, Option<&str>, &[u8]) = ("event", Some("event.json"), b"{}");
    let mut cut = form(&[event, ("a.pprof", Some("a.pprof"), b"payload")]);
    cut.truncate(cut.len() - 8);
    let attachments = vec![("a", Some("a"), &b""[..]); PROFILE_ATTACHMENTS_MAX + 1];
    let large_event = format!("{{\"a\":\"{}\"}}", "a".repeat(PROFILE_EVENT_BYTES_MAX));
    let deep_event = "{\"a\":".repeat(100) + "1" + &"}".repeat(100);
    let large = vec![0; PROFILE_BYTES_MAX];
    for (body, status, reason) in [
        (b"{}".to_vec(), 400, "does not begin with its boundary"),
        (cut, 400, "part 2 does not end with the boundary"),
        (form(&[("a", Some("a"), b"")]), 400, "needs a part `event`"),
        (form(&[]), 400, "needs a part `event`"),
        (form(&[("event", None, b"[]")]), 400, "expected an object"),
        (form(&[("event", None, b"{")]), 400, "malformed event of a profile"),
        (form(&[("event", None, b"\xff")]), 400, "malformed event of a profile"),
        (form(&[("event", None, deep_event.as_bytes())]), 400, "event of a profile"),
        (form(&[&[event], attachments.as_slice()].concat()), 400, "attachments"),
        (form(&[("event", None, large_event.as_bytes())]), 413, "larger than"),
        (form(&[event, ("a", Some("a"), &large)]), 413, "larger than"),
    ] {
        let (told, text) = intake.send("/profiling/v1/input", body).await;
        assert_eq!(told, status, "{reason}: {text}");
        assert!(text.contains(reason), "{text}");
    }
    let no_form = post("/profiling/v1/input", &[("content-type", "application/json")], "{}");
    let (response, text) = send(&intake.router, no_form).await;
    assert_eq!(response.status(), 400);
    assert!(std::str::from_utf8(&text).unwrap().contains("send multipart/form-data"));
    assert!(intake.rows().is_empty());
}
