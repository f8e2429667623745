//! When a line was charged, and whether it belongs to the period that is imported.

use super::amounts::Row;
use super::columns::Columns;
use crate::error::{BillError, Problem};
use crate::line_builder::LineBuilder;
use crate::mapper::ReadOptions;
use crate::raw::{Cell, RawBatch};
use crate::times;
use chrono::{DateTime, Datelike, NaiveDate};
use hannun_model::cost;

const SECOND_NS: i64 = 1_000_000_000;
const MINUTE_NS: i64 = 60 * SECOND_NS;

/// Reads the four times of a line. Lines follow one another in time, so each was read before mostly.
pub(super) struct Periods {
    period_start: Time,
    period_end: Time,
    usage_start: Time,
    usage_end: Time,
    /// Start and end of the period that the lines must be of.
    expected_ns: Option<(i64, i64)>,
}

/// The last time of a column, as text and read.
#[derive(Default)]
struct Time {
    column: Option<usize>,
    last_text: String,
    last_ns: i64,
}

impl Time {
    fn read(&mut self, raw: &RawBatch, row: usize) -> Result<Option<i64>, BillError> {
        let Some(column) = self.column else { return Ok(None) };
        match raw.cell(column, row) {
            Cell::Text(text) if text == self.last_text => Ok(Some(self.last_ns)),
            Cell::Text(text) => {
                let time_ns = raw.time_ns(column, row)?;
                text.clone_into(&mut self.last_text);
                self.last_ns = time_ns.unwrap_or_default();
                Ok(time_ns)
            }
            _ => raw.time_ns(column, row),
        }
    }
}

impl Periods {
    pub(super) fn new(columns: &Columns, options: &ReadOptions) -> Self {
        let time = |column| Time { column, ..Time::default() };
        let ns = |time_ms: i64| time_ms.saturating_mul(1_000_000);
        Self {
            period_start: time(columns.period_start),
            period_end: time(columns.period_end),
            usage_start: time(Some(columns.usage_start)),
            usage_end: time(columns.usage_end),
            expected_ns: options.period.map(|(start_ms, end_ms)| (ns(start_ms), ns(end_ms))),
        }
    }

    /// Writes the times of a row. Usage may lie outside of the period, as refunds and fees of whole
    /// terms do; the period itself must be the one that is imported.
    pub(super) fn write(&mut self, at: &Row, to: &mut LineBuilder) -> Result<(), BillError> {
        let (raw, row) = (at.raw, at.row);
        let start = self.usage_start.read(raw, row)?;
        let stated = (self.period_start.read(raw, row)?, self.period_end.read(raw, row)?);
        let charged = start.or(stated.0).ok_or_else(|| {
            raw.error(at.columns.usage_start, row, Problem::value("", times::WANTED))
        })?;
        let (period_start, period_end) = match (stated, self.expected_ns) {
            ((Some(start), end), _) => (start, end.unwrap_or_else(|| month_of(start).1)),
            ((None, _), Some(expected)) => expected,
            ((None, _), None) => month_of(charged),
        };
        if let Some((expected, _)) = self.expected_ns
            && period_start != expected
        {
            let problem = Problem::OtherPeriod {
                found: times::print_ns(period_start),
                expected: times::print_ns(expected),
            };
            let column = at.columns.period_start.unwrap_or(at.columns.usage_start);
            return Err(raw.error(column, row, problem));
        }
        let end = self.usage_end.read(raw, row)?.unwrap_or(charged);
        // Fees of a month end at its last second; an end is the first instant that is not charged.
        let end = if end % MINUTE_NS == MINUTE_NS - SECOND_NS { end + SECOND_NS } else { end };
        to.time(cost::BILLING_PERIOD_START, Some(period_start));
        to.time(cost::BILLING_PERIOD_END, Some(period_end));
        to.time(cost::CHARGE_PERIOD_START, Some(charged));
        to.time(cost::CHARGE_PERIOD_END, Some(end));
        Ok(())
    }
}

/// Start and end of the month that an instant is in.
fn month_of(time_ns: i64) -> (i64, i64) {
    let date = DateTime::from_timestamp_nanos(time_ns).date_naive();
    let first = |year: i32, month: u32| {
        NaiveDate::from_ymd_opt(year, month, 1)
            .and_then(|date| date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt())
            .unwrap_or(time_ns)
    };
    let (year, month) = (date.year(), date.month());
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    (first(year, month), first(next.0, next.1))
}
