//! One word of a message, or what looks like one: which parts of it vary.

use super::{CHUNK, CLASSES, COLON, DASH, DIGIT, DOT, MARK, SLASH, Scanner, network, number, time};
use crate::kind::{Kind, is_variable};

impl Scanner<'_> {
    /// Reads the chunk at the cursor: a run of letters, digits and what joins them.
    pub(super) fn chunk(&mut self) {
        let start = self.at;
        let mut classes = 0;
        let mut end = start;
        while let Some(byte) = self.input.get(end) {
            let class = CLASSES[usize::from(*byte)];
            if class & CHUNK == 0 {
                break;
            }
            classes |= class;
            end += 1;
        }
        if classes & (DIGIT | DOT | SLASH | MARK) == 0 {
            self.plain(start, end);
            return;
        }
        // What closes a sentence is no part of a value.
        let mut close = end;
        while close > start + 1 && matches!(self.input[close - 1], b'.' | b':') {
            close -= 1;
        }
        let begins = self.out.len();
        self.values(start, close, classes);
        if self.at < end && self.at >= close {
            self.end_chunk(begins);
            self.out.extend_from_slice(&self.input[self.at..end]);
            self.at = end;
        } else {
            self.end_chunk(begins);
        }
    }

    /// A chunk of letters; may be the beginning of a timestamp.
    fn plain(&mut self, start: usize, end: usize) {
        self.previous = 0..0;
        let text = &self.input[start..end];
        if text.len() == 3
            && text[0].is_ascii_uppercase()
            && let Some(length) = time::with_names(&self.input[start..])
        {
            self.variable(Kind::Time);
            self.at = start + length;
            return;
        }
        self.letters(text);
        self.at = end;
    }

    fn values(&mut self, start: usize, end: usize, classes: u8) {
        let text = &self.input[start..end];
        self.at = start;
        if classes & COLON != 0
            && classes & SLASH != 0
            && let Some(length) = url_length(&self.input[start..], text)
        {
            self.variable(Kind::Url);
            self.at = start + length;
            return;
        }
        let grouped = classes & COLON != 0 && text.iter().filter(|byte| **byte == b':').count() > 1;
        while self.at < end {
            let byte = self.input[self.at];
            if grouped
                && (byte.is_ascii_hexdigit() || self.input[self.at..].starts_with(b"::"))
                && let Some((kind, length)) = network::colon_groups(&self.input[self.at..])
            {
                self.variable(kind);
                self.at += length;
                continue;
            }
            if byte == b':' {
                self.out.push(byte);
                self.at += 1;
                continue;
            }
            if byte.is_ascii_digit()
                && classes & (COLON | DASH | SLASH) != 0
                && let Some(length) = time::timestamp(&self.input[self.at..])
            {
                self.variable(Kind::Time);
                self.at += length;
                continue;
            }
            let length = self.input[self.at..end].iter().take_while(|byte| **byte != b':').count();
            self.piece(self.at + length, classes);
        }
    }

    /// Reads up to `end`, or further when the value at the cursor does.
    fn piece(&mut self, end: usize, classes: u8) {
        let text = &self.input[self.at..end];
        if classes & (SLASH | MARK) != 0
            && let Some((kind, length)) = self.place(text)
        {
            self.variable(kind);
            self.at += length;
            return;
        }
        let ascii = text.iter().take_while(|byte| byte.is_ascii()).count();
        if classes & DOT != 0 && network::is_host(&text[..ascii]) {
            self.variable(Kind::Host);
            self.at += ascii;
            return;
        }
        while self.at < end {
            let byte = self.input[self.at];
            if byte.is_ascii_digit() {
                self.number();
            } else if byte.is_ascii_alphabetic() || byte >= 0x80 {
                self.word(end);
            } else {
                self.out.push(byte);
                self.at += 1;
            }
        }
    }

    /// A path or an e-mail address.
    fn place(&self, text: &[u8]) -> Option<(Kind, usize)> {
        if text.contains(&b'@') {
            let at = text.iter().position(|byte| *byte == b'@')?;
            let domain = text[at + 1..].iter().take_while(|byte| byte.is_ascii()).count();
            let end = at + 1 + domain;
            let is_email =
                at > 0 && network::is_host(&text[at + 1..end]) && !text[..at].contains(&b'/');
            return is_email.then_some((Kind::Email, end));
        }
        // "C:\Users" or "\\server\share".
        let rest = &self.input[self.at..];
        if text.len() == 1 && rest[1..].starts_with(b":\\") || rest.starts_with(b"\\\\") {
            return Some((Kind::Path, path_length(rest)));
        }
        let slashes = text.iter().filter(|byte| **byte == b'/').count();
        let rooted = matches!(text, [b'/', _, ..] | [b'.', b'/', ..] | [b'.', b'.', b'/', ..]);
        if slashes == 0 || !(rooted || slashes > 1) {
            return None;
        }
        if slashes == 1 && network::ipv4(&text[1..]).is_some() {
            return None;
        }
        Some((Kind::Path, path_length(rest)))
    }

    /// A run of digits and what belongs to it.
    fn number(&mut self) {
        let rest = &self.input[self.at..];
        if let Some(length) = network::ipv4(rest) {
            self.variable(Kind::Address);
            self.at += length;
            return;
        }
        if network::starts_with_uuid(rest) {
            self.variable(Kind::Uuid);
            self.at += 36;
            return;
        }
        let run = alphanumeric(rest);
        if rest.starts_with(b"0x") && run > 2 && is_hexadecimal(&rest[2..run]) {
            self.variable(Kind::Hexadecimal);
            self.at += run;
            return;
        }
        let digits = number::length(rest);
        let suffix = &rest[digits..digits.max(run)];
        // "1048576B" is a size, "7317849d" more often a hash than a number of days.
        if run > 5 && !suffix.is_empty() && suffix != b"B" && is_hexadecimal(&rest[..run]) {
            self.variable(Kind::Hexadecimal);
            self.at += run;
            return;
        }
        if let Some((length, kind)) = number::with_unit(rest) {
            self.variable(kind);
            self.at += length;
            return;
        }
        let letters = suffix.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if letters > 3 || suffix.is_empty() {
            // "7163Calories", or letters of another script: the word stays.
            self.variable(Kind::Number);
            self.at += digits;
        } else {
            let kind = if letters == suffix.len() { Kind::Number } else { Kind::Identifier };
            self.variable(kind);
            self.at += digits + suffix.len();
        }
    }

    /// A run of letters and digits that begins with a letter.
    fn word(&mut self, end: usize) {
        let text = &self.input[self.at..end];
        let run =
            text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80).count();
        let text = &text[..run];
        if run >= 8 && network::starts_with_uuid(&self.input[self.at..]) {
            self.variable(Kind::Uuid);
            self.at += 36;
            return;
        }
        let Some(first_digit) = text.iter().position(u8::is_ascii_digit) else {
            self.letters(text);
            self.at += run;
            return;
        };
        if run > 5 && is_hexadecimal(text) {
            self.variable(Kind::Hexadecimal);
            self.at += run;
        } else if is_identifier(text) {
            self.variable(Kind::Identifier);
            self.at += run;
        } else {
            self.letters(&text[..first_digit]);
            let digits = number::digits(&text[first_digit..]);
            self.variable(Kind::Number);
            self.at += first_digit + digits;
        }
    }

    /// Letters as they are. Korean particles after a variable change with its last sound; the
    /// pairs become one.
    fn letters(&mut self, text: &[u8]) {
        let behind_variable = self.out.last().is_some_and(|byte| is_variable(*byte));
        let text = match text {
            _ if !behind_variable || text.is_ascii() => text,
            text if text == "가".as_bytes() => "이".as_bytes(),
            text if text == "를".as_bytes() => "을".as_bytes(),
            text if text == "는".as_bytes() => "은".as_bytes(),
            text if text == "와".as_bytes() => "과".as_bytes(),
            text if text == "로".as_bytes() => "으로".as_bytes(),
            _ => text,
        };
        self.out.extend_from_slice(text);
    }
}

