//! Documents: what people decided, with every revision it ever had.
//!
//! A document is (kind, id, revision, author, time, body). Changing one adds a revision, deleting
//! one adds a revision that says so, and restoring adds an old body anew; nothing is overwritten.
//! Whoever changes a document names the revision that he saw, so two people cannot undo each other
//! unawares.

use crate::Ledger;
use crate::actor::{Actor, Role};
use crate::audit::{self, Note};
use crate::changes::{self, NewRevision};
use crate::error::{FieldError, LedgerError};
use crate::rows::{self, Head};
use crate::yaml::FileDocument;
use hannun_model::limits::{DOCUMENT_BODY_BYTES_MAX, DOCUMENT_MESSAGE_CHARACTERS_MAX};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

const ID_CHARACTERS_MAX: usize = 128;
/// The document of a kind by user that is everybody's.
const ORGANIZATION: &str = "organization";

/// One revision of a document.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Document {
    /// What it is.
    pub kind: String,
    /// Which one it is.
    pub id: String,
    /// From one.
    pub revision: i64,
    /// Who wrote this revision.
    pub author: String,
    /// When, milliseconds since 1970.
    pub time_ms: i64,
    /// Why, in his words.
    pub message: Option<String>,
    /// Where it was applied from, when it was.
    pub source: Option<String>,
    /// Whether this revision deleted it. The body is the one before.
    pub deleted: bool,
    /// What it says.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub body: Value,
}

/// A change of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Put {
    /// What it is.
    pub kind: String,
    /// Which one it is.
    pub id: String,
    /// What it will say.
    pub body: Value,
    /// The revision that was seen; zero for a document that is not there.
    pub expected_revision: i64,
    /// Why.
    pub message: Option<String>,
}

impl Ledger {
    /// The document as it is now.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] also when it is deleted.
    pub async fn document(&self, kind: &str, id: &str) -> Result<Document, LedgerError> {
        self.check_address(kind, id)?;
        let mut read = self.database().begin_read().await?;
        let head = rows::head(&mut read, kind, id).await?;
        read.commit().await?;
        let document = head.map(|head| head.document).filter(|document| !document.deleted);
        document.ok_or_else(|| LedgerError::not_found(format!("{kind} `{id}`")))
    }

    /// The documents of a kind or of all, by kind and id; or those that are deleted, the latest
    /// first and not all of them.
    pub async fn documents(
        &self,
        kind: Option<&str>,
        deleted: bool,
    ) -> Result<Vec<Document>, LedgerError> {
        self.check_kind(kind)?;
        let mut read = self.database().begin_read().await?;
        let documents = match deleted {
            false => rows::live(&mut read, kind).await?,
            true => rows::deleted(&mut read, kind).await?,
        };
        read.commit().await?;
        Ok(documents)
    }

    /// The revisions of a document, newest first, from before a revision. One page of them.
    pub async fn revisions(
        &self,
        kind: &str,
        id: &str,
        before_revision: Option<i64>,
    ) -> Result<Vec<Document>, LedgerError> {
        self.check_address(kind, id)?;
        let mut read = self.database().begin_read().await?;
        let revisions = rows::revisions(&mut read, kind, id, before_revision).await?;
        read.commit().await?;
        if revisions.is_empty() && before_revision.is_none() {
            return Err(LedgerError::not_found(format!("{kind} `{id}`")));
        }
        Ok(revisions)
    }

    /// Adds a revision. A body that the document has already adds none, whatever was expected: a
    /// repeated request has the answer of the first.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] names everything wrong with the body, [`LedgerError::Conflict`]
    /// carries the document as somebody else changed it.
    pub async fn put_document(&self, actor: &Actor, put: Put) -> Result<Document, LedgerError> {
        let mut faults = self.document_faults(&put.kind, &put.id, &put.body);
        let message = put.message.as_deref().map(str::trim).filter(|message| !message.is_empty());
        faults.extend(message.and_then(message_fault));
        if !faults.is_empty() {
            return Err(LedgerError::Invalid { fields: faults });
        }
        self.require_edit(actor, &put.kind, &put.id)?;
        let change = Change {
            kind: &put.kind,
            id: &put.id,
            expected_revision: put.expected_revision,
            message,
            action: "document.put",
        };
        self.change(actor, change, |_| Ok((put.body, false))).await
    }

