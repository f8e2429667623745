//! How older tables are brought up to date.

use crate::error::DatabaseError;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

/// The tables of one room. Several rooms may share a PostgreSQL database.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Name of the table that says which migrations were applied; one of its own for each room.
    pub version_table: &'static str,
    /// One migration is a list of statements that run in one transaction. Never edit one that was
    /// released; append.
    pub migrations: &'static [&'static [&'static str]],
    /// What nodes that write or migrate these tables lock on PostgreSQL; one of its own for each
    /// room.
    pub lock_key: i64,
}

impl Layout {
    /// Applies the migrations that are missing. The caller holds the write lock and commits.
    pub(crate) async fn migrate(
        &self,
        connection: &mut AnyConnection,
    ) -> Result<(), DatabaseError> {
        let table = self.version_table;
        let create =
            format!("CREATE TABLE IF NOT EXISTS {table} (version BIGINT NOT NULL PRIMARY KEY)");
        sqlx::query(AssertSqlSafe(create)).execute(&mut *connection).await?;
        let newest = format!("SELECT COALESCE(MAX(version), 0) AS version FROM {table}");
        let found: i64 = sqlx::query(AssertSqlSafe(newest))
            .fetch_one(&mut *connection)
            .await?
            .try_get("version")?;
        let known = i64::try_from(self.migrations.len()).unwrap_or(i64::MAX);
        let applied = usize::try_from(found)
            .map_err(|_| DatabaseError::Corrupt(format!("{table}.version is {found}")))?;
        let Some(missing) = self.migrations.get(applied..) else {
            return Err(DatabaseError::Newer { found, known });
        };
        for (statements, version) in missing.iter().zip(found + 1..) {
            for statement in *statements {
                sqlx::query(*statement).execute(&mut *connection).await?;
            }
            let note = format!("INSERT INTO {table} (version) VALUES ($1)");
            sqlx::query(AssertSqlSafe(note)).bind(version).execute(&mut *connection).await?;
        }
        Ok(())
    }
}
