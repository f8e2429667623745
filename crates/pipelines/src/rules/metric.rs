//! Metrics made of logs: counts, sums and distributions as delta points.

use super::RuleError;
use crate::field::Field;
use crate::record::RecordView;
use crate::rules::exponential::Exponential;
use arrow::error::ArrowError;
use foldhash::fast::FixedState;
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::limits::{LOG_METRIC_INTERVAL_SECONDS, LOG_METRIC_SERIES_MAX};
use hannun_model::table::{Table, logs, metric_points as points};
use hannun_model::typed_json;
use hannun_model::value::Value;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

const INTERVAL_NS: i64 = LOG_METRIC_INTERVAL_SECONDS * 1_000_000_000;
/// The attributes of the series that takes what is past the limit, as OpenTelemetry names it.
const OVERFLOW: &str = r#"{"otel.metric.overflow":true}"#;

/// What is made of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Count,
    Sum,
    Distribution,
}

/// What a metric rule does.
#[derive(Debug)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The number of a record; a count needs none.
    pub(crate) value: Option<Field>,
    pub(crate) unit: Option<String>,
    pub(crate) group_by: Vec<Field>,
    /// Who made the points.
    pub(crate) scope: String,
    /// Series seen so far.
    pub(crate) series: Mutex<HashSet<u64, FixedState>>,
}

/// Points on their way, of one request.
#[derive(Debug, Default)]
pub(crate) struct Points {
    by_key: HashMap<Key, Point, FixedState>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    series: u64,
    interval: i64,
}

#[derive(Debug)]
struct Point {
    metric: Arc<Metric>,
    /// Columns of the resource with their values.
    resource: Vec<(usize, String)>,
    /// Typed JSON; empty without attributes.
    attributes: String,
    start_ns: i64,
    end_ns: i64,
    records: f64,
    sum: f64,
    distribution: Exponential,
}

impl Metric {
    /// Adds a record that stands for `weight` records.
    pub(crate) fn observe(
        self: &Arc<Self>,
        view: RecordView<'_>,
        weight: f64,
        now_ns: i64,
        into: &mut Points,
    ) -> Result<(), RuleError> {
        let value = match &self.value {
            Some(field) => read_number(field, view)?,
            None => 1.0,
        };
        let time = view.int(logs::TIME).unwrap_or(now_ns);
        let resource = self.resource(view);
        let mut attributes = self.attributes(view);
        let mut series = self.series(&resource, &attributes);
        if !self.admits(series) {
            attributes = OVERFLOW.to_owned();
            series = self.series(&resource, &attributes);
        }
        let key = Key { series, interval: time.div_euclid(INTERVAL_NS) };
        let point = into.by_key.entry(key).or_insert_with(|| Point {
            metric: self.clone(),
            resource,
            attributes,
            start_ns: time,
            end_ns: time,
            records: 0.0,
            sum: 0.0,
            distribution: Exponential::default(),
        });
        point.start_ns = point.start_ns.min(time);
        point.end_ns = point.end_ns.max(time);
        point.records += weight;
        point.sum += value * weight;
        if self.kind == Kind::Distribution {
            point.distribution.observe(value, weight);
        }
        Ok(())
    }

    /// The service and the environment, and what else of the resource is grouped by.
    fn resource(&self, view: RecordView<'_>) -> Vec<(usize, String)> {
        let always = [
            (logs::SERVICE_NAME, points::SERVICE_NAME),
            (logs::DEPLOYMENT_ENVIRONMENT_NAME, points::DEPLOYMENT_ENVIRONMENT_NAME),
        ];
        let asked = self.group_by.iter().filter_map(point_column);
        let columns = always.into_iter().chain(asked.filter(|pair| !always.contains(pair)));
        columns
            .filter_map(|(column, point)| view.text(column).map(|text| (point, text.to_owned())))
            .collect()
    }

