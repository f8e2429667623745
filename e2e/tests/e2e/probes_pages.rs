//! The pages of live probes in a real browser, over a running application with Datadog's own client,
//! in both languages.
//!
//! With `HANNUN_PICTURES` set to a folder, what the flows look at is left there as pictures.

use hannun_e2e::stores::{Running, free_port};
use hannun_e2e::tools::{self, DDTRACE_4};
use hannun_e2e::{Server, Session, http};
use serde_json::{Value, json};
use std::fs::{File, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SERVICE: &str = "probed-shop";
const SCRIPT: &str = "probed_shop.py";
const FLOWS: usize = 7;
const BETWEEN_ORDERS: Duration = Duration::from_millis(300);

/// The line that the comment marks.
fn probed_line() -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(SCRIPT);
    let source = read_to_string(path).unwrap();
    source.lines().position(|line| line.contains("the probed line")).unwrap() + 1
}

fn start_app(server: &Server, folder: &Path) -> Option<Running> {
    let plain = tools::datadog_python("probed_main.py", DDTRACE_4)?;
    let python = PathBuf::from(plain.get_program());
    let port = free_port();
    let mut traced = Command::new(python.with_file_name("ddtrace-run"));
    traced
        .arg(&python)
        .args(plain.get_args())
        .arg(port.to_string())
        .env("DD_SERVICE", SERVICE)
        .env("DD_ENV", "e2e")
        .env("DD_VERSION", "1.2.3")
        .env("DD_TRACE_AGENT_URL", server.base_url("datadog"))
        .env("DD_DYNAMIC_INSTRUMENTATION_ENABLED", "true")
        .env("DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS", "1")
        .env("DD_DYNAMIC_INSTRUMENTATION_UPLOAD_INTERVAL_SECONDS", "1")
        // A busy machine is slow, which is not what is tested here.
        .env("DD_DYNAMIC_INSTRUMENTATION_CAPTURE_TIMEOUT_MS", "20000")
        .env("DD_DYNAMIC_INSTRUMENTATION_EVALUATION_TIMEOUT_MS", "20000")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("app.log")).unwrap());
    Some(Running::new(traced.spawn().unwrap(), port).ready("the application listens"))
}

/// Orders until it is told to stop.
fn keep_busy(port: u16, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        for number in [7, 8] {
            let url = format!("http://127.0.0.1:{port}/orders/{number}");
            assert_eq!(http::Client::default().get(&url, &[]).unwrap().status, 200);
        }
        std::thread::sleep(BETWEEN_ORDERS);
    }
}

/// Ends the orders, also when a flow fails.
struct Over<'flag>(&'flag AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What the flows say in the end.
fn flows(server: &Server, owner: &Session, viewer: &Session, language: &str) -> Option<Value> {
    let facts = json!({
        "cookie": owner.cookie, "viewerCookie": viewer.cookie, "language": language,
        "service": SERVICE, "file": format!("clients/{SCRIPT}"), "line": probed_line(),
    });
    let mut node = tools::browser_script("probes-flow.mjs")?;
    node.arg(server.base_url("http")).arg(facts.to_string());
    Some(serde_json::from_str(&tools::output_of(&mut node)).unwrap())
}

fn people_look_into_a_running_program(language: &str) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "지은");
    let viewer = owner.invite("민수", "viewer");
    let Some(app) = start_app(&server, folder.path()) else { return };
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| keep_busy(app.port, &is_over));
        let _over = Over(&is_over);
        let Some(done) = flows(&server, &owner, &viewer, language) else { return };
        assert_eq!(done["done"].as_array().unwrap().len(), FLOWS, "{done}");
    });
}

#[test]
fn people_look_into_a_running_program_in_english() {
    people_look_into_a_running_program("en");
}

#[test]
fn people_look_into_a_running_program_in_korean() {
    people_look_into_a_running_program("ko");
}
