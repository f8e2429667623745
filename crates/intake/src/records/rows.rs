//! Rows of `logs` from records without a schema.

use super::fields;
use super::find::{Found, Search, Slot};
use super::json::{self, Entries, Json};
use super::severity::{self, Severity};
use super::{text, time};
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::{ItemAttributes, cut, write_json};
use crate::otlp::map::logs::is_meant_for_logs;
use crate::otlp::map::resource::{SharedRow, of_labels};
use crate::otlp::map::{Clock, ItemError, Reject, Rows};
use arrow::error::ArrowError;
use hannun_model::batch::SharedText;
use hannun_model::limits::{
    ATTRIBUTE_VALUE_BYTES_MAX, ATTRIBUTES_PER_ITEM_MAX, LOG_ROWS_BYTES_MAX, ROWS_PER_REQUEST_MAX,
};
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::{Table, logs};
use hannun_model::typed_json;
use std::borrow::Cow;

/// One record as it came.
#[derive(Debug)]
pub enum Record<'a> {
    /// A line of text; it may hold JSON.
    Line(&'a [u8]),
    /// An object, and the text it was read from when there is one.
    Object(Entries<'a>, Option<&'a str>),
}

/// What a protocol says about a record beside the record.
#[derive(Debug, Clone, Default)]
pub struct Hints<'h> {
    /// When it happened. Without it the record is looked through for a time.
    pub time_ns: Option<i64>,
    /// Severity number and text. Without it the record is looked through for one.
    pub severity: Option<Severity>,
    /// Resource attributes with columns, by canonical key: they come before what the record says.
    pub resource: &'h [(&'static str, &'h str)],
    /// The same where the record is silent.
    pub resource_otherwise: &'h [(&'static str, &'h str)],
    /// The scope of a record that names no logger.
    pub scope_otherwise: Option<&'h str>,
    /// Attributes beside those of the record.
    pub attributes: &'h [(Cow<'h, str>, Json<'h>)],
}

/// Collects records as rows.
#[derive(Debug)]
pub struct LogRows {
    rows: Rows,
    attributes: ItemAttributes,
    /// Whether every row so far has a time of its own.
    timed: bool,
    /// Whether one of these times is finer than a second: no other request has that record.
    precise: bool,
    /// Resource attributes of rows that are silent about them, by column.
    otherwise: Vec<(usize, SharedText)>,
    /// Bytes of text in the rows so far.
    bytes: usize,
}

impl LogRows {
    /// No rows yet.
    pub fn new(clock: Clock) -> Self {
        let attributes = ItemAttributes::new(
            item_attributes(Table::Logs),
            logs::ATTRIBUTES,
            logs::COLUMNS.len(),
        );
        Self {
            rows: Rows::new(Table::Logs, clock),
            attributes,
            timed: true,
            precise: false,
            otherwise: Vec::new(),
            bytes: 0,
        }
    }

    /// Makes labels the resource of records to come. Those that mean a service, a host or a pod
    /// come into its column and stay labels.
    pub fn source(&mut self, labels: &[(&str, &str)]) -> SharedRow {
        let mut ranked: Vec<_> = labels
            .iter()
            .map(|(name, text)| {
                (fields::of_label(name).map_or(u8::MAX, |(_, rank)| rank), *name, *text)
            })
            .collect();
        ranked.sort_by_key(|(rank, _, _)| *rank);
        let mut source = of_labels(
            &mut self.rows,
            ranked.iter().map(|(_, name, text)| (*name, *text)),
            |name| fields::of_label(name).map(|(attribute, _)| attribute),
        );
        let says_service = ranked
            .iter()
            .any(|(_, name, _)| fields::of_label(name).is_some_and(|(it, _)| it == "service.name"));
        let fallback = ranked
            .iter()
            .filter_map(|(_, name, text)| Some((fields::service_rank(name)?, *text)))
            .min();
        if let Some((_, text)) = fallback.filter(|_| !says_service) {
            source.share_text(&mut self.rows, logs::SERVICE_NAME, text);
        }
        source
    }

