//! The weekly report: errors of the last two weeks by service and class.

mod csv;

use crate::history::of_services;
use crate::weeks::{Week, first_day, last_two};
use chrono_tz::Tz;
use hannun_api::range::{Scope, TIME_MS_MAX};
use hannun_api::{ApiError, TimeRange};
use hannun_model::limits::{ERROR_REPORT_ROWS_MAX, LENS_ROWS_MAX};
use hannun_query::span_stats::COUNTED;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Errors of two weeks, compared.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorReport {
    pub weeks: ErrorReportWeeks,
    /// Those with most errors in the last week first.
    pub rows: Vec<ErrorReportRow>,
    /// Of all rows, also of those that are not listed.
    pub totals: Vec<ErrorReportTotal>,
    pub time_zone: String,
    /// Whether there are more rows.
    pub truncated: bool,
    /// A moment within the weeks before which nothing is stored, because Hannun did not run yet or
    /// retention took it away; the end of the weeks when nothing is stored of them. Null when both
    /// are whole.
    pub incomplete_before_ms: Option<i64>,
}

/// The weeks of a report, which follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorReportWeeks {
    pub before_last: Week,
    pub last: Week,
}

/// Errors of one class of a service.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorReportRow {
    /// Empty for spans that name no service.
    pub service: String,
    pub error_type: String,
    pub before_last: f64,
    pub last: f64,
    pub change: f64,
    /// Null when there were none the week before.
    pub change_percent: Option<f64>,
    /// Whether there were none the week before.
    pub is_new: bool,
    /// Whether there are none any more.
    pub is_gone: bool,
}

/// Errors of one service.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ErrorReportTotal {
    pub service: String,
    pub before_last: f64,
    pub last: f64,
    pub change: f64,
    /// Null when there were none the week before.
    pub change_percent: Option<f64>,
}

/// What a report is about.
#[derive(Debug)]
pub struct Subject {
    pub weeks: ErrorReportWeeks,
    pub time_zone: Tz,
    pub service: Option<String>,
    pub environment: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    service: String,
    error_type: String,
    before_last: f64,
    last: f64,
}

#[derive(Debug, Deserialize)]
struct StoredRow {
    first_ms: i64,
}

impl Subject {
    /// The last two whole weeks before a moment, in a time zone of the IANA database.
    pub fn new(
        before_ms: Option<i64>,
        time_zone: &str,
        service: Option<String>,
        environment: Option<String>,
    ) -> Result<Self, ApiError> {
        let time_zone: Tz = time_zone.parse().map_err(|_| {
            ApiError::invalid("time_zone must be a name such as Asia/Seoul, Europe/Berlin or UTC")
        })?;
        // Without a time this is now, and what is out of range is refused.
        let moment = TimeRange { from_ms: Some(0), to_ms: before_ms, environment };
        let outside = || {
            let message = format!(
                "week_of_ms must be at least three weeks after 1970 and at most {TIME_MS_MAX}"
            );
            ApiError::invalid(message)
        };
        let moment = moment.scope().map_err(|_| outside())?;
        let [before_last, last] = last_two(moment.to_ms, time_zone).ok_or_else(outside)?;
        if before_last.from_ms < 0 {
            return Err(outside());
        }
        let weeks = ErrorReportWeeks { before_last, last };
        Ok(Self { weeks, time_zone, service, environment: moment.environment })
    }

    /// Name of the file, by the Monday of the last week.
    pub fn file_name(&self) -> String {
        let day = first_day(self.weeks.last, self.time_zone);
        format!("errors-{}.csv", day.map(|day| day.to_string()).unwrap_or_default())
    }

    fn scope(&self) -> Scope {
        Scope {
            from_ms: self.weeks.before_last.from_ms,
            to_ms: self.weeks.last.to_ms,
            environment: self.environment.clone(),
        }
    }

    /// Errors of both weeks, grouped by columns.
    fn sql(&self, columns: &str, places: &str) -> String {
        let last = format!("time >= {}", typed::timestamp_ms(self.weeks.last.from_ms));
        let service = match &self.service {
            Some(service) => format!(" AND {}", of_services(std::iter::once(service.as_str()))),
            None => String::new(),
        };
        format!(
            "SELECT {columns}, \
             coalesce(sum(count) FILTER (WHERE NOT ({last})), 0) AS before_last, \
             coalesce(sum(count) FILTER (WHERE {last}), 0) AS last \
             FROM span_errors WHERE {}{service} GROUP BY {places} \
             ORDER BY last DESC, before_last DESC, {places}",
            self.scope().condition("time"),
        )
    }
}

