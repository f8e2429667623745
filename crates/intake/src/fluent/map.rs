//! Messages to rows of `logs`: the record is the record, the tag an attribute.

use super::wire::{EventTime, PackError, Reader};
use crate::budget::Hold;
use crate::compression::{Encoding, inflate};
use crate::door::{Decoded, Identity};
use crate::otlp::map::Clock;
use crate::records::json::{Entries, Json};
use crate::records::time::plausible;
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use hannun_model::limits::FLUENT_MESSAGE_BYTES_MAX;
use std::borrow::Cow;

/// Attribute that holds the tag of an event.
pub const TAG_ATTRIBUTE: &str = "fluent.tag";

/// The chunk of a message that wants to be acknowledged.
pub fn chunk_of(message: &[u8]) -> Result<Option<String>, PackError> {
    let mut ignored = 0;
    let mut reader = Reader::new(message);
    let items = reader.array()?;
    // The last item of one event is its record.
    if items == 3 && is_message_mode(message) {
        return Ok(None);
    }
    let mut options = Vec::new();
    for index in 0..items {
        // Tag, then entries, or time and record; the options are the last.
        let is_last = index + 1 == items;
        match (index, is_last) {
            (0, _) => drop(reader.bytes()?),
            (2.., true) => match reader.any(&mut ignored) {
                Ok(Json::Object(entries)) => options = entries,
                _ => return Ok(None),
            },
            _ => reader.skip()?,
        }
    }
    Ok(text_option(&options, "chunk").map(str::to_owned))
}

/// Whether a message is one event: its second item is a time, which no list of entries is.
fn is_message_mode(message: &[u8]) -> bool {
    let mut reader = Reader::new(message);
    let second = reader.array().and_then(|_| reader.bytes());
    second.is_ok() && !reader.is_text_next() && !is_entries_next(reader)
}

/// `[[time, record], …]`, but not the `[time, metadata]` that newer senders write as a time.
fn is_entries_next(mut reader: Reader<'_>) -> bool {
    if !reader.is_array_next() {
        return false;
    }
    match reader.array() {
        Ok(0) => true,
        Ok(_) => reader.is_array_next(),
        Err(_) => false,
    }
}

fn text_option<'o>(options: &'o Entries<'_>, name: &str) -> Option<&'o str> {
    options.iter().find(|(key, _)| key == name)?.1.as_text()
}

/// Maps messages that stand one after another.
pub fn map(
    messages: &[u8],
    identity: Identity,
    hold: &mut Hold,
    clock: Clock,
) -> Result<(Decoded, ()), Refusal> {
    let mut rows = LogRows::new(clock);
    let mut reader = Reader::new(messages);
    while !reader.is_at_end() {
        map_message(&mut reader, &mut rows, hold, clock)?;
    }
    let mut decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    decoded.identity = identity;
    Ok((decoded, ()))
}

fn malformed(error: PackError) -> Refusal {
    Refusal::Malformed(error.to_string())
}

fn map_message(
    reader: &mut Reader<'_>,
    rows: &mut LogRows,
    hold: &mut Hold,
    clock: Clock,
) -> Result<(), Refusal> {
    let mut invalid = 0;
    let items = reader.array().map_err(malformed)?;
    if !(2..=4).contains(&items) {
        return Err(malformed(PackError::Expected("a message of 2 to 4 items")));
    }
    let tag = reader.text(&mut invalid).map_err(malformed)?;
    if reader.is_text_next() {
        let packed = reader.bytes().map_err(malformed)?;
        let mut options = Vec::new();
        for _ in 2..items {
            options = reader.map(&mut invalid).map_err(malformed)?;
        }
        let unpacked;
        let entries = match text_option(&options, "compressed") {
            None | Some("text") => packed,
            Some("gzip") => {
                unpacked = inflate(Encoding::Gzip, packed, FLUENT_MESSAGE_BYTES_MAX, hold)?;
                &unpacked
            }
            Some("zstd") => {
                unpacked = inflate(Encoding::Zstd, packed, FLUENT_MESSAGE_BYTES_MAX, hold)?;
                &unpacked
            }
            Some(_) => return Err(Refusal::Unsupported("unknown compression".to_owned())),
        };
        let mut entries = Reader::new(entries);
        while !entries.is_at_end() {
            map_entry(&mut entries, &tag, rows, &mut invalid, clock).map_err(malformed)?;
        }
    } else if is_entries_next(*reader) {
        let count = reader.array().map_err(malformed)?;
        for _ in 0..count {
            map_entry(reader, &tag, rows, &mut invalid, clock).map_err(malformed)?;
        }
        for _ in 2..items {
            reader.skip().map_err(malformed)?;
        }
    } else {
        map_event(reader, &tag, rows, &mut invalid, clock).map_err(malformed)?;
        for _ in 3..items {
            reader.skip().map_err(malformed)?;
        }
    }
    rows.count_invalid_strings(invalid);
    Ok(())
}

fn map_entry(
    reader: &mut Reader<'_>,
    tag: &str,
    rows: &mut LogRows,
    invalid: &mut u64,
    clock: Clock,
) -> Result<(), PackError> {
    match reader.array()? {
        2 => map_event(reader, tag, rows, invalid, clock),
        _ => Err(PackError::Expected("[time, record]")),
    }
}

fn map_event(
    reader: &mut Reader<'_>,
    tag: &str,
    rows: &mut LogRows,
    invalid: &mut u64,
    clock: Clock,
) -> Result<(), PackError> {
    let EventTime { time_ns, metadata } = reader.event_time(invalid)?;
    let record = reader.map(invalid)?;
    let mut attributes = vec![(Cow::Borrowed(TAG_ATTRIBUTE), Json::text(tag))];
    attributes.extend(metadata);
    let time_ns = time_ns.filter(|time_ns| plausible(*time_ns, clock));
    let hints = Hints { time_ns, attributes: &attributes, ..Hints::default() };
    // What was not kept is in the tally.
    let _ = rows.add(None, &hints, Record::Object(record, None));
    Ok(())
}
