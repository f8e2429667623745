//! No file is too strange to be opened: it is read or refused.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

/// Lines of a file, or what is wrong with it.
fn count(bytes: &[u8]) -> Result<usize, String> {
    let options = ReadOptions { currency: Some("USD".to_owned()), ..ReadOptions::default() };
    let mut source = open("bill", file_of(bytes), &options).map_err(|error| error.to_string())?;
    let mut lines = 0;
    while let Some(batches) = source.next().map_err(|error| error.to_string())? {
        lines += batches.iter().map(|batch| batch.records.num_rows()).sum::<usize>();
    }
    assert_eq!(lines as u64, source.rows_read());
    Ok(lines)
}

const REPORT: &str = "lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UnblendedCost,\
    resourceTags/user:Name,product/vcpu\n\
    Usage,2026-10-01T00:00:00Z,0.1,\"a, \"\"b\"\"\",4\n\
    Tax,2026-10-01 00:00:00,1e-3,,\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_a_file_is_is_told_by_its_bytes_and_not_by_its_name() {
    assert_eq!(count(REPORT.as_bytes()), Ok(2));
    assert_eq!(count(&gzip(REPORT.as_bytes())), Ok(2));
    assert_eq!(count(&zstd::encode_all(REPORT.as_bytes(), 1).unwrap()), Ok(2));
    let header = REPORT.lines().next().unwrap();
    assert_eq!(count(header.as_bytes()), Ok(0));
}

#[test]
fn what_is_no_bill_says_what_to_do() {
    for (bytes, says) in [
        (&b""[..], "bill: is empty: export or download it again"),
        (b"PK\x03\x04rest", "bill: is a zip archive: unpack it and import its files"),
        (b"\xff\xfea\0,\0", "bill: is UTF-16 text: save it as UTF-8"),
        (b"PARErest", "bill: is an encrypted Parquet file: export it without encryption"),
        (b"PAR1rest", "bill: the Parquet file cannot be read"),
        (b"\x1f\x8bnot gzip", "bill: row 1"),
        (b"name,age\nkim,4\n", "bill: no bill that can be read: expected the columns of"),
        (
            b"lineItem/LineItemType,lineItem/UnblendedCost\n",
            "bill: the column `line_item_usage_start_date` is missing: add it to the export",
        ),
    ] {
        let message = count(bytes).unwrap_err();
        if !says.starts_with("bill: row 1") {
            assert!(message.starts_with(says), "{message}");
        }
    }
    let without_currency = open("bill", file_of(REPORT.as_bytes()), &ReadOptions::default());
    let message = without_currency.err().unwrap().to_string();
    assert_eq!(
        message,
        "bill: has no currency: say which one it is in, with --currency or in the cost source"
    );
}

proptest! {
    #[test]
    fn a_file_that_is_cut_or_changed_is_read_or_refused(
        packed: bool,
        cut in 0usize..400,
        whole: bool,
        changes in proptest::collection::vec((0usize..400, any::<u8>()), 0..6),
    ) {
        let mut bytes = REPORT.as_bytes().to_vec();
        if packed {
            bytes = gzip(&bytes);
        }
        let length = bytes.len();
        for (at, byte) in changes {
            bytes[at % length] = byte;
        }
        if !whole {
            bytes.truncate(cut % length);
        }
        let _ = count(&bytes);
    }

    #[test]
    fn a_compressed_file_that_is_cut_is_always_refused(cut in 0usize..10_000) {
        let packed = gzip(REPORT.as_bytes());
        prop_assert!(count(&packed[..cut % packed.len()]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(count(&bytes).is_err());
    }
}
