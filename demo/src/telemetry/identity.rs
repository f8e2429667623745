//! Who emits: the resource of a release, and ids from the seed.

use crate::dice::Dice;
use opentelemetry::{KeyValue, SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::IdGenerator;
use parking_lot::Mutex;

const HOSTS: u64 = 3;

/// The resource of one start of one version of a service. Only what is named here and the SDK's
/// own name go in; the environment of the process does not.
pub fn resource(service: &'static str, version: &'static str, seed: u64, start: u64) -> Resource {
    let mut dice = Dice::new(seed, service, start);
    let container = format!("{:032x}{:032x}", dice.number::<u128>(), dice.number::<u128>());
    let instance = uuid(dice.number());
    let host = format!("shop-node-{}", dice.below(HOSTS) + 1);
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.name", service),
            KeyValue::new("service.version", version),
            KeyValue::new("service.namespace", "shop"),
            KeyValue::new("service.instance.id", instance),
            KeyValue::new("deployment.environment.name", "production"),
            KeyValue::new("host.name", host),
            KeyValue::new("container.name", format!("shop-{service}")),
            KeyValue::new("container.id", container),
            KeyValue::new("container.image.name", format!("shop/{service}")),
        ])
        .build()
}

/// A random UUID (version 4) from given bits.
fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let variant = ["8", "9", "a", "b"][(bits >> 62) as usize & 3];
    format!(
        "{}-{}-4{}-{variant}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// Trace and span ids that a seed repeats as long as spans begin in the same order.
#[derive(Debug)]
pub struct SeededIds(Mutex<Dice>);

impl SeededIds {
    pub fn new(seed: u64, service: &str, start: u64) -> Self {
        Self(Mutex::new(Dice::new(seed, &format!("ids of {service}"), start)))
    }
}

impl IdGenerator for SeededIds {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(self.0.lock().number::<u128>().max(1))
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.0.lock().number::<u64>().max(1))
    }
}
