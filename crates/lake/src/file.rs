//! What the catalog knows of a data file, and what the file says of itself.

use crate::text_index::TextIndex;
use hannun_model::limits::WINDOW_SECONDS;
use hannun_model::table::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a file that share a checksum. Every read is widened to such blocks: smaller ones cost
/// more memory for checksums, larger ones more reading around what is asked. Never changes, because
/// the checksums in catalogs depend on it.
pub const CHECKSUM_BLOCK_BYTES: usize = 64 * 1024;

/// Key of the file's own description in its Parquet key-value metadata.
pub const FILE_METADATA_KEY: &str = "hannun.file";

/// Positions of the write-ahead log: `after < position <= up_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalRange {
    pub after: u64,
    pub up_to: u64,
}

/// How a file came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Published from the live buffer together with `siblings` (ids of all files of that publish,
    /// its own included): rows of one table in `wal`.
    Flush { wal: WalRange, siblings: Vec<String> },
    /// Merged from these files. `checkpoint` is the table's checkpoint when it was merged.
    Compaction { inputs: Vec<String>, checkpoint: u64 },
}

/// Smallest and largest value of a column in a file, as text that sorts like the values: for
/// integers and timestamps decimal digits are parsed by the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    pub min: Option<String>,
    pub max: Option<String>,
    pub null_count: u64,
    /// All distinct values, when they are few; `None` when they are too many to list.
    pub values: Option<Vec<String>>,
}

/// A data file as it is written in the catalog and in the file itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// ULID; unique over all tables and time.
    pub id: String,
    /// Name of the table.
    pub table: String,
    /// Start of the time window in seconds since 1970, a multiple of [`WINDOW_SECONDS`].
    pub window_start: i64,
    /// Path in the object store.
    pub path: String,
    pub rows: u64,
    /// Size of the file. Zero in the file's own copy, which cannot know it.
    pub bytes: u64,
    /// Bytes of the rows in memory before encoding.
    pub raw_bytes: u64,
    /// Smallest and largest value of the table's time column, nanoseconds.
    pub min_time: i64,
    pub max_time: i64,
    /// 0 for a flush, one more than its inputs for a compaction.
    pub level: u32,
    pub schema_version: u32,
    pub origin: Origin,
    /// By column name: the identity columns of the table.
    pub columns: BTreeMap<String, ColumnStatistics>,
    /// How many days the rows are kept, when a pipeline said so; else as long as the table.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Where the text index is; files written before there was one have none.
    #[serde(default)]
    pub text_index: Option<TextIndex>,
    /// Field ids of the columns that are in the file.
    pub field_ids: Vec<i32>,
    /// CRC-32C of each block of [`CHECKSUM_BLOCK_BYTES`]; the last block may be shorter. Empty in
    /// the file's own copy, which cannot know them.
    pub checksums: Vec<u32>,
}

impl FileRecord {
    /// The table, when this version of Hannun knows it.
    pub fn table(&self) -> Option<Table> {
        Table::by_name(&self.table)
    }
}

/// Gathers the checksums of a file as its bytes pass by.
#[derive(Debug, Clone, Default)]
pub struct BlockChecksums {
    finished: Vec<u32>,
    current: u32,
    current_bytes: usize,
    total_bytes: u64,
}

impl BlockChecksums {
    /// Adds the next bytes of the file.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.total_bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let take = bytes.len().min(CHECKSUM_BLOCK_BYTES - self.current_bytes);
            let (block, rest) = bytes.split_at(take);
            self.current = crc32c::crc32c_append(self.current, block);
            self.current_bytes += take;
            if self.current_bytes == CHECKSUM_BLOCK_BYTES {
                self.finished.push(std::mem::take(&mut self.current));
                self.current_bytes = 0;
            }
            bytes = rest;
        }
    }

    /// How many bytes passed.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// The checksums of [`FileRecord::checksums`].
    pub fn finish(mut self) -> Vec<u32> {
        if self.current_bytes > 0 {
            self.finished.push(self.current);
        }
        self.finished
    }
}

/// The checksums of a file whose bytes are at hand.
pub fn block_checksums(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks(CHECKSUM_BLOCK_BYTES).map(crc32c::crc32c).collect()
}

/// Start of the window that holds this time, in seconds.
pub fn window_start(time_ns: i64) -> i64 {
    time_ns.div_euclid(1_000_000_000).div_euclid(WINDOW_SECONDS) * WINDOW_SECONDS
}

/// Path of a data file in the object store.
pub fn data_path(table: Table, window_start: i64, id: &str) -> String {
    format!("{}/{window_start}/{id}.parquet", table.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn checksums_do_not_depend_on_how_the_bytes_arrive(
            length in 0usize..4 * CHECKSUM_BLOCK_BYTES,
            cuts in proptest::collection::vec(0usize..4 * CHECKSUM_BLOCK_BYTES, 0..6),
        ) {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 + at / 251) as u8).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(length)).collect();
            cuts.sort_unstable();
            let mut checksums = BlockChecksums::default();
            let mut from = 0;
            for to in cuts.into_iter().chain([length]) {
                checksums.update(&bytes[from..to]);
                from = to;
            }
            prop_assert_eq!(checksums.total_bytes(), length as u64);
            prop_assert_eq!(checksums.finish(), block_checksums(&bytes));
        }
    }

    #[test]
    fn windows_start_at_multiples_also_before_1970() {
        assert_eq!(window_start(0), 0);
        assert_eq!(window_start(-1), -WINDOW_SECONDS);
        assert_eq!(window_start(WINDOW_SECONDS * 1_000_000_000), WINDOW_SECONDS);
    }
}
