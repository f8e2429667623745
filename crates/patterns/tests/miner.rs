//! Ids, merging and limits.

use hannun_patterns::{Miner, Options, template_matches};

fn miner() -> Miner {
    Miner::new(Options::default())
}

#[test]
fn names_become_a_variable_when_enough_were_seen_and_old_ids_resolve() {
    let miner = miner();
    let names = ["ant", "bee", "cat", "dog", "eel", "fox"];
    let mined = names.map(|name| miner.mine("auth", &format!("login by {name} was refused today")));
    assert_eq!(mined.each_ref().map(|one| one.is_new), [true, true, true, true, false, false]);
    assert_eq!(&*mined[4].template, "login by <str> was refused today");
    for one in &mined {
        assert_eq!(miner.resolve(one.id), mined[5].id);
    }
    assert_eq!((miner.counts().patterns, miner.counts().aliases), (1, 3));
    assert_eq!(miner.aliases().len(), 3);
}

#[test]
fn the_pattern_with_most_records_keeps_its_id() {
    let miner = miner();
    let id = |name: &str| miner.mine("auth", &format!("login by {name} was refused today")).id;
    id("ant");
    let often = id("root");
    for _ in 0..10 {
        assert_eq!(id("root"), often);
    }
    id("bee");
    id("cat");
    assert_eq!(id("dog"), often);
}

#[test]
fn a_word_that_a_label_announces_is_a_variable_at_once() {
    let miner = miner();
    let first = miner.mine("auth", "session opened for user ant");
    let second = miner.mine("auth", "session opened for user bee");
    assert_eq!(first.id, second.id);
    assert_eq!((second.is_new, &*second.template), (false, "session opened for user <str>"));
}

#[test]
fn few_states_stay_apart() {
    let miner = miner();
    for state in ["opened", "closed", "refused"] {
        for port in 0..100 {
            let mined = miner.mine("db", &format!("connection on port {port} was {state} by peer"));
            assert_eq!(&*mined.template, format!("connection on port <num> was {state} by peer"));
        }
    }
    let (one, other) = ("task 7 went from NEW to READY", "task 8 went from READY to RUNNING");
    assert_ne!(miner.mine("db", one).id, miner.mine("db", other).id);
    assert_eq!(miner.counts().patterns, 5);
}

#[test]
fn kinds_of_one_place_are_joined_in_the_template() {
    let miner = miner();
    let first = miner.mine("proxy", "connect to 10.0.0.7 failed");
    let second = miner.mine("proxy", "connect to a.example.com failed");
    assert_eq!(first.id, second.id);
    assert_eq!(&*second.template, "connect to <host> failed");
}

#[test]
fn services_do_not_share_patterns() {
    let miner = miner();
    assert_ne!(miner.mine("a", "ready").id, miner.mine("b", "ready").id);
}

#[test]
fn another_start_gives_the_same_ids_to_the_same_first_messages() {
    for message in ["ready", "order 7 paid", "주문 7이 결제됨", ""] {
        assert_eq!(miner().mine("shop", message).id, miner().mine("shop", message).id);
    }
    assert_eq!(miner().mine("a", "order 7 paid").id, miner().mine("a", "order 10.0.0.1 paid").id);
}

#[test]
fn seeded_patterns_keep_their_ids_and_are_not_new() {
    let miner = miner();
    assert!(miner.seed("auth", 42, "login by <str> was refused"));
    let mined = miner.mine("auth", "login by ant was refused");
    assert_eq!((mined.id, mined.is_new), (42, false));
    // The narrower template that the pattern had before.
    assert!(miner.seed("auth", 7, "login by bee was refused"));
    assert_eq!(miner.resolve(7), 42);
    // The other way round.
    miner.seed("mail", 7, "sent to bee after <num> tries");
    miner.seed("mail", 42, "sent to <str> after <num> tries");
    assert_eq!((miner.resolve(7), miner.mine("mail", "sent to cat after 2 tries").id), (42, 42));
}

/// A word that no rule takes for a variable, another one for each number.
fn word(mut number: u64) -> String {
    let mut word = String::new();
    for _ in 0..8 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

/// A message of ten words that never comes again.
fn noise(number: u64) -> String {
    let mut state = number;
    let words = (0..10).map(|_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word(state >> 20)
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_million_different_messages_stay_within_the_limits() {
    let options = Options {
        patterns_per_service_max: 50,
        patterns_max: 120,
        services_max: 3,
        forms_max: 200,
        aliases_max: 10,
    };
    let miner = Miner::new(options);
    let mut new = 0;
    for number in 0..1_000_000 {
        let service = ["a", "b", "c", "d"][number as usize % 4];
        let mined = miner.mine(service, &noise(number));
        new += u64::from(mined.is_new);
        assert!(!mined.is_new || service != "d");
    }
    let counts = miner.counts();
    assert!(counts.patterns <= 120 && counts.forms <= 200 && counts.aliases <= 10, "{counts:?}");
    // Stale patterns make room now and then; everything else is counted.
    assert!(new < 1500, "{new} new patterns");
    assert_eq!(counts.overflowed, 1_000_000 - new);
}

#[test]
fn past_the_limit_there_is_one_pattern_for_the_rest_and_known_ones_still_count() {
    let miner = Miner::new(Options { patterns_per_service_max: 2, ..Options::default() });
    let known = miner.mine("a", "first thing happened");
    miner.mine("a", "something else is here now");
    let (one, other) = (miner.mine("a", "third"), miner.mine("a", "a fourth one"));
    assert_eq!((one.id, &*one.template, one.is_new), (other.id, "<…>", false));
    assert!(template_matches(&one.template, "a fourth one"));
    assert_ne!(miner.mine("b", "third").id, one.id);
    assert_eq!(miner.mine("a", "first thing happened").id, known.id);
    assert_eq!(miner.counts().overflowed, 2);
}

#[test]
fn a_stale_pattern_gives_its_place_to_a_new_one() {
    let miner = Miner::new(Options { patterns_per_service_max: 2, ..Options::default() });
    miner.mine("a", "seen only once");
    for _ in 0..hannun_model::limits::PATTERN_STALE_RECORDS + 10 {
        miner.mine("a", "seen all the time by all");
    }
    assert!(miner.mine("a", "never seen").is_new);
    assert_eq!(miner.counts().patterns, 2);
}

#[test]
fn threads_share_a_miner() {
    let miner = miner();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let miner = &miner;
            scope.spawn(move || {
                for number in 0..1000 {
                    miner.mine("shared", &format!("order {number} paid"));
                    miner.mine(&format!("own {thread}"), &format!("order {number} sent"));
                }
            });
        }
    });
    assert_eq!(miner.counts().patterns, 5);
}
