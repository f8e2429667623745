//! One file of a bill, read from front to back.

use crate::csv_input::CsvInput;
use crate::detect::{Container, Format};
use crate::error::BillError;
use crate::mapper::{LineBatch, Mapper, ReadOptions};
use crate::parquet_input::ParquetInput;
use crate::raw::{Header, RawBatch};
use crate::{aws, azure, focus, oci};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

/// Lines of one file. Memory is that of a few batches, whatever the size of the file.
///
/// After an error a file is of no use: nothing of it must be kept.
pub struct LineSource {
    format: Format,
    input: Input,
    mapper: Box<dyn Mapper>,
    /// A batch that was mapped, whose memory is used again.
    used: Option<RawBatch>,
    rows_read: u64,
    finished: bool,
}

enum Input {
    Csv(CsvInput),
    Parquet(ParquetInput),
}

/// Opens a file, finds out what it is and gets ready to read lines of it. `file_name` is for messages
/// only.
///
/// # Errors
/// The file cannot be read or is no bill, or lacks columns without which a bill has no cost.
pub fn open(
    file_name: &str,
    mut file: File,
    options: &ReadOptions,
) -> Result<LineSource, BillError> {
    let of_file = |error: std::io::Error| BillError::of_file(file_name, error);
    let mut start = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut start).map_err(of_file)?;
    file.seek(SeekFrom::Start(0)).map_err(of_file)?;
    let input = match Container::of(file_name, &start)? {
        Container::Parquet => Input::Parquet(ParquetInput::open(file_name, file)?),
        container => Input::Csv(CsvInput::open(file_name, container, file)?),
    };
    let header = input.header();
    let format = Format::of(header)?;
    let mapper = mapper_of(format, header, options)?;
    Ok(LineSource { format, input, mapper, used: None, rows_read: 0, finished: false })
}

fn mapper_of(
    format: Format,
    header: &Arc<Header>,
    options: &ReadOptions,
) -> Result<Box<dyn Mapper>, BillError> {
    match format {
        Format::AwsCur | Format::AwsCur2 => aws::mapper(header, options),
        Format::Focus => focus::mapper(header, options),
        Format::Azure => azure::mapper(header, options),
        Format::Oci => oci::mapper(header, options),
    }
}

impl LineSource {
    /// Which report the file is part of.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Names of the columns, as the file writes them.
    pub fn columns(&self) -> &[String] {
        self.input.header().names()
    }

    /// The next lines; `None` after the last ones. A batch is of one table.
    ///
    /// # Errors
    /// What is wrong with the file, with row and column.
    #[expect(clippy::should_implement_trait, reason = "an error ends it, which no iterator says")]
    pub fn next(&mut self) -> Result<Option<Vec<LineBatch>>, BillError> {
        while !self.finished {
            let raw = match &mut self.input {
                Input::Csv(input) => input.next(self.used.take())?,
                Input::Parquet(input) => input.next()?,
            };
            let lines = match raw {
                Some(raw) => {
                    let lines = self.mapper.map(&raw)?;
                    self.rows_read += raw.rows() as u64;
                    self.used = Some(raw);
                    lines
                }
                None => {
                    self.finished = true;
                    self.mapper.finish()?
                }
            };
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
        Ok(None)
    }

    /// Rows that were read so far, without the header.
    pub fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// Bytes of the file that were read so far, as it lies there: compressed.
    pub fn bytes_read(&self) -> u64 {
        match &self.input {
            Input::Csv(input) => input.bytes_read(),
            Input::Parquet(input) => input.bytes_read(),
        }
    }
}

impl Input {
    fn header(&self) -> &Arc<Header> {
        match self {
            Self::Csv(input) => input.header(),
            Self::Parquet(input) => input.header(),
        }
    }
}

#[cfg(test)]
mod tests;
