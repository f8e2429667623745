//! Reading everything that sharing out a bill needs.

use super::charges::{self, Resource};
use super::hours::Hours;
use super::identity::{self, last_part};
use super::nodes::Topology;
use super::shared::Inputs;
use super::{observed, places};
use crate::CostState;
use crate::allocation::Asked;
use crate::costs::{CostError, Missing};
use hannun_model::limits::{COST_NODE_NAMES_BYTES_MAX, COST_NODES_MAX};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked for beside containers.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// SQL that chooses spans when there are too many; begins with ` AND `.
    pub chosen: String,
    /// Addresses under which spans talk to databases, by number.
    pub databases: Vec<String>,
    /// Services that rules and tags may charge.
    pub services: BTreeSet<Arc<str>>,
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    pub inputs: Inputs,
    /// The numbers of [`Wanted::databases`] by the resource that they are.
    pub numbers: BTreeMap<Arc<str>, Vec<u32>>,
    /// Nodes and databases that were left out because there are too many.
    pub left_out: usize,
}

/// Reads metrics, places of spans and the bill of some hours.
pub async fn load(
    state: &CostState,
    asked: &Asked,
    hours: Hours,
    wanted: Wanted,
) -> Result<Loaded, CostError> {
    let engine = &state.engine;
    let identities = identity::identities(engine, &hours).await?;
    let observed = observed::observe(engine, &hours).await?;
    let places = places::places(engine, &hours, &wanted.chosen).await?;
    let resources = charges::resources(engine, &hours, asked.metric).await?;
    let topology = Topology::new(&identities, &places, &resources);
    let numbers = databases(&wanted.databases, &resources);
    let wanted_names = topology.resources().chain(numbers.keys()).cloned();
    let (named, left_out) = named(wanted_names.collect());
    let rules = (&asked.rules, &asked.currencies);
    let charges = charges::charges(engine, &hours, asked.metric, rules, &named).await?;
    let mut inputs = Inputs::new(hours, topology, observed, charges);
    inputs.databases = numbers.keys().cloned().collect();
    inputs.services = wanted.services;
    Ok(Loaded { inputs, numbers, left_out })
}

/// As many as a query can name.
fn named(all: BTreeSet<Arc<str>>) -> (Vec<String>, usize) {
    let mut bytes = 0;
    let fits = |name: &&Arc<str>| {
        bytes += name.len() + 4;
        bytes <= COST_NODE_NAMES_BYTES_MAX
    };
    let named: Vec<String> =
        all.iter().take(COST_NODES_MAX).take_while(fits).map(ToString::to_string).collect();
    let left_out = all.len() - named.len();
    (named, left_out)
}

/// Databases of the bill by the addresses under which spans talk to them: an address begins with the
/// name of the instance, as `orders.abc123.ap-northeast-2.rds.amazonaws.com` does with `orders`.
fn databases(addresses: &[String], resources: &[Resource]) -> BTreeMap<Arc<str>, Vec<u32>> {
    let mut by_name: BTreeMap<String, &Resource> = BTreeMap::new();
    let is_database = |it: &&Resource| it.category.as_deref() == Some("Databases");
    for resource in resources.iter().filter(is_database) {
        by_name.entry(last_part(&resource.resource_id)).or_insert(resource);
        if let Some(name) = resource.resource_name.as_deref() {
            by_name.entry(last_part(name)).or_insert(resource);
        }
    }
    let mut numbers: BTreeMap<Arc<str>, Vec<u32>> = BTreeMap::new();
    for (number, address) in (0_u32..).zip(addresses) {
        let address = address.to_ascii_lowercase();
        let first = address.split('.').next().unwrap_or_default();
        let found = by_name.get(first).or_else(|| by_name.get(&address));
        if let Some(resource) = found.filter(|_| !first.is_empty()) {
            let id: Arc<str> = Arc::from(resource.resource_id.as_str());
            numbers.entry(id).or_default().push(number);
        }
    }
    numbers
}

