//! What one span of a chunk says of all of them.

use super::super::span::{Chunk, Envelope, Span};
use super::Request;
use super::ids::upper_half;
use super::tag::{Known, KnownNumber, NumberTag, TextTag};

/// What the spans of a chunk have in common.
#[derive(Debug, Clone, Default)]
pub struct ChunkFacts<'a> {
    pub trace_id_high: u64,
    pub environment: &'a str,
    pub language: &'a str,
    pub runtime_id: &'a str,
    pub host_name: &'a str,
    pub container_id: &'a str,
    pub origin: &'a str,
    /// Of the service that says it.
    pub service_version: &'a str,
    pub versioned_service: &'a str,
    pub process_id: Option<i64>,
    pub priority: Option<i64>,
    /// The rate at which the client sampled by our advice.
    pub agent_rate: Option<f64>,
    /// The service of the span with which the trace begins, when it is here.
    pub root_service: Option<&'a str>,
    /// Whether its sender leaves the counting to us, which agents do for functions.
    pub asks_for_counts: bool,
    has_error: bool,
    has_sampled_span: bool,
}

impl<'a> ChunkFacts<'a> {
    pub fn of(chunk: &Chunk<'a>, request: &'a Request, envelope: &Envelope<'a>) -> Self {
        let mut facts = Self {
            origin: chunk.origin,
            priority: chunk.priority,
            environment: envelope.environment,
            language: or(envelope.language, &request.language),
            runtime_id: envelope.runtime_id,
            service_version: envelope.service_version,
            host_name: envelope.host_name,
            container_id: or(envelope.container_id, &request.container_id),
            ..Self::default()
        };
        let high = chunk.tags.iter().find(|(key, _)| *key == "_dd.p.tid");
        facts.trace_id_high = high.map_or(0, |(_, value)| upper_half(value));
        for span in &chunk.spans {
            facts.add(chunk, span);
        }
        if facts.host_name.is_empty() {
            facts.host_name = &request.host_name;
        }
        facts
    }

    fn add(&mut self, chunk: &Chunk<'a>, span: &Span<'a>) {
        self.has_error |= span.error != 0;
        if span.parent_id == 0 && self.root_service.is_none() {
            self.root_service = Some(span.service);
        }
        for text in span.meta.of(&chunk.meta) {
            let TextTag::Known(known) = text.tag else { continue };
            let fact = match known {
                Known::TraceIdHigh => {
                    if self.trace_id_high == 0 {
                        self.trace_id_high = upper_half(text.value);
                    }
                    continue;
                }
                Known::ComputeStats => {
                    self.asks_for_counts |= text.value == "1";
                    continue;
                }
                Known::Version if self.versioned_service.is_empty() => {
                    self.versioned_service = span.service;
                    self.service_version = text.value;
                    continue;
                }
                Known::Environment => &mut self.environment,
                Known::Language => &mut self.language,
                Known::RuntimeId => &mut self.runtime_id,
                Known::HostName => &mut self.host_name,
                Known::ContainerId => &mut self.container_id,
                Known::Origin => &mut self.origin,
                _ => continue,
            };
            if fact.is_empty() {
                *fact = text.value;
            }
        }
        for number in span.metrics.of(&chunk.metrics) {
            let NumberTag::Known(known) = number.tag else { continue };
            match known {
                KnownNumber::Priority => {
                    self.priority = self.priority.or(Some(number.value as i64));
                }
                KnownNumber::ProcessId => {
                    self.process_id = self.process_id.or(Some(number.value as i64));
                }
                KnownNumber::AgentRate => {
                    self.agent_rate = self.agent_rate.or(Some(number.value));
                }
                KnownNumber::SpanSampling => self.has_sampled_span = true,
                _ => {}
            }
        }
    }

    /// Whether the chunk is kept under a budget: nobody decided against it, or it tells of an error.
    pub fn is_sampled(&self) -> bool {
        self.priority.is_none_or(|priority| priority > 0) || self.has_error || self.has_sampled_span
    }

    /// How many traces the chunk stands for among those that a rate decides about. Rates are
    /// applied where a trace begins, and a client that counts for itself sends only what it sampled.
    pub fn traces(&self, request: &Request) -> f64 {
        match (self.priority, self.agent_rate) {
            _ if self.root_service.is_none() => 0.0,
            // Somebody decided by hand, or by rules of his own.
            (Some(priority), _) if !(0..=1).contains(&priority) => 0.0,
            (Some(0), _) if request.computes_stats => 0.0,
            (Some(1), Some(rate)) if request.computes_stats && rate > 0.0 => (1.0 / rate).min(1e6),
            _ => 1.0,
        }
    }
}

/// The first text, unless it is empty.
fn or<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}
