//! Numbers and the units behind them.

use crate::kind::Kind;

/// Length of the number that `text` begins with: digits, parts divided by dots, an exponent.
pub(super) fn length(text: &[u8]) -> usize {
    let mut at = digits(text);
    while text.get(at) == Some(&b'.') && text.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at += 1 + digits(&text[at + 1..]);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'-' | b'+')));
        let exponent = text.get(at + 1 + sign..).map_or(0, digits);
        let end = at + 1 + sign + exponent;
        if exponent > 0 && text.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric()) {
            return end;
        }
    }
    at
}

/// The number that `text` begins with and the unit that directly follows or stands one blank
/// behind it: their length and kind. `None` when letters follow that are no unit.
pub(super) fn with_unit(text: &[u8]) -> Option<(usize, Kind)> {
    let number = length(text);
    let rest = &text[number..];
    if number == 0 {
        return None;
    }
    let blank = usize::from(rest.first() == Some(&b' '));
    let letters = rest[blank..].iter().take_while(|byte| is_letter(**byte)).count();
    let end = number + blank + letters;
    let bounded = text.get(end).is_none_or(|byte| !byte.is_ascii_digit() && *byte != b'_');
    let kind = bounded.then(|| unit(&rest[blank..blank + letters], blank == 1)).flatten();
    match kind {
        Some(Kind::Size) => Some((end + in_other_words(&text[end..]), Kind::Size)),
        Some(kind) => Some((end, kind)),
        None if letters == 0 || blank == 1 => Some((number, Kind::Number)),
        None => None,
    }
}

/// Length of the same size told again in parentheses: `12716 bytes (12.4 KB)`.
fn in_other_words(text: &[u8]) -> usize {
    let Some(inner) = text.strip_prefix(b" (") else { return 0 };
    let number = length(inner);
    let blank = usize::from(inner.get(number) == Some(&b' '));
    let letters = inner[number + blank..].iter().take_while(|byte| is_letter(**byte)).count();
    let end = number + blank + letters;
    let is_size = number > 0
        && unit(&inner[number + blank..end], blank == 1) == Some(Kind::Size)
        && inner.get(end) == Some(&b')');
    if is_size { 2 + end + 1 } else { 0 }
}

/// Units of bytes and of time. Single letters and words that mean other things as well count only
/// where no blank divides them from the number.
fn unit(letters: &[u8], apart: bool) -> Option<Kind> {
    match letters {
        b"KB" | b"MB" | b"GB" | b"TB" | b"PB" | b"kB" | b"kb" | b"mb" | b"gb" | b"KiB" | b"MiB"
        | b"GiB" | b"TiB" | b"B" | b"bytes" | b"byte" | b"Bytes" => Some(Kind::Size),
        b"ns" | b"us" | b"ms" | b"sec" | b"secs" | b"msec" | b"usec" | b"min" | b"mins"
        | b"hrs" | b"\xc2\xb5s" | b"\xce\xbcs" => Some(Kind::Duration),
        b"second" | b"seconds" | b"minute" | b"minutes" | b"hour" | b"hours" | b"day" | b"days"
        | b"milliseconds" | b"millis" => Some(Kind::Duration),
        b"K" | b"M" | b"G" | b"T" | b"k" | b"Ki" | b"Mi" | b"Gi" | b"Ti" if !apart => {
            Some(Kind::Size)
        }
        b"s" | b"m" | b"h" | b"d" if !apart => Some(Kind::Duration),
        _ => None,
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

pub(super) fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
