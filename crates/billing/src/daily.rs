//! `cost_daily`: lines of a bill added up by day.
//!
//! Lines that differ in nothing but their hour and their amounts become one. The sums are those of
//! decimals, so they are the same whatever the order of lines; and a sum of partial sums is the sum,
//! so a rollup that has no more room hands out what it has and begins again.
//!
//! Left out are the source's own columns and unit prices, which have no sum: the mean price of a day
//! is its cost ÷ its quantity. Quantities are summed only within one unit, since units are among what
//! lines are grouped by.
//!
//! ```
//! use hannun_billing::daily::DailyRollup;
//! let mut rollup = DailyRollup::new(100_000);
//! // rollup.add(&lines)?; and now and then: rollup.drain_full()
//! assert!(rollup.finish()?.is_empty());
//! # Ok::<(), hannun_billing::daily::RollupError>(())
//! ```

mod groups;
pub(crate) mod ids;
#[cfg(test)]
mod tests;

use crate::daily::groups::{Chunk, Groups};
use arrow::array::{
    Array, AsArray, Decimal128Array, RecordBatch, StringViewArray, TimestampNanosecondArray,
};
use arrow::datatypes::{Decimal128Type, TimestampNanosecondType};
use arrow::error::ArrowError;
use hannun_model::column::ColumnType;
use hannun_model::cost;
use hannun_model::limits::COST_DAILY_TEXT_BYTES_MAX;
use ids::{ABSENT, IntIds, TextIds};
use std::ops::Range;

/// Lines whose numbers are held at once: small enough for the nearest caches.
const CHUNK_ROWS: usize = 256;
/// Rows of a batch that is handed out.
const BATCH_ROWS: usize = 8192;
pub(crate) const DAY_NS: i64 = 86_400_000_000_000;

/// Decimals that are summed; the others are unit prices.
const SUMMED: [usize; 10] = [
    cost::BILLED_COST,
    cost::EFFECTIVE_COST,
    cost::LIST_COST,
    cost::CONTRACTED_COST,
    cost::PRICING_CURRENCY_EFFECTIVE_COST,
    cost::PRICING_QUANTITY,
    cost::CONSUMED_QUANTITY,
    cost::COMMITMENT_DISCOUNT_QUANTITY,
    cost::NET_BILLED_COST,
    cost::NET_EFFECTIVE_COST,
];

