//! What a span puts a load on.

use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What a cost is caused by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// Time in which the service itself worked.
    Cpu,
    /// Time in which the request was held in memory.
    Memory,
    /// Bytes that went in and out.
    Network,
    /// Time that a database worked for it.
    Database,
    /// Messages.
    Queue,
    /// Calls of others that are paid by the call.
    Call,
}

impl DriverKind {
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Memory, Self::Network, Self::Database, Self::Queue, Self::Call];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Network => "network",
            Self::Database => "database",
            Self::Queue => "queue",
            Self::Call => "call",
        }
    }
}

/// Loads: of one span, or the sum over many.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drivers {
    /// Self time of everything but waiting for others, in nanoseconds: the upper bound of the
    /// processor time of spans that run on one thread.
    pub cpu_ns: f64,
    /// Time in which the service held the request, waiting included, in nanoseconds.
    pub memory_ns: f64,
    pub bytes: f64,
    pub messages: f64,
    pub calls: f64,
    /// Nanoseconds by database, as the caller numbers them.
    pub database_ns: BTreeMap<u32, f64>,
}

impl Drivers {
    /// Adds `factor` times another load.
    pub fn add(&mut self, other: &Self, factor: f64) {
        self.cpu_ns += other.cpu_ns * factor;
        self.memory_ns += other.memory_ns * factor;
        self.bytes += other.bytes * factor;
        self.messages += other.messages * factor;
        self.calls += other.calls * factor;
        for (database, ns) in &other.database_ns {
            *self.database_ns.entry(*database).or_default() += ns * factor;
        }
    }

    /// How much of a kind of load it is; on databases, on all of them together.
    pub fn of(&self, kind: DriverKind) -> f64 {
        match kind {
            DriverKind::Cpu => self.cpu_ns,
            DriverKind::Memory => self.memory_ns,
            DriverKind::Network => self.bytes,
            DriverKind::Queue => self.messages,
            DriverKind::Call => self.calls,
            DriverKind::Database => self.database_ns.values().sum(),
        }
    }
}

impl AddAssign<&Self> for Drivers {
    fn add_assign(&mut self, other: &Self) {
        self.add(other, 1.0);
    }
}
