//! Times in the styles that bills write them.

use crate::error::Problem;
use chrono::{DateTime, NaiveDate, SecondsFormat};

/// What a cell of a time column should hold.
pub const WANTED: &str = "a time such as 2026-10-01T00:00:00Z or 2026-10-01 00:00:00";

/// Reads `2026-10-01T00:00:00Z`, `2026-10-01 00:00:00`, either with a fraction and an offset such as
/// `+09:00` or `UTC`, and `2026-10-01`. Without an offset it is UTC.
///
/// # Errors
/// The text is no such time.
pub fn parse_ns(text: &str) -> Result<i64, Problem> {
    parse(text.trim()).ok_or_else(|| Problem::value(text, WANTED))
}

fn parse(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let year = i32::try_from(digits(bytes, 0, 4)?).ok()?;
    let (b'-', b'-') = (bytes.get(4)?, bytes.get(7)?) else { return None };
    let date = NaiveDate::from_ymd_opt(year, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?)?;
    let Some(separator) = bytes.get(10) else {
        return date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt();
    };
    if !matches!(separator, b'T' | b't' | b' ') || *bytes.get(13)? != b':' {
        return None;
    }
    let (hour, minute) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?);
    let mut at = 16;
    let mut second = 0;
    let mut fraction_ns = 0;
    if bytes.get(at) == Some(&b':') {
        second = digits(bytes, 17, 2)?;
        at = 19;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            let mut place = 100_000_000;
            while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
                fraction_ns += u32::from(digit - b'0') * place;
                place /= 10;
                at += 1;
            }
        }
    }
    // A leap second is the first instant of the next minute on every clock a bill is made with.
    let time = date.and_hms_nano_opt(hour, minute, second.min(59), fraction_ns)?.and_utc();
    let local_ns = time.timestamp_nanos_opt()?;
    local_ns.checked_sub(offset_seconds(text.get(at..)?)?.checked_mul(1_000_000_000)?)
}

/// Seconds that a local time is ahead of UTC.
fn offset_seconds(text: &str) -> Option<i64> {
    let text = text.trim_start();
    match text {
        "" | "Z" | "z" | "UTC" | "GMT" => return Some(0),
        _ => {}
    }
    let bytes = text.as_bytes();
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = i64::from(digits(bytes, 1, 2)?);
    let minutes = match bytes.len() {
        3 => 0,
        5 => i64::from(digits(bytes, 3, 2)?),
        6 if bytes[3] == b':' => i64::from(digits(bytes, 4, 2)?),
        _ => return None,
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

fn digits(bytes: &[u8], start: usize, count: usize) -> Option<u32> {
    bytes.get(start..start + count)?.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// The time as messages and texts show it: `2026-10-01T00:00:00Z`.
pub fn print_ns(time_ns: i64) -> String {
    DateTime::from_timestamp_nanos(time_ns).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_styles_of_all_bills_are_read() {
        for text in [
            "2026-10-01T00:00:00Z",
            "2026-10-01T00:00:00.000Z",
            "2026-10-01 00:00:00",
            "2026-10-01 00:00:00+00:00",
            "2026-10-01 00:00:00.000000 UTC",
            "2026-10-01 00:00:00 UTC",
            "2026-10-01T09:00:00+09:00",
            "2026-10-01T00:00Z",
            "2026-10-01",
            "2026-09-30T19:00:00-0500",
        ] {
            assert_eq!(parse_ns(text).unwrap(), 1_790_812_800_000_000_000, "{text}");
        }
        assert_eq!(parse_ns("1970-01-01T00:00:00.5Z").unwrap(), 500_000_000);
        assert_eq!(print_ns(1_790_812_800_000_000_000), "2026-10-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "yesterday", "2026-13-01", "2026-10-01T25:00:00Z", "01/10/2026", "2026-10-01X"]
        {
            assert!(parse_ns(text).is_err(), "{text}");
        }
        let message = parse_ns("10/2026").unwrap_err().to_string();
        assert!(message.starts_with("`10/2026` is not a time such as"), "{message}");
    }
}
