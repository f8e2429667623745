//! Rules at work on the rows of a batch.
//!
//! A rule runs over all rows before the next one does, so that its cost is measured once a batch.
//! A row is copied out of the batch only when a rule changes it.

pub(crate) mod detect;
pub(crate) mod dissect;
pub(crate) mod exponential;
pub(crate) mod grok;
pub(crate) mod logfmt;
pub(crate) mod metric;
pub(crate) mod parse;
pub(crate) mod redact;
pub(crate) mod remap;
pub(crate) mod sample;

use crate::process::Arrival;
use crate::record::{ChangedRecord, RecordView};
use crate::rows::LogRows;
use crate::status::{Counters, Tally};
use crate::usage::day_of;
use hannun_model::limits::PIPELINE_ERROR_BYTES_MAX;
use hannun_model::table::logs;
use hannun_search::Filter;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// From this severity on a record that is dropped is an error that is lost.
const ERROR_NUMBER: i64 = 17;

/// Why a rule failed on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleError(String);

impl From<String> for RuleError {
    fn from(message: String) -> Self {
        Self(message)
    }
}

impl From<&str> for RuleError {
    fn from(message: &str) -> Self {
        Self(message.to_owned())
    }
}

/// What a rule does.
#[derive(Debug)]
pub(crate) enum Action {
    Parse(Box<parse::Parse>),
    Remap(remap::Remap),
    Redact(Box<redact::Redact>),
    Drop,
    Sample(sample::Sample),
    Quota { bytes_per_day: u64 },
    Retain { days: i64 },
    Metric(Arc<metric::Metric>),
}

/// A rule that is ready to run.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) filter: Filter,
    pub(crate) action: Action,
    pub(crate) counters: Arc<Counters>,
}

/// A pipeline that is ready to run.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) id: String,
    pub(crate) revision: i64,
    pub(crate) body: serde_json::Value,
    pub(crate) name: String,
    pub(crate) order: i64,
    pub(crate) enabled: bool,
    pub(crate) filter: Filter,
    pub(crate) rules: Vec<Rule>,
}

/// What a rule remembers from one row of a batch to the next.
#[derive(Debug, Default)]
struct Known {
    /// Bytes of each service that passed a quota.
    passed: HashMap<String, u64>,
    resource: redact::KnownResource,
}

/// What rules made of a row.
#[derive(Debug, Default)]
pub(crate) struct RowState {
    pub(crate) changed: Option<Box<ChangedRecord>>,
    pub(crate) dropped: bool,
    /// Records that the row stands for, when a rule sampled it.
    pub(crate) weight: Option<f64>,
    /// By the hash that chose the row: the largest weight of the rules that went by it.
    sampled: Vec<(u64, f64)>,
    pub(crate) retention_days: Option<i64>,
    /// The first rule that failed on it.
    pub(crate) error: Option<String>,
}

/// The rows of a batch on their way through the rules.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) rows: &'a LogRows<'a>,
    pub(crate) states: Vec<RowState>,
    /// Bytes of each row as it came.
    pub(crate) bytes: &'a [i64],
    /// Whether the severity of a row was guessed from its text.
    pub(crate) guessed: &'a [bool],
    pub(crate) arrival: Arrival<'a>,
    pub(crate) points: metric::Points,
    /// What all rules did.
    pub(crate) total: Tally,
}

impl Pipeline {
    pub(crate) fn run(&self, work: &mut Work<'_>) {
        let mut selected: Vec<usize> = (0..work.rows.len())
            .filter(|row| !work.states[*row].dropped)
            .filter(|row| self.filter.is_all() || self.filter.matches(&work.view(*row)))
            .collect();
        for rule in &self.rules {
            if selected.is_empty() {
                return;
            }
            let started = Instant::now();
            let mut tally = Tally { evaluated: selected.len() as u64, ..Tally::default() };
            let mut known = Known::default();
            for row in &selected {
                if rule.filter.is_all() || rule.filter.matches(&work.view(*row)) {
                    tally.matched += 1;
                    if let Err(error) = rule.apply(work, *row, &mut tally, &mut known) {
                        tally.failed += 1;
                        work.states[*row].note(self, rule, &error);
                    }
                }
            }
            selected.retain(|row| !work.states[*row].dropped);
            tally.nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            rule.counters.add(&tally);
            work.total.add(&tally);
        }
    }
}

impl RowState {
    /// Whether a rule did anything to the row.
    pub(crate) fn is_touched(&self) -> bool {
        let is_marked = self.weight.is_some() || self.retention_days.is_some();
        self.dropped || self.changed.is_some() || self.error.is_some() || is_marked
    }

    /// Of two rules that go by the same hash, the stricter one keeps what both keep: its weight
    /// stands for both.
    fn note_sampling(&mut self, hash: u64, weight: f64, sent: f64) {
        match self.sampled.iter_mut().find(|(known, _)| *known == hash) {
            Some((_, known)) => *known = known.max(weight),
            None => self.sampled.push((hash, weight)),
        }
        self.weight = Some(self.sampled.iter().fold(sent, |all, (_, weight)| all * weight));
    }

