//! How each probe fares in each process that has it.

use crate::cut;
use hannun_model::limits::{PROBE_MESSAGE_BYTES_MAX, PROBE_STATUSES_MAX};
use std::collections::HashMap;

/// How far a probe came in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeStatus {
    /// It was in an answer; the client has not said anything yet.
    Sent,
    Received,
    Installed,
    /// It saw something.
    Emitting,
    Error,
    /// The client is told elsewhere not to take it.
    Blocked,
}

impl ProbeStatus {
    /// The status as clients name it.
    pub fn of_client(name: &str) -> Option<Self> {
        Some(match name {
            "RECEIVED" => Self::Received,
            "INSTALLED" => Self::Installed,
            "EMITTING" => Self::Emitting,
            "ERROR" => Self::Error,
            "BLOCKED" => Self::Blocked,
            _ => return None,
        })
    }

    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Installed => "installed",
            Self::Emitting => "emitting",
            Self::Error => "error",
            Self::Blocked => "blocked",
        }
    }
}

/// How a probe fares in one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusOfClient {
    pub runtime_id: String,
    pub status: ProbeStatus,
    /// What went wrong.
    pub message: Option<String>,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

#[derive(Debug)]
struct Entry {
    revision: i64,
    status: ProbeStatus,
    message: Option<String>,
    at_ms: i64,
}

/// The last status of every probe in every process.
#[derive(Debug, Default)]
pub(crate) struct Statuses {
    /// By id of the document and runtime id.
    entries: HashMap<(String, String), Entry>,
}

impl Statuses {
    /// Notes that a probe was in an answer. Answers whether the client did not have that revision.
    pub(crate) fn sent(&mut self, id: &str, runtime_id: &str, revision: i64, now_ms: i64) -> bool {
        let known = self.entries.get(&(id.to_owned(), runtime_id.to_owned()));
        if known.is_some_and(|known| known.revision >= revision) {
            return false;
        }
        self.note(id, runtime_id, revision, ProbeStatus::Sent, None, now_ms)
    }

    /// Notes a status. Answers whether it is news.
    pub(crate) fn note(
        &mut self,
        id: &str,
        runtime_id: &str,
        revision: i64,
        status: ProbeStatus,
        message: Option<&str>,
        now_ms: i64,
    ) -> bool {
        let message = message.map(|it| cut(it, PROBE_MESSAGE_BYTES_MAX).to_owned());
        let key = (id.to_owned(), runtime_id.to_owned());
        if let Some(known) = self.entries.get(&key)
            && (known.revision > revision
                || (known.revision, known.status, &known.message) == (revision, status, &message))
        {
            return false;
        }
        if self.entries.len() >= PROBE_STATUSES_MAX && !self.entries.contains_key(&key) {
            self.forget_oldest();
        }
        self.entries.insert(key, Entry { revision, status, message, at_ms: now_ms });
        true
    }

    fn forget_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.at_ms);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.entries.remove(&key);
        }
    }

    /// How a probe fares, by runtime id.
    pub(crate) fn of_probe(&self, id: &str) -> Vec<StatusOfClient> {
        let mut found: Vec<_> = self
            .entries
            .iter()
            .filter(|((of, _), _)| of == id)
            .map(|((_, runtime_id), entry)| StatusOfClient {
                runtime_id: runtime_id.clone(),
                status: entry.status,
                message: entry.message.clone(),
                at_ms: entry.at_ms,
            })
            .collect();
        found.sort_by(|left, right| left.runtime_id.cmp(&right.runtime_id));
        found
    }

    /// Forgets probes that are not there any more.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.entries.retain(|(id, _), _| is_there(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_news() {
        let mut statuses = Statuses::default();
        assert!(statuses.sent("p", "r", 1, 10));
        assert!(!statuses.sent("p", "r", 1, 11));
        assert!(statuses.note("p", "r", 1, ProbeStatus::Installed, None, 12));
        assert!(!statuses.note("p", "r", 1, ProbeStatus::Installed, None, 13));
        assert!(statuses.note("p", "r", 1, ProbeStatus::Error, Some("gone"), 14));
        assert!(statuses.sent("p", "r", 2, 15), "another revision begins anew");
        assert!(!statuses.note("p", "r", 1, ProbeStatus::Emitting, None, 16), "an old one is over");
        let expected = StatusOfClient {
            runtime_id: "r".to_owned(),
            status: ProbeStatus::Sent,
            message: None,
            at_ms: 15,
        };
        assert_eq!(statuses.of_probe("p"), [expected]);
        statuses.retain(|id| id != "p");
        assert_eq!(statuses.of_probe("p"), []);
    }

    #[test]
    fn a_flood_of_processes_forgets_the_oldest() {
        let mut statuses = Statuses::default();
        for n in 0..PROBE_STATUSES_MAX + 3 {
            let at_ms = i64::try_from(n).unwrap();
            statuses.note("p", &n.to_string(), 1, ProbeStatus::Received, None, at_ms);
        }
        assert_eq!(statuses.entries.len(), PROBE_STATUSES_MAX);
        assert!(!statuses.entries.contains_key(&("p".to_owned(), "2".to_owned())));
        assert!(statuses.entries.contains_key(&("p".to_owned(), "3".to_owned())));
    }
}
