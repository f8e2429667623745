//! The relay: reads the outbox of a shard and tells every subscriber, over HTTP.

use super::shards::{Pending, Shards, age_seconds};
use crate::http_client::{Call, EVENT_TRACEPARENT};
use crate::services::events::{DESTINATION, Event, SYSTEM};
use crate::services::{BusyGuard, Service};
use crate::telemetry::{Failure, Scope};
use http::Method;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, SpanKind};
use parking_lot::Mutex;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

const SUBSCRIBERS: [&str; 2] = ["order", "dispatch"];
/// How long the relay gathers events before it reads them.
const GATHER_LEAST: Duration = Duration::from_millis(15);
const GATHER_MOST: Duration = Duration::from_millis(90);
/// The relay looks by itself this often, for what was left by an earlier run or failed.
const SWEEP: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Relay {
    service: Service,
    shards: Arc<Shards>,
    news: Vec<News>,
}

#[derive(Debug, Default)]
struct News {
    notify: Notify,
    /// One for every event that is not yet published.
    busy: Mutex<Vec<BusyGuard>>,
}

impl Relay {
    pub fn new(service: Service, shards: Arc<Shards>) -> Self {
        let news = (0..super::shards::SHARDS).map(|_| News::default()).collect();
        Self { service, shards, news }
    }

    /// Says that an order's event was committed.
    pub fn announce(&self, order: u64) {
        let news = self.news(order);
        news.busy.lock().push(self.service.busy.enter());
        news.notify.notify_one();
    }

    pub async fn run(self: Arc<Self>, shard: u64) {
        let clock = self.service.clock.clone();
        loop {
            if clock.timeout(SWEEP, self.news(shard).notify.notified()).await.is_none()
                && !self.shards.has_events(shard).await
            {
                continue;
            }
            let gather = self.service.telemetry.root().span(
                format!("relay {DESTINATION}"),
                SpanKind::Internal,
                vec![KeyValue::new("shop.shard", shard as i64)],
            );
            let delay = gather.dice("gather").between(GATHER_LEAST, GATHER_MOST);
            clock.sleep(delay).await;
            if let Err(failure) = self.publish(&gather, shard).await {
                gather.record(&failure);
                self.service.tally.error(failure.class);
                gather.warn(
                    format!("events of shard {shard} wait: {}", failure.message),
                    vec![KeyValue::new("shop.shard", shard as i64)],
                );
            }
        }
    }

    async fn publish(&self, scope: &Scope, shard: u64) -> Result<(), Failure> {
        let events = self.shards.events(scope, shard).await?;
        let Some(oldest) = events.first() else { return Ok(()) };
        let lag = age_seconds(oldest.created_nanos, self.service.clock.now());
        let shard_attribute = KeyValue::new("shop.shard", shard as i64);
        self.service.telemetry.instruments().outbox_lag.record(lag, &[shard_attribute]);
        scope.set(KeyValue::new("messaging.batch.message_count", events.len() as i64));
        for event in &events {
            for subscriber in SUBSCRIBERS {
                self.tell(scope.span_context(), event, shard, subscriber).await?;
            }
            self.shards.forget_events(scope, shard, event.id).await?;
            self.news(shard).busy.lock().pop();
        }
        Ok(())
    }

    /// Sends one event to one subscriber, in the trace of the order it is about.
    async fn tell(
        &self,
        relay: SpanContext,
        event: &Pending,
        shard: u64,
        subscriber: &'static str,
    ) -> Result<(), Failure> {
        let scope = self.service.telemetry.root().continued_from(&event.traceparent);
        let span = scope.linked_span(
            format!("send {DESTINATION}"),
            SpanKind::Producer,
            vec![
                KeyValue::new("messaging.system", SYSTEM),
                KeyValue::new("messaging.operation.name", "send"),
                KeyValue::new("messaging.operation.type", "send"),
                KeyValue::new("messaging.destination.name", DESTINATION),
                KeyValue::new("messaging.destination.subscription.name", subscriber),
                KeyValue::new("messaging.message.id", format!("{shard}-{}", event.id)),
                KeyValue::new("shop.order.number", event.order as i64),
                KeyValue::new("shop.shard", shard as i64),
            ],
            Some(relay),
        );
        let body = json!(Event { order: event.order, kind: event.kind.clone() });
        let call = Call::new(subscriber, Method::POST, "/events", "/events")
            .body(body)
            .header(EVENT_TRACEPARENT, span.traceparent());
        let reply = self.service.client.call(&span, call).await?;
        if reply.status >= 300 {
            let message = format!("{subscriber} answered {} to an event", reply.status);
            span.fail(reply.status.to_string(), message.clone());
            return Err(Failure::new(502, "order::EventRefused", message));
        }
        Ok(())
    }

    fn news(&self, number: u64) -> &News {
        &self.news[(number % super::shards::SHARDS) as usize]
    }
}
