//! The APM lens through the API: services, traces, one trace, on telemetry whose truth is known.

use hannun_e2e::{Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const MINUTE: u64 = 60_000 * MILLISECOND;

fn failed(mut span: Span) -> Span {
    span.status = Some(Status { code: 2, message: "out of stock".to_owned() });
    span
}

/// A hundred requests of 1 to 100 ms in two versions of `order`, every tenth failed; and four runs
/// of `batch`, which serves nobody.
fn send_services(server: &Server, start_ns: u64) {
    for (version, ids) in [("1.0", 1..=50_u64), ("1.1", 51..=100)] {
        let mut resource = otlp::resource("order");
        let attributes = &mut resource.as_mut().unwrap().attributes;
        attributes.push(otlp::attribute("service.version", version));
        attributes.push(otlp::attribute("deployment.environment", "production"));
        let spans = ids.map(|id| {
            let mut span = otlp::span(id, start_ns + id * 10 * MILLISECOND);
            span.end_time_unix_nano = span.start_time_unix_nano + id * MILLISECOND;
            if id % 10 == 0 { failed(span) } else { span }
        });
        server.send_ok("traces", &otlp::traces_of(resource, spans.collect()));
    }
    let runs = (201..=204).map(|id| Span { kind: 1, ..otlp::span(id, start_ns) });
    let steps = (201..=204_u64).map(|id| Span {
        kind: 1,
        span_id: (id + 100).to_be_bytes().to_vec(),
        parent_span_id: id.to_be_bytes().to_vec(),
        ..otlp::span(id, start_ns)
    });
    server.send_ok("traces", &otlp::traces("batch", runs.chain(steps).collect()));
}

fn near(value: &Value, expected: f64, within: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() <= within, "{value} is not {expected} ± {within}");
}

#[test]
fn services_have_the_rate_errors_and_percentiles_that_were_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let now_ms = now_ns() / MILLISECOND;
    let range = format!("from_ms={}&to_ms={}", now_ms - 3_600_000, now_ms + 60_000);
    let empty = owner.get(&format!("/services?{range}"));
    assert_eq!(empty["services"], json!([]));
    assert_eq!(owner.get(&format!("/environments?{range}")), json!([]));
    send_services(&server, now_ns() - 30 * MINUTE);

    let services = owner.get(&format!("/services?{range}"));
    let named = |name: &str| {
        let all = services["services"].as_array().unwrap().iter();
        all.clone().find(|it| it["service"] == name).unwrap_or_else(|| panic!("{name}: {services}"))
    };
    let order = named("order");
    assert_eq!((&order["requests"], &order["errors"]), (&json!(100), &json!(10)));
    assert_eq!(order["error_percent"], json!(10.0));
    assert_eq!(order["versions"], json!(["1.0", "1.1"]));
    assert_eq!(order["environments"], json!(["production"]));
    near(&order["rate_per_second"], 100.0 / 3660.0, 1e-6);
    near(&order["p50_ms"], 50.5, 1.5);
    near(&order["p95_ms"], 95.0, 1.5);
    near(&order["p99_ms"], 99.0, 1.5);
    let sum = |name: &str| -> u64 {
        order[name].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).sum()
    };
    assert_eq!((sum("requests_series"), sum("errors_series")), (100, 10));
    assert_eq!(order["requests_series"].as_array().unwrap().len(), 21);
    // Who has no entry is counted by its roots, not by every step inside.
    let batch = named("batch");
    assert_eq!((&batch["requests"], &batch["environments"]), (&json!(4), &json!(["none"])));

    let names = |environment: &str| {
        let answer = owner.get(&format!("/services?{range}&environment={environment}"));
        let all = answer["services"].as_array().unwrap().clone();
        all.iter().map(|it| it["service"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("production"), ["order"]);
    assert_eq!(names("none"), ["batch"]);
    assert_eq!(names("it's'--"), Vec::<String>::new());
    assert_eq!(
        owner.get(&format!("/environments?{range}")),
        json!([{"name": "production", "spans": 100}, {"name": "none", "spans": 8}])
    );
    let backwards = owner.send("GET", "/services?from_ms=5&to_ms=4", None);
    assert_eq!((backwards.status, backwards.error_code()), (400, "invalid_request".to_owned()));
    let nonsense = owner.send("GET", "/services?from_ms=yesterday", None);
    assert_eq!(nonsense.status, 400);
}

#[test]
fn traces_are_found_by_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    send_services(&server, now_ns() - 30 * MINUTE);
    let found = |filter: &str| owner.get(&format!("/traces?{filter}"));
    let count = |filter: &str| found(filter)["traces"].as_array().unwrap().len();
    assert_eq!(count("limit=1000"), 104);
    assert_eq!(count("errors_only=true"), 10);
    assert_eq!(count("service=batch"), 4);
    assert_eq!(count("service=order&min_duration_ms=91"), 10);
    assert_eq!(count("service=order&errors_only=true&min_duration_ms=91"), 1);
    assert_eq!(count("operation=nothing"), 0);
    let some = found("limit=3");
    assert_eq!((some["traces"].as_array().unwrap().len(), &some["truncated"]), (3, &json!(true)));
    let latest = &some["traces"][0];
    assert_eq!((&latest["root_service"], &latest["root_name"]), (&json!("order"), &json!("work")));
    assert_eq!((&latest["spans"], &latest["duration_ms"]), (&json!(1), &json!(100.0)));
    let batch = found("service=batch");
    assert_eq!(batch["traces"][0]["spans"], json!(2));
}

