//! What the parts of the Datadog intake share.

use super::dogstatsd::Counters;
use super::traces::sampling::Sampler;
use super::unkept::Unkept;
use crate::IntakeState;
use hannun_probes::event::Diagnostic;
use hannun_probes::redaction::Redaction;
use hannun_probes::registry::Registry;
use hannun_probes::remote_config::UNCHANGED;
use hannun_search::cidr::Network;
use std::fmt::Debug;
use std::sync::Arc;

/// Answers clients that ask for remote configuration.
pub trait RemoteConfig: Debug + Send + Sync {
    /// The answer to the body of a `POST /v0.7/config`, or what is wrong with it.
    fn configure(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, String>;

    /// What must not be kept of snapshots of a probe, by the id that clients know.
    fn redaction(&self, probe_id: &str) -> Redaction;

    /// Notes how a probe fares in a process. Answers whether that is news.
    fn note(&self, diagnostic: &Diagnostic, now_ms: i64) -> bool;
}

impl RemoteConfig for Registry {
    fn configure(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, String> {
        Self::configure(self, request, now_ms).map_err(|error| error.to_string())
    }

    fn redaction(&self, probe_id: &str) -> Redaction {
        Self::redaction(self, probe_id)
    }

    fn note(&self, diagnostic: &Diagnostic, now_ms: i64) -> bool {
        Self::note(self, diagnostic, now_ms)
    }
}

/// There is nothing to configure.
#[derive(Debug, Default)]
pub struct NoProbes;

impl RemoteConfig for NoProbes {
    fn configure(&self, _: &[u8], _: i64) -> Result<Vec<u8>, String> {
        Ok(UNCHANGED.to_vec())
    }

    fn redaction(&self, _: &str) -> Redaction {
        Redaction::default()
    }

    fn note(&self, _: &Diagnostic, _: i64) -> bool {
        false
    }
}

/// What the parts share.
#[derive(Debug)]
pub struct DatadogState {
    pub intake: Arc<IntakeState>,
    /// Steers the sampling of clients to the budget.
    pub sampler: Sampler,
    /// What was answered and not kept.
    pub unkept: Unkept,
    pub remote_config: Arc<dyn RemoteConfig>,
    /// Name of this machine, on which clients without another one run.
    pub host_name: Option<String>,
    pub dogstatsd: Arc<Counters>,
    /// Senders from these networks need no key.
    pub allowed: Vec<Network>,
}

impl DatadogState {
    /// A state that keeps every trace and configures nobody.
    pub fn new(intake: Arc<IntakeState>) -> Self {
        Self {
            intake,
            sampler: Sampler::new(0.0),
            unkept: Unkept::default(),
            remote_config: Arc::new(NoProbes),
            host_name: None,
            dogstatsd: Arc::default(),
            allowed: Vec::new(),
        }
    }
}
