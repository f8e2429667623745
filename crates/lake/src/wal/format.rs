//! Bytes of the log.
//!
//! ```text
//! segment = "HNWAL001" count:u32 (hash:u128 stored_ms:u64)* crc:u32 record*
//! record  = "HREC" length:u32 crc:u32 position:u64 hash:u128 stored_ms:u64 payload
//! ```
//!
//! Numbers are little-endian. `crc` is CRC-32C over what follows it in a record and over what
//! precedes it in the head of a segment. `length` counts from `position` to the end. The mark at
//! the start of each record lets a reader find the next one after damage.

/// First bytes of a segment: name and version of the format.
pub const SEGMENT_MAGIC: &[u8; 8] = b"HNWAL001";
const RECORD_MAGIC: &[u8; 4] = b"HREC";
const RECORD_HEAD_BYTES: usize = 12;
const RECORD_FIXED_BYTES: usize = 8 + 16 + 8;
const REMEMBERED_BYTES: usize = 16 + 8;

/// A request remembered for retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    pub hash: u128,
    /// When it was stored, milliseconds since 1970.
    pub stored_ms: u64,
}

/// One record as read from a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub position: u64,
    pub remembered: Remembered,
    pub payload: &'a [u8],
}

/// Appends the head of a segment.
pub fn write_segment_head(out: &mut Vec<u8>, remembered: &[Remembered]) {
    let start = out.len();
    out.extend_from_slice(SEGMENT_MAGIC);
    out.extend_from_slice(&(remembered.len() as u32).to_le_bytes());
    for request in remembered {
        out.extend_from_slice(&request.hash.to_le_bytes());
        out.extend_from_slice(&request.stored_ms.to_le_bytes());
    }
    let crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
}

/// Bytes of a record before its position is known; [`seal_record`] makes it whole.
pub fn begin_record(remembered: Remembered, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(RECORD_HEAD_BYTES + RECORD_FIXED_BYTES + payload.len());
    out.extend_from_slice(RECORD_MAGIC);
    out.extend_from_slice(&((RECORD_FIXED_BYTES + payload.len()) as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&remembered.hash.to_le_bytes());
    out.extend_from_slice(&remembered.stored_ms.to_le_bytes());
    out.extend_from_slice(payload);
    out
}

/// Writes the position and the checksum into a record.
pub fn seal_record(record: &mut [u8], position: u64) {
    record[RECORD_HEAD_BYTES..RECORD_HEAD_BYTES + 8].copy_from_slice(&position.to_le_bytes());
    let crc = crc32c::crc32c(&record[RECORD_HEAD_BYTES..]);
    record[8..RECORD_HEAD_BYTES].copy_from_slice(&crc.to_le_bytes());
}

/// What a reader met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    Record(Record<'a>),
    /// Bytes `from..to` of the segment are not a valid record. `torn` when they are the end of the
    /// segment and shorter than the record they begin: a write that never finished, and so was
    /// never acknowledged.
    Damage {
        from: usize,
        to: usize,
        torn: bool,
    },
}

/// Reads a segment from its first byte to its last.
#[derive(Debug)]
pub struct SegmentReader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Requests that the head of the segment remembers.
    pub remembered: Vec<Remembered>,
    head_is_damaged: bool,
}

impl<'a> SegmentReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        match read_head(bytes) {
            Some((remembered, at)) => Self { bytes, at, remembered, head_is_damaged: false },
            None => Self { bytes, at: 0, remembered: Vec::new(), head_is_damaged: true },
        }
    }

    /// The next record whose checksum holds, starting the search at `from`.
    fn find_record(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while at + RECORD_HEAD_BYTES <= self.bytes.len() {
            let found = find(&self.bytes[at..], RECORD_MAGIC)?;
            at += found;
            if read_record(self.bytes, at).is_some() {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}

impl<'a> Iterator for SegmentReader<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if self.at >= self.bytes.len() && !self.head_is_damaged {
            return None;
        }
        if !self.head_is_damaged
            && let Some((record, end)) = read_record(self.bytes, self.at)
        {
            self.at = end;
            return Some(Item::Record(record));
        }
        self.head_is_damaged = false;
        let from = self.at;
        self.at = self.find_record(from).unwrap_or(self.bytes.len());
        let torn = self.at == self.bytes.len() && is_short(&self.bytes[from..]);
        Some(Item::Damage { from, to: self.at, torn })
    }
}

/// Whether these bytes are the beginning of a record or segment that ends too early. After a power
/// cut a file may also have its new length and zeros where nothing was written yet.
fn is_short(bytes: &[u8]) -> bool {
    if bytes.iter().all(|byte| *byte == 0) {
        return true;
    }
    if bytes.len() < RECORD_HEAD_BYTES || bytes.starts_with(SEGMENT_MAGIC) {
        return true;
    }
    let length = u32_at(bytes, 4).unwrap_or(0) as usize;
    bytes.starts_with(RECORD_MAGIC) && RECORD_HEAD_BYTES.saturating_add(length) > bytes.len()
}

