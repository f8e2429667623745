//! What every catalog promises, held against SQLite and against a real PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

#[path = "../../database/tests/support/postgres.rs"]
mod postgres;
#[path = "support/records.rs"]
mod records;

use hannun_lake::catalog::{
    Catalog, CatalogError, CatalogState, Publish, Tombstone, WindowRow, sqlite_url,
};
use hannun_lake::file::{FileRecord, Origin};
use hannun_model::limits::WINDOW_SECONDS;
use postgres::Postgres;
use records::{Random, random_file};
use sqlx::{AnyConnection, Connection};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn publish(table: &str, previous: u64, checkpoint: u64, files: Vec<FileRecord>) -> Publish {
    let (node, table) = ("node-1".to_owned(), table.to_owned());
    Publish { node, table, previous, checkpoint, files, derived: Vec::new() }
}

fn key(table: &str) -> (String, String) {
    ("node-1".to_owned(), table.to_owned())
}

fn ids(files: &[&FileRecord]) -> Vec<String> {
    files.iter().map(|file| file.id.clone()).collect()
}

/// Runs every promise, each on a catalog of its own.
async fn suite(fresh: impl AsyncFn(&'static str) -> String) {
    what_is_published_is_loaded_after_reopening(&fresh("round_trip").await).await;
    a_checkpoint_conflict_changes_nothing(&fresh("checkpoint").await).await;
    a_failed_publish_leaves_nothing(&fresh("atomic").await).await;
    a_compaction_swaps_or_aborts(&fresh("compaction").await).await;
    dropped_files_become_tombstones_until_forgotten(&fresh("dropping").await).await;
    windows_are_always_the_sum_over_files(&fresh("windows").await).await;
    a_rebuild_replaces_everything(&fresh("rebuild").await).await;
    columns_of_a_version_never_change(&fresh("versions").await).await;
    a_newer_catalog_is_refused(&fresh("newer").await).await;
    two_handles_publish_side_by_side(&fresh("handles").await).await;
    of_two_equal_publishes_one_wins(&fresh("race").await).await;
    nodes_are_seen(&fresh("nodes").await).await;
}

async fn what_is_published_is_loaded_after_reopening(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    assert_eq!(catalog.load().await.unwrap(), CatalogState::default());
    let mut random = Random(1);
    let mut expected = CatalogState::default();
    for round in 0..20 {
        let mut request = publish("spans", round, round + 1, Vec::new());
        request.files = (0..random.below(4)).map(|_| random_file(&mut random, "spans")).collect();
        request.derived =
            (0..random.below(3)).map(|_| random_file(&mut random, "trace_index")).collect();
        catalog.publish(&request).await.unwrap();
        expected.files.extend(request.files.into_iter().chain(request.derived));
    }
    expected.files.sort_by(|left, right| left.id.cmp(&right.id));
    expected.checkpoints.insert(key("spans"), 20);
    assert_eq!(catalog.load().await.unwrap(), expected);
    catalog.close().await;
    let reopened = Catalog::open(url).await.unwrap();
    assert_eq!(reopened.load().await.unwrap(), expected);
    reopened.close().await;
}

async fn a_checkpoint_conflict_changes_nothing(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(2);
    let first = random_file(&mut random, "logs");
    catalog.publish(&publish("logs", 0, 10, vec![first])).await.unwrap();
    let before = catalog.load().await.unwrap();
    for (previous, checkpoint) in [(0, 20), (9, 20), (11, 20), (10, 9)] {
        let files = vec![random_file(&mut random, "logs")];
        let error =
            catalog.publish(&publish("logs", previous, checkpoint, files)).await.unwrap_err();
        assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    }
    let error = catalog.publish(&publish("spans", 5, 6, Vec::new())).await.unwrap_err();
    assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    assert_eq!(catalog.load().await.unwrap(), before);
    catalog.close().await;
}

async fn a_failed_publish_leaves_nothing(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(3);
    let file = random_file(&mut random, "spans");
    let other = random_file(&mut random, "spans");
    let repeated = publish("spans", 0, 10, vec![file.clone(), other.clone(), file.clone()]);
    let error = catalog.publish(&repeated).await.unwrap_err();
    assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    assert_eq!(catalog.load().await.unwrap(), CatalogState::default());
    assert_eq!(catalog.windows("spans").await.unwrap(), []);
    catalog.publish(&publish("spans", 0, 10, vec![file, other])).await.unwrap();
    assert_eq!(catalog.load().await.unwrap().files.len(), 2);
    catalog.close().await;
}

async fn a_compaction_swaps_or_aborts(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(4);
    let mut make = |table: &str, window: i64, rows: u64| {
        let mut file = random_file(&mut random, table);
        (file.window_start, file.rows) = (window * WINDOW_SECONDS, rows);
        file
    };
    let (first, second) = (make("spans", 1, 5), make("spans", 1, 7));
    let (later, log) = (make("spans", 2, 9), make("logs", 1, 9));
    let live = vec![first.clone(), second.clone(), later.clone()];
    catalog.publish(&publish("spans", 0, 1, live)).await.unwrap();
    catalog.publish(&publish("logs", 0, 1, vec![log.clone()])).await.unwrap();
    let before = catalog.load().await.unwrap();
    let mut output = make("spans", 1, 12);
    output.origin = Origin::Compaction { inputs: ids(&[&first, &second]), checkpoint: 1 };
    let grown = FileRecord { rows: 13, ..output.clone() };
    for (inputs, output) in [
        (ids(&[&first, &later]), &output),
        (ids(&[&first, &log]), &output),
        (ids(&[&first, &first]), &output),
        (vec![first.id.clone(), "unknown".to_owned()], &output),
        (ids(&[&first, &second]), &grown),
        (Vec::new(), &output),
    ] {
        let error = catalog.compact(&inputs, output, 99).await.unwrap_err();
        assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
        assert_eq!(catalog.load().await.unwrap(), before);
    }
    catalog.compact(&ids(&[&first, &second]), &output, 99).await.unwrap();
    let after = catalog.load().await.unwrap();
    let mut expected = vec![later, log, output.clone()];
    expected.sort_by(|left, right| left.id.cmp(&right.id));
    assert_eq!(after.files, expected);
    assert_eq!(after.tombstones, tombstones_of(&[&first, &second], 99));
    assert_eq!(after.checkpoints, before.checkpoints);
    let error = catalog.compact(&ids(&[&first]), &output, 100).await.unwrap_err();
    assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    catalog.close().await;
}

fn tombstones_of(files: &[&FileRecord], since_ms: i64) -> Vec<Tombstone> {
    let tombstone = |file: &&FileRecord| Tombstone {
        id: file.id.clone(),
        path: file.path.clone(),
        bytes: file.bytes,
        since_ms,
    };
    let mut tombstones: Vec<Tombstone> = files.iter().map(tombstone).collect();
    tombstones.sort_by(|left, right| left.id.cmp(&right.id));
    tombstones
}

async fn dropped_files_become_tombstones_until_forgotten(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(5);
    let files: Vec<_> = (0..3).map(|_| random_file(&mut random, "logs")).collect();
    catalog.publish(&publish("logs", 0, 1, files.clone())).await.unwrap();
    let [first, second, third] = files.as_slice() else { panic!("three files") };
    let mut dropped = ids(&[first, second]);
    dropped.push("unknown".to_owned());
    catalog.drop_files(&dropped, 77).await.unwrap();
    catalog.drop_files(&dropped, 78).await.unwrap();
    let state = catalog.load().await.unwrap();
    assert_eq!(state.files, std::slice::from_ref(third));
    assert_eq!(state.tombstones, tombstones_of(&[first, second], 77));
    catalog.forget_tombstones(&[first.id.clone(), "unknown".to_owned()]).await.unwrap();
    assert_eq!(catalog.load().await.unwrap().tombstones, tombstones_of(&[second], 77));
    catalog.close().await;
}

/// The totals as they must be.
fn windows_of(files: &[FileRecord], table: &str) -> Vec<WindowRow> {
    let mut windows = BTreeMap::new();
    for file in files.iter().filter(|file| file.table == table) {
        let window = windows.entry(file.window_start).or_insert_with(|| WindowRow {
            table: table.to_owned(),
            window_start: file.window_start,
            files: 0,
            rows: 0,
            bytes: 0,
        });
        window.files += 1;
        window.rows += file.rows;
        window.bytes += file.bytes;
    }
    windows.into_values().collect()
}

async fn windows_are_always_the_sum_over_files(url: &str) {
    const TABLES: [&str; 2] = ["spans", "logs"];
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(6);
    let mut model: Vec<FileRecord> = Vec::new();
    let mut checkpoints = BTreeMap::from([("spans", 0), ("logs", 0)]);
    for _ in 0..120 {
        let table = TABLES[random.index(2)];
        let of_table: Vec<_> = model.iter().filter(|file| file.table == table).cloned().collect();
        let operation = random.below(6);
        if operation <= 2 || of_table.is_empty() {
            let files: Vec<_> =
                (0..=random.below(3)).map(|_| random_file(&mut random, table)).collect();
            let checkpoint = checkpoints.get_mut(table).unwrap();
            let request = publish(table, *checkpoint, *checkpoint + 3, files.clone());
            *checkpoint += 3;
            catalog.publish(&request).await.unwrap();
            model.extend(files);
        } else if operation <= 4 {
            let window_start = of_table[random.index(of_table.len())].window_start;
            let inputs: Vec<_> =
                of_table.iter().filter(|file| file.window_start == window_start).collect();
            let mut output = random_file(&mut random, table);
            output.window_start = window_start;
            output.rows = inputs.iter().map(|file| file.rows).sum();
            catalog.compact(&ids(&inputs), &output, 1).await.unwrap();
            model.retain(|file| file.table != table || file.window_start != window_start);
            model.push(output);
        } else {
            let dropped = &of_table[random.index(of_table.len())];
            catalog.drop_files(&ids(&[dropped]), 1).await.unwrap();
            model.retain(|file| file.id != dropped.id);
        }
        for table in TABLES {
            assert_eq!(catalog.windows(table).await.unwrap(), windows_of(&model, table));
        }
    }
    model.sort_by(|left, right| left.id.cmp(&right.id));
    assert_eq!(catalog.load().await.unwrap().files, model);
    catalog.close().await;
}

async fn a_rebuild_replaces_everything(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    let mut random = Random(7);
    let old: Vec<_> = (0..3).map(|_| random_file(&mut random, "logs")).collect();
    catalog.publish(&publish("logs", 0, 9, old.clone())).await.unwrap();
    catalog.drop_files(&ids(&[&old[0]]), 5).await.unwrap();
    catalog.set_schema_version("logs", 3, "[]").await.unwrap();
    let mut state = CatalogState::default();
    for table in ["spans", "metric_points"] {
        state.files.extend((0..4).map(|_| random_file(&mut random, table)));
        state.checkpoints.insert(key(table), random.below(1000));
        state.schema_versions.insert(table.to_owned(), 2);
        state.schema_columns.insert((table.to_owned(), 2), format!("[\"{table}\"]"));
    }
    state.files.push(old[1].clone());
    state.files.sort_by(|left, right| left.id.cmp(&right.id));
    state.tombstones = tombstones_of(&[&old[2]], 6);
    catalog.replace_all(&state).await.unwrap();
    assert_eq!(catalog.load().await.unwrap(), state);
    for table in ["spans", "logs", "metric_points"] {
        assert_eq!(catalog.windows(table).await.unwrap(), windows_of(&state.files, table));
    }
    let mut broken = state.clone();
    broken.files.push(old[1].clone());
    let error = catalog.replace_all(&broken).await.unwrap_err();
    assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    assert_eq!(catalog.load().await.unwrap(), state);
    catalog.close().await;
}

async fn columns_of_a_version_never_change(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    catalog.set_schema_version("spans", 1, "[\"a\"]").await.unwrap();
    catalog.set_schema_version("spans", 2, "[\"a\",\"b\"]").await.unwrap();
    catalog.set_schema_version("spans", 1, "[\"a\"]").await.unwrap();
    let error = catalog.set_schema_version("spans", 2, "[\"c\"]").await.unwrap_err();
    assert!(matches!(error, CatalogError::Conflict(_)), "{error}");
    let expected = BTreeMap::from([
        (("spans".to_owned(), 1), "[\"a\"]".to_owned()),
        (("spans".to_owned(), 2), "[\"a\",\"b\"]".to_owned()),
    ]);
    let state = catalog.load().await.unwrap();
    assert_eq!(state.schema_columns, expected);
    assert_eq!(state.schema_versions, BTreeMap::from([("spans".to_owned(), 2)]));
    catalog.close().await;
}

async fn a_newer_catalog_is_refused(url: &str) {
    Catalog::open(url).await.unwrap().close().await;
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let insert = "INSERT INTO schema_migration (version) VALUES (99)";
    sqlx::query(insert).execute(&mut connection).await.unwrap();
    let error = Catalog::open(url).await.expect_err("a newer catalog");
    assert!(matches!(error, CatalogError::Newer(_)), "{error}");
    assert!(error.to_string().contains("format 99"), "{error}");
    let delete = "DELETE FROM schema_migration WHERE version = 99";
    sqlx::query(delete).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Catalog::open(url).await.unwrap().close().await;
}

async fn two_handles_publish_side_by_side(url: &str) {
    const ROUNDS: u64 = 15;
    let (one, two) = tokio::join!(Catalog::open(url), Catalog::open(url));
    let (one, two) = (one.unwrap(), two.unwrap());
    let publish_all = async |catalog: &Catalog, table: &str, seed: u64| {
        let mut random = Random(seed);
        for round in 0..ROUNDS {
            let mut request = publish(table, round, round + 1, Vec::new());
            request.files = vec![random_file(&mut random, table)];
            // Both write the same windows of this table.
            request.derived = vec![random_file(&mut random, "trace_index")];
            catalog.publish(&request).await.unwrap();
        }
    };
    tokio::join!(publish_all(&one, "spans", 10), publish_all(&two, "logs", 11));
    let state = one.load().await.unwrap();
    assert_eq!(two.load().await.unwrap(), state);
    assert_eq!(state.files.len() as u64, 4 * ROUNDS);
    assert_eq!(state.checkpoints, BTreeMap::from([(key("spans"), ROUNDS), (key("logs"), ROUNDS)]));
    let windows = one.windows("trace_index").await.unwrap();
    assert_eq!(windows, windows_of(&state.files, "trace_index"));
    tokio::join!(one.close(), two.close());
}

async fn of_two_equal_publishes_one_wins(url: &str) {
    let one = Catalog::open(url).await.unwrap();
    let two = Catalog::open(url).await.unwrap();
    let mut random = Random(12);
    for round in 0..10 {
        let left = publish("logs", round, round + 1, vec![random_file(&mut random, "logs")]);
        let right = publish("logs", round, round + 1, vec![random_file(&mut random, "logs")]);
        let (left, right) = tokio::join!(one.publish(&left), two.publish(&right));
        let errors: Vec<_> = [left, right].into_iter().filter_map(Result::err).collect();
        assert!(matches!(errors.as_slice(), [CatalogError::Conflict(_)]), "{errors:?}");
    }
    assert_eq!(one.load().await.unwrap().files.len(), 10);
    tokio::join!(one.close(), two.close());
}

async fn nodes_are_seen(url: &str) {
    let catalog = Catalog::open(url).await.unwrap();
    catalog.heartbeat("b", "10.0.0.2:7070", 5).await.unwrap();
    catalog.heartbeat("a", "10.0.0.1:7070", 6).await.unwrap();
    catalog.heartbeat("b", "10.0.0.3:7070", 9).await.unwrap();
    let nodes = catalog.nodes().await.unwrap();
    let seen: Vec<_> = nodes
        .iter()
        .map(|node| (node.id.as_str(), node.started_ms, node.last_seen_ms, node.address.as_str()))
        .collect();
    assert_eq!(seen, [("a", 6, 6, "10.0.0.1:7070"), ("b", 5, 9, "10.0.0.3:7070")]);
    catalog.close().await;
}

fn sqlite_file() -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.sqlite");
    let url = sqlite_url(&path);
    (folder, path, url)
}

