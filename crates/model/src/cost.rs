//! `cost`: lines of bills in the columns of FOCUS 1.4.
//!
//! The first columns are those of the dataset *Cost and Usage* of the FinOps Open Cost and Usage
//! Specification, version 1.4, in snake case; the next ones are what Hannun adds to every line. A
//! source's own columns follow in the files of its snapshots as `x_…` text or decimal columns
//! ([`own_column`]), which differ from bill to bill.
//!
//! The tables `cost`, `cost_daily` and `cost_split` have these columns. They are not tables of the
//! lake: bills are kept as snapshots that replace each other, not as rows that arrive and expire.

use crate::column::{Column, ColumnType, FIELD_ID_METADATA_KEY};
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::sync::{Arc, LazyLock};

crate::table::columns! {
    BILLING_ACCOUNT_ID = 1 "billing_account_id" Text Scan "Account that the invoice is issued to.";
    BILLING_ACCOUNT_NAME = 2 "billing_account_name" Text Scan "Name of that account.";
    BILLING_ACCOUNT_TYPE = 3 "billing_account_type" Text Scan "What the provider calls such an account.";
    SUB_ACCOUNT_ID = 4 "sub_account_id" Text Scan "Account below it that used the resource.";
    SUB_ACCOUNT_NAME = 5 "sub_account_name" Text Scan "Name of the account below.";
    SUB_ACCOUNT_TYPE = 6 "sub_account_type" Text Scan "What the provider calls such an account.";
    INVOICE_ID = 7 "invoice_id" Text Scan "Invoice that the charge is on, once it is issued.";
    INVOICE_DETAIL_ID = 8 "invoice_detail_id" Text Scan "Line of that invoice.";
    INVOICE_ISSUER_NAME = 9 "invoice_issuer_name" Text Scan "Who sends the invoice.";
    SERVICE_PROVIDER_NAME = 10 "service_provider_name" Text Scan "Who makes the service available for purchase.";
    HOST_PROVIDER_NAME = 11 "host_provider_name" Text Scan "Whose infrastructure the service runs on.";
    BILLING_PERIOD_START = 12 "billing_period_start" Timestamp Scan "First instant of the period that is invoiced.";
    BILLING_PERIOD_END = 13 "billing_period_end" Timestamp Scan "First instant after that period.";
    CHARGE_PERIOD_START = 14 "charge_period_start" Timestamp Scan "First instant that the charge is for.";
    CHARGE_PERIOD_END = 15 "charge_period_end" Timestamp Scan "First instant after that.";
    CHARGE_CATEGORY = 16 "charge_category" Text Scan "Usage, Purchase, Tax, Credit or Adjustment.";
    CHARGE_CLASS = 17 "charge_class" Text Scan "Correction, when it mends a charge of a closed period.";
    CHARGE_DESCRIPTION = 18 "charge_description" Text Scan "What is charged, in the words of the provider.";
    CHARGE_FREQUENCY = 19 "charge_frequency" Text Scan "One-Time, Recurring or Usage-Based.";
    BILLED_COST = 20 "billed_cost" Decimal Scan "What is invoiced.";
    EFFECTIVE_COST = 21 "effective_cost" Decimal Scan "What it costs once prepaid amounts are spread over what they cover.";
    LIST_COST = 22 "list_cost" Decimal Scan "What it would cost at public prices.";
    CONTRACTED_COST = 23 "contracted_cost" Decimal Scan "What it would cost at negotiated prices, commitments left aside.";
    LIST_UNIT_PRICE = 24 "list_unit_price" Decimal Scan "Public price of one pricing unit.";
    CONTRACTED_UNIT_PRICE = 25 "contracted_unit_price" Decimal Scan "Negotiated price of one pricing unit.";
    BILLING_CURRENCY = 26 "billing_currency" Text Scan "Currency of the invoice.";
    PRICING_CURRENCY = 27 "pricing_currency" Text Scan "Currency that prices are stated in.";
    PRICING_CURRENCY_EFFECTIVE_COST = 28 "pricing_currency_effective_cost" Decimal Scan "Effective cost in the currency of prices.";
    PRICING_CURRENCY_LIST_UNIT_PRICE = 29 "pricing_currency_list_unit_price" Decimal Scan "Public unit price in the currency of prices.";
    PRICING_CURRENCY_CONTRACTED_UNIT_PRICE = 30 "pricing_currency_contracted_unit_price" Decimal Scan "Negotiated unit price in the currency of prices.";
    PRICING_CATEGORY = 31 "pricing_category" Text Scan "Standard, Dynamic, Committed or Other.";
    PRICING_QUANTITY = 32 "pricing_quantity" Decimal Scan "How many pricing units are charged.";
    PRICING_UNIT = 33 "pricing_unit" Text Scan "Unit that the price is for.";
    CONSUMED_QUANTITY = 34 "consumed_quantity" Decimal Scan "How much was used.";
    CONSUMED_UNIT = 35 "consumed_unit" Text Scan "Unit of that quantity.";
    SERVICE_NAME = 36 "service_name" Text Scan "Service that was bought.";
    SERVICE_CATEGORY = 37 "service_category" Text Scan "What the service is for, such as Compute.";
    SERVICE_SUBCATEGORY = 38 "service_subcategory" Text Scan "The same, finer.";
    REGION_ID = 39 "region_id" Text Scan "Region as the provider writes it.";
    REGION_NAME = 40 "region_name" Text Scan "Name of the region.";
    AVAILABILITY_ZONE = 41 "availability_zone" Text Scan "Zone within the region.";
    RESOURCE_ID = 42 "resource_id" Text Scan "Resource as the provider names it.";
    RESOURCE_NAME = 43 "resource_name" Text Scan "Name that people gave it.";
    RESOURCE_TYPE = 44 "resource_type" Text Scan "Kind of resource.";
    SKU_ID = 45 "sku_id" Text Scan "What is on the price list.";
    SKU_METER = 46 "sku_meter" Text Scan "What of it is metered.";
    SKU_PRICE_ID = 47 "sku_price_id" Text Scan "Its price on the list.";
    SKU_PRICE_DETAILS = 48 "sku_price_details" Json Scan "Properties of that price.";
    COMMITMENT_DISCOUNT_ID = 49 "commitment_discount_id" Text Scan "Commitment that lowers the price.";
    COMMITMENT_DISCOUNT_NAME = 50 "commitment_discount_name" Text Scan "Name of the commitment.";
    COMMITMENT_DISCOUNT_TYPE = 51 "commitment_discount_type" Text Scan "What the provider calls such a commitment.";
    COMMITMENT_DISCOUNT_CATEGORY = 52 "commitment_discount_category" Text Scan "Spend or Usage: what is committed to.";
    COMMITMENT_DISCOUNT_STATUS = 53 "commitment_discount_status" Text Scan "Used or Unused.";
    COMMITMENT_DISCOUNT_QUANTITY = 54 "commitment_discount_quantity" Decimal Scan "How much of the commitment the charge takes.";
    COMMITMENT_DISCOUNT_UNIT = 55 "commitment_discount_unit" Text Scan "Unit of that quantity.";
    COMMITMENT_PROGRAM_ELIGIBILITY_DETAILS = 56 "commitment_program_eligibility_details" Json Scan "Commitments that could have covered the charge.";
    CAPACITY_RESERVATION_ID = 57 "capacity_reservation_id" Text Scan "Capacity that is held.";
    CAPACITY_RESERVATION_STATUS = 58 "capacity_reservation_status" Text Scan "Used or Unused.";
    CONTRACT_APPLIED = 59 "contract_applied" Json Scan "Contracts that the charge counts towards.";
    ALLOCATED_METHOD_ID = 60 "allocated_method_id" Text Scan "How a shared charge was split by the provider.";
    ALLOCATED_METHOD_DETAILS = 61 "allocated_method_details" Json Scan "The same, in detail.";
    ALLOCATED_RESOURCE_ID = 62 "allocated_resource_id" Text Scan "What the split part belongs to.";
    ALLOCATED_RESOURCE_NAME = 63 "allocated_resource_name" Text Scan "Its name.";
    ALLOCATED_TAGS = 64 "allocated_tags" Json Scan "Its tags.";
    TAGS = 65 "tags" Json Scan "Tags of the resource and of the accounts above it.";
    SOURCE = 101 "source" Text Scan "Cost source that the line was imported from.";
    SNAPSHOT_ID = 102 "snapshot_id" Text Scan "Snapshot that the line belongs to.";
    NET_BILLED_COST = 103 "net_billed_cost" Decimal Scan "Billed cost after negotiated discounts, where the source states it; else billed cost.";
    NET_EFFECTIVE_COST = 104 "net_effective_cost" Decimal Scan "Effective cost after negotiated discounts, where the source states it; else effective cost.";
    X_CHARGE_TYPE = 105 "x_charge_type" Text Scan "Kind of line in the words of the source, such as SavingsPlanNegation.";
    X_SERVICE_CODE = 106 "x_service_code" Text Scan "Code of the service in the words of the source, such as AmazonEC2.";
    X_USAGE_TYPE = 107 "x_usage_type" Text Scan "What was used in the words of the source, such as NatGateway-Bytes.";
    X_OPERATION = 108 "x_operation" Text Scan "Operation in the words of the source, such as RunInstances.";
    X_COST_CATEGORY = 109 "x_cost_category" Json Scan "Categories that the source itself sorts costs into.";
}

