//! `/api/v0.2/traces`: what an agent sends to its backend, an `AgentPayload` in protobuf.
//!
//! Fields by number, as
//! <https://github.com/DataDog/datadog-agent/tree/main/pkg/proto/datadog/trace> has them.

use super::map::Mapper;
use super::map::tag::{number_tag, text_tag};
use super::msgpack::{InvalidText, Reader, Wrong};
use super::span::{
    Chunk, Envelope, Event, EventAttributes, Link, Number, Range, Span, Text, push_tag,
};
use super::v04::{Chunks, Malformed};
use crate::otlp::wire::{Slice, WireError};
use hannun_model::limits::{
    ATTRIBUTES_PER_ITEM_MAX, DATADOG_INVALID_TEXTS_MAX, EVENTS_PER_SPAN_MAX,
};

impl From<WireError> for Wrong {
    fn from(error: WireError) -> Self {
        Self { offset: error.offset, expected: error.expected }
    }
}

/// Turns fields into texts.
#[derive(Debug, Default)]
pub struct Texts {
    /// Texts that are not UTF-8 and were read as empty ones.
    pub invalid: Vec<InvalidText>,
}

impl Texts {
    #[inline]
    fn read<'a>(&mut self, slice: Slice<'a>) -> Result<&'a str, Wrong> {
        match std::str::from_utf8(slice.bytes) {
            Ok(text) => Ok(text),
            Err(_) if self.invalid.len() >= DATADOG_INVALID_TEXTS_MAX => {
                Err(Wrong { offset: slice.offset, expected: "texts that are UTF-8" })
            }
            Err(_) => {
                self.invalid.push((slice.offset, slice.bytes.len()));
                Ok("")
            }
        }
    }

    /// An entry of a map of texts.
    #[inline]
    fn entry<'a>(&mut self, message: Slice<'a>) -> Result<(&'a str, &'a str), Wrong> {
        let (key, value) = entry(message)?;
        Ok((self.read(key)?, self.read(value)?))
    }
}

/// Key and value of an entry whose value has a length.
#[inline]
fn entry(message: Slice<'_>) -> Result<(Slice<'_>, Slice<'_>), WireError> {
    let (mut key, mut value) = (Slice::default(), Slice::default());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = field.slice()?,
            2 => value = field.slice()?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// Reads a payload.
pub fn read<'a>(
    bytes: &'a [u8],
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
    mapper: &mut Mapper<'a>,
) -> Result<(), Malformed> {
    let payload = Slice::whole(bytes);
    let agent = agent(payload, texts).map_err(Malformed::outside)?;
    let mut trace = 0;
    let mut fields = payload.fields();
    while let Some(field) = fields.next().map_err(|it| Malformed::outside(it.into()))? {
        if field.number != 5 {
            continue;
        }
        let tracer = field.slice().map_err(|it| Malformed::outside(it.into()))?;
        let envelope = envelope(tracer, &agent, texts).map_err(Malformed::outside)?;
        mapper.set_envelope(envelope);
        read_chunks(tracer, texts, chunk, mapper, &mut trace, bytes)?;
    }
    Ok(())
}

/// What the agent says of itself.
fn agent<'a>(payload: Slice<'a>, texts: &mut Texts) -> Result<Envelope<'a>, Wrong> {
    let mut envelope = Envelope::default();
    let mut fields = payload.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => envelope.host_name = texts.read(field.slice()?)?,
            2 => envelope.environment = texts.read(field.slice()?)?,
            6 => push_tag(&mut envelope.tags, texts.entry(field.slice()?)?),
            // An agent sends these when a tracer speaks a version to it that is not told of here.
            11 => {
                let expected = "tracerPayloads: turn the agent's v1 trace endpoint off";
                return Err(Wrong { offset: field.offset, expected });
            }
            _ => {}
        }
    }
    Ok(envelope)
}

/// What a tracer says of itself, and its agent of both.
fn envelope<'a>(
    tracer: Slice<'a>,
    agent: &Envelope<'a>,
    texts: &mut Texts,
) -> Result<Envelope<'a>, Wrong> {
    let mut envelope = agent.clone();
    let mut fields = tracer.fields();
    while let Some(field) = fields.next()? {
        let text = match field.number {
            1 => &mut envelope.container_id,
            2 => &mut envelope.language,
            3 => &mut envelope.language_version,
            4 => &mut envelope.tracer_version,
            5 => &mut envelope.runtime_id,
            7 => {
                push_tag(&mut envelope.tags, texts.entry(field.slice()?)?);
                continue;
            }
            8 => &mut envelope.environment,
            9 => &mut envelope.host_name,
            10 => &mut envelope.service_version,
            _ => continue,
        };
        let told = texts.read(field.slice()?)?;
        if !told.is_empty() {
            *text = told;
        }
    }
    Ok(envelope)
}

fn read_chunks<'a>(
    tracer: Slice<'a>,
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
    mapper: &mut Mapper<'a>,
    trace: &mut usize,
    bytes: &'a [u8],
) -> Result<(), Malformed> {
    let reader = Reader::new(bytes);
    let mut fields = tracer.fields();
    while let Some(field) = fields.next().map_err(|it| Malformed::outside(it.into()))? {
        if field.number != 6 {
            continue;
        }
        chunk.clear();
        let read = field.slice().map_err(Wrong::from);
        read.and_then(|message| read_chunk(message, texts, chunk))
            .and_then(|()| mapper.chunk(chunk, &reader))
            .map_err(|wrong| Malformed { trace: *trace, span: chunk.spans.len(), wrong })?;
        *trace += 1;
    }
    Ok(())
}

