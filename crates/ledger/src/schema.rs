//! The tables of the ledger.
//!
//! One text for SQLite and PostgreSQL: whole numbers are `BIGINT`, everything else is `TEXT`. The
//! names do not meet those of the lake's catalog, so one PostgreSQL database can hold both.

use hannun_database::Layout;

pub(crate) const LAYOUT: Layout =
    Layout { version_table: "ledger_migration", migrations: &[FIRST], lock_key: 7_070_071 };

const FIRST: &[&str] = &[
    // `name_key` is the name in lower case. Without a hash there is no password yet.
    "CREATE TABLE ledger_user (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        disabled BIGINT NOT NULL,
        password_hash TEXT,
        created_ms BIGINT NOT NULL,
        last_seen_ms BIGINT
    )",
    // The owner's link has no user yet.
    "CREATE TABLE ledger_link (
        token_hash TEXT NOT NULL PRIMARY KEY,
        purpose TEXT NOT NULL,
        user_id TEXT REFERENCES ledger_user (id),
        expires_ms BIGINT NOT NULL
    )",
    "CREATE TABLE ledger_session (
        token_hash TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES ledger_user (id),
        created_ms BIGINT NOT NULL,
        last_seen_ms BIGINT NOT NULL
    )",
    "CREATE INDEX ledger_session_by_user ON ledger_session (user_id)",
    "CREATE TABLE ledger_key (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        role TEXT,
        secret_hash TEXT NOT NULL UNIQUE,
        prefix TEXT NOT NULL,
        created_ms BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        created_by_id TEXT,
        last_used_ms BIGINT,
        expires_ms BIGINT,
        revoked_ms BIGINT
    )",
    "CREATE TABLE document_revision (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        revision BIGINT NOT NULL,
        author TEXT NOT NULL,
        time_ms BIGINT NOT NULL,
        message TEXT,
        source TEXT,
        deleted BIGINT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (kind, id, revision)
    )",
    // Which revision counts, and which one a source applied last.
    "CREATE TABLE document_head (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        revision BIGINT NOT NULL,
        deleted BIGINT NOT NULL,
        body_bytes BIGINT NOT NULL,
        applied_source TEXT,
        applied_revision BIGINT,
        PRIMARY KEY (kind, id),
        FOREIGN KEY (kind, id, revision) REFERENCES document_revision (kind, id, revision)
    )",
    "CREATE TABLE ledger_audit (
        id BIGINT NOT NULL PRIMARY KEY,
        time_ms BIGINT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
    )",
];