    fn note(&mut self, pipeline: &Pipeline, rule: &Rule, error: &RuleError) {
        if self.error.is_none() {
            let mut text = format!("{}/{}: {}", pipeline.name, rule.name, error.0);
            text.truncate(text.floor_char_boundary(PIPELINE_ERROR_BYTES_MAX));
            self.error = Some(text);
        }
    }
}

impl Work<'_> {
    fn view(&self, row: usize) -> RecordView<'_> {
        RecordView { rows: self.rows, row, changed: self.states[row].changed.as_deref() }
    }

    /// The record of a row, copied out of the batch when no rule did so before.
    fn change(&mut self, row: usize) -> &mut ChangedRecord {
        let rows = self.rows;
        self.states[row].changed.get_or_insert_with(|| Box::new(ChangedRecord::of(rows, row)))
    }

    /// Records that a row stands for.
    fn weight(&self, row: usize) -> f64 {
        let sent = || self.rows.float(logs::ADJUSTED_COUNT, row);
        self.states[row].weight.or_else(sent).unwrap_or(1.0)
    }

    fn drop_row(&mut self, row: usize, tally: &mut Tally) {
        tally.dropped_bytes += self.bytes[row].unsigned_abs();
        let severity = self.view(row).int(logs::SEVERITY_NUMBER);
        tally.dropped_errors += u64::from(severity.is_some_and(|it| it >= ERROR_NUMBER));
        let state = &mut self.states[row];
        state.dropped = true;
        state.changed = None;
    }
}

impl Rule {
    /// Applies the rule to a row that it matches.
    fn apply(
        &self,
        work: &mut Work<'_>,
        row: usize,
        tally: &mut Tally,
        known: &mut Known,
    ) -> Result<(), RuleError> {
        match &self.action {
            Action::Parse(parse) => {
                let view = work.view(row);
                let fields = parse.read(view)?;
                let known = view.int(logs::SEVERITY_NUMBER).is_some() && !work.guessed[row];
                parse.write(work.change(row), fields, known);
                tally.changed += 1;
            }
            Action::Remap(remap) => {
                let assigned = remap.read(work.view(row))?;
                remap.write(work.change(row), assigned)?;
                tally.changed += 1;
            }
            Action::Redact(redact) => {
                apply_redact(redact, work, row, tally, &mut known.resource);
            }
            Action::Drop => {
                tally.dropped_records += 1;
                work.drop_row(row, tally);
            }
            Action::Sample(sample) => {
                let hash = sample.hash(work.view(row));
                if sample.keeps(hash) {
                    let sent = work.rows.float(logs::ADJUSTED_COUNT, row).unwrap_or(1.0);
                    work.states[row].note_sampling(hash, sample.weight, sent);
                } else {
                    tally.sampled_out += 1;
                    work.drop_row(row, tally);
                }
            }
            Action::Quota { bytes_per_day } => {
                apply_quota(*bytes_per_day, work, row, tally, &mut known.passed);
            }
            Action::Retain { days } => work.states[row].retention_days = Some(*days),
            Action::Metric(metric) => {
                let (weight, now_ns) = (work.weight(row), work.arrival.now_ns);
                let mut points = std::mem::take(&mut work.points);
                let observed = metric.observe(work.view(row), weight, now_ns, &mut points);
                work.points = points;
                observed?;
            }
        }
        Ok(())
    }
}

fn apply_redact(
    redact: &redact::Redact,
    work: &mut Work<'_>,
    row: usize,
    tally: &mut Tally,
    known: &mut redact::KnownResource,
) {
    let view = work.view(row);
    let resource = redact.in_resource(view, known);
    let finds = redact.finds(view);
    if resource.is_empty() && !finds {
        return;
    }
    // The record is changed in place, so its message is read from a copy.
    let text = view.text(logs::BODY).map(str::to_owned);
    let body_type = view.text(logs::BODY_TYPE).map(str::to_owned);
    let body = text.as_deref().map(|text| redact::Body { text, body_type: body_type.as_deref() });
    let record = work.change(row);
    if finds {
        tally.redactions += redact.write(record, body);
    }
    for found in resource {
        tally.redactions += found.count;
        record.set_whole_text(found.column, found.text);
    }
    tally.changed += 1;
}

fn apply_quota(
    bytes_per_day: u64,
    work: &mut Work<'_>,
    row: usize,
    tally: &mut Tally,
    passed: &mut HashMap<String, u64>,
) {
    let bytes = work.bytes[row].unsigned_abs();
    let service = work.view(row).text(logs::SERVICE_NAME).unwrap_or_default();
    if !passed.contains_key(service) {
        passed.insert(
            service.to_owned(),
            work.arrival.usage.bytes(service, day_of(work.arrival.now_ns)),
        );
    }
    let Some(used) = passed.get_mut(service) else { return };
    let would_use = used.saturating_add(bytes);
    if would_use as f64 > bytes_per_day as f64 * work.arrival.share {
        tally.quota_dropped += 1;
        work.drop_row(row, tally);
    } else {
        *used = would_use;
    }
}
