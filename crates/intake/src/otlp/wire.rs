//! The protobuf wire format, read in place: fields one after another, no tree in between.
//!
//! Source of the format: <https://protobuf.dev/programming-guides/encoding/>.

use std::borrow::Cow;

/// Why bytes are not a protobuf message of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed protobuf at byte {offset}: expected {expected}")]
pub struct WireError {
    /// Position in the whole (decompressed) message.
    pub offset: usize,
    pub expected: &'static str,
}

/// Groups within groups that are skipped; deeper ones are malformed. No OTLP message has groups.
const GROUP_DEPTH_MAX: u32 = 8;

/// A length-delimited field: a string, bytes or a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slice<'a> {
    pub bytes: &'a [u8],
    /// Position of the first byte in the whole message.
    pub offset: usize,
}

/// The value of a field by wire type.
#[derive(Debug, Clone, Copy)]
pub enum WireValue<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Slice(Slice<'a>),
    /// A group, which was skipped.
    Group,
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub number: u32,
    pub value: WireValue<'a>,
    /// Position of the field's key in the whole message.
    pub offset: usize,
}

impl<'a> Slice<'a> {
    /// The whole message.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Reads this slice as a message.
    pub fn fields(self) -> Fields<'a> {
        Fields { bytes: self.bytes, position: 0, base: self.offset }
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The text; bytes that are not UTF-8 are replaced and counted in `invalid_strings`.
    #[inline]
    pub fn text(self, invalid_strings: &mut u64) -> Cow<'a, str> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                *invalid_strings += 1;
                String::from_utf8_lossy(self.bytes)
            }
        }
    }
}

impl<'a> Field<'a> {
    fn error(&self, expected: &'static str) -> WireError {
        WireError { offset: self.offset, expected }
    }

    /// A string, bytes or message.
    #[inline]
    pub fn slice(&self) -> Result<Slice<'a>, WireError> {
        match self.value {
            WireValue::Slice(slice) => Ok(slice),
            _ => Err(self.error("a length-delimited field")),
        }
    }

    /// An unsigned integer, a boolean or an enumeration.
    #[inline]
    pub fn varint(&self) -> Result<u64, WireError> {
        match self.value {
            WireValue::Varint(value) => Ok(value),
            _ => Err(self.error("a varint field")),
        }
    }

    /// An `int32` or enumeration: its low 32 bits.
    #[inline]
    pub fn int32(&self) -> Result<i32, WireError> {
        Ok(self.varint()? as i32)
    }

    /// A `uint32`: its low 32 bits.
    #[inline]
    pub fn uint32(&self) -> Result<u32, WireError> {
        Ok(self.varint()? as u32)
    }

    /// A zigzag `sint32`.
    #[inline]
    pub fn sint32(&self) -> Result<i32, WireError> {
        let value = self.varint()? as u32;
        Ok(((value >> 1) as i32) ^ -((value & 1) as i32))
    }

    /// A `fixed64`, or the bits of an `sfixed64` or `double`.
    #[inline]
    pub fn fixed64(&self) -> Result<u64, WireError> {
        match self.value {
            WireValue::Fixed64(value) => Ok(value),
            _ => Err(self.error("a 64-bit field")),
        }
    }

    /// A `double`.
    #[inline]
    pub fn double(&self) -> Result<f64, WireError> {
        self.fixed64().map(f64::from_bits)
    }

    /// A `fixed32`.
    #[inline]
    pub fn fixed32(&self) -> Result<u32, WireError> {
        match self.value {
            WireValue::Fixed32(value) => Ok(value),
            _ => Err(self.error("a 32-bit field")),
        }
    }

    /// Appends the 64-bit values of a repeated field, packed or not, through `convert`.
    pub fn repeated_fixed64<T>(
        &self,
        list: &mut Vec<T>,
        convert: impl Fn(u64) -> T,
    ) -> Result<(), WireError> {
        match self.value {
            WireValue::Fixed64(value) => list.push(convert(value)),
            WireValue::Slice(slice) => {
                let (chunks, rest) = slice.bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(self.error("packed values of 8 bytes each"));
                }
                list.extend(chunks.iter().map(|chunk| convert(u64::from_le_bytes(*chunk))));
            }
            _ => return Err(self.error("64-bit values")),
        }
        Ok(())
    }

    /// Appends the varints of a repeated field, packed or not.
    pub fn repeated_varint(&self, list: &mut Vec<u64>) -> Result<(), WireError> {
        match self.value {
            WireValue::Varint(value) => list.push(value),
            WireValue::Slice(slice) => {
                let mut packed = slice.fields();
                while packed.position < packed.bytes.len() {
                    list.push(packed.read_varint()?);
                }
            }
            _ => return Err(self.error("varints")),
        }
        Ok(())
    }
}

/// The fields of a message, in the order sent.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    position: usize,
    base: usize,
}

