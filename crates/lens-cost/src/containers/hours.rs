//! The hours that a question is about.

use crate::costs::CostError;
use hannun_model::limits::COST_HOURS_MAX;

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// Whole hours in UTC, as bills have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub from_ms: i64,
    pub count: usize,
}

impl Hours {
    /// Every hour that a time touches.
    pub fn around(from_ms: i64, to_ms: i64) -> Result<Self, CostError> {
        let first = from_ms.div_euclid(HOUR_MS);
        let end = to_ms.div_euclid(HOUR_MS) + i64::from(to_ms.rem_euclid(HOUR_MS) > 0);
        let count = usize::try_from(end - first).unwrap_or(0);
        if to_ms <= from_ms || !(1..=COST_HOURS_MAX).contains(&count) {
            let days = COST_HOURS_MAX / 24;
            let message = format!("ask for a time of up to {days} days that ends after it begins");
            return Err(CostError::Invalid(message));
        }
        Ok(Self { from_ms: first * HOUR_MS, count })
    }

    pub fn to_ms(&self) -> i64 {
        self.from_ms + self.count as i64 * HOUR_MS
    }

    /// The place of the hour of a moment.
    pub fn index(&self, at_ms: i64) -> Option<usize> {
        let index = usize::try_from((at_ms - self.from_ms).div_euclid(HOUR_MS)).ok()?;
        (index < self.count).then_some(index)
    }

    /// These hours in parts of at most so many.
    pub fn parts(&self, hours_max: usize) -> impl Iterator<Item = Self> {
        let Self { from_ms, count } = *self;
        let size = hours_max.max(1);
        (0..count).step_by(size).map(move |first| Self {
            from_ms: from_ms + first as i64 * HOUR_MS,
            count: size.min(count - first),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_all_hours_that_it_touches() {
        let hours = Hours::around(HOUR_MS + 1, 3 * HOUR_MS + 1).unwrap();
        assert_eq!(hours, Hours { from_ms: HOUR_MS, count: 3 });
        assert_eq!((hours.index(HOUR_MS), hours.index(4 * HOUR_MS)), (Some(0), None));
        assert_eq!(hours.index(HOUR_MS - 1), None);
        let parts: Vec<_> = hours.parts(2).map(|it| (it.from_ms / HOUR_MS, it.count)).collect();
        assert_eq!(parts, [(1, 2), (3, 1)]);
        assert!(Hours::around(5, 5).is_err() && Hours::around(0, 800 * HOUR_MS).is_err());
        assert_eq!(Hours::around(5, 6).unwrap().count, 1);
    }
}
