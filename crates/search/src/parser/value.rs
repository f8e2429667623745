//! What stands behind `key:`.

use super::{Parser, missing_value};
use crate::ast::{Bound, BoundValue, Expr, Field, Range, Test, Text};
use crate::cidr::Network;
use crate::error::SyntaxError;
use crate::number::Quantity;
use crate::place::{is_status, status_word};
use crate::value_test::like_regex;
use hannun_model::severity::STATUSES;
use std::cmp::Ordering;

impl Parser {
    /// One value, pattern, comparison or range.
    pub(super) fn test(&mut self, field: &Field) -> Result<Test, SyntaxError> {
        let at = self.cursor.at();
        let test = match self.cursor.peek() {
            Some('[' | '{') => self.between()?,
            Some('<' | '>') => self.above_or_below()?,
            Some('"') => Test::Is(self.cursor.quoted()?),
            _ => {
                let word = self.cursor.word(&[]);
                if word.is_empty() {
                    return Err(missing_value(field.key(), at));
                }
                if self.cursor.peek() == Some('(') {
                    let message = "a parenthesis is no part of a value unless in quotes";
                    return Err(SyntaxError::expected(self.cursor.at(), message, ["a space"]));
                }
                match word.into_text() {
                    Text::Exact(text) => Test::Is(text),
                    Text::Pattern(pattern) if pattern == "*" => Test::Exists,
                    Text::Pattern(pattern) => Test::Like(pattern),
                }
            }
        };
        if let Test::Like(pattern) = &test {
            like_regex(pattern).map_err(|error| SyntaxError::new(at, error.to_string()))?;
        }
        if is_status(field) {
            check_status(&test, at)?;
        }
        Ok(test)
    }

    /// `>5`, `<=5`.
    fn above_or_below(&mut self) -> Result<Test, SyntaxError> {
        let above = self.cursor.next() == Some('>');
        let inclusive = self.cursor.take('=');
        let value = self.bound(&[])?;
        let Some(value) = value else {
            let message = "a star is no end; write :* to ask for any value";
            return Err(SyntaxError::expected(self.cursor.at(), message, ["a number", "a text"]));
        };
        let bound = Some(Bound { value, inclusive });
        Ok(Test::Range(if above {
            Range { low: bound, high: None }
        } else {
            Range { low: None, high: bound }
        }))
    }

    /// `[1 TO 5]`, `{1 TO 5}`, and mixed.
    fn between(&mut self) -> Result<Test, SyntaxError> {
        let open = self.cursor.at();
        let low_inclusive = self.cursor.next() == Some('[');
        self.cursor.skip_space();
        let low = self.bound(&[']', '}'])?;
        if !self.cursor.take_keyword("TO") {
            let message = "a range has two ends";
            return Err(SyntaxError::expected(self.cursor.at(), message, ["TO"]));
        }
        self.cursor.skip_space();
        let high = self.bound(&[']', '}'])?;
        self.cursor.skip_space();
        let high_inclusive = match self.cursor.peek() {
            Some(']') => true,
            Some('}') => false,
            _ => {
                let message = format!("the range of column {} is not closed", open + 1);
                return Err(SyntaxError::expected(self.cursor.at(), message, ["\"]\"", "\"}\""]));
            }
        };
        self.cursor.next();
        check_ends(low.as_ref(), high.as_ref(), open)?;
        let bound =
            |value: Option<BoundValue>, inclusive| value.map(|value| Bound { value, inclusive });
        let range = Range { low: bound(low, low_inclusive), high: bound(high, high_inclusive) };
        if range.low.is_none() && range.high.is_none() {
            return Ok(Test::Exists);
        }
        Ok(Test::Range(range))
    }

    /// An end of a range; `None` for a star.
    fn bound(&mut self, ends: &[char]) -> Result<Option<BoundValue>, SyntaxError> {
        let at = self.cursor.at();
        if self.cursor.peek() == Some('"') {
            return Ok(Some(BoundValue::Text(self.cursor.quoted()?)));
        }
        let word = self.cursor.word(ends);
        if word.is_empty() {
            let message = "an end of the range is missing";
            return Err(SyntaxError::expected(at, message, ["a number", "a text", "\"*\""]));
        }
        match word.into_text() {
            Text::Pattern(pattern) if pattern == "*" => Ok(None),
            Text::Pattern(_) => {
                let message = "an end of a range has no wildcards";
                Err(SyntaxError::expected(at, message, ["a number", "a text in quotes"]))
            }
            Text::Exact(text) => Ok(Some(match Quantity::read(&text) {
                Some(quantity) => BoundValue::Quantity { quantity, text },
                None => BoundValue::Text(text),
            })),
        }
    }

