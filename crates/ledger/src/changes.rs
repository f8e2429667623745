//! Revisions of documents, added. The caller is the only writer until its transaction ends.

use crate::documents::Document;
use crate::error::LedgerError;
use crate::rows::Head;
use hannun_model::limits::{DOCUMENTS_PER_KIND_BYTES_MAX, DOCUMENTS_PER_KIND_MAX};
use serde_json::Value;
use sqlx::{AnyConnection, Row};

/// A revision to be added.
pub(crate) struct NewRevision<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) author: &'a str,
    pub(crate) time_ms: i64,
    pub(crate) message: Option<&'a str>,
    pub(crate) source: Option<&'a str>,
    pub(crate) deleted: bool,
    pub(crate) body: &'a Value,
}

/// Adds a revision after the one that counts now, and makes it count.
pub(crate) async fn add_revision(
    connection: &mut AnyConnection,
    head: Option<&Head>,
    new: NewRevision<'_>,
) -> Result<Document, LedgerError> {
    let revision = head.map_or(1, |head| head.document.revision + 1);
    let body = new.body.to_string();
    sqlx::query(
        "INSERT INTO document_revision
            (kind, id, revision, author, time_ms, message, source, deleted, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.kind)
    .bind(new.id)
    .bind(revision)
    .bind(new.author)
    .bind(new.time_ms)
    .bind(new.message)
    .bind(new.source)
    .bind(i64::from(new.deleted))
    .bind(body.as_str())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO document_head
            (kind, id, revision, deleted, body_bytes, applied_source, applied_revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision,
            deleted = excluded.deleted, body_bytes = excluded.body_bytes,
            applied_source = COALESCE(excluded.applied_source, document_head.applied_source),
            applied_revision = COALESCE(excluded.applied_revision, document_head.applied_revision)",
    )
    .bind(new.kind)
    .bind(new.id)
    .bind(revision)
    .bind(i64::from(new.deleted))
    .bind(i64::try_from(body.len()).unwrap_or(i64::MAX))
    .bind(new.source)
    .bind(new.source.map(|_| revision))
    .execute(&mut *connection)
    .await?;
    if !new.deleted {
        check_room(connection, new.kind).await?;
    }
    Ok(Document {
        kind: new.kind.to_owned(),
        id: new.id.to_owned(),
        revision,
        author: new.author.to_owned(),
        time_ms: new.time_ms,
        message: new.message.map(str::to_owned),
        source: new.source.map(str::to_owned),
        deleted: new.deleted,
        body: new.body.clone(),
    })
}

/// Notes that the document as it is counts as applied from a source.
pub(crate) async fn claim(
    connection: &mut AnyConnection,
    document: &Document,
    source: &str,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE document_head SET applied_source = $1, applied_revision = $2
         WHERE kind = $3 AND id = $4",
    )
    .bind(source)
    .bind(document.revision)
    .bind(document.kind.as_str())
    .bind(document.id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Lists read all documents of a kind, so their number and size are limited.
async fn check_room(connection: &mut AnyConnection, kind: &str) -> Result<(), LedgerError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS documents, CAST(SUM(body_bytes) AS BIGINT) AS body_bytes
         FROM document_head WHERE kind = $1 AND deleted = 0",
    )
    .bind(kind)
    .fetch_one(connection)
    .await?;
    let documents: i64 = row.try_get("documents")?;
    let body_bytes: i64 = row.try_get("body_bytes")?;
    if documents > DOCUMENTS_PER_KIND_MAX {
        let message =
            format!("there are {DOCUMENTS_PER_KIND_MAX} documents of {kind} already, delete some");
        return Err(LedgerError::invalid("/kind", message));
    }
    if body_bytes > DOCUMENTS_PER_KIND_BYTES_MAX {
        let message = format!(
            "the documents of {kind} would take more than {DOCUMENTS_PER_KIND_BYTES_MAX} bytes, \
             delete some"
        );
        return Err(LedgerError::invalid("/kind", message));
    }
    Ok(())
}
