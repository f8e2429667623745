//! Chunks of spans to rows of `spans`, by OpenTelemetry's semantic conventions: maps, endpoints,
//! errors and databases look the same whoever instrumented a service.

mod calls;
pub mod chunk;
pub mod describe;
mod events;
pub mod ids;
pub mod queries;
pub mod query;
mod resource;
mod row;
mod shared;
pub mod tag;

pub use describe::{Described, EndpointFields, Kind, endpoint_fields};

use super::msgpack::{Reader, Wrong};
use super::sampling::Seen;
use super::span::{Chunk, Envelope, Span};
use super::v04::Chunks;
use crate::door::{Decoded, Identity};
use crate::otlp::map::attributes::cut;
use crate::otlp::map::{Clock, Reject, Rows};
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::error::ArrowError;
use chunk::ChunkFacts;
use hannun_model::batch::Batch;
use hannun_model::limits::{DATADOG_ROWS_BYTES_MAX, ROWS_PER_REQUEST_MAX};
use hannun_model::table::{Table, client_stats};
use queries::Queries;
use resource::EnvelopeTags;
use row::Scratch;
use shared::SharedTexts;
use std::sync::Arc;

/// What headers say of a payload.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub container_id: String,
    pub language: String,
    pub language_version: String,
    pub interpreter: String,
    pub tracer_version: String,
    /// Name of the machine of a sender on this one.
    pub host_name: String,
    /// Whether the client counts the spans that it sends, and sends its statistics.
    pub computes_stats: bool,
    /// Whether chunks that were not sampled are counted and not kept.
    pub drops_unsampled: bool,
}

/// Rows on their way to the store.
#[derive(Debug)]
struct Target<'a> {
    rows: Rows,
    shared: SharedTexts<'a>,
    /// Of all texts of the rows.
    bytes: usize,
    /// Whether rows are made to be counted only.
    counts_only: bool,
}

impl Target<'_> {
    fn new(clock: Clock, counts_only: bool) -> Self {
        Self {
            rows: Rows::new(Table::Spans, clock),
            shared: SharedTexts::default(),
            bytes: 0,
            counts_only,
        }
    }

    /// Why no further row has room.
    fn full(&self) -> Option<Reject> {
        if self.rows.builder.rows() >= ROWS_PER_REQUEST_MAX {
            return Some(Reject::TooManyItems);
        }
        (self.bytes > DATADOG_ROWS_BYTES_MAX).then_some(Reject::TooManyBytes)
    }

    /// Sets a text column that nothing has set yet, unless the text is empty.
    #[inline]
    fn set_text(&mut self, column: usize, text: &str) {
        if !text.is_empty() && !self.rows.builder.is_set(column) {
            let text = cut(text, &mut self.rows.tally);
            self.bytes += text.len();
            self.rows.builder.set_text(column, text);
        }
    }

    /// Sets an integer column that nothing has set yet.
    #[inline]
    fn set_int(&mut self, column: usize, int: i64) {
        if !self.rows.builder.is_set(column) {
            self.rows.builder.set_int(column, int);
        }
    }
}

/// Makes rows of the chunks of one payload.
#[derive(Debug)]
pub struct Mapper<'a> {
    kept: Target<'a>,
    /// Rows of chunks that are counted and not kept.
    counted: Option<Target<'a>>,
    request: &'a Request,
    envelope: Envelope<'a>,
    tags: EnvelopeTags<'a>,
    queries: Queries<'a>,
    scratch: Scratch<'a>,
    seen: Seen,
}

impl<'a> Mapper<'a> {
    pub fn new(request: &'a Request, clock: Clock) -> Self {
        Self {
            kept: Target::new(clock, false),
            counted: request.drops_unsampled.then(|| Target::new(clock, true)),
            request,
            envelope: Envelope::default(),
            tags: EnvelopeTags::default(),
            queries: Queries::default(),
            scratch: Scratch::default(),
            seen: Seen::default(),
        }
    }

