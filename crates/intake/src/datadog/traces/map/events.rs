//! Links, events and structured data of a span as typed JSON.

use super::super::msgpack::{Reader, Value, Wrong};
use super::super::span::{Chunk, Event, EventAttributes, Link};
use crate::otlp::map::Tally;
use crate::otlp::map::attributes::{cut, separate};
use crate::otlp::wire::{Slice, WireError};
use hannun_model::limits::{ATTRIBUTES_PER_ITEM_MAX, EVENTS_PER_SPAN_MAX, VALUE_DEPTH_MAX};
use hannun_model::typed_json;

/// Links mark with this bit that they have flags.
const FLAGS_ARE_SET: u32 = 1 << 31;

/// An exception that a span tells of in its tags.
#[derive(Debug, Clone, Copy)]
pub struct Exception<'a> {
    pub time_ns: i64,
    pub exception_type: &'a str,
    pub message: &'a str,
    pub stack: &'a str,
}

/// Begins a list of objects in place of what `out` held.
pub fn begin(out: &mut String) {
    out.clear();
    out.push('[');
}

fn next(out: &mut String) {
    out.push_str(if out.len() > 1 { ",{" } else { "{" });
}

fn entry(out: &mut String, key: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    typed_json::write_key(out, key);
}

fn text_entry(out: &mut String, key: &str, text: &str, tally: &mut Tally) {
    entry(out, key);
    typed_json::write_string(out, cut(text, tally));
}

/// Appends links in their own encoding.
pub fn links(out: &mut String, chunk: &Chunk<'_>, links: &[Link<'_>], tally: &mut Tally) {
    for link in links {
        next(out);
        entry(out, "trace_id");
        out.push('"');
        super::ids::push_hex(out, link.trace_id_high);
        super::ids::push_hex(out, link.trace_id);
        out.push('"');
        entry(out, "span_id");
        out.push('"');
        super::ids::push_hex(out, link.span_id);
        out.push('"');
        if !link.trace_state.is_empty() {
            text_entry(out, "trace_state", link.trace_state, tally);
        }
        let attributes = link.attributes.of(&chunk.link_attributes);
        if !attributes.is_empty() {
            entry(out, "attributes");
            out.push('{');
            for (key, value) in attributes {
                text_entry(out, key, value, tally);
            }
            out.push('}');
        }
        let flags = link.flags & !FLAGS_ARE_SET;
        if flags != 0 {
            entry(out, "flags");
            typed_json::write_int(out, i64::from(flags));
        }
        out.push('}');
    }
}

/// Appends links that stand as JSON in a tag. False, and nothing appended, when they are not.
pub fn links_of_tag(out: &mut String, text: &str, tally: &mut Tally) -> bool {
    let Some(links) = objects(text) else { return false };
    tally.dropped_events += links.len().saturating_sub(EVENTS_PER_SPAN_MAX) as u64;
    for link in links.iter().take(EVENTS_PER_SPAN_MAX) {
        next(out);
        for (key, name) in
            [("trace_id", "trace_id"), ("span_id", "span_id"), ("tracestate", "trace_state")]
        {
            if let Some(text) = link.get(key).and_then(|value| value.as_str()) {
                text_entry(out, name, text, tally);
            }
        }
        if let Some(attributes) = link.get("attributes").filter(|it| it.is_object()) {
            entry(out, "attributes");
            json(out, attributes, 0, tally);
        }
        if let Some(flags) = link.get("flags").and_then(serde_json::Value::as_i64) {
            entry(out, "flags");
            typed_json::write_int(out, flags & !i64::from(FLAGS_ARE_SET));
        }
        out.push('}');
    }
    true
}

/// Appends events that stand as JSON in a tag. False, and nothing appended, when they are not.
pub fn events_of_tag(out: &mut String, text: &str, tally: &mut Tally) -> bool {
    let Some(events) = objects(text) else { return false };
    tally.dropped_events += events.len().saturating_sub(EVENTS_PER_SPAN_MAX) as u64;
    for event in events.iter().take(EVENTS_PER_SPAN_MAX) {
        next(out);
        if let Some(time) = event.get("time_unix_nano").and_then(serde_json::Value::as_i64) {
            entry(out, "time");
            typed_json::write_int(out, time);
        }
        if let Some(name) = event.get("name").and_then(|value| value.as_str()) {
            text_entry(out, "name", name, tally);
        }
        if let Some(attributes) = event.get("attributes").filter(|it| it.is_object()) {
            entry(out, "attributes");
            json(out, attributes, 0, tally);
        }
        out.push('}');
    }
    true
}

