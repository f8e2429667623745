//! The errors lens: what broke, grouped into issues, and what was decided about them.
//!
//! An *issue* is all errors of a service with one fingerprint (`span_errors` says what an error is).
//! [`issues`] lists them, [`issue`] opens one with a [`sample`] of its stack, [`history`] says when
//! and in which versions it was ever seen, [`state`] what became of it, by what people decided
//! ([`decisions`]) and by what [`version`] is newer. [`report`] compares two [`weeks`].
//! [`routes`] is the only file that knows HTTP.

pub mod decisions;
pub mod documents;
pub mod history;
pub mod issue;
pub mod issues;
pub mod report;
pub mod routes;
pub mod sample;
pub mod state;
pub mod version;
pub mod weeks;

use hannun_ledger::Ledger;
use hannun_model::limits::ERROR_ISSUES_NAMED_BYTES_MAX;
use hannun_query::Engine;
use std::sync::Arc;

/// What the routes of the lens share.
#[derive(Debug, Clone)]
pub struct ErrorsState {
    pub engine: Arc<Engine>,
    pub ledger: Ledger,
}

/// What an issue is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssueKey {
    /// Empty for spans that name no service.
    pub service: String,
    pub fingerprint: String,
}

impl IssueKey {
    /// The keys in parts that a query can name.
    pub(crate) fn parts(keys: &[Self]) -> Vec<&[Self]> {
        // A quote is written twice.
        let bytes = |key: &Self| 2 * (key.service.len() + key.fingerprint.len()) + 8;
        let mut parts = Vec::new();
        let (mut from, mut sum) = (0, 0);
        for (at, key) in keys.iter().enumerate() {
            if at > from && sum + bytes(key) > ERROR_ISSUES_NAMED_BYTES_MAX {
                parts.push(&keys[from..at]);
                (from, sum) = (at, 0);
            }
            sum += bytes(key);
        }
        if from < keys.len() {
            parts.push(&keys[from..]);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_are_named_in_several_queries() {
        let key = |id: usize| IssueKey { service: "s".repeat(1000), fingerprint: id.to_string() };
        let keys: Vec<_> = (0..100).map(key).collect();
        let parts = IssueKey::parts(&keys);
        assert!(parts.len() > 1 && parts.iter().all(|part| !part.is_empty()));
        assert_eq!(parts.concat(), keys);
        assert_eq!(IssueKey::parts(&[]), Vec::<&[IssueKey]>::new());
    }
}
