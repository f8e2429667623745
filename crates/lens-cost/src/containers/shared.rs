//! The bill of an hour, shared out: services, idle, overhead, databases, and what is left.

use super::charges::{Charged, Charges, Purpose};
use super::hours::Hours;
use super::nodes::Topology;
use super::observed::{Observed, Use};
use crate::costs::CostError;
use foldhash::{HashMap, HashMapExt};
use hannun_allocation::containers::{
    ContainerCost, ContainerHour, NodeCapacity, NodeHour, Weights, split_node,
};
use hannun_allocation::endpoints::DriverKind;
use hannun_allocation::endpoints::price::ServiceCosts;
use hannun_model::money::Money;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const HOUR_SECONDS: f64 = 3600.0;

/// Everything that sharing out needs.
#[derive(Debug)]
pub struct Inputs {
    pub hours: Hours,
    pub topology: Topology,
    pub observed: Observed,
    pub charges: Charges,
    /// Resources that are databases.
    pub databases: BTreeSet<Arc<str>>,
    /// Services that a rule or a tag may charge.
    pub services: BTreeSet<Arc<str>>,
    index: Index,
}

/// Where things are.
#[derive(Debug, Default)]
struct Index {
    node_of_resource: HashMap<Arc<str>, usize>,
    host_of_resource: HashMap<Arc<str>, usize>,
    containers_of_node: Vec<Vec<usize>>,
    /// The most that was told in any hour.
    capacity: Vec<NodeCapacity>,
}

/// What a node costs in an hour.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeShare {
    pub node: usize,
    pub cost: Money,
    pub cluster_idle: Money,
    /// By the place of the container.
    pub containers: Vec<(usize, ContainerCost)>,
}

/// The bill of an hour in parts that sum to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HourShare {
    pub bill: Money,
    /// What services used.
    pub services: BTreeMap<Arc<str>, ServiceCosts>,
    /// What services reserved and did not use.
    pub service_idle: BTreeMap<Arc<str>, Money>,
    /// What nobody reserved, and what those who are no service reserved in vain.
    pub idle: Money,
    /// Containers of no service, and control planes of clusters.
    pub overhead: Money,
    pub databases: BTreeMap<Arc<str>, Money>,
    pub unallocated: Money,
    pub nodes: Vec<NodeShare>,
    pub lacks: Lacks,
}

/// What kept part of the bill from being shared out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Nodes in the bill without a container that metrics tell of.
    pub container_metrics: bool,
    /// Transfer of a node with several services and no bytes by pod.
    pub network_metrics: bool,
    pub cpu_metrics: bool,
    pub memory_metrics: bool,
    pub requests: bool,
    pub capacity: bool,
    /// Hosts with services and no usage.
    pub host_usage: bool,
}

impl Lacks {
    pub fn join(&mut self, other: Self) {
        self.container_metrics |= other.container_metrics;
        self.network_metrics |= other.network_metrics;
        self.cpu_metrics |= other.cpu_metrics;
        self.memory_metrics |= other.memory_metrics;
        self.requests |= other.requests;
        self.capacity |= other.capacity;
        self.host_usage |= other.host_usage;
    }
}

impl HourShare {
    /// The sum of all parts.
    pub fn parts(&self) -> Money {
        let services: Money = self.services.values().map(ServiceCosts::total).sum();
        let idle: Money = self.service_idle.values().copied().sum();
        let databases: Money = self.databases.values().copied().sum();
        services + idle + databases + self.idle + self.overhead + self.unallocated
    }

    fn service(&mut self, service: &Arc<str>) -> &mut ServiceCosts {
        self.services.entry(service.clone()).or_default()
    }
}

impl Inputs {
    pub fn new(hours: Hours, topology: Topology, observed: Observed, charges: Charges) -> Self {
        let mut index = Index {
            containers_of_node: vec![Vec::new(); topology.nodes.len()],
            capacity: vec![NodeCapacity::default(); topology.nodes.len()],
            ..Index::default()
        };
        let mut node_of_key: HashMap<&Arc<str>, usize> = HashMap::new();
        for (at, node) in topology.nodes.iter().enumerate() {
            node_of_key.extend(node.keys.iter().map(|key| (key, at)));
            if let Some(resource) = &node.resource {
                index.node_of_resource.entry(resource.clone()).or_insert(at);
            }
        }
        for (at, host) in topology.hosts.iter().enumerate() {
            index.host_of_resource.insert(host.resource.clone(), at);
        }
        for (at, container) in topology.containers.iter().enumerate() {
            if let Some(node) = container.node {
                index.containers_of_node[node].push(at);
            }
        }
        for ((key, _), told) in &observed.capacity {
            let Some(node) = node_of_key.get(key) else { continue };
            let known = &mut index.capacity[*node];
            known.cpu = greater(known.cpu, told.cpu);
            known.memory_bytes = greater(known.memory_bytes, told.memory_bytes);
        }
        let (databases, services) = (BTreeSet::new(), BTreeSet::new());
        Self { hours, topology, observed, charges, databases, services, index }
    }

