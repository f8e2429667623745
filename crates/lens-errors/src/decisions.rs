//! What people decided about issues: documents of the kind `error-issue-state`.

use crate::IssueKey;
use crate::documents::ERROR_ISSUE_STATE;
use hannun_ledger::{Document, Ledger, LedgerError};
use serde::Deserialize;
use std::collections::HashMap;
use xxhash_rust::xxh3::Xxh3;

/// The state that somebody gave an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedState {
    Open,
    Resolved,
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Body {
    service: String,
    fingerprint: String,
    state: DecidedState,
    resolved_in_version: Option<String>,
    decided_ms: Option<i64>,
    assignee: Option<String>,
    note: Option<String>,
}

/// What was decided about one issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub document_id: String,
    pub document_revision: i64,
    pub state: DecidedState,
    /// Errors after it are news.
    pub decided_ms: i64,
    pub resolved_in_version: Option<String>,
    pub assignee: Option<String>,
    pub note: Option<String>,
    /// Whether the document itself says when it was decided.
    is_dated: bool,
}

/// The id of the document about an issue: 32 hexadecimal digits of a hash of its key.
pub fn document_id(key: &IssueKey) -> String {
    let mut hasher = Xxh3::new();
    for part in [&key.service, &key.fingerprint] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    format!("{:032x}", hasher.digest128())
}

/// All decisions by issue. Of several documents about one issue, the latest.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn decisions(ledger: &Ledger) -> Result<HashMap<IssueKey, Decision>, LedgerError> {
    let mut decisions: HashMap<IssueKey, Decision> = HashMap::new();
    for document in ledger.documents(Some(ERROR_ISSUE_STATE.name), false).await? {
        let Some((key, decision)) = read(&document) else { continue };
        let known = decisions.get(&key);
        if known.is_none_or(|known| known.decided_ms <= decision.decided_ms) {
            decisions.insert(key, decision);
        }
    }
    Ok(decisions)
}

fn read(document: &Document) -> Option<(IssueKey, Decision)> {
    let body = body(document)?;
    let decision = Decision {
        document_id: document.id.clone(),
        document_revision: document.revision,
        state: body.state,
        is_dated: body.decided_ms.is_some(),
        // Nobody decides in the future.
        decided_ms: body.decided_ms.map_or(document.time_ms, |at| at.min(document.time_ms)),
        resolved_in_version: body.resolved_in_version,
        assignee: body.assignee,
        note: body.note,
    };
    Some((IssueKey { service: body.service, fingerprint: body.fingerprint }, decision))
}

fn body(document: &Document) -> Option<Body> {
    serde_json::from_value(document.body.clone()).ok()
}

impl Decision {
    /// Finds when the state was first written, unless the document says when it was decided: somebody
    /// who only adds a note decides nothing anew.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn date(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        if self.is_dated || self.document_revision <= 1 {
            return Ok(());
        }
        let kind = ERROR_ISSUE_STATE.name;
        for earlier in ledger.revisions(kind, &self.document_id, None).await? {
            let same = body(&earlier).filter(|body| {
                body.state == self.state
                    && body.resolved_in_version == self.resolved_in_version
                    && !earlier.deleted
            });
            match same {
                Some(_) => self.decided_ms = earlier.time_ms,
                None => break,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests_support {
    use super::{DecidedState, Decision};

    pub(crate) fn decision(
        state: DecidedState,
        decided_ms: i64,
        resolved_in_version: Option<&str>,
    ) -> Decision {
        Decision {
            document_id: "x".to_owned(),
            document_revision: 1,
            state,
            decided_ms,
            resolved_in_version: resolved_in_version.map(str::to_owned),
            assignee: None,
            note: None,
            is_dated: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(body: serde_json::Value) -> Document {
        Document {
            kind: ERROR_ISSUE_STATE.name.to_owned(),
            id: "x".to_owned(),
            revision: 3,
            author: "kim".to_owned(),
            time_ms: 1000,
            message: None,
            source: None,
            deleted: false,
            body,
        }
    }

    #[test]
    fn an_issue_has_one_document() {
        let key = |service: &str, fingerprint: &str| {
            document_id(&IssueKey { service: service.into(), fingerprint: fingerprint.into() })
        };
        assert_eq!(key("order", "ab").len(), 32);
        assert_eq!(key("order", "ab"), key("order", "ab"));
        assert_ne!(key("order", "ab"), key("ordera", "b"));
    }

    #[test]
    fn a_decision_is_as_old_as_it_says() {
        let body =
            json!({"service": "s", "fingerprint": "f", "state": "resolved", "decided_ms": 7});
        let (key, decision) = read(&document(body)).unwrap();
        assert_eq!((key.service.as_str(), decision.decided_ms), ("s", 7));
        let ahead =
            json!({"service": "s", "fingerprint": "f", "state": "ignored", "decided_ms": 9999});
        assert_eq!(read(&document(ahead)).unwrap().1.decided_ms, 1000);
        assert_eq!(read(&document(json!({"service": "s"}))), None);
    }
}
