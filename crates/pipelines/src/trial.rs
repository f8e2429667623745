//! Rules tried on records that are stored already: what they would have done.

use crate::document::{Fault, PipelineDocument, pipeline_faults};
use crate::process::{Arrival, LogProcessor, describe, run_rules};
use crate::record::RecordView;
use crate::rows::LogRows;
use crate::rules::RowState;
use crate::set::RuleSet;
use crate::status::{Counters, PipelineStatus};
use crate::usage::{Usage, day_of};
use arrow::error::ArrowError;
use hannun_model::batch::Batch;
use hannun_model::limits::{LOG_TRIAL_EXAMPLE_BYTES_MAX, LOG_TRIAL_EXAMPLES_MAX};
use hannun_model::table::{Table, logs};
use hannun_model::value::Value;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the rules would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialCounts {
    /// Records read.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records kept.
    pub kept_records: u64,
    /// Their bytes.
    pub kept_bytes: u64,
    /// Points of metrics, by name.
    pub points: BTreeMap<String, u64>,
}

/// A record before and after the rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// As it is stored.
    pub before: ExampleRecord,
    /// As it would have been stored; `None` when it would not.
    pub after: Option<ExampleRecord>,
}

/// A record as an example shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExampleRecord {
    /// Its service.
    pub service: Option<String>,
    /// Its severity by name.
    pub status: Option<String>,
    /// The beginning of its message.
    pub message: Option<String>,
    /// Its attributes; texts are cut.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// The rule that failed on it, and why.
    pub pipeline_error: Option<String>,
    /// Days that a rule keeps it.
    pub retention_days: Option<i64>,
    /// Records that it would stand for.
    pub adjusted_count: Option<f64>,
}

/// Rules on trial. Nothing is stored, and nothing in force is touched.
#[derive(Debug)]
pub struct Trial {
    rules: RuleSet,
    /// The same rules once more, so that examples do not count.
    examples_of: LogProcessor,
    usage: Usage,
    share: f64,
    counts: TrialCounts,
    examples: Vec<Example>,
}

impl Trial {
    /// Puts pipelines on trial with a part of all records: quotas are as much smaller.
    ///
    /// # Errors
    /// Everything that is wrong with the documents, by their position.
    pub fn new(documents: Vec<PipelineDocument>, share: f64) -> Result<Self, Vec<Fault>> {
        let faults: Vec<Fault> = documents
            .iter()
            .enumerate()
            .flat_map(|(index, document)| {
                pipeline_faults(&document.body)
                    .into_iter()
                    .map(move |fault| Fault::new(format!("/{index}{}", fault.path), fault.message))
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let examples_of = LogProcessor::without_patterns();
        examples_of.set_rules(documents.clone());
        Ok(Self {
            rules: RuleSet::default().with_pipelines(&documents),
            examples_of,
            usage: Usage::default(),
            share,
            counts: TrialCounts::default(),
            examples: Vec::new(),
        })
    }

    /// Tries the rules on stored records. Quotas need them in the order of time.
    ///
    /// # Errors
    /// When the columns are not those of `logs`.
    pub fn read(&mut self, batch: &Batch) -> Result<(), ArrowError> {
        if batch.table() != Table::Logs {
            return Ok(());
        }
        let rows = LogRows::new(batch.records());
        let days: Vec<i64> =
            (0..rows.len()).map(|row| day_of(rows.int(logs::TIME, row).unwrap_or(0))).collect();
        let mut start = 0;
        for day in days.chunk_by(|left, right| left == right) {
            let records = batch.records().slice(start, day.len());
            start += day.len();
            self.read_day(&Batch::new(Table::Logs, records))?;
        }
        Ok(())
    }

    fn read_day(&mut self, batch: &Batch) -> Result<(), ArrowError> {
        let (records, bytes, guessed) = describe(batch.records())?;
        let rows = LogRows::new(&records);
        let now_ns = rows.int(logs::TIME, 0).unwrap_or(0);
        let totals = Counters::default();
        let arrival = Arrival { now_ns, usage: &self.usage, share: self.share, totals: &totals };
        let (states, points) = run_rules(&self.rules, &rows, &bytes, &guessed, arrival);
        points.count(&mut self.counts.points);
        for (row, (state, bytes)) in states.iter().zip(&bytes).enumerate() {
            let bytes = bytes.unsigned_abs();
            self.counts.records += 1;
            self.counts.bytes += bytes;
            if !state.dropped {
                self.counts.kept_records += 1;
                self.counts.kept_bytes += bytes;
                let service = rows.text(logs::SERVICE_NAME, row).unwrap_or_default();
                self.usage.add(service, day_of(now_ns), bytes);
            }
        }
        self.take_examples(batch, &states, now_ns);
        Ok(())
    }

    /// Examples of records that the rules do something to, a few of each batch.
    fn take_examples(&mut self, batch: &Batch, states: &[RowState], now_ns: i64) {
        let room = LOG_TRIAL_EXAMPLES_MAX.saturating_sub(self.examples.len());
        let touched = states.iter().enumerate().filter(|(_, state)| state.is_touched());
        for (row, state) in touched.take(room.min(LOG_TRIAL_EXAMPLES_MAX / 4)) {
            let before = Batch::new(Table::Logs, batch.records().slice(row, 1));
            let after = match state.dropped {
                true => None,
                false => self
                    .examples_of
                    .process(before.clone(), now_ns)
                    .batches
                    .iter()
                    .find(|batch| batch.table() == Table::Logs)
                    .map(show),
            };
            self.examples.push(Example { before: show(&before), after });
        }
    }

    /// What the rules would have done so far.
    pub fn counts(&self) -> &TrialCounts {
        &self.counts
    }

    /// A few records before and after.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Each pipeline with what its rules did.
    pub fn pipelines(&self) -> Vec<PipelineStatus> {
        self.rules.status()
    }
}

fn show(batch: &Batch) -> ExampleRecord {
    let rows = LogRows::new(batch.records());
    let view = RecordView { rows: &rows, row: 0, changed: None };
    let text = |column| rows.text(column, 0).map(|text| shortened(text).to_owned());
    let attributes = rows.attributes(0).into_iter().map(|(key, typed)| {
        let value = Value::read_typed(&typed).unwrap_or(Value::Empty);
        (key, to_json(&value))
    });
    ExampleRecord {
        service: text(logs::SERVICE_NAME),
        status: view.status().map(str::to_owned),
        message: text(logs::BODY),
        attributes: attributes.collect(),
        pipeline_error: text(logs::PIPELINE_ERROR),
        retention_days: rows.int(logs::RETENTION_DAYS, 0),
        adjusted_count: rows.float(logs::ADJUSTED_COUNT, 0),
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOG_TRIAL_EXAMPLE_BYTES_MAX)]
}

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Empty => serde_json::Value::Null,
        Value::Text(text) => shortened(text).into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Int(int) => (*int).into(),
        Value::Double(double) => (*double).into(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()).into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), to_json(value))).collect()
        }
    }
}
