//! Series as protobuf: `/api/v2/series`, the message `MetricPayload` of
//! <https://github.com/DataDog/agent-payload/blob/master/proto/metrics/agent_payload.proto>.

use super::answer::Outcome;
use super::series::{Series, SeriesType};
use super::series_json::finish;
use crate::datadog::points::PointWriter;
use crate::door::Decoded;
use crate::otlp::map::Clock;
use crate::otlp::wire::{Slice, WireError};
use crate::refusal::Refusal;

/// Maps a request.
pub fn map(body: &[u8], clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut writer = PointWriter::new(clock);
    let mut invalid_strings = 0;
    walk(body, &mut writer, &mut invalid_strings)
        .map_err(|error| Refusal::Malformed(error.to_string()))?;
    writer.count_invalid_strings(invalid_strings);
    finish(writer, Outcome::default())
}

fn walk(body: &[u8], writer: &mut PointWriter, invalid_strings: &mut u64) -> Result<(), WireError> {
    let mut payload = Slice::whole(body).fields();
    while let Some(field) = payload.next()? {
        if field.number == 1 {
            let message = field.slice()?;
            let series = read(message, invalid_strings)?;
            let tags = series.borrowed_tags();
            // The type stands behind the points, so these are read when it is known.
            let mut fields = message.fields();
            while let Some(field) = fields.next()? {
                if field.number == 4 {
                    let (seconds, value) = point(field.slice()?)?;
                    // What is not kept is in the tally.
                    let _ = series.add(writer, &tags, seconds as f64, value);
                }
            }
        }
    }
    Ok(())
}

/// Everything of a series but its points.
fn read<'a>(message: Slice<'a>, invalid_strings: &mut u64) -> Result<Series<'a>, WireError> {
    let mut series = Series::default();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => {
                let (mut kind, mut name) = (Slice::default(), Slice::default());
                let mut resource = field.slice()?.fields();
                while let Some(field) = resource.next()? {
                    match field.number {
                        1 => kind = field.slice()?,
                        2 => name = field.slice()?,
                        _ => {}
                    }
                }
                series.add_resource(&kind.text(invalid_strings), name.text(invalid_strings));
            }
            2 => series.metric = field.slice()?.text(invalid_strings),
            3 => series.add_tag(field.slice()?.text(invalid_strings)),
            5 => series.series_type = SeriesType::of_number(i64::from(field.int32()?)),
            6 => series.unit = field.slice()?.text(invalid_strings),
            8 => series.interval_s = field.varint()? as i64 as f64,
            _ => {}
        }
    }
    Ok(series)
}

/// Seconds and value of a `MetricPoint`.
fn point(message: Slice<'_>) -> Result<(i64, f64), WireError> {
    let (mut value, mut seconds) = (0.0, 0);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => value = field.double()?,
            2 => seconds = field.varint()? as i64,
            _ => {}
        }
    }
    Ok((seconds, value))
}
