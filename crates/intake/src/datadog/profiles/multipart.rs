//! `multipart/form-data`, read in place: parts are slices of the body, which is in memory already.
//! Libraries for it read streams and copy what they read.
//!
//! Sources: RFC 2046, section 5.1, and RFC 7578.

use hannun_model::limits::PROFILE_PARTS_MAX;
use memchr::memmem;
use std::borrow::Cow;

/// Longest boundary that RFC 2046 allows.
const BOUNDARY_BYTES_MAX: usize = 70;

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    pub name: Cow<'a, str>,
    pub file_name: Option<Cow<'a, str>>,
    pub body: &'a [u8],
}

/// Why a body is not the form it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    #[error("send multipart/form-data with a boundary of 1 to {BOUNDARY_BYTES_MAX} characters")]
    NoBoundary,
    #[error("malformed multipart: the body does not begin with its boundary")]
    NoFirst,
    #[error("malformed multipart: part {0} does not end with the boundary")]
    NoEnd(usize),
    #[error("malformed multipart: the headers of part {0} do not end with an empty line")]
    Headers(usize),
    #[error("malformed multipart: part {0} has no Content-Disposition with a name")]
    NoName(usize),
    #[error("more than {PROFILE_PARTS_MAX} parts")]
    TooMany,
}

/// The boundary that a `Content-Type` names.
pub fn boundary(content_type: &str) -> Result<Cow<'_, str>, MultipartError> {
    let mut pieces = Pieces { rest: content_type };
    let essence = pieces.next().unwrap_or_default();
    if !essence.eq_ignore_ascii_case("multipart/form-data") {
        return Err(MultipartError::NoBoundary);
    }
    let boundary = pieces.find_map(|piece| value_of(piece, "boundary"));
    boundary
        .filter(|boundary| (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()))
        .ok_or(MultipartError::NoBoundary)
}

/// The parts of a body, in their order.
pub fn read<'a>(boundary: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, MultipartError> {
    // Between parts it begins a line; the line break before it is no part of the part.
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(delimiter.as_bytes());
    let first = &delimiter.as_bytes()[2..];
    let mut rest = match body.strip_prefix(first) {
        Some(rest) => rest,
        None => {
            let at = finder.find(body).ok_or(MultipartError::NoFirst)?;
            &body[at + delimiter.len()..]
        }
    };
    let mut parts = Vec::new();
    loop {
        let number = parts.len() + 1;
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() >= PROFILE_PARTS_MAX {
            return Err(MultipartError::TooMany);
        }
        let line_end = memmem::find(rest, b"\r\n").ok_or(MultipartError::NoEnd(number))?;
        if !rest[..line_end].iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(MultipartError::NoEnd(number));
        }
        // An empty line ends the headers, also when there are none.
        let headers_end = memmem::find(&rest[line_end..], b"\r\n\r\n")
            .map(|at| line_end + at)
            .ok_or(MultipartError::Headers(number))?;
        let headers = rest.get(line_end + 2..headers_end).unwrap_or_default();
        let (name, file_name) = names(headers).ok_or(MultipartError::NoName(number))?;
        let content = &rest[headers_end + 2..];
        // An empty part: its line break is that of the boundary.
        let end = finder.find(content).ok_or(MultipartError::NoEnd(number))?;
        let body = content.get(2..end).unwrap_or_default();
        parts.push(Part { name, file_name, body });
        rest = &content[end + delimiter.len()..];
    }
}

/// The name and the file name that the headers of a part give.
fn names(headers: &[u8]) -> Option<(Cow<'_, str>, Option<Cow<'_, str>>)> {
    let headers = std::str::from_utf8(headers).ok()?;
    let disposition = headers.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (mut name, mut file_name) = (None, None);
    for piece in (Pieces { rest: disposition }).skip(1) {
        name = name.or_else(|| value_of(piece, "name"));
        file_name = file_name.or_else(|| value_of(piece, "filename"));
    }
    Some((name?, file_name))
}

