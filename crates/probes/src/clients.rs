//! Processes that asked for configuration.

use crate::probe::Language;
use crate::remote_config::Request;
use hannun_model::limits::PROBE_CLIENTS_MAX;
use std::collections::HashMap;

/// A process that asked for configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub runtime_id: String,
    pub service: String,
    pub environment: Option<String>,
    pub version: Option<String>,
    /// As the client names it.
    pub language: String,
    pub tracer_version: String,
    pub host: Option<String>,
    /// Milliseconds since 1970.
    pub first_seen_ms: i64,
    /// Milliseconds since 1970.
    pub last_seen_ms: i64,
    /// Why it takes no probes.
    pub why_not: Option<WhyNot>,
}

/// Why a process takes no probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// It was started without them.
    DebuggerOff,
    /// Its client wants signatures, which only Datadog can make.
    RefusedUnsigned,
    /// Its client refused what it was sent, for another reason.
    RefusedConfiguration,
    /// It is of a language whose probes are not known here.
    UnknownLanguage,
}

impl WhyNot {
    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DebuggerOff => "debugger_off",
            Self::RefusedUnsigned => "refused_unsigned",
            Self::RefusedConfiguration => "refused_configuration",
            Self::UnknownLanguage => "unknown_language",
        }
    }

    fn of(request: &Request) -> Option<Self> {
        if !request.takes_probes {
            return Some(Self::DebuggerOff);
        }
        if Language::of_client(&request.language).is_none() {
            return Some(Self::UnknownLanguage);
        }
        let error = request.error.as_deref()?.to_lowercase();
        let is_unsigned = ["signature", "unsigned", "untrusted", "root key", "verif"]
            .iter()
            .any(|word| error.contains(word));
        Some(if is_unsigned { Self::RefusedUnsigned } else { Self::RefusedConfiguration })
    }
}

/// The processes seen last.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    by_runtime_id: HashMap<String, Client>,
}

impl Clients {
    /// Notes that a process asked. Answers when it did so first.
    pub(crate) fn saw(&mut self, request: &Request, now_ms: i64) -> i64 {
        if self.by_runtime_id.len() >= PROBE_CLIENTS_MAX
            && !self.by_runtime_id.contains_key(&request.runtime_id)
        {
            let oldest = self.by_runtime_id.values().min_by_key(|client| client.last_seen_ms);
            if let Some(id) = oldest.map(|client| client.runtime_id.clone()) {
                self.by_runtime_id.remove(&id);
            }
        }
        let known = self.by_runtime_id.get(&request.runtime_id);
        let first_seen_ms = known.map_or(now_ms, |client| client.first_seen_ms);
        let client = Client {
            runtime_id: request.runtime_id.clone(),
            service: request.service.clone(),
            environment: request.environment.clone(),
            version: request.version.clone(),
            language: request.language.clone(),
            tracer_version: request.tracer_version.clone(),
            host: request.host.clone(),
            first_seen_ms,
            last_seen_ms: now_ms,
            why_not: WhyNot::of(request),
        };
        self.by_runtime_id.insert(request.runtime_id.clone(), client);
        first_seen_ms
    }

    /// All of them, by service and the latest first.
    pub(crate) fn list(&self) -> Vec<Client> {
        let mut clients: Vec<_> = self.by_runtime_id.values().cloned().collect();
        clients.sort_by(|left, right| {
            (&left.service, right.last_seen_ms, &left.runtime_id).cmp(&(
                &right.service,
                left.last_seen_ms,
                &right.runtime_id,
            ))
        });
        clients
    }
}
