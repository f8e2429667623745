//! Parts of metric points: lists, buckets and exemplars.

use super::super::wire::{Slice, WireError};
use super::traces::JsonObject;
use super::{ItemError, Reject, Rows, Tally};
use hannun_model::limits::BUCKETS_PER_POINT_MAX;
use hannun_model::typed_json;

/// The lists of a point, kept for the next one.
#[derive(Debug, Default)]
pub struct Lists {
    pub counts: Vec<u64>,
    /// Bounds of a histogram or quantiles of a summary.
    pub floats: Vec<f64>,
    pub quantile_values: Vec<f64>,
}

impl Lists {
    pub fn clear(&mut self) {
        self.counts.clear();
        self.floats.clear();
        self.quantile_values.clear();
    }

    pub fn longest(&self) -> usize {
        self.counts.len().max(self.floats.len())
    }

    /// Adds a `ValueAtQuantile`.
    pub fn push_quantile(&mut self, message: Slice<'_>) -> Result<(), WireError> {
        let (mut quantile, mut value) = (0.0, 0.0);
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => quantile = field.double()?,
                2 => value = field.double()?,
                _ => {}
            }
        }
        self.floats.push(quantile);
        self.quantile_values.push(value);
        Ok(())
    }
}

/// Sets a list unless it is empty: proto3 cannot tell empty from absent.
pub fn fill_list(rows: &mut Rows, column: usize, list: &[f64]) {
    if !list.is_empty() {
        rows.builder.set_floats(column, list);
    }
}

/// Sets the offset and counts of `Buckets`.
pub fn fill_buckets(
    rows: &mut Rows,
    message: Slice<'_>,
    offset_column: usize,
    counts_column: usize,
) -> Result<(), ItemError> {
    let (mut offset, mut counts) = (0, Vec::new());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => offset = field.sint32()?,
            2 => field.repeated_varint(&mut counts)?,
            _ => {}
        }
    }
    if counts.len() > BUCKETS_PER_POINT_MAX {
        return Err(ItemError::Rejected(Reject::TooManyBuckets));
    }
    rows.builder.set_int(offset_column, i64::from(offset));
    if !counts.is_empty() {
        rows.builder.set_uints(counts_column, &counts);
    }
    Ok(())
}

/// Writes an `Exemplar`; its value keeps its type.
pub fn write_exemplar(
    object: &mut JsonObject<'_>,
    message: Slice<'_>,
    tally: &mut Tally,
) -> Result<(), ItemError> {
    let (mut time, mut double, mut int) = (0, None, None);
    let (mut span_id, mut trace_id) = (Slice::default(), Slice::default());
    let mut attributes = Vec::new();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            2 => time = field.fixed64()?,
            3 => (double, int) = (Some(field.double()?), None),
            4 => span_id = field.slice()?,
            5 => trace_id = field.slice()?,
            6 => (double, int) = (None, Some(field.fixed64()? as i64)),
            7 => attributes.push(field.slice()?),
            _ => {}
        }
    }
    object.nonzero("time", time);
    if let Some(int) = int {
        typed_json::write_int(object.key("value"), int);
    }
    if let Some(double) = double {
        typed_json::write_number(object.key("value"), double);
    }
    object.id("trace_id", trace_id);
    object.id("span_id", span_id);
    object.attributes(&attributes, None, tally)
}
