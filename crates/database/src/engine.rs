//! What differs between SQLite and PostgreSQL: how they are reached, and how they lock.

use crate::error::DatabaseError;
use crate::file::{DatabaseFile, sqlite_path, sqlite_url};
use crate::migrate::Layout;
use hannun_model::limits::{
    CATALOG_ACQUIRE_SECONDS_MAX, CATALOG_POSTGRES_CONNECTIONS_MAX, CATALOG_SQLITE_CONNECTIONS_MAX,
};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection, Row};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Settings of every SQLite connection. A commit must be on disk when it returns (FULL), and the
/// cache (KiB, negative by SQLite's convention) stays small: the lake keeps its own copy in memory.
const SQLITE_SETTINGS: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -1024",
];
const POSTGRES_SETTINGS: &[&str] = &["SET lock_timeout = '5s'"];
/// How long a lock is waited for, as in the settings above.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// Pause before a refused switch to the write-ahead log is tried again.
const SWITCH_PAUSE: Duration = Duration::from_millis(5);

/// Which database it is.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    Sqlite(DatabaseFile),
    Postgres,
}

impl Engine {
    /// Starts a transaction that will write. SQLite takes its lock at once, because a reader that
    /// turns writer late cannot wait for it.
    pub(crate) fn begin_write(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Starts a transaction whose reads all see the same commit.
    pub(crate) fn begin_read(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Keeps others that ask for the same lock out until the transaction ends. SQLite's writers
    /// are alone already.
    pub(crate) async fn lock_alone(
        &self,
        connection: &mut AnyConnection,
        lock_key: i64,
    ) -> Result<(), DatabaseError> {
        if let Self::Postgres = self {
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(lock_key)
                .execute(connection)
                .await?;
        }
        Ok(())
    }

    fn settings(&self) -> &'static [&'static str] {
        match self {
            Self::Sqlite(_) => SQLITE_SETTINGS,
            Self::Postgres => POSTGRES_SETTINGS,
        }
    }

    /// Fails when the file is not the one that was opened: SQLite itself would go on writing to a
    /// file that no longer has a name.
    pub(crate) fn check_present(&self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(file) => file.check_present(),
            Self::Postgres => Ok(()),
        }
    }

    /// As [`Self::check_present`], after a commit.
    pub(crate) fn check_kept(&self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(file) => file.check_kept(),
            Self::Postgres => Ok(()),
        }
    }
}

/// Opens the database, creates what is missing, and hands out its pool.
pub(crate) async fn open(url: &str, layout: Layout) -> Result<(Engine, AnyPool), DatabaseError> {
    sqlx::any::install_default_drivers();
    let (engine, url) = parse(url)?;
    let options = AnyConnectOptions::from_str(&url)?;
    // By hand rather than through the pool, which hides why a connection could not be set up.
    let mut connection = AnyConnection::connect_with(&options).await?;
    let prepared = prepare(&engine, &mut connection, layout).await;
    if prepared.is_ok() {
        // Kept open by an error, the file would stay locked until the connection is dropped.
        connection.close().await?;
    } else {
        let _ = connection.close_hard().await;
    }
    prepared?;
    Ok((engine.clone(), pool(&engine, options)))
}

fn parse(url: &str) -> Result<(Engine, String), DatabaseError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((Engine::Postgres, url.to_owned()));
    }
    let path = sqlite_path(url).ok_or(DatabaseError::Address)?;
    let url = format!("{}?mode=rw", sqlite_url(&path));
    Ok((Engine::Sqlite(DatabaseFile::find_or_create(path)?), url))
}

async fn prepare(
    engine: &Engine,
    connection: &mut AnyConnection,
    layout: Layout,
) -> Result<(), DatabaseError> {
    apply_settings(engine, connection).await?;
    if let Engine::Sqlite(_) = engine {
        switch_to_write_ahead_log(connection).await?;
        let verdict: String =
            sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut *connection).await?.try_get(0)?;
        if verdict != "ok" {
            return Err(DatabaseError::Corrupt(verdict));
        }
    }
    let mut transaction = connection.begin_with(engine.begin_write()).await?;
    // Two nodes that start at once must not create the same tables.
    engine.lock_alone(&mut transaction, layout.lock_key).await?;
    layout.migrate(&mut transaction).await?;
    transaction.commit().await?;
    engine.check_present()
}

/// Waits for the lock as every other statement does. SQLite itself refuses at once when another
/// connection writes meanwhile (another opener, say): the switch reads first and writes then, and a
/// reader that waits to write could wait for ever. The refused statement holds nothing, so it can
/// be tried again.
async fn switch_to_write_ahead_log(connection: &mut AnyConnection) -> Result<(), DatabaseError> {
    let started = Instant::now();
    loop {
        let switched = sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await;
        match switched.map_err(DatabaseError::from) {
            Err(DatabaseError::Busy(_)) if started.elapsed() < LOCK_WAIT => {
                tokio::time::sleep(SWITCH_PAUSE).await;
            }
            switched => return switched.map(drop),
        }
    }
}

async fn apply_settings(engine: &Engine, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for setting in engine.settings() {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

fn pool(engine: &Engine, options: AnyConnectOptions) -> AnyPool {
    let pool =
        AnyPoolOptions::new().acquire_timeout(Duration::from_secs(CATALOG_ACQUIRE_SECONDS_MAX));
    let pool = match engine {
        Engine::Sqlite(_) => pool
            .max_connections(CATALOG_SQLITE_CONNECTIONS_MAX)
            .idle_timeout(None)
            .max_lifetime(None),
        Engine::Postgres => pool.max_connections(CATALOG_POSTGRES_CONNECTIONS_MAX),
    };
    let engine = engine.clone();
    pool.after_connect(move |connection, _| {
        let engine = engine.clone();
        Box::pin(async move { apply_settings(&engine, connection).await })
    })
    .connect_lazy_with(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_are_refused_without_repeating_them() {
        for url in ["sqlite://relative", "sqlite:///a?mode=ro", "mysql://user:secret@host/db", ""] {
            let message = parse(url).unwrap_err().to_string();
            assert!(message.contains("sqlite:///absolute/path"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
