//! Names of services that are likely meant to be one.
//!
//! Two names are alike when one of these holds, and for no other reason:
//!
//! - they differ in case and separators only: `OrderService`, `order_service`;
//! - they differ by an environment at an end, which belongs into `deployment.environment.name`:
//!   `checkout-prod`, `checkout`;
//! - they differ by a last word that says nothing: `order-service`, `order`;
//! - they differ by a plural: `orders`, `order`;
//! - one word of five letters or more has one letter too many, too few, changed or swapped, behind its
//!   first letter: `payment-gateway`, `paymnet-gateway`. Digits are never taken for typing errors,
//!   and neither is what distinguishes short names: `order-v1`, `order-v2`; `worker-a`, `worker-b`.

use hannun_model::limits::{CATALOG_TYPO_CHARACTERS_MAX, CATALOG_TYPO_CHARACTERS_MIN};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use utoipa::ToSchema;

/// Last words of a name that tell where it runs.
const ENVIRONMENTS_BEHIND: [&str; 14] = [
    "prod",
    "production",
    "prd",
    "preprod",
    "staging",
    "stage",
    "stg",
    "dev",
    "development",
    "test",
    "qa",
    "uat",
    "sandbox",
    "local",
];
/// First words that do; fewer, because `test-runner` is no runner in an environment.
const ENVIRONMENTS_IN_FRONT: [&str; 8] =
    ["prod", "production", "prd", "staging", "stg", "dev", "qa", "uat"];
/// Last words that any service could have.
const EMPTY_WORDS: [&str; 3] = ["service", "svc", "srv"];
/// What is left of a name without such words is at least so long.
const ROOT_CHARACTERS_MIN: usize = 3;
const PLURAL_CHARACTERS_MIN: usize = 4;
/// A word in which a typing error is looked for.
const TYPO_WORD_CHARACTERS_MIN: usize = 5;
/// Names that share a form with one letter left out and are compared with each other.
const TYPO_COMPARED_MAX: usize = 64;

/// Why two names are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Case and separators.
    Spelling,
    /// An environment is part of a name.
    Environment,
    /// A last word that says nothing.
    Suffix,
    Plural,
    /// One letter.
    Typing,
}

/// Why two names are alike; `None` when they are not, or are the same.
pub fn likeness(one: &str, other: &str) -> Option<Likeness> {
    let (first, second) = (Form::of(one), Form::of(other));
    if one == other || first.root != second.root || first.root.is_empty() {
        return (one != other && is_typo(&first, &second)).then_some(Likeness::Typing);
    }
    Some(match () {
        () if first.spelled == second.spelled => Likeness::Spelling,
        () if first.environment != second.environment => Likeness::Environment,
        () if first.suffix != second.suffix => Likeness::Suffix,
        () => Likeness::Plural,
    })
}

/// What is compared of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    words: Vec<String>,
    /// The words in one.
    spelled: String,
    /// Without environment, empty word and plural.
    root: String,
    environment: Option<String>,
    suffix: Option<String>,
}

impl Form {
    fn of(name: &str) -> Self {
        let words = words(name);
        let spelled = words.concat();
        let mut rest: &[String] = &words;
        let mut environment = None;
        let is_long = |words: &[String]| {
            words.iter().map(|it| it.chars().count()).sum::<usize>() >= ROOT_CHARACTERS_MIN
        };
        if let Some((last, before)) = rest.split_last()
            && ENVIRONMENTS_BEHIND.contains(&last.as_str())
            && is_long(before)
        {
            (environment, rest) = (Some(last.clone()), before);
        } else if let Some((first, behind)) = rest.split_first()
            && ENVIRONMENTS_IN_FRONT.contains(&first.as_str())
            && is_long(behind)
        {
            (environment, rest) = (Some(first.clone()), behind);
        }
        let mut suffix = None;
        if let Some((last, before)) = rest.split_last()
            && EMPTY_WORDS.contains(&last.as_str())
            && is_long(before)
        {
            (suffix, rest) = (Some(last.clone()), before);
        }
        let mut root: String = rest.iter().map(|word| singular(word)).collect();
        if suffix.is_none()
            && let Some(word) = EMPTY_WORDS.into_iter().find(|word| root.ends_with(word))
            && let Some(short) = root.strip_suffix(word)
            && short.chars().count() >= ROOT_CHARACTERS_MIN
        {
            (suffix, root) = (Some(word.to_owned()), singular(short));
        }
        Self { words, spelled, root, environment, suffix }
    }
}

