//! `/api/beta/sketches`: the distributions that agents gathered, the message `SketchPayload` of
//! <https://github.com/DataDog/agent-payload/blob/master/proto/metrics/agent_payload.proto>.
//!
//! A bin has a key `k` and a count `n`. The key of a value `v` is `round(ln v / ln γ) + bias` with
//! γ = 1 + 2/128 = 1.015625 and bias = 1 − ⌊ln 10⁻⁹ / ln γ⌋ = 1338, so that 10⁻⁹ has key 1; negative
//! values have negative keys, what is smaller than 10⁻⁹ has key 0
//! (<https://github.com/DataDog/datadog-agent/blob/main/pkg/util/quantile/config.go>). What stands for
//! a bin is γ^(k − bias), within 0.78 % of all that is in it.

use super::answer::Outcome;
use super::items::nanoseconds;
use super::series_json::finish;
use crate::datadog::points::{Point, PointValue, PointWriter};
use crate::datadog::sketch::Sketch;
use crate::door::Decoded;
use crate::otlp::map::{Clock, Reject};
use crate::otlp::wire::{Field, Slice, WireError};
use crate::refusal::Refusal;
use hannun_model::limits::{DATADOG_SKETCH_BINS_MAX, POINT_TAGS_READ_MAX};
use std::borrow::Cow;

/// The scope of these points.
pub const SCOPE: &str = "datadog.sketches";

const GAMMA: f64 = 1.0 + 2.0 / 128.0;
const BIAS: i32 = 1338;
/// The keys of what is larger than any value that a bin can hold.
const INFINITE_KEY: u32 = 32_767;

/// Maps a request.
pub fn map(body: &[u8], clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut reader = Reader {
        writer: PointWriter::new(clock),
        invalid_strings: 0,
        keys: Vec::new(),
        counts: Vec::new(),
    };
    reader.walk(body).map_err(|error| Refusal::Malformed(error.to_string()))?;
    reader.writer.count_invalid_strings(reader.invalid_strings);
    finish(reader.writer, Outcome::default())
}

/// The value that stands for the bin of a key.
pub fn value_of(key: i32) -> f64 {
    if key == 0 {
        return 0.0;
    }
    // What was too large for a bin is at least as large as the last one.
    let magnitude = key.unsigned_abs().min(INFINITE_KEY - 1);
    GAMMA.powi(magnitude as i32 - BIAS).copysign(f64::from(key))
}

struct Reader {
    writer: PointWriter,
    invalid_strings: u64,
    /// Reused from sketch to sketch.
    keys: Vec<u64>,
    counts: Vec<u64>,
}

impl Reader {
    fn walk(&mut self, body: &[u8]) -> Result<(), WireError> {
        let mut payload = Slice::whole(body).fields();
        while let Some(field) = payload.next()? {
            if field.number == 1 {
                self.read(field.slice()?)?;
            }
        }
        Ok(())
    }

    /// Reads a `Sketch`: one name with its tags, and a `Dogsketch` for each time.
    fn read(&mut self, message: Slice<'_>) -> Result<(), WireError> {
        let (mut name, mut host) = (Cow::Borrowed(""), Cow::Borrowed(""));
        let mut tags = Vec::new();
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => name = field.slice()?.text(&mut self.invalid_strings),
                2 => host = field.slice()?.text(&mut self.invalid_strings),
                4 if tags.len() < POINT_TAGS_READ_MAX => {
                    tags.push(field.slice()?.text(&mut self.invalid_strings));
                }
                _ => {}
            }
        }
        let tags: Vec<&str> = tags.iter().map(|tag| &**tag).collect();
        let point = Point {
            name: &name,
            unit: None,
            description: None,
            time_ns: 0,
            start_ns: None,
            host: Some(&*host).filter(|host| !host.is_empty()),
            tags: &tags,
            resource: &[],
            scope: SCOPE,
            value: PointValue::Gauge(0.0),
        };
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                7 => self.add(point, field.slice()?)?,
                // The sketches of agents before version 6.
                3 => self.writer.reject_unread(Reject::Malformed),
                _ => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, point: Point<'_>, message: Slice<'_>) -> Result<(), WireError> {
        let (mut seconds, mut min, mut max, mut sum) = (0, 0.0, 0.0, 0.0);
        self.keys.clear();
        self.counts.clear();
        let mut is_too_long = false;
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => seconds = field.varint()? as i64,
                3 => min = field.double()?,
                4 => max = field.double()?,
                6 => sum = field.double()?,
                7 => is_too_long |= !read_list(&field, &mut self.keys)?,
                8 => is_too_long |= !read_list(&field, &mut self.counts)?,
                _ => {}
            }
        }
        if is_too_long {
            self.writer.reject_unread(Reject::TooManyBuckets);
            return Ok(());
        }
        let mut sketch = Sketch::new();
        for (key, count) in self.keys.iter().zip(&self.counts) {
            sketch.add_bin(value_of(zigzag(*key as u32)), *count as u32 as f64);
        }
        if sketch.is_empty() || self.keys.len() != self.counts.len() {
            self.writer.reject_unread(Reject::Malformed);
            return Ok(());
        }
        sketch.set_summary(sum, min, max);
        let time_ns = nanoseconds(seconds as f64);
        // What is not kept is in the tally.
        let _ = self.writer.add(&Point { time_ns, value: PointValue::Sketch(&sketch), ..point });
        Ok(())
    }
}

/// Appends the varints of a field, unless they would be too many.
fn read_list(field: &Field<'_>, list: &mut Vec<u64>) -> Result<bool, WireError> {
    // A varint takes a byte or more, so this many are never skipped.
    let bytes = field.slice().map_or(0, |slice| slice.bytes.len());
    if list.len() + bytes / VARINT_BYTES_MAX > DATADOG_SKETCH_BINS_MAX {
        return Ok(false);
    }
    field.repeated_varint(list)?;
    Ok(list.len() <= DATADOG_SKETCH_BINS_MAX)
}

/// Bytes of the longest varint.
const VARINT_BYTES_MAX: usize = 10;

fn zigzag(value: u32) -> i32 {
    ((value >> 1) as i32) ^ -((value & 1) as i32)
}
