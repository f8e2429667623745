//! Who emits: the resource of a release, and ids from the seed.

use crate::cluster::{self, Placement};
use crate::dice::Dice;
use opentelemetry::{KeyValue, SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::IdGenerator;
use parking_lot::Mutex;

/// The resource of one start of one version of a service. Only what is named here and the SDK's
/// own name go in; the environment of the process does not.
pub fn resource(service: &'static str, version: &'static str, seed: u64, start: u64) -> Resource {
    let placement = Placement::of(service, seed, start);
    let node = cluster::node(seed, placement.node);
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.name", service),
            KeyValue::new("service.version", version),
            KeyValue::new("service.namespace", "shop"),
            KeyValue::new("service.instance.id", placement.instance),
            KeyValue::new("deployment.environment.name", "production"),
            KeyValue::new("host.name", node.name.clone()),
            KeyValue::new("host.id", node.instance_id),
            KeyValue::new("container.name", format!("shop-{service}")),
            KeyValue::new("container.id", placement.container_id),
            KeyValue::new("container.image.name", format!("shop/{service}")),
            KeyValue::new("k8s.cluster.name", cluster::CLUSTER),
            KeyValue::new("k8s.namespace.name", cluster::NAMESPACE),
            KeyValue::new("k8s.deployment.name", service),
            KeyValue::new("k8s.node.name", node.name),
            KeyValue::new("k8s.pod.name", placement.pod_name),
            KeyValue::new("k8s.pod.uid", placement.pod_uid),
        ])
        .build()
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