/// How many of the columns FOCUS defines; they come first.
pub const FOCUS_COLUMNS: usize = 65;

/// A table of bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CostTable {
    /// Every line that counts.
    Lines,
    /// The same, added up by day over all that is not time or money.
    Daily,
    /// Lines by which a provider splits a charge that is in `cost` already: for allocation, never
    /// for totals.
    Split,
}

impl CostTable {
    pub const ALL: [Self; 3] = [Self::Lines, Self::Daily, Self::Split];

    /// Name in SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lines => "cost",
            Self::Daily => "cost_daily",
            Self::Split => "cost_split",
        }
    }

    /// What one row is.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Lines => "One row a line of a bill that counts.",
            Self::Daily => {
                "The lines of bills added up by day, without their sources' own columns."
            }
            Self::Split => "Lines that split a charge of `cost` among those who caused it.",
        }
    }
}

static SCHEMA: LazyLock<SchemaRef> =
    LazyLock::new(|| Arc::new(Schema::new(COLUMNS.iter().map(Column::field).collect::<Vec<_>>())));

/// The columns that every table of bills has.
pub fn schema() -> SchemaRef {
    SCHEMA.clone()
}

/// The position of the column with this SQL name.
pub fn column_index(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.name == name)
}

/// The field of a column that only one source has. `name` begins with `x_`.
pub fn own_column(name: &str, column_type: ColumnType) -> Field {
    debug_assert!(name.starts_with("x_"), "{name}: columns of a source begin with x_");
    let mut field = Field::new(name, column_type.arrow_type(), true);
    field.metadata_mut().remove(FIELD_ID_METADATA_KEY);
    field
}

