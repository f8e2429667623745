//! Derives `span_errors` rows from spans: one row an error.
//!
//! What one error is, among the spans that are looked at together:
//!
//! - A recorded exception: a span event that is called `exception`, whatever the status of its span.
//!   A failed span that carries an exception in its attributes (`exception.type`, `error.stack` …)
//!   counts as one. The same exception (type and message) counts once in a span, and once when it
//!   bubbles up through spans of one service: at the deepest span that tells it. An exception
//!   whose stack names another one of a deeper span as its cause is the same one.
//! - A failed span (status `error`) without an exception, when neither an ancestor of the same
//!   service recorded an exception nor a descendant of the same service failed. So a call that
//!   failed counts for its caller only when nothing else says that the caller was in trouble: of
//!   a call that failed and was tried again with success there is one error, of a call that failed
//!   and made its request fail with an exception there is the exception.
//!
//! Every service of a trace is looked at by itself: the callee's error is the callee's, and what it
//! did to its caller is the caller's. Relatives in another publish are not seen, so that an error
//! between two publishes may count twice, but is never lost.

mod attributes;
mod bubbling;
pub mod exceptions;
pub mod fingerprint;
pub mod frames;
pub mod message_template;

use crate::endpoint::{Asked, endpoint};
use crate::rows::{Floats, Ints, Texts, Times};
use crate::weight::adjusted_count;
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use attributes::Attributes;
use bubbling::Candidate;
use exceptions::{Exception, Recorded};
use fingerprint::{OVERRIDE, Told, told};
use hannun_model::batch::BatchBuilder;
use hannun_model::limits::SPAN_EXCEPTIONS_MAX;
use hannun_model::table::{Table, span_errors, spans};
use std::collections::HashSet;

const FAILED: &str = "error";
/// An event farther from its span than this has a clock of its own.
const EVENT_DRIFT_NS_MAX: i64 = 3_600_000_000_000;
/// So long is the longest span whose events are believed. What a sender says lasts for centuries would
/// spread its errors over as many files as there are windows in them.
const EVENT_SPAN_NS_MAX: i64 = 7 * 24 * EVENT_DRIFT_NS_MAX;

/// The columns of a batch of spans that tell of errors.
struct SpanColumns<'a> {
    trace_id: Texts<'a>,
    span_id: Texts<'a>,
    parent_span_id: Texts<'a>,
    trace_state: Texts<'a>,
    adjusted_count: Floats<'a>,
    start_time: Times<'a>,
    duration: Ints<'a>,
    name: Texts<'a>,
    kind: Texts<'a>,
    status_code: Texts<'a>,
    status_message: Texts<'a>,
    events: Texts<'a>,
    attributes: Attributes<'a>,
    service_name: Texts<'a>,
    service_version: Texts<'a>,
    environment: Texts<'a>,
    language: Texts<'a>,
    method: Texts<'a>,
    route: Texts<'a>,
    path: Texts<'a>,
    http_status: Ints<'a>,
    grpc_status: Ints<'a>,
    server_address: Texts<'a>,
    error_type: Texts<'a>,
    code_function: Texts<'a>,
    rows: usize,
}

