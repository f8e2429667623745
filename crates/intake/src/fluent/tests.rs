//! Messages in every mode, over real sockets, whole and broken.

use super::handshake::{Hello, ack, digest, write_text};
use super::listener::{FluentOptions, serve};
use super::map::{chunk_of, is_compressed, map};
use super::wire::{PackError, Reader, Scanner};
use crate::budget::InFlightBudget;
use crate::connections::TcpDoor;
use crate::door::{Decoded, Identity};
use crate::otlp::tests::support::{BUDGET_BYTES, busy, gzip, now_ns, state};
use crate::records::json::Json;
use crate::records::tests::{CLOCK, NOW_NS, rows};
use crate::refusal::Refusal;
use hannun_model::limits::ROWS_PER_REQUEST_MAX;
use proptest::prelude::*;
use rmp::encode as pack;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Writes JSON as MessagePack.
fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => pack::write_nil(out).unwrap(),
        Value::Bool(flag) => pack::write_bool(out, *flag).unwrap(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => drop(pack::write_sint(out, int).unwrap()),
            (_, Some(int)) => drop(pack::write_uint(out, int).unwrap()),
            _ => pack::write_f64(out, number.as_f64().unwrap()).unwrap(),
        },
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            pack::write_array_len(out, items.len() as u32).unwrap();
            items.iter().for_each(|item| write(out, item));
        }
        Value::Object(entries) => {
            pack::write_map_len(out, entries.len() as u32).unwrap();
            for (key, item) in entries {
                write_text(out, key);
                write(out, item);
            }
        }
    }
}

fn packed(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    bytes
}

/// An `EventTime`.
fn event_time(time_ns: i64) -> Vec<u8> {
    let mut bytes = vec![0xd7, 0x00];
    bytes.extend(((time_ns / 1_000_000_000) as u32).to_be_bytes());
    bytes.extend(((time_ns % 1_000_000_000) as u32).to_be_bytes());
    bytes
}

/// `[time, record]`.
fn entry(time: &[u8], record: &Value) -> Vec<u8> {
    [&[0x92], time, &packed(record)].concat()
}

fn packed_forward(tag: &str, entries: &[u8], options: &Value) -> Vec<u8> {
    let mut bytes = vec![0x93];
    write_text(&mut bytes, tag);
    pack::write_bin(&mut bytes, entries).unwrap();
    write(&mut bytes, options);
    bytes
}

fn mapped(messages: &[u8]) -> Decoded {
    let budget = Arc::new(InFlightBudget::new(BUDGET_BYTES));
    map(messages, Identity::Unique, 0, &mut budget.hold(0).unwrap(), CLOCK).unwrap().0
}

#[test]
fn a_time_inside_times_is_refused_at_any_depth() {
    let nested = |depth: usize| [vec![0x92; depth], vec![0], vec![0x80; depth + 1]].concat();
    for (depth, is_read) in [(0, true), (1, true), (2, false), (100_000, false)] {
        let bytes = nested(depth);
        let time = Reader::new(&bytes).event_time(&mut 0);
        assert_eq!(time.is_ok(), is_read, "{depth}");
    }
    let message = [&[0x93, 0xa1, b't'], &nested(100_000)[..]].concat();
    assert_eq!(mapped(&message).batch.rows(), 0);
}

#[test]
fn a_bad_event_or_message_leaves_the_others() {
    let good = entry(&event_time(NOW_NS), &json!({"message": "good"}));
    let no_time = entry(&packed(&json!("noon")), &json!({"message": "bad"}));
    let no_record = entry(&event_time(NOW_NS), &json!([1]));
    let number = packed(&json!(7));
    let deep = entry(&event_time(NOW_NS), &{
        let nest = |value: Value, _| json!({ "a": value });
        (0..50).fold(json!(1), nest)
    });
    let entries = [&good, &no_time, &good, &no_record, &number, &deep, &good].map(Vec::as_slice);
    let mut forward = vec![0x92];
    write_text(&mut forward, "t");
    forward.push(0x97);
    forward.extend(entries.concat());
    let packed_entries = packed_forward("t", &entries.concat(), &json!({}));
    // The end of the last event is missing.
    let cut = packed_forward("t", &[&good[..], &good[..5]].concat(), &json!({}));
    let no_message = packed(&json!([1, 2, 3]));
    for (message, kept, rejected) in
        [(&forward, 3, 4), (&packed_entries, 3, 4), (&cut, 1, 1), (&no_message, 0, 1)]
    {
        let joined = [packed(&json!(["t", 1, {"m": 1}])), message.clone(), forward.clone()];
        let decoded = mapped(&joined.concat());
        assert_eq!(
            (decoded.batch.rows(), decoded.tally.rejected_items()),
            (kept + 4, rejected + 4)
        );
    }
}

#[test]
fn a_tag_that_every_row_repeats_is_cut() {
    let decoded = mapped(&packed(&json!(["x".repeat(1 << 20), 1, {"m": 1}])));
    let tag = rows(&decoded)[0]["attributes"]["fluent.tag"].as_str().unwrap().len();
    assert_eq!((tag, decoded.tally.cut_values), (1024, 1));
}

