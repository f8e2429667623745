//! The lines of a bill on their way from a reader to files and sums, over threads.
//!
//! One thread reads and maps, another one encodes, a third one adds up; batches are shared between
//! them and only a few of them wait, so that memory is bounded whatever the size of the bill.

use crate::error::ImportError;
use arrow::array::RecordBatch;
use hannun_billing::daily::DailyRollup;
use hannun_billing::mapper::LineBatch;
use hannun_billing::totals::{ControlTotals, TotalsCollector};
use hannun_lake::bills::snapshot::{BillFile, OwnColumn};
use hannun_lake::bills::{BillWriter, Staging};
use hannun_model::cost::CostTable;
use hannun_model::limits::{COST_DAILY_GROUPS_MAX, IMPORT_BATCHES_AHEAD};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// What became of the lines since the last time.
#[derive(Debug, Default)]
pub struct Written {
    pub files: Vec<BillFile>,
    pub own_columns: BTreeMap<String, BTreeSet<OwnColumn>>,
    pub totals: ControlTotals,
}

enum Message {
    Lines(LineBatch),
    /// Everything before is to be durable, and told.
    End(SyncSender<Written>),
}

/// Takes lines and writes and adds them up on threads of its own.
pub struct LineSink {
    encoder: Option<Worker>,
    adder: Worker,
}

impl LineSink {
    /// Files go to `staging`; without one, lines are only added up.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn start(staging: Option<&Staging>) -> Result<Self, ImportError> {
        let encoder = match staging {
            Some(staging) => {
                let tables = [CostTable::Lines, CostTable::Split];
                let writers = tables.map(|table| staging.writer(table));
                let work = move |messages, bytes: &AtomicU64| encode(writers, messages, bytes);
                Some(Worker::start("bill-encoder", work)?)
            }
            None => None,
        };
        let daily = staging.map(|staging| staging.writer(CostTable::Daily));
        let work = move |messages, bytes: &AtomicU64| add_up(daily, messages, bytes);
        let adder = Worker::start("bill-adder", work)?;
        Ok(Self { encoder, adder })
    }

    /// Hands lines over, waiting while too many are under way.
    ///
    /// # Errors
    /// Why lines before could not be written or added up.
    pub fn write(&mut self, lines: LineBatch) -> Result<(), ImportError> {
        if let Some(encoder) = &mut self.encoder {
            encoder.send(Message::Lines(lines.clone()))?;
        }
        if lines.table == CostTable::Lines {
            self.adder.send(Message::Lines(lines))?;
        }
        Ok(())
    }

    /// Bytes that are on disk by now.
    pub fn bytes(&self) -> u64 {
        let workers = self.encoder.iter().chain([&self.adder]);
        workers.map(|worker| worker.bytes.load(Ordering::Relaxed)).sum()
    }

    /// Makes everything durable that was handed over since the last time.
    ///
    /// # Errors
    /// As of [`LineSink::write`].
    pub fn end(&mut self) -> Result<Written, ImportError> {
        let mut written = self.adder.end()?;
        if let Some(encoder) = &mut self.encoder {
            let lines = encoder.end()?;
            written.files.extend(lines.files);
            written.own_columns = lines.own_columns;
        }
        Ok(written)
    }
}

struct Worker {
    /// Until the worker is dropped.
    messages: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<(), ImportError>>>,
    /// Bytes that it has written.
    bytes: Arc<AtomicU64>,
}

impl Worker {
    fn start(
        name: &str,
        work: impl FnOnce(Receiver<Message>, &AtomicU64) -> Result<(), ImportError> + Send + 'static,
    ) -> Result<Self, ImportError> {
        let (messages, received) = sync_channel(IMPORT_BATCHES_AHEAD);
        let thread = std::thread::Builder::new().name(name.to_owned());
        let bytes = Arc::new(AtomicU64::new(0));
        let written = bytes.clone();
        let thread = thread.spawn(move || work(received, &written));
        let thread = thread.map_err(ImportError::io("a thread"))?;
        Ok(Self { messages: Some(messages), thread: Some(thread), bytes })
    }

    fn send(&mut self, message: Message) -> Result<(), ImportError> {
        let sent = self.messages.as_ref().is_some_and(|messages| messages.send(message).is_ok());
        if sent { Ok(()) } else { Err(self.why()) }
    }

    fn end(&mut self) -> Result<Written, ImportError> {
        let (told, written) = sync_channel(1);
        self.send(Message::End(told))?;
        written.recv().map_err(|_| self.why())
    }

    /// Why the thread ended before it was asked to.
    fn why(&mut self) -> ImportError {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            _ => ImportError::Stopped("writing the lines".to_owned()),
        }
    }
}

impl Drop for Worker {
    /// Waits for the thread: the files that it writes may be about to be deleted.
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            // Whoever drops a worker early has an error of its own to tell.
            let _ = thread.join();
        }
    }
}

/// Writes lines and split lines to files.
fn encode(
    mut writers: [BillWriter; 2],
    messages: Receiver<Message>,
    bytes: &AtomicU64,
) -> Result<(), ImportError> {
    for message in messages {
        match message {
            Message::Lines(lines) => {
                let writer = writers.iter_mut().find(|writer| writer.table() == lines.table);
                if let Some(writer) = writer {
                    writer.write(&lines.records)?;
                }
                bytes.store(writers.iter().map(BillWriter::bytes).sum(), Ordering::Relaxed);
            }
            Message::End(told) => {
                let mut written = Written::default();
                for writer in &mut writers {
                    written.files.extend(writer.end()?);
                    let table = writer.table().name().to_owned();
                    written.own_columns.insert(table, writer.own_columns());
                }
                // Nobody listens only when the import has ended already.
                let _ = told.send(written);
            }
        }
    }
    Ok(())
}

/// Adds lines up: control totals, and by day when there is a writer for days.
fn add_up(
    mut daily: Option<BillWriter>,
    messages: Receiver<Message>,
    bytes: &AtomicU64,
) -> Result<(), ImportError> {
    let mut totals = TotalsCollector::new();
    let mut rollup = DailyRollup::new(COST_DAILY_GROUPS_MAX);
    for message in messages {
        match message {
            Message::Lines(lines) => {
                totals.add(&lines.records)?;
                if let Some(daily) = &mut daily {
                    rollup.add(&lines.records)?;
                    write_all(daily, &rollup.drain_full())?;
                    bytes.store(daily.bytes(), Ordering::Relaxed);
                }
            }
            Message::End(told) => {
                let mut written = Written::default();
                let ended = std::mem::replace(&mut totals, TotalsCollector::new());
                written.totals = ended.finish();
                if let Some(daily) = &mut daily {
                    let empty = DailyRollup::new(COST_DAILY_GROUPS_MAX);
                    let ended = std::mem::replace(&mut rollup, empty);
                    write_all(daily, &ended.finish()?)?;
                    written.files = daily.end()?;
                }
                let _ = told.send(written);
            }
        }
    }
    Ok(())
}

fn write_all(writer: &mut BillWriter, batches: &[RecordBatch]) -> Result<(), ImportError> {
    for records in batches {
        writer.write(records)?;
    }
    Ok(())
}
