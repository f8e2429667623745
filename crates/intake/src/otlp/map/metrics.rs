//! Metrics to rows of `metric_points`: one row a data point of any type.

use super::super::wire::{Slice, WireError};
use super::attributes::{key_value, write_json, write_json_object};
use super::metric_parts::{Lists, fill_buckets, fill_list, write_exemplar};
use super::resource::SharedRow;
use super::traces::write_list;
use super::{ItemError, ItemMapper, Reject, Rows, Tally, in_range};
use hannun_model::batch::SharedText;
use hannun_model::limits::{BUCKETS_PER_POINT_MAX, EXEMPLARS_PER_POINT_MAX};
use hannun_model::table::metric_points as columns;
use hannun_model::typed_json;
use xxhash_rust::xxh3::xxh3_64;

/// Maps metrics; keeps its buffers between points.
#[derive(Debug, Default)]
pub struct MetricMapper<'a> {
    point: Point<'a>,
    json: String,
}

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MetricType {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl MetricType {
    fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }
}

/// A metric whose points are still on the wire.
#[derive(Debug, Default)]
struct Metric<'a> {
    name: Slice<'a>,
    description: Slice<'a>,
    unit: Slice<'a>,
    metadata: Vec<Slice<'a>>,
    data: Option<(MetricType, Slice<'a>)>,
}

impl<'a> Metric<'a> {
    fn read(message: Slice<'a>) -> Result<Self, WireError> {
        let mut metric = Self::default();
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => metric.name = field.slice()?,
                2 => metric.description = field.slice()?,
                3 => metric.unit = field.slice()?,
                5 => metric.data = Some((MetricType::Gauge, field.slice()?)),
                7 => metric.data = Some((MetricType::Sum, field.slice()?)),
                9 => metric.data = Some((MetricType::Histogram, field.slice()?)),
                10 => metric.data = Some((MetricType::ExponentialHistogram, field.slice()?)),
                11 => metric.data = Some((MetricType::Summary, field.slice()?)),
                12 => metric.metadata.push(field.slice()?),
                _ => {}
            }
        }
        Ok(metric)
    }
}

/// What the points of one metric share.
#[derive(Debug)]
struct Shared {
    texts: Vec<SharedText>,
    is_monotonic: Option<bool>,
    /// Of all that makes a series but the attributes of its points.
    identity: SeriesIdentity,
    /// Why none of the points can be kept.
    rejected: Option<Reject>,
}

impl Shared {
    fn share(&mut self, rows: &mut Rows, column: usize, text: &str) {
        if !text.is_empty() {
            self.texts.push(rows.builder.share_text(column, text));
        }
    }

    fn share_slice(&mut self, rows: &mut Rows, column: usize, text: Slice<'_>) {
        let text = text.text(&mut rows.tally.invalid_strings);
        let text = super::attributes::cut(&text, &mut rows.tally);
        self.share(rows, column, text);
    }
}

/// Hash of what makes a series: equal for equal ones, whatever the protocol they come by.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SeriesIdentity(u64);

impl SeriesIdentity {
    /// A metric of a resource and a scope, by its name, unit and type and OTLP's number of its
    /// temporality.
    pub(crate) fn of_metric(
        [resource, scope]: [Self; 2],
        texts: [&str; 3],
        temporality: i32,
    ) -> Self {
        Self::of_bytes([resource.0, scope.0], texts.map(str::as_bytes), temporality)
    }

    fn of_bytes([resource, scope]: [u64; 2], texts: [&[u8]; 3], temporality: i32) -> Self {
        let identity = Self(resource ^ scope.rotate_left(32));
        texts.into_iter().fold(identity, Self::bytes).bytes(&temporality.to_le_bytes())
    }

    /// Of the bytes of an attribute as typed JSON, with its key.
    pub(crate) fn hash(bytes: &[u8]) -> u64 {
        xxh3_64(bytes)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        self.sum(xxh3_64(bytes))
    }

