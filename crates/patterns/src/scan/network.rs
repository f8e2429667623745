//! Addresses and names of machines.

use super::number::digits;
use crate::kind::Kind;

/// Length of the IPv4 address, or IPv4 network, that `text` begins with.
pub(super) fn ipv4(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        let length = digits(&text[at..]);
        if !(1..=3).contains(&length) {
            return None;
        }
        at += length;
        if part < 3 {
            if text.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
    }
    match text.get(at) {
        // Five parts are no address; "10.0.0.1." ends a sentence.
        Some(b'.') if text.get(at + 1).is_some_and(u8::is_ascii_digit) => None,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => None,
        Some(b'/') if (1..=2).contains(&digits(&text[at + 1..])) => {
            let end = at + 1 + digits(&text[at + 1..]);
            let more =
                text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'/');
            Some(if more { at } else { end })
        }
        _ => Some(at),
    }
}

/// The IPv6 address, or the hardware address, that `text` begins with: its kind and length.
pub(super) fn colon_groups(text: &[u8]) -> Option<(Kind, usize)> {
    let run = text.iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':');
    let mut end = run.count();
    let (mut groups, mut gaps, mut pairs, mut digits) = (0, 0, true, false);
    for group in text[..end].split(|byte| *byte == b':') {
        groups += 1;
        gaps += usize::from(group.is_empty());
        pairs &= group.len() == 2;
        digits |= group.iter().any(u8::is_ascii_digit);
        if group.len() > 4 {
            return None;
        }
    }
    if pairs && groups >= 5 && ends(text.get(end)) {
        return Some((Kind::Hexadecimal, end));
    }
    let shortened = gaps > 0 && text[..end].windows(2).any(|pair| pair == b"::");
    if !digits || groups < 3 || !(groups == 8 && gaps == 0 || shortened && gaps < 4) {
        return None;
    }
    if text.get(end) == Some(&b'.') {
        // "::ffff:10.0.0.1" ends as an IPv4 address does.
        let last = text[..end].iter().rposition(|byte| *byte == b':').map_or(0, |at| at + 1);
        end = last + ipv4(&text[last..]).unwrap_or(end - last);
    }
    ends(text.get(end)).then_some((Kind::Address, end))
}

fn ends(next: Option<&u8>) -> bool {
    next.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
}

/// Whether `text` is a UUID up to its 36th byte.
pub(super) fn starts_with_uuid(text: &[u8]) -> bool {
    text.len() >= 36
        && text[8] == b'-'
        && text[..36].iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && text.get(36).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Whether `text` is the full name of a machine: labels that end in a known top-level domain.
/// Packages of programming languages are written the other way round.
pub(super) fn is_host(text: &[u8]) -> bool {
    let Some(dot) = text.iter().rposition(|byte| *byte == b'.') else { return false };
    if !is_top_level(&text[dot + 1..]) {
        return false;
    }
    let mut labels = text[..dot].split(|byte| *byte == b'.');
    let first = labels.next().unwrap_or_default();
    !matches!(first, b"com" | b"org" | b"net" | b"io" | b"edu" | b"dev" | b"java" | b"javax")
        && is_label(first)
        && labels.all(is_label)
}

fn is_label(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// Top-level domains of countries in wide use. Left out are those that are as often the end of a
/// file's name or of an identifier (`id`, `is`, `py`, `rs`, `sh`, `md`, `so`, `to`).
const COUNTRIES: &[&[u8]] = &[
    b"ai", b"ar", b"at", b"au", b"be", b"br", b"ca", b"ch", b"cl", b"cn", b"co", b"cz", b"de",
    b"dk", b"es", b"eu", b"fi", b"fr", b"gr", b"hk", b"hu", b"ie", b"il", b"in", b"io", b"it",
    b"jp", b"kr", b"lt", b"lv", b"mx", b"nl", b"no", b"nz", b"ph", b"pl", b"pt", b"ro", b"ru",
    b"se", b"sg", b"sk", b"th", b"tr", b"tv", b"tw", b"ua", b"uk", b"us", b"vn", b"za",
];

/// Other top-level domains in wide use, and those of private networks.
const DOMAINS: &[&[u8]] = &[
    b"com",
    b"net",
    b"org",
    b"edu",
    b"gov",
    b"mil",
    b"int",
    b"info",
    b"biz",
    b"dev",
    b"app",
    b"cloud",
    b"arpa",
    b"local",
    b"internal",
    b"lan",
    b"corp",
    b"localdomain",
    b"online",
    b"site",
    b"xyz",
    b"shop",
];

fn is_top_level(label: &[u8]) -> bool {
    if label.len() == 2 { COUNTRIES.contains(&label) } else { DOMAINS.contains(&label) }
}
