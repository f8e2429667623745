//! Live probes in running applications with unmodified clients of Datadog.

use hannun_e2e::stores::{Running, free_port};
use hannun_e2e::tools::{self, DDTRACE_2, DDTRACE_4, Generation};
use hannun_e2e::{Response, Server, Session, eventually, http, now_ns, text};
use serde_json::{Value, json};
use std::fs::{File, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SERVICE: &str = "probed-shop";
/// A client asks every second, sends every second, and may be slow on a busy machine.
const SECONDS_MAX: u64 = 60;

struct Shop {
    _folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    app: Running,
    /// Standard error of the application.
    log: PathBuf,
    script: &'static str,
    language: &'static str,
}

impl Shop {
    fn start(
        command: impl FnOnce(&Path) -> Option<Command>,
        script: &'static str,
        language: &'static str,
    ) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(folder.path())?;
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        let log = folder.path().join("app.log");
        let port = free_port();
        command
            .arg(port.to_string())
            .env("DD_SERVICE", SERVICE)
            .env("DD_ENV", "e2e")
            .env("DD_VERSION", "1.2.3")
            .env("DD_TRACE_AGENT_URL", server.base_url("datadog"))
            .env("DD_DOGSTATSD_URL", format!("udp://{}", server.address("dogstatsd")))
            .env("DD_DYNAMIC_INSTRUMENTATION_ENABLED", "true")
            .env("DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS", "1")
            .env("DD_DYNAMIC_INSTRUMENTATION_UPLOAD_INTERVAL_SECONDS", "1")
            // A busy machine is slow, which is not what is tested here.
            .env("DD_DYNAMIC_INSTRUMENTATION_CAPTURE_TIMEOUT_MS", "20000")
            .env("DD_DYNAMIC_INSTRUMENTATION_EVALUATION_TIMEOUT_MS", "20000")
            .env("DD_TRACE_STARTUP_LOGS", "false")
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        let app = Running::new(command.spawn().unwrap(), port).ready("the application listens");
        Some(Self { _folder: folder, server, owner, app, log, script, language })
    }

    fn python(generation: Generation) -> Option<Self> {
        let command = |_: &Path| {
            let plain = tools::datadog_python("probed_main.py", generation)?;
            let python = PathBuf::from(plain.get_program());
            let mut traced = Command::new(python.with_file_name("ddtrace-run"));
            for (name, value) in plain.get_envs() {
                match value {
                    Some(value) => traced.env(name, value),
                    None => traced.env_remove(name),
                };
            }
            traced.arg(&python).args(plain.get_args()).stdin(Stdio::null());
            Some(traced)
        };
        Self::start(command, "probed_shop.py", "python")
    }

    fn node() -> Option<Self> {
        Self::start(|_| tools::node("probed_shop.cjs"), "probed_shop.cjs", "nodejs")
    }

    /// The line that the comment marks.
    fn line(&self) -> usize {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(self.script);
        let source = read_to_string(path).unwrap();
        source.lines().position(|line| line.contains("the probed line")).unwrap() + 1
    }

    fn order(&self, number: u32) {
        let url = format!("http://127.0.0.1:{}/orders/{number}", self.app.port);
        assert_eq!(http::Client::default().get(&url, &[]).unwrap().status, 200);
    }

    /// A probe on the line, with other fields.
    fn probe(&self, seconds: u64, fields: Value) -> Value {
        let mut body = json!({
            "service": SERVICE, "language": self.language, "type": "log",
            "where": {"file": format!("clients/{}", self.script), "line": self.line()},
            "expires_at": in_seconds(seconds),
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    }

    fn put(&self, id: &str, body: Value) {
        let answer = put(&self.owner, &format!("live-probe/{id}"), body);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn turn(&self, enabled: bool) {
        let path = format!("/documents/live-probe-service/{SERVICE}");
        let known = self.owner.send("GET", &path, None);
        let revision =
            if known.status == 200 { known.json()["revision"].clone() } else { json!(0) };
        let body = json!({"body": {"service": SERVICE, "enabled": enabled},
            "expected_revision": revision});
        let answer = self.owner.send("PUT", &path, Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn row(&self, id: &str) -> Value {
        let probes = self.owner.get("/probes");
        let rows = probes["probes"].as_array().unwrap();
        rows.iter()
            .find(|row| row["document_id"] == id)
            .unwrap_or_else(|| panic!("{probes}"))
            .clone()
    }

    fn status(&self, id: &str) -> Value {
        self.row(id)["clients"][0]["status"].clone()
    }

    fn snapshots(&self, id: &str) -> Vec<Value> {
        let answer = self.owner.get(&format!("/probes/{id}/snapshots"));
        answer["snapshots"].as_array().unwrap().clone()
    }

    /// All snapshots, also those that no page shows.
    fn total(&self, id: &str) -> i64 {
        let answer = self.owner.get(&format!("/probes/{id}/snapshots?limit=1"));
        assert!(answer["snapshots"].as_array().unwrap().len() <= 1);
        answer["total"].as_i64().unwrap()
    }

    /// Orders until something is so.
    fn order_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        eventually(what, SECONDS_MAX, || {
            self.order(7);
            self.order(8);
            holds()
        });
    }

    fn wait_for_client(&self) -> Value {
        let client = || self.owner.get("/probes")["services"][0]["clients"][0].clone();
        eventually("the client asks for configuration", SECONDS_MAX, || client().is_object());
        client()
    }

    fn assert_quiet(&self) {
        let log = read_to_string(&self.log).unwrap();
        let loud: Vec<_> = log
            .lines()
            // Said of a probe that sees more than it may tell, which is what its rate is for.
            .filter(|line| !line.starts_with("Rate limit exceeded for "))
            .filter(|line| {
                let line = line.to_lowercase();
                ["error", "warn", "traceback", "exception"].iter().any(|it| line.contains(it))
            })
            .collect();
        assert!(loud.is_empty(), "{log}");
    }
}

fn put(session: &Session, path: &str, body: Value) -> Response {
    let request = json!({"body": body, "expected_revision": 0});
    session.send("PUT", &format!("/documents/{path}"), Some(&request))
}

fn in_seconds(seconds: u64) -> String {
    rfc3339(now_ns() / 1_000_000_000 + seconds)
}

/// A time in UTC, by the civil calendar.
fn rfc3339(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let mut left = days;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while left >= lengths[month] {
        left -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", month + 1, left + 1)
}

/// A probe on a line, from before it may be to after it is gone.
fn line_probe(shop: &Shop, condition: &str, template: &str, locals: &[&str]) {
    let client = shop.wait_for_client();
    assert_eq!(client["service"], SERVICE);
    assert_eq!((&client["environment"], &client["version"]), (&json!("e2e"), &json!("1.2.3")));
    assert_eq!((&client["accepts"], &client["why_not"]), (&json!(true), &Value::Null), "{client}");
    let fields = json!({
        "condition": condition, "template": template, "capture_snapshot": true,
        "snapshots_per_second": 25, "redact": ["card_no"], "environment": "e2e",
    });
    shop.put("line", shop.probe(600, fields));
    for _ in 0..3 {
        shop.order(7);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    let row = shop.row("line");
    assert_eq!((&row["state"], &row["clients"]), (&json!("service_off"), &json!([])), "{row}");
    shop.turn(true);
    shop.order_until("a snapshot came", || !shop.snapshots("line").is_empty());
    eventually("it says that it emits", SECONDS_MAX, || shop.status("line") == "emitting");
    for snapshot in shop.snapshots("line") {
        assert_eq!(snapshot["message"], "7 paid 6000", "{snapshot}");
        assert_eq!(
            (&snapshot["service"], &snapshot["environment"]),
            (&json!(SERVICE), &json!("e2e"))
        );
        assert_eq!(snapshot["evaluation_errors"], json!([]));
        assert_eq!(snapshot["stack"][0]["line"], shop.line());
        let captures = snapshot["captures"]["lines"][shop.line().to_string()].to_string();
        for expected in locals {
            assert!(captures.contains(expected), "{expected} in {captures}");
        }
        for secret in ["hunter2", "4111111111111111", "k-123456"] {
            assert!(!snapshot.to_string().contains(secret), "{secret} in {captures}");
        }
    }
    trace_is_joined(shop);
    assert_eq!(shop.server.number("SELECT count(*) AS n FROM logs WHERE body LIKE '%hunter2%'"), 0);
    shop.turn(false);
    eventually("the probe is taken away", SECONDS_MAX, || is_silent(shop, "line"));
    assert_eq!(shop.row("line")["snapshots"], shop.total("line"));
    shop.turn(true);
}

/// The snapshot names the span that it was taken in.
fn trace_is_joined(shop: &Shop) {
    eventually("the span of a snapshot is there", SECONDS_MAX, || {
        let snapshot = &shop.snapshots("line")[0];
        let (trace_id, span_id) = (&snapshot["trace_id"], &snapshot["span_id"]);
        let query = format!(
            "SELECT count(*) AS n FROM spans WHERE trace_id = '{}' AND span_id = '{}'",
            trace_id.as_str().unwrap(),
            span_id.as_str().unwrap()
        );
        shop.server.number(&query) == 1
    });
}

/// Whether orders make no snapshots any more.
fn is_silent(shop: &Shop, id: &str) -> bool {
    let before = shop.total(id);
    for _ in 0..3 {
        shop.order(7);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    shop.total(id) == before
}

fn expiry_takes_it_away(shop: &Shop) {
    shop.put("short", shop.probe(15, json!({"template": "short", "snapshots_per_second": 20})));
    shop.order_until("a message came", || !shop.snapshots("short").is_empty());
    eventually("it expired", SECONDS_MAX, || shop.row("short")["state"] == "expired");
    eventually("it is silent", SECONDS_MAX, || is_silent(shop, "short"));
}

fn method_metric_and_span(shop: &Shop) {
    let method = json!({"module": "probed_shop", "class": "Cart", "method": "total"});
    shop.put("method", shop.probe(600, json!({
        "where": method, "capture_snapshot": true, "template": "{@return} in {@duration} ms",
        "condition": "@return == 6500 && @duration < 60000 && !isDefined(@exception)", "snapshots_per_second": 10,
    })));
    shop.put(
        "metric",
        shop.probe(
            600,
            json!({
                "type": "metric", "where": method, "tags": ["team:shop"],
                "metric": {"name": "cart.total", "kind": "gauge", "value": "@return"},
            }),
        ),
    );
    shop.put("span", shop.probe(600, json!({"type": "span", "where": method})));
    shop.order_until("the method was seen", || !shop.snapshots("method").is_empty());
    let snapshot = &shop.snapshots("method")[0];
    assert!(snapshot["message"].as_str().unwrap().starts_with("6500 in "), "{snapshot}");
    assert!(snapshot["duration_ns"].as_i64().unwrap() > 0, "{snapshot}");
    let captured = &snapshot["captures"]["return"]["locals"]["@return"];
    assert_eq!(captured, &json!({"type": "int", "value": "6500"}));
    let metric = "SELECT metric_name, value FROM metric_points \
                  WHERE metric_name = 'dynamic.instrumentation.metric.probe.cart.total' AND service_name = 'probed-shop' LIMIT 1";
    shop.order_until("the metric came", || !shop.server.rows(metric).is_empty());
    let row = &shop.server.row(metric);
    assert_eq!(row["value"].as_f64(), Some(6500.0), "{}", text(row, "metric_name"));
    let span = "SELECT count(*) AS n FROM spans WHERE service_name = 'probed-shop' \
                AND name = 'dd.dynamic.span'";
    shop.order_until("the span came", || shop.server.number(span) > 0);
}

#[test]
fn a_running_python_application_takes_every_kind_of_probe() {
    let Some(shop) = Shop::python(DDTRACE_4) else { return };
    let condition = "customer[\"id\"] == 7 && len(self.items) > 1";
    let locals = ["\"subtotal\":{\"type\":\"int\",\"value\":\"6000\"}", "kimbap", "redactedIdent"];
    line_probe(&shop, condition, "{customer[\"id\"]} paid {subtotal}", &locals);
    method_metric_and_span(&shop);
    expiry_takes_it_away(&shop);
    shop.assert_quiet();
}

#[test]
fn a_python_client_of_two_years_ago_takes_probes() {
    let Some(shop) = Shop::python(DDTRACE_2) else { return };
    let condition = "customer[\"id\"] == 7 && len(self.items) > 1";
    let locals = ["\"subtotal\":{\"type\":\"int\",\"value\":\"6000\"}", "kimbap", "redactedIdent"];
    line_probe(&shop, condition, "{customer[\"id\"]} paid {subtotal}", &locals);
    shop.assert_quiet();
}

#[test]
fn a_running_node_application_takes_probes_on_lines() {
    let Some(shop) = Shop::node() else { return };
    let condition = "customer.id == 7 && len(items) > 1";
    let locals =
        ["\"subtotal\":{\"type\":\"number\",\"value\":\"6000\"}", "kimbap", "redactedIdent"];
    line_probe(&shop, condition, "{customer.id} paid {subtotal}", &locals);
    expiry_takes_it_away(&shop);
    shop.assert_quiet();
}

#[test]
fn only_owners_set_probes_and_all_of_it_is_in_the_audit_trail() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let (editor, viewer) = (owner.invite("editor", "editor"), owner.invite("viewer", "viewer"));
    let body = json!({"service": "shop", "language": "python", "type": "log",
        "where": {"file": "a.py", "line": 1}, "expires_at": in_seconds(600)});
    for session in [&editor, &viewer] {
        assert_eq!(put(session, "live-probe/p", body.clone()).status, 403);
        let switch = json!({"service": "shop", "enabled": true});
        assert_eq!(put(session, "live-probe-service/shop", switch).status, 403);
        assert_eq!(session.get("/probes")["can_edit"], false);
    }
    assert_eq!(put(&owner, "live-probe/p", body.clone()).status, 200);
    assert_eq!(owner.get("/probes")["can_edit"], true);
    let row = &viewer.get("/probes")["probes"][0];
    assert_eq!((&row["created_by"], &row["state"]), (&json!("owner"), &json!("service_off")));
    let audit = owner.get("/audit");
    let entries = audit["entries"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["subject"] == "live-probe/p").unwrap();
    assert_eq!((&entry["actor"], &entry["action"]), (&json!("owner"), &json!("document.put")));
}

#[test]
fn a_bad_expression_is_told_before_and_when_it_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let asked = json!({"condition": "user.id = 7", "template": "took {@duration}"});
    let answer = owner.send("POST", "/probes/check", Some(&asked));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let problem = json!({"field": "condition", "position": 8, "message": "write `==` to compare"});
    assert_eq!(answer.json()["problems"], json!([problem]));
    assert_eq!(answer.json()["compiled"]["template"][0], json!({"str": "took "}));
    let body = json!({"service": "shop", "language": "python", "type": "log",
        "condition": "user.id = 7", "where": {"file": "a.py", "line": 1},
        "expires_at": in_seconds(600)});
    let refused = put(&owner, "live-probe/p", body);
    assert_eq!(refused.status, 422);
    let fields = refused.json()["error"]["fields"].clone();
    assert_eq!(fields[0]["path"], "/condition", "{fields}");
}
