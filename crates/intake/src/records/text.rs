//! Lines as people meant them: UTF-8, without the colours of a terminal.

use crate::otlp::map::Tally;
use std::borrow::Cow;

const ESCAPE: u8 = 0x1b;

/// The text of a line: what is not UTF-8 is replaced and counted, line ends and colours are gone.
pub fn of_line<'a>(line: &'a [u8], tally: &mut Tally) -> Cow<'a, str> {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
    let text = match std::str::from_utf8(&line[..end]) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            tally.invalid_strings += 1;
            String::from_utf8_lossy(&line[..end])
        }
    };
    match text {
        Cow::Borrowed(text) => without_colours(text),
        Cow::Owned(text) => Cow::Owned(without_colours(&text).into_owned()),
    }
}

/// Leaves out terminal control sequences (ECMA-48): colours, cursor moves, titles, links.
pub fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::from(ESCAPE)) {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        // Ends of sequences are ASCII, so a cut there is at a character.
        rest = &after[sequence_bytes(after.as_bytes())..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// A sequence that did not end by now is none.
const SEQUENCE_BYTES_MAX: usize = 4096;

/// Length of the control sequence after its escape; 0 when there is none.
fn sequence_bytes(after: &[u8]) -> usize {
    let window = &after[..after.len().min(SEQUENCE_BYTES_MAX)];
    match window.first() {
        // CSI: parameters and intermediates, then one final byte.
        Some(b'[') => {
            let mut at = 1;
            while window.get(at).is_some_and(|byte| (0x20..=0x3f).contains(byte)) {
                at += 1;
            }
            at + usize::from(window.get(at).is_some_and(|byte| (0x40..=0x7e).contains(byte)))
        }
        // OSC: until BEL or ESC \.
        Some(b']') => {
            for (at, byte) in window.iter().enumerate() {
                match byte {
                    0x07 => return at + 1,
                    &ESCAPE if window.get(at + 1) == Some(&b'\\') => return at + 2,
                    _ => {}
                }
            }
            1
        }
        // Character sets take one more byte.
        Some(b'(' | b')') if window.get(1).is_some_and(u8::is_ascii) => 2,
        Some(byte) if (0x30..=0x7e).contains(byte) => 1,
        _ => 0,
    }
}
