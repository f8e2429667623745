//! Dependencies through the API: the evidence about an external host equals what the spans say, and
//! what really happened.

use hannun_e2e::{Server, ServerOptions, Session, int, now_ns, otlp, text};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const MINUTE: u64 = 60_000 * MILLISECOND;

/// How a call to the registry ends.
enum End {
    Answered,
    /// With this HTTP status, a failure.
    Refused(i64),
    /// Told by `error.type`, by the status message, or by an exception.
    CutOff(&'static str, &'static str, &'static str),
}

fn integer(key: &str, value: i64) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::IntValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A trace of three spans: the entry of `gateway`, the work of `dispatch`, and its call.
fn trace(number: u64, start_ns: u64, duration_ms: u64, end: End) -> [Span; 3] {
    let base = otlp::span(number * 10, start_ns);
    let id = |n: u64| (number * 10 + n).to_be_bytes().to_vec();
    let mut entry = Span { span_id: id(1), ..base.clone() };
    entry.attributes = vec![otlp::attribute("customer.id", &format!("c-{}", number % 3))];
    let mut work = Span { span_id: id(2), parent_span_id: id(1), kind: 5, ..base.clone() };
    work.attributes = vec![integer("order.no", 5000 + number as i64)];
    let mut call = Span { span_id: id(3), parent_span_id: id(2), kind: 3, ..base };
    call.name = "GET".to_owned();
    call.end_time_unix_nano = start_ns + duration_ms * MILLISECOND;
    call.attributes = vec![
        otlp::attribute("server.address", "registry.gov.example"),
        otlp::attribute("http.request.method", "GET"),
        otlp::attribute("attempt.id", &format!("'\"<b>{number}")),
    ];
    let failed = |message: &str| Some(Status { code: 2, message: message.to_owned() });
    match end {
        End::Answered => call.attributes.push(integer("http.response.status_code", 200)),
        End::Refused(status) => {
            call.status = failed("");
            call.attributes.push(integer("http.response.status_code", status));
        }
        End::CutOff(error_type, message, exception) => {
            call.status = failed(message);
            call.attributes.push(otlp::attribute("error.type", error_type));
            call.events = vec![span::Event {
                name: "exception".to_owned(),
                time_unix_nano: call.end_time_unix_nano,
                attributes: vec![otlp::attribute("exception.type", exception)],
                ..span::Event::default()
            }];
        }
    }
    [entry, work, call]
}

/// Twelve traces whose calls end in every way.
fn send_calls(server: &Server, start_ns: u64) {
    let calls = [
        (200, End::Answered),
        (300, End::Answered),
        (400, End::Refused(500)),
        (6000, End::Answered),
        (12_000, End::Answered),
        (30_600, End::Answered),
        (11_000, End::Refused(503)),
        (10_500, End::Refused(504)),
        (10_003, End::CutOff("timeout", "", "X")),
        (10_004, End::CutOff("X", "context deadline exceeded", "X")),
        (10_005, End::CutOff("X", "it failed", "java.net.SocketTimeoutException")),
        (3000, End::CutOff("X", "connection timed out", "X")),
    ];
    let (mut gateway, mut dispatch) = (Vec::new(), Vec::new());
    for (number, (duration_ms, end)) in (1..).zip(calls) {
        let [entry, work, call] =
            trace(number, start_ns + number * 1000 * MILLISECOND, duration_ms, end);
        gateway.push(entry);
        dispatch.extend([work, call]);
    }
    server.send_ok("traces", &otlp::traces("gateway", gateway));
    server.send_ok("traces", &otlp::traces("dispatch", dispatch));
}

fn started() -> (tempfile::TempDir, Server, Session, u64, String) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let start_ns = (now_ns() / MINUTE - 20) * MINUTE;
    send_calls(&server, start_ns);
    let range = format!(
        "from_ms={}&to_ms={}",
        start_ns / MILLISECOND,
        (start_ns + 10 * MINUTE) / MILLISECOND
    );
    (folder, server, owner, start_ns, range)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect()
}

