//! When patterns are one: they differ in few words, and enough different words were seen there.
//!
//! A word that takes two or three values is more often a state (`opened`, `closed`) than a name, and
//! people want states apart. So words wait for evidence, except where a label announces a value.

use crate::form::Token;
use crate::kind::is_variable;
use crate::template::{Template, holds};

/// Different words seen at a place before it is a variable.
const VALUES_MIN: usize = 5;
/// The same where what remains says little, where all words are constants of a program
/// (`RUNNING`), or at the first word, which most often names what happened.
const VALUES_MIN_DOUBTFUL: usize = 16;
/// Words that stay, for each further place that may vary.
const WORDS_PER_PLACE: u32 = 3;

/// How a message differs from a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The places where it does, one bit each.
    pub(crate) places: u128,
    /// Words that are the same.
    pub(crate) same_words: u32,
}

/// Where `tokens` differs from `template`; `None` when they are too different to become one.
pub(crate) fn difference(template: &[Token], tokens: &[Token]) -> Option<Difference> {
    if template.len() != tokens.len() {
        return None;
    }
    let mut found = Difference { places: 0, same_words: 0 };
    for (place, (mine, other)) in template.iter().zip(tokens).enumerate() {
        if holds(*mine, *other) {
            found.same_words += u32::from(matches!((mine, other), (Token::Word(_), _)));
        } else if matches!(mine, Token::Sign(_)) || matches!(other, Token::Sign(_)) {
            return None;
        } else {
            found.places |= 1 << place;
        }
    }
    let places = found.places.count_ones();
    let fits = found.same_words > 0 && places <= 1 + found.same_words / WORDS_PER_PLACE;
    fits.then_some(found)
}

/// The places that become variables when the new pattern `fresh` joins some of `others`, and which
/// of those. `others` holds each pattern that is not too different, with its difference.
pub(crate) fn plan(
    fresh: &Template,
    others: &[(usize, &Template, Difference)],
) -> Option<(u128, Vec<usize>)> {
    let mut tried: Vec<u128> = others.iter().map(|(_, _, difference)| difference.places).collect();
    tried.sort_unstable_by_key(|places| (places.count_ones(), *places));
    tried.dedup();
    tried.into_iter().find_map(|places| {
        let joined = || others.iter().filter(move |(_, _, d)| d.places & !places == 0);
        let enough = bits(places).all(|place| {
            let same_words =
                joined().map(|(_, _, difference)| difference.same_words).min().unwrap_or(0);
            let values = joined().map(|(_, template, _)| *template);
            varies(fresh, values, place, same_words)
        });
        enough.then(|| (places, joined().map(|(slot, ..)| *slot).collect()))
    })
}

fn varies<'a>(
    fresh: &Template,
    others: impl Iterator<Item = &'a Template>,
    place: usize,
    same_words: u32,
) -> bool {
    let mut values = vec![fresh.token_text(place)];
    values.extend(others.map(|template| template.token_text(place)));
    values.sort_unstable();
    values.dedup();
    if values.len() < 2 {
        return false;
    }
    let first_word = !fresh.tokens()[..place].iter().any(|token| matches!(token, Token::Word(_)));
    if is_announced(fresh, place) || are_names(&values, first_word, same_words) {
        return true;
    }
    let doubtful = same_words < 2 || first_word || values.iter().all(|value| is_constant(value));
    values.len() >= if doubtful { VALUES_MIN_DOUBTFUL } else { VALUES_MIN }
}

/// Whether the shape of `values` shows that they name things: one is a variable already, or all
/// hold one (`rdd_<num>`, `broadcast_<num>`). A first word tells what happened; there, only names
/// that begin alike count.
fn are_names(values: &[&[u8]], first_word: bool, same_words: u32) -> bool {
    let bare = values.iter().any(|value| matches!(value, [byte] if is_variable(*byte)));
    let numbered = values.iter().all(|value| value.iter().any(|byte| is_variable(*byte)));
    let lead = |value: &[u8]| value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let alike = || {
        let first = &values[0][..lead(values[0])];
        values.iter().all(|value| &value[..lead(value)] == first)
    };
    (bare && same_words >= 2) || (numbered && (!first_word || alike()))
}

/// Whether the word before `place` says that a name follows.
fn is_announced(template: &Template, place: usize) -> bool {
    place > 0
        && matches!(
            template.token_text(place - 1),
            b"user" | b"username" | b"account" | b"host" | b"hostname"
        )
}

/// Whether `word` is written as constants of programs are: `RUNNING`, `SCREEN_ON`.
fn is_constant(word: &[u8]) -> bool {
    word.len() > 1
        && word.iter().any(u8::is_ascii_uppercase)
        && word.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_' || *byte == b'-')
}

fn bits(places: u128) -> impl Iterator<Item = usize> {
    (0..128).filter(move |place| places & (1 << place) != 0)
}
