//! The processor: one for all intakes.

use crate::columns::{floats, ints, patterns, texts, with_columns};
use crate::document::PipelineDocument;
use crate::keys::Keys;
use crate::record::{ChangedRecord, RecordView, write_changed};
use crate::rows::LogRows;
use crate::rules::metric::Points;
use crate::rules::{Action, RowState, Work};
use crate::set::RuleSet;
use crate::severity;
use crate::status::{Counters, RuleCounts, Status, Tally, Warning, WarningKind};
use crate::tail::{Follower, Tail};
use crate::usage::{Usage, day_of};
use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use hannun_model::batch::{Batch, BatchBuilder};
use hannun_model::table::{Table, logs};
use hannun_patterns::{Miner, Options};
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Turns the logs of a request into what is kept of them. Shared by all intakes.
#[derive(Debug)]
pub struct LogProcessor {
    rules: RwLock<Arc<RuleSet>>,
    /// One change of the rules at a time.
    changing: Mutex<()>,
    usage: Usage,
    keys: Keys,
    /// `None` when patterns are of no interest.
    miner: Option<Miner>,
    tail: Tail,
    containers_dropped: AtomicU64,
    /// What all rules did since the process began, also those that are gone.
    totals: Counters,
    /// The day of the latest arrival.
    day: AtomicI64,
}

/// What is kept of the logs of one request.
#[derive(Debug)]
pub struct Processed {
    /// Rows of `logs`, and of `metric_points` made from logs.
    pub batches: Vec<Batch>,
}

impl Default for LogProcessor {
    fn default() -> Self {
        Self { miner: Some(Miner::new(Options::default())), ..Self::without_patterns() }
    }
}

impl LogProcessor {
    /// A processor that leaves the patterns of messages out, to try rules.
    pub fn without_patterns() -> Self {
        Self {
            rules: RwLock::default(),
            changing: Mutex::default(),
            usage: Usage::default(),
            keys: Keys::default(),
            miner: None,
            tail: Tail::default(),
            containers_dropped: AtomicU64::new(0),
            totals: Counters::default(),
            day: AtomicI64::new(0),
        }
    }

    /// Puts these pipelines in force instead of all before. One that does not compile stays as it
    /// was when it last did, and [`Self::status`] tells why. After a start nothing is known of it:
    /// earlier revisions may be given too, and the newest that compiles is in force.
    pub fn set_rules(&self, mut documents: Vec<PipelineDocument>) {
        documents
            .sort_by(|left, right| left.id.cmp(&right.id).then(right.revision.cmp(&left.revision)));
        let _one_at_a_time = self.changing.lock();
        let now = self.rules.read().clone();
        let changed = Arc::new(now.with_pipelines(&documents));
        *self.rules.write() = changed;
    }

    /// Puts a container filter in force, or none. One that does not compile changes nothing, and
    /// [`Self::status`] tells why.
    pub fn set_container_filter(&self, body: Option<&serde_json::Value>) {
        let _one_at_a_time = self.changing.lock();
        let now = self.rules.read().clone();
        let changed = Arc::new(now.with_container_filter(body));
        *self.rules.write() = changed;
    }

    /// Tells how many bytes of a service were kept on a day (see [`crate::day_of`]) before the
    /// process began, for quotas. More than is known counts.
    pub fn seed_usage(&self, service: &str, day: i64, bytes: u64) {
        self.usage.seed(service, day, bytes);
    }

    /// Whether a quota is in force, which needs [`Self::seed_usage`] to be right after a start.
    pub fn has_quotas(&self) -> bool {
        self.rules.read().runs(|action| matches!(action, Action::Quota { .. }))
    }

    /// The miner of the patterns, when there is one.
    pub fn miner(&self) -> Option<&Miner> {
        self.miner.as_ref()
    }

    /// Processes the logs of one request. `now_ns` is the time of arrival.
    ///
    /// Batches of other tables come back as they are.
    pub fn process(&self, batch: Batch, now_ns: i64) -> Processed {
        if batch.table() != Table::Logs || batch.rows() == 0 {
            return Processed { batches: vec![batch] };
        }
        match self.try_process(&batch, now_ns) {
            Ok(batches) => Processed { batches },
            Err(error) => Processed { batches: self.unprocessed(batch, &error) },
        }
    }

    /// What is kept of logs that could not be processed: no log is lost for want of a column, but
    /// while rules redact, its texts are rather lost than stored in clear.
    pub(crate) fn unprocessed(&self, batch: Batch, error: &ArrowError) -> Vec<Batch> {
        self.totals.add(&Tally { failed: batch.rows() as u64, ..Tally::default() });
        if !self.rules.read().runs(|action| matches!(action, Action::Redact(_))) {
            tracing::error!(%error, "failed to process logs; they are kept as they came");
            return vec![batch];
        }
        tracing::error!(%error, "failed to process logs; they are kept without their texts");
        match without_texts(&LogRows::new(batch.records())) {
            Ok(kept) => vec![kept],
            Err(error) => {
                let records = batch.rows();
                tracing::error!(%error, records, "failed to keep logs without their texts");
                Vec::new()
            }
        }
    }