#[test]
fn what_the_budget_can_never_give_is_too_large() {
    let bomb = packed_forward("t", &gzip(&vec![0xc0; 4 << 20]), &json!({"compressed": "gzip"}));
    let budget = Arc::new(InFlightBudget::new(2 << 20));
    let mut hold = budget.hold(bomb.len()).unwrap();
    let refused = map(&bomb, Identity::Unique, 0, &mut hold, CLOCK).unwrap_err();
    assert_eq!(refused, Refusal::TooLarge { limit_bytes: (2 << 20) - bomb.len() });
    drop(hold);
    let other = budget.hold(1 << 20).unwrap();
    let small = packed_forward("t", &gzip(&vec![0xc0; 1 << 20]), &json!({"compressed": "gzip"}));
    let mut hold = budget.hold(small.len()).unwrap();
    let refused = map(&small, Identity::Unique, 0, &mut hold, CLOCK).unwrap_err();
    assert_eq!(refused, Refusal::OverBudget, "later there may be room");
    drop(other);
    assert!(is_compressed(&bomb));
    assert!(!is_compressed(&packed_forward("t", b"\xc0", &json!({"compressed": "text"}))));
    assert!(!is_compressed(&packed(&json!(["t", 1, {"compressed": "gzip"}]))));
}

#[tokio::test]
async fn events_past_the_rows_of_one_request_are_kept_before_the_acknowledgement() {
    let (state, sink) = state(BUDGET_BYTES);
    let door = TcpDoor::bind("127.0.0.1:0").await.unwrap();
    let address = door.address().unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(serve(door, state, FluentOptions::default(), stopped));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let events = ROWS_PER_REQUEST_MAX * 2 + 3;
    let entries = [0x92, 0xc0, 0x80].repeat(events);
    let message =
        packed_forward("t", &gzip(&entries), &json!({"chunk": "c", "compressed": "gzip"}));
    let mut answer = vec![0; ack("c").len()];
    for _ in 0..2 {
        stream.write_all(&message).await.unwrap();
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!((&answer, *sink.stored_rows.lock()), (&ack("c"), events));
    }
}

#[test]
fn every_mode_is_read() {
    let at = NOW_NS - 1_500_000_000;
    let seconds = at / 1_000_000_000;
    let record = json!({"log": "hello\n", "level": "warn", "n": u64::MAX, "list": [1, null]});
    let two = [entry(&event_time(at), &record), entry(&packed(&json!(seconds)), &record)].concat();
    let mut forward = vec![0x92];
    write_text(&mut forward, "app.web");
    forward.push(0x92);
    forward.extend(&two);
    let mut with_metadata = vec![0x93];
    write_text(&mut with_metadata, "app.web");
    with_metadata.extend([&[0x92], event_time(at).as_slice(), &packed(&json!({"m": 1}))].concat());
    with_metadata.extend(packed(&record));
    let messages = [
        packed(&json!(["app.web", seconds, record])),
        packed(&json!(["app.web", seconds as f64 + 0.5, record, {"chunk": "c"}])),
        forward,
        packed_forward("app.web", &two, &json!({"size": 2, "chunk": "c"})),
        packed_forward("app.web", &gzip(&two), &json!({"compressed": "gzip"})),
        packed_forward(
            "app.web",
            &[gzip(&two), gzip(&two)].concat(),
            &json!({"compressed": "gzip"}),
        ),
        with_metadata,
    ];
    let expected_rows = [1, 1, 2, 2, 2, 4, 1];
    for (message, expected) in messages.iter().zip(expected_rows) {
        let rows = rows(&mapped(message));
        assert_eq!(rows.len(), expected);
        for row in &rows {
            assert_eq!((&row["body"], &row["severity_number"]), (&json!("hello"), &json!(13)));
            assert_eq!(row["attributes"]["fluent.tag"], "app.web");
            assert_eq!(row["attributes"]["n"], u64::MAX.to_string());
            assert_eq!(row["attributes"]["list"], json!([1, null]));
            let time = row["time"].as_i64().unwrap();
            assert!(time == at || time == seconds * 1_000_000_000, "{time}");
        }
    }
    let chunks: Vec<Option<String>> =
        messages.iter().map(|message| chunk_of(message).unwrap()).collect();
    let c = Some("c".to_owned());
    assert_eq!(chunks, [None, c.clone(), None, c, None, None, None]);
    assert_eq!(rows(&mapped(&messages.concat())).len(), 13);
}

