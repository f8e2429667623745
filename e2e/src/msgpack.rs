//! Writes MessagePack, for payloads that no client of others can be made to send.
//!
//! <https://github.com/msgpack/msgpack/blob/master/spec.md>

/// A message that grows.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Begins an array of so many values.
    pub fn array(&mut self, length: usize) {
        match u16::try_from(length) {
            Ok(length @ 0..=15) => self.0.push(0x90 | length as u8),
            Ok(length) => self.marked(0xdc, &length.to_be_bytes()),
            Err(_) => self.marked(0xdd, &(length as u32).to_be_bytes()),
        }
    }

    /// Begins a map of so many pairs.
    pub fn map(&mut self, length: usize) {
        match u16::try_from(length) {
            Ok(length @ 0..=15) => self.0.push(0x80 | length as u8),
            Ok(length) => self.marked(0xde, &length.to_be_bytes()),
            Err(_) => self.marked(0xdf, &(length as u32).to_be_bytes()),
        }
    }

    pub fn text(&mut self, text: &str) {
        let length = text.len();
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ 0..=31), _) => self.0.push(0xa0 | length),
            (Ok(length), _) => self.marked(0xd9, &[length]),
            (_, Ok(length)) => self.marked(0xda, &length.to_be_bytes()),
            _ => self.marked(0xdb, &(length as u32).to_be_bytes()),
        }
        self.0.extend_from_slice(text.as_bytes());
    }

    pub fn uint(&mut self, number: u64) {
        match number {
            0..=0x7f => self.0.push(number as u8),
            0x80..=0xff => self.marked(0xcc, &[number as u8]),
            0x100..=0xffff => self.marked(0xcd, &(number as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.marked(0xce, &(number as u32).to_be_bytes()),
            _ => self.marked(0xcf, &number.to_be_bytes()),
        }
    }

    pub fn double(&mut self, number: f64) {
        self.marked(0xcb, &number.to_be_bytes());
    }

    /// Appends what is already a message.
    pub fn append(&mut self, message: &[u8]) {
        self.0.extend_from_slice(message);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn marked(&mut self, marker: u8, bytes: &[u8]) {
        self.0.push(marker);
        self.0.extend_from_slice(bytes);
    }
}
