//! Text files: cells between commas, tabs, semicolons, bars or Ctrl-A.
//!
//! What a file is like is told from its first row, never configured: separators, line ends (`\n`,
//! `\r\n`, and `\r` alone), a byte order mark. Cells may be quoted as in RFC 4180; a quoted cell may
//! hold line ends. Every row has as many cells as the header, else the file is refused: a row that is
//! cut off must not pass for a cheaper one.
//!
//! Cells are never copied one by one: a block of text is kept as it came and cells are ranges of it.

mod blocks;
mod dialect;
mod split;

use crate::detect::Container;
use crate::error::{BillError, Problem};
use crate::raw::{Header, RawBatch};
use blocks::Blocks;
use dialect::Dialect;
use hannun_model::limits::{BILL_COLUMNS_MAX, BILL_ROW_BYTES_MAX};
use split::{Ranges, Split, SplitEnd, Splitter};
use std::fs::File;
use std::sync::Arc;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A text file that is being read.
pub struct CsvInput {
    name: String,
    header: Arc<Header>,
    blocks: Blocks,
    splitter: Splitter,
    /// What was read and belongs to a row that is not whole yet.
    rest: Vec<u8>,
    /// Number of the next row.
    next_row: u64,
    at_end: bool,
}

impl CsvInput {
    /// Opens a file, compressed as `container` says, and reads its header.
    ///
    /// # Errors
    /// The file cannot be read, is empty, or its first row is no header.
    pub fn open(name: &str, container: Container, file: File) -> Result<Self, BillError> {
        Self::from_blocks(name, Blocks::start(name, container, file)?)
    }

    fn from_blocks(name: &str, blocks: Blocks) -> Result<Self, BillError> {
        let of_file = |problem: Problem| BillError::of_file(name, problem);
        let mut rest = Vec::new();
        let mut at_end = false;
        let read_more = |rest: &mut Vec<u8>| match blocks.next().map_err(of_file)? {
            Some(block) => {
                rest.extend_from_slice(&block);
                Ok(false)
            }
            None => Ok::<_, BillError>(true),
        };
        while rest.len() < BYTE_ORDER_MARK.len() && !at_end {
            at_end = read_more(&mut rest)?;
        }
        if rest.starts_with(BYTE_ORDER_MARK) {
            rest.drain(..BYTE_ORDER_MARK.len());
        }
        let dialect = loop {
            let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            rest.drain(..blank);
            if let Some(dialect) = Dialect::of(&rest, at_end) {
                break dialect;
            }
            if rest.len() > BILL_ROW_BYTES_MAX {
                let problem = Problem::RowTooLong { max_bytes: BILL_ROW_BYTES_MAX };
                return Err(BillError::of_row(name, 1, None, problem));
            }
            at_end = read_more(&mut rest)?;
        };
        let mut splitter = Splitter::new(dialect);
        let header = loop {
            match read_header(name, &mut splitter, &mut rest, at_end)? {
                Some(header) => break header,
                None => at_end = read_more(&mut rest)?,
            }
        };
        Ok(Self {
            name: name.to_owned(),
            header: Arc::new(header),
            blocks,
            splitter,
            rest,
            next_row: 2,
            at_end,
        })
    }

    /// Names of the columns.
    pub fn header(&self) -> &Arc<Header> {
        &self.header
    }

    /// Bytes of the file that were read so far, as it lies there.
    pub fn bytes_read(&self) -> u64 {
        self.blocks.bytes_read()
    }

