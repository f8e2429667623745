//! Times of a bill: whole days in UTC, and the parts that they are drawn in.

use super::error::CostError;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use hannun_api::range::TIME_MS_MAX;
use hannun_model::limits::COST_POINTS_MAX;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// How a time is cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CostGranularity)]
pub enum Granularity {
    Hour,
    #[default]
    Day,
    /// From Monday on.
    Week,
    Month,
    /// Not at all.
    Total,
}

/// A time, its end left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostPeriod)]
pub struct Period {
    /// Milliseconds since 1970.
    pub from_ms: i64,
    /// The first millisecond after it.
    pub to_ms: i64,
}

impl Period {
    /// The time in whole parts of a bill: hours, or days in UTC, as far as it reaches into them.
    pub fn of(from_ms: i64, to_ms: i64, granularity: Granularity) -> Result<Self, CostError> {
        if from_ms < 0 || to_ms <= from_ms || to_ms > TIME_MS_MAX - DAY_MS {
            let message =
                "from_ms must be at least 0 and less than to_ms, in milliseconds since 1970";
            return Err(CostError::Invalid(message.to_owned()));
        }
        let step = if granularity == Granularity::Hour { HOUR_MS } else { DAY_MS };
        let to_ms = to_ms + (step - to_ms % step) % step;
        Ok(Self { from_ms: from_ms - from_ms % step, to_ms })
    }

    /// The month of a moment, in UTC.
    pub fn month(at_ms: i64) -> Self {
        let first = date(at_ms).with_day(1).unwrap_or_default();
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        Self { from_ms: milliseconds(first), to_ms: milliseconds(next) }
    }

    /// The time to compare with: as many whole months before whole months, else as long a time
    /// before.
    pub fn before(self) -> Self {
        let (first, last) = (date(self.from_ms), date(self.to_ms));
        let is_month = |at_ms: i64, day: NaiveDate| at_ms == milliseconds(day) && day.day() == 1;
        if is_month(self.from_ms, first) && is_month(self.to_ms, last) {
            let months =
                (last.year() - first.year()) * 12 + last.month() as i32 - first.month() as i32;
            let before = u32::try_from(months)
                .ok()
                .and_then(|months| first.checked_sub_months(Months::new(months)));
            if let Some(before) = before {
                return Self { from_ms: milliseconds(before), to_ms: self.from_ms };
            }
        }
        Self { from_ms: self.from_ms - (self.to_ms - self.from_ms), to_ms: self.from_ms }
    }

    /// When each part begins; the first may begin before the time does.
    pub fn parts(self, granularity: Granularity) -> Vec<i64> {
        let mut parts = Vec::new();
        let mut at = granularity.start(self.from_ms);
        while at < self.to_ms && parts.len() <= COST_POINTS_MAX {
            parts.push(at);
            let next = granularity.next(at);
            if next <= at {
                break;
            }
            at = next;
        }
        if granularity == Granularity::Total { vec![self.from_ms] } else { parts }
    }

    pub fn days(self) -> i64 {
        (self.to_ms - self.from_ms) / DAY_MS
    }

    pub(super) fn check(self, granularity: Granularity) -> Result<(), CostError> {
        if self.parts(granularity).len() > COST_POINTS_MAX {
            let message = format!(
                "this time has more than {COST_POINTS_MAX} parts: ask for a shorter time or longer \
                 parts"
            );
            return Err(CostError::Invalid(message));
        }
        Ok(())
    }
}

impl Granularity {
    /// The start of the part that a moment is in.
    pub fn start(self, at_ms: i64) -> i64 {
        let day = date(at_ms);
        match self {
            Self::Hour => at_ms - at_ms.rem_euclid(HOUR_MS),
            Self::Day => milliseconds(day),
            Self::Week => {
                let since_monday = u64::from(day.weekday().num_days_from_monday());
                milliseconds(day.checked_sub_days(Days::new(since_monday)).unwrap_or(day))
            }
            Self::Month => milliseconds(day.with_day(1).unwrap_or(day)),
            Self::Total => at_ms,
        }
    }

