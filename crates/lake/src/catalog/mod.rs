//! The catalog: which files the lake consists of, and how far the write-ahead log is in them.
//!
//! Every change is one transaction. A publish inserts its files and moves its checkpoint, a
//! compaction swaps inputs for its output, and both keep the totals of the windows; when anything
//! does not fit, nothing happened. SQLite keeps it by default, PostgreSQL for a cluster, and both
//! are held to one conformance suite. All of it can be rebuilt from the data files.

mod error;
mod rows;
mod schema;

pub use error::CatalogError;
pub use hannun_database::sqlite_url;

use crate::file::FileRecord;
use hannun_database::Database;
use rows::WindowChanges;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a rebuild replaces.
const LOCK_EVERYTHING: &str =
    "LOCK TABLE wal_checkpoint, file, time_window, tombstone, lake_table IN EXCLUSIVE MODE";

/// Everything that a node needs to know when it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogState {
    /// The live files by id.
    pub files: Vec<FileRecord>,
    /// By node and table: the last position of the write-ahead log that is in files.
    pub checkpoints: BTreeMap<(String, String), u64>,
    /// Files that are no longer part of the lake but still lie in the object store, by id.
    pub tombstones: Vec<Tombstone>,
    /// By table: the newest version in `schema_columns`.
    pub schema_versions: BTreeMap<String, u32>,
    /// By table and version: its columns as JSON.
    pub schema_columns: BTreeMap<(String, u32), String>,
}

/// A file that may be deleted once no query reads it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Id of the file.
    pub id: String,
    /// Path in the object store.
    pub path: String,
    /// Size of the file.
    pub bytes: u64,
    /// When it left the lake, milliseconds since 1970.
    pub since_ms: i64,
}

/// Totals of one time window of a table: always the sum over its live files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRow {
    /// Name of the table.
    pub table: String,
    /// Start of the window, seconds since 1970.
    pub window_start: i64,
    /// Number of live files; a window without any has no row.
    pub files: u64,
    /// Their rows.
    pub rows: u64,
    /// Their size.
    pub bytes: u64,
}

/// A node that writes to this catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Name of the node.
    pub id: String,
    /// First heartbeat, milliseconds since 1970.
    pub started_ms: i64,
    /// Latest heartbeat, milliseconds since 1970.
    pub last_seen_ms: i64,
    /// Where it is reached.
    pub address: String,
}

/// The rows of one table that go from the live buffer into files.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Whose write-ahead log it is.
    pub node: String,
    /// Name of the table.
    pub table: String,
    /// Where the checkpoint must be now; zero when there was none.
    pub previous: u64,
    /// Where it will be.
    pub checkpoint: u64,
    /// New files of the table.
    pub files: Vec<FileRecord>,
    /// New files of tables that are derived from it.
    pub derived: Vec<FileRecord>,
}

/// An open catalog. Share it; calls may run at the same time.
#[derive(Debug)]
pub struct Catalog {
    database: Database,
}

impl Catalog {
    /// Opens the catalog at `sqlite:///absolute/path` (see [`sqlite_url`]) or `postgres://…`.
    /// Creates it when it is missing and brings an older one up to date.
    ///
    /// # Errors
    /// [`CatalogError::Newer`] when a newer version of Hannun wrote it,
    /// [`CatalogError::Corrupt`] when it is not a catalog.
    pub async fn open(url: &str) -> Result<Self, CatalogError> {
        Ok(Self { database: Database::open(url, schema::LAYOUT).await? })
    }

    /// Reads everything, as of one commit.
    pub async fn load(&self) -> Result<CatalogState, CatalogError> {
        let mut read = self.database.begin_read().await?;
        let state = rows::load(&mut read).await?;
        read.commit().await?;
        Ok(state)
    }

    /// Inserts the files and moves the checkpoint of (node, table), both or neither.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when the checkpoint is not at `previous`, when it would move
    /// back, or when a file is already there.
    pub async fn publish(&self, publish: &Publish) -> Result<(), CatalogError> {
        let Publish { node, table, previous, checkpoint, files, derived } = publish;
        if checkpoint < previous {
            return Err(CatalogError::conflict(format!(
                "checkpoint of {table} would move back from {previous} to {checkpoint}"
            )));
        }
        if let Some(file) = files.iter().find(|file| file.table != *table) {
            return Err(CatalogError::conflict(format!(
                "file {} of {} in a publish of {table}",
                file.id, file.table
            )));
        }
        let mut write = self.database.begin_write().await?;
        // First, so that a second publish of the same table waits here and then sees the conflict.
        if !rows::move_checkpoint(write.connection(), node, table, *previous, *checkpoint).await? {
            return Err(CatalogError::conflict(format!(
                "checkpoint of {table} on {node} is not at {previous}"
            )));
        }
        let mut changes = WindowChanges::default();
        rows::insert_files(write.connection(), files.iter().chain(derived), &mut changes).await?;
        changes.write(write.connection()).await?;
        Ok(write.commit().await?)
    }

