//! What really happened in the shop, counted apart from its telemetry.

use crate::Scenario;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The truth of one run. Times are nanoseconds since 1970, UTC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    pub scenario: Scenario,
    pub seed: u64,
    pub from_nanos: u64,
    pub until_nanos: u64,
    /// When something unusual was planned. What began before the end of an episode may end later.
    pub episodes: Vec<EpisodeTruth>,
    pub deploys: Vec<DeployTruth>,
    pub orders_accepted: u64,
    pub orders_declined: u64,
    pub orders_failed: u64,
    pub revenue_won: u64,
    pub first_order_number: Option<u64>,
    pub last_order_number: Option<u64>,
    /// Accepted orders by shard, `orders_shard_0` and so on.
    pub orders_per_shard: BTreeMap<String, u64>,
    /// The same, of orders accepted during an episode of the shard skew.
    pub orders_per_shard_in_skew: BTreeMap<String, u64>,
    /// By the hour that they were accepted in: nanoseconds since 1970 of its start.
    pub orders_by_hour: BTreeMap<u64, HourTruth>,
    pub orders_per_restaurant: BTreeMap<u64, u64>,
    /// Answered requests, by service and then `METHOD /route`.
    pub requests: BTreeMap<String, BTreeMap<String, u64>>,
    /// The same, of requests that began during an episode.
    pub requests_in_episodes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Recorded exceptions by class.
    pub errors: BTreeMap<String, u64>,
    pub payment_retries: u64,
    pub registry: RegistryTruth,
    /// Lookups in the catalogue's menu cache.
    pub cache: CacheTruth,
    /// The same, of lookups during an episode of the cache stampede.
    pub cache_in_stampede: CacheTruth,
    /// Spans that left each service. In a history these are also the spans that the receiver
    /// acknowledged; a live run that is cut short may lose its last ones.
    pub spans: BTreeMap<String, u64>,
    pub logs: BTreeMap<String, u64>,
    pub metric_points: BTreeMap<String, u64>,
    /// The cluster that the shop is said to run on; its nodes are on the shop's bill.
    pub nodes: Vec<NodeTruth>,
    pub containers: Vec<ContainerTruth>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpisodeTruth {
    pub scenario: Scenario,
    pub from_nanos: u64,
    pub until_nanos: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployTruth {
    pub service: String,
    pub version: String,
    pub at_nanos: u64,
}

/// Calls from `dispatch` to the government registry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RegistryTruth {
    pub calls: u64,
    pub timeouts: u64,
    pub calls_over_ten_seconds: u64,
    pub calls_over_ten_seconds_succeeded: u64,
    /// The fastest and the slowest of those that succeeded.
    pub slow_success_seconds_min: Option<f64>,
    pub slow_success_seconds_max: Option<f64>,
    /// Orders with at least one call over ten seconds.
    pub affected_orders: Vec<u64>,
    /// Of those, orders that no call succeeded for.
    pub failed_orders: Vec<u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheTruth {
    pub hits: u64,
    pub misses: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourTruth {
    pub orders: u64,
    pub revenue_won: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTruth {
    pub name: String,
    /// The resource on the bill.
    pub instance_id: String,
    pub allocatable_cpu: f64,
    pub allocatable_memory_bytes: i64,
}

/// A container from its start to the end of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerTruth {
    pub container_id: String,
    pub workload: String,
    pub namespace: String,
    /// The service whose spans carry the container's id.
    pub service_name: Option<String>,
    pub node: String,
    pub cpu_request: f64,
    pub memory_request_bytes: i64,
    pub memory_used_bytes: i64,
    /// Used in the whole run.
    pub cpu_seconds: f64,
}
