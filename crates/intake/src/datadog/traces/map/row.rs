//! One span to one row.

use super::super::msgpack::{Reader, Wrong};
use super::super::span::{Chunk, Envelope, Span};
use super::chunk::ChunkFacts;
use super::describe::{Described, Kind};
use super::events::{self, Exception};
use super::ids::with_hex;
use super::queries::Queries;
use super::query::{Dialect, without_values};
use super::resource::EnvelopeTags;
use super::tag::{Known, KnownNumber, KnownNumbers, KnownTexts, NumberTag, TextTag};
use super::{Request, Target};
use crate::otlp::map::attributes::cut;
use hannun_model::limits::{
    ATTRIBUTE_KEY_BYTES_MAX, DATADOG_ROWS_BYTES_MAX, DATADOG_SPAN_TEXT_FREE_BYTES,
};
use hannun_model::semconv::Applies;
use hannun_model::table::spans;
use hannun_model::{typed_json, value};

/// Buffers that are used again for every span.
#[derive(Debug, Default)]
pub(super) struct Scratch<'a> {
    texts: KnownTexts<'a>,
    name: String,
    json: String,
}

/// A span and all that its row is made of.
pub(super) struct Row<'r, 'a> {
    pub target: &'r mut Target<'a>,
    pub scratch: &'r mut Scratch<'a>,
    pub queries: &'r mut Queries<'a>,
    pub request: &'a Request,
    pub envelope: &'r Envelope<'a>,
    pub tags: &'r EnvelopeTags<'a>,
    pub chunk: &'r Chunk<'a>,
    pub facts: &'r ChunkFacts<'a>,
    pub reader: &'r Reader<'a>,
    pub span: &'r Span<'a>,
}

