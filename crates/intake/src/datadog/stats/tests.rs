//! Payloads of tracers and agents, whole and broken.

use super::ddsketch::tests::{GAMMA, bin_of, mapping, sketch, sparse};
use crate::datadog::state::DatadogState;
use crate::otlp::tests::support::{
    BUDGET_BYTES, MemorySink, busy, from, gzip, header, now_ns, post, send, state,
};
use arrow::array::{Array, AsArray, types};
use axum::Router;
use hannun_digest::COLLAPSED_ENDPOINT;
use hannun_model::batch::Batch;
use hannun_model::histogram::Histogram;
use hannun_model::limits::{
    CLIENT_STATS_GROUPS_MAX, CLIENT_STATS_ROWS_MAX, ENDPOINTS_PER_SERVICE_MAX,
};
use hannun_model::table::Table;
use rmp::encode;
use serde_json::{Value, json};
use std::sync::Arc;

const SECOND_NS: u64 = 1_000_000_000;

/// Writes JSON as MessagePack; `{"$sketch": [durations]}` is the sketch of these.
fn pack(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => encode::write_nil(out).unwrap(),
        Value::Bool(flag) => encode::write_bool(out, *flag).unwrap(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => drop(encode::write_uint(out, number).unwrap()),
            (_, Some(number)) => drop(encode::write_sint(out, number).unwrap()),
            _ => encode::write_f64(out, number.as_f64().unwrap()).unwrap(),
        },
        Value::String(text) => encode::write_str(out, text).unwrap(),
        Value::Array(items) => {
            encode::write_array_len(out, items.len() as u32).unwrap();
            items.iter().for_each(|item| pack(out, item));
        }
        Value::Object(entries) => {
            if let Some(Value::Array(durations)) = entries.get("$sketch") {
                let bin = |it: &Value| (bin_of(it.as_f64().unwrap(), GAMMA, 1338.5, 0), 1.0);
                let bins: Vec<(i64, f64)> = durations.iter().map(bin).collect();
                let bytes = sketch(&mapping(GAMMA, 1338.5, 0), &sparse(&bins));
                return encode::write_bin(out, &bytes).unwrap();
            }
            encode::write_map_len(out, entries.len() as u32).unwrap();
            for (key, item) in entries {
                encode::write_str(out, key).unwrap();
                pack(out, item);
            }
        }
    }
}

fn packed(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    pack(&mut out, value);
    out
}

/// Requests of one kind to `shop`: durations of those that went well and of those that did not.
fn group(passed: &[u64], failed: &[u64]) -> Value {
    json!({
        "Service": "shop", "Name": "flask.request", "Resource": "GET /orders/{number}",
        "Type": "web", "SpanKind": "server", "HTTPStatusCode": 200, "HTTPMethod": "GET",
        "HTTPEndpoint": "/orders/{number}", "IsTraceRoot": 1, "Synthetics": false,
        "Hits": passed.len() + failed.len(), "TopLevelHits": passed.len() + failed.len(),
        "Errors": failed.len(),
        "Duration": passed.iter().chain(failed).sum::<u64>(),
        "OkSummary": {"$sketch": passed}, "ErrorSummary": {"$sketch": failed},
    })
}

fn with(mut group: Value, fields: Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    group.as_object_mut().unwrap().extend(fields);
    group
}

fn client(start_ns: u64, groups: &[Value]) -> Value {
    json!({
        "Hostname": "h", "Env": "prod", "Version": "1.2", "Lang": "python", "Service": "shop",
        "RuntimeID": "r", "Sequence": 3, "Tags": [],
        "Stats": [{"Start": start_ns, "Duration": 10 * SECOND_NS, "Stats": groups}],
    })
}

struct Intake {
    state: Arc<DatadogState>,
    sink: Arc<MemorySink>,
    router: Router,
}

fn intake() -> Intake {
    let (state, sink) = state(BUDGET_BYTES);
    let state = Arc::new(DatadogState::new(state));
    let router = super::routes().with_state(state.clone());
    Intake { state, sink, router }
}