#[test]
fn calls_are_counted_by_how_they_ended() {
    let (_folder, _server, owner, start_ns, range) = started();
    let path = format!("/dependencies/evidence?{range}&name=registry.gov.example");
    let found = owner.get(&path);
    for (name, count) in [("calls", 12), ("succeeded", 5), ("failed", 2), ("timeouts", 5)] {
        assert_eq!(found[name], json!(count), "{name}: {found}");
    }
    assert_eq!((&found["kind"], &found["system"]), (&json!("external"), &json!("http")));
    assert_eq!(
        (&found["figures"]["requests"], &found["figures"]["errors"]),
        (&json!(12.0), &json!(7.0))
    );
    assert_eq!(found["figures"]["max_ms"], json!(30_600.0));
    let over = &found["over"];
    for (name, count) in [("calls", 7), ("succeeded", 2), ("failed", 1), ("timeouts", 4)] {
        assert_eq!(over[name], json!(count), "{name}: {over}");
    }
    assert_eq!(over["fastest_success_ms"], json!(12_000.0));
    assert_eq!(over["slowest_success_ms"], json!(30_600.0));
    let second = |n: u64| start_ns / MILLISECOND + n * 1000;
    assert_eq!((&over["first_ms"], &over["last_ms"]), (&json!(second(5)), &json!(second(11))));
    assert_eq!(found["callers"], json!([{"service": "dispatch", "calls": 12}]));
    let operation = &found["operations"][0];
    assert_eq!((&operation["over"], &operation["timeouts"]), (&json!(7), &json!(5)));
    assert_eq!(operation["slowest_success_ms"], json!(30_600.0));
    let sum = |name: &str| numbers(&found["series"][name]).iter().sum::<f64>();
    assert_eq!((sum("calls"), sum("over"), sum("failed")), (12.0, 7.0, 7.0));

    let list = owner.get(&format!("/dependencies?{range}"));
    let row = &list["dependencies"][0];
    assert_eq!(
        (&row["name"], &row["callers"]),
        (&json!("registry.gov.example"), &json!(["dispatch"]))
    );
    assert_eq!((&row["operations"], &row["timeouts"]), (&json!(1), &json!(5)));
    assert_eq!((&row["over_threshold"], &row["over_threshold_succeeded"]), (&json!(7), &json!(2)));
    assert_eq!(row["figures"]["requests"], json!(12.0));
    assert_eq!(list["dependencies"].as_array().unwrap().len(), 1);
    let none =
        |more: &str| owner.get(&format!("/dependencies?{range}&{more}"))["dependencies"].clone();
    assert_eq!(none("kind=database"), json!([]));
    assert_eq!(none("environment=production"), json!([]));
    assert_eq!(none("kind=all&environment=none").as_array().unwrap().len(), 1);
    for wrong in ["kind=service", "threshold_ms=-1", "threshold_ms=soon"] {
        assert_eq!(
            owner.send("GET", &format!("/dependencies?{wrong}"), None).status,
            400,
            "{wrong}"
        );
    }
}

#[test]
fn another_timeout_is_answered_from_what_was_seen_and_nothing_is_guessed() {
    let (_folder, _server, owner, _, range) = started();
    let path = format!("/dependencies/evidence?{range}&name=registry.gov.example");
    let found = owner.get(&format!("{path}&timeout_ms=30000"));
    let what_if = &found["what_if"];
    assert_eq!(what_if["observed_timeouts_ms"], json!([3000.0, 10_000.0]));
    assert_eq!(what_if["unknown"], json!(4));
    let point = |ms: f64| {
        let points = what_if["points"].as_array().unwrap();
        let found = points.iter().find(|it| it["timeout_ms"] == json!(ms));
        let found = found.unwrap_or_else(|| panic!("{ms}: {what_if}"));
        [&found["completed"], &found["cut_off"], &found["unknown"]].map(|it| it.as_u64().unwrap())
    };
    // Answered within 0.2, 0.3, 0.4, 6, 10.5, 11, 12 and 30.6 s; cut off after 3 s and 10 s, three times.
    assert_eq!(point(1000.0), [3, 9, 0]);
    assert_eq!(point(3000.0), [3, 9, 0]);
    assert_eq!(point(5000.0), [3, 8, 1]);
    assert_eq!(point(10_000.0), [4, 7, 1]);
    assert_eq!(point(15_000.0), [7, 1, 4]);
    assert_eq!(point(30_000.0), [7, 1, 4]);
    assert_eq!(point(60_000.0), [8, 0, 4]);
    let asked = json!({"timeout_ms": 30_000.0, "completed": 7, "cut_off": 1, "unknown": 4});
    assert_eq!(what_if["asked"], asked);
    assert_eq!(what_if["retry_note"], false);

    let durations = &what_if["durations"];
    assert_eq!((&durations["from_ms"], &durations["complete"]), (&json!(5000.0), &json!(true)));
    assert_eq!((&durations["calls"], &durations["answered_below"]), (&json!(12), &json!(3)));
    assert_eq!(
        numbers(&durations["answered_ms"]),
        [6000.0, 10_500.0, 11_000.0, 12_000.0, 30_600.0]
    );
    assert_eq!(numbers(&durations["cut_off_ms"]), [3000.0, 10_003.0, 10_004.0, 10_005.0]);
    // A page that counts them itself comes to the same at every point above half the threshold.
    for point in what_if["points"].as_array().unwrap() {
        let at = point["timeout_ms"].as_f64().unwrap();
        if at < 5000.0 {
            continue;
        }
        let within = numbers(&durations["answered_ms"]).iter().filter(|ms| **ms <= at).count();
        let unknown = numbers(&durations["cut_off_ms"]).iter().filter(|ms| **ms < at).count();
        assert_eq!(point["completed"], json!(3 + within), "{point}");
        assert_eq!(point["unknown"], json!(unknown), "{point}");
    }
}

