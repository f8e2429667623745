//! Reads the language. The grammar is in `docs/guide/reference/search-grammar.md`.
//!
//! Written by hand, so that every error knows its column and says what could have stood there.

mod cursor;
mod stages;
#[cfg(test)]
mod tests;
mod value;

use crate::ast::{Expr, Field, Search, Test, Text, TextScope};
use crate::error::SyntaxError;
use crate::filter::Filter;
use crate::phrase::Phrase;
use cursor::{Cursor, Word};
use hannun_model::limits::{SEARCH_BYTES_MAX, SEARCH_DEPTH_MAX, SEARCH_TERMS_MAX};

pub(crate) use cursor::is_key_character;
pub(crate) use stages::BUCKET_UNITS;

/// Words that are operators when they stand alone, in upper case only.
pub(crate) const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];
const A_TERM: &str = "a term";

/// Reads a search: a filter and the stages behind it.
pub fn parse(text: &str) -> Result<Search, SyntaxError> {
    if text.len() > SEARCH_BYTES_MAX {
        let at = text.floor_char_boundary(SEARCH_BYTES_MAX);
        let at = text.get(..at).unwrap_or_default().chars().count();
        let message = format!("a search has at most {SEARCH_BYTES_MAX} bytes");
        return Err(SyntaxError::new(at, message));
    }
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0, terms: 0 };
    let filter = parser.whole_filter()?;
    let filter = Filter::new(filter).map_err(|error| SyntaxError::new(0, error.to_string()))?;
    let stages = parser.stages()?;
    Ok(Search { filter, stages })
}

/// Reads a search that has no stages, for places where only rows are chosen.
pub fn parse_filter(text: &str) -> Result<Filter, SyntaxError> {
    let search = parse(text)?;
    if search.stages.is_empty() {
        return Ok(search.filter);
    }
    let bar = Cursor::new(text).first_bar();
    Err(SyntaxError::new(bar, "only a filter fits here, without stages"))
}

/// Reads what stands behind `key:` alone, as `Display` of a [`Test`] prints it.
pub fn parse_test(text: &str) -> Result<Test, SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0, terms: 0 };
    let test = if parser.cursor.sees("CIDR(") {
        parser.cursor.skip("CIDR(".len());
        Test::Cidr(parser.networks(true)?)
    } else {
        parser.test(&Field::Attribute(String::new()))?
    };
    match parser.cursor.peek() {
        None => Ok(test),
        Some(_) => {
            Err(SyntaxError::expected(parser.cursor.at(), "one value fits here", ["the end"]))
        }
    }
}

struct Parser {
    cursor: Cursor,
    depth: usize,
    terms: usize,
}

/// What a word without a colon is compared with.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Text(TextScope),
    Field(&'a Field),
}

impl Parser {
    fn whole_filter(&mut self) -> Result<Expr, SyntaxError> {
        self.cursor.skip_space();
        if matches!(self.cursor.peek(), None | Some('|')) {
            return Ok(Expr::All);
        }
        let expr = self.any_of(Subject::Text(TextScope::Message))?;
        match self.cursor.peek() {
            None | Some('|') => Ok(expr),
            _ => Err(SyntaxError::new(self.cursor.at(), "no parenthesis is open here")),
        }
    }

