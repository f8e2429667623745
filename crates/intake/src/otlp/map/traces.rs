//! Spans to rows of `spans`.

use super::super::wire::{Slice, WireError};
use super::attributes::{ItemAttributes, separate, write_json_object};
use super::resource::SharedRow;
use super::{ItemError, ItemMapper, Rows, Tally};
use hannun_model::limits::EVENTS_PER_SPAN_MAX;
use hannun_model::semconv::{Applies, item_attributes};
use hannun_model::table::{Table, spans};
use hannun_model::typed_json;

/// Maps spans; keeps its buffers between them.
#[derive(Debug)]
pub struct SpanMapper<'a> {
    attributes: ItemAttributes,
    json: String,
    span: Span<'a>,
}

/// A span whose parts are still on the wire.
#[derive(Debug, Default)]
struct Span<'a> {
    trace_id: Slice<'a>,
    span_id: Slice<'a>,
    parent_span_id: Slice<'a>,
    trace_state: Slice<'a>,
    name: Slice<'a>,
    kind: i32,
    start_time: u64,
    end_time: u64,
    flags: u32,
    dropped_attributes: u32,
    dropped_events: u32,
    dropped_links: u32,
    status: Option<Slice<'a>>,
    attributes: Vec<Slice<'a>>,
    events: Vec<Slice<'a>>,
    links: Vec<Slice<'a>>,
}

impl<'a> Span<'a> {
    /// Reads a span in place of the last one.
    fn read(&mut self, message: Slice<'a>) -> Result<(), WireError> {
        let lists = [&mut self.attributes, &mut self.events, &mut self.links];
        let [attributes, events, links] = lists.map(|list| {
            list.clear();
            std::mem::take(list)
        });
        *self = Self { attributes, events, links, ..Self::default() };
        let mut fields = message.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.trace_id = field.slice()?,
                2 => self.span_id = field.slice()?,
                3 => self.trace_state = field.slice()?,
                4 => self.parent_span_id = field.slice()?,
                5 => self.name = field.slice()?,
                6 => self.kind = field.int32()?,
                7 => self.start_time = field.fixed64()?,
                8 => self.end_time = field.fixed64()?,
                9 => self.attributes.push(field.slice()?),
                10 => self.dropped_attributes = field.uint32()?,
                11 => self.events.push(field.slice()?),
                12 => self.dropped_events = field.uint32()?,
                13 => self.links.push(field.slice()?),
                14 => self.dropped_links = field.uint32()?,
                15 => self.status = Some(field.slice()?),
                16 => self.flags = field.fixed32()?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Default for SpanMapper<'_> {
    fn default() -> Self {
        let attributes = ItemAttributes::new(
            item_attributes(Table::Spans),
            spans::ATTRIBUTES,
            spans::COLUMNS.len(),
        );
        Self { attributes, json: String::new(), span: Span::default() }
    }
}

impl<'a> ItemMapper<'a> for SpanMapper<'a> {
    fn map(
        &mut self,
        rows: &mut Rows,
        resource: &SharedRow,
        scope: &SharedRow,
        item: Slice<'a>,
    ) -> Result<(), WireError> {
        self.span.read(item)?;
        rows.add(|rows| {
            let start_time =
                rows.clock.accept(self.span.start_time).map_err(ItemError::Rejected)?;
            resource.apply(rows);
            scope.apply(rows);
            rows.builder.set_int(spans::START_TIME, start_time);
            self.fill_head(rows)?;
            self.fill_attributes(rows)?;
            self.fill_events(rows)?;
            self.fill_links(rows)
        })
    }
}

impl SpanMapper<'_> {
    fn fill_head(&self, rows: &mut Rows) -> Result<(), WireError> {
        let span = &self.span;
        rows.set_id(spans::TRACE_ID, span.trace_id);
        rows.set_id(spans::SPAN_ID, span.span_id);
        rows.set_id(spans::PARENT_SPAN_ID, span.parent_span_id);
        rows.set_text(spans::TRACE_STATE, span.trace_state);
        rows.set_text(spans::NAME, span.name);
        rows.set_nonzero(spans::FLAGS, u64::from(span.flags));
        // Wrapping keeps every end time, even one that the sender left out.
        let duration = span.end_time.wrapping_sub(span.start_time) as i64;
        rows.builder.set_int(spans::DURATION, duration);
        match span.kind {
            0 => {}
            1 => rows.builder.set_text(spans::KIND, "internal"),
            2 => rows.builder.set_text(spans::KIND, "server"),
            3 => rows.builder.set_text(spans::KIND, "client"),
            4 => rows.builder.set_text(spans::KIND, "producer"),
            5 => rows.builder.set_text(spans::KIND, "consumer"),
            number => rows.builder.set_text(spans::KIND, &number.to_string()),
        }
        fill_status(rows, span.status)
    }

    fn fill_attributes(&mut self, rows: &mut Rows) -> Result<(), ItemError> {
        let kind = self.span.kind;
        let past_limit =
            self.attributes.write(rows, &self.span.attributes, |applies| match applies {
                Applies::Always => true,
                Applies::ToClients => kind == 3 || kind == 4,
                Applies::ToServers => kind == 2 || kind == 5,
            })?;
        let dropped = u64::from(self.span.dropped_attributes) + past_limit;
        rows.set_nonzero(spans::DROPPED_ATTRIBUTES_COUNT, dropped);
        Ok(())
    }

    fn fill_events(&mut self, rows: &mut Rows) -> Result<(), ItemError> {
        let kept = self.span.events.len().min(EVENTS_PER_SPAN_MAX);
        let past_limit = (self.span.events.len() - kept) as u64;
        rows.tally.dropped_events += past_limit;
        rows.set_nonzero(
            spans::DROPPED_EVENTS_COUNT,
            u64::from(self.span.dropped_events) + past_limit,
        );
        write_list(&mut self.json, &self.span.events[..kept], &mut rows.tally, write_event)?;
        if kept > 0 {
            rows.builder.set_text(spans::EVENTS, &self.json);
        }
        Ok(())
    }

    fn fill_links(&mut self, rows: &mut Rows) -> Result<(), ItemError> {
        let kept = self.span.links.len().min(EVENTS_PER_SPAN_MAX);
        let past_limit = (self.span.links.len() - kept) as u64;
        rows.tally.dropped_events += past_limit;
        rows.set_nonzero(
            spans::DROPPED_LINKS_COUNT,
            u64::from(self.span.dropped_links) + past_limit,
        );
        write_list(&mut self.json, &self.span.links[..kept], &mut rows.tally, write_link)?;
        if kept > 0 {
            rows.builder.set_text(spans::LINKS, &self.json);
        }
        Ok(())
    }
}

