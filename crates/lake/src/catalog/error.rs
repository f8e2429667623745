//! Why the catalog could not do what it was asked, told so that a caller can act on it.

use std::path::Path;

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

    pub(super) fn removed(path: &Path) -> Self {
        let message = format!(
            "catalog file {} was removed or replaced while in use; stop Hannun, then put it back or \
             run `hannun doctor --rebuild-catalog`",
            path.display()
        );
        Self::Gone(message)
    }

    pub(super) fn newer(found: i64, known: i64) -> Self {
        let message = format!(
            "catalog has format {found}, this version of Hannun knows up to {known}; \
             run the version that wrote it or a newer one"
        );
        Self::Newer(message)
    }

    pub(super) fn other(detail: impl std::fmt::Display) -> Self {
        Self::Other(detail.to_string())
    }

    fn busy(detail: impl std::fmt::Display) -> Self {
        let message = format!("catalog is locked or overloaded, try again in a moment: {detail}");
        Self::Busy(message)
    }

    fn unreachable(detail: impl std::fmt::Display) -> Self {
        let message = format!(
            "catalog cannot be reached, check that its disk or database server is there: {detail}"
        );
        Self::Gone(message)
    }
}

impl From<sqlx::Error> for CatalogError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => of_code(
                database.code().as_deref().unwrap_or_default(),
                database.is_unique_violation(),
                database.message(),
            ),
            sqlx::Error::PoolTimedOut => Self::busy(error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::unreachable(error),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::RowNotFound
            | sqlx::Error::Decode(_) => Self::corrupt(error),
            _ => Self::other(format!("catalog failed: {error}")),
        }
    }
}

/// PostgreSQL's SQLSTATE always has five characters, SQLite's extended result codes at most four
/// digits, so one text tells which it is.
fn of_code(code: &str, unique_violation: bool, message: &str) -> CatalogError {
    if unique_violation {
        return CatalogError::conflict(message);
    }
    if code.len() == 5 { of_sqlstate(code, message) } else { of_sqlite_code(code, message) }
}

fn of_sqlstate(code: &str, message: &str) -> CatalogError {
    match code {
        // Serialization failure, deadlock, lock timeout, too many connections, starting up.
        "40001" | "40P01" | "55P03" | "53300" | "57P03" => CatalogError::busy(message),
        // Shut down by its administrator, or the database was dropped.
        "57P01" | "57P02" | "57P04" | "3D000" => CatalogError::unreachable(message),
        // Undefined table or column, damaged data or index.
        "42P01" | "42703" | "XX001" | "XX002" => CatalogError::corrupt(message),
        _ if code.starts_with("08") => CatalogError::unreachable(message),
        _ => CatalogError::other(format!("catalog failed: {message} (SQLSTATE {code})")),
    }
}

fn of_sqlite_code(code: &str, message: &str) -> CatalogError {
    // The lower byte of an extended code is its primary code: https://www.sqlite.org/rescode.html
    match code.parse::<i32>().unwrap_or(1) & 0xff {
        5 | 6 => CatalogError::busy(message),
        11 | 26 => CatalogError::corrupt(message),
        10 | 14 => CatalogError::unreachable(message),
        8 => CatalogError::unreachable(format!("{message}; is it writable?")),
        13 => CatalogError::other("disk of the catalog is full, free some space"),
        1 if message.starts_with("no such ") => CatalogError::corrupt(message),
        _ => CatalogError::other(format!("catalog failed: {message} (SQLite code {code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_lead_to_the_same_kinds() {
        let error = |code, message| of_code(code, false, message);
        assert!(matches!(error("5", "database is locked"), CatalogError::Busy(_)));
        assert!(matches!(error("517", "database is locked"), CatalogError::Busy(_)));
        assert!(matches!(error("40P01", "deadlock detected"), CatalogError::Busy(_)));
        assert!(matches!(error("26", "file is not a database"), CatalogError::Corrupt(_)));
        assert!(matches!(error("XX001", "invalid page"), CatalogError::Corrupt(_)));
        assert!(matches!(
            error("1032", "attempt to write a readonly database"),
            CatalogError::Gone(_)
        ));
        assert!(matches!(error("57P01", "terminating connection"), CatalogError::Gone(_)));
        assert!(matches!(error("1", "near \"x\": syntax error"), CatalogError::Other(_)));
        assert!(matches!(error("1", "no such table: file"), CatalogError::Corrupt(_)));
        assert!(matches!(of_code("23505", true, "duplicate key"), CatalogError::Conflict(_)));
    }

    #[test]
    fn damage_names_the_command_that_repairs_it() {
        let message = CatalogError::corrupt("bad page").to_string();
        assert!(message.contains("hannun doctor --rebuild-catalog"), "{message}");
    }
}
