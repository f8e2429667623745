//! The text index: which parts of a file may hold a word.
//!
//! Each row group is cut into granules of [`TEXT_INDEX_GRANULE_ROWS`] rows, and each granule has a
//! split-block Bloom filter of the tokens in its text columns. The filters of a row group have the
//! same number of blocks and lie interleaved, block by block, so that one small read tests one token
//! against all of its granules. They stand in the data file itself, between the last row group and
//! the footer, so that they share its checksums, its publication and its end; other readers of
//! Parquet pass over them.

use crate::file::FileRecord;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;
use hannun_model::limits::{TEXT_INDEX_GRANULE_ROWS, TEXT_INDEX_GRANULE_TOKENS_MAX};
use hannun_model::table::Table;
use hannun_model::text::for_each_token;
use hannun_model::typed_json;
use hannun_model::value::{self, Value};
use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

/// A block is eight words of 32 bits; a token sets one bit in each.
const BLOCK_WORDS: usize = 8;
const BLOCK_BYTES: usize = BLOCK_WORDS * 4;
/// Bits of filter for each token: one wrong answer in a hundred.
const BITS_PER_TOKEN: usize = 10;
/// Multipliers that choose the bits, those of the Parquet format.
const SALTS: [u32; BLOCK_WORDS] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];
/// Values up to this length are remembered, so that a repeated one is cut into tokens once.
const REMEMBERED_VALUE_BYTES_MAX: usize = 128;

type Hashes = HashSet<u64, foldhash::fast::FixedState>;

/// Where the text index of a file is, as the catalog and the file itself say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextIndex {
    /// First byte in the file.
    pub offset: u64,
    /// In the order of the file's row groups.
    pub groups: Vec<TextIndexGroup>,
}

/// The filters of one row group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextIndexGroup {
    pub rows: u32,
    /// Blocks of each granule's filter.
    pub blocks: u32,
}

impl TextIndexGroup {
    /// How many granules the row group has.
    pub fn granules(&self) -> usize {
        (self.rows as usize).div_ceil(TEXT_INDEX_GRANULE_ROWS)
    }

    fn bytes(&self) -> u64 {
        u64::from(self.blocks) * self.row_bytes()
    }

    /// Bytes of one block of every granule.
    fn row_bytes(&self) -> u64 {
        (self.granules() * BLOCK_BYTES) as u64
    }
}

/// The hash under which a token is kept. Never changes, because files depend on it.
pub fn token_hash(token: &str) -> u64 {
    xxh3_64(token.as_bytes())
}

fn block_of(hash: u64, blocks: u32) -> usize {
    (((hash >> 32) * u64::from(blocks)) >> 32) as usize
}

fn masks(hash: u64) -> [u32; BLOCK_WORDS] {
    SALTS.map(|salt| 1 << ((hash as u32).wrapping_mul(salt) >> 27))
}

/// Gathers tokens while a file is written.
#[derive(Debug)]
pub struct TextIndexBuilder {
    table: Table,
    row_group_rows: usize,
    /// Rows of the current row group and of the current granule.
    group_rows: usize,
    granule_rows: usize,
    tokens: Hashes,
    values: Hashes,
    saturated: bool,
    /// Tokens of the finished granules of the current row group; `None` for too many.
    granules: Vec<Option<Vec<u64>>>,
    groups: Vec<TextIndexGroup>,
    filters: Vec<u8>,
    scratch: String,
}

impl TextIndexBuilder {
    /// For a file whose row groups have so many rows, the last one and those that are closed early
    /// fewer. `None` for a table without text.
    pub fn new(table: Table, row_group_rows: usize) -> Option<Self> {
        (!table.text_columns().is_empty()).then(|| Self {
            table,
            row_group_rows,
            group_rows: 0,
            granule_rows: 0,
            tokens: Hashes::default(),
            values: Hashes::default(),
            saturated: false,
            granules: Vec::new(),
            groups: Vec::new(),
            filters: Vec::new(),
            scratch: String::new(),
        })
    }