/// A name of FOCUS or of a source in snake case: `BilledCost`, `lineItem/UsageAmount` and
/// `resourceTags/user:Name` become `billed_cost`, `line_item_usage_amount` and
/// `resource_tags_user_name`.
pub fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts_word = letter.is_uppercase()
            && (before.is_lowercase()
                || before.is_ascii_digit()
                || (before.is_uppercase()
                    && letters.peek().is_some_and(|next| next.is_lowercase())));
        if letter.is_alphanumeric() {
            if starts_word && !out.ends_with('_') && !out.is_empty() {
                out.push('_');
            }
            out.extend(letter.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
        before = letter;
    }
    while out.ends_with('_') {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_field_ids_are_unique() {
        let names: HashSet<_> = COLUMNS.iter().map(|column| column.name).collect();
        let ids: HashSet<_> = COLUMNS.iter().map(|column| column.field_id).collect();
        assert_eq!((names.len(), ids.len()), (COLUMNS.len(), COLUMNS.len()));
        assert_eq!(COLUMNS[FOCUS_COLUMNS - 1].name, "tags");
    }

    #[test]
    fn names_become_snake_case_as_athena_writes_them() {
        for (name, snake) in [
            ("BilledCost", "billed_cost"),
            ("SkuId", "sku_id"),
            ("x_SkuMeterId", "x_sku_meter_id"),
            ("lineItem/UsageAmount", "line_item_usage_amount"),
            ("reservation/ReservationARN", "reservation_reservation_arn"),
            ("resourceTags/user:Name", "resource_tags_user_name"),
            ("bill/BillingPeriodStartDate", "bill_billing_period_start_date"),
            ("product/vcpu", "product_vcpu"),
            ("line_item_usage_amount", "line_item_usage_amount"),
            ("ServiceInfo2", "service_info2"),
        ] {
            assert_eq!(snake_case(name), snake, "{name}");
        }
    }
}
