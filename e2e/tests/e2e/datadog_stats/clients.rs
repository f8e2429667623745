//! Applications under Datadog's tracers that keep a tenth of their traces.

use super::{floats, named};
use hannun_e2e::stores::free_port;
use hannun_e2e::{Server, Session, eventually, now_ns, tools};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// The command under the `ddtrace-run` that lies beside its program.
fn traced(command: Command) -> Command {
    let python = Path::new(command.get_program());
    let mut traced = Command::new(python.with_file_name("ddtrace-run"));
    traced.arg(python).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// Runs an application to its end. Answers what it and its tracer wrote.
pub fn run(server: &Server, mut command: Command, service: &str) -> String {
    command
        .env("PORT", free_port().to_string())
        .env("DD_TRACE_AGENT_URL", server.base_url("datadog"))
        .env("DD_SERVICE", service)
        .env("DD_ENV", "test")
        .env("DD_VERSION", "1.0")
        // What is written otherwise is a complaint.
        .env("DD_TRACE_STARTUP_LOGS", "false")
        .env("DD_TRACE_STATS_COMPUTATION_ENABLED", "true")
        .env("DD_TRACE_SAMPLING_RULES", r#"[{"sample_rate":0.1}]"#)
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let written = [output.stdout, output.stderr].concat();
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(output.status.success(), "{written}");
    written
}

/// The Flask application.
pub fn flask(server: &Server, variables: &[(&str, &str)]) -> Option<String> {
    let command = tools::datadog_python("datadog_sampled.py", tools::DDTRACE_4)?;
    let mut command = traced(command);
    command.envs(variables.iter().copied());
    Some(run(server, command, "sampled-flask"))
}

/// The Express application.
pub fn express(server: &Server, variables: &[(&str, &str)]) -> Option<String> {
    let mut command = tools::node("datadog_sampled.mjs")?;
    command.envs(variables.iter().copied());
    Some(run(server, command, "sampled-express"))
}

/// Tracers write nothing unless something is wrong.
pub fn assert_no_complaint(written: &str) {
    let complaints: Vec<&str> = written
        .lines()
        .filter(|line| {
            let line = line.to_lowercase();
            ["error", "warn", "fail", "exception"].iter().any(|word| line.contains(word))
        })
        .collect();
    assert!(complaints.is_empty(), "{written}");
}

struct Answers<'a> {
    owner: &'a Session,
    range: String,
}

impl<'a> Answers<'a> {
    fn of(owner: &'a Session) -> Self {
        let now_ms = now_ns() / 1_000_000;
        // Whole minutes, so that no part of one is at the ends.
        let to_ms = now_ms.next_multiple_of(60_000);
        let range = format!("from_ms={}&to_ms={to_ms}", to_ms - 600_000);
        Self { owner, range }
    }

    fn get(&self, path: &str) -> Value {
        self.owner.get(&format!("{path}?{}", self.range))
    }

    fn requests(&self, service: &str) -> f64 {
        let services = self.get("/services");
        let found = services["services"].as_array().unwrap().iter();
        let mut found = found.filter(|it| it["service"] == service);
        found.next().and_then(|it| it["requests"].as_f64()).unwrap_or(0.0)
    }
}

/// Requests and errors of an application with so many orders, ten of them in vain.
fn assert_all_orders(answers: &Answers<'_>, service: &str, endpoint: &str, requests: f64) {
    let path = format!("/services/{service}");
    let endpoints = answers.get(&format!("{path}/endpoints"));
    let orders = named(&endpoints["endpoints"], "endpoint", endpoint);
    assert_eq!(orders["kind"], "server", "{endpoints}");
    let figures = &orders["figures"];
    assert_eq!(
        (figures["requests"].as_f64(), figures["errors"].as_f64()),
        (Some(requests), Some(10.0))
    );
    // Every tenth request waits for 50 ms, the others for one.
    assert!(figures["p50_ms"].as_f64().unwrap() < 50.0, "{figures}");
    assert!(figures["p95_ms"].as_f64().unwrap() >= 50.0 * (1.0 - super::ERROR), "{figures}");
    let series = answers.get(&format!("{path}/series"));
    let version = named(&series["versions"], "version", "1.0");
    assert_eq!(floats(&version["errors"]).iter().sum::<f64>(), 10.0);
}

#[test]
fn every_request_of_a_flask_application_is_counted_though_a_tenth_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let Some(written) = flask(&server, &[]) else { return };
    assert_no_complaint(&written);
    let owner = Session::owner(&server, "owner");
    // The statistics were flushed before the application ended.
    let answers = Answers::of(&owner);
    assert_eq!(answers.requests("sampled-flask"), 240.0);
    assert_all_orders(&answers, "sampled-flask", "GET /orders/<int:number>", 220.0);
    let stored = server
        .number("SELECT count(*) AS n FROM spans WHERE kind = 'server' AND parent_span_id IS NULL");
    assert!((1..100).contains(&stored), "{stored} of 220 traces are here");

    // Spans and statistics name the same endpoints and peers, so that a map has no node twice.
    let keys = "SELECT DISTINCT service_name, kind, endpoint, peer_kind, peer_system, peer_name";
    let counted = server.rows(&format!("{keys} FROM client_stats ORDER BY endpoint, peer_name"));
    server.settle(150);
    let of_spans = server.rows(&format!(
        "{keys} FROM span_stats WHERE kind IN ('server', 'client') ORDER BY endpoint, peer_name"
    ));
    for key in &of_spans {
        assert!(counted.contains(key), "{key:?} is not in {counted:?}");
    }
    let map = answers.get("/service-map");
    assert_eq!(map["edges"].as_array().unwrap().len(), 1, "{map}");
    assert_eq!(map["edges"][0]["figures"]["requests"], 20.0);
    assert_eq!(answers.requests("sampled-flask"), 240.0);

    let not_kept = server.status()["datadog"]["not_kept"].clone();
    let telemetry = named(&not_kept, "endpoint", "/telemetry/proxy/");
    assert!(
        telemetry["payloads"].as_i64().unwrap() >= 1 && telemetry["bytes"].as_i64().unwrap() > 0
    );
}

#[test]
fn every_request_of_an_express_application_is_counted_by_its_spans() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    // Its tracer sends statistics every ten seconds.
    let Some(written) = express(&server, &[("LINGER", "12")]) else { return };
    assert_no_complaint(&written);
    let owner = Session::owner(&server, "owner");
    eventually("all requests arrived", 30, || {
        Answers::of(&owner).requests("sampled-express") >= 200.0
    });
    let answers = Answers::of(&owner);
    assert_eq!(answers.requests("sampled-express"), 200.0);
    assert_all_orders(&answers, "sampled-express", "GET /orders/:number", 200.0);
    // Both sides of its calls are spans, so its map is that of any application.
    let map = answers.get("/service-map");
    assert_eq!(map["edges"].as_array().unwrap().len(), 1, "{map}");

    let not_kept = server.status()["datadog"]["not_kept"].clone();
    let statistics = named(&not_kept, "endpoint", "/v0.6/stats");
    assert!(statistics["reason"].as_str().unwrap().contains("every span"), "{statistics}");
    assert_eq!(server.count("client_stats"), 0);
}