/// The value of a parameter, when it has this name.
fn value_of<'a>(piece: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let (name, value) = piece.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case(wanted) {
        return None;
    }
    let value = value.trim();
    let Some(quoted) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Some(Cow::Borrowed(value));
    };
    if !quoted.contains('\\') {
        return Some(Cow::Borrowed(quoted));
    }
    let mut plain = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        // A backslash stands before what would end the text, and before itself.
        let next = if character == '\\' { characters.next() } else { Some(character) };
        plain.extend(next);
    }
    Some(Cow::Owned(plain))
}

/// The pieces of a header value between semicolons outside of quotes, without blanks around them.
struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut is_quoted, mut is_escaped) = (false, false);
        let end = self.rest.bytes().position(|byte| {
            let ends = byte == b';' && !is_quoted;
            if byte == b'"' && !is_escaped {
                is_quoted = !is_quoted;
            }
            is_escaped = byte == b'\\' && is_quoted && !is_escaped;
            ends
        });
        let end = end.unwrap_or(self.rest.len());
        let piece = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some(piece.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part<'a>(name: &'a str, file_name: Option<&'a str>, body: &'a [u8]) -> Part<'a> {
        Part { name: name.into(), file_name: file_name.map(Cow::Borrowed), body }
    }

    #[test]
    fn parts_are_read_with_their_names_and_without_their_line_breaks() {
        let body = b"preamble\r\n--x\r\nContent-Disposition: form-data; name=\"event\"; \
            filename=\"event.json\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--x \r\n\
            content-disposition: form-data; name=tags[]\r\n\r\na\r\n-b\r\n--x\r\n\
            Content-Disposition:form-data;filename=\"a;\\\"b\";name=\"c\"\r\n\r\n\r\n--x--\r\nend";
        let parts = read("x", body).unwrap();
        assert_eq!(
            parts,
            [
                part("event", Some("event.json"), b"{}"),
                part("tags[]", None, b"a\r\n-b"),
                part("c", Some("a;\"b"), b""),
            ]
        );
    }

    #[test]
    fn the_boundary_is_named_by_the_content_type() {
        assert_eq!(boundary("multipart/form-data; boundary=a-b").unwrap(), "a-b");
        assert_eq!(boundary("Multipart/Form-Data; q=1;Boundary=\"a b\"").unwrap(), "a b");
        let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
        for wrong in ["multipart/form-data", "application/json; boundary=a", "", &long] {
            assert_eq!(boundary(wrong), Err(MultipartError::NoBoundary), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused_with_its_reason() {
        let name = "Content-Disposition: form-data; name=\"a\"";
        for (body, error) in [
            ("".to_owned(), MultipartError::NoFirst),
            ("{\"json\":1}".to_owned(), MultipartError::NoFirst),
            ("--x".to_owned(), MultipartError::NoEnd(1)),
            ("--xyz\r\n\r\n".to_owned(), MultipartError::NoEnd(1)),
            (format!("--x\r\n{name}"), MultipartError::Headers(1)),
            (format!("--x\r\n{name}\r\n\r\nbody"), MultipartError::NoEnd(1)),
            (format!("--x\r\n{name}\r\n\r\nbody\r\n--x"), MultipartError::NoEnd(2)),
            ("--x\r\n\r\nbody\r\n--x--".to_owned(), MultipartError::NoName(1)),
            ("--x\r\nA: b\r\n\r\nbody\r\n--x--".to_owned(), MultipartError::NoName(1)),
        ] {
            assert_eq!(read("x", body.as_bytes()), Err(error), "{body}");
        }
        let many = format!("--x\r\n{name}\r\n\r\n\r\n").repeat(PROFILE_PARTS_MAX + 1) + "--x--";
        assert_eq!(read("x", many.as_bytes()), Err(MultipartError::TooMany));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_as_they_were_sent(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5)) {
            let mut form = Vec::new();
            for body in &bodies {
                form.extend(b"--boundary17\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n");
                form.extend(body);
                form.extend(b"\r\n");
            }
            form.extend(b"--boundary17--\r\n");
            let parts = read("boundary17", &form).unwrap();
            let read: Vec<&[u8]> = parts.iter().map(|part| part.body).collect();
            prop_assert_eq!(read, bodies.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_that_is_sent_breaks_the_reader(body in prop::collection::vec(prop::sample::select(b"-x\r\n: ;=\"a\\".to_vec()), 0..80)) {
            let _ = read("x", &body);
        }
    }
}
