//! The characters of a search, and the words they make.

use crate::ast::{Field, Text};
use crate::error::SyntaxError;

/// Reads characters from left to right.
pub struct Cursor {
    characters: Vec<char>,
    at: usize,
}

/// A run of characters in which a backslash takes the meaning of the next one away.
#[derive(Default)]
pub struct Word {
    /// Without the backslashes.
    text: String,
    /// In the form of [`Text::Pattern`].
    pattern: String,
    has_wildcards: bool,
    starts_escaped: bool,
}

impl Word {
    fn push(&mut self, character: char, escaped: bool) {
        if self.text.is_empty() {
            self.starts_escaped = escaped;
        }
        self.text.push(character);
        match character {
            '*' if !escaped => {
                self.has_wildcards = true;
                // More stars mean no more than one; an escaped star ends in `\*`.
                if !self.pattern.ends_with('*') || self.pattern.ends_with("\\*") {
                    self.pattern.push('*');
                }
            }
            '?' if !escaped => {
                self.has_wildcards = true;
                self.pattern.push('?');
            }
            '*' | '?' | '\\' => self.pattern.extend(['\\', character]),
            other => self.pattern.push(other),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Its characters, whatever they mean.
    pub fn whole_text(&self) -> &str {
        &self.text
    }

    /// The first character, when no backslash stands before it.
    pub fn first_bare(&self) -> Option<char> {
        self.text.chars().next().filter(|_| !self.starts_escaped)
    }

    pub fn into_text(self) -> Text {
        if self.has_wildcards { Text::Pattern(self.pattern) } else { Text::Exact(self.text) }
    }
}

/// Characters that stand in a key without a backslash.
pub fn is_key_character(character: char) -> bool {
    character.is_alphanumeric() || "_.-/$".contains(character)
}

impl Cursor {
    pub fn new(text: &str) -> Self {
        Self { characters: text.chars().collect(), at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    pub fn peek_second(&self) -> Option<char> {
        self.characters.get(self.at + 1).copied()
    }

    pub fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    pub fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.characters.len());
    }

    pub fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes this character when it is next.
    pub fn take(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        self.at += usize::from(found);
        found
    }

    pub fn sees(&self, text: &str) -> bool {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let mut rest = rest.iter();
        text.chars().all(|character| rest.next() == Some(&character))
    }

    /// Whether this word stands here alone.
    pub fn sees_keyword(&self, keyword: &str) -> bool {
        let end = self.at + keyword.chars().count();
        self.sees(keyword)
            && self
                .characters
                .get(end)
                .is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')' | '|' | '"'))
    }

    pub fn take_keyword(&mut self, keyword: &str) -> bool {
        self.skip_space();
        let found = self.sees_keyword(keyword);
        if found {
            self.skip(keyword.chars().count());
        }
        found
    }

    /// Takes a word up to white space, a parenthesis, a quote, a bar, or one of `ends`.
    pub fn word(&mut self, ends: &[char]) -> Word {
        let mut word = Word::default();
        while let Some(character) = self.peek() {
            if character == '\\' {
                self.at += 1;
                word.push(self.next().unwrap_or('\\'), true);
                continue;
            }
            let ends_here = character.is_whitespace()
                || matches!(character, '(' | ')' | '"' | '|')
                || ends.contains(&character);
            if ends_here {
                break;
            }
            self.at += 1;
            word.push(character, false);
        }
        word
    }

    /// Takes what stands between quotes. Inside, a backslash escapes a quote or a backslash.
    pub fn quoted(&mut self) -> Result<String, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => text.extend(self.next()),
                Some(character) => text.push(character),
                None => {
                    let message = format!("the quote of column {} is not closed", open + 1);
                    return Err(SyntaxError::expected(self.at, message, ["'\"'"]));
                }
            }
        }
    }

    /// Takes `key:` or `@key:` when it stands here. `12:30`, `a=b:c` and `http://x` are texts.
    pub fn key(&mut self) -> Result<Option<Field>, SyntaxError> {
        let start = self.at;
        let is_attribute = self.take('@');
        let Some(key) = self.key_text(!is_attribute) else {
            if is_attribute {
                let message = "no attribute is named behind the @; in quotes it is a text";
                return Err(SyntaxError::expected(self.at, message, ["a key"]));
            }
            self.at = start;
            return Ok(None);
        };
        if !self.take(':') {
            if is_attribute {
                let message = format!("nothing is asked of @{key}");
                let any = format!("\":*\" for any value of @{key}");
                return Err(SyntaxError::expected(self.at, message, ["\":\" and a value", &any]));
            }
            self.at = start;
            return Ok(None);
        }
        if is_attribute {
            return Ok(Some(Field::Attribute(key)));
        }
        if self.sees("//") && matches!(key.as_str(), "http" | "https") {
            self.at = start;
            return Ok(None);
        }
        Ok(Some(Field::Named(key)))
    }

    /// Takes the characters of a key. A name begins with a letter or an underscore.
    pub fn key_text(&mut self, is_name: bool) -> Option<String> {
        let mut key = String::new();
        while let Some(character) = self.peek() {
            if character == '\\' {
                self.at += 1;
                key.extend(self.next());
                continue;
            }
            let begins =
                !is_name || !key.is_empty() || character.is_alphabetic() || character == '_';
            if !is_key_character(character) || !begins {
                break;
            }
            key.push(character);
            self.at += 1;
        }
        (!key.is_empty()).then_some(key)
    }

    /// The column of the first bar that is not part of a text.
    pub fn first_bar(mut self) -> usize {
        while let Some(character) = self.peek() {
            match character {
                '|' => break,
                '\\' => self.skip(2),
                '"' if self.quoted().is_err() => break,
                '"' => {}
                _ => self.skip(1),
            }
        }
        self.at
    }
}
