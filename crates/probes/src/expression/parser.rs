//! From tokens to an expression.

use super::lexer::{Placed, Token, tokens};
use super::{EXIT_VARIABLES, Expression, ExpressionError, Function, ITEM_VARIABLES};
use hannun_model::limits::{PROBE_EXPRESSION_BYTES_MAX, PROBE_EXPRESSION_DEPTH_MAX};

type Parsed = Result<Expression, ExpressionError>;

pub(super) fn parse(text: &str) -> Parsed {
    if text.len() > PROBE_EXPRESSION_BYTES_MAX {
        let message = format!("longer than {PROBE_EXPRESSION_BYTES_MAX} bytes, shorten it");
        return Err(ExpressionError::new(0, message));
    }
    let end = text.chars().count();
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end, depth: 0, items: 0 };
    if parser.tokens.is_empty() {
        return Err(ExpressionError::new(0, "write an expression, such as `user.id == 7`"));
    }
    let expression = parser.or()?;
    match parser.tokens.get(parser.next) {
        None => Ok(expression),
        Some((position, Token::Compare(_))) => Err(ExpressionError::new(
            *position,
            "a comparison cannot be compared, put parentheses around one",
        )),
        Some((position, _)) => Err(ExpressionError::new(
            *position,
            "the expression ends before this; join two with `&&` or `||`",
        )),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    /// Characters of the text.
    end: usize,
    depth: usize,
    /// Of how many collections around here an item has a name.
    items: usize,
}

impl Parser {
    fn position(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(position, _)| *position)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let is_next = self.tokens.get(self.next).is_some_and(|(_, token)| token == wanted);
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, wanted: &Token, sign: &str) -> Result<(), ExpressionError> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(ExpressionError::new(self.position(), format!("expected `{sign}` here")))
    }

    /// Guards against expressions so deep that they exhaust the stack, here or in a client.
    fn deeper(&mut self) -> Result<(), ExpressionError> {
        self.depth += 1;
        if self.depth <= PROBE_EXPRESSION_DEPTH_MAX {
            return Ok(());
        }
        let message = format!("nested more than {PROBE_EXPRESSION_DEPTH_MAX} deep, simplify it");
        Err(ExpressionError::new(self.position(), message))
    }

    fn or(&mut self) -> Parsed {
        let entered = self.depth;
        let mut left = self.and()?;
        while self.take(&Token::Or) {
            self.deeper()?;
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth = entered;
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.comparison()?;
        while self.take(&Token::And) {
            self.deeper()?;
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.unary()?;
        let Some((_, Token::Compare(comparison))) = self.tokens.get(self.next) else {
            return Ok(left);
        };
        let comparison = *comparison;
        self.next += 1;
        let right = self.unary()?;
        Ok(Expression::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn unary(&mut self) -> Parsed {
        if self.take(&Token::Not) {
            let entered = self.depth;
            self.deeper()?;
            let inner = self.unary()?;
            self.depth = entered;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if self.take(&Token::Minus) {
            return match self.tokens.get(self.next) {
                Some((_, Token::Int(int))) => {
                    let negative = Expression::Int(-*int);
                    self.next += 1;
                    Ok(negative)
                }
                Some((_, Token::Float(float))) => {
                    let negative = Expression::Float(-*float);
                    self.next += 1;
                    Ok(negative)
                }
                _ => Err(ExpressionError::new(self.position(), "only a number can follow `-`")),
            };
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed {
        let entered = self.depth;
        let mut base = self.primary()?;
        loop {
            if self.take(&Token::Dot) {
                self.deeper()?;
                base = self.member(base)?;
            } else if self.take(&Token::OpenIndex) {
                self.deeper()?;
                let index = self.or()?;
                self.expect(&Token::CloseIndex, "]")?;
                base = Expression::Index(Box::new(base), Box::new(index));
            } else {
                self.depth = entered;
                return Ok(base);
            }
        }
    }

    fn member(&mut self, base: Expression) -> Parsed {
        let position = self.position();
        let name = match self.tokens.get(self.next) {
            Some((_, Token::Name(name))) if !name.starts_with('@') => name.clone(),
            _ => return Err(ExpressionError::new(position, "expected the name of a member here")),
        };
        self.next += 1;
        if self.tokens.get(self.next).is_some_and(|(_, token)| *token == Token::Open) {
            let message =
                format!("methods cannot be called; functions are written {}", functions());
            return Err(ExpressionError::new(position, message));
        }
        Ok(Expression::Member(Box::new(base), name))
    }

    fn primary(&mut self) -> Parsed {
        let position = self.position();
        let Some((_, token)) = self.tokens.get(self.next).cloned() else {
            return Err(ExpressionError::new(position, "something is missing at the end"));
        };
        self.next += 1;
        match token {
            Token::Int(int) => Ok(Expression::Int(int)),
            Token::Float(float) => Ok(Expression::Float(float)),
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Name(name) => self.named(position, name),
            Token::Open => {
                self.deeper()?;
                let inner = self.or()?;
                self.depth -= 1;
                self.expect(&Token::Close, ")")?;
                Ok(inner)
            }
            _ => Err(ExpressionError::new(position, "expected a name, a literal or `(` here")),
        }
    }

    fn named(&mut self, position: usize, name: String) -> Parsed {
        if self.take(&Token::Open) {
            return self.call(position, &name);
        }
        match name.as_str() {
            "null" => Ok(Expression::Null),
            "true" => Ok(Expression::Bool(true)),
            "false" => Ok(Expression::Bool(false)),
            item if ITEM_VARIABLES.contains(&item) && self.items == 0 => {
                let message = format!("{item} has a meaning only within any, all and filter");
                Err(ExpressionError::new(position, message))
            }
            known if ITEM_VARIABLES.contains(&known) || EXIT_VARIABLES.contains(&known) => {
                Ok(Expression::Variable(name))
            }
            unknown if unknown.starts_with('@') => {
                let message = format!(
                    "unknown `{unknown}`, use one of {}, {}",
                    EXIT_VARIABLES.join(", "),
                    ITEM_VARIABLES.join(", ")
                );
                Err(ExpressionError::new(position, message))
            }
            _ => Ok(Expression::Variable(name)),
        }
    }

    fn call(&mut self, position: usize, name: &str) -> Parsed {
        let known = Function::ALL.into_iter().find(|(_, known, _)| *known == name);
        let Some((function, name, count)) = known else {
            let message = format!("unknown function `{name}`, use one of {}", functions());
            return Err(ExpressionError::new(position, message));
        };
        self.deeper()?;
        let mut arguments = Vec::with_capacity(count);
        while !self.take(&Token::Close) {
            if !arguments.is_empty() {
                self.expect(&Token::Comma, ",")?;
            }
            let is_over_items = function.is_over_items() && arguments.len() == 1;
            self.items += usize::from(is_over_items);
            arguments.push(self.or()?);
            self.items -= usize::from(is_over_items);
        }
        self.depth -= 1;
        if arguments.len() != count {
            let message = format!("{name} takes {count} arguments, not {}", arguments.len());
            return Err(ExpressionError::new(position, message));
        }
        if function == Function::InstanceOf && !matches!(arguments[1], Expression::Text(_)) {
            let message = "the type must be a text, such as instanceof(x, \"Order\")";
            return Err(ExpressionError::new(position, message));
        }
        Ok(Expression::Call(function, arguments))
    }
}

fn functions() -> String {
    Function::ALL.map(|(_, name, _)| name).join(", ")
}
