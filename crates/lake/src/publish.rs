//! Publishing: live rows become sorted files, and the checkpoint moves with them (I3).

use crate::buffer::concat_batches;
use crate::error::LakeError;
use crate::file::{FileRecord, Origin, WalRange, block_checksums, data_path};
use crate::file_writer::FileWriter;
use crate::parquet_file::Effort;
use crate::sort::{WindowRows, sort_by_window, times};
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use hannun_model::table::Table;
use std::collections::BTreeMap;
use ulid::Ulid;

/// Version of the columns and of their meaning that this program writes.
pub const SCHEMA_VERSION: u32 = 3;

/// Rows that are encoded at a time.
const WRITE_ROWS: usize = 8192;

/// A file ready to be put into the store.
#[derive(Debug)]
pub struct EncodedFile {
    pub record: FileRecord,
    pub bytes: Vec<u8>,
}

/// Encodes the rows of one publish: a file for each time window they touch, and the files of the
/// tables derived from them.
pub fn encode(
    table: Table,
    batches: &[RecordBatch],
    wal: WalRange,
) -> Result<Vec<EncodedFile>, LakeError> {
    let records = concat_batches(table, batches)?;
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |table: Table, records: &RecordBatch| -> Result<(), LakeError> {
        for window in sort_by_window(table, records)? {
            let raw_bytes = share_of_bytes(records, window.records.num_rows());
            parts.push(Part { table, id: Ulid::new().to_string(), window, raw_bytes });
        }
        Ok(())
    };
    for derived in Table::ALL.into_iter().filter(|derived| derived.source() == Some(table)) {
        if let Some(rows) = hannun_digest::derive(derived, std::slice::from_ref(&records))? {
            add(derived, &rows)?;
        }
    }
    add(table, &records)?;
    drop(records);
    let siblings: Vec<String> = parts.iter().map(|part| part.id.clone()).collect();
    parts
        .into_iter()
        .map(|part| {
            let origin = Origin::Flush { wal, siblings: siblings.clone() };
            encode_file(part, origin)
        })
        .collect()
}

/// The rows of one file to be.
struct Part {
    table: Table,
    id: String,
    window: WindowRows,
    raw_bytes: u64,
}

/// Memory of some rows of a batch. Asking a slice would count the whole buffers it shares.
fn share_of_bytes(records: &RecordBatch, rows: usize) -> u64 {
    let share = records.get_array_memory_size() as u128 * rows as u128
        / (records.num_rows() as u128).max(1);
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Field ids of the columns that rows or files of this schema have.
pub fn field_ids(table: Table, schema: &Schema) -> Vec<i32> {
    let columns = schema.fields().iter().filter_map(|field| table.column_index(field.name()));
    columns.map(|index| table.columns()[index].field_id).collect()
}

fn encode_file(part: Part, origin: Origin) -> Result<EncodedFile, LakeError> {
    let Part { table, id, window, raw_bytes } = part;
    let records = &window.records;
    let times = times(table, records)?;
    let mut record = FileRecord {
        path: data_path(table, window.window_start, &id),
        id,
        table: table.name().to_owned(),
        window_start: window.window_start,
        rows: records.num_rows() as u64,
        bytes: 0,
        raw_bytes,
        min_time: times.values().iter().copied().min().unwrap_or(0),
        max_time: times.values().iter().copied().max().unwrap_or(0),
        level: 0,
        schema_version: SCHEMA_VERSION,
        origin,
        columns: BTreeMap::new(),
        retention_days: window.retention_days,
        text_index: None,
        field_ids: Vec::new(),
        checksums: Vec::new(),
    };
    let mut writer = FileWriter::new(table, records.schema(), Effort::Fast)?;
    // In parts, so that a row group of wide rows can be closed early.
    for from in (0..records.num_rows()).step_by(WRITE_ROWS) {
        writer.write(&records.slice(from, WRITE_ROWS.min(records.num_rows() - from)))?;
    }
    let bytes = writer.finish(&mut record)?;
    record.bytes = bytes.len() as u64;
    record.checksums = block_checksums(&bytes);
    Ok(EncodedFile { record, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::limits::WINDOW_SECONDS;
    use hannun_model::table::logs;

    #[test]
    fn windows_of_one_publish_share_its_memory_by_rows() {
        let mut builder = BatchBuilder::new(Table::Logs);
        for row in 0..1000 {
            builder.start_row();
            let window = i64::from(row >= 750);
            builder.set_int(logs::TIME, window * WINDOW_SECONDS * 1_000_000_000 + row);
            builder.set_text(logs::BODY, "a message that is long enough for a buffer");
        }
        let batch = builder.finish().unwrap();
        let whole = concat_batches(Table::Logs, &[batch.records().clone()]).unwrap();
        let whole = whole.get_array_memory_size() as u64;
        let wal = WalRange { after: 0, up_to: 1 };
        let files = encode(Table::Logs, &[batch.records().clone()], wal).unwrap();
        let raw: Vec<u64> = files.iter().map(|file| file.record.raw_bytes).collect();
        assert_eq!(raw, vec![whole * 3 / 4, whole / 4]);
        let columns = Table::Logs.columns();
        let present = vec![columns[logs::TIME].field_id, columns[logs::BODY].field_id];
        assert!(files.iter().all(|file| file.record.field_ids == present));
    }
}
