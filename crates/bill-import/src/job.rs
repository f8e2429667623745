//! An import as others see it: how far it is, how it ended, and the wish to end it.

use crate::error::ImportError;
use crate::request::ImportRequest;
use hannun_lake::bills::SnapshotRecord;
use hannun_model::limits::IMPORT_CHECKPOINT_SECONDS;
use parking_lot::Mutex;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use ulid::Ulid;

/// Whether an import waits, runs or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Done,
    /// What is there is what was imported before.
    Unchanged,
    Failed,
    Cancelled,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Listing,
    Downloading,
    Reading,
    Checking,
    Committing,
}

/// What went wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub message: String,
    pub file: Option<String>,
    pub row: Option<u64>,
    pub column: Option<String>,
}

/// One import.
#[derive(Debug)]
pub struct Job {
    pub id: String,
    pub request: ImportRequest,
    /// How often progress is made durable.
    pub(crate) checkpoint_every: Duration,
    state: Mutex<State>,
    pub files_done: AtomicU64,
    pub files_total: AtomicU64,
    pub bytes_done: AtomicU64,
    pub bytes_total: AtomicU64,
    pub rows: AtomicU64,
    pub started_ms: AtomicI64,
    cancelled: AtomicBool,
}

#[derive(Debug, Clone)]
struct State {
    state: JobState,
    phase: Phase,
    ended_ms: Option<i64>,
    problem: Option<Problem>,
    snapshots: Vec<SnapshotRecord>,
}

/// A look at a job.
#[derive(Debug, Clone)]
pub struct JobView {
    pub state: JobState,
    pub phase: Phase,
    pub ended_ms: Option<i64>,
    pub problem: Option<Problem>,
    /// What it brought, without checksums.
    pub snapshots: Vec<SnapshotRecord>,
}

/// What an import has come to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub imported: Vec<SnapshotRecord>,
    /// Deliveries that were imported before.
    pub unchanged: u64,
}

impl Job {
    pub fn new(request: ImportRequest) -> Self {
        Self {
            id: Ulid::new().to_string(),
            request,
            checkpoint_every: Duration::from_secs(IMPORT_CHECKPOINT_SECONDS),
            state: Mutex::new(State {
                state: JobState::Queued,
                phase: Phase::Listing,
                ended_ms: None,
                problem: None,
                snapshots: Vec::new(),
            }),
            files_done: AtomicU64::new(0),
            files_total: AtomicU64::new(0),
            bytes_done: AtomicU64::new(0),
            bytes_total: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            started_ms: AtomicI64::new(now_ms()),
            cancelled: AtomicBool::new(false),
        }
    }

    /// The same, with progress made durable more often or less.
    #[must_use]
    pub fn with_checkpoints_every(self, checkpoint_every: Duration) -> Self {
        Self { checkpoint_every, ..self }
    }

    /// How it is now.
    pub fn look(&self) -> JobView {
        let State { state, phase, ended_ms, problem, snapshots } = self.state.lock().clone();
        JobView { state, phase, ended_ms, problem, snapshots }
    }

    /// Whether it has ended, however it did.
    pub fn has_ended(&self) -> bool {
        !matches!(self.state.lock().state, JobState::Queued | JobState::Running)
    }

    /// Asks it to end. What is committed stays.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        let mut state = self.state.lock();
        if state.state == JobState::Queued {
            state.state = JobState::Cancelled;
            state.ended_ms = Some(now_ms());
        }
    }

    /// Fails when somebody has asked it to end.
    pub(crate) fn go_on(&self) -> Result<(), ImportError> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(ImportError::Cancelled);
        }
        Ok(())
    }

    pub(crate) fn phase(&self, phase: Phase) {
        self.state.lock().phase = phase;
    }

    /// Answers false when it was cancelled before its turn.
    pub(crate) fn begin(&self) -> bool {
        let mut state = self.state.lock();
        if state.state != JobState::Queued {
            return false;
        }
        state.state = JobState::Running;
        self.started_ms.store(now_ms(), Ordering::Relaxed);
        true
    }

    pub(crate) fn brought(&self, record: &SnapshotRecord) {
        let mut record = record.clone();
        // Of no use to who looks, and the longest parts; jobs are remembered.
        record.files.iter_mut().for_each(|file| file.checksums = Vec::new());
        record.inputs = Vec::new();
        record.restated_amounts = Vec::new();
        record.own_columns.clear();
        let mut state = self.state.lock();
        // A month is brought twice when its files turn out to have lines of others too.
        state.snapshots.retain(|known| known.period() != record.period());
        state.snapshots.push(record);
    }

    pub(crate) fn end(&self, result: &Result<Outcome, ImportError>) {
        let mut state = self.state.lock();
        state.ended_ms = Some(now_ms());
        match result {
            Ok(outcome) if outcome.imported.is_empty() => state.state = JobState::Unchanged,
            Ok(_) => state.state = JobState::Done,
            Err(ImportError::Cancelled) => state.state = JobState::Cancelled,
            Err(error) => {
                let (file, row, column) = error.place();
                state.state = JobState::Failed;
                state.problem = Some(Problem {
                    message: error.to_string(),
                    file: file.map(str::to_owned),
                    row,
                    column: column.map(str::to_owned),
                });
            }
        }
    }
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
