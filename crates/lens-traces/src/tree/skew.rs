//! Clocks that are off.
//!
//! A call cannot begin before its caller did. Where a span on another clock does, or ends after its
//! caller although it is short enough to fit, its clock is off by an unknown amount; the least
//! surprising guess is that request and answer travelled equally long. So the span is put in the
//! middle of its parent, and everything that its clock told below it moves along.

use super::parents::Links;
use super::{Children, Node};

/// What is to be added to the recorded start of each span.
pub(super) fn skews(nodes: &[Node<'_>], links: &Links) -> Vec<i64> {
    let mut skews = vec![0; nodes.len()];
    let all: Vec<usize> = (0..nodes.len()).collect();
    let children = Children::group(&links.parents, &all);
    let mut waiting: Vec<usize> =
        all.iter().copied().filter(|node| links.parents[*node].is_none()).collect();
    while let Some(node) = waiting.pop() {
        if let Some(parent) = links.parents[node] {
            skews[node] = if nodes[node].clock == nodes[parent].clock {
                skews[parent]
            } else if links.asynchronous[node] || nodes[node].linked {
                // It may begin and end whenever it likes.
                0
            } else {
                let parent_start_ns = nodes[parent].start_ns.saturating_add(skews[parent]);
                shift(parent_start_ns, nodes[parent].duration_ns.max(0), &nodes[node])
            };
        }
        waiting.extend_from_slice(children.of(node));
    }
    skews
}

fn shift(parent_start_ns: i64, parent_duration_ns: i64, child: &Node<'_>) -> i64 {
    let duration_ns = child.duration_ns.max(0);
    let is_before = child.start_ns < parent_start_ns;
    let spare_ns = parent_duration_ns - duration_ns;
    if spare_ns < 0 {
        // It does not fit: all that is known is that it began no earlier.
        return if is_before { parent_start_ns.saturating_sub(child.start_ns) } else { 0 };
    }
    let parent_end_ns = parent_start_ns.saturating_add(parent_duration_ns);
    if !is_before && child.start_ns.saturating_add(duration_ns) <= parent_end_ns {
        return 0;
    }
    parent_start_ns.saturating_add(spare_ns / 2).saturating_sub(child.start_ns)
}
