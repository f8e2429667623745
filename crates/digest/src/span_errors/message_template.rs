//! What messages of one kind have in common: the text without its variable parts.
//!
//! Numbers become `<number>`, words with digits in them `<id>`, UUIDs `<uuid>`, e-mail addresses
//! `<email>`; what stands between quotes or parentheses becomes `…`; of a URL its host and path stay,
//! their variable parts replaced, and its query goes. A list of one kind counts as one. Letters of
//! every script stay, so a Korean message is read as an English one.

use std::iter::Peekable;
use std::str::CharIndices;

/// Beginning of a message that is looked at. What follows is data as a rule, and costs time.
const MESSAGE_BYTES_MAX: usize = 4096;
/// Longest template. Two messages that differ only behind it are one issue.
const TEMPLATE_CHARACTERS_MAX: usize = 300;
/// Longest first part of an e-mail address (RFC 5321).
const MAILBOX_BYTES_MAX: usize = 64;
/// Letters of a word that are an id when all of them are hexadecimal digits.
const HEX_WORD_BYTES_MIN: usize = 8;
/// What may follow a number without making it an id, in lower case.
const UNITS: [&str; 32] = [
    "ns", "us", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute",
    "minutes", "h", "hour", "hours", "day", "days", "b", "kb", "mb", "gb", "tb", "kib", "mib",
    "gib", "byte", "bytes", "st", "nd", "rd", "th",
];

const NUMBER: &str = "<number>";
const ID: &str = "<id>";
const UUID: &str = "<uuid>";
const EMAIL: &str = "<email>";
const HIDDEN: char = '…';

/// The template of a message.
pub fn message_template(message: &str) -> String {
    let text = beginning(message);
    let mut template = Template {
        rest: text.char_indices().peekable(),
        is_cut: text.len() < message.len(),
        text,
        out: String::new(),
        without_close: Vec::new(),
    };
    template.read();
    finish(&template.out)
}

fn beginning(message: &str) -> &str {
    let message = message.trim();
    &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)]
}

fn finish(out: &str) -> String {
    let out = out.trim();
    match out.char_indices().nth(TEMPLATE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}{HIDDEN}", &out[..end]),
        None => out.to_owned(),
    }
}

struct Template<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    is_cut: bool,
    out: String,
    /// Marks that nothing closes any more; keeps the work linear.
    without_close: Vec<char>,
}

impl Template<'_> {
    fn read(&mut self) {
        let mut before = ' ';
        while let Some((at, character)) = self.rest.next() {
            if let Some(end) = self.hidden_end(at, character, before) {
                self.push_hidden(character, end);
            } else if character.is_whitespace() || character.is_control() {
                if !self.out.ends_with(' ') {
                    self.out.push(' ');
                }
            } else if is_word(character) {
                let end = self.push_word(at);
                self.skip_to(end);
            } else {
                self.out.push(character);
            }
            let next = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
            before = self.text[..next].chars().next_back().unwrap_or(' ');
        }
    }

    fn skip_to(&mut self, end: usize) {
        while self.rest.next_if(|(at, _)| *at < end).is_some() {}
    }

    /// Where the part ends that this character opens, behind its closing mark.
    fn hidden_end(&mut self, at: usize, open: char, before: char) -> Option<usize> {
        let close = closing(open)?;
        // The apostrophe of `can't` opens nothing, nor do the braces of a route.
        if open == '\'' && before.is_ascii_alphanumeric() || open == '{' && before == '/' {
            return None;
        }
        if self.without_close.contains(&open) {
            return None;
        }
        let inside = at + open.len_utf8();
        let end = match close {
            ')' | '}' => end_of_nested(&self.text[inside..], open, close),
            _ => end_of_quoted(&self.text[inside..], close),
        };
        match end {
            Some(length) => Some(inside + length),
            // The closing mark was cut off with the rest of the message.
            None if self.is_cut => Some(self.text.len()),
            None => {
                self.without_close.push(open);
                None
            }
        }
    }

    fn push_hidden(&mut self, open: char, end: usize) {
        self.skip_to(end);
        let mut item = String::from(open);
        item.push(HIDDEN);
        item.extend(closing(open));
        self.push_item(&item);
    }

    /// Appends the word, number, URL … that begins at `at`; answers where it ends.
    fn push_word(&mut self, at: usize) -> usize {
        let text = &self.text[at..];
        if let Some(length) = uuid_length(text) {
            self.push_item(UUID);
            return at + length;
        }
        if let Some(length) = url_length(text) {
            self.push_url(&text[..length]);
            return at + length;
        }
        if let Some(length) = email_length(text) {
            self.push_item(EMAIL);
            return at + length;
        }
        let token = token(text);
        match token.kind {
            Kind::Word => self.out.push_str(&text[..token.length]),
            Kind::Id => self.push_item(ID),
            Kind::Number => {
                // A sign belongs to a number, a hyphen within a name does not.
                if let Some(before) = self.out.strip_suffix(['-', '+'])
                    && !before.ends_with(is_word)
                {
                    self.out.truncate(before.len());
                }
                self.push_item(NUMBER);
            }
        }
        at + token.length
    }

    fn push_url(&mut self, url: &str) {
        let address = url.split(['?', '#']).next().unwrap_or(url);
        let Some((scheme, rest)) = address.split_once("://") else { return };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = host.split_once(':').map_or(host, |(host, _port)| host);
        self.out.push_str(scheme);
        self.out.push_str("://");
        for part in [host, path] {
            let mut at = 0;
            while at < part.len() {
                let rest = &part[at..];
                let uuid = uuid_length(rest).map(|length| (UUID, length));
                let token = token(rest);
                let (replaced, length) = uuid.unwrap_or(match token.kind {
                    Kind::Word => (&rest[..token.length], token.length),
                    Kind::Id | Kind::Number => (ID, token.length),
                });
                self.out.push_str(replaced);
                at += length;
            }
        }
    }

    /// Appends a replaced part, unless it goes on with a list of the same.
    fn push_item(&mut self, item: &str) {
        let list = self.out.trim_end();
        if let Some(list) = list.strip_suffix([',', ';'])
            && list.trim_end().ends_with(item)
        {
            self.out.truncate(list.trim_end().len());
            return;
        }
        self.out.push_str(item);
    }
}

fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        '「' => '」',
        '『' => '』',
        '《' => '》',
        '(' => ')',
        '（' => '）',
        '{' => '}',
        _ => return None,
    })
}

fn end_of_nested(inside: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 1_usize;
    for (at, character) in inside.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + close.len_utf8());
            }
        }
    }
    None
}

fn end_of_quoted(inside: &str, close: char) -> Option<usize> {
    let mut is_escaped = false;
    let mut characters = inside.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        // A particle may follow a Korean quotation, a letter follows only an apostrophe.
        let is_apostrophe = close == '\'' && next.is_some_and(|next| next.is_ascii_alphanumeric());
        if character == close && !is_escaped && !is_apostrophe {
            return Some(at + close.len_utf8());
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    None
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Id,
}

struct Token {
    kind: Kind,
    /// In bytes, at least one character.
    length: usize,
}

/// The word at the start, with those that are joined to it when they are numbers or ids:
/// `10.0.0.1`, `2026-11-21T10:00:00`, `a1:b2`.
fn token(text: &str) -> Token {
    let mut token = single(text);
    if token.kind == Kind::Word {
        return token;
    }
    loop {
        let rest = &text[token.length..];
        let Some(after) = rest.strip_prefix(['.', ',', ':', '-', '/', '+']) else { break };
        if !after.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            break;
        }
        let next = single(after);
        // The hours of a time follow a `T`.
        if next.kind == Kind::Word {
            break;
        }
        token.kind = if next.kind == Kind::Id { Kind::Id } else { token.kind };
        token.length += 1 + next.length;
    }
    token
}

fn single(text: &str) -> Token {
    let Some(first) = text.chars().next() else { return Token { kind: Kind::Word, length: 0 } };
    if !first.is_ascii_alphanumeric() {
        let kind = if first.is_numeric() { Kind::Number } else { Kind::Word };
        return Token { kind, length: first.len_utf8() };
    }
    let length = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    Token { kind: kind(&text[..length]), length }
}

/// What a run of ASCII letters and digits is.
fn kind(word: &str) -> Kind {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    if digits == word.len() {
        return Kind::Number;
    }
    let rest = &word[digits..];
    if !rest.bytes().any(|byte| byte.is_ascii_digit()) {
        if digits == 0 {
            let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
            return if is_hex && word.len() >= HEX_WORD_BYTES_MIN { Kind::Id } else { Kind::Word };
        }
        let is_unit = UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(rest));
        return if is_unit { Kind::Number } else { Kind::Id };
    }
    Kind::Id
}

fn uuid_length(text: &str) -> Option<usize> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let bytes = text.as_bytes();
    let mut at = 0;
    for (index, length) in GROUPS.into_iter().enumerate() {
        if index > 0 {
            (bytes.get(at) == Some(&b'-')).then_some(())?;
            at += 1;
        }
        let group = bytes.get(at..at + length)?;
        group.iter().all(u8::is_ascii_hexdigit).then_some(())?;
        at += length;
    }
    let ends = bytes.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends.then_some(at)
}

fn url_length(text: &str) -> Option<usize> {
    let scheme = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if scheme == 0 || !text[scheme..].starts_with("://") {
        return None;
    }
    let ends = |character: char| {
        character.is_whitespace()
            || matches!(character, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']')
            || matches!(character, ',' | ';' | '|' | '”' | '’' | '」')
    };
    let length = text.find(ends).unwrap_or(text.len());
    // A full stop or colon at the end belongs to the sentence.
    Some(text[..length].trim_end_matches(['.', ':', '!']).len())
}

