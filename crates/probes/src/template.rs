//! Messages with expressions between braces: `order {order.no} took {@duration}`.

use crate::expression::{Expression, ExpressionError};
use hannun_model::limits::{PROBE_TEMPLATE_BYTES_MAX, PROBE_TEMPLATE_SEGMENTS_MAX};
use serde_json::{Value, json};

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    Text(String),
    Expression(Expression),
}

/// A message. Braces that are meant as such are written twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub segments: Vec<Segment>,
}

impl Template {
    /// A message that says the same each time.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self { segments: vec![Segment::Text(text.into())] }
    }

    /// Reads a template.
    ///
    /// # Errors
    /// With the place, when a brace has no other or an expression is none.
    pub fn parse(template: &str) -> Result<Self, ExpressionError> {
        if template.len() > PROBE_TEMPLATE_BYTES_MAX {
            let message = format!("longer than {PROBE_TEMPLATE_BYTES_MAX} bytes, shorten it");
            return Err(ExpressionError::new(0, message));
        }
        let characters: Vec<char> = template.chars().collect();
        let mut segments = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while let Some(&character) = characters.get(at) {
            let is_twice = characters.get(at + 1) == Some(&character);
            match character {
                '{' | '}' if is_twice => {
                    text.push(character);
                    at += 2;
                }
                '{' => {
                    if !text.is_empty() {
                        segments.push(Segment::Text(std::mem::take(&mut text)));
                    }
                    let end = end_of_expression(&characters, at)?;
                    let inner: String = characters[at + 1..end].iter().collect();
                    let expression = Expression::parse(&inner).map_err(|error| {
                        ExpressionError::new(at + 1 + error.position, error.message)
                    })?;
                    segments.push(Segment::Expression(expression));
                    at = end + 1;
                }
                '}' => {
                    return Err(ExpressionError::new(
                        at,
                        "write a brace that is meant as such twice",
                    ));
                }
                _ => {
                    text.push(character);
                    at += 1;
                }
            }
        }
        if !text.is_empty() {
            segments.push(Segment::Text(text));
        }
        if segments.len() > PROBE_TEMPLATE_SEGMENTS_MAX {
            let message = format!("more than {PROBE_TEMPLATE_SEGMENTS_MAX} parts, shorten it");
            return Err(ExpressionError::new(0, message));
        }
        Ok(Self { segments })
    }

    /// The expressions between braces.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Expression(expression) => Some(expression),
            Segment::Text(_) => None,
        })
    }

    /// The segments as clients take them.
    pub fn to_json(&self) -> Value {
        let segment = |segment: &Segment| match segment {
            Segment::Text(text) => json!({"str": text}),
            Segment::Expression(it) => json!({"dsl": it.to_string(), "json": it.to_json()}),
        };
        self.segments.iter().map(segment).collect()
    }

    /// The message as clients show it where they evaluate nothing.
    pub fn text(&self) -> String {
        let segment = |segment: &Segment| match segment {
            Segment::Text(text) => text.clone(),
            Segment::Expression(expression) => format!("{{{expression}}}"),
        };
        self.segments.iter().map(segment).collect()
    }
}

/// Where the brace is that closes the one at `open`: braces within texts are none.
fn end_of_expression(characters: &[char], open: usize) -> Result<usize, ExpressionError> {
    let mut quote = None;
    let mut at = open + 1;
    while let Some(&character) = characters.get(at) {
        match (quote, character) {
            (None, '}') => return Ok(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(_), '\\') => at += 1,
            (Some(by), _) if by == character => quote = None,
            _ => {}
        }
        at += 1;
    }
    Err(ExpressionError::new(open, "the brace is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_stand_between_braces() {
        let template = Template::parse("주문 {order.no}: {{{m[\"}\"]}}}").unwrap();
        assert_eq!(
            template.to_json(),
            json!([
                {"str": "주문 "},
                {"dsl": "order.no", "json": {"getmember": [{"ref": "order"}, "no"]}},
                {"str": ": {"},
                {"dsl": "m[\"}\"]", "json": {"index": [{"ref": "m"}, "}"]}},
                {"str": "}"},
            ])
        );
        assert_eq!(template.text(), "주문 {order.no}: {{m[\"}\"]}}");
        assert_eq!(template.expressions().count(), 2);
        let escaped = Template::parse(r#"{m["\"}"]}"#).unwrap();
        assert_eq!(escaped.segments.len(), 1, "an escaped quote ends no text");
    }

    #[test]
    fn a_fault_is_told_with_its_place_in_the_template() {
        let fault = |text: &str| {
            let error = Template::parse(text).unwrap_err();
            (error.position, error.message)
        };
        assert_eq!(fault("a {b"), (2, "the brace is not closed".to_owned()));
        assert_eq!(fault("a } b"), (2, "write a brace that is meant as such twice".to_owned()));
        assert_eq!(fault("값 {a = 1}"), (5, "write `==` to compare".to_owned()));
        assert_eq!(fault("{}").0, 1);
        assert!(fault(&"x".repeat(9000)).1.starts_with("longer than"));
    }
}
