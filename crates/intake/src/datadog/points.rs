//! Metric points of Datadog's protocols to rows of `metric_points`.
//!
//! DogStatsD, series, sketches and what else has a name, tags and a number come here. A tag that says
//! where the point comes from (see [`super::tags`]) goes to the resource, the others are attributes
//! of the point. A series has the number that the same series sent by OTLP has.

use super::sketch::Sketch;
use super::tags::Parts;
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::{cut, separate};
use crate::otlp::map::metrics::SeriesIdentity;
use crate::otlp::map::{Clock, Reject, Tally};
use arrow::error::ArrowError;
use hannun_model::batch::{BatchBuilder, SharedText};
use hannun_model::limits::{POINT_FREE_BYTES, POINTS_BYTES_MAX, ROWS_PER_REQUEST_MAX};
use hannun_model::semconv::resource_attributes;
use hannun_model::table::{Table, metric_points as columns};
use hannun_model::typed_json;

/// A number with its name, its time and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    pub name: &'a str,
    /// UCUM unit.
    pub unit: Option<&'a str>,
    pub description: Option<&'a str>,
    /// Nanoseconds since 1970; the end of the interval that the point covers.
    pub time_ns: i64,
    /// Start of that interval.
    pub start_ns: Option<i64>,
    /// The host, unless a tag or the resource names one.
    pub host: Option<&'a str>,
    /// `key:value` or a word, in any order; repeated ones count once.
    pub tags: &'a [&'a str],
    /// Resource attributes by their names in OpenTelemetry, unless a tag says otherwise.
    pub resource: &'a [(&'a str, &'a str)],
    /// Which protocol it came by, such as `datadog.dogstatsd`.
    pub scope: &'a str,
    pub value: PointValue<'a>,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub enum PointValue<'a> {
    Gauge(f64),
    /// What was counted in the interval of the point.
    Delta(f64),
    /// The values of the interval of the point.
    Sketch(&'a Sketch),
}

impl PointValue<'_> {
    fn metric_type(self) -> &'static str {
        match self {
            Self::Gauge(_) => "gauge",
            Self::Delta(_) => "sum",
            Self::Sketch(_) => "exponential_histogram",
        }
    }

    /// OTLP's number of the temporality.
    fn temporality(self) -> i32 {
        match self {
            Self::Gauge(_) => 0,
            Self::Delta(_) | Self::Sketch(_) => 1,
        }
    }

    fn is_number(self) -> bool {
        match self {
            Self::Gauge(value) | Self::Delta(value) => value.is_finite(),
            Self::Sketch(_) => true,
        }
    }
}

/// Collects points as rows.
#[derive(Debug)]
pub struct PointWriter {
    builder: BatchBuilder,
    tally: Tally,
    clock: Clock,
    /// The text that each column was set to last: points come with many alike.
    last: Vec<(usize, String, SharedText)>,
    /// Reused from point to point.
    scratch: Scratch,
    /// Bytes of text and of buckets in the rows so far.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Scratch {
    /// One attribute.
    entry: String,
    /// All attributes.
    json: String,
}