impl Intake {
    async fn send(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        let (response, body) = send(&self.router, post(path, &[], body)).await;
        (response.status().as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn send_ok(&self, payload: &Value) {
        assert_eq!(self.send("/v0.6/stats", packed(payload)).await, (200, String::new()));
    }

    /// Groups that were left out for this reason.
    fn rejected(&self, reason: &str) -> u64 {
        let samples = self.state.intake.counters.snapshot();
        let wanted = [("table", Table::ClientStats.name()), ("reason", reason)];
        let sample = samples.iter().find(|sample| {
            let labels = sample.labels.iter().map(|(name, value)| (*name, *value));
            sample.name == "hannun_intake_rejected_rows_total" && labels.eq(wanted)
        });
        sample.unwrap().value
    }

    /// All rows as JSON, in the order of endpoint, peer and failure; histograms as their p95.
    fn rows(&self) -> Vec<Value> {
        let mut rows: Vec<Value> = self.sink.batches.lock().iter().flat_map(rows).collect();
        rows.sort_by_key(|row| {
            (row["time"].as_i64(), row["endpoint"].to_string(), row["failed"].as_bool())
        });
        rows
    }
}

fn rows(batch: &Batch) -> Vec<Value> {
    assert_eq!(batch.table(), Table::ClientStats);
    let records = batch.records();
    let schema = records.schema();
    let value = |column: &dyn Array, row: usize| -> Value {
        if column.is_null(row) {
            return Value::Null;
        }
        if let Some(texts) = column.as_string_view_opt() {
            texts.value(row).into()
        } else if let Some(flags) = column.as_boolean_opt() {
            flags.value(row).into()
        } else if let Some(list) = column.as_list_opt::<i32>() {
            let list = list.value(row);
            let flat = list.as_primitive::<types::Float64Type>().values().to_vec();
            Histogram::from_flat(&flat).quantile(0.95).into()
        } else if let Some(times) = column.as_primitive_opt::<types::TimestampNanosecondType>() {
            times.value(row).into()
        } else if let Some(ints) = column.as_primitive_opt::<types::Int64Type>() {
            ints.value(row).into()
        } else {
            column.as_primitive::<types::Float64Type>().value(row).into()
        }
    };
    let row = |row: usize| {
        let named = schema.fields().iter().zip(records.columns());
        named.map(|(field, column)| (field.name().clone(), value(column, row))).collect()
    };
    (0..batch.rows()).map(row).map(Value::Object).collect()
}

#[tokio::test]
async fn requests_are_counted_under_the_names_of_their_spans() {
    let intake = intake();
    let start = now_ns() / (10 * SECOND_NS) * (10 * SECOND_NS);
    let passed: Vec<u64> = (1..=100).map(|number| number * 1_000_000).collect();
    let groups = [
        group(&passed, &[3_000_000]),
        // The status has no column: one row of both.
        with(group(&[5_000_000], &[]), json!({"HTTPStatusCode": 404})),
        with(
            group(&[2_000_000, 4_000_000], &[]),
            json!({
                "Name": "postgres.query", "Service": "postgres", "Type": "sql", "SpanKind": "client",
                "Resource": "SELECT * FROM orders WHERE id = 17", "HTTPMethod": "",
                "HTTPEndpoint": "", "IsTraceRoot": 2,
                "PeerTags": ["db.system:postgresql", "db.name:shop", "out.host:db-1",
                    "_dd.base_service:shop"],
            }),
        ),
        // Without a tag the service of the tracer is the one that called.
        with(
            group(&[1_000_000], &[]),
            json!({
                "Name": "redis.command", "Service": "redis", "Type": "redis", "SpanKind": "client",
                "Resource": "GET", "HTTPMethod": "", "HTTPEndpoint": "",
                "PeerTags": ["db.system:redis", "out.host:cache-1"],
            }),
        ),
    ];
    intake.send_ok(&client(start, &groups)).await;
    let rows = intake.rows();
    assert_eq!(rows.len(), 4, "{rows:#?}");
    let shared = |row: &Value| {
        assert_eq!(row["time"], start);
        assert_eq!(row["service_name"], "shop");
        assert_eq!(row["service_version"], "1.2");
        assert_eq!(row["deployment_environment_name"], "prod");
        assert_eq!(row["spans"], 0);
    };
    rows.iter().for_each(shared);
    let [ok, failed, cached, query] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((&cached["endpoint"], &cached["peer_kind"]), (&"GET".into(), &"cache".into()));
    assert_eq!(
        (&cached["peer_system"], &cached["peer_name"]),
        (&"redis".into(), &"cache-1".into())
    );
    assert_eq!(ok["endpoint"], "GET /orders/{number}");
    assert_eq!(
        (&ok["kind"], &ok["root"], &ok["failed"]),
        (&"server".into(), &true.into(), &false.into())
    );
    assert_eq!(ok["count"], 101.0);
    // The 96th of 101 lasted 95 ms.
    let p95 = ok["histogram"].as_f64().unwrap();
    assert!((p95 / 95e6 - 1.0).abs() < 0.016, "{p95}");
    let sum = ok["duration_sum"].as_f64().unwrap() + failed["duration_sum"].as_f64().unwrap();
    assert!((sum - (5_050e6 + 3e6 + 5e6)).abs() < 1.0, "{sum}");
    let longest = ok["duration_max"].as_f64().unwrap();
    assert!((longest / 100e6 - 1.0).abs() < 0.008, "{longest}");
    assert_eq!((&failed["count"], &failed["failed"]), (&1.0.into(), &true.into()));
    assert!((failed["duration_sum"].as_f64().unwrap() / 3e6 - 1.0).abs() < 0.02);
    assert_eq!(query["endpoint"], "SELECT orders");
    assert_eq!((&query["count"], &query["root"]), (&2.0.into(), &false.into()));
    assert_eq!(query["peer_kind"], "database");
    assert_eq!(query["peer_system"], "postgresql");
    assert_eq!(query["peer_name"], "shop@db-1");
}

#[tokio::test]
async fn a_payload_sent_twice_counts_once() {
    let intake = intake();
    let start = now_ns();
    let payload = client(start, &[group(&[1_000_000], &[])]);
    intake.send_ok(&payload).await;
    intake.send_ok(&payload).await;
    assert_eq!(intake.rows().len(), 1);
    let mut next = payload;
    next["Sequence"] = 4.into();
    intake.send_ok(&next).await;
    assert_eq!(intake.rows().len(), 2);
}

#[tokio::test]
async fn an_agent_sends_those_of_its_tracers_and_of_all_languages() {
    let intake = intake();
    let start = now_ns();
    let mut python = client(start, &[group(&[1_000_000], &[])]);
    python["Env"] = "".into();
    let mut node = client(start + 1, &[group(&[1_000_000], &[])]);
    node["Lang"] = "javascript".into();
    // The counts of several tracers together, and their sketches.
    let counts = with(group(&[], &[]), json!({"Hits": 10, "Errors": 4, "Duration": 100}));
    let mut counts = client(start + 2, &[counts]);
    counts["AgentAggregation"] = "counts".into();
    let sketches = with(group(&[5_000_000], &[]), json!({"Hits": 0, "Duration": 0}));
    let mut sketches = client(start + 3, &[sketches]);
    sketches["AgentAggregation"] = "distributions".into();
    let payload = json!({
        "Stats": [python, node, counts, sketches], "AgentHostname": "h", "AgentEnv": "of-agent",
        "AgentVersion": "7.70", "ClientComputed": true, "SplitPayload": false,
    });
    let body = gzip(&packed(&payload));
    let request = post("/api/v0.2/stats", &[("content-encoding", "gzip")], body);
    assert_eq!(send(&intake.router, request).await.0.status(), 200);
    let rows = intake.rows();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["deployment_environment_name"].as_str().unwrap(), row["count"].as_f64()))
        .collect();
    let expected = [("of-agent", 1.0), ("prod", 1.0), ("prod", 6.0), ("prod", 4.0), ("prod", 0.0)];
    assert_eq!(told, expected.map(|(environment, count)| (environment, Some(count))));
    // Counts without sketches share the time by how many there are.
    assert_eq!((&rows[2]["duration_sum"], &rows[3]["duration_sum"]), (&60.0.into(), &40.0.into()));
    assert_eq!(rows[2]["histogram"], Value::Null);
    assert!((rows[4]["histogram"].as_f64().unwrap() / 5e6 - 1.0).abs() < 0.016);
    assert_eq!(rows[4]["duration_sum"], 0.0);
}

