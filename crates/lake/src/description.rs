//! What a data file says of itself, for when the catalog does not say it.

use crate::error::LakeError;
use crate::file::{FILE_METADATA_KEY, FileRecord, Origin};
use crate::store::DataStore;
use crate::verify::read_checksums;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use hannun_model::table::Table;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ParquetRecordBatchStreamBuilder;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use std::ops::Range;
use std::sync::Arc;

/// Why a file is not what Hannun wrote.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("not a readable Parquet file: {0}")]
    Parquet(ParquetError),
    #[error("it does not describe itself")]
    Undescribed,
    #[error("its description cannot be read: {0}")]
    Description(serde_json::Error),
    #[error("it describes itself as {0}")]
    Elsewhere(String),
    #[error("it has {found} rows and says it has {said}")]
    Rows { said: u64, found: u64 },
}

/// Reads the description in a file's footer. The outer error is one of the store, after which
/// nothing is known of the file.
pub async fn read_description(
    store: &DataStore,
    path: &str,
    bytes: u64,
) -> Result<Result<FileRecord, Unreadable>, LakeError> {
    match open_file(store, path, bytes).await? {
        Ok(builder) => Ok(description(&builder, path)),
        Err(error) => Ok(Err(error)),
    }
}

/// Reads the description and then every row, and fills in size and checksums: the record as the
/// catalog had it.
pub async fn read_record(
    store: &DataStore,
    path: &str,
    bytes: u64,
) -> Result<Result<FileRecord, Unreadable>, LakeError> {
    let builder = match open_file(store, path, bytes).await? {
        Ok(builder) => builder,
        Err(error) => return Ok(Err(error)),
    };
    let mut record = match description(&builder, path) {
        Ok(record) => record,
        Err(error) => return Ok(Err(error)),
    };
    let decoded = async {
        let mut rows = 0;
        let mut batches = builder.build()?;
        while let Some(batch) = batches.try_next().await? {
            rows += batch.num_rows() as u64;
        }
        Ok(rows)
    };
    match decoded.await {
        Ok(found) if found == record.rows => {}
        Ok(found) => return Ok(Err(Unreadable::Rows { said: record.rows, found })),
        Err(error) => return split(error).map(Err),
    }
    let checksums = read_checksums(store, path).await?;
    record.bytes = checksums.total_bytes();
    record.checksums = checksums.finish();
    Ok(Ok(record))
}

/// The table whose checkpoint moved when rows of this one were published.
pub fn source_table(table: &str) -> &str {
    match Table::by_name(table).and_then(Table::source) {
        Some(source) => source.name(),
        None => table,
    }
}

/// Ids of the files that this one was merged from.
pub fn inputs(record: &FileRecord) -> &[String] {
    match &record.origin {
        Origin::Compaction { inputs, .. } => inputs,
        Origin::Flush { .. } => &[],
    }
}

type Opened = ParquetRecordBatchStreamBuilder<StoredFile>;

/// A file of the store as the Parquet reader wants it.
struct StoredFile {
    store: Arc<dyn ObjectStore>,
    path: ObjectPath,
    bytes: u64,
}

impl AsyncFileReader for StoredFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        Box::pin(async {
            let read = self.store.get_range(&self.path, range).await;
            read.map_err(|error| ParquetError::External(Box::new(error)))
        })
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        Box::pin(async {
            let bytes = self.bytes;
            let metadata = ParquetMetaDataReader::new().load_and_finish(self, bytes).await?;
            Ok(Arc::new(metadata))
        })
    }
}

async fn open_file(
    store: &DataStore,
    path: &str,
    bytes: u64,
) -> Result<Result<Opened, Unreadable>, LakeError> {
    let reader = StoredFile { store: store.object_store(), path: ObjectPath::from(path), bytes };
    match ParquetRecordBatchStreamBuilder::new(reader).await {
        Ok(builder) => Ok(Ok(builder)),
        Err(error) => split(error).map(Err),
    }
}

/// Tells a file that is damaged from a store that does not answer.
fn split(error: ParquetError) -> Result<Unreadable, LakeError> {
    match error {
        ParquetError::External(source) if source.is::<object_store::Error>() => {
            Err(ParquetError::External(source).into())
        }
        error => Ok(Unreadable::Parquet(error)),
    }
}

fn description(builder: &Opened, path: &str) -> Result<FileRecord, Unreadable> {
    let text = builder
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .and_then(|entries| entries.iter().find(|entry| entry.key == FILE_METADATA_KEY))
        .and_then(|entry| entry.value.as_deref())
        .ok_or(Unreadable::Undescribed)?;
    let record: FileRecord = serde_json::from_str(text).map_err(Unreadable::Description)?;
    if record.path == path { Ok(record) } else { Err(Unreadable::Elsewhere(record.path)) }
}
