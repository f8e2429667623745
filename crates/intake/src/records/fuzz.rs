//! Every decoder of logs over the same bytes.

use super::{Hints, LogRows, Record};
use crate::budget::InFlightBudget;
use crate::door::Identity;
use crate::otlp::map::Clock;
use crate::{elasticsearch, fluent, lines, loki, syslog};
use bytes::BytesMut;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Runs every decoder of logs over `data`. Fuzzers call it; it must return.
pub fn fuzz_decode(data: &[u8]) {
    let clock = Clock { now_ns: 1_800_000_000_000_000_000, oldest_ns: i64::MIN };
    let mut rows = LogRows::new(clock);
    let _ = rows.add(None, &Hints::default(), Record::Line(data));
    let finished = rows.finish();
    debug_assert!(finished.is_ok(), "rows make a batch");
    for media_type in [None, Some("text/plain"), Some("application/json")] {
        let _ = lines::map::map(data, media_type, &[], clock);
    }
    let _ = loki::map::json(data, None, clock);
    let _ = loki::map::protobuf(data, Some("tenant"), clock);
    let _ = elasticsearch::map::bulk(data, Some("index"), clock);
    let _ = elasticsearch::map::document(data, "index", None, clock);
    let budget = Arc::new(InFlightBudget::new(64 << 20));
    if let Some(mut hold) = budget.hold(0) {
        let _ = loki::wire::unsnap(data, &mut hold);
        let scanned = fluent::wire::Scanner::default().scan(data);
        debug_assert!(!matches!(scanned, Ok(Some(length)) if length > data.len()));
        let _ = fluent::map::chunk_of(data);
        let _ = fluent::map::map(data, Identity::Unique, 0, &mut hold, clock);
    }
    let mut stream = BytesMut::from(data);
    let mut messages = BytesMut::new();
    let mut framer = syslog::wire::Framer::default();
    while let Some(frame) = framer.next(&mut stream) {
        let peer = Ipv4Addr::LOCALHOST.into();
        syslog::wire::push_waiting(&mut messages, peer, &frame.message, frame.is_cut);
    }
    syslog::wire::push_waiting(&mut messages, Ipv4Addr::LOCALHOST.into(), data, false);
    let mapped = syslog::map::map(&messages, clock);
    debug_assert!(mapped.is_ok(), "any bytes are messages");
    // What follows a message that waits is never misread.
    let _ = syslog::map::map(data, clock);
}