#[tokio::test]
async fn a_tracer_that_sends_every_span_is_not_counted_by_its_statistics() {
    let intake = intake();
    let mut payload = client(now_ns(), &[group(&[1_000_000], &[])]);
    payload["Lang"] = "javascript".into();
    intake.send_ok(&payload).await;
    assert!(intake.rows().is_empty());
    let unkept = intake.state.unkept.list();
    assert_eq!((unkept[0].endpoint, unkept[0].payloads), ("/v0.6/stats", 1));
}

#[tokio::test]
async fn numbers_come_as_javascript_and_older_clients_write_them() {
    let intake = intake();
    let start = now_ns() / SECOND_NS * SECOND_NS;
    let mut payload = client(
        0,
        &[with(group(&[], &[]), json!({"Hits": 2.0, "Errors": null, "IsTraceRoot": true}))],
    );
    payload["Stats"][0]["Start"] = (start as f64).into();
    let old = json!({
        "Service": "shop", "Name": "flask.request", "Resource": "GET /old", "Type": "web",
        "HTTPStatusCode": 0, "Hits": 1, "TopLevelHits": 1, "Errors": 0, "Duration": 5,
        "OkSummary": {"$sketch": [5]}, "ErrorSummary": "",
    });
    payload["Stats"][0]["Stats"].as_array_mut().unwrap().push(old);
    intake.send_ok(&payload).await;
    let rows = intake.rows();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row["endpoint"].as_str().unwrap(), row["count"].as_f64().unwrap()))
        .collect();
    assert_eq!(told, [("GET /old", 1.0), ("GET /orders/{number}", 2.0)]);
    assert!(rows.iter().all(|row| row["root"] == true && row["kind"] == "server"));
}