fn objects(text: &str) -> Option<Vec<serde_json::Map<String, serde_json::Value>>> {
    if text.len() > hannun_model::limits::ATTRIBUTE_VALUE_BYTES_MAX {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Appends a JSON value as typed JSON.
fn json(out: &mut String, value: &serde_json::Value, depth: usize, tally: &mut Tally) {
    let mut first = true;
    match value {
        serde_json::Value::Null => out.push_str("null"),
        serde_json::Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => typed_json::write_int(out, int),
            (None, double) => typed_json::write_number(out, double.unwrap_or_default()),
        },
        serde_json::Value::String(text) => typed_json::write_string(out, cut(text, tally)),
        _ if depth >= VALUE_DEPTH_MAX => {
            tally.cut_values += 1;
            out.push_str("null");
        }
        serde_json::Value::Array(items) => {
            out.push('[');
            for item in items {
                separate(out, &mut first);
                json(out, item, depth + 1, tally);
            }
            out.push(']');
        }
        serde_json::Value::Object(entries) => {
            out.push('{');
            for (key, item) in entries {
                separate(out, &mut first);
                typed_json::write_key(out, key);
                json(out, item, depth + 1, tally);
            }
            out.push('}');
        }
    }
}

/// Appends events in their own encoding.
pub fn events(
    out: &mut String,
    chunk: &Chunk<'_>,
    events: &[Event<'_>],
    reader: &Reader<'_>,
    tally: &mut Tally,
) -> Result<(), Wrong> {
    for event in events {
        next(out);
        if event.time_ns != 0 {
            entry(out, "time");
            typed_json::write_int(out, event.time_ns as i64);
        }
        text_entry(out, "name", event.name, tally);
        match event.attributes {
            EventAttributes::None => {}
            EventAttributes::Msgpack(at) => {
                entry(out, "attributes");
                msgpack_attributes(out, &mut reader.again_at(at), tally)?;
            }
            EventAttributes::Protobuf(range) => {
                entry(out, "attributes");
                protobuf_attributes(out, range.of(&chunk.event_entries), tally)
                    .map_err(|error| Wrong { offset: error.offset, expected: error.expected })?;
            }
        }
        out.push('}');
    }
    Ok(())
}

/// Appends the exception that tags tell of, as an event.
pub fn exception(out: &mut String, exception: &Exception<'_>, tally: &mut Tally) {
    next(out);
    entry(out, "time");
    typed_json::write_int(out, exception.time_ns);
    entry(out, "name");
    out.push_str("\"exception\"");
    entry(out, "attributes");
    out.push('{');
    for (key, text) in [
        ("exception.type", exception.exception_type),
        ("exception.message", exception.message),
        ("exception.stacktrace", exception.stack),
    ] {
        if !text.is_empty() {
            text_entry(out, key, text, tally);
        }
    }
    out.push_str("}}");
}

fn msgpack_attributes(
    out: &mut String,
    reader: &mut Reader<'_>,
    tally: &mut Tally,
) -> Result<(), Wrong> {
    out.push('{');
    for index in 0..reader.map_length("the attributes of an event, a map")? {
        let key = reader.text("the key of an attribute of an event")?;
        if index >= ATTRIBUTES_PER_ITEM_MAX {
            tally.dropped_attributes += 1;
            reader.skip()?;
            continue;
        }
        entry(out, key);
        typed_value(out, reader, 0, tally)?;
    }
    out.push('}');
    Ok(())
}

/// Appends a value that is a map of its type and of one field that its type names.
fn typed_value(
    out: &mut String,
    reader: &mut Reader<'_>,
    depth: usize,
    tally: &mut Tally,
) -> Result<(), Wrong> {
    if depth > 1 {
        return Err(reader.wrong("an array of scalars"));
    }
    let before = out.len();
    for _ in 0..reader.map_length("a typed value, which is a map")? {
        match reader.text("the name of a field of a value")? {
            // A value has one field; of several the first one counts.
            _ if out.len() > before => reader.skip()?,
            "string_value" => {
                typed_json::write_string(out, cut(reader.text("a text")?, tally));
            }
            "bool_value" => {
                out.push_str(if reader.bool("a boolean")? { "true" } else { "false" });
            }
            "int_value" => typed_json::write_int(out, reader.integer("an integer")?),
            "double_value" => typed_json::write_number(out, reader.double("a double")?),
            "array_value" => {
                out.push('[');
                let mut first = true;
                for _ in 0..reader.map_length("an array_value, which is a map")? {
                    if reader.text("the name of a field of an array")? != "values" {
                        reader.skip()?;
                        continue;
                    }
                    for _ in 0..reader.array_length("the values of an array")? {
                        separate(out, &mut first);
                        typed_value(out, reader, depth + 1, tally)?;
                    }
                }
                out.push(']');
            }
            _ => reader.skip()?,
        }
    }
    if out.len() == before {
        out.push_str("null");
    }
    Ok(())
}

fn protobuf_attributes(
    out: &mut String,
    entries: &[Slice<'_>],
    tally: &mut Tally,
) -> Result<(), WireError> {
    out.push('{');
    for attribute in entries.iter().take(ATTRIBUTES_PER_ITEM_MAX) {
        let (mut key, mut value) = (Slice::default(), Slice::default());
        let mut fields = attribute.fields();
        while let Some(field) = fields.next()? {
            match field.number {
                1 => key = field.slice()?,
                2 => value = field.slice()?,
                _ => {}
            }
        }
        entry(out, &key.text(&mut tally.invalid_strings));
        protobuf_value(out, value, 0, tally)?;
    }
    out.push('}');
    Ok(())
}

/// Appends an `AttributeAnyValue`: type 1, text 2, boolean 3, integer 4, double 5, array 6.
fn protobuf_value(
    out: &mut String,
    message: Slice<'_>,
    depth: usize,
    tally: &mut Tally,
) -> Result<(), WireError> {
    let (mut value_type, mut text, mut int, mut double) = (0, Slice::default(), 0, 0.0);
    let (mut flag, mut array) = (false, Slice::default());
    let mut fields = message.fields();
    while let Some(field) = fields.next()? {
        match field.number {
            1 => value_type = field.int32()?,
            2 => text = field.slice()?,
            3 => flag = field.varint()? != 0,
            4 => int = field.varint()? as i64,
            5 => double = field.double()?,
            6 => array = field.slice()?,
            _ => {}
        }
    }
    match value_type {
        0 => typed_json::write_string(out, cut(&text.text(&mut tally.invalid_strings), tally)),
        1 => out.push_str(if flag { "true" } else { "false" }),
        2 => typed_json::write_int(out, int),
        3 => typed_json::write_number(out, double),
        4 if depth == 0 => {
            out.push('[');
            let mut first = true;
            let mut items = array.fields();
            while let Some(field) = items.next()? {
                if field.number == 1 {
                    separate(out, &mut first);
                    protobuf_value(out, field.slice()?, depth + 1, tally)?;
                }
            }
            out.push(']');
        }
        _ => out.push_str("null"),
    }
    Ok(())
}

/// Appends MessagePack as typed JSON; what is appended is of no use after an error.
pub fn structure(
    out: &mut String,
    reader: &mut Reader<'_>,
    depth: usize,
    tally: &mut Tally,
) -> Result<(), Wrong> {
    let mut first = true;
    match reader.value()? {
        Value::Nil => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        Value::Int(int) => typed_json::write_int(out, int),
        Value::Unsigned(int) => typed_json::write_number(out, int as f64),
        Value::Double(double) => typed_json::write_number(out, double),
        Value::Text(text) => typed_json::write_string(out, cut(text, tally)),
        Value::Binary(bytes) => typed_json::write_bytes(out, bytes),
        Value::Array(_) | Value::Map(_) if depth >= VALUE_DEPTH_MAX => {
            return Err(reader.wrong("values nested less deeply"));
        }
        Value::Array(items) => {
            out.push('[');
            for _ in 0..items {
                separate(out, &mut first);
                structure(out, reader, depth + 1, tally)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for _ in 0..entries {
                separate(out, &mut first);
                match reader.value()? {
                    Value::Text(key) => typed_json::write_key(out, key),
                    Value::Int(key) => typed_json::write_key(out, &key.to_string()),
                    _ => return Err(reader.wrong("a key that is a text")),
                }
                structure(out, reader, depth + 1, tally)?;
            }
            out.push('}');
        }
    }
    Ok(())
}
