//! What holds of every tree, and known trees.

use super::*;
use proptest::prelude::*;

/// A span of a made-up trace; ids are small numbers, so that they collide.
#[derive(Debug, Clone)]
struct Made {
    id: String,
    parent: Option<String>,
    start_ns: i64,
    duration_ns: i64,
    clock: u32,
    kind: Kind,
}

fn tree_of(made: &[Made]) -> Tree {
    let nodes: Vec<Node<'_>> = made
        .iter()
        .map(|made| Node {
            span_id: &made.id,
            parent_span_id: made.parent.as_deref(),
            start_ns: made.start_ns,
            duration_ns: made.duration_ns,
            clock: made.clock,
            kind: made.kind,
            linked: false,
        })
        .collect();
    Tree::of(&nodes)
}

fn made(id: &str, parent: &str, start_ns: i64, duration_ns: i64) -> Made {
    Made {
        id: id.to_owned(),
        parent: (!parent.is_empty()).then(|| parent.to_owned()),
        start_ns,
        duration_ns,
        clock: 0,
        kind: Kind::Internal,
    }
}

impl Made {
    fn on(self, clock: u32, kind: Kind) -> Self {
        Self { clock, kind, ..self }
    }
}

/// The row of a span.
fn row(tree: &Tree, node: usize) -> &Row {
    tree.rows.iter().find(|row| row.node == node).unwrap()
}

fn path(tree: &Tree) -> Vec<(usize, i64, i64)> {
    let segments = tree.critical_path.iter();
    segments.map(|it| (tree.rows[it.row].node, it.from_ns, it.to_ns)).collect()
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Unspecified),
        Just(Kind::Internal),
        Just(Kind::Server),
        Just(Kind::Client),
        Just(Kind::Producer),
        Just(Kind::Consumer),
    ]
}

prop_compose! {
    /// Any graph: parents that are missing, that go round, ids that occur twice.
    fn any_made()(
        id in 0..24_u8,
        parent in proptest::option::of(0..28_u8),
        start_ns in prop_oneof![0..60_i64, any::<i64>()],
        duration_ns in prop_oneof![-3..40_i64, any::<i64>()],
        clock in 0..4_u32,
        kind in any_kind(),
    ) -> Made {
        let parent = parent.map(|parent| parent.to_string());
        Made { id: id.to_string(), parent, start_ns, duration_ns, clock, kind }
    }
}

/// Trees of spans on one clock in which every child lies within its parent and siblings do not
/// overlap: what a program without threads records.
fn synchronous() -> impl Strategy<Value = Vec<Made>> {
    proptest::collection::vec((any::<proptest::sample::Index>(), 0..100_i64, 0..100_i64), 0..60)
        .prop_map(|choices| {
            let mut spans = vec![made("0", "", 0, 1_000_000)];
            // The time of each span that no child has taken yet.
            let mut free = vec![(0_i64, 1_000_000_i64)];
            for (which, gap, share) in choices {
                let parent = which.index(spans.len());
                let (from, to) = free[parent];
                let start = from + (to - from) * gap / 200;
                let length = (to - start) * share / 100;
                free[parent].0 = start + length;
                free.push((start, start + length));
                let id = spans.len().to_string();
                spans.push(made(&id, &parent.to_string(), start, length));
            }
            spans
        })
}

