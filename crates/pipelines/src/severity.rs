//! The severity of records whose sender gave none: from the name, else from the text.

use crate::rows::LogRows;
use hannun_model::severity::number_of_text;
use hannun_model::table::logs;

/// How much of a message is looked at.
const KEYED_BYTES_MAX: usize = 512;
const WORD_BYTES_MAX: usize = 128;

/// Words that name a level where it is not told what they are.
const LEVELS: [&str; 16] = [
    "trace",
    "debug",
    "info",
    "notice",
    "warn",
    "warning",
    "error",
    "severe",
    "critical",
    "fatal",
    "panic",
    "emerg",
    "err",
    "crit",
    "alert",
    "emergency",
];
/// What a level is called: `level=warn`, `"log.level": "warn"`, `severity: WARN`.
const LEVEL_KEYS: [&str; 5] = ["level", "severity", "lvl", "loglevel", "levelname"];

/// Severity numbers where some were missing.
#[derive(Debug)]
pub(crate) struct Severities {
    pub(crate) numbers: Vec<Option<i64>>,
    /// Which of them come from the text of the message.
    pub(crate) guessed: Vec<bool>,
}

/// Fills in missing severities; `None` when there is nothing to fill in.
pub(crate) fn fill(rows: &LogRows<'_>) -> Option<Severities> {
    let mut filled: Option<Severities> = None;
    for row in 0..rows.len() {
        if rows.int(logs::SEVERITY_NUMBER, row).is_some() {
            continue;
        }
        let named = rows.text(logs::SEVERITY_TEXT, row).and_then(number_of_text);
        let guess = || rows.text(logs::BODY, row).and_then(guess);
        let (number, guessed) = match named {
            Some(number) => (number, false),
            None => match guess() {
                Some(number) => (number, true),
                None => continue,
            },
        };
        let filled = filled.get_or_insert_with(|| Severities {
            numbers: (0..rows.len()).map(|row| rows.int(logs::SEVERITY_NUMBER, row)).collect(),
            guessed: vec![false; rows.len()],
        });
        filled.numbers[row] = Some(number);
        filled.guessed[row] = guessed;
    }
    filled
}

/// The severity that a message says it has. A level that is named as one counts more than a word.
fn guess(body: &str) -> Option<i64> {
    let head = &body.as_bytes()[..body.len().min(KEYED_BYTES_MAX)];
    // In JSON a word in capitals is part of some value.
    let is_json = body.trim_start().starts_with('{');
    let mut found = if is_json { None } else { glog_letter(head) };
    let mut at = 0;
    while at < head.len() {
        if !head[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let start = at;
        while at < head.len() && head[at].is_ascii_alphabetic() {
            at += 1;
        }
        if !(3..=9).contains(&(at - start)) || is_part_of_word(head, start, at) {
            continue;
        }
        let word = &head[start..at];
        if is_one_of(&LEVEL_KEYS, word)
            && let Some(number) = value_at(head, at).and_then(number_of_text)
        {
            return Some(number);
        }
        if found.is_none() && !is_json && at <= WORD_BYTES_MAX && is_level(head, start, at) {
            found = std::str::from_utf8(word).ok().and_then(number_of_text);
        }
    }
    found
}

/// Whether letters or digits go on before or after these.
fn is_part_of_word(head: &[u8], start: usize, end: usize) -> bool {
    let goes_on =
        |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
    goes_on(start.checked_sub(1).and_then(|before| head.get(before))) || goes_on(head.get(end))
}

fn is_one_of(words: &[&str], word: &[u8]) -> bool {
    words.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

/// Whether a word is a level by how it stands there: in capitals, in brackets, or first.
fn is_level(head: &[u8], start: usize, end: usize) -> bool {
    let word = &head[start..end];
    let before = start.checked_sub(1).map(|before| head[before]);
    let after = head.get(end);
    let in_capitals = word.len() > 3 && word.iter().all(u8::is_ascii_uppercase);
    let in_brackets =
        matches!(before, Some(b'[' | b'<' | b'(')) && matches!(after, Some(b']' | b'>' | b')'));
    let is_first = start == 0 && after.is_none_or(|it| *it == b':' || it.is_ascii_whitespace());
    (in_capitals || in_brackets || is_first) && is_one_of(&LEVELS, word)
}

/// The word after a key: `="warn"`, `: warn`.
fn value_at(head: &[u8], key_end: usize) -> Option<&str> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'');
    let skip = |from: usize, skipped: &dyn Fn(&u8) -> bool| {
        from + head[from.min(head.len())..].iter().take_while(|byte| skipped(byte)).count()
    };
    let mut at = key_end + usize::from(head.get(key_end).is_some_and(is_quote));
    at = skip(at, &u8::is_ascii_whitespace);
    if !matches!(head.get(at), Some(b':' | b'=')) {
        return None;
    }
    at = skip(at + 1, &u8::is_ascii_whitespace);
    at += usize::from(head.get(at).is_some_and(is_quote));
    let end = skip(at, &u8::is_ascii_alphabetic);
    std::str::from_utf8(&head[at.min(head.len())..end]).ok().filter(|word| !word.is_empty())
}

/// `E0102 15:04:05` of glog and klog.
fn glog_letter(head: &[u8]) -> Option<i64> {
    let (letter, rest) = head.split_first()?;
    let shape = rest.get(..8)?;
    let is_time = shape[..4].iter().all(u8::is_ascii_digit)
        && shape[4] == b' '
        && shape[5..7].iter().all(u8::is_ascii_digit)
        && shape[7] == b':';
    match letter {
        b'I' | b'W' | b'E' | b'F' if is_time => {
            std::str::from_utf8(&head[..1]).ok().and_then(number_of_text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::severity::status_of_number;

    #[test]
    fn a_message_tells_its_severity_in_the_usual_ways() {
        let status = |body| guess(body).and_then(status_of_number);
        let cases = [
            (r#"{"ts":1,"level":"warn","msg":"ERROR in text"}"#, Some("warn")),
            ("time=x level=error msg=\"a\"", Some("error")),
            ("2024-11-02 09:30:01,123 WARN  [main] o.a.Foo - x", Some("warn")),
            ("[error] 12#0: connect() failed", Some("error")),
            ("Error: cannot find module", Some("error")),
            ("E0102 15:04:05.000000 1 main.go:1] x", Some("error")),
            ("10.0.0.1 - - \"GET /info HTTP/1.1\" 200", None),
            ("an error happened", None),
            ("INFORMATION", None),
            ("user_level=error", None),
            ("level = 'fatal'", Some("fatal")),
            ("level=", None),
            ("level", None),
            ("x log.level: \"debug\"", Some("debug")),
            (r#"{"a":"ERROR"}"#, None),
            ("결제 실패", None),
        ];
        for (body, expected) in cases {
            assert_eq!(status(body), expected, "{body}");
        }
    }
}