#[tokio::test]
async fn a_group_that_cannot_be_is_left_out_and_the_others_are_kept() {
    let intake = intake();
    let start = now_ns();
    let good = group(&[1_000_000], &[]);
    let no_sketch = with(good.clone(), json!({"OkSummary": "no sketch"}));
    let too_many = with(good.clone(), json!({"Hits": 1e16}));
    let too_long = with(good.clone(), json!({"Duration": 1e300}));
    let mut payload = client(start, &[no_sketch, good.clone(), too_many, too_long]);
    let interval = |start_ns: u64| json!({"Start": start_ns, "Stats": [good]});
    let others = [0, start - 7200 * SECOND_NS, start + 30 * 86_400 * SECOND_NS, u64::MAX];
    payload["Stats"].as_array_mut().unwrap().extend(others.map(interval));
    intake.send_ok(&payload).await;
    assert_eq!(intake.rows().len(), 1);
    assert_eq!(intake.rejected("malformed"), 3);
    assert_eq!(intake.rejected("no_time"), 1);
    assert_eq!(intake.rejected("older_than_retention"), 1);
    assert_eq!(intake.rejected("future"), 1);
    assert_eq!(intake.rejected("time_out_of_range"), 1);
}

#[tokio::test]
async fn endpoints_and_rows_have_a_limit() {
    let intake = intake();
    let names = 0..ENDPOINTS_PER_SERVICE_MAX + 5;
    let named = |name: usize| {
        let route = format!("/{}", "x".repeat(name % 50) + &"y".repeat(name / 50));
        with(group(&[], &[]), json!({"Hits": 1, "HTTPEndpoint": route}))
    };
    let groups: Vec<Value> = names.map(named).collect();
    intake.send_ok(&client(now_ns(), &groups)).await;
    let rows = intake.rows();
    assert_eq!(rows.len(), ENDPOINTS_PER_SERVICE_MAX + 1);
    let other = rows.iter().find(|row| row["endpoint"] == COLLAPSED_ENDPOINT).unwrap();
    assert_eq!(other["count"], 5.0);

    let intake = self::intake();
    let start = now_ns();
    let one = json!({"Service": "a", "Hits": 1});
    let interval = |number: u64| json!({"Start": start - number, "Stats": [one]});
    let mut payload = client(start, &[]);
    payload["Stats"] = (0..CLIENT_STATS_ROWS_MAX as u64 + 7).map(interval).collect();
    intake.send_ok(&payload).await;
    assert_eq!(intake.rows().len(), CLIENT_STATS_ROWS_MAX);
}

