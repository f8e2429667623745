//! `/api/v1/check_run`: how service checks ended
//! (<https://docs.datadoghq.com/api/latest/service-checks/>).
//!
//! The status of each is a point of a gauge named as the check, 0 (OK) to 3 (unknown). One that has a
//! message or is not OK is a record of the logs as well: agents send an OK of every check they run
//! four times a minute, which nobody would read.

use super::answer::Outcome;
use super::items::{self, Fields, nanoseconds};
use crate::datadog::dogstatsd::log_rows::{LogEvent, LogEventRows};
use crate::datadog::dogstatsd::service_check::CheckStatus;
use crate::datadog::points::{Point, PointValue, PointWriter};
use crate::door::{Decoded, Identity};
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::Json;
use crate::refusal::Refusal;
use std::borrow::Cow;

/// The scope of these points and records.
pub const SCOPE: &str = "datadog.check_run";

/// Maps a request: a list of checks, or one.
pub fn map(body: &[u8], clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut checks = Checks {
        records: LogEventRows::new(clock),
        points: PointWriter::new(clock),
        clock,
        all_timed: true,
    };
    let mut tally = Tally::default();
    let mut outcome = Outcome::default();
    let text = items::text(body, &mut tally);
    let mut index = 0;
    items::read_list(&text, |item| {
        if let Err(reason) = checks.add(&item) {
            checks.points.reject_unread(Reject::Malformed);
            outcome.tell(|| format!("check {index}: {reason}"));
        }
        index += 1;
    })?;
    checks.points.count_invalid_strings(tally.invalid_strings);
    let all_timed = checks.all_timed;
    let failed = |error: arrow::error::ArrowError| Refusal::Internal(error.to_string());
    let points = checks.points.finish().map_err(failed)?;
    let mut decoded = checks.records.finish().map_err(failed)?;
    outcome.accepted = points.batch.rows();
    // A check is rejected as a point before it could be one as a record.
    decoded.tally = points.tally;
    decoded.beside.push(points.batch);
    decoded.identity = if all_timed { Identity::Content } else { Identity::Unique };
    Ok((decoded, outcome))
}

struct Checks {
    records: LogEventRows,
    points: PointWriter,
    clock: Clock,
    /// Whether every check says when it ran.
    all_timed: bool,
}

impl Checks {
    fn add(&mut self, item: &Json<'_>) -> Result<(), &'static str> {
        let Json::Object(entries) = item else { return Err("not an object") };
        let fields = Fields(entries);
        let name = fields.text("check").ok_or("no check")?;
        let status = match fields.get("status") {
            Some(Json::Int(number)) => CheckStatus::of(*number),
            _ => None,
        };
        let status = status.ok_or("no status from 0 to 3")?;
        let seconds = fields.number("timestamp").filter(|seconds| *seconds != 0.0);
        self.all_timed &= seconds.is_some();
        let host = fields.text("host_name").or_else(|| fields.text("host"));
        let tags = fields.tags("tags");
        let added = self.points.add(&Point {
            name,
            unit: None,
            description: None,
            time_ns: seconds.map_or(self.clock.now_ns, nanoseconds),
            start_ns: None,
            host,
            tags: &tags,
            resource: &[],
            scope: SCOPE,
            value: PointValue::Gauge(f64::from(status as u8)),
        });
        let message = fields.text("message");
        if added.is_err() || (message.is_none() && status == CheckStatus::Ok) {
            return Ok(());
        }
        let body = message
            .map_or_else(|| Cow::Owned(format!("{name} is {}", status.name())), Cow::Borrowed);
        // The point with the same time was kept.
        let _ = self.records.add(&LogEvent {
            event_name: "datadog.service_check",
            time_ns: seconds.map(nanoseconds),
            severity: (status.severity_number(), status.name()),
            body: &body,
            host,
            tags: &tags,
            resource: &[],
            scope: SCOPE,
            attributes: &[
                ("datadog.service_check.name", name),
                ("datadog.service_check.status", status.name()),
            ],
        });
        Ok(())
    }
}
