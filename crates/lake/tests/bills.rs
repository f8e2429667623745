//! Snapshots of bills: what a crash, a newer delivery and damage do to them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, TimestampNanosecondArray};
use arrow::datatypes::Schema;
use hannun_lake::bills::snapshot::{InputFile, SnapshotRecord};
use hannun_lake::bills::staging::{Checkpoint, DeliveryKey};
use hannun_lake::bills::{BillStore, Staging};
use hannun_lake::losses::Losses;
use hannun_lake::options::Faults;
use hannun_lake::{LakeError, LakeOptions, doctor};
use hannun_model::cost::{self, COLUMNS, CostTable};
use hannun_model::limits::{BILL_VERSION_RECORDS_MAX, BILL_VERSIONS_MAX};
use hannun_model::money::{PRECISION, SCALE};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HOUR_NS: i64 = 3_600_000_000_000;

fn open(folder: &Path, faults: Faults) -> Arc<BillStore> {
    let options = LakeOptions::new(folder, 1 << 30);
    Arc::new(BillStore::open(&options, faults, &Losses::open(folder)).unwrap())
}

fn key(manifest_id: &str) -> DeliveryKey {
    DeliveryKey {
        source: "aws".into(),
        period_start_ms: 0,
        manifest_id: manifest_id.into(),
        assumed_currency: None,
    }
}

/// So many lines that cost one each.
fn lines(count: usize) -> RecordBatch {
    let ones = Decimal128Array::from_iter_values(std::iter::repeat_n(10i128.pow(SCALE), count));
    let ones = ones.with_precision_and_scale(PRECISION, SCALE as i8).unwrap();
    let hours = (0..count as i64).map(|hour| hour % 700 * HOUR_NS);
    let hours = TimestampNanosecondArray::from_iter_values(hours).with_timezone("UTC");
    let schema = Schema::new(vec![
        COLUMNS[cost::CHARGE_PERIOD_START].field(),
        COLUMNS[cost::EFFECTIVE_COST].field(),
    ]);
    let columns: Vec<ArrayRef> = vec![Arc::new(hours), Arc::new(ones)];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

/// Writes the files of a delivery that are not in its checkpoint yet, one checkpoint after each.
fn read_on(staging: &mut Staging, inputs: &[usize]) -> Result<(), LakeError> {
    for (index, rows) in inputs.iter().enumerate() {
        let name = format!("part-{index}");
        let mut checkpoint: Checkpoint = staging.checkpoint().clone();
        if checkpoint.inputs.iter().any(|input| input.name == name) {
            continue;
        }
        let mut writer = staging.writer(CostTable::Lines);
        writer.write(&lines(*rows))?;
        checkpoint.files.extend(writer.end()?);
        checkpoint.inputs.push(InputFile { name, bytes: 1, rows: *rows as u64 });
        staging.save(checkpoint)?;
    }
    Ok(())
}

fn import(store: &Arc<BillStore>, manifest_id: &str, inputs: &[usize]) -> Result<(), LakeError> {
    let mut staging = store.stage(&key(manifest_id))?;
    read_on(&mut staging, inputs)?;
    let checkpoint = staging.checkpoint();
    let record = SnapshotRecord {
        id: staging.id().to_owned(),
        source: "aws".into(),
        manifest_id: manifest_id.into(),
        inputs: checkpoint.inputs.clone(),
        rows: inputs.iter().map(|rows| *rows as u64).sum(),
        files: checkpoint.files.clone(),
        ..SnapshotRecord::default()
    };
    staging.commit(record, &serde_json::json!({"of": manifest_id}))?;
    Ok(())
}

/// Rows that the files of the current snapshot have, read from disk.
fn rows_on_disk(store: &BillStore) -> usize {
    let view = store.view();
    let files = view.files(CostTable::Lines);
    files
        .iter()
        .map(|pinned| {
            let file = File::open(store.folder().join(&pinned.file().path)).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            reader.map(|records| records.unwrap().num_rows()).sum::<usize>()
        })
        .sum()
}

fn current(store: &BillStore) -> Option<String> {
    let view = store.view();
    view.current_of("aws", 0).map(|snapshot| snapshot.record.manifest_id.clone())
}

/// Files below the folder of bills, without those of an import that can go on.
fn files_of_snapshots(folder: &Path) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("bills")).unwrap() {
        let path = entry.unwrap().path();
        if path.join("snapshot.json").exists() {
            let files = std::fs::read_dir(&path).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            count += names.filter(|name| name.ends_with(".parquet")).count();
        }
    }
    count
}

