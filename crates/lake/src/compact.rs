//! Compaction: several files of one window become one, with the same rows (I4).

use crate::error::LakeError;
use crate::file::{BlockChecksums, FileRecord, Origin, data_path};
use crate::file_writer::FileWriter;
use crate::parquet_file::Effort;
use crate::publish::SCHEMA_VERSION;
use crate::scan::{RowChoices, Scan, batch_rows, plan_scan, register_store, table_ordering};
use crate::state::FileHandle;
use crate::store::DataStore;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use futures::StreamExt;
use hannun_model::limits::{
    COMPACTION_BYTES_MAX, COMPACTION_FAN_IN, COMPACTION_ROWS_MAX, WINDOW_SECONDS,
};
use hannun_model::table::Table;
use object_store::buffered::BufWriter;
use object_store::path::Path as ObjectPath;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use ulid::Ulid;

/// Rows that are merged at a time, unless they are wide. Small, because every input holds this many.
const MERGE_BATCH_ROWS: usize = 2048;
/// How long after its end a window waits for stragglers before it is merged for good.
const CLOSED_AFTER_SECONDS: i64 = 15 * 60;

/// Files that are to become one.
#[derive(Debug, Clone)]
pub struct Plan {
    pub table: Table,
    pub inputs: Vec<FileHandle>,
}

/// Chooses the next compaction of a table, or none.
///
/// Files of one level are merged when enough of them stand together, so that each row is rewritten
/// a few times at most. A window that is over is merged whatever the levels.
pub fn choose(table: Table, files: &[FileHandle], now_seconds: i64) -> Option<Plan> {
    let mut windows: BTreeMap<(i64, Option<u32>), Vec<FileHandle>> = BTreeMap::new();
    for file in files {
        // Rows that are kept longer than others stay apart from them.
        let key = (file.window_start, file.retention_days);
        windows.entry(key).or_default().push(file.clone());
    }
    // The newest window first: it is the one people look at.
    for ((start, _), mut files) in windows.into_iter().rev() {
        files.sort_by(|left, right| (left.rows, &left.id).cmp(&(right.rows, &right.id)));
        let closed = start + WINDOW_SECONDS + CLOSED_AFTER_SECONDS < now_seconds;
        let levels: BTreeSet<u32> = files.iter().map(|file| file.level).collect();
        for level in levels {
            let same: Vec<FileHandle> =
                files.iter().filter(|file| file.level == level).cloned().collect();
            if same.len() >= COMPACTION_FAN_IN
                && let Some(inputs) = take_within_limits(&same)
                && inputs.len() >= COMPACTION_FAN_IN / 2
            {
                return Some(Plan { table, inputs });
            }
        }
        if closed
            && let Some(inputs) = take_within_limits(&files)
            && inputs.len() >= 2
        {
            return Some(Plan { table, inputs });
        }
    }
    None
}

/// The smallest files whose sum stays within the limits of one output.
fn take_within_limits(files: &[FileHandle]) -> Option<Vec<FileHandle>> {
    let (mut rows, mut bytes) = (0, 0);
    let inputs: Vec<FileHandle> = files
        .iter()
        .take_while(|file| {
            rows += file.rows;
            bytes += file.bytes;
            rows <= COMPACTION_ROWS_MAX && bytes <= COMPACTION_BYTES_MAX
        })
        .cloned()
        .collect();
    (inputs.len() >= 2).then_some(inputs)
}

