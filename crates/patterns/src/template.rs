//! A template: what the messages of one pattern have in common.

use crate::form::{Form, Token, parse, render};
use crate::kind::Kind;
use std::sync::Arc;

/// Tokens of a template and its text.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    normal: Vec<u8>,
    form: Form,
    text: Arc<str>,
}

impl Template {
    pub(crate) fn new(normal: &[u8]) -> Template {
        let mut form = Form::default();
        form.read(normal);
        Template { normal: normal.to_vec(), form, text: render(normal).into() }
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.form.tokens
    }

    /// The normalised message that is this template, and its tokens.
    pub(crate) fn parts(&self) -> (&[u8], &Form) {
        (&self.normal, &self.form)
    }

    pub(crate) fn token_text(&self, index: usize) -> &[u8] {
        self.form.text(&self.normal, index)
    }

    /// Whether a message of `tokens` belongs to this template as it is: the number of words that
    /// are the same, so that the narrowest of several templates can be told.
    pub(crate) fn matches(&self, tokens: &[Token]) -> Option<usize> {
        let mine = match self.form.tokens.as_slice() {
            // The rest of a message is everything.
            [lead @ .., Token::Variable(Kind::Rest)] if tokens.len() >= lead.len() => lead,
            mine if mine.len() == tokens.len() => mine,
            _ => return None,
        };
        let mut same = 0;
        for (mine, other) in mine.iter().zip(tokens) {
            if !holds(*mine, *other) {
                return None;
            }
            same += usize::from(mine == other);
        }
        Some(same)
    }

    /// Learns the kinds of the variables of a message that matches, and makes the places of `wild`
    /// variables. Whether the text changed.
    pub(crate) fn learn(&mut self, normal: &[u8], form: &Form, wild: u128) -> bool {
        let mut learned = Vec::with_capacity(self.normal.len());
        let mut end_before = 0;
        for index in 0..self.form.tokens.len() {
            let (start, end) = self.form.spans[index];
            learned.extend_from_slice(&self.normal[end_before as usize..start as usize]);
            end_before = end;
            let (mine, other) = (self.token_text(index), form.text(normal, index));
            match (self.form.tokens[index], form.tokens[index]) {
                (Token::Variable(kind), Token::Variable(other)) => {
                    learned.push(kind.join(other) as u8);
                }
                (Token::Variable(kind), Token::Word(_))
                | (Token::Word(_), Token::Variable(kind)) => {
                    learned.push(kind.join(Kind::Text) as u8);
                }
                (Token::Word(_), Token::Word(_)) if wild & (1 << index) != 0 => {
                    learned.push(Kind::Text as u8);
                }
                // The same text, whose inner variables may be of other kinds.
                _ => {
                    learned.extend(mine.iter().zip(other).map(|pair| join_bytes(*pair.0, *pair.1)))
                }
            }
        }
        if learned == self.normal {
            return false;
        }
        *self = Template::new(&learned);
        true
    }
}

fn join_bytes(mine: u8, other: u8) -> u8 {
    match (Kind::from_byte(mine), Kind::from_byte(other)) {
        (Some(mine), Some(other)) => mine.join(other) as u8,
        _ => mine,
    }
}

/// Whether the token `mine` of a template holds the token `other` of a message.
pub(crate) fn holds(mine: Token, other: Token) -> bool {
    match (mine, other) {
        (Token::Variable(_), Token::Variable(_)) => true,
        // A place that was learned; one that has a shape of its own waits for more evidence.
        (Token::Variable(Kind::Text), Token::Word(_)) => true,
        (mine, other) => mine == other,
    }
}

/// Whether `message` is one of those that `template` stands for.
pub fn template_matches(template: &str, message: &str) -> bool {
    let mut normal = Vec::new();
    crate::normalise(message, &mut normal);
    let mut form = Form::default();
    form.read(&normal);
    Template::new(&parse(template)).matches(&form.tokens).is_some()
}
