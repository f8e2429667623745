//! Spans, log records and errors of one piece of work.
//!
//! A [`Scope`] is passed along explicitly instead of living in a thread-local: the services are
//! asynchronous and share threads.

use super::Release;
use crate::business_clock::BusinessClock;
use crate::dice::Dice;
use opentelemetry::logs::{LogRecord, Logger, Severity};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    Link, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::borrow::Cow;
use std::ops::Deref;
use std::panic::Location;
use std::sync::Arc;

/// The place in a trace that work happens at, and what it emits with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scope {
    release: Arc<Release>,
    clock: BusinessClock,
    context: Context,
    seed: u64,
}

/// A span that is under way. It ends when this is dropped, also when the work is cancelled.
#[derive(Debug)]
pub struct OpenSpan {
    scope: Scope,
}

/// Why a request could not be answered as asked.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The HTTP status it is answered with.
    pub status: u16,
    /// The class of the error, few and stable.
    pub class: &'static str,
    pub message: String,
    frames: Vec<&'static Location<'static>>,
}

impl Failure {
    #[track_caller]
    pub fn new(status: u16, class: &'static str, message: impl Into<String>) -> Self {
        Self { status, class, message: message.into(), frames: vec![Location::caller()] }
    }

    /// Adds the caller to the stack.
    #[track_caller]
    pub fn through(mut self) -> Self {
        self.frames.push(Location::caller());
        self
    }

    fn stacktrace(&self) -> String {
        let mut text = format!("{}: {}", self.class, self.message);
        for frame in &self.frames {
            text.push_str(&format!(
                "\n    at {}:{}:{}",
                frame.file(),
                frame.line(),
                frame.column()
            ));
        }
        text
    }
}

impl Scope {
    pub(super) fn root(release: Arc<Release>, clock: BusinessClock, seed: u64) -> Self {
        Self { release, clock, context: Context::new(), seed }
    }

    /// The same service, in the trace that the caller's headers name.
    pub fn continued(&self, headers: &http::HeaderMap) -> Self {
        let context = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &ReadHeaders(headers));
        Self { context, ..self.clone() }
    }

    /// The same service, in the trace of a stored `traceparent`.
    pub fn continued_from(&self, traceparent: &str) -> Self {
        let mut headers = http::HeaderMap::new();
        if let Ok(value) = http::HeaderValue::from_str(traceparent) {
            headers.insert("traceparent", value);
        }
        self.continued(&headers)
    }

    pub fn write_headers(&self, headers: &mut http::HeaderMap) {
        TraceContextPropagator::new().inject_context(&self.context, &mut WriteHeaders(headers));
    }

    pub fn traceparent(&self) -> String {
        let span = self.span_context();
        format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8())
    }

    pub fn span_context(&self) -> SpanContext {
        self.context.span().span_context().clone()
    }

    pub fn clock(&self) -> &BusinessClock {
        &self.clock
    }

    /// Chance that belongs to this span.
    pub fn dice(&self, topic: &str) -> Dice {
        let span_id = u64::from_be_bytes(self.context.span().span_context().span_id().to_bytes());
        Dice::new(self.seed, topic, span_id)
    }

    /// Begins a span below this scope.
    pub fn span(
        &self,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
        attributes: Vec<KeyValue>,
    ) -> OpenSpan {
        self.linked_span(name, kind, attributes, None)
    }

    /// Begins a span below this scope that points at another one.
    pub fn linked_span(
        &self,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
        attributes: Vec<KeyValue>,
        link: Option<SpanContext>,
    ) -> OpenSpan {
        let mut builder = SpanBuilder::from_name(name)
            .with_kind(kind)
            .with_start_time(self.clock.now())
            .with_attributes(attributes);
        if let Some(link) = link {
            builder = builder.with_links(vec![Link::new(link, Vec::new(), 0)]);
        }
        let span = self.release.tracer.build_with_context(builder, &self.context);
        let scope = Self { context: self.context.with_span(span), ..self.clone() };
        OpenSpan { scope }
    }

    pub fn set(&self, attribute: KeyValue) {
        self.context.span().set_attribute(attribute);
    }

    /// Marks the span as failed without an exception of its own.
    pub fn fail(&self, error_type: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        let span = self.context.span();
        span.set_attribute(KeyValue::new("error.type", error_type.into()));
        span.set_status(Status::error(message.into()));
    }

    /// Marks the span as failed and records the exception.
    pub fn record(&self, failure: &Failure) {
        self.fail(failure.class, failure.message.clone());
        self.context.span().add_event_with_timestamp(
            "exception",
            self.clock.now(),
            vec![
                KeyValue::new("exception.type", failure.class),
                KeyValue::new("exception.message", failure.message.clone()),
                KeyValue::new("exception.stacktrace", failure.stacktrace()),
            ],
        );
    }

    pub fn info(&self, body: String, attributes: Vec<KeyValue>) {
        self.log(Severity::Info, "INFO", body, attributes);
    }

    pub fn warn(&self, body: String, attributes: Vec<KeyValue>) {
        self.log(Severity::Warn, "WARN", body, attributes);
    }

    pub fn error(&self, body: String, attributes: Vec<KeyValue>) {
        self.log(Severity::Error, "ERROR", body, attributes);
    }

    fn log(&self, severity: Severity, text: &'static str, body: String, attributes: Vec<KeyValue>) {
        let logger = &self.release.logger;
        let span = self.span_context();
        let now = self.clock.now();
        let mut record = logger.create_log_record();
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_severity_number(severity);
        record.set_severity_text(text);
        record.set_body(body.into());
        for attribute in attributes {
            record.add_attribute(attribute.key, log_value(attribute.value));
        }
        if span.is_valid() {
            record.set_trace_context(span.trace_id(), span.span_id(), Some(span.trace_flags()));
        }
        logger.emit(record);
    }
}

fn log_value(value: opentelemetry::Value) -> opentelemetry::logs::AnyValue {
    match value {
        opentelemetry::Value::Bool(value) => value.into(),
        opentelemetry::Value::I64(value) => value.into(),
        opentelemetry::Value::F64(value) => value.into(),
        other => other.to_string().into(),
    }
}

impl Deref for OpenSpan {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        self.scope.context.span().end_with_timestamp(self.scope.clock.now());
    }
}

struct ReadHeaders<'a>(&'a http::HeaderMap);

impl Extractor for ReadHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct WriteHeaders<'a>(&'a mut http::HeaderMap);

impl Injector for WriteHeaders<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = http::HeaderName::try_from(key);
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