/// Writes the output of a compaction. It is not visible until the catalog has swapped it in.
pub async fn merge(
    plan: &Plan,
    checkpoint: u64,
    store: &DataStore,
) -> Result<FileRecord, LakeError> {
    let table = plan.table;
    let schema = union_schema(plan);
    let runtime = RuntimeEnvBuilder::new().build_arc()?;
    register_store(&runtime, store)?;
    let config = SessionConfig::new().with_batch_size(batch_rows(
        &plan.inputs,
        plan.inputs.len(),
        MERGE_BATCH_ROWS,
    ));
    let context = TaskContext::default().with_session_config(config).with_runtime(runtime);
    let scan = plan_scan(Scan {
        table,
        schema: schema.clone(),
        groups: plan.inputs.iter().map(|file| vec![file.clone()]).collect(),
        projection: None,
        predicate: None,
        push_down_filters: false,
        limit: None,
        ordered: true,
        footers: None,
        choices: RowChoices::default(),
    })?;
    let merged: Arc<dyn ExecutionPlan> = match table_ordering(table, &schema) {
        Some(ordering) => Arc::new(SortPreservingMergeExec::new(ordering, scan)),
        None => return Err(LakeError::Stopped("a file without its sort columns")),
    };
    let mut rows = execute_stream(merged, Arc::new(context))?;

    let mut record = describe_output(plan, checkpoint);
    let target = BufWriter::new(store.object_store(), ObjectPath::from(record.path.as_str()));
    let mut target = ChecksummedWriter { target, checksums: BlockChecksums::default() };
    let mut writer = FileWriter::new(table, schema, Effort::Small)?;
    while let Some(batch) = rows.next().await {
        writer.write(&batch?)?;
        target.put(writer.take_bytes()?).await?;
    }
    debug_assert_eq!(writer.rows(), record.rows, "I4: compaction keeps the set of rows");
    if writer.rows() != record.rows {
        // Dropping the target leaves no file behind.
        return Err(LakeError::Stopped("a merge that would change the number of rows"));
    }
    target.put(writer.finish(&mut record)?).await?;
    let checksums = target.complete().await?;
    record.bytes = checksums.total_bytes();
    record.checksums = checksums.finish();
    store.sync(&record.path).await?;
    Ok(record)
}

fn describe_output(plan: &Plan, checkpoint: u64) -> FileRecord {
    let id = Ulid::new().to_string();
    let inputs = &plan.inputs;
    let window_start = inputs.first().map_or(0, |file| file.window_start);
    debug_assert!(
        inputs.iter().all(|file| file.window_start == window_start),
        "I4: a compaction stays within one window"
    );
    FileRecord {
        path: data_path(plan.table, window_start, &id),
        id,
        table: plan.table.name().to_owned(),
        window_start,
        rows: inputs.iter().map(|file| file.rows).sum(),
        bytes: 0,
        raw_bytes: inputs.iter().map(|file| file.raw_bytes).sum(),
        min_time: inputs.iter().map(|file| file.min_time).min().unwrap_or(0),
        max_time: inputs.iter().map(|file| file.max_time).max().unwrap_or(0),
        level: inputs.iter().map(|file| file.level).max().unwrap_or(0) + 1,
        schema_version: SCHEMA_VERSION,
        origin: Origin::Compaction {
            inputs: inputs.iter().map(|file| file.id.clone()).collect(),
            checkpoint,
        },
        columns: BTreeMap::new(),
        retention_days: inputs.first().and_then(|file| file.retention_days),
        text_index: None,
        field_ids: Vec::new(),
        checksums: Vec::new(),
    }
}

/// Writes a file as a stream and takes the checksums of what it was handed, before anything below
/// could damage it.
struct ChecksummedWriter {
    target: BufWriter,
    checksums: BlockChecksums,
}

impl ChecksummedWriter {
    async fn put(&mut self, bytes: Vec<u8>) -> Result<(), LakeError> {
        if !bytes.is_empty() {
            self.checksums.update(&bytes);
            self.target.put(bytes.into()).await?;
        }
        Ok(())
    }

    async fn complete(mut self) -> Result<BlockChecksums, LakeError> {
        self.target.shutdown().await.map_err(LakeError::io("write a data file"))?;
        Ok(self.checksums)
    }
}

