//! Printing a search so that it reads back as the same one.

use crate::ast::{Bound, BoundValue, Expr, Field, Range, Search, Test, Text, TextScope};
use crate::filter::Filter;
use crate::number::Quantity;
use crate::parser::{BUCKET_UNITS, KEYWORDS, is_key_character, is_message};
use crate::stage::{Aggregate, Function, Reference, SortKey, Stage};
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Search {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}", self.filter)?;
        self.stages.iter().try_for_each(|stage| write!(out, " | {stage}"))
    }
}

impl Display for Filter {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        self.expr().fmt(out)
    }
}

impl Display for Expr {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write_expr(out, self, Around::Nothing)
    }
}

/// What binds the printed expression from outside.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Around {
    Nothing,
    Or,
    And,
    Not,
}

fn write_expr(out: &mut Formatter<'_>, expr: &Expr, around: Around) -> Result {
    match expr {
        Expr::All => out.write_char('*'),
        Expr::And(parts) => write_parts(out, parts, " ", Around::And, around),
        Expr::Or(parts) => write_parts(out, parts, " OR ", Around::Or, around),
        Expr::Not(inner) => {
            out.write_char('-')?;
            write_expr(out, inner, Around::Not)
        }
        Expr::Text { scope: TextScope::Message, text } => write_text(out, text, is_plain_message),
        Expr::Text { scope: TextScope::Everything, text } => {
            out.write_str("*:")?;
            write_text(out, text, is_plain_value)
        }
        Expr::Field { field, test: Test::Cidr(networks) } => {
            write!(out, "CIDR({field}")?;
            networks.iter().try_for_each(|network| write!(out, ", {network}"))?;
            out.write_char(')')
        }
        Expr::Field { field, test: Test::Is(text) } if is_message(field) => {
            write!(out, "{field}:=")?;
            write_quoted(out, text)
        }
        Expr::Field { field, test } => write!(out, "{field}:{test}"),
    }
}

fn write_parts(
    out: &mut Formatter<'_>,
    parts: &[Expr],
    between: &str,
    inside: Around,
    around: Around,
) -> Result {
    if around >= inside {
        out.write_char('(')?;
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(between)?;
        }
        write_expr(out, part, inside)?;
    }
    if around >= inside { out.write_char(')') } else { Ok(()) }
}

fn write_text(out: &mut Formatter<'_>, text: &Text, is_plain: fn(&str) -> bool) -> Result {
    match text {
        Text::Exact(text) if is_plain(text) => out.write_str(text),
        Text::Exact(text) => write_quoted(out, text),
        Text::Pattern(pattern) => write_pattern(out, pattern),
    }
}

/// Whether a text between white space is read as itself.
fn is_plain_message(text: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "_./=,#%-".contains(character);
    !text.is_empty()
        && text.chars().all(plain)
        && !text.starts_with('-')
        && !KEYWORDS.contains(&text)
        && text != "CIDR"
}

/// Whether a text after a colon is read as itself.
fn is_plain_value(text: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "_./=,#%-:@+&".contains(character);
    // `http://…` is a text, not a field called http.
    !text.is_empty() && text.chars().all(plain) && !text.starts_with("//")
}

fn write_quoted(out: &mut impl Write, text: &str) -> Result {
    out.write_char('"')?;
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.write_char('\\')?;
        }
        out.write_char(character)?;
    }
    out.write_char('"')
}

/// Escapes every character that means something to the lexer and is no wildcard.
fn write_pattern(out: &mut impl Write, pattern: &str) -> Result {
    if pattern.starts_with("//") {
        out.write_char('\\')?;
    }
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' | '?' => out.write_char(character)?,
            '\\' => write_escaped(out, characters.next().unwrap_or('\\'))?,
            other => write_escaped(out, other)?,
        }
    }
    Ok(())
}

fn write_escaped(out: &mut impl Write, character: char) -> Result {
    if !character.is_alphanumeric() && !"_./=,#%".contains(character) {
        out.write_char('\\')?;
    }
    out.write_char(character)
}

