//! The one thread that writes the log.
//!
//! It takes whatever waits, writes it, syncs once, and only then lets the rows be seen and the
//! requests be answered (invariants I1 and I2).

use super::files::WalFiles;
use super::format::{Remembered, begin_record, seal_record, write_segment_head};
use crate::append::{AppendError, Appended};
use crate::clock::Clock;
use crate::retry_window::{RetryWindow, Ticket};
use hannun_model::batch::Batch;
use hannun_model::limits::{RETRY_AFTER_SECONDS, WAL_GROUP_BYTES_MAX, WAL_SEGMENT_BYTES};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A request on its way into the log.
#[derive(Debug)]
pub struct PendingAppend {
    pub record: Vec<u8>,
    pub batches: Vec<Batch>,
    pub ticket: Ticket,
    pub stored_ms: u64,
    pub reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl PendingAppend {
    /// Prepares a record; the writer adds its position.
    pub fn new(
        payload: &[u8],
        hash: u128,
        stored_ms: u64,
        batches: Vec<Batch>,
        ticket: Ticket,
    ) -> (Self, oneshot::Receiver<Result<Appended, AppendError>>) {
        let (reply, answer) = oneshot::channel();
        let record = begin_record(Remembered { hash, stored_ms }, payload);
        (Self { record, batches, ticket, stored_ms, reply }, answer)
    }
}

/// What the writer is told to do.
#[derive(Debug)]
pub enum Command {
    Append(PendingAppend),
    /// Everything up to this position is in published files.
    Release(u64),
    /// Write what waits, then stop.
    Close(oneshot::Sender<()>),
}

/// Numbers that others read while the writer works.
#[derive(Debug, Default)]
pub struct WalCounters {
    pub bytes: AtomicU64,
    pub segments: AtomicU64,
    pub syncs: AtomicU64,
    pub written_bytes_total: AtomicU64,
    pub errors: AtomicU64,
    /// 1 while the log cannot be written.
    pub failing: AtomicU64,
}

/// Receives the rows of a group once they are on disk, in the order of the log.
pub type OnCommit = Box<dyn Fn(u64, Vec<Batch>) + Send>;

#[derive(Debug, Clone, Copy)]
struct Segment {
    first_position: u64,
    bytes: u64,
}

/// The state of the writing thread.
pub struct WalWriter {
    files: Box<dyn WalFiles>,
    segments: VecDeque<Segment>,
    next_position: u64,
    /// True when the newest segment had a failure: write to a new one.
    must_rotate: bool,
    /// Segment and size to which it must be cut, because bytes of a refused group may be in it.
    /// Nothing is accepted before: a later publish would move the checkpoint past the refused
    /// requests, and a replay would then remember them as stored without having their rows.
    must_cut: Option<(u64, u64)>,
    window: Arc<RetryWindow>,
    counters: Arc<WalCounters>,
    clock: Arc<dyn Clock>,
    on_commit: OnCommit,
}

impl WalWriter {
    /// Starts after `next_position - 1`, always in a segment of its own: the last segment of an
    /// earlier run may end in a torn record.
    pub fn new(
        files: Box<dyn WalFiles>,
        next_position: u64,
        window: Arc<RetryWindow>,
        counters: Arc<WalCounters>,
        clock: Arc<dyn Clock>,
        on_commit: OnCommit,
    ) -> io::Result<Self> {
        let mut segments = VecDeque::new();
        for first_position in files.list()? {
            segments.push_back(Segment { first_position, bytes: files.size(first_position)? });
        }
        let mut writer = Self {
            files,
            segments,
            next_position,
            must_rotate: true,
            must_cut: None,
            window,
            counters,
            clock,
            on_commit,
        };
        writer.update_counters();
        writer.rotate()?;
        Ok(writer)
    }

