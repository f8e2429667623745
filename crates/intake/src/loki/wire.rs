//! A push request: snappy-compressed protobuf (`logproto.PushRequest`) or JSON.

use crate::budget::Hold;
use crate::otlp::wire::{Slice, WireError};
use crate::records::json::{Entries, Json, Key, Seed};
use crate::refusal::Refusal;
use hannun_model::limits::{RECORD_VALUES_MAX, REQUEST_INFLATED_BYTES_MAX, ROWS_PER_REQUEST_MAX};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// One label or one pair of structured metadata.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A line and what is said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    pub time_ns: i64,
    pub line: Cow<'a, [u8]>,
    pub metadata: Entries<'a>,
}

/// Undoes snappy's block format within the limits.
pub fn unsnap(body: &[u8], hold: &mut Hold) -> Result<Vec<u8>, Refusal> {
    let malformed = |error: snap::Error| Refusal::Malformed(format!("malformed snappy: {error}"));
    let bytes = snap::raw::decompress_len(body).map_err(malformed)?;
    if bytes > REQUEST_INFLATED_BYTES_MAX {
        return Err(Refusal::TooLarge { limit_bytes: REQUEST_INFLATED_BYTES_MAX });
    }
    if !hold.grow(bytes) {
        return Err(Refusal::OverBudget);
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(malformed)
}

/// A stream of a protobuf request: its labels as text, and its entries, which are still packed.
#[derive(Debug, Default)]
pub struct PackedStream<'a> {
    pub labels: Slice<'a>,
    pub entries: Vec<Slice<'a>>,
}

/// Reads the streams of a protobuf request one by one.
pub fn read_protobuf<'a>(
    message: &'a [u8],
    mut take: impl FnMut(PackedStream<'a>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let mut fields = Slice::whole(message).fields();
    while let Some(field) = fields.next()? {
        if field.number != 1 {
            continue;
        }
        let mut stream = PackedStream::default();
        let mut parts = field.slice()?.fields();
        while let Some(part) = parts.next()? {
            match part.number {
                1 => stream.labels = part.slice()?,
                2 => stream.entries.push(part.slice()?),
                _ => {}
            }
        }
        take(stream)?;
    }
    Ok(())
}

/// Reads one entry; texts that are not UTF-8 are counted, except of the line.
pub fn read_entry<'a>(
    message: Slice<'a>,
    invalid_strings: &mut u64,
) -> Result<Entry<'a>, WireError> {
    let mut entry = Entry { time_ns: 0, line: Cow::Borrowed(&[]), metadata: Vec::new() };
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => entry.time_ns = read_timestamp(field.slice()?)?,
            2 => entry.line = Cow::Borrowed(field.slice()?.bytes),
            3 => {
                let (mut name, mut value) = (Slice::default(), Slice::default());
                let mut parts = field.slice()?.fields();
                while let Some(part) = parts.next()? {
                    match part.number {
                        1 => name = part.slice()?,
                        2 => value = part.slice()?,
                        _ => {}
                    }
                }
                let value = Json::Text(value.text(invalid_strings));
                entry.metadata.push((name.text(invalid_strings), value));
            }
            _ => {}
        }
    }
    Ok(entry)
}

/// `google.protobuf.Timestamp`.
fn read_timestamp(message: Slice<'_>) -> Result<i64, WireError> {
    let (mut seconds, mut nanoseconds) = (0_i64, 0_i64);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => seconds = field.varint()? as i64,
            2 => nanoseconds = i64::from(field.int32()?),
            _ => {}
        }
    }
    Ok(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
}

/// Why a selector of labels is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: expected {expected}")]
pub struct LabelsError {
    pub at: usize,
    pub expected: &'static str,
}

/// Reads `{name="value", …}` as Prometheus writes it.
pub fn read_labels(text: &str) -> Result<Vec<Pair<'_>>, LabelsError> {
    let mut labels = Vec::new();
    let mut rest = text.trim_start();
    let error = |rest: &str, expected| LabelsError { at: text.len() - rest.len(), expected };
    rest = rest.strip_prefix('{').ok_or_else(|| error(rest, "{"))?.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            let after = after.trim();
            return if after.is_empty() { Ok(labels) } else { Err(error(after, "the end")) };
        }
        let end = rest.find(|it: char| it == '=' || it.is_whitespace()).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || name.contains(['{', '}', '"', ',']) {
            return Err(error(rest, "the name of a label"));
        }
        rest = rest[end..].trim_start();
        rest = rest.strip_prefix('=').ok_or_else(|| error(rest, "="))?.trim_start();
        let (value, after) = read_quoted(rest).ok_or_else(|| error(rest, "a quoted value"))?;
        labels.push((Cow::Borrowed(name), value));
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with('}') => {}
            None => return Err(error(rest, ", or }")),
        }
    }
}

