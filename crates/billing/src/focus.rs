//! FOCUS 1.0 to 1.4, of whichever provider, to FOCUS 1.4.
//!
//! Source: the FinOps Open Cost and Usage Specification, <https://focus.finops.org/focus-specification/>,
//! dataset *Cost and Usage*. Between its versions columns were added, and two were taken away in 1.4:
//!
//! - `ProviderName`, who makes a service available for purchase, is `ServiceProviderName` since 1.3.
//! - `PublisherName`, who makes the product, has no successor: `HostProviderName` is whose
//!   infrastructure it runs on, which older versions do not say. It is kept as `x_publisher_name`.
//!
//! Whatever else a file has is kept as its own `x_…` column; `x_ServiceCode`, `x_UsageType`,
//! `x_Operation` and `x_CostCategories` of AWS are columns of ours. Rows by which a provider splits a
//! charge (1.3 and later) stand in the place of that charge, so they are lines as any other.
//! Exports of Google Cloud, Azure and Oracle in FOCUS columns are read the same way.

#[cfg(test)]
mod files_test;
pub(crate) mod json;
#[cfg(test)]
mod tests;

use crate::error::{BillError, Problem};
use crate::line_builder::{LineBuilder, OwnColumns};
use crate::mapper::{LineBatch, Mapper, ReadOptions};
use crate::raw::{Cell, Header, RawBatch};
use crate::times;
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use hannun_model::money::Money;
use json::{Json, JsonKind};
use std::collections::HashSet;
use std::sync::Arc;

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    V1_4,
}

/// Columns that a version was the first or the last to have.
const SINCE: [(Version, &[usize]); 3] = [
    (
        Version::V1_3,
        &[
            cost::SERVICE_PROVIDER_NAME,
            cost::HOST_PROVIDER_NAME,
            cost::CONTRACT_APPLIED,
            cost::ALLOCATED_METHOD_ID,
            cost::ALLOCATED_METHOD_DETAILS,
            cost::ALLOCATED_RESOURCE_ID,
            cost::ALLOCATED_RESOURCE_NAME,
            cost::ALLOCATED_TAGS,
        ],
    ),
    (
        Version::V1_2,
        &[
            cost::BILLING_ACCOUNT_TYPE,
            cost::SUB_ACCOUNT_TYPE,
            cost::INVOICE_ID,
            cost::PRICING_CURRENCY,
            cost::PRICING_CURRENCY_EFFECTIVE_COST,
            cost::PRICING_CURRENCY_LIST_UNIT_PRICE,
            cost::PRICING_CURRENCY_CONTRACTED_UNIT_PRICE,
            cost::CAPACITY_RESERVATION_ID,
            cost::CAPACITY_RESERVATION_STATUS,
        ],
    ),
    (
        Version::V1_1,
        &[
            cost::COMMITMENT_DISCOUNT_QUANTITY,
            cost::COMMITMENT_DISCOUNT_UNIT,
            cost::SERVICE_SUBCATEGORY,
            cost::SKU_METER,
            cost::SKU_PRICE_DETAILS,
        ],
    ),
];

/// Columns of 1.4 that have to be there: without them a line has no cost, no time or no place. The
/// specification demands some more, of which a bill without them still says what it costs.
const MANDATORY: [usize; 11] = [
    cost::BILLED_COST,
    cost::EFFECTIVE_COST,
    cost::LIST_COST,
    cost::CONTRACTED_COST,
    cost::BILLING_ACCOUNT_ID,
    cost::BILLING_PERIOD_START,
    cost::BILLING_PERIOD_END,
    cost::CHARGE_PERIOD_START,
    cost::CHARGE_PERIOD_END,
    cost::CHARGE_CATEGORY,
    cost::SERVICE_NAME,
];

/// Columns of which every row has to have a value.
const NEVER_NULL: [usize; 6] = [
    cost::BILLED_COST,
    cost::EFFECTIVE_COST,
    cost::BILLING_PERIOD_START,
    cost::CHARGE_PERIOD_START,
    cost::CHARGE_PERIOD_END,
    cost::CHARGE_CATEGORY,
];

/// Columns with other names than those of 1.4, as letters and digits only.
const OTHER_NAMES: [(&str, usize); 5] = [
    ("providername", cost::SERVICE_PROVIDER_NAME),
    ("xservicecode", cost::X_SERVICE_CODE),
    ("xusagetype", cost::X_USAGE_TYPE),
    ("xoperation", cost::X_OPERATION),
    ("xcostcategories", cost::X_COST_CATEGORY),
];

/// The version that a file has the columns of: the latest one that added any of them.
pub fn version(header: &Header) -> Version {
    let names: HashSet<String> = header.names().iter().map(|name| squeezed(name)).collect();
    let has = |column: &usize| names.contains(&squeezed(cost::COLUMNS[*column].name));
    let provider = names.contains("providername");
    let of_1_4 = [cost::INVOICE_DETAIL_ID, cost::COMMITMENT_PROGRAM_ELIGIBILITY_DETAILS];
    if of_1_4.iter().any(has) || (has(&cost::SERVICE_PROVIDER_NAME) && !provider) {
        return Version::V1_4;
    }
    SINCE
        .iter()
        .find(|(_, columns)| columns.iter().any(has))
        .map_or(Version::V1_0, |(version, _)| *version)
}