impl PointWriter {
    /// No points yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            builder: BatchBuilder::new(Table::MetricPoints),
            tally: Tally::default(),
            clock,
            last: Vec::new(),
            scratch: Scratch::default(),
            bytes: 0,
        }
    }

    /// Points so far.
    pub fn rows(&self) -> usize {
        self.builder.rows()
    }

    /// Bytes of text and of buckets so far. Past [`POINTS_BYTES_MAX`] no more points are taken.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a point. One that is not kept is counted, and the reason answered.
    pub fn add(&mut self, point: &Point<'_>) -> Result<(), Reject> {
        match self.check(point) {
            Ok(time_ns) => {
                self.builder.start_row();
                self.fill(point, time_ns);
                Ok(())
            }
            Err(reason) => {
                self.tally.reject(reason);
                Err(reason)
            }
        }
    }

    /// Counts a point that could not be read at all.
    pub fn reject_unread(&mut self, reason: Reject) {
        self.tally.reject(reason);
    }

    /// Counts texts that were not UTF-8.
    pub fn count_invalid_strings(&mut self, count: u64) {
        self.tally.invalid_strings += count;
    }

    /// Makes the batch. Points say when they were taken, so equal bytes are the same request.
    pub fn finish(self) -> Result<Decoded, ArrowError> {
        Ok(Decoded {
            batch: self.builder.finish()?,
            beside: Vec::new(),
            tally: self.tally,
            identity: Identity::Content,
        })
    }

    fn check(&self, point: &Point<'_>) -> Result<i64, Reject> {
        if self.builder.rows() >= ROWS_PER_REQUEST_MAX {
            return Err(Reject::TooManyItems);
        }
        if self.bytes > POINTS_BYTES_MAX {
            return Err(Reject::TooManyBytes);
        }
        if point.name.is_empty() || !point.value.is_number() {
            return Err(Reject::Malformed);
        }
        let time = u64::try_from(point.time_ns).map_err(|_| Reject::TimeOutOfRange)?;
        self.clock.accept(time)
    }

    fn fill(&mut self, point: &Point<'_>, time_ns: i64) {
        self.builder.set_int(columns::TIME, time_ns);
        if let Some(start_ns) = point.start_ns.filter(|start_ns| *start_ns > 0) {
            self.builder.set_int(columns::START_TIME, start_ns.min(time_ns));
        }
        let metric_type = point.value.metric_type();
        self.set_text(columns::METRIC_NAME, point.name);
        self.set_text(columns::METRIC_TYPE, metric_type);
        self.set_text(columns::METRIC_UNIT, point.unit.unwrap_or_default());
        self.set_text(columns::METRIC_DESCRIPTION, point.description.unwrap_or_default());
        self.set_text(columns::SCOPE_NAME, point.scope);
        self.bytes += work(point);
        let parts = Parts::of(point.tags, point.resource, point.host, &mut self.tally);
        let resource = self.write_resource(&parts.resource);
        let scope = SeriesIdentity::default().text("").text(point.scope).text("").sum(0);
        let identity = SeriesIdentity::of_metric(
            [resource, scope],
            [point.name, point.unit.unwrap_or_default(), metric_type],
            point.value.temporality(),
        );
        let attributes = self.write_entries(&parts.attributes, columns::ATTRIBUTES);
        self.builder.set_int(columns::SERIES_ID, identity.of_point(attributes));
        match point.value {
            PointValue::Gauge(value) => self.builder.set_float(columns::VALUE, value),
            PointValue::Delta(value) => {
                self.set_text(columns::AGGREGATION_TEMPORALITY, "delta");
                // Datadog's counts may be taken back: `decrement`.
                self.builder.set_bool(columns::IS_MONOTONIC, value >= 0.0);
                self.builder.set_float(columns::VALUE, value);
            }
            PointValue::Sketch(sketch) => {
                self.set_text(columns::AGGREGATION_TEMPORALITY, "delta");
                self.bytes += sketch.written_bytes();
                sketch.write(&mut self.builder);
            }
        }
    }

    /// Sets a text unless it is empty.
    fn set_text(&mut self, column: usize, text: &str) {
        if !text.is_empty() {
            let text = cut(text, &mut self.tally);
            self.set_whole(column, text);
        }
    }

    /// Sets a text, and stores it once where rows alike follow each other.
    fn set_whole(&mut self, column: usize, text: &str) {
        let last = self.last.iter_mut().find(|(of, _, _)| *of == column);
        let shared = match last {
            Some((_, known, shared)) if known == text => *shared,
            known => {
                self.bytes += text.len();
                let shared = self.builder.share_text(column, text);
                match known {
                    Some(known) => *known = (column, text.to_owned(), shared),
                    None => self.last.push((column, text.to_owned(), shared)),
                }
                shared
            }
        };
        self.builder.set_shared(shared);
    }

    /// Sets the columns of the resource and answers its identity.
    fn write_resource(&mut self, resource: &[(&str, &str)]) -> SeriesIdentity {
        let hot = resource_attributes(Table::MetricPoints);
        let mut sum = 0_u64;
        let mut rest = Vec::new();
        for (key, text) in resource {
            match hot.get(key).filter(|hot| hot.canonical) {
                Some(hot) => {
                    self.set_text(hot.column, text);
                    sum = sum.wrapping_add(self.write_entry(key, &[text]));
                }
                None => rest.push((*key, *text)),
            }
        }
        if let Some(of_rest) = self.write_entries(&rest, columns::RESOURCE_ATTRIBUTES) {
            sum = sum.wrapping_add(of_rest);
        }
        SeriesIdentity::default().text("").sum(sum)
    }

    /// Writes sorted entries as typed JSON; those of one key as one array. Answers the sum of their
    /// hashes, `None` when there are none.
    fn write_entries(&mut self, entries: &[(&str, &str)], column: usize) -> Option<u64> {
        if entries.is_empty() {
            return None;
        }
        let mut json = std::mem::take(&mut self.scratch.json);
        json.clear();
        json.push('{');
        let (mut first, mut sum) = (true, 0_u64);
        for same in entries.chunk_by(|left, right| left.0 == right.0) {
            let values: Vec<&str> = same.iter().map(|(_, value)| *value).collect();
            sum = sum.wrapping_add(self.write_entry(same[0].0, &values));
            separate(&mut json, &mut first);
            json.push_str(&self.scratch.entry);
        }
        json.push('}');
        // Its values were cut one by one; JSON itself must not be.
        self.set_whole(column, &json);
        self.scratch.json = json;
        Some(sum)
    }

    /// Writes an entry into the scratch and answers its hash.
    fn write_entry(&mut self, key: &str, values: &[&str]) -> u64 {
        let out = &mut self.scratch.entry;
        out.clear();
        typed_json::write_key(out, key);
        match values {
            [value] => typed_json::write_string(out, cut(value, &mut self.tally)),
            values => {
                out.push('[');
                let mut first = true;
                for value in values {
                    separate(out, &mut first);
                    typed_json::write_string(out, cut(value, &mut self.tally));
                }
                out.push(']');
            }
        }
        SeriesIdentity::hash(out.as_bytes())
    }
}

/// What a point counts for by its length: rows share their texts, but each point sorts and writes
/// its own, so that a few bytes a point could keep a core busy for minutes.
fn work(point: &Point<'_>) -> usize {
    let tags: usize = point.tags.iter().map(|tag| tag.len() + size_of::<&str>()).sum();
    let texts = point.name.len() + point.host.unwrap_or_default().len();
    let bytes = tags + texts + point.unit.unwrap_or_default().len();
    if bytes > POINT_FREE_BYTES { bytes } else { 0 }
}

#[cfg(test)]
mod tests;