impl<'a> SpanColumns<'a> {
    fn of(records: &'a RecordBatch) -> Self {
        let text = |column| Texts::of(records, Table::Spans, column);
        let int = |column| Ints::of(records, Table::Spans, column);
        Self {
            trace_id: text(spans::TRACE_ID),
            span_id: text(spans::SPAN_ID),
            parent_span_id: text(spans::PARENT_SPAN_ID),
            trace_state: text(spans::TRACE_STATE),
            adjusted_count: Floats::of(records, Table::Spans, spans::ADJUSTED_COUNT),
            start_time: Times::of(records, Table::Spans, spans::START_TIME),
            duration: int(spans::DURATION),
            name: text(spans::NAME),
            kind: text(spans::KIND),
            status_code: text(spans::STATUS_CODE),
            status_message: text(spans::STATUS_MESSAGE),
            events: text(spans::EVENTS),
            attributes: Attributes::of(records, Table::Spans, spans::ATTRIBUTES),
            service_name: text(spans::SERVICE_NAME),
            service_version: text(spans::SERVICE_VERSION),
            environment: text(spans::DEPLOYMENT_ENVIRONMENT_NAME),
            language: text(spans::TELEMETRY_SDK_LANGUAGE),
            method: text(spans::HTTP_REQUEST_METHOD),
            route: text(spans::HTTP_ROUTE),
            path: text(spans::URL_PATH),
            http_status: int(spans::HTTP_RESPONSE_STATUS_CODE),
            grpc_status: int(spans::RPC_GRPC_STATUS_CODE),
            server_address: text(spans::SERVER_ADDRESS),
            error_type: text(spans::ERROR_TYPE),
            code_function: text(spans::CODE_FUNCTION_NAME),
            rows: records.num_rows(),
        }
    }

    fn is_failed(&self, row: usize) -> bool {
        self.status_code.get(row) == Some(FAILED)
    }

    /// The exceptions of a row, each kind once.
    fn exceptions(&self, row: usize) -> Vec<Recorded> {
        let mut found = self.events.get(row).map(exceptions::of_events).unwrap_or_default();
        if found.is_empty() && self.is_failed(row) {
            found.extend(exceptions::of_attributes(&self.attributes, row));
        }
        let mut seen = HashSet::new();
        found.retain(|it| seen.insert((it.exception_type.clone(), it.message.clone())));
        found.truncate(SPAN_EXCEPTIONS_MAX);
        // What is kept until all spans were seen is small: stacks may be as large as all spans.
        found.into_iter().map(|exception| self.recorded(row, exception)).collect()
    }

    fn recorded(&self, row: usize, exception: Exception) -> Recorded {
        let chosen =
            exception.fingerprint.as_deref().or_else(|| self.attributes.text(row, OVERRIDE));
        let told = told(&exception, chosen, self.code_function.get(row));
        Recorded::new(exception, told)
    }

    /// When an exception was recorded; when its span began, if its own time makes no sense.
    fn time(&self, row: usize, error: &Recorded) -> i64 {
        let start = self.start_time.get(row).unwrap_or(0);
        let duration = self.duration.get(row).unwrap_or(0).clamp(0, EVENT_SPAN_NS_MAX);
        let longest = duration + EVENT_DRIFT_NS_MAX;
        error.time_ns.filter(|time| time.abs_diff(start) <= longest.unsigned_abs()).unwrap_or(start)
    }

    fn endpoint(&self, row: usize) -> String {
        let asked = Asked {
            name: self.name.get(row).unwrap_or(""),
            kind: self.kind.get(row),
            http_request_method: self.method.get(row),
            http_route: self.route.get(row),
            url_path: self.path.get(row),
        };
        endpoint(&asked).into_owned()
    }

    /// What a failed span says that recorded no exception.
    fn status_error(&self, row: usize) -> Recorded {
        let status = self.http_status.get(row).filter(|status| *status >= 400);
        let grpc = self.grpc_status.get(row).filter(|code| *code != 0);
        let exception_type = match (self.error_type.get(row), status, grpc) {
            (Some(named), ..) if !named.is_empty() => named.to_owned(),
            (_, Some(status), _) => status.to_string(),
            (_, _, Some(code)) => format!("grpc {code}"),
            _ => FAILED.to_owned(),
        };
        let message = self.status_message.get(row).unwrap_or("").to_owned();
        let error = Exception { exception_type, message, ..Exception::default() };
        let place = self.place(row);
        let told = told(&error, self.attributes.text(row, OVERRIDE), Some(&place));
        Recorded::new(error, told)
    }

