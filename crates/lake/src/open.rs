//! Starting: catalog, leftovers of a crash, replay of the log.

use crate::bills::BillStore;
use crate::catalog::{Catalog, sqlite_url};
use crate::counters::Counters;
use crate::error::LakeError;
use crate::file::FileRecord;
use crate::lake::{LOCAL_NODE, Shared};
use crate::leftovers;
use crate::losses::{Loss, Losses};
use crate::maintain;
use crate::options::{Devices, Faults, LakeOptions};
use crate::publish::SCHEMA_VERSION;
use crate::retry_window::RetryWindow;
use crate::state::State;
use crate::store::DataStore;
use crate::tombstones::Tombstones;
use crate::wal::files::{FolderWal, WalFiles};
use crate::wal::format::{Item, Record, Remembered, SegmentReader};
use crate::wal::payload;
use crate::wal::writer::{WalCounters, WalWriter};
use hannun_model::batch::Batch;
use hannun_model::limits::{RETRY_WINDOW_SECONDS, WAL_QUEUE_REQUESTS_MAX};
use hannun_model::table::Table;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, mpsc};

/// The real devices of a data folder.
pub fn local_devices(options: &LakeOptions) -> Result<Devices, LakeError> {
    let wal =
        FolderWal::open(&options.folder.join("wal")).map_err(LakeError::io("open the log"))?;
    let store = DataStore::folder(&options.folder.join("data"))
        .map_err(LakeError::io("open the folder of data files"))?;
    Ok(Devices { wal: Box::new(wal), store, faults: Faults::default() })
}

/// URL of the catalog that these options mean.
pub fn catalog_url(options: &LakeOptions) -> String {
    options
        .catalog_url
        .clone()
        .unwrap_or_else(|| sqlite_url(&options.folder.join("catalog.sqlite")))
}

/// Opens everything and starts the log writer.
pub async fn open(
    options: LakeOptions,
    mut devices: Devices,
) -> Result<(Arc<Shared>, std::thread::JoinHandle<()>), LakeError> {
    let catalog = Catalog::open(&catalog_url(&options)).await?;
    let loaded = catalog.load().await?;
    let checkpoints = checkpoints(&loaded.checkpoints);
    declare_schemas(&catalog, &loaded.schema_versions).await?;
    leftovers::delete(&devices.store, devices.wal.as_mut(), &loaded).await?;
    let buried: Vec<String> = loaded.tombstones.iter().map(|file| file.id.clone()).collect();
    if !buried.is_empty() {
        catalog.forget_tombstones(&buried).await?;
    }
    let losses = Losses::open(&options.folder);
    let files = existing_files(&devices.store, loaded.files, &options, &losses).await?;
    files.iter().for_each(|file| devices.store.register(file));
    let bills = BillStore::open(&options, devices.faults.clone(), &losses)?;

    let (commands, queue) = mpsc::channel(WAL_QUEUE_REQUESTS_MAX);
    let shared = Arc::new(Shared {
        state: Arc::new(State::new(files, &checkpoints)),
        catalog,
        store: devices.store,
        bills: Arc::new(bills),
        window: Arc::new(RetryWindow::default()),
        wal: Arc::new(WalCounters::default()),
        counters: Counters::default(),
        tombstones: Tombstones::default(),
        losses,
        commands,
        faults: devices.faults,
        in_log_bytes: AtomicUsize::new(0),
        refusal: Mutex::new(None),
        publish_soon: Arc::new(Notify::new()),
        unsettled: Mutex::new(None),
        maintenance: tokio::sync::Mutex::new(()),
        options,
    });
    let mut wal = devices.wal;
    let last_position = replay(&shared, wal.as_mut(), &checkpoints).await?;
    // Only now that every row of the log is live again is it known what the log may let go.
    maintain::release_log(&shared);
    let writer = start_writer(&shared, wal, last_position + 1)?;
    let thread = std::thread::Builder::new()
        .name("log-writer".to_owned())
        .spawn(move || writer.run(queue))
        .map_err(LakeError::io("start the log writer"))?;
    Ok((shared, thread))
}

fn start_writer(
    shared: &Arc<Shared>,
    wal: Box<dyn WalFiles>,
    next_position: u64,
) -> Result<WalWriter, LakeError> {
    let state = shared.state.clone();
    let clock = shared.options.clock.clone();
    let when = shared.options.publish_when();
    let publish_soon = shared.publish_soon.clone();
    let on_commit = Box::new(move |position, batches: Vec<Batch>| {
        let now_ms = clock.now_ms();
        let tables: Vec<Table> = batches.iter().map(Batch::table).collect();
        state.push(position, batches, now_ms);
        for table in tables {
            let (rows, bytes, _, _) = state.waiting(table);
            if rows >= when.rows || bytes >= when.bytes {
                publish_soon.notify_one();
            }
        }
    });
    WalWriter::new(
        wal,
        next_position,
        shared.window.clone(),
        shared.wal.clone(),
        shared.options.clock.clone(),
        on_commit,
    )
    .map_err(LakeError::io("open a log segment"))
}

fn checkpoints(rows: &BTreeMap<(String, String), u64>) -> BTreeMap<Table, u64> {
    rows.iter()
        .filter(|((node, _), _)| node == LOCAL_NODE)
        .filter_map(|((_, table), position)| Some((Table::by_name(table)?, *position)))
        .collect()
}