fn find(haystack: &[u8], needle: &[u8; 4]) -> Option<usize> {
    haystack.windows(4).position(|window| window == needle)
}

fn read_head(bytes: &[u8]) -> Option<(Vec<Remembered>, usize)> {
    if bytes.get(..8)? != SEGMENT_MAGIC {
        return None;
    }
    let count = u32_at(bytes, 8)? as usize;
    let end = count.checked_mul(REMEMBERED_BYTES)?.checked_add(12)?;
    if crc32c::crc32c(bytes.get(..end)?) != u32_at(bytes, end)? {
        return None;
    }
    let remembered = bytes[12..end]
        .chunks_exact(REMEMBERED_BYTES)
        .filter_map(|entry| {
            Some(Remembered {
                hash: u128::from_le_bytes(entry.get(..16)?.try_into().ok()?),
                stored_ms: u64_at(entry, 16)?,
            })
        })
        .collect();
    Some((remembered, end + 4))
}

fn read_record(bytes: &[u8], at: usize) -> Option<(Record<'_>, usize)> {
    let head = bytes.get(at..at.checked_add(RECORD_HEAD_BYTES)?)?;
    if &head[..4] != RECORD_MAGIC {
        return None;
    }
    let length = u32_at(head, 4)? as usize;
    let crc = u32_at(head, 8)?;
    let start = at + RECORD_HEAD_BYTES;
    let body = bytes.get(start..start.checked_add(length)?)?;
    if length < RECORD_FIXED_BYTES || crc32c::crc32c(body) != crc {
        return None;
    }
    let record = Record {
        position: u64_at(body, 0)?,
        remembered: Remembered {
            hash: u128::from_le_bytes(body.get(8..24)?.try_into().ok()?),
            stored_ms: u64_at(body, 24)?,
        },
        payload: &body[RECORD_FIXED_BYTES..],
    };
    Some((record, start + length))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_segment_head(&mut bytes, &[Remembered { hash: 7, stored_ms: 8 }]);
        for (index, payload) in payloads.iter().enumerate() {
            let mut record =
                begin_record(Remembered { hash: index as u128, stored_ms: 1 }, payload);
            seal_record(&mut record, index as u64 + 10);
            bytes.extend_from_slice(&record);
        }
        bytes
    }

    fn positions(bytes: &[u8]) -> Vec<u64> {
        SegmentReader::new(bytes)
            .filter_map(|item| match item {
                Item::Record(record) => Some(record.position),
                Item::Damage { .. } => None,
            })
            .collect()
    }

    #[test]
    fn a_segment_reads_back_with_its_remembered_requests() {
        let bytes = segment(&[b"one".to_vec(), Vec::new(), b"HREC".to_vec()]);
        let reader = SegmentReader::new(&bytes);
        assert_eq!(reader.remembered, vec![Remembered { hash: 7, stored_ms: 8 }]);
        assert_eq!(positions(&bytes), vec![10, 11, 12]);
    }

    #[test]
    fn a_tail_of_zeros_is_torn_not_damaged() {
        let mut bytes = segment(&[b"one".to_vec()]);
        let end = bytes.len();
        bytes.extend([0; 100]);
        let last = SegmentReader::new(&bytes).last();
        assert_eq!(last, Some(Item::Damage { from: end, to: end + 100, torn: true }));
    }

    proptest! {
        #[test]
        fn a_torn_tail_loses_only_what_was_not_whole(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = segment(&payloads);
            let head = segment(&[]).len();
            let cut = head + cut.index(whole.len() - head + 1);
            let mut end = head;
            let mut expected = Vec::new();
            for (index, payload) in payloads.iter().enumerate() {
                end += RECORD_HEAD_BYTES + RECORD_FIXED_BYTES + payload.len();
                if end <= cut {
                    expected.push(index as u64 + 10);
                }
            }
            prop_assert_eq!(positions(&whole[..cut]), expected);
        }

        #[test]
        fn one_flipped_bit_loses_one_record_at_most(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 2..6),
            at in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let mut bytes = segment(&payloads);
            let head = segment(&[]).len();
            let at = head + at.index(bytes.len() - head);
            bytes[at] ^= 1 << bit;
            let read = positions(&bytes);
            prop_assert_eq!(read.len(), payloads.len() - 1, "a flip is always noticed");
            let damage = SegmentReader::new(&bytes).filter(|item| matches!(item, Item::Damage { .. }));
            prop_assert_eq!(damage.count(), 1);
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = positions(&bytes);
        }
    }
}
