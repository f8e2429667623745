//! `/api/v1/distribution_points`: the values themselves, as JSON points `[seconds, [values]]`
//! (<https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points>). Each point is one
//! exponential histogram.

use super::answer::Outcome;
use super::items::{self, Fields, nanoseconds, number};
use super::series_json::finish;
use crate::datadog::points::{Point, PointValue, PointWriter};
use crate::datadog::sketch::Sketch;
use crate::door::Decoded;
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::Json;
use crate::refusal::Refusal;

/// The scope of these points.
pub const SCOPE: &str = "datadog.distribution_points";

/// Maps a request.
pub fn map(body: &[u8], clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut writer = PointWriter::new(clock);
    let mut tally = Tally::default();
    let mut outcome = Outcome::default();
    let text = items::text(body, &mut tally);
    let mut index = 0;
    items::read_under(&text, "series", |item| {
        if let Err(reason) = add(&mut writer, &item) {
            writer.reject_unread(Reject::Malformed);
            outcome.tell(|| format!("series[{index}]: {reason}"));
        }
        index += 1;
    })?;
    writer.count_invalid_strings(tally.invalid_strings);
    finish(writer, outcome)
}

fn add(writer: &mut PointWriter, item: &Json<'_>) -> Result<(), &'static str> {
    let Json::Object(entries) = item else { return Err("not an object") };
    let fields = Fields(entries);
    let name = fields.text("metric").ok_or("no metric")?;
    let host = fields.text("host");
    let tags = fields.tags("tags");
    let Some(Json::Array(points)) = fields.get("points") else { return Err("no points") };
    for point in points {
        let Some((seconds, sketch)) = sketch_of(point) else {
            writer.reject_unread(Reject::Malformed);
            continue;
        };
        // What is not kept is in the tally.
        let _ = writer.add(&Point {
            name,
            unit: None,
            description: None,
            time_ns: nanoseconds(seconds),
            start_ns: None,
            host,
            tags: &tags,
            resource: &[],
            scope: SCOPE,
            value: PointValue::Sketch(&sketch),
        });
    }
    Ok(())
}

/// A point is read whole or not at all: a distribution without some of its values would be wrong.
fn sketch_of(point: &Json<'_>) -> Option<(f64, Sketch)> {
    let Json::Array(pair) = point else { return None };
    let [seconds, Json::Array(values)] = pair.as_slice() else { return None };
    let mut sketch = Sketch::new();
    for value in values {
        if !sketch.add(number(value)?, 1.0) {
            return None;
        }
    }
    (!sketch.is_empty()).then_some((number(seconds)?, sketch))
}
