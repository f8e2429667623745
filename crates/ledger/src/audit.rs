//! The audit trail: who did what to what, and when. An entry is written in the transaction of what
//! it tells, so neither is there without the other.

use crate::Ledger;
use crate::actor::{Actor, Role};
use crate::error::LedgerError;
use hannun_model::limits::{AUDIT_ENTRIES_MAX, AUDIT_PAGE_ENTRIES_MAX};
use serde::Serialize;
use serde_json::Value;
use sqlx::{AnyConnection, Row};
use utoipa::ToSchema;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Grows by one with every entry.
    pub id: i64,
    /// When, milliseconds since 1970.
    pub time_ms: i64,
    /// Who.
    pub actor: String,
    /// What, such as `document.put`.
    pub action: String,
    /// To what, such as `saved-view/errors`.
    pub subject: String,
    /// More about it.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub detail: Value,
}

impl Ledger {
    /// Reads the trail, newest first, from before an entry. Entries past the limit are trimmed,
    /// the oldest first.
    pub async fn audit(
        &self,
        actor: &Actor,
        before_id: Option<i64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, LedgerError> {
        actor.require(Role::Owner, "reading the audit trail")?;
        let limit = i64::try_from(limit.min(AUDIT_PAGE_ENTRIES_MAX)).unwrap_or(0);
        let mut read = self.database().begin_read().await?;
        let rows = sqlx::query(
            "SELECT id, time_ms, actor, action, subject, detail FROM ledger_audit
             WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(before_id.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&mut *read)
        .await?;
        read.commit().await?;
        rows.iter()
            .map(|row| {
                let detail: String = row.try_get("detail")?;
                Ok(AuditEntry {
                    id: row.try_get("id")?,
                    time_ms: row.try_get("time_ms")?,
                    actor: row.try_get("actor")?,
                    action: row.try_get("action")?,
                    subject: row.try_get("subject")?,
                    detail: serde_json::from_str(&detail).map_err(LedgerError::damaged)?,
                })
            })
            .collect()
    }
}

/// What an entry will say.
pub(crate) struct Note<'a> {
    pub(crate) actor: &'a str,
    pub(crate) action: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) detail: Value,
}

/// Appends an entry and trims the oldest. The caller is the only writer, so ids have no gaps and
/// the difference of two is a count.
pub(crate) async fn append(
    connection: &mut AnyConnection,
    time_ms: i64,
    note: Note<'_>,
) -> Result<(), LedgerError> {
    let id: i64 = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM ledger_audit")
        .fetch_one(&mut *connection)
        .await?
        .try_get("id")?;
    sqlx::query(
        "INSERT INTO ledger_audit (id, time_ms, actor, action, subject, detail)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(time_ms)
    .bind(note.actor)
    .bind(note.action)
    .bind(note.subject)
    .bind(note.detail.to_string())
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM ledger_audit WHERE id <= $1")
        .bind(id - AUDIT_ENTRIES_MAX)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