    fn attributes(&self, view: RecordView<'_>) -> String {
        let mut json = String::new();
        for field in self.group_by.iter().filter(|field| point_column(field).is_none()) {
            let value = match field {
                Field::Attribute(key) => {
                    view.attribute(key).and_then(|typed| Value::read_typed(&typed))
                }
                _ => field.read(view).map(|text| Value::Text(text.into_owned())),
            };
            if let Some(value) = value {
                json.push(if json.is_empty() { '{' } else { ',' });
                typed_json::write_key(&mut json, field.key());
                typed_json::write(&mut json, &value);
            }
        }
        if !json.is_empty() {
            json.push('}');
        }
        json
    }

    fn series(&self, resource: &[(usize, String)], attributes: &str) -> u64 {
        let mut hash = Xxh3::new();
        hash.update(self.scope.as_bytes());
        hash.update(self.name.as_bytes());
        hash.update(&[self.kind as u8]);
        hash.update(self.unit.as_deref().unwrap_or_default().as_bytes());
        for (column, text) in resource {
            hash.update(&column.to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.update(attributes.as_bytes());
        hash.digest()
    }

    fn admits(&self, series: u64) -> bool {
        let mut known = self.series.lock();
        known.contains(&series) || (known.len() < LOG_METRIC_SERIES_MAX && known.insert(series))
    }
}

/// The column of a point that holds the same as this column of a log record.
fn point_column(field: &Field) -> Option<(usize, usize)> {
    let Field::Column(_, column) = field else { return None };
    let name = logs::COLUMNS[*column].name;
    Table::MetricPoints.column_index(name).map(|point| (*column, point))
}

fn read_number(field: &Field, view: RecordView<'_>) -> Result<f64, RuleError> {
    let text = field.read(view).ok_or_else(|| format!("there is no {field}"))?;
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("{field} is not a number").into()),
    }
}

impl Points {
    /// Points by the name of their metric.
    pub(crate) fn count(&self, counts: &mut BTreeMap<String, u64>) {
        for point in self.by_key.values() {
            *counts.entry(point.metric.name.clone()).or_default() += 1;
        }
    }

    /// Rows of `metric_points`; `None` when there are none.
    pub(crate) fn finish(self) -> Result<Option<Batch>, ArrowError> {
        if self.by_key.is_empty() {
            return Ok(None);
        }
        let mut builder = BatchBuilder::new(Table::MetricPoints);
        let mut all: Vec<_> = self.by_key.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| (key.series, key.interval));
        for (key, point) in all {
            builder.start_row();
            point.write(&mut builder, key.series);
        }
        builder.finish().map(Some)
    }
}

impl Point {
    fn write(&self, builder: &mut BatchBuilder, series: u64) {
        let metric = &self.metric;
        builder.set_text(points::METRIC_NAME, &metric.name);
        if let Some(unit) = &metric.unit {
            builder.set_text(points::METRIC_UNIT, unit);
        }
        builder.set_text(points::AGGREGATION_TEMPORALITY, "delta");
        builder.set_int(points::SERIES_ID, series.cast_signed());
        builder.set_int(points::START_TIME, self.start_ns);
        builder.set_int(points::TIME, self.end_ns);
        builder.set_text(points::SCOPE_NAME, &metric.scope);
        for (column, text) in &self.resource {
            builder.set_text(*column, text);
        }
        if !self.attributes.is_empty() {
            builder.set_text(points::ATTRIBUTES, &self.attributes);
        }
        match metric.kind {
            Kind::Count => {
                builder.set_text(points::METRIC_TYPE, "sum");
                builder.set_bool(points::IS_MONOTONIC, true);
                builder.set_float(points::VALUE, self.records);
                if self.records.fract() == 0.0 {
                    builder.set_int(points::VALUE_INT, self.records as i64);
                }
            }
            Kind::Sum => {
                builder.set_text(points::METRIC_TYPE, "sum");
                // The numbers in logs may be negative.
                builder.set_bool(points::IS_MONOTONIC, false);
                builder.set_float(points::VALUE, self.sum);
            }
            Kind::Distribution => {
                builder.set_text(points::METRIC_TYPE, "exponential_histogram");
                builder.set_float(points::SUM, self.sum);
                self.distribution.write(builder);
            }
        }
    }
}
