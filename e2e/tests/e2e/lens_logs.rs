//! The logs lens through the API, on log records whose truth is known.

mod volume;

use hannun_e2e::{Events, Response, Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;

fn record(time_ns: u64, severity_number: i32, message: &str) -> LogRecord {
    let body = AnyValue { value: Some(any_value::Value::StringValue(message.to_owned())) };
    LogRecord { time_unix_nano: time_ns, severity_number, body: Some(body), ..LogRecord::default() }
}

/// A resource with a service, perhaps, and these attributes.
fn resource(service: Option<&str>, attributes: &[(&str, &str)]) -> Option<Resource> {
    let service = service.map(|name| otlp::attribute("service.name", name));
    let others = attributes.iter().map(|(key, value)| otlp::attribute(key, value));
    let attributes = service.into_iter().chain(others).collect();
    Some(Resource { attributes, ..Resource::default() })
}

struct Lens {
    _folder: tempfile::TempDir,
    server: Server,
    range: String,
    start_ns: u64,
}

impl Lens {
    /// A server without records, and a time of an hour that the records will lie in.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        // A whole minute, so that histograms have known buckets.
        let start_ns = (now_ns() - 50 * MINUTE) / MINUTE * MINUTE;
        let from_ms = start_ns / MILLISECOND;
        let range = format!("from_ms={from_ms}&to_ms={}", from_ms + 3_600_000);
        Self { _folder: folder, server, range, start_ns }
    }

    fn send(&self, resource: Option<Resource>, records: Vec<LogRecord>) {
        let scope_logs = vec![ScopeLogs { log_records: records, ..ScopeLogs::default() }];
        let resource_logs = ResourceLogs { resource, scope_logs, ..ResourceLogs::default() };
        let request = ExportLogsServiceRequest { resource_logs: vec![resource_logs] };
        self.server.send_ok("logs", &request.encode_to_vec());
    }

    fn ask(&self, path: &str) -> Response {
        self.server.get(&format!("/api/v1/logs{path}")).unwrap()
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The answer about the hour.
    fn about(&self, route: &str, more: &str) -> Value {
        self.get(&format!("{route}?{}&{more}", self.range))
    }

    /// Every record of the hour, page by page.
    fn all_pages(&self, more: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.about("", &format!("{more}&limit={limit}{cursor}"));
            rows.extend(page["rows"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}

fn messages(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["message"].as_str().unwrap()).collect()
}

fn ids(rows: &[Value]) -> HashSet<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Fifty records of `web`, five of them at the very same time; ten of `order` in Korean, errors; and
/// three that name no service and no severity.
fn send_known(lens: &Lens) {
    let at = |second: u64| lens.start_ns + second * SECOND;
    let web = (0..50_u64).map(|n| {
        let time = if (20..25).contains(&n) { at(20) } else { at(n) };
        let mut record = record(time, 9, &format!("GET /menus/{n}"));
        record.attributes = vec![
            otlp::attribute("http.route", "/menus/{id}"),
            otlp::attribute("menu", &n.to_string()),
        ];
        record
    });
    let production = [("deployment.environment.name", "production"), ("host.name", "h1")];
    lens.send(resource(Some("web"), &production), web.collect());
    let order = (0..10_u64).map(|n| {
        let mut record = record(at(120 + n), 17, &format!("주문 {n} 번이 거절되었습니다"));
        record.trace_id = vec![7; 16];
        record.span_id = vec![n as u8 + 1; 8];
        record
    });
    lens.send(resource(Some("order"), &[("team", "주문")]), order.collect());
    let nobody = (0..3_u64).map(|n| record(at(20), 0, &format!("nobody {n}")));
    lens.send(resource(None, &[]), nobody.collect());
}

#[test]
fn pages_give_every_record_once_in_both_orders_whatever_their_size() {
    let lens = Lens::new();
    assert_eq!(lens.about("", ""), json!({"rows": [], "next_cursor": null}));
    send_known(&lens);
    let newest = lens.all_pages("", 1000);
    assert_eq!(newest.len(), 63);
    let times: Vec<&str> = newest.iter().map(|row| row["time_ns"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    assert_eq!(ids(&newest).len(), 63);
    // Eight records have one time; pages end among them.
    for limit in [1, 2, 3, 7, 62, 63, 64] {
        assert_eq!(lens.all_pages("", limit), newest, "pages of {limit}");
    }
    let mut oldest = lens.all_pages("order=asc", 5);
    oldest.reverse();
    assert_eq!(oldest, newest);

    // The same after they moved from memory to files.
    let first = lens.about("", "limit=40");
    let cursor = first["next_cursor"].as_str().unwrap();
    lens.server.settle(120);
    let rest = lens.about("", &format!("limit=40&cursor={cursor}"));
    let mut both = first["rows"].as_array().unwrap().clone();
    both.extend(rest["rows"].as_array().unwrap().iter().cloned());
    assert_eq!(both, newest);
}

#[test]
fn records_of_one_time_that_differ_in_one_thing_only_are_each_given_once() {
    let lens = Lens::new();
    let same = || record(lens.start_ns + SECOND, 9, "same");
    let with = |key: &str, value: &str| {
        let mut record = same();
        record.attributes = vec![otlp::attribute(key, value)];
        record
    };
    let keys = ["a", "b", "c", "http.route", "exception.type"];
    let by_key = keys.map(|key| with(key, "1"));
    let long = "x".repeat(2000);
    let by_end = ["1", "2", "3"].map(|end| with("long", &format!("{long}{end}")));
    lens.send(resource(Some("web"), &[]), by_key.into_iter().chain(by_end).collect());
    for name in ["production", "staging"] {
        let environment = ("deployment.environment.name", name);
        lens.send(resource(Some("web"), &[environment]), vec![same()]);
        lens.send(resource(Some("web"), &[environment, ("team", "a")]), vec![same()]);
        lens.send(resource(Some("web"), &[("service.version", name)]), vec![same()]);
    }
    let mut scope = ScopeLogs { log_records: vec![same()], ..ScopeLogs::default() };
    scope.scope = Some(InstrumentationScope { name: "pay".to_owned(), ..Default::default() });
    let resource_logs = ResourceLogs {
        resource: resource(Some("web"), &[]),
        scope_logs: vec![scope],
        ..Default::default()
    };
    let request = ExportLogsServiceRequest { resource_logs: vec![resource_logs] };
    lens.server.send_ok("logs", &request.encode_to_vec());

    let newest = lens.all_pages("", 1000);
    assert_eq!((newest.len(), ids(&newest).len()), (15, 15));
    for limit in [1, 2, 4] {
        assert_eq!(lens.all_pages("", limit), newest, "pages of {limit}");
    }
    let mut oldest = lens.all_pages("order=asc", 2);
    oldest.reverse();
    assert_eq!(oldest, newest);
    lens.server.settle(120);
    assert_eq!(lens.all_pages("", 2), newest);
    let mut records = HashSet::new();
    for row in &newest {
        let record = lens.get(&format!("/record?id={}", row["id"].as_str().unwrap()));
        assert_eq!(record["environment"], row["environment"]);
        let shown = ["attributes", "resource", "scope_name"].map(|field| record[field].to_string());
        assert!(records.insert(shown), "{record}");
    }
}

#[test]
fn records_that_come_between_two_pages_repeat_none_and_lose_none() {
    let lens = Lens::new();
    let time = lens.start_ns + SECOND;
    let send = |names: &[&str]| {
        let records = names.iter().map(|name| record(time, 9, name)).collect();
        lens.send(resource(Some("a"), &[]), records);
    };
    send(&["b", "d", "f", "h"]);
    let first = lens.about("", "limit=2");
    assert_eq!(messages(first["rows"].as_array().unwrap()), ["h", "f"]);
    send(&["a", "c", "e", "g", "i"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = lens.about("", &format!("limit=100&cursor={cursor}"));
    assert_eq!(messages(rest["rows"].as_array().unwrap()), ["e", "d", "c", "b", "a"]);
}

#[test]
fn a_record_is_answered_whole_with_its_context() {
    let lens = Lens::new();
    send_known(&lens);
    let long = "길".repeat(3000);
    let mut wide = record(lens.start_ns + 300 * SECOND, 13, &long);
    wide.attributes = vec![otlp::attribute("http.route", "/x"), otlp::attribute("k", "v")];
    lens.send(resource(Some("web"), &[("host.name", "h2"), ("team", "edge")]), vec![wide]);

    let row = lens.about("", "limit=1")["rows"][0].clone();
    assert_eq!((&row["message_cut"], &row["status"]), (&json!(true), &json!("warn")));
    assert_eq!(row["message"].as_str().unwrap().len(), 4095);
    let id = row["id"].as_str().unwrap();
    let whole = lens.get(&format!("/record?id={id}"));
    assert_eq!(whole["message"], json!(long));
    assert_eq!(whole["attributes"], json!({"http.route": "/x", "k": "v"}));
    assert_eq!(
        whole["resource"],
        json!({"service.name": "web", "host.name": "h2", "team": "edge"})
    );
    assert_eq!((&whole["scope_name"], &whole["body_type"]), (&Value::Null, &Value::Null));

    // Every row of the list opens as the very record, also those of one time.
    for row in lens.all_pages("columns=@menu", 1000) {
        let id = row["id"].as_str().unwrap();
        let record = lens.get(&format!("/record?id={id}"));
        for field in ["time_ns", "service", "status", "host", "environment", "trace_id"] {
            assert_eq!(record[field], row[field], "{field} of {row}");
        }
        if row["message_cut"] == json!(false) {
            assert_eq!(record["message"], row["message"]);
        }
        let menu = record["attributes"].get("menu").cloned().unwrap_or(Value::Null);
        assert_eq!(menu, row["columns"]["@menu"]);
    }

    // The lines around the middle of those with one time: of `web` alone, none twice.
    let web: Vec<Value> =
        lens.all_pages("order=asc", 1000).into_iter().filter(|it| it["host"] == "h1").collect();
    for middle in [0, 20, 22, 24, 49] {
        let id = web[middle]["id"].as_str().unwrap();
        let context = lens.get(&format!("/context?id={id}&count=10"));
        assert_eq!(context["record"], web[middle]);
        let before = &web[middle.saturating_sub(10)..middle];
        assert_eq!(context["before"].as_array().unwrap(), before, "before {middle}");
        let after = &web[middle + 1..web.len().min(middle + 11)];
        assert_eq!(context["after"].as_array().unwrap(), after, "after {middle}");
    }
    let nobody = lens.all_pages("", 1000).into_iter().find(|it| it["service"].is_null()).unwrap();
    let context = lens.get(&format!("/context?id={}", nobody["id"].as_str().unwrap()));
    let around =
        context["before"].as_array().unwrap().len() + context["after"].as_array().unwrap().len();
    assert_eq!(around, 2);

    let gone = lens.ask("/record?id=5-1-00000000000000ab");
    assert_eq!((gone.status, gone.error_code()), (404, "not_found".to_owned()));
}

#[test]
fn histogram_and_facets_count_what_was_sent() {
    let lens = Lens::new();
    send_known(&lens);
    let histogram = lens.about("/histogram", "buckets=60");
    assert_eq!(histogram["from_ms"], json!(lens.start_ns / MILLISECOND));
    assert_eq!((&histogram["bucket_ms"], &histogram["total"]), (&json!(60_000), &json!(63)));
    let statuses = histogram["statuses"].as_array().unwrap();
    let counts = |status: &str| -> Vec<(usize, u64)> {
        let found = statuses.iter().find(|it| it["status"] == status).unwrap();
        let counts = found["counts"].as_array().unwrap();
        assert_eq!(counts.len(), 60);
        counts.iter().map(|it| it.as_u64().unwrap()).enumerate().filter(|it| it.1 > 0).collect()
    };
    assert_eq!(statuses.len(), 3);
    assert_eq!(counts("none"), [(0, 3)]);
    assert_eq!(counts("info"), [(0, 50)]);
    assert_eq!(counts("error"), [(2, 10)]);

    let facets = lens.about("/facets", "fields=service,status,env,@http.route,team,@menu&limit=5");
    assert_eq!((&facets["total"], &facets["sampled_from"]), (&json!(63), &Value::Null));
    let values = |field: &str| {
        let all = facets["facets"].as_array().unwrap();
        all.iter().find(|it| it["field"] == field).unwrap()["values"].clone()
    };
    let value = |value: Value, count: u64| json!({"value": value, "count": count});
    let none = Value::Null;
    assert_eq!(
        values("service"),
        json!([value(json!("web"), 50), value(json!("order"), 10), value(none.clone(), 3)])
    );
    assert_eq!(
        values("status"),
        json!([value(json!("info"), 50), value(json!("error"), 10), value(none.clone(), 3)])
    );
    assert_eq!(values("env"), json!([value(json!("production"), 50), value(none.clone(), 13)]));
    assert_eq!(
        values("@http.route"),
        json!([value(json!("/menus/{id}"), 50), value(none.clone(), 13)])
    );
    assert_eq!(values("team"), json!([value(none.clone(), 53), value(json!("주문"), 10)]));
    assert_eq!(values("@menu").as_array().unwrap().len(), 5);
    assert_eq!(facets["facets"][5]["more"], json!(true));

    let production = lens.about("/facets", "fields=service&environment=production");
    assert_eq!(production["total"], json!(50));
    let none = lens.about("/histogram", "environment=none");
    assert_eq!(none["total"], json!(13));
}

#[test]
fn a_filter_chooses_the_same_records_everywhere() {
    let lens = Lens::new();
    send_known(&lens);
    for (query, count) in [
        ("service:web", 50),
        ("status:error", 10),
        ("-service:*", 3),
        ("거절", 10),
        ("@http.route:%22/menus/%7Bid%7D%22%20@menu:%3E=45", 5),
        ("nobody%20OR%20status:error", 13),
    ] {
        let query = format!("query={query}");
        assert_eq!(lens.all_pages(&query, 4).len(), count, "{query}");
        assert_eq!(lens.about("/histogram", &query)["total"], json!(count), "{query}");
        assert_eq!(lens.about("/facets", &query)["total"], json!(count), "{query}");
        assert_eq!(lens.about("/patterns", &query)["total"], json!(count), "{query}");
        assert_eq!(lens.about("/volume", &query)["total_records"], json!(count), "{query}");
        let export = lens.ask(&format!("/export?{}&{query}", lens.range));
        assert_eq!(export.header("hannun-total-rows"), Some(count.to_string().as_str()));
        assert_eq!(export.text().lines().count(), count, "{query}");
    }
    let routes =
        ["", "/histogram", "/facets", "/patterns", "/volume", "/suggestions", "/tail", "/export"];
    for route in routes {
        let wrong = lens.ask(&format!("{route}?query=service:web%20AND"));
        assert_eq!(
            (wrong.status, wrong.error_code()),
            (400, "invalid_search".to_owned()),
            "{route}"
        );
        let error = &wrong.json()["error"];
        assert!(error["message"].as_str().unwrap().starts_with("column 16: "), "{error}");
        assert_eq!(error["fields"][0]["path"], json!("/query"));
    }
}

#[test]
fn an_export_has_every_record_as_csv_and_as_lines() {
    let lens = Lens::new();
    send_known(&lens);
    let csv = lens.ask(&format!("/export?{}&format=csv&columns=@menu", lens.range));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(csv.header("content-disposition").unwrap().ends_with(".csv\""));
    assert_eq!(csv.header("hannun-total-rows"), Some("63"));
    let text = csv.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "time,status,service,host,env,message,trace_id,span_id,pattern_id,@menu");
    assert_eq!(lines.len(), 64);
    assert_eq!(lines.iter().filter(|line| line.contains("거절되었습니다")).count(), 10);

    let export = lens.ask(&format!("/export?{}", lens.range));
    let rows: Vec<Value> =
        export.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len() as i64, lens.server.count("logs"));
    let times: Vec<&str> = rows.iter().map(|row| row["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    let web = rows.iter().find(|row| row["service"] == "web").unwrap();
    assert_eq!(web["@http.route"], json!("/menus/{id}"));
    assert!(web["attributes"]["menu"].is_string());
    let none = lens.ask("/export?from_ms=1&to_ms=2&format=csv");
    assert_eq!((none.status, none.text().lines().count()), (200, 1));
}

#[test]
fn what_is_wrong_in_a_request_is_said() {
    let lens = Lens::new();
    for path in [
        "?limit=0",
        "?limit=1001",
        "?limit=many",
        "?order=up",
        "?cursor=5",
        "?columns=@",
        "?from_ms=5&to_ms=4",
        "/facets?fields=,",
        "/facets?limit=100000",
        "/patterns?compare_from_ms=5",
        "/patterns?compare_from_ms=5&compare_to_ms=5",
        "/volume?group_by=",
        "/volume?limit=0",
        "/record",
        "/record?id=x",
        "/context?id=1-2-3&count=0",
        "/export?format=xml",
    ] {
        let answer = lens.ask(path);
        assert_eq!(
            (answer.status, answer.error_code()),
            (400, "invalid_request".to_owned()),
            "{path}"
        );
        assert!(!answer.json()["error"]["message"].as_str().unwrap().is_empty());
    }
    let hostile = lens.about("/facets", "fields=@a'%5D%20OR%20true%20--,service%22;");
    assert_eq!(hostile["total"], json!(0));
    assert_eq!(Session::stranger(&lens.server).send("GET", "/logs", None).status, 401);
}

/// A live tail that has begun.
fn follow(server: &Server, query: &str) -> Events {
    let mut events = Events::open(server, &format!("/api/v1/logs/tail?{query}"));
    assert_eq!(events.next_event().0, "ready");
    events
}

#[test]
fn a_tail_shows_a_record_right_after_it_was_sent() {
    let lens = Lens::new();
    lens.send(resource(Some("web"), &[]), vec![record(now_ns(), 9, "before")]);
    let mut everything = follow(&lens.server, "columns=@menu");
    let mut errors = follow(&lens.server, "query=status:error%20%EA%B1%B0%EC%A0%88");
    let mut production = follow(&lens.server, "environment=production");
    send_known(&lens);
    let (mut seen, mut rows) = (0, Vec::new());
    while seen < 63 {
        let (event, data) = everything.next_event();
        assert_eq!(event, "rows");
        seen += data.as_array().unwrap().len();
        rows.extend(data.as_array().unwrap().clone());
    }
    // What was live is what is stored, by id and in every field.
    let mut stored = lens.all_pages("columns=@menu", 1000);
    stored.retain(|row| row["message"] != "before");
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(|row| row["id"].as_str().unwrap().to_owned());
        rows
    };
    assert_eq!(sorted(rows), sorted(stored));
    let (_, data) = errors.next_event();
    assert_eq!(data.as_array().unwrap().len(), 10);
    let (_, data) = production.next_event();
    assert_eq!(data.as_array().unwrap().len(), 50);

    // More than fits into one event is counted.
    let many = (0..600).map(|n| record(lens.start_ns + n, 17, "거절")).collect();
    lens.send(resource(Some("web"), &[]), many);
    let (event, data) = errors.next_event();
    assert_eq!((event.as_str(), data.as_array().unwrap().len()), ("rows", 500));
    assert_eq!(errors.next_event(), ("skipped".to_owned(), json!({"count": 100})));

    // An open tail does not keep the server from ending.
    let started = std::time::Instant::now();
    lens.server.stop();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    errors.read_to_end();
}
