//! Self time: the part of a span in which none of its children ran.

use super::{Row, children};

/// Fills `self_ns`. Children that the span did not wait for take nothing from it, and what a child
/// did before or after its parent is not the parent's time.
pub(super) fn add(rows: &mut [Row]) {
    for row in 0..rows.len() {
        let (start_ns, end_ns) = (rows[row].start_ns, rows[row].end_ns());
        let mut covered_ns: i64 = 0;
        let mut until_ns = start_ns;
        for child in children(rows, row).map(|child| &rows[child]) {
            if child.asynchronous {
                continue;
            }
            let from_ns = child.start_ns.max(until_ns);
            let to_ns = child.end_ns().min(end_ns);
            if from_ns < to_ns {
                covered_ns += to_ns - from_ns;
                until_ns = to_ns;
            }
        }
        rows[row].self_ns = (end_ns - start_ns) - covered_ns;
    }
}
