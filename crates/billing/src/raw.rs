//! Rows as a file has them, before they mean anything: what every reader hands to every mapper.

use crate::decimal;
use crate::error::{BillError, Problem};
use crate::times;
use arrow::array::{
    Array, Decimal128Array, Float64Array, StringViewArray, TimestampNanosecondArray,
};
use hannun_model::cost;
use hannun_model::money::Money;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// The names of a file's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Name of the file, for messages.
    pub file: Arc<str>,
    names: Vec<String>,
    /// Position by name in snake case; the first one when a file repeats a name.
    by_snake_name: HashMap<String, usize>,
}

impl Header {
    pub fn new(file: &str, names: Vec<String>) -> Self {
        let mut by_snake_name = HashMap::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            by_snake_name.entry(cost::snake_case(name)).or_insert(index);
        }
        Self { file: file.into(), names, by_snake_name }
    }

    /// Names as the file writes them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The column whose name in snake case is this ([`cost::snake_case`]): finds `BilledCost`,
    /// `billed_cost` and `Billed Cost` by `billed_cost`.
    pub fn index(&self, snake_name: &str) -> Option<usize> {
        self.by_snake_name.get(snake_name).copied()
    }

    /// As [`Header::index`]; the error names the column.
    ///
    /// # Errors
    /// The file has no such column.
    pub fn require(&self, snake_name: &str) -> Result<usize, BillError> {
        self.index(snake_name).ok_or_else(|| {
            BillError::of_file(&self.file, Problem::MissingColumn(snake_name.to_owned()))
        })
    }
}

/// One cell as its file has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Absent, empty, or one of the words that mean absent: `NULL`, `\N`.
    Null,
    /// Text; maps, lists and structs of Parquet files are JSON text by now.
    Text(&'a str),
    Float(f64),
    Decimal(Money),
    /// Nanoseconds since 1970-01-01 UTC.
    Time(i64),
}

impl<'a> Cell<'a> {
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }

    /// The cell as text, as a file of text would have it.
    #[inline]
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Decimal(amount) => Some(Cow::Owned(amount.to_string())),
            Self::Time(time_ns) => Some(Cow::Owned(times::print_ns(time_ns))),
        }
    }

    /// The cell as a decimal number.
    ///
    /// # Errors
    /// It is none.
    #[inline]
    pub fn money(self) -> Result<Option<Money>, Problem> {
        match self {
            Self::Null => Ok(None),
            // What tools in Python and JavaScript write when they have no number.
            Self::Text("None" | "null") => Ok(None),
            Self::Text(text) => Ok(Some(decimal::parse(text)?)),
            Self::Float(number) => match Money::from_f64(number) {
                Some(amount) => Ok(Some(amount)),
                None => Err(Problem::value(&number.to_string(), "an amount")),
            },
            Self::Decimal(amount) => Ok(Some(amount)),
            Self::Time(time_ns) => Err(Problem::value(&times::print_ns(time_ns), "an amount")),
        }
    }

    /// The cell as nanoseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// It is no time.
    pub fn time_ns(self) -> Result<Option<i64>, Problem> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => times::parse_ns(text).map(Some),
            Self::Time(time_ns) => Ok(Some(time_ns)),
            Self::Float(_) | Self::Decimal(_) => {
                Err(Problem::value(&self.text().unwrap_or_default(), times::WANTED))
            }
        }
    }
}

/// One column of a file that keeps columns apart.
#[derive(Debug, Clone)]
pub enum RawColumn {
    Text(StringViewArray),
    Float(Float64Array),
    /// Of [`hannun_model::money::SCALE`] places.
    Decimal(Decimal128Array),
    Time(TimestampNanosecondArray),
    /// Not one value.
    Empty,
}

#[derive(Debug)]
enum Data {
    /// Cells of a text file: `ranges[row × columns + column]` of `text`.
    Cells {
        text: String,
        ranges: Vec<(u32, u32)>,
    },
    Columns(Vec<RawColumn>),
}

/// Some rows of a file.
#[derive(Debug)]
pub struct RawBatch {
    header: Arc<Header>,
    first_row: u64,
    rows: usize,
    data: Data,
}

impl RawBatch {
    /// Rows of cells: `ranges` has one range of `text` for each column of each row.
    pub(crate) fn of_cells(
        header: Arc<Header>,
        first_row: u64,
        text: String,
        ranges: Vec<(u32, u32)>,
    ) -> Self {
        let rows = ranges.len().checked_div(header.len()).unwrap_or(0);
        Self { header, first_row, rows, data: Data::Cells { text, ranges } }
    }

    /// Columns of `rows` values each.
    pub(crate) fn of_columns(
        header: Arc<Header>,
        first_row: u64,
        rows: usize,
        columns: Vec<RawColumn>,
    ) -> Self {
        Self { header, first_row, rows, data: Data::Columns(columns) }
    }

    /// Gives the memory of cells back, to be filled again.
    pub(crate) fn into_cells(self) -> (String, Vec<(u32, u32)>) {
        match self.data {
            Data::Cells { text, ranges } => (text, ranges),
            Data::Columns(_) => Default::default(),
        }
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The row's number in the file, as messages give it.
    pub fn row_number(&self, row: usize) -> u64 {
        self.first_row + row as u64
    }

    /// A cell; `Null` beyond the last row or column.
    #[inline]
    pub fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        match &self.data {
            Data::Cells { text, ranges } => {
                let Some(&(start, end)) = ranges.get(row * self.header.len() + column) else {
                    return Cell::Null;
                };
                if start == end {
                    return Cell::Null;
                }
                match text.get(start as usize..end as usize) {
                    None | Some("\\N" | "NULL") => Cell::Null,
                    Some(text) => Cell::Text(text),
                }
            }
            Data::Columns(columns) => columns.get(column).map_or(Cell::Null, |one| one.cell(row)),
        }
    }

    /// [`Cell::money`] of a cell, the error with row and column.
    ///
    /// # Errors
    /// The cell is no decimal number.
    #[inline]
    pub fn money(&self, column: usize, row: usize) -> Result<Option<Money>, BillError> {
        self.cell(column, row).money().map_err(|problem| self.error(column, row, problem))
    }

    /// [`Cell::time_ns`] of a cell, the error with row and column.
    ///
    /// # Errors
    /// The cell is no time.
    #[inline]
    pub fn time_ns(&self, column: usize, row: usize) -> Result<Option<i64>, BillError> {
        self.cell(column, row).time_ns().map_err(|problem| self.error(column, row, problem))
    }

    /// A problem of one cell.
    pub fn error(&self, column: usize, row: usize, problem: Problem) -> BillError {
        let column = self.header.names.get(column).map(String::as_str);
        BillError::of_row(&self.header.file, self.row_number(row), column, problem)
    }

    /// A problem of one row.
    pub fn row_error(&self, row: usize, problem: Problem) -> BillError {
        BillError::of_row(&self.header.file, self.row_number(row), None, problem)
    }
}

impl RawColumn {
    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(array) if row < array.len() && array.is_valid(row) => {
                match array.value(row) {
                    "" | "\\N" | "NULL" => Cell::Null,
                    text => Cell::Text(text),
                }
            }
            Self::Float(array) if row < array.len() && array.is_valid(row) => {
                Cell::Float(array.value(row))
            }
            Self::Decimal(array) if row < array.len() && array.is_valid(row) => {
                Cell::Decimal(Money::from_units(array.value(row)))
            }
            Self::Time(array) if row < array.len() && array.is_valid(row) => {
                Cell::Time(array.value(row))
            }
            _ => Cell::Null,
        }
    }
}
