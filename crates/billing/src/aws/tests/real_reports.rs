//! Reports of real accounts, with the totals that were computed of them elsewhere.

use super::{amounts, text};
use crate::detect::Format;
use crate::line_source::open;
use crate::mapper::{LineBatch, ReadOptions};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Decimal128Type;
use hannun_model::cost::CostTable;
use hannun_model::money::Money;
use std::fs::File;
use std::path::PathBuf;

/// A file of the data folder; none when it is not on this machine.
fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HANNUN_TEST_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join("finops").join(name);
    if !path.exists() {
        println!("SKIPPED: no {}", path.display());
        return None;
    }
    Some(path)
}

struct Report {
    format: Format,
    rows: u64,
    batches: Vec<LineBatch>,
}

fn read(name: &str) -> Option<Report> {
    let file = File::open(path(name)?).unwrap();
    let bytes = file.metadata().unwrap().len();
    let mut source = open(name, file, &ReadOptions::default()).unwrap();
    let mut batches = Vec::new();
    while let Some(lines) = source.next().unwrap() {
        batches.extend(lines);
    }
    assert!(batches.iter().all(|batch| batch.table == CostTable::Lines));
    assert_eq!(source.bytes_read(), bytes);
    Some(Report { format: source.format(), rows: source.rows_read(), batches })
}

impl Report {
    /// The sum of a column over the lines for which `counts` says so.
    fn sum_where(&self, column: &str, counts: impl Fn(&RecordBatch, usize) -> bool) -> Money {
        let mut sum = Money::ZERO;
        for LineBatch { records, .. } in &self.batches {
            let Some(array) = records.column_by_name(column) else { continue };
            let array = array.as_primitive::<Decimal128Type>();
            for row in (0..array.len()).filter(|row| array.is_valid(*row) && counts(records, *row))
            {
                sum += Money::from_units(array.value(row));
            }
        }
        sum
    }

    fn sum(&self, column: &str) -> Money {
        self.sum_where(column, |_, _| true)
    }
}

#[track_caller]
fn about(sum: Money, wanted: f64) {
    assert!((sum.to_f64() - wanted).abs() < 1e-4, "{sum} is not {wanted}");
}

fn month(name: &str, rows: u64, [billed, effective, list, used, unused, upfront, fee]: [f64; 7]) {
    let Some(report) =
        read(&format!("aws_cur_wa_labs/{name}2018-WorkshopCUR-00001.snappy.parquet"))
    else {
        return;
    };
    assert_eq!((report.format, report.rows), (Format::AwsCur, rows));
    about(report.sum("billed_cost"), billed);
    about(report.sum("net_billed_cost"), billed);
    about(report.sum("effective_cost"), effective);
    about(report.sum("list_cost"), list);
    let status = |wanted: &'static str| {
        report.sum_where("effective_cost", move |records, row| {
            text(records, "commitment_discount_status", row) == wanted
        })
    };
    let fees = report
        .sum_where("billed_cost", |records, row| text(records, "x_charge_type", row) == "RIFee");
    let amortised = report.sum("x_reservation_amortized_upfront_fee_for_billing_period");
    about(status("Used"), used);
    about(status("Unused"), unused);
    about(amortised, upfront);
    about(fees, fee);
    about(status("Used") + status("Unused") - fees - amortised, 0.0);
    about(report.sum("effective_cost") - report.sum("billed_cost") - amortised, 0.0);
}

#[test]
fn october_2018_ties_out() {
    let amounts = [4064.483132, 4195.957109, 4237.681735, 232.2538, 48.9956, 131.4740, 149.7754];
    month("Oct", 119_307, amounts);
}

#[test]
fn november_2018_ties_out() {
    let amounts = [3505.326968, 3632.559846, 3671.199306, 231.4004, 43.2164, 127.2329, 147.3840];
    month("Nov", 124_340, amounts);
}

#[test]
fn a_day_between_ctrl_a_separators_ties_out() {
    let Some(report) = read("aws_cur_wa_labs/workload_efficiency_CUR_20191126.ctrlA.gz") else {
        return;
    };
    assert_eq!((report.format, report.rows), (Format::AwsCur, 7_850));
    let ordering = report.sum_where("billed_cost", |records, row| {
        text(records, "tags", row).contains(r#""application":"ordering""#)
    });
    about(ordering, 56.027166);
    let regional = report.sum_where("billed_cost", |records, row| {
        text(records, "x_usage_type", row).contains("DataTransfer-Regional-Bytes")
            && text(records, "tags", row).contains(r#""application":"ordering""#)
    });
    about(regional, 13.4895);
}

#[test]
fn a_draft_and_its_final_report_cost_the_same() {
    let name = |state| format!("aws_cur_synthetic_nise/october-2026-{state}.csv.gz");
    let (Some(draft), Some(last)) = (read(&name("draft")), read(&name("finalized"))) else {
        return;
    };
    assert_eq!((draft.rows, last.rows), (10_080, 10_080));
    for column in ["billed_cost", "effective_cost", "list_cost", "net_effective_cost"] {
        assert_eq!(draft.sum(column), last.sum(column), "{column}");
        assert!(!draft.sum(column).is_zero(), "{column}");
    }
    let invoices = |report: &Report| text(&report.batches[0].records, "invoice_id", 0).len();
    assert!(invoices(&draft) == 0 && invoices(&last) > 0);
    let of_kind = |kind: &'static str| {
        draft.sum_where("billed_cost", move |records, row| {
            text(records, "x_charge_type", row) == kind
        })
    };
    let covered = of_kind("SavingsPlanCoveredUsage");
    assert_eq!(covered + of_kind("SavingsPlanNegation"), Money::ZERO);
    assert!(covered > Money::ZERO);
    // The tool writes words where prices belong; they are kept.
    let odd = draft.batches.iter().any(|LineBatch { records, .. }| {
        (0..records.num_rows())
            .any(|row| text(records, "x_pricing_public_on_demand_cost", row) == "convertible")
    });
    assert!(odd);
}

#[test]
fn a_report_with_names_as_in_csv_is_read() {
    let Some(report) = read("aws_cur_legacy_anon/sample-anonymous-aws-export-dataset.csv.gz")
    else {
        return;
    };
    assert_eq!((report.format, report.rows), (Format::AwsCur, 1_281));
    let records = &report.batches[0].records;
    assert_eq!(text(records, "charge_category", 0), "Tax");
    assert_eq!(text(records, "service_name", 0), "AWS CloudTrail");
    assert_eq!(amounts(records, 0)[0], "0");
    let tax = report.batches.iter().flat_map(|batch| {
        (0..batch.records.num_rows()).map(|row| text(&batch.records, "charge_category", row))
    });
    assert_eq!(tax.filter(|category| *category == "Tax").count(), 12);
}
