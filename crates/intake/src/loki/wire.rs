//! A push request: snappy-compressed protobuf (`logproto.PushRequest`) or JSON.

use crate::budget::Hold;
use crate::otlp::wire::{Slice, WireError};
use crate::records::json::{Entries, Json, Key, Seed};
use crate::refusal::Refusal;
use hannun_model::limits::{
    ATTRIBUTES_PER_RESOURCE_MAX, RECORD_VALUES_MAX, REQUEST_INFLATED_BYTES_MAX,
    ROWS_PER_REQUEST_MAX,
};
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
    /// Entries left out because a request may not have that many.
    pub past_limit: u64,
}

/// Reads the streams of a protobuf request one by one.
pub fn read_protobuf<'a>(
    message: &'a [u8],
    mut take: impl FnMut(PackedStream<'a>) -> Result<(), WireError>,
) -> Result<(), WireError> {
    let mut entries_left = ROWS_PER_REQUEST_MAX;
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
                2 => {
                    let entry = part.slice()?;
                    if entries_left > 0 {
                        entries_left -= 1;
                        stream.entries.push(entry);
                    } else {
                        stream.past_limit += 1;
                    }
                }
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
        if labels.len() >= ATTRIBUTES_PER_RESOURCE_MAX {
            return Err(error(rest, "no more labels"));
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

/// A stream of a JSON request.
#[derive(Debug, Default)]
pub struct JsonStream<'a> {
    pub labels: Vec<Pair<'a>>,
    pub entries: Vec<Entry<'a>>,
    /// Entries left out because a request may not have that many.
    pub past_limit: u64,
}

/// Reads the streams of a JSON request, `{"streams": […]}`.
pub fn read_json(text: &str) -> Result<Vec<JsonStream<'_>>, serde_json::Error> {
    let left =
        Left { entries: Cell::new(ROWS_PER_REQUEST_MAX), values: Cell::new(RECORD_VALUES_MAX) };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let streams = PushSeed(&left).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(streams)
}

/// What all streams of a request share: they stand in memory together.
struct Left {
    entries: Cell<usize>,
    values: Cell<usize>,
}

/// Implements a seed that is its own visitor.
macro_rules! seed {
    ($seed:ident, $value:ty, $method:ident, $expecting:literal, $visit:item) => {
        #[derive(Clone, Copy)]
        struct $seed<'l>(&'l Left);

        impl<'de> DeserializeSeed<'de> for $seed<'_> {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<$value, D::Error> {
                from.$method(self)
            }
        }

        impl<'de> Visitor<'de> for $seed<'_> {
            type Value = $value;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str($expecting)
            }

            $visit
        }
    };
}

seed!(
    PushSeed,
    Vec<JsonStream<'de>>,
    deserialize_map,
    "{\"streams\": […]}",
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut streams = None;
        while let Some(name) = access.next_key_seed(Key)? {
            if name == "streams" {
                streams = Some(access.next_value_seed(StreamsSeed(self.0))?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        streams.ok_or_else(|| A::Error::missing_field("streams"))
    }
);

seed!(
    StreamsSeed,
    Vec<JsonStream<'de>>,
    deserialize_seq,
    "a list of streams",
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut streams = Vec::new();
        while let Some(stream) = access.next_element_seed(StreamSeed(self.0))? {
            streams.push(stream);
        }
        Ok(streams)
    }
);

seed!(
    StreamSeed,
    JsonStream<'de>,
    deserialize_map,
    "{\"stream\": {labels}, \"values\": […]}",
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let (mut labels, mut values) = (None, None);
        while let Some(name) = access.next_key_seed(Key)? {
            match &*name {
                "stream" => labels = Some(access.next_value_seed(LabelsSeed(self.0))?),
                "values" => values = Some(access.next_value_seed(ValuesSeed(self.0))?),
                _ => drop(access.next_value::<IgnoredAny>()?),
            }
        }
        let labels = labels.ok_or_else(|| A::Error::missing_field("stream"))?;
        let (entries, past_limit) = values.ok_or_else(|| A::Error::missing_field("values"))?;
        Ok(JsonStream { labels, entries, past_limit })
    }
);

seed!(
    LabelsSeed,
    Vec<Pair<'de>>,
    deserialize_map,
    "labels, whose values are texts",
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut labels = Vec::new();
        while let Some(name) = access.next_key_seed(Key)? {
            if labels.len() >= ATTRIBUTES_PER_RESOURCE_MAX {
                let told =
                    format!("a stream has no more than {ATTRIBUTES_PER_RESOURCE_MAX} labels");
                return Err(A::Error::custom(told));
            }
            let values_left = self.0.values.get().checked_sub(1);
            let too_many = || A::Error::custom("too many labels in one request");
            self.0.values.set(values_left.ok_or_else(too_many)?);
            labels.push((name, access.next_value_seed(Key)?));
        }
        Ok(labels)
    }
);

seed!(
    ValuesSeed,
    (Vec<Entry<'de>>, u64),
    deserialize_seq,
    "a list of [time, line] or [time, line, metadata]",
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let (mut entries, mut past_limit) = (Vec::new(), 0);
        loop {
            let left = self.0.entries.get();
            if left == 0 {
                let Some(IgnoredAny) = access.next_element()? else { break };
                past_limit += 1;
                continue;
            }
            let Some(entry) = access.next_element_seed(EntrySeed(self.0))? else { break };
            self.0.entries.set(left - 1);
            entries.push(entry);
        }
        Ok((entries, past_limit))
    }
);

seed!(
    EntrySeed,
    Entry<'de>,
    deserialize_seq,
    "[time, line] or [time, line, metadata]",
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let missing = || A::Error::custom("an entry is [time, line] or [time, line, metadata]");
        // A time is no value of a record.
        let one = Cell::new(1);
        let time_ns = match access.next_element_seed(Seed::new(&one))?.ok_or_else(missing)? {
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
        let metadata = match access.next_element_seed(Seed::new(&self.0.values))? {
            Some(Json::Object(metadata)) => metadata,
            Some(Json::Null) | None => Vec::new(),
            Some(_) => return Err(A::Error::custom("the metadata of an entry is an object")),
        };
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry { time_ns, line, metadata })
    }
);