/// What is missing for containers to be told, and what to do about it.
pub fn missing(loaded: &Loaded, lacks: super::shared::Lacks) -> Vec<Missing> {
    let inputs = &loaded.inputs;
    let mut missing = Vec::new();
    let mut tell = |what: &str, how: String| missing.push(Missing::new(what, how));
    if !inputs.charges.has_lines {
        let how = "no bill covers this time: import one, or wait for the provider to deliver it";
        tell("bill", how.to_owned());
    }
    let end_ms = inputs.charges.until_ms;
    if let Some(until_ms) = end_ms.filter(|until| *until < inputs.hours.to_ms()) {
        let until = crate::currency::rates::day(until_ms);
        tell("bill_end", format!("the bill ends on {until}: later hours cost nothing yet"));
    }
    if inputs.topology.containers.is_empty() {
        tell("container_metrics", CONTAINER_METRICS.to_owned());
    } else if lacks.container_metrics {
        tell("container_metrics", format!("some nodes or hours have none: {CONTAINER_METRICS}"));
    }
    let unmatched: Vec<&str> = unmatched(inputs).take(5).collect();
    if !unmatched.is_empty() && inputs.charges.has_lines {
        let names = unmatched.join(", ");
        tell("node_in_bill", format!("{NODE_IN_BILL}; such as {names}"));
    }
    for (lacking, what, how) in [
        (lacks.capacity, "node_capacity", NODE_CAPACITY),
        (lacks.requests, "requests", REQUESTS),
        (lacks.cpu_metrics, "cpu_usage", CPU_USAGE),
        (lacks.memory_metrics, "memory_usage", MEMORY_USAGE),
        (lacks.network_metrics, "network_usage", NETWORK_USAGE),
        (lacks.host_usage, "host_usage", HOST_USAGE),
    ] {
        if lacking {
            tell(what, how.to_owned());
        }
    }
    if loaded.left_out > 0 {
        let how = format!(
            "{} nodes and databases are left unallocated because a question names at most \
             {COST_NODES_MAX}: ask for a shorter time",
            loaded.left_out
        );
        tell("too_many_nodes", how);
    }
    missing
}

/// Nodes of containers that no line of the bill names.
pub fn unmatched(inputs: &Inputs) -> impl Iterator<Item = &str> {
    let nodes = inputs.topology.nodes.iter().filter(|node| node.resource.is_none());
    nodes.map(|node| node.name.as_str())
}

const CONTAINER_METRICS: &str = "send container metrics: the kubeletstats and k8s_cluster receivers \
    of the OpenTelemetry Collector, or awsecscontainermetrics on ECS";
const NODE_IN_BILL: &str = "nodes are not found in the bill: let the collector on each node send \
    host.id (resource detection), and the bill its resource ids";
const NODE_CAPACITY: &str = "without the capacity of nodes nothing is known to be idle: set \
    allocatable_types_to_report: [cpu, memory] in the k8s_cluster receiver";
const REQUESTS: &str = "no container says what it reserves: add the k8s_cluster receiver";
const CPU_USAGE: &str = "some containers send no container.cpu.time or container.cpu.usage; they \
    count with what they reserve";
const MEMORY_USAGE: &str = "some containers send no container.memory.working_set; they count with \
    what they reserve";
const NETWORK_USAGE: &str = "the transfer of nodes with several services is unallocated: let \
    kubeletstats send k8s.pod.network.io";
const HOST_USAGE: &str = "services run on hosts without container metrics, so all of a host counts \
    as used and nothing of it as idle";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_found_by_the_address_that_spans_talk_to() {
        let resource = |id: &str, category: &str| Resource {
            resource_id: id.to_owned(),
            resource_name: None,
            category: Some(category.to_owned()),
        };
        let resources = [
            resource("arn:aws:rds:ap-northeast-2:1:db:orders", "Databases"),
            resource("carts", "Compute"),
        ];
        let addresses = ["ORDERS.abc.rds.amazonaws.com", "carts", "", "orders"].map(str::to_owned);
        let found = databases(&addresses, &resources);
        assert_eq!(found.into_values().collect::<Vec<_>>(), [vec![0, 3]]);
    }

    #[test]
    fn a_query_names_as_many_as_it_can() {
        let many = (0..COST_NODES_MAX + 7).map(|it| Arc::from(format!("i-{it}"))).collect();
        let (some, left_out) = named(many);
        assert_eq!((some.len(), left_out), (COST_NODES_MAX, 7));
    }
}