fn email_length(text: &str) -> Option<usize> {
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let local = text.bytes().take(MAILBOX_BYTES_MAX + 1).take_while(is_local).count();
    let domain = text[local..].strip_prefix('@')?;
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let length = domain.bytes().take_while(is_domain).count();
    let domain = domain[..length].trim_end_matches(['.', '-']);
    domain.contains('.').then_some(local + 1 + domain.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn variable_parts_of_a_message_are_replaced() {
        for (message, expected) in [
            ("order 5032 was not found", "order <number> was not found"),
            ("주문 5032번을 찾을 수 없습니다", "주문 <number>번을 찾을 수 없습니다"),
            ("회원 '홍길동'님의 카드가 거절되었습니다", "회원 '…'님의 카드가 거절되었습니다"),
            ("「치킨」 재고가 3개 부족합니다(매장 12)", "「…」 재고가 <number>개 부족합니다(…)"),
            ("no answer within 30 s (attempt 2)", "no answer within <number> s (…)"),
            ("timed out after 1.5s, then 30ms", "timed out after <number>, then <number>"),
            ("user 550e8400-e29b-41d4-a716-446655440000 is unknown", "user <uuid> is unknown"),
            ("object 0x7fa3bc and 9f86d081884c7d65", "object <id> and <id>"),
            ("commit deadbeef failed", "commit <id> failed"),
            ("mail to kim.min-su+1@shop.example.com bounced", "mail to <email> bounced"),
            ("can't read the user's cart", "can't read the user's cart"),
            (
                "Cannot read properties of undefined (reading 'id')",
                "Cannot read properties of undefined (…)",
            ),
            ("Duplicate entry 'a\\'b' for key \"orders.uq\"", "Duplicate entry '…' for key \"…\""),
            ("connect ECONNREFUSED 10.0.0.12:5432", "connect ECONNREFUSED <number>"),
            ("at 2026-11-21T10:00:00.123Z", "at <id>"),
            (
                "index -1 is out of bounds for length 3",
                "index <number> is out of bounds for length <number>",
            ),
            ("ids [1, 2, 3] and [4]", "ids [<number>] and [<number>]"),
            ("rejected 'a', 'b'", "rejected '…'"),
            ("body {\"a\": {\"b\": 1}} is invalid", "body {…} is invalid"),
            ("  two\n\tlines  ", "two lines"),
            ("an unclosed \"quote", "an unclosed \"quote"),
            ("an open (parenthesis", "an open (parenthesis"),
            ("shard_3 of order-relay is gone", "shard_<number> of order-relay is gone"),
            (
                "GET https://me:pw@api2.example.com:8443/v1/orders/5032/items?key=1 failed",
                "GET https://<id>.example.com/<id>/orders/<id>/items failed",
            ),
            ("see https://example.com/docs.", "see https://example.com/docs."),
            ("GET /orders/{no} failed", "GET /orders/{no} failed"),
            ("", ""),
        ] {
            assert_eq!(message_template(message), expected, "{message}");
        }
    }

    #[test]
    fn long_messages_are_cut_and_hide_what_was_not_closed() {
        let template = message_template(&"눈 ".repeat(10_000));
        assert_eq!(template.chars().count(), TEMPLATE_CHARACTERS_MAX + 1);
        let open = |length| message_template(&format!("bad body \"{}\" sent", "x".repeat(length)));
        assert_eq!(open(5000), "bad body \"…\"");
    }

    #[test]
    fn hostile_messages_take_linear_time() {
        let began = std::time::Instant::now();
        for piece in ["\"'`", "((((", "{'(", "a.", "1,", "\\\"", "a@", "x://", "‘「", "0-0-"] {
            message_template(&piece.repeat(64 * 1024));
        }
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    fn message(numbers: [u64; 2], quoted: &str, inside: &str, hex: u64) -> String {
        let [one, other] = numbers;
        format!(
            "주문 {one}번: can't find \"{quoted}\" or '{quoted}' ({inside}) in shard_{other}, \
             trace {hex:016x}a1, took {one}.{other} ms at https://pay.example/o/{other}?q={one}"
        )
    }

    proptest! {
        #[test]
        fn numbers_and_quoted_parts_do_not_matter(
            numbers in any::<[u64; 2]>(),
            quoted in "[^'\"\\\\]{0,40}",
            inside in "[^()]{0,40}",
            hex in any::<u64>(),
        ) {
            let expected = message([1, 2], "x", "y", 3);
            prop_assert_eq!(
                message_template(&message(numbers, &quoted, &inside, hex)),
                message_template(&expected)
            );
        }

        #[test]
        fn any_text_has_a_template(text in "\\PC{0,200}") {
            let template = message_template(&text);
            prop_assert!(template.chars().count() <= TEMPLATE_CHARACTERS_MAX + 1);
        }
    }
}
