//! People: who they are, what they may do, and whether they still may.

use crate::Ledger;
use crate::actor::{Actor, Role};
use crate::audit::{self, Note};
use crate::error::LedgerError;
use crate::secret;
use hannun_model::limits::{NAME_CHARACTERS_MAX, USERS_MAX};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use utoipa::ToSchema;

const COLUMNS: &str = "id, name, role, disabled, password_hash, created_ms, last_seen_ms";

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct User {
    /// Never changes.
    pub id: String,
    /// What he signs in with; no two differ in case only.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// Whether he may not sign in.
    pub disabled: bool,
    /// When he was invited, milliseconds since 1970.
    pub created_ms: i64,
    /// Latest use of a session, to the minute.
    pub last_seen_ms: Option<i64>,
}

/// Who somebody is, for those who read what he decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserName {
    pub id: String,
    pub name: String,
}

/// What to change of a person; nothing is left as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// The new role.
    pub role: Option<Role>,
    /// Whether he may not sign in. Ends his sessions, links and keys.
    pub disabled: Option<bool>,
}

/// A person and his hash, which stays inside.
pub(crate) struct UserRow {
    pub(crate) user: User,
    pub(crate) password_hash: Option<String>,
}

impl Ledger {
    /// Everybody, by name.
    pub async fn users(&self, actor: &Actor) -> Result<Vec<User>, LedgerError> {
        actor.require(Role::Owner, "seeing the people")?;
        let mut read = self.database().begin_read().await?;
        let query = format!("SELECT {COLUMNS} FROM ledger_user");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut *read).await?;
        read.commit().await?;
        let mut users = rows
            .iter()
            .map(|row| Ok(read_user(row)?.user))
            .collect::<Result<Vec<_>, LedgerError>>()?;
        users.sort_by_cached_key(|user| (name_key(&user.name), user.id.clone()));
        Ok(users)
    }

    /// The names of everybody, by name, for whoever may read: documents name people by their ids. Those
    /// who may not sign in any more are among them.
    pub async fn user_names(&self, actor: &Actor) -> Result<Vec<UserName>, LedgerError> {
        actor.require(Role::Viewer, "seeing the names of people")?;
        let mut read = self.database().begin_read().await?;
        let rows = sqlx::query("SELECT id, name FROM ledger_user").fetch_all(&mut *read).await?;
        read.commit().await?;
        let name = |row: &AnyRow| {
            Ok::<_, LedgerError>(UserName { id: row.try_get("id")?, name: row.try_get("name")? })
        };
        let mut names = rows.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        names.sort_by_cached_key(|user| (name_key(&user.name), user.id.clone()));
        Ok(names)
    }

    /// Changes the role of a person, or whether he may sign in.
    ///
    /// # Errors
    /// [`LedgerError::LastOwner`] when no owner who can sign in would be left.
    pub async fn update_user(
        &self,
        actor: &Actor,
        id: &str,
        change: UserChange,
    ) -> Result<User, LedgerError> {
        actor.require(Role::Owner, "changing a person")?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let before = by_id(write.connection(), id).await?;
        let mut user = before.user.clone();
        user.role = change.role.unwrap_or(user.role);
        user.disabled = change.disabled.unwrap_or(user.disabled);
        if user == before.user {
            return Ok(user);
        }
        sqlx::query("UPDATE ledger_user SET role = $1, disabled = $2 WHERE id = $3")
            .bind(user.role.as_str())
            .bind(i64::from(user.disabled))
            .bind(id)
            .execute(write.connection())
            .await?;
        let was_owner = is_owner(&before.user) && before.password_hash.is_some();
        if was_owner && !is_owner(&user) && !has_owner(write.connection()).await? {
            return Err(LedgerError::LastOwner);
        }
        if user.disabled {
            shut_out(write.connection(), id, now_ms).await?;
        }
        let note = Note {
            actor: &actor.name,
            action: "user.change",
            subject: &user.name,
            detail: json!({"role": user.role, "disabled": user.disabled}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok(user)
    }
}

fn is_owner(user: &User) -> bool {
    user.role == Role::Owner && !user.disabled
}

/// Ends everything by which a person gets in.
async fn shut_out(
    connection: &mut AnyConnection,
    id: &str,
    now_ms: i64,
) -> Result<(), LedgerError> {
    for statement in [
        "DELETE FROM ledger_session WHERE user_id = $1",
        "DELETE FROM ledger_link WHERE user_id = $1",
    ] {
        sqlx::query(statement).bind(id).execute(&mut *connection).await?;
    }
    sqlx::query(
        "UPDATE ledger_key SET revoked_ms = $1
         WHERE created_by_id = $2 AND kind = 'api' AND revoked_ms IS NULL",
    )
    .bind(now_ms)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether an owner can sign in.
pub(crate) async fn has_owner(connection: &mut AnyConnection) -> Result<bool, LedgerError> {
    let found = sqlx::query(
        "SELECT id FROM ledger_user
         WHERE role = 'owner' AND disabled = 0 AND password_hash IS NOT NULL LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Adds a person without a password.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    name: &str,
    role: Role,
    now_ms: i64,
) -> Result<User, LedgerError> {
    let count: i64 = sqlx::query("SELECT COUNT(*) AS users FROM ledger_user")
        .fetch_one(&mut *connection)
        .await?
        .try_get("users")?;
    if count >= USERS_MAX {
        return Err(LedgerError::invalid("/name", format!("there are {USERS_MAX} people already")));
    }
    check_free(connection, name, None).await?;
    let user = User {
        id: secret::new_id(),
        name: name.to_owned(),
        role,
        disabled: false,
        created_ms: now_ms,
        last_seen_ms: None,
    };
    sqlx::query(
        "INSERT INTO ledger_user (id, name, name_key, role, disabled, created_ms)
         VALUES ($1, $2, $3, $4, 0, $5)",
    )
    .bind(user.id.as_str())
    .bind(name)
    .bind(name_key(name))
    .bind(role.as_str())
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(user)
}

pub(crate) async fn rename(
    connection: &mut AnyConnection,
    id: &str,
    name: &str,
) -> Result<(), LedgerError> {
    check_free(connection, name, Some(id)).await?;
    sqlx::query("UPDATE ledger_user SET name = $1, name_key = $2 WHERE id = $3")
        .bind(name)
        .bind(name_key(name))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn check_free(
    connection: &mut AnyConnection,
    name: &str,
    own_id: Option<&str>,
) -> Result<(), LedgerError> {
    match by_name(connection, name).await? {
        Some(row) if Some(row.user.id.as_str()) != own_id => {
            Err(LedgerError::Taken(name.to_owned()))
        }
        _ => Ok(()),
    }
}

pub(crate) async fn by_name(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<Option<UserRow>, LedgerError> {
    find(connection, "name_key", &name_key(name)).await
}

pub(crate) async fn by_id(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<UserRow, LedgerError> {
    let found = find(connection, "id", id).await?;
    found.ok_or_else(|| LedgerError::not_found(format!("person {id}")))
}

async fn find(
    connection: &mut AnyConnection,
    column: &'static str,
    value: &str,
) -> Result<Option<UserRow>, LedgerError> {
    // PostgreSQL refuses U+0000 in text, so nothing has it.
    if value.contains('\0') {
        return Ok(None);
    }
    let query = format!("SELECT {COLUMNS} FROM ledger_user WHERE {column} = $1");
    let row =
        sqlx::query(sqlx::AssertSqlSafe(query)).bind(value).fetch_optional(connection).await?;
    row.as_ref().map(read_user).transpose()
}

pub(crate) fn read_user(row: &AnyRow) -> Result<UserRow, LedgerError> {
    let role: String = row.try_get("role")?;
    let disabled: i64 = row.try_get("disabled")?;
    Ok(UserRow {
        user: User {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            role: Role::parse(&role)?,
            disabled: disabled != 0,
            created_ms: row.try_get("created_ms")?,
            last_seen_ms: row.try_get("last_seen_ms")?,
        },
        password_hash: row.try_get("password_hash")?,
    })
}

/// Two names are the same when these are.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// A name without the blanks around it, or what is wrong with it.
pub(crate) fn check_name<'a>(name: &'a str, path: &str) -> Result<&'a str, LedgerError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(LedgerError::invalid(path, "must not be empty"));
    }
    if name.chars().count() > NAME_CHARACTERS_MAX {
        let message = format!("too long, use at most {NAME_CHARACTERS_MAX} characters");
        return Err(LedgerError::invalid(path, message));
    }
    if name.chars().any(char::is_control) {
        return Err(LedgerError::invalid(path, "must not contain control characters"));
    }
    Ok(name)
}
