//! Zero-payload events: an order number and what happened to it. Who wants to know more asks.

use super::Service;
use crate::http_client::EVENT_TRACEPARENT;
use crate::telemetry::{OpenSpan, Scope};
use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use serde::{Deserialize, Serialize};

/// What messages call the outbox and its stream of events.
pub const SYSTEM: &str = "outbox";
pub const DESTINATION: &str = "order_events";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub order: u64,
    pub kind: String,
}

/// The consumer span of an event: part of the order's trace, and linked to its producer.
pub fn consumer_span(
    service: &Service,
    scope: &Scope,
    headers: &HeaderMap,
    event: &Event,
) -> OpenSpan {
    let producer = headers
        .get(EVENT_TRACEPARENT)
        .and_then(|value| value.to_str().ok())
        .map(|traceparent| scope.continued_from(traceparent).span_context());
    scope.linked_span(
        format!("process {DESTINATION}"),
        SpanKind::Consumer,
        vec![
            KeyValue::new("messaging.system", SYSTEM),
            KeyValue::new("messaging.operation.name", "process"),
            KeyValue::new("messaging.operation.type", "process"),
            KeyValue::new("messaging.destination.name", DESTINATION),
            KeyValue::new("messaging.consumer.group.name", service.name),
            KeyValue::new("shop.order.number", event.order as i64),
            KeyValue::new("shop.event.kind", event.kind.clone()),
        ],
        producer,
    )
}
