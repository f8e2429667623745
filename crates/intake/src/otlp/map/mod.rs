//! OTLP messages to rows: the envelope that the three signals share, and what is counted on the way.

pub mod attributes;
pub mod logs;
mod metric_parts;
pub mod metrics;
pub mod resource;
pub mod traces;

use super::wire::{Slice, WireError};
use hannun_model::batch::BatchBuilder;
use hannun_model::limits::{FUTURE_SECONDS_MAX, ROWS_PER_REQUEST_MAX};
use hannun_model::table::Table;
use resource::SharedRow;

/// Why one item of a request was not kept while the others were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    NoTime,
    TimeOutOfRange,
    Future,
    OlderThanRetention,
    TooDeep,
    TooManyBuckets,
    TooManyItems,
    TooManyBytes,
    Malformed,
}

impl Reject {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 9] = [
        Self::NoTime,
        Self::TimeOutOfRange,
        Self::Future,
        Self::OlderThanRetention,
        Self::TooDeep,
        Self::TooManyBuckets,
        Self::TooManyItems,
        Self::TooManyBytes,
        Self::Malformed,
    ];

    /// The label of the counter.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoTime => "no_time",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::Future => "future",
            Self::OlderThanRetention => "older_than_retention",
            Self::TooDeep => "too_deep",
            Self::TooManyBuckets => "too_many_buckets",
            Self::TooManyItems => "too_many_items",
            Self::TooManyBytes => "too_many_bytes",
            Self::Malformed => "malformed",
        }
    }

    /// What the sender is told.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::NoTime => "without a time",
            Self::TimeOutOfRange => "with a time after the year 2262",
            Self::Future => "too far in the future",
            Self::OlderThanRetention => "older than the retention",
            Self::TooDeep => "with values nested too deeply",
            Self::TooManyBuckets => "with too many buckets or quantiles",
            Self::TooManyItems => "past the limit of items in one request",
            Self::TooManyBytes => "past the limit of bytes of the rows of one request",
            Self::Malformed => "malformed",
        }
    }
}

/// What happened to the parts of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items by [`Reject::ALL`].
    pub rejected: [u64; Reject::ALL.len()],
    /// Strings that were not UTF-8; what was wrong in them was replaced.
    pub invalid_strings: u64,
    /// Attributes dropped by a limit.
    pub dropped_attributes: u64,
    /// Events, links and exemplars dropped by a limit.
    pub dropped_events: u64,
    /// Values cut to the limit of their length.
    pub cut_values: u64,
}

impl Tally {
    /// Counts a rejected item.
    pub fn reject(&mut self, reason: Reject) {
        self.rejected[reason as usize] += 1;
    }

    /// Rejected items, whatever the reason.
    pub fn rejected_items(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// Reasons and counts in a sentence; `None` when everything was kept.
    pub fn rejection_message(&self) -> Option<String> {
        let parts: Vec<String> = Reject::ALL
            .iter()
            .zip(self.rejected)
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| format!("{count} {}", reason.explanation()))
            .collect();
        (!parts.is_empty()).then(|| format!("rejected: {}", parts.join(", ")))
    }
}

/// Why an item was not mapped.
#[derive(Debug)]
pub enum ItemError {
    /// The whole request is broken.
    Wire(WireError),
    /// Only this item is left out.
    Rejected(Reject),
}

impl From<WireError> for ItemError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// The time of arrival and the times that are accepted.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Nanoseconds since 1970.
    pub now_ns: i64,
    /// Older items are rejected.
    pub oldest_ns: i64,
}

impl Clock {
    /// The time of an item, when it may be kept.
    pub fn accept(&self, time: u64) -> Result<i64, Reject> {
        let time = in_range(time)?;
        if time == 0 {
            return Err(Reject::NoTime);
        }
        if time > self.now_ns.saturating_add(FUTURE_SECONDS_MAX * 1_000_000_000) {
            return Err(Reject::Future);
        }
        if time < self.oldest_ns {
            return Err(Reject::OlderThanRetention);
        }
        Ok(time)
    }
}

/// A time that the columns can hold.
pub fn in_range(time: u64) -> Result<i64, Reject> {
    i64::try_from(time).map_err(|_| Reject::TimeOutOfRange)
}

/// The rows made so far.
#[derive(Debug)]
pub struct Rows {
    pub builder: BatchBuilder,
    pub tally: Tally,
    pub clock: Clock,
}

impl Rows {
    /// No rows yet.
    pub fn new(table: Table, clock: Clock) -> Self {
        Self { builder: BatchBuilder::new(table), tally: Tally::default(), clock }
    }