    /// Told once the rows are durable: quotas count them, and what follows the records live learns
    /// of them now. Not told of rows that were refused: they come again.
    pub fn stored(&self, processed: &[Batch]) {
        let day = self.day.load(Relaxed);
        for batch in processed.iter().filter(|batch| batch.table() == Table::Logs) {
            self.count_usage(batch.records(), day);
            self.tail.send(batch);
        }
    }

    fn count_usage(&self, records: &RecordBatch, day: i64) {
        let rows = LogRows::new(records);
        let mut row = 0;
        while row < rows.len() {
            let service = rows.text(logs::SERVICE_NAME, row);
            let mut bytes = 0;
            // Records of one service come together.
            while row < rows.len() && rows.text(logs::SERVICE_NAME, row) == service {
                bytes += rows.int(logs::RECORD_BYTES, row).unwrap_or(0).unsigned_abs();
                row += 1;
            }
            self.usage.add(service.unwrap_or_default(), day, bytes);
        }
    }

    /// Follows the records that are stored from now on.
    pub fn subscribe(&self) -> Follower {
        self.tail.subscribe()
    }

    /// Records that the container filter dropped.
    pub fn containers_dropped(&self) -> u64 {
        self.containers_dropped.load(Relaxed)
    }

    /// What all rules did since the process began.
    pub fn totals(&self) -> RuleCounts {
        self.totals.counts()
    }

    /// What pipelines did since they are in force, and what to look at.
    pub fn status(&self) -> Status {
        let rules = self.rules.read().clone();
        let mut warnings = rules.warnings();
        warnings.extend(self.keys.warnings());
        let overflowed = self.miner.as_ref().map_or(0, |miner| miner.counts().overflowed);
        if overflowed > 0 {
            warnings.push(Warning {
                service: None,
                kind: WarningKind::PatternLimit,
                message: format!(
                    "{overflowed} records have the pattern for the rest, since there are too many \
                     patterns; parse messages whose texts never repeat"
                ),
            });
        }
        Status { pipelines: rules.status(), warnings }
    }

    fn try_process(&self, batch: &Batch, now_ns: i64) -> Result<Vec<Batch>, ArrowError> {
        self.day.store(day_of(now_ns), Relaxed);
        let rules = self.rules.read().clone();
        let mut records = batch.records().clone();
        if let Some(keep) = rules.containers.keep(&LogRows::new(&records)) {
            let before = records.num_rows();
            records = filter_record_batch(&records, &keep)?;
            self.containers_dropped.fetch_add((before - records.num_rows()) as u64, Relaxed);
        }
        let (mut records, bytes, guessed) = describe(&records)?;
        if let Some(miner) = self.miner.as_ref().filter(|_| rules.ask_for_patterns()) {
            let added = patterns(miner, &LogRows::new(&records))?;
            records = with_columns(&records, added)?;
        }
        let mut outcome = run(&rules, &records, &bytes, &guessed, Arrival::now(self, now_ns))?;
        for records in &mut outcome.logs {
            let rows = LogRows::new(records);
            self.keys.note(&rows);
            if let Some(miner) = &self.miner {
                // Of the body as it is now: what was redacted must not live on in a pattern.
                let added = patterns(miner, &rows)?;
                *records = with_columns(records, added)?;
            }
        }
        let logs = outcome.logs.into_iter().map(|records| Batch::new(Table::Logs, records));
        Ok(logs.chain(outcome.points.finish()?).collect())
    }
}

/// When records came and what is known of quotas then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) now_ns: i64,
    pub(crate) usage: &'a Usage,
    /// The part of all records that is looked at, and so the part of each quota.
    pub(crate) share: f64,
    /// Where all that rules do is counted, besides each of them.
    pub(crate) totals: &'a Counters,
}

impl<'a> Arrival<'a> {
    fn now(processor: &'a LogProcessor, now_ns: i64) -> Self {
        Self { now_ns, usage: &processor.usage, share: 1.0, totals: &processor.totals }
    }
}

fn run(
    rules: &RuleSet,
    records: &RecordBatch,
    bytes: &[i64],
    guessed: &[bool],
    arrival: Arrival<'_>,
) -> Result<Outcome, ArrowError> {
    if records.num_rows() == 0 {
        return Ok(Outcome { logs: Vec::new(), points: Points::default() });
    }
    if rules.running().next().is_none() {
        return Ok(Outcome { logs: vec![records.clone()], points: Points::default() });
    }
    let rows = LogRows::new(records);
    let (states, points) = run_rules(rules, &rows, bytes, guessed, arrival);
    Ok(Outcome { logs: collect(&rows, &states)?, points })
}

