//! Where messages begin and end, on the wire of TCP and while they wait to be kept.

use bytes::{Buf, BytesMut};
use hannun_model::limits::SYSLOG_MESSAGE_BYTES_MAX;
use std::net::IpAddr;

/// Digits that a length may have.
const LENGTH_DIGITS_MAX: usize = 9;

/// Cuts a stream into messages: those with a length in front (octet counting), and those that end
/// with a line feed or a zero byte.
#[derive(Debug, Default)]
pub struct Framer {
    /// Bytes of a message too long that are still to come; `usize::MAX` until the next line feed.
    skip: usize,
}

/// A message, and whether its end was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub message: BytesMut,
    pub is_cut: bool,
}

impl Framer {
    /// Takes the next message off the buffer; `None` until more has arrived.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Option<Frame> {
        if !self.skip_rest(buffer) {
            return None;
        }
        while buffer.first().is_some_and(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
            buffer.advance(1);
        }
        match buffer.first() {
            None => None,
            Some(b'1'..=b'9') => self.counted(buffer),
            Some(_) => self.delimited(buffer),
        }
    }

    /// The message that a closed stream ended with.
    pub fn last(&mut self, buffer: &mut BytesMut) -> Option<Frame> {
        let is_whole = self.skip == 0 && !buffer.trim_ascii().is_empty();
        let is_counted = buffer.first().is_some_and(u8::is_ascii_digit);
        is_whole.then(|| Frame { message: buffer.split(), is_cut: is_counted })
    }

    /// Whether nothing is to be skipped any more.
    fn skip_rest(&mut self, buffer: &mut BytesMut) -> bool {
        if self.skip == usize::MAX {
            match end_of_line(buffer) {
                Some(at) => {
                    buffer.advance(at);
                    self.skip = 0;
                }
                None => buffer.clear(),
            }
        } else {
            let skipped = self.skip.min(buffer.len());
            buffer.advance(skipped);
            self.skip -= skipped;
        }
        self.skip == 0
    }

    fn counted(&mut self, buffer: &mut BytesMut) -> Option<Frame> {
        let digits = buffer.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&buffer[..digits]).ok().and_then(|it| it.parse().ok());
        let length: usize = match (buffer.get(digits), number) {
            (None, _) if digits <= LENGTH_DIGITS_MAX => return None,
            (Some(b' '), Some(length)) if digits <= LENGTH_DIGITS_MAX => length,
            // A line of text that begins with a number.
            _ => return self.delimited(buffer),
        };
        let kept = length.min(SYSLOG_MESSAGE_BYTES_MAX);
        if buffer.len() < digits + 1 + kept {
            return None;
        }
        buffer.advance(digits + 1);
        let message = buffer.split_to(kept);
        self.skip = length - kept;
        Some(Frame { message, is_cut: self.skip > 0 })
    }

    fn delimited(&mut self, buffer: &mut BytesMut) -> Option<Frame> {
        match end_of_line(buffer) {
            Some(at) if at <= SYSLOG_MESSAGE_BYTES_MAX => {
                Some(Frame { message: buffer.split_to(at), is_cut: false })
            }
            None if buffer.len() < SYSLOG_MESSAGE_BYTES_MAX => None,
            _ => {
                self.skip = usize::MAX;
                let kept = buffer.len().min(SYSLOG_MESSAGE_BYTES_MAX);
                Some(Frame { message: buffer.split_to(kept), is_cut: true })
            }
        }
    }
}

fn end_of_line(buffer: &[u8]) -> Option<usize> {
    buffer.iter().position(|byte| matches!(byte, b'\n' | 0))
}

/// Whether the first message of a stream is the beginning of an HTTP request: a web page that is
/// open on this machine may send one to any port.
pub fn is_http(first: &Frame) -> bool {
    let line = first.message.trim_ascii_end();
    if line.starts_with(b"<") {
        return false;
    }
    let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    // The end of an address so long is cut off.
    let is_cut_request = first.is_cut
        && method.len() < line.len()
        && method.iter().all(u8::is_ascii_uppercase)
        && line.get(method.len() + 1) == Some(&b'/');
    line.ends_with(b" HTTP/1.0") || line.ends_with(b" HTTP/1.1") || is_cut_request
}

/// Appends a message and where it came from to those that wait.
pub fn push_waiting(waiting: &mut BytesMut, peer: IpAddr, message: &[u8], is_cut: bool) {
    let peer = match peer.to_canonical() {
        IpAddr::V4(peer) => peer.to_ipv6_mapped(),
        IpAddr::V6(peer) => peer,
    };
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    waiting.extend_from_slice(&length.to_le_bytes());
    waiting.extend_from_slice(&[u8::from(is_cut)]);
    waiting.extend_from_slice(&peer.octets());
    waiting.extend_from_slice(message);
}

/// A message that waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<'a> {
    pub peer: IpAddr,
    pub is_cut: bool,
    pub message: &'a [u8],
}

/// The messages that [`push_waiting`] put one after another.
pub fn waiting(mut bytes: &[u8]) -> impl Iterator<Item = Waiting<'_>> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let ([is_cut], rest) = rest.split_first_chunk::<1>()?;
        let (peer, rest) = rest.split_first_chunk::<16>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (message, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        let peer = IpAddr::from(*peer).to_canonical();
        Some(Waiting { peer, is_cut: *is_cut != 0, message })
    })
}
