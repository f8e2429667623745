//! The language of conditions, of values of metrics and of what stands between braces in a template.
//!
//! It is written as people write conditions, and compiles to the JSON expressions that Datadog's
//! clients evaluate: <https://docs.datadoghq.com/dynamic_instrumentation/expression-language/>.
//!
//! | | |
//! |---|---|
//! | what is in scope | `name`, `object.member`, `list[0]`, `map["key"]` |
//! | at the end of a method | `@return`, `@duration` (milliseconds), `@exception` |
//! | literals | `1`, `-2.5`, `"text"`, `'text'`, `true`, `false`, `null` |
//! | comparisons | `==` `!=` `<` `<=` `>` `>=` |
//! | logic | `&&` `\|\|` `!`, or `and` `or` `not` |
//! | functions | `len` `isEmpty` `isDefined` `contains` `startsWith` `endsWith` `matches` `substring` `instanceof` |
//! | collections | `any(list, @it > 1)`, `all(map, @value != "")`, `filter(list, …)` |

mod json;
mod lexer;
mod parser;
mod printer;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A variable; with `@` in front when it is one of the client's.
    Variable(String),
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Call(Function, Vec<Expression>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// All of them, as written and as clients call them. A longer sign comes before its beginning.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Equal, "==", "eq"),
        (Self::NotEqual, "!=", "ne"),
        (Self::LessOrEqual, "<=", "le"),
        (Self::GreaterOrEqual, ">=", "ge"),
        (Self::Less, "<", "lt"),
        (Self::Greater, ">", "gt"),
    ];

    pub(crate) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("==", |it| it.1)
    }

    pub(crate) fn operator(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("eq", |it| it.2)
    }
}

/// A function. Its name is also what clients call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Len,
    IsEmpty,
    IsDefined,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Substring,
    InstanceOf,
    Any,
    All,
    Filter,
}

impl Function {
    /// All of them with their name and how many arguments they take.
    pub(crate) const ALL: [(Self, &'static str, usize); 12] = [
        (Self::Len, "len", 1),
        (Self::IsEmpty, "isEmpty", 1),
        (Self::IsDefined, "isDefined", 1),
        (Self::Contains, "contains", 2),
        (Self::StartsWith, "startsWith", 2),
        (Self::EndsWith, "endsWith", 2),
        (Self::Matches, "matches", 2),
        (Self::Substring, "substring", 3),
        (Self::InstanceOf, "instanceof", 2),
        (Self::Any, "any", 2),
        (Self::All, "all", 2),
        (Self::Filter, "filter", 2),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("len", |it| it.1)
    }

    /// Whether the second argument is asked of each item of the first.
    pub(crate) fn is_over_items(self) -> bool {
        matches!(self, Self::Any | Self::All | Self::Filter)
    }
}

/// Variables of the client that mean an item of a collection.
pub(crate) const ITEM_VARIABLES: [&str; 3] = ["@it", "@key", "@value"];
/// Variables of the client that are known when a method ends.
pub(crate) const EXIT_VARIABLES: [&str; 3] = ["@return", "@duration", "@exception"];

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// Characters before the place.
    pub position: usize,
    pub message: String,
}

impl ExpressionError {
    pub(crate) fn new(position: usize, message: impl Into<String>) -> Self {
        Self { position, message: message.into() }
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the place, when it is none or goes past a limit.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parser::parse(text)
    }

    /// A variable in it that is only known when a method ends.
    pub fn exit_variable(&self) -> Option<&'static str> {
        let mut found = None;
        self.visit_names(&mut |name| {
            found = found.or(EXIT_VARIABLES.into_iter().find(|known| *known == name));
        });
        found
    }

    /// Calls `see` with the name of every variable and member, and of every key written as text.
    pub fn visit_names<'e>(&'e self, see: &mut impl FnMut(&'e str)) {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(_) => {}
            Self::Variable(name) => see(name),
            Self::Member(base, name) => {
                base.visit_names(see);
                see(name);
            }
            Self::Index(base, index) => {
                base.visit_names(see);
                match &**index {
                    Self::Text(key) => see(key),
                    index => index.visit_names(see),
                }
            }
            Self::Not(inner) => inner.visit_names(see),
            Self::Compare(_, left, right) | Self::And(left, right) | Self::Or(left, right) => {
                left.visit_names(see);
                right.visit_names(see);
            }
            Self::Call(_, arguments) => {
                arguments.iter().for_each(|argument| argument.visit_names(see));
            }
        }
    }
}

#[cfg(test)]
mod tests;
