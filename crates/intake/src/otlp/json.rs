//! OTLP/JSON to protobuf bytes in one pass, so that both formats share one decoder.
//!
//! Source: <https://protobuf.dev/programming-guides/json/> with OTLP's exception that ids are hex.
//! Accepted beyond it: names of enumerations, snake-case field names, numbers as text and text
//! numbers as numbers. Unknown fields and nulls are skipped.

use super::Signal;
use super::json_schema::{JsonField, Kind, LOGS, METRICS, Message, TRACES};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hannun_model::value::read_hex;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Writes a JSON `Export*ServiceRequest` as protobuf.
pub fn to_protobuf(signal: Signal, json: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let message = match signal {
        Signal::Traces => &TRACES,
        Signal::Metrics => &METRICS,
        Signal::Logs => &LOGS,
    };
    let mut out = Vec::with_capacity(json.len() / 2);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    deserializer.deserialize_map(MessageVisitor { message, out: &mut out })?;
    deserializer.end()?;
    Ok(out)
}

struct MessageVisitor<'o> {
    message: &'static Message,
    out: &'o mut Vec<u8>,
}

impl<'de> Visitor<'de> for MessageVisitor<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.message.fields.first().map_or("", |field| field.name);
        write!(formatter, "an object with fields such as {first:?}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(index) = access.next_key_seed(FieldName { message: self.message })? {
            match self.message.fields.get(index) {
                Some(field) => access.next_value_seed(FieldValue { field, out: self.out })?,
                None => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds a field by name; an unknown one is past the end.
struct FieldName {
    message: &'static Message,
}

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<usize, E> {
        let fields = self.message.fields;
        let found = fields.iter().position(|field| field.name == name);
        Ok(found
            .or_else(|| fields.iter().position(|field| is_snake_case_of(name, field.name)))
            .unwrap_or(usize::MAX))
    }
}

/// Whether `name` is `camel` in snake case.
fn is_snake_case_of(name: &str, camel: &str) -> bool {
    let mut snake = name.bytes();
    camel.bytes().all(|byte| {
        if byte.is_ascii_uppercase() && snake.next() != Some(b'_') {
            return false;
        }
        snake.next() == Some(byte.to_ascii_lowercase())
    }) && snake.next().is_none()
}

/// Writes the value of one field, or of each item of a list.
struct FieldValue<'o> {
    field: &'static JsonField,
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for FieldValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH_DELIMITED: u32 = 2;
const FIXED32: u32 = 5;
/// Bytes of a length whose value is not known yet: enough for 32 bits.
const LENGTH_BYTES: usize = 5;

impl FieldValue<'_> {
    fn write_key(&mut self, wire_type: u32) {
        write_varint(self.out, u64::from((self.field.number << 3) | wire_type));
    }

    fn write_bytes(&mut self, bytes: &[u8]) {
        self.write_key(LENGTH_DELIMITED);
        write_varint(self.out, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn write_int<E: Error>(mut self, value: i128) -> Result<(), E> {
        let out_of_range = || E::custom(format!("{value} is out of range for {}", self.field.name));
        let signed = || i64::try_from(value).map_err(|_| out_of_range());
        let unsigned = || u64::try_from(value).map_err(|_| out_of_range());
        let (wire_type, bits) = match self.field.kind {
            Kind::Int | Kind::Enum(_) => (VARINT, signed()? as u64),
            Kind::UInt => (VARINT, unsigned()?),
            Kind::SInt => {
                let value = i32::try_from(value).map_err(|_| out_of_range())?;
                (VARINT, u64::from(((value << 1) ^ (value >> 31)) as u32))
            }
            Kind::Fixed64 => (FIXED64, unsigned()?),
            Kind::SFixed64 => (FIXED64, signed()? as u64),
            Kind::Double => (FIXED64, (value as f64).to_bits()),
            Kind::Fixed32 => {
                (FIXED32, u64::from(u32::try_from(value).map_err(|_| out_of_range())?))
            }
            _ => return Err(E::custom(format!("a number is no value for {}", self.field.name))),
        };
        self.write_key(wire_type);
        match wire_type {
            VARINT => write_varint(self.out, bits),
            FIXED64 => self.out.extend_from_slice(&bits.to_le_bytes()),
            _ => self.out.extend_from_slice(&(bits as u32).to_le_bytes()),
        }
        Ok(())
    }

    fn write_double(mut self, value: f64) {
        self.write_key(FIXED64);
        self.out.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    fn write_text_number<E: Error>(self, text: &str) -> Result<(), E> {
        let name = self.field.name;
        if let Kind::Enum(names) = self.field.kind
            && let Some((_, number)) = names.iter().find(|(name, _)| *name == text)
        {
            return self.write_int(i128::from(*number));
        }
        if let Ok(int) = text.parse::<i64>() {
            return self.write_int(i128::from(int));
        }
        if let Ok(int) = text.parse::<u64>() {
            return self.write_int(i128::from(int));
        }
        match text.parse::<f64>() {
            Ok(double) => self.visit_f64(double),
            Err(_) => Err(E::custom(format!("{text:?} is no value for {name}"))),
        }
    }
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

impl<'de> Visitor<'de> for FieldValue<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a value for {}", self.field.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, value: bool) -> Result<(), E> {
        if !matches!(self.field.kind, Kind::Bool) {
            return Err(E::custom(format!("a boolean is no value for {}", self.field.name)));
        }
        self.write_key(VARINT);
        self.out.push(u8::from(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.write_int(i128::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.write_int(i128::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if matches!(self.field.kind, Kind::Double) {
            self.write_double(value);
            return Ok(());
        }
        // An integer may be written with a point or an exponent.
        if value.fract() == 0.0 && value.abs() < 1e19 {
            return self.write_int(value as i128);
        }
        Err(E::custom(format!("{value} is no value for {}", self.field.name)))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        match self.field.kind {
            Kind::Text => self.write_bytes(text.as_bytes()),
            Kind::Hex => {
                let bytes = read_hex(text)
                    .ok_or_else(|| E::custom(format!("{} takes hex digits", self.field.name)))?;
                self.write_bytes(&bytes);
            }
            Kind::Base64 => {
                // Either alphabet, with padding or without.
                let digits = text.trim_end_matches('=');
                let bytes = STANDARD_NO_PAD
                    .decode(digits)
                    .or_else(|_| URL_SAFE_NO_PAD.decode(digits))
                    .map_err(|error| E::custom(format!("{}: {error}", self.field.name)))?;
                self.write_bytes(&bytes);
            }
            Kind::Double if text == "Infinity" || text == "-Infinity" || text == "NaN" => {
                self.write_double(match text {
                    "Infinity" => f64::INFINITY,
                    "-Infinity" => f64::NEG_INFINITY,
                    _ => f64::NAN,
                });
            }
            Kind::Bool if text == "true" || text == "false" => {
                return self.visit_bool(text == "true");
            }
            Kind::Bool | Kind::Message(_) => {
                return Err(E::custom(format!("text is no value for {}", self.field.name)));
            }
            _ => return self.write_text_number(text),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while access.next_element_seed(FieldValue { field: self.field, out: self.out })?.is_some() {
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, access: A) -> Result<(), A::Error> {
        let Kind::Message(message) = self.field.kind else {
            return Err(A::Error::custom(format!("an object is no value for {}", self.field.name)));
        };
        self.write_key(LENGTH_DELIMITED);
        let length_at = self.out.len();
        self.out.extend_from_slice(&[0; LENGTH_BYTES]);
        MessageVisitor { message, out: self.out }.visit_map(access)?;
        let mut length = self.out.len() - length_at - LENGTH_BYTES;
        let bytes = &mut self.out[length_at..length_at + LENGTH_BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let more = if index + 1 < LENGTH_BYTES { 0x80 } else { 0 };
            *byte = (length & 0x7f) as u8 | more;
            length >>= 7;
        }
        Ok(())
    }
}
