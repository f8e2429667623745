//! How much is used when.

use crate::calendar::{DAY, HOUR};
use crate::chance::Chance;
use crate::company::Use;
use crate::price::Quantity;
use crate::products::Shape;

/// Korean time has no summer time.
const SEOUL_OFFSET: i64 = 9 * HOUR;
/// Demand by hour in Seoul, relative to the mean of a weekday.
const DEMAND: [f64; 24] = [
    0.32, 0.18, 0.10, 0.09, 0.08, 0.07, 0.08, 0.18, 0.45, 0.62, 0.95, 2.2, 2.6, 1.4, 0.82, 0.74,
    0.8, 2.1, 2.8, 2.7, 1.7, 1.1, 0.85, 0.55,
];
const WEEKEND_FACTOR: f64 = 1.25;
/// How far use strays from its shape.
const NOISE: f64 = 0.12;
const GROWTH_A_DAY: f64 = 0.0025;

/// Demand of customers in the hour from `start` on.
pub fn demand(start: i64) -> f64 {
    let seoul = start + SEOUL_OFFSET;
    let hour = (seoul.rem_euclid(DAY) / HOUR) as usize;
    DEMAND[hour] * if is_weekend(seoul) { WEEKEND_FACTOR } else { 1.0 }
}

/// 1970-01-01 was a Thursday.
fn is_weekend(seoul: i64) -> bool {
    matches!(seoul.div_euclid(DAY).rem_euclid(7), 2 | 3)
}

/// How much is used in the hour, or the day, from `start` on. `since` is when the bill begins.
pub fn used(used: &Use, chance: Chance, start: i64, since: i64) -> Quantity {
    let (shape, scale) = match used {
        Use::Hours(from, hours) => {
            let hour = usize::try_from((start - from).div_euclid(HOUR)).ok();
            return hour.and_then(|hour| hours.get(hour)).copied().unwrap_or_default();
        }
        Use::Shaped(shape, scale) => (*shape, *scale),
    };
    let noise = || 1.0 + NOISE * (2.0 * chance.about((start / HOUR) as u64).share() - 1.0);
    match shape {
        Shape::Always => Quantity::ONE,
        Shape::Never => Quantity::default(),
        Shape::Office => {
            let seoul = start + SEOUL_OFFSET;
            let hour = seoul.rem_euclid(DAY) / HOUR;
            if is_weekend(seoul) || !(9..19).contains(&hour) { Quantity::default() } else { scale }
        }
        Shape::Steady => scale.times(noise()),
        Shape::Diurnal => scale.times(demand(start) * noise()),
        Shape::Growing => {
            let days = (start - since) / DAY;
            scale.times((1.0 + GROWTH_A_DAY * days as f64) * noise())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Month;

    #[test]
    fn customers_come_for_lunch_and_dinner_in_seoul() {
        // 2026-10-05 is a Monday; noon in Seoul is three o'clock in UTC.
        let midnight = Month::parse("2026-10").unwrap().start() + 4 * DAY;
        let noon = demand(midnight + 3 * HOUR);
        assert!(noon > 2.0 * demand(midnight + 6 * HOUR));
        let saturday = demand(midnight + 5 * DAY + 3 * HOUR);
        assert!((saturday / noon - WEEKEND_FACTOR).abs() < 1e-9);
        assert!((DEMAND.iter().sum::<f64>() / 24.0 - 1.0).abs() < 0.03);
    }

    #[test]
    fn offices_are_closed_at_night_and_at_weekends() {
        let midnight = Month::parse("2026-10").unwrap().start() + 4 * DAY;
        let office = Use::Shaped(Shape::Office, Quantity::ONE);
        let at = |hours: i64| used(&office, Chance::new(1), midnight + hours * HOUR, midnight);
        assert_eq!((at(3), at(12)), (Quantity::ONE, Quantity::default()));
        assert_eq!(at(5 * 24 + 3), Quantity::default());
    }

    #[test]
    fn measured_use_is_taken_as_it_is() {
        let hours = Use::Hours(HOUR, vec![Quantity(5), Quantity(6)]);
        let at = |start| used(&hours, Chance::new(1), start, 0);
        assert_eq!(
            [at(0), at(HOUR), at(2 * HOUR), at(3 * HOUR)],
            [Quantity(0), Quantity(5), Quantity(6), Quantity(0)]
        );
    }
}