#[tokio::test]
async fn what_is_no_payload_is_refused_with_its_place() {
    let intake = intake();
    let whole = packed(&client(now_ns(), &[group(&[1_000_000], &[2_000_000])]));
    for length in 0..whole.len() {
        let (status, text) = intake.send("/v0.6/stats", whole[..length].to_vec()).await;
        assert_eq!(status, 400, "{length}: {text}");
    }
    for wrong in [
        json!([]),
        json!("text"),
        json!({"Stats": 5}),
        json!({"Stats": [5]}),
        json!({"Stats": [{"Stats": {}}]}),
        json!({"Stats": [{"Start": -5, "Stats": []}]}),
        json!({"Stats": [{"Start": "today", "Stats": []}]}),
        json!({"Env": 5}),
        client(5, &[json!({"Hits": -1})]),
        client(5, &[json!({"Hits": "many"})]),
        client(5, &[json!({"OkSummary": 5})]),
        client(5, &[json!({"PeerTags": [5]})]),
        client(5, &[json!({"IsTraceRoot": "yes"})]),
    ] {
        let (status, text) = intake.send("/v0.6/stats", packed(&wrong)).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(text.contains("malformed statistics: at byte "), "{text}");
    }
    assert!(intake.rows().is_empty());
    // A list of four billion in five bytes, and one of empty groups.
    let (status, _) = intake.send("/v0.6/stats", vec![0xdf, 255, 255, 255, 255]).await;
    assert_eq!(status, 400);
    let start = now_ns();
    let mut empty_groups = packed(&json!({"Stats": [{"Start": start, "Stats": 0}]}));
    empty_groups.pop();
    empty_groups.extend([0xdd, 0, 0x20, 0, 0]);
    empty_groups.extend(vec![0x80; 0x20_0000]);
    assert_eq!(intake.send("/v0.6/stats", empty_groups).await.0, 200);
    assert!(intake.rows().is_empty());
    assert_eq!(intake.rejected("too_many_items"), (0x20_0000 - CLIENT_STATS_GROUPS_MAX) as u64);
}

#[tokio::test]
async fn texts_that_are_not_utf8_are_repaired() {
    let intake = intake();
    let mut payload = client(now_ns(), &[group(&[1_000_000], &[])]);
    payload["Version"] = "1.§".into();
    let body = packed(&payload);
    let at = body.windows(2).position(|pair| pair == [0xc2, 0xa7]).unwrap();
    let mut body = body;
    body[at] = 0xff;
    assert_eq!(intake.send("/v0.6/stats", body).await.0, 200);
    assert_eq!(intake.rows()[0]["service_version"], "1.??");
}

#[tokio::test]
async fn senders_are_told_to_wait_and_strangers_to_show_a_key() {
    let intake = intake();
    let body = packed(&client(now_ns(), &[group(&[1_000_000], &[])]));
    *intake.sink.refusal.lock() = Some(busy());
    let (response, _) = send(&intake.router, post("/v0.6/stats", &[], body.clone())).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (503, "3"));
    *intake.sink.refusal.lock() = None;
    let mut request = post("/v0.6/stats", &[], body.clone());
    from(&mut request, "192.0.2.1:9");
    assert_eq!(send(&intake.router, request).await.0.status(), 403);
    let large = vec![0xc0; 65 << 20];
    assert_eq!(intake.send("/v0.6/stats", large).await.0, 413);
    assert_eq!(intake.send("/v0.6/stats", body).await.0, 200);
}

#[tokio::test]
async fn names_without_end_are_not_repeated_in_every_row() {
    let intake = intake();
    let long = "x".repeat(1 << 20);
    let groups: Vec<Value> = (0..200)
        .map(|at| {
            with(group(&[1000], &[]), json!({"HTTPEndpoint": format!("/{}", "a".repeat(at))}))
        })
        .collect();
    let mut payload = client(now_ns(), &groups);
    payload["Version"] = long.clone().into();
    payload["Env"] = long.into();
    intake.send_ok(&payload).await;
    let rows = intake.rows();
    assert!(rows.len() > 100);
    let longest = rows.iter().map(|row| row.to_string().len()).max().unwrap();
    assert!(longest < 4096, "{longest}");
}
