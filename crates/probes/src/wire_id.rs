//! Ids of probes as clients know them.
//!
//! A client that is told of a new revision of a probe keeps it where it was. So a probe that moves is
//! another one to clients: its id ends in a hash of where and what it is.

use crate::probe::Probe;
use sha2::{Digest, Sha256};

/// Hexadecimal digits of the hash.
const DIGITS: usize = 8;

/// The id that clients are given.
pub fn wire_id(probe: &Probe) -> String {
    let place =
        format!("{:?}", (probe.language, probe.kind.name(), &probe.place, probe.evaluate_at));
    let hash = Sha256::digest(place.as_bytes());
    let digits: String = hash.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
    format!("{}.{digits}", probe.id)
}

/// The id of the document behind an id that a client names; that id itself when it is not of ours.
pub fn document_id(wire_id: &str) -> &str {
    match wire_id.rsplit_once('.') {
        Some((id, digits))
            if digits.len() == DIGITS && digits.bytes().all(|it| it.is_ascii_hexdigit()) =>
        {
            id
        }
        _ => wire_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_found_again() {
        assert_eq!(document_id("checkout.total.0a1b2c3d"), "checkout.total");
        assert_eq!(document_id("checkout.total"), "checkout.total");
        assert_eq!(document_id("of-somebody-else"), "of-somebody-else");
    }
}
