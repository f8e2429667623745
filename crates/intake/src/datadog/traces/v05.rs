//! `/v0.5/traces`: a table of strings, then chunks of spans that name their texts by index.
//!
//! A span is an array of twelve: service, name, resource, trace id, span id, parent id, start,
//! duration, error, meta, metrics, type
//! (<https://github.com/DataDog/datadog-agent/blob/main/pkg/trace/api/version.go>).

use super::map::tag::{NumberTag, TextTag, number_tag, text_tag};
use super::msgpack::{Reader, Wrong};
use super::span::{Chunk, Number, Range, Span, Text};
use super::v04::{Chunks, Malformed, check_room};
use hannun_model::limits::{ATTRIBUTES_PER_ITEM_MAX, DATADOG_STRINGS_MAX};

/// Fields of a span.
const FIELDS: usize = 12;

/// A string of the table and what it means as the key of a tag, worked out once.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    text: &'a str,
    as_text: TextTag,
    as_number: NumberTag,
}

/// The table of strings.
#[derive(Debug)]
struct Table<'a>(Vec<Entry<'a>>);

impl<'a> Table<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Wrong> {
        let length = reader.array_length("an array of strings")?;
        if length > DATADOG_STRINGS_MAX {
            return Err(reader.wrong("fewer strings: have the payload flushed in parts"));
        }
        let mut entries = Vec::with_capacity(length);
        for _ in 0..length {
            let text = reader.text("a string of the table, which is a text")?;
            entries.push(Entry { text, as_text: text_tag(text), as_number: number_tag(text) });
        }
        Ok(Self(entries))
    }

    #[inline]
    fn entry(&self, reader: &mut Reader<'a>, expected: &'static str) -> Result<&Entry<'a>, Wrong> {
        let offset = reader.position();
        let index = usize::try_from(reader.integer(expected)?).unwrap_or(usize::MAX);
        let outside = Wrong { offset, expected: "the index of a string that is in the table" };
        self.0.get(index).ok_or(outside)
    }

    #[inline]
    fn text(&self, reader: &mut Reader<'a>, expected: &'static str) -> Result<&'a str, Wrong> {
        Ok(self.entry(reader, expected)?.text)
    }
}

/// Reads a payload.
pub fn read<'a>(
    reader: &mut Reader<'a>,
    chunk: &mut Chunk<'a>,
    chunks: &mut impl Chunks<'a>,
) -> Result<(), Malformed> {
    let table = head(reader).map_err(Malformed::outside)?;
    let traces = reader.array_length("an array of traces").map_err(Malformed::outside)?;
    for trace in 0..traces {
        chunk.clear();
        let spans = reader.array_length("an array of spans").map_err(|wrong| Malformed {
            trace,
            span: 0,
            wrong,
        })?;
        for span in 0..spans {
            read_span(reader, &table, chunk).map_err(|wrong| Malformed { trace, span, wrong })?;
        }
        chunks.chunk(chunk, reader).map_err(|wrong| Malformed { trace, span: 0, wrong })?;
    }
    reader.end().map_err(|wrong| Malformed { trace: traces, span: 0, wrong })
}

fn head<'a>(reader: &mut Reader<'a>) -> Result<Table<'a>, Wrong> {
    const EXPECTED: &str = "an array of two: strings and traces";
    if reader.array_length(EXPECTED)? != 2 {
        return Err(Wrong { offset: 0, expected: EXPECTED });
    }
    Table::read(reader)
}

fn read_span<'a>(
    reader: &mut Reader<'a>,
    table: &Table<'a>,
    chunk: &mut Chunk<'a>,
) -> Result<(), Wrong> {
    const EXPECTED: &str = "a span, which is an array of 12";
    let offset = reader.position();
    if reader.array_length(EXPECTED)? != FIELDS {
        return Err(Wrong { offset, expected: EXPECTED });
    }
    let mut span = Span {
        service: table.text(reader, "the index of the service")?,
        operation: table.text(reader, "the index of the name")?,
        resource: table.text(reader, "the index of the resource")?,
        trace_id: reader.integer_bits("the trace id, an integer")?,
        span_id: reader.integer_bits("the span id, an integer")?,
        parent_id: reader.integer_bits("the parent id, an integer")?,
        start_ns: reader.integer("the start, an integer")?,
        duration_ns: reader.integer("the duration, an integer")?,
        error: reader.integer("the error, an integer")?,
        ..Span::default()
    };
    read_meta(reader, table, chunk, &mut span)?;
    read_metrics(reader, table, chunk, &mut span)?;
    span.span_type = table.text(reader, "the index of the type")?;
    check_room(reader, chunk)?;
    chunk.spans.push(span);
    Ok(())
}

fn read_meta<'a>(
    reader: &mut Reader<'a>,
    table: &Table<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.meta.len();
    for index in 0..reader.map_length("meta, a map of indices")? {
        let key = table.entry(reader, "the index of the key of a tag")?;
        let value = table.text(reader, "the index of the value of a tag")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.meta.push(Text { tag: key.as_text, key: key.text, value });
        } else {
            span.dropped_tags += 1;
        }
    }
    span.meta = Range::since(from, &chunk.meta);
    Ok(())
}

fn read_metrics<'a>(
    reader: &mut Reader<'a>,
    table: &Table<'a>,
    chunk: &mut Chunk<'a>,
    span: &mut Span<'a>,
) -> Result<(), Wrong> {
    let from = chunk.metrics.len();
    for index in 0..reader.map_length("metrics, a map of indices and numbers")? {
        let key = table.entry(reader, "the index of the key of a tag")?;
        let value = reader.double("the value of a tag in metrics, which is a number")?;
        if index < ATTRIBUTES_PER_ITEM_MAX {
            chunk.metrics.push(Number { tag: key.as_number, key: key.text, value });
        } else {
            span.dropped_tags += 1;
        }
    }
    span.metrics = Range::since(from, &chunk.metrics);
    Ok(())
}