/// The words of a name in lower case: parts between signs, and between a small and a capital letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        let begins = !character.is_alphanumeric() || (was_small && character.is_uppercase());
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        was_small = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A word without its plural, as far as its ending tells.
fn singular(word: &str) -> String {
    if word.chars().count() < PLURAL_CHARACTERS_MIN {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let is_plural = word.ends_with('s') && !["ss", "us", "is"].iter().any(|it| word.ends_with(it));
    if is_plural { word[..word.len() - 1].to_owned() } else { word.to_owned() }
}

fn is_typo(one: &Form, other: &Form) -> bool {
    let lengths = CATALOG_TYPO_CHARACTERS_MIN..=CATALOG_TYPO_CHARACTERS_MAX;
    let fits = |form: &Form| lengths.contains(&form.spelled.chars().count());
    if !fits(one) || !fits(other) || one.words.len() != other.words.len() {
        return false;
    }
    let mut differing = one.words.iter().zip(&other.words).filter(|(one, other)| one != other);
    match (differing.next(), differing.next()) {
        (Some((one, other)), None) => is_typo_of_word(one, other),
        _ => false,
    }
}

/// Whether one letter, not the first, is too many, too few, changed or swapped with the next.
fn is_typo_of_word(one: &str, other: &str) -> bool {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.len() < TYPO_WORD_CHARACTERS_MIN || long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(&long).take_while(|(one, other)| one == other).count();
    let (short_rest, long_rest) = (&short[same..], &long[same..]);
    let letters = |rest: &[char], count: usize| {
        rest.len() >= count && rest[..count].iter().all(|it| it.is_alphabetic())
    };
    if same == 0 || !letters(long_rest, 1) {
        return false;
    }
    if short.len() < long.len() {
        return short_rest == &long_rest[1..];
    }
    let changed = letters(short_rest, 1) && short_rest[1..] == long_rest[1..];
    let swapped = letters(short_rest, 2)
        && letters(long_rest, 2)
        && (short_rest[0], short_rest[1]) == (long_rest[1], long_rest[0])
        && short_rest[2..] == long_rest[2..];
    changed || swapped
}

/// For each name the others that it is like, in the order of the names; those of the best first when
/// the names are ordered so. Only pairs in which the other comes first are told.
pub fn alike(names: &[&str], typos_of: usize, related_max: usize) -> Vec<Vec<usize>> {
    let forms: Vec<Form> = names.iter().map(|name| Form::of(name)).collect();
    let mut related: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); names.len()];
    let mut by_root: HashMap<&str, Vec<usize>> = HashMap::new();
    // Names of signs alone have nothing that could be alike.
    for (index, form) in forms.iter().enumerate().filter(|(_, form)| !form.root.is_empty()) {
        let same = by_root.entry(form.root.as_str()).or_default();
        related[index].extend(same.iter().take(related_max));
        if same.len() < related_max {
            same.push(index);
        }
    }
    let mut by_shortened: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, form) in forms.iter().enumerate().take(typos_of) {
        for shortened in shortened(&form.spelled) {
            let same = by_shortened.entry(shortened).or_default();
            related[index].extend(same.iter().filter(|other| is_typo(&forms[**other], form)));
            if same.len() < TYPO_COMPARED_MAX {
                same.push(index);
            }
        }
    }
    let cut = |set: BTreeSet<usize>| set.into_iter().take(related_max).collect();
    related.into_iter().map(cut).collect()
}

