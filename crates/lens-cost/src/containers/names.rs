//! Metrics of containers as receivers of the OpenTelemetry Collector name them.
//!
//! Sources: `metadata.yaml` and `documentation.md` of `receiver/kubeletstatsreceiver`,
//! `receiver/k8sclusterreceiver` (with its `internal/node`) and the README of
//! `receiver/awsecscontainermetricsreceiver` in `open-telemetry/opentelemetry-collector-contrib`. The
//! second names are those of the semantic conventions for Kubernetes, to which receivers move.

/// What a metric says, in processors and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    CpuUsed,
    CpuRequest,
    MemoryUsed,
    MemoryRequest,
    NodeCpu,
    NodeMemory,
}

/// A gauge: its name, what it says, by what it is multiplied, and its rank among those that say the
/// same: the lowest counts.
pub struct Gauge {
    pub name: &'static str,
    pub says: Says,
    pub factor: f64,
    pub rank: u8,
}

/// A counter that grows, or its increments.
pub struct Counter {
    pub name: &'static str,
    /// Seconds of processor time of one; `None` when it counts bytes of the network.
    pub seconds: Option<f64>,
}

const MIB: f64 = 1_048_576.0;
/// The receiver for ECS sends CPU units although it names the unit `vCPU`: a vCPU is 1024 of them.
const CPU_UNIT: f64 = 1.0 / 1024.0;

const fn gauge(name: &'static str, says: Says, factor: f64, rank: u8) -> Gauge {
    Gauge { name, says, factor, rank }
}

pub const GAUGES: [Gauge; 19] = [
    // kubeletstats: {cpu}, By.
    gauge("container.cpu.usage", Says::CpuUsed, 1.0, 1),
    gauge("container.cpu.utilization", Says::CpuUsed, 1.0, 3),
    gauge("container.memory.working_set", Says::MemoryUsed, 1.0, 0),
    // k8s_cluster: {cpu}, By.
    gauge("k8s.container.cpu_request", Says::CpuRequest, 1.0, 0),
    gauge("k8s.container.cpu.request", Says::CpuRequest, 1.0, 1),
    gauge("k8s.container.memory_request", Says::MemoryRequest, 1.0, 0),
    gauge("k8s.container.memory.request", Says::MemoryRequest, 1.0, 1),
    gauge("k8s.node.allocatable_cpu", Says::NodeCpu, 1.0, 0),
    gauge("k8s.node.cpu.allocatable", Says::NodeCpu, 1.0, 1),
    gauge("k8s.node.allocatable.cpu", Says::NodeCpu, 1.0, 2),
    gauge("k8s.node.allocatable_memory", Says::NodeMemory, 1.0, 0),
    gauge("k8s.node.memory.allocatable", Says::NodeMemory, 1.0, 1),
    gauge("k8s.node.allocatable.memory", Says::NodeMemory, 1.0, 2),
    // awsecscontainermetrics: vCPU, CPU units, MiB; bytes of memory.usage include the page cache.
    gauge("container.cpu.usage.vcpu", Says::CpuUsed, 1.0, 2),
    gauge("container.cpu.reserved", Says::CpuRequest, CPU_UNIT, 2),
    gauge("container.memory.utilized", Says::MemoryUsed, MIB, 1),
    gauge("container.memory.usage", Says::MemoryUsed, 1.0, 2),
    gauge("container.memory.reserved", Says::MemoryRequest, MIB, 2),
    gauge("ecs.task.cpu.reserved", Says::NodeCpu, CPU_UNIT, 3),
];

/// Of a task on Fargate, which is billed like a node of its own.
pub const TASK_MEMORY: Gauge = gauge("ecs.task.memory.reserved", Says::NodeMemory, MIB, 3);

pub const COUNTERS: [Counter; 5] = [
    Counter { name: "container.cpu.time", seconds: Some(1.0) },
    Counter { name: "container.cpu.usage.total", seconds: Some(1e-9) },
    Counter { name: "k8s.pod.network.io", seconds: None },
    Counter { name: "container.network.io.usage.rx_bytes", seconds: None },
    Counter { name: "container.network.io.usage.tx_bytes", seconds: None },
];

/// Metrics of nodes that say nothing more here than which node has which `host.id`.
const NODES: [&str; 2] = ["k8s.node.cpu.usage", "k8s.node.cpu.time"];

/// The gauge of this name.
pub fn gauge_of(name: &str) -> Option<&'static Gauge> {
    static ALL: [Gauge; 1] = [TASK_MEMORY];
    GAUGES.iter().chain(&ALL).find(|gauge| gauge.name == name)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

/// All gauges, for SQL.
pub fn gauges_sql() -> String {
    list(GAUGES.iter().map(|it| it.name).chain([TASK_MEMORY.name]))
}

/// All counters, for SQL.
pub fn counters_sql() -> String {
    list(COUNTERS.iter().map(|it| it.name))
}

/// Everything that tells of containers and nodes, for SQL.
pub fn all_sql() -> String {
    format!("{}, {}, {}", gauges_sql(), counters_sql(), list(NODES.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_metrics_that_say_the_same_one_counts() {
        for one in &GAUGES {
            let same = GAUGES.iter().filter(|it| it.says == one.says && it.rank == one.rank);
            assert_eq!(same.count(), 1, "{}", one.name);
        }
        assert_eq!(gauge_of("ecs.task.memory.reserved").unwrap().factor, 1_048_576.0);
        assert!(gauge_of("k8s.pod.phase").is_none());
    }
}
