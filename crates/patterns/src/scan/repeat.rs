//! Lists: as many equal parts as there were values.

use super::Scanner;
use crate::kind::{Kind, is_variable};

impl Scanner<'_> {
    /// Ends the chunk that begins at `start` of the output. One that has the shape of the chunk
    /// before it goes away: `blk_1 blk_2 blk_3` and `1, 2` are lists, however long.
    pub(super) fn end_chunk(&mut self, start: usize) {
        // A number that joined the one before it may have taken bytes from in front of the chunk.
        let start = start.min(self.out.len());
        let previous = self.previous.clone();
        if self.repeats(start) {
            for offset in 0..previous.len() {
                let (one, other) = (self.out[previous.start + offset], self.out[start + offset]);
                if let (Some(one), Some(other)) = (Kind::from_byte(one), Kind::from_byte(other)) {
                    self.out[previous.start + offset] = one.join(other) as u8;
                }
            }
            self.out.truncate(previous.end);
        } else {
            self.previous = start..self.out.len();
        }
    }

    fn repeats(&self, start: usize) -> bool {
        let (Some(before), Some(between)) =
            (self.out.get(self.previous.clone()), self.out.get(self.previous.end..start))
        else {
            return false;
        };
        let now = &self.out[start..];
        if now.is_empty() || before.len() != now.len() {
            return false;
        }
        let divided = match between {
            b"," | b", " => true,
            // Bare values side by side are columns rather than a list.
            b" " => now.len() > 1,
            _ => false,
        };
        divided && now.iter().any(|byte| is_variable(*byte)) && same_shape(before, now)
    }
}

fn same_shape(one: &[u8], other: &[u8]) -> bool {
    one.iter()
        .zip(other)
        .all(|(one, other)| one == other || (is_variable(*one) && is_variable(*other)))
}
