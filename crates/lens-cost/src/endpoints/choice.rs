//! Which traces are read.
//!
//! Ids of traces are random at their end, as W3C asks, so those whose end is low are an even choice
//! of whole traces, the same ones at every reading.

use crate::containers::hours::Hours;
use crate::costs::CostError;
use hannun_model::limits::{COST_SPANS_PART_MAX, COST_SPANS_READ_MAX};
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::sync::Arc;

/// Hexadecimal digits at the end of a trace id that the choice looks at.
const DIGITS: u32 = 6;

/// A choice of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Spans that are stored.
    pub stored: u64,
    /// Traces whose ids end below this are read; `None` when all are, 0 when none is.
    end: Option<u64>,
    /// Hours that are read at a time.
    pub part_hours: usize,
}

#[derive(Debug, Deserialize)]
struct CountRow {
    spans: Option<u64>,
}

impl Choice {
    /// Chooses as many traces of some hours as may be read.
    pub async fn of(engine: &Arc<Engine>, hours: &Hours) -> Result<Self, CostError> {
        let sql = format!(
            "SELECT sum(spans) AS spans FROM span_stats WHERE time >= {} AND time < {}",
            typed::timestamp_ms(hours.from_ms),
            typed::timestamp_ms(hours.to_ms())
        );
        let row = engine.rows::<CountRow>(&sql, QueryLimits::default()).await?.rows.pop();
        Ok(Self::among(row.and_then(|row| row.spans).unwrap_or(0), hours.count))
    }

    /// Chooses no trace.
    pub const fn nothing(hours: &Hours) -> Self {
        Self { stored: 0, end: Some(0), part_hours: hours.count }
    }

    pub(super) fn among(stored: u64, hours: usize) -> Self {
        let all = 16_u64.pow(DIGITS);
        let end = (stored > COST_SPANS_READ_MAX).then(|| {
            let end = u128::from(all) * u128::from(COST_SPANS_READ_MAX) / u128::from(stored);
            u64::try_from(end).unwrap_or(all).max(1)
        });
        let read = stored.min(COST_SPANS_READ_MAX);
        let parts = read.div_ceil(COST_SPANS_PART_MAX).max(1);
        let part_hours = (hours as u64).div_ceil(parts).max(1);
        Self { stored, end, part_hours: usize::try_from(part_hours).unwrap_or(hours) }
    }

    /// SQL that goes on with the spans of chosen traces.
    pub fn sql(&self) -> String {
        match self.end {
            None => String::new(),
            // The engine need not look at a single row to know.
            Some(0) => " AND false".to_owned(),
            Some(end) => {
                format!(
                    " AND right(trace_id, {DIGITS}) < '{end:0width$x}'",
                    width = DIGITS as usize
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_spans_are_read_all_and_of_many_an_even_part() {
        let few = Choice::among(1000, 24);
        assert_eq!((few.sql().as_str(), few.part_hours), ("", 24));
        let day = Choice::among(50_000_000, 24);
        assert_eq!(day.sql(), " AND right(trace_id, 6) < '020c49'");
        assert_eq!(day.part_hours, 4);
        assert_eq!(Choice::among(u64::MAX, 1).sql(), " AND right(trace_id, 6) < '000001'");
        assert_eq!(Choice::among(0, 1).part_hours, 1);
        let hours = Hours { from_ms: 0, count: 24 };
        assert_eq!(Choice::nothing(&hours).sql(), " AND false");
    }
}
