//! The own API against those who mean it harm, or who only ask for too much.

use hannun_e2e::server::run;
use hannun_e2e::{Server, Session, now_ns, otlp};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let mut stream = TcpStream::connect(server.address("http")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\n\r\n{{",
        server.address("http")
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[test]
fn large_bodies_are_refused_and_those_of_viewers_not_even_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let viewer = owner.invite("viewer", "viewer");
    let large = json!({"query": "x".repeat(600 * 1024)});
    let refused = owner.send("POST", "/sql", Some(&large));
    assert_eq!((refused.status, refused.error_code()), (413, "too_large".to_owned()));
    let documents = json!({"source": "s", "documents": [], "prune": false, "plan_only": true});
    assert_eq!(viewer.send("POST", "/apply", Some(&documents)).status, 403);
    assert_eq!(owner.send("POST", "/apply", Some(&documents)).status, 200);
    // Past what the framework takes by itself, within what this route takes: read, and then judged.
    let mut larger = documents.clone();
    larger["source"] = json!("x".repeat(3 << 20));
    let judged = owner.send("POST", "/apply", Some(&larger));
    assert_eq!((judged.status, judged.error_code()), (422, "invalid_document".to_owned()));
    larger["source"] = json!("x".repeat(9 << 20));
    assert_eq!(owner.send("POST", "/apply", Some(&larger)).status, 413);
    let misspelt = json!({"source": "s", "documents": [], "prune": false, "plan": true});
    let refused = owner.send("POST", "/apply", Some(&misspelt));
    assert!(refused.status == 422 && refused.text().contains("plan"), "{}", refused.text());
}

#[test]
fn answers_that_would_not_fit_into_memory_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let request = json!({
        "query": "SELECT repeat('x', 2000) AS x FROM generate_series(1, 200000)",
        "format": "table", "max_rows": 1_000_000
    });
    let refused = server.sql(&request);
    assert_eq!(refused.status, 422, "{} bytes", refused.body.len());
    assert!(refused.text().contains("csv"), "{}", refused.text());
    let (_, peak) = server.resident_bytes();
    assert!(peak < 512 << 20, "{} MiB", peak >> 20);
}

#[test]
fn numbers_that_make_no_sense_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    for path in [
        "/services?from_ms=0&to_ms=9999999999999999",
        "/services?from_ms=-1&to_ms=5",
        "/traces/compare?slow_over_ms=NaN",
        "/traces/compare?slow_over_ms=-1",
        "/traces/search?limit=-1",
    ] {
        let answer = server.get(&format!("/api/v1{path}")).unwrap();
        assert_eq!(
            (answer.status, answer.error_code()),
            (400, "invalid_request".to_owned()),
            "{path}"
        );
    }
}

#[test]
fn a_page_in_a_browser_is_no_agent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let spans = otlp::traces("page", vec![otlp::span(1, now_ns())]);
    let headers = [("content-type", "application/x-protobuf"), ("sec-fetch-site", "cross-site")];
    let client = hannun_e2e::http::Client::default();
    assert_eq!(client.post(&server.otlp_url("traces"), &headers, &spans).unwrap().status, 401);
    assert_eq!(server.count("spans"), 0);
}

#[test]
fn an_address_that_a_killed_server_left_is_told_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Server::start(&data).stop();
    // Somebody else has the port by now.
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    somebody.set_nonblocking(true).unwrap();
    let address = somebody.local_addr().unwrap().to_string();
    std::fs::write(data.join("listeners.json"), json!({"http": address}).to_string()).unwrap();
    let to = folder.path().join("exported");
    let arguments = ["export", "--to", to.to_str().unwrap(), "--data-dir", data.to_str().unwrap()];
    let exported = run(&arguments);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let link = run(&["owner-link", "--data-dir", data.to_str().unwrap()]);
    assert!(!link.status.success());
    assert!(String::from_utf8_lossy(&link.stderr).contains("no server runs"), "{link:?}");
    // A client of another test may still look for a server that had this port before.
    let token = std::fs::read_to_string(data.join("owner.token")).unwrap();
    while let Ok((mut caller, _)) = somebody.accept() {
        caller.set_nonblocking(false).unwrap();
        caller.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut told = Vec::new();
        let _ = caller.read_to_end(&mut told);
        assert!(!String::from_utf8_lossy(&told).contains(token.trim()), "the secret was told");
    }
}