fn alphanumeric(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

fn is_hexadecimal(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}

/// Letters and digits in turns, more often than names of people's making have.
fn is_identifier(text: &[u8]) -> bool {
    let turns = text.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
    let turns = turns.count();
    text.is_ascii() && (turns > 3 || (turns == 3 && text.len() > 7))
}

/// Length of the URL that `rest` begins with; `chunk` is the beginning of `rest` without blanks.
fn url_length(rest: &[u8], chunk: &[u8]) -> Option<usize> {
    let colon = chunk.iter().position(|byte| *byte == b':')?;
    let scheme = &chunk[..colon];
    let is_scheme = !scheme.is_empty()
        && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && rest[colon..].starts_with(b"://");
    is_scheme.then(|| colon + 3 + place_length(&rest[colon + 3..]))
}

/// Length of a path: without the colon that gives a line in a file.
fn path_length(rest: &[u8]) -> usize {
    let drive = if rest.get(1) == Some(&b':') { 2 } else { 0 };
    let colon = rest[drive..].iter().position(|byte| *byte == b':');
    let length = drive + place_length(&rest[drive..]);
    match colon {
        Some(colon) if drive + colon < length => (drive + colon).max(1),
        _ => length.max(1),
    }
}

/// Length of the characters that paths and URLs hold, without what closes a sentence.
fn place_length(rest: &[u8]) -> usize {
    let holds = |byte: &&u8| {
        CLASSES[usize::from(**byte)] & CHUNK != 0
            || matches!(byte, b'?' | b'&' | b'=' | b'%' | b'+' | b'*' | b'!' | b'~' | b'#' | b'$')
    };
    let length = rest.iter().take_while(holds).count();
    let close = |byte: &&u8| matches!(byte, b'.' | b':' | b'!' | b'?');
    length - rest[..length].iter().rev().take_while(close).count()
}
