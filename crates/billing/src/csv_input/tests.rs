use super::*;
use crate::raw::Cell;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Seek, SeekFrom, Write};

/// All rows of a file that comes in `blocks`, or what is wrong with it.
fn read_blocks(blocks: Vec<Vec<u8>>) -> Result<Vec<Vec<String>>, BillError> {
    rows_of(CsvInput::from_blocks("bill.csv", Blocks::of(blocks))?)
}

fn rows_of(mut input: CsvInput) -> Result<Vec<Vec<String>>, BillError> {
    let columns = input.header().len();
    let mut rows = vec![input.header().names().to_vec()];
    let mut used = None;
    while let Some(batch) = input.next(used.take())? {
        for row in 0..batch.rows() {
            let cells = (0..columns).map(|column| match batch.cell(column, row) {
                Cell::Text(text) => text.to_owned(),
                _ => String::new(),
            });
            rows.push(cells.collect());
        }
        used = Some(batch);
    }
    Ok(rows)
}

fn read(text: &str) -> Result<Vec<Vec<String>>, BillError> {
    read_blocks(vec![text.as_bytes().to_vec()])
}

fn problem(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_style_of_text_file_is_read_alike() {
    let wanted = [["a", "b", "c"], ["1", "x,\"y", ""], ["", "한글", "3"]];
    for text in [
        "a,b,c\n1,\"x,\"\"y\",\n,한글,3\n",
        "a,b,c\r\n1,\"x,\"\"y\",\r\n,한글,3",
        "\u{feff}a,b,c\n1,\"x,\"\"y\",NULL\n\\N,한글,3\n",
        "a,b,c\r1,\"x,\"\"y\",\r,한글,3\r",
        "a\u{1}b\u{1}c\n1\u{1}x,\"y\u{1}\\N\n\\N\u{1}한글\u{1}3\n",
        "a\tb\tc\n1\tx,\"y\t\n\t한글\t3\n",
        "a;b;c\n1;\"x,\"\"y\";\n;한글;\"3\"\n",
        "\"a\",\"b\",\"c\"\n\"1\",\"x,\"\"y\",\"\"\n\"\",\"한글\",\"3\"\n",
        "a,b,c,\n1,\"x,\"\"y\",,\n\n\n,한글,3,\n",
    ] {
        assert_eq!(read(text).unwrap(), wanted, "{text:?}");
    }
}

#[test]
fn a_quoted_cell_may_hold_line_ends_and_what_follows_its_quote_belongs_to_it() {
    let rows = read("a,b\n\"1\r\n\"\"2\"\"\",3\n\"x\"y,\"z\"\r\n").unwrap();
    assert_eq!(rows[1..], [["1\r\n\"2\"", "3"], ["xy", "z"]]);
}

#[test]
fn a_row_that_is_cut_off_is_told_with_its_number() {
    assert_eq!(
        problem("a,b,c\n1,2,3\n1,2\n"),
        "bill.csv: row 3: has 2 cells where the header has 3 columns: the file is cut off or its \
         separators are not quoted"
    );
    assert!(problem("a,b\n1,2\n1,2,3\n").contains("row 3: has 3 cells"));
    assert!(problem("a,b\n1,2\n1,\"2\n3,4\n").contains("row 3: a quoted cell that begins here"));
    assert!(problem("a,\"b\n1,2").contains("row 1: a quoted cell"));
}

#[test]
fn files_that_are_no_text_of_rows_are_refused() {
    assert!(problem("").contains("is empty"));
    assert!(problem("\u{feff}").contains("is empty"));
    assert!(problem(",,,\n1,2,3,4").contains("is empty"));
    let latin_1 = read_blocks(vec![b"a,b\n1,2\n3,caf\xe9\n".to_vec()]).unwrap_err();
    assert_eq!(
        latin_1.to_string(),
        "bill.csv: row 3, column b: is not UTF-8: save the file as UTF-8"
    );
    let wide = vec!["x"; BILL_COLUMNS_MAX + 1].join(",");
    assert!(problem(&wide).contains("has 1025 columns, of which at most 1024 are read"));
    assert!(read(&vec!["x"; 400].join(",")).is_ok());
    let long = format!("a,b\n1,{}", "x".repeat(BILL_ROW_BYTES_MAX + 10));
    let blocks = long.as_bytes().chunks(1 << 18).map(<[u8]>::to_vec).collect();
    let message = read_blocks(blocks).unwrap_err().to_string();
    assert_eq!(
        message,
        "bill.csv: row 2: is longer than 1048576 bytes: a quote is not closed, or this is no bill"
    );
}

#[test]
fn compressed_files_are_read_and_told_when_they_are_cut_off() {
    let rows: String = (0..50_000).map(|row| format!("{row},{}\n", row * 7919)).collect();
    let text = format!("a,b\n{rows}");
    let wanted = read(&text).unwrap();
    assert_eq!(wanted.len(), 50_001);
    let open = |container, bytes: &[u8]| {
        CsvInput::open("bill.csv.gz", container, file_of(bytes)).and_then(rows_of)
    };
    let packed = gzip(text.as_bytes());
    assert_eq!(open(Container::Gzip, &packed).unwrap(), wanted);
    let halves = [gzip(&text.as_bytes()[..1000]), gzip(&text.as_bytes()[1000..])].concat();
    assert_eq!(open(Container::Gzip, &halves).unwrap(), wanted);
    let zstandard = zstd::encode_all(text.as_bytes(), 1).unwrap();
    assert_eq!(open(Container::Zstandard, &zstandard).unwrap(), wanted);
    assert_eq!(open(Container::Plain, text.as_bytes()).unwrap(), wanted);
    for (container, bytes) in [(Container::Gzip, &packed), (Container::Zstandard, &zstandard)] {
        let message = open(container, &bytes[..bytes.len() - 6]).unwrap_err().to_string();
        assert!(message.contains("the compressed data ends in the middle"), "{message}");
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 8].fill(0xa5);
        // Damage shows in the rows or in the checksum, whichever comes first.
        assert!(open(container, &damaged).is_err());
    }
}

fn cut(bytes: &[u8], at: &[usize]) -> Vec<Vec<u8>> {
    let mut cuts: Vec<usize> = at.iter().map(|at| at % (bytes.len() + 1)).collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| bytes[pair[0]..pair[1]].to_vec()).collect()
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(
        rows in proptest::collection::vec(
            proptest::collection::vec("[a-z\",\r\n \u{e9}\u{d55c}]{0,12}", 3), 0..40),
        crlf: bool,
        at in proptest::collection::vec(0usize..4000, 0..6),
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let read = read_blocks(cut(&bytes, &at)).unwrap();
        prop_assert_eq!(&read[1..], &rows[..]);
    }

    #[test]
    fn where_blocks_end_changes_nothing_and_no_bytes_are_too_strange(
        bytes in proptest::collection::vec(
            prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(1u8), any::<u8>()], 0..300),
        at in proptest::collection::vec(0usize..300, 0..8),
    ) {
        let whole = read_blocks(vec![bytes.clone()]).map_err(|error| error.to_string());
        let parts = read_blocks(cut(&bytes, &at)).map_err(|error| error.to_string());
        // Rows before an error may be read in one go or not; the error is the same.
        prop_assert_eq!(whole, parts);
    }
}
