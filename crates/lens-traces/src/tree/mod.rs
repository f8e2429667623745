//! The spans of a trace as a tree: who called whom, whose clock was off, where time was spent.
//!
//! Spans come from many senders, so nothing is taken for granted: parents may be missing, ids may
//! occur twice, spans may be each other's parents, times may run backwards. Whatever comes in,
//! [`Tree::of`] puts every span into the tree exactly once and says what was wrong with it.
//!
//! Nothing here recurses, and everything is at worst linear times logarithm in the number of spans.

mod critical_path;
mod parents;
#[cfg(test)]
mod properties;
mod self_time;
mod skew;

pub use critical_path::Segment;

/// The role of a span in a call, as OpenTelemetry numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl Kind {
    /// The kind with this name in the table `spans`.
    pub fn of(name: Option<&str>) -> Self {
        match name {
            Some("internal") => Self::Internal,
            Some("server") => Self::Server,
            Some("client") => Self::Client,
            Some("producer") => Self::Producer,
            Some("consumer") => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    /// Its number in OTLP.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A span as it was recorded.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    pub span_id: &'a str,
    pub parent_span_id: Option<&'a str>,
    pub start_ns: i64,
    pub duration_ns: i64,
    /// Whose clock told the times; spans with the same number share one.
    pub clock: u32,
    pub kind: Kind,
    /// Whether it names other spans as its cause, beside its parent.
    pub linked: bool,
}

/// What is wrong with a span, so that its place or its length is not what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Its parent is not among the spans.
    MissingParent,
    /// It is an ancestor of its own parent; it stands as a root instead.
    Cycle,
    /// Another span has the same id.
    DuplicateId,
    /// It ended before it began; it counts as having no length.
    NegativeDuration,
}

impl Problem {
    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingParent => "missing_parent",
            Self::Cycle => "cycle",
            Self::DuplicateId => "duplicate_id",
            Self::NegativeDuration => "negative_duration",
        }
    }
}

/// A span in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which of the nodes it is.
    pub node: usize,
    /// The row of its parent, which stands before it.
    pub parent: Option<usize>,
    pub depth: usize,
    /// Rows below it, which follow it directly.
    pub descendants: usize,
    /// When it began, after correction.
    pub start_ns: i64,
    /// Not negative.
    pub duration_ns: i64,
    /// Time in which it did not wait for a child.
    pub self_ns: i64,
    /// What was added to its recorded start.
    pub skew_ns: i64,
    /// Whether its parent did not wait for it.
    pub asynchronous: bool,
    pub problem: Option<Problem>,
}

impl Row {
    /// When it ended, after correction.
    pub fn end_ns(&self) -> i64 {
        self.start_ns.saturating_add(self.duration_ns)
    }
}

/// Spans in the order in which a fully opened tree shows them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Each row is followed by its children, the first to begin first.
    pub rows: Vec<Row>,
    /// The root whose critical path is told: the true root that began first, or else the longest
    /// of the others.
    pub main_root: Option<usize>,
    /// What the main root waited for, in order of time. The parts cover it without gap or overlap.
    pub critical_path: Vec<Segment>,
}

impl Tree {
    /// Puts spans in their places.
    pub fn of(nodes: &[Node<'_>]) -> Self {
        let links = parents::link(nodes);
        let skews = skew::skews(nodes, &links);
        let mut rows = in_places(nodes, &links, &skews);
        self_time::add(&mut rows);
        let main_root = main_root(&rows);
        let critical_path =
            main_root.map_or_else(Vec::new, |root| critical_path::critical_path(&rows, root));
        Self { rows, main_root, critical_path }
    }

    /// The rows of the children of a row, the first to begin first.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        children(&self.rows, row)
    }
}

/// The children of a row: each begins where the subtree of the one before it ends.
fn children(rows: &[Row], row: usize) -> impl Iterator<Item = usize> + '_ {
    let end = row + 1 + rows[row].descendants;
    let first = Some(row + 1).filter(|first| *first < end);
    std::iter::successors(first, move |child| {
        Some(child + 1 + rows[*child].descendants).filter(|next| *next < end)
    })
}

/// Children of each node, grouped: those of node `n` are `items[starts[n]..starts[n + 1]]`.
struct Children {
    starts: Vec<usize>,
    items: Vec<usize>,
}

impl Children {
    /// Children keep the order in which they are named.
    fn group(parents: &[Option<usize>], named: &[usize]) -> Self {
        let mut starts = vec![0; parents.len() + 1];
        for parent in parents.iter().flatten() {
            starts[parent + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts.last().copied().unwrap_or(0)];
        for node in named {
            if let Some(parent) = parents[*node] {
                items[next[parent]] = *node;
                next[parent] += 1;
            }
        }
        Self { starts, items }
    }

    fn of(&self, node: usize) -> &[usize] {
        &self.items[self.starts[node]..self.starts[node + 1]]
    }
}

/// Rows in preorder, roots and siblings in order of their start.
fn in_places(nodes: &[Node<'_>], links: &parents::Links, skews: &[i64]) -> Vec<Row> {
    let start = |node: usize| nodes[node].start_ns.saturating_add(skews[node]);
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|node| (start(*node), *node));
    let children = Children::group(&links.parents, &order);
    let roots = order.iter().filter(|node| links.parents[**node].is_none());
    let mut waiting: Vec<(usize, Option<usize>)> = roots.rev().map(|node| (*node, None)).collect();
    let mut rows: Vec<Row> = Vec::with_capacity(nodes.len());
    while let Some((node, parent)) = waiting.pop() {
        let row = rows.len();
        rows.push(Row {
            node,
            parent,
            depth: parent.map_or(0, |parent: usize| rows[parent].depth + 1),
            descendants: 0,
            start_ns: start(node),
            duration_ns: nodes[node].duration_ns.max(0),
            self_ns: 0,
            skew_ns: skews[node],
            asynchronous: links.asynchronous[node],
            problem: links.problems[node],
        });
        waiting.extend(children.of(node).iter().rev().map(|child| (*child, Some(row))));
    }
    for row in (0..rows.len()).rev() {
        if let Some(parent) = rows[row].parent {
            rows[parent].descendants += rows[row].descendants + 1;
        }
    }
    rows
}

fn main_root(rows: &[Row]) -> Option<usize> {
    let roots = || {
        let first = (!rows.is_empty()).then_some(0);
        std::iter::successors(first, |root| {
            Some(root + 1 + rows[*root].descendants).filter(|next| *next < rows.len())
        })
    };
    let is_true = |root: &usize| {
        !matches!(rows[*root].problem, Some(Problem::MissingParent | Problem::Cycle))
    };
    // Roots stand in order of time; of several that last equally long the first is taken.
    let longest = || roots().min_by_key(|root| std::cmp::Reverse(rows[*root].duration_ns));
    roots().find(is_true).or_else(longest)
}