    /// Adds a revision that says that the document is deleted.
    ///
    /// # Errors
    /// As [`Self::put_document`]; [`LedgerError::NotFound`] when it is not there.
    pub async fn delete_document(
        &self,
        actor: &Actor,
        kind: &str,
        id: &str,
        expected_revision: i64,
    ) -> Result<Document, LedgerError> {
        self.check_address(kind, id)?;
        self.require_edit(actor, kind, id)?;
        let change =
            Change { kind, id, expected_revision, message: None, action: "document.delete" };
        self.change(actor, change, |head| {
            let head = head.filter(|head| !head.document.deleted);
            let head = head.ok_or_else(|| LedgerError::not_found(format!("{kind} `{id}`")))?;
            Ok((head.document.body.clone(), true))
        })
        .await
    }

    /// Adds a revision with the body of an old one.
    ///
    /// # Errors
    /// As [`Self::put_document`]: the old body must be right by today's schema.
    pub async fn restore_document(
        &self,
        actor: &Actor,
        kind: &str,
        id: &str,
        revision: i64,
        expected_revision: i64,
    ) -> Result<Document, LedgerError> {
        self.check_address(kind, id)?;
        self.require_edit(actor, kind, id)?;
        let mut read = self.database().begin_read().await?;
        // Revisions never change, so it may be read before the change begins.
        let old = rows::revisions(&mut read, kind, id, revision.checked_add(1)).await?;
        read.commit().await?;
        let old = old.into_iter().next().filter(|old| old.revision == revision);
        let old = old.ok_or_else(|| {
            LedgerError::not_found(format!("revision {revision} of {kind} `{id}`"))
        })?;
        if old.deleted {
            let message = "this revision deleted the document, choose the one before";
            return Err(LedgerError::invalid("/revision", message));
        }
        let faults = self.document_faults(kind, id, &old.body);
        if !faults.is_empty() {
            return Err(LedgerError::Invalid { fields: faults });
        }
        let message = format!("restored revision {revision}");
        let message = Some(message.as_str());
        let change = Change { kind, id, expected_revision, message, action: "document.restore" };
        self.change(actor, change, |_| Ok((old.body, false))).await
    }

    /// The documents of a kind or of all as they go into files.
    pub async fn export(&self, kind: Option<&str>) -> Result<Vec<FileDocument>, LedgerError> {
        let documents = self.documents(kind, false).await?;
        let file = |document: Document| FileDocument {
            kind: document.kind,
            id: document.id,
            body: document.body,
        };
        Ok(documents.into_iter().map(file).collect())
    }

    /// Adds a revision with what `decide` makes of the document as it is (body, deleted).
    async fn change(
        &self,
        actor: &Actor,
        change: Change<'_>,
        decide: impl FnOnce(Option<&Head>) -> Result<(Value, bool), LedgerError>,
    ) -> Result<Document, LedgerError> {
        let Change { kind, id, expected_revision, message, action } = change;
        let time_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let head = rows::head(write.connection(), kind, id).await?;
        let (body, deleted) = decide(head.as_ref())?;
        if let Some(Head { document, .. }) = &head
            && (document.deleted, &document.body) == (deleted, &body)
        {
            return Ok(document.clone());
        }
        check_expected(kind, id, head.as_ref(), expected_revision)?;
        let author = actor.name.as_str();
        let new =
            NewRevision { kind, id, author, time_ms, message, source: None, deleted, body: &body };
        let document = changes::add_revision(write.connection(), head.as_ref(), new).await?;
        let subject = format!("{kind}/{id}");
        let detail = json!({"revision": document.revision, "message": message});
        let note = Note { actor: author, action, subject: &subject, detail };
        audit::append(write.connection(), time_ms, note).await?;
        write.commit().await?;
        Ok(document)
    }

