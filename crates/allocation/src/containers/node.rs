//! The cost of a node in an hour, split over the containers on it.

use super::weights::Weights;
use hannun_model::money::Money;

/// What containers may use of a node.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NodeCapacity {
    /// Processors; `None` when no metric tells.
    pub cpu: Option<f64>,
    /// Memory in bytes.
    pub memory_bytes: Option<f64>,
}

/// A container in an hour. Amounts are means over the part of the hour in which it ran.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ContainerHour {
    /// Part of the hour in which it ran, 0 to 1.
    pub presence: f64,
    pub cpu_request: f64,
    pub cpu_used: f64,
    pub memory_request_bytes: f64,
    pub memory_used_bytes: f64,
}

/// A node in an hour.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeHour<'a> {
    pub cost: Money,
    pub capacity: NodeCapacity,
    pub containers: &'a [ContainerHour],
}

/// What a container costs in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContainerCost {
    pub cpu_used: Money,
    pub memory_used: Money,
    /// Reserved and not used.
    pub cpu_idle: Money,
    pub memory_idle: Money,
}

impl ContainerCost {
    pub fn used(&self) -> Money {
        self.cpu_used + self.memory_used
    }

    pub fn idle(&self) -> Money {
        self.cpu_idle + self.memory_idle
    }

    pub fn total(&self) -> Money {
        self.used() + self.idle()
    }
}

/// The cost of a node in an hour, without rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSplit {
    /// One for each container, in their order.
    pub containers: Vec<ContainerCost>,
    /// What no container reserved or used.
    pub cluster_idle: Money,
}

/// Splits the cost of a node so that the parts sum to it exactly.
///
/// A node whose capacity is not known has no cluster idle: what is not known to be there is not
/// charged to nobody. A node that is asked for more than it has (requests do not bind usage) is
/// split over what was taken. A node without containers is idle altogether.
pub fn split_node(node: &NodeHour<'_>, weights: Weights) -> NodeSplit {
    let held = node.containers.iter().map(Held::of).collect::<Vec<_>>();
    let (cpu_held, memory_held) =
        held.iter().fold((0.0, 0.0), |(cpu, memory), it| (cpu + it.cpu(), memory + it.memory()));
    let cpu_capacity = node.capacity.cpu.unwrap_or(0.0).max(cpu_held);
    let memory_capacity = node.capacity.memory_bytes.unwrap_or(0.0).max(memory_held);
    let mut shares = Vec::with_capacity(held.len() * 4 + 1);
    for it in &held {
        let (cpu_used, memory_used) = weights.of(it.cpu_used, it.memory_used);
        let (cpu_idle, memory_idle) = weights.of(it.cpu_idle, it.memory_idle);
        shares.extend([cpu_used, memory_used, cpu_idle, memory_idle]);
    }
    let (cpu_free, memory_free) =
        weights.of(cpu_capacity - cpu_held, memory_capacity - memory_held);
    shares.push(cpu_free + memory_free);
    if shares.iter().all(|share| *share <= 0.0) {
        // Nothing is known of what it did: not even parts of it are anybody's.
        let containers = vec![ContainerCost::default(); held.len()];
        return NodeSplit { containers, cluster_idle: node.cost };
    }
    let parts = node.cost.split(&shares);
    let (containers, idle) = parts.split_at(held.len() * 4);
    let cost = |part: &[Money]| ContainerCost {
        cpu_used: part[0],
        memory_used: part[1],
        cpu_idle: part[2],
        memory_idle: part[3],
    };
    NodeSplit {
        containers: containers.chunks_exact(4).map(cost).collect(),
        cluster_idle: idle.iter().copied().sum(),
    }
}

/// What a container held of a node over the hour, in processors and bytes.
struct Held {
    cpu_used: f64,
    cpu_idle: f64,
    memory_used: f64,
    memory_idle: f64,
}

impl Held {
    fn of(container: &ContainerHour) -> Self {
        let presence = usable(container.presence).min(1.0);
        let cpu_used = usable(container.cpu_used) * presence;
        let memory_used = usable(container.memory_used_bytes) * presence;
        Self {
            cpu_used,
            cpu_idle: (usable(container.cpu_request) * presence - cpu_used).max(0.0),
            memory_used,
            memory_idle: (usable(container.memory_request_bytes) * presence - memory_used).max(0.0),
        }
    }

    fn cpu(&self) -> f64 {
        self.cpu_used + self.cpu_idle
    }

    fn memory(&self) -> f64 {
        self.memory_used + self.memory_idle
    }
}

