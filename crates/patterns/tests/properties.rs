//! What holds for every message.

use hannun_patterns::{Miner, Options, normalise, template_matches};
use proptest::prelude::*;

/// Text that looks like logs: words, numbers, signs, addresses, several scripts.
fn message() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zA-Z]{1,8}",
        "[0-9]{1,6}",
        "[-_.:/@\\\\=,;()\\[\\]<>{}'\"#$%+*|~?!& \\n\\t]{1,3}",
        "[0-9a-f]{2,10}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(:[0-9]{2,5})?",
        "[a-z]{2,5}\\.(com|kr|id|rs)",
        "[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ]?",
        Just("Wed Jul 27 10:59:53 2005".to_owned()),
        Just("84a1f8c2-5d0f-4b7e-9a35-1c2d3e4f5a6b".to_owned()),
        Just("\u{1b}[31m".to_owned()),
        Just("<num>".to_owned()),
        Just("<…>".to_owned()),
        "[가-힣]{1,3}",
        "[\\x00-\\x1f]",
        any::<char>().prop_map(String::from),
        Just(" ".to_owned()),
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_normal_form_is_text_with_single_blanks(message in message()) {
        let mut normal = Vec::new();
        normalise(&message, &mut normal);
        let text = String::from_utf8(normal).unwrap();
        prop_assert!(!text.contains("  ") && !text.starts_with(' ') && !text.ends_with(' '));
        prop_assert!(text.len() <= 2 * message.len() + 1);
    }

    #[test]
    fn a_message_matches_the_template_it_got(messages in proptest::collection::vec(message(), 1..12)) {
        let miner = Miner::new(Options::default());
        for message in &messages {
            let mined = miner.mine("shop", message);
            prop_assert!(
                template_matches(&mined.template, message),
                "{:?} does not hold {message:?}", mined.template
            );
            let again = miner.mine("shop", message);
            prop_assert_eq!(again.id, mined.id);
            prop_assert!(!again.is_new);
        }
    }

    #[test]
    fn what_was_stored_brings_the_ids_back(messages in proptest::collection::vec(message(), 1..12)) {
        let before = Miner::new(Options::default());
        let stored: Vec<_> = messages.iter().map(|message| before.mine("shop", message)).collect();
        let after = Miner::new(Options::default());
        for mined in &stored {
            after.seed("shop", mined.id, &mined.template);
        }
        for (message, mined) in messages.iter().zip(&stored) {
            let again = after.mine("shop", message);
            prop_assert_eq!(after.resolve(again.id), after.resolve(mined.id));
            prop_assert!(!again.is_new, "{}", message);
        }
    }
}
