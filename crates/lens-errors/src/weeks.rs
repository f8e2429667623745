//! Weeks as people in a time zone have them: from Monday to Sunday.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

/// A day may begin this much later than at midnight, where clocks go forward then.
const GAP_HOURS_MAX: i64 = 3;
const DAYS: u64 = 7;

/// One week. A change of the clocks makes it an hour shorter or longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Week {
    /// Its Monday at midnight, in milliseconds since 1970.
    pub from_ms: i64,
    /// The next Monday at midnight, exclusive.
    pub to_ms: i64,
}

/// The last whole week before a moment, and the one before that. `None` outside the calendar.
pub fn last_two(before_ms: i64, time_zone: Tz) -> Option<[Week; 2]> {
    let moment = DateTime::from_timestamp_millis(before_ms)?.with_timezone(&time_zone);
    let today = moment.date_naive();
    let monday =
        today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
    let before = monday.checked_sub_days(Days::new(DAYS))?;
    let first = before.checked_sub_days(Days::new(DAYS))?;
    let [first, before, monday] = [first, before, monday].map(|day| midnight_ms(day, time_zone));
    Some([Week { from_ms: first?, to_ms: before? }, Week { from_ms: before?, to_ms: monday? }])
}

/// The first moment of a day.
fn midnight_ms(day: NaiveDate, time_zone: Tz) -> Option<i64> {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=GAP_HOURS_MAX * 4).find_map(|quarters| {
        let local = midnight.checked_add_signed(TimeDelta::minutes(15 * quarters))?;
        match time_zone.from_local_datetime(&local) {
            LocalResult::None => None,
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                Some(moment.timestamp_millis())
            }
        }
    })
}

/// The day on which a week begins.
pub fn first_day(week: Week, time_zone: Tz) -> Option<NaiveDate> {
    let moment = DateTime::from_timestamp_millis(week.from_ms)?;
    Some(moment.with_timezone(&time_zone).date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    fn weeks(before: &str, time_zone: Tz) -> [[i64; 2]; 2] {
        last_two(ms(before), time_zone).unwrap().map(|week| [week.from_ms, week.to_ms])
    }

    #[test]
    fn a_week_begins_on_monday_where_people_are() {
        let (first, second, third) = (
            ms("2026-11-02T00:00:00+09:00"),
            ms("2026-11-09T00:00:00+09:00"),
            ms("2026-11-16T00:00:00+09:00"),
        );
        for now in ["2026-11-16T00:00:00+09:00", "2026-11-22T23:59:59+09:00"] {
            assert_eq!(weeks(now, Tz::Asia__Seoul), [[first, second], [second, third]], "{now}");
        }
        // In Seoul it is Monday already, in London still Sunday.
        let now = "2026-11-16T00:00:00+09:00";
        assert_eq!(weeks(now, Tz::Europe__London)[1][1], ms("2026-11-09T00:00:00Z"));
        let before = "2026-11-15T23:59:59+09:00";
        assert_eq!(weeks(before, Tz::Asia__Seoul)[1], [first, second]);
    }

    #[test]
    fn the_clocks_make_a_week_longer_or_shorter() {
        let [_, last] = weeks("2026-10-28T12:00:00Z", Tz::Europe__Berlin);
        assert_eq!(last[1] - last[0], (7 * 24 + 1) * 3_600_000);
        let [_, last] = weeks("2026-03-30T12:00:00Z", Tz::Europe__Berlin);
        assert_eq!(last[1] - last[0], (7 * 24 - 1) * 3_600_000);
        // A Monday without midnight: clocks went forward at it.
        let day = NaiveDate::from_ymd_opt(2018, 11, 4).unwrap();
        assert_eq!(midnight_ms(day, Tz::America__Sao_Paulo), Some(ms("2018-11-04T01:00:00-02:00")));
    }

    #[test]
    fn a_week_is_named_by_its_monday() {
        let [_, last] = last_two(ms("2026-11-18T00:00:00Z"), Tz::Asia__Seoul).unwrap();
        assert_eq!(first_day(last, Tz::Asia__Seoul).unwrap().to_string(), "2026-11-09");
        assert_eq!(last_two(i64::MIN, Tz::UTC), None);
    }
}