proptest! {
    #[test]
    fn every_span_stands_once_below_its_parent(spans in proptest::collection::vec(any_made(), 0..40)) {
        let tree = tree_of(&spans);
        let mut nodes: Vec<usize> = tree.rows.iter().map(|row| row.node).collect();
        nodes.sort_unstable();
        prop_assert_eq!(nodes, (0..spans.len()).collect::<Vec<_>>());
        let mut met = 0;
        for (index, row) in tree.rows.iter().enumerate() {
            prop_assert!(row.duration_ns >= 0 && row.self_ns >= 0);
            prop_assert!(row.self_ns <= row.duration_ns);
            let children: Vec<usize> = tree.children(index).collect();
            met += children.len();
            prop_assert!(children.iter().all(|child| tree.rows[*child].parent == Some(index)));
            prop_assert!(children.is_sorted_by_key(|child| tree.rows[*child].start_ns));
            if let Some(parent) = row.parent {
                prop_assert!(parent < index && index <= parent + tree.rows[parent].descendants);
                prop_assert_eq!(row.depth, tree.rows[parent].depth + 1);
                let is_other_end = row.problem == Some(Problem::DuplicateId);
                let named = spans[row.node].parent.as_deref();
                let id = spans[tree.rows[parent].node].id.as_str();
                prop_assert!(named == Some(id) || (is_other_end && id == spans[row.node].id));
            }
        }
        let roots = tree.rows.iter().filter(|row| row.parent.is_none()).count();
        prop_assert_eq!(met + roots, spans.len());
        prop_assert_eq!(tree.main_root.is_some(), !spans.is_empty());
    }

    #[test]
    fn a_critical_path_covers_its_root_without_gap_or_overlap(
        spans in proptest::collection::vec(any_made(), 1..40),
    ) {
        let tree = tree_of(&spans);
        let root = &tree.rows[tree.main_root.unwrap()];
        let mut at = root.start_ns;
        for segment in &tree.critical_path {
            prop_assert_eq!(segment.from_ns, at);
            prop_assert!(segment.to_ns > segment.from_ns);
            let row = &tree.rows[segment.row];
            prop_assert!(row.start_ns <= segment.from_ns && segment.to_ns <= row.end_ns());
            at = segment.to_ns;
        }
        prop_assert_eq!(at, root.end_ns());
    }

    #[test]
    fn self_times_of_a_program_without_threads_add_up_to_its_root(spans in synchronous()) {
        let tree = tree_of(&spans);
        let total: i64 = tree.rows.iter().map(|row| row.self_ns).sum();
        prop_assert_eq!(total, 1_000_000);
        // All of it is on the critical path, each span with its self time.
        let mut waited = vec![0; tree.rows.len()];
        for segment in &tree.critical_path {
            waited[segment.row] += segment.to_ns - segment.from_ns;
        }
        let own: Vec<i64> = tree.rows.iter().map(|row| row.self_ns).collect();
        prop_assert_eq!(waited, own);
    }

    #[test]
    fn self_time_is_the_time_that_no_child_covers(
        children in proptest::collection::vec((-20..60_i64, 0..40_i64, any::<bool>()), 0..12),
    ) {
        let mut spans = vec![made("r", "", 0, 40)];
        for (index, (start, duration, waits)) in children.iter().enumerate() {
            let kind = if *waits { Kind::Internal } else { Kind::Consumer };
            spans.push(made(&index.to_string(), "r", *start, *duration).on(0, kind));
        }
        let covered = |at: i64| {
            let mut waited = children.iter().filter(|it| it.2);
            waited.any(|(start, duration, _)| (*start..start + duration).contains(&at))
        };
        let expected = (0..40).filter(|at| !covered(*at)).count() as i64;
        prop_assert_eq!(row(&tree_of(&spans), 0).self_ns, expected);
    }

    #[test]
    fn the_answer_depends_on_times_only_by_their_differences(
        spans in synchronous(), later in -1_000_000_000..1_000_000_000_i64,
    ) {
        let moved: Vec<Made> =
            spans.iter().map(|it| Made { start_ns: it.start_ns + later, ..it.clone() }).collect();
        let (tree, moved) = (tree_of(&spans), tree_of(&moved));
        for (row, moved) in tree.rows.iter().zip(&moved.rows) {
            prop_assert_eq!((row.node, row.self_ns), (moved.node, moved.self_ns));
            prop_assert_eq!(row.start_ns + later, moved.start_ns);
        }
    }
}

#[test]
fn the_path_goes_from_the_end_to_the_child_that_finished_last() {
    let spans = [
        made("root", "", 0, 100),
        made("first", "root", 10, 30),
        made("beside", "root", 15, 20),
        made("last", "root", 50, 40),
        made("inside", "last", 60, 20),
    ];
    let tree = tree_of(&spans);
    let expected =
        [(0, 0, 10), (1, 10, 40), (0, 40, 50), (3, 50, 60), (4, 60, 80), (3, 80, 90), (0, 90, 100)];
    assert_eq!(path(&tree), expected);
    let own: Vec<i64> = (0..5).map(|node| row(&tree, node).self_ns).collect();
    assert_eq!(own, [30, 30, 20, 20, 20]);
}

#[test]
fn what_goes_on_after_its_parent_is_on_the_path_until_the_parent_ended() {
    let spans = [made("root", "", 0, 50), made("late", "root", 30, 100), made("a", "root", 0, 20)];
    let tree = tree_of(&spans);
    assert_eq!(path(&tree), [(2, 0, 20), (0, 20, 30), (1, 30, 50)]);
    assert_eq!(row(&tree, 0).self_ns, 10);
}

#[test]
fn a_consumer_is_not_waited_for() {
    let spans = [
        made("root", "", 0, 100),
        made("send", "root", 10, 10).on(0, Kind::Producer),
        made("work", "send", 12, 500).on(1, Kind::Consumer),
    ];
    let tree = tree_of(&spans);
    assert_eq!(path(&tree), [(0, 0, 10), (1, 10, 20), (0, 20, 100)]);
    assert_eq!((row(&tree, 1).self_ns, row(&tree, 2).skew_ns), (10, 0));
    assert!(row(&tree, 2).asynchronous);
}

