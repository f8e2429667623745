//! Why the database could not do what it was asked, told so that a caller can act on it.

use std::path::PathBuf;

/// An error of the database. The texts name no room; whoever owns the tables adds what they are
/// and how to mend them.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DatabaseError {
    /// Locked or overloaded for now: the same call may succeed later.
    #[error("{0}")]
    Busy(String),
    /// The disk or the server of the database cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// The file was removed or replaced while in use. Nothing was kept.
    #[error("{} was removed or replaced while in use", .0.display())]
    Removed(PathBuf),
    /// A row with that key is already there.
    #[error("{0}")]
    Duplicate(String),
    /// Written by a newer version of Hannun.
    #[error("format {found} is newer than {known}, the newest that this version of Hannun knows")]
    Newer {
        /// Format that was found.
        found: i64,
        /// The newest that is understood.
        known: i64,
    },
    /// What is stored cannot be understood.
    #[error("{0}")]
    Corrupt(String),
    /// No space is left.
    #[error("disk is full, free some space")]
    Full,
    /// The address names no database. Not repeated here: it may hold a password.
    #[error("use sqlite:///absolute/path or postgres://user@host/database")]
    Address,
    /// The file could not be made or opened.
    #[error("{path} cannot be opened: {reason}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => of_code(
                database.code().as_deref().unwrap_or_default(),
                database.is_unique_violation(),
                database.message(),
            ),
            sqlx::Error::PoolTimedOut => Self::Busy(error.to_string()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable(error.to_string()),
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::RowNotFound
            | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

/// PostgreSQL's SQLSTATE always has five characters, SQLite's extended result codes at most four
/// digits, so one text tells which it is.
fn of_code(code: &str, unique_violation: bool, message: &str) -> DatabaseError {
    if unique_violation {
        return DatabaseError::Duplicate(message.to_owned());
    }
    if code.len() == 5 { of_sqlstate(code, message) } else { of_sqlite_code(code, message) }
}

fn of_sqlstate(code: &str, message: &str) -> DatabaseError {
    let text = message.to_owned();
    match code {
        // Serialization failure, deadlock, lock timeout, too many connections, starting up.
        "40001" | "40P01" | "55P03" | "53300" | "57P03" => DatabaseError::Busy(text),
        // Shut down by its administrator, or the database was dropped.
        "57P01" | "57P02" | "57P04" | "3D000" => DatabaseError::Unreachable(text),
        // Undefined table or column, damaged data or index.
        "42P01" | "42703" | "XX001" | "XX002" => DatabaseError::Corrupt(text),
        _ if code.starts_with("08") => DatabaseError::Unreachable(text),
        _ => DatabaseError::Other(format!("{message} (SQLSTATE {code})")),
    }
}

fn of_sqlite_code(code: &str, message: &str) -> DatabaseError {
    let text = message.to_owned();
    // The lower byte of an extended code is its primary code: https://www.sqlite.org/rescode.html
    match code.parse::<i32>().unwrap_or(1) & 0xff {
        5 | 6 => DatabaseError::Busy(text),
        11 | 26 => DatabaseError::Corrupt(text),
        10 | 14 => DatabaseError::Unreachable(text),
        8 => DatabaseError::Unreachable(format!("{message}; is it writable?")),
        13 => DatabaseError::Full,
        1 if message.starts_with("no such ") => DatabaseError::Corrupt(text),
        _ => DatabaseError::Other(format!("{message} (SQLite code {code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_lead_to_the_same_kinds() {
        let error = |code, message| of_code(code, false, message);
        assert!(matches!(error("5", "database is locked"), DatabaseError::Busy(_)));
        assert!(matches!(error("517", "database is locked"), DatabaseError::Busy(_)));
        assert!(matches!(error("40P01", "deadlock detected"), DatabaseError::Busy(_)));
        assert!(matches!(error("26", "file is not a database"), DatabaseError::Corrupt(_)));
        assert!(matches!(error("XX001", "invalid page"), DatabaseError::Corrupt(_)));
        assert!(matches!(
            error("1032", "attempt to write a readonly database"),
            DatabaseError::Unreachable(_)
        ));
        assert!(matches!(error("57P01", "terminating connection"), DatabaseError::Unreachable(_)));
        assert!(matches!(error("13", "database or disk is full"), DatabaseError::Full));
        assert!(matches!(error("1", "near \"x\": syntax error"), DatabaseError::Other(_)));
        assert!(matches!(error("1", "no such table: file"), DatabaseError::Corrupt(_)));
        assert!(matches!(of_code("23505", true, "duplicate key"), DatabaseError::Duplicate(_)));
    }
}
