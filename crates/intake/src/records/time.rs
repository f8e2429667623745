//! Times as senders write them.

use super::json::Json;
use crate::otlp::map::Clock;
use hannun_model::limits::FUTURE_SECONDS_MAX;

const SECOND_NS: i64 = 1_000_000_000;
/// A log record is not older than this; what says so has a clock that was never set.
const EARLIEST_NS: i64 = 946_684_800 * SECOND_NS;
/// A time without a zone is read as UTC. One that lies further ahead than this was local time of
/// somewhere east.
const ZONELESS_AHEAD_NS: i64 = 60 * SECOND_NS;

/// The time that a value says, in nanoseconds since 1970. `None` when it says none or an absurd
/// one (see [`plausible`]).
pub fn of_value(value: &Json<'_>, clock: Clock) -> Option<i64> {
    let (time_ns, has_zone) = match value {
        Json::Int(int) => (of_integer(*int)?, true),
        Json::Double(double) => (of_double(*double)?, true),
        Json::Text(text) => of_text(text.trim())?,
        _ => return None,
    };
    let is_ahead = time_ns > clock.now_ns.saturating_add(ZONELESS_AHEAD_NS);
    (plausible(time_ns, clock) && (has_zone || !is_ahead)).then_some(time_ns)
}

/// Whether a record may be of this time: not before 2000, and not far in the future.
pub fn plausible(time_ns: i64, clock: Clock) -> bool {
    let latest_ns = clock.now_ns.saturating_add(FUTURE_SECONDS_MAX * SECOND_NS);
    (EARLIEST_NS..=latest_ns).contains(&time_ns)
}

/// Seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude: each unit is good
/// from 1973 or earlier until the year 5138.
pub fn of_integer(value: i64) -> Option<i64> {
    let unit_ns = match value.unsigned_abs() {
        0..100_000_000_000 => SECOND_NS,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    value.checked_mul(unit_ns)
}

fn of_double(value: f64) -> Option<i64> {
    if !value.is_finite() || value.abs() >= 9e18 {
        return None;
    }
    let whole = value.trunc();
    let whole_ns = of_integer(whole as i64)?;
    // A fraction only matters of seconds and milliseconds; the unit is that of the whole part.
    let unit_ns = if whole as i64 == 0 { SECOND_NS } else { whole_ns / whole as i64 };
    // A double of this size keeps microseconds; the digits below are noise.
    let fraction_us = (value.fract() * unit_ns as f64 / 1_000.0).round() as i64;
    whole_ns.checked_add(fraction_us.checked_mul(1_000)?)
}

/// A number, RFC 3339 (also with a space, a comma, or without a zone), RFC 2822, or the common log
/// format. Answers the time and whether it named its zone.
pub fn of_text(text: &str) -> Option<(i64, bool)> {
    if text.len() > 64 {
        return None;
    }
    let first = text.bytes().next()?;
    if first.is_ascii_digit() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return of_digits(text).map(|time| (time, true));
    }
    let mut scanner = Scanner { rest: text };
    let parts = scanner.iso().or_else(|| Scanner { rest: text }.month_name())?;
    parts.time_ns()
}

/// The time that a line of text begins with, when it is written with its zone: a line cannot say
/// where it is local.
pub fn at_beginning(line: &str) -> Option<i64> {
    let head = line.get(..line.floor_char_boundary(48))?;
    let head = head.trim_start_matches(['[', '<', '(']);
    if !head.as_bytes().first()?.is_ascii_digit() || head.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let mut ends = head.match_indices([' ', '\t', ']', '>', ')']).map(|(at, _)| at).take(3);
    let whole = std::iter::once(head.len())
        .filter(|_| head.len() == line.trim_start_matches(['[', '<', '(']).len());
    ends.by_ref().chain(whole).find_map(|end| match of_text(&head[..end])? {
        (time_ns, true) => Some(time_ns),
        _ => None,
    })
}

fn of_digits(text: &str) -> Option<i64> {
    match text.split_once('.') {
        None => of_integer(text.parse().ok()?),
        Some((whole, fraction)) => {
            let whole: i64 = whole.parse().ok()?;
            let whole_ns = of_integer(whole)?;
            let unit_ns = if whole == 0 { SECOND_NS } else { whole_ns / whole };
            let fraction_ns = nanoseconds(fraction)? / (SECOND_NS / unit_ns.max(1));
            whole_ns.checked_add(fraction_ns)
        }
    }
}

