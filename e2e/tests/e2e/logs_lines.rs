//! Lines: by `curl`, by `hannun tail`, and what is hostile about them.

use hannun_e2e::http::Client;
use hannun_e2e::{Server, ServerOptions, eventually, int, now_ns, server, text, tools};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

fn start() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::with(&["--fluent-listen=off"]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    (folder, server)
}

fn post(server: &Server, path: &str, content_type: &str, body: &[u8]) -> (u16, Value) {
    let url = format!("{}{path}", server.base_url("http"));
    let response =
        Client::default().post(&url, &[("content-type", content_type)], body).expect("an answer");
    (response.status, response.json())
}

#[test]
fn curl_sends_json_lines_and_learns_which_are_bad() {
    let Some(mut curl) = tools::curl() else { return };
    let (folder, server) = start();
    let body = concat!(
        "{\"level\":\"error\",\"msg\":\"no stock\",\"service\":\"cart\",\"order\":7}\n",
        "not json\n",
        "{\"level\":30,\"msg\":\"fine\"}\n",
    );
    let file = folder.path().join("body");
    std::fs::write(&file, body).unwrap();
    curl.arg("--data-binary").arg(format!("@{}", file.display()));
    let output = curl.arg(format!("{}/ingest/logs?service=shop", server.base_url("http"))).output();
    let (status, answer) = tools::curl_answer(&output.unwrap());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, &answer["accepted"], &answer["rejected"]), (200, &json!(2), &json!(1)));
    assert_eq!(answer["errors"][0]["line"], 2);
    let rows = server.rows("SELECT * FROM logs ORDER BY service_name");
    assert_eq!((text(&rows[0], "service_name"), text(&rows[0], "body")), ("cart", "no stock"));
    assert_eq!((text(&rows[1], "service_name"), int(&rows[1], "severity_number")), ("shop", 9));
}

#[test]
fn tail_reads_standard_input_and_follows_a_file() {
    let (folder, server) = start();
    let data = folder.path().join("data");
    let tail = |arguments: &[&str]| {
        let mut command = Command::new(server::binary());
        command.arg("tail").args(arguments).arg("--data-dir").arg(&data);
        command
    };
    let mut once = tail(&["-", "--once", "--service", "batch", "--env", "staging"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "WARN slow\nERROR boom\n\tat a.B(C.java:1)\nCaused by: x\n{\"msg\":\"json\",\"lvl\":\"fatal\"}\n";
    once.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(once.wait().unwrap().success());
    let rows = server.rows("SELECT * FROM logs ORDER BY severity_number");
    let told: Vec<(i64, &str)> =
        rows.iter().map(|row| (int(row, "severity_number"), text(row, "body"))).collect();
    assert_eq!(
        told,
        [(13, "WARN slow"), (17, "ERROR boom\n\tat a.B(C.java:1)\nCaused by: x"), (21, "json")]
    );
    assert_eq!(text(&rows[0], "service_name"), "batch");
    assert_eq!(text(&rows[0], "deployment_environment_name"), "staging");

    let path = folder.path().join("app.log");
    std::fs::write(&path, "first\n").unwrap();
    let mut follow = tail(&[path.to_str().unwrap()]).stderr(Stdio::null()).spawn().unwrap();
    eventually("the first line", 20, || server.count("logs") == 4);
    std::fs::rename(&path, folder.path().join("app.log.1")).unwrap();
    std::fs::write(&path, "second\n").unwrap();
    eventually("the line after rotation", 20, || server.count("logs") == 5);
    let row = server.row("SELECT * FROM logs WHERE body = 'second'");
    let attributes = row["attributes"].to_string();
    assert!(attributes.contains("app.log"), "{attributes}");
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn hostile_lines_are_kept_within_their_limits() {
    let (_folder, server) = start();
    let mut body = Vec::new();
    body.extend(vec![b'x'; 10 << 20]);
    body.extend(b"\n\x00\x01\xff\xfe binary\n\x1b[1;31mERROR\x1b[0m coloured\ncaf\xe9\n");
    let (status, answer) = post(&server, "/ingest/logs?service=hostile", "text/plain", &body);
    assert_eq!((status, &answer["accepted"]), (200, &json!(4)));
    let lengths = server.rows("SELECT octet_length(body) AS n FROM logs ORDER BY n DESC");
    assert_eq!(int(&lengths[0], "n"), 1 << 20);
    let coloured = server.row("SELECT * FROM logs WHERE severity_number = 17");
    assert_eq!(text(&coloured, "body"), "ERROR coloured");
    assert_eq!(server.number("SELECT count(*) AS n FROM logs WHERE body = 'caf\u{fffd}'"), 1);

    // Types that mix under one key are found as what they are.
    let mixed = "{\"msg\":\"mixed\",\"k\":1}\n{\"msg\":\"mixed\",\"k\":\"1\"}\n{\"msg\":\"mixed\",\"k\":[1]}\n{\"msg\":\"mixed\",\"k\":null}\n";
    post(&server, "/ingest/logs", "application/x-ndjson", mixed.as_bytes());
    let mixed = server.rows("SELECT attributes FROM logs WHERE body = 'mixed'");
    let mut kinds: Vec<String> = mixed
        .iter()
        .map(|row| match &row["attributes"] {
            Value::String(text) => serde_json::from_str::<Value>(text).unwrap()["k"].to_string(),
            attributes => attributes["k"].to_string(),
        })
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["\"1\"", "1", "[1]", "null"]);

    // Times in every unit mean the same; an absurd one is replaced and kept as it came.
    let now_s = now_ns() / 1_000_000_000 - 5;
    let times: String = ["", "000", "000000", "000000000"]
        .iter()
        .map(|zeros| format!("{{\"msg\":\"timed\",\"ts\":{now_s}{zeros}}}\n"))
        .collect();
    post(&server, "/ingest/logs", "application/x-ndjson", times.as_bytes());
    let timed = "SELECT count(DISTINCT time) AS n FROM logs WHERE body = 'timed'";
    assert_eq!(server.number(timed), 1);
    let absurd = b"{\"msg\":\"absurd\",\"ts\":\"9999-01-01T00:00:00Z\"}";
    post(&server, "/ingest/logs", "application/json", absurd);
    let absurd = server.row("SELECT * FROM logs WHERE body = 'absurd'");
    assert_eq!(text(&absurd, "time_source"), "arrival");
    assert!(absurd["attributes"].to_string().contains("9999-01-01"));
}

#[test]
fn a_hundred_thousand_keys_of_one_service_are_kept() {
    let (_folder, server) = start();
    for part in 0..4 {
        let body: String = (part * 25_000..(part + 1) * 25_000)
            .map(|key| format!("{{\"msg\":\"m\",\"service\":\"wide\",\"key_{key}\":{key}}}\n"))
            .collect();
        let (status, answer) =
            post(&server, "/ingest/logs", "application/x-ndjson", body.as_bytes());
        assert_eq!((status, &answer["accepted"]), (200, &json!(25_000)));
    }
    assert_eq!(server.count("logs"), 100_000);
    let found = "SELECT count(*) AS n FROM logs WHERE attributes['key_77777'] IS NOT NULL";
    assert_eq!(server.number(found), 1);
}
