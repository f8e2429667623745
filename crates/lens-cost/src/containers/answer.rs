//! The page about containers.

use super::hours::Hours;
use super::load::{self, Loaded, Wanted};
use super::settings::CostSettings;
use super::shared::{HourShare, Inputs, Lacks};
use crate::CostState;
use crate::allocation::Asked;
use crate::costs::{CostError, Metric, Missing};
use crate::endpoints::choice::Choice;
use hannun_allocation::containers::{ContainerCost, Weights, largest_change};
use hannun_model::limits::COST_WORKLOADS_MAX;
use hannun_model::money::Money;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A container that uses less than this part of what it reserves is told in the headline.
const WELL_USED: f64 = 0.5;

/// What containers cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContainersAnswer {
    pub currency: String,
    pub metric: Metric,
    /// The whole hours that the answer is about.
    pub from_ms: i64,
    pub to_ms: i64,
    pub headline: ContainersHeadline,
    pub clusters: Vec<ClusterCost>,
    /// Those of most cost first.
    pub workloads: Vec<WorkloadCost>,
    /// Workloads that are not listed, and what they cost.
    pub others: OtherWorkloads,
    /// What one virtual processor counts against one GiB of memory.
    pub weights: CostWeights,
    pub sensitivity: Vec<WeightsSensitivity>,
    pub reconciled: ContainersReconciled,
    pub missing: Vec<Missing>,
}

/// How many containers use less than half of what they reserve.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ContainersHeadline {
    /// Containers that reserve something and tell what they use.
    pub containers: usize,
    /// Those that use less than half of it, processors and memory weighed together.
    pub under_half: usize,
    /// 0 to 1; null when there are none.
    pub share: Option<f64>,
}

#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct ClusterCost {
    /// Empty when no metric names it.
    pub name: String,
    #[schema(value_type = String)]
    pub node_cost: Money,
    #[schema(value_type = String)]
    pub used: Money,
    /// Reserved by containers and not used.
    #[schema(value_type = String)]
    pub workload_idle: Money,
    /// Reserved by none.
    #[schema(value_type = String)]
    pub cluster_idle: Money,
    pub nodes: usize,
    /// Nodes that the bill does not name; they cost nothing here.
    pub unmatched_nodes: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct WorkloadCost {
    pub cluster: String,
    pub namespace: String,
    pub workload: String,
    /// The service whose spans it sends most of; null when it sends none.
    pub service_name: Option<String>,
    #[schema(value_type = String)]
    pub cost: Money,
    #[schema(value_type = String)]
    pub used: Money,
    #[schema(value_type = String)]
    pub idle: Money,
    /// Processors reserved, on average over the hours that metrics tell of.
    pub cpu_request: f64,
    pub cpu_used: f64,
    pub memory_request_bytes: f64,
    pub memory_used_bytes: f64,
    pub containers: usize,
    /// Part of the cost that was used, 0 to 1; null when it cost nothing.
    pub efficiency: Option<f64>,
}

#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct OtherWorkloads {
    pub workloads: usize,
    #[schema(value_type = String)]
    pub cost: Money,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct CostWeights {
    pub cpu: f64,
    pub memory: f64,
}

/// What changes with other weights.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct WeightsSensitivity {
    pub cpu_weight: f64,
    pub memory_weight: f64,
    /// The workload whose cost changes most; null when none does.
    pub largest_change: Option<WorkloadChange>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct WorkloadChange {
    pub workload: String,
    #[schema(value_type = String)]
    pub before: Money,
    #[schema(value_type = String)]
    pub after: Money,
}

/// That nothing is lost and nothing is added.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ContainersReconciled {
    /// What the bill charges for the nodes that metrics tell of.
    #[schema(value_type = String)]
    pub bill: Money,
    #[schema(value_type = String)]
    pub containers: Money,
    #[schema(value_type = String)]
    pub cluster_idle: Money,
    /// Always zero: an answer that does not come to the bill is not given.
    #[schema(value_type = String)]
    pub difference: Money,
}

type WorkloadKey = (String, String, String);

/// What one choice of weights comes to.
#[derive(Debug, Default)]
struct Tally {
    containers: BTreeMap<usize, ContainerCost>,
    clusters: BTreeMap<String, ClusterCost>,
    lacks: Lacks,
}

impl Tally {
    fn of(inputs: &Inputs, weights: Weights) -> Result<Self, CostError> {
        let mut tally = Self::default();
        for hour in 0..inputs.hours.count {
            tally.add(inputs, &inputs.share_hour(hour, weights)?);
        }
        Ok(tally)
    }

    fn add(&mut self, inputs: &Inputs, share: &HourShare) {
        self.lacks.join(share.lacks);
        for node in &share.nodes {
            let name = inputs.topology.nodes[node.node].cluster.clone().unwrap_or_default();
            let cluster = self.clusters.entry(name).or_default();
            cluster.node_cost += node.cost;
            cluster.cluster_idle += node.cluster_idle;
            for (container, cost) in &node.containers {
                cluster.used += cost.used();
                cluster.workload_idle += cost.idle();
                let known = self.containers.entry(*container).or_default();
                known.cpu_used += cost.cpu_used;
                known.memory_used += cost.memory_used;
                known.cpu_idle += cost.cpu_idle;
                known.memory_idle += cost.memory_idle;
            }
        }
    }

