//! Messages to rows of `logs`: the record is the record, the tag an attribute.

use super::wire::{EventTime, PackError, Reader};
use crate::budget::Hold;
use crate::compression::{Encoding, inflate};
use crate::door::{Decoded, Identity};
use crate::otlp::map::{Clock, Reject};
use crate::records::json::{Entries, Json};
use crate::records::time::plausible;
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use hannun_model::limits::{FLUENT_MESSAGE_BYTES_MAX, LOG_LABEL_BYTES_MAX};
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

/// Whether a message holds its entries compressed; one that does is kept by itself.
pub fn is_compressed(message: &[u8]) -> bool {
    let mut reader = Reader::new(message);
    let items = reader.array().unwrap_or(0);
    let is_packed = reader.bytes().is_ok() && reader.is_text_next() && reader.skip().is_ok();
    let options = if is_packed && items > 2 { reader.map(&mut 0) } else { Ok(Vec::new()) };
    options.is_ok_and(|options| text_option(&options, "compressed").is_some_and(|it| it != "text"))
}

/// Maps messages that stand one after another, from their event number `first` on until the rows
/// are full. Answers the number of the event to go on with.
pub fn map(
    messages: &[u8],
    identity: Identity,
    first: u64,
    hold: &mut Hold,
    clock: Clock,
) -> Result<(Decoded, Option<u64>), Refusal> {
    let mut mapping =
        Mapping { rows: LogRows::new(clock), clock, invalid: 0, seen: 0, first, next: None };
    let mut reader = Reader::new(messages);
    while !reader.is_at_end() && mapping.next.is_none() {
        let mut message = reader;
        reader.skip().map_err(malformed)?;
        match mapping.message(&mut message, hold) {
            Ok(()) => {}
            // The others are not at fault, and sent again it would be no better.
            Err(Refusal::Malformed(_)) => mapping.rows.reject_unread(Reject::Malformed),
            Err(refusal) => return Err(refusal),
        }
    }
    mapping.rows.count_invalid_strings(mapping.invalid);
    let decoded = mapping.rows.finish();
    let mut decoded = decoded.map_err(|error| Refusal::Internal(error.to_string()))?;
    decoded.identity = identity;
    Ok((decoded, mapping.next))
}

fn malformed(error: PackError) -> Refusal {
    Refusal::Malformed(error.to_string())
}

/// A part of the events of some messages on their way to rows.
struct Mapping {
    rows: LogRows,
    clock: Clock,
    invalid: u64,
    /// Events passed so far.
    seen: u64,
    /// Events that are kept already.
    first: u64,
    /// The first event that found no room.
    next: Option<u64>,
}

impl Mapping {
    fn message(&mut self, reader: &mut Reader<'_>, hold: &mut Hold) -> Result<(), Refusal> {
        let items = reader.array().map_err(malformed)?;
        if !(2..=4).contains(&items) {
            return Err(malformed(PackError::Expected("a message of 2 to 4 items")));
        }
        let tag = reader.text(&mut self.invalid).map_err(malformed)?;
        let tag_end = tag.floor_char_boundary(LOG_LABEL_BYTES_MAX);
        if tag_end < tag.len() {
            self.rows.count_cut_value();
        }
        let tag = &tag[..tag_end];
        if reader.is_text_next() {
            let packed = reader.bytes().map_err(malformed)?;
            let mut options = Vec::new();
            for _ in 2..items {
                options = reader.map(&mut self.invalid).map_err(malformed)?;
            }
            let unpacked;
            let entries = match text_option(&options, "compressed") {
                None | Some("text") => packed,
                Some("gzip") => {
                    unpacked = unpack(Encoding::Gzip, packed, hold)?;
                    &unpacked
                }
                Some("zstd") => {
                    unpacked = unpack(Encoding::Zstd, packed, hold)?;
                    &unpacked
                }
                Some(_) => return Err(Refusal::Unsupported("unknown compression".to_owned())),
            };
            let mut entries = Reader::new(entries);
            while !entries.is_at_end() && self.next.is_none() {
                self.entry(&mut entries, tag, true).map_err(malformed)?;
            }
        } else if is_entries_next(*reader) {
            let count = reader.array().map_err(malformed)?;
            for _ in 0..count {
                if self.next.is_some() {
                    break;
                }
                self.entry(reader, tag, true).map_err(malformed)?;
            }
        } else {
            self.entry(reader, tag, false).map_err(malformed)?;
        }
        Ok(())
    }

    /// Maps one event, `[time, record]` or the two of them bare. One that is malformed is stepped
    /// over; the error is that its end cannot be found.
    fn entry(
        &mut self,
        reader: &mut Reader<'_>,
        tag: &str,
        is_array: bool,
    ) -> Result<(), PackError> {
        let mut event = *reader;
        reader.skip()?;
        if !is_array {
            reader.skip()?;
        }
        if self.seen >= self.first {
            if self.rows.full().is_some() {
                self.next = Some(self.seen);
                return Ok(());
            }
            let is_event = !is_array || event.array() == Ok(2);
            if !is_event || self.event(&mut event, tag).is_err() {
                self.rows.reject_unread(Reject::Malformed);
            }
        }
        self.seen += 1;
        Ok(())
    }

    fn event(&mut self, reader: &mut Reader<'_>, tag: &str) -> Result<(), PackError> {
        let EventTime { time_ns, metadata } = reader.event_time(&mut self.invalid)?;
        let record = reader.map(&mut self.invalid)?;
        let mut attributes = vec![(Cow::Borrowed(TAG_ATTRIBUTE), Json::text(tag))];
        attributes.extend(metadata);
        let time_ns = time_ns.filter(|time_ns| plausible(*time_ns, self.clock));
        let hints = Hints { time_ns, attributes: &attributes, ..Hints::default() };
        // What was not kept is in the tally.
        let _ = self.rows.add(None, &hints, Record::Object(record, None));
        Ok(())
    }
}

/// Decompresses to no more than the budget could ever give: a sender that is asked to try again
/// would do so for ever.
fn unpack(encoding: Encoding, packed: &[u8], hold: &mut Hold) -> Result<Vec<u8>, Refusal> {
    let limit_bytes = FLUENT_MESSAGE_BYTES_MAX.min(hold.bytes_to_limit());
    inflate(encoding, packed, limit_bytes, hold)
}
