//! Applying: a set of documents from a source (a folder in version control, say) made true at once.
//!
//! The plan says what would change, the same code then changes it, all or nothing. A document
//! belongs to the source that applied it last: another source never takes it unless it changes it,
//! and pruning deletes only what is the source's own. What people changed since is *drift*; the plan
//! shows it, and applying sets it back.

use crate::Ledger;
use crate::actor::Actor;
use crate::audit::{self, Note};
use crate::changes::{self, NewRevision};
use crate::error::{FieldError, LedgerError};
use crate::rows::{self, Head};
use crate::yaml::{self, FileDocument};
use hannun_model::limits::{
    APPLY_DIFFERENCE_BYTES_MAX, APPLY_DOCUMENTS_MAX, APPLY_FAULTS_SHOWN_MAX,
    APPLY_SOURCE_CHARACTERS_MAX,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use similar::TextDiff;
use sqlx::AnyConnection;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A set of documents to make true.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// Where they come from; whoever applies again uses the same.
    pub source: String,
    /// What is to be there.
    pub documents: Vec<FileDocument>,
    /// Whether what the source applied before and no longer has is deleted.
    #[serde(default)]
    pub prune: bool,
    /// Whether only to say what would change.
    #[serde(default)]
    pub plan_only: bool,
}

/// What was, or would be, done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ApplyAnswer)]
pub struct Applied {
    /// Whether it was done.
    pub applied: bool,
    /// For each document in the given order, then those that are pruned.
    pub changes: Vec<Change>,
}

/// What happens to one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// What it is.
    pub kind: String,
    /// Which one it is.
    pub id: String,
    /// What happens.
    pub action: Action,
    /// Who changed it since the source applied it, if anybody did.
    pub drift: Option<String>,
    /// Unified difference of the bodies as YAML; empty when they are the same.
    pub diff: String,
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is not there yet, or no longer.
    Create,
    /// It says something else.
    Update,
    /// The source no longer has it.
    Delete,
    /// It is as it should be; no revision is added.
    Unchanged,
}

/// One document of the plan, with all that is needed to do it.
struct Step {
    kind: String,
    id: String,
    action: Action,
    head: Option<Head>,
    /// What it will say, or said when it is deleted.
    body: Value,
}

impl Ledger {
    /// Makes a set of documents true in one transaction, or says what would change. Applying twice
    /// changes nothing the second time.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] names every fault of every document, [`LedgerError::Forbidden`] the
    /// first document that the actor may not change. Nothing was changed then.
    pub async fn apply(&self, actor: &Actor, apply: Apply) -> Result<Applied, LedgerError> {
        let faults = self.set_faults(&apply);
        if !faults.is_empty() {
            return Err(LedgerError::Invalid { fields: faults });
        }
        let Apply { source, documents, prune, plan_only } = apply;
        let steps = if plan_only {
            let mut read = self.database().begin_read().await?;
            let steps = plan(&mut read, &source, documents, prune).await?;
            read.commit().await?;
            self.require_steps(actor, &steps)?;
            steps
        } else {
            let time_ms = self.now_ms();
            let mut write = self.database().begin_write_alone().await?;
            let steps = plan(write.connection(), &source, documents, prune).await?;
            self.require_steps(actor, &steps)?;
            for step in &steps {
                run(write.connection(), actor, &source, step, time_ms).await?;
            }
            write.commit().await?;
            steps
        };
        let changes = steps.iter().map(|step| step.describe(&source)).collect();
        Ok(Applied { applied: !plan_only, changes })
    }

    /// Every fault of the set, each with the kind, id and field it belongs to.
    fn set_faults(&self, apply: &Apply) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let length = apply.source.chars().count();
        if length == 0
            || length > APPLY_SOURCE_CHARACTERS_MAX
            || apply.source.chars().any(char::is_control)
        {
            let message = format!(
                "use 1 to {APPLY_SOURCE_CHARACTERS_MAX} characters without control characters"
            );
            faults.push(FieldError::new("/source", message));
        }
        if apply.documents.len() > APPLY_DOCUMENTS_MAX {
            let message = format!("use at most {APPLY_DOCUMENTS_MAX}, in several sources");
            return vec![FieldError::new("/documents", message)];
        }
        let mut seen = BTreeSet::new();
        for document in &apply.documents {
            let FileDocument { kind, id, body } = document;
            let name = format!("{kind}/{id}");
            if !seen.insert((kind, id)) {
                faults.push(FieldError::new(&name, "given more than once, keep one of them"));
            }
            let of_document = self.document_faults(kind, id, body).into_iter();
            faults.extend(
                of_document
                    .map(|fault| FieldError::new(format!("{name}{}", fault.path), fault.message)),
            );
        }
        faults.truncate(APPLY_FAULTS_SHOWN_MAX);
        faults
    }

    fn require_steps(&self, actor: &Actor, steps: &[Step]) -> Result<(), LedgerError> {
        steps.iter().try_for_each(|step| self.require_edit(actor, &step.kind, &step.id))
    }
}

