//! Applications under Datadog's own tracers, unmodified, whose agent is this server.

use hannun_e2e::stores::{Running, free_port, postgres, redis};
use hannun_e2e::tools::{self, DDTRACE_2, DDTRACE_4, Generation};
use hannun_e2e::{Server, ServerOptions, Session, eventually, http, now_ns};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A running application and what its tracer wrote.
struct Application {
    running: Running,
    log: PathBuf,
}

impl Application {
    fn start(mut command: Command, server: &Server, service: &str, folder: &Path) -> Self {
        let port = free_port();
        let log = folder.join(format!("{service}.log"));
        command
            .env("PORT", port.to_string())
            .env("DD_TRACE_AGENT_URL", server.base_url("datadog"))
            .env("DD_SERVICE", service)
            .env("DD_ENV", "test")
            .env("DD_VERSION", "3.1.0")
            .env("DD_TRACE_LOG_LEVEL", "warn")
            // Its start-up banner is no complaint, and it runs on a Node that it supports no longer.
            .env("DD_TRACE_STARTUP_LOGS", "false")
            .env("DD_INJECT_FORCE", "true")
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(File::options().append(true).open(&log).unwrap());
        let running = Running::new(command.spawn().unwrap(), port).ready("the application listens");
        Self { running, log }
    }

    fn ask(&self, path: &str) -> u16 {
        let url = format!("http://127.0.0.1:{}{path}", self.running.port);
        http::Client::default().request("GET", &url, &[], None).unwrap().status
    }

    /// Ends it, and looks at what the tracer wrote: nothing.
    fn assert_silent(self) {
        self.running.stop();
        let written = std::fs::read_to_string(&self.log).unwrap();
        let complaints = written.lines().filter(|line| {
            let line = line.to_lowercase();
            ["error", "warn", "fail", "refused", "exception"].iter().any(|it| line.contains(it))
        });
        assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new(), "{written}");
    }
}

/// The Flask application under `ddtrace-run`.
fn flask(
    generation: Generation,
    server: &Server,
    folder: &Path,
    stores: (&Running, &Running),
) -> Option<Application> {
    let plain = tools::datadog_python("datadog_shop.py", generation)?;
    let python = PathBuf::from(plain.get_program());
    let mut command = Command::new(python.with_file_name("ddtrace-run"));
    command.arg(&python).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .env("POSTGRES_PORT", stores.0.port.to_string())
        .env("REDIS_PORT", stores.1.port.to_string());
    Some(Application::start(command, server, "dd-shop", folder))
}

/// The map of whole minutes: who answers a call is known of these only.
fn service_map(owner: &Session) -> Value {
    let to_ms = (now_ns() / 1_000_000).next_multiple_of(60_000);
    owner.get(&format!("/service-map?from_ms={}&to_ms={to_ms}", to_ms - 600_000))
}

fn named<'a>(list: &'a Value, field: &str, name: &str) -> &'a Value {
    let items = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().find(|item| item[field] == name).unwrap_or_else(|| panic!("no {name} in {list}"))
}

fn requests(map: &Value, from: &Value, to: &Value) -> f64 {
    let edges = map["edges"].as_array().unwrap();
    let edge = edges.iter().find(|it| it["source"] == from["id"] && it["target"] == to["id"]);
    edge.unwrap_or_else(|| panic!("no edge in {map}"))["figures"]["requests"].as_f64().unwrap()
}

