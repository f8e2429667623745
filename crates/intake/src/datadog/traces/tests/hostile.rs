//! Bytes that are no payload.

use super::pack::{Pack, text};
use super::sample::{about, decoded, payload, request};
use crate::datadog::traces::map::Request;
use crate::datadog::traces::receive::Version;
use crate::refusal::Refusal;
use proptest::prelude::*;

const ALL: [Version; 5] = [Version::V03, Version::V04, Version::V05, Version::V07, Version::Agent];

fn refusal(version: Version, bytes: &[u8]) -> String {
    match decoded(version, bytes, &about()) {
        Err(Refusal::Malformed(message)) => message,
        other => panic!("{version:?} {bytes:?}: {other:?}"),
    }
}

#[test]
fn the_answer_names_the_place_of_the_fault() {
    let mut spans = request();
    spans[1].further = vec![("start", text("yesterday"))];
    let message = refusal(Version::V04, &payload(Version::V04, &[request(), spans]));
    assert!(message.starts_with("malformed payload: trace 1, span 1: at byte "), "{message}");
    assert!(message.ends_with("expected the start, an integer"), "{message}");

    let outside = Pack::List(vec![
        Pack::List(vec![text("")]),
        Pack::List(vec![Pack::List(vec![Pack::List(vec![
            Pack::Int(0),
            Pack::Int(1),
            Pack::Int(0),
            Pack::Int(5),
            Pack::Int(5),
            Pack::Int(0),
            Pack::Int(5),
            Pack::Int(5),
            Pack::Int(0),
            Pack::Map(vec![]),
            Pack::Map(vec![]),
            Pack::Int(0),
        ])])]),
    ]);
    let message = refusal(Version::V05, &outside.bytes());
    assert!(message.ends_with("the index of a string that is in the table"), "{message}");
    let negative = Pack::List(vec![Pack::List(vec![]), Pack::Int(-1)]);
    assert!(refusal(Version::V05, &negative.bytes()).contains("an array of traces"));
    let short = Pack::List(vec![
        Pack::List(vec![text("")]),
        Pack::List(vec![Pack::List(vec![Pack::List(vec![Pack::Int(0); 11])])]),
    ]);
    assert!(refusal(Version::V05, &short.bytes()).contains("an array of 12"));
}

#[test]
fn lengths_that_lie_and_values_without_end_are_refused() {
    let mut bomb = vec![0x91; 2_000_000];
    bomb.push(0xc0);
    let huge: [&[u8]; 4] = [
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0x91, 0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0x91, 0x91, 0xdf, 0xff, 0xff, 0xff, 0xff],
        &[0x91, 0x91, 0x81, 0xdb, 0xff, 0xff, 0xff, 0xff],
    ];
    for version in [Version::V03, Version::V04, Version::V05] {
        refusal(version, &bomb);
        huge.iter().for_each(|bytes| drop(refusal(version, bytes)));
    }
    // A field that is not known is passed over, however deep it is.
    let mut spans = request();
    let deep = (0..1000).fold(Pack::Int(1), |inner, _| Pack::List(vec![inner]));
    spans[0].further = vec![("unknown", deep)];
    let bytes = payload(Version::V04, &[spans]);
    assert_eq!(decoded(Version::V04, &bytes, &about()).unwrap().0.batch.rows(), 2);
}

#[test]
fn nothing_is_kept_of_a_payload_that_breaks_off() {
    for version in ALL {
        let whole = payload(version, &[request(), request()]);
        for end in 1..whole.len() {
            let about = Request::default();
            match decoded(version, &whole[..end], &about) {
                Err(Refusal::Malformed(_)) => {}
                // Protobuf does not say how long it is: it may end between two fields.
                Ok((decoded, _)) if version == Version::Agent => {
                    assert!(decoded.batch.rows() <= 4);
                }
                other => panic!("{version:?} cut at {end}: {other:?}"),
            }
        }
    }
}

#[test]
fn texts_that_are_not_utf8_are_repaired_and_counted() {
    for version in ALL {
        let mut bytes = payload(version, &[request()]);
        let at = bytes.windows(4).position(|window| window == b"gold").unwrap();
        bytes[at + 1] = 0xff;
        let (decoded, _) = decoded(version, &bytes, &about()).unwrap();
        let tier = super::rows::attribute(&decoded.batch, 0, "customer.tier").unwrap();
        assert_eq!(tier, "g?ld", "{version:?}");
        assert!(decoded.tally.invalid_strings >= 1);
    }
}

#[test]
fn nothing_at_all_is_no_traces() {
    for version in ALL {
        assert_eq!(decoded(version, b"", &about()).unwrap().0.batch.rows(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_changed_payload_never_panics(
        version in prop::sample::select(ALL.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        computes_stats: bool,
        drops_unsampled: bool,
    ) {
        let mut bytes = payload(version, &[request(), request()]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let about = Request { computes_stats, drops_unsampled, ..about() };
        if let Ok((decoded, _)) = decoded(version, &bytes, &about) {
            prop_assert!(decoded.batch.rows() <= 4);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        version in prop::sample::select(ALL.to_vec()),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = decoded(version, &bytes, &about());
    }
}