async fn plan(
    connection: &mut AnyConnection,
    source: &str,
    documents: Vec<FileDocument>,
    prune: bool,
) -> Result<Vec<Step>, LedgerError> {
    let mut steps = Vec::new();
    for FileDocument { kind, id, body } in documents {
        let head = rows::head(connection, &kind, &id).await?;
        let action = match &head {
            Some(head) if head.document.deleted => Action::Create,
            Some(head) if head.document.body == body => Action::Unchanged,
            Some(_) => Action::Update,
            None => Action::Create,
        };
        steps.push(Step { kind, id, action, head, body });
    }
    if prune {
        let wanted: BTreeSet<(String, String)> =
            steps.iter().map(|step| (step.kind.clone(), step.id.clone())).collect();
        for head in rows::applied_from(connection, source).await? {
            let (kind, id) = (head.document.kind.clone(), head.document.id.clone());
            if !wanted.contains(&(kind.clone(), id.clone())) {
                let body = head.document.body.clone();
                steps.push(Step { kind, id, action: Action::Delete, head: Some(head), body });
            }
        }
    }
    Ok(steps)
}

async fn run(
    connection: &mut AnyConnection,
    actor: &Actor,
    source: &str,
    step: &Step,
    time_ms: i64,
) -> Result<(), LedgerError> {
    let revision = match (step.action, &step.head) {
        (Action::Unchanged, Some(head)) => {
            if !step.is_claimed_anew(head, source) {
                return Ok(());
            }
            changes::claim(connection, &head.document, source).await?;
            head.document.revision
        }
        (action, head) => {
            let new = NewRevision {
                kind: &step.kind,
                id: &step.id,
                author: &actor.name,
                time_ms,
                message: None,
                source: Some(source),
                deleted: action == Action::Delete,
                body: &step.body,
            };
            changes::add_revision(connection, head.as_ref(), new).await?.revision
        }
    };
    let note = Note {
        actor: &actor.name,
        action: "document.apply",
        subject: &format!("{}/{}", step.kind, step.id),
        detail: json!({"source": source, "change": step.action, "revision": revision}),
    };
    audit::append(connection, time_ms, note).await
}

impl Step {
    /// Whether an unchanged document becomes the source's: when it is nobody's, or when people
    /// changed it back to what the source says.
    fn is_claimed_anew(&self, head: &Head, source: &str) -> bool {
        match &head.applied {
            None => true,
            Some((owner, revision)) => owner == source && *revision != head.document.revision,
        }
    }

    fn describe(&self, source: &str) -> Change {
        Change {
            kind: self.kind.clone(),
            id: self.id.clone(),
            action: self.action,
            drift: self.head.as_ref().and_then(|head| self.drift(head, source)),
            diff: self.difference(source),
        }
    }

    fn drift(&self, head: &Head, source: &str) -> Option<String> {
        let (owner, applied_revision) = head.applied.as_ref()?;
        let document = &head.document;
        let by = format!("by {} at {}", document.author, utc(document.time_ms));
        if owner != source {
            return (self.action != Action::Unchanged)
                .then(|| format!("belongs to the source `{owner}`; last changed {by}"));
        }
        let verb = if document.deleted { "deleted" } else { "changed" };
        (document.revision != *applied_revision)
            .then(|| format!("{verb} {by}, after `{source}` applied revision {applied_revision}"))
    }

    fn difference(&self, source: &str) -> String {
        let name = format!("{}/{}", self.kind, self.id);
        let live = self.head.as_ref().filter(|head| !head.document.deleted);
        let old = live.map_or_else(String::new, |head| yaml::body_text(&head.document.body));
        let new = match self.action {
            Action::Delete => String::new(),
            Action::Unchanged => return String::new(),
            Action::Create | Action::Update => yaml::body_text(&self.body),
        };
        let revision = self.head.as_ref().map_or(0, |head| head.document.revision);
        let mut text = TextDiff::from_lines(&old, &new)
            .unified_diff()
            .header(&format!("{name} revision {revision}"), &format!("{name} from {source}"))
            .to_string();
        if text.len() > APPLY_DIFFERENCE_BYTES_MAX {
            text.truncate(text.floor_char_boundary(APPLY_DIFFERENCE_BYTES_MAX));
            text.push_str("\n… cut\n");
        }
        text
    }
}

/// Milliseconds since 1970 as a date and time. The calendar is Howard Hinnant's `civil_from_days`,
/// https://howardhinnant.github.io/date_algorithms.html
fn utc(time_ms: i64) -> String {
    let seconds = time_ms.div_euclid(1000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_868_799_999), "2000-02-29T23:59:59Z");
        assert_eq!(utc(1_772_323_200_000), "2026-03-01T00:00:00Z");
        assert_eq!(utc(-1), "1969-12-31T23:59:59Z");
    }
}