fn fill_status(rows: &mut Rows, status: Option<Slice<'_>>) -> Result<(), WireError> {
    let Some(status) = status else {
        rows.builder.set_bool(spans::STATUS_ABSENT, true);
        return Ok(());
    };
    let (mut code, mut message) = (0, Slice::default());
    let mut fields = status.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            2 => message = field.slice()?,
            3 => code = field.int32()?,
            _ => {}
        }
    }
    rows.set_text(spans::STATUS_MESSAGE, message);
    match code {
        0 => {}
        1 => rows.builder.set_text(spans::STATUS_CODE, "ok"),
        2 => rows.builder.set_text(spans::STATUS_CODE, "error"),
        number => rows.builder.set_text(spans::STATUS_CODE, &number.to_string()),
    }
    Ok(())
}

/// Writes messages as a JSON array in place of what `out` held.
pub fn write_list<'a>(
    out: &mut String,
    messages: &[Slice<'a>],
    tally: &mut Tally,
    write: impl Fn(&mut JsonObject<'_>, Slice<'a>, &mut Tally) -> Result<(), ItemError>,
) -> Result<(), ItemError> {
    out.clear();
    out.push('[');
    let mut first = true;
    for message in messages {
        separate(out, &mut first);
        out.push('{');
        write(&mut JsonObject { out, first: true }, *message, tally)?;
        out.push('}');
    }
    out.push(']');
    Ok(())
}

/// An object with fixed keys that leaves out what proto3 cannot tell from absent.
pub struct JsonObject<'o> {
    out: &'o mut String,
    first: bool,
}

impl JsonObject<'_> {
    /// Begins an entry and answers where its value goes.
    pub fn key(&mut self, key: &str) -> &mut String {
        separate(self.out, &mut self.first);
        typed_json::write_key(self.out, key);
        self.out
    }

    /// A time or count. Times past the year 2262 are kept as the negative number of the same bits.
    pub fn nonzero(&mut self, key: &str, value: u64) {
        if value != 0 {
            typed_json::write_int(self.key(key), value as i64);
        }
    }

    /// An id as hex.
    pub fn id(&mut self, key: &str, id: Slice<'_>) {
        if !id.is_empty() {
            let out = self.key(key);
            out.push('"');
            hannun_model::value::write_hex(out, id.bytes);
            out.push('"');
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str, text: Slice<'_>, tally: &mut Tally) {
        if !text.is_empty() {
            let text = text.text(&mut tally.invalid_strings);
            typed_json::write_string(self.key(key), super::attributes::cut(&text, tally));
        }
    }

    /// Attributes and how many of them were dropped, by the sender and by a limit.
    pub fn attributes(
        &mut self,
        attributes: &[Slice<'_>],
        dropped: Option<u32>,
        tally: &mut Tally,
    ) -> Result<(), ItemError> {
        let mut past_limit = 0;
        if !attributes.is_empty() {
            past_limit = write_json_object(self.key("attributes"), attributes, tally)?;
        }
        if let Some(dropped) = dropped {
            self.nonzero("dropped_attributes_count", u64::from(dropped) + past_limit);
        }
        Ok(())
    }
}

fn write_event(
    object: &mut JsonObject<'_>,
    message: Slice<'_>,
    tally: &mut Tally,
) -> Result<(), ItemError> {
    let (mut time, mut name, mut dropped) = (0, Slice::default(), 0);
    let mut attributes = Vec::new();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => time = field.fixed64()?,
            2 => name = field.slice()?,
            3 => attributes.push(field.slice()?),
            4 => dropped = field.uint32()?,
            _ => {}
        }
    }
    object.nonzero("time", time);
    object.text("name", name, tally);
    object.attributes(&attributes, Some(dropped), tally)
}

fn write_link(
    object: &mut JsonObject<'_>,
    message: Slice<'_>,
    tally: &mut Tally,
) -> Result<(), ItemError> {
    let (mut trace_id, mut span_id) = (Slice::default(), Slice::default());
    let (mut trace_state, mut dropped, mut flags) = (Slice::default(), 0, 0);
    let mut attributes = Vec::new();
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace_id = field.slice()?,
            2 => span_id = field.slice()?,
            3 => trace_state = field.slice()?,
            4 => attributes.push(field.slice()?),
            5 => dropped = field.uint32()?,
            6 => flags = field.fixed32()?,
            _ => {}
        }
    }
    object.id("trace_id", trace_id);
    object.id("span_id", span_id);
    object.text("trace_state", trace_state, tally);
    object.attributes(&attributes, Some(dropped), tally)?;
    object.nonzero("flags", u64::from(flags));
    Ok(())
}
