//! Who asks, and what he may do.

use crate::error::ApiError;
use axum::extract::FromRequestParts;
use hannun_ledger::{Actor, Role};
use http::request::Parts;

/// How a request proved who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A browser, by its cookie.
    Session { token: String },
    /// The token in the data folder.
    OwnerToken,
    /// A key made in the settings.
    ApiKey,
}

/// The person or program behind a request. Sign-in puts it there before a route is called.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    pub door: Door,
}

impl Caller {
    /// Fails unless the caller's role is at least this.
    pub fn require(&self, role: Role) -> Result<(), ApiError> {
        if self.actor.role >= role {
            return Ok(());
        }
        Err(ApiError::forbidden(format!(
            "this needs the role {}; {} has the role {}: ask an owner",
            role.as_str(),
            self.actor.name,
            self.actor.role.as_str()
        )))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // Only a route that was mounted outside sign-in has none.
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthorized)
    }
}
