//! Splits text into rows and cells.

use super::dialect::Dialect;

/// Where cells are: start and end in the text.
pub(super) type Ranges = Vec<(u32, u32)>;

/// What [`Splitter::split`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split {
    /// Bytes that belong to whole rows; the rest begins a row that goes on in the next block.
    pub(super) whole_bytes: usize,
    pub(super) end: SplitEnd,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum SplitEnd {
    /// Everything that could be split was.
    Clean,
    /// The rest is in a quoted cell.
    InQuotes,
    /// A row has another number of cells than there are columns; it is in the ranges no more.
    Ragged { cells: usize },
}

/// Finds rows and cells of one file.
pub(super) struct Splitter {
    dialect: Dialect,
    /// Cells of a row; 0 while they are not known, in the header.
    pub(super) columns: usize,
    /// Positions of bytes that can mean something, found eight at a time before rows are made.
    special: Vec<u32>,
    /// Cells of the row at hand whose quotes are to be taken off.
    doubled: Vec<usize>,
}

impl Splitter {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, columns: 0, special: Vec::new(), doubled: Vec::new() }
    }

    /// Appends the cells of whole rows of `text` to `ranges`. Quotes are taken off in place. Rows
    /// without any byte are left out. With `at_end`, the last row needs no line end; with `rows_max`,
    /// no more rows than that are taken.
    pub(super) fn split(
        &mut self,
        text: &mut [u8],
        at_end: bool,
        rows_max: usize,
        ranges: &mut Ranges,
    ) -> Split {
        let mut special = std::mem::take(&mut self.special);
        special.clear();
        find(text, self.dialect, &mut special);
        let split = self.rows(text, &special, at_end, rows_max, ranges);
        self.special = special;
        split
    }

    fn rows(
        &mut self,
        text: &mut [u8],
        special: &[u32],
        at_end: bool,
        rows_max: usize,
        ranges: &mut Ranges,
    ) -> Split {
        let Dialect { delimiter, line_end, quotes } = self.dialect;
        let mut specials = special.iter().map(|at| *at as usize);
        let (mut row_start, mut row_ranges, mut rows) = (0, ranges.len(), 0);
        let mut cell_start = 0;
        self.doubled.clear();
        loop {
            let mut at = specials.next();
            let unfinished = if quotes && at == Some(cell_start) && text[cell_start] == b'"' {
                let quoted = quoted(text, cell_start, &mut specials, at_end);
                at = quoted.as_ref().and_then(|cell| cell.at);
                quoted
                    .map(|cell| self.push_quoted(text, cell_start, &cell, ranges))
                    .is_none()
                    .then_some(SplitEnd::InQuotes)
            } else {
                // Quotes within a cell are text.
                while quotes && at.is_some_and(|at| text[at] == b'"') {
                    at = specials.next();
                }
                let mut end = at.unwrap_or(text.len());
                let ends_row = at.is_none_or(|at| text[at] == line_end);
                if ends_row && line_end == b'\n' && end > cell_start && text[end - 1] == b'\r' {
                    end -= 1;
                }
                ranges.push((cell_start as u32, end as u32));
                (at.is_none() && (!at_end || row_start == text.len())).then_some(SplitEnd::Clean)
            };
            if let Some(end) = unfinished {
                ranges.truncate(row_ranges);
                return Split { whole_bytes: row_start, end };
            }
            if let Some(at) = at.filter(|at| text[*at] == delimiter) {
                cell_start = at + 1;
                continue;
            }
            if let Err(cells) = self.end_row(text, ranges, row_ranges, row_start) {
                ranges.truncate(row_ranges);
                return Split { whole_bytes: row_start, end: SplitEnd::Ragged { cells } };
            }
            rows += usize::from(ranges.len() > row_ranges);
            row_start = at.map_or(text.len(), |at| at + 1);
            (cell_start, row_ranges) = (row_start, ranges.len());
            if rows >= rows_max {
                return Split { whole_bytes: row_start, end: SplitEnd::Clean };
            }
        }
    }

    fn push_quoted(&mut self, text: &[u8], start: usize, cell: &Quoted, ranges: &mut Ranges) {
        let mut end = cell.at.unwrap_or(text.len());
        if self.dialect.line_end == b'\n' && end > cell.close + 1 && text[end - 1] == b'\r' {
            end -= 1;
        }
        if cell.doubled || end > cell.close + 1 {
            // Only once the row is whole may its text be changed: else it is split again.
            self.doubled.push(ranges.len());
            ranges.push((start as u32, end as u32));
        } else {
            ranges.push((start as u32 + 1, cell.close as u32));
        }
    }

    /// Checks the row whose cells are in `ranges` from `first` on, and takes the quotes off.
    #[inline]
    fn end_row(
        &mut self,
        text: &mut [u8],
        ranges: &mut Ranges,
        first: usize,
        row_start: usize,
    ) -> Result<(), usize> {
        let mut cells = ranges.len() - first;
        let last_is_empty = ranges.last().is_some_and(|(start, end)| start == end);
        if cells == 1 && last_is_empty && text.get(row_start) != Some(&b'"') {
            ranges.truncate(first);
            return Ok(());
        }
        // A delimiter behind the last cell.
        if self.columns != 0 && cells == self.columns + 1 && last_is_empty {
            ranges.pop();
            cells -= 1;
        }
        if self.columns != 0 && cells != self.columns {
            return Err(cells);
        }
        for index in self.doubled.drain(..) {
            if let Some((start, end)) = ranges.get_mut(index) {
                *end = unquote(text, *start as usize, *end as usize) as u32;
            }
        }
        Ok(())
    }
}