    /// The next rows; `None` after the last one. `used` is a batch whose memory may be reused.
    ///
    /// # Errors
    /// The file is cut off, damaged, or a row does not fit the header.
    pub fn next(&mut self, used: Option<RawBatch>) -> Result<Option<RawBatch>, BillError> {
        let (text, mut ranges) = used.map(RawBatch::into_cells).unwrap_or_default();
        let mut text = text.into_bytes();
        text.clear();
        ranges.clear();
        loop {
            text.append(&mut self.rest);
            self.read_block(&mut text)?;
            let at_end = self.at_end;
            let split = self.splitter.split(&mut text, at_end, usize::MAX, &mut ranges);
            self.rest.extend_from_slice(&text[split.whole_bytes..]);
            text.truncate(split.whole_bytes);
            if !ranges.is_empty() {
                // What is wrong with the row after them is told once they were read.
                return self.batch(text, ranges).map(Some);
            }
            match split.end {
                SplitEnd::Ragged { cells } => {
                    let columns = self.header.len();
                    return Err(self.row_error(Problem::Ragged { cells, columns }));
                }
                SplitEnd::InQuotes if at_end || self.rest.len() > BILL_ROW_BYTES_MAX => {
                    return Err(self.row_error(Problem::OpenQuote));
                }
                SplitEnd::Clean if at_end => return Ok(None),
                SplitEnd::Clean if self.rest.len() > BILL_ROW_BYTES_MAX => {
                    let problem = Problem::RowTooLong { max_bytes: BILL_ROW_BYTES_MAX };
                    return Err(self.row_error(problem));
                }
                SplitEnd::Clean | SplitEnd::InQuotes => {}
            }
            text.clear();
        }
    }

    /// Appends what the file has next, unless it was read to its end.
    fn read_block(&mut self, text: &mut Vec<u8>) -> Result<(), BillError> {
        if self.at_end {
            return Ok(());
        }
        match self.blocks.next().map_err(|problem| self.row_error(problem))? {
            Some(block) => {
                text.extend_from_slice(&block);
                self.blocks.give_back(block);
            }
            None => self.at_end = true,
        }
        Ok(())
    }

    fn batch(&mut self, text: Vec<u8>, ranges: Ranges) -> Result<RawBatch, BillError> {
        let text = String::from_utf8(text).map_err(|error| {
            let at = error.utf8_error().valid_up_to() as u32;
            let cell = ranges.iter().position(|(_, end)| at < *end).unwrap_or(0);
            let column = self.header.names().get(cell % self.header.len().max(1));
            let row = self.next_row + (cell / self.header.len().max(1)) as u64;
            BillError::of_row(&self.name, row, column.map(String::as_str), Problem::NotUtf8)
        })?;
        let batch = RawBatch::of_cells(self.header.clone(), self.next_row, text, ranges);
        self.next_row += batch.rows() as u64;
        Ok(batch)
    }

    /// A problem of the next row.
    fn row_error(&self, problem: Problem) -> BillError {
        BillError::of_row(&self.name, self.next_row, None, problem)
    }
}

/// Takes the first row off `text`; `None` when it goes on in the next block.
fn read_header(
    name: &str,
    splitter: &mut Splitter,
    text: &mut Vec<u8>,
    at_end: bool,
) -> Result<Option<Header>, BillError> {
    let mut ranges = Ranges::new();
    let Split { whole_bytes, end } = splitter.split(text, at_end, 1, &mut ranges);
    if ranges.is_empty() && !at_end {
        return Ok(None);
    }
    if end == SplitEnd::InQuotes {
        return Err(BillError::of_row(name, 1, None, Problem::OpenQuote));
    }
    let mut names = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        let cell = std::str::from_utf8(&text[start as usize..end as usize]);
        let cell = cell.map_err(|_| BillError::of_row(name, 1, None, Problem::NotUtf8))?;
        names.push(cell.trim().to_owned());
    }
    // A delimiter behind the last name.
    if names.len() > 1 && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.iter().all(String::is_empty) {
        return Err(BillError::of_file(name, Problem::Empty));
    }
    if names.len() > BILL_COLUMNS_MAX {
        let problem = Problem::TooManyColumns { columns: names.len(), max: BILL_COLUMNS_MAX };
        return Err(BillError::of_row(name, 1, None, problem));
    }
    splitter.columns = names.len();
    text.drain(..whole_bytes);
    Ok(Some(Header::new(name, names)))
}

#[cfg(test)]
mod tests;