    /// Where a failed span without a stack failed: what it did, and to whom.
    fn place(&self, row: usize) -> String {
        let endpoint = self.endpoint(row);
        let peer = self.server_address.get(row).filter(|_| self.kind.get(row) == Some("client"));
        match (self.code_function.get(row), peer) {
            (Some(function), _) => function.to_owned(),
            (None, Some(peer)) => {
                format!("{endpoint} → {}", message_template::message_template(peer))
            }
            (None, None) => endpoint,
        }
    }
}

/// One row an error that these spans tell of. `None` without errors.
pub fn span_errors_of(batches: &[RecordBatch]) -> Result<Option<RecordBatch>, ArrowError> {
    let batches: Vec<_> = batches.iter().map(SpanColumns::of).collect();
    let candidates = candidates(&batches);
    if candidates.is_empty() {
        return Ok(None);
    }
    let counted = bubbling::counted(&batches, &candidates);
    let mut builder = BatchBuilder::new(Table::SpanErrors);
    for (candidate, counted) in candidates.iter().zip(counted) {
        let columns = &batches[candidate.batch];
        if counted.as_failed_span {
            let error = columns.status_error(candidate.row);
            push(&mut builder, columns, candidate.row, &error);
        }
        for (exception, is_counted) in candidate.exceptions.iter().zip(counted.exceptions) {
            if is_counted {
                push(&mut builder, columns, candidate.row, exception);
            }
        }
    }
    if builder.rows() == 0 {
        return Ok(None);
    }
    Ok(Some(builder.finish()?.records().clone()))
}

/// The spans that failed or recorded an exception.
fn candidates(batches: &[SpanColumns<'_>]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for (batch, columns) in batches.iter().enumerate() {
        for row in 0..columns.rows {
            let is_failed = columns.is_failed(row);
            if !is_failed && !columns.events.get(row).is_some_and(exceptions::may_have_exceptions) {
                continue;
            }
            let exceptions = columns.exceptions(row);
            if is_failed || !exceptions.is_empty() {
                candidates.push(Candidate { batch, row, is_failed, exceptions });
            }
        }
    }
    candidates
}

fn push(builder: &mut BatchBuilder, columns: &SpanColumns<'_>, row: usize, error: &Recorded) {
    let Told { fingerprint, error_type, message_template, frame } = &error.told;
    let endpoint = columns.endpoint(row);
    // What statistics of the client count, they do not tell by its error.
    let told = columns.adjusted_count.get(row).filter(|count| *count > 0.0);
    let weight = told.unwrap_or_else(|| adjusted_count(columns.trace_state.get(row)));
    builder.start_row();
    builder.set_int(span_errors::TIME, columns.time(row, error));
    builder.set_float(span_errors::COUNT, weight);
    for (column, text) in [
        (span_errors::FINGERPRINT, Some(fingerprint.as_str())),
        (span_errors::ERROR_TYPE, Some(error_type.as_str())),
        (span_errors::MESSAGE, Some(error.message.as_str())),
        (span_errors::MESSAGE_TEMPLATE, Some(message_template.as_str())),
        (span_errors::FRAME, frame.as_deref()),
        (span_errors::TRACE_ID, columns.trace_id.get(row)),
        (span_errors::SPAN_ID, columns.span_id.get(row)),
        (span_errors::ENDPOINT, Some(endpoint.as_str())),
        (span_errors::KIND, columns.kind.get(row)),
        (span_errors::SERVICE_NAME, columns.service_name.get(row)),
        (span_errors::SERVICE_VERSION, columns.service_version.get(row)),
        (span_errors::DEPLOYMENT_ENVIRONMENT_NAME, columns.environment.get(row)),
        (span_errors::TELEMETRY_SDK_LANGUAGE, columns.language.get(row)),
    ] {
        if let Some(text) = text {
            builder.set_text(column, text);
        }
    }
}

#[cfg(test)]
mod tests;