    /// Sets resource attributes, by canonical key, of records to come that are silent about them.
    pub fn share_otherwise(&mut self, resource: &[(&'static str, &str)]) {
        for (attribute, text) in resource.iter().filter(|(_, text)| !text.is_empty()) {
            if let Some(hot) = resource_attributes(Table::Logs).get(attribute) {
                let text = cut(text, &mut self.rows.tally);
                let shared = self.rows.builder.share_text(hot.column, text);
                self.otherwise.push((hot.column, shared));
            }
        }
    }

    /// Why no further record has room; `None` while there is some.
    pub fn full(&self) -> Option<Reject> {
        if self.rows.builder.rows() >= ROWS_PER_REQUEST_MAX {
            return Some(Reject::TooManyItems);
        }
        (self.bytes > LOG_ROWS_BYTES_MAX).then_some(Reject::TooManyBytes)
    }

    /// Adds a record; answers why it was not kept.
    pub fn add(
        &mut self,
        source: Option<&SharedRow>,
        hints: &Hints<'_>,
        record: Record<'_>,
    ) -> Result<(), Reject> {
        if let Some(reason) = self.full() {
            return self.reject(reason);
        }
        self.rows.builder.start_row();
        if let Some(source) = source {
            source.apply(&mut self.rows);
        }
        for (attribute, text) in hints.resource {
            self.set_resource(attribute, text);
        }
        let filled = match record {
            Record::Line(line) => self.fill_line(hints, line),
            Record::Object(object, text) => self.fill_object(hints, object, text),
        };
        match filled {
            Ok(()) => {
                for (attribute, text) in hints.resource_otherwise {
                    self.set_resource(attribute, text);
                }
                for (column, shared) in &self.otherwise {
                    if !self.rows.builder.is_set(*column) {
                        self.rows.builder.set_shared(*shared);
                    }
                }
                Ok(())
            }
            Err(reason) => {
                self.rows.builder.abandon_row();
                self.reject(reason)
            }
        }
    }

    fn reject(&mut self, reason: Reject) -> Result<(), Reject> {
        self.rows.tally.reject(reason);
        Err(reason)
    }

    /// Counts a record that could not be read at all.
    pub fn reject_unread(&mut self, reason: Reject) {
        self.rows.tally.reject(reason);
    }

    /// Counts records that were not read.
    pub fn reject_unread_many(&mut self, reason: Reject, count: u64) {
        self.rows.tally.rejected[reason as usize] += count;
    }

    /// Counts texts that were not UTF-8.
    pub fn count_invalid_strings(&mut self, count: u64) {
        self.rows.tally.invalid_strings += count;
    }

    /// Counts a value that was cut before it came here.
    pub fn count_cut_value(&mut self) {
        self.rows.tally.cut_values += 1;
    }

    /// Makes the batch.
    pub fn finish(self) -> Result<Decoded, ArrowError> {
        Ok(Decoded {
            batch: self.rows.builder.finish()?,
            beside: Vec::new(),
            tally: self.rows.tally,
            identity: if self.timed && self.precise { Identity::Content } else { Identity::Unique },
        })
    }

    fn fill_line(&mut self, hints: &Hints<'_>, line: &[u8]) -> Result<(), Reject> {
        let text = text::of_line(line, &mut self.rows.tally);
        let object = json::read_object(&text).unwrap_or_default();
        self.fill_object(hints, object, Some(&text))
    }

    /// Fills the row from an object; `whole` is the line it was read from, or a line without one.
    fn fill_object(
        &mut self,
        hints: &Hints<'_>,
        object: Entries<'_>,
        whole: Option<&str>,
    ) -> Result<(), Reject> {
        let search = Search {
            clock: self.rows.clock,
            wants_time: hints.time_ns.is_none(),
            wants_severity: hints.severity.is_none(),
            wants_message: true,
        };
        let beside = Search { wants_time: false, wants_message: false, ..search };
        let is_line = object.is_empty();
        let mut found = Found::default();
        found.read(beside, hints.attributes.to_vec());
        found.read(search, object);
        let message = found.message.take().map(Slot::into_text);
        let message = message
            .as_deref()
            .or(whole.filter(|_| is_line))
            .map(|text| text::without_colours(text.trim_end_matches(['\n', '\r'])));
        #[expect(
            clippy::redundant_locals,
            reason = "from here on what is found may also borrow from the message"
        )]
        let mut found = found;
        if let Some(inner) = message.as_deref().and_then(json::read_object) {
            found.read_inner(search, inner);
        }
        let said = found.time_ns.as_ref().map(|slot| slot.value).or_else(|| {
            let time_ns = time::at_beginning(whole.filter(|_| is_line)?)?;
            time::plausible(time_ns, search.clock).then_some(time_ns)
        });
        self.set_time(hints.time_ns.or(said))?;
        let severity = match (&hints.severity, &found.severity, &message) {
            (Some(told), _, _) => Some(told.clone()),
            (None, Some(slot), _) => Some(slot.value.clone()),
            (None, None, Some(message)) => severity::of_line(message),
            (None, None, None) => None,
        };
        self.set_severity(severity.as_ref());
        match (found.message.take().map(Slot::into_text), &message, whole) {
            (Some(inner), _, _) => self.set_body(&text::without_colours(&inner)),
            (None, Some(text), _) => self.set_body(text),
            (None, None, Some(whole)) => self.set_body(whole),
            (None, None, None) => self.set_body_of_rest(&found.attributes)?,
        }
        self.set_trace(&found);
        match (&found.scope, hints.scope_otherwise) {
            (Some(scope), _) => _ = self.set_text(logs::SCOPE_NAME, &scope.text()),
            (None, Some(scope)) => _ = self.set_text(logs::SCOPE_NAME, scope),
            (None, None) => {}
        }
        for (attribute, slot) in std::mem::take(&mut found.resource) {
            if !self.set_resource(attribute, &slot.text()) {
                found.attributes.push(slot.into_entry());
            }
        }
        self.write_attributes(&found.attributes)
    }

