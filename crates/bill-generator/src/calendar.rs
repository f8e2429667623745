//! Billing periods and the clock of a bill: UTC, seconds since 1970.

use crate::GenerateError;
use chrono::{Datelike, NaiveDate};
use std::io::Write;

pub const HOUR: i64 = 3600;
pub const DAY: i64 = 24 * HOUR;

/// A billing period of AWS: a calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    /// From 1.
    month: u32,
}

impl Month {
    /// Reads `2026-10`.
    ///
    /// # Errors
    /// When the text is no month between 1970 and 2199.
    pub fn parse(text: &str) -> Result<Self, GenerateError> {
        let wrong = || GenerateError::Options(format!("`{text}` is no month such as 2026-10"));
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let (year, month) =
            (year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?);
        if !(1970..2200).contains(&year) || !(1..=12).contains(&month) {
            return Err(wrong());
        }
        Ok(Self { year, month })
    }

    /// The month that a time is in.
    pub fn of(seconds: i64) -> Self {
        let (year, month, _) = civil(seconds.div_euclid(DAY));
        Self { year, month }
    }

    pub fn next(self) -> Self {
        if self.month == 12 {
            return Self { year: self.year + 1, month: 1 };
        }
        Self { month: self.month + 1, ..self }
    }

    pub fn previous(self) -> Self {
        if self.month == 1 {
            return Self { year: self.year - 1, month: 12 };
        }
        Self { month: self.month - 1, ..self }
    }

    pub fn start(self) -> i64 {
        NaiveDate::from_ymd_opt(self.year, self.month, 1)
            .and_then(|date| date.and_hms_opt(0, 0, 0))
            .map_or(0, |time| time.and_utc().timestamp())
    }

    /// The first second that is not in it.
    pub fn end(self) -> i64 {
        self.next().start()
    }

    pub fn hours(self) -> i64 {
        (self.end() - self.start()) / HOUR
    }

    pub fn days(self) -> usize {
        ((self.end() - self.start()) / DAY) as usize
    }

    /// `20261001-20261101`, the folder of a legacy report.
    pub fn folder(self) -> String {
        let next = self.next();
        format!("{:04}{:02}01-{:04}{:02}01", self.year, self.month, next.year, next.month)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

/// Year, month and day of a day since 1970.
pub fn civil(day: i64) -> (i32, u32, u32) {
    // Days beyond chrono's calendar are beyond any bill.
    NaiveDate::from_ymd_opt(1970, 1, 1)
        .and_then(|epoch| epoch.checked_add_signed(chrono::TimeDelta::days(day)))
        .map_or((1970, 1, 1), |date| (date.year(), date.month(), date.day()))
}

/// Writes `2026-10-01T00:00:00Z`.
pub fn write_time(out: &mut Vec<u8>, seconds: i64) {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / HOUR, of_day / 60 % 60, of_day % 60);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
}

/// The same as text.
pub fn time_text(seconds: i64) -> String {
    let mut out = Vec::with_capacity(20);
    write_time(&mut out, seconds);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_utc() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(time_text(month.start()), "2026-12-01T00:00:00Z");
        assert_eq!(time_text(month.end()), "2027-01-01T00:00:00Z");
        assert_eq!((month.hours(), month.days()), (744, 31));
        assert_eq!(month.folder(), "20261201-20270101");
        assert_eq!(Month::of(month.end() - 1), month);
        assert_eq!(month.next().previous(), month);
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["2026", "2026-13", "26-10", "2026-00", "next"] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
    }
}
