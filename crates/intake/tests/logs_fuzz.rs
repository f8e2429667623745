//! Damaged messages of every protocol of logs: every decoder returns.
//!
//! A short run is part of every test; `HANNUN_FUZZ_SECONDS=120 cargo nextest run --run-ignored all
//! -E 'binary(logs_fuzz)'` runs long. `HANNUN_FUZZ_SEED` replays the input that a failure names.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod mutate;

use hannun_intake::records::fuzz::fuzz_decode;
use std::time::Duration;

/// Whole messages of each protocol.
fn corpus() -> Vec<Vec<u8>> {
    let record = "{\"@timestamp\":\"2026-11-21T07:33:19.123+09:00\",\"level\":\"error\",\"message\":\
        \"{\\\"msg\\\":\\\"inner\\\",\\\"ts\\\":1.5e9}\",\"kubernetes\":{\"labels\":{\"app\":\"x\"}},\"n\":[1,{}]}";
    // ["t", [[EventTime, {"log": "m"}], [5, {}]], {"chunk": "c"}]
    let forward =
        b"\x93\xa1t\x92\x92\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x01\x81\xa3log\xa1m\x92\x05\x80\
        \x81\xa5chunk\xa1c";
    // One stream with an entry and metadata.
    let push = b"\x0a\x23\x0a\x07{a=\"b\"}\x12\x18\x0a\x06\x08\x80\x94\xeb\xdc\x03\x12\x04line\x1a\x08\x0a\x01k\x12\x03val";
    vec![
        record.as_bytes().to_vec(),
        format!("{record}\n{record}\n").into_bytes(),
        format!("[{record},\"text\"]").into_bytes(),
        format!("{{\"index\":{{\"_index\":\"i\"}}}}\n{record}\n{{\"delete\":{{}}}}\n").into_bytes(),
        br#"{"streams":[{"stream":{"app":"x"},"values":[["1700000000000000000","line",{"k":"v"}]]}]}"#.to_vec(),
        push.to_vec(),
        forward.to_vec(),
        b"\x93\xa1t\xcd\x01\x00\x81\xa1k\xc4\x02\xff\x00".to_vec(),
        b"<165>1 2026-11-21T07:33:19.003Z host app 12 ID47 [a@1 b=\"c\\\"d\"] text".to_vec(),
        b"31 <34>Oct 11 22:14:15 host su[1]: x<13>Feb 29 25:61:00 h a: b\n".to_vec(),
        "2026-11-21T07:33:19Z \u{1b}[31mWARN\u{1b}[0m 주문 \u{1b}]8;;x\u{7}".as_bytes().to_vec(),
    ]
}

#[test]
fn damaged_logs_never_panic() {
    mutate::run(&corpus(), Duration::from_secs(2), fuzz_decode);
}

#[test]
#[ignore = "long: as many seconds as HANNUN_FUZZ_SECONDS says"]
fn damaged_logs_never_panic_however_long_one_tries() {
    let seconds = std::env::var("HANNUN_FUZZ_SECONDS").map_or(60, |text| text.parse().unwrap());
    mutate::run(&corpus(), Duration::from_secs(seconds), fuzz_decode);
}
