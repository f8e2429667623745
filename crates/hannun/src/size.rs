//! Sizes and durations as people write them.

use std::time::Duration;

/// Reads `512MiB`, `2GiB`, `1.5GB` or a plain number of bytes.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text)?;
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "t" | "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        other => {
            return Err(format!("unknown unit {other:?}; write a size such as 512MiB or 2GiB"));
        }
    };
    Ok((number * factor) as u64)
}

/// Reads `15d`, `12h`, `30m` or `45s`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text)?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 7.0 * 86_400.0,
        _ => return Err(format!("{text:?} has no unit; write a duration such as 15d or 12h")),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

/// Reads a time such as `2026-11-21T09:00:00Z`, or milliseconds since 1970. A time without a zone is
/// in UTC.
pub fn parse_time_ms(text: &str) -> Result<i64, String> {
    if let Ok(milliseconds) = text.trim().parse() {
        return Ok(milliseconds);
    }
    let nanoseconds = arrow::compute::kernels::cast_utils::string_to_timestamp_nanos(text.trim());
    nanoseconds.map(|nanoseconds| nanoseconds.div_euclid(1_000_000)).map_err(|_| {
        format!("{text:?} is no time; write 2026-11-21T09:00:00Z or milliseconds since 1970")
    })
}

fn split(text: &str) -> Result<(f64, &str), String> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number =
        text[..end].parse().map_err(|_| format!("{text:?} does not begin with a number"))?;
    Ok((number, text[end..].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc_unless_they_tell_a_zone() {
        assert_eq!(parse_time_ms("1700000000000"), Ok(1_700_000_000_000));
        assert_eq!(parse_time_ms("2023-11-14T22:13:20Z"), Ok(1_700_000_000_000));
        assert_eq!(parse_time_ms("2023-11-15T07:13:20+09:00"), Ok(1_700_000_000_000));
        assert_eq!(parse_time_ms("2023-11-14T22:13:20"), Ok(1_700_000_000_000));
        assert!(parse_time_ms("yesterday").unwrap_err().contains("is no time"));
    }

    #[test]
    fn sizes_and_durations_read_with_their_units() {
        assert_eq!(parse_bytes("512MiB"), Ok(512 * 1024 * 1024));
        assert_eq!(parse_bytes("1.5 GB"), Ok(1_500_000_000));
        assert_eq!(parse_bytes("77"), Ok(77));
        assert!(parse_bytes("12 parsecs").is_err());
        assert_eq!(parse_duration("15d"), Ok(Duration::from_secs(15 * 86_400)));
        assert!(parse_duration("15").is_err());
    }
}