/// A priority that says that nobody decided.
const NO_PRIORITY: i32 = -128;

fn read_chunk<'a>(
    message: Slice<'a>,
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
) -> Result<(), Wrong> {
    // Zero, which proto3 leaves out, is a decision too.
    let mut priority = 0;
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => priority = field.int32()?,
            2 => chunk.origin = texts.read(field.slice()?)?,
            3 => read_span(field.slice()?, texts, chunk)?,
            4 => push_tag(&mut chunk.tags, texts.entry(field.slice()?)?),
            _ => {}
        }
    }
    chunk.priority = (priority != NO_PRIORITY).then_some(i64::from(priority));
    Ok(())
}

fn read_span<'a>(
    message: Slice<'a>,
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
) -> Result<(), Wrong> {
    let mut span = Span::default();
    let (meta, metrics) = (chunk.meta.len(), chunk.metrics.len());
    let (structs, links, events) = (chunk.structs.len(), chunk.links.len(), chunk.events.len());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => span.service = texts.read(field.slice()?)?,
            2 => span.operation = texts.read(field.slice()?)?,
            3 => span.resource = texts.read(field.slice()?)?,
            4 => span.trace_id = field.varint()?,
            5 => span.span_id = field.varint()?,
            6 => span.parent_id = field.varint()?,
            7 => span.start_ns = field.varint()? as i64,
            8 => span.duration_ns = field.varint()? as i64,
            9 => span.error = i64::from(field.int32()?),
            12 => span.span_type = texts.read(field.slice()?)?,
            10 if chunk.meta.len() - meta < ATTRIBUTES_PER_ITEM_MAX => {
                let (key, value) = texts.entry(field.slice()?)?;
                chunk.meta.push(Text { tag: text_tag(key), key, value });
            }
            11 if chunk.metrics.len() - metrics < ATTRIBUTES_PER_ITEM_MAX => {
                chunk.metrics.push(read_metric(field.slice()?, texts)?);
            }
            13 if chunk.structs.len() - structs < ATTRIBUTES_PER_ITEM_MAX => {
                let (key, value) = entry(field.slice()?)?;
                chunk.structs.push((texts.read(key)?, value.bytes));
            }
            10 | 11 | 13 => span.dropped_tags += 1,
            14 if chunk.links.len() - links < EVENTS_PER_SPAN_MAX => {
                let link = read_link(field.slice()?, texts, chunk)?;
                chunk.links.push(link);
            }
            14 => span.dropped_links += 1,
            15 if chunk.events.len() - events < EVENTS_PER_SPAN_MAX => {
                let event = read_event(field.slice()?, texts, chunk)?;
                chunk.events.push(event);
            }
            15 => span.dropped_events += 1,
            _ => {}
        }
        check_room(message, chunk)?;
    }
    check_room(message, chunk)?;
    span.meta = Range::since(meta, &chunk.meta);
    span.metrics = Range::since(metrics, &chunk.metrics);
    span.structs = Range::since(structs, &chunk.structs);
    span.links = Range::since(links, &chunk.links);
    span.events = Range::since(events, &chunk.events);
    chunk.spans.push(span);
    Ok(())
}

/// Refuses a chunk that is too large to be in memory at once.
#[inline]
fn check_room(message: Slice<'_>, chunk: &Chunk<'_>) -> Result<(), Wrong> {
    if chunk.is_full() {
        let expected = "fewer spans and tags in one trace";
        return Err(Wrong { offset: message.offset, expected });
    }
    Ok(())
}

fn read_metric<'a>(message: Slice<'a>, texts: &mut Texts) -> Result<Number<'a>, Wrong> {
    let (mut key, mut value) = ("", 0.0);
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = texts.read(field.slice()?)?,
            2 => value = field.double()?,
            _ => {}
        }
    }
    Ok(Number { tag: number_tag(key), key, value })
}

fn read_link<'a>(
    message: Slice<'a>,
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
) -> Result<Link<'a>, Wrong> {
    let mut link = Link::default();
    let from = chunk.link_attributes.len();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => link.trace_id = field.varint()?,
            2 => link.trace_id_high = field.varint()?,
            3 => link.span_id = field.varint()?,
            4 => {
                let attribute = texts.entry(field.slice()?)?;
                if chunk.link_attributes.len() - from < ATTRIBUTES_PER_ITEM_MAX {
                    chunk.link_attributes.push(attribute);
                }
            }
            5 => link.trace_state = texts.read(field.slice()?)?,
            6 => link.flags = field.uint32()?,
            _ => {}
        }
    }
    link.attributes = Range::since(from, &chunk.link_attributes);
    Ok(link)
}

fn read_event<'a>(
    message: Slice<'a>,
    texts: &mut Texts,
    chunk: &mut Chunk<'a>,
) -> Result<Event<'a>, Wrong> {
    let from = chunk.event_entries.len();
    let (mut time_ns, mut name) = (0, "");
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => time_ns = field.fixed64()?,
            2 => name = texts.read(field.slice()?)?,
            3 => {
                let attribute = field.slice()?;
                if chunk.event_entries.len() - from < ATTRIBUTES_PER_ITEM_MAX {
                    chunk.event_entries.push(attribute);
                }
            }
            _ => {}
        }
    }
    let entries = Range::since(from, &chunk.event_entries);
    let attributes = if chunk.event_entries.len() > from {
        EventAttributes::Protobuf(entries)
    } else {
        EventAttributes::None
    };
    Ok(Event { time_ns, name, attributes })
}
