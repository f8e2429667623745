//! Sessions: signing in, being recognised, signing out.
//!
//! They are in the database and not in signed cookies, so that signing out, disabling a person or
//! setting a new password ends them at once, on every node.

use crate::Ledger;
use crate::actor::Actor;
use crate::audit::{self, Note};
use crate::error::LedgerError;
use crate::links;
use crate::users::{self, User, UserRow};
use crate::{password, secret};
use hannun_model::limits::{
    NAME_CHARACTERS_MAX, SESSION_IDLE_SECONDS_MAX, SESSION_SECONDS_MAX, SESSIONS_PER_USER_MAX,
    TOUCH_SECONDS,
};
use serde_json::json;
use sqlx::{AnyConnection, Row};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

const CSRF_LABEL: &str = "hannun csrf token";

/// A session that was just begun. The token is told this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The secret, for the cookie.
    pub token: String,
    /// What it stands for.
    pub session: Session,
}

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// What every request that changes something must carry besides the cookie. It follows from
    /// the token, so it is the same for the whole session and stored nowhere.
    pub csrf_token: String,
    /// When it ends at the latest, milliseconds since 1970.
    pub expires_ms: i64,
}

impl Session {
    /// Who acts in it.
    pub fn actor(&self) -> Actor {
        Actor::from(&self.user)
    }

