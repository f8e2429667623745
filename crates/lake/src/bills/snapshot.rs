//! What is known of a snapshot, as it is written beside its files.

use hannun_model::cost::CostTable;
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One delivery of a month of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// ULID; the folder of its files.
    pub id: String,
    /// Cost source that it was imported as.
    pub source: String,
    /// Who sent the bill, such as `AWS`.
    pub provider: String,
    /// First instant of the billing period, milliseconds since 1970.
    pub period_start_ms: i64,
    /// First instant after it.
    pub period_end_ms: i64,
    /// What tells this delivery from others of the same period.
    pub manifest_id: String,
    /// Currency that whoever imported it gave for lines that do not say theirs.
    #[serde(default)]
    pub assumed_currency: Option<String>,
    /// Account that the bill is for, when it says so.
    pub account: Option<String>,
    pub imported_ms: i64,
    /// The snapshot that was current before.
    pub supersedes: Option<String>,
    /// The files of the delivery.
    pub inputs: Vec<InputFile>,
    /// Lines of the bill that count.
    pub rows: u64,
    /// The data files; none once they were dropped for newer versions.
    pub files: Vec<BillFile>,
    /// Columns of the source's own, by table.
    pub own_columns: BTreeMap<String, Vec<OwnColumn>>,
    pub totals: Vec<CurrencyTotals>,
    /// What is odd about the bill.
    pub findings: Vec<BillFinding>,
    /// How the snapshot before differs, in sum and, the largest first, in detail.
    pub restated: Vec<RestatedTotals>,
    pub restated_amounts: Vec<RestatedAmount>,
}

/// A file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    pub name: String,
    pub bytes: u64,
    pub rows: u64,
}

/// A data file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillFile {
    /// Name of the table in SQL.
    pub table: String,
    /// Path below the folder of bills.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    /// Bytes of the rows in memory before encoding.
    pub raw_bytes: u64,
    /// Smallest and largest `charge_period_start`, nanoseconds; `None` when a row has none.
    pub times_ns: Option<(i64, i64)>,
    /// CRC-32C of each block, as of other data files.
    pub checksums: Vec<u32>,
}

/// A column that only this source has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnColumn {
    pub name: String,
    /// Whether it is a decimal; else it is a text.
    pub decimal: bool,
}

/// What the lines of one currency come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyTotals {
    pub currency: String,
    pub rows: u64,
    pub billed: Money,
    pub effective: Money,
    pub list: Money,
    pub contracted: Money,
    pub net_billed: Money,
    pub net_effective: Money,
}

/// Something odd that does not keep the bill from being used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillFinding {
    /// Name of the check.
    pub check: String,
    pub message: String,
}

/// By how much a snapshot differs from the one before, in one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedTotals {
    pub currency: String,
    /// How many amounts by day, account and service differ.
    pub amounts: u64,
    pub billed_before: Money,
    pub billed_after: Money,
    pub effective_before: Money,
    pub effective_after: Money,
}

/// An amount of a day, account and service that the snapshot before had otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedAmount {
    /// First instant of the day, milliseconds since 1970.
    pub day_ms: i64,
    pub sub_account_id: Option<String>,
    pub service_name: Option<String>,
    pub currency: String,
    pub billed_before: Money,
    pub billed_after: Money,
    pub effective_before: Money,
    pub effective_after: Money,
}

impl SnapshotRecord {
    /// Bytes of its data files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Whether its lines are still there to be read.
    pub fn has_lines(&self) -> bool {
        !self.files.is_empty() || self.rows == 0
    }

    /// What a newer delivery of the same month has in common with it.
    pub fn period(&self) -> (&str, i64) {
        (&self.source, self.period_start_ms)
    }
}

impl BillFile {
    /// The table that its rows are of.
    pub fn table(&self) -> Option<CostTable> {
        CostTable::ALL.into_iter().find(|table| table.name() == self.table)
    }
}