#[tokio::test]
async fn sqlite_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    suite(async |name| {
        let path = folder.path().join(format!("{name} 카탈로그.sqlite"));
        std::fs::File::create(&path).unwrap();
        sqlite_url(&path)
    })
    .await;
}

#[tokio::test]
async fn postgresql_keeps_every_promise() {
    let Some(server) = Postgres::start().await else { return };
    suite(async |name| server.create_database(name).await).await;
}

#[tokio::test]
async fn a_missing_sqlite_file_and_its_folder_are_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data").join("catalog.sqlite");
    let catalog = Catalog::open(&sqlite_url(&path)).await.unwrap();
    assert_eq!(catalog.load().await.unwrap(), CatalogState::default());
    catalog.close().await;
    assert!(path.exists());
}

#[tokio::test]
async fn a_locked_sqlite_file_is_busy_and_works_afterwards() {
    let (_folder, _, url) = sqlite_file();
    let catalog = Catalog::open(&url).await.unwrap();
    let mut other = AnyConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let request = publish("logs", 0, 1, vec![random_file(&mut Random(1), "logs")]);
    let started = Instant::now();
    let (publishing, opening) = tokio::join!(catalog.publish(&request), Catalog::open(&url));
    for error in [publishing.err(), opening.err()] {
        let error = error.expect("the file is locked");
        assert!(matches!(error, CatalogError::Busy(_)), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    catalog.publish(&request).await.unwrap();
    assert_eq!(catalog.load().await.unwrap().files, request.files);
    catalog.close().await;
}

#[tokio::test]
async fn a_deleted_sqlite_file_is_gone_rather_than_silently_written() {
    let (_folder, path, url) = sqlite_file();
    let catalog = Catalog::open(&url).await.unwrap();
    let request = publish("logs", 0, 1, vec![random_file(&mut Random(1), "logs")]);
    catalog.publish(&request).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let publishing = catalog.publish(&publish("logs", 1, 2, Vec::new())).await.unwrap_err();
    let loading = catalog.load().await.unwrap_err();
    // Another file of that name is not the catalog either.
    std::fs::write(&path, "").unwrap();
    let replaced = catalog.load().await.unwrap_err();
    for error in [publishing, loading, replaced] {
        assert!(matches!(error, CatalogError::Gone(_)), "{error}");
        assert!(error.to_string().contains("catalog.sqlite"), "{error}");
    }
    catalog.close().await;
}

#[tokio::test]
async fn a_catalog_created_anew_ignores_what_the_removed_one_left() {
    let (_folder, path, url) = sqlite_file();
    let catalog = Catalog::open(&url).await.unwrap();
    let request = publish("logs", 0, 1, vec![random_file(&mut Random(1), "logs")]);
    catalog.publish(&request).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let anew = Catalog::open(&url).await.unwrap();
    assert_eq!(anew.load().await.unwrap(), CatalogState::default());
    anew.publish(&request).await.unwrap();
    catalog.close().await;
    assert_eq!(anew.load().await.unwrap().files, request.files);
    anew.close().await;
}

#[tokio::test]
async fn garbage_is_told_as_damage_with_the_way_out() {
    let (_folder, path, url) = sqlite_file();
    std::fs::write(&path, "this is not a database\n".repeat(1000)).unwrap();
    let error = Catalog::open(&url).await.expect_err("garbage");
    assert!(matches!(error, CatalogError::Corrupt(_)), "{error}");
    assert!(error.to_string().contains("hannun doctor --rebuild-catalog"), "{error}");
}

#[tokio::test]
async fn a_damaged_page_is_found_when_opening() {
    let (_folder, path, url) = sqlite_file();
    let catalog = Catalog::open(&url).await.unwrap();
    let files = (0..50).map(|seed| random_file(&mut Random(seed), "logs")).collect();
    catalog.publish(&publish("logs", 0, 1, files)).await.unwrap();
    catalog.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let error = Catalog::open(&url).await.expect_err("a damaged page");
    assert!(matches!(error, CatalogError::Corrupt(_)), "{error}");
}