/// The name and every form of it with one letter left out: two names that are one letter apart have
/// such a form in common. None of names in which no typing error is looked for.
fn shortened(spelled: &str) -> BTreeSet<String> {
    let letters: Vec<char> = spelled.chars().collect();
    if !(CATALOG_TYPO_CHARACTERS_MIN..=CATALOG_TYPO_CHARACTERS_MAX).contains(&letters.len()) {
        return BTreeSet::new();
    }
    let without = |left_out: usize| -> String {
        let kept = letters.iter().enumerate().filter(|(index, _)| *index != left_out);
        kept.map(|(_, letter)| *letter).collect()
    };
    (0..=letters.len()).map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_alike_for_reasons_that_can_be_told() {
        use Likeness::{Environment, Plural, Spelling, Suffix, Typing};
        for (one, other, reason) in [
            ("OrderService", "order_service", Spelling),
            ("order.service", "order-service", Spelling),
            ("Order", "order", Spelling),
            ("checkout-prod", "checkout", Environment),
            ("checkout-prod", "checkout_staging", Environment),
            ("dev-checkout", "checkout", Environment),
            ("order-service", "order", Suffix),
            ("orderservice", "order-svc", Suffix),
            ("orderservice", "order", Suffix),
            ("orders", "order", Plural),
            ("categories", "category", Plural),
            ("orders-service", "order-service", Plural),
            ("payment-gateway", "paymnet-gateway", Typing),
            ("payment-gateway", "payment-gatway", Typing),
            ("notification", "notificatian", Typing),
        ] {
            assert_eq!(likeness(one, other), Some(reason), "{one} and {other}");
        }
    }

    #[test]
    fn names_that_are_meant_to_differ_are_not_alike() {
        for (one, other) in [
            ("order", "order"),
            ("order-v1", "order-v2"),
            ("shard-000001", "shard-000002"),
            ("worker-a", "worker-b"),
            ("order", "border"),
            ("order-api", "order"),
            ("order-worker", "order-api"),
            ("mail-sender", "mail-render"),
            ("import-orders", "export-orders"),
            ("inbound-mails", "unbound-mails"),
            ("test", "dev"),
            ("test-runner", "runner"),
            ("redis", "redi"),
            ("cart", "card"),
            ("kafka-eu1", "kafka-eu2"),
            ("service", "svc"),
            ("주문", "결제"),
        ] {
            assert_eq!(likeness(one, other), None, "{one} and {other}");
        }
    }

    #[test]
    fn each_name_is_told_of_the_better_ones_it_is_like() {
        let names = [
            "order",
            "cart",
            "Order",
            "order-service",
            "payment-gateway",
            "orders-prod",
            "payment-gatewya",
        ];
        let expected: [&[usize]; 7] = [&[], &[], &[0], &[0, 2], &[], &[0, 2, 3], &[4]];
        assert_eq!(alike(&names, names.len(), 10), expected);
        assert_eq!(alike(&names, names.len(), 1)[5], [0]);
        assert_eq!(alike(&names, 0, 10)[6], Vec::<usize>::new());
    }

    #[test]
    fn names_of_signs_alone_are_like_nothing() {
        assert_eq!(likeness("-", "***"), None);
        assert_eq!(alike(&["-", "***", "_"], 3, 10), [vec![], vec![], vec![]] as [Vec<usize>; 3]);
    }

    #[test]
    fn a_flood_of_like_names_is_compared_in_time() {
        let names: Vec<String> =
            (0..5_000).map(|number| format!("checkout-{}", letters(number))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let begun = std::time::Instant::now();
        assert_eq!(alike(&names, names.len(), 10).len(), names.len());
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }

    fn letters(mut number: usize) -> String {
        let mut word = String::new();
        while word.len() < 6 {
            word.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
            number /= 26;
        }
        word
    }

    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![
            "(dev-|)(order|payment|notification|Menu)s?(-|_|)(Service|svc|gateway|api|)(-prod|_qa|)",
            "paym(en|ne)t-gat?ewa[yi]",
            "[a-z]{8,10}",
            any::<String>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn likeness_does_not_depend_on_the_order(one in any_name(), other in any_name()) {
            prop_assert_eq!(likeness(&one, &other), likeness(&other, &one));
            prop_assert_eq!(likeness(&one, &one), None);
        }

        #[test]
        fn the_index_finds_what_comparing_finds(names in prop::collection::btree_set(any_name(), 0..12)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = alike(&names, names.len(), names.len() + 1);
            for (index, name) in names.iter().enumerate() {
                let expected: Vec<usize> =
                    (0..index).filter(|other| likeness(names[*other], name).is_some()).collect();
                prop_assert_eq!(&found[index], &expected, "{}", name);
            }
        }
    }
}
