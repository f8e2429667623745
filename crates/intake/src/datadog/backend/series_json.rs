//! Series as JSON: `/api/v1/series` and `/api/v2/series`.
//!
//! Version 1 has points `[seconds, value]`, names of types, `host` and `device`; version 2 has points
//! `{"timestamp", "value"}`, numbers of types and `resources`
//! (<https://docs.datadoghq.com/api/latest/metrics/#submit-metrics>). Both are read by both routes:
//! clients have mixed them.

use super::answer::Outcome;
use super::items::{self, Fields, number};
use super::series::{Series, SeriesType};
use crate::datadog::points::PointWriter;
use crate::door::Decoded;
use crate::otlp::map::{Clock, Reject, Tally};
use crate::records::json::Json;
use crate::refusal::Refusal;
use std::borrow::Cow;

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

/// Makes the batch.
pub fn finish(writer: PointWriter, mut outcome: Outcome) -> Result<(Decoded, Outcome), Refusal> {
    let decoded = writer.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    outcome.accepted = decoded.batch.rows();
    Ok((decoded, outcome))
}

fn add(writer: &mut PointWriter, item: &Json<'_>) -> Result<(), &'static str> {
    let Json::Object(entries) = item else { return Err("not an object") };
    let fields = Fields(entries);
    let series = read(fields)?;
    let tags = series.borrowed_tags();
    let Some(Json::Array(points)) = fields.get("points") else { return Err("no points") };
    for point in points {
        // What is wrong with a time or a value is in the tally.
        match point_of(point) {
            Some((seconds, value)) => drop(series.add(writer, &tags, seconds, value)),
            None => writer.reject_unread(Reject::Malformed),
        }
    }
    Ok(())
}

fn read<'j>(fields: Fields<'j, '_>) -> Result<Series<'j>, &'static str> {
    let mut series = Series {
        metric: Cow::Borrowed(fields.text("metric").ok_or("no metric")?),
        series_type: match fields.get("type") {
            Some(Json::Int(number)) => SeriesType::of_number(*number),
            Some(Json::Text(name)) => SeriesType::of_name(name),
            _ => SeriesType::default(),
        },
        host: fields.text("host").map(Cow::Borrowed),
        tags: fields.tags("tags").into_iter().map(Cow::Borrowed).collect(),
        unit: Cow::Borrowed(fields.text("unit").unwrap_or_default()),
        interval_s: fields.number("interval").unwrap_or(0.0),
    };
    for kind in ["device", "device_name"] {
        if let Some(name) = fields.text(kind) {
            series.add_resource("device", Cow::Borrowed(name));
        }
    }
    if let Some(Json::Array(resources)) = fields.get("resources") {
        for resource in resources {
            let Json::Object(entries) = resource else { continue };
            let resource = Fields(entries);
            if let (Some(kind), Some(name)) = (resource.text("type"), resource.text("name")) {
                series.add_resource(kind, Cow::Borrowed(name));
            }
        }
    }
    Ok(series)
}

fn point_of(point: &Json<'_>) -> Option<(f64, f64)> {
    match point {
        Json::Array(pair) => match pair.as_slice() {
            [seconds, value] => Some((number(seconds)?, number(value)?)),
            _ => None,
        },
        Json::Object(entries) => {
            let fields = Fields(entries);
            Some((fields.number("timestamp")?, fields.number("value")?))
        }
        _ => None,
    }
}