/// The report.
///
/// # Errors
/// When the store cannot be read.
pub async fn report(engine: &Arc<Engine>, subject: &Subject) -> Result<ErrorReport, QueryError> {
    let service = "coalesce(service_name, '') AS service";
    let columns = format!("{service}, coalesce(error_type, '') AS error_type");
    let limits = QueryLimits::asked(Some(ERROR_REPORT_ROWS_MAX), None);
    // One more, which tells that there are more.
    let sql = format!("{} LIMIT {}", subject.sql(&columns, "1, 2"), ERROR_REPORT_ROWS_MAX + 1);
    let rows = engine.rows::<Row>(&sql, limits).await?;
    let columns = format!("{service}, '' AS error_type");
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let totals = engine.rows::<Row>(&subject.sql(&columns, "1, 2"), limits).await?;
    Ok(ErrorReport {
        incomplete_before_ms: incomplete_before_ms(engine, subject.weeks).await?,
        weeks: subject.weeks,
        truncated: rows.truncated,
        rows: rows.rows.into_iter().map(row).collect(),
        totals: totals.rows.into_iter().map(total).collect(),
        time_zone: subject.time_zone.name().to_owned(),
    })
}

/// Whether weeks without errors are weeks without spans. Whoever has older spans has theirs as well:
/// a quiet Monday is no gap.
async fn incomplete_before_ms(
    engine: &Arc<Engine>,
    weeks: ErrorReportWeeks,
) -> Result<Option<i64>, QueryError> {
    let first =
        format!("CAST(time AS BIGINT) / 1000000 AS first_ms FROM {COUNTED} AS counted WHERE");
    let from = typed::timestamp_ms(weeks.before_last.from_ms);
    // Any one will do, which spares reading all that is stored.
    let older = format!("SELECT {first} time < {from} LIMIT 1");
    if !engine.rows::<StoredRow>(&older, QueryLimits::default()).await?.rows.is_empty() {
        return Ok(None);
    }
    let to = typed::timestamp_ms(weeks.last.to_ms);
    let within = format!("SELECT {first} time < {to} ORDER BY time LIMIT 1");
    let row = engine.rows::<StoredRow>(&within, QueryLimits::default()).await?.rows.pop();
    let first_ms = row.map_or(weeks.last.to_ms, |row| row.first_ms);
    Ok((first_ms > weeks.before_last.from_ms).then_some(first_ms))
}

fn row(row: Row) -> ErrorReportRow {
    ErrorReportRow {
        change: row.last - row.before_last,
        change_percent: change_percent(row.before_last, row.last),
        is_new: row.before_last == 0.0 && row.last > 0.0,
        is_gone: row.before_last > 0.0 && row.last == 0.0,
        service: row.service,
        error_type: row.error_type,
        before_last: row.before_last,
        last: row.last,
    }
}

fn total(row: Row) -> ErrorReportTotal {
    ErrorReportTotal {
        change: row.last - row.before_last,
        change_percent: change_percent(row.before_last, row.last),
        service: row.service,
        before_last: row.before_last,
        last: row.last,
    }
}

fn change_percent(before: f64, now: f64) -> Option<f64> {
    (before > 0.0).then(|| (now - before) / before * 100.0)
}

impl ErrorReport {
    /// The rows as a file for spreadsheets.
    pub fn to_csv(&self) -> String {
        csv::write(&self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(before_last: f64, last: f64) -> ErrorReportRow {
        let (service, error_type) = ("order".to_owned(), "Boom".to_owned());
        row(Row { service, error_type, before_last, last })
    }

    #[test]
    fn a_change_is_told_as_a_number_and_as_a_percentage() {
        let grown = read(10.0, 15.0);
        assert_eq!((grown.change, grown.change_percent), (5.0, Some(50.0)));
        assert!(!grown.is_new && !grown.is_gone);
        let new = read(0.0, 3.0);
        assert_eq!((new.change, new.change_percent, new.is_new), (3.0, None, true));
        let gone = read(4.0, 0.0);
        assert_eq!((gone.change, gone.change_percent, gone.is_gone), (-4.0, Some(-100.0), true));
    }

    #[test]
    fn a_time_zone_that_nobody_has_is_refused() {
        let subject = |week_of_ms, zone| Subject::new(Some(week_of_ms), zone, None, None);
        assert!(subject(1_700_000_000_000, "Asia/Pyeongyang'").is_err());
        assert!(subject(86_400_000, "Asia/Seoul").is_err());
        let outside = subject(i64::MAX, "Asia/Seoul").unwrap_err();
        assert!(outside.body.error.message.starts_with("week_of_ms must"), "{outside:?}");
        let subject = subject(1_700_000_000_000, "Asia/Seoul").unwrap();
        assert_eq!(subject.file_name(), "errors-2023-11-06.csv");
        insta::assert_snapshot!(subject.sql("service_name AS service", "1"));
    }
}