/// Twelve requests of a Flask application are what they would be by OpenTelemetry.
fn a_flask_application_appears_with_its_stores(generation: Generation) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (Some(postgres), Some(redis)) = (postgres(), redis()) else { return };
    let Some(shop) = flask(generation, &server, folder.path(), (&postgres, &redis)) else { return };
    for number in [1, 2, 3, 4, 5, 1, 2, 3, 4, 5] {
        assert_eq!(shop.ask(&format!("/orders/{number}")), 200);
    }
    assert_eq!(shop.ask("/broken"), 500);
    assert_eq!(shop.ask("/orders/99"), 404);
    let of_requests = "SELECT count(*) AS n FROM spans WHERE kind = 'server'";
    eventually("all requests arrived", 30, || server.number(of_requests) == 12);
    shop.assert_silent();

    assert_spans(&server);
    let owner = Session::owner(&server, "owner");
    let services = owner.get("/services");
    assert_eq!(services["services"].as_array().unwrap().len(), 1, "{services}");
    let endpoints = owner.get("/services/dd-shop/endpoints");
    let of = |endpoint| named(&endpoints["endpoints"], "endpoint", endpoint)["figures"].clone();
    assert_eq!(of("GET /orders/<int:number>")["requests"], 11.0, "{endpoints}");
    assert_eq!(of("GET /broken")["errors"], 1.0, "{endpoints}");

    let map = service_map(&owner);
    let service = named(&map["nodes"], "kind", "service");
    assert_eq!((&service["name"], &service["versions"][0]), (&"dd-shop".into(), &"3.1.0".into()));
    let (database, cache) =
        (named(&map["nodes"], "kind", "database"), named(&map["nodes"], "kind", "cache"));
    assert_eq!((&database["system"], &cache["system"]), (&"postgresql".into(), &"redis".into()));
    assert_eq!(map["nodes"].as_array().unwrap().len(), 3, "no service called redis: {map}");
    // Each of six orders is looked for in the cache, the five that are there once more, and those
    // are put there.
    assert_eq!(requests(&map, service, cache), 16.0, "{map}");
    assert!(requests(&map, service, database) >= 6.0, "{map}");

    let issues = owner.get("/errors?service=dd-shop");
    let issue = named(&issues["issues"], "error_type", "ValueError");
    assert_eq!((&issue["count"], &issue["message"]), (&1.0.into(), &"the oven is cold".into()));
}

/// What stands in the rows.
fn assert_spans(server: &Server) {
    let number = |condition: &str| {
        server.number(&format!("SELECT count(*) AS n FROM spans WHERE {condition}"))
    };
    assert_eq!(number("name = 'SELECT orders' AND db_system_name = 'postgresql'"), 6);
    assert_eq!(number("name = 'GET' AND db_system_name = 'redis'"), 11);
    assert_eq!(number("name = 'SET' AND db_system_name = 'redis'"), 5);
    assert_eq!(number("service_name <> 'dd-shop'"), 0);
    assert_eq!(number("deployment_environment_name = 'test'"), number("true"));
    // The tracer says the version of spans of its own service: queries that belong to no request
    // stand alone.
    let standing_alone = "kind = 'client' AND parent_span_id IS NULL";
    let unversioned = format!("service_version IS NULL AND NOT ({standing_alone})");
    assert_eq!((number("service_version = '3.1.0'") > 50, number(&unversioned)), (true, 0));
    assert_eq!(
        number("length(trace_id) = 32 AND trace_id NOT LIKE '0000000000000000%'"),
        number("true")
    );
    assert_eq!(number("telemetry_sdk_language = 'python'"), number("true"));
    assert_eq!(number("host_name IS NULL"), 0);
    let query =
        server.row("SELECT DISTINCT db_query_text AS text FROM spans WHERE name = 'SELECT orders'");
    assert_eq!(query["text"], "SELECT dish FROM orders WHERE number = ? AND dish <> ?");
    // No value of a query is anywhere.
    assert_eq!(
        number(
            "array_to_string(map_values(attributes), chr(10)) LIKE '%secret%' OR array_to_string(map_values(attributes), chr(10)) LIKE '%order:1%'"
        ),
        0
    );
    let failed = "status_code = 'error' AND events LIKE '%ValueError: the oven is cold%' \
                  AND events LIKE '%datadog_shop.py%'";
    assert!(number(failed) >= 1);
}

#[test]
fn a_flask_application_under_the_present_ddtrace_appears_with_its_stores() {
    a_flask_application_appears_with_its_stores(DDTRACE_4);
}

#[test]
fn a_flask_application_under_an_old_ddtrace_appears_with_its_stores() {
    a_flask_application_appears_with_its_stores(DDTRACE_2);
}

/// The FastAPI application under OpenTelemetry.
fn fastapi(server: &Server, stores: (&Running, &Running)) -> Option<Running> {
    let plain = tools::python("fastapi_shop.py")?;
    let python = PathBuf::from(plain.get_program());
    let mut command = Command::new(python.with_file_name("opentelemetry-instrument"));
    command.arg(&python).args(plain.get_args()).stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let port = free_port();
    command
        .env("SHOP_PORT", port.to_string())
        .env("SHOP_POSTGRES", format!("postgres://postgres@127.0.0.1:{}/postgres", stores.0.port))
        .env("SHOP_REDIS", format!("redis://127.0.0.1:{}/0", stores.1.port))
        .env("OTEL_SERVICE_NAME", "otel-shop")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", server.base_url("otlp_http"))
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_BSP_SCHEDULE_DELAY", "200")
        .env("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database");
    Some(Running::new(command.spawn().unwrap(), port).ready("the application listens"))
}