    /// Shares out the bill of an hour.
    ///
    /// # Errors
    /// When the parts do not sum to the bill, which would be a mistake of ours.
    pub fn share_hour(&self, hour: usize, weights: Weights) -> Result<HourShare, CostError> {
        let mut share = HourShare::default();
        let mut pools: BTreeMap<(Pool, usize), Money> = BTreeMap::new();
        for (charged, amount) in &self.charges.hours[hour] {
            share.bill += *amount;
            self.charge(charged, *amount, &mut share, &mut pools);
        }
        for ((pool, at), amount) in pools {
            match pool {
                Pool::Node => self.share_node(at, amount, hour, weights, &mut share),
                Pool::NodeNetwork => self.share_network(at, amount, hour, &mut share),
                Pool::Host => self.share_host(at, amount, DriverKind::Cpu, &mut share),
                Pool::HostNetwork => self.share_host(at, amount, DriverKind::Network, &mut share),
            }
        }
        if share.parts() != share.bill {
            let message = format!(
                "the parts of an hour sum to {} and its bill to {}",
                share.parts(),
                share.bill
            );
            return Err(CostError::Inexact(message));
        }
        Ok(share)
    }

    fn charge(
        &self,
        charged: &Charged,
        amount: Money,
        share: &mut HourShare,
        pools: &mut BTreeMap<(Pool, usize), Money>,
    ) {
        let is_network = charged.purpose == Purpose::Network;
        if let Some(resource) = &charged.resource {
            let node = self.index.node_of_resource.get(resource);
            let host = self.index.host_of_resource.get(resource);
            let pool = match (node, host, is_network) {
                (Some(node), _, false) => Some((Pool::Node, *node)),
                (Some(node), _, true) => Some((Pool::NodeNetwork, *node)),
                (None, Some(host), false) => Some((Pool::Host, *host)),
                (None, Some(host), true) => Some((Pool::HostNetwork, *host)),
                (None, None, _) => None,
            };
            if let Some(pool) = pool {
                *pools.entry(pool).or_default() += amount;
                return;
            }
            if self.databases.contains(resource) && !is_network {
                *share.databases.entry(resource.clone()).or_default() += amount;
                return;
            }
        }
        match &charged.service {
            Some(service) if self.services.contains(service) => {
                *share.service(service).of_mut(driver(charged.purpose)) += amount;
            }
            _ if charged.purpose == Purpose::ControlPlane => share.overhead += amount,
            _ => share.unallocated += amount,
        }
    }

    fn uses(&self, node: usize, hour: usize) -> Vec<(usize, Use)> {
        let of = |container: &usize| {
            let key = self.topology.containers[*container].key.clone();
            self.observed.containers.get(&(key, hour)).map(|found| (*container, *found))
        };
        self.index.containers_of_node[node].iter().filter_map(of).collect()
    }

    fn share_node(
        &self,
        node: usize,
        cost: Money,
        hour: usize,
        weights: Weights,
        share: &mut HourShare,
    ) {
        let uses = self.uses(node, hour);
        let capacity = self.index.capacity[node];
        let told_now = |key: &Arc<str>| self.observed.capacity.contains_key(&(key.clone(), hour));
        if uses.is_empty() && !self.topology.nodes[node].keys.iter().any(told_now) {
            // Nothing says that it was idle rather than not watched.
            share.unallocated += cost;
            share.lacks.container_metrics = true;
            return;
        }
        share.lacks.join(Lacks {
            cpu_metrics: uses.iter().any(|(_, it)| !it.has_cpu),
            memory_metrics: uses.iter().any(|(_, it)| !it.has_memory),
            requests: !uses.is_empty() && uses.iter().all(|(_, it)| has_no_request(&it.hour)),
            capacity: capacity.cpu.is_none() || capacity.memory_bytes.is_none(),
            ..Lacks::default()
        });
        let containers: Vec<_> = uses.iter().map(|(_, it)| it.hour).collect();
        let mut split = split_node(&NodeHour { cost, capacity, containers: &containers }, weights);
        if self.topology.nodes[node].is_task && !containers.is_empty() {
            // Nobody else can use what a task reserved.
            let totals: Vec<i128> =
                split.containers.iter().map(|it| it.total().units().abs()).collect();
            let parts = split.cluster_idle.split_exactly(&totals);
            for (container, part) in split.containers.iter_mut().zip(parts) {
                container.cpu_idle += part;
            }
            split.cluster_idle = Money::ZERO;
        }
        for ((container, found), cost) in uses.iter().zip(&split.containers) {
            self.share_container(*container, found, cost, share);
        }
        share.idle += split.cluster_idle;
        let containers = uses.iter().map(|(at, _)| *at).zip(split.containers).collect();
        share.nodes.push(NodeShare { node, cost, cluster_idle: split.cluster_idle, containers });
    }