async fn declare_schemas(
    catalog: &Catalog,
    known: &BTreeMap<String, u32>,
) -> Result<(), LakeError> {
    for table in Table::ALL {
        if known.get(table.name()) != Some(&SCHEMA_VERSION) {
            let columns: Vec<(i32, &str)> =
                table.columns().iter().map(|column| (column.field_id, column.name)).collect();
            let columns = serde_json::to_string(&columns)?;
            catalog.set_schema_version(table.name(), SCHEMA_VERSION, &columns).await?;
        }
    }
    Ok(())
}

/// The files of the catalog that are there, and the ones that are not.
async fn existing_files(
    store: &DataStore,
    files: Vec<FileRecord>,
    options: &LakeOptions,
    losses: &Losses,
) -> Result<Vec<FileRecord>, LakeError> {
    let present: BTreeMap<String, u64> = store.list().await?.into_iter().collect();
    let mut kept = Vec::new();
    for file in files {
        match present.get(&file.path) {
            Some(bytes) if *bytes == file.bytes => kept.push(file),
            found => {
                let what = if found.is_some() { "has another size" } else { "is missing" };
                losses.add(Loss {
                    what: file.path.clone(),
                    extent: format!(
                        "the file {what}: {} rows of {} in the window from {} s",
                        file.rows, file.table, file.window_start
                    ),
                    found_ms: options.clock.now_ms(),
                });
            }
        }
    }
    Ok(kept)
}

/// Makes the rows of the log live again that no file has. Answers the last position in use.
async fn replay(
    shared: &Arc<Shared>,
    wal: &mut dyn WalFiles,
    checkpoints: &BTreeMap<Table, u64>,
) -> Result<u64, LakeError> {
    let segments = wal.list().map_err(LakeError::io("list the log"))?;
    let mut last_position = checkpoints.values().copied().max().unwrap_or(0);
    let mut applied = HashMap::new();
    for (index, first_position) in segments.iter().enumerate() {
        last_position = last_position.max(first_position.saturating_sub(1));
        let bytes = wal.read(*first_position).map_err(LakeError::io("read the log"))?;
        let mut reader = SegmentReader::new(&bytes);
        for request in std::mem::take(&mut reader.remembered) {
            shared.window.remember(request);
        }
        for item in reader {
            match item {
                Item::Record(record) => {
                    last_position = last_position.max(record.position);
                    shared.window.remember(record.remembered);
                    replay_record(shared, checkpoints, &record, &mut applied, *first_position);
                    publish_when_full(shared).await?;
                }
                Item::Damage { from, torn: true, .. } if index + 1 == segments.len() => {
                    // A write that never finished was never acknowledged.
                    wal.truncate(*first_position, from as u64)
                        .map_err(LakeError::io("cut a torn record off the log"))?;
                }
                Item::Damage { from, to, .. } => {
                    note_damage(shared, wal, *first_position, last_position, from..to);
                }
            }
        }
    }
    Ok(last_position)
}

fn replay_record(
    shared: &Shared,
    checkpoints: &BTreeMap<Table, u64>,
    record: &Record<'_>,
    applied: &mut HashMap<(u128, Table), u64>,
    segment: u64,
) {
    let batches = match payload::decode(record.payload) {
        Ok(batches) => batches,
        Err(error) => {
            tracing::error!(position = record.position, %error, "failed to replay a record");
            shared.losses.add(Loss {
                what: format!("log segment {segment}"),
                extent: format!("the request at position {}: {error}", record.position),
                found_ms: shared.options.clock.now_ms(),
            });
            return;
        }
    };
    let checkpoint = |table: Table| checkpoints.get(&table).copied().unwrap_or(0);
    // A refused group may still have reached the disk before its requests were sent again. By
    // table, because the first copy may lie before the checkpoint of one of its tables only.
    let Remembered { hash, stored_ms } = record.remembered;
    let mut missing: HashSet<Table> = batches.iter().map(Batch::table).collect();
    missing.retain(|table| {
        record.position > checkpoint(*table)
            && applied.insert((hash, *table), stored_ms).is_none_or(|before_ms| {
                // The same bytes much later are another request, as they were when they came.
                stored_ms.saturating_sub(before_ms) > RETRY_WINDOW_SECONDS * 1000
            })
    });
    let wanted: Vec<Batch> =
        batches.into_iter().filter(|batch| missing.contains(&batch.table())).collect();
    let rows: usize = wanted.iter().map(Batch::rows).sum();
    shared.counters.replayed_rows.fetch_add(rows as u64, Ordering::Relaxed);
    shared.state.push(record.position, wanted, shared.options.clock.now_ms());
}

/// Keeps a long log from filling memory while it is replayed.
async fn publish_when_full(shared: &Arc<Shared>) -> Result<(), LakeError> {
    let when = shared.options.publish_when();
    for table in Table::INTAKE {
        let (rows, bytes, _, _) = shared.state.waiting(table);
        if rows >= when.rows || bytes >= when.bytes {
            maintain::publish_keeping_log(shared, table).await?;
        }
    }
    Ok(())
}

fn note_damage(
    shared: &Shared,
    wal: &mut dyn WalFiles,
    segment: u64,
    last_position: u64,
    bytes: std::ops::Range<usize>,
) {
    let extent = format!(
        "bytes {}..{} do not pass their checksum: the requests after position {last_position}",
        bytes.start, bytes.end
    );
    tracing::error!(segment, extent, "the log is damaged; a copy of the segment is kept");
    if let Err(error) = wal.quarantine(segment) {
        tracing::error!(%error, "failed to keep a copy of a damaged log segment");
    }
    shared.losses.add(Loss {
        what: format!("log segment {segment}"),
        extent,
        found_ms: shared.options.clock.now_ms(),
    });
}
