//! The items of a JSON payload, read one at a time: a bad item is left out, the others are kept.

use crate::otlp::map::Tally;
use crate::records::json::{self, Entries, Json, Key, Seed};
use crate::refusal::Refusal;
use hannun_model::limits::{POINT_TAGS_READ_MAX, RECORD_VALUES_MAX};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// The text of a body; what is not UTF-8 is replaced and counted.
pub fn text<'a>(body: &'a [u8], tally: &mut Tally) -> Cow<'a, str> {
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            tally.invalid_strings += 1;
            String::from_utf8_lossy(body)
        }
    }
}

/// Hands over the items of the array under `key` of the only object in `text`.
pub fn read_under<'a>(
    text: &'a str,
    key: &'static str,
    take: impl FnMut(Json<'a>),
) -> Result<(), Refusal> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut walk = Under { key, take, found: false };
    walk.read(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))?;
    if walk.found {
        return Ok(());
    }
    Err(Refusal::Malformed(format!("no array under {key:?}; send an object with one")))
}

/// Hands over the items of an array, or the only object.
pub fn read_list<'a>(text: &'a str, mut take: impl FnMut(Json<'a>)) -> Result<(), Refusal> {
    let read = if text.trim_start().starts_with('[') {
        json::read_items(text, take)
    } else {
        json::read(text).map(&mut take)
    };
    read.map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))
}

struct Under<F> {
    key: &'static str,
    take: F,
    found: bool,
}

impl<'de, F: FnMut(Json<'de>)> Under<F> {
    fn read<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Json<'de>)> Visitor<'de> for &mut Under<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object with an array under {:?}", self.key)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(key) = access.next_key_seed(Key)? {
            if key == self.key {
                self.found = true;
                access.next_value_seed(Items(&mut self.take))?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Items<'f, F>(&'f mut F);

impl<'de, F: FnMut(Json<'de>)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Json<'de>)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        loop {
            let values_left = Cell::new(RECORD_VALUES_MAX);
            match access.next_element_seed(Seed::new(&values_left))? {
                Some(item) => (self.0)(item),
                None => return Ok(()),
            }
        }
    }
}

/// The fields of an item.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'j, 'a>(pub &'j Entries<'a>);

impl<'j> Fields<'j, '_> {
    /// The value under a key; of several the last one counts. Null is none.
    pub fn get(self, key: &str) -> Option<&'j Json<'j>> {
        let (_, value) = self.0.iter().rev().find(|(known, _)| known == key)?;
        (*value != Json::Null).then_some(value)
    }

    /// A text that is not empty.
    pub fn text(self, key: &str) -> Option<&'j str> {
        self.get(key)?.as_text().filter(|text| !text.is_empty())
    }

    /// A number.
    pub fn number(self, key: &str) -> Option<f64> {
        number(self.get(key)?)
    }

    /// A list of tags: an array of texts, or a text divided by commas.
    pub fn tags(self, key: &str) -> Vec<&'j str> {
        match self.get(key) {
            Some(Json::Array(items)) => {
                items.iter().filter_map(Json::as_text).take(POINT_TAGS_READ_MAX).collect()
            }
            Some(Json::Text(list)) => {
                crate::datadog::tags::of_list(list).take(POINT_TAGS_READ_MAX).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A number; a text is none.
pub fn number(value: &Json<'_>) -> Option<f64> {
    match value {
        Json::Int(int) => Some(*int as f64),
        Json::Double(double) => Some(*double),
        _ => None,
    }
}

/// Seconds since 1970 in nanoseconds. What is past the year 2262 is the latest time there is: it is
/// told as one in the future.
pub fn nanoseconds(seconds: f64) -> i64 {
    let whole = seconds.trunc();
    // A double of this size keeps microseconds; the digits below are noise.
    let fraction_ns = ((seconds - whole) * 1e6).round() as i64 * 1000;
    (whole as i64).saturating_mul(1_000_000_000).saturating_add(fraction_ns)
}
