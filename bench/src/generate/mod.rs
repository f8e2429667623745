//! The data sets: real requests replayed, and seeded telemetry whose truth is known.

pub mod logs;
pub mod metrics;
pub mod replay;
pub mod traces;
mod words;

use crate::requests::{RequestFile, RequestWriter};
use anyhow::Result;
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A second in nanoseconds.
pub const SECOND_NS: u64 = 1_000_000_000;

/// The same seed gives the same telemetry; only its times move with the day of the run.
pub const SEED: u64 = 0x4a11_1100;

/// The time that the telemetry covers.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    pub start_ns: u64,
    pub end_ns: u64,
}

impl Period {
    /// The time of row `index` of `count`, evenly spread.
    pub fn at(&self, index: u64, count: u64) -> u64 {
        let share = u128::from(self.end_ns - self.start_ns) * u128::from(index);
        self.start_ns + u64::try_from(share / u128::from(count.max(1))).unwrap_or(0)
    }
}

/// What is known of a data set, to check answers and to ask for things that exist.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    pub rows: u64,
    /// Rows with an error status or an error severity.
    pub errors: u64,
    /// A trace id in the middle of the data.
    pub trace_id: String,
    /// An id that stands in one log body only, and that log's trace id.
    pub needle: String,
}

/// One signal's telemetry, ready to send.
#[derive(Debug)]
pub struct DataSet {
    pub name: &'static str,
    /// `traces`, `logs` or `metrics`.
    pub signal: &'static str,
    /// The SQL table that the rows land in.
    pub table: &'static str,
    pub requests: RequestFile,
    /// The same rows as JSON lines, when peers are asked for.
    pub rows_file: Option<PathBuf>,
    pub truth: Truth,
}

/// Writes requests and, for the peers, rows.
pub struct DataWriter {
    requests: RequestWriter,
    rows: Option<(PathBuf, BufWriter<File>)>,
}

impl DataWriter {
    pub fn create(folder: &Path, name: &str, with_rows: bool) -> Result<Self> {
        let requests = RequestWriter::create(&folder.join(format!("{name}.requests")))?;
        let rows = if with_rows {
            let path = folder.join(format!("{name}.jsonl"));
            let file = File::create(&path)?;
            Some((path, BufWriter::with_capacity(1 << 20, file)))
        } else {
            None
        };
        Ok(Self { requests, rows })
    }

    /// Adds a request; `flatten` gives its rows when they are wanted.
    pub fn add(
        &mut self,
        body: &[u8],
        rows: usize,
        flatten: impl FnOnce(&mut dyn FnMut(&Value)),
    ) -> Result<()> {
        self.requests.add(body, u32::try_from(rows)?)?;
        let Some((_, writer)) = &mut self.rows else { return Ok(()) };
        let mut failure = None;
        flatten(&mut |row| {
            if let Err(error) = writeln!(writer, "{row}") {
                failure = Some(error);
            }
        });
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    pub fn finish(self) -> Result<(RequestFile, Option<PathBuf>)> {
        let rows = match self.rows {
            Some((path, mut writer)) => {
                writer.flush()?;
                Some(path)
            }
            None => None,
        };
        Ok((self.requests.finish()?, rows))
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
