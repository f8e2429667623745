//! Timestamps in the usual spellings.

use super::number::digits;

/// Length of the date, time of day or both that `text`, which begins with a digit, begins with.
pub(super) fn timestamp(text: &[u8]) -> Option<usize> {
    if let Some(end) = time_of_day(text) {
        return Some(end);
    }
    let date = date(text)?;
    let rest = &text[date..];
    let both = match rest.first() {
        Some(b'T' | b' ' | b':' | b'_') => time_of_day(&rest[1..]).map(|end| date + 1 + end),
        _ => None,
    };
    both.or_else(|| ends_word(rest).then_some(date))
}

/// Length of a timestamp that begins with the name of a day or a month and holds a time of day:
/// `Wed Jul 27 10:59:53 2005`, `Dec 10 06:55:46`, `Wed, 27 Jul 2005 10:59:53 GMT`.
pub(super) fn with_names(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut names = 0;
    // Names and numbers in any order, then the time.
    for _ in 0..4 {
        let rest = &text[at..];
        if let Some(end) = time_of_day(rest) {
            return (names > 0).then(|| at + end + year(&text[at + end..]));
        }
        let number = digits(rest);
        let word = if is_name(rest) { 3 } else { number };
        if word == 0 || number > 4 {
            return None;
        }
        names += usize::from(number == 0);
        at += word;
        at += usize::from(text.get(at) == Some(&b','));
        let blanks = text[at..].iter().take_while(|byte| **byte == b' ').count();
        if blanks == 0 {
            return None;
        }
        at += blanks;
    }
    let end = time_of_day(&text[at..])?;
    Some(at + end + year(&text[at + end..]))
}

/// Length of a zone and a year behind a time of day.
fn year(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b" ") else { return 0 };
    let letters = rest.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    if (3..=4).contains(&letters) && ends_word(&rest[letters..]) {
        return 1 + letters + year(&rest[letters..]);
    }
    let is_year = digits(rest) == 4 && matches!(rest[0], b'1' | b'2') && ends_word(&rest[4..]);
    if is_year { 5 } else { 0 }
}

fn is_name(text: &[u8]) -> bool {
    let Some((name, rest)) = text.split_first_chunk::<3>() else { return false };
    matches!(rest.first(), Some(b' ' | b','))
        && matches!(
            name,
            b"Mon"
                | b"Tue"
                | b"Wed"
                | b"Thu"
                | b"Fri"
                | b"Sat"
                | b"Sun"
                | b"Jan"
                | b"Feb"
                | b"Mar"
                | b"Apr"
                | b"May"
                | b"Jun"
                | b"Jul"
                | b"Aug"
                | b"Sep"
                | b"Oct"
                | b"Nov"
                | b"Dec"
        )
}

/// `2024-05-06`, `2024/05/06`, `17/06/09`, `10/Oct/2000`.
fn date(text: &[u8]) -> Option<usize> {
    let first = digits(text);
    let separator = *text.get(first).filter(|byte| matches!(byte, b'-' | b'/'))?;
    let rest = &text[first + 1..];
    let middle = match digits(rest) {
        0 if rest.len() > 3 && rest[..3].iter().all(u8::is_ascii_alphabetic) => 3,
        length => length,
    };
    if rest.get(middle) != Some(&separator) {
        return None;
    }
    let last = digits(&rest[middle + 1..]);
    let named = middle == 3;
    let fits = match (first, last) {
        (4, 2) => !named && middle == 2,
        (2, 4) => named || middle == 2,
        (2, 2) => !named && middle == 2 && separator == b'/',
        _ => false,
    };
    fits.then_some(first + middle + last + 2)
}

/// `10:59`, `10:59:53`, with a fraction and a zone.
fn time_of_day(text: &[u8]) -> Option<usize> {
    let hour = digits(text);
    if !(1..=2).contains(&hour) || text.get(hour) != Some(&b':') {
        return None;
    }
    if digits(&text[hour + 1..]) != 2 {
        return None;
    }
    let mut at = hour + 3;
    if text.get(at) == Some(&b':') && digits(&text[at + 1..]) == 2 {
        at += 3;
        if matches!(text.get(at), Some(b'.' | b',')) {
            let fraction = digits(&text[at + 1..]);
            at += if fraction > 0 { fraction + 1 } else { 0 };
        }
    }
    match text.get(at) {
        Some(b'Z') => at += 1,
        Some(b'+' | b'-') if digits(&text[at + 1..]) == 4 => at += 5,
        Some(b'+' | b'-') if digits(&text[at + 1..]) == 2 && text.get(at + 3) == Some(&b':') => {
            at += 6;
        }
        Some(b' ')
            if matches!(text.get(at + 1), Some(b'+' | b'-')) && digits(&text[at + 2..]) == 4 =>
        {
            at += 6;
        }
        _ => {}
    }
    (at <= text.len() && ends_word(&text[at..])).then_some(at)
}

/// Whether a word may end before `rest`. A colon may only close a sentence's part.
fn ends_word(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b':', after, ..] => !after.is_ascii_alphanumeric() && *after != b':',
        [byte, ..] => !byte.is_ascii_alphanumeric() && *byte != b'_',
    }
}