    fn any_of(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.all_of(subject)?];
        while self.cursor.take_keyword("OR") {
            parts.push(self.all_of(subject)?);
        }
        Ok(Expr::or(parts))
    }

    fn all_of(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.opposite_or_not(subject)?];
        loop {
            self.cursor.skip_space();
            match self.cursor.peek() {
                None | Some('|' | ')') => break,
                _ if self.cursor.sees_keyword("OR") => break,
                _ => {}
            }
            self.cursor.take_keyword("AND");
            parts.push(self.opposite_or_not(subject)?);
        }
        Ok(Expr::and(parts))
    }

    fn opposite_or_not(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        let mut opposite = false;
        loop {
            self.cursor.skip_space();
            if self.cursor.take_keyword("NOT") {
                opposite = !opposite;
            } else if self.cursor.peek() == Some('-') {
                self.cursor.next();
                if self.cursor.peek().is_none_or(char::is_whitespace) {
                    let message = "nothing follows the minus; in quotes it is a text";
                    return Err(SyntaxError::expected(self.cursor.at(), message, [A_TERM]));
                }
                opposite = !opposite;
            } else {
                break;
            }
        }
        let term = self.term_or_group(subject)?;
        Ok(if opposite { Expr::not(term) } else { term })
    }

    fn term_or_group(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        let at = self.cursor.at();
        match self.cursor.peek() {
            None => Err(SyntaxError::expected(at, "the search ends here", [A_TERM])),
            Some('(') => self.group(subject),
            Some(')') => {
                let message = "nothing stands before this parenthesis";
                Err(SyntaxError::expected(at, message, [A_TERM, "\"(\""]))
            }
            Some('|') if self.cursor.peek_second() == Some('|') => {
                Err(SyntaxError::expected(at, "|| is no operator here", ["OR"]))
            }
            Some('|') => Err(SyntaxError::expected(at, "the filter ends here", [A_TERM])),
            _ if self.cursor.sees_keyword("AND") || self.cursor.sees_keyword("OR") => {
                let message = "an operator stands here; in quotes it is a text";
                Err(SyntaxError::expected(at, message, [A_TERM]))
            }
            _ => self.term(subject),
        }
    }

    fn group(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        let open = self.cursor.at();
        self.cursor.next();
        self.depth += 1;
        if self.depth > SEARCH_DEPTH_MAX {
            let message =
                format!("at most {SEARCH_DEPTH_MAX} parentheses may stand inside each other");
            return Err(SyntaxError::new(open, message));
        }
        let inner = self.any_of(subject)?;
        self.depth -= 1;
        if self.cursor.peek() != Some(')') {
            let message = format!("the parenthesis of column {} is not closed", open + 1);
            return Err(SyntaxError::expected(self.cursor.at(), message, ["\")\""]));
        }
        self.cursor.next();
        Ok(inner)
    }

    fn term(&mut self, subject: Subject<'_>) -> Result<Expr, SyntaxError> {
        self.terms += 1;
        let at = self.cursor.at();
        if self.terms > SEARCH_TERMS_MAX {
            let message = format!("a search has at most {SEARCH_TERMS_MAX} terms");
            return Err(SyntaxError::new(at, message));
        }
        let scope = match subject {
            Subject::Field(field) => {
                let test = self.test(field)?;
                return Ok(of_field(field.clone(), test));
            }
            Subject::Text(scope) => scope,
        };
        if self.cursor.sees("CIDR(") {
            return self.cidr();
        }
        if self.cursor.peek() == Some('"') {
            return text_of(scope, Text::Exact(self.cursor.quoted()?), at);
        }
        if scope == TextScope::Message {
            if self.cursor.sees("*:") {
                self.cursor.skip(2);
                return self.full_text();
            }
            if let Some(field) = self.cursor.key()? {
                return self.comparison(field);
            }
        }
        let word = self.cursor.word(&[]);
        match word.whole_text() {
            "&&" => return Err(SyntaxError::expected(at, "&& is no operator here", ["AND"])),
            text if text.starts_with('!') && text.len() > 1 => {
                let message = "! is no operator here; in quotes it is a text";
                return Err(SyntaxError::expected(at, message, ["-", "NOT"]));
            }
            _ => {}
        }
        text_of(scope, word.into_text(), at)
    }

    /// After `*:`.
    fn full_text(&mut self) -> Result<Expr, SyntaxError> {
        let at = self.cursor.at();
        match self.cursor.peek() {
            Some('(') => self.group(Subject::Text(TextScope::Everything)),
            None => Err(missing_value("*", at)),
            Some(character) if character.is_whitespace() || character == ')' => {
                Err(missing_value("*", at))
            }
            Some('"') => text_of(TextScope::Everything, Text::Exact(self.cursor.quoted()?), at),
            _ => text_of(TextScope::Everything, self.cursor.word(&[]).into_text(), at),
        }
    }

    /// After `key:`.
    fn comparison(&mut self, field: Field) -> Result<Expr, SyntaxError> {
        let at = self.cursor.at();
        if is_message(&field) {
            match self.cursor.peek() {
                Some('(') => return self.group(Subject::Text(TextScope::Message)),
                Some('"') => {
                    return text_of(TextScope::Message, Text::Exact(self.cursor.quoted()?), at);
                }
                _ if self.cursor.sees("=\"") => {
                    self.cursor.next();
                    return Ok(of_field(field, Test::Is(self.cursor.quoted()?)));
                }
                _ => {}
            }
            let word = self.cursor.word(&[]);
            if word.is_empty() {
                return Err(missing_value(field.key(), at));
            }
            if word.starts_a_range() {
                let message = "a message is searched for words, not compared";
                return Err(SyntaxError::expected(at, message, ["a word", "a phrase in quotes"]));
            }
            return match word.into_text() {
                Text::Pattern(pattern) if pattern == "*" => Ok(of_field(field, Test::Exists)),
                text => text_of(TextScope::Message, text, at),
            };
        }
        if self.cursor.peek() == Some('(') {
            return self.group(Subject::Field(&field));
        }
        let test = self.test(&field)?;
        Ok(of_field(field, test))
    }
}

/// Whether this is another way to write words without a field.
pub(crate) fn is_message(field: &Field) -> bool {
    matches!(field, Field::Named(name) if name == "message")
}

fn missing_value(key: &str, at: usize) -> SyntaxError {
    let message =
        format!("a value must follow {key}: without a space; put text with a colon in quotes");
    SyntaxError::expected(at, message, ["a value", "\"*\" for any value", "\"(\""])
}

fn of_field(field: Field, test: Test) -> Expr {
    Expr::Field { field, test }
}

fn text_of(scope: TextScope, text: Text, at: usize) -> Result<Expr, SyntaxError> {
    let compiled = match &text {
        Text::Exact(text) if text.is_empty() => {
            return Err(SyntaxError::expected(at, "the quotes are empty", ["a phrase"]));
        }
        Text::Pattern(pattern) if pattern == "*" => return Ok(Expr::All),
        Text::Exact(text) => Phrase::literal(text),
        Text::Pattern(pattern) => Phrase::pattern(pattern),
    };
    compiled.map_err(|error| SyntaxError::new(at, error.to_string()))?;
    Ok(Expr::Text { scope, text })
}

impl Word {
    fn starts_a_range(&self) -> bool {
        self.first_bare().is_some_and(|first| matches!(first, '<' | '>' | '[' | '{'))
    }
}
