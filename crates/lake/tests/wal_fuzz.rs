//! Damaged logs: reading them returns, and never gives back a record that was not written.
//!
//! A short run is part of every test; `HANNUN_FUZZ_SECONDS=120 cargo nextest run --run-ignored all
//! -E 'binary(wal_fuzz)'` runs long. `HANNUN_FUZZ_SEED` replays the input that a failure names.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[path = "support/records.rs"]
#[expect(dead_code, reason = "the catalog's suite uses the rest")]
mod records;

use hannun_lake::wal::format::{
    Item, Remembered, SegmentReader, begin_record, seal_record, write_segment_head,
};
use hannun_lake::wal::payload;
use hannun_model::batch::BatchBuilder;
use hannun_model::table::{Table, logs, spans};
use records::Random;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A whole segment and the records in it.
struct Sample {
    bytes: Vec<u8>,
    records: HashSet<(u64, u128, Vec<u8>)>,
}

fn sample(random: &mut Random) -> Sample {
    let remembered: Vec<Remembered> = (0..random.below(5))
        .map(|stored_ms| Remembered { hash: u128::from(random.next()), stored_ms })
        .collect();
    let mut bytes = Vec::new();
    write_segment_head(&mut bytes, &remembered);
    let mut records = HashSet::new();
    for position in 1..=random.below(6) {
        let payload = match random.below(4) {
            0 => b"HREC and HNWAL001 inside a payload HREC".to_vec(),
            1 => Vec::new(),
            _ => request_payload(random),
        };
        let hash = u128::from(random.next());
        let mut record = begin_record(Remembered { hash, stored_ms: 7 }, &payload);
        seal_record(&mut record, position);
        bytes.extend_from_slice(&record);
        records.insert((position, hash, payload));
    }
    Sample { bytes, records }
}

fn request_payload(random: &mut Random) -> Vec<u8> {
    let mut batches = Vec::new();
    for (table, text, number) in
        [(Table::Spans, spans::NAME, spans::DURATION), (Table::Logs, logs::BODY, logs::FLAGS)]
    {
        let mut builder = BatchBuilder::new(table);
        for row in 0..1 + random.below(9) {
            builder.start_row();
            builder.set_text(text, ["a", "a text longer than twelve bytes"][random.index(2)]);
            builder.set_int(number, i64::try_from(row).unwrap());
        }
        batches.push(builder.finish().unwrap());
    }
    payload::encode(&batches).unwrap()
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..1 + random.below(4) {
        let at = random.index(bytes.len() + 1);
        let to = at + random.index(bytes.len() - at + 1);
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => bytes[at..to].fill(0),
            2 => {
                let part = bytes[at..to].to_vec();
                let into = random.index(bytes.len() + 1);
                bytes.splice(into..into, part);
            }
            3 => drop(bytes.drain(at..to)),
            4 => bytes.splice(at..at, *b"HREC\xff\xff\xff\xff").for_each(drop),
            5 if at + 4 <= bytes.len() => {
                let number = [0u32, 1, 31, 32, u32::MAX, 1 << 31][random.index(6)];
                bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            }
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => bytes.push(random.next() as u8),
        }
    }
}

/// One input; everything follows from its seed.
fn try_seed(seed: u64) {
    let mut random = Random(seed);
    let sample = sample(&mut random);
    let mut bytes = sample.bytes;
    mutate(&mut random, &mut bytes);
    let mut end = None;
    let mut reader = SegmentReader::new(&bytes);
    let _ = std::mem::take(&mut reader.remembered);
    for item in reader {
        match item {
            Item::Record(record) => {
                let found = (record.position, record.remembered.hash, record.payload.to_vec());
                assert!(sample.records.contains(&found), "I1: a record that nobody wrote");
            }
            Item::Damage { from, to, .. } => {
                assert!(from <= to && to <= bytes.len() && end.is_none_or(|end| end <= from));
                end = Some(to);
            }
        }
    }
    // A payload is decoded only when its checksum holds; cut ones are refused all the same.
    let whole = request_payload(&mut random);
    let cut = random.index(whole.len());
    assert!(payload::decode(&whole[..cut]).is_err() || cut == 0);
}

fn run(duration: Duration) {
    if let Some(seed) = std::env::var("HANNUN_FUZZ_SEED").ok().map(|text| text.parse().unwrap()) {
        return try_seed(seed);
    }
    let started = Instant::now();
    let mut seed = 0;
    while started.elapsed() < duration {
        if let Err(panic) = std::panic::catch_unwind(|| try_seed(seed)) {
            eprintln!("a damaged log was misread; replay it with HANNUN_FUZZ_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
        seed += 1;
    }
    println!("{seed} inputs");
}

#[test]
fn i1_a_damaged_log_never_gives_back_what_was_not_written() {
    run(Duration::from_secs(1));
}

#[test]
#[ignore = "long: as many seconds as HANNUN_FUZZ_SECONDS says"]
fn i1_a_damaged_log_is_never_misread_however_long_one_tries() {
    let seconds = std::env::var("HANNUN_FUZZ_SECONDS").map_or(60, |text| text.parse().unwrap());
    run(Duration::from_secs(seconds));
}
