//! Metrics of nodes and containers as the Collector's receivers `kubeletstats` and `k8s_cluster` send
//! them. Names, units and kinds: `documentation.md` of either receiver in
//! <https://github.com/open-telemetry/opentelemetry-collector-contrib>.

use super::{CLUSTER, Container, Node};
use crate::telemetry::otlp::{
    attribute, double, flag, gauge, integer, resource, sum, text, with_labels,
};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};

const RECEIVERS: &str = "github.com/open-telemetry/opentelemetry-collector-contrib/receiver";

/// What is told at one moment.
pub struct Batch {
    nanos: u64,
    resources: Vec<ResourceMetrics>,
    points: u64,
}

impl Batch {
    pub fn at(nanos: u64) -> Self {
        Self { nanos, resources: Vec::new(), points: 0 }
    }

    fn add(&mut self, receiver: &str, mut attributes: Vec<KeyValue>, metrics: Vec<Metric>) {
        attributes.push(text("k8s.cluster.name", CLUSTER));
        attributes.push(attribute("hannun.synthetic", flag(true)));
        self.points += metrics.len() as u64;
        self.resources.push(ResourceMetrics {
            resource: Some(resource(attributes)),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: format!("{RECEIVERS}/{receiver}"),
                    ..InstrumentationScope::default()
                }),
                metrics,
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        });
    }

    pub fn node(&mut self, node: &Node, cpu: f64, memory: i64) {
        let attributes = vec![
            text("k8s.node.name", &node.name),
            text("k8s.node.uid", &node.uid),
            text("host.id", &node.instance_id),
        ];
        let metrics = vec![
            gauge("k8s.node.allocatable_cpu", "{cpu}", double(cpu), self.nanos),
            gauge("k8s.node.allocatable_memory", "By", integer(memory), self.nanos),
        ];
        self.add("k8sclusterreceiver", attributes, metrics);
    }

    pub fn container(&mut self, container: &Container, node: &Node) {
        let now = self.nanos;
        let demand = &container.demand;
        let attributes = |with_host: bool| {
            let mut attributes = vec![
                text("container.id", &container.placement.container_id),
                text("k8s.container.name", container.name),
                text("k8s.namespace.name", container.namespace),
                text("k8s.node.name", &node.name),
                text("k8s.pod.name", &container.placement.pod_name),
                text("k8s.pod.uid", &container.placement.pod_uid),
            ];
            let owner =
                if container.is_daemon { "k8s.daemonset.name" } else { "k8s.deployment.name" };
            attributes.push(text(owner, container.name));
            if with_host {
                attributes.push(text("host.id", &node.instance_id));
            }
            attributes
        };
        let used = vec![
            sum(
                "container.cpu.time",
                "s",
                double(container.cpu_seconds),
                (container.started_nanos, now),
            ),
            gauge("container.cpu.usage", "{cpu}", double(container.cpu_cores), now),
            gauge("container.memory.working_set", "By", integer(demand.memory_used()), now),
        ];
        self.add("kubeletstatsreceiver", attributes(true), used);
        let asked = vec![
            gauge("k8s.container.cpu_request", "{cpu}", double(demand.cpu_request), now),
            gauge("k8s.container.memory_request", "By", integer(demand.memory_request()), now),
        ];
        self.add("k8sclusterreceiver", attributes(false), asked);
        if container.is_service {
            self.pod(container, node);
        }
    }

    /// The network of a pod, which its containers share.
    fn pod(&mut self, container: &Container, node: &Node) {
        let attributes = vec![
            text("k8s.deployment.name", container.name),
            text("k8s.namespace.name", container.namespace),
            text("k8s.node.name", &node.name),
            text("k8s.pod.name", &container.placement.pod_name),
            text("k8s.pod.uid", &container.placement.pod_uid),
            text("host.id", &node.instance_id),
        ];
        let times = (container.started_nanos, self.nanos);
        let directions = ["receive", "transmit"].into_iter().zip(container.network_bytes);
        let metrics = directions
            .map(|(direction, bytes)| {
                let labels = vec![text("interface", "eth0"), text("direction", direction)];
                with_labels(sum("k8s.pod.network.io", "By", integer(bytes as i64), times), &labels)
            })
            .collect();
        self.add("kubeletstatsreceiver", attributes, metrics);
    }

    pub fn into_request(self) -> (ExportMetricsServiceRequest, u64) {
        (ExportMetricsServiceRequest { resource_metrics: self.resources }, self.points)
    }
}
