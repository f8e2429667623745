//! Queries without their values: what a trace says of a statement must not tell what was asked for.
//!
//! A lexer, not a parser: it knows quotes, comments, dollar quotes and numbers, which is what it
//! takes to tell values from the rest in every dialect. Where dialects disagree about what ends a
//! quote, the rest of the statement is taken for a value.

use hannun_model::limits::DATADOG_QUERY_BYTES_MAX;

/// Names of commands are shorter than this.
const COMMAND_BYTES_MAX: usize = 32;
/// Stands for a value.
const VALUE: char = '?';

/// A statement without its values, and what it does to what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    /// `SELECT`, `INSERT` …, in capitals.
    pub operation: String,
    /// The first table that is named.
    pub collection: String,
}

/// What quotes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A backslash is a character like any other.
    Standard,
    /// A backslash escapes, and double quotes are of texts.
    MySql,
    /// Also of SQLite, which takes double quotes for those of a text where no name fits.
    Unknown,
}

impl Dialect {
    /// The dialect of a database by its name in the semantic conventions.
    pub fn of(system: &str) -> Self {
        match system {
            "mysql" | "mariadb" => Self::MySql,
            "postgresql" | "microsoft.sql_server" | "oracle.db" => Self::Standard,
            _ => Self::Unknown,
        }
    }
}

/// Takes the values out of a statement.
pub fn without_values(statement: &str, dialect: Dialect) -> Query {
    let end = statement.floor_char_boundary(DATADOG_QUERY_BYTES_MAX);
    let mut lexer = Lexer {
        text: &statement[..end],
        at: 0,
        dialect,
        out: String::with_capacity(end),
        depth: 0,
        opened_at: None,
        words: Words::default(),
    };
    lexer.run();
    let out = lexer.out.trim_end();
    Query {
        text: out.to_owned(),
        operation: lexer.words.operation,
        collection: lexer.words.collection,
    }
}

/// What the words so far said.
#[derive(Debug, Default)]
struct Words {
    operation: String,
    collection: String,
    /// The next name is that of a table.
    awaits_table: bool,
}

impl Words {
    fn word(&mut self, word: &str, depth: usize) {
        if depth > 0 {
            self.awaits_table = false;
            return;
        }
        if std::mem::take(&mut self.awaits_table) && self.collection.is_empty() {
            if is_any(word, &["only", "ignore", "low_priority", "if", "exists", "not", "table"]) {
                self.awaits_table = true;
                return;
            }
            self.collection = word.replace(['"', '`', '[', ']'], "");
            return;
        }
        let names_what_follows =
            self.operation == "WITH" && is_any(word, &["select", "insert", "update", "delete"]);
        if self.operation.is_empty() || names_what_follows {
            self.operation = word.to_ascii_uppercase();
        }
        self.awaits_table = is_any(word, &["from", "into", "update", "table"]);
    }
}

fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|it| word.eq_ignore_ascii_case(it))
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    dialect: Dialect,
    out: String,
    depth: usize,
    /// Where the innermost bracket was opened in `out`, while only values stand in it.
    opened_at: Option<usize>,
    words: Words,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at).copied() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at += 1;
                    self.blank();
                }
                b'-' if bytes[self.at..].starts_with(b"--") => self.comment(2, "\n"),
                b'#' if self.dialect == Dialect::MySql => self.comment(1, "\n"),
                b'/' if bytes[self.at..].starts_with(b"/*") => self.comment(2, "*/"),
                b'\'' => self.quoted(b'\'', self.dialect),
                b'"' if self.is_text_in_double_quotes() => self.quoted(b'"', self.dialect),
                b'"' | b'`' | b'[' => self.name(),
                b'$' => self.dollar(),
                b'0'..=b'9' => self.number(),
                b'.' if bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) => self.number(),
                b'(' => self.open(),
                b')' => self.close(),
                _ if is_letter(byte) => self.name(),
                _ => self.other(byte),
            }
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '(']) {
            self.out.push(' ');
        }
    }

    fn comment(&mut self, start: usize, end: &str) {
        let rest = &self.text[self.at..];
        self.at += rest[start..].find(end).map_or(rest.len(), |at| at + start + end.len());
        self.blank();
    }

    fn value(&mut self) {
        self.out.push(VALUE);
    }

    /// A text in quotes; doubled quotes stand for one.
    fn quoted(&mut self, quote: u8, dialect: Dialect) {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        loop {
            match bytes.get(at).copied() {
                None => break,
                Some(b'\\') if dialect == Dialect::MySql => at += 2,
                // Either escapes the quote or comes before the last one: nobody can tell.
                Some(b'\\') if dialect == Dialect::Unknown && bytes.get(at + 1) == Some(&quote) => {
                    at = bytes.len();
                }
                Some(byte) if byte == quote => {
                    at += 1;
                    if bytes.get(at) != Some(&quote) {
                        break;
                    }
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at.min(bytes.len());
        self.value();
    }

    /// Whether double quotes are of a text: they always are, or what stands before them asks for a
    /// value, and no further name behind them.
    fn is_text_in_double_quotes(&self) -> bool {
        if self.dialect != Dialect::Unknown {
            return self.dialect == Dialect::MySql;
        }
        let before = self.out.trim_end();
        let asks = before.ends_with(['=', '<', '>'])
            || before.ends_with("?,")
            || ["like", "in (", "in(", "values (", "values("].iter().any(|word| {
                let at = before.len().checked_sub(word.len());
                at.and_then(|at| before.get(at..)).is_some_and(|it| it.eq_ignore_ascii_case(word))
            });
        let inside = &self.text[self.at + 1..];
        asks && inside.find('"').is_none_or(|end| inside.as_bytes().get(end + 1) != Some(&b'.'))
    }

    /// `$1` is a place for a value, `$$…$$` and `$tag$…$tag$` are texts.
    fn dollar(&mut self) {
        let rest = &self.text[self.at..];
        let tag_bytes =
            rest[1..].bytes().take_while(|byte| is_word(*byte) && *byte != b'$').count();
        let is_quote = rest.as_bytes().get(tag_bytes + 1) == Some(&b'$')
            && !rest[1..].starts_with(|character: char| character.is_ascii_digit());
        if !is_quote {
            self.at += 1 + tag_bytes;
            self.out.push_str(&rest[..=tag_bytes]);
            self.opened_at = None;
            return;
        }
        let tag = &rest[..tag_bytes + 2];
        let end = rest[tag.len()..].find(tag).map_or(rest.len(), |at| at + 2 * tag.len());
        self.at += end;
        self.value();
    }

    fn number(&mut self) {
        let bytes = self.text.as_bytes();
        let mut before = b' ';
        while let Some(byte) = bytes.get(self.at).copied() {
            let is_sign = matches!(byte, b'+' | b'-') && matches!(before, b'e' | b'E');
            if !is_sign && byte != b'.' && !is_word(byte) {
                break;
            }
            before = byte;
            self.at += 1;
        }
        self.value();
    }

    /// A keyword or a name, quoted or not, with the names before it that are divided by dots.
    fn name(&mut self) {
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at).copied() {
                Some(quote @ (b'"' | b'`' | b'[')) if !self.is_index(start, quote) => {
                    let end = if quote == b'[' { b']' } else { quote };
                    let inside = &bytes[self.at + 1..];
                    let Some(length) = inside.iter().position(|byte| *byte == end) else {
                        // What was meant as a name and does not end may hold anything.
                        self.at = bytes.len();
                        return self.value();
                    };
                    self.at += length + 2;
                }
                _ => {
                    let word = &bytes[self.at..];
                    self.at += word.iter().take_while(|byte| is_word(**byte)).count();
                }
            }
            let goes_on = bytes.get(self.at) == Some(&b'.')
                && bytes
                    .get(self.at + 1)
                    .is_some_and(|byte| is_letter(*byte) || matches!(byte, b'"' | b'`' | b'['));
            if !goes_on {
                break;
            }
            self.at += 1;
        }
        if self.at == start {
            return self.other(bytes[start]);
        }
        let name = &self.text[start..self.at];
        if bytes.get(self.at) == Some(&b'\'') && name.len() <= 8 {
            // `E'…'`, `N'…'`, `x'…'`: the word belongs to the text.
            let is_escaped = name.eq_ignore_ascii_case("e");
            return self.quoted(b'\'', if is_escaped { Dialect::MySql } else { self.dialect });
        }
        self.words.word(name, self.depth);
        self.opened_at = None;
        self.out.push_str(name);
    }

    /// Whether a square bracket asks for an element or lists some: neither `tags[1]` nor
    /// `ARRAY[a, 'b']` is a name of SQL Server, which has 128 characters at most.
    fn is_index(&self, start: usize, quote: u8) -> bool {
        if quote != b'[' || self.at > start {
            return quote == b'[';
        }
        let inside = &self.text.as_bytes()[self.at + 1..];
        let length = inside.iter().take(4 * 128).position(|byte| *byte == b']');
        length.is_none_or(|length| {
            let name = &inside[..length];
            !name.first().is_some_and(|byte| is_letter(*byte))
                || name.iter().any(|byte| b"'\"`,()[+*/<>=|".contains(byte))
        })
    }

    fn open(&mut self) {
        self.at += 1;
        self.depth += 1;
        self.words.awaits_table = false;
        self.out.push('(');
        self.opened_at = Some(self.out.len());
    }

    /// However many values a list has, it is the same query.
    fn close(&mut self) {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        if let Some(opened_at) = self.opened_at.take()
            && self.out[opened_at..].starts_with(VALUE)
        {
            self.out.truncate(opened_at);
            self.value();
        }
        self.out.push(')');
        for repeated in ["(?), (?)", "(?),(?)"] {
            if self.out.ends_with(repeated) {
                self.out.truncate(self.out.len() - repeated.len() + "(?)".len());
            }
        }
    }

    fn other(&mut self, byte: u8) {
        let character = self.text[self.at..].chars().next().unwrap_or(char::from(byte));
        self.at += character.len_utf8();
        if !matches!(character, ',' | VALUE) {
            self.opened_at = None;
        }
        self.out.push(character);
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_letter(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// The commands of a key-value store, one a line, without what they are about. Where a command has
/// arguments, what follows its line may be a part of them.
pub fn commands_only(lines: &str) -> Query {
    let mut query = Query::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let command = line.split_ascii_whitespace().next().unwrap_or_default();
        let has_arguments = command.len() < line.len();
        let is_command = command.len() <= COMMAND_BYTES_MAX
            && command.bytes().all(|it| it.is_ascii_alphanumeric() || b"_.-".contains(&it));
        if !is_command || query.text.len() + command.len() > DATADOG_QUERY_BYTES_MAX {
            break;
        }
        if query.text.is_empty() {
            query.operation = command.to_ascii_uppercase();
        } else if has_arguments {
            break;
        } else {
            query.text.push('\n');
            "PIPELINE".clone_into(&mut query.operation);
        }
        query.text.push_str(&command.to_ascii_uppercase());
        if has_arguments {
            query.text.push_str(" ?");
            break;
        }
    }
    query
}

/// A query that is written as JSON, with its keys and without its values.
pub fn keys_only(json: &str) -> String {
    let end = json.floor_char_boundary(DATADOG_QUERY_BYTES_MAX);
    let json = &json[..end];
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let start = at;
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at).copied() {
                    at += 1 + usize::from(byte == b'\\');
                    if byte == b'"' {
                        break;
                    }
                }
                at = at.min(bytes.len());
                let is_key = json[json.ceil_char_boundary(at)..].trim_start().starts_with(':');
                at = json.ceil_char_boundary(at);
                out.push_str(if is_key { &json[start..at] } else { "\"?\"" });
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                at += 1;
                out.push(char::from(byte));
            }
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => {
                let ends = |byte: &u8| b"{}[],:\" \t\r\n".contains(byte);
                at += bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                out.push_str("\"?\"");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
