//! Writes the lines of a bill to data files, one row group in memory at a time.
//!
//! Batches come without the columns that have no value in them, and a Parquet file has the same
//! columns from its first row to its last. So lines are gathered before a file begins, and a column
//! that shows up only later begins another file.

use super::durable;
use super::snapshot::{BillFile, OwnColumn};
use crate::buffer::with_columns;
use crate::error::LakeError;
use crate::file::BlockChecksums;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef, TimestampNanosecondType};
use hannun_model::cost::{self, CostTable};
use hannun_model::limits::{
    BILL_FILE_BYTES, BILL_GATHERED_BYTES, BILL_ROW_GROUP_BYTES, BILL_ROW_GROUP_LINES,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Dictionaries may grow to this before a column falls back to plain values.
const DICTIONARY_BYTES_MAX: usize = 2 << 20;

/// The files of one table of a snapshot that is being imported.
pub struct BillWriter {
    root: PathBuf,
    snapshot_id: String,
    table: CostTable,
    next_number: usize,
    /// Every column seen so far: what the next file will have.
    columns: Columns,
    gathered: Vec<RecordBatch>,
    gathered_bytes: usize,
    open: Option<OpenFile>,
    files: Vec<BillFile>,
    /// Bytes of the files that were ended.
    ended_bytes: u64,
}

impl BillWriter {
    /// Writes files with this number and the following ones to the folder of the snapshot below
    /// `root`.
    pub(super) fn new(root: &Path, snapshot_id: &str, table: CostTable, number: usize) -> Self {
        Self {
            root: root.to_owned(),
            snapshot_id: snapshot_id.to_owned(),
            table,
            next_number: number,
            columns: Columns::default(),
            gathered: Vec::new(),
            gathered_bytes: 0,
            open: None,
            files: Vec::new(),
            ended_bytes: 0,
        }
    }

    /// Bytes that it has written so far.
    pub fn bytes(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, |open| open.writer.bytes_written());
        self.ended_bytes + open as u64
    }

    /// The table that its lines are of.
    pub fn table(&self) -> CostTable {
        self.table
    }

    /// Adds lines, in the types of [`cost::schema`].
    ///
    /// # Errors
    /// When they cannot be encoded or the disk does not take them.
    pub fn write(&mut self, records: &RecordBatch) -> Result<(), LakeError> {
        if records.num_rows() == 0 {
            return Ok(());
        }
        self.columns.add(records.schema_ref());
        match self.open.as_mut().filter(|open| open.has_columns_of(records)) {
            Some(open) => open.write(records)?,
            None => {
                self.gathered_bytes += records.get_array_memory_size();
                self.gathered.push(records.clone());
                if self.gathered_bytes >= BILL_GATHERED_BYTES {
                    self.begin_file()?;
                }
            }
        }
        if self.open.as_ref().is_some_and(|open| open.is_full()) {
            self.end_file()?;
        }
        Ok(())
    }

    /// Ends all files and makes them durable. More lines go to new files.
    ///
    /// # Errors
    /// As of [`BillWriter::write`].
    pub fn end(&mut self) -> Result<Vec<BillFile>, LakeError> {
        if !self.gathered.is_empty() {
            self.begin_file()?;
        }
        self.end_file()?;
        Ok(std::mem::take(&mut self.files))
    }

    /// The columns so far that only the source has.
    pub fn own_columns(&self) -> BTreeSet<OwnColumn> {
        self.columns.own.values().filter_map(|field| OwnColumn::of(field)).collect()
    }

    fn begin_file(&mut self) -> Result<(), LakeError> {
        self.end_file()?;
        let name = format!("{}-{}.parquet", self.table.name(), self.next_number);
        let path = format!("{}/{name}", self.snapshot_id);
        self.next_number += 1;
        let schema = self.columns.schema();
        let mut open = OpenFile::create(&self.root, path, self.table, schema)?;
        self.gathered_bytes = 0;
        for records in self.gathered.drain(..) {
            open.write(&records)?;
        }
        self.open = Some(open);
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), LakeError> {
        if let Some(open) = self.open.take() {
            let file = open.end()?;
            self.ended_bytes += file.bytes;
            self.files.push(file);
        }
        Ok(())
    }
}

/// Columns in the order of [`cost::schema`], then those of the source by name.
#[derive(Default)]
struct Columns {
    known: BTreeMap<usize, FieldRef>,
    own: BTreeMap<String, FieldRef>,
    last: Option<SchemaRef>,
}

impl Columns {
    fn add(&mut self, schema: &SchemaRef) {
        // Batch after batch has the same columns, most often the very same schema.
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, schema)) {
            return;
        }
        for field in schema.fields() {
            match cost::column_index(field.name()) {
                Some(index) => self.known.entry(index).or_insert_with(|| field.clone()),
                None => self.own.entry(field.name().clone()).or_insert_with(|| field.clone()),
            };
        }
        self.last = Some(schema.clone());
    }

    fn schema(&self) -> SchemaRef {
        let fields: Vec<FieldRef> = self.known.values().chain(self.own.values()).cloned().collect();
        Arc::new(Schema::new(fields))
    }
}

