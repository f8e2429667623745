//! A `hannun serve` process in a folder.

use crate::Row;
use crate::http::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A debug build on a busy machine needs time for its first page faults.
const READY_SECONDS_MAX: u64 = 60;
const STOP_SECONDS_MAX: u64 = 60;
const HISTORY_SECONDS_MAX: u64 = 240;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// `serve` or `demo`.
    pub command: &'static str,
    pub memory_limit: String,
    pub arguments: Vec<String>,
    /// `https` when the arguments name a certificate.
    pub scheme: &'static str,
    /// Another binary than [`binary`] finds.
    pub binary: Option<PathBuf>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            command: "serve",
            memory_limit: "512MiB".to_owned(),
            arguments: Vec::new(),
            scheme: "http",
            binary: None,
        }
    }
}

impl ServerOptions {
    /// The demo with a history of `days` and these arguments, its shop closed afterwards.
    pub fn demo(days: f64, arguments: &[&str]) -> Self {
        let days = days.to_string();
        let mut all = vec!["--days", &days, "--live", "false"];
        all.extend(arguments);
        Self { command: "demo", ..Self::with(&all) }
    }

    /// The default and these arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self { arguments, ..Self::default() }
    }
}

/// A running server. It is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    data_folder: PathBuf,
    listeners: Value,
    scheme: &'static str,
    client: Client,
}

/// A server that ended before it was ready.
#[derive(Debug)]
pub struct StartFailure {
    pub status: Option<ExitStatus>,
    pub stderr: String,
}

/// The built binary.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("HANNUN_BIN").map(PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let path = named.unwrap_or_else(|| target.join("debug/hannun"));
    assert!(
        path.is_file(),
        "no binary at {}: run `cargo build --workspace` or set HANNUN_BIN",
        path.display()
    );
    path
}

/// Runs a command of the binary to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().expect("hannun runs")
}

impl Server {
    /// Starts with the default options.
    pub fn start(data_folder: &Path) -> Self {
        Self::start_with(data_folder, &ServerOptions::default())
    }

    /// Starts and waits until it is ready.
    pub fn start_with(data_folder: &Path, options: &ServerOptions) -> Self {
        Self::try_start(data_folder, options).unwrap_or_else(|failure| {
            panic!("the server did not start: {:?}\n{}", failure.status, failure.stderr)
        })
    }

