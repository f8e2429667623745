//! The cluster that the shop runs on: nodes, pods and what they use.
//!
//! Nothing of it exists. What a container uses follows from the spans that its service really made,
//! and it is told in the shape of the OpenTelemetry Collector's receivers for Kubernetes, labelled
//! `hannun.synthetic`. The instances have the ids that the shop's bill has lines for.

mod metrics;
mod workloads;

use crate::dice::Dice;
use crate::truth::{ContainerTruth, NodeTruth};
use metrics::Batch;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use workloads::{COMPANIONS, Demand, demand_of};

pub const CLUSTER: &str = "shop";
pub const NAMESPACE: &str = "shop";
/// The name of the database instance on the bill, and where spans say that it is.
pub const DATABASE: &str = "shop-db";
pub const NODES: u64 = 3;
/// An m6i.xlarge, less what the system keeps of it.
const ALLOCATABLE_CPU: f64 = 3.92;
const ALLOCATABLE_MEMORY: i64 = 15_300_000_000;

/// What a pod receives and sends for each span of its service.
const BYTES_OF_SPAN: [f64; 2] = [900.0, 2600.0];

/// A worker of the cluster.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    /// The EC2 instance.
    pub instance_id: String,
    pub zone: char,
    uid: String,
}

/// Node `number`, from 0; the same for every run of a seed.
pub fn node(seed: u64, number: u64) -> Node {
    let mut dice = Dice::new(seed, "node", number);
    Node {
        name: format!("shop-node-{}", number + 1),
        instance_id: format!("i-0{:016x}", dice.number::<u64>()),
        zone: ['a', 'b', 'c'][number as usize % 3],
        uid: uuid(dice.number()),
    }
}

/// Where a container runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    pub container_id: String,
    pub pod_name: String,
    pub pod_uid: String,
    pub node: u64,
    /// The id of the service's instance in it.
    pub instance: String,
}

impl Placement {
    /// The container of one start of a service, or of anything else that has a name.
    pub fn of(name: &str, seed: u64, start: u64) -> Self {
        let mut dice = Dice::new(seed, name, start);
        let container_id = format!("{:032x}{:032x}", dice.number::<u128>(), dice.number::<u128>());
        let instance = uuid(dice.number());
        let node = dice.below(NODES);
        let mut dice = Dice::new(seed, &format!("pod of {name}"), start);
        let suffix = format!("{:016x}", dice.number::<u64>());
        Self {
            container_id,
            pod_name: format!("{name}-{}-{}", &suffix[..9], &suffix[9..14]),
            pod_uid: uuid(dice.number()),
            node,
            instance,
        }
    }
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

/// A container that runs, and what it has used.
#[derive(Debug)]
struct Container {
    name: &'static str,
    namespace: &'static str,
    /// Whether spans name it as their service.
    is_service: bool,
    is_daemon: bool,
    demand: Demand,
    placement: Placement,
    started_nanos: u64,
    /// Spans of the service when it was last looked at.
    spans: u64,
    cpu_seconds: f64,
    /// Since it was last told.
    cpu_cores: f64,
    /// Bytes that its pod received and sent.
    network_bytes: [f64; 2],
}

/// What a service is doing: its name, where it runs, and how many spans it has made.
#[derive(Debug)]
pub struct Working {
    pub service: &'static str,
    pub placement: Placement,
    pub spans: u64,
}

/// The cluster over time.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    containers: Vec<Container>,
    /// Those that a deploy replaced.
    ended: Vec<Container>,
    told_nanos: u64,
}

impl Cluster {
    pub fn new(seed: u64, now_nanos: u64) -> Self {
        let mut containers = Vec::new();
        for companion in &COMPANIONS {
            for copy in 0..companion.copies {
                let mut placement = Placement::of(companion.name, seed, copy);
                if companion.is_daemon {
                    placement.node = copy;
                }
                containers.push(Container {
                    name: companion.name,
                    namespace: companion.namespace,
                    is_service: false,
                    is_daemon: companion.is_daemon,
                    demand: companion.demand,
                    placement,
                    started_nanos: now_nanos,
                    spans: 0,
                    cpu_seconds: 0.0,
                    cpu_cores: 0.0,
                    network_bytes: [0.0; 2],
                });
            }
        }
        Self {
            nodes: (0..NODES).map(|number| node(seed, number)).collect(),
            containers,
            ended: Vec::new(),
            told_nanos: now_nanos,
        }
    }

    /// Lets time pass until `now_nanos`, and tells what was used, as the receivers do.
    pub fn tell(
        &mut self,
        services: &[Working],
        now_nanos: u64,
    ) -> Option<(ExportMetricsServiceRequest, u64)> {
        let seconds = now_nanos.saturating_sub(self.told_nanos) as f64 / 1e9;
        if seconds <= 0.0 {
            return None;
        }
        for service in services {
            self.follow(service);
        }
        for container in &mut self.containers {
            let spans = services
                .iter()
                .find(|service| container.is_service && service.service == container.name)
                .map_or(0, |service| service.spans);
            let made = spans.saturating_sub(container.spans) as f64;
            container.spans = spans;
            let used = container.demand.idle_cpu * seconds + container.demand.cpu_per_span * made;
            container.cpu_cores = (used / seconds).min(ALLOCATABLE_CPU);
            container.cpu_seconds += container.cpu_cores * seconds;
            for (bytes, of_span) in container.network_bytes.iter_mut().zip(BYTES_OF_SPAN) {
                *bytes += made * of_span;
            }
        }
        self.told_nanos = now_nanos;
        let mut batch = Batch::at(now_nanos);
        for node in &self.nodes {
            batch.node(node, ALLOCATABLE_CPU, ALLOCATABLE_MEMORY);
        }
        for container in &self.containers {
            batch.container(container, &self.nodes[container.placement.node as usize]);
        }
        Some(batch.into_request())
    }