    /// Followed by a text.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Followed by attributes, by the sum of their hashes: their order does not matter.
    pub(crate) fn sum(self, sum: u64) -> Self {
        Self(self.0.rotate_left(5) ^ sum)
    }

    /// The series of points with attributes of this sum.
    pub(crate) fn of_point(self, attributes: Option<u64>) -> i64 {
        attributes.map_or(self, |sum| self.sum(sum)).0 as i64
    }
}

/// Reads what stands beside the points: temporality and whether a sum only grows.
fn share<'a>(
    rows: &mut Rows,
    metric: &Metric<'a>,
    metric_type: MetricType,
    data: Slice<'a>,
    scopes: [&SharedRow; 2],
) -> Result<Shared, WireError> {
    let (mut temporality, mut is_monotonic) = (0, false);
    let mut fields = data.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            2 => temporality = field.int32()?,
            3 => is_monotonic = field.varint()? != 0,
            _ => {}
        }
    }
    let mut shared = Shared {
        texts: Vec::new(),
        is_monotonic: (metric_type == MetricType::Sum).then_some(is_monotonic),
        identity: SeriesIdentity::of_bytes(
            scopes.map(|scope| scope.identity),
            [metric.name.bytes, metric.unit.bytes, metric_type.name().as_bytes()],
            temporality,
        ),
        rejected: None,
    };
    shared.share_slice(rows, columns::METRIC_NAME, metric.name);
    shared.share_slice(rows, columns::METRIC_DESCRIPTION, metric.description);
    shared.share_slice(rows, columns::METRIC_UNIT, metric.unit);
    shared.share(rows, columns::METRIC_TYPE, metric_type.name());
    match temporality {
        0 => {}
        1 => shared.share(rows, columns::AGGREGATION_TEMPORALITY, "delta"),
        2 => shared.share(rows, columns::AGGREGATION_TEMPORALITY, "cumulative"),
        number => shared.share(rows, columns::AGGREGATION_TEMPORALITY, &number.to_string()),
    }
    if !metric.metadata.is_empty() {
        let mut json = String::new();
        match write_json_object(&mut json, &metric.metadata, &mut rows.tally) {
            Ok(_) => shared.share(rows, columns::METRIC_METADATA, &json),
            Err(ItemError::Rejected(reason)) => shared.rejected = Some(reason),
            Err(ItemError::Wire(error)) => return Err(error),
        }
    }
    Ok(shared)
}

/// A point of any type whose attributes and exemplars are still on the wire.
#[derive(Debug, Default)]
struct Point<'a> {
    start_time: u64,
    time: u64,
    flags: u32,
    double: Option<f64>,
    int: Option<i64>,
    count: u64,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    lists: Lists,
    positive: Option<Slice<'a>>,
    negative: Option<Slice<'a>>,
    attributes: Vec<Slice<'a>>,
    exemplars: Vec<Slice<'a>>,
}

impl<'a> Point<'a> {
    /// Reads a point in place of the last one.
    fn read(&mut self, metric_type: MetricType, message: Slice<'a>) -> Result<(), WireError> {
        self.attributes.clear();
        self.exemplars.clear();
        self.lists.clear();
        *self = Self {
            attributes: std::mem::take(&mut self.attributes),
            exemplars: std::mem::take(&mut self.exemplars),
            lists: std::mem::take(&mut self.lists),
            ..Self::default()
        };
        match metric_type {
            MetricType::Gauge | MetricType::Sum => self.read_number(message),
            MetricType::Histogram => self.read_histogram(message),
            MetricType::ExponentialHistogram => self.read_exponential(message),
            MetricType::Summary => self.read_summary(message),
        }
    }

