//! Which span is whose parent.

use super::{Kind, Node, Problem};
use foldhash::{HashMap, HashMapExt};

/// The parent of each span, without cycles.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) parents: Vec<Option<usize>>,
    pub(super) problems: Vec<Option<Problem>>,
    /// Whether the parent does not wait for it.
    pub(super) asynchronous: Vec<bool>,
}

/// Spans by their ids, which need not be unique.
struct Ids<'a> {
    /// The span that an id means unless there is a better one: its first, or its first client.
    any: HashMap<&'a str, usize>,
    /// The first span of an id on a clock.
    of_clock: HashMap<(&'a str, u32), usize>,
}

impl<'a> Ids<'a> {
    fn of(nodes: &[Node<'a>]) -> Self {
        let mut any = HashMap::with_capacity(nodes.len());
        let mut of_clock = HashMap::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            of_clock.entry((node.span_id, node.clock)).or_insert(index);
            let first = any.entry(node.span_id).or_insert(index);
            if node.kind == Kind::Client && nodes[*first].kind != Kind::Client {
                *first = index;
            }
        }
        Self { any, of_clock }
    }

    fn parent(&self, node: &Node<'_>, parent_id: &str) -> Option<usize> {
        let near = self.of_clock.get(&(parent_id, node.clock));
        near.or_else(|| self.any.get(parent_id)).copied()
    }
}

pub(super) fn link(nodes: &[Node<'_>]) -> Links {
    let ids = Ids::of(nodes);
    let mut links = Links {
        parents: vec![None; nodes.len()],
        problems: vec![None; nodes.len()],
        asynchronous: vec![false; nodes.len()],
    };
    for (index, node) in nodes.iter().enumerate() {
        let first = ids.any.get(node.span_id).copied().unwrap_or(index);
        let is_duplicate = first != index;
        // Some senders give both ends of a call one id.
        let is_other_end = is_duplicate
            && node.kind == Kind::Server
            && nodes[first].kind == Kind::Client
            && nodes[first].clock != node.clock;
        let (parent, problem) = if is_other_end {
            (Some(first), None)
        } else {
            match node.parent_span_id.filter(|id| !id.is_empty()) {
                None => (None, None),
                Some(id) if id == node.span_id => (None, Some(Problem::Cycle)),
                Some(id) => match ids.parent(node, id) {
                    None => (None, Some(Problem::MissingParent)),
                    parent => (parent, None),
                },
            }
        };
        links.parents[index] = parent;
        links.problems[index] = problem
            .or_else(|| is_duplicate.then_some(Problem::DuplicateId))
            .or_else(|| (node.duration_ns < 0).then_some(Problem::NegativeDuration));
    }
    cut_cycles(nodes, &mut links);
    for (index, node) in nodes.iter().enumerate() {
        links.asynchronous[index] = links.parents[index]
            .is_some_and(|parent| node.kind == Kind::Consumer || sends_only(&nodes[parent], node));
    }
    links
}

/// A producer waits until its message is accepted, not until somebody has worked on it.
fn sends_only(parent: &Node<'_>, child: &Node<'_>) -> bool {
    parent.kind == Kind::Producer && parent.clock != child.clock
}

/// Makes the first span of every cycle a root.
fn cut_cycles(nodes: &[Node<'_>], links: &mut Links) {
    const NEW: usize = usize::MAX;
    // The walk in which a span was first met.
    let mut walks = vec![NEW; nodes.len()];
    for walk in 0..nodes.len() {
        let mut at = walk;
        while walks[at] == NEW {
            walks[at] = walk;
            match links.parents[at] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        if walks[at] != walk || links.parents[at].is_none() {
            continue;
        }
        // The walk came back to itself: go round once more.
        let meeting = at;
        let mut first = at;
        while let Some(parent) = links.parents[at] {
            at = parent;
            if (nodes[at].start_ns, at) < (nodes[first].start_ns, first) {
                first = at;
            }
            if at == meeting {
                break;
            }
        }
        links.parents[first] = None;
        links.problems[first] = Some(Problem::Cycle);
    }
}
