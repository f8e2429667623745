//! Reading data files: a plain Parquet scan, the same for queries and for compaction.

use crate::file::FileRecord;
use crate::state::FileHandle;
use crate::store::DataStore;
use crate::text_index::Granules;
use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::{
    CachedParquetFileReaderFactory, ParquetAccessPlan, RowGroupAccess,
};
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_expr::expressions::Column as ColumnExpr;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::scalar::ScalarValue;
use hannun_model::limits::{SCAN_BATCH_BYTES, TEXT_INDEX_GRANULE_ROWS};
use hannun_model::table::Table;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::RowSelector;
use std::collections::HashMap;
use std::sync::Arc;

/// URL under which the engine finds the data files of this process.
const STORE_URL: &str = "hannun://lake/";

/// Rows that a query reads at a time, unless they are wide: what the engine reads by itself.
const QUERY_BATCH_ROWS: usize = 8192;

/// Bytes read from the end of a file at first: the footer of most files fits.
const FOOTER_HINT_BYTES: usize = 64 * 1024;

/// What to read of some files.
#[derive(Debug, Clone)]
pub struct Scan {
    pub table: Table,
    /// Columns of the table as the files have them or as the query expects them.
    pub schema: SchemaRef,
    /// Files of one group are read one after another; groups in parallel.
    pub groups: Vec<Vec<FileHandle>>,
    pub projection: Option<Vec<usize>>,
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Evaluate the predicate while decoding, so that other columns of dropped rows are not read.
    pub push_down_filters: bool,
    pub limit: Option<usize>,
    /// Each group is one file, in the order of the table.
    pub ordered: bool,
    /// Keeps footers decoded from one scan to the next. Files never change, so they stay true.
    pub footers: Option<Footers>,
    pub choices: RowChoices,
}

/// Which rows of some files are to be read; of other files all are.
#[derive(Debug, Clone, Default)]
pub struct RowChoices(Arc<HashMap<String, ParquetAccessPlan>>);

impl RowChoices {
    /// Reads only these granules of the text index of `file`.
    pub fn add(&mut self, file: &FileRecord, granules: Granules) {
        let Some(index) = &file.text_index else { return };
        let groups = granules.iter().zip(&index.groups);
        let plan = groups.map(|(granules, group)| access(granules, group.rows as usize)).collect();
        Arc::make_mut(&mut self.0).insert(file.id.clone(), ParquetAccessPlan::new(plan));
    }
}

/// What to read of a row group.
fn access(granules: &[bool], rows: usize) -> RowGroupAccess {
    if granules.iter().all(|wanted| *wanted) {
        return RowGroupAccess::Scan;
    }
    if !granules.iter().any(|wanted| *wanted) {
        return RowGroupAccess::Skip;
    }
    let starts = (0..rows).step_by(TEXT_INDEX_GRANULE_ROWS);
    let selectors = granules.iter().zip(starts).map(|(wanted, start)| RowSelector {
        row_count: TEXT_INDEX_GRANULE_ROWS.min(rows - start),
        skip: !wanted,
    });
    RowGroupAccess::Selection(selectors.collect::<Vec<_>>().into())
}

/// Decoded footers of data files, and the store that they are read from.
#[derive(Debug, Clone)]
pub struct Footers {
    factory: Arc<CachedParquetFileReaderFactory>,
}

impl Footers {
    /// Footers kept in the cache of `runtime`, which bounds them.
    pub fn new(runtime: &RuntimeEnv) -> Result<Self> {
        let store = runtime.object_store(ObjectStoreUrl::parse(STORE_URL)?)?;
        let cache = runtime.cache_manager.get_file_metadata_cache();
        Ok(Self { factory: Arc::new(CachedParquetFileReaderFactory::new(store, cache)) })
    }
}

/// Lets the engine of `runtime` read the files of `store`.
pub fn register_store(runtime: &RuntimeEnv, store: &DataStore) -> Result<()> {
    let url = ObjectStoreUrl::parse(STORE_URL)?;
    runtime.register_object_store(url.as_ref(), store.object_store());
    Ok(())
}

/// The store that the engine of `runtime` reads data files from.
pub fn store_of(runtime: &RuntimeEnv) -> Result<Arc<dyn ObjectStore>> {
    runtime.object_store(ObjectStoreUrl::parse(STORE_URL)?)
}