/// A quoted cell.
struct Quoted {
    /// Where the quote is that ends it.
    close: usize,
    /// Whether quotes in it are doubled.
    doubled: bool,
    /// Where the delimiter or line end behind it is; `None` at the end of the text.
    at: Option<usize>,
}

/// The quoted cell that starts at `start`; `None` when it does not end in `text`.
fn quoted(
    text: &[u8],
    start: usize,
    specials: &mut impl Iterator<Item = usize>,
    at_end: bool,
) -> Option<Quoted> {
    debug_assert_eq!(text[start], b'"');
    let mut closed = None;
    let mut doubled = false;
    loop {
        match (specials.next(), closed) {
            (None, Some(close)) if at_end => return Some(Quoted { close, doubled, at: None }),
            (None, _) => return None,
            (Some(here), None) => closed = (text[here] == b'"').then_some(here),
            (Some(here), Some(close)) if text[here] == b'"' => {
                if close + 1 == here {
                    doubled = true;
                    closed = None;
                }
            }
            (at, Some(close)) => return Some(Quoted { close, doubled, at }),
        }
    }
}

/// Takes the quotes off the cell from `start` to `end`, in place; returns where it then ends. What
/// stands behind the closing quote belongs to the cell.
fn unquote(text: &mut [u8], start: usize, end: usize) -> usize {
    let (mut from, mut to) = (start + 1, start);
    let mut open = true;
    while from < end {
        if open && text[from] == b'"' {
            from += 1;
            open = from < end && text[from] == b'"';
            if from >= end {
                break;
            }
        }
        text[to] = text[from];
        (from, to) = (from + 1, to + 1);
    }
    // Nothing half of a character stays behind: the text is checked as a whole.
    text[to..end].fill(b' ');
    to
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW_BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// The high bit of each byte of `word` that is `pattern`'s, and of no other.
#[inline]
fn matches(word: u64, pattern: u64) -> u64 {
    let difference = word ^ pattern;
    !(((difference & LOW_BITS) + LOW_BITS) | difference | LOW_BITS)
}

fn find(text: &[u8], dialect: Dialect, special: &mut Vec<u32>) {
    let Dialect { delimiter, line_end, quotes } = dialect;
    let quote = if quotes { b'"' } else { delimiter };
    let patterns = [delimiter, line_end, quote].map(|byte| u64::from(byte) * ONES);
    let mut words = text.chunks_exact(8);
    let mut start = 0u32;
    for bytes in words.by_ref() {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        let mut found =
            matches(word, patterns[0]) | matches(word, patterns[1]) | matches(word, patterns[2]);
        while found != 0 {
            special.push(start + found.trailing_zeros() / 8);
            found &= found - 1;
        }
        start += 8;
    }
    for (index, byte) in words.remainder().iter().enumerate() {
        if [delimiter, line_end, quote].contains(byte) {
            special.push(start + index as u32);
        }
    }
}
