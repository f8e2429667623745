//! Looking for a phrase or a pattern with wildcards in a text, whatever its case.
//!
//! A phrase begins and ends where words do: `time` is in `time out` and not in `timeout`. In
//! scripts that do not separate words (see [`hannun_model::text`]) it may stand anywhere. `*` in a
//! pattern is any characters, `?` is one; at an end they open it.

use hannun_model::text::{CharClass, class_of, folded, required_tokens};
use regex::bytes::{Regex, RegexBuilder};

/// Memory of one compiled pattern.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// A phrase that is looked for.
#[derive(Debug, Clone)]
pub struct Phrase {
    /// What must stand one after another, with anything between.
    segments: Vec<Regex>,
    /// The text is compared in lower case; else byte by byte, because nothing in the phrase has a
    /// case outside ASCII.
    folds: bool,
    /// The word at this end may go on in the text.
    open_start: bool,
    open_end: bool,
    tokens: Vec<String>,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern is too long")]
pub struct PatternTooLong;

impl Phrase {
    /// A phrase as it stands, without wildcards.
    pub fn literal(text: &str) -> Result<Self, PatternTooLong> {
        Self::new(&[Part::Text(text.to_owned())])
    }

    /// A pattern in which `*` and `?` are wildcards and a backslash takes their meaning away.
    pub fn pattern(text: &str) -> Result<Self, PatternTooLong> {
        Self::new(&parts(text))
    }

    fn new(parts: &[Part]) -> Result<Self, PatternTooLong> {
        let is_text = |part: Option<&Part>| matches!(part, Some(Part::Text(_)));
        let mut phrase = Self {
            segments: Vec::new(),
            folds: !parts.iter().all(Part::has_no_case_outside_ascii),
            open_start: !is_text(parts.first()),
            open_end: !is_text(parts.last()),
            tokens: Vec::new(),
        };
        for segment in parts.split(|part| *part == Part::Any).filter(|it| !it.is_empty()) {
            let mut source = String::new();
            for part in segment {
                part.write_regex(&mut source, phrase.folds);
            }
            let compiled = RegexBuilder::new(&source).size_limit(PATTERN_BYTES_MAX).build();
            phrase.segments.push(compiled.map_err(|_| PatternTooLong)?);
        }
        for (index, part) in parts.iter().enumerate() {
            if let Part::Text(text) = part {
                let closed_end = index + 1 == parts.len();
                phrase.tokens.extend(required_tokens(&folded(text), index > 0, !closed_end));
            }
        }
        phrase.tokens.sort_unstable();
        phrase.tokens.dedup();
        Ok(phrase)
    }

    /// The tokens that every text has in which the phrase stands.
    pub fn required_tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Whether the phrase stands in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        if self.folds { self.found(&folded(text)) } else { self.found(text) }
    }

    /// Takes each segment where it can first stand: what stands earlier leaves most to the others.
    fn found(&self, text: &str) -> bool {
        let last = self.segments.len().saturating_sub(1);
        let mut from = 0;
        for (index, segment) in self.segments.iter().enumerate() {
            loop {
                let Some(found) = segment.find_at(text.as_bytes(), from) else { return false };
                let starts = index > 0 || self.open_start || is_word_edge(text, found.start());
                let ends = index < last || self.open_end || is_word_edge(text, found.end());
                if starts && ends {
                    from = found.end();
                    break;
                }
                from = text.ceil_char_boundary(found.start() + 1);
                if from > text.len() {
                    return false;
                }
            }
        }
        true
    }
}

/// Whether no word goes on across this place.
fn is_word_edge(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return false };
    let is_word = |character: Option<char>| {
        character.is_some_and(|character| class_of(character) == CharClass::Word)
    };
    !(is_word(before.chars().next_back()) && is_word(after.chars().next()))
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Any,
    One,
}

fn parts(pattern: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '*' => {
                if parts.last() != Some(&Part::Any) {
                    parts.push(Part::Any);
                }
                continue;
            }
            '?' => {
                parts.push(Part::One);
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(literal),
            _ => parts.push(Part::Text(literal.to_string())),
        }
    }
    parts
}

impl Part {
    fn has_no_case_outside_ascii(&self) -> bool {
        let Self::Text(text) = self else { return true };
        let mut others = text.chars().filter(|character| !character.is_ascii());
        others.all(|other| !other.is_lowercase() && !other.is_uppercase())
    }

    fn write_regex(&self, out: &mut String, folds: bool) {
        match self {
            Self::Any => {}
            Self::One => out.push_str("(?s:.)"),
            Self::Text(text) if folds => out.push_str(&regex::escape(&folded(text))),
            Self::Text(text) => {
                out.push_str("(?i-u:");
                out.push_str(&regex::escape(text));
                out.push(')');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn literal(phrase: &str, text: &str) -> bool {
        Phrase::literal(phrase).unwrap().is_in(text)
    }

    fn pattern(pattern: &str, text: &str) -> bool {
        Phrase::pattern(pattern).unwrap().is_in(text)
    }

    #[test]
    fn a_word_is_found_whole_and_in_any_case() {
        assert!(literal("timeout", "Read TIMEOUT."));
        assert!(!literal("timeout", "timeouts"));
        assert!(!literal("out", "timeout"));
        assert!(literal("time out", "a time out"));
        assert!(literal("5032", "order_5032"));
        assert!(literal("überfall", "ein ÜBERFALL!"));
        assert!(literal("", "anything"));
        assert!(literal("[10.0", "x [10.0] y"));
    }

    #[test]
    fn parts_of_hangul_are_found() {
        assert!(literal("결제", "신용카드결제가 실패"));
        assert!(literal("timeout", "timeout이 발생"));
        assert!(!literal("결재", "결제"));
        assert!(literal("東京", "在東京都"));
    }

    #[test]
    fn wildcards_open_words() {
        assert!(pattern("time*", "timeouts"));
        assert!(!pattern("time*", "a lifetime"));
        assert!(pattern("*out", "timeout"));
        assert!(pattern("*meo*", "timeout"));
        assert!(pattern("foo*bar", "foo xbarz bar"));
        assert!(!pattern("foo*bar", "foo xbarz"));
        assert!(pattern("err?r", "errör") && !pattern("err?r", "err"));
        assert!(pattern("*", "") && pattern("a\\*b", "a*b") && !pattern("a\\*b", "axb"));
    }

    proptest! {
        #[test]
        fn whatever_is_found_has_the_tokens(
            text in "[ a-cA-C가-깋é*_.-]{0,12}",
            sought in "[a-cA-C가-깋É?* .]{1,6}",
        ) {
            let mut present = Vec::new();
            hannun_model::text::for_each_token(&text, &mut String::new(), |token| {
                present.push(token.to_owned());
            });
            for phrase in [Phrase::literal(&sought).unwrap(), Phrase::pattern(&sought).unwrap()] {
                if phrase.is_in(&text) {
                    for token in phrase.required_tokens() {
                        prop_assert!(present.contains(token), "{token:?} of {sought:?} in {text:?}");
                    }
                }
            }
        }
    }
}