#[test]
fn a_trace_is_answered_whole_with_its_logs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let start_ns = now_ns() - MINUTE;
    let mut child = failed(otlp::span(7, start_ns + 5 * MILLISECOND));
    child.parent_span_id = 9_u64.to_be_bytes().to_vec();
    child.attributes = vec![
        otlp::attribute("http.method", "GET"),
        otlp::attribute("http.request.method", "GET"),
        otlp::attribute("order.no", "5032"),
    ];
    child.events = vec![span::Event {
        time_unix_nano: start_ns + 6 * MILLISECOND,
        name: "exception".to_owned(),
        attributes: vec![otlp::attribute("exception.type", "OutOfStock")],
        ..span::Event::default()
    }];
    child.links =
        vec![span::Link { trace_id: vec![1; 16], span_id: vec![2; 8], ..span::Link::default() }];
    let mut root = otlp::span(7, start_ns);
    root.span_id = 9_u64.to_be_bytes().to_vec();
    root.end_time_unix_nano = start_ns + 20 * MILLISECOND;
    let trace_id: String = root.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut log = otlp::log(7, start_ns + 7 * MILLISECOND);
    log.trace_id.clone_from(&root.trace_id);
    log.span_id.clone_from(&child.span_id);
    server.send_ok("traces", &otlp::traces("order", vec![child, root]));
    server.send_ok("logs", &otlp::logs("order", vec![log]));

    let trace = owner.get(&format!("/traces/{}", trace_id.to_uppercase()));
    assert_eq!(trace["duration_ns"], json!(20 * MILLISECOND));
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0]["parent_span_id"], Value::Null);
    let child = &spans[1];
    assert_eq!(child["parent_span_id"], spans[0]["span_id"]);
    assert_eq!(child["start_offset_ns"], json!(5 * MILLISECOND));
    assert_eq!(
        (&child["status"], &child["status_message"]),
        (&json!("error"), &json!("out of stock"))
    );
    assert_eq!(child["kind"], json!("server"));
    // An attribute is there whether it has a column or not.
    assert_eq!(child["attributes"]["http.request.method"], json!("GET"));
    assert_eq!(child["attributes"]["order.no"], json!("5032"));
    assert_eq!(child["resource"]["service.name"], json!("order"));
    let event = json!({"offset_ns": 6 * MILLISECOND, "name": "exception",
        "attributes": {"exception.type": "OutOfStock"}});
    assert_eq!(child["events"], json!([event]));
    let link = json!({"trace_id": "01".repeat(16), "span_id": "02".repeat(8)});
    assert_eq!(child["links"], json!([link]));

    let logs = owner.get(&format!("/traces/{trace_id}/logs"));
    assert_eq!(logs[0]["body"], json!("item-7"));
    assert_eq!(logs[0]["offset_ns"], json!(7 * MILLISECOND));
    assert_eq!((&logs[0]["severity"], &logs[0]["span_id"]), (&json!("INFO"), &child["span_id"]));

    let missing = owner.send("GET", &format!("/traces/{:032x}", 1), None);
    assert_eq!((missing.status, missing.error_code()), (404, "not_found".to_owned()));
    let wrong = owner.send("GET", "/traces/xyz", None);
    assert_eq!((wrong.status, wrong.error_code()), (400, "invalid_request".to_owned()));
}

#[test]
fn the_page_is_served_with_what_protects_it_and_the_api_answers_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let client = hannun_e2e::http::Client::default();
    let get = |path: &str, headers: &[(&str, &str)]| {
        client.get(&format!("{}{path}", server.base_url("http")), headers).unwrap()
    };
    for path in ["/", "/services", "/traces/x/y"] {
        let page = get(path, &[]);
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("script-src 'self' 'unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        let tag = page.header("etag").unwrap();
        assert_eq!(get(path, &[("if-none-match", tag)]).status, 304);
    }
    let page = get("/", &[]).text();
    let script = page.split("src=\"/").nth(1).unwrap().split('"').next().unwrap();
    let asset = get(&format!("/{script}"), &[]);
    assert_eq!(asset.status, 200, "{script}");
    assert!(asset.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(get("/assets/none.js", &[]).status, 404);
    for path in ["/api/v1/nothing", "/api/v1/", "/api/v2/status"] {
        let answer = get(path, &[]);
        assert_eq!((answer.status, answer.error_code()), (404, "not_found".to_owned()), "{path}");
    }
    let description = get("/api/v1/openapi.json", &[]).json();
    assert!(description["paths"]["/api/v1/services"]["get"].is_object());
}

#[test]
fn an_answer_in_columns_tells_types_and_keeps_wide_integers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    server.send_ok("traces", &otlp::traces("order", vec![otlp::span(1, now_ns())]));
    let query = "SELECT service_name, 9007199254740993 AS wide, 7 AS small, attributes FROM spans";
    let answer = server.sql(&json!({"query": query, "format": "columns"})).json();
    let types: Vec<_> = answer["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["text", "int64", "int64", "json"]);
    assert_eq!(answer["rows"][0][1], json!("9007199254740993"));
    assert_eq!(answer["rows"][0][2], json!(7));
    assert_eq!(answer["truncated"], json!(false));
    let cut = json!({"query": "SELECT * FROM generate_series(1, 10)", "format": "columns", "max_rows": 3});
    let cut = server.sql(&cut).json();
    assert_eq!((cut["rows"].as_array().unwrap().len(), &cut["truncated"]), (3, &json!(true)));
    let schema = server.get("/api/v1/sql/schema").unwrap().json();
    let table =
        schema["tables"].as_array().unwrap().iter().find(|it| it["name"] == "spans").unwrap();
    let column = table["columns"].as_array().unwrap().iter().find(|it| it["name"] == "duration");
    assert_eq!(column.unwrap()["type"], json!("int64"));
    let functions = schema["functions"].as_array().unwrap();
    assert!(functions.iter().any(|it| it["name"] == "time_bucket"), "{functions:?}");
}
