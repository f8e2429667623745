//! A value of a record on its way to a row: JSON, borrowed from the request where it can be.

use crate::otlp::map::attributes::AnyValue;
use crate::otlp::wire::Slice;
use hannun_model::limits::{RECORD_VALUES_MAX, VALUE_DEPTH_MAX};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// A JSON value. Keys keep their order; a key may stand twice.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Entries<'a>),
}

/// The entries of an object.
pub type Entries<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

impl<'a> Json<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// An integer, or its digits as text when it is too large for one.
    pub fn unsigned(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Self::text(value.to_string()), Self::Int)
    }

    /// This value as the mapping of OTLP takes it.
    pub fn any(&self) -> AnyValue<'_> {
        match self {
            Self::Null => AnyValue::Empty,
            Self::Bool(flag) => AnyValue::Bool(*flag),
            Self::Int(int) => AnyValue::Int(*int),
            Self::Double(double) => AnyValue::Double(*double),
            Self::Text(text) => AnyValue::Text(Slice::whole(text.as_bytes())),
            Self::Array(_) | Self::Object(_) => AnyValue::Tree(self),
        }
    }

    fn text_bytes(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) => 0,
            Self::Text(text) => text.len(),
            Self::Array(items) => items.iter().map(Self::text_bytes).sum(),
            Self::Object(entries) => text_bytes(entries),
        }
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Bytes of the texts and keys of an object and everything in it.
pub fn text_bytes(entries: &[(Cow<'_, str>, Json<'_>)]) -> usize {
    entries.iter().map(|(key, value)| key.len() + value.text_bytes()).sum()
}

/// Reads one JSON value within the limits of depth and count.
pub fn read(text: &str) -> Result<Json<'_>, serde_json::Error> {
    let values_left = Cell::new(RECORD_VALUES_MAX);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Seed::new(&values_left).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads an object; `None` when the text is anything else.
pub fn read_object(text: &str) -> Option<Entries<'_>> {
    let text = text.trim();
    if !(text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    match read(text) {
        Ok(Json::Object(entries)) => Some(entries),
        _ => None,
    }
}

/// Reads the items of a JSON array one at a time; any other value is the only item.
pub fn read_items<'a>(text: &'a str, take: impl FnMut(Json<'a>)) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Items(take).deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Reads a value at this depth; all values of a record share one allowance.
#[derive(Debug, Clone, Copy)]
pub struct Seed<'c> {
    depth: usize,
    values_left: &'c Cell<usize>,
}

impl<'c> Seed<'c> {
    /// Reads at most as many values as are left.
    pub fn new(values_left: &'c Cell<usize>) -> Self {
        Self { depth: 0, values_left }
    }

    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= VALUE_DEPTH_MAX {
            return Err(E::custom(format_args!("more than {VALUE_DEPTH_MAX} levels deep")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn spend<E: Error>(self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1).ok_or_else(|| {
            E::custom(format_args!("more than {RECORD_VALUES_MAX} values in one record"))
        })?;
        self.values_left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        self.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Double(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::text(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let inner = self.inner()?;
        let mut entries = Vec::new();
        while let Some(key) = access.next_key_seed(Key)? {
            entries.push((key, access.next_value_seed(inner)?));
        }
        Ok(Json::Object(entries))
    }
}

/// A key or another text, borrowed when it has no escapes.
#[derive(Debug)]
pub struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }
}

/// The items of an array, each within the limits of a record.
struct Items<F>(F);

impl<'de, F: FnMut(Json<'de>)> DeserializeSeed<'de> for Items<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Json<'de>)> Visitor<'de> for Items<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<(), A::Error> {
        loop {
            let values_left = Cell::new(RECORD_VALUES_MAX);
            match access.next_element_seed(Seed::new(&values_left))? {
                Some(item) => (self.0)(item),
                None => return Ok(()),
            }
        }
    }
}
