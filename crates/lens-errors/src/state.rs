//! What became of an issue.

use crate::IssueKey;
use crate::decisions::{DecidedState, Decision};
use crate::history::{self, ErrorVersion, History};
use crate::version::compare;
use hannun_api::ApiError;
use hannun_ledger::Ledger;
use hannun_query::Engine;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The state of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IssueState {
    /// Nobody decided otherwise.
    Open,
    Resolved,
    Ignored,
    /// It was resolved, and came back: in a version after the one that it was resolved in; without
    /// such a version, at all.
    Regressed,
}

impl IssueState {
    /// The state with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Resolved, Self::Ignored, Self::Regressed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
            Self::Regressed => "regressed",
        }
    }
}

/// A state, and since when it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub state: IssueState,
    /// Of a regression: when it came back, as far as the versions tell.
    pub since_ms: Option<i64>,
}

/// The standing of an issue. `deploys` tells when versions were first seen at all, for those whose
/// names do not tell which is newer.
pub fn standing(
    decision: Option<&Decision>,
    history: &History,
    deploys: &HashMap<String, i64>,
) -> Standing {
    let Some(decision) = decision else {
        return Standing { state: IssueState::Open, since_ms: None };
    };
    let decided = |state| Standing { state, since_ms: Some(decision.decided_ms) };
    match decision.state {
        DecidedState::Open => decided(IssueState::Open),
        DecidedState::Ignored => decided(IssueState::Ignored),
        DecidedState::Resolved => {
            let back = history.versions.iter().filter(|seen| comes_back(decision, seen, deploys));
            match back.map(|seen| seen.first_seen_ms.max(decision.decided_ms)).min() {
                None => decided(IssueState::Resolved),
                since_ms => Standing { state: IssueState::Regressed, since_ms },
            }
        }
    }
}

/// Whether errors of this version, after the decision, contradict it.
fn comes_back(decision: &Decision, seen: &ErrorVersion, deploys: &HashMap<String, i64>) -> bool {
    if seen.last_seen_ms <= decision.decided_ms {
        return false;
    }
    // An error that names no version may be of any: rather looked at in vain than lost.
    let (Some(resolved), Some(version)) = (&decision.resolved_in_version, &seen.version) else {
        return true;
    };
    match compare(version, resolved) {
        Some(order) => order == Ordering::Greater,
        None => {
            let resolved_at = deploys.get(resolved).copied().unwrap_or(decision.decided_ms);
            let version_at = deploys.get(version).copied().unwrap_or(seen.first_seen_ms);
            version_at > resolved_at
        }
    }
}

/// Whether the deploys of a service are needed: names of versions do not tell which is newer.
fn needs_deploys(decision: &Decision, history: &History) -> bool {
    let Some(resolved) = &decision.resolved_in_version else { return false };
    let mut names = history.versions.iter().filter_map(|seen| seen.version.as_deref());
    names.any(|name| compare(name, resolved).is_none())
}

/// The standing of each of these issues, whose histories are known where they were resolved.
///
/// # Errors
/// When the store or the ledger cannot be read.
pub async fn standings(
    engine: &Arc<Engine>,
    ledger: &Ledger,
    keys: &[IssueKey],
    decisions: &mut HashMap<IssueKey, Decision>,
    histories: &HashMap<IssueKey, History>,
) -> Result<HashMap<IssueKey, Standing>, ApiError> {
    let mut deploys: HashMap<String, HashMap<String, i64>> = HashMap::new();
    let mut standings = HashMap::new();
    let (never, nowhere) = (History::default(), HashMap::new());
    for key in keys {
        let history = histories.get(key).unwrap_or(&never);
        let mut decision = decisions.get_mut(key);
        if let Some(decision) = &mut decision {
            decision.date(ledger).await?;
            if needs_deploys(decision, history) && !deploys.contains_key(&key.service) {
                let found = history::deploys(engine, &key.service).await?;
                deploys.insert(key.service.clone(), found);
            }
        }
        let deploys = deploys.get(&key.service).unwrap_or(&nowhere);
        standings.insert(key.clone(), standing(decision.as_deref(), history, deploys));
    }
    Ok(standings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::tests_support::decision;

    fn history(seen: &[(Option<&str>, i64, i64)]) -> History {
        let version = |&(version, first_seen_ms, last_seen_ms): &(Option<&str>, i64, i64)| {
            let version = version.map(str::to_owned);
            ErrorVersion { version, count: 1.0, first_seen_ms, last_seen_ms }
        };
        History { versions: seen.iter().map(version).collect() }
    }

    fn state_of(resolved_in: Option<&str>, seen: &[(Option<&str>, i64, i64)]) -> IssueState {
        let deploys =
            [("aaa".to_owned(), 10), ("bbb".to_owned(), 20), ("ccc".to_owned(), 30)].into();
        let decision = decision(DecidedState::Resolved, 100, resolved_in);
        standing(Some(&decision), &history(seen), &deploys).state
    }

    #[test]
    fn an_issue_comes_back_in_a_newer_version_only() {
        use IssueState::{Regressed, Resolved};
        for (resolved_in, seen, expected) in [
            (Some("1.4.0"), vec![(Some("1.4.0"), 1, 200)], Resolved),
            (Some("1.4.0"), vec![(Some("1.3.9"), 1, 200)], Resolved),
            (Some("1.4.0"), vec![(Some("1.10.0"), 150, 200)], Regressed),
            (Some("1.4.0"), vec![(Some("1.5.0"), 50, 99)], Resolved),
            (Some("1.4.0-rc.1"), vec![(Some("1.4.0"), 150, 200)], Regressed),
            (Some("1.4.0"), vec![(Some("1.4.0-rc.1"), 150, 200)], Resolved),
            (Some("1.4.0"), vec![(None, 150, 200)], Regressed),
            (None, vec![(Some("1.0.0"), 1, 100)], Resolved),
            (None, vec![(Some("1.0.0"), 1, 101)], Regressed),
            // Commits: the one that was deployed later.
            (Some("bbb"), vec![(Some("aaa"), 150, 200)], Resolved),
            (Some("bbb"), vec![(Some("bbb"), 150, 200)], Resolved),
            (Some("bbb"), vec![(Some("ccc"), 150, 200)], Regressed),
            (Some("bbb"), vec![], Resolved),
        ] {
            assert_eq!(state_of(resolved_in, &seen), expected, "{resolved_in:?} {seen:?}");
        }
    }

    #[test]
    fn a_regression_is_as_old_as_its_first_error() {
        let decision = decision(DecidedState::Resolved, 100, Some("1.0.0"));
        let history = history(&[(Some("1.0.0"), 1, 500), (Some("1.1.0"), 300, 400)]);
        let standing = standing(Some(&decision), &history, &HashMap::new());
        assert_eq!(standing, Standing { state: IssueState::Regressed, since_ms: Some(300) });
    }

    #[test]
    fn without_a_decision_an_issue_is_open_and_what_is_ignored_stays_so() {
        let history = history(&[(None, 150, 200)]);
        let open = standing(None, &history, &HashMap::new());
        assert_eq!(open, Standing { state: IssueState::Open, since_ms: None });
        let ignored = decision(DecidedState::Ignored, 100, None);
        let state = standing(Some(&ignored), &history, &HashMap::new()).state;
        assert_eq!(state, IssueState::Ignored);
        assert_eq!(IssueState::by_name("regressed"), Some(IssueState::Regressed));
        assert_eq!(IssueState::by_name("all"), None);
    }
}
