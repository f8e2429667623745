//! The probes in force, the processes that have them, and how they fare. All in memory, and bounded:
//! after a restart processes say again what they have.

use crate::clients::{Client, Clients};
use crate::event::Diagnostic;
use crate::probe::{Language, Probe};
use crate::redaction::Redaction;
use crate::remote_config::{File, Request, RequestError, UNCHANGED, answer};
use crate::render::render;
use crate::statuses::{ProbeStatus, StatusOfClient, Statuses};
use crate::wire_id::document_id;
use hannun_model::limits::{PROBE_WARM_UP_SECONDS, PROBES_PER_CLIENT_MAX};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that is known about live probes now.
#[derive(Debug, Default)]
pub struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By id, so that answers are the same each time.
    probes: BTreeMap<String, Arc<Probe>>,
    /// Of probes that were deleted, whose last snapshots may still come.
    redactions_of_deleted: BTreeMap<String, Redaction>,
    /// Services for which somebody turned probes on.
    services: BTreeSet<String>,
    clients: Clients,
    statuses: Statuses,
}

impl Registry {
    /// Puts probes in force for the services where they are turned on.
    pub fn set(&self, probes: Vec<Probe>, services: BTreeSet<String>) {
        let mut inner = self.inner.lock();
        inner.probes =
            probes.into_iter().map(|probe| (probe.id.clone(), Arc::new(probe))).collect();
        inner.services = services;
        let Inner { probes, statuses, .. } = &mut *inner;
        statuses.retain(|id| probes.contains_key(id));
    }

    /// Keeps in mind what must not be kept of snapshots of probes that were deleted: processes lose
    /// them only when they ask again.
    pub fn remember_deleted(&self, deleted: &[Probe]) {
        let redactions = deleted.iter().map(|probe| (probe.id.clone(), probe.redaction()));
        self.inner.lock().redactions_of_deleted = redactions.collect();
    }

    /// The answer to a request for configuration.
    ///
    /// # Errors
    /// When the request cannot be read.
    pub fn configure(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, RequestError> {
        let request = Request::read(request)?;
        let mut inner = self.inner.lock();
        let first_seen_ms = inner.clients.saw(&request, now_ms);
        // A process that begins has not found its source files yet; what it cannot place then, the
        // client of Python never looks for again.
        let warm_up_ms = 0..PROBE_WARM_UP_SECONDS * 1000;
        let is_beginning =
            request.targets_version == 0 && warm_up_ms.contains(&(now_ms - first_seen_ms));
        if !request.takes_probes || is_beginning {
            return Ok(UNCHANGED.to_vec());
        }
        let probes = inner.probes_for(&request, now_ms);
        let mut files = Vec::with_capacity(probes.len());
        for probe in &probes {
            let (path, file) = render(probe);
            files.push(File::new(path, probe.revision, &file));
            inner.statuses.sent(&probe.id, &request.runtime_id, probe.revision, now_ms);
        }
        for (id, error) in &request.file_errors {
            let id = document_id(id.split_once('_').map_or(id.as_str(), |(_, id)| id));
            let Some(probe) = probes.iter().find(|probe| probe.id == id) else { continue };
            let (runtime_id, revision) = (&request.runtime_id, probe.revision);
            let status = ProbeStatus::Error;
            inner.statuses.note(id, runtime_id, revision, status, Some(error), now_ms);
        }
        Ok(answer(&request, &files))
    }

    /// Notes how a probe fares. Answers whether that is news; what is said of a probe that is not
    /// there is none.
    pub fn note(&self, diagnostic: &Diagnostic, now_ms: i64) -> bool {
        let id = document_id(&diagnostic.probe_id);
        let mut inner = self.inner.lock();
        if !inner.probes.contains_key(id) {
            return false;
        }
        inner.statuses.note(
            id,
            &diagnostic.runtime_id,
            diagnostic.probe_version,
            diagnostic.status,
            diagnostic.error.as_deref(),
            now_ms,
        )
    }

    /// What must not be kept of snapshots of a probe, by the id that clients know.
    pub fn redaction(&self, probe_id: &str) -> Redaction {
        let inner = self.inner.lock();
        let id = document_id(probe_id);
        match inner.probes.get(id) {
            Some(probe) => probe.redaction(),
            None => inner.redactions_of_deleted.get(id).cloned().unwrap_or_default(),
        }
    }

    /// The processes that asked for configuration, by service.
    pub fn clients(&self) -> Vec<Client> {
        self.inner.lock().clients.list()
    }

    /// How a probe fares in each process, by the id of its document.
    pub fn statuses(&self, id: &str) -> Vec<StatusOfClient> {
        self.inner.lock().statuses.of_probe(id)
    }
}

impl Inner {
    /// The probes that a process should have now.
    fn probes_for(&self, request: &Request, now_ms: i64) -> Vec<Arc<Probe>> {
        if !self.services.contains(&request.service.to_lowercase()) {
            return Vec::new();
        }
        let Some(language) = Language::of_client(&request.language) else { return Vec::new() };
        let fits = |wanted: &Option<String>, has: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| has.as_deref() == Some(wanted))
        };
        let is_for = |probe: &&Arc<Probe>| {
            probe.is_in_force(now_ms)
                && probe.language == language
                && probe.service.eq_ignore_ascii_case(&request.service)
                && fits(&probe.environment, &request.environment)
                && fits(&probe.version, &request.version)
        };
        self.probes.values().filter(is_for).take(PROBES_PER_CLIENT_MAX).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
