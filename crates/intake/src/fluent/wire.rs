//! MessagePack, read in place.
//!
//! Source: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use crate::records::json::{Entries, Json};
use hannun_model::limits::{RECORD_VALUES_MAX, VALUE_DEPTH_MAX};
use rmp::Marker;
use std::borrow::Cow;

/// Why bytes are not the message that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("malformed MessagePack: the message ends early")]
    Short,
    #[error("malformed MessagePack: expected {0}")]
    Expected(&'static str),
    #[error("more than {VALUE_DEPTH_MAX} levels deep")]
    TooDeep,
    #[error("more than {RECORD_VALUES_MAX} values in one record")]
    TooMany,
}

/// Finds the end of a value in bytes that are still arriving.
#[derive(Debug, Clone, Copy)]
pub struct Scanner {
    at: usize,
    /// Values still to come; those of arrays and maps are added when their head is read.
    pending: u64,
}

impl Default for Scanner {
    fn default() -> Self {
        Self { at: 0, pending: 1 }
    }
}

impl Scanner {
    /// Goes on where it stopped. The length of the value once all of it is there.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<Option<usize>, PackError> {
        while self.pending > 0 {
            let mut reader = Reader { bytes, at: self.at };
            let head = match reader.head() {
                Ok(head) => head,
                Err(PackError::Short) => return Ok(None),
                Err(error) => return Err(error),
            };
            let (data_bytes, inner) = head.extent();
            let Some(end) = reader.at.checked_add(data_bytes).filter(|end| *end <= bytes.len())
            else {
                return Ok(None);
            };
            self.at = end;
            self.pending = (self.pending - 1).saturating_add(inner);
        }
        Ok(Some(self.at))
    }
}

/// The beginning of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Head {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Double(f64),
    Text(usize),
    Binary(usize),
    Array(usize),
    Map(usize),
    Extension(i8, usize),
}

impl Head {
    /// Bytes that follow, and values that follow.
    fn extent(self) -> (usize, u64) {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) | Self::Extension(_, bytes) => (bytes, 0),
            Self::Array(items) => (0, items as u64),
            Self::Map(entries) => (0, entries as u64 * 2),
            _ => (0, 0),
        }
    }
}