impl<'a> Fields<'a> {
    /// The next field; `None` at the end of the message.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "an iterator of results reads worse with ?")]
    pub fn next(&mut self) -> Result<Option<Field<'a>>, WireError> {
        if self.position == self.bytes.len() {
            return Ok(None);
        }
        self.read_field(GROUP_DEPTH_MAX).and_then(|field| match field {
            Some(field) => Ok(Some(field)),
            None => Err(self.error("a field, not the end of a group")),
        })
    }

    fn error(&self, expected: &'static str) -> WireError {
        WireError { offset: self.base + self.position, expected }
    }

    /// `None` for the end of a group.
    #[inline]
    fn read_field(&mut self, group_depth: u32) -> Result<Option<Field<'a>>, WireError> {
        let start = self.position;
        let offset = self.base + start;
        let key = self.read_varint()?;
        let number = (key >> 3) as u32;
        if number == 0 || key >> 32 != 0 {
            self.position = start;
            return Err(self.error("a field number from 1 to 536870911"));
        }
        let value = match key & 7 {
            0 => WireValue::Varint(self.read_varint()?),
            1 => WireValue::Fixed64(u64::from_le_bytes(self.read_array()?)),
            2 => WireValue::Slice(self.read_slice()?),
            3 => {
                self.skip_group(number, group_depth)?;
                WireValue::Group
            }
            4 => return Ok(None),
            5 => WireValue::Fixed32(u32::from_le_bytes(self.read_array()?)),
            _ => {
                self.position = start;
                return Err(self.error("a wire type from 0 to 5"));
            }
        };
        Ok(Some(Field { number, value, offset }))
    }

    fn skip_group(&mut self, number: u32, depth: u32) -> Result<(), WireError> {
        if depth == 0 {
            return Err(self.error("groups nested less deeply"));
        }
        loop {
            if self.position == self.bytes.len() {
                return Err(self.error("the end of a group"));
            }
            let start = self.position;
            if self.read_field(depth - 1)?.is_some() {
                continue;
            }
            let mut end = Self { bytes: self.bytes, position: start, base: self.base };
            if end.read_varint()? >> 3 != u64::from(number) {
                let offset = self.base + start;
                return Err(WireError { offset, expected: "the end of the group that was opened" });
            }
            return Ok(());
        }
    }

    #[inline]
    fn read_varint(&mut self) -> Result<u64, WireError> {
        if let Some(byte) = self.bytes.get(self.position)
            && *byte < 0x80
        {
            self.position += 1;
            return Ok(u64::from(*byte));
        }
        self.read_long_varint()
    }

    fn read_long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for (index, byte) in self.bytes[self.position..].iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                if index == 9 && *byte > 1 {
                    return Err(self.error("a varint of at most 64 bits"));
                }
                self.position += index + 1;
                return Ok(value);
            }
        }
        if self.bytes.len() - self.position < 10 {
            return Err(self.error("the rest of a varint, not the end"));
        }
        Err(self.error("a varint of at most 10 bytes"))
    }

    #[inline]
    fn read_array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], WireError> {
        match self.bytes[self.position..].first_chunk::<LENGTH>() {
            Some(chunk) => {
                self.position += LENGTH;
                Ok(*chunk)
            }
            None => Err(self.error("the rest of a fixed-width value, not the end")),
        }
    }

    #[inline]
    fn read_slice(&mut self) -> Result<Slice<'a>, WireError> {
        let length = self.read_varint()?;
        let rest = &self.bytes[self.position..];
        let slice = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let Some(bytes) = slice else {
            return Err(self.error("as many bytes as the length says, not the end"));
        };
        let offset = self.base + self.position;
        self.position += bytes.len();
        Ok(Slice { bytes, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_length_names_where_and_what() {
        let mut fields = Slice::whole(&[0x0a, 0x05, 1, 2]).fields();
        let error = fields.next().unwrap_err();
        assert_eq!(error.offset, 2);
        assert_eq!(
            error.to_string(),
            "malformed protobuf at byte 2: expected as many bytes as the length says, not the end"
        );
    }

    #[test]
    fn groups_are_skipped_and_must_match() {
        // Group 1 holding field 2 (varint 5), then field 3 (varint 7).
        let mut fields = Slice::whole(&[0x0b, 0x10, 5, 0x0c, 0x18, 7]).fields();
        assert!(matches!(fields.next().unwrap().unwrap().value, WireValue::Group));
        assert_eq!(fields.next().unwrap().unwrap().varint().unwrap(), 7);
        assert!(fields.next().unwrap().is_none());
        let mut unmatched = Slice::whole(&[0x0b, 0x14]).fields();
        assert_eq!(unmatched.next().unwrap_err().offset, 1);
    }

    #[test]
    fn varints_of_ten_bytes_hold_64_bits_and_no_more() {
        let mut longest = vec![0x08];
        longest.extend([0xff; 9]);
        longest.push(1);
        let mut fields = Slice::whole(&longest).fields();
        assert_eq!(fields.next().unwrap().unwrap().varint().unwrap(), u64::MAX);
        *longest.last_mut().unwrap() = 2;
        assert!(Slice::whole(&longest).fields().next().is_err());
    }

    #[test]
    fn zigzag_reads_both_signs() {
        for (wire, value) in [(0_u8, 0), (1, -1), (2, 1), (3, -2)] {
            let bytes = [0x08, wire];
            let field = Slice::whole(&bytes).fields().next().unwrap().unwrap();
            assert_eq!(field.sint32().unwrap(), value);
        }
    }
}
