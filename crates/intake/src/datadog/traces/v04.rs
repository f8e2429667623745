//! `/v0.3/traces` and `/v0.4/traces`: an array of chunks, each an array of spans, each a map.
//!
//! Fields by name, as <https://github.com/DataDog/datadog-agent/blob/main/pkg/proto/datadog/trace/span.proto>
//! tags them; those that are not known are passed over.

use super::map::tag::{number_tag, text_tag};
use super::msgpack::{Reader, Wrong};
use super::span::{Chunk, Event, EventAttributes, Link, Number, Range, Span, Text};
use hannun_model::limits::{ATTRIBUTES_PER_ITEM_MAX, EVENTS_PER_SPAN_MAX};

/// Where in a payload something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed payload: trace {trace}, span {span}: {wrong}")]
pub struct Malformed {
    pub trace: usize,
    pub span: usize,
    pub wrong: Wrong,
}

impl Malformed {
    /// Something between the traces.
    pub fn outside(wrong: Wrong) -> Self {
        Self { trace: 0, span: 0, wrong }
    }
}

/// What is done with each chunk.
pub trait Chunks<'a> {
    /// Makes rows of a chunk. What is wrong in parts that were left unread is told.
    fn chunk(&mut self, chunk: &Chunk<'a>, reader: &Reader<'a>) -> Result<(), Wrong>;
}

/// Reads a payload.
pub fn read<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    chunks: &mut impl Chunks<'a>,
) -> Result<(), Malformed> {
    let traces = reader.array_length("an array of traces").map_err(Malformed::outside)?;
    for trace in 0..traces {
        chunk.clear();
        let spans = reader.array_length("an array of spans").map_err(|wrong| Malformed {
            trace,
            span: 0,
            wrong,
        })?;
        for span in 0..spans {
            read_span(reader, chunk).map_err(|wrong| Malformed { trace, span, wrong })?;
        }
        chunks.chunk(chunk, reader).map_err(|wrong| Malformed { trace, span: 0, wrong })?;
    }
    reader.end().map_err(|wrong| Malformed { trace: traces, span: 0, wrong })
}

/// Reads one span into its chunk.
pub fn read_span<'a>(reader: &mut Reader<'a>, chunk: &mut Chunk<'a>) -> Result<(), Wrong> {
    let mut span = Span::default();
    for _ in 0..reader.map_length("a span, which is a map")? {
        match reader.text("the name of a field of a span")? {
            "service" => span.service = reader.text("the service, which is a text")?,
            "name" => span.operation = reader.text("the name, which is a text")?,
            "resource" => span.resource = reader.text("the resource, which is a text")?,
            "type" => span.span_type = reader.text("the type, which is a text")?,
            "trace_id" => span.trace_id = reader.integer_bits("the trace_id, an integer")?,
            "span_id" => span.span_id = reader.integer_bits("the span_id, an integer")?,
            "parent_id" => span.parent_id = reader.integer_bits("the parent_id, an integer")?,
            "start" => span.start_ns = reader.integer("the start, an integer")?,
            "duration" => span.duration_ns = reader.integer("the duration, an integer")?,
            "error" => span.error = reader.integer("the error, an integer")?,
            "meta" => read_meta(reader, chunk, &mut span)?,
            "metrics" => read_metrics(reader, chunk, &mut span)?,
            "meta_struct" => read_structs(reader, chunk, &mut span)?,
            "span_links" => read_links(reader, chunk, &mut span)?,
            "span_events" => read_events(reader, chunk, &mut span)?,
            _ => reader.skip()?,
        }
        // A field may come again and again.
        check_room(reader, chunk)?;
    }
    check_room(reader, chunk)?;
    chunk.spans.push(span);
    Ok(())
}

/// Refuses a chunk that is too large to be in memory at once.
#[inline]
pub fn check_room(reader: &Reader<'_>, chunk: &Chunk<'_>) -> Result<(), Wrong> {
    if chunk.is_full() {
        return Err(reader.wrong("fewer spans and tags in one trace: have it flushed in parts"));
    }
    Ok(())
}

