//! A column of text, whose distinct texts are kept once.

use arrow::array::{ArrayRef, StringViewBuilder, UInt32Array};
use arrow::buffer::Buffer;
use arrow::error::ArrowError;
use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Key of null.
const NULL: u32 = 0;

/// Texts of a column by key. Lines of a bill repeat the texts of the line before, and have few
/// distinct ones in a batch: so a line costs a comparison or a look-up, and four bytes.
#[derive(Default)]
pub(super) struct TextColumn {
    /// Key of the text of each line.
    keys: Vec<u32>,
    /// Distinct texts one after another; key `k` is the one that ends at `ends[k - 1]`.
    texts: String,
    ends: Vec<usize>,
    hashes: Vec<u32>,
    /// Open addressing: keys by hash, [`NULL`] where nothing is.
    slots: Vec<u32>,
    last: u32,
    hasher: RandomState,
}

impl TextColumn {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Sets the text of `line`; lines before it that have none become null. A second text for the
    /// same line is left aside. Returns the bytes that this takes beyond those of a key.
    #[inline]
    pub(super) fn push(&mut self, line: usize, text: &str) -> usize {
        if self.keys.len() > line {
            return 0;
        }
        self.keys.resize(line, NULL);
        let before = self.texts.len();
        if self.last == NULL || self.text(self.last) != text {
            self.last = self.key(text);
        }
        self.keys.push(self.last);
        self.texts.len() - before
    }

    #[inline]
    fn text(&self, key: u32) -> &str {
        let index = key as usize - 1;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.texts[start..self.ends[index]]
    }

    fn key(&mut self, text: &str) -> u32 {
        if self.slots.len() < (self.ends.len() + 1) * 2 {
            self.grow();
        }
        let hash = self.hasher.hash_one(text) as u32;
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                NULL => break,
                key if self.hashes[key as usize - 1] == hash && self.text(key) == text => {
                    return key;
                }
                _ => slot = (slot + 1) & mask,
            }
        }
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        self.hashes.push(hash);
        let key = self.ends.len() as u32;
        self.slots[slot] = key;
        key
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        self.slots.clear();
        self.slots.resize(size, NULL);
        for (index, hash) in self.hashes.iter().enumerate() {
            let mut slot = *hash as usize & (size - 1);
            while self.slots[slot] != NULL {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = index as u32 + 1;
        }
    }

    /// The column for `lines` lines; what was not set is null. The column is empty afterwards.
    pub(super) fn take(&mut self, lines: usize) -> Result<ArrayRef, ArrowError> {
        self.keys.resize(lines, NULL);
        let mut distinct = StringViewBuilder::with_capacity(self.ends.len() + 1);
        let block =
            distinct.append_block(Buffer::from(std::mem::take(&mut self.texts).into_bytes()));
        distinct.append_null();
        let mut start = 0;
        for end in &self.ends {
            distinct.try_append_view(block, start as u32, (end - start) as u32)?;
            start = *end;
        }
        let keys = UInt32Array::from(std::mem::take(&mut self.keys));
        self.ends.clear();
        self.hashes.clear();
        self.slots.fill(NULL);
        self.last = NULL;
        arrow::compute::take(&distinct.finish(), &keys, None)
    }
}