    /// `CIDR(@ip, 10.0.0.0/8, …)`.
    pub(super) fn cidr(&mut self) -> Result<Expr, SyntaxError> {
        self.cursor.skip("CIDR(".len());
        self.cursor.skip_space();
        let field = self.field()?;
        let networks = self.networks(false)?;
        Ok(Expr::Field { field, test: Test::Cidr(networks) })
    }

    /// Networks up to the closing parenthesis. Each has a comma before it, `first` may do without.
    pub(super) fn networks(&mut self, mut first: bool) -> Result<Vec<Network>, SyntaxError> {
        let mut networks = Vec::new();
        loop {
            self.cursor.skip_space();
            match self.cursor.peek() {
                _ if std::mem::take(&mut first) => {}
                Some(',') => {
                    self.cursor.next();
                }
                Some(')') if !networks.is_empty() => {
                    self.cursor.next();
                    return Ok(networks);
                }
                _ => {
                    let expected: &[&str] =
                        if networks.is_empty() { &["\",\""] } else { &["\",\"", "\")\""] };
                    let message = "CIDR takes a field and networks";
                    let expected = expected.iter().copied();
                    return Err(SyntaxError::expected(self.cursor.at(), message, expected));
                }
            }
            self.cursor.skip_space();
            let at = self.cursor.at();
            let word = self.cursor.word(&[',']);
            let network: Result<Network, _> = word.whole_text().parse();
            networks.push(network.map_err(|error| SyntaxError::new(at, error.to_string()))?);
        }
    }

    /// A field that is named without being compared.
    pub(super) fn field(&mut self) -> Result<Field, SyntaxError> {
        let at = self.cursor.at();
        let is_attribute = self.cursor.take('@');
        let Some(key) = self.cursor.key_text(!is_attribute) else {
            let message = "no field is named here";
            return Err(SyntaxError::expected(
                at,
                message,
                ["a field such as service or @user.id"],
            ));
        };
        Ok(if is_attribute { Field::Attribute(key) } else { Field::Named(key) })
    }
}

/// Both ends are quantities of one kind, or both are texts, and the first is not above the second.
fn check_ends(
    low: Option<&BoundValue>,
    high: Option<&BoundValue>,
    open: usize,
) -> Result<(), SyntaxError> {
    let order = match (low, high) {
        (
            Some(BoundValue::Quantity { quantity: low, .. }),
            Some(BoundValue::Quantity { quantity: high, .. }),
        ) if low.dimension == high.dimension => low.number.compare(high.number),
        // The order of status names is not that of their letters.
        (Some(BoundValue::Text(_)), Some(BoundValue::Text(_))) | (None, _) | (_, None) => {
            return Ok(());
        }
        _ => {
            let message = "the ends of a range are both numbers of one unit, or both texts";
            return Err(SyntaxError::new(open, message));
        }
    };
    if order == Ordering::Greater {
        return Err(SyntaxError::new(open, "the first end of the range is above the second"));
    }
    Ok(())
}

fn check_status(test: &Test, at: usize) -> Result<(), SyntaxError> {
    let unknown = |word: &str| {
        let names = STATUSES.iter().copied().chain(["none", "ok"]);
        SyntaxError::expected(at, format!("{word:?} is no status"), names)
    };
    let known = |value: &BoundValue| match value {
        BoundValue::Quantity { .. } => Ok(()),
        BoundValue::Text(word) => status_word(word).map(drop).ok_or_else(|| unknown(word)),
    };
    match test {
        Test::Is(word) => status_word(word).map(drop).ok_or_else(|| unknown(word)),
        Test::Range(range) => {
            range.low.iter().chain(&range.high).try_for_each(|bound| known(&bound.value))
        }
        Test::Exists | Test::Like(_) | Test::Cidr(_) => Ok(()),
    }
}
