//! Writes MessagePack and protobuf, as tracers and agents do.

/// A value of MessagePack.
#[derive(Debug, Clone)]
pub enum Pack {
    Int(i64),
    Unsigned(u64),
    Double(f64),
    Bool(bool),
    Text(String),
    Binary(Vec<u8>),
    List(Vec<Pack>),
    Map(Vec<(Pack, Pack)>),
}

pub fn text(text: impl Into<String>) -> Pack {
    Pack::Text(text.into())
}

/// A map with texts as keys.
pub fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Pack)>) -> Pack {
    Pack::Map(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

impl Pack {
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(value) => {
                out.push(0xd3);
                out.extend(value.to_be_bytes());
            }
            Self::Unsigned(value) => {
                out.push(0xcf);
                out.extend(value.to_be_bytes());
            }
            Self::Double(value) => {
                out.push(0xcb);
                out.extend(value.to_be_bytes());
            }
            Self::Bool(value) => out.push(0xc2 + u8::from(*value)),
            Self::Text(text) => {
                head(out, 0xa0, 32, [0xd9, 0xda, 0xdb], text.len());
                out.extend(text.as_bytes());
            }
            Self::Binary(bytes) => {
                head(out, 0, 0, [0xc4, 0xc5, 0xc6], bytes.len());
                out.extend(bytes);
            }
            Self::List(items) => {
                head(out, 0x90, 16, [0xdc, 0xdc, 0xdd], items.len());
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(entries) => {
                head(out, 0x80, 16, [0xde, 0xde, 0xdf], entries.len());
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// The beginning of a value with a length: within its own byte, or 8, 16 or 32 bits after it.
fn head(out: &mut Vec<u8>, fixed: u8, fixed_below: usize, wide: [u8; 3], length: usize) {
    let has_8_bits = wide[0] != wide[1];
    if length < fixed_below {
        out.push(fixed | length as u8);
    } else if has_8_bits && length <= 0xff {
        out.extend([wide[0], length as u8]);
    } else if length <= 0xffff {
        out.push(wide[1]);
        out.extend((length as u16).to_be_bytes());
    } else {
        out.push(wide[2]);
        out.extend((length as u32).to_be_bytes());
    }
}

/// A message of protobuf that is being written.
#[derive(Debug, Default)]
pub struct Proto(pub Vec<u8>);

impl Proto {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub fn varint(mut self, field: u64, value: u64) -> Self {
        self.number(field << 3);
        self.number(value);
        self
    }

    pub fn fixed64(mut self, field: u64, value: u64) -> Self {
        self.number(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.number(field << 3 | 2);
        self.number(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    /// An entry of a map of texts.
    pub fn entry(self, field: u64, key: &str, value: &str) -> Self {
        let entry = Self::default().text(1, key).text(2, value);
        self.bytes(field, &entry.0)
    }
}
