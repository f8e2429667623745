//! Rows of the catalog's tables, written and read.

use super::error::CatalogError;
use super::{CatalogState, NodeRow, Tombstone, WindowRow};
use crate::file::{ColumnStatistics, FileRecord};
use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use std::collections::{BTreeMap, HashMap};

/// How much the files, rows and bytes of windows change in a transaction.
#[derive(Debug, Default)]
pub(super) struct WindowChanges(BTreeMap<(String, i64), [i64; 3]>);

impl WindowChanges {
    fn add(&mut self, table: &str, window_start: i64, change: [i64; 3]) {
        let totals = self.0.entry((table.to_owned(), window_start)).or_default();
        for (total, change) in totals.iter_mut().zip(change) {
            *total += change;
        }
    }

    /// Writes the changes, always in the same order of windows, so that two transactions cannot
    /// wait for each other.
    pub(super) async fn write(self, connection: &mut AnyConnection) -> Result<(), CatalogError> {
        for ((table, window_start), [files, rows, bytes]) in self.0 {
            sqlx::query(
                "INSERT INTO time_window (table_name, window_start, file_count, row_count, byte_count)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (table_name, window_start) DO UPDATE SET
                    file_count = time_window.file_count + excluded.file_count,
                    row_count = time_window.row_count + excluded.row_count,
                    byte_count = time_window.byte_count + excluded.byte_count",
            )
            .bind(table.as_str())
            .bind(window_start)
            .bind(files)
            .bind(rows)
            .bind(bytes)
            .execute(&mut *connection)
            .await?;
            sqlx::query(
                "DELETE FROM time_window
                 WHERE table_name = $1 AND window_start = $2 AND file_count = 0",
            )
            .bind(table.as_str())
            .bind(window_start)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

/// Makes the table known, so that other rows can refer to it.
pub(super) async fn ensure_table(
    connection: &mut AnyConnection,
    table: &str,
) -> Result<(), CatalogError> {
    sqlx::query(
        "INSERT INTO lake_table (name, current_schema_version) VALUES ($1, 0)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(table)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

pub(super) async fn insert_files(
    connection: &mut AnyConnection,
    files: impl Iterator<Item = &FileRecord>,
    changes: &mut WindowChanges,
) -> Result<(), CatalogError> {
    let mut known_tables = std::collections::BTreeSet::new();
    for file in files {
        if known_tables.insert(file.table.as_str()) {
            ensure_table(connection, &file.table).await?;
        }
        insert_file(connection, file).await?;
        let (rows, bytes) = (to_i64(file.rows, "rows")?, to_i64(file.bytes, "bytes")?);
        changes.add(&file.table, file.window_start, [1, rows, bytes]);
    }
    Ok(())
}

async fn insert_file(
    connection: &mut AnyConnection,
    file: &FileRecord,
) -> Result<(), CatalogError> {
    sqlx::query(
        "INSERT INTO file (id, table_name, window_start, path, row_count, byte_count,
            raw_byte_count, min_time, max_time, level, schema_version, origin_json,
            field_ids_json, checksums_json, retention_days, text_index_json)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(file.id.as_str())
    .bind(file.table.as_str())
    .bind(file.window_start)
    .bind(file.path.as_str())
    .bind(to_i64(file.rows, "rows")?)
    .bind(to_i64(file.bytes, "bytes")?)
    .bind(to_i64(file.raw_bytes, "raw_bytes")?)
    .bind(file.min_time)
    .bind(file.max_time)
    .bind(i64::from(file.level))
    .bind(i64::from(file.schema_version))
    .bind(to_json(&file.origin)?)
    .bind(to_json(&file.field_ids)?)
    .bind(to_json(&file.checksums)?)
    .bind(file.retention_days.map(i64::from))
    .bind(file.text_index.as_ref().map(to_json).transpose()?)
    .execute(&mut *connection)
    .await?;
    for (name, column) in &file.columns {
        sqlx::query(
            "INSERT INTO file_column
                (file_id, column_name, min_json, max_json, null_count, distinct_values_json)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(file.id.as_str())
        .bind(name.as_str())
        // As JSON because a telemetry value may hold U+0000, which PostgreSQL refuses in text.
        .bind(column.min.as_ref().map(to_json).transpose()?)
        .bind(column.max.as_ref().map(to_json).transpose()?)
        .bind(to_i64(column.null_count, "null_count")?)
        .bind(column.values.as_ref().map(to_json).transpose()?)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What is left of a file that was taken out of the catalog.
pub(super) struct Removed {
    pub(super) table: String,
    pub(super) window_start: i64,
    pub(super) rows: i64,
}

/// Turns a live file into a tombstone; `None` when there is no such file.
pub(super) async fn bury_file(
    connection: &mut AnyConnection,
    id: &str,
    now_ms: i64,
    changes: &mut WindowChanges,
) -> Result<Option<Removed>, CatalogError> {
    let Some(row) = sqlx::query(
        "DELETE FROM file WHERE id = $1
         RETURNING table_name, window_start, path, row_count, byte_count",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await?
    else {
        return Ok(None);
    };
    let bytes: i64 = row.try_get("byte_count")?;
    let removed = Removed {
        table: row.try_get("table_name")?,
        window_start: row.try_get("window_start")?,
        rows: row.try_get("row_count")?,
    };
    changes.add(&removed.table, removed.window_start, [-1, -removed.rows, -bytes]);
    let tombstone = Tombstone {
        id: id.to_owned(),
        path: row.try_get("path")?,
        bytes: to_u64(bytes, "byte_count")?,
        since_ms: now_ms,
    };
    insert_tombstone(connection, &tombstone).await?;
    Ok(Some(removed))
}

pub(super) async fn insert_tombstone(
    connection: &mut AnyConnection,
    tombstone: &Tombstone,
) -> Result<(), CatalogError> {
    sqlx::query(
        "INSERT INTO tombstone (file_id, path, byte_count, since_ms) VALUES ($1, $2, $3, $4)",
    )
    .bind(tombstone.id.as_str())
    .bind(tombstone.path.as_str())
    .bind(to_i64(tombstone.bytes, "bytes")?)
    .bind(tombstone.since_ms)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Moves a checkpoint; `false` when it is not at `previous`.
pub(super) async fn move_checkpoint(
    connection: &mut AnyConnection,
    node: &str,
    table: &str,
    previous: u64,
    checkpoint: u64,
) -> Result<bool, CatalogError> {
    ensure_table(connection, table).await?;
    sqlx::query(
        "INSERT INTO wal_checkpoint (node_id, table_name, wal_position) VALUES ($1, $2, 0)
         ON CONFLICT (node_id, table_name) DO NOTHING",
    )
    .bind(node)
    .bind(table)
    .execute(&mut *connection)
    .await?;
    let moved = sqlx::query(
        "UPDATE wal_checkpoint SET wal_position = $1
         WHERE node_id = $2 AND table_name = $3 AND wal_position = $4",
    )
    .bind(to_i64(checkpoint, "checkpoint")?)
    .bind(node)
    .bind(table)
    .bind(to_i64(previous, "previous checkpoint")?)
    .execute(&mut *connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Records the columns of a table's version; `false` when they were recorded differently.
pub(super) async fn record_schema_version(
    connection: &mut AnyConnection,
    table: &str,
    version: u32,
    columns_json: &str,
) -> Result<bool, CatalogError> {
    let version = i64::from(version);
    sqlx::query(
        "INSERT INTO lake_table (name, current_schema_version) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET current_schema_version = CASE
            WHEN excluded.current_schema_version > lake_table.current_schema_version
            THEN excluded.current_schema_version ELSE lake_table.current_schema_version END",
    )
    .bind(table)
    .bind(version)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO schema_version (table_name, version, columns_json) VALUES ($1, $2, $3)
         ON CONFLICT (table_name, version) DO NOTHING",
    )
    .bind(table)
    .bind(version)
    .bind(columns_json)
    .execute(&mut *connection)
    .await?;
    let recorded: String = sqlx::query(
        "SELECT columns_json FROM schema_version WHERE table_name = $1 AND version = $2",
    )
    .bind(table)
    .bind(version)
    .fetch_one(&mut *connection)
    .await?
    .try_get("columns_json")?;
    Ok(recorded == columns_json)
}

pub(super) async fn load(connection: &mut AnyConnection) -> Result<CatalogState, CatalogError> {
    let mut state = CatalogState { files: load_files(connection).await?, ..Default::default() };
    let mut rows = sqlx::query("SELECT node_id, table_name, wal_position FROM wal_checkpoint")
        .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let key = (row.try_get("node_id")?, row.try_get("table_name")?);
        state.checkpoints.insert(key, unsigned(&row, "wal_position")?);
    }
    drop(rows);
    let mut rows = sqlx::query("SELECT file_id, path, byte_count, since_ms FROM tombstone")
        .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        state.tombstones.push(Tombstone {
            id: row.try_get("file_id")?,
            path: row.try_get("path")?,
            bytes: unsigned(&row, "byte_count")?,
            since_ms: row.try_get("since_ms")?,
        });
    }
    drop(rows);
    // Here rather than in SQL, where the order of text depends on the database's locale.
    state.tombstones.sort_by(|left, right| left.id.cmp(&right.id));
    let mut rows = sqlx::query("SELECT table_name, version, columns_json FROM schema_version")
        .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let (table, version) = (row.try_get("table_name")?, small_unsigned(&row, "version")?);
        let newest = state.schema_versions.entry(String::clone(&table)).or_insert(version);
        *newest = version.max(*newest);
        state.schema_columns.insert((table, version), row.try_get("columns_json")?);
    }
    Ok(state)
}

async fn load_files(connection: &mut AnyConnection) -> Result<Vec<FileRecord>, CatalogError> {
    let mut files = HashMap::new();
    let mut rows = sqlx::query(
        "SELECT id, table_name, window_start, path, row_count, byte_count, raw_byte_count,
            min_time, max_time, level, schema_version, origin_json, field_ids_json, checksums_json,
            retention_days, text_index_json
         FROM file",
    )
    .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let file = read_file(&row)?;
        files.insert(file.id.clone(), file);
    }
    drop(rows);
    let mut rows = sqlx::query(
        "SELECT file_id, column_name, min_json, max_json, null_count, distinct_values_json
         FROM file_column",
    )
    .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let file_id: String = row.try_get("file_id")?;
        let file = files.get_mut(&file_id).ok_or_else(|| {
            CatalogError::corrupt(format!("statistics of the unknown file {file_id}"))
        })?;
        file.columns.insert(row.try_get("column_name")?, read_column(&row)?);
    }
    let mut files: Vec<FileRecord> = files.into_values().collect();
    files.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(files)
}

fn read_file(row: &AnyRow) -> Result<FileRecord, CatalogError> {
    Ok(FileRecord {
        id: row.try_get("id")?,
        table: row.try_get("table_name")?,
        window_start: row.try_get("window_start")?,
        path: row.try_get("path")?,
        rows: unsigned(row, "row_count")?,
        bytes: unsigned(row, "byte_count")?,
        raw_bytes: unsigned(row, "raw_byte_count")?,
        min_time: row.try_get("min_time")?,
        max_time: row.try_get("max_time")?,
        level: small_unsigned(row, "level")?,
        schema_version: small_unsigned(row, "schema_version")?,
        origin: from_json(&row.try_get::<String, _>("origin_json")?)?,
        columns: BTreeMap::new(),
        field_ids: from_json(&row.try_get::<String, _>("field_ids_json")?)?,
        checksums: from_json(&row.try_get::<String, _>("checksums_json")?)?,
        retention_days: row
            .try_get::<Option<i64>, _>("retention_days")?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| CatalogError::corrupt("a retention is negative"))?,
        text_index: row
            .try_get::<Option<String>, _>("text_index_json")?
            .map(|text| from_json(&text))
            .transpose()?,
    })
}

fn read_column(row: &AnyRow) -> Result<ColumnStatistics, CatalogError> {
    let text = |name: &str| row.try_get::<Option<String>, _>(name);
    Ok(ColumnStatistics {
        min: text("min_json")?.as_deref().map(from_json).transpose()?,
        max: text("max_json")?.as_deref().map(from_json).transpose()?,
        null_count: unsigned(row, "null_count")?,
        values: text("distinct_values_json")?.as_deref().map(from_json).transpose()?,
    })
}

pub(super) fn read_window(row: &AnyRow) -> Result<WindowRow, CatalogError> {
    Ok(WindowRow {
        table: row.try_get("table_name")?,
        window_start: row.try_get("window_start")?,
        files: unsigned(row, "file_count")?,
        rows: unsigned(row, "row_count")?,
        bytes: unsigned(row, "byte_count")?,
    })
}

pub(super) fn read_node(row: &AnyRow) -> Result<NodeRow, CatalogError> {
    Ok(NodeRow {
        id: row.try_get("id")?,
        started_ms: row.try_get("started_ms")?,
        last_seen_ms: row.try_get("last_seen_ms")?,
        address: row.try_get("address")?,
    })
}

fn unsigned(row: &AnyRow, column: &str) -> Result<u64, CatalogError> {
    to_u64(row.try_get(column)?, column)
}

fn small_unsigned(row: &AnyRow, column: &str) -> Result<u32, CatalogError> {
    let value: i64 = row.try_get(column)?;
    u32::try_from(value).map_err(|_| CatalogError::corrupt(format!("{column} is {value}")))
}

pub(super) fn to_u64(value: i64, name: &str) -> Result<u64, CatalogError> {
    u64::try_from(value).map_err(|_| CatalogError::corrupt(format!("{name} is {value}")))
}

pub(super) fn to_i64(value: u64, name: &str) -> Result<i64, CatalogError> {
    i64::try_from(value)
        .map_err(|_| CatalogError::other(format!("catalog cannot hold {name} {value}: too large")))
}

fn to_json<Value: serde::Serialize>(value: &Value) -> Result<String, CatalogError> {
    serde_json::to_string(value).map_err(CatalogError::other)
}

fn from_json<Value: serde::de::DeserializeOwned>(text: &str) -> Result<Value, CatalogError> {
    serde_json::from_str(text).map_err(CatalogError::corrupt)
}