    /// Runs until told to close or until every sender is gone.
    pub fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = commands.blocking_recv() else { break };
            let mut group = Vec::new();
            let mut group_bytes = 0;
            let mut next = Some(first);
            while let Some(command) = next.take() {
                match command {
                    Command::Append(append) => {
                        group_bytes += append.record.len();
                        group.push(append);
                    }
                    Command::Release(position) => self.release(position),
                    Command::Close(done) => closing = Some(done),
                }
                if group_bytes < WAL_GROUP_BYTES_MAX {
                    next = commands.try_recv().ok();
                }
            }
            self.commit(group);
        }
        if let Some(done) = closing {
            // Nobody waits for this answer when the process is being torn down.
            let _ = done.send(());
        }
    }

    /// Writes a group, syncs it and answers its requests.
    pub fn commit(&mut self, mut group: Vec<PendingAppend>) {
        if group.is_empty() {
            return;
        }
        match self.write_group(&mut group) {
            Ok(first_position) => {
                self.counters.failing.store(0, Ordering::Relaxed);
                for (position, append) in (first_position..).zip(group) {
                    (self.on_commit)(position, append.batches);
                    let outcome = Ok(Appended::Stored);
                    append.ticket.tell(&outcome, append.stored_ms);
                    // The client may have gone; its rows are kept all the same.
                    let _ = append.reply.send(outcome);
                }
            }
            Err(error) => {
                self.counters.errors.fetch_add(1, Ordering::Relaxed);
                self.counters.failing.store(1, Ordering::Relaxed);
                tracing::error!(%error, "failed to write the log; refusing requests");
                let reason = if error.kind() == io::ErrorKind::StorageFull {
                    "the disk is full"
                } else {
                    "the write-ahead log cannot be written"
                };
                let retry_after = Duration::from_secs(RETRY_AFTER_SECONDS);
                for append in group {
                    let outcome = Err(AppendError::Busy { reason, retry_after });
                    append.ticket.tell(&outcome, append.stored_ms);
                    let _ = append.reply.send(outcome);
                }
            }
        }
    }

    /// Answers the position of the first record of the group.
    fn write_group(&mut self, group: &mut [PendingAppend]) -> io::Result<u64> {
        self.cut_refused()?;
        let full = self.segments.back().is_none_or(|last| last.bytes >= WAL_SEGMENT_BYTES);
        if self.must_rotate || full {
            self.rotate()?;
        }
        let first_position = self.next_position;
        let mut bytes = Vec::new();
        for append in group.iter_mut() {
            seal_record(&mut append.record, self.next_position);
            self.next_position += 1;
            bytes.append(&mut append.record);
        }
        let Some(segment) = self.segments.back().copied() else {
            return Err(io::Error::other("no open segment"));
        };
        let written = self.files.append(segment.first_position, &bytes);
        let synced = written.and_then(|()| self.files.sync(segment.first_position));
        if let Err(error) = synced {
            // What reached the disk is unknown. Take it back, and leave the segment behind.
            self.must_rotate = true;
            self.must_cut = Some((segment.first_position, segment.bytes));
            if let Err(also) = self.cut_refused() {
                tracing::error!(error = %also, "failed to take back a refused group");
            }
            return Err(error);
        }
        if let Some(segment) = self.segments.back_mut() {
            segment.bytes += bytes.len() as u64;
        }
        self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.counters.written_bytes_total.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.update_counters();
        Ok(first_position)
    }

    fn cut_refused(&mut self) -> io::Result<()> {
        if let Some((segment, size)) = self.must_cut {
            self.files.truncate(segment, size)?;
            self.must_cut = None;
        }
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let first_position = self.next_position;
        if self.segments.back().is_some_and(|last| last.first_position == first_position) {
            // A segment that never got a record.
            self.files.remove(first_position)?;
            self.segments.pop_back();
        }
        let mut head = Vec::new();
        write_segment_head(&mut head, &self.window.snapshot(self.clock.now_ms()));
        match self.files.create(first_position) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Left by a rotation that failed half way; it never got a record.
                self.files.remove(first_position)?;
                self.files.create(first_position)?;
            }
            created => created?,
        }
        let written =
            self.files.append(first_position, &head).and_then(|()| self.files.sync(first_position));
        if let Err(error) = written {
            // Without its head a segment would be taken for a damaged one.
            self.files.remove(first_position)?;
            return Err(error);
        }
        self.segments.push_back(Segment { first_position, bytes: head.len() as u64 });
        self.must_rotate = false;
        self.update_counters();
        Ok(())
    }

    /// Deletes the segments that hold nothing after `position`.
    fn release(&mut self, position: u64) {
        while let (Some(first), Some(second)) = (self.segments.front(), self.segments.get(1)) {
            if second.first_position > position + 1 {
                break;
            }
            if let Err(error) = self.files.remove(first.first_position) {
                tracing::warn!(%error, "failed to delete a log segment; trying again later");
                break;
            }
            self.segments.pop_front();
        }
        self.update_counters();
    }

    fn update_counters(&self) {
        let bytes = self.segments.iter().map(|segment| segment.bytes).sum();
        self.counters.bytes.store(bytes, Ordering::Relaxed);
        self.counters.segments.store(self.segments.len() as u64, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for WalWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WalWriter")
            .field("segments", &self.segments)
            .field("next_position", &self.next_position)
            .finish_non_exhaustive()
    }
}
