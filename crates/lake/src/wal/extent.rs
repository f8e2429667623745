//! What a log holds, without replaying it: for start-up checks, rebuilds and reports.

use super::files::WalFiles;
use super::format::{Item, SegmentReader};
use super::payload;
use crate::file::WalRange;
use hannun_model::table::Table;
use std::io;

/// A run of bytes of the log that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// First position of the segment, which is its name.
    pub segment: u64,
    /// Bytes `from..to` of the segment.
    pub from: usize,
    pub to: usize,
    /// The last position that was read before it.
    pub after: u64,
    /// A write at the end of the log that never finished and so was never acknowledged.
    pub torn: bool,
}

/// The readable records of a log.
#[derive(Debug, Clone, Default)]
pub struct LogExtent {
    /// Positions of all readable records, ascending.
    pub positions: Vec<u64>,
    pub damages: Vec<Damage>,
    pub segments: usize,
}

impl LogExtent {
    /// Reads the whole log and changes nothing.
    pub fn read(wal: &dyn WalFiles) -> io::Result<Self> {
        Self::visit(wal, |_, _| {})
    }

    /// Reads the whole log and tells the payload of each record with its position.
    pub fn visit(wal: &dyn WalFiles, mut tell: impl FnMut(u64, &[u8])) -> io::Result<Self> {
        let segments = wal.list()?;
        let mut extent = Self { segments: segments.len(), ..Self::default() };
        for (index, segment) in segments.iter().copied().enumerate() {
            let bytes = wal.read(segment)?;
            for item in SegmentReader::new(&bytes) {
                match item {
                    Item::Record(record) => {
                        extent.positions.push(record.position);
                        tell(record.position, record.payload);
                    }
                    Item::Damage { from, to, torn } => extent.damages.push(Damage {
                        segment,
                        from,
                        to,
                        after: extent.positions.last().copied().unwrap_or(0),
                        torn: torn && index + 1 == segments.len(),
                    }),
                }
            }
        }
        Ok(extent)
    }

    /// Whether a replay gives back every row of this range. Both ends of the range of a flush are
    /// positions of rows, so a log that lost either does not hold it.
    pub fn holds(&self, wal: WalRange) -> bool {
        let has = |position: u64| self.positions.binary_search(&position).is_ok();
        let damaged = self
            .damages
            .iter()
            .any(|damage| !damage.torn && (wal.after..wal.up_to).contains(&damage.after));
        has(wal.after.saturating_add(1)) && has(wal.up_to) && !damaged
    }
}

/// Rows of each table in the payload of a record.
pub fn rows_by_table(payload: &[u8]) -> Result<Vec<(Table, usize)>, payload::PayloadError> {
    let batches = payload::decode(payload)?;
    Ok(batches.iter().map(|batch| (batch.table(), batch.rows())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_held_only_with_both_ends_and_no_damage_between() {
        let mut extent = LogExtent { positions: vec![4, 5, 9], ..LogExtent::default() };
        assert!(extent.holds(WalRange { after: 3, up_to: 9 }));
        assert!(extent.holds(WalRange { after: 4, up_to: 5 }));
        assert!(!extent.holds(WalRange { after: 2, up_to: 9 }), "its beginning was released");
        assert!(!extent.holds(WalRange { after: 3, up_to: 10 }), "its end is missing");
        extent.damages.push(Damage { segment: 4, from: 0, to: 9, after: 5, torn: false });
        assert!(!extent.holds(WalRange { after: 3, up_to: 9 }));
        assert!(extent.holds(WalRange { after: 3, up_to: 5 }));
    }
}