    /// Begins a row, lets `fill` set its columns and takes it back when it is rejected.
    pub fn add(
        &mut self,
        fill: impl FnOnce(&mut Self) -> Result<(), ItemError>,
    ) -> Result<(), WireError> {
        if self.builder.rows() >= ROWS_PER_REQUEST_MAX {
            self.tally.reject(Reject::TooManyItems);
            return Ok(());
        }
        self.builder.start_row();
        match fill(self) {
            Ok(()) => Ok(()),
            Err(ItemError::Rejected(reason)) => {
                self.builder.abandon_row();
                self.tally.reject(reason);
                Ok(())
            }
            Err(ItemError::Wire(error)) => Err(error),
        }
    }

    /// Sets a text column unless the text is empty: proto3 cannot tell empty from absent.
    #[inline]
    pub fn set_text(&mut self, column: usize, text: Slice<'_>) {
        if !text.is_empty() {
            let text = text.text(&mut self.tally.invalid_strings);
            self.builder.set_text(column, attributes::cut(&text, &mut self.tally));
        }
    }

    /// Sets an id column as lower-case hex unless the id is empty.
    #[inline]
    pub fn set_id(&mut self, column: usize, id: Slice<'_>) {
        if !id.is_empty() {
            HexText::new(id.bytes).with(|text| self.builder.set_text(column, text));
        }
    }

    /// Sets a count or flags column unless it is zero.
    #[inline]
    pub fn set_nonzero(&mut self, column: usize, value: u64) {
        if value != 0 {
            self.builder.set_int(column, value as i64);
        }
    }
}

/// Hex of an id, on the stack when it has the length of a trace id or less.
struct HexText<'a> {
    bytes: &'a [u8],
}

impl<'a> HexText<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    #[inline]
    fn with(self, then: impl FnOnce(&str)) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut buffer = [0_u8; 32];
        if self.bytes.len() <= 16 {
            for (pair, byte) in buffer.chunks_exact_mut(2).zip(self.bytes) {
                pair[0] = DIGITS[usize::from(byte >> 4)];
                pair[1] = DIGITS[usize::from(byte & 15)];
            }
            if let Ok(text) = std::str::from_utf8(&buffer[..self.bytes.len() * 2]) {
                then(text);
            }
            return;
        }
        let mut text = String::with_capacity(self.bytes.len() * 2);
        hannun_model::value::write_hex(&mut text, self.bytes);
        then(&text);
    }
}

/// Maps the items of one signal.
pub trait ItemMapper<'a> {
    /// Maps one span, log record or metric.
    fn map(
        &mut self,
        rows: &mut Rows,
        resource: &SharedRow,
        scope: &SharedRow,
        item: Slice<'a>,
    ) -> Result<(), WireError>;
}

/// The three parts that `Resource*` and `Scope*` messages of every signal share by number.
#[derive(Debug, Default)]
struct Envelope<'a> {
    /// Field 1: the resource or scope.
    head: Option<Slice<'a>>,
    /// Field 3.
    schema_url: Slice<'a>,
}

impl<'a> Envelope<'a> {
    /// Looks ahead: senders put the items between the two.
    fn read(message: Slice<'a>) -> Result<Self, WireError> {
        let mut envelope = Self::default();
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => envelope.head = Some(field.slice()?),
                3 => envelope.schema_url = field.slice()?,
                _ => {}
            }
        }
        Ok(envelope)
    }
}

/// Walks an export request: resources (field 1), their scopes (2), their items (2).
pub fn walk<'a>(
    message: Slice<'a>,
    rows: &mut Rows,
    mapper: &mut impl ItemMapper<'a>,
) -> Result<(), WireError> {
    let mut requests = message.fields();
    while let Some(field) = requests.next()? {
        if field.number != 1 {
            continue;
        }
        let by_resource = field.slice()?;
        let envelope = Envelope::read(by_resource)?;
        let resource = resource::resource(rows, envelope.head, envelope.schema_url)?;
        let mut scopes = by_resource.fields();
        while let Some(field) = scopes.next()? {
            if field.number == 2 {
                walk_scope(field.slice()?, rows, &resource, mapper)?;
            }
        }
    }
    Ok(())
}

fn walk_scope<'a>(
    by_scope: Slice<'a>,
    rows: &mut Rows,
    resource: &SharedRow,
    mapper: &mut impl ItemMapper<'a>,
) -> Result<(), WireError> {
    let envelope = Envelope::read(by_scope)?;
    let scope = resource::scope(rows, envelope.head, envelope.schema_url)?;
    let mut items = by_scope.fields();
    while let Some(field) = items.next()? {
        if field.number == 2 {
            mapper.map(rows, resource, &scope, field.slice()?)?;
        }
    }
    Ok(())
}
