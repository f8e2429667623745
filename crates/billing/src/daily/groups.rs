//! The groups of a rollup: what lines have in common, and the sums of their amounts.

use super::ids::{ABSENT, IdTable, IntIds};
use super::{DAY_NS, Key, KeyValues, RollupError, SUMMED};
use arrow::array::{
    ArrayRef, Decimal128Array, RecordBatch, StringViewArray, TimestampNanosecondArray, UInt32Array,
};
use arrow::compute::take;
use arrow::datatypes::Schema;
use hannun_model::cost;
use hannun_model::money::{Money, PRECISION, SCALE};
use std::ops::Range;
use std::sync::Arc;

/// Lines whose values have numbers: one row of numbers a line.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    width: usize,
    keys: Vec<u32>,
    hashes: Vec<u64>,
    /// The numbers of one column, before they are put into the rows.
    pub(super) ids: Vec<u32>,
}

impl Chunk {
    pub(super) fn start(&mut self, rows: usize, width: usize) {
        self.width = width;
        self.keys.clear();
        self.keys.resize(rows * width, ABSENT);
        self.hashes.clear();
        self.hashes.resize(rows, 0);
    }

    /// Puts the numbers in `ids` into the rows as their column `index`.
    ///
    /// The hash of a line is the sum of numbers × the multiplier of their column (multilinear
    /// hashing), which is added to column by column.
    pub(super) fn set(&mut self, index: usize, multiplier: u64) {
        for (row, id) in self.keys.chunks_exact_mut(self.width).zip(&self.ids) {
            row[index] = *id;
        }
        for (hash, id) in self.hashes.iter_mut().zip(&self.ids) {
            *hash = hash.wrapping_add(multiplier.wrapping_mul(u64::from(*id)));
        }
    }

    fn key(&self, row: usize) -> &[u32] {
        &self.keys[row * self.width..][..self.width]
    }
}

/// The sums of a group. A sum of nothing is absent, not zero.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    amounts: [i128; SUMMED.len()],
    present: u16,
}

impl Sums {
    #[inline]
    pub(super) fn add(&mut self, index: usize, units: i128) {
        // Amounts of a column have 28 digits, an i128 has room for the sum of 10¹⁰ of them.
        self.amounts[index] += units;
        self.present |= 1 << index;
    }

    fn get(&self, index: usize) -> Option<i128> {
        (self.present & 1 << index != 0).then(|| self.amounts[index])
    }
}

#[derive(Debug)]
pub(super) struct Groups {
    width: usize,
    table: IdTable,
    keys: Vec<u32>,
    sums: Vec<Sums>,
}

impl Groups {
    pub(super) fn new(width: usize) -> Self {
        Self { width, table: IdTable::new(), keys: Vec::new(), sums: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.sums.len()
    }

    #[inline]
    pub(super) fn find(&self, chunk: &Chunk, row: usize) -> Option<u32> {
        let key = chunk.key(row);
        self.table.find(chunk.hashes[row], |group| self.key(group as usize) == key)
    }

    pub(super) fn insert(&mut self, chunk: &Chunk, row: usize) -> u32 {
        let group = self.sums.len() as u32;
        self.keys.extend_from_slice(chunk.key(row));
        self.sums.push(Sums::default());
        self.table.insert(chunk.hashes[row], group);
        group
    }

    #[inline]
    pub(super) fn sums(&mut self, group: u32) -> &mut Sums {
        &mut self.sums[group as usize]
    }

    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.keys.clear();
        self.sums.clear();
    }

    fn key(&self, group: usize) -> &[u32] {
        &self.keys[group * self.width..][..self.width]
    }

    /// All groups in the columns of `cost`, without the columns that have no value.
    pub(super) fn batches(
        &self,
        keys: &[Key],
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, RollupError> {
        let texts: Vec<Option<StringViewArray>> = keys
            .iter()
            .map(|key| match &key.values {
                KeyValues::Text(texts) if !self.is_empty() => Some(texts.array()),
                _ => None,
            })
            .collect();
        let starts = (0..self.len()).step_by(batch_rows);
        starts
            .map(|start| self.batch(keys, &texts, start..self.len().min(start + batch_rows)))
            .collect()
    }

    fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    fn batch(
        &self,
        keys: &[Key],
        texts: &[Option<StringViewArray>],
        groups: Range<usize>,
    ) -> Result<RecordBatch, RollupError> {
        let mut columns: Vec<(usize, ArrayRef)> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match (&key.values, &texts[index]) {
                (KeyValues::Text(_), Some(texts)) => {
                    let ids: UInt32Array =
                        groups.clone().map(|group| self.key(group)[index].checked_sub(1)).collect();
                    columns.push((key.column, take(texts, &ids, None)?));
                }
                (KeyValues::Time(times), _) => {
                    columns.push((key.column, self.times(index, times, 1, 0, &groups)));
                }
                (KeyValues::Day(days), _) => {
                    let start = self.times(index, days, DAY_NS, 0, &groups);
                    columns.push((cost::CHARGE_PERIOD_START, start));
                    let end = self.times(index, days, DAY_NS, 1, &groups);
                    columns.push((cost::CHARGE_PERIOD_END, end));
                }
                _ => {}
            }
        }
        for (index, column) in SUMMED.iter().enumerate() {
            columns.push((*column, self.amounts(index, *column, &groups)?));
        }
        columns.retain(|(_, array)| array.null_count() < array.len());
        columns.sort_by_key(|(column, _)| *column);
        let all = cost::schema();
        let fields: Vec<_> =
            columns.iter().map(|(column, _)| all.fields()[*column].clone()).collect();
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }

    fn times(
        &self,
        index: usize,
        numbers: &IntIds,
        unit_ns: i64,
        units_later: i64,
        groups: &Range<usize>,
    ) -> ArrayRef {
        let instants = groups.clone().map(|group| match self.key(group)[index] {
            ABSENT => None,
            id => numbers.value(id).checked_add(units_later)?.checked_mul(unit_ns),
        });
        Arc::new(instants.collect::<TimestampNanosecondArray>().with_timezone("UTC"))
    }

    fn amounts(
        &self,
        index: usize,
        column: usize,
        groups: &Range<usize>,
    ) -> Result<ArrayRef, RollupError> {
        let sums = &self.sums[groups.clone()];
        let too_large = sums
            .iter()
            .filter_map(|sums| sums.get(index))
            .any(|units| Money::from_units(units).checked_add(Money::ZERO).is_none());
        if too_large {
            return Err(RollupError::TooLarge { column: cost::COLUMNS[column].name });
        }
        let array: Decimal128Array = sums.iter().map(|sums| sums.get(index)).collect();
        Ok(Arc::new(array.with_precision_and_scale(PRECISION, SCALE as i8)?))
    }
}
