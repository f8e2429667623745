//! What runs beside the services, and how much everything reserves and uses.

const MIB: i64 = 1_048_576;

/// What a container reserves and what it takes.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// Cores.
    pub cpu_request: f64,
    memory_request_mib: i64,
    /// Cores without any work.
    pub idle_cpu: f64,
    /// Seconds of a core for each span of the service.
    pub cpu_per_span: f64,
    memory_used_mib: i64,
}

/// Something that is no service of the shop.
pub struct Companion {
    pub name: &'static str,
    pub namespace: &'static str,
    pub copies: u64,
    /// One on each node.
    pub is_daemon: bool,
    pub demand: Demand,
}

impl Demand {
    pub fn memory_request(&self) -> i64 {
        self.memory_request_mib * MIB
    }

    pub fn memory_used(&self) -> i64 {
        self.memory_used_mib * MIB
    }
}

const fn demand(cpu: [f64; 3], memory_request_mib: i64, memory_used_mib: i64) -> Demand {
    let [cpu_request, idle_cpu, cpu_per_span] = cpu;
    Demand { cpu_request, memory_request_mib, idle_cpu, cpu_per_span, memory_used_mib }
}

/// What a service of the shop needs.
pub fn demand_of(service: &str) -> Demand {
    match service {
        "gateway" => demand([0.5, 0.02, 0.004], 512, 180),
        "catalogue" => demand([1.0, 0.03, 0.006], 1024, 410),
        "recommendation" => demand([1.0, 0.05, 0.012], 2048, 930),
        "order" => demand([1.0, 0.04, 0.008], 1024, 390),
        "payment" => demand([0.5, 0.02, 0.010], 512, 160),
        "dispatch" => demand([0.5, 0.02, 0.007], 512, 190),
        _ => demand([0.25, 0.01, 0.005], 256, 90),
    }
}

/// Half of a reservation is a lot: only those that run on every node come near what they ask for.
pub const COMPANIONS: [Companion; 7] = [
    Companion {
        name: "node-exporter",
        namespace: "kube-system",
        copies: super::NODES,
        is_daemon: true,
        demand: demand([0.05, 0.034, 0.0], 64, 41),
    },
    Companion {
        name: "otel-collector",
        namespace: "observability",
        copies: 1,
        is_daemon: false,
        demand: demand([0.25, 0.16, 0.0], 512, 330),
    },
    Companion {
        name: "coredns",
        namespace: "kube-system",
        copies: 2,
        is_daemon: false,
        demand: demand([0.1, 0.008, 0.0], 170, 32),
    },
    Companion {
        name: "fluent-bit",
        namespace: "kube-system",
        copies: super::NODES,
        is_daemon: true,
        demand: demand([0.1, 0.012, 0.0], 128, 44),
    },
    Companion {
        name: "menu-importer",
        namespace: "batch",
        copies: 1,
        is_daemon: false,
        demand: demand([0.5, 0.05, 0.0], 1024, 210),
    },
    Companion {
        name: "admin-web",
        namespace: "backoffice",
        copies: 1,
        is_daemon: false,
        demand: demand([0.25, 0.006, 0.0], 512, 120),
    },
    Companion {
        name: "search-indexer",
        namespace: "batch",
        copies: 1,
        is_daemon: false,
        demand: demand([0.5, 0.08, 0.0], 1536, 520),
    },
];
