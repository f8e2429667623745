//! Broken and hostile clients: each gets a clear refusal, and the others notice nothing (I6).

use hannun_e2e::random::Random;
use hannun_e2e::{Server, eventually, int, now_ns, otlp, text};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const MIB: u64 = 1024 * 1024;

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    (folder, server)
}

fn post(server: &Server, signal: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
    let client = hannun_e2e::http::Client::default();
    client.post(&server.otlp_url(signal), headers, body).expect("an answer").status
}

#[test]
fn garbage_is_refused_with_400_and_nothing_is_stored() {
    let (_folder, server) = server();
    let mut random = Random::from_environment("HANNUN_GARBAGE_SEED");
    for signal in ["traces", "logs", "metrics"] {
        for length in [1_usize, 10, 1_000, 100_000] {
            // A field that announces more bytes than follow is wrong in any message.
            let mut body = vec![0x0a, 0xff, 0xff, 0xff, 0x7f];
            body.extend((0..length).map(|_| random.next_u64().to_le_bytes()[0]));
            assert_eq!(post(&server, signal, &[PROTOBUF], &body), 400, "{signal} {length}");
        }
        let json = [("content-type", "application/json")];
        for body in
            ["", "{", "[]", "{\"resourceSpans\": 7, \"resourceLogs\": 7, \"resourceMetrics\": 7}"]
        {
            assert_eq!(post(&server, signal, &json, body.as_bytes()), 400, "{signal} {body:?}");
        }
        let zipped = [PROTOBUF, ("content-encoding", "gzip")];
        assert_eq!(post(&server, signal, &zipped, b"no gzip at all"), 400, "{signal}");
    }
    for table in ["spans", "logs", "metric_points"] {
        assert_eq!(server.count(table), 0);
    }
}

#[test]
fn a_truncated_request_is_refused_as_a_whole() {
    let (_folder, server) = server();
    let spans = (1..=20).map(|id| otlp::span(id, now_ns())).collect();
    let body = otlp::traces("cut", spans);
    for cut in 1..body.len() {
        if cut % 37 == 0 {
            assert_eq!(post(&server, "traces", &[PROTOBUF], &body[..cut]), 400, "at {cut}");
        }
    }
    let zipped = otlp::gzip(&body);
    let headers = [PROTOBUF, ("content-encoding", "gzip")];
    assert_eq!(post(&server, "traces", &headers, &zipped[..zipped.len() - 10]), 400);
    assert_eq!(server.count("spans"), 0);
    server.send_ok("traces", &body);
    assert_eq!(server.count("spans"), 20);
}

#[test]
fn an_unknown_content_type_or_encoding_is_refused_with_415() {
    let (_folder, server) = server();
    let body = otlp::traces("type", vec![otlp::span(1, now_ns())]);
    assert_eq!(post(&server, "traces", &[("content-type", "text/plain")], &body), 415);
    assert_eq!(post(&server, "traces", &[], &body), 415);
    let brotli = [PROTOBUF, ("content-encoding", "br")];
    assert_eq!(post(&server, "traces", &brotli, &body), 415);
    assert_eq!(server.count("spans"), 0);
}

#[test]
fn a_zip_bomb_is_refused_and_memory_stays_small() {
    let (_folder, server) = server();
    server.send_ok("traces", &otlp::traces("before", vec![otlp::span(1, now_ns())]));
    let (_, before) = server.resident_bytes();
    // A gigabyte in a megabyte: valid bytes of one endless text field.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1024 {
        bomb.write_all(&zeros).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let headers = [PROTOBUF, ("content-encoding", "gzip")];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let status = post(&server, "traces", &headers, &bomb);
                assert!([413, 429, 503].contains(&status), "{status}");
            });
        }
    });
    assert_eq!(post(&server, "traces", &headers, &bomb), 413);
    let (_, after) = server.resident_bytes();
    let grown = (after - before) / MIB;
    assert!(grown < 300, "the peak grew by {grown} MiB");
    server.send_ok("traces", &otlp::traces("after", vec![otlp::span(2, now_ns())]));
    assert_eq!(server.count("spans"), 2);
}

#[test]
fn text_that_is_no_utf8_is_kept_with_replacement_characters() {
    let (_folder, server) = server();
    let mut span = otlp::span(1, now_ns());
    span.name = "bad-XX-end".to_owned();
    span.attributes = vec![otlp::attribute("broken", "value-XX")];
    let mut body = otlp::traces("utf8", vec![span, otlp::span(2, now_ns())]);
    for at in 0..body.len() - 1 {
        if &body[at..at + 2] == b"XX" {
            body[at] = 0xff;
            body[at + 1] = 0xfe;
        }
    }
    server.send_ok("traces", &body);
    let row =
        server.row("SELECT name, attributes['broken'] AS broken FROM spans WHERE name <> 'work'");
    let name = text(&row, "name");
    assert!(name.starts_with("bad-") && name.ends_with("-end"), "{name}");
    assert!(name.contains('\u{fffd}'), "{name}");
    assert!(text(&row, "broken").contains('\u{fffd}'));
    assert_eq!(server.count("spans"), 2);
}

#[test]
fn a_span_with_a_million_attributes_is_kept_and_the_dropped_are_counted() {
    let (_folder, server) = server();
    let attributes =
        (0..1_000_000).map(|index| otlp::attribute(&format!("k{index}"), "v")).collect();
    let span = Span { attributes, ..otlp::span(1, now_ns()) };
    assert!(span.encoded_len() < 64 << 20);
    let body = otlp::traces("wide", vec![span, otlp::span(2, now_ns())]);
    let response = server.send("traces", &body).unwrap();
    assert_eq!(response.status, 200, "{}", response.text());
    let row = server.row(
        "SELECT dropped_attributes_count AS dropped, attributes['k0'] AS first_kept \
         FROM spans WHERE span_id = '0000000000000001'",
    );
    assert_eq!(int(&row, "dropped"), 1_000_000 - 1024);
    assert_eq!(text(&row, "first_kept"), "v");
    assert_eq!(server.count("spans"), 2);
}

/// Whether the server has closed this connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    let mut buffer = [0_u8; 512];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
}

#[test]
fn clients_that_send_a_byte_a_second_are_closed_and_stop_nobody() {
    let (_folder, server) = server();
    let mut slow: Vec<TcpStream> = (0..50)
        .map(|index| {
            let stream = TcpStream::connect(server.address("otlp_http")).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            let mut stream = stream;
            // Half of them never finish their headers, half never finish their body.
            let head = "POST /v1/traces HTTP/1.1\r\nhost: slow\r\ncontent-type: application/x-protobuf\r\n";
            let end = if index % 2 == 0 { "" } else { "content-length: 100000\r\n\r\n" };
            stream.write_all(format!("{head}{end}").as_bytes()).unwrap();
            stream
        })
        .collect();
    let opened = Instant::now();
    let mut id = 0;
    eventually("every slow connection is closed", 90, || {
        id += 1;
        let sent = Instant::now();
        server.send_ok("traces", &otlp::traces("quick", vec![otlp::span(id, now_ns())]));
        assert!(sent.elapsed() < Duration::from_secs(10), "slow clients hold up a quick one");
        slow.retain_mut(|stream| stream.write_all(b"x").is_ok() && !is_closed(stream));
        std::thread::sleep(Duration::from_millis(900));
        slow.is_empty()
    });
    eprintln!("closed after {:?}", opened.elapsed());
    assert_eq!(server.count("spans"), i64::try_from(id).unwrap());
}
