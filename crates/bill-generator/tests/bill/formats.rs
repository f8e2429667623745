//! The same bill in every format.

use crate::read::{Line, amount, each_line, first_lines, generated, small};
use hannun_bill_generator::{Format, Truth};
use hannun_model::money::Money;
use std::path::Path;

/// How many lines of each format are compared, column by column.
const COMPARED: usize = 6000;

fn lines(folder: &Path, format: Format) -> Vec<Line> {
    let mut lines = Vec::new();
    each_line(folder, format, "2026-10", |line| lines.push(line));
    lines
}

fn sum(lines: &[Line], column: &str) -> Money {
    lines.iter().map(|line| amount(line, column)).sum()
}

fn totals(truth: &Truth) -> (Money, Money) {
    let period = truth.periods.iter().find(|it| it.period == "2026-10").unwrap();
    (period.totals.billed, period.totals.effective)
}

#[test]
fn parquet_says_what_csv_says() {
    let pairs = [
        (Format::Cur2Csv, Format::Cur2Parquet),
        (Format::Focus12Csv, Format::Focus12Parquet),
        (Format::Focus14Csv, Format::Focus14Parquet),
    ];
    let (folder, _) = small();
    for (csv, parquet) in pairs {
        let [csv_lines, parquet_lines] =
            [csv, parquet].map(|format| first_lines(folder.path(), format, COMPARED));
        assert_eq!((csv_lines.len(), parquet_lines.len()), (COMPARED, COMPARED));
        for (one, other) in csv_lines.iter().zip(&parquet_lines) {
            for (column, text) in one {
                let text = text.replace(".000Z", "Z");
                let found = &other[column];
                let same = *found == text
                    || (!text.is_empty() && Money::parse(&text) == Money::parse(found))
                    || serde_json::from_str::<serde_json::Value>(&text).ok()
                        == serde_json::from_str(found).ok();
                assert!(same, "{csv} {column}: {text} and {found}");
            }
        }
    }
}

#[test]
fn every_format_has_the_total() {
    let (folder, truth) = small();
    let (billed, effective) = totals(&truth);
    for format in Format::ALL {
        let mut lines = Vec::new();
        let period = if format.is_legacy() { "20261001-20261101" } else { "2026-10" };
        each_line(folder.path(), format, period, |line| lines.push(line));
        if format.name().starts_with("cur") {
            let column = if format.is_legacy() {
                "lineItem/UnblendedCost"
            } else {
                "line_item_unblended_cost"
            };
            assert_eq!(sum(&lines, column), billed, "{format}");
        } else {
            assert_eq!(sum(&lines, "BilledCost"), billed, "{format}");
            assert_eq!(sum(&lines, "EffectiveCost"), effective, "{format}");
        }
    }
}

#[test]
fn lines_say_that_they_are_synthetic() {
    let (folder, _) = generated(&[Format::Cur2Csv, Format::CurLegacy, Format::Focus14Csv]);
    assert!(
        lines(folder.path(), Format::Cur2Csv)
            .iter()
            .all(|line| line["line_item_legal_entity"] == "Hannun synthetic")
    );
    let focus = lines(folder.path(), Format::Focus14Csv);
    assert!(focus.iter().all(|line| line["x_Synthetic"] == "true"));
    let unused = focus.iter().filter(|line| line["CommitmentDiscountStatus"] == "Unused");
    assert!(unused.count() > 700, "every hour of the Savings Plan has its unused part");
}

#[test]
fn a_line_has_what_identifies_it_only_by_its_name() {
    let (folder, _) = generated(&[Format::Cur2Csv]);
    let lines = lines(folder.path(), Format::Cur2Csv);
    let ids: std::collections::HashSet<&String> =
        lines.iter().map(|line| &line["identity_line_item_id"]).collect();
    assert!(ids.len() * 20 < lines.len(), "{} ids of {} lines", ids.len(), lines.len());
}
