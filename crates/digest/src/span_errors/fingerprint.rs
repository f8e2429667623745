//! What errors of one issue have in common.
//!
//! The fingerprint is `error.fingerprint` of the event or of its span when the sender set one. Else it
//! is a hash of the class, the [message template](super::message_template) and the place: the top
//! meaningful [frame](super::frames) of the stack, or what a span without a stack did. Nothing in it
//! depends on the service, its version, the host or a line number, so it is the same after a release
//! that moves code around.

use super::exceptions::Exception;
use super::frames::{names, top_frame};
use super::message_template::message_template;
use hannun_model::limits::{ERROR_TYPE_CHARACTERS_MAX, FINGERPRINT_CHARACTERS_MAX};
use xxhash_rust::xxh3::Xxh3;

/// The attribute by which a sender groups errors as he likes.
pub(super) const OVERRIDE: &str = "error.fingerprint";

/// What an issue is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub fingerprint: String,
    pub error_type: String,
    pub message_template: String,
    pub frame: Option<String>,
}

/// What an error is known by. `place` stands in for the top frame of an error without a stack.
pub fn told(exception: &Exception, chosen: Option<&str>, place: Option<&str>) -> Told {
    let error_type = error_type(&exception.exception_type);
    let message_template = message_template(&exception.message);
    let frame = exception.stacktrace.as_deref().and_then(top_frame);
    let fingerprint = match chosen {
        Some(chosen) => as_sent(chosen),
        None => hash(&[&error_type, &message_template, frame.as_deref().or(place).unwrap_or("")]),
    };
    Told { fingerprint, error_type, message_template, frame }
}

/// The class without what compilers and proxies make up.
pub fn error_type(name: &str) -> String {
    let name = names::without_generated(name.trim());
    match name.char_indices().nth(ERROR_TYPE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}

fn as_sent(chosen: &str) -> String {
    if chosen.chars().nth(FINGERPRINT_CHARACTERS_MAX).is_some() {
        return hash(&[chosen]);
    }
    chosen.to_owned()
}

/// XXH3 (64 bits) of the parts, each ended by a zero byte, as 16 hex digits.
fn hash(parts: &[&str]) -> String {
    let mut hasher = Xxh3::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    format!("{:016x}", hasher.digest())
}
