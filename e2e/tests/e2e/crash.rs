//! `kill -9`, SIGTERM and lost answers: every acknowledged item is there exactly once (I1, I2).

use crate::load::{Knowledge, assert_exactly_once, finish, load_while};
use hannun_e2e::random::Random;
use hannun_e2e::{Server, ServerOptions, server, tools};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

const CLIENTS: usize = 4;
const ROUNDS_DEFAULT: u64 = 15;

/// Little memory, so that buffers are published while the load runs.
fn little_memory() -> ServerOptions {
    ServerOptions { memory_limit: "192MiB".to_owned(), ..ServerOptions::default() }
}

fn clients() -> Vec<Knowledge> {
    (0..CLIENTS).map(|_| Knowledge::default()).collect()
}

fn merged(clients: Vec<Knowledge>) -> Knowledge {
    let mut all = Knowledge::default();
    clients.into_iter().for_each(|knowledge| all.merge(knowledge));
    assert!(all.open.is_empty());
    all
}

fn parquet_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                parquet_files(&path)
            } else {
                usize::from(path.extension().is_some_and(|extension| extension == "parquet"))
            }
        })
        .sum()
}

#[test]
fn acknowledged_items_survive_kills_at_random_instants_exactly_once() {
    let rounds = std::env::var("HANNUN_CRASH_ROUNDS")
        .map_or(ROUNDS_DEFAULT, |rounds| rounds.parse().expect("a number of rounds"));
    let mut random = Random::from_environment("HANNUN_CRASH_SEED");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let next_id = AtomicU64::new(1);
    let mut clients = clients();
    for round in 0..rounds {
        let server = Server::start_with(&data, &little_memory());
        // Sometimes it dies while it recovers or publishes, sometimes in mid-flight.
        let alive = Duration::from_millis(random.between(0, 2_500));
        load_while(server, &mut clients, &next_id, &mut random, |server| {
            std::thread::sleep(alive);
            server.kill();
        });
        let known: usize = clients.iter().map(Knowledge::acknowledged_items).sum();
        eprintln!("round {round}: killed after {alive:?}, {known} items acknowledged so far");
    }
    let server = Server::start_with(&data, &little_memory());
    finish(&server, &mut clients);
    let all = merged(clients);
    assert!(all.acknowledged_items() > 0, "no load reached the server");
    assert_exactly_once(&server, &all);
    server.stop();
    assert!(parquet_files(&data) > 0, "nothing was ever published");
    let server = Server::start_with(&data, &little_memory());
    assert_exactly_once(&server, &all);
    server.stop();
    let doctor = server::run(&["doctor", "--data-dir", data.to_str().unwrap()]);
    let said = [doctor.stdout, doctor.stderr].concat();
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_server_killed_as_soon_as_it_is_ready_recovers_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut random = Random::new(7);
    let next_id = AtomicU64::new(1);
    let mut clients = clients();
    let server = Server::start_with(&data, &little_memory());
    load_while(server, &mut clients, &next_id, &mut random, |server| {
        std::thread::sleep(Duration::from_secs(2));
        server.kill();
    });
    for _ in 0..4 {
        Server::start_with(&data, &little_memory()).kill();
    }
    let server = Server::start_with(&data, &little_memory());
    finish(&server, &mut clients);
    assert_exactly_once(&server, &merged(clients));
}

#[test]
fn sigterm_under_load_loses_nothing_and_ends_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut random = Random::from_environment("HANNUN_CRASH_SEED");
    let next_id = AtomicU64::new(1);
    let mut clients = clients();
    for _ in 0..3 {
        let server = Server::start_with(&data, &little_memory());
        let alive = Duration::from_millis(random.between(500, 2_000));
        load_while(server, &mut clients, &next_id, &mut random, |server| {
            std::thread::sleep(alive);
            server.stop();
        });
    }
    let server = Server::start_with(&data, &little_memory());
    finish(&server, &mut clients);
    assert_exactly_once(&server, &merged(clients));
}

#[test]
fn the_same_request_sent_again_after_a_restart_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let now = hannun_e2e::now_ns();
    let body = hannun_e2e::otlp::traces("again", vec![hannun_e2e::otlp::span(1, now)]);
    let server = Server::start(&data);
    server.send_ok("traces", &body);
    server.send_ok("traces", &body);
    assert_eq!(server.count("spans"), 1);
    server.kill();
    let server = Server::start(&data);
    server.send_ok("traces", &body);
    assert_eq!(server.count("spans"), 1);
    server.stop();
    let server = Server::start(&data);
    server.send_ok("traces", &body);
    assert_eq!(server.count("spans"), 1);
}

/// The exporter runs in another process and retries by its own rules; the server comes back on the
/// same port.
fn python_retry(protocol: &str) {
    let Some(mut client) = tools::python("retry.py") else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let grpc = server.address("otlp_grpc");
    let http = server.address("otlp_http");
    // On the later starts the listeners take the same ports.
    let same_ports = ServerOptions {
        arguments: vec![format!("--otlp-grpc-listen={grpc}"), format!("--otlp-http-listen={http}")],
        ..ServerOptions::default()
    };
    let endpoint = match protocol {
        "grpc" => format!("http://{grpc}"),
        _ => format!("http://{http}"),
    };
    let mut child = client
        .args([protocol, &endpoint])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "sending");
    let mut server = Some(server);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(700));
        server.take().unwrap().kill();
        std::thread::sleep(Duration::from_millis(300));
        server = Some(Server::start_with(&data, &same_ports));
    }
    let counts = lines.next().expect("the client ended early").unwrap();
    assert!(child.wait().unwrap().success());
    let counts: serde_json::Value = serde_json::from_str(&counts).unwrap();
    assert_eq!(counts["failed_exports"], 0, "the exporter gave up: {counts}");
    let server = server.unwrap();
    for (table, column) in [("spans", "name"), ("logs", "body")] {
        let row = server.row(&format!(
            "SELECT count(*) AS n, count(DISTINCT {column}) AS distinct_items FROM {table}"
        ));
        assert_eq!(row["n"], counts[table], "{table} {counts}");
        assert_eq!(row["distinct_items"], counts[table], "{table} {counts}");
    }
}

#[test]
fn the_python_grpc_exporter_retries_into_a_restarted_server_exactly_once() {
    python_retry("grpc");
}

#[test]
fn the_python_http_exporter_retries_into_a_restarted_server_exactly_once() {
    python_retry("http");
}
