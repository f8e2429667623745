//! SQLite or PostgreSQL behind one door: connect, lock, migrate.
//!
//! Rooms that keep rows (the catalog of the lake, the ledger) open a [`Database`] with the [`Layout`]
//! of their own tables, write their SQL once for both engines, and run it inside a transaction that
//! [`Database::begin_read`] or [`Database::begin_write`] started. What differs between the engines
//! stays in here.

mod engine;
mod error;
mod file;
mod migrate;

pub use error::DatabaseError;
pub use file::sqlite_url;
pub use migrate::Layout;

use engine::Engine;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::{Mutex, MutexGuard};

/// An open database. Share it; calls may run at the same time.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    pool: AnyPool,
    layout: Layout,
    /// Writers of this process queue here when the database can only take one: in turn, and
    /// without polling for its lock.
    writer: Mutex<()>,
}

impl Database {
    /// Opens the database at `sqlite:///absolute/path` (see [`sqlite_url`]) or `postgres://…`.
    /// Creates what is missing and brings older tables up to date.
    ///
    /// # Errors
    /// [`DatabaseError::Newer`] when a newer version of Hannun wrote it, [`DatabaseError::Corrupt`]
    /// when it is not a database.
    pub async fn open(url: &str, layout: Layout) -> Result<Self, DatabaseError> {
        let (engine, pool) = engine::open(url, layout).await?;
        Ok(Self { engine, pool, layout, writer: Mutex::new(()) })
    }

    /// Starts a transaction whose reads all see the same commit.
    pub async fn begin_read(&self) -> Result<Transaction<'static, Any>, DatabaseError> {
        self.engine.check_present()?;
        Ok(self.pool.begin_with(self.engine.begin_read()).await?)
    }

    /// Starts a transaction that may write. On SQLite there is one at a time.
    pub async fn begin_write(&self) -> Result<Write<'_>, DatabaseError> {
        let turn = match self.engine {
            Engine::Sqlite(_) => Some(self.writer.lock().await),
            Engine::Postgres => None,
        };
        self.engine.check_present()?;
        let transaction = self.pool.begin_with(self.engine.begin_write()).await?;
        Ok(Write { transaction, engine: &self.engine, _turn: turn })
    }

    /// As [`Self::begin_write`], and the only one of this layout on every node: what it reads
    /// cannot change until it ends. For rooms that write seldom and decide by what they read.
    pub async fn begin_write_alone(&self) -> Result<Write<'_>, DatabaseError> {
        let mut write = self.begin_write().await?;
        self.engine.lock_alone(write.connection(), self.layout.lock_key).await?;
        Ok(write)
    }

    /// Waits for running calls and closes. Later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A transaction that writes. Dropped without a commit, it changes nothing.
#[derive(Debug)]
pub struct Write<'database> {
    transaction: Transaction<'static, Any>,
    engine: &'database Engine,
    _turn: Option<MutexGuard<'database, ()>>,
}

impl Write<'_> {
    /// Where its statements run.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Keeps other writers out of tables until the transaction ends, by this statement of
    /// PostgreSQL. SQLite's are out already.
    pub async fn lock_tables(&mut self, postgres: &'static str) -> Result<(), DatabaseError> {
        if let Engine::Postgres = self.engine {
            sqlx::query(postgres).execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Makes the changes last. They are on disk when this returns.
    ///
    /// # Errors
    /// [`DatabaseError::Removed`] when the file vanished meanwhile: nothing was kept.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        self.transaction.commit().await?;
        self.engine.check_kept()
    }
}
