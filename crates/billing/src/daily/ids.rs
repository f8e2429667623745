//! Small numbers for texts and instants, so that a line's group is found by comparing numbers.

use arrow::array::{Array, StringViewArray, StringViewBuilder};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

/// The number of a value that is absent.
pub(crate) const ABSENT: u32 = 0;

/// The longest text that an Arrow view holds within itself.
const INLINE_BYTES_MAX: u32 = 12;

/// Where what has a hash was put: an open-addressing table of numbers, whose owner knows what they
/// stand for.
#[derive(Debug)]
pub(crate) struct IdTable {
    /// (upper half of the hash, number + 1); zero where nothing is.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl IdTable {
    const SLOTS_MIN: usize = 64;

    pub(crate) fn new() -> Self {
        Self { slots: vec![(0, 0); Self::SLOTS_MIN], used: 0 }
    }

    /// The number with this hash for which `is_same` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag_of(hash);
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        loop {
            let (slot_tag, slot_id) = self.slots[at];
            if slot_id == 0 {
                return None;
            }
            if slot_tag == tag && is_same(slot_id - 1) {
                return Some(slot_id - 1);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a number that [`IdTable::find`] has not found.
    pub(crate) fn insert(&mut self, hash: u64, id: u32) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        self.put(tag_of(hash), id + 1);
        self.used += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill((0, 0));
        self.used = 0;
    }

    fn grow(&mut self) {
        let doubled = vec![(0, 0); self.slots.len() * 2];
        for (tag, id) in std::mem::replace(&mut self.slots, doubled) {
            if id != 0 {
                self.put(tag, id);
            }
        }
    }

    fn put(&mut self, tag: u32, id_plus_one: u32) {
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        while self.slots[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = (tag, id_plus_one);
    }
}

/// Sums of products, as groups are hashed by, are well mixed only in their upper half.
#[inline]
fn tag_of(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Texts of one column, numbered from one in the order they came.
#[derive(Debug)]
pub(crate) struct TextIds {
    table: IdTable,
    /// All texts, one behind the other, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// The Arrow view of texts that are short enough to be within it; else zero.
    views: Vec<u128>,
    hasher: foldhash::fast::RandomState,
    /// Views of the array at hand that were met lately, with their numbers: the same view is the
    /// same text within one array, and most columns of a bill have few distinct texts.
    recent: Box<[(u128, u32); RECENT]>,
}

/// Views that are remembered, a power of two: few enough for the nearest caches.
const RECENT: usize = 256;

impl TextIds {
    pub(crate) fn new() -> Self {
        Self {
            table: IdTable::new(),
            text: String::new(),
            ends: Vec::new(),
            views: Vec::new(),
            hasher: foldhash::fast::RandomState::default(),
            recent: Box::new([(0, ABSENT); RECENT]),
        }
    }

    /// Has to be called before the rows of another array.
    pub(crate) fn start_array(&mut self) {
        self.recent.fill((0, ABSENT));
    }

    /// Bytes that the texts take.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 24
    }

    pub(crate) fn clear(&mut self) {
        self.table = IdTable::new();
        self.text = String::new();
        self.ends.clear();
        self.views.clear();
        self.start_array();
    }

    /// The text with this number, which is not [`ABSENT`].
    pub(crate) fn text(&self, id: u32) -> &str {
        let index = id as usize - 1;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    /// The number of a text.
    #[cfg(test)]
    pub(crate) fn id(&mut self, text: &str) -> u32 {
        if text.len() <= INLINE_BYTES_MAX as usize {
            return self.id_of_view(arrow::array::make_view(text.as_bytes(), 0, 0), text);
        }
        self.id_of_long(text)
    }

    fn id_of_long(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let found = self.table.find(hash, |index| self.text(index + 1) == text);
        match found {
            Some(index) => index + 1,
            None => self.add(hash, text, 0),
        }
    }

    /// The numbers of some rows of a column; [`TextIds::start_array`] comes before its first rows.
    pub(crate) fn ids(&mut self, array: &StringViewArray, rows: Range<usize>, ids: &mut Vec<u32>) {
        ids.clear();
        let views = array.views();
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        for row in rows {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                ids.push(ABSENT);
                continue;
            }
            let view = views[row];
            let slot = recent_slot(view);
            let (recent_view, recent_id) = self.recent[slot];
            if recent_view == view && recent_id != ABSENT {
                ids.push(recent_id);
                continue;
            }
            let id = match view as u32 <= INLINE_BYTES_MAX {
                true => self.id_of_view(view, array.value(row)),
                false => self.id_of_long(array.value(row)),
            };
            self.recent[slot] = (view, id);
            ids.push(id);
        }
    }

    /// The number of a text that is within its view: the view is compared in its place.
    fn id_of_view(&mut self, view: u128, text: &str) -> u32 {
        // The empty text has the view zero, which stands for long texts here; the lower half of a
        // view is its length, of which only four bits are used.
        let marked = view | 1 << 31;
        let hash = self.hasher.hash_one(marked);
        match self.table.find(hash, |index| self.views[index as usize] == marked) {
            Some(index) => index + 1,
            None => self.add(hash, text, marked),
        }
    }

    fn add(&mut self, hash: u64, text: &str, view: u128) -> u32 {
        let index = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.views.push(view);
        self.table.insert(hash, index);
        index + 1
    }

    /// The texts in the order of their numbers, the first has number one.
    pub(crate) fn array(&self) -> StringViewArray {
        let mut builder = StringViewBuilder::with_capacity(self.ends.len());
        for id in 1..=self.ends.len() as u32 {
            builder.append_value(self.text(id));
        }
        builder.finish()
    }
}

#[inline]
fn recent_slot(view: u128) -> usize {
    let mixed = ((view >> 64) as u64 ^ view as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> (64 - RECENT.trailing_zeros())) as usize
}

/// Whole numbers of one column (days, instants), numbered from one in the order they came.
#[derive(Debug, Default)]
pub(crate) struct IntIds {
    ids: HashMap<i64, u32, foldhash::fast::RandomState>,
    values: Vec<i64>,
    last: Option<(i64, u32)>,
}

impl IntIds {
    #[inline]
    pub(crate) fn id(&mut self, value: i64) -> u32 {
        match self.last {
            Some((last, id)) if last == value => return id,
            _ => {}
        }
        let next = self.values.len() as u32 + 1;
        let id = *self.ids.entry(value).or_insert(next);
        if id == next {
            self.values.push(value);
        }
        self.last = Some((value, id));
        id
    }

    /// The value with this number, which is not [`ABSENT`].
    pub(crate) fn value(&self, id: u32) -> i64 {
        self.values[id as usize - 1]
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.len() * 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_whether_it_comes_as_view_or_not() {
        let texts = ["", "short", "twelve bytes", "thirteen byte", "", "a rather long text"];
        let mut ids = TextIds::new();
        let array = StringViewArray::from_iter_values(texts);
        let mut numbers = Vec::new();
        ids.start_array();
        ids.ids(&array, 0..texts.len(), &mut numbers);
        assert_eq!(numbers, [1, 2, 3, 4, 1, 5]);
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(ids.text(*number), *text);
        }
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(ids.id(text), *number);
        }
        assert_eq!(ids.array().iter().flatten().nth(3), Some("thirteen byte"));
    }

    #[test]
    fn tables_grow_without_losing_anything() {
        let mut ids = TextIds::new();
        let numbers: Vec<u32> =
            (0..5000).map(|number| ids.id(&format!("value {number}"))).collect();
        assert_eq!(numbers, (1..=5000).collect::<Vec<u32>>());
        assert_eq!(ids.id("value 4321"), 4322);
    }
}
