//! MessagePack, pulled value by value out of the bytes that arrived. Nothing is allocated for what
//! is read: texts and lists borrow from the request.
//!
//! Every length is checked against the bytes that are left before anything is reserved for it, and
//! values that are passed over are counted, not recursed into.
//!
//! Source of the format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use hannun_model::limits::DATADOG_INVALID_TEXTS_MAX;
use rmp::Marker;

/// What is wrong with a payload, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: expected {expected}")]
pub struct Wrong {
    pub offset: usize,
    pub expected: &'static str,
}

/// Bytes of a text that is not UTF-8: where it begins and how long it is.
pub type InvalidText = (usize, usize);

/// Reads values one after another.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Texts that are not UTF-8 and were read as empty ones; see [`repaired`].
    pub invalid: Vec<InvalidText>,
}

/// The next value, when it may be of several types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    /// Larger than an `i64`.
    Unsigned(u64),
    Double(f64),
    Text(&'a str),
    Binary(&'a [u8]),
    Array(usize),
    Map(usize),
}

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, invalid: Vec::new() }
    }

    /// Begins at a byte that [`Reader::position`] answered before.
    pub fn again_at(&self, at: usize) -> Self {
        Self { bytes: self.bytes, at, invalid: Vec::new() }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// An error at the last byte read.
    #[cold]
    pub fn wrong(&self, expected: &'static str) -> Wrong {
        Wrong { offset: self.at, expected }
    }

    /// Checks that nothing follows.
    pub fn end(&self) -> Result<(), Wrong> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.wrong("the end of the payload")) }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        match self.bytes[self.at..].get(..count) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => Err(self.wrong("more bytes, as the length before says")),
        }
    }

    #[inline]
    fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Wrong> {
        match self.bytes[self.at..].first_chunk::<LENGTH>() {
            Some(chunk) => {
                self.at += LENGTH;
                Ok(*chunk)
            }
            None => Err(self.wrong("the rest of a number")),
        }
    }

    #[inline]
    fn marker(&mut self) -> Result<Marker, Wrong> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                Ok(Marker::from_u8(*byte))
            }
            None => Err(self.wrong("a value, not the end")),
        }
    }

    #[inline]
    fn length(&mut self, width: usize) -> Result<usize, Wrong> {
        Ok(match width {
            1 => usize::from(self.array::<1>()?[0]),
            2 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?) as usize,
        })
    }

    /// Whether the next value is nil, which is then read.
    #[inline]
    pub fn nil(&mut self) -> bool {
        let is_nil = self.bytes.get(self.at) == Some(&0xc0);
        self.at += usize::from(is_nil);
        is_nil
    }

    /// The number of items of an array; nil is an empty one.
    #[inline]
    pub fn array_length(&mut self, expected: &'static str) -> Result<usize, Wrong> {
        let start = self.at;
        let items = match self.marker()? {
            Marker::FixArray(items) => usize::from(items),
            Marker::Array16 => self.length(2)?,
            Marker::Array32 => self.length(4)?,
            Marker::Null => 0,
            _ => return Err(Wrong { offset: start, expected }),
        };
        self.plausible(items, 1, start)
    }

    /// The number of entries of a map; nil is an empty one.
    #[inline]
    pub fn map_length(&mut self, expected: &'static str) -> Result<usize, Wrong> {
        let start = self.at;
        let entries = match self.marker()? {
            Marker::FixMap(entries) => usize::from(entries),
            Marker::Map16 => self.length(2)?,
            Marker::Map32 => self.length(4)?,
            Marker::Null => 0,
            _ => return Err(Wrong { offset: start, expected }),
        };
        self.plausible(entries, 2, start)
    }

    /// Each item takes a byte at least, so that a length says no more than there can be.
    fn plausible(&self, items: usize, bytes_each: usize, offset: usize) -> Result<usize, Wrong> {
        if items.saturating_mul(bytes_each) <= self.left() {
            Ok(items)
        } else {
            Err(Wrong { offset, expected: "no more items than there are bytes" })
        }
    }

    /// A text; nil is an empty one, and bytes that are text are text.
    #[inline]
    pub fn text(&mut self, expected: &'static str) -> Result<&'a str, Wrong> {
        let start = self.at;
        let length = match self.marker()? {
            Marker::FixStr(length) => usize::from(length),
            Marker::Str8 | Marker::Bin8 => self.length(1)?,
            Marker::Str16 | Marker::Bin16 => self.length(2)?,
            Marker::Str32 | Marker::Bin32 => self.length(4)?,
            Marker::Null => return Ok(""),
            _ => return Err(Wrong { offset: start, expected }),
        };
        let offset = self.at;
        let bytes = self.take(length)?;
        self.utf8(bytes, offset)
    }

    #[inline]
    fn utf8(&mut self, bytes: &'a [u8], offset: usize) -> Result<&'a str, Wrong> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text),
            Err(_) if self.invalid.len() >= DATADOG_INVALID_TEXTS_MAX => {
                Err(Wrong { offset, expected: "texts that are UTF-8" })
            }
            Err(_) => {
                self.invalid.push((offset, bytes.len()));
                Ok("")
            }
        }
    }

    /// Bytes, as such or as a text.
    pub fn binary(&mut self, expected: &'static str) -> Result<&'a [u8], Wrong> {
        let start = self.at;
        let length = match self.marker()? {
            Marker::Bin8 | Marker::Str8 => self.length(1)?,
            Marker::Bin16 | Marker::Str16 => self.length(2)?,
            Marker::Bin32 | Marker::Str32 => self.length(4)?,
            Marker::FixStr(length) => usize::from(length),
            Marker::Null => 0,
            _ => return Err(Wrong { offset: start, expected }),
        };
        self.take(length)
    }

    #[inline]
    fn number(&mut self, marker: Marker) -> Result<Option<Value<'a>>, Wrong> {
        let value = match marker {
            Marker::FixPos(value) => Value::Int(i64::from(value)),
            Marker::FixNeg(value) => Value::Int(i64::from(value)),
            Marker::U8 => Value::Int(i64::from(self.array::<1>()?[0])),
            Marker::U16 => Value::Int(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Value::Int(i64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => {
                let value = u64::from_be_bytes(self.array()?);
                i64::try_from(value).map_or(Value::Unsigned(value), Value::Int)
            }
            Marker::I8 => Value::Int(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Value::Int(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Value::Int(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Value::Int(i64::from_be_bytes(self.array()?)),
            Marker::F32 => Value::Double(f64::from(f32::from_be_bytes(self.array()?))),
            Marker::F64 => Value::Double(f64::from_be_bytes(self.array()?)),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// The bits of an integer of either sign: ids are sent as both. Nil is zero.
    #[inline]
    pub fn integer_bits(&mut self, expected: &'static str) -> Result<u64, Wrong> {
        let start = self.at;
        // Most are indices of strings, of which the first are the most frequent.
        match self.bytes[start..] {
            [small @ 0..=0x7f, ..] => {
                self.at += 1;
                return Ok(u64::from(small));
            }
            [0xcc, byte, ..] => {
                self.at += 2;
                return Ok(u64::from(byte));
            }
            [0xcd, high, low, ..] => {
                self.at += 3;
                return Ok(u64::from(u16::from_be_bytes([high, low])));
            }
            _ => {}
        }
        let marker = self.marker()?;
        match self.number(marker)? {
            Some(Value::Int(value)) => Ok(value as u64),
            Some(Value::Unsigned(value)) => Ok(value),
            None if marker == Marker::Null => Ok(0),
            _ => Err(Wrong { offset: start, expected }),
        }
    }

    /// An integer; nil is zero, and what does not fit keeps its bits.
    #[inline]
    pub fn integer(&mut self, expected: &'static str) -> Result<i64, Wrong> {
        self.integer_bits(expected).map(|bits| bits as i64)
    }

    /// A number of any kind.
    #[inline]
    pub fn double(&mut self, expected: &'static str) -> Result<f64, Wrong> {
        let start = self.at;
        let marker = self.marker()?;
        match self.number(marker)? {
            Some(Value::Double(value)) => Ok(value),
            Some(Value::Int(value)) => Ok(value as f64),
            Some(Value::Unsigned(value)) => Ok(value as f64),
            None if marker == Marker::Null => Ok(0.0),
            _ => Err(Wrong { offset: start, expected }),
        }
    }

    /// A truth value; nil is false.
    pub fn bool(&mut self, expected: &'static str) -> Result<bool, Wrong> {
        let start = self.at;
        match self.marker()? {
            Marker::True => Ok(true),
            Marker::False | Marker::Null => Ok(false),
            _ => Err(Wrong { offset: start, expected }),
        }
    }

    /// The next value, whatever it is; of an array or a map only its head.
    pub fn value(&mut self) -> Result<Value<'a>, Wrong> {
        let start = self.at;
        let marker = self.marker()?;
        if let Some(number) = self.number(marker)? {
            return Ok(number);
        }
        self.at = start;
        match marker {
            Marker::Null => {
                self.at += 1;
                Ok(Value::Nil)
            }
            Marker::True | Marker::False => self.bool("a boolean").map(Value::Bool),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                self.text("a text").map(Value::Text)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => self.binary("bytes").map(Value::Binary),
            Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
                self.array_length("an array").map(Value::Array)
            }
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
                self.map_length("a map").map(Value::Map)
            }
            _ => self.extension(),
        }
    }

    /// The data of an extension, whose meaning is its sender's.
    fn extension(&mut self) -> Result<Value<'a>, Wrong> {
        let length = match self.marker()? {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length(1)?,
            Marker::Ext16 => self.length(2)?,
            Marker::Ext32 => self.length(4)?,
            _ => return Err(Wrong { offset: self.at - 1, expected: "a value of a known type" }),
        };
        self.take(1)?;
        self.take(length).map(Value::Binary)
    }

    /// Passes over the next value and all that is in it, without a look at its texts.
    pub fn skip(&mut self) -> Result<(), Wrong> {
        let mut pending = 1_usize;
        while pending > 0 {
            pending -= 1;
            let start = self.at;
            let bytes = match self.marker()? {
                Marker::FixPos(_)
                | Marker::FixNeg(_)
                | Marker::Null
                | Marker::True
                | Marker::False => 0,
                Marker::U8 | Marker::I8 => 1,
                Marker::U16 | Marker::I16 => 2,
                Marker::U32 | Marker::I32 | Marker::F32 => 4,
                Marker::U64 | Marker::I64 | Marker::F64 => 8,
                Marker::FixStr(length) => usize::from(length),
                Marker::Str8 | Marker::Bin8 => self.length(1)?,
                Marker::Str16 | Marker::Bin16 => self.length(2)?,
                Marker::Str32 | Marker::Bin32 => self.length(4)?,
                _ => {
                    self.at = start;
                    match self.value()? {
                        Value::Array(items) => pending += items,
                        Value::Map(entries) => pending += 2 * entries,
                        _ => {}
                    }
                    0
                }
            };
            self.take(bytes)?;
        }
        Ok(())
    }

    /// The same with a look at every text, for values that are read later.
    pub fn skip_checked(&mut self) -> Result<(), Wrong> {
        let mut pending = 1_usize;
        while pending > 0 {
            pending -= 1;
            match self.value()? {
                Value::Array(items) => pending += items,
                Value::Map(entries) => pending += 2 * entries,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The payload with `?` for every byte that is no part of a character in the texts named. Lengths
/// stay, so that it can be read again.
pub fn repaired(bytes: &[u8], invalid: &[InvalidText]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (offset, length) in invalid {
        let mut text = &mut bytes[*offset..*offset + *length];
        while let Err(error) = std::str::from_utf8(text) {
            let from = error.valid_up_to();
            let to = error.error_len().map_or(text.len(), |length| from + length);
            text[from..to].fill(b'?');
            text = &mut text[to..];
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_are_read_as_one_type() {
        let bytes = [
            0x05, 0xff, 0xcc, 200, 0xcd, 1, 0, 0xce, 0, 1, 0, 0, 0xd0, 0x80, 0xd1, 0xff, 0, 0xcf,
            255, 255, 255, 255, 255, 255, 255, 255, 0xc0,
        ];
        let mut reader = Reader::new(&bytes);
        let mut read = || reader.integer("a number").unwrap();
        let numbers = [read(), read(), read(), read(), read(), read(), read(), read(), read()];
        assert_eq!(numbers, [5, -1, 200, 256, 65_536, -128, -256, -1, 0]);
        assert!(reader.end().is_ok());
    }

    #[test]
    fn a_length_beyond_the_payload_is_refused_before_anything_is_reserved() {
        for bytes in [&[0xdd, 255, 255, 255, 255, 1][..], &[0xdf, 0, 0, 0, 3, 1, 1, 1, 1][..]] {
            let mut reader = Reader::new(bytes);
            let read = match bytes[0] {
                0xdd => reader.array_length("traces"),
                _ => reader.map_length("tags"),
            };
            assert_eq!(read.unwrap_err().expected, "no more items than there are bytes");
        }
        let mut reader = Reader::new(&[0xdb, 0, 0, 1, 0, b'a']);
        assert_eq!(reader.text("a name").unwrap_err().offset, 5);
    }

    #[test]
    fn values_nested_without_end_are_passed_over_without_recursion() {
        let mut bytes = vec![0x91; 1_000_000];
        bytes.push(0xc0);
        let mut reader = Reader::new(&bytes);
        reader.skip().unwrap();
        assert!(reader.end().is_ok());
    }

    #[test]
    fn what_is_no_text_is_repaired_in_place() {
        let bytes = b"\xa5a\xff\xe2\x82b\xa1c";
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.text("a text").unwrap(), "");
        let repaired = repaired(bytes, &reader.invalid);
        let mut reader = Reader::new(&repaired);
        assert_eq!(reader.text("a text").unwrap(), "a???b");
        assert_eq!(reader.text("a text").unwrap(), "c");
    }
}