/// Why lines cannot be added up.
#[derive(Debug, thiserror::Error)]
pub enum RollupError {
    #[error("column `{column}` of the lines is {found}; expected {expected}")]
    Type { column: &'static str, expected: &'static str, found: String },
    #[error("the sum of `{column}` over one day has more than 16 digits before the point")]
    TooLarge { column: &'static str },
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// Adds lines up by day. See the module.
pub struct DailyRollup {
    groups_max: usize,
    keys: Vec<Key>,
    groups: Groups,
    chunk: Chunk,
    full: Vec<RecordBatch>,
}

/// A column that lines are grouped by.
pub(crate) struct Key {
    /// Position among the columns of `cost`.
    pub(crate) column: usize,
    pub(crate) values: KeyValues,
    /// Multiplies a value's number in the hash of a line.
    multiplier: u64,
}

pub(crate) enum KeyValues {
    Text(TextIds),
    /// Instants, as they are.
    Time(IntIds),
    /// The day of an instant.
    Day(IntIds),
}

/// A key's column in one batch.
enum KeyArray<'a> {
    Text(&'a StringViewArray),
    Time(&'a TimestampNanosecondArray),
    Missing,
}

impl DailyRollup {
    /// A rollup that holds at most so many groups (at least one), which is what bounds its memory:
    /// about 400 bytes each.
    pub fn new(groups_max: usize) -> Self {
        let keys = key_columns();
        let groups = Groups::new(keys.len());
        Self {
            groups_max: groups_max.max(1),
            keys,
            groups,
            chunk: Chunk::default(),
            full: Vec::new(),
        }
    }

    /// Adds lines: a batch with columns of `cost`, of which any may be absent; others are ignored.
    ///
    /// # Errors
    /// Columns of other types than `cost` has, and sums that no column holds.
    pub fn add(&mut self, lines: &RecordBatch) -> Result<(), RollupError> {
        let mut arrays = Vec::with_capacity(self.keys.len());
        for key in &mut self.keys {
            if let KeyValues::Text(texts) = &mut key.values {
                texts.start_array();
            }
            arrays.push(key_array(lines, key)?);
        }
        let mut amounts = [const { None }; SUMMED.len()];
        for (index, column) in SUMMED.iter().enumerate() {
            amounts[index] = decimal_array(lines, *column)?;
        }
        let mut start = 0;
        while start < lines.num_rows() {
            if self.keys.iter().map(Key::bytes).sum::<usize>() > COST_DAILY_TEXT_BYTES_MAX {
                self.flush()?;
                self.keys.iter_mut().for_each(Key::clear);
            }
            let end = lines.num_rows().min(start + CHUNK_ROWS);
            self.number(&arrays, start..end);
            self.sum(&amounts, start..end)?;
            start = end;
        }
        Ok(())
    }

    /// What had to be handed out to stay within the limit: partial sums, more of the same groups may
    /// follow.
    pub fn drain_full(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.full)
    }

    /// Everything that is left.
    ///
    /// # Errors
    /// Sums that no column holds.
    pub fn finish(mut self) -> Result<Vec<RecordBatch>, RollupError> {
        self.flush()?;
        Ok(self.full)
    }

    /// Groups held now.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Gives every value of some lines its number.
    fn number(&mut self, arrays: &[KeyArray<'_>], rows: Range<usize>) {
        self.chunk.start(rows.len(), self.keys.len());
        for (index, (key, array)) in self.keys.iter_mut().zip(arrays).enumerate() {
            match (&mut key.values, array) {
                // A column without a value in these lines is numbered zero already.
                (KeyValues::Text(texts), KeyArray::Text(array))
                    if array.null_count() < array.len() =>
                {
                    texts.ids(array, rows.clone(), &mut self.chunk.ids);
                    self.chunk.set(index, key.multiplier);
                }
                (KeyValues::Time(times), KeyArray::Time(array)) => {
                    number_times(times, array, 1, rows.clone(), &mut self.chunk.ids);
                    self.chunk.set(index, key.multiplier);
                }
                (KeyValues::Day(days), KeyArray::Time(array)) => {
                    number_times(days, array, DAY_NS, rows.clone(), &mut self.chunk.ids);
                    self.chunk.set(index, key.multiplier);
                }
                _ => {}
            }
        }
    }

    /// Adds the amounts of the lines that were numbered last to their groups.
    fn sum(
        &mut self,
        amounts: &[Option<&Decimal128Array>; SUMMED.len()],
        rows: Range<usize>,
    ) -> Result<(), RollupError> {
        for (offset, row) in rows.enumerate() {
            let group = match self.groups.find(&self.chunk, offset) {
                Some(group) => group,
                None => {
                    if self.groups.len() >= self.groups_max {
                        self.flush()?;
                    }
                    self.groups.insert(&self.chunk, offset)
                }
            };
            let sums = self.groups.sums(group);
            for (index, array) in amounts.iter().enumerate() {
                let Some(array) = array else { continue };
                if !array.is_null(row) {
                    sums.add(index, array.value(row));
                }
            }
        }
        Ok(())
    }

    /// Hands out all groups. The numbers of values stay, as lines that are numbered may follow.
    fn flush(&mut self) -> Result<(), RollupError> {
        let batches = self.groups.batches(&self.keys, BATCH_ROWS)?;
        self.full.extend(batches);
        self.groups.clear();
        Ok(())
    }
}

impl Key {
    fn bytes(&self) -> usize {
        match &self.values {
            KeyValues::Text(texts) => texts.bytes(),
            KeyValues::Time(times) | KeyValues::Day(times) => times.bytes(),
        }
    }

    fn clear(&mut self) {
        match &mut self.values {
            KeyValues::Text(texts) => texts.clear(),
            KeyValues::Time(times) | KeyValues::Day(times) => times.clear(),
        }
    }
}

/// Every column of `cost` that lines are grouped by.
fn key_columns() -> Vec<Key> {
    let mut keys = Vec::new();
    for (column, described) in cost::COLUMNS.iter().enumerate() {
        let values = match described.column_type {
            ColumnType::Text | ColumnType::Json => KeyValues::Text(TextIds::new()),
            // The end of a day follows from its start.
            _ if column == cost::CHARGE_PERIOD_END => continue,
            ColumnType::Timestamp if column == cost::CHARGE_PERIOD_START => {
                KeyValues::Day(IntIds::default())
            }
            ColumnType::Timestamp => KeyValues::Time(IntIds::default()),
            _ => continue,
        };
        // Odd and far apart: multiples of the golden ratio of 64 bits, mixed.
        let spread = (column as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let multiplier = (spread ^ spread >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) | 1;
        keys.push(Key { column, values, multiplier });
    }
    keys
}

fn number_times(
    numbers: &mut IntIds,
    array: &TimestampNanosecondArray,
    unit_ns: i64,
    rows: Range<usize>,
    ids: &mut Vec<u32>,
) {
    ids.clear();
    ids.extend(rows.map(|row| match array.is_null(row) {
        true => ABSENT,
        false => numbers.id(array.value(row).div_euclid(unit_ns)),
    }));
}

fn key_array<'a>(lines: &'a RecordBatch, key: &Key) -> Result<KeyArray<'a>, RollupError> {
    Ok(match key.values {
        KeyValues::Text(_) => match text_array(lines, key.column)? {
            Some(array) => KeyArray::Text(array),
            None => KeyArray::Missing,
        },
        _ => match time_array(lines, key.column)? {
            Some(array) => KeyArray::Time(array),
            None => KeyArray::Missing,
        },
    })
}

/// A text column of `cost` in a batch of lines.
pub(crate) fn text_array(
    lines: &RecordBatch,
    column: usize,
) -> Result<Option<&StringViewArray>, RollupError> {
    typed(lines, column, "text", |array| array.as_string_view_opt())
}

/// A column of instants.
pub(crate) fn time_array(
    lines: &RecordBatch,
    column: usize,
) -> Result<Option<&TimestampNanosecondArray>, RollupError> {
    typed(lines, column, "an instant in nanoseconds", |array| {
        array.as_primitive_opt::<TimestampNanosecondType>()
    })
}

/// A column of amounts.
pub(crate) fn decimal_array(
    lines: &RecordBatch,
    column: usize,
) -> Result<Option<&Decimal128Array>, RollupError> {
    typed(lines, column, "a decimal of 12 places", |array| {
        array
            .as_primitive_opt::<Decimal128Type>()
            .filter(|array| array.scale() == hannun_model::money::SCALE as i8)
    })
}

fn typed<'a, A>(
    lines: &'a RecordBatch,
    column: usize,
    expected: &'static str,
    cast: impl Fn(&'a dyn Array) -> Option<&'a A>,
) -> Result<Option<&'a A>, RollupError> {
    let name = cost::COLUMNS[column].name;
    let Some(array) = lines.column_by_name(name) else { return Ok(None) };
    let found =
        || RollupError::Type { column: name, expected, found: array.data_type().to_string() };
    cast(array.as_ref()).map(Some).ok_or_else(found)
}