/// Plans a scan.
pub fn plan_scan(scan: Scan) -> Result<Arc<DataSourceExec>> {
    let mut options = TableParquetOptions::default();
    options.global.pushdown_filters = scan.push_down_filters;
    options.global.reorder_filters = true;
    options.global.enable_page_index = true;
    options.global.bloom_filter_on_read = true;
    let mut source = ParquetSource::new(scan.schema.clone())
        .with_table_parquet_options(options)
        .with_metadata_size_hint(FOOTER_HINT_BYTES);
    if let Some(footers) = scan.footers.clone() {
        source = source.with_parquet_file_reader_factory(footers.factory);
    }
    if let Some(predicate) = scan.predicate.clone() {
        source = source.with_predicate(predicate);
    }
    let groups = scan
        .groups
        .iter()
        .map(|files| {
            FileGroup::new(files.iter().map(|file| partitioned_file(file, &scan)).collect())
        })
        .collect();
    let url = ObjectStoreUrl::parse(STORE_URL)?;
    let mut config = FileScanConfigBuilder::new(url, Arc::new(source))
        .with_file_groups(groups)
        .with_statistics(if scan.choices.0.is_empty() {
            statistics(&scan.groups, scan.table, &scan.schema)
        } else {
            statistics(&scan.groups, scan.table, &scan.schema).to_inexact()
        })
        .with_limit(scan.limit);
    if scan.projection.is_some() {
        config = config.with_projection_indices(scan.projection)?;
    }
    if scan.ordered
        && let Some(ordering) = table_ordering(scan.table, &scan.schema)
    {
        config = config.with_output_ordering(vec![ordering]);
    }
    if !scan.ordered {
        let files: Vec<FileHandle> = scan.groups.iter().flatten().cloned().collect();
        let rows = batch_rows(&files, scan.groups.len(), QUERY_BATCH_ROWS);
        config = config.with_batch_size((rows < QUERY_BATCH_ROWS).then_some(rows));
    }
    let config: FileScanConfig = config.build();
    Ok(DataSourceExec::from_data_source(config))
}

/// Rows to read at a time: fewer than `rows_max` where rows are wide, so that a batch of each of
/// `streams` files read side by side fits into [`SCAN_BATCH_BYTES`].
pub fn batch_rows(files: &[FileHandle], streams: usize, rows_max: usize) -> usize {
    let row_bytes = files.iter().map(|file| file.raw_bytes / file.rows.max(1)).max().unwrap_or(0);
    let fitting = SCAN_BATCH_BYTES / (row_bytes.max(1) * streams.max(1) as u64);
    usize::try_from(fitting).unwrap_or(rows_max).clamp(1, rows_max)
}

/// The order of rows in every file of a table, in terms of `schema`.
pub fn table_ordering(table: Table, schema: &SchemaRef) -> Option<LexOrdering> {
    let mut order = Vec::new();
    for index in table.sort_columns() {
        let name = table.columns()[*index].name;
        let position = schema.index_of(name).ok()?;
        let options = arrow::compute::SortOptions { descending: false, nulls_first: true };
        order.push(PhysicalSortExpr::new(Arc::new(ColumnExpr::new(name, position)), options));
    }
    LexOrdering::new(order)
}

fn partitioned_file(file: &FileHandle, scan: &Scan) -> PartitionedFile {
    let single = std::slice::from_ref(file);
    let statistics = statistics(&[single.to_vec()], scan.table, &scan.schema);
    let partitioned = PartitionedFile::new(file.path.clone(), file.bytes)
        // The handle keeps the file from being deleted while the plan lives.
        .with_extension(file.clone());
    match scan.choices.0.get(&file.id) {
        // Its rows are fewer than its statistics say.
        Some(plan) => partitioned
            .with_statistics(Arc::new(statistics.to_inexact()))
            .with_extension(plan.clone()),
        None => partitioned.with_statistics(Arc::new(statistics)),
    }
}

/// What the catalog knows of these files, for the planner: counts and the range of time.
fn statistics(groups: &[Vec<FileHandle>], table: Table, schema: &SchemaRef) -> Statistics {
    let files = groups.iter().flatten();
    let mut rows = 0u64;
    let mut bytes = 0u64;
    let mut range: Option<(i64, i64)> = None;
    for file in files {
        rows += file.rows;
        bytes += file.raw_bytes;
        let (min, max) = range.unwrap_or((file.min_time, file.max_time));
        range = Some((min.min(file.min_time), max.max(file.max_time)));
    }
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
    statistics.total_byte_size = Precision::Inexact(usize::try_from(bytes).unwrap_or(usize::MAX));
    let time = table.columns()[table.time_column()].name;
    if let (Some((min, max)), Ok(position)) = (range, schema.index_of(time))
        && let Some(column) = statistics.column_statistics.get_mut(position)
    {
        let value = |time| ScalarValue::TimestampNanosecond(Some(time), Some("UTC".into()));
        *column = ColumnStatistics {
            null_count: Precision::Exact(0),
            min_value: Precision::Exact(value(min)),
            max_value: Precision::Exact(value(max)),
            ..ColumnStatistics::new_unknown()
        };
    }
    statistics
}