/// Senders may say anything.
fn usable(number: f64) -> f64 {
    if number.is_finite() { number.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::GIB;
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn container(cpu: (f64, f64), memory_gib: (f64, f64)) -> ContainerHour {
        ContainerHour {
            presence: 1.0,
            cpu_request: cpu.0,
            cpu_used: cpu.1,
            memory_request_bytes: memory_gib.0 * GIB,
            memory_used_bytes: memory_gib.1 * GIB,
        }
    }

    const CAPACITY: NodeCapacity = NodeCapacity { cpu: Some(2.0), memory_bytes: Some(2.0 * GIB) };

    #[test]
    fn a_container_pays_for_the_larger_of_request_and_usage() {
        // Worth 2×9 + 2×1 = 20 units, one cent each.
        let containers = [container((1.0, 0.25), (0.5, 1.0)), container((0.0, 0.5), (0.5, 0.0))];
        let node = NodeHour { cost: money("0.2"), capacity: CAPACITY, containers: &containers };
        let split = split_node(&node, Weights::default());
        let expected = ContainerCost {
            cpu_used: money("0.0225"),
            cpu_idle: money("0.0675"),
            memory_used: money("0.01"),
            memory_idle: Money::ZERO,
        };
        assert_eq!(split.containers[0], expected);
        assert_eq!(split.containers[1].cpu_used, money("0.045"));
        assert_eq!(split.containers[1].idle(), money("0.005"));
        assert_eq!(split.cluster_idle, money("0.05"));
    }

    #[test]
    fn a_container_of_half_an_hour_pays_for_half_an_hour() {
        let half = ContainerHour { presence: 0.5, ..container((2.0, 1.0), (2.0, 2.0)) };
        let node = NodeHour { cost: money("0.2"), capacity: CAPACITY, containers: &[half] };
        let split = split_node(&node, Weights::default());
        assert_eq!(split.containers[0].total(), money("0.1"));
        assert_eq!(split.cluster_idle, money("0.1"));
    }

    #[test]
    fn a_node_that_is_overbooked_is_split_over_what_was_taken() {
        let containers = [container((3.0, 1.0), (0.0, 0.0)), container((1.0, 1.0), (0.0, 1.0))];
        let node = NodeHour { cost: money("0.38"), capacity: CAPACITY, containers: &containers };
        let split = split_node(&node, Weights::default());
        assert_eq!(split.containers[0].total(), money("0.27"));
        assert_eq!(
            (split.containers[1].total(), split.cluster_idle),
            (money("0.1"), money("0.01"))
        );
    }

    #[test]
    fn a_node_of_unknown_capacity_has_no_idle_and_one_without_containers_nothing_else() {
        let node = |containers| NodeHour {
            cost: money("1"),
            capacity: NodeCapacity::default(),
            containers,
        };
        let containers = [container((1.0, 0.1), (1.0, 1.0))];
        let one = split_node(&node(&containers), Weights::default());
        assert_eq!((one.containers[0].total(), one.cluster_idle), (money("1"), Money::ZERO));
        let none = split_node(&node(&[]), Weights::default());
        assert_eq!((none.containers.len(), none.cluster_idle), (0, money("1")));
        let containers = [ContainerHour::default()];
        let silent = split_node(&node(&containers), Weights::default());
        assert_eq!((silent.containers[0].total(), silent.cluster_idle), (Money::ZERO, money("1")));
    }

    proptest! {
        #[test]
        fn the_parts_of_a_node_sum_to_its_cost(
            units in -1_000_000_000_000_000i128..1_000_000_000_000_000,
            cpu in proptest::option::of(0.0f64..256.0),
            memory in proptest::option::of(0.0f64..1e12),
            amounts in proptest::collection::vec(
                (0.0f64..2.0, -1.0f64..64.0, 0.0f64..64.0, 0.0f64..1e11, 0.0f64..1e11), 0..30),
        ) {
            let containers: Vec<_> = amounts.into_iter().map(|it| ContainerHour {
                presence: it.0,
                cpu_request: it.1,
                cpu_used: it.2,
                memory_request_bytes: it.3,
                memory_used_bytes: it.4,
            }).collect();
            let cost = Money::from_units(units);
            let capacity = NodeCapacity { cpu, memory_bytes: memory };
            let node = NodeHour { cost, capacity, containers: &containers };
            let split = split_node(&node, Weights::default());
            let parts: Money = split.containers.iter().map(ContainerCost::total).sum();
            prop_assert_eq!(parts + split.cluster_idle, cost);
            for part in &split.containers {
                prop_assert!(part.total().units().signum() != -cost.units().signum() || part.total().is_zero());
            }
        }
    }
}