fn read_meta<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.meta.len();
    for index in 0..reader.map_length("meta, a map of texts")? {
        let key = reader.text("the key of a tag, which is a text")?;
        let value = reader.text("the value of a tag in meta, which is a text")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.meta.push(Text { tag: text_tag(key), key, value });
        } else {
            span.dropped_tags += 1;
        }
    }
    span.meta = Range::since(from, &chunk.meta);
    Ok(())
}

fn read_metrics<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.metrics.len();
    for index in 0..reader.map_length("metrics, a map of numbers")? {
        let key = reader.text("the key of a tag, which is a text")?;
        let value = reader.double("the value of a tag in metrics, which is a number")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.metrics.push(Number { tag: number_tag(key), key, value });
        } else {
            span.dropped_tags += 1;
        }
    }
    span.metrics = Range::since(from, &chunk.metrics);
    Ok(())
}

fn read_structs<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.structs.len();
    for index in 0..reader.map_length("meta_struct, a map of bytes")? {
        let key = reader.text("the key of a meta_struct, which is a text")?;
        let value = reader.binary("the value of a meta_struct, which is bytes")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.structs.push((key, value));
        } else {
            span.dropped_tags += 1;
        }
    }
    span.structs = Range::since(from, &chunk.structs);
    Ok(())
}

fn read_links<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.links.len();
    for index in 0..reader.array_length("span_links, an array")? {
        let mut link = Link::default();
        for _ in 0..reader.map_length("a span link, which is a map")? {
            match reader.text("the name of a field of a link")? {
                "trace_id" => link.trace_id = reader.integer_bits("the trace_id of a link")?,
                "trace_id_high" => {
                    link.trace_id_high = reader.integer_bits("the trace_id_high of a link")?;
                }
                "span_id" => link.span_id = reader.integer_bits("the span_id of a link")?,
                "tracestate" => link.trace_state = reader.text("the tracestate of a link")?,
                "flags" => link.flags = reader.integer_bits("the flags of a link")? as u32,
                "attributes" => link.attributes = read_link_attributes(reader, chunk)?,
                _ => reader.skip()?,
            }
            check_room(reader, chunk)?;
        }
        if index < EVENTS_PER_SPAN_MAX {
            chunk.links.push(link);
        } else {
            span.dropped_links += 1;
        }
    }
    span.links = Range::since(from, &chunk.links);
    Ok(())
}

fn read_link_attributes<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
) -> Result<Range, Wrong> {
    let from = chunk.link_attributes.len();
    for index in 0..reader.map_length("the attributes of a link, a map of texts")? {
        let key = reader.text("the key of an attribute of a link")?;
        let value = reader.text("the value of an attribute of a link, which is a text")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.link_attributes.push((key, value));
        }
    }
    Ok(Range::since(from, &chunk.link_attributes))
}

fn read_events<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.events.len();
    for index in 0..reader.array_length("span_events, an array")? {
        let mut event = Event { time_ns: 0, name: "", attributes: EventAttributes::None };
        for _ in 0..reader.map_length("a span event, which is a map")? {
            match reader.text("the name of a field of an event")? {
                "time_unix_nano" => event.time_ns = reader.integer_bits("the time of an event")?,
                "name" => event.name = reader.text("the name of an event, which is a text")?,
                "attributes" => {
                    event.attributes = EventAttributes::Msgpack(reader.position());
                    // The texts in it are looked at now, so that all are repaired at once.
                    reader.skip_checked()?;
                }
                _ => reader.skip()?,
            }
        }
        if index < EVENTS_PER_SPAN_MAX {
            chunk.events.push(event);
        } else {
            span.dropped_events += 1;
        }
    }
    span.events = Range::since(from, &chunk.events);
    Ok(())
}
