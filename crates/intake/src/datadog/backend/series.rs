//! Series of any version of the API: one name with its tags, its type and its points.
//!
//! What each type becomes, in all versions alike:
//!
//! * `gauge` and no type: a gauge.
//! * `count`: a sum of deltas, what was counted in the interval.
//! * `rate`: also a sum of deltas, the value (per second) times the interval in seconds. Agents send
//!   what DogStatsD counted as rates, and only what was counted can be summed over hosts and time.
//!   A rate without an interval cannot be counted back: it is a gauge.
//!
//! The time of a point is the one that was sent. With an interval, counts cover it up to that time.

use super::items::nanoseconds;
use crate::datadog::points::{Point, PointValue, PointWriter};
use crate::otlp::map::Reject;
use hannun_model::limits::POINT_TAGS_READ_MAX;
use std::borrow::Cow;

/// The scope of points that came as series.
pub const SCOPE: &str = "datadog.series";

/// The type of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeriesType {
    #[default]
    Gauge,
    Count,
    Rate,
}

impl SeriesType {
    /// The type by its number in protobuf, which JSON of version 2 has as well.
    pub fn of_number(number: i64) -> Self {
        match number {
            1 => Self::Count,
            2 => Self::Rate,
            _ => Self::Gauge,
        }
    }

    /// The type by its name in version 1.
    pub fn of_name(name: &str) -> Self {
        match name {
            "count" => Self::Count,
            "rate" => Self::Rate,
            _ => Self::Gauge,
        }
    }
}

/// What the points of a series share.
#[derive(Debug, Default)]
pub struct Series<'a> {
    pub metric: Cow<'a, str>,
    pub series_type: SeriesType,
    pub host: Option<Cow<'a, str>>,
    pub tags: Vec<Cow<'a, str>>,
    pub unit: Cow<'a, str>,
    /// Seconds; 0 when not sent.
    pub interval_s: f64,
}

impl<'a> Series<'a> {
    /// Takes a resource in: the host, or a tag of that name.
    pub fn add_resource(&mut self, kind: &str, name: Cow<'a, str>) {
        match kind {
            _ if name.is_empty() => {}
            "host" => self.host = Some(name),
            "" => {}
            other => self.add_tag(Cow::Owned(format!("{other}:{name}"))),
        }
    }

    /// Adds a tag, unless there are too many.
    pub fn add_tag(&mut self, tag: Cow<'a, str>) {
        if self.tags.len() < POINT_TAGS_READ_MAX {
            self.tags.push(tag);
        }
    }

    /// What can be lent to points.
    pub fn borrowed_tags(&self) -> Vec<&str> {
        self.tags.iter().map(|tag| &**tag).collect()
    }

    /// Adds a point of this series; `tags` are [`Series::borrowed_tags`].
    pub fn add(
        &self,
        writer: &mut PointWriter,
        tags: &[&str],
        seconds: f64,
        value: f64,
    ) -> Result<(), Reject> {
        let has_interval = self.interval_s > 0.0;
        let value = match self.series_type {
            SeriesType::Count => PointValue::Delta(value),
            SeriesType::Rate if has_interval => PointValue::Delta(value * self.interval_s),
            SeriesType::Rate | SeriesType::Gauge => PointValue::Gauge(value),
        };
        let time_ns = nanoseconds(seconds);
        let covers = has_interval && matches!(value, PointValue::Delta(_));
        writer.add(&Point {
            name: &self.metric,
            unit: Some(&*self.unit).filter(|unit| !unit.is_empty()),
            description: None,
            time_ns,
            start_ns: covers.then(|| time_ns.saturating_sub(nanoseconds(self.interval_s))),
            host: self.host.as_deref(),
            tags,
            resource: &[],
            scope: SCOPE,
            value,
        })
    }
}