/// The columns that any input has, in the order of the table, and always the sort columns.
fn union_schema(plan: &Plan) -> SchemaRef {
    let present: BTreeSet<i32> =
        plan.inputs.iter().flat_map(|file| file.field_ids.iter().copied()).collect();
    let table = plan.table;
    let fields: Vec<Field> = table
        .columns()
        .iter()
        .enumerate()
        .filter(|(index, column)| {
            present.contains(&column.field_id) || table.sort_columns().contains(index)
        })
        .map(|(_, column)| column.field())
        .collect();
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::block_checksums;
    use object_store::ObjectStoreExt;

    fn file(id: &str, window_start: i64, level: u32, rows: u64) -> FileHandle {
        Arc::new(FileRecord {
            id: id.to_owned(),
            table: "logs".to_owned(),
            window_start,
            path: String::new(),
            rows,
            bytes: rows,
            raw_bytes: rows,
            min_time: 0,
            max_time: 0,
            level,
            schema_version: SCHEMA_VERSION,
            origin: Origin::Compaction { inputs: Vec::new(), checkpoint: 0 },
            columns: BTreeMap::new(),
            retention_days: None,
            text_index: None,
            field_ids: Vec::new(),
            checksums: Vec::new(),
        })
    }

    #[test]
    fn wide_rows_are_read_a_few_at_a_time() {
        let with_rows_of = |bytes: u64| {
            let record = FileRecord { raw_bytes: 1000 * bytes, ..(*file("a", 0, 0, 1000)).clone() };
            [Arc::new(record), file("b", 0, 0, 1000)]
        };
        assert_eq!(batch_rows(&with_rows_of(500), 8, MERGE_BATCH_ROWS), MERGE_BATCH_ROWS);
        assert_eq!(batch_rows(&with_rows_of(100 * 1024), 8, MERGE_BATCH_ROWS), 40);
        assert_eq!(batch_rows(&with_rows_of(1 << 30), 8, MERGE_BATCH_ROWS), 1);
        assert_eq!(batch_rows(&[], 0, MERGE_BATCH_ROWS), MERGE_BATCH_ROWS);
    }

    #[tokio::test]
    async fn checksums_are_taken_of_the_bytes_that_reach_the_store() {
        let store = Arc::new(object_store::memory::InMemory::new());
        let path = ObjectPath::from("file");
        // Small enough that the file is sent in several parts.
        let target = BufWriter::with_capacity(store.clone(), path.clone(), 100_000);
        let mut writer = ChecksummedWriter { target, checksums: BlockChecksums::default() };
        for length in [1, 65_535, 3, 200_000, 0, 17] {
            let piece: Vec<u8> = (0..length).map(|at: usize| (at * 7 + length) as u8).collect();
            writer.put(piece).await.unwrap();
        }
        let checksums = writer.complete().await.unwrap();
        let stored = store.get(&path).await.unwrap().bytes().await.unwrap();
        assert_eq!(checksums.total_bytes(), stored.len() as u64);
        assert_eq!(checksums.finish(), block_checksums(&stored));
    }

    #[test]
    fn a_running_window_waits_for_enough_files() {
        let mut files: Vec<FileHandle> =
            (1..COMPACTION_FAN_IN).map(|number| file(&number.to_string(), 0, 0, 10)).collect();
        assert!(choose(Table::Logs, &files, 100).is_none());
        files.push(file("last", 0, 0, 10));
        assert_eq!(choose(Table::Logs, &files, 100).unwrap().inputs.len(), COMPACTION_FAN_IN);
    }

    #[test]
    fn a_closed_window_is_merged_but_never_with_another() {
        let files =
            vec![file("a", 0, 0, 10), file("b", 0, 2, 10), file("c", WINDOW_SECONDS, 0, 10)];
        let plan = choose(Table::Logs, &files, 3 * WINDOW_SECONDS).unwrap();
        let ids: Vec<&str> = plan.inputs.iter().map(|file| file.id.as_str()).collect();
        assert_eq!(ids, vec!["a", "b"]);
        assert!(choose(Table::Logs, &files[1..], 3 * WINDOW_SECONDS).is_none());
    }

    #[test]
    fn files_of_another_retention_are_never_merged_together() {
        let kept = |id: &str, days: u32| {
            let record = FileRecord { retention_days: Some(days), ..(*file(id, 0, 0, 10)).clone() };
            Arc::new(record)
        };
        let files = vec![file("a", 0, 0, 10), kept("b", 3), kept("c", 30)];
        assert!(choose(Table::Logs, &files, 3 * WINDOW_SECONDS).is_none());
        let files = [files, vec![kept("d", 3)]].concat();
        let plan = choose(Table::Logs, &files, 3 * WINDOW_SECONDS).unwrap();
        let ids: Vec<&str> = plan.inputs.iter().map(|file| file.id.as_str()).collect();
        assert_eq!(ids, vec!["b", "d"]);
    }

    #[test]
    fn an_output_stays_within_its_limits() {
        let files: Vec<FileHandle> = (0..20)
            .map(|number| file(&format!("{number:02}"), 0, 0, COMPACTION_ROWS_MAX / 3))
            .collect();
        assert_eq!(choose(Table::Logs, &files, 3 * WINDOW_SECONDS).unwrap().inputs.len(), 3);
    }
}
