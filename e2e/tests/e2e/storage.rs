//! Bad days of the disk: a second process, flipped bits, no space, a lost catalog.

use crate::load::{Knowledge, Request, Sender, assert_exactly_once, finish};
use hannun_e2e::random::Random;
use hannun_e2e::{Server, ServerOptions, eventually, now_ns, otlp, server};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const HOUR_NS: u64 = 3_600_000_000_000;
/// Longer than a buffered row waits to be published.
const PUBLISH_SECONDS_MAX: u64 = 120;

fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, wanted));
        } else if wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn parquet_files(data: &Path, table: &str) -> Vec<PathBuf> {
    files(data, &|path| {
        path.extension().is_some_and(|extension| extension == "parquet")
            && path.components().any(|part| part.as_os_str() == table)
    })
}

fn flip_a_bit(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

fn file_name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// Twenty spans an hour ago's window apart: ten now, ten eight hours earlier, each with a duration
/// that tells which.
fn send_two_windows(server: &Server) {
    for (first, age) in [(1, 0), (101, 8 * HOUR_NS)] {
        let spans = (first..first + 10).map(|id| otlp::span(id, now_ns() - age)).collect();
        server.send_ok("traces", &otlp::traces(&format!("age-{age}"), spans));
    }
}

#[test]
fn a_second_server_on_the_same_folder_refuses_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = Server::start(&data);
    let listeners = std::fs::read(data.join("listeners.json")).unwrap();
    let second = Server::try_start(&data, &ServerOptions::default());
    let failure = second.expect_err("two servers share one folder");
    assert!(!failure.status.expect("it ended by itself").success());
    let message = failure.stderr.to_lowercase();
    let names_the_cause = ["another", "in use", "already", "locked"];
    assert!(names_the_cause.iter().any(|word| message.contains(word)), "{message}");
    assert!(failure.stderr.contains(data.to_str().unwrap()), "{message}");
    first.send_ok("traces", &otlp::traces("first", vec![otlp::span(1, now_ns())]));
    assert_eq!(first.count("spans"), 1);
    assert_eq!(std::fs::read(data.join("listeners.json")).unwrap(), listeners);
}

#[test]
fn a_flipped_bit_in_a_data_file_is_found_named_and_the_rest_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    send_two_windows(&server);
    server.settle(PUBLISH_SECONDS_MAX);
    server.stop();
    let files = parquet_files(&data, "spans");
    assert_eq!(files.len(), 2, "one file a window: {files:?}");
    let damaged = &files[0];
    // Past the magic number, inside the first page.
    flip_a_bit(damaged, 60);
    let server = Server::start(&data);
    let query = "SELECT span_id, name, start_time, duration, service_name FROM spans";
    let mut answers = Vec::new();
    eventually("the healthy file answers", 60, || {
        // Found after the first rows were sent, damage shows as an answer that breaks off.
        let Ok(response) = server.try_sql(&serde_json::json!({"query": query})) else {
            return false;
        };
        let rows = (response.status == 200).then(|| response.json().as_array().unwrap().len());
        answers.push(rows);
        rows == Some(10)
    });
    // Either a clear error or the healthy rows; never rows of the damaged file.
    assert!(answers.iter().flatten().all(|rows| *rows == 10), "{answers:?}");
    let status = server.status().to_string();
    assert!(status.contains(file_name(damaged)), "the loss is not named: {status}");
    assert!(server.get("/metrics").unwrap().text().contains("hannun_losses_total 1\n"));
    server.stop();
    let server = Server::start(&data);
    assert_eq!(server.rows(query).len(), 10);
    assert!(server.status().to_string().contains(file_name(damaged)));
}

#[test]
fn a_flipped_bit_in_the_write_ahead_log_is_found_named_and_the_rest_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    for id in 1..=20 {
        server.send_ok("traces", &otlp::traces("wal", vec![otlp::span(id, now_ns())]));
    }
    server.kill();
    let in_wal = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("wal"));
    let segments = files(&data, &in_wal);
    let segment = segments.iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let length = usize::try_from(segment.metadata().unwrap().len()).unwrap();
    flip_a_bit(segment, length / 2);
    let server = Server::start(&data);
    let rows = server.count("spans");
    assert!((10..20).contains(&rows), "{rows} of 20 rows after one flipped bit");
    let status = server.status().to_string();
    let number = file_name(segment).trim_start_matches('0');
    let named = format!("segment {}", if number.is_empty() { "0" } else { number });
    assert!(status.contains(&named), "the loss is not named: {status}");
    server.send_ok("traces", &otlp::traces("after", vec![otlp::span(99, now_ns())]));
    server.kill();
    let server = Server::start(&data);
    assert_eq!(server.count("spans"), rows + 1);
}