    fn next(self, start_ms: i64) -> i64 {
        match self {
            Self::Hour => start_ms + HOUR_MS,
            Self::Day => start_ms + DAY_MS,
            Self::Week => start_ms + 7 * DAY_MS,
            Self::Month => Period::month(start_ms).to_ms,
            Self::Total => start_ms,
        }
    }

    /// The unit of `date_trunc`; `None` for the total.
    pub(crate) fn unit(self) -> Option<&'static str> {
        match self {
            Self::Hour => Some("hour"),
            Self::Day => Some("day"),
            Self::Week => Some("week"),
            Self::Month => Some("month"),
            Self::Total => None,
        }
    }
}

fn date(at_ms: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(at_ms).unwrap_or_default().date_naive()
}

fn milliseconds(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// Now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    Utc::now().timestamp_millis()
}

/// The same day of the month before, or its last one.
pub(crate) fn month_earlier(at_ms: i64) -> i64 {
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    let earlier = at.checked_sub_months(Months::new(1)).unwrap_or(at - TimeDelta::days(31));
    earlier.timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        let text = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
        DateTime::parse_from_rfc3339(&text).unwrap().timestamp_millis()
    }

    fn period(from: &str, to: &str) -> Period {
        Period { from_ms: ms(from), to_ms: ms(to) }
    }

    #[test]
    fn a_time_is_taken_in_whole_days_of_the_bill() {
        let (from, to) = (ms("2026-10-01T15:00:00Z"), ms("2026-10-03T00:00:00Z"));
        let days = Period::of(from, to, Granularity::Month).unwrap();
        assert_eq!(days, period("2026-10-01", "2026-10-03"));
        let hours = Period::of(from + 1, from + 2, Granularity::Hour).unwrap();
        assert_eq!(hours, period("2026-10-01T15:00:00Z", "2026-10-01T16:00:00Z"));
        assert!(Period::of(5, 5, Granularity::Day).is_err());
        assert!(Period::of(-1, 5, Granularity::Day).is_err());
        assert!(Period::of(0, i64::MAX, Granularity::Day).is_err());
    }

    #[test]
    fn whole_months_are_compared_with_whole_months() {
        assert_eq!(period("2026-10-01", "2026-11-01").before(), period("2026-09-01", "2026-10-01"));
        assert_eq!(period("2026-01-01", "2026-04-01").before(), period("2025-10-01", "2026-01-01"));
        assert_eq!(period("2026-10-02", "2026-10-05").before(), period("2026-09-29", "2026-10-02"));
    }

    #[test]
    fn parts_begin_where_the_calendar_says() {
        let parts = |granularity| period("2026-09-30", "2026-10-08").parts(granularity);
        assert_eq!(parts(Granularity::Month), [ms("2026-09-01"), ms("2026-10-01")]);
        // 28 September and 5 October 2026 are Mondays.
        assert_eq!(parts(Granularity::Week), [ms("2026-09-28"), ms("2026-10-05")]);
        assert_eq!(parts(Granularity::Day).len(), 8);
        assert_eq!(parts(Granularity::Hour).len(), 8 * 24);
        assert_eq!(parts(Granularity::Total), [ms("2026-09-30")]);
        let years = period("2000-01-01", "2026-10-01");
        assert!(years.check(Granularity::Hour).is_err());
        assert!(years.check(Granularity::Month).is_ok());
    }

    #[test]
    fn the_same_day_of_a_shorter_month_is_its_last() {
        assert_eq!(month_earlier(ms("2026-03-31")), ms("2026-02-28"));
        assert_eq!(month_earlier(ms("2026-10-15")), ms("2026-09-15"));
        assert_eq!(Period::month(ms("2026-12-31")), period("2026-12-01", "2027-01-01"));
    }
}
