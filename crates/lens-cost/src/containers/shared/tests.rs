//! A small cluster whose hour is known.

use super::super::hours::HOUR_MS;
use super::super::nodes::{Container, Host, Node};
use super::*;
use crate::currency::{Currencies, Rates};
use hannun_allocation::containers::GIB;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn arc(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn charged(resource: &str, service: &str, purpose: Purpose) -> Charged {
    let filled = |text: &str| (!text.is_empty()).then(|| arc(text));
    Charged { resource: filled(resource), service: filled(service), purpose }
}

fn container(key: &str, node: usize, services: &[(&str, f64)]) -> Container {
    Container {
        key: arc(key),
        pod_uid: Some(arc(&format!("pod-{key}"))),
        node: Some(node),
        workload: key.to_owned(),
        services: services.iter().map(|(name, weight)| (arc(name), *weight)).collect(),
        ..Container::default()
    }
}

fn used(cpu: f64, memory_gib: f64) -> Use {
    let hour = ContainerHour {
        presence: 1.0,
        cpu_request: 1.0,
        cpu_used: cpu,
        memory_request_bytes: 0.0,
        memory_used_bytes: memory_gib * GIB,
    };
    Use { hour, has_cpu: true, has_memory: true, bytes: 0.0 }
}

/// A node of 2 processors and 2 GiB for 0.2 an hour with two services and an agent, a host, a
/// database, a control plane and a tax.
pub(crate) fn inputs() -> Inputs {
    let node = Node { keys: [arc("n1")].into(), resource: Some(arc("i-1")), ..Node::default() };
    let containers =
        vec![container("a", 0, &[("order", 3.0), ("cart", 1.0)]), container("agent", 0, &[])];
    let hosts = vec![Host { resource: arc("i-2"), services: [(arc("legacy"), 1.0)].into() }];
    let mut observed = Observed::default();
    observed.containers.insert((arc("a"), 0), used(0.5, 1.0));
    observed.containers.insert((arc("agent"), 0), used(0.25, 0.0));
    observed.pod_bytes.insert((arc("pod-a"), 0), 300.0);
    observed.pod_bytes.insert((arc("pod-agent"), 0), 100.0);
    let capacity = NodeCapacity { cpu: Some(2.0), memory_bytes: Some(2.0 * GIB) };
    observed.capacity.insert((arc("n1"), 0), capacity);
    let lines = [
        (charged("i-1", "", Purpose::Compute), "0.2"),
        (charged("i-1", "", Purpose::Network), "0.04"),
        (charged("i-2", "order", Purpose::Compute), "5"),
        (charged("db", "", Purpose::Database), "7"),
        (charged("", "order", Purpose::Other), "0.5"),
        (charged("", "unknown", Purpose::Other), "0.25"),
        (charged("", "", Purpose::ControlPlane), "0.1"),
        (charged("", "", Purpose::Other), "-1"),
    ];
    let hours = Hours { from_ms: 0, count: 2 };
    let by_hour = lines.into_iter().map(|(charged, cost)| (charged, money(cost))).collect();
    let alone = BTreeMap::from([(charged("i-1", "", Purpose::Compute), money("0.2"))]);
    let charges = Charges {
        exchange: Currencies::of(Rates::default(), None).exchange([("USD", 0)]).unwrap(),
        hours: vec![by_hour, alone],
        until_ms: Some(HOUR_MS),
        has_lines: true,
    };
    let topology = Topology { nodes: vec![node], containers, hosts };
    let mut inputs = Inputs::new(hours, topology, observed, charges);
    inputs.databases.insert(arc("db"));
    inputs.services.insert(arc("order"));
    inputs
}

#[test]
fn an_hour_is_shared_out_to_the_last_place() {
    let share = inputs().share_hour(0, Weights::default()).unwrap();
    assert_eq!(share.bill, money("12.09"));
    let order = &share.services[&arc("order")];
    // Three quarters of half a processor and of a GiB, at a cent for a ninth of a processor.
    assert_eq!((order.cpu, order.memory), (money("0.03375"), money("0.0075")));
    assert_eq!((order.network, order.call), (money("0.0225"), money("0.5")));
    assert_eq!(order.cpu_seconds, Some(1350.0));
    assert_eq!(share.service_idle[&arc("cart")], money("0.01125"));
    assert_eq!(share.services[&arc("legacy")].cpu, money("5"));
    assert_eq!(share.databases[&arc("db")], money("7"));
    // The agent: a quarter of a processor, a quarter of the bytes, and the control plane.
    assert_eq!(share.overhead, money("0.0225") + money("0.01") + money("0.1"));
    // What the agent reserved in vain, and the GiB that nobody reserved.
    assert_eq!(share.idle, money("0.0675") + money("0.01"));
    assert_eq!(share.unallocated, money("-0.75"));
    assert!(share.lacks.host_usage && !share.lacks.capacity && !share.lacks.network_metrics);
}

#[test]
fn a_node_that_nothing_is_known_of_is_not_called_idle() {
    let share = inputs().share_hour(1, Weights::default()).unwrap();
    assert_eq!((share.unallocated, share.idle), (money("0.2"), Money::ZERO));
    assert!(share.lacks.container_metrics);
}

#[test]
fn transfer_of_a_node_is_whose_bytes_it_was_or_nobodys() {
    let mut inputs = inputs();
    inputs.observed.pod_bytes.clear();
    let share = inputs.share_hour(0, Weights::default()).unwrap();
    assert!(share.lacks.network_metrics);
    assert_eq!(share.unallocated, money("-0.71"));
    inputs.topology.containers[0].services.remove("cart");
    let share = inputs.share_hour(0, Weights::default()).unwrap();
    assert_eq!(share.services[&arc("order")].network, money("0.04"));
}

#[test]
fn what_a_task_reserved_is_its_own() {
    let mut inputs = inputs();
    inputs.topology.nodes[0].is_task = true;
    let share = inputs.share_hour(0, Weights::default()).unwrap();
    assert_eq!(share.nodes[0].cluster_idle, Money::ZERO);
    let total: Money = share.nodes[0].containers.iter().map(|(_, cost)| cost.total()).sum();
    assert_eq!(total, money("0.2"));
}
