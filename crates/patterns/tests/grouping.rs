//! How well messages are grouped, on labelled logs.

mod loghub;

use hannun_patterns::{Miner, Options, template_matches};

#[test]
fn labelled_logs_are_grouped_with_one_configuration_for_all_systems() {
    let systems = loghub::systems();
    if systems.is_empty() {
        return;
    }
    let (mut arrival, mut resolved) = (0.0, 0.0);
    for system in &systems {
        let miner = Miner::new(Options::default());
        let mine = |message: &String| miner.mine(&system.name, message).id;
        let ids: Vec<u64> = system.messages.iter().map(mine).collect();
        let later: Vec<u64> = ids.iter().map(|id| miner.resolve(*id)).collect();
        arrival += loghub::grouping_accuracy(&ids, &system.events);
        resolved += loghub::grouping_accuracy(&later, &system.events);
    }
    let count = systems.len() as f64;
    println!("grouping accuracy {:.4}, resolved {:.4}", arrival / count, resolved / count);
    assert!(arrival / count >= 0.95, "as messages arrive: {}", arrival / count);
    assert!(resolved / count >= 0.99, "after merges: {}", resolved / count);
}

#[test]
fn every_labelled_message_matches_the_template_it_got_and_keeps_its_id() {
    for system in loghub::systems() {
        let miner = Miner::new(Options::default());
        let first: Vec<_> =
            system.messages.iter().map(|message| miner.mine(&system.name, message)).collect();
        for (message, mined) in system.messages.iter().zip(first) {
            assert!(template_matches(&mined.template, message), "{} / {message}", mined.template);
            let again = miner.mine(&system.name, message);
            assert_eq!(again.id, miner.resolve(mined.id), "{message}");
            assert!(!again.is_new);
        }
    }
}

#[test]
fn grouping_accuracy_counts_messages_of_exact_groups_only() {
    let events = ["a", "a", "b", "b", "c"].map(str::to_owned);
    assert_eq!(loghub::grouping_accuracy(&[1, 1, 2, 2, 3], &events), 1.0);
    // One of "b" stands apart, so both are wrong.
    assert_eq!(loghub::grouping_accuracy(&[1, 1, 2, 3, 4], &events), 0.6);
    // "b" and "c" in one group: all three are wrong.
    assert_eq!(loghub::grouping_accuracy(&[1, 1, 2, 2, 2], &events), 0.4);
}
