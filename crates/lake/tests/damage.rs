//! What becomes of data files that the disk gives back differently than it was given them.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use arrow::array::RecordBatch;
use bytes::Bytes;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::collect;
use hannun_lake::append::{Append, Sink};
use hannun_lake::clock::{Clock, SystemClock};
use hannun_lake::file::CHECKSUM_BLOCK_BYTES;
use hannun_lake::maintain;
use hannun_lake::scan::{RowChoices, Scan, plan_scan, register_store};
use hannun_lake::state::FileHandle;
use hannun_lake::{Lake, LakeOptions};
use hannun_model::batch::BatchBuilder;
use hannun_model::limits::WINDOW_SECONDS;
use hannun_model::table::{Table, logs};
use object_store::ObjectStoreExt;
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::path::{Path, PathBuf};

const ROWS: usize = 300;

fn options(folder: &Path) -> LakeOptions {
    LakeOptions { background: false, ..LakeOptions::new(folder, 1 << 30) }
}

/// Text that hardly compresses, so that files have several blocks.
fn noise(seed: u64) -> String {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + (state >> 57) as u8 % 90)
    };
    (0..1000).map(|_| next()).collect()
}

/// Publishes a file of log records in the window that began `windows` windows ago.
async fn publish(lake: &Lake, windows: i64, seed: u64, with_severity: bool) {
    let now_seconds = i64::try_from(SystemClock.now_ms() / 1000).unwrap();
    let start = (now_seconds / WINDOW_SECONDS - windows) * WINDOW_SECONDS;
    let mut builder = BatchBuilder::new(Table::Logs);
    for row in 0..ROWS {
        builder.start_row();
        builder.set_int(logs::TIME, start * 1_000_000_000 + i64::try_from(row).unwrap());
        builder.set_text(logs::SERVICE_NAME, "checkout");
        builder.set_text(logs::BODY, &noise(seed * 10_000 + row as u64));
        if with_severity {
            builder.set_text(logs::SEVERITY_TEXT, "WARN");
        }
    }
    let append = Append { batches: vec![builder.finish().unwrap()], content_hash: seed.into() };
    lake.append(append).await.unwrap();
    maintain::publish(lake.shared(), Table::Logs).await.unwrap();
}

fn files(lake: &Lake) -> Vec<FileHandle> {
    lake.shared().state.files(Table::Logs)
}

fn on_disk(folder: &Path, file: &FileHandle) -> PathBuf {
    folder.join("data").join(&file.path)
}

fn flip(path: &Path, at: usize, bit: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1 << bit;
    std::fs::write(path, bytes).unwrap();
}

async fn scan(lake: &Lake, files: &[FileHandle]) -> Result<Vec<RecordBatch>, DataFusionError> {
    let runtime = RuntimeEnvBuilder::new().build_arc()?;
    register_store(&runtime, &lake.shared().store)?;
    let plan = plan_scan(Scan {
        table: Table::Logs,
        schema: Table::Logs.schema(),
        groups: vec![files.to_vec()],
        projection: None,
        predicate: None,
        push_down_filters: true,
        limit: None,
        ordered: false,
        footers: None,
        choices: RowChoices::default(),
    })?;
    collect(plan, TaskContext::default().with_runtime(runtime).into()).await
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// Whether a scan of all columns has to read this block.
fn holds_rows(bytes: &Bytes, block: usize) -> bool {
    let block = block * CHECKSUM_BLOCK_BYTES..(block + 1) * CHECKSUM_BLOCK_BYTES;
    let reader = SerializedFileReader::new(bytes.clone()).unwrap();
    block.contains(&(bytes.len() - 1))
        || reader.metadata().row_groups().iter().flat_map(|group| group.columns()).any(|column| {
            let (start, length) = column.byte_range();
            (start as usize) < block.end && block.start < (start + length) as usize
        })
}

#[test]
fn a_flipped_bit_anywhere_fails_the_scan_and_neighbours_still_answer() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lake = runtime.block_on(async {
        let lake = Lake::open(options(folder.path())).await.unwrap();
        publish(&lake, 3, 1, true).await;
        publish(&lake, 5, 2, true).await;
        lake
    });
    let (damaged, neighbour) = (&files(&lake)[..1], &files(&lake)[1..]);
    let path = on_disk(folder.path(), &damaged[0]);
    let bytes = Bytes::from(std::fs::read(&path).unwrap());
    assert!(bytes.len() > 3 * CHECKSUM_BLOCK_BYTES, "several blocks: {}", bytes.len());
    let whole = runtime.block_on(scan(&lake, damaged)).unwrap();
    let beside = runtime.block_on(scan(&lake, neighbour)).unwrap();
    assert_eq!((rows(&whole), rows(&beside)), (ROWS, ROWS));
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(40) });
    let anywhere = (0..bytes.len(), 0u8..8);
    let property = |(at, bit): (usize, u8)| {
        flip(&path, at, bit);
        let block = at / CHECKSUM_BLOCK_BYTES;
        let expected = format!("file {} is damaged: block {block}", damaged[0].path);
        let scanned = runtime.block_on(scan(&lake, damaged));
        match scanned {
            Ok(found) => {
                prop_assert!(!holds_rows(&bytes, block), "block {} was not checked", block);
                prop_assert_eq!(&found, &whole);
            }
            Err(error) => prop_assert!(error.to_string().contains(&expected), "{}", error),
        }
        let store = lake.shared().store.object_store();
        let object = object_store::path::Path::from(damaged[0].path.as_str());
        let read = runtime.block_on(store.get_range(&object, at as u64..at as u64 + 1));
        prop_assert!(read.unwrap_err().to_string().contains(&expected));
        prop_assert_eq!(lake.shared().store.take_damaged(), vec![damaged[0].path.clone()]);
        prop_assert_eq!(&runtime.block_on(scan(&lake, neighbour)).unwrap(), &beside);
        flip(&path, at, bit);
        Ok(())
    };
    runner.run(&anywhere, property).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_its_loss_named() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(options(folder.path())).await.unwrap();
    for (windows, seed) in [(3, 1), (5, 2), (7, 3)] {
        publish(&lake, windows, seed, false).await;
    }
    let all = files(&lake);
    let damaged = all[1].clone();
    let path = on_disk(folder.path(), &damaged);
    flip(&path, CHECKSUM_BLOCK_BYTES + 5, 3);
    let bytes = std::fs::read(&path).unwrap();
    let error = scan(&lake, &all).await.unwrap_err().to_string();
    assert!(error.contains(&format!("file {} is damaged: block 1", damaged.path)), "{error}");

    for _ in 0..2 {
        maintain::maintain_once(lake.shared()).await.unwrap();
        let losses = lake.shared().losses.list();
        assert_eq!(losses.len(), 1, "a loss is named once");
        assert_eq!(losses[0].what, damaged.path);
        assert!(losses[0].extent.starts_with("300 rows of logs in the window from "));
        assert!(losses[0].extent.contains("is damaged: block 1"), "{}", losses[0].extent);
    }
    assert!(!path.exists());
    let aside = format!("quarantine/{}.damaged", damaged.path.replace('/', "_"));
    let aside = folder.path().join("data").join(aside);
    assert_eq!(std::fs::read(&aside).unwrap(), bytes, "the damaged bytes are kept");
    let left = files(&lake);
    assert_eq!(left.len(), 2);
    assert_eq!(rows(&scan(&lake, &left).await.unwrap()), 2 * ROWS);
    lake.close().await.unwrap();
    drop(lake);

    let lake = Lake::open(options(folder.path())).await.unwrap();
    assert_eq!(files(&lake).len(), 2);
    assert!(aside.exists());
    flip(&on_disk(folder.path(), &files(&lake)[0]), 100, 0);
    let error = scan(&lake, &files(&lake)).await.unwrap_err().to_string();
    assert!(error.contains("is damaged: block 0"), "files of the catalog are checked: {error}");
}

