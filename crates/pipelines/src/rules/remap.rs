//! Remapping: fields set from other fields, renamed and removed.

use super::RuleError;
use crate::field::Field;
use crate::record::{ChangedRecord, RecordView};
use hannun_model::limits::ATTRIBUTE_VALUE_BYTES_MAX;

/// What a remap rule does, in this order.
#[derive(Debug)]
pub(crate) struct Remap {
    pub(crate) set: Vec<(Field, Template)>,
    /// From one attribute to another.
    pub(crate) rename: Vec<(String, String)>,
    pub(crate) remove: Vec<String>,
}

/// A text with fields in it: `{service} took {@duration_ms} ms`. Two braces mean one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Field),
}

impl Template {
    pub(crate) fn new(template: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut characters = template.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '{' | '}' if characters.peek() == Some(&character) => {
                    characters.next();
                    text.push(character);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match characters.next() {
                            Some('}') => break,
                            Some(inner) => name.push(inner),
                            None => return Err("a { is not closed; write {{ for one".to_owned()),
                        }
                    }
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(Piece::Field(Field::named(name.trim())?));
                }
                '}' => return Err("a } closes nothing; write }} for one".to_owned()),
                other => text.push(other),
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self(pieces))
    }

    /// The attribute that the template is, when it is nothing else: its type is kept.
    fn only_attribute(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Field(Field::Attribute(key))] => Some(key),
            _ => None,
        }
    }

    fn fill(&self, view: RecordView<'_>) -> Result<String, RuleError> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field(field) => {
                    let text = field.read(view).ok_or_else(|| format!("there is no {field}"))?;
                    filled.push_str(&text);
                }
            }
            if filled.len() > ATTRIBUTE_VALUE_BYTES_MAX {
                return Err(format!("longer than {ATTRIBUTE_VALUE_BYTES_MAX} bytes").into());
            }
        }
        Ok(filled)
    }
}

/// What a field will be.
#[derive(Debug)]
pub(crate) enum Assigned<'r> {
    Text(&'r Field, String),
    Typed(&'r str, String),
}

impl Remap {
    /// What the fields will be. All templates read the record as it was before the rule.
    pub(crate) fn read(&self, view: RecordView<'_>) -> Result<Vec<Assigned<'_>>, RuleError> {
        let assign =
            |(field, template): &'_ (Field, Template)| match (field, template.only_attribute()) {
                (Field::Attribute(_), Some(source)) => view
                    .attribute(source)
                    .map(|typed| Ok(typed.into_owned()))
                    .unwrap_or_else(|| Err(format!("there is no @{source}").into())),
                _ => template.fill(view),
            };
        let mut assigned = Vec::with_capacity(self.set.len());
        for pair in &self.set {
            let value = assign(pair)?;
            assigned.push(match (&pair.0, pair.1.only_attribute()) {
                (Field::Attribute(key), Some(_)) => Assigned::Typed(key, value),
                (field, _) => Assigned::Text(field, value),
            });
        }
        Ok(assigned)
    }

    pub(crate) fn write(
        &self,
        record: &mut ChangedRecord,
        assigned: Vec<Assigned<'_>>,
    ) -> Result<(), RuleError> {
        for value in assigned {
            match value {
                Assigned::Typed(key, typed) => record.set_attribute(key, typed),
                Assigned::Text(field, text) => field.write(record, &text)?,
            }
        }
        for (from, to) in &self.rename {
            if let Some(typed) = record.remove_attribute(from) {
                record.set_attribute(to, typed);
            }
        }
        for key in &self.remove {
            record.remove_attribute(key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_fields() {
        let template = Template::new("{service} {{x}} {@a.b}").unwrap();
        assert_eq!(
            template.0,
            [
                Piece::Field(Field::named("service").unwrap()),
                Piece::Text(" {x} ".to_owned()),
                Piece::Field(Field::Attribute("a.b".to_owned())),
            ]
        );
        for wrong in ["{", "}", "{@}", "{nothing}", "{@*}"] {
            assert!(Template::new(wrong).is_err(), "{wrong}");
        }
    }
}