    /// Adds the next rows of the file.
    pub fn add(&mut self, records: &RecordBatch) {
        let mut from = 0;
        while from < records.num_rows() {
            let left_in_group = self.row_group_rows - self.group_rows;
            let left_in_granule = TEXT_INDEX_GRANULE_ROWS - self.granule_rows;
            let take = left_in_group.min(left_in_granule).min(records.num_rows() - from);
            self.add_to_granule(&records.slice(from, take));
            from += take;
            self.group_rows += take;
            self.granule_rows += take;
            if self.granule_rows == TEXT_INDEX_GRANULE_ROWS {
                self.close_granule();
            }
            if self.group_rows == self.row_group_rows {
                self.close_group();
            }
        }
    }

    /// Told that the row group ends here, if it has rows.
    pub fn close_group(&mut self) {
        if self.granule_rows > 0 {
            self.close_granule();
        }
        if self.group_rows == 0 {
            return;
        }
        let most = self.granules.iter().flatten().map(Vec::len).max().unwrap_or(0);
        let blocks = (most * BITS_PER_TOKEN).div_ceil(BLOCK_BYTES * 8).max(1);
        let group = TextIndexGroup { rows: self.group_rows as u32, blocks: blocks as u32 };
        let start = self.filters.len();
        self.filters.resize(start + group.bytes() as usize, 0);
        let stride = group.granules();
        for (granule, hashes) in self.granules.drain(..).enumerate() {
            let section = &mut self.filters[start..];
            let Some(hashes) = hashes else {
                saturate(section, granule, stride);
                continue;
            };
            for hash in hashes {
                let at = (block_of(hash, group.blocks) * stride + granule) * BLOCK_BYTES;
                insert(&mut section[at..at + BLOCK_BYTES], hash);
            }
        }
        self.groups.push(group);
        self.group_rows = 0;
    }

    /// The filters, and where they are once they stand at `offset` of the file.
    pub fn finish(mut self, offset: u64) -> (Vec<u8>, TextIndex) {
        self.close_group();
        (self.filters, TextIndex { offset, groups: self.groups })
    }

    fn close_granule(&mut self) {
        let hashes = (!self.saturated).then(|| self.tokens.drain().collect());
        self.granules.push(hashes);
        self.tokens.clear();
        self.values.clear();
        self.saturated = false;
        self.granule_rows = 0;
    }

    fn add_to_granule(&mut self, records: &RecordBatch) {
        for index in self.table.text_columns() {
            if self.saturated {
                return;
            }
            let column = &self.table.columns()[*index];
            if let Some(array) = records.column_by_name(column.name) {
                self.add_column(array);
            }
        }
    }

    fn add_column(&mut self, array: &ArrayRef) {
        match array.data_type() {
            DataType::Utf8View => {
                let mut last = None;
                for text in array.as_string_view().iter().flatten() {
                    // Rows of one service stand together.
                    if last != Some(text) {
                        self.add_value(text);
                        last = Some(text);
                    }
                }
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let values = map.values().as_string::<i32>();
                let offsets = map.value_offsets();
                let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else { return };
                for entry in *first as usize..*last as usize {
                    if values.is_valid(entry) {
                        self.add_value(values.value(entry));
                    }
                }
            }
            DataType::Int64 => {
                for number in array.as_primitive::<Int64Type>().iter().flatten() {
                    self.add_value(&number.unsigned_abs().to_string());
                }
            }
            other => debug_assert!(false, "{other} is not indexed as text"),
        }
    }

    fn add_value(&mut self, text: &str) {
        let remembered = text.len() <= REMEMBERED_VALUE_BYTES_MAX;
        if self.saturated || (remembered && !self.values.insert(xxh3_64(text.as_bytes()))) {
            return;
        }
        let tokens = &mut self.tokens;
        for_each_token(text, &mut self.scratch, |token| {
            tokens.insert(token_hash(token));
        });
        // In JSON an escape may touch a word, which is searched for as it was before.
        if text.contains('\\')
            && let Ok(value) = typed_json::read(text.trim_start_matches(value::JSON))
        {
            add_texts(&value, tokens, &mut self.scratch);
        }
        if self.tokens.len() > TEXT_INDEX_GRANULE_TOKENS_MAX {
            self.saturated = true;
            self.tokens.clear();
        }
    }
}

/// Adds the tokens of every text in a value.
fn add_texts(value: &Value, tokens: &mut Hashes, scratch: &mut String) {
    match value {
        Value::Text(text) => for_each_token(text, scratch, |token| {
            tokens.insert(token_hash(token));
        }),
        Value::Array(items) => items.iter().for_each(|item| add_texts(item, tokens, scratch)),
        Value::Map(entries) => {
            entries.iter().for_each(|(_, item)| add_texts(item, tokens, scratch));
        }
        _ => {}
    }
}