#[tokio::test]
async fn a_misread_that_does_not_come_back_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(options(folder.path())).await.unwrap();
    publish(&lake, 3, 1, false).await;
    let path = on_disk(folder.path(), &files(&lake)[0]);
    flip(&path, 7, 7);
    scan(&lake, &files(&lake)).await.unwrap_err();
    flip(&path, 7, 7);
    maintain::maintain_once(lake.shared()).await.unwrap();
    assert_eq!(rows(&scan(&lake, &files(&lake)).await.unwrap()), ROWS);
    assert_eq!(lake.shared().losses.list(), Vec::new());
}

#[tokio::test]
async fn a_file_that_cannot_be_read_for_a_while_is_not_taken_for_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(options(folder.path())).await.unwrap();
    publish(&lake, 3, 1, false).await;
    publish(&lake, 3, 2, false).await;
    let path = on_disk(folder.path(), &files(&lake)[0]);
    let away = folder.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    maintain::maintain_once(lake.shared()).await.unwrap_err();
    assert_eq!(files(&lake).len(), 2, "both are still known");
    assert_eq!(lake.shared().losses.list(), Vec::new());
    std::fs::rename(&away, &path).unwrap();
    assert!(maintain::maintain_once(lake.shared()).await.unwrap(), "the window was merged");
    assert_eq!(rows(&scan(&lake, &files(&lake)).await.unwrap()), 2 * ROWS);
}

#[tokio::test]
async fn checksums_and_columns_are_those_of_the_stored_file() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(options(folder.path())).await.unwrap();
    publish(&lake, 3, 1, false).await;
    publish(&lake, 3, 2, true).await;
    let check = |file: &FileHandle| {
        let bytes = std::fs::read(on_disk(folder.path(), file)).unwrap();
        let blocks = bytes.chunks(64 * 1024).map(crc32c::crc32c);
        assert_eq!(file.checksums, blocks.collect::<Vec<_>>());
        assert_eq!(file.bytes, bytes.len() as u64);
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let fields = reader.metadata().file_metadata().schema().get_fields().to_vec();
        let ids = fields.iter().map(|field| field.get_basic_info().id());
        assert_eq!(file.field_ids, ids.collect::<Vec<_>>());
    };
    let inputs = files(&lake);
    inputs.iter().for_each(check);
    assert!(maintain::maintain_once(lake.shared()).await.unwrap(), "the window was merged");
    let outputs = files(&lake);
    assert_eq!((inputs.len(), outputs.len()), (2, 1));
    outputs.iter().for_each(check);
    assert_eq!(outputs[0].field_ids, inputs[1].field_ids, "a column that one input has is kept");
    assert_eq!(rows(&scan(&lake, &outputs).await.unwrap()), 2 * ROWS);
    lake.close().await.unwrap();
    drop(lake);
    let lake = Lake::open(options(folder.path())).await.unwrap();
    assert_eq!(files(&lake), outputs, "the catalog gives back what it was given");
}
