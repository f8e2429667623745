//! Keys: what programs send telemetry with (intake) or use the API with (api).

use crate::Ledger;
use crate::actor::{Actor, Role};
use crate::audit::{self, Note};
use crate::error::LedgerError;
use crate::{secret, users};
use hannun_model::limits::{KEYS_MAX, KEYS_REVOKED_SHOWN_MAX, TOUCH_SECONDS};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use utoipa::ToSchema;

/// Characters of a secret that stay readable, so that people can tell keys apart.
const PREFIX_CHARACTERS: usize = 8;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Sends telemetry, and nothing else.
    Intake,
    /// Uses the API with a role.
    Api,
}

impl KeyKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Api => "api",
        }
    }

    fn secret_prefix(self) -> &'static str {
        match self {
            Self::Intake => "hik_",
            Self::Api => "hak_",
        }
    }
}

/// A key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Key {
    /// Never changes.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// What it may do; only of an API key.
    pub role: Option<Role>,
    /// How its secret begins.
    pub prefix: String,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
    /// Who made it.
    pub created_by: String,
    /// Latest use, to the minute.
    pub last_used_ms: Option<i64>,
    /// When it stops working.
    pub expires_ms: Option<i64>,
    /// When somebody ended it.
    pub revoked_ms: Option<i64>,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What people will call it.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Viewer or editor for an API key, nothing for an intake key.
    pub role: Option<Role>,
    /// When it stops working, milliseconds since 1970; never unless given.
    pub expires_ms: Option<i64>,
}

/// A key that was just made. The secret is told this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = KeyWithSecret)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// Its secret.
    pub secret: String,
}

/// The intake keys that work, to be checked without the database.
#[derive(Debug, Default)]
pub struct IntakeKeys {
    by_secret_hash: HashMap<String, Arc<IntakeKey>>,
}

#[derive(Debug)]
struct IntakeKey {
    id: String,
    expires_ms: i64,
    /// Latest use; zero when unused. Written down by [`Ledger::refresh`].
    used_ms: AtomicI64,
    written_ms: AtomicI64,
}

impl IntakeKeys {
    /// Whether a secret is that of a key that works now. Counts as a use of it.
    pub fn check(&self, secret: &str, now_ms: i64) -> bool {
        // Looked up by its hash: how long that takes tells nothing about any other secret.
        match self.by_secret_hash.get(&secret::hash(secret)) {
            Some(key) if now_ms < key.expires_ms => {
                key.used_ms.fetch_max(now_ms, Ordering::Relaxed);
                true
            }
            _ => false,
        }
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.by_secret_hash.is_empty()
    }
}

