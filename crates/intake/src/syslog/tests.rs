//! Messages of both formats, their framing, and real sockets.

use super::map::map;
use super::wire::{Framer, push_waiting, waiting};
use super::{serve_tcp, serve_udp};
use crate::connections::TcpDoor;
use crate::otlp::tests::support::{BUDGET_BYTES, busy, state};
use crate::records::tests::{CLOCK, NOW_NS, rows};
use bytes::BytesMut;
use hannun_model::limits::SYSLOG_MESSAGE_BYTES_MAX;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

fn row(message: impl AsRef<[u8]>) -> Map<String, Value> {
    let mut messages = BytesMut::new();
    push_waiting(&mut messages, PEER, message.as_ref(), false);
    rows(&map(&messages, CLOCK).unwrap().0).remove(0)
}

#[test]
fn rfc_5424_is_read_with_its_structured_data() {
    let row = row("<165>1 2026-11-21T07:33:19.003Z web-1 evntslog 12 ID47 \
         [exampleSDID@32473 iut=\"3\" eventSource=\"App\\\"x\"][o q=\"1\"] \u{feff}주문 완료");
    assert_eq!(row["time"], 1_795_246_399_003_000_000_i64);
    assert_eq!((&row["host_name"], &row["service_name"]), (&json!("web-1"), &json!("evntslog")));
    assert_eq!((&row["severity_number"], &row["severity_text"]), (&json!(10), &json!("notice")));
    assert_eq!(row["body"], "주문 완료");
    assert_eq!(
        row["attributes"],
        json!({
            "syslog.facility": "local4", "syslog.procid": "12", "syslog.msgid": "ID47",
            "structured_data": {
                "exampleSDID@32473": {"iut": "3", "eventSource": "App\"x"}, "o": {"q": "1"},
            },
        })
    );
}

#[test]
fn rfc_3164_and_what_is_no_syslog_are_read_too() {
    let row_of = row("<34>Nov 20 22:14:15 mymachine su[77]: 'su root' failed");
    assert_eq!(row_of["body"], "'su root' failed");
    assert_eq!(
        (&row_of["host_name"], &row_of["service_name"]),
        (&json!("mymachine"), &json!("su"))
    );
    assert_eq!(
        (&row_of["severity_number"], &row_of["severity_text"]),
        (&json!(18), &json!("crit"))
    );
    assert_eq!(row_of["attributes"]["syslog.procid"], "77");
    assert_eq!(row_of.get("time_source"), None);
    let row_of = row(b"no syslog \xff at all");
    assert_eq!(
        (&row_of["body"], &row_of["host_name"]),
        (&json!("no syslog \u{fffd} at all"), &json!("10.0.0.9"))
    );
    assert_eq!(row_of["time"], NOW_NS);
    let row_of = row(
        "<14>1 2026-11-21T07:33:19Z h app - - - @cee: {\"msg\":\"m\",\"n\":1,\"service\":\"s\"}",
    );
    assert_eq!(
        (&row_of["body"], &row_of["service_name"], &row_of["attributes"]["n"]),
        (&json!("m"), &json!("s"), &json!(1))
    );
    let row_of = row("<14>1 1970-01-01T00:00:00Z h app - - - clock was never set");
    assert_eq!((&row_of["time"], &row_of["time_source"]), (&json!(NOW_NS), &json!("arrival")));
    assert_eq!(row_of["attributes"]["syslog.timestamp"], "1970-01-01T00:00:00+00:00");
}

/// All messages of a stream that arrives in pieces.
fn frames(stream: &[u8], piece: usize) -> Vec<(Vec<u8>, bool)> {
    let mut framer = Framer::default();
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for bytes in stream.chunks(piece) {
        buffer.extend_from_slice(bytes);
        while let Some(frame) = framer.next(&mut buffer) {
            frames.push((frame.message.to_vec(), frame.is_cut));
        }
    }
    frames.extend(framer.last(&mut buffer).map(|frame| (frame.message.to_vec(), frame.is_cut)));
    frames
}

#[test]
fn both_framings_are_told_apart_and_long_messages_are_cut() {
    let stream = b"5 <1>ab<2>line\n\0\n11 <3>with\nlf 9x line\n<4>last";
    for piece in [1, 7, 100] {
        let read = frames(stream, piece);
        let read: Vec<&[u8]> = read.iter().map(|(message, _)| message.as_slice()).collect();
        let expected: [&[u8]; 5] = [b"<1>ab", b"<2>line", b"<3>with\nlf ", b"9x line", b"<4>last"];
        assert_eq!(read, expected);
    }
    let long = "x".repeat(1 << 20);
    let stream = format!("<1>{long}\n<2>next\n{} {long}7 <3>next", long.len());
    for piece in [1 << 12, 1 << 22] {
        let read = frames(stream.as_bytes(), piece);
        let lengths: Vec<(usize, bool)> = read.iter().map(|(it, cut)| (it.len(), *cut)).collect();
        let limit = SYSLOG_MESSAGE_BYTES_MAX;
        assert_eq!(lengths, [(limit, true), (7, false), (limit, true), (7, false)]);
    }
}