#[test]
fn an_express_application_calls_one_under_opentelemetry_within_one_trace() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (Some(postgres), Some(redis)) = (postgres(), redis()) else { return };
    let Some(upstream) = fastapi(&server, (&postgres, &redis)) else { return };
    let Some(mut command) = tools::node("datadog_gateway.mjs") else { return };
    command.env("UPSTREAM", format!("http://127.0.0.1:{}", upstream.port));
    let gateway = Application::start(command, &server, "dd-gateway", folder.path());
    for _ in 0..7 {
        // There is no such order; the cache and the database are asked.
        assert_eq!(gateway.ask("/menu/41"), 404);
    }
    assert_eq!(gateway.ask("/broken"), 500);
    let joined = "SELECT count(*) AS n FROM spans a JOIN spans b \
        ON b.trace_id = a.trace_id AND b.parent_span_id = a.span_id \
        WHERE a.service_name = 'dd-gateway' AND a.kind = 'client' \
        AND b.service_name = 'otel-shop' AND b.kind = 'server'";
    eventually("both sides of every call arrived", 30, || server.number(joined) == 7);
    let of_requests =
        "SELECT count(*) AS n FROM spans WHERE kind = 'server' AND service_name = 'dd-gateway'";
    eventually("all requests arrived", 30, || server.number(of_requests) == 8);
    gateway.assert_silent();

    let traces = "SELECT count(DISTINCT trace_id) AS n FROM spans WHERE service_name = 'otel-shop' AND kind = 'server' AND length(trace_id) = 32";
    assert_eq!(server.number(traces), 7);
    let owner = Session::owner(&server, "owner");
    let endpoints = owner.get("/services/dd-gateway/endpoints");
    let menu = named(&endpoints["endpoints"], "endpoint", "GET /menu/:number");
    assert_eq!(menu["figures"]["requests"], 7.0, "{endpoints}");
    let map = service_map(&owner);
    let from = named(&map["nodes"], "name", "dd-gateway");
    let to = named(&map["nodes"], "name", "otel-shop");
    assert_eq!(requests(&map, from, to), 7.0, "{map}");
    assert!(named(&map["nodes"], "kind", "database")["system"] == "postgresql", "{map}");
    let issues = owner.get("/errors?service=dd-gateway");
    let issue = named(&issues["issues"], "error_type", "TypeError");
    assert_eq!((&issue["count"], &issue["message"]), (&1.0.into(), &"the door is shut".into()));
}

#[test]
fn under_a_budget_rates_fall_and_every_request_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::with(&["--datadog-traces-per-second=2"]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let (Some(postgres), Some(redis)) = (postgres(), redis()) else { return };
    let Some(shop) = flask(DDTRACE_4, &server, folder.path(), (&postgres, &redis)) else { return };
    let rate = || {
        let url = format!("{}/v0.4/traces", server.base_url("datadog"));
        let headers = [("content-type", "application/msgpack")];
        let answer = http::Client::default().post(&url, &headers, &[0x90]).unwrap();
        answer.json()["rate_by_service"]["service:dd-shop,env:test"].as_f64()
    };
    let (started, mut sent) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(20) {
        assert_eq!(shop.ask("/health"), 200);
        sent += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    let rate = rate().expect("a rate of its own");
    assert!(rate < 0.5, "{rate}");
    let owner = Session::owner(&server, "owner");
    let counted = || {
        let endpoints = owner.get("/services/dd-shop/endpoints");
        let health = named(&endpoints["endpoints"], "endpoint", "GET /health");
        health["figures"]["requests"].as_f64().unwrap()
    };
    eventually("every request is counted", 30, || counted() == f64::from(sent));
    let kept = server
        .number("SELECT count(*) AS n FROM spans WHERE http_route = '/health' AND kind = 'server'");
    assert!(kept > 0 && kept < i64::from(sent) * 3 / 4, "{kept} of {sent}");
    shop.assert_silent();
}
