//! Lines as compressed CSV.

use crate::GenerateError;
use crate::calendar::write_time;
use crate::columns::{Cell, Column, Row};
use flate2::Compression;
use flate2::write::GzEncoder;
use hannun_model::money::Money;
use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// Bytes collected before they are compressed.
const BUFFER_BYTES: usize = 256 * 1024;
/// How many times are remembered in writing: a line has few different ones.
const TIMES: usize = 8;

pub struct CsvFile {
    path: PathBuf,
    out: GzEncoder<File>,
    buffer: Vec<u8>,
    times: [(i64, [u8; 20]); TIMES],
    next_time: usize,
    has_milliseconds: bool,
}

impl CsvFile {
    pub fn create(
        path: PathBuf,
        columns: &[Column],
        has_milliseconds: bool,
    ) -> Result<Self, GenerateError> {
        let file = File::create(&path)
            .map_err(|source| GenerateError::File { path: path.clone(), source })?;
        let mut made = Self {
            path,
            out: GzEncoder::new(file, Compression::fast()),
            buffer: Vec::with_capacity(BUFFER_BYTES + 8192),
            times: [(i64::MIN, [0; 20]); TIMES],
            next_time: 0,
            has_milliseconds,
        };
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                made.buffer.push(b',');
            }
            made.text(&column.name);
        }
        made.buffer.push(b'\n');
        Ok(made)
    }

    pub fn write(&mut self, row: &Row<'_>, columns: &[Column]) -> Result<(), GenerateError> {
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                self.buffer.push(b',');
            }
            match column.read(row) {
                Cell::Empty => {}
                Cell::Text(text) => self.text(&text),
                Cell::Number(amount) => write_amount(&mut self.buffer, amount),
                Cell::Time(seconds) => self.time(seconds),
                Cell::Map(pairs) => self.text(&json(&pairs)),
            }
        }
        self.buffer.push(b'\n');
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn text(&mut self, text: &str) {
        if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
            self.buffer.extend_from_slice(text.as_bytes());
            return;
        }
        self.buffer.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                self.buffer.push(b'"');
            }
            self.buffer.push(byte);
        }
        self.buffer.push(b'"');
    }

    fn time(&mut self, seconds: i64) {
        let known = self.times.iter().find(|(known, _)| *known == seconds);
        let written = match known {
            Some((_, written)) => *written,
            None => {
                let mut text = Vec::with_capacity(20);
                write_time(&mut text, seconds);
                let mut written = [b' '; 20];
                written.copy_from_slice(&text[..20]);
                self.times[self.next_time] = (seconds, written);
                self.next_time = (self.next_time + 1) % TIMES;
                written
            }
        };
        if self.has_milliseconds {
            self.buffer.extend_from_slice(&written[..19]);
            self.buffer.extend_from_slice(b".000Z");
        } else {
            self.buffer.extend_from_slice(&written);
        }
    }

    fn flush(&mut self) -> Result<(), GenerateError> {
        let written = self.out.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|source| GenerateError::File { path: self.path.clone(), source })
    }

    pub fn finish(mut self) -> Result<(), GenerateError> {
        self.flush()?;
        let Self { path, out, .. } = self;
        out.finish().map(drop).map_err(|source| GenerateError::File { path, source })
    }
}

/// A map as a JSON object of texts.
pub fn json(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    let mut out = String::with_capacity(64);
    out.push('{');
    for (place, (key, value)) in pairs.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        // Texts always become JSON.
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
        out.push(':');
        out.push_str(&serde_json::to_string(value).unwrap_or_default());
    }
    out.push('}');
    out
}

/// Writes an amount without the zeros at its end; as [`Money`] prints it, but faster.
fn write_amount(out: &mut Vec<u8>, amount: Money) {
    const PLACES: u64 = 1_000_000_000_000;
    let Ok(units) = u64::try_from(amount.units().unsigned_abs()) else {
        let _ = write!(out, "{amount}");
        return;
    };
    if amount.units() < 0 {
        out.push(b'-');
    }
    let (whole, mut rest) = (units / PLACES, units % PLACES);
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut left = whole;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    if rest == 0 {
        return;
    }
    let mut places = [b'0'; 12];
    for place in places.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let end = places.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    out.push(b'.');
    out.extend_from_slice(&places[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn amounts_are_written_as_money_prints_them(units in any::<i64>(), more in 0i128..100) {
            let amount = Money::from_units(i128::from(units) * (1 + more));
            let mut out = Vec::new();
            write_amount(&mut out, amount);
            prop_assert_eq!(String::from_utf8(out).unwrap(), amount.to_string());
        }
    }

    #[test]
    fn a_map_is_json() {
        let pairs = [(Cow::Borrowed("user_team"), Cow::Borrowed("a \"b\""))];
        assert_eq!(json(&pairs), r#"{"user_team":"a \"b\""}"#);
        assert_eq!(json(&[]), "{}");
    }
}
