//! What a search means, as a tree.

use crate::cidr::Network;
use crate::filter::Filter;
use crate::number::Quantity;
use crate::stage::Stage;

/// A filter and what is done with the rows it lets through.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub filter: Filter,
    pub stages: Vec<Stage>,
}

/// Which rows are meant. Built by [`Expr::and`], [`Expr::or`] and [`Expr::not`], which keep it
/// flat: what is printed reads back as the same tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Every row.
    All,
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// Words in a text, whatever their case.
    Text {
        scope: TextScope,
        text: Text,
    },
    /// A comparison of a field.
    Field {
        field: Field,
        test: Test,
    },
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextScope {
    /// The body of a log record; the name and the status message of a span.
    Message,
    /// Every text of the row.
    Everything,
}

/// Words that are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As it stands.
    Exact(String),
    /// With the wildcards `*` and `?`; a backslash takes the meaning of the next character away.
    Pattern(String),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `@key`: an attribute of the span or log record.
    Attribute(String),
    /// `key`: a reserved name, a column, or a tag. See [`crate::place`].
    Named(String),
}

/// How a field is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is a value.
    Exists,
    /// The value is this text, or this number however it is spelled.
    Is(String),
    /// The whole value fits the pattern (see [`Text::Pattern`]).
    Like(String),
    Range(Range),
    /// The value is an address in one of the networks.
    Cidr(Vec<Network>),
}

/// Values between two ends, of which at least one is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub low: Option<Bound>,
    pub high: Option<Bound>,
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    pub value: BoundValue,
    pub inclusive: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BoundValue {
    /// Compares with values that are numbers; `text` is how it was typed.
    Quantity { quantity: Quantity, text: String },
    /// Compares with all values, character by character.
    Text(String),
}

impl Expr {
    /// All of them.
    pub fn and(parts: Vec<Expr>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.swap_remove(0),
            _ => Self::And(flat),
        }
    }

    /// Any of them; `parts` is not empty.
    pub fn or(parts: Vec<Expr>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.swap_remove(0),
            _ => Self::Or(flat),
        }
    }

    /// The opposite.
    #[expect(clippy::should_implement_trait, reason = "a constructor beside `and` and `or`")]
    pub fn not(part: Expr) -> Self {
        match part {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Calls `each` with every comparison and text in it.
    pub fn for_each_term(&self, each: &mut dyn FnMut(&Expr)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.for_each_term(each));
            }
            Self::Not(inner) => inner.for_each_term(each),
            Self::All => {}
            Self::Text { .. } | Self::Field { .. } => each(self),
        }
    }
}

impl Field {
    /// The key without its `@`.
    pub fn key(&self) -> &str {
        match self {
            Self::Attribute(key) | Self::Named(key) => key,
        }
    }
}
