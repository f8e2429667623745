//! Rows of documents, read.

use crate::documents::Document;
use crate::error::LedgerError;
use hannun_model::limits::DOCUMENT_REVISIONS_SHOWN_MAX;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

/// A document as it is now, with what a source applied to it last.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) document: Document,
    /// Source and revision.
    pub(crate) applied: Option<(String, i64)>,
}

const HEADS: &str = "SELECT revision.*, head.applied_source, head.applied_revision
     FROM document_head AS head JOIN document_revision AS revision
     ON revision.kind = head.kind AND revision.id = head.id AND revision.revision = head.revision";

pub(crate) async fn head(
    connection: &mut AnyConnection,
    kind: &str,
    id: &str,
) -> Result<Option<Head>, LedgerError> {
    let query = format!("{HEADS} WHERE head.kind = $1 AND head.id = $2");
    let row =
        sqlx::query(AssertSqlSafe(query)).bind(kind).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(read_head).transpose()
}

/// What is not deleted and was applied last from a source.
pub(crate) async fn applied_from(
    connection: &mut AnyConnection,
    source: &str,
) -> Result<Vec<Head>, LedgerError> {
    let query = format!("{HEADS} WHERE head.applied_source = $1 AND head.deleted = 0");
    let rows = sqlx::query(AssertSqlSafe(query)).bind(source).fetch_all(connection).await?;
    let mut heads = rows.iter().map(read_head).collect::<Result<Vec<_>, _>>()?;
    heads.sort_by(|left, right| key(&left.document).cmp(&key(&right.document)));
    Ok(heads)
}

pub(crate) async fn live(
    connection: &mut AnyConnection,
    kind: Option<&str>,
) -> Result<Vec<Document>, LedgerError> {
    let query = match kind {
        Some(_) => format!("{HEADS} WHERE head.deleted = 0 AND head.kind = $1"),
        None => format!("{HEADS} WHERE head.deleted = 0"),
    };
    let mut query = sqlx::query(AssertSqlSafe(query));
    if let Some(kind) = kind {
        query = query.bind(kind);
    }
    let rows = query.fetch_all(connection).await?;
    let mut documents = rows.iter().map(read_document).collect::<Result<Vec<_>, _>>()?;
    // Here rather than in SQL, where the order of text depends on the database's locale.
    documents.sort_by(|left, right| key(left).cmp(&key(right)));
    Ok(documents)
}

/// The latest of those that are deleted.
pub(crate) async fn deleted(
    connection: &mut AnyConnection,
    kind: Option<&str>,
) -> Result<Vec<Document>, LedgerError> {
    const LATEST: &str = "ORDER BY revision.time_ms DESC, revision.kind, revision.id LIMIT $1";
    let query = match kind {
        Some(_) => format!("{HEADS} WHERE head.deleted = 1 AND head.kind = $2 {LATEST}"),
        None => format!("{HEADS} WHERE head.deleted = 1 {LATEST}"),
    };
    let mut query = sqlx::query(AssertSqlSafe(query)).bind(DOCUMENT_REVISIONS_SHOWN_MAX);
    if let Some(kind) = kind {
        query = query.bind(kind);
    }
    query.fetch_all(connection).await?.iter().map(read_document).collect()
}

/// Revisions from before one, newest first.
pub(crate) async fn revisions(
    connection: &mut AnyConnection,
    kind: &str,
    id: &str,
    before_revision: Option<i64>,
) -> Result<Vec<Document>, LedgerError> {
    sqlx::query(
        "SELECT * FROM document_revision WHERE kind = $1 AND id = $2 AND revision < $3
         ORDER BY revision DESC LIMIT $4",
    )
    .bind(kind)
    .bind(id)
    .bind(before_revision.unwrap_or(i64::MAX))
    .bind(DOCUMENT_REVISIONS_SHOWN_MAX)
    .fetch_all(connection)
    .await?
    .iter()
    .map(read_document)
    .collect()
}

fn key(document: &Document) -> (&str, &str) {
    (&document.kind, &document.id)
}

fn read_head(row: &AnyRow) -> Result<Head, LedgerError> {
    let source: Option<String> = row.try_get("applied_source")?;
    let revision: Option<i64> = row.try_get("applied_revision")?;
    Ok(Head { document: read_document(row)?, applied: source.zip(revision) })
}

fn read_document(row: &AnyRow) -> Result<Document, LedgerError> {
    let body: String = row.try_get("body")?;
    let deleted: i64 = row.try_get("deleted")?;
    Ok(Document {
        kind: row.try_get("kind")?,
        id: row.try_get("id")?,
        revision: row.try_get("revision")?,
        author: row.try_get("author")?,
        time_ms: row.try_get("time_ms")?,
        message: row.try_get("message")?,
        source: row.try_get("source")?,
        deleted: deleted != 0,
        body: serde_json::from_str(&body).map_err(LedgerError::damaged)?,
    })
}
