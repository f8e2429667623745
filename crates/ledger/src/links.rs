//! One-time links: to become the first owner, to accept an invitation, to set a new password.

use crate::Ledger;
use crate::actor::{Actor, Role};
use crate::audit::{self, Note};
use crate::error::{FieldError, LedgerError};
use crate::sessions::{self, SignIn};
use crate::users::{self, User, UserRow};
use crate::{password, secret};
use hannun_model::limits::{INVITATION_SECONDS, OWNER_LINK_SECONDS};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{AnyConnection, Row};
use utoipa::ToSchema;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// Makes an owner.
    Owner,
    /// Lets a person in for the first time.
    Invitation,
    /// Sets a new password and ends the sessions made with the old one.
    Reset,
}

impl LinkPurpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    fn parse(text: &str) -> Result<Self, LedgerError> {
        [Self::Owner, Self::Invitation, Self::Reset]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| LedgerError::damaged(format!("unknown purpose {text}")))
    }
}

/// A link that was just made. The token is told this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The secret.
    pub token: String,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// When it stops working, milliseconds since 1970.
    pub expires_ms: i64,
}

/// What a link will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Link {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whose it is; nobody's when it makes an owner.
    pub name: Option<String>,
    /// The role that he has or gets.
    pub role: Role,
    /// When it stops working, milliseconds since 1970.
    pub expires_ms: i64,
}

/// A link that still works, and its person.
struct LinkRow {
    purpose: LinkPurpose,
    expires_ms: i64,
    user: Option<UserRow>,
}

impl Ledger {
    /// Whether an owner can sign in. Until then the place belongs to whoever holds the owner link.
    pub async fn setup_done(&self) -> Result<bool, LedgerError> {
        let mut read = self.database().begin_read().await?;
        let done = users::has_owner(&mut read).await?;
        read.commit().await?;
        Ok(done)
    }

