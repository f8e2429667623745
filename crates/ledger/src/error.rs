//! Why the ledger refused or failed, told so that a caller can act on it.

use crate::documents::Document;
use hannun_database::DatabaseError;
use serde::Serialize;
use utoipa::ToSchema;

/// An error of the ledger. Nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The document changed since the caller read it.
    #[error(
        "{kind} `{id}` is at revision {revision} by {author}, not at the expected one; read it \
         again and decide anew",
        kind = current.kind, id = current.id, revision = current.revision, author = current.author
    )]
    Conflict {
        /// The document as it is now.
        current: Box<Document>,
    },
    /// What was given breaks rules; every fault is named.
    #[error("{}", faults(fields))]
    Invalid {
        /// The faults.
        fields: Vec<FieldError>,
    },
    /// The actor may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The name belongs to someone else.
    #[error("the name `{0}` is taken, choose another")]
    Taken(String),
    /// Someone must be able to sign in as an owner.
    #[error("this is the last owner who can sign in; make another person owner first")]
    LastOwner,
    /// Name or password do not match. Which of them is not told.
    #[error("name or password is wrong")]
    WrongCredentials,
    /// Too many wrong passwords.
    #[error("too many wrong passwords, try again in {retry_after_seconds} s")]
    TooManyAttempts {
        /// How long to wait.
        retry_after_seconds: u64,
    },
    /// Locked or overloaded for now: the same call may succeed later.
    #[error("{0}")]
    Busy(String),
    /// The database failed.
    #[error("{0}")]
    Storage(String),
}

/// One fault of what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: a JSON pointer such as `/title`, after kind and id when there are several documents.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl FieldError {
    /// A fault at a place.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl LedgerError {
    pub(crate) fn invalid(path: &str, message: impl Into<String>) -> Self {
        Self::Invalid { fields: vec![FieldError::new(path, message)] }
    }

    pub(crate) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("{what} not found"))
    }

    /// Something stored that cannot be read back.
    pub(crate) fn damaged(detail: impl std::fmt::Display) -> Self {
        DatabaseError::Corrupt(detail.to_string()).into()
    }

    /// Something that the machine could not do.
    pub(crate) fn failed(doing: &str, error: impl std::fmt::Display) -> Self {
        Self::Storage(format!("failed to {doing}: {error}"))
    }
}

fn faults(fields: &[FieldError]) -> String {
    let lines: Vec<_> =
        fields.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect();
    lines.join("; ")
}

impl From<DatabaseError> for LedgerError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Busy(detail) => Self::Busy(format!(
                "ledger is locked or overloaded, try again in a moment: {detail}"
            )),
            DatabaseError::Unreachable(detail) => Self::Storage(format!(
                "ledger cannot be reached, check that its disk or database server is there: {detail}"
            )),
            DatabaseError::Corrupt(detail) => Self::Storage(format!(
                "ledger is damaged ({detail}); stop Hannun and put a backup of its database back"
            )),
            DatabaseError::Address => {
                Self::Storage(format!("address of the ledger is not understood, {error}"))
            }
            error => Self::Storage(format!("ledger failed: {error}")),
        }
    }
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}