fn insert(block: &mut [u8], hash: u64) {
    for (word, mask) in block.chunks_exact_mut(4).zip(masks(hash)) {
        for (byte, mask) in word.iter_mut().zip(mask.to_le_bytes()) {
            *byte |= mask;
        }
    }
}

fn contains(block: &[u8], hash: u64) -> bool {
    block.chunks_exact(4).zip(masks(hash)).all(|(word, mask)| {
        word.iter().zip(mask.to_le_bytes()).all(|(byte, mask)| byte & mask == mask)
    })
}

/// Makes a granule answer yes to every token.
fn saturate(section: &mut [u8], granule: usize, stride: usize) {
    for row in section.chunks_exact_mut(stride * BLOCK_BYTES) {
        row[granule * BLOCK_BYTES..(granule + 1) * BLOCK_BYTES].fill(u8::MAX);
    }
}

/// What the text of a row has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Nothing that the index could know.
    Nothing,
    /// This token, by its hash.
    Token(u64),
    All(Vec<Needs>),
    Any(Vec<Needs>),
}

impl Needs {
    /// Every one of these tokens.
    pub fn tokens<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let tokens = tokens.into_iter().map(|token| Self::Token(token_hash(token.as_ref())));
        let tokens: Vec<Self> = tokens.collect();
        if tokens.is_empty() { Self::Nothing } else { Self::All(tokens) }
    }

    /// Whether no granule can be ruled out.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Token(_) => false,
            Self::All(parts) => parts.iter().all(Self::is_nothing),
            Self::Any(parts) => parts.iter().any(Self::is_nothing),
        }
    }

    /// The hashes that are asked for.
    pub fn hashes(&self, out: &mut Vec<u64>) {
        match self {
            Self::Nothing => {}
            Self::Token(hash) => out.push(*hash),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|it| it.hashes(out)),
        }
    }

    fn may_be_met(&self, has: &impl Fn(u64) -> bool) -> bool {
        match self {
            Self::Nothing => true,
            Self::Token(hash) => has(*hash),
            Self::All(parts) => parts.iter().all(|part| part.may_be_met(has)),
            Self::Any(parts) => parts.iter().any(|part| part.may_be_met(has)),
        }
    }
}

/// For each row group of a file: which of its granules may hold rows that are wanted.
pub type Granules = Vec<Vec<bool>>;

/// Looks a file's index up; `None` when the file has none and so must be read whole.
pub async fn candidates(
    store: &dyn ObjectStore,
    file: &FileRecord,
    needs: &Needs,
) -> object_store::Result<Option<Granules>> {
    let Some(index) = &file.text_index else { return Ok(None) };
    let mut hashes = Vec::new();
    needs.hashes(&mut hashes);
    hashes.sort_unstable();
    hashes.dedup();
    let mut ranges = Vec::new();
    let mut start = index.offset;
    for group in &index.groups {
        ranges.extend(hashes.iter().map(|hash| block_range(*hash, start, group)));
        start += group.bytes();
    }
    let blocks = store.get_ranges(&ObjectPath::from(file.path.as_str()), &ranges).await?;
    let granules = index.groups.iter().zip(blocks.chunks(hashes.len().max(1)));
    Ok(Some(granules.map(|(group, blocks)| test(group, &hashes, blocks, needs)).collect()))
}

fn block_range(hash: u64, start: u64, group: &TextIndexGroup) -> Range<u64> {
    let row_bytes = group.row_bytes();
    let from = start + block_of(hash, group.blocks) as u64 * row_bytes;
    from..from + row_bytes
}

fn test(group: &TextIndexGroup, hashes: &[u64], blocks: &[Bytes], needs: &Needs) -> Vec<bool> {
    let by_hash: HashMap<u64, &Bytes> = hashes.iter().copied().zip(blocks).collect();
    (0..group.granules())
        .map(|granule| {
            needs.may_be_met(&|hash| {
                let block = by_hash
                    .get(&hash)
                    .and_then(|row| row.get(granule * BLOCK_BYTES..(granule + 1) * BLOCK_BYTES));
                block.is_none_or(|block| contains(block, hash))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