impl Ledger {
    /// All keys, newest first; of the revoked ones only the latest.
    pub async fn keys(&self, actor: &Actor) -> Result<Vec<Key>, LedgerError> {
        actor.require(Role::Editor, "seeing the keys")?;
        let mut read = self.database().begin_read().await?;
        let rows = sqlx::query("SELECT * FROM ledger_key").fetch_all(&mut *read).await?;
        read.commit().await?;
        let mut keys = rows.iter().map(read_key).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|left, right| (right.created_ms, &right.id).cmp(&(left.created_ms, &left.id)));
        Ok(keys)
    }

    /// Makes a key.
    pub async fn create_key(&self, actor: &Actor, new: NewKey) -> Result<CreatedKey, LedgerError> {
        actor.require(Role::Owner, "making a key")?;
        let now_ms = self.now_ms();
        let name = users::check_name(&new.name, "/name")?;
        check_role(&new)?;
        if new.expires_ms.is_some_and(|expires_ms| expires_ms <= now_ms) {
            return Err(LedgerError::invalid("/expires_ms", "must lie in the future"));
        }
        let secret = format!("{}{}", new.kind.secret_prefix(), secret::random_secret()?);
        let key = Key {
            id: secret::new_id(),
            name: name.to_owned(),
            kind: new.kind,
            role: new.role,
            prefix: secret.chars().take(PREFIX_CHARACTERS).collect(),
            created_ms: now_ms,
            created_by: actor.name.clone(),
            last_used_ms: None,
            expires_ms: new.expires_ms,
            revoked_ms: None,
        };
        let mut write = self.database().begin_write_alone().await?;
        insert(write.connection(), &key, &secret, actor.user_id.as_deref()).await?;
        let note = Note {
            actor: &actor.name,
            action: "key.make",
            subject: name,
            detail: json!({"id": key.id, "kind": key.kind, "role": key.role, "prefix": key.prefix}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        self.refresh().await?;
        Ok(CreatedKey { key, secret })
    }

    /// Ends a key. One that is ended already stays as it is.
    pub async fn revoke_key(&self, actor: &Actor, id: &str) -> Result<(), LedgerError> {
        actor.require(Role::Owner, "revoking a key")?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let row = sqlx::query("SELECT * FROM ledger_key WHERE id = $1")
            // PostgreSQL refuses U+0000 in text, so nothing has it.
            .bind(id.replace('\0', " "))
            .fetch_optional(write.connection())
            .await?
            .ok_or_else(|| LedgerError::not_found(format!("key {id}")))?;
        let key = read_key(&row)?;
        if key.revoked_ms.is_some() {
            return Ok(());
        }
        sqlx::query("UPDATE ledger_key SET revoked_ms = $1 WHERE id = $2")
            .bind(now_ms)
            .bind(id)
            .execute(write.connection())
            .await?;
        forget_old_revoked(write.connection()).await?;
        let note = Note {
            actor: &actor.name,
            action: "key.revoke",
            subject: &key.name,
            detail: json!({"id": id, "kind": key.kind, "prefix": key.prefix}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        self.refresh().await
    }

    /// The API key of a secret, `None` unless it works now. Counts as a use of it.
    pub async fn api_key(&self, secret: &str) -> Result<Option<Key>, LedgerError> {
        let now_ms = self.now_ms();
        let mut read = self.database().begin_read().await?;
        let row = sqlx::query(
            "SELECT * FROM ledger_key
             WHERE secret_hash = $1 AND kind = 'api' AND revoked_ms IS NULL",
        )
        .bind(secret::hash(secret))
        .fetch_optional(&mut *read)
        .await?;
        read.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let mut key = read_key(&row)?;
        if key.expires_ms.is_some_and(|expires_ms| now_ms >= expires_ms) {
            return Ok(None);
        }
        if key.last_used_ms.is_none_or(|last_ms| now_ms >= last_ms + TOUCH_SECONDS * 1000) {
            match self.touch_keys(&[(key.id.clone(), now_ms)]).await {
                Ok(()) => key.last_used_ms = Some(now_ms),
                Err(error) => tracing::warn!(%error, "failed to note the use of a key"),
            }
        }
        Ok(Some(key))
    }

    /// The intake keys as they were at the latest refresh.
    pub fn intake_keys(&self) -> Arc<IntakeKeys> {
        self.shared.intake_keys.read().clone()
    }

    /// Writes down which intake keys were used, and reads the ones that work now. Call it every
    /// ten seconds: another node may have made or revoked some.
    pub async fn refresh(&self) -> Result<(), LedgerError> {
        let _turn = self.shared.refreshing.lock().await;
        let before = self.intake_keys();
        let due: Vec<(String, i64)> = before
            .by_secret_hash
            .values()
            .filter_map(|key| {
                let used_ms = key.used_ms.load(Ordering::Relaxed);
                let written_ms = key.written_ms.load(Ordering::Relaxed);
                (used_ms >= written_ms + TOUCH_SECONDS * 1000).then(|| (key.id.clone(), used_ms))
            })
            .collect();
        if !due.is_empty()
            && let Err(error) = self.touch_keys(&due).await
        {
            // Keys that were revoked elsewhere must be learnt of all the same.
            tracing::warn!(%error, "failed to note the use of keys");
        }
        let mut read = self.database().begin_read().await?;
        let rows =
            sqlx::query("SELECT * FROM ledger_key WHERE kind = 'intake' AND revoked_ms IS NULL")
                .fetch_all(&mut *read)
                .await?;
        read.commit().await?;
        let mut by_secret_hash = HashMap::new();
        for row in &rows {
            let secret_hash: String = row.try_get("secret_hash")?;
            let key = read_key(row)?;
            let written_ms = key.last_used_ms.unwrap_or(0);
            // The same counter as before: requests that hold the old keys still count on it.
            let kept = before.by_secret_hash.get(&secret_hash).cloned();
            let kept = kept.unwrap_or_else(|| {
                Arc::new(IntakeKey {
                    id: key.id,
                    expires_ms: key.expires_ms.unwrap_or(i64::MAX),
                    used_ms: AtomicI64::new(written_ms),
                    written_ms: AtomicI64::new(written_ms),
                })
            });
            kept.written_ms.fetch_max(written_ms, Ordering::Relaxed);
            by_secret_hash.insert(secret_hash, kept);
        }
        *self.shared.intake_keys.write() = Arc::new(IntakeKeys { by_secret_hash });
        Ok(())
    }

    async fn touch_keys(&self, used: &[(String, i64)]) -> Result<(), LedgerError> {
        let mut write = self.database().begin_write_alone().await?;
        for (id, used_ms) in used {
            sqlx::query("UPDATE ledger_key SET last_used_ms = $1 WHERE id = $2")
                .bind(*used_ms)
                .bind(id.as_str())
                .execute(write.connection())
                .await?;
        }
        Ok(write.commit().await?)
    }
}

fn check_role(new: &NewKey) -> Result<(), LedgerError> {
    let message = match (new.kind, new.role) {
        (KeyKind::Intake, None) | (KeyKind::Api, Some(Role::Viewer | Role::Editor)) => {
            return Ok(());
        }
        (KeyKind::Intake, Some(_)) => "leave it out: an intake key only sends telemetry",
        (KeyKind::Api, _) => "must be viewer or editor",
    };
    Err(LedgerError::invalid("/role", message))
}

async fn insert(
    connection: &mut AnyConnection,
    key: &Key,
    secret: &str,
    created_by_id: Option<&str>,
) -> Result<(), LedgerError> {
    let count: i64 =
        sqlx::query("SELECT COUNT(*) AS live FROM ledger_key WHERE revoked_ms IS NULL")
            .fetch_one(&mut *connection)
            .await?
            .try_get("live")?;
    if count >= KEYS_MAX {
        let message = format!("there are {KEYS_MAX} keys already, revoke one first");
        return Err(LedgerError::invalid("/name", message));
    }
    sqlx::query(
        "INSERT INTO ledger_key (id, name, kind, role, secret_hash, prefix, created_ms, created_by,
            created_by_id, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(key.id.as_str())
    .bind(key.name.as_str())
    .bind(key.kind.as_str())
    .bind(key.role.map(Role::as_str))
    .bind(secret::hash(secret))
    .bind(key.prefix.as_str())
    .bind(key.created_ms)
    .bind(key.created_by.as_str())
    .bind(created_by_id)
    .bind(key.expires_ms)
    .execute(connection)
    .await?;
    Ok(())
}

async fn forget_old_revoked(connection: &mut AnyConnection) -> Result<(), LedgerError> {
    sqlx::query(
        "DELETE FROM ledger_key WHERE revoked_ms IS NOT NULL AND id NOT IN (
            SELECT id FROM ledger_key WHERE revoked_ms IS NOT NULL
            ORDER BY revoked_ms DESC, id DESC LIMIT $1)",
    )
    .bind(KEYS_REVOKED_SHOWN_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

fn read_key(row: &AnyRow) -> Result<Key, LedgerError> {
    let kind: String = row.try_get("kind")?;
    let role: Option<String> = row.try_get("role")?;
    Ok(Key {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: if kind == "intake" { KeyKind::Intake } else { KeyKind::Api },
        role: role.as_deref().map(Role::parse).transpose()?,
        prefix: row.try_get("prefix")?,
        created_ms: row.try_get("created_ms")?,
        created_by: row.try_get("created_by")?,
        last_used_ms: row.try_get("last_used_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
    })
}
