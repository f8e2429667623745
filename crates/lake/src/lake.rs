//! The lake itself: opening, appending, looking, closing.

use crate::append::{Append, AppendError, AppendFuture, Appended, Sink};
use crate::bills::BillStore;
use crate::catalog::Catalog;
use crate::counters::Counters;
use crate::error::LakeError;
use crate::folder_lock::FolderLock;
use crate::losses::Losses;
use crate::maintain::{self, Merged};
use crate::open;
use crate::options::{Devices, Faults, LakeOptions};
use crate::retry_window::{Known, RetryWindow};
use crate::state::{Snapshot, State};
use crate::store::DataStore;
use crate::tombstones::Tombstones;
use crate::wal::payload;
use crate::wal::writer::{Command, PendingAppend, WalCounters};
use hannun_model::limits::{RETRY_AFTER_SECONDS, WAL_TOTAL_BYTES_MAX};
use hannun_model::table::Table;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// The name under which a single process stands in the catalog.
pub const LOCAL_NODE: &str = "local";

/// What the tasks of a lake share.
#[derive(Debug)]
pub struct Shared {
    pub options: LakeOptions,
    pub state: Arc<State>,
    pub catalog: Catalog,
    pub store: DataStore,
    pub bills: Arc<BillStore>,
    pub window: Arc<RetryWindow>,
    pub wal: Arc<WalCounters>,
    pub counters: Counters,
    pub tombstones: Tombstones,
    pub losses: Losses,
    pub commands: mpsc::Sender<Command>,
    pub faults: Faults,
    /// Bytes of rows that are being written to the log.
    pub in_log_bytes: AtomicUsize,
    /// Why intake is refused at the moment.
    pub refusal: Mutex<Option<&'static str>>,
    /// Wakes the publisher before its next tick.
    pub publish_soon: Arc<Notify>,
    /// A merge whose commit was not answered; its output is committed before anything is merged.
    pub unsettled: Mutex<Option<Merged>>,
    /// Held while files of a table are rewritten or dropped, so that the two never meet.
    pub maintenance: tokio::sync::Mutex<()>,
}

/// Keeps telemetry in a folder.
#[derive(Debug)]
pub struct Lake {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    stop: tokio::sync::watch::Sender<bool>,
    _lock: Option<FolderLock>,
}

impl Lake {
    /// Opens the folder of `options`, replaying the log where a crash left rows in it.
    pub async fn open(options: LakeOptions) -> Result<Self, LakeError> {
        std::fs::create_dir_all(&options.folder)
            .map_err(LakeError::io("create the data folder"))?;
        let lock = FolderLock::take(&options.folder)?;
        let devices = open::local_devices(&options)?;
        Self::open_with(options, devices, Some(lock)).await
    }

    /// Opens a lake over devices that the caller brings.
    pub async fn open_with(
        options: LakeOptions,
        devices: Devices,
        lock: Option<FolderLock>,
    ) -> Result<Self, LakeError> {
        let background = options.background;
        let (shared, writer) = open::open(options, devices).await?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut tasks = Vec::new();
        if background {
            tasks.push(tokio::spawn(maintain::publish_loop(shared.clone(), stopped.clone())));
            maintain::start_compaction(shared.clone(), stopped);
        }
        Ok(Self {
            shared,
            tasks: Mutex::new(tasks),
            writer: Mutex::new(Some(writer)),
            stop,
            _lock: lock,
        })
    }

    /// Everything of a table that has been acknowledged, each row once.
    pub fn snapshot(&self, table: Table) -> Snapshot {
        self.shared.state.snapshot(table)
    }

    /// What the tasks share, for reports and for tests that drive them by hand.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Stops background work, publishes what is live and closes the log.
    pub async fn close(&self) -> Result<(), LakeError> {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            // A task that panicked has been reported by the runtime.
            let _ = task.await;
        }
        let (done, closed) = oneshot::channel();
        if self.shared.commands.send(Command::Close(done)).await.is_ok() {
            // An error means that the writer is gone already.
            let _ = closed.await;
        }
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the log writer panicked");
            }
        }
        // Publishing now spares the next start the replay; the log holds the rows all the same.
        let _guard = self.shared.maintenance.lock().await;
        for table in Table::INTAKE {
            maintain::publish(&self.shared, table).await?;
        }
        self.shared.catalog.close().await;
        Ok(())
    }
}

impl Drop for Lake {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Sink for Lake {
    fn append(&self, append: Append) -> AppendFuture<'_> {
        Box::pin(append_request(&self.shared, append))
    }
}

/// Keeps a request: reserve its hash, encode, hand it to the log, wait for the sync.
async fn append_request(shared: &Shared, append: Append) -> Result<Appended, AppendError> {
    let now_ms = shared.options.clock.now_ms();
    let ticket = loop {
        match shared.window.enter(append.content_hash, now_ms) {
            Known::New(ticket) => break ticket,
            Known::Stored => {
                shared.counters.duplicates.fetch_add(1, Ordering::Relaxed);
                return Ok(Appended::Duplicate);
            }
            Known::Pending(mut outcome) => {
                let told =
                    outcome.wait_for(Option::is_some).await.ok().and_then(|told| told.clone());
                match told {
                    Some(Ok(_)) => return Ok(Appended::Duplicate),
                    Some(Err(error)) => return Err(error),
                    None => {}
                }
            }
        }
    };
    let rows: usize = append.batches.iter().map(hannun_model::batch::Batch::rows).sum();
    if rows == 0 {
        ticket.tell(&Ok(Appended::Stored), now_ms);
        return Ok(Appended::Stored);
    }
    let bytes: usize = append.batches.iter().map(hannun_model::batch::Batch::bytes).sum();
    let reserved = reserve(shared, bytes)?;
    let payload = payload::encode(&append.batches)
        .map_err(|error| AppendError::Invalid(error.to_string()))?;
    let (pending, answer) =
        PendingAppend::new(&payload, append.content_hash, now_ms, append.batches, ticket);
    drop(payload);
    let closed = AppendError::Busy {
        reason: "shutting down",
        retry_after: Duration::from_secs(RETRY_AFTER_SECONDS),
    };
    shared.commands.send(Command::Append(pending)).await.map_err(|_| closed.clone())?;
    let outcome = answer.await.map_err(|_| closed)?;
    drop(reserved);
    outcome
}

/// Gives its bytes back when the request is over, however it ends.
struct Reserved<'a> {
    in_log_bytes: &'a AtomicUsize,
    bytes: usize,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.in_log_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Pushes back before memory or disk do (I6).
fn reserve(shared: &Shared, bytes: usize) -> Result<Reserved<'_>, AppendError> {
    let busy = |reason| AppendError::Busy {
        reason,
        retry_after: Duration::from_secs(RETRY_AFTER_SECONDS),
    };
    if let Some(reason) = *shared.refusal.lock() {
        return Err(busy(reason));
    }
    if shared.wal.bytes.load(Ordering::Relaxed) > WAL_TOTAL_BYTES_MAX {
        return Err(busy("the write-ahead log is full; publishing does not keep up"));
    }
    let in_log = shared.in_log_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
    let reserved = Reserved { in_log_bytes: &shared.in_log_bytes, bytes };
    let live = shared.state.live_bytes();
    // A request larger than the whole buffer is let in when it is alone: it fits in the limit of
    // one request, and would never be accepted otherwise.
    if live + in_log > shared.options.buffer_bytes_max() && live + in_log > bytes {
        shared.publish_soon.notify_one();
        return Err(busy("the live buffer is full"));
    }
    Ok(reserved)
}