#[test]
fn a_line_that_begins_with_a_long_number_is_a_line() {
    let stream = b"5 <1>ab1763710400123 no length\n9999999999\n<2>next\n";
    for piece in [1, 7, 100] {
        let read: Vec<Vec<u8>> = frames(stream, piece).into_iter().map(|(it, _)| it).collect();
        let expected: [&[u8]; 4] =
            [b"<1>ab", b"1763710400123 no length", b"9999999999", b"<2>next"];
        assert_eq!(read, expected);
    }
}

#[tokio::test]
async fn a_web_page_cannot_send() {
    let (state, sink) = state(BUDGET_BYTES);
    let door = TcpDoor::bind("127.0.0.1:0").await.unwrap();
    let address = door.address().unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(serve_tcp(door, state, stopped));
    let long = format!("POST /{} HTTP/1.1\r\n\r\n<14>forged\n", "x".repeat(1 << 20));
    for sent in
        ["POST / HTTP/1.1\r\nhost: x\r\n\r\n<14>forged\n", "GET /a HTTP/1.0\n<14>x\n", &long]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(sent.as_bytes()).await;
        let closed = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0])).await;
        assert!(!matches!(closed.unwrap(), Ok(1..)));
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"<14>said GET / HTTP/1.1\nGET / HTTP/1.1\n").await.unwrap();
    drop(stream);
    let kept = async {
        while *sink.stored_rows.lock() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.unwrap();
    assert_eq!(*sink.stored_rows.lock(), 2, "nothing of the requests was kept");
}

#[tokio::test]
async fn messages_over_tcp_and_udp_are_kept() {
    let (state, sink) = state(BUDGET_BYTES);
    let door = TcpDoor::bind("127.0.0.1:0").await.unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (tcp, udp) = (door.address().unwrap(), socket.local_addr().unwrap());
    let (stop, stopped) = watch::channel(false);
    let serving = [
        tokio::spawn(serve_tcp(door, state.clone(), stopped.clone())),
        tokio::spawn(serve_udp(socket, state.clone(), stopped)),
    ];
    let mut stream = TcpStream::connect(tcp).await.unwrap();
    stream.write_all(b"<14>one\n7 <14>two<14>unfinished").await.unwrap();
    drop(stream);
    let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    sender.send_to(b"<14>datagram\nwith two lines", udp).await.unwrap();
    let kept = async {
        while *sink.stored_rows.lock() < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.unwrap();
    // While the store is busy datagrams wait, and what finds no room is dropped and counted.
    *sink.refusal.lock() = Some(busy());
    let big = vec![b'x'; 60_000];
    let dropped = || {
        let samples = state.counters.snapshot();
        let name = "hannun_intake_dropped_datagrams_total";
        samples.iter().find(|sample| sample.name == name).unwrap().value
    };
    for _ in 0..2000 {
        if dropped() > 0 {
            break;
        }
        sender.send_to(&big, udp).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(dropped() > 0);
    stop.send_replace(true);
    for door in serving {
        tokio::time::timeout(Duration::from_secs(20), door).await.unwrap().unwrap();
    }
}

proptest! {
    #[test]
    fn any_pieces_make_the_same_messages(
        messages in prop::collection::vec("[<a-z>가 ]{1,30}[a-z]", 1..8),
        counted in any::<bool>(),
        piece in 1..40_usize,
    ) {
        let stream: String = messages
            .iter()
            .map(|it| if counted { format!("{} {it}", it.len()) } else { format!("{it}\n") })
            .collect();
        let read: Vec<String> = frames(stream.as_bytes(), piece)
            .into_iter()
            .map(|(it, _)| String::from_utf8(it).unwrap())
            .collect();
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn any_bytes_are_a_message(message in prop::collection::vec(any::<u8>(), 0..200)) {
        let row = row(&message);
        prop_assert!(row.contains_key("time"));
    }

    #[test]
    fn what_waits_comes_back(messages in prop::collection::vec((any::<[u8; 16]>(), prop::collection::vec(any::<u8>(), 0..50), any::<bool>()), 0..10)) {
        let mut bytes = BytesMut::new();
        for (peer, message, is_cut) in &messages {
            push_waiting(&mut bytes, IpAddr::from(*peer), message, *is_cut);
        }
        let read: Vec<_> = waiting(&bytes).map(|it| (it.peer, it.message.to_vec(), it.is_cut)).collect();
        let expected: Vec<_> = messages
            .into_iter()
            .map(|(peer, message, is_cut)| (IpAddr::from(peer).to_canonical(), message, is_cut))
            .collect();
        prop_assert_eq!(read, expected);
    }
}