#[test]
fn a_crash_at_any_step_leaves_one_whole_snapshot_and_the_next_try_completes_it() {
    let inputs = [500, 1, 2000];
    let mut steps = 0;
    for crash_at in 0.. {
        let folder = tempfile::tempdir().unwrap();
        import(&open(folder.path(), Faults::default()), "first", &[700]).unwrap();
        let passed = Arc::new(AtomicUsize::new(0));
        let counted = passed.clone();
        let faults = Faults::new(move |_| counted.fetch_add(1, Ordering::Relaxed) != crash_at);
        let result = import(&open(folder.path(), faults), "second", &inputs);
        // What the process would find when it is started again.
        let store = open(folder.path(), Faults::default());
        match current(&store).as_deref() {
            Some("first") => assert_eq!(rows_on_disk(&store), 700, "I11: crash at step {crash_at}"),
            Some("second") => {
                assert_eq!(rows_on_disk(&store), 2501, "I11: crash at step {crash_at}")
            }
            other => panic!("crash at step {crash_at} left {other:?}"),
        }
        if result.is_ok() {
            assert_eq!(current(&store).as_deref(), Some("second"));
            steps = crash_at;
            break;
        }
        if current(&store).as_deref() == Some("first") {
            let resumed = store.stage(&key("second")).unwrap();
            let done = resumed.checkpoint().inputs.len();
            assert!(done <= inputs.len(), "crash at step {crash_at}");
            drop(resumed);
            import(&store, "second", &inputs).unwrap();
        }
        assert_eq!(current(&store).as_deref(), Some("second"), "crash at step {crash_at}");
        assert_eq!(rows_on_disk(&store), 2501, "crash at step {crash_at}");
        let again = open(folder.path(), Faults::default());
        assert_eq!(rows_on_disk(&again), 2501, "crash at step {crash_at}");
        assert_eq!(
            again.totals(again.view().current().next().unwrap().record.id.as_str()).unwrap()["of"],
            "second"
        );
        assert_eq!(files_of_snapshots(folder.path()), 4, "crash at step {crash_at}");
        let folders = std::fs::read_dir(folder.path().join("bills")).unwrap().count();
        assert_eq!(folders, 2, "nothing half-imported is left: crash at step {crash_at}");
    }
    assert!(steps >= 10, "only {steps} steps were crashed at");
}

#[test]
fn an_import_goes_on_where_it_was_interrupted_and_never_with_another_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Faults::default());
    let mut staging = store.stage(&key("one")).unwrap();
    read_on(&mut staging, &[10, 20]).unwrap();
    let id = staging.id().to_owned();
    // Not at a checkpoint: it is read again.
    std::fs::write(folder.path().join("bills").join(&id).join("cost-7.parquet"), b"half").unwrap();
    drop(staging);
    let store = open(folder.path(), Faults::default());
    assert_ne!(store.stage(&key("other")).unwrap().id(), id);
    let resumed = store.stage(&key("one")).unwrap();
    assert_eq!((resumed.id(), resumed.checkpoint().inputs.len()), (id.as_str(), 2));
    assert!(!folder.path().join("bills").join(&id).join("cost-7.parquet").exists());
    assert_eq!(current(&store), None, "nothing of it is seen");
    // Its files are not what was written: it begins again.
    let path = folder.path().join("bills").join(&resumed.checkpoint().files[0].path);
    drop(resumed);
    File::options().write(true).open(path).unwrap().set_len(3).unwrap();
    assert_eq!(store.stage(&key("one")).unwrap().checkpoint(), &Checkpoint::default());
}

#[test]
fn old_versions_lose_their_lines_but_what_is_read_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Faults::default());
    import(&store, "m0", &[1]).unwrap();
    let pinned = store.view();
    let path = folder.path().join("bills").join(&pinned.files(CostTable::Lines)[0].file().path);
    for version in 1..=BILL_VERSIONS_MAX + 2 {
        import(&store, &format!("m{version}"), &[version]).unwrap();
    }
    assert_eq!(files_of_snapshots(folder.path()), BILL_VERSIONS_MAX + 1, "one is being read");
    assert!(path.exists());
    drop(pinned);
    store.delete_left();
    assert!(!path.exists());
    assert_eq!(files_of_snapshots(folder.path()), BILL_VERSIONS_MAX);
    assert_eq!(store.view().snapshots().len(), BILL_VERSIONS_MAX + 3, "records are kept");
    assert_eq!(rows_on_disk(&store), BILL_VERSIONS_MAX + 2);
    let record = |index: usize| store.view().snapshots()[index].record.clone();
    assert_eq!(record(0).supersedes, Some(record(1).id));
    let view = open(folder.path(), Faults::default()).view();
    assert_eq!(view.snapshots(), store.view().snapshots());
}

#[test]
fn records_of_versions_are_bounded_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Faults::default());
    for version in 0..BILL_VERSION_RECORDS_MAX + 3 {
        import(&store, &format!("m{version}"), &[1]).unwrap();
    }
    assert_eq!(store.view().snapshots().len(), BILL_VERSION_RECORDS_MAX);
    let folders = std::fs::read_dir(folder.path().join("bills")).unwrap().count();
    assert_eq!(folders, BILL_VERSION_RECORDS_MAX);
}

#[tokio::test]
async fn damage_is_found_by_the_doctor_and_a_snapshot_that_is_not_whole_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let options = LakeOptions::new(folder.path(), 1 << 30);
    let store = open(folder.path(), Faults::default());
    import(&store, "whole", &[300]).unwrap();
    import(&store, "damaged", &[400]).unwrap();
    let path = store.folder().join(&store.view().files(CostTable::Lines)[0].file().path);
    drop(store);
    let report = doctor::check(&options).await.unwrap();
    assert!(report.is_healthy(), "{:?}", report.findings);
    assert_eq!(report.file_rows["cost"], 700);

    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let report = doctor::check(&options).await.unwrap();
    let told = &report.findings[0].what;
    assert!(told.contains("is damaged: 400 rows") && !report.is_healthy(), "{told}");

    std::fs::write(&path, &bytes[..middle]).unwrap();
    let store = open(folder.path(), Faults::default());
    assert_eq!(current(&store).as_deref(), Some("whole"));
    let losses = Losses::open(folder.path()).list();
    assert!(losses[0].extent.contains("another size"), "{losses:?}");
}
