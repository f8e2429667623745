use super::*;
use crate::raw::Cell;
use arrow::array::{
    BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, MapBuilder,
    StringArray, StringBuilder, TimestampMillisecondArray,
};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use std::io::{Seek, SeekFrom, Write};

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

/// A file with a column of each kind that a provider may write.
fn file_bytes() -> Vec<u8> {
    let mut tags = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    tags.keys().append_value("user:Name");
    tags.values().append_value("a \"b\"");
    tags.append(true).unwrap();
    tags.append(true).unwrap();
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(StringArray::from(vec![Some("x"), None]))),
        ("bytes", Arc::new(BinaryArray::from(vec![&b"y"[..], b""]))),
        ("cost", Arc::new(Float64Array::from(vec![0.1, -3e-7]))),
        (
            "price",
            Arc::new(Decimal128Array::from(vec![125, -1]).with_precision_and_scale(18, 2).unwrap()),
        ),
        ("whole", Arc::new(Int64Array::from(vec![Some(7), None]))),
        ("flag", Arc::new(BooleanArray::from(vec![true, false]))),
        ("day", Arc::new(Date32Array::from(vec![1, 2]))),
        ("time", Arc::new(TimestampMillisecondArray::from(vec![1500, 0]).with_timezone("+09:00"))),
        ("local", Arc::new(TimestampMillisecondArray::from(vec![1500, 0]))),
        ("tags", Arc::new(tags.finish())),
        ("nothing", Arc::new(StringArray::from(vec![None::<&str>, None]))),
    ];
    let fields: Vec<Field> = arrays
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let columns = arrays.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn columns_of_every_type_are_read() {
    let mut input = ParquetInput::open("bill.parquet", file_of(&file_bytes())).unwrap();
    let batch = input.next().unwrap().unwrap();
    let cell = |name: &str, row| batch.cell(input.header().index(name).unwrap(), row);
    assert_eq!(cell("text", 0), Cell::Text("x"));
    assert_eq!(cell("text", 1), Cell::Null);
    assert_eq!(cell("bytes", 0), Cell::Text("y"));
    assert_eq!(cell("bytes", 1), Cell::Null);
    assert_eq!(cell("cost", 0).money().unwrap().unwrap().to_string(), "0.1");
    assert_eq!(cell("cost", 1).money().unwrap().unwrap().to_string(), "-0.0000003");
    assert_eq!(cell("price", 0).money().unwrap().unwrap().to_string(), "1.25");
    assert_eq!(cell("whole", 0).money().unwrap().unwrap().to_string(), "7");
    assert_eq!(cell("flag", 1), Cell::Text("false"));
    assert_eq!(cell("day", 0), Cell::Time(86_400_000_000_000));
    assert_eq!(cell("time", 0), Cell::Time(1_500_000_000));
    assert_eq!(cell("local", 0), Cell::Time(1_500_000_000));
    assert_eq!(cell("tags", 0), Cell::Text(r#"{"user:Name":"a \"b\""}"#));
    assert_eq!(cell("tags", 1), Cell::Text("{}"));
    assert_eq!(cell("nothing", 0), Cell::Null);
    assert_eq!((batch.rows(), batch.row_number(1)), (2, 2));
    assert!(input.next().unwrap().is_none());
    assert_eq!(input.bytes_read(), file_bytes().len() as u64);
}

#[test]
fn a_file_that_is_cut_off_is_told() {
    let bytes = file_bytes();
    let error = ParquetInput::open("bill.parquet", file_of(&bytes[..bytes.len() / 2])).err();
    let message = error.unwrap().to_string();
    assert!(message.starts_with("bill.parquet: the Parquet file cannot be read"), "{message}");
    assert!(message.ends_with("download the file again"), "{message}");
}

proptest! {
    #[test]
    fn damaged_files_are_errors_and_no_more(
        at in 0usize..4000, byte: u8, cut in 0usize..4000, whole: bool,
    ) {
        let mut bytes = file_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        if !whole {
            bytes.truncate(cut % length);
        }
        if let Ok(mut input) = ParquetInput::open("bill.parquet", file_of(&bytes)) {
            while let Ok(Some(batch)) = input.next() {
                prop_assert!(batch.rows() <= BILL_PARQUET_ROWS);
            }
        }
    }
}
