//! The tokens of a normalised message.

use crate::kind::{Kind, is_variable};
use hannun_model::limits::PATTERN_TOKENS_MAX;
use xxhash_rust::xxh3::xxh3_64;

/// What one token is, enough to compare two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text, by its hash; variables inside it count whatever their kind.
    Word(u64),
    /// A sign that divides words. Two messages with different ones are never alike.
    Sign(u8),
    /// Nothing but a variable.
    Variable(Kind),
}

/// The tokens of a normalised message, and where they stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) tokens: Vec<Token>,
    /// Start and end of each token.
    pub(crate) spans: Vec<(u32, u32)>,
}

impl Form {
    /// Divides `normal`, reusing the memory of this form.
    pub(crate) fn read(&mut self, normal: &[u8]) {
        self.tokens.clear();
        self.spans.clear();
        let mut at = 0;
        while at < normal.len() {
            if normal[at] == b' ' {
                at += 1;
                continue;
            }
            let end = if self.tokens.len() + 1 == PATTERN_TOKENS_MAX {
                normal.len()
            } else {
                at + normal[at..].iter().take_while(|byte| joins(**byte)).count().max(1)
            };
            self.tokens.push(token(&normal[at..end]));
            self.spans.push((at as u32, end as u32));
            at = end;
        }
    }

    /// The text of the token at `index`.
    pub(crate) fn text<'a>(&self, normal: &'a [u8], index: usize) -> &'a [u8] {
        let (start, end) = self.spans[index];
        &normal[start as usize..end as usize]
    }
}

/// Whether `byte` is part of a word.
fn joins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || is_variable(byte)
        || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@' | b'\\' | b'$')
}

fn token(text: &[u8]) -> Token {
    match text {
        [byte] => match Kind::from_byte(*byte) {
            Some(kind) => Token::Variable(kind),
            None if joins(*byte) => Token::Word(word_hash(text)),
            None => Token::Sign(*byte),
        },
        _ => Token::Word(word_hash(text)),
    }
}

fn word_hash(text: &[u8]) -> u64 {
    if !text.iter().any(|byte| is_variable(*byte)) {
        return xxh3_64(text);
    }
    let mut plain: [u8; 256] = [0; 256];
    let mut hash = 0;
    for part in text.chunks(plain.len()) {
        for (to, from) in plain.iter_mut().zip(part) {
            *to = untyped(*from);
        }
        hash = xxhash_rust::xxh3::xxh3_64_with_seed(&plain[..part.len()], hash);
    }
    hash
}

/// Every variable as [`Kind::Any`].
pub(crate) fn untyped(byte: u8) -> u8 {
    if is_variable(byte) { Kind::Any as u8 } else { byte }
}

/// The text of a template for a normalised message.
pub(crate) fn render(normal: &[u8]) -> String {
    let mut text = Vec::with_capacity(normal.len() + 32);
    for byte in normal {
        match Kind::from_byte(*byte) {
            Some(kind) => text.extend_from_slice(kind.placeholder().as_bytes()),
            None => text.push(*byte),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The normalised message that `template` was rendered from.
pub(crate) fn parse(template: &str) -> Vec<u8> {
    let text = template.as_bytes();
    let mut normal = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match Kind::at_start_of(&text[at..]) {
            Some((kind, length)) if text[at] == b'<' => {
                normal.push(kind as u8);
                at += length;
            }
            _ => {
                normal.push(if is_variable(text[at]) { b' ' } else { text[at] });
                at += 1;
            }
        }
    }
    normal
}
