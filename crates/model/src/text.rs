//! Words of a text: what full-text search compares, and what the text index of a file knows.
//!
//! A *word* is a run of letters and digits, in lower case. Scripts that do not put spaces between
//! what people search for (Hangul with its particles, Han, Kana, Thai …) have no such words: each
//! pair of neighbouring characters counts as one, and each character alone, so that any part of a
//! run can be found. Everything else separates.

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharClass {
    /// A letter or digit of a word.
    Word,
    /// A character of a script that is searched by its parts.
    Unspaced,
    Separator,
}

/// The class of a character.
#[inline]
pub fn class_of(character: char) -> CharClass {
    if character.is_ascii() {
        return if character.is_ascii_alphanumeric() {
            CharClass::Word
        } else {
            CharClass::Separator
        };
    }
    if is_unspaced(character) {
        CharClass::Unspaced
    } else if character.is_alphanumeric() {
        CharClass::Word
    } else {
        CharClass::Separator
    }
}

fn is_unspaced(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF      // Thai, Lao
        | 0x1000..=0x109F    // Myanmar
        | 0x1100..=0x11FF    // Hangul Jamo
        | 0x1780..=0x17FF    // Khmer
        | 0x3005..=0x3007    // Han iteration marks
        | 0x3040..=0x30FF    // Hiragana, Katakana
        | 0x3100..=0x318F    // Bopomofo, Hangul compatibility Jamo
        | 0x31A0..=0x31BF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xA960..=0xA97F
        | 0xAC00..=0xD7FF    // Hangul syllables
        | 0xF900..=0xFAFF
        | 0xFF66..=0xFFDC    // half-width Katakana and Hangul
        | 0x20000..=0x3FFFF)
}

/// The lower-case form of a character. A character outside ASCII never becomes one inside, so that
/// a search for ASCII may compare bytes.
#[inline]
pub fn fold(character: char) -> impl Iterator<Item = char> {
    let lower = character.to_lowercase();
    let keeps = !character.is_ascii() && lower.clone().any(|lower| lower.is_ascii());
    let (same, lower) = if keeps { (Some(character), None) } else { (None, Some(lower)) };
    same.into_iter().chain(lower.into_iter().flatten())
}

/// The text in lower case, character by character as [`fold`] does.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(fold).collect()
}

/// Calls `each` with every token of the text. `scratch` keeps its memory from call to call.
pub fn for_each_token(text: &str, scratch: &mut String, mut each: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let from = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        let ascii_ends = at == bytes.len() || bytes[at].is_ascii();
        if ascii_ends {
            emit_ascii(&text[from..at], scratch, &mut each);
        } else {
            at = from + emit_mixed(&text[from..], scratch, &mut each);
        }
    }
}

fn emit_ascii(word: &str, scratch: &mut String, each: &mut impl FnMut(&str)) {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        scratch.clear();
        scratch.push_str(word);
        scratch.make_ascii_lowercase();
        each(scratch);
    } else {
        each(word);
    }
}

/// Tokens up to the next ASCII separator; answers the bytes read.
fn emit_mixed(text: &str, word: &mut String, each: &mut impl FnMut(&str)) -> usize {
    word.clear();
    let mut pair = [0_u8; 8];
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let class = class_of(character);
        if class != CharClass::Word && !word.is_empty() {
            each(word);
            word.clear();
        }
        match class {
            CharClass::Separator if character.is_ascii() => return at,
            CharClass::Separator => previous = None,
            CharClass::Word => {
                word.extend(fold(character));
                previous = None;
            }
            CharClass::Unspaced => {
                let first = previous.map_or(0, |first| first.encode_utf8(&mut pair).len());
                let second = character.encode_utf8(&mut pair[first..]).len();
                if let Ok(both) = std::str::from_utf8(&pair[..first + second]) {
                    if first > 0 {
                        each(both);
                    }
                    each(&both[first..]);
                }
                previous = Some(character);
            }
        }
    }
    if !word.is_empty() {
        each(word);
        word.clear();
    }
    text.len()
}

/// The tokens that every text has in which `phrase` stands, whatever stands around it. When an end
/// is open, the word at that end may go on in the text.
pub fn required_tokens(phrase: &str, open_start: bool, open_end: bool) -> Vec<String> {
    let is_word = |character: char| class_of(character) == CharClass::Word;
    let mut inner = phrase;
    if open_start {
        inner = inner.trim_start_matches(is_word);
    }
    if open_end {
        inner = inner.trim_end_matches(is_word);
    }
    let mut tokens = Vec::new();
    let mut scratch = String::new();
    for_each_token(inner, &mut scratch, |token| {
        // A pair says more than its characters.
        tokens.push(token.to_owned());
    });
    let pairs: Vec<String> = tokens
        .iter()
        .filter(|token| token.chars().count() == 2 && token.chars().all(is_unspaced))
        .cloned()
        .collect();
    tokens.retain(|token| {
        let single = token.chars().count() == 1 && token.chars().all(is_unspaced);
        !(single && pairs.iter().any(|pair| pair.contains(token.as_str())))
    });
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for_each_token(text, &mut String::new(), |token| found.push(token.to_owned()));
        found
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_in_lower_case() {
        assert_eq!(
            tokens("GET /Api/order_5032?x=1.5"),
            ["get", "api", "order", "5032", "x", "1", "5"]
        );
        assert_eq!(tokens("Überfall ΣΑΣ"), ["überfall", "σας".replace('ς', "σ").as_str()]);
    }

    #[test]
    fn hangul_is_cut_into_pairs_and_characters() {
        assert_eq!(tokens("결제가 timeout이"), ["결", "결제", "제", "제가", "가", "timeout", "이"]);
        assert_eq!(required_tokens("결제", false, false), ["결제"]);
        assert_eq!(required_tokens("결", false, false), ["결"]);
    }

    #[test]
    fn an_open_end_asks_nothing_of_its_word() {
        assert_eq!(required_tokens("connection refu", false, true), ["connection"]);
        assert_eq!(required_tokens("onnection refused", true, false), ["refused"]);
        assert_eq!(required_tokens("time", true, true), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn a_phrase_asks_only_for_tokens_of_the_texts_it_stands_in(
            before in "[ a-cA-C가-깋一-丁é_.-]{0,6}",
            phrase in "[ a-cA-C0-9가-깋一-丁éΣ_.-]{1,8}",
            after in "[ a-cA-C가-깋一-丁é_.-]{0,6}",
        ) {
            let text = format!("{before}{phrase}{after}");
            let ends = |character: Option<char>| {
                character.is_none_or(|character| class_of(character) != CharClass::Word)
            };
            let open_start = !ends(before.chars().last());
            let open_end = !ends(after.chars().next());
            let present = tokens(&text);
            for token in required_tokens(&phrase, open_start, open_end) {
                prop_assert!(present.contains(&token), "{token:?} of {phrase:?} in {text:?}");
            }
        }
    }
}
