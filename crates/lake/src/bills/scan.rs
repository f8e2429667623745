//! Reading the data files of bills.

use super::view::PinnedFile;
use crate::store::DataStore;
use arrow::datatypes::SchemaRef;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnv;
use std::sync::Arc;

/// URL under which the engine finds the data files of bills.
const STORE_URL: &str = "hannun://bills/";

/// Bytes read from the end of a file at first: the footer of most files fits.
const FOOTER_HINT_BYTES: usize = 64 * 1024;

/// What to read of some files.
#[derive(Debug, Clone)]
pub struct BillScan {
    /// Columns of the table as the query expects them.
    pub schema: SchemaRef,
    pub files: Vec<PinnedFile>,
    /// How many of them are read side by side.
    pub partitions: usize,
    pub projection: Option<Vec<usize>>,
    /// Evaluate filters while decoding, so that other columns of dropped rows are not read.
    pub push_down_filters: bool,
    pub limit: Option<usize>,
}

/// Lets the engine of `runtime` read the bills of `store`.
///
/// # Errors
/// Never by itself; the engine may refuse the address.
pub fn register_bills(runtime: &RuntimeEnv, store: &DataStore) -> Result<()> {
    let url = ObjectStoreUrl::parse(STORE_URL)?;
    runtime.register_object_store(url.as_ref(), store.object_store());
    Ok(())
}

/// Plans a scan.
///
/// # Errors
/// When the store of bills was not registered.
pub fn plan_bill_scan(scan: BillScan, runtime: &RuntimeEnv) -> Result<Arc<DataSourceExec>> {
    let mut options = TableParquetOptions::default();
    options.global.pushdown_filters = scan.push_down_filters;
    options.global.reorder_filters = true;
    options.global.enable_page_index = true;
    let url = ObjectStoreUrl::parse(STORE_URL)?;
    let store = runtime.object_store(&url)?;
    let cache = runtime.cache_manager.get_file_metadata_cache();
    let footers = Arc::new(CachedParquetFileReaderFactory::new(store, cache));
    let source = ParquetSource::new(scan.schema.clone())
        .with_table_parquet_options(options)
        .with_metadata_size_hint(FOOTER_HINT_BYTES)
        .with_parquet_file_reader_factory(footers);
    let statistics = statistics(&scan.files, &scan.schema);
    let groups = groups(scan.files, scan.partitions)
        .into_iter()
        .map(|files| {
            let files = files.into_iter().map(|file| partitioned(file, &scan.schema));
            FileGroup::new(files.collect())
        })
        .collect();
    let mut config = FileScanConfigBuilder::new(url, Arc::new(source))
        .with_file_groups(groups)
        .with_statistics(statistics)
        .with_limit(scan.limit);
    if scan.projection.is_some() {
        config = config.with_projection_indices(scan.projection)?;
    }
    Ok(DataSourceExec::from_data_source(config.build()))
}

/// Spreads files over partitions so that each has about as many bytes.
fn groups(mut files: Vec<PinnedFile>, partitions: usize) -> Vec<Vec<PinnedFile>> {
    files.sort_by_key(|file| std::cmp::Reverse(file.file().bytes));
    let count = partitions.clamp(1, files.len().max(1));
    let mut groups: Vec<(u64, Vec<PinnedFile>)> = vec![(0, Vec::new()); count];
    for file in files {
        if let Some(smallest) = groups.iter_mut().min_by_key(|group| group.0) {
            smallest.0 += file.file().bytes;
            smallest.1.push(file);
        }
    }
    groups.into_iter().map(|(_, files)| files).filter(|files| !files.is_empty()).collect()
}

fn partitioned(pinned: PinnedFile, schema: &SchemaRef) -> PartitionedFile {
    let statistics = statistics(std::slice::from_ref(&pinned), schema);
    PartitionedFile::new(pinned.file().path.clone(), pinned.file().bytes)
        .with_statistics(Arc::new(statistics))
        // The handle keeps the file from being deleted while the plan lives.
        .with_extension(pinned)
}

fn statistics(files: &[PinnedFile], schema: &SchemaRef) -> Statistics {
    let rows: u64 = files.iter().map(|file| file.file().rows).sum();
    let bytes: u64 = files.iter().map(|file| file.file().raw_bytes).sum();
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
    statistics.total_byte_size = Precision::Inexact(usize::try_from(bytes).unwrap_or(usize::MAX));
    statistics
}
