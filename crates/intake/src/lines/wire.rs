//! How a body of lines is written, and its lines.

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// An array of objects.
    JsonArray,
    /// One object, over any number of lines.
    JsonObject,
    /// A record a line.
    Text,
}

impl Format {
    /// The format of a body. The type that the sender names only says whether it is JSON: senders
    /// name all three forms `application/json`, and `curl` names none.
    pub fn of(media_type: Option<&str>, body: &str) -> Self {
        let is_json = match media_type {
            Some(media_type) if media_type.starts_with("text/") => false,
            Some(media_type) if media_type.contains("json") => true,
            _ => body.trim_start().starts_with(['{', '[']),
        };
        if !is_json {
            return Self::Text;
        }
        let trimmed = body.trim();
        if trimmed.starts_with('[') {
            return Self::JsonArray;
        }
        let first = trimmed.lines().next().unwrap_or_default().trim();
        let is_whole = first.starts_with('{') && first.ends_with('}');
        if is_whole || !trimmed.starts_with('{') { Self::JsonLines } else { Self::JsonObject }
    }
}

/// The lines that are not empty, with their numbers from 1.
pub fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    body.split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line.strip_suffix(b"\r").unwrap_or(line)))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
}
