//! File records made from a seed, with text that is awkward to store.

use hannun_lake::file::{ColumnStatistics, FileRecord, Origin, WalRange};
use hannun_lake::text_index::{TextIndex, TextIndexGroup};
use hannun_model::limits::WINDOW_SECONDS;

const AWKWARD: [&str; 8] = [
    "주문-서비스",
    "it's \"quoted\"",
    "back\\slash\nnew line\ttab",
    "zero\0byte",
    "$1; DROP TABLE file; --",
    "",
    "🦀 emoji",
    "plain",
];

/// SplitMix64: small, and the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    fn text(&mut self) -> String {
        format!("{}{}", AWKWARD[self.index(AWKWARD.len())], AWKWARD[self.index(AWKWARD.len())])
    }

    fn maybe<Value>(&mut self, make: impl FnOnce(&mut Self) -> Value) -> Option<Value> {
        (self.below(3) > 0).then(|| make(self))
    }
}

/// A file of the table in one of four windows, one of them before 1970.
pub fn random_file(random: &mut Random, table: &str) -> FileRecord {
    let id = format!("{:016X}{:010X}", random.next(), random.below(1 << 40));
    let window_start = (i64::try_from(random.below(4)).unwrap() - 1) * WINDOW_SECONDS;
    let origin = if random.below(2) == 0 {
        let after = random.below(1 << 40);
        let wal = WalRange { after, up_to: after + random.below(1000) };
        Origin::Flush { wal, siblings: vec![id.clone(), "sibling".to_owned()] }
    } else {
        let inputs = (0..random.below(4)).map(|_| format!("{:X}", random.next())).collect();
        Origin::Compaction { inputs, checkpoint: random.below(1 << 50) }
    };
    let columns = ["service_name", "name", "이름"].into_iter().take(random.index(4));
    FileRecord {
        path: format!("{table}/{window_start}/{id}.parquet"),
        table: table.to_owned(),
        window_start,
        rows: 1 + random.below(1_000_000),
        bytes: random.below(1 << 50),
        raw_bytes: random.below(1 << 50),
        min_time: i64::MIN + i64::try_from(random.below(1 << 60)).unwrap(),
        max_time: i64::MAX - i64::try_from(random.below(1 << 60)).unwrap(),
        level: u32::try_from(random.below(1 << 32)).unwrap(),
        schema_version: u32::try_from(random.below(9)).unwrap(),
        origin,
        columns: columns.map(|name| (name.to_owned(), random_column(random))).collect(),
        retention_days: random.maybe(|random| random.below(400) as u32),
        text_index: random.maybe(|random| TextIndex {
            offset: random.below(1 << 40),
            groups: (0..random.below(3))
                .map(|_| TextIndexGroup {
                    rows: 1 + random.below(131_072) as u32,
                    blocks: random.below(1 << 20) as u32,
                })
                .collect(),
        }),
        field_ids: (0..random.below(5)).map(|id| 100 * i32::try_from(id).unwrap() - 1).collect(),
        checksums: (0..random.below(9)).map(|_| u32::MAX - (random.next() >> 33) as u32).collect(),
        id,
    }
}

fn random_column(random: &mut Random) -> ColumnStatistics {
    ColumnStatistics {
        min: random.maybe(Random::text),
        max: random.maybe(Random::text),
        null_count: random.below(1000),
        values: random.maybe(|random| (0..random.below(5)).map(|_| random.text()).collect()),
    }
}
