//! Opening: several at once, on a new file, while others hold it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use hannun_database::{Database, DatabaseError, Layout, sqlite_url};
use sqlx::{AnyConnection, Connection, Row};
use std::path::Path;
use std::time::Duration;

const LAYOUT: Layout = Layout {
    version_table: "note_migration",
    migrations: &[&["CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY)"]],
    lock_key: 1,
};
const OPENERS: i64 = 4;

async fn open_and_write(url: String, id: i64) -> Result<Database, DatabaseError> {
    let database = Database::open(&url, LAYOUT).await?;
    let mut write = database.begin_write().await?;
    sqlx::query("INSERT INTO note (id) VALUES ($1)").bind(id).execute(write.connection()).await?;
    write.commit().await?;
    Ok(database)
}

/// Every opener gets in, and no row of any is lost.
async fn open_side_by_side(path: &Path) {
    let url = sqlite_url(path);
    let tasks: Vec<_> =
        (0..OPENERS).map(|id| tokio::spawn(open_and_write(url.clone(), id))).collect();
    let mut databases = Vec::new();
    for task in tasks {
        databases.push(task.await.unwrap().unwrap());
    }
    let mut read = databases[0].begin_read().await.unwrap();
    let rows = sqlx::query("SELECT COUNT(*) FROM note").fetch_one(&mut *read).await.unwrap();
    assert_eq!(rows.get::<i64, _>(0), OPENERS);
    read.commit().await.unwrap();
    for database in databases {
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_openers_of_an_empty_file_all_get_in() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let path = folder.path().join(format!("{round}.sqlite"));
        std::fs::File::create(&path).unwrap();
        open_side_by_side(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_openers_of_a_missing_file_all_get_in() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..50 {
        open_side_by_side(&folder.path().join(format!("{round}.sqlite"))).await;
    }
}

#[tokio::test]
async fn the_switch_to_the_write_ahead_log_waits_for_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.sqlite");
    std::fs::File::create(&path).unwrap();
    let url = sqlite_url(&path);
    sqlx::any::install_default_drivers();
    let mut other = AnyConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE; CREATE TABLE other (id BIGINT)")
        .execute(&mut other)
        .await
        .unwrap();
    let mut opening = Box::pin(Database::open(&url, LAYOUT));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut opening).await;
    assert!(early.is_err(), "did not wait for the lock: {early:?}");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    opening.await.unwrap().close().await;
    other.close().await.unwrap();
}
