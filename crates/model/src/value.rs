//! Attribute values that keep their type.
//!
//! In an attribute map each value is *typed text*: a string is itself; any other type starts with
//! one control character that names it. A string that starts with such a character is escaped.

use crate::typed_json;

/// An OpenTelemetry `AnyValue`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Empty,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Array(Vec<Value>),
    /// Keys in the order received; a key may stand twice.
    Map(Vec<(String, Value)>),
}

/// Escapes a string that starts with a control character of this module.
pub const ESCAPED_TEXT: char = '\u{1}';
pub const INT: char = '\u{2}';
pub const DOUBLE: char = '\u{3}';
pub const BOOL: char = '\u{4}';
/// Followed by lower-case hex.
pub const BYTES: char = '\u{5}';
/// An array or map, followed by typed JSON.
pub const JSON: char = '\u{6}';
pub const EMPTY: char = '\u{7}';
/// The value stands in the typed column that this key is an alias of.
pub const IN_COLUMN: char = '\u{8}';

/// Appends `text` as typed text.
pub fn write_text(out: &mut String, text: &str) {
    if text.as_bytes().first().is_some_and(|first| (1..=8).contains(first)) {
        out.push(ESCAPED_TEXT);
    }
    out.push_str(text);
}

/// Appends the shortest decimal form that reads back as the same double.
pub fn write_double(out: &mut String, double: f64) {
    use std::fmt::Write;
    let written = write!(out, "{double:?}");
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

/// Appends lower-case hex.
pub fn write_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

/// Reads lower- or upper-case hex; `None` when it is not hex.
pub fn read_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let high = (pair[0] as char).to_digit(16)?;
            let low = (pair[1] as char).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

impl Value {
    /// Appends this value as typed text.
    pub fn write_typed(&self, out: &mut String) {
        use std::fmt::Write;
        match self {
            Self::Empty => out.push(EMPTY),
            Self::Text(text) => write_text(out, text),
            Self::Bool(value) => {
                out.push(BOOL);
                out.push_str(if *value { "true" } else { "false" });
            }
            Self::Int(value) => {
                out.push(INT);
                let written = write!(out, "{value}");
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
            Self::Double(value) => {
                out.push(DOUBLE);
                write_double(out, *value);
            }
            Self::Bytes(bytes) => {
                out.push(BYTES);
                write_hex(out, bytes);
            }
            Self::Array(_) | Self::Map(_) => {
                out.push(JSON);
                typed_json::write(out, self);
            }
        }
    }

    /// Reads typed text. `None` when the text after the type mark does not fit it, or when the
    /// value stands in a column ([`IN_COLUMN`]).
    pub fn read_typed(text: &str) -> Option<Self> {
        let mut rest = text.chars();
        let Some(first) = rest.next() else {
            return Some(Self::Text(String::new()));
        };
        let rest = rest.as_str();
        match first {
            ESCAPED_TEXT => Some(Self::Text(rest.to_owned())),
            INT => rest.parse().ok().map(Self::Int),
            DOUBLE => rest.parse().ok().map(Self::Double),
            BOOL => rest.parse().ok().map(Self::Bool),
            BYTES => read_hex(rest).map(Self::Bytes),
            JSON => typed_json::read(rest).ok(),
            EMPTY => Some(Self::Empty),
            IN_COLUMN => None,
            _ => Some(Self::Text(text.to_owned())),
        }
    }
}

/// The text people see and compare with: typed text without its type mark. `None` for an empty
/// value and for one that stands in a column.
pub fn plain_text(typed: &str) -> Option<&str> {
    match typed.as_bytes().first() {
        Some(1..=6) => Some(&typed[1..]),
        Some(7 | 8) => None,
        _ => Some(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Empty),
            ".*".prop_map(Value::Text),
            "[\u{0}-\u{9}]{0,4}".prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>().prop_map(|double| Value::Double(if double.is_nan() {
                f64::INFINITY
            } else {
                double
            })),
            prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec(("[a-z$]{0,6}", inner), 0..5).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn typed_text_reads_back_as_the_same_value(value in any_value()) {
            let mut text = String::new();
            value.write_typed(&mut text);
            prop_assert_eq!(Value::read_typed(&text), Some(value));
        }
    }

    #[test]
    fn typed_text_of_nan_reads_back_as_nan() {
        let mut text = String::new();
        Value::Double(f64::NAN).write_typed(&mut text);
        assert!(matches!(Value::read_typed(&text), Some(Value::Double(nan)) if nan.is_nan()));
    }

    #[test]
    fn plain_text_drops_the_type_mark() {
        assert_eq!(plain_text("\u{2}42"), Some("42"));
        assert_eq!(plain_text("42"), Some("42"));
        assert_eq!(plain_text("\u{7}"), None);
        assert_eq!(plain_text(""), Some(""));
    }
}