#[test]
fn a_torn_end_of_the_write_ahead_log_is_no_loss() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    server.send_ok("traces", &otlp::traces("torn", vec![otlp::span(1, now_ns())]));
    server.kill();
    let in_wal = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("wal"));
    let segment = files(&data, &in_wal).pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    // Half of a record that was never acknowledged.
    let half = bytes[bytes.len() - 40..].to_vec();
    bytes.extend(half);
    std::fs::write(&segment, bytes).unwrap();
    let server = Server::start(&data);
    assert_eq!(server.count("spans"), 1);
    server.send_ok("traces", &otlp::traces("torn", vec![otlp::span(2, now_ns())]));
    server.kill();
    assert_eq!(Server::start(&data).count("spans"), 2);
}

#[test]
fn a_server_without_its_catalog_and_log_deletes_nothing_and_names_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    send_two_windows(&server);
    server.stop();
    let before = parquet_files(&data, "spans");
    assert_eq!(before.len(), 2);
    let in_wal = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("wal"));
    let lost = |path: &Path| file_name(path).starts_with("catalog") || in_wal(path);
    for path in files(&data, &lost) {
        std::fs::remove_file(path).unwrap();
    }
    let Err(failure) = Server::try_start(&data, &ServerOptions::default()) else {
        panic!("a server started that knows nothing of its files");
    };
    assert!(failure.stderr.contains("--rebuild-catalog"), "{}", failure.stderr);
    assert_eq!(parquet_files(&data, "spans"), before, "data files were deleted");
}

#[test]
fn a_server_without_its_catalog_answers_from_the_log_as_long_as_that_has_everything() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    send_two_windows(&server);
    server.stop();
    assert_eq!(parquet_files(&data, "spans").len(), 2);
    for path in files(&data, &|path| file_name(path).starts_with("catalog")) {
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(Server::start(&data).count("spans"), 20);
}

#[test]
fn a_lost_catalog_is_rebuilt_from_the_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    send_two_windows(&server);
    server.send_ok("logs", &otlp::logs("rebuild", vec![otlp::log(1, now_ns())]));
    server.send_ok("metrics", &otlp::gauge("rebuild", "g", vec![otlp::point(1, now_ns())]));
    server.settle(PUBLISH_SECONDS_MAX);
    server.send_ok("logs", &otlp::logs("rebuild", vec![otlp::log(2, now_ns())]));
    let query = "SELECT span_id, name, duration, service_name FROM spans ORDER BY span_id";
    let before = server.rows(query);
    server.kill();
    let catalog = data.join("catalog.sqlite");
    assert!(catalog.is_file());
    for path in files(&data, &|path| file_name(path).starts_with("catalog")) {
        std::fs::remove_file(path).unwrap();
    }
    let doctor =
        server::run(&["doctor", "--data-dir", data.to_str().unwrap(), "--rebuild-catalog"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stderr));
    let server = Server::start(&data);
    assert_eq!(server.rows(query), before);
    assert_eq!(before.len(), 20);
    for (table, rows) in [("spans", 20), ("logs", 2), ("metric_points", 1)] {
        assert_eq!(server.count(table), rows, "{table}");
    }
}

/// A small file system in memory, gone when dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("SKIPPED: mounting a small disk needs root");
            return None;
        }
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_recovers_when_space_returns_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount("256m") else { return };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1_u8; 130 << 20]).unwrap();
    // The budget is wider than the disk, so that nothing is dropped to make room.
    let options = ServerOptions {
        memory_limit: "192MiB".to_owned(),
        ..ServerOptions::with(&["--disk-budget", "4GiB"])
    };
    let data = disk.path().join("data");
    let server = Server::start_with(&data, &options);
    let next_id = AtomicU64::new(1);
    let mut random = Random::new(11);
    let mut clients = vec![Knowledge::default()];
    let url = server.otlp_url("traces");
    let client = hannun_e2e::http::Client::default();
    let mut refused = 0;
    while refused < 20 {
        let request = Request::new("traces", &next_id, &mut random);
        let response = client
            .post(&url, &[("content-type", "application/x-protobuf")], &request.body)
            .expect("a full disk breaks no connection");
        match response.status {
            200 => clients[0].acknowledged[0].extend(request.ids),
            429 | 503 => {
                assert!(response.header("retry-after").is_some(), "{response:?}");
                refused += 1;
                clients[0].open.push(request);
            }
            other => panic!("status {other}: {}", response.text()),
        }
        assert!(next_id.load(Ordering::Relaxed) < 400_000, "the disk never filled");
    }
    assert!(!clients[0].acknowledged[0].is_empty());
    assert!(server.count("spans") > 0, "a full disk still answers");
    std::fs::remove_file(&ballast).unwrap();
    let never = AtomicBool::new(false);
    let sender = Sender::new(&server);
    let recovered = std::time::Instant::now();
    assert!(sender.retry_open(&mut clients[0], &never));
    assert!(recovered.elapsed() < Duration::from_secs(60));
    assert_exactly_once(&server, &clients[0]);
    server.kill();
    let server = Server::start_with(&data, &options);
    finish(&server, &mut clients);
    assert_exactly_once(&server, &clients[0]);
}
