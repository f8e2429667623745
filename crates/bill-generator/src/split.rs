//! Split cost allocation data: what the pods of a node cost, as AWS reckons it.
//!
//! CPU and memory weigh nine to one by vCPU and GiB; a pod is charged for the larger of what it
//! reserves and what it uses; the rest of the node is spread over its pods in proportion
//! (<https://docs.aws.amazon.com/cur/latest/userguide/example-split-cost-allocation-data.html>).
//! The parts of an hour sum to exactly what the node costs in it.

use crate::calendar::HOUR;
use crate::charge::{Charge, Details, Kind, Split};
use crate::company::Company;
use hannun_model::money::Money;

/// What a vCPU weighs when a GiB weighs one.
pub const CPU_WEIGHT: f64 = 9.0;

/// The rows of one node and hour: two for each pod.
pub fn charges(
    company: &Company,
    place: usize,
    start: i64,
    cost: Money,
) -> impl Iterator<Item = Charge> {
    let node = &company.nodes[place];
    let mut rows = Vec::new();
    if !cost.is_zero() {
        let (cpu, memory) = (CPU_WEIGHT * node.vcpu, node.memory_gib);
        let halves = cost.split(&[cpu, memory]);
        for (is_memory, half) in [false, true].into_iter().zip(halves) {
            let capacity = if is_memory { node.memory_gib } else { node.vcpu };
            rows.extend(kind_of_rows(company, place, start, is_memory, half, capacity));
        }
    }
    rows.into_iter()
}

fn kind_of_rows(
    company: &Company,
    place: usize,
    start: i64,
    is_memory: bool,
    cost: Money,
    capacity: f64,
) -> Vec<Charge> {
    let node = &company.nodes[place];
    let amounts: Vec<(f64, f64)> = node
        .pods
        .iter()
        .map(|pod| match is_memory {
            true => (pod.memory_request_gib, pod.memory_used_gib),
            false => (pod.cpu_request, pod.cpu_used),
        })
        .collect();
    let taken: Vec<f64> = amounts.iter().map(|(request, used)| request.max(*used)).collect();
    let free = (capacity - taken.iter().sum::<f64>()).max(0.0);
    let mut weights = taken.clone();
    weights.push(free);
    let parts = cost.split(&weights);
    let idle = parts.last().copied().unwrap_or_default().split(&taken);
    let resource = &company.resources[node.resource];
    let whole: f64 = weights.iter().sum();
    let row = |pod: usize| Charge {
        kind: Kind::Split,
        account: resource.account,
        usage: resource.usage,
        resource: Some(node.resource),
        start,
        end: start + HOUR,
        quantity: amount(taken[pod]),
        rate: Money::ZERO,
        billed: Money::ZERO,
        effective: Money::ZERO,
        list: Money::ZERO,
        details: Details::Split(Box::new(Split {
            node: place,
            pod,
            is_memory,
            actual: amount(amounts[pod].1),
            reserved: amount(amounts[pod].0),
            usage: amount(taken[pod]),
            ratio: amount(taken[pod] / whole),
            cost: parts[pod],
            unused: idle[pod],
        })),
    };
    (0..node.pods.len()).map(row).collect()
}

/// A measured quantity, to the sixth place.
fn amount(number: f64) -> Money {
    Money::from_units((number * 1e6).round() as i128 * 1_000_000)
}