/// Digits after a decimal point of seconds.
fn nanoseconds(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &digits[..digits.len().min(9)];
    let value: i64 = kept.parse().ok()?;
    Some(value * 10_i64.pow(9 - u32::try_from(kept.len()).ok()?))
}

/// A date and time as written.
#[derive(Debug, Clone, Copy)]
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    seconds: i64,
    nanoseconds: i64,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

impl Parts {
    fn time_ns(self) -> Option<(i64, bool)> {
        if !(1..=12).contains(&self.month) || !(1..=31).contains(&self.day) {
            return None;
        }
        let seconds = days_since_1970(self.year, self.month, self.day)
            .checked_mul(86_400)?
            .checked_add(self.seconds)?
            .checked_sub(self.offset.unwrap_or(0))?;
        let time_ns = seconds.checked_mul(SECOND_NS)?.checked_add(self.nanoseconds)?;
        Some((time_ns, self.offset.is_some()))
    }
}

/// Days of the proleptic Gregorian calendar.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the leap day.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year and month of a time.
pub fn year_and_month(time_ns: i64) -> (i64, i64) {
    let days = time_ns.div_euclid(86_400 * SECOND_NS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month)
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    /// `2026-11-21T16:49:48.123456789+09:00` and its relatives.
    fn iso(&mut self) -> Option<Parts> {
        let year = self.number(4, 4)?;
        let separator = self.one_of("-/")?;
        let month = self.number(1, 2)?;
        (self.one_of("-/")? == separator).then_some(())?;
        let day = self.number(1, 2)?;
        self.one_of("Tt _")?;
        let (seconds, nanoseconds) = self.clock()?;
        let offset = self.zone()?;
        Some(Parts { year, month, day, seconds, nanoseconds, offset })
    }

    /// `Sat, 21 Nov 2026 16:49:48 +0900` and `21/Nov/2026:16:49:48 +0900`.
    fn month_name(&mut self) -> Option<Parts> {
        if let Some((weekday, rest)) = self.rest.split_once(", ")
            && weekday.bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            self.rest = rest;
        }
        let day = self.number(1, 2)?;
        self.one_of(" /-")?;
        let name = self.rest.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| *month == name)?;
        self.rest = &self.rest[3..];
        self.one_of(" /-")?;
        let year = self.number(4, 4)?;
        self.one_of(" :")?;
        let (seconds, nanoseconds) = self.clock()?;
        let offset = self.zone()?;
        let month = i64::try_from(month).ok()? + 1;
        Some(Parts { year, month, day, seconds, nanoseconds, offset })
    }

    /// `16:49:48`, with a fraction.
    fn clock(&mut self) -> Option<(i64, i64)> {
        let hours = self.number(1, 2)?;
        self.one_of(":")?;
        let minutes = self.number(2, 2)?;
        let mut seconds = 0;
        let mut fraction_ns = 0;
        if self.one_of(":").is_some() {
            seconds = self.number(2, 2)?;
            if self.one_of(".,").is_some() {
                let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                fraction_ns = nanoseconds(&self.rest[..digits])?;
                self.rest = &self.rest[digits..];
            }
        }
        // A leap second is the first of the next minute.
        (hours < 24 && minutes < 60 && seconds <= 60).then_some(())?;
        Some((hours * 3600 + minutes * 60 + seconds, fraction_ns))
    }

    /// What follows the clock: nothing, or a zone. `None` when it is something else.
    fn zone(&mut self) -> Option<Option<i64>> {
        let rest = self.rest.trim();
        if rest.is_empty() {
            return Some(None);
        }
        if ["z", "utc", "gmt"].contains(&rest.to_ascii_lowercase().as_str()) {
            return Some(Some(0));
        }
        self.rest = rest;
        let sign = if self.one_of("+-")? == '+' { 1 } else { -1 };
        let hours = self.number(2, 2)?;
        let _ = self.one_of(":");
        let minutes = if self.rest.is_empty() { 0 } else { self.number(2, 2)? };
        (self.rest.is_empty() && hours < 24 && minutes < 60).then_some(())?;
        Some(Some(sign * (hours * 3600 + minutes * 60)))
    }

    fn number(&mut self, least_digits: usize, most_digits: usize) -> Option<i64> {
        let digits = self.rest.bytes().take(most_digits).take_while(u8::is_ascii_digit).count();
        (digits >= least_digits).then_some(())?;
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(number)
    }

    fn one_of(&mut self, characters: &str) -> Option<char> {
        let first = self.rest.chars().next().filter(|first| characters.contains(*first))?;
        self.rest = &self.rest[first.len_utf8()..];
        Some(first)
    }
}