    /// Whether a request carries the right token, in the same time for any wrong one.
    pub fn csrf_matches(&self, given: &str) -> bool {
        self.csrf_token.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl Ledger {
    /// Signs a person in from an address.
    ///
    /// # Errors
    /// [`LedgerError::WrongCredentials`] whatever does not match,
    /// [`LedgerError::TooManyAttempts`] after too many of them,
    /// [`LedgerError::Busy`] when too many others are signing in.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        peer: IpAddr,
    ) -> Result<SignIn, LedgerError> {
        let name = name.trim();
        let mut read = self.database().begin_read().await?;
        let found = users::by_name(&mut read, name).await?;
        read.commit().await?;
        let checked_hash = found.as_ref().and_then(|row| row.password_hash.clone());
        self.check_password(name, password, found, peer).await?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        // Again: he may have been disabled, or got a new password, while this one was checked.
        let row = users::by_name(write.connection(), name).await?;
        let Some(UserRow { user, .. }) =
            row.filter(|row| !row.user.disabled && row.password_hash == checked_hash)
        else {
            return Err(LedgerError::WrongCredentials);
        };
        let sign_in = start(write.connection(), user, now_ms).await?;
        let name = &sign_in.session.user.name;
        let detail = json!({"peer": peer.to_canonical()});
        let note = Note { actor: name, action: "session.start", subject: name, detail };
        audit::append(write.connection(), now_ms, note).await?;
        write.commit().await?;
        Ok(sign_in)
    }

    /// The session of a token, `None` when it ended or never was. Counts as a use of it.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, LedgerError> {
        let now_ms = self.now_ms();
        let token_hash = secret::hash(token);
        let mut read = self.database().begin_read().await?;
        let row = sqlx::query(
            "SELECT user_id, created_ms, last_seen_ms FROM ledger_session WHERE token_hash = $1",
        )
        .bind(token_hash.as_str())
        .fetch_optional(&mut *read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let user_id: String = row.try_get("user_id")?;
        let created_ms: i64 = row.try_get("created_ms")?;
        let last_seen_ms: i64 = row.try_get("last_seen_ms")?;
        let user = users::by_id(&mut read, &user_id).await?.user;
        read.commit().await?;
        let over = now_ms >= created_ms + SESSION_SECONDS_MAX * 1000
            || now_ms >= last_seen_ms + SESSION_IDLE_SECONDS_MAX * 1000;
        if over || user.disabled {
            return Ok(None);
        }
        if now_ms >= last_seen_ms + TOUCH_SECONDS * 1000
            && let Err(error) = self.touch_session(&token_hash, &user_id, now_ms).await
        {
            // Who is signed in should see the page that says the disk is full.
            tracing::warn!(%error, "failed to note the use of a session");
        }
        Ok(Some(session_of(token, user, created_ms)))
    }

    /// Ends a session. One that is not there has ended already.
    pub async fn sign_out(&self, token: &str) -> Result<(), LedgerError> {
        let Some(session) = self.session(token).await? else { return Ok(()) };
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        sqlx::query("DELETE FROM ledger_session WHERE token_hash = $1")
            .bind(secret::hash(token))
            .execute(write.connection())
            .await?;
        let name = &session.user.name;
        let note = Note { actor: name, action: "session.end", subject: name, detail: json!({}) };
        audit::append(write.connection(), now_ms, note).await?;
        Ok(write.commit().await?)
    }

    /// Sets a new password of the person of a session, and ends his other sessions.
    ///
    /// # Errors
    /// As [`Self::sign_in`] for the current password, [`LedgerError::Invalid`] for the new one.
    pub async fn change_password(
        &self,
        session_token: &str,
        current: &str,
        new: &str,
        peer: IpAddr,
    ) -> Result<(), LedgerError> {
        let session = self.session(session_token).await?;
        let session = session.ok_or_else(|| LedgerError::not_found("session"))?;
        if let Some(fault) = password::fault(new, "/new_password") {
            return Err(LedgerError::Invalid { fields: vec![fault] });
        }
        let user = session.user;
        let mut read = self.database().begin_read().await?;
        let row = users::by_id(&mut read, &user.id).await?;
        read.commit().await?;
        let checked_hash = row.password_hash.clone();
        self.check_password(&user.name, current, Some(row), peer).await?;
        let hash = self.passwords().hash(new).await?;
        let now_ms = self.now_ms();
        let mut write = self.database().begin_write_alone().await?;
        if users::by_id(write.connection(), &user.id).await?.password_hash != checked_hash {
            return Err(LedgerError::WrongCredentials);
        }
        links::set_password(write.connection(), &user.id, &hash).await?;
        sqlx::query("DELETE FROM ledger_session WHERE user_id = $1 AND token_hash <> $2")
            .bind(user.id.as_str())
            .bind(secret::hash(session_token))
            .execute(write.connection())
            .await?;
        sqlx::query("DELETE FROM ledger_link WHERE user_id = $1")
            .bind(user.id.as_str())
            .execute(write.connection())
            .await?;
        let (actor, subject) = (user.name.as_str(), user.name.as_str());
        let note = Note { actor, action: "password.change", subject, detail: json!({}) };
        audit::append(write.connection(), now_ms, note).await?;
        Ok(write.commit().await?)
    }

    /// Checks a password within the limits on attempts, and notes a failure.
    async fn check_password(
        &self,
        name: &str,
        password: &str,
        found: Option<UserRow>,
        peer: IpAddr,
    ) -> Result<(), LedgerError> {
        // Nobody has a longer name, and every one that is tried is remembered.
        let key: String = users::name_key(name).chars().take(NAME_CHARACTERS_MAX).collect();
        self.attempts()
            .lock()
            .begin(&key, peer, self.now_ms())
            .map_err(|retry_after_seconds| LedgerError::TooManyAttempts { retry_after_seconds })?;
        let found = found.filter(|row| !row.user.disabled);
        let known_name = found.as_ref().map(|row| row.user.name.clone());
        let hash = found.and_then(|row| row.password_hash);
        match self.passwords().verify(password, hash).await {
            Ok(true) => {
                self.attempts().lock().succeeded(&key, peer, self.now_ms());
                Ok(())
            }
            Ok(false) => {
                if let Err(error) = self.note_failure(known_name.as_deref(), peer).await {
                    tracing::warn!(%error, "failed to note a wrong password");
                }
                Err(LedgerError::WrongCredentials)
            }
            Err(error) => {
                self.attempts().lock().undecided(&key, peer);
                Err(error)
            }
        }
    }

    /// An unknown name is not written down: it may be a password in the wrong field.
    async fn note_failure(&self, name: Option<&str>, peer: IpAddr) -> Result<(), LedgerError> {
        let now_ms = self.now_ms();
        let Some(unaudited) = self.attempts().lock().audit_failure(now_ms) else { return Ok(()) };
        let mut write = self.database().begin_write_alone().await?;
        let note = Note {
            actor: "nobody",
            action: "session.refuse",
            subject: name.unwrap_or("unknown name"),
            detail: json!({"peer": peer.to_canonical(), "more_since_last_entry": unaudited}),
        };
        audit::append(write.connection(), now_ms, note).await?;
        Ok(write.commit().await?)
    }

    async fn touch_session(
        &self,
        token_hash: &str,
        user_id: &str,
        now_ms: i64,
    ) -> Result<(), LedgerError> {
        let mut write = self.database().begin_write_alone().await?;
        sqlx::query("UPDATE ledger_session SET last_seen_ms = $1 WHERE token_hash = $2")
            .bind(now_ms)
            .bind(token_hash)
            .execute(write.connection())
            .await?;
        sqlx::query("UPDATE ledger_user SET last_seen_ms = $1 WHERE id = $2")
            .bind(now_ms)
            .bind(user_id)
            .execute(write.connection())
            .await?;
        Ok(write.commit().await?)
    }
}

/// Begins a session, ends the person's oldest beyond the limit, and forgets what has ended.
pub(crate) async fn start(
    connection: &mut AnyConnection,
    mut user: User,
    now_ms: i64,
) -> Result<SignIn, LedgerError> {
    sqlx::query("DELETE FROM ledger_session WHERE created_ms <= $1 OR last_seen_ms <= $2")
        .bind(now_ms - SESSION_SECONDS_MAX * 1000)
        .bind(now_ms - SESSION_IDLE_SECONDS_MAX * 1000)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "DELETE FROM ledger_session WHERE user_id = $1 AND token_hash NOT IN (
            SELECT token_hash FROM ledger_session WHERE user_id = $1
            ORDER BY created_ms DESC, token_hash LIMIT $2)",
    )
    .bind(user.id.as_str())
    .bind(SESSIONS_PER_USER_MAX - 1)
    .execute(&mut *connection)
    .await?;
    let token = secret::random_secret()?;
    sqlx::query(
        "INSERT INTO ledger_session (token_hash, user_id, created_ms, last_seen_ms)
         VALUES ($1, $2, $3, $3)",
    )
    .bind(secret::hash(&token))
    .bind(user.id.as_str())
    .bind(now_ms)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE ledger_user SET last_seen_ms = $1 WHERE id = $2")
        .bind(now_ms)
        .bind(user.id.as_str())
        .execute(connection)
        .await?;
    user.last_seen_ms = Some(now_ms);
    let session = session_of(&token, user, now_ms);
    Ok(SignIn { token, session })
}

fn session_of(token: &str, user: User, created_ms: i64) -> Session {
    Session {
        user,
        csrf_token: secret::derive(CSRF_LABEL, token),
        expires_ms: created_ms + SESSION_SECONDS_MAX * 1000,
    }
}
