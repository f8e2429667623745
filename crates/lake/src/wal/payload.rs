//! The rows of a request as bytes: compressed Arrow IPC streams of the columns that have values.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use hannun_model::batch::Batch;
use hannun_model::limits::REQUEST_INFLATED_BYTES_MAX;
use hannun_model::table::Table;
use std::io;

/// Level 1 costs less processor time than writing the bytes it saves.
const COMPRESSION_LEVEL: i32 = 1;
/// Arrow holds the rows of the largest request in less than this.
const PAYLOAD_BYTES_MAX: usize = REQUEST_INFLATED_BYTES_MAX * 16;

/// Why a payload that passed its checksum cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("failed to decompress: {0}")]
    Compression(#[from] io::Error),
    #[error("failed to read rows: {0}")]
    Arrow(#[from] ArrowError),
    #[error("cut short")]
    Short,
    #[error("written by a newer version: unknown table {0}")]
    UnknownTable(u8),
}

/// Encodes the batches of one request.
pub fn encode(batches: &[Batch]) -> Result<Vec<u8>, PayloadError> {
    let mut plain = Vec::new();
    for batch in batches {
        plain.push(batch.table().number());
        let length_at = plain.len();
        plain.extend_from_slice(&[0; 4]);
        let mut writer = StreamWriter::try_new(&mut plain, batch.records().schema_ref())?;
        writer.write(batch.records())?;
        writer.finish()?;
        drop(writer);
        let length = (plain.len() - length_at - 4) as u32;
        plain[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    }
    Ok(zstd::bulk::compress(&plain, COMPRESSION_LEVEL)?)
}

/// Decodes what [`encode`] made. Columns that this version does not know are left out.
pub fn decode(payload: &[u8]) -> Result<Vec<Batch>, PayloadError> {
    let plain = {
        use std::io::Read;
        let mut plain = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(payload)?;
        decoder.take(PAYLOAD_BYTES_MAX as u64).read_to_end(&mut plain)?;
        plain
    };
    let mut batches = Vec::new();
    let mut rest = plain.as_slice();
    while let Some((number, after)) = rest.split_first() {
        let table = Table::by_number(*number).ok_or(PayloadError::UnknownTable(*number))?;
        let length = after.get(..4).and_then(|bytes| bytes.try_into().ok());
        let length = u32::from_le_bytes(length.ok_or(PayloadError::Short)?) as usize;
        let stream = after.get(4..4 + length).ok_or(PayloadError::Short)?;
        for records in StreamReader::try_new(stream, None)? {
            batches.push(Batch::new(table, known_columns(table, &records?)?));
        }
        rest = &after[4 + length..];
    }
    Ok(batches)
}

fn known_columns(table: Table, records: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let known: Vec<usize> = records
        .schema_ref()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| table.column_index(field.name()).is_some())
        .map(|(index, _)| index)
        .collect();
    if known.len() == records.num_columns() { Ok(records.clone()) } else { records.project(&known) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::spans;

    #[test]
    fn rows_read_back_as_they_were() {
        let mut builder = BatchBuilder::new(Table::Spans);
        for row in 0..10 {
            builder.start_row();
            builder.set_text(spans::NAME, "주문 접수 – a name longer than twelve bytes");
            builder.set_int(spans::DURATION, row);
            builder.add_attribute(spans::ATTRIBUTES, "key", |out| out.push_str("\u{2}1"));
        }
        let batch = builder.finish().unwrap();
        let payload = encode(std::slice::from_ref(&batch)).unwrap();
        let decoded = decode(&payload).unwrap();
        assert_eq!(decoded.len(), 1);
        assert_eq!(decoded[0].table(), Table::Spans);
        assert_eq!(decoded[0].records(), batch.records());
    }

    #[test]
    fn a_cut_payload_is_an_error() {
        let mut builder = BatchBuilder::new(Table::Logs);
        builder.start_row();
        builder.set_text(hannun_model::table::logs::BODY, "hello");
        let payload = encode(&[builder.finish().unwrap()]).unwrap();
        assert!(decode(&payload[..payload.len() - 3]).is_err());
    }
}
