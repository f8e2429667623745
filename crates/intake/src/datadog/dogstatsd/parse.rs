//! Lines of DogStatsD, read in place: nothing is copied and nothing allocated.
//!
//! The format is that of the protocol's versions 1.0 to 1.3
//! (<https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/>):
//!
//! ```text
//! <name>:<value>[:<value>…]|<type>[|@<rate>][|#<tag>,…][|c:<container>][|e:<external>][|card:…][|T<seconds>]
//! _e{<bytes of title>,<bytes of text>}:<title>|<text>[|d:…][|h:…][|k:…][|p:…][|s:…][|t:…][|#…][|c:…]
//! _sc|<name>|<status>[|d:…][|h:…][|#…][|m:…][|c:…]
//! ```
//!
//! Fields may come in any order and unknown ones are passed over. There are no relative gauges: as in
//! Datadog's agent, `+5` is five.

use super::event::Event;
use super::service_check::ServiceCheck;
use hannun_model::limits::{DOGSTATSD_NAME_BYTES_MAX, DOGSTATSD_RATE_MIN, DOGSTATSD_TAGS_MAX};
use memchr::memchr;

/// Why a line was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Neither `name:value|type` nor an event nor a check.
    Format,
    /// The name is empty or longer than the limit.
    Name,
    /// A value is missing or no finite number.
    Value,
    Type,
    /// Not above zero, or above one.
    Rate,
    Timestamp,
    /// More tags than the limit.
    Tags,
    Event,
    ServiceCheck,
    /// The datagram is longer than the limit; its last line is cut.
    Truncated,
}

impl Malformed {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 10] = [
        Self::Format,
        Self::Name,
        Self::Value,
        Self::Type,
        Self::Rate,
        Self::Timestamp,
        Self::Tags,
        Self::Event,
        Self::ServiceCheck,
        Self::Truncated,
    ];

    /// The label of the counter.
    pub fn label(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Name => "name",
            Self::Value => "value",
            Self::Type => "type",
            Self::Rate => "rate",
            Self::Timestamp => "timestamp",
            Self::Tags => "tags",
            Self::Event => "event",
            Self::ServiceCheck => "service_check",
            Self::Truncated => "truncated",
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Message<'a> {
    Metric(Metric<'a>),
    Event(Event<'a>),
    ServiceCheck(ServiceCheck<'a>),
}

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Count,
    Gauge,
    Set,
    /// `ms`: a distribution of milliseconds.
    Timing,
    /// `h`, which Datadog's agent makes a few figures of.
    Histogram,
    Distribution,
}

impl Kind {
    fn read(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"c" => Self::Count,
            b"g" => Self::Gauge,
            b"s" => Self::Set,
            b"ms" => Self::Timing,
            b"h" => Self::Histogram,
            b"d" => Self::Distribution,
            _ => return None,
        })
    }
}

/// Who sent a line, as far as it says itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// After `c:`: `ci-<container id>`, `in-<inode of a cgroup>`, both, or a container id alone.
    pub local_data: &'a [u8],
    /// After `e:`: what an admission controller said, `it-<init>,cn-<container>,pu-<pod uid>`.
    pub external_data: &'a [u8],
}

impl<'a> Origin<'a> {
    /// Takes a field when it is one of the origin's.
    pub(super) fn take(&mut self, field: &'a [u8]) -> bool {
        if let Some(data) = field.strip_prefix(b"c:") {
            self.local_data = data;
        } else if let Some(data) = field.strip_prefix(b"e:") {
            self.external_data = data;
        } else {
            return false;
        }
        true
    }
}

/// Values of one metric with what they share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric<'a> {
    pub name: &'a [u8],
    pub kind: Kind,
    /// All values as they came; of a set, the member.
    pub raw_values: &'a [u8],
    first: f64,
    /// The values after the first.
    more: &'a [u8],
    /// Above zero, at most one.
    pub rate: f64,
    /// Divided by commas.
    pub tags: &'a [u8],
    pub origin: Origin<'a>,
    /// Seconds since 1970. Such a value is not to be aggregated.
    pub timestamp: Option<i64>,
}

impl Metric<'_> {
    /// The numbers; of a set there are none.
    #[inline]
    pub fn values(&self) -> impl Iterator<Item = f64> {
        let first = (self.kind != Kind::Set).then_some(self.first);
        first.into_iter().chain(numbers(self.more).flatten())
    }

    /// How many values there are; a set has one member.
    #[inline]
    pub fn count(&self) -> u64 {
        1 + pieces(self.more).count() as u64
    }
}

