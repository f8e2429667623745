//! The handshake that lets senders from elsewhere in: HELO, PING, PONG.

use super::wire::{PackError, Reader};
use sha2::{Digest, Sha512};
use std::hash::{BuildHasher, Hasher, RandomState};

/// What the server says first.
#[derive(Debug, Clone)]
pub struct Hello {
    nonce: String,
}

/// The answer to a PING, and whether it lets the sender in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pong {
    pub bytes: Vec<u8>,
    pub is_admitted: bool,
}

/// Name that the server gives itself.
const SERVER_NAME: &str = "hannun";

impl Hello {
    /// A hello with a nonce that nobody can foresee: the hashers of the standard library are seeded
    /// by the system.
    pub fn new() -> Self {
        let half = || RandomState::new().build_hasher().finish();
        Self { nonce: format!("{:016x}", half() ^ half().rotate_left(32)) }
    }

    /// `["HELO", {"nonce": …, "auth": "", "keepalive": true}]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0x92];
        write_text(&mut bytes, "HELO");
        bytes.push(0x83);
        write_text(&mut bytes, "nonce");
        write_text(&mut bytes, &self.nonce);
        write_text(&mut bytes, "auth");
        write_text(&mut bytes, "");
        write_text(&mut bytes, "keepalive");
        bytes.push(0xc3);
        bytes
    }

    /// Checks a PING against the keys: `["PING", host, salt, digest, user, password]`, where the
    /// digest is SHA-512 of salt, host, nonce and key.
    pub fn answer(&self, ping: &[u8], keys: &[String]) -> Result<Pong, PackError> {
        let mut reader = Reader::new(ping);
        if reader.array()? < 4 || reader.bytes()? != b"PING" {
            return Err(PackError::Expected("PING"));
        }
        let host = reader.bytes()?;
        let salt = reader.bytes()?;
        let sent = reader.bytes()?;
        let key = keys.iter().find(|key| {
            let wanted = digest(&[salt, host, self.nonce.as_bytes(), key.as_bytes()]);
            is_equal(wanted.as_bytes(), sent)
        });
        let mut bytes = vec![0x95];
        write_text(&mut bytes, "PONG");
        bytes.push(if key.is_some() { 0xc3 } else { 0xc2 });
        write_text(&mut bytes, if key.is_some() { "" } else { "shared_key mismatch" });
        write_text(&mut bytes, SERVER_NAME);
        let own = key.map(|key| {
            digest(&[salt, SERVER_NAME.as_bytes(), self.nonce.as_bytes(), key.as_bytes()])
        });
        write_text(&mut bytes, own.as_deref().unwrap_or_default());
        Ok(Pong { bytes, is_admitted: key.is_some() })
    }
}

impl Default for Hello {
    fn default() -> Self {
        Self::new()
    }
}

/// Hex of the SHA-512 of these parts one after another.
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha512::new();
    parts.iter().for_each(|part| hasher.update(part));
    let mut hex = String::new();
    hannun_model::value::write_hex(&mut hex, &hasher.finalize());
    hex
}

/// Takes the same time however much is equal.
fn is_equal(wanted: &[u8], sent: &[u8]) -> bool {
    wanted.len() == sent.len()
        && wanted.iter().zip(sent).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

/// Appends a MessagePack text.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing to a vector cannot fail, and texts here are short.
    let _ = rmp::encode::write_str(out, text);
}

/// `{"ack": chunk}`.
pub fn ack(chunk: &str) -> Vec<u8> {
    let mut bytes = vec![0x81];
    write_text(&mut bytes, "ack");
    write_text(&mut bytes, chunk);
    bytes
}
