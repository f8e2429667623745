//! An expression as people write it.

use super::{Expression, Function};
use std::fmt::{self, Display, Formatter, Write};

/// How tightly a kind of expression binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Compare,
    Unary,
    Postfix,
}

fn binding(expression: &Expression) -> Binding {
    match expression {
        Expression::Or(..) => Binding::Or,
        Expression::And(..) => Binding::And,
        Expression::Compare(..) => Binding::Compare,
        // What looks like a number cannot have a member right behind it.
        Expression::Not(_) | Expression::Int(_) | Expression::Float(_) => Binding::Unary,
        _ => Binding::Postfix,
    }
}

impl Display for Expression {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(flag) => write!(out, "{flag}"),
            Self::Int(int) => write!(out, "{int}"),
            Self::Float(float) => write!(out, "{float:?}"),
            Self::Text(text) => write_text(out, text),
            Self::Variable(name) => out.write_str(name),
            Self::Member(base, name) => {
                write_within(out, base, Binding::Postfix)?;
                write!(out, ".{name}")
            }
            Self::Index(base, index) => {
                write_within(out, base, Binding::Postfix)?;
                write!(out, "[{index}]")
            }
            Self::Not(inner) => {
                out.write_char('!')?;
                write_within(out, inner, Binding::Unary)
            }
            Self::Compare(comparison, left, right) => {
                write_within(out, left, Binding::Unary)?;
                write!(out, " {} ", comparison.sign())?;
                write_within(out, right, Binding::Unary)
            }
            Self::And(left, right) => {
                write_within(out, left, Binding::And)?;
                out.write_str(" && ")?;
                write_within(out, right, Binding::Compare)
            }
            Self::Or(left, right) => {
                write_within(out, left, Binding::Or)?;
                out.write_str(" || ")?;
                write_within(out, right, Binding::And)
            }
            Self::Call(function, arguments) => write_call(out, *function, arguments),
        }
    }
}

/// Writes an expression where one must bind at least so tightly.
fn write_within(
    out: &mut Formatter<'_>,
    expression: &Expression,
    at_least: Binding,
) -> fmt::Result {
    if binding(expression) >= at_least {
        write!(out, "{expression}")
    } else {
        write!(out, "({expression})")
    }
}

fn write_call(
    out: &mut Formatter<'_>,
    function: Function,
    arguments: &[Expression],
) -> fmt::Result {
    write!(out, "{}(", function.name())?;
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            out.write_str(", ")?;
        }
        write!(out, "{argument}")?;
    }
    out.write_char(')')
}

fn write_text(out: &mut Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}