    /// Starts and waits until it is ready or has ended.
    pub fn try_start(data_folder: &Path, options: &ServerOptions) -> Result<Self, StartFailure> {
        let listeners_file = data_folder.join("listeners.json");
        // One left by a killed server would be taken for the new one's.
        let before = std::fs::metadata(&listeners_file).and_then(|file| file.modified()).ok();
        let log_path = data_folder.with_extension(format!("{}.log", crate::now_ns()));
        let log = std::fs::File::create(&log_path).expect("log file");
        let mut child = command(data_folder, options)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("hannun starts");
        let started = Instant::now();
        loop {
            let fresh = std::fs::metadata(&listeners_file).and_then(|file| file.modified()).ok();
            if fresh.is_some()
                && fresh != before
                && let Ok(listeners) = read_json(&listeners_file)
            {
                let server = Self {
                    child,
                    data_folder: data_folder.to_owned(),
                    listeners,
                    scheme: options.scheme,
                    client: Client::default(),
                };
                server.wait_ready();
                return Ok(server);
            }
            let status = child.try_wait().expect("child");
            if status.is_some() || started.elapsed().as_secs() > READY_SECONDS_MAX {
                let _ = child.kill();
                let _ = child.wait();
                let stderr = std::fs::read_to_string(&log_path).unwrap_or_default();
                return Err(StartFailure { status, stderr });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait_ready(&self) {
        if self.scheme == "https" {
            return;
        }
        crate::eventually("readyz answers 200", READY_SECONDS_MAX, || {
            self.get("/readyz").is_ok_and(|response| response.status == 200)
        });
    }

    pub fn data_folder(&self) -> &Path {
        &self.data_folder
    }

    /// `host:port` of a listener: `http`, `otlp_grpc` or `otlp_http`.
    pub fn address(&self, listener: &str) -> String {
        self.listeners[listener].as_str().expect("address of the listener").to_owned()
    }

    /// Scheme, host and port of a listener.
    pub fn base_url(&self, listener: &str) -> String {
        format!("{}://{}", self.scheme, self.address(listener))
    }

    /// Address for OTLP over HTTP of `traces`, `logs` or `metrics`.
    pub fn otlp_url(&self, signal: &str) -> String {
        format!("{}/v1/{signal}", self.base_url("otlp_http"))
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Resident bytes of the process, and the most it ever had.
    pub fn resident_bytes(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let field = |name: &str| -> u64 {
            let line = status.lines().find(|line| line.starts_with(name)).expect(name);
            line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// Asks as the owner.
    pub fn get(&self, path: &str) -> Result<Response, ureq::Error> {
        let owner = self.authorization();
        let headers = [("authorization", owner.as_str())];
        self.client.get(&format!("{}{path}", self.base_url("http")), &headers)
    }

    /// Posts JSON as the owner.
    pub fn post(&self, path: &str, body: &Value) -> Result<Response, ureq::Error> {
        let owner = self.authorization();
        let headers = [("authorization", owner.as_str()), ("content-type", "application/json")];
        let url = format!("{}{path}", self.base_url("http"));
        self.client.post(&url, &headers, body.to_string().as_bytes())
    }

    /// Value of the header `authorization` with the owner token of the folder.
    pub fn authorization(&self) -> String {
        let token = std::fs::read_to_string(self.data_folder.join("owner.token"));
        format!("Bearer {}", token.expect("an owner token").trim())
    }

    /// The one-time link with which somebody makes himself an owner.
    pub fn owner_link(&self) -> String {
        let folder = self.data_folder.to_str().expect("UTF-8");
        let output = run(&["owner-link", "--data-dir", folder]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Sends one OTLP request over HTTP as protobuf.
    pub fn send(&self, signal: &str, body: &[u8]) -> Result<Response, ureq::Error> {
        let headers = [("content-type", "application/x-protobuf")];
        self.client.post(&self.otlp_url(signal), &headers, body)
    }

    /// Sends one OTLP request and expects it to be accepted in full.
    pub fn send_ok(&self, signal: &str, body: &[u8]) {
        let response = self.send(signal, body).expect("an answer");
        assert_eq!(response.status, 200, "{}", response.text());
        assert!(response.body.is_empty(), "partial success: {}", response.text());
    }

    /// Posts to the SQL endpoint. Keys of `request`: `query`, `format`, `max_rows`, …
    pub fn sql(&self, request: &Value) -> Response {
        self.try_sql(request).expect("an answer")
    }

    /// As [`Self::sql`]; an answer that breaks off half-way is an error.
    pub fn try_sql(&self, request: &Value) -> Result<Response, ureq::Error> {
        self.post("/api/v1/sql", request)
    }

    /// The rows of a query.
    pub fn rows(&self, query: &str) -> Vec<Row> {
        let response = self.sql(&json!({
            "query": query, "format": "json", "max_rows": 10_000_000, "timeout_seconds": 120
        }));
        assert_eq!(response.status, 200, "{query}: {}", response.text());
        rows_of(response.json())
    }

    /// The only row of a query.
    pub fn row(&self, query: &str) -> Row {
        let mut rows = self.rows(query);
        assert_eq!(rows.len(), 1, "{query}: {rows:?}");
        rows.remove(0)
    }

    /// The integer that a query with one row and a column `n` answers.
    pub fn number(&self, query: &str) -> i64 {
        crate::int(&self.row(query), "n")
    }

    /// Number of rows of a table.
    pub fn count(&self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) AS n FROM {table}"))
    }

    /// The answer of `/api/v1/status`.
    pub fn status(&self) -> Value {
        let response = self.get("/api/v1/status").expect("an answer");
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Waits until nothing waits to be published or merged.
    pub fn settle(&self, seconds: u64) {
        crate::eventually("published and compacted", seconds, || {
            let status = self.status();
            ["pending_flushes", "pending_compactions", "wal_unpublished_rows"]
                .iter()
                .all(|field| status[*field].as_u64() == Some(0))
        });
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }

    /// SIGTERM, without waiting.
    pub fn ask_to_stop(&self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).expect("signal");
    }

    /// Waits for the end of a server that was asked to stop.
    pub fn wait_stopped(mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("child") {
                return status;
            }
            assert!(started.elapsed().as_secs() < STOP_SECONDS_MAX, "it did not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGTERM; the server must drain and end with success.
    pub fn stop(self) {
        self.ask_to_stop();
        let status = self.wait_stopped();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// What the reference shop says it did, once its history is complete.
    pub fn shop_truth(&self) -> Value {
        let shop = self.data_folder.join("shop");
        crate::eventually("the history of the shop is complete", HISTORY_SECONDS_MAX, || {
            shop.join("history-complete").exists()
        });
        read_json(&shop.join("truth.json")).expect("what the shop counted")
    }
}

/// The rows of a JSON answer.
pub fn rows_of(answer: Value) -> Vec<Row> {
    let Value::Array(rows) = answer else { panic!("no array: {answer}") };
    rows.into_iter()
        .map(|row| match row {
            Value::Object(row) => row,
            other => panic!("no object: {other}"),
        })
        .collect()
}

fn command(data_folder: &Path, options: &ServerOptions) -> Command {
    let mut command = Command::new(options.binary.clone().unwrap_or_else(binary));
    command.arg(options.command).arg("--data-dir").arg(data_folder);
    for listener in [
        "--listen",
        "--otlp-grpc-listen",
        "--otlp-http-listen",
        "--datadog-listen",
        "--dogstatsd-listen",
    ] {
        let chosen = format!("{listener}=");
        if !options.arguments.iter().any(|argument| argument.starts_with(&chosen)) {
            command.args([listener, "127.0.0.1:0"]);
        }
    }
    // Its default is one port, for which servers would compete.
    if !options.arguments.iter().any(|argument| argument.starts_with("--fluent-listen=")) {
        command.arg("--fluent-listen=off");
    }
    // A test counts the rows that it sent.
    if !options.arguments.iter().any(|argument| argument.starts_with("--own-metrics-interval=")) {
        command.arg("--own-metrics-interval=off");
    }
    command.args(["--memory-limit", &options.memory_limit]).args(&options.arguments);
    command
}

fn read_json(path: &Path) -> std::io::Result<Value> {
    let mut text = String::new();
    std::fs::File::open(path)?.read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}