    /// What is said of all chunks to come.
    pub fn set_envelope(&mut self, envelope: Envelope<'a>) {
        self.kept.shared.forget_resource();
        if let Some(counted) = &mut self.counted {
            counted.shared.forget_resource();
        }
        self.tags = EnvelopeTags::of(&envelope);
        self.envelope = envelope;
    }

    /// Counts texts that were repaired.
    pub fn count_invalid_texts(&mut self, count: usize) {
        self.kept.rows.tally.invalid_strings += count as u64;
    }

    /// The batches, and how many traces of whom were seen.
    pub fn finish(self) -> Result<(Decoded, Seen), ArrowError> {
        let mut tally = self.kept.rows.tally;
        let mut beside = Vec::new();
        if let Some(counted) = self.counted {
            for (sum, count) in tally.rejected.iter_mut().zip(counted.rows.tally.rejected) {
                *sum += count;
            }
            beside.extend(statistics(&counted.rows.builder.finish()?)?);
        }
        let batch = self.kept.rows.builder.finish()?;
        // Every span says when it happened and which one it is.
        let identity = Identity::Content;
        Ok((Decoded { batch, beside, tally, identity }, self.seen))
    }
}

impl<'a> Chunks<'a> for Mapper<'a> {
    fn chunk(&mut self, chunk: &Chunk<'a>, reader: &Reader<'a>) -> Result<(), Wrong> {
        let facts = ChunkFacts::of(chunk, self.request, &self.envelope);
        if self.request.drops_unsampled {
            let service = facts.root_service.unwrap_or_default();
            self.seen.count(service, facts.environment, facts.traces(self.request));
        }
        let target = match &mut self.counted {
            Some(counted) if !facts.is_sampled() => counted,
            _ => &mut self.kept,
        };
        for span in &chunk.spans {
            let mut row = row::Row {
                target: &mut *target,
                scratch: &mut self.scratch,
                queries: &mut self.queries,
                request: self.request,
                envelope: &self.envelope,
                tags: &self.tags,
                chunk,
                facts: &facts,
                reader,
                span,
            };
            add(&mut row)?;
        }
        Ok(())
    }
}

/// Adds the row of a span; one that cannot be is left out and counted.
fn add(row: &mut row::Row<'_, '_>) -> Result<(), Wrong> {
    if let Some(reason) = row.target.full() {
        row.target.rows.tally.reject(reason);
        return Ok(());
    }
    match start_time(row.span, row.target.rows.clock) {
        Ok(start_time) => {
            row.target.rows.builder.start_row();
            row.fill(start_time)
        }
        Err(reason) => {
            row.target.rows.tally.reject(reason);
            Ok(())
        }
    }
}

/// A start before 1970 is none.
fn start_time(span: &Span<'_>, clock: Clock) -> Result<i64, Reject> {
    let start = u64::try_from(span.start_ns).map_err(|_| Reject::NoTime)?;
    clock.accept(start)
}

/// Statistics of spans that are not stored.
fn statistics(batch: &Batch) -> Result<Option<Batch>, ArrowError> {
    let derived = hannun_digest::derive(Table::SpanStats, std::slice::from_ref(batch.records()))?;
    let Some(derived) = derived else { return Ok(None) };
    let stored = Table::ClientStats.columns()[client_stats::SPANS].name;
    let columns: Vec<ArrayRef> = derived
        .schema()
        .fields()
        .iter()
        .zip(derived.columns())
        .map(|(field, column)| match field.name() {
            name if name == stored => {
                let none: ArrayRef = Arc::new(Int64Array::from(vec![0; derived.num_rows()]));
                none
            }
            _ => column.clone(),
        })
        .collect();
    let records = RecordBatch::try_new(derived.schema(), columns)?;
    Ok(Some(Batch::new(Table::ClientStats, records)))
}
