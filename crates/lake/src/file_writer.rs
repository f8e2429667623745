//! Writes one data file: rows in, bytes and what the catalog is to know of them out.

use crate::error::LakeError;
use crate::file::FileRecord;
use crate::parquet_file::{Effort, StatisticsBuilder, describe, writer_properties};
use crate::publish::field_ids;
use crate::text_index::TextIndexBuilder;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use hannun_model::limits::{ROW_GROUP_BYTES_MAX, ROW_GROUP_ROWS};
use hannun_model::table::Table;
use parquet::arrow::ArrowWriter;

/// A file that is being written.
pub struct FileWriter {
    table: Table,
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
    statistics: StatisticsBuilder,
    text: Option<TextIndexBuilder>,
}

impl FileWriter {
    /// Begins a file whose rows have these columns and come in the order of the table.
    pub fn new(table: Table, schema: SchemaRef, effort: Effort) -> Result<Self, LakeError> {
        let properties = writer_properties(table, &schema, effort)?;
        Ok(Self {
            table,
            writer: ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?,
            schema,
            statistics: StatisticsBuilder::default(),
            text: TextIndexBuilder::new(table, ROW_GROUP_ROWS),
        })
    }

    /// Adds rows.
    pub fn write(&mut self, records: &RecordBatch) -> Result<(), LakeError> {
        self.statistics.add(self.table, records);
        if let Some(text) = &mut self.text {
            text.add(records);
        }
        self.writer.write(records)?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES_MAX {
            self.writer.flush()?;
            if let Some(text) = &mut self.text {
                text.close_group();
            }
        }
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.statistics.rows
    }

    /// Takes the bytes that are finished, so that they need not be held until the end.
    pub fn take_bytes(&mut self) -> Result<Vec<u8>, LakeError> {
        self.writer.sync().map_err(LakeError::io("encode a data file"))?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    /// Ends the file. Fills what `record` says of its contents and answers the bytes not yet taken.
    pub fn finish(mut self, record: &mut FileRecord) -> Result<Vec<u8>, LakeError> {
        self.writer.flush()?;
        record.field_ids = field_ids(self.table, &self.schema);
        record.columns = self.statistics.finish();
        if let Some(text) = self.text {
            let (filters, index) = text.finish(self.writer.bytes_written() as u64);
            let written = self.writer.flushed_row_groups().iter().map(|group| group.num_rows());
            let follows = index.groups.iter().map(|group| i64::from(group.rows)).eq(written);
            debug_assert!(follows, "the text index follows the row groups");
            // One that does not would hide rows; a file without one is read whole.
            if follows {
                self.writer.write_all(&filters).map_err(LakeError::io("encode a text index"))?;
                record.text_index = Some(index);
            }
        }
        self.writer.append_key_value_metadata(describe(record)?);
        Ok(self.writer.into_inner()?)
    }
}