    fn by_workload(&self, inputs: &Inputs) -> BTreeMap<WorkloadKey, Money> {
        let mut costs: BTreeMap<WorkloadKey, Money> = BTreeMap::new();
        for (container, cost) in &self.containers {
            *costs.entry(workload_key(inputs, *container)).or_default() += cost.total();
        }
        costs
    }
}

fn workload_key(inputs: &Inputs, container: usize) -> WorkloadKey {
    let it = &inputs.topology.containers[container];
    (it.cluster.clone(), it.namespace.clone(), it.workload.clone())
}

/// What containers cost in some hours.
pub async fn containers(
    state: &CostState,
    asked: &Asked,
    hours: Hours,
) -> Result<ContainersAnswer, CostError> {
    let settings = CostSettings::load(&state.ledger).await?;
    let choice = Choice::of(&state.engine, &hours).await?;
    let wanted = Wanted { chosen: choice.sql(), ..Wanted::default() };
    let loaded = load::load(state, asked, hours, wanted).await?;
    answer(&loaded, asked.metric, settings.cpu_memory_weights)
}

fn answer(
    loaded: &Loaded,
    metric: Metric,
    weights: Weights,
) -> Result<ContainersAnswer, CostError> {
    let inputs = &loaded.inputs;
    let tally = Tally::of(inputs, weights)?;
    let mut workloads = workloads(inputs, &tally);
    let others = workloads.split_off(workloads.len().min(COST_WORKLOADS_MAX));
    let total = |of: fn(&ClusterCost) -> Money| tally.clusters.values().map(of).sum::<Money>();
    let bill = total(|it| it.node_cost);
    let containers = total(|it| it.used) + total(|it| it.workload_idle);
    let cluster_idle = total(|it| it.cluster_idle);
    let difference = bill - containers - cluster_idle;
    if !difference.is_zero() {
        let message = format!("containers and idle come to {difference} less than their nodes");
        return Err(CostError::Inexact(message));
    }
    Ok(ContainersAnswer {
        currency: inputs.charges.exchange.currency().to_owned(),
        metric,
        from_ms: inputs.hours.from_ms,
        to_ms: inputs.hours.to_ms(),
        headline: headline(inputs, weights),
        sensitivity: sensitivity(inputs, &tally, weights)?,
        workloads,
        others: OtherWorkloads {
            workloads: others.len(),
            cost: others.iter().map(|it| it.cost).sum(),
        },
        weights: CostWeights { cpu: weights.cpu, memory: weights.memory },
        reconciled: ContainersReconciled { bill, containers, cluster_idle, difference },
        missing: load::missing(loaded, tally.lacks),
        clusters: clusters(inputs, tally.clusters),
    })
}

fn clusters(inputs: &Inputs, mut clusters: BTreeMap<String, ClusterCost>) -> Vec<ClusterCost> {
    for node in &inputs.topology.nodes {
        let cluster = clusters.entry(node.cluster.clone().unwrap_or_default()).or_default();
        cluster.nodes += 1;
        if node.resource.is_none() {
            cluster.unmatched_nodes.push(node.name.clone());
        }
    }
    let named = |(name, cluster)| ClusterCost { name, ..cluster };
    let mut clusters: Vec<ClusterCost> = clusters.into_iter().map(named).collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.node_cost));
    clusters
}

/// Reserved and used over all hours, in processor hours and byte hours, of a container.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    cpu_request: f64,
    cpu_used: f64,
    memory_request: f64,
    memory_used: f64,
    is_told: bool,
}

fn held(inputs: &Inputs) -> BTreeMap<usize, Held> {
    let mut all: BTreeMap<usize, Held> = BTreeMap::new();
    for (at, container) in inputs.topology.containers.iter().enumerate() {
        for hour in 0..inputs.hours.count {
            let key = (container.key.clone(), hour);
            let Some(found) = inputs.observed.containers.get(&key) else { continue };
            let held = all.entry(at).or_default();
            held.cpu_request += found.hour.cpu_request * found.hour.presence;
            held.cpu_used += found.hour.cpu_used * found.hour.presence;
            held.memory_request += found.hour.memory_request_bytes * found.hour.presence;
            held.memory_used += found.hour.memory_used_bytes * found.hour.presence;
            held.is_told |= found.has_cpu && found.has_memory;
        }
    }
    all
}

fn headline(inputs: &Inputs, weights: Weights) -> ContainersHeadline {
    let mut headline = ContainersHeadline::default();
    for held in held(inputs).values().filter(|held| held.is_told) {
        let (cpu, memory) = weights.of(held.cpu_request, held.memory_request);
        if cpu + memory <= 0.0 {
            continue;
        }
        let used_cpu = held.cpu_used.min(held.cpu_request);
        let used = weights.of(used_cpu, held.memory_used.min(held.memory_request));
        headline.containers += 1;
        headline.under_half += usize::from(used.0 + used.1 < WELL_USED * (cpu + memory));
    }
    let all = headline.containers;
    headline.share = (all > 0).then(|| headline.under_half as f64 / all as f64);
    headline
}

