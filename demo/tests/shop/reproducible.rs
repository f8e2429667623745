//! The history of a seed is the same every time.

use crate::played::{Played, hours, play};
use hannun_demo::Scenario;

fn sorted(mut played: Played) -> Played {
    played.received.spans.sort();
    played.received.logs.sort();
    played
}

#[test]
fn the_same_seed_and_end_give_the_same_spans_and_logs() {
    let first = sorted(play(Scenario::Mixed, 7, &hours(0.75)));
    let second = sorted(play(Scenario::Mixed, 7, &hours(0.75)));
    assert!(first.received.spans.len() > 5_000, "{} spans", first.received.spans.len());
    assert_eq!(first.truth, second.truth);
    assert!(first.received.spans == second.received.spans, "the spans differ");
    assert!(first.received.logs == second.received.logs, "the logs differ");
}

#[test]
fn another_seed_gives_another_history() {
    let first = play(Scenario::Calm, 7, &hours(0.25));
    let second = play(Scenario::Calm, 8, &hours(0.25));
    let traces = |played: &Played| {
        played
            .received
            .spans
            .iter()
            .map(|span| span.trace.clone())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(traces(&first).is_disjoint(&traces(&second)));
    assert_ne!(first.truth.revenue_won, second.truth.revenue_won);
}
