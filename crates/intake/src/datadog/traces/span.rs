//! Spans of a chunk as they stand on the wire: every field borrows from the request, and the lists
//! of all spans of a chunk share buffers that are used again for the next chunk.
//!
//! A chunk must be read whole before its spans become rows: the upper half of their trace id, their
//! language and what was decided about keeping them stand in one of them, which need not be the first.

use super::map::tag::{NumberTag, TextTag};
use crate::otlp::wire::Slice;
use hannun_model::limits::{ATTRIBUTES_PER_RESOURCE_MAX, DATADOG_CHUNK_ITEMS_MAX};

/// A range of one of the shared buffers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    from: u32,
    to: u32,
}

impl Range {
    /// What was added to a list since it had `from` items.
    pub fn since<T>(from: usize, list: &[T]) -> Self {
        // Lists are bounded far below 4 billion.
        Self { from: from as u32, to: list.len() as u32 }
    }

    /// The part of the list.
    #[inline]
    pub fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.from as usize..self.to as usize).unwrap_or_default()
    }
}

/// A tag whose value is a text.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    pub tag: TextTag,
    pub key: &'a str,
    pub value: &'a str,
}

/// A tag whose value is a number.
#[derive(Debug, Clone, Copy)]
pub struct Number<'a> {
    pub tag: NumberTag,
    pub key: &'a str,
    pub value: f64,
}

/// One span.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    pub service: &'a str,
    /// The operation, such as `flask.request`.
    pub operation: &'a str,
    pub resource: &'a str,
    pub span_type: &'a str,
    /// The lower half.
    pub trace_id: u64,
    pub span_id: u64,
    /// Zero for a root.
    pub parent_id: u64,
    /// Nanoseconds since 1970.
    pub start_ns: i64,
    pub duration_ns: i64,
    pub error: i64,
    pub meta: Range,
    pub metrics: Range,
    pub structs: Range,
    pub links: Range,
    pub events: Range,
    /// Tags that a limit dropped.
    pub dropped_tags: u32,
    /// Links and events that a limit dropped.
    pub dropped_links: u32,
    pub dropped_events: u32,
}

/// A link of a span.
#[derive(Debug, Clone, Copy, Default)]
pub struct Link<'a> {
    pub trace_id: u64,
    pub trace_id_high: u64,
    pub span_id: u64,
    pub trace_state: &'a str,
    pub flags: u32,
    pub attributes: Range,
}

/// An event of a span.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    pub time_ns: u64,
    pub name: &'a str,
    pub attributes: EventAttributes,
}

/// Attributes of an event, still on the wire.
#[derive(Debug, Clone, Copy)]
pub enum EventAttributes {
    None,
    /// A map, at this byte of the payload.
    Msgpack(usize),
    /// Entries of a protobuf map, by their range among those of the chunk.
    Protobuf(Range),
}

/// Spans of one trace that came together.
#[derive(Debug, Default)]
pub struct Chunk<'a> {
    pub spans: Vec<Span<'a>>,
    pub meta: Vec<Text<'a>>,
    pub metrics: Vec<Number<'a>>,
    /// Values of `meta_struct`, each MessagePack of its own.
    pub structs: Vec<(&'a str, &'a [u8])>,
    pub links: Vec<Link<'a>>,
    pub link_attributes: Vec<(&'a str, &'a str)>,
    pub events: Vec<Event<'a>>,
    /// Entries of protobuf maps of event attributes.
    pub event_entries: Vec<Slice<'a>>,
    /// Said of the chunk as a whole.
    pub tags: Vec<(&'a str, &'a str)>,
    pub priority: Option<i64>,
    pub origin: &'a str,
}

/// A span without a tag takes as much room as so many tags.
const SPAN_ITEMS: usize = 5;

impl Chunk<'_> {
    /// Whether there is no room for more.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.items() > DATADOG_CHUNK_ITEMS_MAX
    }

    /// Makes room for the next chunk.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.meta.clear();
        self.metrics.clear();
        self.structs.clear();
        self.links.clear();
        self.link_attributes.clear();
        self.events.clear();
        self.event_entries.clear();
        self.tags.clear();
        self.priority = None;
        self.origin = "";
    }

    /// Items of all lists: what the buffers grow by.
    #[inline]
    pub fn items(&self) -> usize {
        SPAN_ITEMS * self.spans.len()
            + self.meta.len()
            + self.metrics.len()
            + self.structs.len()
            + self.links.len()
            + self.link_attributes.len()
            + self.events.len()
            + self.event_entries.len()
            + self.tags.len()
    }
}

/// What a payload says of all its chunks.
#[derive(Debug, Clone, Default)]
pub struct Envelope<'a> {
    pub container_id: &'a str,
    pub language: &'a str,
    pub language_version: &'a str,
    pub tracer_version: &'a str,
    pub runtime_id: &'a str,
    pub environment: &'a str,
    pub host_name: &'a str,
    pub service_version: &'a str,
    pub tags: Vec<(&'a str, &'a str)>,
}

/// Tags of all spans of a payload or a chunk; what is past the limit is left out, as each is looked
/// at for each of them.
pub fn push_tag<'a>(tags: &mut Vec<(&'a str, &'a str)>, tag: (&'a str, &'a str)) {
    if tags.len() < ATTRIBUTES_PER_RESOURCE_MAX {
        tags.push(tag);
    }
}