/// Makes the mapper of a file with this header.
///
/// # Errors
/// Mandatory columns are missing; all of them are named.
pub fn mapper(header: &Arc<Header>, options: &ReadOptions) -> Result<Box<dyn Mapper>, BillError> {
    Ok(Box::new(FocusMapper::new(header, options)?))
}

struct FocusMapper {
    columns: Vec<Carried>,
    /// Where the columns are that a line may not lack, by position in [`NEVER_NULL`].
    never_null: [usize; NEVER_NULL.len()],
    billing_account: usize,
    billing_currency: Option<usize>,
    own: OwnColumns,
    builder: LineBuilder,
    options: ReadOptions,
}

/// A column of the file that a column of ours carries.
struct Carried {
    raw: usize,
    column: usize,
    kind: Kind,
}

enum Kind {
    Text,
    Json(Json),
    Decimal,
    Time,
}

impl FocusMapper {
    fn new(header: &Arc<Header>, options: &ReadOptions) -> Result<Self, BillError> {
        let mut columns: Vec<Carried> = Vec::new();
        let mut is_carried = vec![false; header.len()];
        for column in 0..cost::COLUMNS.len() {
            if let Some(raw) = position(header, column)
                && !is_carried[raw]
                && can_be_read(column)
            {
                is_carried[raw] = true;
                columns.push(Carried { raw, column, kind: Kind::of(column) });
            }
        }
        check_mandatory(header, &columns, options)?;
        let raw_of = |wanted: usize| {
            columns.iter().find(|carried| carried.column == wanted).map(|carried| carried.raw)
        };
        let never_null = NEVER_NULL.map(|column| raw_of(column).unwrap_or(usize::MAX));
        let own = OwnColumns::new(header, |raw, _| (!is_carried[raw]).then_some(ColumnType::Text));
        let builder = LineBuilder::new(CostTable::Lines, header, options, &own);
        Ok(Self {
            never_null,
            billing_account: raw_of(cost::BILLING_ACCOUNT_ID).unwrap_or(usize::MAX),
            billing_currency: raw_of(cost::BILLING_CURRENCY),
            columns,
            own,
            builder,
            options: options.clone(),
        })
    }

    fn line(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        for column in self.never_null {
            if is_null(raw.cell(column, row)) {
                let empty = "is empty, where FOCUS demands a value: correct the export";
                return Err(raw.error(column, row, Problem::Format(empty.to_owned())));
            }
        }
        for carried in &mut self.columns {
            let cell = raw.cell(carried.raw, row);
            if is_null(cell) {
                continue;
            }
            let failed = |problem| raw.error(carried.raw, row, problem);
            match &mut carried.kind {
                Kind::Text => {
                    self.builder.optional_text(carried.column, cell.text().as_deref());
                }
                Kind::Json(json) => {
                    if let Some(text) = cell.text() {
                        let text = json.normalised(&text).map_err(failed)?;
                        self.builder.optional_text(carried.column, text);
                    }
                }
                Kind::Decimal => {
                    let amount = trimmed(cell).money().map_err(failed)?;
                    self.builder.money(carried.column, amount);
                    // FOCUS states costs after negotiated discounts: both are net.
                    match carried.column {
                        cost::BILLED_COST => self.builder.money(cost::NET_BILLED_COST, amount),
                        cost::EFFECTIVE_COST => {
                            self.builder.money(cost::NET_EFFECTIVE_COST, amount);
                        }
                        _ => {}
                    }
                }
                Kind::Time => {
                    self.builder.time(carried.column, cell.time_ns().map_err(failed)?);
                }
            }
        }
        self.currency(raw, row)?;
        check_period(raw, row, self.never_null[2], self.options.period)?;
        check_account(raw, row, self.billing_account, self.options.account.as_deref())?;
        self.own.write(&mut self.builder, raw, row)?;
        self.builder.end_line();
        Ok(())
    }

    fn currency(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        let stated = self.billing_currency.is_some_and(|column| !is_null(raw.cell(column, row)));
        match &self.options.currency {
            _ if stated => Ok(()),
            Some(currency) => {
                self.builder.text(cost::BILLING_CURRENCY, currency);
                Ok(())
            }
            None => Err(raw.row_error(row, Problem::NoCurrency)),
        }
    }
}

impl Mapper for FocusMapper {
    fn map(&mut self, raw: &RawBatch) -> Result<Vec<LineBatch>, BillError> {
        let mut batches = Vec::new();
        for row in 0..raw.rows() {
            self.line(raw, row)?;
            batches.extend(self.builder.take_full()?);
        }
        Ok(batches)
    }

