//! Events: `_e{5,4}:title|text|…`.

use super::log_rows::LogEvent;
use super::parse::{Origin, check_tags, cut_at, whole};
use std::borrow::Cow;

/// Severity number (OpenTelemetry's) of an alert type.
pub fn severity_number(alert_type: &str) -> i64 {
    match alert_type {
        "error" => 17,
        "warning" => 13,
        _ => 9,
    }
}

/// An event as it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Event<'a> {
    pub title: &'a [u8],
    pub text: &'a [u8],
    /// Seconds since 1970.
    pub timestamp: Option<i64>,
    pub host: &'a [u8],
    pub aggregation_key: &'a [u8],
    pub priority: &'a [u8],
    pub source_type: &'a [u8],
    pub alert_type: &'a [u8],
    pub tags: &'a [u8],
    pub origin: Origin<'a>,
}

impl<'a> Event<'a> {
    /// Reads what follows `_e{`.
    pub(super) fn read(rest: &'a [u8]) -> Option<Self> {
        let (lengths, rest) = cut_at(rest, b'}')?;
        let (title, text) = cut_at(lengths, b',')?;
        let lengths = [length(title)?, length(text)?];
        let rest = rest.strip_prefix(b":")?;
        let (title, text, fields) = texts(rest, lengths, |_, bytes| Some(bytes))
            .or_else(|| texts(rest, lengths, utf16_bytes))?;
        let mut event = Self { title, text, ..Self::default() };
        if let Some(fields) = fields {
            fields.split(|byte| *byte == b'|').for_each(|field| event.take(field));
        }
        check_tags(event.tags).ok()?;
        Some(event)
    }

    fn take(&mut self, field: &'a [u8]) {
        match field {
            [b'd', b':', value @ ..] => self.timestamp = whole(value).filter(|time| *time > 0),
            [b'h', b':', value @ ..] => self.host = value,
            [b'k', b':', value @ ..] => self.aggregation_key = value,
            [b'p', b':', value @ ..] => self.priority = value,
            [b's', b':', value @ ..] => self.source_type = value,
            [b't', b':', value @ ..] => self.alert_type = value,
            [b'#', value @ ..] => self.tags = value,
            _ => _ = self.origin.take(field),
        }
    }
}

/// Title, text, and the fields that follow them.
type Texts<'a> = (&'a [u8], &'a [u8], Option<&'a [u8]>);

/// Cuts an event by its lengths. `bytes_of` says how many bytes so much of a text takes.
fn texts(
    rest: &[u8],
    [title, text]: [usize; 2],
    bytes_of: impl Fn(&[u8], usize) -> Option<usize>,
) -> Option<Texts<'_>> {
    let (title, rest) = rest.split_at_checked(bytes_of(rest, title)?)?;
    let rest = rest.strip_prefix(b"|")?;
    let (text, rest) = rest.split_at_checked(bytes_of(rest, text)?)?;
    let is_ended = rest.is_empty() || rest.starts_with(b"|");
    (is_ended && !title.is_empty()).then_some((title, text, rest.strip_prefix(b"|")))
}

/// The bytes of so many code units of UTF-16, which clients in JavaScript count (hot-shots).
fn utf16_bytes(text: &[u8], units: usize) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    let mut left = units;
    for (index, character) in text.char_indices() {
        if left == 0 {
            return Some(index);
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

fn length(digits: &[u8]) -> Option<usize> {
    usize::try_from(whole(digits)?).ok()
}

/// Title and text of an event as one message.
pub fn body(title: &str, text: &str) -> String {
    // Line breaks are two characters on the wire, where a line break ends the event.
    let clean = |text: &str| text.replace("\\n", "\n");
    let (title, text) = (clean(title), clean(text));
    if text.is_empty() || text == title { title } else { format!("{title}\n{text}") }
}

/// Texts of an event, readable.
#[derive(Debug)]
pub(super) struct EventTexts<'a> {
    body: String,
    title: Cow<'a, str>,
    host: Cow<'a, str>,
    aggregation_key: Cow<'a, str>,
    priority: Cow<'a, str>,
    source_type: Cow<'a, str>,
    alert_type: Cow<'a, str>,
    timestamp: Option<i64>,
}

impl<'a> EventTexts<'a> {
    pub(super) fn of(event: &Event<'a>) -> Self {
        let text = |bytes: &'a [u8], otherwise: &'static str| match bytes {
            b"" => Cow::Borrowed(otherwise),
            bytes => String::from_utf8_lossy(bytes),
        };
        let title = text(event.title, "");
        Self {
            body: body(&title, &text(event.text, "")),
            title,
            host: text(event.host, ""),
            aggregation_key: text(event.aggregation_key, ""),
            priority: text(event.priority, "normal"),
            source_type: text(event.source_type, ""),
            alert_type: text(event.alert_type, "info"),
            timestamp: event.timestamp,
        }
    }

    /// Hands the row of the event to `then`, without tags and origin.
    pub(super) fn with<R>(&self, then: impl FnOnce(LogEvent<'_>) -> R) -> R {
        then(LogEvent {
            event_name: "datadog.event",
            time_ns: self.timestamp.and_then(|time| time.checked_mul(1_000_000_000)),
            severity: (severity_number(&self.alert_type), &self.alert_type),
            body: &self.body,
            host: Some(&*self.host).filter(|host| !host.is_empty()),
            tags: &[],
            resource: &[],
            scope: super::SCOPE,
            attributes: &[
                ("datadog.event.title", &self.title),
                ("datadog.event.alert_type", &self.alert_type),
                ("datadog.event.priority", &self.priority),
                ("datadog.event.aggregation_key", &self.aggregation_key),
                ("datadog.event.source_type", &self.source_type),
            ],
        })
    }
}
