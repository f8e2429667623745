//! The tables of the catalog and how older catalogs are brought up to date.
//!
//! One text for SQLite and PostgreSQL: whole numbers are `BIGINT`, everything else is `TEXT`.
//! Totals carry no `CHECK`, because PostgreSQL applies it to the row that an upsert proposes, and
//! that one is a difference.

use hannun_database::Layout;

/// The catalog's tables, as a database is brought up to them.
pub(super) const LAYOUT: Layout = Layout {
    version_table: "schema_migration",
    migrations: &[FIRST, TEXT_INDEX_AND_RETENTION],
    lock_key: 7_070_070,
};

/// Both are null in files that were written before.
const TEXT_INDEX_AND_RETENTION: &[&str] = &[
    "ALTER TABLE file ADD COLUMN retention_days BIGINT",
    "ALTER TABLE file ADD COLUMN text_index_json TEXT",
];

const FIRST: &[&str] = &[
    "CREATE TABLE lake_table (
        name TEXT NOT NULL PRIMARY KEY,
        current_schema_version BIGINT NOT NULL,
        retention_seconds BIGINT
    )",
    "CREATE TABLE schema_version (
        table_name TEXT NOT NULL REFERENCES lake_table (name),
        version BIGINT NOT NULL,
        columns_json TEXT NOT NULL,
        PRIMARY KEY (table_name, version)
    )",
    "CREATE TABLE file (
        id TEXT NOT NULL PRIMARY KEY,
        table_name TEXT NOT NULL REFERENCES lake_table (name),
        window_start BIGINT NOT NULL,
        path TEXT NOT NULL UNIQUE,
        row_count BIGINT NOT NULL,
        byte_count BIGINT NOT NULL,
        raw_byte_count BIGINT NOT NULL,
        min_time BIGINT NOT NULL,
        max_time BIGINT NOT NULL,
        level BIGINT NOT NULL,
        schema_version BIGINT NOT NULL,
        origin_json TEXT NOT NULL,
        field_ids_json TEXT NOT NULL,
        checksums_json TEXT NOT NULL
    )",
    "CREATE INDEX file_by_window ON file (table_name, window_start)",
    "CREATE TABLE file_column (
        file_id TEXT NOT NULL REFERENCES file (id) ON DELETE CASCADE,
        column_name TEXT NOT NULL,
        min_json TEXT,
        max_json TEXT,
        null_count BIGINT NOT NULL,
        distinct_values_json TEXT,
        PRIMARY KEY (file_id, column_name)
    )",
    "CREATE TABLE time_window (
        table_name TEXT NOT NULL REFERENCES lake_table (name),
        window_start BIGINT NOT NULL,
        file_count BIGINT NOT NULL,
        row_count BIGINT NOT NULL,
        byte_count BIGINT NOT NULL,
        PRIMARY KEY (table_name, window_start)
    )",
    "CREATE TABLE wal_checkpoint (
        node_id TEXT NOT NULL,
        table_name TEXT NOT NULL REFERENCES lake_table (name),
        wal_position BIGINT NOT NULL,
        PRIMARY KEY (node_id, table_name)
    )",
    "CREATE TABLE tombstone (
        file_id TEXT NOT NULL PRIMARY KEY,
        path TEXT NOT NULL,
        byte_count BIGINT NOT NULL,
        since_ms BIGINT NOT NULL
    )",
    "CREATE TABLE node (
        id TEXT NOT NULL PRIMARY KEY,
        started_ms BIGINT NOT NULL,
        last_seen_ms BIGINT NOT NULL,
        address TEXT NOT NULL
    )",
];
