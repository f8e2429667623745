//! Secrets: random, shown once, kept as a hash.

use crate::error::LedgerError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::io::Read;

const SECRET_BYTES: usize = 32;

/// 32 random bytes as base64url. A plain hash of them is safe to keep: nobody can try them all.
pub(crate) fn random_secret() -> Result<String, LedgerError> {
    let mut bytes = [0u8; SECRET_BYTES];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| LedgerError::failed("read random bytes", error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// A second secret that follows from the first one and does not tell it.
pub(crate) fn derive(label: &str, secret: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(label.as_bytes());
    hasher.update([0]);
    hasher.update(secret.as_bytes());
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

/// An id that sorts by time. Lower case, so that it may name a document.
pub(crate) fn new_id() -> String {
    ulid::Ulid::new().to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_long() {
        let (one, two) = (random_secret().unwrap(), random_secret().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
    }

    #[test]
    fn a_derived_secret_depends_on_label_and_secret() {
        assert_ne!(derive("a", "secret"), derive("b", "secret"));
        assert_ne!(derive("a", "secret"), derive("a", "other"));
        assert_ne!(derive("a", "secret"), hash("secret"));
    }
}