    /// Starts the container of a service, or replaces it after a deploy.
    fn follow(&mut self, service: &Working) {
        let known = self
            .containers
            .iter()
            .position(|container| container.is_service && container.name == service.service);
        let is_same =
            known.is_some_and(|place| self.containers[place].placement == service.placement);
        if is_same {
            return;
        }
        let started = Container {
            name: service.service,
            namespace: NAMESPACE,
            is_service: true,
            is_daemon: false,
            demand: demand_of(service.service),
            placement: service.placement.clone(),
            started_nanos: self.told_nanos,
            spans: known.map_or(0, |place| self.containers[place].spans),
            cpu_seconds: 0.0,
            cpu_cores: 0.0,
            network_bytes: [0.0; 2],
        };
        match known {
            Some(place) => {
                self.ended.push(std::mem::replace(&mut self.containers[place], started));
            }
            None => self.containers.push(started),
        }
    }

    pub fn nodes_truth(&self) -> Vec<NodeTruth> {
        let told = |node: &Node| NodeTruth {
            name: node.name.clone(),
            instance_id: node.instance_id.clone(),
            allocatable_cpu: ALLOCATABLE_CPU,
            allocatable_memory_bytes: ALLOCATABLE_MEMORY,
        };
        self.nodes.iter().map(told).collect()
    }

    pub fn containers_truth(&self) -> Vec<ContainerTruth> {
        let told = |container: &Container| ContainerTruth {
            container_id: container.placement.container_id.clone(),
            workload: container.name.to_owned(),
            namespace: container.namespace.to_owned(),
            service_name: container.is_service.then(|| container.name.to_owned()),
            node: self.nodes[container.placement.node as usize].name.clone(),
            cpu_request: container.demand.cpu_request,
            memory_request_bytes: container.demand.memory_request(),
            memory_used_bytes: container.demand.memory_used(),
            cpu_seconds: container.cpu_seconds,
        };
        self.ended.iter().chain(&self.containers).map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;

    fn working(start: u64, spans: u64) -> Working {
        Working { service: "order", placement: Placement::of("order", 7, start), spans }
    }

    fn cpu_time(request: &ExportMetricsServiceRequest, container: &str) -> f64 {
        use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
        let found = request.resource_metrics.iter().find(|resource| {
            let attributes = &resource.resource.as_ref().unwrap().attributes;
            attributes
                .iter()
                .any(|it| it.key == "container.id" && format!("{it:?}").contains(container))
                && resource.scope_metrics[0].scope.as_ref().unwrap().name.contains("kubeletstats")
        });
        let metrics = &found.unwrap().scope_metrics[0].metrics;
        let metric = metrics.iter().find(|metric| metric.name == "container.cpu.time").unwrap();
        let Some(Data::Sum(sum)) = &metric.data else { panic!("no sum") };
        let Some(Value::AsDouble(value)) = sum.data_points[0].value else { panic!("no double") };
        value
    }

    #[test]
    fn a_container_uses_more_when_its_service_does_more() {
        let mut cluster = Cluster::new(7, 0);
        let minute = 60_000_000_000;
        let id = working(1, 0).placement.container_id;
        let (quiet, points) = cluster.tell(&[working(1, 0)], minute).unwrap();
        assert!(points > 60);
        let (busy, _) = cluster.tell(&[working(1, 1000)], 2 * minute).unwrap();
        let (quiet, busy) = (cpu_time(&quiet, &id), cpu_time(&busy, &id));
        let demand = demand_of("order");
        assert!((quiet - demand.idle_cpu * 60.0).abs() < 1e-9);
        assert!((busy - quiet * 2.0 - 1000.0 * demand.cpu_per_span).abs() < 1e-9);
        assert!(cluster.tell(&[], 2 * minute).is_none(), "no time has passed");
    }

    #[test]
    fn a_deploy_brings_another_container_and_the_old_one_is_remembered() {
        let mut cluster = Cluster::new(7, 0);
        cluster.tell(&[working(1, 10)], 1_000_000_000);
        let before = cluster.containers_truth().len();
        cluster.tell(&[working(2, 10)], 2_000_000_000);
        let truth = cluster.containers_truth();
        assert_eq!(truth.len(), before + 1);
        let of_order = truth.iter().filter(|it| it.service_name.as_deref() == Some("order"));
        assert_eq!(of_order.count(), 2);
    }

    #[test]
    fn most_containers_use_less_than_half_of_what_they_reserve() {
        let mut cluster = Cluster::new(7, 0);
        let working: Vec<Working> = crate::plan::RELEASES
            .iter()
            .map(|(service, ..)| Working {
                service,
                placement: Placement::of(service, 7, 1),
                spans: 100,
            })
            .collect();
        cluster.tell(&working, 60_000_000_000);
        let truth = cluster.containers_truth();
        let idle = truth.iter().filter(|it| {
            it.cpu_seconds / 60.0 < 0.5 * it.cpu_request
                && (it.memory_used_bytes as f64) < 0.5 * it.memory_request_bytes as f64
        });
        let share = idle.count() as f64 / truth.len() as f64;
        assert!((0.65..0.9).contains(&share), "{share}");
    }
}
