//! Programs that others wrote: Python with the OpenTelemetry SDK, a browser, `curl`, `openssl`.
//!
//! Each function answers `None`, after a visible line, when the program is absent. Under `CI` an
//! absent program fails the test: a skipped test proves nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Prints why a test did not run; fails it under `CI`.
pub fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("test").to_owned();
    assert!(std::env::var_os("CI").is_none(), "{test} cannot be skipped under CI: {reason}");
    eprintln!("SKIPPED {test}: {reason}");
}

/// A part of the shared test data: below `HANNUN_TEST_DATA`, or beside the clone. It belongs to
/// others and is not everywhere, so a test without it is skipped also under `CI`, visibly.
pub fn test_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HANNUN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if !path.exists() {
        let test = std::thread::current().name().unwrap_or("test").to_owned();
        eprintln!("SKIPPED {test}: no {name} in {} (HANNUN_TEST_DATA)", folder.display());
        return None;
    }
    Some(path)
}

/// A generation of `ddtrace`: the variable that names its Python, and what is installed there.
#[derive(Debug, Clone, Copy)]
pub struct Generation {
    variable: &'static str,
    requirements: &'static str,
}

/// The present one, with the other packages of Datadog.
pub const DDTRACE_4: Generation =
    Generation { variable: "HANNUN_PYTHON_DATADOG", requirements: "requirements-datadog.txt" };
/// One of the year before last.
pub const DDTRACE_2: Generation =
    Generation { variable: "HANNUN_PYTHON_DATADOG_2", requirements: "requirements-datadog-2.txt" };

/// A command that runs `e2e/clients/<script>`.
pub fn python(script: &str) -> Option<Command> {
    let usual = Generation { variable: "HANNUN_PYTHON", requirements: "requirements.txt" };
    datadog_python(script, usual)
}

/// A command that runs `e2e/clients/<script>` where this generation of `ddtrace` is installed. Its
/// `ddtrace-run` lies beside the program of the command.
pub fn datadog_python(script: &str, generation: Generation) -> Option<Command> {
    let Generation { variable, requirements } = generation;
    let Some(python) = std::env::var_os(variable) else {
        skip(&format!("{variable} is not set (a Python with e2e/{requirements})"));
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients");
    let mut command = Command::new(python);
    command.arg(folder.join(script)).stdin(Stdio::null());
    without_proxy(&mut command);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// A command of the Python with an S3 server and an engine that reads bills independently of ours.
pub fn cost_python() -> Option<Command> {
    let Some(python) = std::env::var_os("HANNUN_PYTHON_COST") else {
        skip("HANNUN_PYTHON_COST is not set (a Python with e2e/requirements-cost.txt)");
        return None;
    };
    let mut command = Command::new(python);
    command.stdin(Stdio::null()).env("PYTHONDONTWRITEBYTECODE", "1");
    without_proxy(&mut command);
    Some(command)
}

/// A command that runs `e2e/clients/<script>` with Node; the script opens Chromium.
pub fn browser_script(script: &str) -> Option<Command> {
    program("chromium")?;
    node(script)
}

/// A command that runs `e2e/clients/<script>` with Node and the packages of `e2e/package.json`.
pub fn node(script: &str) -> Option<Command> {
    let Some(modules) = std::env::var_os("HANNUN_NODE_MODULES") else {
        skip("HANNUN_NODE_MODULES is not set (a node_modules of e2e/package-lock.json)");
        return None;
    };
    let mut command = program("node")?;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients");
    command.arg(folder.join(script)).env("HANNUN_NODE_MODULES", modules);
    without_proxy(&mut command);
    Some(command)
}

/// A proxy of the developer's machine must not stand between client and server.
fn without_proxy(command: &mut Command) {
    for variable in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "grpc_proxy"] {
        command.env_remove(variable);
    }
    command.env("no_proxy", "*");
}

/// A command for this program, when it is installed.
pub fn program(name: &str) -> Option<Command> {
    let found = Command::new(name)
        .arg(if name == "openssl" { "version" } else { "--version" })
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        skip(&format!("{name} is not installed"));
        return None;
    }
    let mut command = Command::new(name);
    command.stdin(Stdio::null());
    Some(command)
}

/// A quiet `curl` that prints the answer, a line break and the status.
pub fn curl() -> Option<Command> {
    let mut command = program("curl")?;
    command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "60"]);
    command.args(["--write-out", "\n%{http_code}"]);
    Some(command)
}

/// Status and body that [`curl`] printed.
pub fn curl_answer(output: &Output) -> (u16, String) {
    let text = String::from_utf8_lossy(&output.stdout);
    let (body, status) = text.rsplit_once('\n').expect("a status line");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let status = status.parse().unwrap_or_else(|_| panic!("no status: {text} {stderr}"));
    (status, body.to_owned())
}

/// Runs a command that must succeed; its standard output.
pub fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
