//! What was sent comes back, and nothing makes the decoder panic.

use super::generate::{NOW_NS, logs, traces};
use super::generate_metrics::metrics;
use super::normal;
use crate::otlp::map::{Clock, Tally};
use crate::otlp::{Decoded, Signal, decode, fuzz_decode, restore};
use proptest::prelude::*;
use prost::Message;

/// The rows of a message, and the message as another decoder reads it: writing it leaves out what
/// equals a default, such as -0.0.
fn decode_all<M: Message + Default>(signal: Signal, message: &M) -> (Decoded, M) {
    let clock = Clock { now_ns: NOW_NS, oldest_ns: i64::MIN };
    let bytes = message.encode_to_vec();
    let decoded = decode(signal, &bytes, clock).unwrap();
    assert_eq!(decoded.tally, Tally::default());
    (decoded, M::decode(bytes.as_slice()).unwrap())
}

proptest! {
    #[test]
    fn spans_come_back_as_they_were_sent(request in traces()) {
        let (decoded, sent) = decode_all(Signal::Traces, &request);
        let restored = restore::spans(decoded.batch.records()).unwrap();
        prop_assert_eq!(normal::spans(restored), normal::spans(sent.resource_spans));
    }

    #[test]
    fn logs_come_back_as_they_were_sent(request in logs()) {
        let (decoded, sent) = decode_all(Signal::Logs, &request);
        let restored = restore::logs(decoded.batch.records()).unwrap();
        prop_assert_eq!(normal::logs(restored), normal::logs(sent.resource_logs));
    }

    #[test]
    fn points_come_back_as_they_were_sent(request in metrics()) {
        let (decoded, sent) = decode_all(Signal::Metrics, &request);
        let restored = restore::metrics(decoded.batch.records()).unwrap();
        prop_assert_eq!(normal::metrics(restored), normal::metrics(sent.resource_metrics));
    }

    #[test]
    fn random_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz_decode(&data);
    }

    #[test]
    fn mutated_messages_never_panic(
        messages in (traces(), logs(), metrics()),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let messages =
            [messages.0.encode_to_vec(), messages.1.encode_to_vec(), messages.2.encode_to_vec()];
        for mut message in messages.into_iter().filter(|message| !message.is_empty()) {
            for (at, byte) in &mutations {
                let at = at.index(message.len());
                message[at] = *byte;
            }
            fuzz_decode(&message);
            message.truncate(cut.index(message.len()));
            fuzz_decode(&message);
        }
    }
}