impl Display for Field {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        if matches!(self, Self::Attribute(_)) {
            out.write_char('@')?;
        }
        for (index, character) in self.key().chars().enumerate() {
            let first_of_name = index == 0 && matches!(self, Self::Named(_));
            let plain = is_key_character(character)
                && (!first_of_name || character.is_alphabetic() || character == '_');
            if !plain {
                out.write_char('\\')?;
            }
            out.write_char(character)?;
        }
        Ok(())
    }
}

impl Display for Test {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Exists => out.write_char('*'),
            Self::Is(text) if is_plain_value(text) => out.write_str(text),
            Self::Is(text) => write_quoted(out, text),
            Self::Like(pattern) => write_pattern(out, pattern),
            Self::Range(range) => range.fmt(out),
            Self::Cidr(networks) => {
                out.write_str("CIDR(")?;
                for (index, network) in networks.iter().enumerate() {
                    let between = if index > 0 { ", " } else { "" };
                    write!(out, "{between}{network}")?;
                }
                out.write_char(')')
            }
        }
    }
}

impl Display for Range {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let equal = |bound: &Bound| if bound.inclusive { "=" } else { "" };
        match (&self.low, &self.high) {
            (Some(low), None) => write!(out, ">{}{}", equal(low), low.value),
            (None, Some(high)) => write!(out, "<{}{}", equal(high), high.value),
            (Some(low), Some(high)) => {
                out.write_char(if low.inclusive { '[' } else { '{' })?;
                write!(out, "{} TO {}", low.value, high.value)?;
                out.write_char(if high.inclusive { ']' } else { '}' })
            }
            (None, None) => out.write_char('*'),
        }
    }
}

impl Display for BoundValue {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Quantity { text, .. } => out.write_str(text),
            Self::Text(text) if is_plain_value(text) && Quantity::read(text).is_none() => {
                out.write_str(text)
            }
            Self::Text(text) => write_quoted(out, text),
        }
    }
}

impl Display for Stage {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Stats { aggregates, by, bucket_ns } => {
                write!(out, "stats {}", listed(aggregates))?;
                let bucket = bucket_ns.map(Bucket);
                match (by.is_empty(), bucket) {
                    (true, None) => Ok(()),
                    (true, Some(bucket)) => write!(out, " by {bucket}"),
                    (false, None) => write!(out, " by {}", listed(by)),
                    (false, Some(bucket)) => write!(out, " by {}, {bucket}", listed(by)),
                }
            }
            Self::Timechart { bucket_ns, aggregates, by } => {
                write!(out, "timechart {} {}", Bucket(*bucket_ns), listed(aggregates))?;
                if by.is_empty() { Ok(()) } else { write!(out, " by {}", listed(by)) }
            }
            Self::Top { count, fields } => write!(out, "top {count} {}", listed(fields)),
            Self::Patterns { count } => write!(out, "patterns {count}"),
            Self::Fields(references) => write!(out, "fields {}", listed(references)),
            Self::Sort(keys) => write!(out, "sort {}", listed(keys)),
            Self::Limit(count) => write!(out, "limit {count}"),
            Self::Dedup(references) => write!(out, "dedup {}", listed(references)),
        }
    }
}

fn listed<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A length of time in the largest unit that it is a multiple of.
struct Bucket(i64);

impl Display for Bucket {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let unit = BUCKET_UNITS.iter().find(|(_, length)| self.0 % length == 0);
        let (name, length) = unit.copied().unwrap_or(("ns", 1));
        write!(out, "{}{name}", self.0 / length)
    }
}

impl Display for Aggregate {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{}(", self.function)?;
        if let Some(field) = &self.field {
            write!(out, "{field}")?;
        }
        out.write_char(')')?;
        self.name.as_ref().map_or(Ok(()), |name| write!(out, " as {name}"))
    }
}

impl Display for Function {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Count => out.write_str("count"),
            Self::CountDistinct => out.write_str("count_distinct"),
            Self::Sum => out.write_str("sum"),
            Self::Avg => out.write_str("avg"),
            Self::Min => out.write_str("min"),
            Self::Max => out.write_str("max"),
            Self::Percentile(percent) => write!(out, "p{percent}"),
        }
    }
}

impl Display for Reference {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Field(field) => field.fmt(out),
            Self::Column(name) => out.write_str(name),
        }
    }
}

impl Display for SortKey {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let sign = if self.descending { "-" } else { "" };
        write!(out, "{sign}{}", self.by)
    }
}
