//! The APM lens through the API: services, on telemetry whose truth is known.

mod equals_spans;
mod map;
mod service;

use hannun_e2e::{Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
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
        let production = [("service.version", version), ("deployment.environment", "production")];
        let spans = ids.map(|id| {
            let mut span = otlp::span(id, start_ns + id * 10 * MILLISECOND);
            span.end_time_unix_nano = span.start_time_unix_nano + id * MILLISECOND;
            if id % 10 == 0 { failed(span) } else { span }
        });
        server.send_ok("traces", &otlp::traces_of(resource("order", &production), spans.collect()));
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

/// A span of this kind and name with text attributes.
fn span(
    id: u64,
    kind: i32,
    name: &str,
    start_ns: u64,
    ms: u64,
    attributes: &[(&str, &str)],
) -> Span {
    let attributes = attributes.iter().map(|(key, value)| otlp::attribute(key, value));
    Span {
        kind,
        name: name.to_owned(),
        end_time_unix_nano: start_ns + ms * MILLISECOND,
        attributes: attributes.collect(),
        ..otlp::span(id, start_ns)
    }
}

/// The span as a child of another one, in its trace.
fn child_of(parent: &Span, span: Span) -> Span {
    Span { trace_id: parent.trace_id.clone(), parent_span_id: parent.span_id.clone(), ..span }
}

/// A resource with these attributes besides its service.
fn resource(service: &str, attributes: &[(&str, &str)]) -> Option<Resource> {
    let mut resource = otlp::resource(service);
    let others = attributes.iter().map(|(key, value)| otlp::attribute(key, value));
    resource.as_mut().unwrap().attributes.extend(others);
    resource
}

/// Sends spans of several services in one request, so that both sides of a call come together.
fn send_together(server: &Server, services: Vec<(Option<Resource>, Vec<Span>)>) {
    let resource_spans = services.into_iter().map(|(resource, spans)| {
        let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
        ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }
    });
    let request = ExportTraceServiceRequest { resource_spans: resource_spans.collect() };
    server.send_ok("traces", &request.encode_to_vec());
}

/// A start on a whole minute, half an hour ago.
fn whole_minute_ns() -> u64 {
    (now_ns() - 30 * MINUTE) / MINUTE * MINUTE
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn floats(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(float).collect()
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
    assert_eq!((&order["requests"], &order["errors"]), (&json!(100.0), &json!(10.0)));
    assert_eq!(order["error_percent"], json!(10.0));
    assert_eq!(order["versions"], json!(["1.0", "1.1"]));
    assert_eq!(order["environments"], json!(["production"]));
    near(&order["rate_per_second"], 100.0 / 3660.0, 1e-6);
    near(&order["p50_ms"], 50.0, 0.5);
    near(&order["p95_ms"], 95.0, 0.95);
    near(&order["p99_ms"], 99.0, 0.99);
    assert_eq!(order["previous"], Value::Null);
    let (requests, errors) = (floats(&order["requests_series"]), floats(&order["errors_series"]));
    assert_eq!((requests.iter().sum(), errors.iter().sum()), (100.0, 10.0));
    // Parts begin at multiples of their length, so the time begins within the first one.
    let bucket_ms = services["bucket_seconds"].as_u64().unwrap() * 1000;
    let from_ms = services["from_ms"].as_u64().unwrap();
    assert_eq!((bucket_ms, from_ms % bucket_ms), (180_000, 0));
    assert!(from_ms <= now_ms - 3_600_000 && now_ms - 3_600_000 < from_ms + bucket_ms);
    assert_eq!(requests.len() as u64, (now_ms + 60_000 - from_ms).div_ceil(bucket_ms));
    // Who has no entry is counted by its roots, not by every step inside.
    let batch = named("batch");
    assert_eq!((&batch["requests"], &batch["environments"]), (&json!(4.0), &json!(["none"])));
    let later = format!("from_ms={}&to_ms={}", now_ms - 1_000_000, now_ms - 100_000);
    assert_eq!(owner.get(&format!("/services?{later}"))["services"], json!([]));
    let halves = format!("from_ms={}&to_ms={}", now_ms - 29 * 60_000, now_ms);
    assert_eq!(owner.get(&format!("/services?{halves}"))["services"], json!([]));

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
