//! A FastAPI application that knows nothing of telemetry, instrumented from outside, with its
//! PostgreSQL and its Redis.

use hannun_e2e::stores::{Running, free_port, postgres, redis};
use hannun_e2e::{Server, Session, eventually, http, tools};
use serde_json::Value;
use std::process::Stdio;

/// The application, sending to `server`.
fn shop(server: &Server, postgres: &Running, redis: &Running) -> Option<Running> {
    let mut command = tools::python("fastapi_shop.py")?;
    let script: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let python = std::path::PathBuf::from(command.get_program());
    // The instrumenting program lies beside the interpreter, and starts it.
    let mut instrumented =
        std::process::Command::new(python.with_file_name("opentelemetry-instrument"));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => instrumented.env(name, value),
            None => instrumented.env_remove(name),
        };
    }
    command = instrumented;
    command.arg(&python).args(script).stdin(Stdio::null());
    let port = free_port();
    command
        .env("SHOP_PORT", port.to_string())
        .env("SHOP_POSTGRES", format!("postgres://postgres@127.0.0.1:{}/postgres", postgres.port))
        .env("SHOP_REDIS", format!("redis://127.0.0.1:{}/0", redis.port))
        .env("OTEL_SERVICE_NAME", "shop-api")
        .env("OTEL_RESOURCE_ATTRIBUTES", "service.version=2.1.0,deployment.environment.name=test")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", server.base_url("otlp_http"))
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_BSP_SCHEDULE_DELAY", "200")
        .env("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database");
    Some(Running::new(command.spawn().unwrap(), port).ready("the application listens"))
}

fn node<'a>(map: &'a Value, kind: &str) -> &'a Value {
    let nodes = map["nodes"].as_array().unwrap();
    nodes.iter().find(|node| node["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {map}"))
}

fn requests(map: &Value, from: &Value, to: &Value) -> f64 {
    let edges = map["edges"].as_array().unwrap();
    let edge = edges.iter().find(|it| it["source"] == from["id"] && it["target"] == to["id"]);
    edge.unwrap_or_else(|| panic!("no edge in {map}"))["figures"]["requests"].as_f64().unwrap()
}

#[test]
fn an_application_appears_with_its_database_and_its_cache() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (Some(postgres), Some(redis)) = (postgres(), redis()) else { return };
    let Some(shop) = shop(&server, &postgres, &redis) else { return };
    let client = http::Client::default();
    let ask = |method: &str, path: &str| {
        let url = format!("http://127.0.0.1:{}{path}", shop.port);
        client.request(method, &url, &[], None).unwrap().status
    };
    for number in 1..=10 {
        assert_eq!(ask("POST", &format!("/orders/{number}?dish=kimbap")), 200);
    }
    for number in 1..=12 {
        let expected = if number <= 10 { 200 } else { 404 };
        assert_eq!(ask("GET", &format!("/orders/{number}")), expected);
        assert_eq!(ask("GET", &format!("/orders/{number}")), expected);
    }
    assert_eq!(ask("GET", "/broken"), 500);

    let owner = Session::owner(&server, "owner");
    let endpoints = || owner.get("/services/shop-api/endpoints");
    eventually("all requests arrived", 30, || {
        let answer = endpoints();
        let rows = answer["endpoints"].as_array().unwrap();
        let of = |row: &Value| row["figures"]["requests"].as_f64().unwrap();
        rows.iter().filter(|row| row["kind"] == "server").map(of).sum::<f64>() >= 35.0
    });
    let answer = endpoints();
    let figures = |endpoint: &str| {
        let rows = answer["endpoints"].as_array().unwrap();
        let row = rows.iter().find(|row| row["endpoint"] == endpoint);
        row.unwrap_or_else(|| panic!("no {endpoint} in {answer}"))["figures"].clone()
    };
    assert_eq!(figures("GET /orders/{number}")["requests"], 24.0);
    assert_eq!(figures("POST /orders/{number}")["requests"], 10.0);
    assert_eq!(figures("GET /broken")["errors"], 1.0);

    let map = owner.get("/service-map");
    let service = node(&map, "service");
    assert_eq!((&service["name"], &service["versions"][0]), (&"shop-api".into(), &"2.1.0".into()));
    let (database, cache) = (node(&map, "database"), node(&map, "cache"));
    assert_eq!((&database["system"], &cache["system"]), (&"postgresql".into(), &"redis".into()));
    // Twelve orders are looked up twice; ten are found in the cache the second time.
    assert_eq!(requests(&map, service, cache), 24.0 + 10.0, "{map}");
    assert!(requests(&map, service, database) >= 10.0 + 14.0, "{map}");

    let issues = owner.get("/errors?service=shop-api");
    let issue = &issues["issues"][0];
    assert_eq!((&issue["error_type"], &issue["count"]), (&"ValueError".into(), &1.0.into()));
}