    /// Everything that is wrong with a document, whatever is stored.
    pub(crate) fn document_faults(&self, kind: &str, id: &str, body: &Value) -> Vec<FieldError> {
        let mut faults: Vec<FieldError> =
            id_fault(id).map(|fault| FieldError::new("/id", fault)).into_iter().collect();
        match self.kinds().find(kind) {
            Ok(kind) => faults.extend(kind.faults(body)),
            Err(fault) => faults.push(fault),
        }
        if body.to_string().len() > DOCUMENT_BODY_BYTES_MAX {
            let message =
                format!("larger than {DOCUMENT_BODY_BYTES_MAX} bytes as JSON, shorten it");
            faults.push(FieldError::new("", message));
        }
        faults
    }

    /// Fails unless the actor may change this document.
    pub(crate) fn require_edit(
        &self,
        actor: &Actor,
        kind: &str,
        id: &str,
    ) -> Result<(), LedgerError> {
        let Some(registered) = self.kinds().get(kind) else { return Ok(()) };
        let by_user = registered.kind.own_by_user && id != ORGANIZATION;
        if by_user && actor.user_id.as_deref() == Some(id) {
            return Ok(());
        }
        let role = if by_user { Role::Owner } else { registered.kind.edit_role };
        actor.require(role, &format!("changing {kind} `{id}`"))
    }

    fn check_address(&self, kind: &str, id: &str) -> Result<(), LedgerError> {
        self.check_kind(Some(kind))?;
        match id_fault(id) {
            Some(_) => Err(LedgerError::not_found(format!("{kind} `{}`", id.escape_default()))),
            None => Ok(()),
        }
    }

    fn check_kind(&self, kind: Option<&str>) -> Result<(), LedgerError> {
        match kind.map(|kind| self.kinds().find(kind)) {
            Some(Err(fault)) => Err(LedgerError::NotFound(fault.message)),
            _ => Ok(()),
        }
    }
}

/// Which document changes, and how that is told.
struct Change<'a> {
    kind: &'a str,
    id: &'a str,
    expected_revision: i64,
    message: Option<&'a str>,
    action: &'static str,
}

fn check_expected(
    kind: &str,
    id: &str,
    head: Option<&Head>,
    expected_revision: i64,
) -> Result<(), LedgerError> {
    match head {
        None if expected_revision == 0 => Ok(()),
        None => Err(LedgerError::not_found(format!("{kind} `{id}`"))),
        Some(Head { document, .. }) => {
            // To whoever does not look at what is deleted, the document is new.
            let anew = document.deleted && expected_revision == 0;
            if anew || document.revision == expected_revision {
                return Ok(());
            }
            Err(LedgerError::Conflict { current: Box::new(document.clone()) })
        }
    }
}

/// What is wrong with an id. It becomes part of addresses and of file names.
pub(crate) fn id_fault(id: &str) -> Option<String> {
    let may_begin = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let may_follow = |it: u8| may_begin(it) || matches!(it, b'.' | b'_' | b'-');
    let fits = id.len() <= ID_CHARACTERS_MAX
        && id.as_bytes().first().is_some_and(|it| may_begin(*it))
        && id.bytes().all(may_follow);
    (!fits).then(|| {
        format!(
            "use 1 to {ID_CHARACTERS_MAX} of a-z, 0-9, `.`, `_` and `-`, beginning with a letter \
             or a digit"
        )
    })
}

fn message_fault(message: &str) -> Option<FieldError> {
    if message.chars().count() > DOCUMENT_MESSAGE_CHARACTERS_MAX {
        let text = format!("too long, use at most {DOCUMENT_MESSAGE_CHARACTERS_MAX} characters");
        return Some(FieldError::new("/message", text));
    }
    let is_bad = |it: char| it.is_control() && it != '\n' && it != '\t';
    message
        .chars()
        .any(is_bad)
        .then(|| FieldError::new("/message", "must not contain control characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_in_addresses_and_file_names() {
        for id in ["a", "0", "a.b-c_d", "01k0b9w8z4q3v2n1m5x7y6t8r9", &"a".repeat(128)] {
            assert_eq!(id_fault(id), None, "{id}");
        }
        for id in ["", ".", "..", "-a", "_a", "A", "a/b", "a b", "가", "a\n", &"a".repeat(129)] {
            assert!(id_fault(id).is_some(), "{id}");
        }
    }
}
