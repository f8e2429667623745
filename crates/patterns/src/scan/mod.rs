//! From a message to its normal form: what varies by its shape alone becomes a variable.
//!
//! One pass over the bytes, no allocation but in the caller's buffer. The rules know nothing of any
//! system; they know what numbers, addresses, paths, identifiers and timestamps look like.

mod chunk;
mod network;
mod number;
mod repeat;
mod time;

use crate::kind::Kind;
use hannun_model::limits::{PATTERN_MESSAGE_BYTES_MAX, PATTERN_TOKENS_MAX};
use std::ops::Range;

const CHUNK: u8 = 1;
const DIGIT: u8 = 2;
const DOT: u8 = 4;
const SLASH: u8 = 8;
const COLON: u8 = 16;
/// `@` and `\`.
const MARK: u8 = 32;
const DASH: u8 = 64;
const SPACE: u8 = 128;

/// What each byte may be a part of.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0..=b' ' | 0x7f => SPACE,
            b'0'..=b'9' => CHUNK | DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => CHUNK,
            b'.' => CHUNK | DOT,
            b'/' => CHUNK | SLASH,
            b':' => CHUNK | COLON,
            b'@' | b'\\' => CHUNK | MARK,
            b'-' => CHUNK | DASH,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// Writes the normal form of `message` into `normal`, which is cleared first.
///
/// White space is one blank, colours of terminals are gone, and every variable is one byte: the
/// value of its [`Kind`]. The result is UTF-8.
pub fn normalise(message: &str, normal: &mut Vec<u8>) {
    normal.clear();
    let (lead, closing) = excerpt(message);
    let mut scanner =
        Scanner { input: &[], at: 0, out: normal, previous: 0..0, tokens_left: PATTERN_TOKENS_MAX };
    scanner.run(lead);
    if let Some(closing) = closing {
        scanner.space(b' ');
        scanner.run(closing);
    }
    while normal.last() == Some(&b' ') {
        normal.pop();
    }
}

/// The lines of a message that tell its kind: the first that is not empty and, when that only
/// announces something (`Traceback (most recent call last):`), the last one too.
fn excerpt(message: &str) -> (&str, Option<&str>) {
    let message = message.trim();
    let Some((first, _)) = message.split_once('\n') else { return (message, None) };
    let first = first.trim_end();
    let last = first.ends_with(':').then(|| message.rsplit('\n').next()).flatten();
    (first, last.map(str::trim))
}

/// The beginning of `text` that is looked at.
fn cut(text: &str) -> &str {
    if text.len() <= PATTERN_MESSAGE_BYTES_MAX {
        return text;
    }
    &text[..text.floor_char_boundary(PATTERN_MESSAGE_BYTES_MAX)]
}

struct Scanner<'a> {
    input: &'a [u8],
    at: usize,
    out: &'a mut Vec<u8>,
    /// Where in `out` the chunk before stands, to fold lists.
    previous: Range<usize>,
    tokens_left: usize,
}

impl<'a> Scanner<'a> {
    fn run(&mut self, text: &'a str) {
        self.input = cut(text).as_bytes();
        self.at = 0;
        self.previous = 0..0;
        while self.at < self.input.len() && self.tokens_left > 0 {
            let byte = self.input[self.at];
            let class = CLASSES[usize::from(byte)];
            if class & CHUNK != 0 {
                self.tokens_left -= 1;
                self.chunk();
            } else if class & SPACE != 0 {
                self.space(byte);
            } else {
                self.tokens_left -= 1;
                self.punctuation(byte);
            }
        }
        if self.at < text.len() {
            self.space(b' ');
            self.out.push(Kind::Rest as u8);
        }
    }

    fn space(&mut self, byte: u8) {
        self.at += 1;
        if byte == 0x1b {
            self.at += colour_length(&self.input[self.at..]);
        } else if self.out.last().is_some_and(|last| *last != b' ') {
            self.out.push(b' ');
        }
    }

    fn punctuation(&mut self, byte: u8) {
        let rest = &self.input[self.at..];
        if byte == b'<' {
            // A template that is logged, or a message that already hides its values.
            if let Some((kind, length)) = Kind::at_start_of(rest) {
                self.variable(kind);
                self.at += length;
                return;
            }
            // "<1 sec" is a duration like "3 sec".
            if rest.get(1).is_some_and(u8::is_ascii_digit)
                && number::with_unit(&rest[1..]).is_some_and(|(_, kind)| kind != Kind::Number)
            {
                self.at += 1;
                return;
            }
        }
        // "(…)" around a value, and the value was empty.
        if byte == b'(' && rest.get(1) == Some(&b')') && self.out.last() == Some(&b' ') {
            self.out.extend_from_slice(&[b'(', Kind::Text as u8, b')']);
            self.at += 2;
            return;
        }
        self.out.push(byte);
        self.at += 1;
    }

    /// Adds a variable; numbers that only a separator divides become one.
    fn variable(&mut self, kind: Kind) {
        use Kind::{Hexadecimal, Identifier, Number};
        if matches!(kind, Number | Hexadecimal | Identifier)
            && let [.., first, separator] = self.out[..]
            && matches!(separator, b'_' | b'-' | b'.')
            && let Some(before) = Kind::from_byte(first)
            && matches!(before, Number | Hexadecimal | Identifier)
        {
            self.out.pop();
            self.out.pop();
            self.out.push(before.join(kind) as u8);
            return;
        }
        // The sign of a number.
        if kind == Number
            && let [before @ .., b'-'] = &self.out[..]
            && before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte >= b' ')
        {
            self.out.pop();
        }
        self.out.push(kind as u8);
    }
}

/// Length of what follows ESC in a sequence that colours a terminal.
fn colour_length(rest: &[u8]) -> usize {
    let Some(sequence) = rest.strip_prefix(b"[") else { return 0 };
    let parameters = sequence.iter().take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    let closed = sequence.get(parameters).is_some_and(u8::is_ascii_alphabetic);
    if closed { parameters + 2 } else { 0 }
}

#[cfg(test)]
mod tests;
