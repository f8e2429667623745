//! The critical path: what a span waited for, from its end backwards.
//!
//! At its end a span had waited last for the child that finished last; before that child began, for
//! the one that had finished last by then; and so on, and the same inside each of these children.
//! Making anything else faster would not have made the span faster.

use super::{Row, children};

/// Part of a critical path: from when to when the work of one span held up everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub row: usize,
    pub from_ns: i64,
    pub to_ns: i64,
}

/// A span on the path, of which the part before `until_ns` is still to be walked.
struct Walk {
    row: usize,
    from_ns: i64,
    until_ns: i64,
    /// Children, the last to finish first.
    children: Vec<usize>,
    next: usize,
    /// Whether no child was met yet, so that one that goes on after the span may be.
    at_end: bool,
}

impl Walk {
    fn new(rows: &[Row], row: usize, from_ns: i64, until_ns: i64) -> Self {
        let waited_for = children(rows, row).filter(|child| !rows[*child].asynchronous);
        let mut children: Vec<usize> = waited_for.collect();
        children.sort_by_key(|child| std::cmp::Reverse(rows[*child].end_ns()));
        Self { row, from_ns, until_ns, children, next: 0, at_end: true }
    }

    /// The child that was waited for last before `until_ns`, within the span.
    fn next_child(&mut self, rows: &[Row]) -> Option<Segment> {
        while let Some(child) = self.children.get(self.next).copied() {
            self.next += 1;
            let end_ns = rows[child].end_ns();
            if end_ns > self.until_ns && !self.at_end {
                // It ran beside the one that was waited for.
                continue;
            }
            let from_ns = rows[child].start_ns.max(self.from_ns);
            let to_ns = end_ns.min(self.until_ns);
            if from_ns < to_ns {
                self.at_end = false;
                return Some(Segment { row: child, from_ns, to_ns });
            }
        }
        None
    }
}

pub(super) fn critical_path(rows: &[Row], root: usize) -> Vec<Segment> {
    let mut path = Vec::new();
    let mut open = vec![Walk::new(rows, root, rows[root].start_ns, rows[root].end_ns())];
    while let Some(walk) = open.last_mut() {
        let child = walk.next_child(rows);
        let own_from_ns = child.map_or(walk.from_ns, |child| child.to_ns);
        if own_from_ns < walk.until_ns {
            path.push(Segment { row: walk.row, from_ns: own_from_ns, to_ns: walk.until_ns });
        }
        match child {
            Some(child) => {
                walk.until_ns = child.from_ns;
                open.push(Walk::new(rows, child.row, child.from_ns, child.to_ns));
            }
            None => {
                open.pop();
            }
        }
    }
    path.reverse();
    path
}
