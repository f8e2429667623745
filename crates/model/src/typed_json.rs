//! JSON that keeps OpenTelemetry types.
//!
//! Integers have no decimal point, doubles always have one (or an exponent). What JSON lacks is an
//! object with one key: `{"$bytes":"0aff"}`, `{"$double":"NaN"}`. A real key that starts with `$`
//! is written with a second `$`. Order and repeated keys are kept.

use crate::value::{Value, read_hex, write_double, write_hex};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Appends `value` as typed JSON.
pub fn write(out: &mut String, value: &Value) {
    match value {
        Value::Empty => out.push_str("null"),
        Value::Text(text) => write_string(out, text),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => write_int(out, *value),
        Value::Double(value) => write_number(out, *value),
        Value::Bytes(bytes) => write_bytes(out, bytes),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_key(out, key);
                write(out, item);
            }
            out.push('}');
        }
    }
}

pub fn write_int(out: &mut String, value: i64) {
    use std::fmt::Write;
    let written = write!(out, "{value}");
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

/// Appends a double; the ones JSON has no number for become `{"$double":"…"}`.
pub fn write_number(out: &mut String, double: f64) {
    if double.is_finite() {
        write_double(out, double);
    } else {
        out.push_str("{\"$double\":\"");
        write_double(out, double);
        out.push_str("\"}");
    }
}

pub fn write_bytes(out: &mut String, bytes: &[u8]) {
    out.push_str("{\"$bytes\":\"");
    write_hex(out, bytes);
    out.push_str("\"}");
}

/// Appends `"key":`, escaping a leading `$`.
pub fn write_key(out: &mut String, key: &str) {
    if key.starts_with('$') {
        out.push_str("\"$");
        write_escaped(out, key);
        out.push('"');
    } else {
        write_string(out, key);
    }
    out.push(':');
}

/// Appends a JSON string.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    write_escaped(out, text);
    out.push('"');
}

fn write_escaped(out: &mut String, text: &str) {
    let mut plain_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain_from..index]);
        plain_from = index + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            _ => {
                out.push_str("\\u00");
                write_hex(out, &[byte]);
            }
        }
    }
    out.push_str(&text[plain_from..]);
}

/// Reads typed JSON.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a typed JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Empty)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(E::custom)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some((key, item)) = access.next_entry::<String, Value>()? {
            match (key.as_str(), &item) {
                ("$bytes", Value::Text(hex)) => {
                    return read_hex(hex).map(Value::Bytes).ok_or_else(|| {
                        A::Error::custom("$bytes takes an even number of hex digits")
                    });
                }
                ("$double", Value::Text(double)) => {
                    return double.parse().map(Value::Double).map_err(A::Error::custom);
                }
                _ => {}
            }
            let key = match key.strip_prefix("$$") {
                Some(rest) => format!("${rest}"),
                None => key,
            };
            entries.push((key, item));
        }
        Ok(Value::Map(entries))
    }
}