#[test]
fn affected_calls_carry_the_ids_of_the_business() {
    let (_folder, _server, owner, _, range) = started();
    let path = format!("/dependencies/evidence?{range}&name=registry.gov.example");
    let found = owner.get(&path);
    let keys: Vec<_> = found["attribute_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    // Of the call, of the work it was part of, and of the entry of the trace.
    assert_eq!(keys[..3], ["order.no", "customer.id", "attempt.id"], "{found}");
    assert_eq!(found["attributes"], json!(["order.no"]));
    let order = &found["attribute_keys"][0];
    assert_eq!((&order["share_percent"], &order["distinct"]), (&json!(100.0), &json!(7)));

    let chosen = owner.get(&format!("{path}&attributes=order.no,customer.id,attempt.id"));
    assert_eq!(chosen["attributes"], json!(["order.no", "customer.id", "attempt.id"]));
    let ids = &chosen["ids"];
    assert_eq!(
        ids[0],
        json!({"key": "order.no", "distinct": 7, "smallest": "5005", "largest": "5011",
            "values": ["5005", "5006", "5007", "5008", "5009", "5010", "5011"]})
    );
    assert_eq!(ids[1]["values"], json!(["c-0", "c-1", "c-2"]));
    assert_eq!((&chosen["affected_total"], &chosen["ids_complete"]), (&json!(7), &json!(true)));
    let affected = chosen["affected"].as_array().unwrap();
    let outcomes: Vec<_> = affected.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    let expected = ["succeeded", "succeeded", "failed", "timeout", "timeout", "timeout", "timeout"];
    assert_eq!(outcomes, expected);
    let first = &affected[0];
    assert_eq!((&first["duration_ms"], &first["http_status"]), (&json!(12_000.0), &json!(200)));
    assert_eq!((&first["caller"], &first["operation"]), (&json!("dispatch"), &json!("GET")));
    assert_eq!(
        first["values"],
        json!({"order.no": "5005", "customer.id": "c-2", "attempt.id": "'\"<b>5"})
    );
    assert_eq!(affected[5]["status_message"], "context deadline exceeded");

    let latest = owner.get(&format!("{path}&limit=2&attributes="));
    assert_eq!(latest["affected"].as_array().unwrap().len(), 2);
    assert_eq!(latest["affected"][1]["span_id"], affected[6]["span_id"]);
    assert_eq!((&latest["attributes"], &latest["ids"]), (&json!([]), &json!([])));
    assert_eq!(latest["affected_total"], json!(7));

    let lower = owner.get(&format!("{path}&threshold_ms=5000&caller=dispatch&operation=GET"));
    assert_eq!((&lower["over"]["calls"], &lower["over"]["succeeded"]), (&json!(8), &json!(3)));
    for nobody in ["caller=gateway", "operation=POST", "kind=cache", "environment=production"] {
        let none = owner.get(&format!("{path}&{nobody}"));
        assert_eq!(
            (&none["calls"], &none["over"]["first_ms"]),
            (&json!(0), &Value::Null),
            "{nobody}"
        );
    }
    let hostile = owner.get(&format!("{path}&attributes=a'b,%22&caller='%20OR%20true--"));
    assert_eq!(hostile["calls"], json!(0));
    for wrong in
        ["kind=service", "threshold_ms=-1", "timeout_ms=1e99", "attributes=a,b,c,d,e,f,g,h,i"]
    {
        let answer = owner.send("GET", &format!("{path}&{wrong}"), None);
        assert_eq!(answer.status, 400, "{wrong}: {}", answer.text());
    }
}

/// The shop's own account.
fn is_what_the_shop_says(found: &Value, registry: &Value) {
    let over = &found["over"];
    assert_eq!(found["calls"], registry["calls"]);
    assert_eq!(found["timeouts"], registry["timeouts"]);
    assert_eq!(over["calls"], registry["calls_over_ten_seconds"]);
    assert_eq!(over["succeeded"], registry["calls_over_ten_seconds_succeeded"]);
    for (found, told) in [
        (&over["fastest_success_ms"], &registry["slow_success_seconds_min"]),
        (&over["slowest_success_ms"], &registry["slow_success_seconds_max"]),
    ] {
        let (found, told) = (found.as_f64().unwrap() / 1e3, told.as_f64().unwrap());
        assert!((found - told).abs() < 0.2, "{found} s is not {told} s");
    }
    let orders: Vec<String> =
        registry["affected_orders"].as_array().unwrap().iter().map(Value::to_string).collect();
    assert_eq!(found["attributes"], json!(["shop.order.number"]), "{}", found["attribute_keys"]);
    assert_eq!(found["ids"][0]["values"], json!(orders));
    assert_eq!(
        (&found["ids"][0]["smallest"], &found["ids"][0]["largest"]),
        (&json!(orders[0]), &json!(orders[orders.len() - 1]))
    );
}

/// The spans themselves, by SQL.
fn is_what_spans_say(found: &Value, server: &Server) {
    let over = &found["over"];
    let row = server.row(
        "SELECT count(*) AS calls, count(*) FILTER (WHERE duration > 10e9) AS over, \
         count(*) FILTER (WHERE duration > 10e9 AND status_code IS DISTINCT FROM 'error') AS succeeded, \
         min(duration) FILTER (WHERE duration > 10e9 AND status_code IS DISTINCT FROM 'error') / 1e6 AS fastest, \
         max(duration) FILTER (WHERE duration > 10e9 AND status_code IS DISTINCT FROM 'error') / 1e6 AS slowest, \
         count(*) FILTER (WHERE status_code = 'error' AND error_type <> 'timeout') AS failed, \
         count(*) FILTER (WHERE coalesce(error_type, '') <> 'timeout' AND duration <= 30e9) AS within, \
         count(*) FILTER (WHERE error_type = 'timeout' AND duration < 30e9) AS unknown, \
         min(trace_id) FILTER (WHERE duration > 10e9) AS a_trace \
         FROM spans WHERE server_address = 'registry.gov.example' AND kind = 'client'",
    );
    assert_eq!(found["calls"], json!(int(&row, "calls")));
    assert_eq!(over["calls"], json!(int(&row, "over")));
    assert_eq!(over["succeeded"], json!(int(&row, "succeeded")));
    assert_eq!(over["fastest_success_ms"], row["fastest"]);
    assert_eq!(over["slowest_success_ms"], row["slowest"]);
    assert_eq!(found["failed"], json!(int(&row, "failed")));
    let asked = &found["what_if"]["asked"];
    assert_eq!(asked["completed"], json!(int(&row, "within")));
    assert_eq!(asked["unknown"], json!(int(&row, "unknown")));
    let affected = found["affected"].as_array().unwrap();
    assert_eq!(affected.len() as i64, int(&row, "over"));
    assert!(affected.iter().any(|it| it["trace_id"] == json!(text(&row, "a_trace"))));
}

#[test]
fn the_evidence_about_the_registry_is_what_spans_and_shop_say() {
    let folder = tempfile::tempdir().unwrap();
    let until_seconds = now_ns() / (86_400_000 * MILLISECOND) * 86_400 - 43_200;
    let until = until_seconds.to_string();
    let arguments =
        ["--scenario", "registry-timeout", "--orders-per-day", "1500", "--until", until.as_str()];
    let options = ServerOptions::demo(0.25, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let truth = server.shop_truth();
    let registry = &truth["registry"];
    let owner = Session::owner(&server, "owner");
    let milliseconds = |name: &str| truth[name].as_u64().unwrap() / MILLISECOND;
    let range = format!(
        "from_ms={}&to_ms={}",
        milliseconds("from_nanos"),
        milliseconds("until_nanos") + 600_000
    );

    let list = owner.get(&format!("/dependencies?{range}"));
    let names: Vec<_> = list["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["registry.gov.example"], "services of the shop are no dependencies");
    let found = owner
        .get(&format!("/dependencies/evidence?{range}&name=registry.gov.example&timeout_ms=30000"));
    is_what_the_shop_says(&found, registry);
    is_what_spans_say(&found, &server);
    // Who was cut off after 10 s tried again with 30 s, which begin after connecting anew.
    let timeouts = numbers(&found["what_if"]["observed_timeouts_ms"]);
    assert!(timeouts.contains(&10_000.0), "{timeouts:?}");
    assert!(
        timeouts.iter().all(|ms| *ms == 10_000.0 || (30_000.0..31_000.0).contains(ms)),
        "{timeouts:?}"
    );
    assert_eq!(found["what_if"]["retry_note"], true);
    let again = owner.get(&format!(
        "/dependencies/evidence?{range}&name=registry.gov.example&operation={}",
        found["operations"][0]["operation"]
            .as_str()
            .unwrap()
            .replace(' ', "%20")
            .replace('{', "%7B")
            .replace('}', "%7D")
    ));
    assert_eq!(again["over"], found["over"]);
}

#[test]
fn evidence_counts_every_call_however_many_operations_there_are() {
    const CALLS: u64 = 80_000;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let start_ns = (now_ns() / MINUTE - 20) * MINUTE;
    let letters = |id: u64| -> String {
        (0..4).map(|place| char::from(b'a' + (id / 26_u64.pow(place) % 26) as u8)).collect()
    };
    for from in (0..CALLS).step_by(10_000) {
        let calls = (from..from + 10_000).map(|id| {
            let mut call = otlp::span(id + 1, start_ns + id * MILLISECOND / 2);
            call.kind = 3;
            call.end_time_unix_nano = call.start_time_unix_nano + MILLISECOND + id;
            // As wide as names may be, and none like another.
            call.name = format!("{} {}", letters(id), "조회하는 일 ".repeat(30));
            call.attributes = vec![otlp::attribute("server.address", "wide.example")];
            call.status = Some(Status { code: 2, message: "it took too long, and ".repeat(8) });
            call
        });
        let caller = if from < 10_000 { "early" } else { "late" };
        server.send_ok("traces", &otlp::traces(caller, calls.collect()));
    }
    let range = format!("from_ms={}&to_ms={}", start_ns / MILLISECOND, now_ns() / MILLISECOND);
    let path = format!("/dependencies/evidence?{range}&name=wide.example&attributes=");
    let found = owner.get(&path);
    assert_eq!((&found["calls"], &found["truncated"]), (&json!(CALLS), &json!(true)));
    assert_eq!(found["figures"]["requests"], json!(CALLS as f64));
    assert_eq!(found["what_if"]["durations"]["calls"], json!(CALLS));
    let callers = json!([
        {"service": "late", "calls": CALLS - 10_000}, {"service": "early", "calls": 10_000},
    ]);
    assert_eq!(found["callers"], callers);

    // Every call is slow: the latest are read, and it says so.
    let slow = owner.get(&format!("{path}&threshold_ms=0"));
    assert_eq!((&slow["affected_total"], &slow["ids_complete"]), (&json!(CALLS), &json!(false)));
    let affected = slow["affected"].as_array().unwrap();
    let last_ms = (start_ns + (CALLS - 1) * MILLISECOND / 2) as f64 / MILLISECOND as f64;
    assert_eq!((affected.len(), &affected[499]["time_ms"]), (500, &json!(last_ms)));
    let durations = &slow["what_if"]["durations"];
    assert_eq!(
        (durations["complete"].as_bool(), &durations["calls"]),
        (Some(false), &json!(CALLS))
    );
}