/// Reads values one after another.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The time of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTime<'a> {
    /// `None` when the sender gave none that can be.
    pub time_ns: Option<i64>,
    /// What newer senders put beside the time.
    pub metadata: Entries<'a>,
}

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether everything was read.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], PackError> {
        let end = self.at.checked_add(count).ok_or(PackError::Short)?;
        let taken = self.bytes.get(self.at..end).ok_or(PackError::Short)?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<u64, PackError> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn length(&mut self, count: usize) -> Result<usize, PackError> {
        usize::try_from(self.number(count)?).map_err(|_| PackError::Short)
    }

    fn extension(&mut self, bytes: usize) -> Result<Head, PackError> {
        Ok(Head::Extension(self.number(1)? as u8 as i8, bytes))
    }

    fn head(&mut self) -> Result<Head, PackError> {
        let marker = Marker::from_u8(self.number(1)? as u8);
        Ok(match marker {
            Marker::FixPos(value) => Head::Int(i64::from(value)),
            Marker::FixNeg(value) => Head::Int(i64::from(value)),
            Marker::Null => Head::Null,
            Marker::True => Head::Bool(true),
            Marker::False => Head::Bool(false),
            Marker::U8 => Head::Unsigned(self.number(1)?),
            Marker::U16 => Head::Unsigned(self.number(2)?),
            Marker::U32 => Head::Unsigned(self.number(4)?),
            Marker::U64 => Head::Unsigned(self.number(8)?),
            Marker::I8 => Head::Int(i64::from(self.number(1)? as u8 as i8)),
            Marker::I16 => Head::Int(i64::from(self.number(2)? as u16 as i16)),
            Marker::I32 => Head::Int(i64::from(self.number(4)? as u32 as i32)),
            Marker::I64 => Head::Int(self.number(8)? as i64),
            Marker::F32 => Head::Double(f64::from(f32::from_bits(self.number(4)? as u32))),
            Marker::F64 => Head::Double(f64::from_bits(self.number(8)?)),
            Marker::FixStr(bytes) => Head::Text(usize::from(bytes)),
            Marker::Str8 => Head::Text(self.length(1)?),
            Marker::Str16 => Head::Text(self.length(2)?),
            Marker::Str32 => Head::Text(self.length(4)?),
            Marker::Bin8 => Head::Binary(self.length(1)?),
            Marker::Bin16 => Head::Binary(self.length(2)?),
            Marker::Bin32 => Head::Binary(self.length(4)?),
            Marker::FixArray(items) => Head::Array(usize::from(items)),
            Marker::Array16 => Head::Array(self.length(2)?),
            Marker::Array32 => Head::Array(self.length(4)?),
            Marker::FixMap(entries) => Head::Map(usize::from(entries)),
            Marker::Map16 => Head::Map(self.length(2)?),
            Marker::Map32 => Head::Map(self.length(4)?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => {
                let bytes = self.length(1)?;
                self.extension(bytes)?
            }
            Marker::Ext16 => {
                let bytes = self.length(2)?;
                self.extension(bytes)?
            }
            Marker::Ext32 => {
                let bytes = self.length(4)?;
                self.extension(bytes)?
            }
            Marker::Reserved => return Err(PackError::Expected("a value")),
        })
    }

    /// Whether the next value is an array. Nothing is read.
    pub fn is_array_next(&self) -> bool {
        let mut ahead = *self;
        matches!(ahead.head(), Ok(Head::Array(_)))
    }

    /// Whether the next value is a text or binary. Nothing is read.
    pub fn is_text_next(&self) -> bool {
        let mut ahead = *self;
        matches!(ahead.head(), Ok(Head::Text(_) | Head::Binary(_)))
    }

    /// Reads the head of an array: how many values follow.
    pub fn array(&mut self) -> Result<usize, PackError> {
        match self.head()? {
            Head::Array(items) => Ok(items),
            _ => Err(PackError::Expected("an array")),
        }
    }

    /// Reads the bytes of a text or binary.
    pub fn bytes(&mut self) -> Result<&'a [u8], PackError> {
        match self.head()? {
            Head::Text(bytes) | Head::Binary(bytes) => self.take(bytes),
            _ => Err(PackError::Expected("a text")),
        }
    }

    /// Reads a text; what is not UTF-8 is replaced and counted.
    pub fn text(&mut self, invalid_strings: &mut u64) -> Result<Cow<'a, str>, PackError> {
        Ok(lossy(self.bytes()?, invalid_strings))
    }

    /// Reads a record or the options of a message.
    pub fn map(&mut self, invalid_strings: &mut u64) -> Result<Entries<'a>, PackError> {
        let mut values = Values { left: RECORD_VALUES_MAX, invalid_strings };
        match self.value(0, &mut values)? {
            Json::Object(entries) => Ok(entries),
            Json::Null => Ok(Vec::new()),
            _ => Err(PackError::Expected("a map")),
        }
    }

    /// Passes over a value, whatever its depth.
    pub fn skip(&mut self) -> Result<(), PackError> {
        let rest = self.bytes.get(self.at..).ok_or(PackError::Short)?;
        let length = Scanner::default().scan(rest)?.ok_or(PackError::Short)?;
        self.at += length;
        Ok(())
    }

    /// Reads any value.
    pub fn any(&mut self, invalid_strings: &mut u64) -> Result<Json<'a>, PackError> {
        let mut values = Values { left: RECORD_VALUES_MAX, invalid_strings };
        self.value(0, &mut values)
    }

    /// Reads the time of an event: seconds, an `EventTime`, or either with metadata.
    pub fn event_time(&mut self, invalid_strings: &mut u64) -> Result<EventTime<'a>, PackError> {
        let mut ahead = *self;
        if ahead.head()? != Head::Array(2) {
            return Ok(EventTime { time_ns: self.plain_time()?, metadata: Vec::new() });
        }
        *self = ahead;
        let time_ns = self.plain_time()?;
        Ok(EventTime { time_ns, metadata: self.map(invalid_strings)? })
    }

    fn plain_time(&mut self) -> Result<Option<i64>, PackError> {
        Ok(match self.head()? {
            Head::Int(seconds) => seconds.checked_mul(1_000_000_000),
            Head::Unsigned(seconds) => {
                i64::try_from(seconds).ok().and_then(|it| it.checked_mul(1_000_000_000))
            }
            // A double of this size keeps microseconds.
            Head::Double(seconds) if seconds.abs() < 9e9 => {
                Some((seconds * 1e6).round() as i64 * 1000)
            }
            Head::Extension(0, 8) => {
                let seconds = self.number(4)?;
                let nanoseconds = self.number(4)?;
                Some(seconds as i64 * 1_000_000_000 + nanoseconds as i64)
            }
            Head::Double(_) | Head::Null => None,
            _ => return Err(PackError::Expected("the time of an event")),
        })
    }

    fn value(&mut self, depth: usize, values: &mut Values<'_>) -> Result<Json<'a>, PackError> {
        values.left = values.left.checked_sub(1).ok_or(PackError::TooMany)?;
        Ok(match self.head()? {
            Head::Null => Json::Null,
            Head::Bool(flag) => Json::Bool(flag),
            Head::Int(int) => Json::Int(int),
            Head::Unsigned(value) => Json::unsigned(value),
            Head::Double(double) => Json::Double(double),
            Head::Text(bytes) | Head::Binary(bytes) => {
                Json::Text(lossy(self.take(bytes)?, values.invalid_strings))
            }
            Head::Extension(0, 8) => {
                let (seconds, nanoseconds) = (self.number(4)?, self.number(4)?);
                Json::Double(seconds as f64 + nanoseconds as f64 / 1e9)
            }
            Head::Extension(_, bytes) => {
                let mut hex = String::new();
                hannun_model::value::write_hex(&mut hex, self.take(bytes)?);
                Json::text(hex)
            }
            Head::Array(_) | Head::Map(_) if depth >= VALUE_DEPTH_MAX => {
                return Err(PackError::TooDeep);
            }
            Head::Array(items) => {
                let mut array = Vec::new();
                for _ in 0..items {
                    array.push(self.value(depth + 1, values)?);
                }
                Json::Array(array)
            }
            Head::Map(entries) => {
                let mut map = Vec::new();
                for _ in 0..entries {
                    let key = match self.value(depth + 1, values)? {
                        Json::Text(key) => key,
                        Json::Int(key) => Cow::Owned(key.to_string()),
                        Json::Bool(key) => Cow::Owned(key.to_string()),
                        _ => return Err(PackError::Expected("a key")),
                    };
                    map.push((key, self.value(depth + 1, values)?));
                }
                Json::Object(map)
            }
        })
    }
}

/// What the values of one record share.
struct Values<'t> {
    left: usize,
    invalid_strings: &'t mut u64,
}

fn lossy<'a>(bytes: &'a [u8], invalid_strings: &mut u64) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            *invalid_strings += 1;
            String::from_utf8_lossy(bytes)
        }
    }
}