#[test]
fn a_clock_that_is_behind_is_put_into_the_middle_with_all_that_it_told() {
    let spans = [
        made("call", "", 1000, 100).on(0, Kind::Client),
        made("serve", "call", 200, 60).on(1, Kind::Server),
        made("query", "serve", 210, 10).on(1, Kind::Client),
        made("back", "serve", 1030, 5).on(0, Kind::Server),
    ];
    let tree = tree_of(&spans);
    let shown: Vec<(i64, i64)> =
        (0..4).map(|node| (row(&tree, node).start_ns, row(&tree, node).skew_ns)).collect();
    assert_eq!(shown, [(1000, 0), (1020, 820), (1030, 820), (1030, 0)]);
}

#[test]
fn only_what_cannot_be_is_moved() {
    let moved = |start: i64, duration: i64, clock: u32, kind: Kind| {
        let parent = made("p", "", 100, 50).on(0, Kind::Client);
        let tree = tree_of(&[parent, made("c", "p", start, duration).on(clock, kind)]);
        row(&tree, 1).skew_ns
    };
    assert_eq!(moved(110, 20, 1, Kind::Server), 0);
    assert_eq!(moved(140, 20, 1, Kind::Server), -25, "it ends late and would fit");
    assert_eq!(moved(140, 60, 1, Kind::Server), 0, "it is too long to fit and began in time");
    assert_eq!(moved(40, 60, 1, Kind::Server), 60, "it is too long to fit and began before");
    assert_eq!(moved(40, 20, 0, Kind::Server), 0, "one clock cannot be off against itself");
    assert_eq!(moved(40, 20, 1, Kind::Consumer), 0, "a consumer begins when it likes");
}

#[test]
fn cycles_are_cut_where_they_begin() {
    let spans = [
        made("c", "b", 30, 5),
        made("a", "c", 10, 30),
        made("b", "a", 20, 15),
        made("below", "c", 31, 1),
        made("self", "self", 50, 1),
    ];
    let tree = tree_of(&spans);
    let order: Vec<(usize, usize)> = tree.rows.iter().map(|row| (row.node, row.depth)).collect();
    assert_eq!(order, [(1, 0), (2, 1), (0, 2), (3, 3), (4, 0)]);
    let problems: Vec<usize> =
        (0..5).filter(|node| row(&tree, *node).problem == Some(Problem::Cycle)).collect();
    assert_eq!(problems, [1, 4]);
}

#[test]
fn both_ends_of_a_call_may_share_an_id() {
    let spans = [
        made("call", "", 0, 100).on(0, Kind::Client),
        made("call", "", 10, 80).on(1, Kind::Server),
        made("query", "call", 20, 10).on(1, Kind::Client),
        made("log", "call", 95, 2).on(0, Kind::Internal),
    ];
    let tree = tree_of(&spans);
    let order: Vec<(usize, usize)> = tree.rows.iter().map(|row| (row.node, row.depth)).collect();
    assert_eq!(order, [(0, 0), (1, 1), (2, 2), (3, 1)]);
    assert_eq!(row(&tree, 1).problem, Some(Problem::DuplicateId));
    assert_eq!(row(&tree, 0).problem, None);
}

#[test]
fn a_true_root_comes_before_a_longer_orphan() {
    let spans = [made("lost", "gone", 0, 1000), made("root", "", 5, 10), made("x", "gone", 7, -4)];
    let tree = tree_of(&spans);
    assert_eq!(tree.rows[tree.main_root.unwrap()].node, 1);
    assert_eq!(row(&tree, 0).problem, Some(Problem::MissingParent));
    let orphans = tree_of(&[made("a", "gone", 0, 5), made("b", "gone", 1, 9)]);
    assert_eq!(orphans.rows[orphans.main_root.unwrap()].node, 1);
    assert_eq!(row(&tree_of(&[made("n", "", 0, -7)]), 0).problem, Some(Problem::NegativeDuration));
}

#[test]
fn a_hundred_thousand_spans_may_be_as_deep_or_as_wide_as_they_like() {
    const SPANS: usize = 100_000;
    let deep: Vec<Made> = (0..SPANS as i64)
        .map(|n| made(&n.to_string(), &(n - 1).max(0).to_string(), n, 300_000 - 2 * n))
        .collect();
    let tree = tree_of(&deep);
    assert_eq!(tree.rows.last().unwrap().depth, SPANS - 1);
    assert_eq!(tree.critical_path.len(), 2 * SPANS - 1);
    let wide: Vec<Made> = (0..SPANS as i64)
        .map(|n| {
            made(&n.to_string(), if n == 0 { "" } else { "0" }, n, if n == 0 { 200_000 } else { 1 })
        })
        .collect();
    let tree = tree_of(&wide);
    assert_eq!((tree.rows[0].descendants, tree.rows[0].self_ns), (SPANS - 1, 100_001));
    let same: Vec<Made> = (0..SPANS).map(|_| made("same", "same", 0, 1)).collect();
    assert_eq!(tree_of(&same).rows.len(), SPANS);
}
