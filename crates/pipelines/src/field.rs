//! Fields of a record as rules name them: `message`, `service`, `@http.route`, …

use crate::record::{ChangedRecord, RecordView};
use hannun_model::severity::{number_of_text, numbers_of_status};
use hannun_model::table::{Table, logs};
use hannun_model::value::Value;
use hannun_search::place::RESERVED;
use std::borrow::Cow;
use std::fmt;

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Message,
    /// The severity by its name.
    Status,
    /// A column with the name that the search language gives it.
    Column(&'static str, usize),
    Attribute(String),
}

/// Columns that rules may name besides those that the search language reserves names for.
const MORE_COLUMNS: [(&str, &str); 2] =
    [("event_name", "event_name"), ("severity_text", "severity_text")];

/// The fields that a rule may set besides attributes.
const SETTABLE: [&str; 5] = ["service", "status", "message", "env", "host"];

impl Field {
    /// Reads the name of a field.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        if let Some(key) = name.strip_prefix('@') {
            return match key.is_empty() || key == "*" {
                true => Err("name one attribute, such as @user.id".to_owned()),
                false => Ok(Self::Attribute(key.to_owned())),
            };
        }
        match name {
            "message" => Ok(Self::Message),
            "status" => Ok(Self::Status),
            _ => RESERVED
                .iter()
                .chain(&MORE_COLUMNS)
                .filter(|(known, _)| *known == name)
                .find_map(|(known, column)| {
                    Table::Logs.column_index(column).map(|column| Self::Column(known, column))
                })
                .ok_or_else(|| {
                    format!("unknown field `{name}`; write an attribute with an @ before it")
                }),
        }
    }

    /// As [`Self::named`], for a field that is to be set.
    pub(crate) fn settable(name: &str) -> Result<Self, String> {
        match Self::named(name)? {
            Self::Column(name, _) if !SETTABLE.contains(&name) => {
                Err(format!("cannot be set, only attributes and {} can", SETTABLE.join(", ")))
            }
            field => Ok(field),
        }
    }

    /// The key of an attribute.
    pub(crate) fn attribute(name: &str) -> Result<String, String> {
        match Self::named(name)? {
            Self::Attribute(key) => Ok(key),
            _ => Err("must be an attribute, such as @user.id".to_owned()),
        }
    }

    /// The text of the field in this record.
    pub(crate) fn read<'a>(&self, view: RecordView<'a>) -> Option<Cow<'a, str>> {
        match self {
            Self::Message => view.text(logs::BODY).map(Cow::Borrowed),
            Self::Status => view.status().map(Cow::Borrowed),
            Self::Column(_, column) => view.text(*column).map(Cow::Borrowed),
            Self::Attribute(key) => view.plain_attribute(key),
        }
    }

    /// Sets the field to a text.
    pub(crate) fn write(&self, record: &mut ChangedRecord, text: &str) -> Result<(), String> {
        match self {
            Self::Message => record.set_message(text),
            Self::Status => {
                let known = numbers_of_status(text).map(|(first, _)| first);
                let number = known
                    .or_else(|| number_of_text(text))
                    .or_else(|| text.parse().ok().filter(|number| (1..=24).contains(number)));
                let number = number.ok_or_else(|| {
                    format!("`{}` is not a status, use such as info or error", shortened(text))
                })?;
                record.set_int(logs::SEVERITY_NUMBER, number);
                record.set_text(logs::SEVERITY_TEXT, text);
            }
            Self::Column(_, column) => record.set_text(*column, text),
            Self::Attribute(key) => record.set_value(key, &Value::Text(text.to_owned())),
        }
        Ok(())
    }

    /// The name without the mark of an attribute.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Message => "message",
            Self::Status => "status",
            Self::Column(name, _) => name,
            Self::Attribute(key) => key,
        }
    }
}

/// The beginning of a text that is repeated in a message.
pub(crate) fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(60)]
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(key) => write!(formatter, "@{key}"),
            other => formatter.write_str(other.key()),
        }
    }
}