impl<'a> Row<'_, 'a> {
    /// Sets all columns of the current row.
    pub(super) fn fill(&mut self, start_time: i64) -> Result<(), Wrong> {
        let numbers = self.look();
        self.count_long_texts();
        let described = self.described();
        let kind = described.kind();
        let is_counted_elsewhere = self.is_counted_elsewhere(&numbers);
        self.fill_head(start_time, kind);
        if is_counted_elsewhere {
            self.target.rows.builder.set_float(spans::ADJUSTED_COUNT, 0.0);
        }
        self.fill_resource(&described, kind);
        self.fill_name(&described, kind);
        self.fill_http(&described, kind, &numbers, is_counted_elsewhere);
        self.fill_calls(&described, kind, &numbers, is_counted_elsewhere);
        if self.target.counts_only {
            return self.fill_links();
        }
        self.fill_tags(kind);
        self.fill_structs();
        self.fill_links()?;
        self.fill_errors()?;
        let dropped = u64::from(self.span.dropped_tags);
        self.target.rows.tally.dropped_attributes += dropped;
        self.target.rows.set_nonzero(spans::DROPPED_ATTRIBUTES_COUNT, dropped);
        Ok(())
    }

    /// Looks at the tags that are worked out together.
    fn look(&mut self) -> KnownNumbers {
        self.scratch.texts.clear();
        for text in self.span.meta.of(&self.chunk.meta) {
            if let TextTag::Known(known) = text.tag {
                self.scratch.texts.keep(known, text.value);
            }
        }
        let mut numbers = KnownNumbers::default();
        for number in self.span.metrics.of(&self.chunk.metrics) {
            if let NumberTag::Known(known) = number.tag {
                numbers.keep(known, number.value);
            }
        }
        numbers
    }

    /// Counts texts that several things are read from as if they were stored, when they are long:
    /// a payload may name one text for every span, of which each might store next to nothing.
    fn count_long_texts(&mut self) {
        let span = self.span;
        let own = [span.service, span.operation, span.resource, span.span_type];
        let bytes = own.map(str::len).iter().sum::<usize>() + self.scratch.texts.bytes();
        if bytes > DATADOG_SPAN_TEXT_FREE_BYTES {
            self.target.bytes += bytes;
        }
    }

    /// A text that is worked out together with others.
    pub(super) fn text(&self, known: Known) -> &'a str {
        self.scratch.texts.get(known)
    }

    fn described(&self) -> Described<'a> {
        let span = self.span;
        let texts = &self.scratch.texts;
        let path = texts.get(Known::GrpcPath);
        let (grpc_service, grpc_method) =
            path.trim_start_matches('/').rsplit_once('/').unwrap_or_default();
        let or = |first: &'a str, second: &'a str| if first.is_empty() { second } else { first };
        Described {
            service: span.service,
            base_service: or(texts.get(Known::BaseService), texts.get(Known::Service)),
            operation: span.operation,
            resource: span.resource,
            span_type: span.span_type,
            span_kind: texts.get(Known::SpanKind),
            http_method: texts.get(Known::HttpMethod),
            http_route: texts.get(Known::HttpRoute),
            db_system: texts.first(&[Known::DbSystem, Known::DbType]),
            db_name: texts.first(&[Known::DbName, Known::DbInstance]),
            host: texts.first(&[
                Known::HostDestination,
                Known::HostOut,
                Known::HostPeer,
                Known::HostServer,
            ]),
            peer_service: texts.get(Known::PeerService),
            messaging_system: texts.get(Known::MessagingSystem),
            messaging_destination: texts.get(Known::MessagingDestination),
            rpc_system: texts.get(Known::RpcSystem),
            rpc_service: or(texts.get(Known::RpcService), grpc_service),
            rpc_method: or(texts.get(Known::RpcMethod), grpc_method),
        }
    }

    /// Whether statistics of the client count the span: it counts entries into a service, what
    /// somebody had measured, and calls. What a span is while it lasts counts when it has ended.
    fn is_counted_elsewhere(&self, numbers: &KnownNumbers) -> bool {
        let is_eligible = numbers.is_set(KnownNumber::TopLevel)
            || numbers.is_set(KnownNumber::Measured)
            || super::super::info::SPAN_KINDS.contains(&self.text(Known::SpanKind));
        let is_left_to_us = self.facts.asks_for_counts || self.tags.asks_for_counts;
        self.request.computes_stats && is_eligible && !is_left_to_us
            || numbers.get(KnownNumber::PartialVersion).is_some()
    }

    fn fill_head(&mut self, start_time: i64, kind: Kind) {
        let span = self.span;
        let Target { rows, shared, .. } = &mut *self.target;
        shared.set_trace_id(rows, self.facts.trace_id_high, span.trace_id);
        let builder = &mut rows.builder;
        with_hex(span.span_id, |id| builder.set_text(spans::SPAN_ID, id));
        if span.parent_id != 0 {
            with_hex(span.parent_id, |id| builder.set_text(spans::PARENT_SPAN_ID, id));
        }
        builder.set_int(spans::START_TIME, start_time);
        builder.set_int(spans::DURATION, span.duration_ns);
        builder.set_text(spans::KIND, kind.name());
        if is_failed(span) {
            builder.set_text(spans::STATUS_CODE, "error");
        }
        self.target.bytes += 64;
    }

    fn fill_name(&mut self, described: &Described<'a>, kind: Kind) {
        let database = described.database(kind);
        let statement = self.statement(database);
        let query = self.queries.of(described, database, statement);
        let name = &mut self.scratch.name;
        described.name(kind, query, name);
        self.target.set_text(spans::NAME, name);
        if !database.is_empty() {
            let Target { rows, shared, bytes, .. } = &mut *self.target;
            *bytes += shared.set(rows, spans::DB_SYSTEM_NAME, database);
        }
        let texts = &self.scratch.texts;
        self.target.set_text(spans::DB_OPERATION_NAME, texts.get(Known::DbOperation));
        self.target.set_text(spans::DB_COLLECTION_NAME, texts.get(Known::DbCollection));
        if let Some(query) = query {
            self.target.set_text(spans::DB_OPERATION_NAME, &query.operation);
            self.target.set_text(spans::DB_COLLECTION_NAME, &query.collection);
            self.target.set_text(spans::DB_QUERY_TEXT, &query.text);
        }
        let is_query = query.is_some();
        if self.target.counts_only {
            return;
        }
        let span = self.span;
        if span.operation != self.scratch.name {
            self.attribute("operation.name", span.operation);
        }
        if span.resource != self.scratch.name && span.resource != span.operation && !is_query {
            // What documents are asked for stands in braces.
            let is_document = matches!(database, "mongodb" | "elasticsearch" | "opensearch");
            let end = span.resource.find('{').filter(|_| is_document);
            let resource = &span.resource[..end.unwrap_or(span.resource.len())];
            // Also of a database that nobody knows, and of what is no call to it.
            let may_be_query = !is_document
                && (!database.is_empty() || matches!(span.span_type, "sql" | "db" | "cassandra"));
            if may_be_query {
                let text = without_values(resource, Dialect::of(database)).text;
                self.attribute("resource.name", &text);
            } else {
                self.attribute("resource.name", resource.trim_end());
            }
        }
        if described.owner(kind) != span.service {
            self.attribute("datadog.service", span.service);
        }
        self.attribute("span.type", span.span_type);
        self.attribute("datadog.origin", self.facts.origin);
    }

    /// What other tags than the resource say of the query.
    fn statement(&self, database: &str) -> &'a str {
        match database {
            "redis" | "valkey" | "memcached" => {
                let is_told =
                    !self.span.resource.is_empty() && self.span.resource != self.span.operation;
                if is_told { "" } else { self.text(Known::RawCommand) }
            }
            "mongodb" | "elasticsearch" | "opensearch" => self.text(Known::DocumentQuery),
            _ => self.text(Known::DbStatement),
        }
    }

    /// Sets an integer that is sent as a text or as a number; what is no integer is an attribute.
    pub(super) fn set_number(&mut self, column: usize, key: &str, text: &str, number: Option<f64>) {
        let whole = number.filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
        let int = whole.map(|number| number as i64).or_else(|| text.parse().ok());
        match int {
            Some(int) => self.target.set_int(column, int),
            None => self.attribute(key, text),
        }
    }

    /// Adds an attribute unless its text is empty.
    fn attribute(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.add(key, text.len(), |out, tally| value::write_text(out, cut(text, tally)));
        }
    }

    #[inline]
    fn add(
        &mut self,
        key: &str,
        bytes: usize,
        write: impl FnOnce(&mut String, &mut crate::otlp::map::Tally),
    ) {
        let Target { rows, bytes: total, counts_only, .. } = &mut *self.target;
        if *counts_only {
            return;
        }
        if key.len() > ATTRIBUTE_KEY_BYTES_MAX || *total > DATADOG_ROWS_BYTES_MAX {
            rows.tally.dropped_attributes += 1;
            return;
        }
        *total += key.len() + bytes;
        let tally = &mut rows.tally;
        rows.builder.add_attribute(spans::ATTRIBUTES, key, |out| write(out, tally));
    }

    fn fill_tags(&mut self, kind: Kind) {
        let is_meant = |applies| match applies {
            Applies::Always => true,
            Applies::ToClients => matches!(kind, Kind::Client | Kind::Producer),
            Applies::ToServers => matches!(kind, Kind::Server | Kind::Consumer),
        };
        for text in self.span.meta.of(&self.chunk.meta) {
            match text.tag {
                TextTag::Column { column, is_int: false, applies } if is_meant(applies) => {
                    self.target.set_text(usize::from(column), text.value);
                }
                TextTag::Column { column, is_int: true, applies } if is_meant(applies) => {
                    self.set_number(usize::from(column), text.key, text.value, None);
                }
                TextTag::Plain | TextTag::Column { .. } => self.tag(text.key, text.value),
                TextTag::Known(Known::ErrorStack) if !is_failed(self.span) => {
                    self.tag(text.key, text.value);
                }
                TextTag::Known(_) | TextTag::Dropped => {}
            }
        }
        if self.span.parent_id == 0 {
            for (key, value) in &self.chunk.tags {
                if *key != "_dd.p.tid" {
                    self.tag(key, value);
                }
            }
        }
        for number in self.span.metrics.of(&self.chunk.metrics) {
            match number.tag {
                NumberTag::Column { column, is_int: true, applies }
                    if is_meant(applies) && number.value.fract() == 0.0 =>
                {
                    self.target.set_int(usize::from(column), number.value as i64);
                }
                NumberTag::Known(
                    KnownNumber::Port
                    | KnownNumber::HttpStatus
                    | KnownNumber::GrpcStatus
                    | KnownNumber::ProcessId,
                ) => {}
                NumberTag::Known(_) | NumberTag::Plain | NumberTag::Column { .. } => {
                    self.add(number.key, 8, |out, _| write_number(out, number.value));
                }
            }
        }
    }

    /// A tag as it was sent; an empty one says something too.
    fn tag(&mut self, key: &str, text: &str) {
        self.add(key, text.len(), |out, tally| value::write_text(out, cut(text, tally)));
    }

    /// Structured data is MessagePack within MessagePack. What cannot be read stays bytes.
    fn fill_structs(&mut self) {
        for (key, bytes) in self.span.structs.of(&self.chunk.structs) {
            let mut json = std::mem::take(&mut self.scratch.json);
            json.clear();
            let mut reader = Reader::new(bytes);
            let tally = &mut self.target.rows.tally;
            let is_read = events::structure(&mut json, &mut reader, 0, tally).is_ok()
                && reader.end().is_ok()
                && reader.invalid.is_empty();
            self.add(key, bytes.len(), |out, _| {
                if is_read {
                    out.push(value::JSON);
                    out.push_str(&json);
                } else {
                    out.push(value::BYTES);
                    value::write_hex(out, bytes);
                }
            });
            self.scratch.json = json;
        }
    }

    fn fill_links(&mut self) -> Result<(), Wrong> {
        let links = self.span.links.of(&self.chunk.links);
        let told = self.text(Known::SpanLinks);
        if links.is_empty() && told.is_empty() {
            return Ok(());
        }
        let json = &mut self.scratch.json;
        events::begin(json);
        let tally = &mut self.target.rows.tally;
        events::links(json, self.chunk, links, tally);
        let is_read = told.is_empty() || events::links_of_tag(json, told, tally);
        tally.dropped_events += u64::from(self.span.dropped_links);
        if json.len() > 1 {
            json.push(']');
            self.target.bytes += json.len();
            self.target.rows.builder.set_text(spans::LINKS, json);
        }
        self.target
            .rows
            .set_nonzero(spans::DROPPED_LINKS_COUNT, u64::from(self.span.dropped_links));
        if !is_read {
            self.tag("_dd.span_links", told);
        }
        Ok(())
    }

    /// Events, and the exception that a failed span tells of in its tags.
    fn fill_errors(&mut self) -> Result<(), Wrong> {
        let error_type = self.text(Known::ErrorType);
        let error_type = error_type.strip_prefix("builtins.").unwrap_or(error_type);
        let message = self.text(Known::ErrorMessage);
        let stack = self.text(Known::ErrorStack);
        self.target.set_text(spans::ERROR_TYPE, error_type);
        if is_failed(self.span) {
            self.target.set_text(spans::STATUS_MESSAGE, message);
        } else {
            self.attribute("error.message", message);
        }
        let told = self.text(Known::Events);
        let events = self.span.events.of(&self.chunk.events);
        let json = &mut self.scratch.json;
        events::begin(json);
        let tally = &mut self.target.rows.tally;
        events::events(json, self.chunk, events, self.reader, tally)?;
        let is_read = told.is_empty() || events::events_of_tag(json, told, tally);
        tally.dropped_events += u64::from(self.span.dropped_events);
        if is_failed(self.span) && !stack.is_empty() {
            let end = self.span.start_ns.saturating_add(self.span.duration_ns.max(0));
            let exception = Exception { time_ns: end, exception_type: error_type, message, stack };
            events::exception(json, &exception, tally);
        }
        if json.len() > 1 {
            json.push(']');
            self.target.bytes += json.len();
            self.target.rows.builder.set_text(spans::EVENTS, json);
        }
        self.target
            .rows
            .set_nonzero(spans::DROPPED_EVENTS_COUNT, u64::from(self.span.dropped_events));
        if !is_read {
            self.tag("events", told);
        }
        Ok(())
    }
}

/// Whether the span failed. The handlers of Flask fail with the exception that they handle, which
/// another span, beside them, has told already.
fn is_failed(span: &Span<'_>) -> bool {
    let handles = span.operation.contains("handle_") && span.operation.ends_with("exception");
    span.error != 0 && !handles
}

/// Whole numbers are integers: the wire has only doubles.
fn write_number(out: &mut String, number: f64) {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        out.push(value::INT);
        typed_json::write_int(out, number as i64);
    } else {
        out.push(value::DOUBLE);
        value::write_double(out, number);
    }
}