#[test]
fn bytes_times_and_keys_that_json_has_not_are_kept() {
    let mut message = vec![0x93];
    write_text(&mut message, "t");
    message.extend(packed(&json!(9_999_999_999_i64)));
    message.push(0x82);
    pack::write_bin(&mut message, b"bin").unwrap();
    pack::write_bin(&mut message, b"\xff\x00").unwrap();
    pack::write_sint(&mut message, 7).unwrap();
    message.extend(event_time(NOW_NS));
    let decoded = mapped(&message);
    assert_eq!(decoded.tally.invalid_strings, 1);
    let row = &rows(&decoded)[0];
    assert_eq!(row["time_source"], "arrival", "the year 2286 is not believed");
    assert_eq!(row["attributes"]["bin"], "\u{fffd}\u{0}");
    assert_eq!(row["attributes"]["7"], json!(NOW_NS as f64 / 1e9));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = gzip(&vec![0xc0; 64 << 20]);
    let message = packed_forward("t", &bomb, &json!({"compressed": "gzip"}));
    let budget = Arc::new(InFlightBudget::new(BUDGET_BYTES));
    let refused = map(&message, Identity::Unique, 0, &mut budget.hold(0).unwrap(), CLOCK);
    assert!(matches!(refused, Err(crate::refusal::Refusal::TooLarge { .. })), "{refused:?}");
    let deep = [vec![0x91; 1 << 16], vec![0xc0]].concat();
    assert_eq!(Reader::new(&deep).any(&mut 0), Err(PackError::TooDeep));
    assert_eq!(Scanner::default().scan(&deep), Ok(Some(deep.len())));
    let endless = [0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0];
    assert_eq!(Scanner::default().scan(&endless), Ok(None));
    assert_eq!(Reader::new(&endless).any(&mut 0), Err(PackError::Short));
}

#[test]
fn a_handshake_lets_the_right_key_in() {
    let hello = Hello::new();
    let bytes = hello.to_bytes();
    let mut reader = Reader::new(&bytes);
    assert_eq!((reader.array(), reader.bytes()), (Ok(2), Ok(&b"HELO"[..])));
    let options = reader.map(&mut 0).unwrap();
    let nonce = options.iter().find(|(key, _)| key == "nonce").unwrap().1.as_text().unwrap();
    let keys = ["other".to_owned(), "right".to_owned()];
    for (key, is_right) in [("right", true), ("wrong", false)] {
        let sent = digest(&[b"salt", b"web-1", nonce.as_bytes(), key.as_bytes()]);
        let ping = packed(&json!(["PING", "web-1", "salt", sent, "", ""]));
        let pong = hello.answer(&ping, &keys).unwrap();
        assert_eq!(pong.is_admitted, is_right);
        let Ok(Json::Array(items)) = Reader::new(&pong.bytes).any(&mut 0) else { panic!() };
        assert_eq!(items[1], Json::Bool(is_right));
        let own = digest(&[b"salt", b"hannun", nonce.as_bytes(), key.as_bytes()]);
        assert_eq!(items[4] == Json::text(own), is_right);
    }
    assert!(hello.answer(&packed(&json!(["PONG"])), &keys).is_err());
    assert_ne!(Hello::new().to_bytes(), Hello::new().to_bytes());
}

#[tokio::test]
async fn a_chunk_is_acknowledged_once_it_is_kept_and_kept_once() {
    let (state, sink) = state(BUDGET_BYTES);
    let door = TcpDoor::bind("127.0.0.1:0").await.unwrap();
    let address = door.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve(door, state, FluentOptions::default(), stopped));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let time = event_time(i64::try_from(now_ns()).unwrap());
    let entries = entry(&time, &json!({"message": "m"}));
    let message = packed_forward("t", &entries, &json!({"chunk": "한글=="}));
    let expected = ack("한글==");
    let mut answer = vec![0; expected.len()];
    *sink.refusal.lock() = Some(busy());
    // A message may arrive in any pieces.
    for piece in message.chunks(3) {
        stream.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let early = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut answer)).await;
    assert!(early.is_err(), "nothing is acknowledged while the store is busy");
    *sink.refusal.lock() = None;
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!((&answer, *sink.stored_rows.lock()), (&expected, 1));
    stream.write_all(&message).await.unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!((&answer, *sink.stored_rows.lock()), (&expected, 1), "sent again");
    // Without a chunk equal messages are other events.
    let plain = packed_forward("t", &entries, &json!({}));
    stream.write_all(&[plain.clone(), plain, message].concat()).await.unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(*sink.stored_rows.lock(), 3);
    stream.write_all(b"\xc1").await.unwrap();
    assert_eq!(stream.read(&mut answer).await.unwrap(), 0, "a broken stream is closed");
    stop.send_replace(true);
    serving.await.unwrap();
}

fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15_f64).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,40}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_is_found_and_read_however_it_arrives(value in any_json(), piece in 1..50_usize) {
        let bytes = packed(&value);
        let mut scanner = Scanner::default();
        let mut arrived = 0;
        let length = loop {
            arrived = (arrived + piece).min(bytes.len());
            match scanner.scan(&bytes[..arrived]).unwrap() {
                Some(length) => break length,
                None => prop_assert!(arrived < bytes.len()),
            }
        };
        prop_assert_eq!(length, bytes.len());
        let read = Reader::new(&bytes).any(&mut 0).unwrap();
        let mut text = String::new();
        let mut tally = crate::otlp::map::Tally::default();
        crate::otlp::map::attributes::write_json(&mut text, read.any(), 0, &mut tally).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