/// Hours in which any container sent metrics; the others would only dilute what is held on average.
fn hours_told(inputs: &Inputs) -> usize {
    let hours: BTreeSet<usize> = inputs.observed.containers.keys().map(|(_, hour)| *hour).collect();
    hours.len().max(1)
}

fn workloads(inputs: &Inputs, tally: &Tally) -> Vec<WorkloadCost> {
    let mut rows: BTreeMap<WorkloadKey, WorkloadCost> = BTreeMap::new();
    let mut services: BTreeMap<WorkloadKey, BTreeMap<&str, f64>> = BTreeMap::new();
    let hours = hours_told(inputs) as f64;
    let seen: BTreeSet<usize> = tally.containers.keys().copied().collect();
    let held = held(inputs);
    for container in seen.union(&held.keys().copied().collect()) {
        let key = workload_key(inputs, *container);
        let row = rows.entry(key.clone()).or_default();
        let held = held.get(container).copied().unwrap_or_default();
        let cost = tally.containers.get(container).copied().unwrap_or_default();
        row.used += cost.used();
        row.idle += cost.idle();
        row.cost += cost.total();
        row.cpu_request += held.cpu_request / hours;
        row.cpu_used += held.cpu_used / hours;
        row.memory_request_bytes += held.memory_request / hours;
        row.memory_used_bytes += held.memory_used / hours;
        row.containers += 1;
        let of_workload = services.entry(key).or_default();
        for (service, spans) in &inputs.topology.containers[*container].services {
            *of_workload.entry(service).or_default() += spans;
        }
    }
    let mut listed: Vec<WorkloadCost> = rows
        .into_iter()
        .map(|(key, row)| {
            let of_workload = services.remove(&key).unwrap_or_default();
            let most = of_workload.into_iter().max_by(|one, other| one.1.total_cmp(&other.1));
            let (cluster, namespace, workload) = key;
            let cost = row.cost.to_f64();
            WorkloadCost {
                cluster,
                namespace,
                workload,
                service_name: most.map(|(service, _)| service.to_owned()),
                efficiency: (cost > 0.0).then(|| row.used.to_f64() / cost),
                ..row
            }
        })
        .collect();
    listed.sort_by_key(|workload| std::cmp::Reverse(workload.cost));
    listed
}

fn sensitivity(
    inputs: &Inputs,
    tally: &Tally,
    weights: Weights,
) -> Result<Vec<WeightsSensitivity>, CostError> {
    let before = tally.by_workload(inputs);
    let mut rows = Vec::new();
    for other in Weights::ALTERNATIVES.into_iter().filter(|other| *other != weights) {
        let after = Tally::of(inputs, other)?.by_workload(inputs);
        let costs = before
            .iter()
            .map(|(key, cost)| (key, *cost, after.get(key).copied().unwrap_or_default()));
        let change = largest_change(costs).map(|found| WorkloadChange {
            workload: found.key.2.clone(),
            before: found.before,
            after: found.after,
        });
        rows.push(WeightsSensitivity {
            cpu_weight: other.cpu,
            memory_weight: other.memory,
            largest_change: change,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::super::shared::tests::inputs;
    use super::*;

    fn answered() -> ContainersAnswer {
        let loaded = Loaded { inputs: inputs(), numbers: BTreeMap::new(), left_out: 0 };
        answer(&loaded, Metric::Effective, Weights::default()).unwrap()
    }

    #[test]
    fn containers_and_idle_come_to_their_nodes() {
        let answer = answered();
        let money = |text: &str| Money::parse(text).unwrap();
        assert_eq!(answer.reconciled.bill, money("0.2"));
        assert_eq!(answer.reconciled.containers, money("0.19"));
        assert_eq!(answer.reconciled.cluster_idle, money("0.01"));
        let listed: Money = answer.workloads.iter().map(|it| it.cost).sum();
        assert_eq!(listed, answer.reconciled.containers);
        assert_eq!((answer.clusters.len(), answer.clusters[0].nodes), (1, 1));
        assert_eq!(answer.workloads[0].service_name.as_deref(), Some("order"));
    }

    #[test]
    fn the_headline_counts_those_that_use_less_than_half() {
        // Both reserve a processor; one uses exactly half of it, the other a quarter.
        let expected = ContainersHeadline { containers: 2, under_half: 1, share: Some(0.5) };
        assert_eq!(answered().headline, expected);
    }

    #[test]
    fn other_weights_move_cost_between_workloads() {
        let sensitivity = answered().sensitivity;
        assert_eq!(sensitivity.len(), 3);
        let change = sensitivity[2].largest_change.as_ref().unwrap();
        assert_eq!((sensitivity[2].cpu_weight, change.before), (3.0, answered().workloads[1].cost));
        assert_ne!(change.before, change.after);
    }
}
