//! What a file is: told from its bytes and the names of its columns, never from its name.

use crate::error::{BillError, Problem};
use crate::raw::Header;

/// How the bytes of a file are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Text as it is.
    Plain,
    Gzip,
    Zstandard,
    Parquet,
}

impl Container {
    /// Tells by the first bytes of a file.
    ///
    /// # Errors
    /// The file is empty, or of a kind that has to be unpacked or saved otherwise first.
    pub fn of(file: &str, start: &[u8]) -> Result<Self, BillError> {
        let refuse = |what: &str| Err(BillError::of_file(file, Problem::Format(what.to_owned())));
        match start {
            [] => Err(BillError::of_file(file, Problem::Empty)),
            [b'P', b'A', b'R', b'1', ..] => Ok(Self::Parquet),
            [b'P', b'A', b'R', b'E', ..] => {
                refuse("is an encrypted Parquet file: export it without encryption")
            }
            [0x1f, 0x8b, ..] => Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Self::Zstandard),
            [b'P', b'K', 3, 4, ..] => refuse("is a zip archive: unpack it and import its files"),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => refuse("is UTF-16 text: save it as UTF-8"),
            _ => Ok(Self::Plain),
        }
    }
}

/// Which report a file is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// AWS Cost and Usage Report, legacy: a column for each tag and product attribute.
    AwsCur,
    /// AWS Data Exports, Cost and Usage Report 2.0: maps of tags and product attributes.
    AwsCur2,
    /// FinOps Open Cost and Usage Specification, 1.0 to 1.4.
    Focus,
    /// Azure cost details of an Enterprise Agreement or a Microsoft Customer Agreement.
    Azure,
    /// Oracle Cloud cost report.
    Oci,
}

impl Format {
    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AwsCur => "AWS Cost and Usage Report",
            Self::AwsCur2 => "AWS Cost and Usage Report 2.0",
            Self::Focus => "FOCUS",
            Self::Azure => "Azure cost details",
            Self::Oci => "Oracle Cloud cost report",
        }
    }

    /// Tells by the names of the columns.
    ///
    /// # Errors
    /// No report has such columns; the message names those that were looked for.
    pub fn of(header: &Header) -> Result<Self, BillError> {
        let has = |name: &str| header.index(name).is_some();
        let has_all = |names: &[&str]| names.iter().all(|name| has(name));
        if has_all(&["line_item_unblended_cost", "line_item_line_item_type"]) {
            // Only the second edition has maps, and an export of it may leave all of them out.
            let maps = ["resource_tags", "product", "cost_category", "discount"];
            let names = ["bill_payer_account_name", "line_item_usage_account_name"];
            let second = maps.iter().chain(&names).any(|name| has(name));
            return Ok(if second { Self::AwsCur2 } else { Self::AwsCur });
        }
        if has("billed_cost") && has("charge_period_start") {
            return Ok(Self::Focus);
        }
        if has_all(&["cost_my_cost", "line_item_interval_usage_start"]) {
            return Ok(Self::Oci);
        }
        let azure_cost = ["cost_in_billing_currency", "pre_tax_cost", "cost"];
        if has("meter_id") && azure_cost.iter().any(|name| has(name)) {
            return Ok(Self::Azure);
        }
        if let Some(dataset) = other_focus_dataset(header) {
            let problem = format!(
                "is the FOCUS dataset {dataset}, which has no charges: import Cost and Usage"
            );
            return Err(BillError::of_file(&header.file, Problem::Format(problem)));
        }
        let known = "no bill that can be read: expected the columns of an AWS Cost and Usage Report \
                     (lineItem/UnblendedCost), FOCUS (BilledCost), Azure cost details \
                     (CostInBillingCurrency) or an Oracle Cloud cost report (cost/myCost)";
        let first: Vec<&str> = header.names().iter().take(5).map(String::as_str).collect();
        let problem = format!("{known}; its first columns are {}", first.join(", "));
        Err(BillError::of_file(&header.file, Problem::Format(problem)))
    }
}

/// The dataset of FOCUS beside *Cost and Usage* that has such columns.
fn other_focus_dataset(header: &Header) -> Option<&'static str> {
    let datasets = [
        ("contract_commitment_id", "Contract Commitment"),
        ("billing_period_status", "Billing Period"),
        ("invoice_detail_id", "Invoice Detail"),
    ];
    datasets.into_iter().find(|(column, _)| header.index(column).is_some()).map(|(_, name)| name)
}
