//! The report as CSV (RFC 4180).

use super::ErrorReportRow;
use std::fmt::Write;

const HEADER: &str = "service,error_type,before_last,last,change,change_percent,is_new,is_gone\r\n";
/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A header line and one line a row.
pub(super) fn write(rows: &[ErrorReportRow]) -> String {
    let mut out = String::from(HEADER);
    for row in rows {
        write_text(&mut out, &row.service);
        out.push(',');
        write_text(&mut out, &row.error_type);
        for number in [Some(row.before_last), Some(row.last), Some(row.change), row.change_percent]
        {
            out.push(',');
            if let Some(number) = number {
                write_number(&mut out, number);
            }
        }
        let written = write!(out, ",{},{}\r\n", row.is_new, row.is_gone);
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    out
}

/// A cell that a sender may have written. One that would be a formula gets a quote before it, which
/// spreadsheets take for the mark of a text.
fn write_text(out: &mut String, cell: &str) {
    let is_formula = cell.starts_with(FORMULA);
    let needs_quotes = cell.is_empty() || cell.contains([',', '"', '\n', '\r', '\t']);
    if needs_quotes {
        out.push('"');
    }
    if is_formula {
        out.push('\'');
    }
    match needs_quotes {
        true => out.push_str(&cell.replace('"', "\"\"")),
        false => out.push_str(cell),
    }
    if needs_quotes {
        out.push('"');
    }
}

/// At most three decimals: counts are whole unless the sender sampled.
fn write_number(out: &mut String, number: f64) {
    let rounded = (number * 1000.0).round() / 1000.0;
    // Never "-0".
    let written = write!(out, "{}", if rounded == 0.0 { 0.0 } else { rounded });
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_senders_cannot_break_out() {
        let row = |service: &str, error_type: &str| ErrorReportRow {
            service: service.to_owned(),
            error_type: error_type.to_owned(),
            before_last: 3.0,
            last: 4.0,
            change: 1.0,
            change_percent: Some(100.0 / 3.0),
            is_new: false,
            is_gone: false,
        };
        let text = write(&[
            row("주문", "a,b \"c\"\r\nd"),
            row("", "=HYPERLINK(\"http://evil\")"),
            ErrorReportRow { change_percent: None, is_new: true, ..row("-1", "@SUM(A1)") },
        ]);
        let expected = "service,error_type,before_last,last,change,change_percent,is_new,is_gone\r\n\
            주문,\"a,b \"\"c\"\"\r\nd\",3,4,1,33.333,false,false\r\n\
            \"\",\"'=HYPERLINK(\"\"http://evil\"\")\",3,4,1,33.333,false,false\r\n\
            '-1,'@SUM(A1),3,4,1,,true,false\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (number, expected) in
            [(5.0, "5"), (-0.0001, "0"), (12.0000001, "12"), (2.5, "2.5"), (-4.0, "-4")]
        {
            let mut out = String::new();
            write_number(&mut out, number);
            assert_eq!(out, expected);
        }
    }
}
