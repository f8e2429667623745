//! From charges to files: each format writes on a thread of its own, behind a bounded channel.

pub mod csv_file;
pub mod delivery;
pub mod parquet_file;

use crate::GenerateError;
use crate::charge::Charge;
use crate::columns::{Bill, Column, Part, Row, cur, focus};
use crate::company::Company;
use crate::format::Format;
use crate::simulate::Sink;
use csv_file::CsvFile;
use delivery::Delivery;
use hannun_model::limits::{GENERATED_BILL_CHUNK_LINES, GENERATED_BILL_CHUNKS_WAITING_MAX};
use parquet_file::ParquetFile;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The files of one period, in every format that is wanted.
pub struct Writers {
    chunk: Vec<Charge>,
    threads: Vec<Writer>,
}

/// The way to the thread of one delivery, and its end.
type Writer = (SyncSender<Arc<Vec<Charge>>>, JoinHandle<Result<(), GenerateError>>);

/// A file that takes lines.
enum LineFile {
    Csv(Box<CsvFile>),
    Parquet(Box<ParquetFile>),
}

impl LineFile {
    fn open(path: PathBuf, format: Format, columns: &[Column]) -> Result<Self, GenerateError> {
        Ok(if format.is_parquet() {
            Self::Parquet(Box::new(ParquetFile::create(path, columns)?))
        } else {
            Self::Csv(Box::new(CsvFile::create(path, columns, format.has_milliseconds())?))
        })
    }

    fn write(&mut self, row: &Row<'_>, columns: &[Column]) -> Result<(), GenerateError> {
        match self {
            Self::Csv(file) => file.write(row, columns),
            Self::Parquet(file) => file.write(row, columns),
        }
    }

    fn finish(self) -> Result<(), GenerateError> {
        match self {
            Self::Csv(file) => file.finish(),
            Self::Parquet(file) => file.finish(),
        }
    }
}

impl Writers {
    /// Starts a thread for each delivery.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(
        bill: &Arc<Bill>,
        deliveries: Vec<Delivery>,
        lines_per_file: u64,
    ) -> Result<Self, GenerateError> {
        let mut threads = Vec::new();
        for delivery in deliveries {
            let (chunks, received) = sync_channel(GENERATED_BILL_CHUNKS_WAITING_MAX);
            let bill = bill.clone();
            let thread = std::thread::Builder::new()
                .name(format!("bill-{}", delivery.format.name()))
                .spawn(move || write_all(&bill, delivery, lines_per_file, &received))
                .map_err(|source| GenerateError::File { path: PathBuf::new(), source })?;
            threads.push((chunks, thread));
        }
        Ok(Self { chunk: Vec::with_capacity(GENERATED_BILL_CHUNK_LINES), threads })
    }

    fn send(&mut self) -> Result<(), GenerateError> {
        let chunk = Arc::new(std::mem::replace(
            &mut self.chunk,
            Vec::with_capacity(GENERATED_BILL_CHUNK_LINES),
        ));
        for (chunks, _) in &self.threads {
            // A thread that is gone tells why when it is joined.
            chunks.send(chunk.clone()).map_err(|_| GenerateError::WriterGone)?;
        }
        Ok(())
    }

    /// Waits until everything is written, manifests last. `made` is how the charges ended.
    ///
    /// # Errors
    /// The first of a writer, or `made`'s.
    pub fn finish(mut self, made: Result<(), GenerateError>) -> Result<(), GenerateError> {
        let made = made.and_then(|()| self.send());
        let mut outcome = Ok(());
        for (chunks, thread) in self.threads {
            drop(chunks);
            let ended = thread.join().unwrap_or(Err(GenerateError::WriterGone));
            outcome = outcome.and(ended);
        }
        outcome.and(made)
    }
}

impl Sink for Writers {
    fn take(&mut self, charge: Charge) -> Result<(), GenerateError> {
        self.chunk.push(charge);
        if self.chunk.len() >= GENERATED_BILL_CHUNK_LINES { self.send() } else { Ok(()) }
    }
}

/// The columns of a format for a company.
pub fn columns(format: Format, company: &Company) -> Vec<Column> {
    match format.focus() {
        Some(version) => focus::columns(version),
        None if format.is_legacy() => cur::legacy(company),
        None => cur::second(),
    }
}

fn write_all(
    bill: &Bill,
    mut delivery: Delivery,
    lines_per_file: u64,
    chunks: &Receiver<Arc<Vec<Charge>>>,
) -> Result<(), GenerateError> {
    let format = delivery.format;
    let columns = columns(format, &bill.company);
    let mut file: Option<LineFile> = None;
    let mut lines = 0;
    for chunk in chunks {
        for charge in chunk.iter() {
            let parts: &[Part] =
                if format.focus().is_some() { focus::parts(charge.kind) } else { &[Part::Whole] };
            for part in parts {
                let open = match &mut file {
                    Some(open) => open,
                    None => file.insert(LineFile::open(delivery.next_file()?, format, &columns)?),
                };
                open.write(&Row { bill, charge, part: *part }, &columns)?;
                lines += 1;
                if lines % lines_per_file == 0
                    && let Some(full) = file.take()
                {
                    full.finish()?;
                }
            }
        }
    }
    if let Some(last) = file {
        last.finish()?;
    }
    // As AWS does: who sees the manifest sees all files.
    delivery.write_manifest(bill, &columns)
}