    /// Swaps the inputs, which become tombstones, for the output.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] unless every input is live, of the output's table and of its
    /// window, and together they have at least its rows.
    pub async fn compact(
        &self,
        inputs: &[String],
        output: &FileRecord,
        now_ms: i64,
    ) -> Result<(), CatalogError> {
        let distinct: BTreeSet<&String> = inputs.iter().collect();
        if distinct.is_empty() || distinct.len() != inputs.len() {
            return Err(CatalogError::conflict("inputs of a compaction are missing or repeated"));
        }
        let mut write = self.database.begin_write().await?;
        let mut changes = WindowChanges::default();
        let mut rows_in = 0;
        for id in distinct {
            let removed = rows::bury_file(write.connection(), id, now_ms, &mut changes)
                .await?
                .ok_or_else(|| CatalogError::conflict(format!("input {id} is not live")))?;
            if removed.table != output.table || removed.window_start != output.window_start {
                return Err(CatalogError::conflict(format!(
                    "input {id} is of {} at {}, not of {} at {}",
                    removed.table, removed.window_start, output.table, output.window_start
                )));
            }
            rows_in += removed.rows;
        }
        if rows::to_i64(output.rows, "rows")? > rows_in {
            return Err(CatalogError::conflict(format!(
                "output {} has {} rows, its inputs only {rows_in}",
                output.id, output.rows
            )));
        }
        let output = std::iter::once(output);
        rows::insert_files(write.connection(), output, &mut changes).await?;
        changes.write(write.connection()).await?;
        Ok(write.commit().await?)
    }

    /// Takes files out of the lake; they become tombstones. Ids that are not live are passed over.
    pub async fn drop_files(&self, ids: &[String], now_ms: i64) -> Result<(), CatalogError> {
        let mut write = self.database.begin_write().await?;
        let mut changes = WindowChanges::default();
        for id in ids.iter().collect::<BTreeSet<_>>() {
            rows::bury_file(write.connection(), id, now_ms, &mut changes).await?;
        }
        changes.write(write.connection()).await?;
        Ok(write.commit().await?)
    }

    /// Forgets files that were deleted from the object store. Unknown ids are passed over.
    pub async fn forget_tombstones(&self, ids: &[String]) -> Result<(), CatalogError> {
        let mut write = self.database.begin_write().await?;
        for id in ids.iter().collect::<BTreeSet<_>>() {
            sqlx::query("DELETE FROM tombstone WHERE file_id = $1")
                .bind(id.as_str())
                .execute(write.connection())
                .await?;
        }
        Ok(write.commit().await?)
    }

    /// Replaces what is in [`CatalogState`], for a rebuild. Nodes and retention stay;
    /// `schema_versions` follows from `schema_columns`.
    pub async fn replace_all(&self, state: &CatalogState) -> Result<(), CatalogError> {
        let mut write = self.database.begin_write().await?;
        write.lock_tables(LOCK_EVERYTHING).await?;
        for statement in [
            "DELETE FROM file_column",
            "DELETE FROM file",
            "DELETE FROM time_window",
            "DELETE FROM wal_checkpoint",
            "DELETE FROM tombstone",
            "DELETE FROM schema_version",
            "UPDATE lake_table SET current_schema_version = 0",
        ] {
            sqlx::query(statement).execute(write.connection()).await?;
        }
        for ((table, version), columns_json) in &state.schema_columns {
            let connection = write.connection();
            rows::record_schema_version(connection, table, *version, columns_json).await?;
        }
        for ((node, table), checkpoint) in &state.checkpoints {
            rows::move_checkpoint(write.connection(), node, table, 0, *checkpoint).await?;
        }
        for tombstone in &state.tombstones {
            rows::insert_tombstone(write.connection(), tombstone).await?;
        }
        let mut changes = WindowChanges::default();
        rows::insert_files(write.connection(), state.files.iter(), &mut changes).await?;
        changes.write(write.connection()).await?;
        Ok(write.commit().await?)
    }

    /// Records the columns of a version of a table. The table's current version only grows.
    ///
    /// # Errors
    /// [`CatalogError::Conflict`] when that version was recorded with other columns.
    pub async fn set_schema_version(
        &self,
        table: &str,
        version: u32,
        columns_json: &str,
    ) -> Result<(), CatalogError> {
        let mut write = self.database.begin_write().await?;
        let connection = write.connection();
        if !rows::record_schema_version(connection, table, version, columns_json).await? {
            return Err(CatalogError::conflict(format!(
                "version {version} of {table} has other columns; columns never change without a \
                 new version"
            )));
        }
        Ok(write.commit().await?)
    }

    /// Notes that a node is alive, and where.
    pub async fn heartbeat(
        &self,
        node: &str,
        address: &str,
        now_ms: i64,
    ) -> Result<(), CatalogError> {
        let mut write = self.database.begin_write().await?;
        sqlx::query(
            "INSERT INTO node (id, started_ms, last_seen_ms, address) VALUES ($1, $2, $2, $3)
             ON CONFLICT (id) DO UPDATE SET
                last_seen_ms = excluded.last_seen_ms, address = excluded.address",
        )
        .bind(node)
        .bind(now_ms)
        .bind(address)
        .execute(write.connection())
        .await?;
        Ok(write.commit().await?)
    }

    /// The nodes that ever sent a heartbeat, by id.
    pub async fn nodes(&self) -> Result<Vec<NodeRow>, CatalogError> {
        let mut read = self.database.begin_read().await?;
        let found = sqlx::query("SELECT id, started_ms, last_seen_ms, address FROM node")
            .fetch_all(&mut *read)
            .await?;
        read.commit().await?;
        let mut nodes = found.iter().map(rows::read_node).collect::<Result<Vec<_>, _>>()?;
        nodes.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(nodes)
    }

    /// The windows of a table, oldest first.
    pub async fn windows(&self, table: &str) -> Result<Vec<WindowRow>, CatalogError> {
        let mut read = self.database.begin_read().await?;
        let found = sqlx::query(
            "SELECT table_name, window_start, file_count, row_count, byte_count
             FROM time_window WHERE table_name = $1 ORDER BY window_start",
        )
        .bind(table)
        .fetch_all(&mut *read)
        .await?;
        read.commit().await?;
        found.iter().map(rows::read_window).collect()
    }

    /// Waits for running calls and closes. Later calls fail.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