struct OpenFile {
    file: PathBuf,
    record: BillFile,
    schema: SchemaRef,
    writer: ArrowWriter<ChecksummedFile>,
    columns: HashSet<String>,
    any_without_time: bool,
}

impl OpenFile {
    fn create(
        root: &Path,
        path: String,
        table: CostTable,
        schema: SchemaRef,
    ) -> Result<Self, LakeError> {
        let file = root.join(&path);
        let target = ChecksummedFile {
            file: File::create(&file).map_err(LakeError::io("write a data file of a bill"))?,
            checksums: BlockChecksums::default(),
        };
        let record = BillFile {
            table: table.name().to_owned(),
            path,
            rows: 0,
            bytes: 0,
            raw_bytes: 0,
            times_ns: None,
            checksums: Vec::new(),
        };
        let writer = ArrowWriter::try_new(target, schema.clone(), Some(properties()?))?;
        let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self { file, record, schema, columns, writer, any_without_time: false })
    }

    fn has_columns_of(&self, records: &RecordBatch) -> bool {
        let fields = records.schema_ref().fields();
        fields.iter().all(|field| self.columns.contains(field.name()))
    }

    fn is_full(&self) -> bool {
        self.writer.bytes_written() as u64 >= BILL_FILE_BYTES
    }

    fn write(&mut self, records: &RecordBatch) -> Result<(), LakeError> {
        self.note_times(records);
        self.record.rows += records.num_rows() as u64;
        self.record.raw_bytes += records.get_array_memory_size() as u64;
        self.writer.write(&with_columns(records, &self.schema)?)?;
        if self.writer.in_progress_size() > BILL_ROW_GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn note_times(&mut self, records: &RecordBatch) {
        let name = cost::COLUMNS[cost::CHARGE_PERIOD_START].name;
        let times = records
            .column_by_name(name)
            .and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>())
            .filter(|times| times.null_count() == 0);
        let range = times
            .and_then(|times| Some((arrow::compute::min(times)?, arrow::compute::max(times)?)));
        let Some((first, last)) = range else {
            self.any_without_time = true;
            return;
        };
        let (min, max) = self.record.times_ns.unwrap_or((first, last));
        self.record.times_ns = Some((min.min(first), max.max(last)));
    }

    fn end(mut self) -> Result<BillFile, LakeError> {
        let target = self.writer.into_inner()?;
        let doing = "make a data file of a bill durable";
        target.file.sync_all().map_err(LakeError::io(doing))?;
        durable::sync_folder_of(&self.file).map_err(LakeError::io(doing))?;
        self.record.bytes = target.checksums.total_bytes();
        self.record.checksums = target.checksums.finish();
        if self.any_without_time {
            self.record.times_ns = None;
        }
        Ok(self.record)
    }
}

fn properties() -> Result<WriterProperties, LakeError> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("hannun ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(BILL_ROW_GROUP_LINES))
        .set_write_batch_size(8192)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_statistics_truncate_length(Some(64));
    Ok(properties.build())
}

/// A file whose checksums are known once it is written.
struct ChecksummedFile {
    file: File,
    checksums: BlockChecksums,
}

impl Write for ChecksummedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.checksums.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bills::testing::{lines, text_column};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    #[test]
    fn a_column_that_shows_up_later_is_in_another_file_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("s")).unwrap();
        let mut writer = BillWriter::new(folder.path(), "s", CostTable::Lines, 3);
        let plain = lines(&["1.5", "2.25"]);
        writer.write(&plain).unwrap();
        writer.begin_file().unwrap();
        writer.write(&plain).unwrap();
        writer.write(&text_column(&plain, "x_team", "cart")).unwrap();
        writer.write(&plain).unwrap();
        let files = writer.end().unwrap();
        let found: Vec<(&str, u64, usize)> = files
            .iter()
            .map(|file| {
                let opened = File::open(folder.path().join(&file.path)).unwrap();
                assert_eq!(opened.metadata().unwrap().len(), file.bytes);
                let reader = ParquetRecordBatchReaderBuilder::try_new(opened).unwrap();
                (file.path.as_str(), file.rows, reader.schema().fields().len())
            })
            .collect();
        let columns = plain.num_columns();
        assert_eq!(found, [("s/cost-3.parquet", 6, columns), ("s/cost-4.parquet", 2, columns + 1)]);
        assert_eq!(files[0].times_ns, Some((0, 3_600_000_000_000)));
        assert_eq!(
            writer.own_columns().into_iter().collect::<Vec<_>>(),
            [OwnColumn { name: "x_team".into(), decimal: false }]
        );
    }
}