    fn set_time(&mut self, time_ns: Option<i64>) -> Result<(), Reject> {
        let Some(time_ns) = time_ns else {
            self.timed = false;
            self.rows.builder.set_int(logs::TIME, self.rows.clock.now_ns);
            self.rows.builder.set_text(logs::TIME_SOURCE, "arrival");
            return Ok(());
        };
        let time = u64::try_from(time_ns).map_err(|_| Reject::TimeOutOfRange)?;
        let time = self.rows.clock.accept(time)?;
        self.precise |= time % 1_000_000_000 != 0;
        self.rows.builder.set_int(logs::TIME, time);
        Ok(())
    }

    fn set_severity(&mut self, severity: Option<&Severity>) {
        let Some(severity) = severity else { return };
        self.rows.builder.set_int(logs::SEVERITY_NUMBER, severity.number);
        self.set_text(logs::SEVERITY_TEXT, &severity.text);
    }

    fn set_trace(&mut self, found: &Found<'_>) {
        let parent = found.trace_parent.as_ref().map(|slot| &slot.value);
        let trace_id = found.trace_id.as_ref().map(|slot| &slot.value);
        let span_id = found.span_id.as_ref().map(|slot| &slot.value);
        if let Some(id) = trace_id.or(parent.map(|(trace_id, _)| trace_id)) {
            self.set_text(logs::TRACE_ID, id);
        }
        if let Some(id) = span_id.or(parent.map(|(_, span_id)| span_id)) {
            self.set_text(logs::SPAN_ID, id);
        }
    }

    fn set_body(&mut self, text: &str) {
        let text = cut(text, &mut self.rows.tally);
        self.bytes += text.len();
        self.rows.builder.set_text(logs::BODY, text);
    }

    /// A record without a message is told by what is in it.
    fn set_body_of_rest(&mut self, rest: &[(Cow<'_, str>, Json<'_>)]) -> Result<(), Reject> {
        let mut typed = String::from("{");
        for (key, value) in rest.iter().take(ATTRIBUTES_PER_ITEM_MAX) {
            if typed.len() > 1 {
                typed.push(',');
            }
            typed_json::write_key(&mut typed, key);
            write_json(&mut typed, value.any(), 1, &mut self.rows.tally).map_err(reject_of)?;
            if typed.len() > ATTRIBUTE_VALUE_BYTES_MAX {
                break;
            }
        }
        typed.push('}');
        self.bytes += typed.len();
        self.rows.builder.set_text(logs::BODY, &typed);
        self.rows.builder.set_text(logs::BODY_TYPE, "json");
        Ok(())
    }

    /// Sets a text column that nothing has set yet.
    fn set_text(&mut self, column: usize, text: &str) -> bool {
        let is_free = !text.is_empty() && !self.rows.builder.is_set(column);
        if is_free {
            let text = cut(text, &mut self.rows.tally);
            self.bytes += text.len();
            self.rows.builder.set_text(column, text);
        }
        is_free
    }

    fn set_resource(&mut self, attribute: &str, text: &str) -> bool {
        let hot = resource_attributes(Table::Logs).get(attribute);
        hot.is_some_and(|hot| self.set_text(hot.column, text))
    }

    fn write_attributes(&mut self, attributes: &[(Cow<'_, str>, Json<'_>)]) -> Result<(), Reject> {
        self.bytes += json::text_bytes(attributes);
        let found = attributes.iter().map(|(key, value)| (&**key, value));
        let dropped = self
            .attributes
            .write_trees(&mut self.rows, found, is_meant_for_logs)
            .map_err(reject_of)?;
        self.rows.set_nonzero(logs::DROPPED_ATTRIBUTES_COUNT, dropped);
        Ok(())
    }
}

fn reject_of(error: ItemError) -> Reject {
    match error {
        ItemError::Rejected(reason) => reason,
        // Trees are not on the wire.
        ItemError::Wire(_) => Reject::TooDeep,
    }
}
