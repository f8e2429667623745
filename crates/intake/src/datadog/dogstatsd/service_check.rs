//! Service checks: `_sc|name|status|…`.

use super::log_rows::LogEvent;
use super::parse::{Origin, check_tags, cut_at, whole as whole_number};
use std::borrow::Cow;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl CheckStatus {
    /// By its number, 0 to 3.
    pub fn of(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Ok,
            1 => Self::Warning,
            2 => Self::Critical,
            3 => Self::Unknown,
            _ => return None,
        })
    }

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }

    /// Severity number (OpenTelemetry's).
    pub fn severity_number(self) -> i64 {
        match self {
            Self::Ok => 9,
            Self::Warning | Self::Unknown => 13,
            Self::Critical => 17,
        }
    }
}

/// A check as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceCheck<'a> {
    pub name: &'a [u8],
    pub status: CheckStatus,
    /// Seconds since 1970.
    pub timestamp: Option<i64>,
    pub host: &'a [u8],
    pub message: &'a [u8],
    pub tags: &'a [u8],
    pub origin: Origin<'a>,
}

impl<'a> ServiceCheck<'a> {
    /// Reads what follows `_sc|`.
    pub(super) fn read(rest: &'a [u8]) -> Option<Self> {
        let (name, rest) = cut_at(rest, b'|')?;
        let (status, mut rest) = match cut_at(rest, b'|') {
            Some((status, rest)) => (status, rest),
            None => (rest, &b""[..]),
        };
        let status = CheckStatus::of(whole_number(status)?)?;
        let (message, origin) = (&b""[..], Origin::default());
        let mut check =
            Self { name, status, timestamp: None, host: b"", message, tags: b"", origin };
        // The message, when it is the last thing that was read.
        let mut message_start = None;
        while !rest.is_empty() {
            let whole = rest;
            let field;
            (field, rest) = cut_at(rest, b'|').unwrap_or((rest, b""));
            let before = message_start.take();
            match field {
                [b'd', b':', value @ ..] => {
                    check.timestamp = whole_number(value).filter(|time| *time > 0);
                }
                [b'h', b':', value @ ..] => check.host = value,
                [b'm', b':', value @ ..] => {
                    check.message = value;
                    message_start = Some(&whole[2..]);
                }
                [b'#', value @ ..] => check.tags = value,
                [b'c', b'a', b'r', b'd', b':', ..] => {}
                _ if check.origin.take(field) => {}
                // A message may have bars of its own.
                _ => {
                    if let Some(message) = before {
                        check.message = &message[..message.len() - whole.len() + field.len()];
                        message_start = before;
                    }
                }
            }
        }
        check_tags(check.tags).ok()?;
        (!name.is_empty()).then_some(check)
    }
}

/// Texts of a check, readable.
#[derive(Debug)]
pub(super) struct CheckTexts<'a> {
    pub(super) name: Cow<'a, str>,
    body: String,
    pub(super) host: Cow<'a, str>,
    status: CheckStatus,
    timestamp: Option<i64>,
}

impl<'a> CheckTexts<'a> {
    pub(super) fn of(check: &ServiceCheck<'a>) -> Self {
        let name = String::from_utf8_lossy(check.name);
        // How clients write line breaks, and what would begin a message again.
        let message = String::from_utf8_lossy(check.message);
        let message = message.replace("\\n", "\n").replace("m\\:", "m:");
        let body = match message.as_str() {
            "" => format!("{name} is {}", check.status.name()),
            _ => message,
        };
        Self {
            name,
            body,
            host: String::from_utf8_lossy(check.host),
            status: check.status,
            timestamp: check.timestamp,
        }
    }

    /// The time that the sender said, in nanoseconds.
    pub(super) fn time_ns(&self) -> Option<i64> {
        self.timestamp.and_then(|time| time.checked_mul(1_000_000_000))
    }

    /// Hands the row of the check to `then`, without tags and origin.
    pub(super) fn with<R>(&self, then: impl FnOnce(LogEvent<'_>) -> R) -> R {
        then(LogEvent {
            event_name: "datadog.service_check",
            time_ns: self.time_ns(),
            severity: (self.status.severity_number(), self.status.name()),
            body: &self.body,
            host: Some(&*self.host).filter(|host| !host.is_empty()),
            tags: &[],
            resource: &[],
            scope: super::SCOPE,
            attributes: &[
                ("datadog.service_check.name", &self.name),
                ("datadog.service_check.status", self.status.name()),
            ],
        })
    }
}
