//! Reads files as anybody would.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, TimestampMillisecondType};
use flate2::read::MultiGzDecoder;
use hannun_bill_generator::{Format, Month, Options, Truth, generate};
use hannun_model::money::Money;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

pub type Line = BTreeMap<String, String>;

/// A small bill of two months.
pub fn options(folder: &Path, formats: &[Format]) -> Options {
    let mut options = Options::new(folder);
    options.first_month = Month::parse("2026-09").unwrap();
    options.months = 2;
    options.lines = 120_000;
    options.formats = formats.to_vec();
    options.lines_per_file = 40_000;
    options
}

pub fn generated(formats: &[Format]) -> (tempfile::TempDir, Truth) {
    let folder = tempfile::tempdir().unwrap();
    let truth = generate(&options(folder.path(), formats)).unwrap();
    (folder, truth)
}

/// A bill of one month in all formats.
pub fn small() -> (tempfile::TempDir, Truth) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), &Format::ALL);
    options.first_month = Month::parse("2026-10").unwrap();
    options.months = 1;
    options.lines = 1;
    options.with_draft = false;
    let truth = generate(&options).unwrap();
    (folder, truth)
}

/// All files below a folder, by their path within it.
pub fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, path);
            }
        }
    }
    found
}

/// Calls with every line of the files of a format whose path contains `period`.
pub fn each_line(folder: &Path, format: Format, period: &str, mut take: impl FnMut(Line)) {
    for (name, path) in files(&folder.join(format.name())) {
        if !name.contains(period) {
            continue;
        }
        if name.ends_with(".csv.gz") {
            let mut reader =
                csv::Reader::from_reader(MultiGzDecoder::new(File::open(path).unwrap()));
            for line in reader.deserialize() {
                take(line.unwrap());
            }
        } else if name.ends_with(".parquet") {
            let file = File::open(path).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
            for batch in reader {
                lines_of(&batch.unwrap()).into_iter().for_each(&mut take);
            }
        }
    }
}

/// The first lines of the first file of a format.
pub fn first_lines(folder: &Path, format: Format, count: usize) -> Vec<Line> {
    let files = files(&folder.join(format.name()));
    let (name, path) = files.iter().find(|(name, _)| name.contains("00001")).unwrap();
    let file = File::open(path).unwrap();
    if name.ends_with(".csv.gz") {
        let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(file));
        return reader.deserialize().take(count).map(Result::unwrap).collect();
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_limit(count);
    reader.build().unwrap().flat_map(|batch| lines_of(&batch.unwrap())).collect()
}

fn lines_of(batch: &RecordBatch) -> Vec<Line> {
    let schema = batch.schema();
    let mut lines = vec![Line::new(); batch.num_rows()];
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        for (row, line) in lines.iter_mut().enumerate() {
            let text = if column.is_null(row) {
                String::new()
            } else {
                match field.data_type() {
                    DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
                    DataType::Float64 => {
                        column.as_primitive::<Float64Type>().value(row).to_string()
                    }
                    DataType::Map(..) => {
                        let pairs = column.as_map().value(row);
                        let (keys, values) = (
                            pairs.column(0).as_string::<i32>(),
                            pairs.column(1).as_string::<i32>(),
                        );
                        let map: serde_json::Map<String, serde_json::Value> = (0..pairs.len())
                            .map(|place| (keys.value(place).to_owned(), values.value(place).into()))
                            .collect();
                        serde_json::Value::from(map).to_string()
                    }
                    DataType::Timestamp(..) => {
                        let millis = column.as_primitive::<TimestampMillisecondType>().value(row);
                        time_text(millis)
                    }
                    other => panic!("an unexpected type: {other}"),
                }
            };
            line.insert(field.name().clone(), text);
        }
    }
    lines
}

fn time_text(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).unwrap();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub fn amount(line: &Line, column: &str) -> Money {
    let text = line.get(column).unwrap_or_else(|| panic!("there is no column {column}"));
    if text.is_empty() { Money::ZERO } else { Money::parse(text).unwrap() }
}

/// The amortized cost of a line of CUR 2.0, by the formula of AWS's Cloud Intelligence Dashboards.
pub fn amortized(line: &Line) -> Money {
    match line["line_item_line_item_type"].as_str() {
        "SavingsPlanCoveredUsage" => amount(line, "savings_plan_savings_plan_effective_cost"),
        "SavingsPlanRecurringFee" => {
            amount(line, "savings_plan_total_commitment_to_date")
                - amount(line, "savings_plan_used_commitment")
        }
        "SavingsPlanNegation" => Money::ZERO,
        "DiscountedUsage" => amount(line, "reservation_effective_cost"),
        "RIFee" => {
            amount(line, "reservation_unused_amortized_upfront_fee_for_billing_period")
                + amount(line, "reservation_unused_recurring_fee")
        }
        _ => amount(line, "line_item_unblended_cost"),
    }
}
