//! Why the catalog could not do what it was asked, told so that a caller can act on it.

use hannun_database::DatabaseError;

/// An error of the catalog: the variant says what a caller can do, the message what a person can.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// Locked or overloaded for now: the same call may succeed later.
    #[error("{0}")]
    Busy(String),
    /// The catalog file was removed, or the database cannot be reached. Nothing was kept.
    #[error("{0}")]
    Gone(String),
    /// The call contradicts what is in the catalog; nothing was changed. Load and decide again.
    #[error("{0}")]
    Conflict(String),
    /// Written by a newer version of Hannun.
    #[error("{0}")]
    Newer(String),
    /// What is stored cannot be understood. It can be rebuilt from the data files.
    #[error("{0}")]
    Corrupt(String),
    /// Anything else, such as a full disk or a mistake in the address.
    #[error("{0}")]
    Other(String),
}

impl CatalogError {
    pub(super) fn conflict(detail: impl std::fmt::Display) -> Self {
        let message =
            format!("catalog refused the change, load it again and decide anew: {detail}");
        Self::Conflict(message)
    }

    pub(super) fn corrupt(detail: impl std::fmt::Display) -> Self {
        let message = format!(
            "catalog is damaged ({detail}); stop Hannun and run `hannun doctor --rebuild-catalog`, \
             which reads it anew from the data files"
        );
        Self::Corrupt(message)
    }

    pub(super) fn other(detail: impl std::fmt::Display) -> Self {
        Self::Other(detail.to_string())
    }
}

impl From<DatabaseError> for CatalogError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Busy(detail) => Self::Busy(format!(
                "catalog is locked or overloaded, try again in a moment: {detail}"
            )),
            DatabaseError::Unreachable(detail) => Self::Gone(format!(
                "catalog cannot be reached, check that its disk or database server is there: {detail}"
            )),
            DatabaseError::Removed(path) => Self::Gone(format!(
                "catalog file {} was removed or replaced while in use; stop Hannun, then put it \
                 back or run `hannun doctor --rebuild-catalog`",
                path.display()
            )),
            DatabaseError::Duplicate(detail) => Self::conflict(detail),
            DatabaseError::Newer { found, known } => Self::Newer(format!(
                "catalog has format {found}, this version of Hannun knows up to {known}; \
                 run the version that wrote it or a newer one"
            )),
            DatabaseError::Corrupt(detail) => Self::corrupt(detail),
            DatabaseError::Full => Self::other("disk of the catalog is full, free some space"),
            DatabaseError::Address => {
                Self::other(format!("address of the catalog is not understood, {error}"))
            }
            DatabaseError::Open { .. } => Self::other(format!("catalog file {error}")),
            DatabaseError::Other(detail) => Self::other(format!("catalog failed: {detail}")),
        }
    }
}

impl From<sqlx::Error> for CatalogError {
    fn from(error: sqlx::Error) -> Self {
        DatabaseError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_to_the_database_leads_to_what_a_caller_can_do() {
        let error = |error: DatabaseError| CatalogError::from(error);
        let text = || "detail".to_owned();
        assert!(matches!(error(DatabaseError::Busy(text())), CatalogError::Busy(_)));
        assert!(matches!(error(DatabaseError::Unreachable(text())), CatalogError::Gone(_)));
        assert!(matches!(error(DatabaseError::Removed("/a".into())), CatalogError::Gone(_)));
        assert!(matches!(error(DatabaseError::Duplicate(text())), CatalogError::Conflict(_)));
        assert!(matches!(
            error(DatabaseError::Newer { found: 2, known: 1 }),
            CatalogError::Newer(_)
        ));
        assert!(matches!(error(DatabaseError::Full), CatalogError::Other(_)));
        let address = error(DatabaseError::Address).to_string();
        assert!(address.contains("use sqlite:///absolute/path"), "{address}");
    }

    #[test]
    fn damage_names_the_command_that_repairs_it() {
        let message = CatalogError::from(DatabaseError::Corrupt("bad page".to_owned())).to_string();
        assert!(message.contains("hannun doctor --rebuild-catalog"), "{message}");
    }
}