    /// Makes the link that makes an owner; the one before stops working. For whoever starts the
    /// process, who has the data in his hands anyway.
    pub async fn new_owner_link(&self) -> Result<NewLink, LedgerError> {
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let link = insert(write.connection(), LinkPurpose::Owner, None, now_ms).await?;
        let note = Note {
            actor: "start-up",
            action: "link.make",
            subject: "owner",
            detail: json!({"expires_ms": link.expires_ms}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok(link)
    }

    /// Adds a person, who gets in by the link.
    ///
    /// # Errors
    /// [`LedgerError::Taken`] when the name is somebody's.
    pub async fn invite(
        &self,
        actor: &Actor,
        name: &str,
        role: Role,
    ) -> Result<(User, NewLink), LedgerError> {
        actor.require(Role::Owner, "inviting a person")?;
        let name = users::check_name(name, "/name")?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let user = users::insert(write.connection(), name, role, now_ms).await?;
        let link =
            insert(write.connection(), LinkPurpose::Invitation, Some(&user.id), now_ms).await?;
        let note = Note {
            actor: &actor.name,
            action: "user.invite",
            subject: name,
            detail: json!({"role": role, "expires_ms": link.expires_ms}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok((user, link))
    }

    /// Makes a link to a new password, or the invitation anew for whoever has none yet. His link
    /// before stops working.
    pub async fn new_password_link(
        &self,
        actor: &Actor,
        user_id: &str,
    ) -> Result<NewLink, LedgerError> {
        actor.require(Role::Owner, "making a password link")?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let UserRow { user, password_hash } = users::by_id(write.connection(), user_id).await?;
        if user.disabled {
            let message = format!("{} is disabled; enable him first", user.name);
            return Err(LedgerError::Forbidden(message));
        }
        let purpose = match password_hash {
            Some(_) => LinkPurpose::Reset,
            None => LinkPurpose::Invitation,
        };
        let link = insert(write.connection(), purpose, Some(user_id), now_ms).await?;
        let note = Note {
            actor: &actor.name,
            action: "link.make",
            subject: &user.name,
            detail: json!({"purpose": purpose, "expires_ms": link.expires_ms}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok(link)
    }

    /// What a link will do.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] when it was used, replaced, has expired or never was.
    pub async fn link(&self, token: &str) -> Result<Link, LedgerError> {
        let mut read = self.database().begin_read().await?;
        let LinkRow { purpose, expires_ms, user } = find(&mut read, token, self.now_ms()).await?;
        read.commit().await?;
        let role = user.as_ref().map_or(Role::Owner, |row| row.user.role);
        Ok(Link { purpose, name: user.map(|row| row.user.name), role, expires_ms })
    }

    /// Uses a link: sets the password, for the first owner also makes the person, and signs in.
    /// A name is needed for an owner, may be changed with an invitation, and is ignored otherwise.
    ///
    /// # Errors
    /// As [`Self::link`]; [`LedgerError::Invalid`] for a weak password, [`LedgerError::Taken`] for
    /// somebody's name. The link still works then.
    pub async fn redeem_link(
        &self,
        token: &str,
        name: Option<&str>,
        password: &str,
    ) -> Result<SignIn, LedgerError> {
        // Before the costly hash: whoever has no link cannot make us work.
        let link = self.link(token).await?;
        let name = name.filter(|_| link.purpose != LinkPurpose::Reset);
        let name = name.map(|name| users::check_name(name, "/name"));
        let mut faults: Vec<FieldError> =
            password::fault(password, "/password").into_iter().collect();
        let name = match name {
            Some(Ok(name)) => Some(name),
            Some(Err(LedgerError::Invalid { fields })) => {
                faults.extend(fields);
                None
            }
            Some(Err(error)) => return Err(error),
            None if link.purpose == LinkPurpose::Owner => {
                faults.push(FieldError::new("/name", "must be given"));
                None
            }
            None => None,
        };
        if !faults.is_empty() {
            return Err(LedgerError::Invalid { fields: faults });
        }
        let hash = self.passwords().hash(password).await?;
        self.redeem(token, name, &hash).await
    }

    async fn redeem(
        &self,
        token: &str,
        name: Option<&str>,
        hash: &str,
    ) -> Result<SignIn, LedgerError> {
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        let link = find(write.connection(), token, now_ms).await?;
        let mut user = match (link.user, name) {
            (Some(row), _) => row.user,
            (None, Some(name)) => {
                users::insert(write.connection(), name, Role::Owner, now_ms).await?
            }
            (None, None) => return Err(LedgerError::invalid("/name", "must be given")),
        };
        if let Some(name) = name.filter(|name| *name != user.name) {
            users::rename(write.connection(), &user.id, name).await?;
            user.name = name.to_owned();
        }
        set_password(write.connection(), &user.id, hash).await?;
        sqlx::query("DELETE FROM ledger_link WHERE token_hash = $1")
            .bind(secret::hash(token))
            .execute(write.connection())
            .await?;
        sqlx::query("DELETE FROM ledger_session WHERE user_id = $1")
            .bind(user.id.as_str())
            .execute(write.connection())
            .await?;
        let sign_in = sessions::start(write.connection(), user, now_ms).await?;
        let note = Note {
            actor: &sign_in.session.user.name,
            action: "link.redeem",
            subject: &sign_in.session.user.name,
            detail: json!({"purpose": link.purpose}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok(sign_in)
    }
}

pub(crate) async fn set_password(
    connection: &mut AnyConnection,
    user_id: &str,
    hash: &str,
) -> Result<(), LedgerError> {
    sqlx::query("UPDATE ledger_user SET password_hash = $1 WHERE id = $2")
        .bind(hash)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Makes a link in place of the person's one before, and forgets those that expired.
async fn insert(
    connection: &mut AnyConnection,
    purpose: LinkPurpose,
    user_id: Option<&str>,
    now_ms: i64,
) -> Result<NewLink, LedgerError> {
    let seconds = match purpose {
        LinkPurpose::Owner => OWNER_LINK_SECONDS,
        LinkPurpose::Invitation | LinkPurpose::Reset => INVITATION_SECONDS,
    };
    let token = secret::random_secret()?;
    let expires_ms = now_ms + seconds * 1000;
    let replaced = match user_id {
        Some(id) => sqlx::query("DELETE FROM ledger_link WHERE user_id = $1").bind(id),
        None => sqlx::query("DELETE FROM ledger_link WHERE user_id IS NULL"),
    };
    replaced.execute(&mut *connection).await?;
    sqlx::query("DELETE FROM ledger_link WHERE expires_ms <= $1")
        .bind(now_ms)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO ledger_link (token_hash, purpose, user_id, expires_ms)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(secret::hash(&token))
    .bind(purpose.as_str())
    .bind(user_id)
    .bind(expires_ms)
    .execute(connection)
    .await?;
    Ok(NewLink { token, purpose, expires_ms })
}

async fn find(
    connection: &mut AnyConnection,
    token: &str,
    now_ms: i64,
) -> Result<LinkRow, LedgerError> {
    let row = sqlx::query(
        "SELECT purpose, user_id, expires_ms FROM ledger_link
         WHERE token_hash = $1 AND expires_ms > $2",
    )
    .bind(secret::hash(token))
    .bind(now_ms)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| {
        LedgerError::NotFound(
            "link was used, replaced or has expired; ask for a new one".to_owned(),
        )
    })?;
    let purpose: String = row.try_get("purpose")?;
    let user_id: Option<String> = row.try_get("user_id")?;
    let user = match user_id {
        Some(id) => Some(users::by_id(connection, &id).await?),
        None => None,
    };
    let expires_ms = row.try_get("expires_ms")?;
    Ok(LinkRow { purpose: LinkPurpose::parse(&purpose)?, expires_ms, user })
}