    fn read_number(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.start_time = field.fixed64()?,
                3 => self.time = field.fixed64()?,
                4 => (self.double, self.int) = (Some(field.double()?), None),
                5 => self.exemplars.push(field.slice()?),
                6 => (self.double, self.int) = (None, Some(field.fixed64()? as i64)),
                7 => self.attributes.push(field.slice()?),
                8 => self.flags = field.uint32()?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_histogram(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.start_time = field.fixed64()?,
                3 => self.time = field.fixed64()?,
                4 => self.count = field.fixed64()?,
                5 => self.sum = Some(field.double()?),
                6 => field.repeated_fixed64(&mut self.lists.counts, |bits| bits)?,
                7 => field.repeated_fixed64(&mut self.lists.floats, f64::from_bits)?,
                8 => self.exemplars.push(field.slice()?),
                9 => self.attributes.push(field.slice()?),
                10 => self.flags = field.uint32()?,
                11 => self.min = Some(field.double()?),
                12 => self.max = Some(field.double()?),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_exponential(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.attributes.push(field.slice()?),
                2 => self.start_time = field.fixed64()?,
                3 => self.time = field.fixed64()?,
                4 => self.count = field.fixed64()?,
                5 => self.sum = Some(field.double()?),
                6 => self.scale = field.sint32()?,
                7 => self.zero_count = field.fixed64()?,
                8 => self.positive = Some(field.slice()?),
                9 => self.negative = Some(field.slice()?),
                10 => self.flags = field.uint32()?,
                11 => self.exemplars.push(field.slice()?),
                12 => self.min = Some(field.double()?),
                13 => self.max = Some(field.double()?),
                14 => self.zero_threshold = field.double()?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_summary(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        self.sum = Some(0.0);
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.start_time = field.fixed64()?,
                3 => self.time = field.fixed64()?,
                4 => self.count = field.fixed64()?,
                5 => self.sum = Some(field.double()?),
                6 => self.lists.push_quantile(field.slice()?)?,
                7 => self.attributes.push(field.slice()?),
                8 => self.flags = field.uint32()?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> ItemMapper<'a> for MetricMapper<'a> {
    fn map(
        &mut self,
        rows: &mut Rows,
        resource: &SharedRow,
        scope: &SharedRow,
        item: Slice<'a>,
    ) -> Result<(), WireError> {
        let metric = Metric::read(item)?;
        let Some((metric_type, data)) = metric.data else { return Ok(()) };
        let shared = share(rows, &metric, metric_type, data, [resource, scope])?;
        let mut fields = data.fields();
        while let Some(field) = fields.next()? {
            if field.number != 1 {
                continue;
            }
            self.point.read(metric_type, field.slice()?)?;
            rows.add(|rows| {
                if let Some(reason) = shared.rejected {
                    return Err(ItemError::Rejected(reason));
                }
                resource.apply(rows);
                scope.apply(rows);
                for text in &shared.texts {
                    rows.builder.set_shared(*text);
                }
                if let Some(is_monotonic) = shared.is_monotonic {
                    rows.builder.set_bool(columns::IS_MONOTONIC, is_monotonic);
                }
                self.fill_times(rows)?;
                self.fill_attributes(rows, shared.identity)?;
                self.fill_values(rows, metric_type)?;
                self.fill_exemplars(rows)
            })?;
        }
        Ok(())
    }
}

impl MetricMapper<'_> {
    fn fill_times(&self, rows: &mut Rows) -> Result<(), ItemError> {
        let time = rows.clock.accept(self.point.time).map_err(ItemError::Rejected)?;
        rows.builder.set_int(columns::TIME, time);
        let start_time = in_range(self.point.start_time).map_err(ItemError::Rejected)?;
        rows.set_nonzero(columns::START_TIME, start_time.unsigned_abs());
        rows.set_nonzero(columns::FLAGS, u64::from(self.point.flags));
        Ok(())
    }

    /// Writes the attributes and the series, which is the same whatever the attributes' order.
    fn fill_attributes(
        &mut self,
        rows: &mut Rows,
        identity: SeriesIdentity,
    ) -> Result<(), ItemError> {
        let mut attributes = None;
        if !self.point.attributes.is_empty() {
            self.json.clear();
            write_json_object(&mut self.json, &self.point.attributes, &mut rows.tally)?;
            rows.builder.set_text(columns::ATTRIBUTES, &self.json);
            attributes = Some(self.attributes_identity()?);
        }
        rows.builder.set_int(columns::SERIES_ID, identity.of_point(attributes));
        Ok(())
    }

    fn attributes_identity(&mut self) -> Result<u64, ItemError> {
        let mut sum = 0_u64;
        let mut uncounted = Tally::default();
        for attribute in &self.point.attributes {
            let (key, any) = key_value(*attribute)?;
            self.json.clear();
            typed_json::write_key(&mut self.json, &key.text(&mut uncounted.invalid_strings));
            write_json(&mut self.json, any, 0, &mut uncounted)?;
            sum = sum.wrapping_add(SeriesIdentity::hash(self.json.as_bytes()));
        }
        Ok(sum)
    }

    fn fill_values(&self, rows: &mut Rows, metric_type: MetricType) -> Result<(), ItemError> {
        let point = &self.point;
        let builder = &mut rows.builder;
        if let Some(int) = point.int {
            builder.set_int(columns::VALUE_INT, int);
        }
        if let Some(value) = point.double.or(point.int.map(|int| int as f64)) {
            builder.set_float(columns::VALUE, value);
        }
        if matches!(metric_type, MetricType::Gauge | MetricType::Sum) {
            return Ok(());
        }
        builder.set_uint(columns::COUNT, point.count);
        let optional =
            [(columns::SUM, point.sum), (columns::MIN, point.min), (columns::MAX, point.max)];
        for (column, value) in optional {
            if let Some(value) = value {
                builder.set_float(column, value);
            }
        }
        if point.lists.longest() > BUCKETS_PER_POINT_MAX {
            return Err(ItemError::Rejected(Reject::TooManyBuckets));
        }
        if metric_type == MetricType::Summary {
            fill_list(rows, columns::QUANTILES, &point.lists.floats);
            fill_list(rows, columns::QUANTILE_VALUES, &point.lists.quantile_values);
            return Ok(());
        }
        if metric_type == MetricType::ExponentialHistogram {
            return self.fill_exponential(rows);
        }
        fill_list(rows, columns::EXPLICIT_BOUNDS, &point.lists.floats);
        if !point.lists.counts.is_empty() {
            rows.builder.set_uints(columns::BUCKET_COUNTS, &point.lists.counts);
        }
        Ok(())
    }

    fn fill_exponential(&self, rows: &mut Rows) -> Result<(), ItemError> {
        let point = &self.point;
        rows.builder.set_int(columns::SCALE, i64::from(point.scale));
        rows.builder.set_uint(columns::ZERO_COUNT, point.zero_count);
        rows.builder.set_float(columns::ZERO_THRESHOLD, point.zero_threshold);
        if let Some(positive) = point.positive {
            let (offset, counts) = (columns::POSITIVE_OFFSET, columns::POSITIVE_BUCKET_COUNTS);
            fill_buckets(rows, positive, offset, counts)?;
        }
        if let Some(negative) = point.negative {
            let (offset, counts) = (columns::NEGATIVE_OFFSET, columns::NEGATIVE_BUCKET_COUNTS);
            fill_buckets(rows, negative, offset, counts)?;
        }
        Ok(())
    }

    fn fill_exemplars(&mut self, rows: &mut Rows) -> Result<(), ItemError> {
        let exemplars = &self.point.exemplars;
        if exemplars.is_empty() {
            return Ok(());
        }
        let kept = &exemplars[..exemplars.len().min(EXEMPLARS_PER_POINT_MAX)];
        rows.tally.dropped_events += (exemplars.len() - kept.len()) as u64;
        write_list(&mut self.json, kept, &mut rows.tally, write_exemplar)?;
        rows.builder.set_text(columns::EXEMPLARS, &self.json);
        Ok(())
    }
}