    fn finish(&mut self) -> Result<Vec<LineBatch>, BillError> {
        Ok(self.builder.take()?.into_iter().collect())
    }
}

impl Kind {
    fn of(column: usize) -> Self {
        match cost::COLUMNS[column].column_type {
            ColumnType::Decimal => Self::Decimal,
            ColumnType::Timestamp => Self::Time,
            ColumnType::Json => Self::Json(Json::new(match column {
                cost::TAGS | cost::ALLOCATED_TAGS | cost::X_COST_CATEGORY => JsonKind::Tags,
                _ => JsonKind::Any,
            })),
            _ => Kind::Text,
        }
    }
}

/// Whether a column of ours may come from a file: those that an import writes may not.
fn can_be_read(column: usize) -> bool {
    let is_ours = matches!(
        column,
        cost::SOURCE | cost::SNAPSHOT_ID | cost::NET_BILLED_COST | cost::NET_EFFECTIVE_COST
    );
    !is_ours
}

/// Where a file has a column of ours. Names are compared by their letters and digits, as files write
/// `SkuPriceId`, `sku_price_id` and `SkuPriceid`.
fn position(header: &Header, column: usize) -> Option<usize> {
    let find = |wanted: &str| header.names().iter().position(|name| squeezed(name) == wanted);
    find(&squeezed(cost::COLUMNS[column].name)).or_else(|| {
        let mut others = OTHER_NAMES.iter().filter(|(_, of)| *of == column);
        others.find_map(|(name, _)| find(name))
    })
}

/// The letters and digits of a name in lower case.
pub(crate) fn squeezed(name: &str) -> String {
    name.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a cell has no value. The examples of the specification write `null`.
pub(crate) fn is_null(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text.eq_ignore_ascii_case("null"),
        _ => false,
    }
}

/// A cell without the space around its text, which spreadsheets leave around amounts.
fn trimmed(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Text(text) => Cell::Text(text.trim()),
        other => other,
    }
}

fn check_mandatory(
    header: &Header,
    columns: &[Carried],
    options: &ReadOptions,
) -> Result<(), BillError> {
    let is_missing = |wanted: usize| columns.iter().all(|carried| carried.column != wanted);
    let mut missing: Vec<String> =
        MANDATORY.into_iter().filter(|column| is_missing(*column)).map(specified_name).collect();
    if is_missing(cost::BILLING_CURRENCY) && options.currency.is_none() {
        missing.push(specified_name(cost::BILLING_CURRENCY));
    }
    if is_missing(cost::SERVICE_PROVIDER_NAME) {
        missing.push(match version(header) {
            Version::V1_0 | Version::V1_1 | Version::V1_2 => "ProviderName".to_owned(),
            Version::V1_3 | Version::V1_4 => specified_name(cost::SERVICE_PROVIDER_NAME),
        });
    }
    if missing.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "lacks {} that FOCUS demands: {}; add them to the export",
        if missing.len() == 1 { "a column" } else { "columns" },
        missing.join(", ")
    );
    Err(BillError::of_file(&header.file, Problem::Format(problem)))
}

/// The name of a column as the specification writes it: `BilledCost`.
fn specified_name(column: usize) -> String {
    let words = cost::COLUMNS[column].name.split('_');
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Refuses a line of another billing period than the expected one.
pub(crate) fn check_period(
    raw: &RawBatch,
    row: usize,
    column: usize,
    expected: Option<(i64, i64)>,
) -> Result<(), BillError> {
    let Some((start_ms, _)) = expected else { return Ok(()) };
    let Some(found_ns) = raw.time_ns(column, row)? else { return Ok(()) };
    match other_period(found_ns, start_ms) {
        Some(problem) => Err(raw.error(column, row, problem)),
        None => Ok(()),
    }
}

/// What is wrong with a billing period that starts at `found_ns` where one that starts at `start_ms`
/// is expected.
pub(crate) fn other_period(found_ns: i64, start_ms: i64) -> Option<Problem> {
    (found_ns.div_euclid(1_000_000) != start_ms).then(|| Problem::OtherPeriod {
        found: times::print_ns(found_ns),
        expected: times::print_ns(start_ms.saturating_mul(1_000_000)),
    })
}

/// Refuses a line of another account than the expected one.
pub(crate) fn check_account(
    raw: &RawBatch,
    row: usize,
    column: usize,
    expected: Option<&str>,
) -> Result<(), BillError> {
    let Some(expected) = expected else { return Ok(()) };
    let found = raw.cell(column, row).text();
    match found.as_deref() {
        Some(found) if found == expected => Ok(()),
        found => Err(raw.error(
            column,
            row,
            Problem::OtherAccount {
                found: found.unwrap_or_default().to_owned(),
                expected: expected.to_owned(),
            },
        )),
    }
}

/// A price × a quantity, when both are there.
pub(crate) fn product(price: Option<Money>, quantity: Option<Money>) -> Option<Money> {
    price?.times(quantity?)
}