/// The lines of a datagram.
pub fn lines(datagram: &[u8]) -> impl Iterator<Item = &[u8]> {
    datagram.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.is_empty()).then_some(line)
    })
}

/// The tags of a list.
#[inline]
pub fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|tag| !tag.is_empty())
}

/// Reads a line.
#[inline]
pub fn parse(line: &[u8]) -> Result<Message<'_>, Malformed> {
    if line.first() == Some(&b'_') {
        if let Some(rest) = line.strip_prefix(b"_e{") {
            return Event::read(rest).map(Message::Event).ok_or(Malformed::Event);
        }
        if let Some(rest) = line.strip_prefix(b"_sc|") {
            let check = ServiceCheck::read(rest).map(Message::ServiceCheck);
            return check.ok_or(Malformed::ServiceCheck);
        }
    }
    metric(line).map(Message::Metric)
}

fn metric(line: &[u8]) -> Result<Metric<'_>, Malformed> {
    let (head, fields) = cut_at(line, b'|').ok_or(Malformed::Format)?;
    let (name, raw_values) = cut_at(head, b':').ok_or(Malformed::Format)?;
    if name.is_empty() || name.len() > DOGSTATSD_NAME_BYTES_MAX {
        return Err(Malformed::Name);
    }
    let (kind, mut rest) = match cut_at(fields, b'|') {
        Some((kind, rest)) => (kind, Some(rest)),
        None => (fields, None),
    };
    let kind = Kind::read(kind).ok_or(Malformed::Type)?;
    let (first, more) = read_values(kind, raw_values)?;
    let (rate, origin) = (1.0, Origin::default());
    let mut metric =
        Metric { name, kind, raw_values, first, more, rate, tags: b"", origin, timestamp: None };
    while let Some(fields) = rest {
        let field;
        (field, rest) = match cut_at(fields, b'|') {
            Some((field, after)) => (field, Some(after)),
            None => (fields, None),
        };
        match field {
            [b'#', list @ ..] => metric.tags = list,
            [b'@', rate @ ..] => {
                let rate = number(rate).filter(|rate| (DOGSTATSD_RATE_MIN..=1.0).contains(rate));
                metric.rate = rate.ok_or(Malformed::Rate)?;
            }
            [b'T', seconds @ ..] => {
                let seconds = whole(seconds).filter(|seconds| *seconds > 0);
                metric.timestamp = Some(seconds.ok_or(Malformed::Timestamp)?);
            }
            // `card:` tells an agent how many tags of the container to add; there are none here.
            _ => _ = metric.origin.take(field),
        }
    }
    check_tags(metric.tags)?;
    Ok(metric)
}

/// The first value and what follows it; every value is a number from here on.
fn read_values(kind: Kind, raw: &[u8]) -> Result<(f64, &[u8]), Malformed> {
    if kind == Kind::Set {
        // The member is all of it, colons too.
        return if raw.is_empty() { Err(Malformed::Value) } else { Ok((0.0, b"")) };
    }
    // `21::22` has two values, and `:21` one.
    let start = raw.iter().position(|byte| *byte != b':').unwrap_or(raw.len());
    let (first, more) = cut_at(&raw[start..], b':').unwrap_or((&raw[start..], b""));
    let first = number(first).ok_or(Malformed::Value)?;
    if numbers(more).any(|number| number.is_none()) {
        return Err(Malformed::Value);
    }
    Ok((first, more))
}

fn numbers(list: &[u8]) -> impl Iterator<Item = Option<f64>> {
    pieces(list).map(number)
}

fn pieces(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b':').filter(|text| !text.is_empty())
}

/// More tags than one row may have are a mistake of the sender.
pub(super) fn check_tags(list: &[u8]) -> Result<(), Malformed> {
    // Each takes two bytes at least.
    let are_few = list.len() < DOGSTATSD_TAGS_MAX
        || memchr::memchr_iter(b',', list).count() < DOGSTATSD_TAGS_MAX;
    if are_few { Ok(()) } else { Err(Malformed::Tags) }
}

/// What stands before and after the first of these bytes.
#[inline]
pub(super) fn cut_at(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr(byte, text)?;
    Some((&text[..at], &text[at + 1..]))
}

/// A finite number.
#[inline]
fn number(text: &[u8]) -> Option<f64> {
    // Fifteen digits are exact.
    if (1..=15).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) {
        let digits = text.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Some(digits as f64);
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// A whole number.
pub(super) fn whole(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
