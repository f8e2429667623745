//! How many customers come at which time of day.
//!
//! Korean time has no summer time, so Asia/Seoul is a fixed offset.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SEOUL_OFFSET_SECONDS: u64 = 9 * 3600;
const DAY_SECONDS: u64 = 86_400;
/// 1970-01-01 was a Thursday; Saturday is day 2 and Sunday day 3 of weeks that begin then.
const WEEKEND: [u64; 2] = [2, 3];
const WEEKEND_FACTOR: f64 = 1.25;
/// (hour of day in Seoul, weight); between two points the weight changes linearly.
const SHAPE: [(f64, f64); 14] = [
    (0.0, 0.45),
    (2.0, 0.12),
    (7.0, 0.08),
    (9.0, 0.35),
    (11.0, 1.0),
    (11.5, 3.0),
    (13.0, 3.0),
    (13.75, 1.0),
    (16.5, 0.8),
    (17.5, 3.2),
    (20.0, 3.2),
    (21.0, 1.5),
    (23.0, 0.9),
    (24.0, 0.45),
];
/// The mean of `SHAPE` over a day; the test below keeps it honest.
const SHAPE_MEAN: f64 = 1.156_25;
/// The largest factor that [`demand`] gives.
pub const DEMAND_MAX: f64 = 3.2 / SHAPE_MEAN * WEEKEND_FACTOR;

/// Demand as a multiple of an average moment of a weekday.
pub fn demand(time: SystemTime) -> f64 {
    let seconds = seoul_seconds(time);
    let weight = shape((seconds % DAY_SECONDS) as f64 / 3600.0);
    let is_weekend = WEEKEND.contains(&(seconds / DAY_SECONDS % 7));
    weight / SHAPE_MEAN * if is_weekend { WEEKEND_FACTOR } else { 1.0 }
}

/// The last time before `until` at which clocks in Seoul show `hour` and `minute`.
pub fn last_in_seoul(until: SystemTime, hour: u64, minute: u64) -> SystemTime {
    let seconds = seoul_seconds(until);
    let wanted = hour * 3600 + minute * 60;
    let back = (seconds % DAY_SECONDS + DAY_SECONDS - wanted) % DAY_SECONDS;
    UNIX_EPOCH + Duration::from_secs(seconds - back - SEOUL_OFFSET_SECONDS)
}

fn seoul_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() + SEOUL_OFFSET_SECONDS
}

fn shape(hour: f64) -> f64 {
    for pair in SHAPE.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        if hour < to {
            return low + (high - low) * (hour - from) / (to - from);
        }
    }
    SHAPE[0].1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-18, a Wednesday, 00:00 in Seoul.
    fn midnight() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_794_927_600)
    }

    fn at(hour: u64, minute: u64) -> f64 {
        demand(midnight() + Duration::from_secs(hour * 3600 + minute * 60))
    }

    #[test]
    fn a_weekday_averages_one() {
        let total: f64 = (0..1440).map(|minute| at(0, minute)).sum();
        assert!((total / 1440.0 - 1.0).abs() < 0.001, "the mean is {}", total / 1440.0);
    }

    #[test]
    fn lunch_and_dinner_in_seoul_are_the_peaks() {
        assert!(at(12, 0) > 2.0 * at(15, 0));
        assert!(at(18, 30) > 2.0 * at(15, 0));
        assert!(at(4, 0) < 0.1 * at(12, 0));
        let saturday = demand(midnight() + Duration::from_secs(3 * DAY_SECONDS + 12 * 3600));
        assert!((saturday / at(12, 0) - WEEKEND_FACTOR).abs() < 1e-9);
    }

    #[test]
    fn the_last_lunch_is_found() {
        let noon = midnight() + Duration::from_secs(12 * 3600);
        let lunch = midnight() + Duration::from_secs(11 * 3600 + 45 * 60);
        assert_eq!(last_in_seoul(noon, 11, 45), lunch);
        assert_eq!(
            last_in_seoul(lunch - Duration::from_secs(1), 11, 45),
            lunch - Duration::from_secs(DAY_SECONDS)
        );
    }
}
