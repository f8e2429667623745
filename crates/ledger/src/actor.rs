//! Who does something, and what he may.

use crate::error::LedgerError;
use crate::keys::Key;
use crate::users::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person or a key may do; each includes the ones before.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Changes what is shared.
    Editor,
    /// Decides who else may.
    Owner,
}

impl Role {
    /// As it is written and kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, LedgerError> {
        [Self::Viewer, Self::Editor, Self::Owner]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| LedgerError::damaged(format!("unknown role {text}")))
    }
}

/// Who does something. His name stands in revisions and in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Name of the person, or of the key.
    pub name: String,
    /// The person, when it is one.
    pub user_id: Option<String>,
    /// What he may do.
    pub role: Role,
}

impl Actor {
    /// Whoever holds the token that lies in the data folder.
    pub fn local_owner() -> Self {
        Self { name: "local owner".to_owned(), user_id: None, role: Role::Owner }
    }

    /// Fails when the role is not enough for what he is doing.
    pub(crate) fn require(&self, role: Role, doing: &str) -> Result<(), LedgerError> {
        if self.role >= role {
            return Ok(());
        }
        Err(LedgerError::Forbidden(format!(
            "{doing} needs the role {}, {} is {}; ask an owner",
            role.as_str(),
            self.name,
            self.role.as_str()
        )))
    }
}

impl From<&User> for Actor {
    fn from(user: &User) -> Self {
        Self { name: user.name.clone(), user_id: Some(user.id.clone()), role: user.role }
    }
}

/// A key never decides who else may do something, so its role stops at editor.
impl From<&Key> for Actor {
    fn from(key: &Key) -> Self {
        let role = key.role.unwrap_or(Role::Viewer).min(Role::Editor);
        Self { name: format!("key {}", key.name), user_id: None, role }
    }
}
