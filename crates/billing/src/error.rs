//! What can be wrong with a file of a bill, told so that whoever imports it can mend it.

use hannun_model::money::NoAmount;
use std::fmt;

/// Something about a file that keeps it from being imported.
#[derive(Debug, thiserror::Error)]
pub struct BillError {
    /// Name of the file as it was given.
    pub file: String,
    /// Row, counted from 1; in files with a header, the header is row 1.
    pub row: Option<u64>,
    /// Name of the column as the file writes it.
    pub column: Option<String>,
    #[source]
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    #[error("is empty: export or download it again")]
    Empty,
    #[error("{0}")]
    Format(String),
    #[error("the compressed data ends in the middle: download the file again")]
    Truncated,
    #[error("the compressed data is damaged ({0}): download the file again")]
    Damaged(String),
    #[error("is not UTF-8: save the file as UTF-8")]
    NotUtf8,
    #[error("has {columns} columns, of which at most {max} are read: leave some out of the export")]
    TooManyColumns { columns: usize, max: usize },
    #[error(
        "has {cells} cells where the header has {columns} columns: the file is cut off or its \
         separators are not quoted"
    )]
    Ragged { cells: usize, columns: usize },
    #[error("a quoted cell that begins here does not end: the file is cut off")]
    OpenQuote,
    #[error("is longer than {max_bytes} bytes: a quote is not closed, or this is no bill")]
    RowTooLong { max_bytes: usize },
    #[error(transparent)]
    NoAmount(#[from] NoAmount),
    #[error("`{value}` is not {wanted}")]
    Value { value: String, wanted: &'static str },
    #[error("the column `{0}` is missing: add it to the export")]
    MissingColumn(String),
    #[error(
        "belongs to the billing period that starts at {found}, where {expected} was expected: \
         import each period by itself"
    )]
    OtherPeriod { found: String, expected: String },
    #[error(
        "belongs to the account `{found}`, where `{expected}` was expected: import it as a source \
         of its own"
    )]
    OtherAccount { found: String, expected: String },
    #[error("has no currency: say which one it is in, with --currency or in the cost source")]
    NoCurrency,
    #[error("the Parquet file cannot be read ({0}): download the file again")]
    Parquet(String),
    #[error("is no manifest that can be read: {0}")]
    Manifest(String),
    #[error("the manifest lists `{0}`, which is not there: wait until the delivery is complete")]
    MissingFile(String),
    #[error(
        "the manifest lists `{0}` twice, which would count its lines twice: download the manifest \
         again"
    )]
    ListedTwice(String),
    #[error("cannot be made into a table: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl BillError {
    /// A problem of the whole file.
    pub fn of_file(file: &str, problem: impl Into<Problem>) -> Self {
        Self { file: file.to_owned(), row: None, column: None, problem: problem.into() }
    }

    /// A problem of a row, or of one of its cells.
    pub fn of_row(file: &str, row: u64, column: Option<&str>, problem: impl Into<Problem>) -> Self {
        Self {
            file: file.to_owned(),
            row: Some(row),
            column: column.map(str::to_owned),
            problem: problem.into(),
        }
    }
}

impl Problem {
    /// A cell whose content is not what its column holds.
    pub fn value(value: &str, wanted: &'static str) -> Self {
        Self::Value { value: value.chars().take(60).collect(), wanted }
    }
}

impl fmt::Display for BillError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(row) = self.row {
            write!(formatter, ": row {row}")?;
        }
        if let Some(column) = &self.column {
            let separator = if self.row.is_some() { ", " } else { ": " };
            write!(formatter, "{separator}column {column}")?;
        }
        write!(formatter, ": {}", self.problem)
    }
}
