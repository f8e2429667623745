//! Points to rows of `metric_points`.

use super::wire::{Kind, Numbered, Point};
use super::{RECEIVED, SCOPE};
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::separate;
use crate::otlp::map::metrics::SeriesIdentity;
use crate::otlp::map::{Clock, Reject, Tally};
use crate::refusal::Refusal;
use hannun_model::batch::BatchBuilder;
use hannun_model::limits::BUSINESS_REJECTED_TOLD_MAX;
use hannun_model::table::{Table, metric_points as columns};
use hannun_model::typed_json;
use serde::Serialize;
use std::collections::BTreeMap;

/// A point that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadPoint {
    /// Number of the point from one, or of the line of a table.
    pub line: usize,
    pub reason: String,
}

/// What the sender is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub accepted: usize,
    pub rejected: usize,
    /// The first of the rejected ones.
    pub errors: Vec<BadPoint>,
}

impl Outcome {
    fn reject(&mut self, line: usize, reason: String) {
        self.rejected += 1;
        if self.errors.len() < BUSINESS_REJECTED_TOLD_MAX {
            self.errors.push(BadPoint { line, reason });
        }
    }
}

/// Maps points. Of two about the same metric, time and dimensions the later is kept.
///
/// # Errors
/// Only when rows cannot be made, which is a mistake of ours.
pub fn map(points: Vec<Numbered>, clock: Clock) -> Result<(Decoded, Outcome), Refusal> {
    let mut outcome = Outcome::default();
    let mut tally = Tally::default();
    let mut latest: BTreeMap<(i64, i64), (i64, Point)> = BTreeMap::new();
    for (line, point) in points {
        let accepted = point.map_err(|reason| (Reject::Malformed, reason)).and_then(|point| {
            let time = u64::try_from(point.time_ns).map_err(|_| Reject::TimeOutOfRange);
            let time_ns = time.and_then(|time| clock.accept(time));
            let told = |reject: Reject| (reject, format!("is {}", reject.explanation()));
            Ok((time_ns.map_err(told)?, point))
        });
        match accepted {
            Ok((time_ns, point)) => {
                outcome.accepted += 1;
                latest.insert((series_id(&point), time_ns), (time_ns, point));
            }
            Err((reject, reason)) => {
                tally.reject(reject);
                outcome.reject(line, reason);
            }
        }
    }
    let mut builder = BatchBuilder::new(Table::MetricPoints);
    let received = format!("{{\"{RECEIVED}\":{}}}", clock.now_ns);
    let received = builder.share_text(columns::SCOPE_ATTRIBUTES, &received);
    let scope = builder.share_text(columns::SCOPE_NAME, SCOPE);
    for ((series_id, _), (time_ns, point)) in &latest {
        builder.start_row();
        builder.set_shared(scope);
        builder.set_shared(received);
        builder.set_int(columns::SERIES_ID, *series_id);
        builder.set_int(columns::TIME, *time_ns);
        fill(&mut builder, point);
    }
    let batch = builder.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    // Equal bytes may be a correction taken back; sent twice, a point counts once all the same.
    Ok((Decoded { batch, beside: Vec::new(), tally, identity: Identity::Unique }, outcome))
}

fn fill(builder: &mut BatchBuilder, point: &Point) {
    builder.set_text(columns::METRIC_NAME, &point.metric);
    if let Some(unit) = &point.unit {
        builder.set_text(columns::METRIC_UNIT, unit);
    }
    builder.set_float(columns::VALUE, point.value);
    builder.set_text(columns::METRIC_TYPE, metric_type(point.kind));
    if point.kind == Kind::Count {
        builder.set_text(columns::AGGREGATION_TEMPORALITY, "delta");
        // Orders may be taken back.
        builder.set_bool(columns::IS_MONOTONIC, point.value >= 0.0);
    }
    if !point.dimensions.is_empty() {
        let mut json = String::from("{");
        let mut first = true;
        for entry in point.dimensions.iter().map(entry) {
            separate(&mut json, &mut first);
            json.push_str(&entry);
        }
        json.push('}');
        builder.set_text(columns::ATTRIBUTES, &json);
    }
}

const fn metric_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Count => "sum",
        Kind::Level => "gauge",
    }
}

fn entry((name, value): (&String, &String)) -> String {
    let mut entry = String::new();
    typed_json::write_key(&mut entry, name);
    typed_json::write_string(&mut entry, value);
    entry
}

/// The series of a point. The unit is left out: a report that is corrected may say it for the first
/// time.
fn series_id(point: &Point) -> i64 {
    let temporality = i32::from(point.kind == Kind::Count);
    let scope = SeriesIdentity::default().text("").text(SCOPE).text("").sum(0);
    let identity = SeriesIdentity::of_metric(
        [SeriesIdentity::default(), scope],
        [&point.metric, "", metric_type(point.kind)],
        temporality,
    );
    let hashes = point.dimensions.iter().map(|it| SeriesIdentity::hash(entry(it).as_bytes()));
    let sum = hashes.fold(0_u64, u64::wrapping_add);
    identity.of_point((!point.dimensions.is_empty()).then_some(sum))
}