    fn share_container(
        &self,
        container: usize,
        found: &Use,
        cost: &ContainerCost,
        share: &mut HourShare,
    ) {
        let services = &self.topology.containers[container].services;
        if services.is_empty() {
            share.overhead += cost.used();
            share.idle += cost.idle();
            return;
        }
        let weights: Vec<f64> = services.values().copied().collect();
        let all: f64 = weights.iter().sum();
        let amounts = [cost.cpu_used, cost.memory_used, cost.idle()];
        let [cpu, memory, idle] = amounts.map(|amount| amount.split(&weights));
        let seconds = found.hour.cpu_used * found.hour.presence * HOUR_SECONDS;
        for (at, (service, weight)) in services.iter().enumerate() {
            let costs = share.service(service);
            costs.cpu += cpu[at];
            costs.memory += memory[at];
            if found.has_cpu {
                *costs.cpu_seconds.get_or_insert(0.0) += seconds * weight / all;
            }
            *share.service_idle.entry(service.clone()).or_default() += idle[at];
        }
    }

    /// The transfer of a node belongs to those who moved bytes on it.
    fn share_network(&self, node: usize, cost: Money, hour: usize, share: &mut HourShare) {
        let mut pods = BTreeSet::new();
        let mut bytes: BTreeMap<Option<&Arc<str>>, f64> = BTreeMap::new();
        for (at, found) in self.uses(node, hour) {
            let container = &self.topology.containers[at];
            let of_pod = container.pod_uid.as_ref().filter(|pod| pods.insert((*pod).clone()));
            let of_pod = of_pod.and_then(|pod| self.observed.pod_bytes.get(&(pod.clone(), hour)));
            let moved = found.bytes + of_pod.copied().unwrap_or(0.0);
            let all: f64 = container.services.values().sum();
            for (service, weight) in &container.services {
                *bytes.entry(Some(service)).or_default() += moved * weight / all;
            }
            if container.services.is_empty() {
                *bytes.entry(None).or_default() += moved;
            }
        }
        let services = bytes.keys().flatten().count();
        if bytes.values().sum::<f64>() <= 0.0 {
            let only = bytes.keys().flatten().next().filter(|_| services == 1);
            match only {
                Some(service) => share.service(service).network += cost,
                None => {
                    share.unallocated += cost;
                    share.lacks.network_metrics = true;
                }
            }
            return;
        }
        let weights: Vec<f64> = bytes.values().copied().collect();
        for (service, part) in bytes.keys().zip(cost.split(&weights)) {
            match service {
                Some(service) => share.service(service).network += part,
                None => share.overhead += part,
            }
        }
    }

    fn share_host(&self, host: usize, cost: Money, kind: DriverKind, share: &mut HourShare) {
        let services = &self.topology.hosts[host].services;
        share.lacks.host_usage = true;
        let weights: Vec<f64> = services.values().copied().collect();
        for (service, part) in services.keys().zip(cost.split(&weights)) {
            *share.service(service).of_mut(kind) += part;
        }
    }
}

/// What part of the charges of a resource is split over whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pool {
    Node,
    NodeNetwork,
    Host,
    HostNetwork,
}

fn driver(purpose: Purpose) -> DriverKind {
    match purpose {
        Purpose::Compute | Purpose::ControlPlane => DriverKind::Cpu,
        Purpose::Network => DriverKind::Network,
        Purpose::Database => DriverKind::Database,
        Purpose::Queue => DriverKind::Queue,
        Purpose::Other => DriverKind::Call,
    }
}

fn has_no_request(hour: &ContainerHour) -> bool {
    hour.cpu_request <= 0.0 && hour.memory_request_bytes <= 0.0
}

fn greater(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        _ => one.or(other),
    }
}

#[cfg(test)]
pub(crate) mod tests;