/// A string as Go quotes it, and what follows.
fn read_quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let end = raw.find('`')?;
        return Some((Cow::Borrowed(&raw[..end]), &raw[end + 1..]));
    }
    let text = text.strip_prefix('"')?;
    let plain = text.find(['"', '\\'])?;
    if text[plain..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..plain]), &text[plain + 1..]));
    }
    let mut bytes: Vec<u8> = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let value = String::from_utf8_lossy(&bytes).into_owned();
                return Some((Cow::Owned(value), &text[at + 1..]));
            }
            '\\' => read_escape(&mut characters, &mut bytes)?,
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    None
}

fn read_escape(characters: &mut std::str::CharIndices<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let (_, kind) = characters.next()?;
    let mut digits = |count: usize, radix: u32, first: Option<char>| -> Option<u32> {
        let mut value = first.map_or(Some(0), |digit| digit.to_digit(radix))?;
        for _ in 0..count {
            value = value * radix + characters.next()?.1.to_digit(radix)?;
        }
        Some(value)
    };
    match kind {
        'n' => bytes.push(b'\n'),
        't' => bytes.push(b'\t'),
        'r' => bytes.push(b'\r'),
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'f' => bytes.push(12),
        'v' => bytes.push(11),
        '\\' | '"' | '\'' => bytes.push(kind as u8),
        'x' => bytes.push(u8::try_from(digits(2, 16, None)?).ok()?),
        '0'..='7' => bytes.push(u8::try_from(digits(2, 8, Some(kind))?).ok()?),
        'u' | 'U' => {
            let code = digits(if kind == 'u' { 4 } else { 8 }, 16, None)?;
            bytes.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).bytes());
        }
        _ => return None,
    }
    Some(())
}

/// A JSON request.
#[derive(Debug, Deserialize)]
pub struct JsonPush<'a> {
    #[serde(borrow)]
    pub streams: Vec<JsonStream<'a>>,
}

/// A stream of a JSON request.
#[derive(Debug, Deserialize)]
pub struct JsonStream<'a> {
    #[serde(borrow)]
    pub stream: Labels<'a>,
    #[serde(borrow)]
    pub values: Values<'a>,
}

/// The labels of a stream.
#[derive(Debug)]
pub struct Labels<'a>(pub Vec<Pair<'a>>);

/// The entries of a stream, and how many are left out because a request may not have that many.
#[derive(Debug)]
pub struct Values<'a> {
    pub entries: Vec<Entry<'a>>,
    pub past_limit: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labelled;
        impl<'de> Visitor<'de> for Labelled {
            type Value = Vec<Pair<'de>>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("labels, whose values are texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut labels = Vec::new();
                while let Some(name) = access.next_key_seed(Key)? {
                    labels.push((name, access.next_value_seed(Key)?));
                }
                Ok(labels)
            }
        }
        deserializer.deserialize_map(Labelled).map(Self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Listed;
        impl<'de> Visitor<'de> for Listed {
            type Value = Values<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of [time, line] or [time, line, metadata]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut values = Values { entries: Vec::new(), past_limit: 0 };
                while let Some(entry) = access.next_element_seed(EntrySeed)? {
                    if values.entries.len() < ROWS_PER_REQUEST_MAX {
                        values.entries.push(entry);
                    } else {
                        values.past_limit += 1;
                    }
                }
                Ok(values)
            }
        }
        deserializer.deserialize_seq(Listed)
    }
}

/// Reads `["<time in ns>", "<line>", {metadata}]`.
struct EntrySeed;

impl<'de> DeserializeSeed<'de> for EntrySeed {
    type Value = Entry<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Entry<'de>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed {
    type Value = Entry<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[time, line] or [time, line, metadata]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Entry<'de>, A::Error> {
        let missing = || A::Error::custom("an entry is [time, line] or [time, line, metadata]");
        let values_left = Cell::new(RECORD_VALUES_MAX);
        let seed = Seed::new(&values_left);
        let time_ns = match access.next_element_seed(seed)?.ok_or_else(missing)? {
            Json::Text(text) => text.parse().ok(),
            Json::Int(int) => Some(int),
            _ => None,
        };
        let time_ns = time_ns
            .ok_or_else(|| A::Error::custom("the time of an entry is its nanoseconds as text"))?;
        let line = match access.next_element_seed(Key)?.ok_or_else(missing)? {
            Cow::Borrowed(line) => Cow::Borrowed(line.as_bytes()),
            Cow::Owned(line) => Cow::Owned(line.into_bytes()),
        };
        let metadata = match access.next_element_seed(seed)? {
            Some(Json::Object(metadata)) => metadata,
            Some(Json::Null) | None => Vec::new(),
            Some(_) => return Err(A::Error::custom("the metadata of an entry is an object")),
        };
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry { time_ns, line, metadata })
    }
}