/// What all rules make of each row.
pub(crate) fn run_rules(
    rules: &RuleSet,
    rows: &LogRows<'_>,
    bytes: &[i64],
    guessed: &[bool],
    arrival: Arrival<'_>,
) -> (Vec<RowState>, Points) {
    let mut states = Vec::new();
    states.resize_with(rows.len(), RowState::default);
    let (points, total) = (Points::default(), Tally::default());
    let mut work = Work { rows, states, bytes, guessed, arrival, points, total };
    for pipeline in rules.running() {
        pipeline.run(&mut work);
    }
    arrival.totals.add(&work.total);
    (work.states, work.points)
}

/// What the rules made of the rows of a batch.
struct Outcome {
    logs: Vec<RecordBatch>,
    points: Points,
}

/// Adds the severities that were not sent and the bytes of each record. Answers the bytes, and
/// which severities were guessed.
pub(crate) fn describe(
    records: &RecordBatch,
) -> Result<(RecordBatch, Vec<i64>, Vec<bool>), ArrowError> {
    let rows = LogRows::new(records);
    let bytes: Vec<i64> = (0..rows.len())
        .map(|row| {
            // Records that were stored before know their bytes.
            let known = rows.int(logs::RECORD_BYTES, row);
            known.unwrap_or_else(|| RecordView { rows: &rows, row, changed: None }.bytes())
        })
        .collect();
    let mut added: Vec<(usize, ArrayRef)> = Vec::new();
    added.extend(ints(logs::RECORD_BYTES, bytes.iter().copied().map(Some).collect()));
    let guessed = match severity::fill(&rows) {
        Some(severities) => {
            added.extend(ints(logs::SEVERITY_NUMBER, severities.numbers));
            severities.guessed
        }
        None => vec![false; rows.len()],
    };
    Ok((with_columns(records, added)?, bytes, guessed))
}

/// The rows that are left: those no rule changed as they were, the others written anew.
fn collect(rows: &LogRows<'_>, states: &[RowState]) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut batches = Vec::new();
    let untouched = |state: &RowState| !state.dropped && state.changed.is_none();
    let kept = states.iter().filter(|state| untouched(state)).count();
    if kept == states.len() {
        batches.push(with_marks(rows.records(), states.iter())?);
    } else if kept > 0 {
        let keep: BooleanArray = states.iter().map(|state| Some(untouched(state))).collect();
        let records = filter_record_batch(rows.records(), &keep)?;
        batches.push(with_marks(&records, states.iter().filter(|state| untouched(state)))?);
    }
    let changed: Vec<(usize, &ChangedRecord, &RowState)> = states
        .iter()
        .enumerate()
        .filter(|(_, state)| !state.dropped)
        .filter_map(|(row, state)| state.changed.as_deref().map(|changed| (row, changed, state)))
        .collect();
    if !changed.is_empty() {
        let written =
            write_changed(rows, changed.iter().map(|(row, changed, _)| (*row, *changed)))?;
        batches.push(with_marks(written.records(), changed.iter().map(|(.., state)| *state))?);
    }
    Ok(batches)
}

/// When and where records were written, and that no rule could look at them.
fn without_texts(rows: &LogRows<'_>) -> Result<Batch, ArrowError> {
    let mut builder = BatchBuilder::new(Table::Logs);
    for row in 0..rows.len() {
        builder.start_row();
        for column in [logs::TIME, logs::OBSERVED_TIME, logs::SEVERITY_NUMBER, logs::RECORD_BYTES] {
            if let Some(int) = rows.int(column, row) {
                builder.set_int(column, int);
            }
        }
        for column in [logs::TIME_SOURCE, logs::TRACE_ID, logs::SPAN_ID, logs::SERVICE_NAME] {
            if let Some(text) = rows.text(column, row) {
                builder.set_text(column, text);
            }
        }
        builder.set_text(logs::PIPELINE_ERROR, "the rules failed: the texts were not kept");
    }
    builder.finish()
}

/// Adds what rules say about rows without changing them.
fn with_marks<'s>(
    records: &RecordBatch,
    states: impl Iterator<Item = &'s RowState> + Clone,
) -> Result<RecordBatch, ArrowError> {
    let rows = LogRows::new(records);
    let numbered = || states.clone().enumerate();
    let weights = numbered()
        .map(|(row, state)| state.weight.or_else(|| rows.float(logs::ADJUSTED_COUNT, row)));
    let days = numbered()
        .map(|(row, state)| state.retention_days.or_else(|| rows.int(logs::RETENTION_DAYS, row)));
    let errors = numbered().map(|(row, state)| {
        state.error.as_deref().or_else(|| rows.text(logs::PIPELINE_ERROR, row))
    });
    let mut added: Vec<(usize, ArrayRef)> = Vec::new();
    if states.clone().any(|state| state.weight.is_some()) {
        added.extend(floats(logs::ADJUSTED_COUNT, weights.collect()));
    }
    if states.clone().any(|state| state.retention_days.is_some()) {
        added.extend(ints(logs::RETENTION_DAYS, days.collect()));
    }
    if states.clone().any(|state| state.error.is_some()) {
        added.extend(texts(logs::PIPELINE_ERROR, errors));
    }
    with_columns(records, added)
}
