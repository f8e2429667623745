//! The columns of a Cost and Usage Report, legacy and 2.0.
//!
//! A legacy report has a column for each property of a product, each tag and each category; CUR 2.0
//! has maps of them, and names of accounts.

use super::cur_values as value;
use super::{Cell, Column, Read, Source, Type, owned, text};
use crate::calendar::time_text;
use crate::company::Company;
use Type::{Map, Number, Text, Time};

/// Category and name in a legacy report, name in CUR 2.0; where one of them is empty, that format
/// does not have the column.
type Both = (&'static str, &'static str, Type, Read);

const BILL: [Both; 13] = [
    ("identity/LineItemId", "identity_line_item_id", Text, value::line_item_id),
    ("identity/TimeInterval", "identity_time_interval", Text, |row| {
        owned(format!("{}/{}", time_text(row.charge.start), time_text(row.charge.end)))
    }),
    ("bill/InvoiceId", "bill_invoice_id", Text, |row| {
        row.bill.invoice_id.as_deref().map_or(Cell::Empty, text)
    }),
    ("bill/InvoicingEntity", "bill_invoicing_entity", Text, value::issuer),
    ("bill/BillingEntity", "bill_billing_entity", Text, |_| text("AWS")),
    ("bill/BillType", "bill_bill_type", Text, value::bill_type),
    ("bill/PayerAccountId", "bill_payer_account_id", Text, |row| text(&row.payer().id)),
    ("", "bill_payer_account_name", Text, |row| text(&row.payer().name)),
    ("bill/BillingPeriodStartDate", "bill_billing_period_start_date", Time, |row| {
        Cell::Time(row.bill.month.start())
    }),
    ("bill/BillingPeriodEndDate", "bill_billing_period_end_date", Time, |row| {
        Cell::Time(row.bill.month.end())
    }),
    ("lineItem/UsageAccountId", "line_item_usage_account_id", Text, |row| text(&row.account().id)),
    ("", "line_item_usage_account_name", Text, |row| text(&row.account().name)),
    ("lineItem/LegalEntity", "line_item_legal_entity", Text, value::issuer),
];
const LINE: [Both; 20] = [
    ("lineItem/LineItemType", "line_item_line_item_type", Text, |row| text(row.charge.kind.name())),
    ("lineItem/UsageStartDate", "line_item_usage_start_date", Time, |row| {
        Cell::Time(row.charge.start)
    }),
    ("lineItem/UsageEndDate", "line_item_usage_end_date", Time, |row| Cell::Time(row.charge.end)),
    ("lineItem/ProductCode", "line_item_product_code", Text, value::product_code),
    ("lineItem/UsageType", "line_item_usage_type", Text, value::usage_type),
    ("lineItem/Operation", "line_item_operation", Text, value::operation),
    ("lineItem/AvailabilityZone", "line_item_availability_zone", Text, |row| row.zone()),
    ("lineItem/ResourceId", "line_item_resource_id", Text, value::resource_id),
    ("lineItem/UsageAmount", "line_item_usage_amount", Number, |row| {
        Cell::Number(row.charge.quantity)
    }),
    (
        "lineItem/NormalizationFactor",
        "line_item_normalization_factor",
        Number,
        value::normalization_factor,
    ),
    (
        "lineItem/NormalizedUsageAmount",
        "line_item_normalized_usage_amount",
        Number,
        value::normalized_amount,
    ),
    ("lineItem/CurrencyCode", "line_item_currency_code", Text, |row| text(&row.company().currency)),
    ("lineItem/UnblendedRate", "line_item_unblended_rate", Text, value::rate),
    ("lineItem/UnblendedCost", "line_item_unblended_cost", Number, |row| {
        Cell::Number(row.charge.billed)
    }),
    ("lineItem/BlendedRate", "line_item_blended_rate", Text, value::rate),
    ("lineItem/BlendedCost", "line_item_blended_cost", Number, |row| {
        Cell::Number(row.charge.billed)
    }),
    ("lineItem/LineItemDescription", "line_item_line_item_description", Text, |row| {
        Cell::Text(row.description())
    }),
    ("lineItem/TaxType", "line_item_tax_type", Text, value::tax_type),
    ("product/ProductName", "", Text, value::product_name),
    ("product/productFamily", "product_product_family", Text, |row| {
        text(row.usage().product.family)
    }),
];
const PRODUCT: [Both; 19] = [
    ("product/instanceType", "product_instance_type", Text, value::instance_type),
    ("product/location", "product_location", Text, value::location),
    ("product/operation", "product_operation", Text, value::operation),
    ("product/region", "product_region_code", Text, value::region_code),
    ("product/servicecode", "product_servicecode", Text, value::product_code),
    ("product/sku", "product_sku", Text, value::sku),
    ("product/usagetype", "product_usagetype", Text, value::usage_type),
    ("", "product", Map, value::product_map),
    ("pricing/LeaseContractLength", "pricing_lease_contract_length", Text, value::lease),
    ("pricing/OfferingClass", "pricing_offering_class", Text, value::offering_class),
    ("pricing/PurchaseOption", "pricing_purchase_option", Text, value::purchase_option),
    ("pricing/RateCode", "pricing_rate_code", Text, value::rate_code),
    ("pricing/currency", "pricing_currency", Text, |row| text(&row.company().currency)),
    ("pricing/publicOnDemandCost", "pricing_public_on_demand_cost", Number, value::public_cost),
    ("pricing/publicOnDemandRate", "pricing_public_on_demand_rate", Text, value::public_rate),
    ("pricing/term", "pricing_term", Text, value::term),
    ("pricing/unit", "pricing_unit", Text, value::unit),
    ("", "discount", Map, |_| Cell::Map(Vec::new())),
    ("", "cost_category", Map, value::cost_category_map),
];
const RESERVATION: [Both; 10] = [
    ("reservation/ReservationARN", "reservation_reservation_a_r_n", Text, value::reservation_arn),
    (
        "reservation/EffectiveCost",
        "reservation_effective_cost",
        Number,
        value::reservation_effective,
    ),
    (
        "reservation/AmortizedUpfrontCostForUsage",
        "reservation_amortized_upfront_cost_for_usage",
        Number,
        value::reservation_upfront,
    ),
    (
        "reservation/RecurringFeeForUsage",
        "reservation_recurring_fee_for_usage",
        Number,
        value::reservation_recurring,
    ),
    (
        "reservation/AmortizedUpfrontFeeForBillingPeriod",
        "reservation_amortized_upfront_fee_for_billing_period",
        Number,
        value::amortized_upfront,
    ),
    (
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        "reservation_unused_amortized_upfront_fee_for_billing_period",
        Number,
        value::unused_upfront,
    ),
    (
        "reservation/UnusedRecurringFee",
        "reservation_unused_recurring_fee",
        Number,
        value::unused_recurring,
    ),
    ("reservation/UnusedQuantity", "reservation_unused_quantity", Number, value::unused_quantity),
    (
        "reservation/TotalReservedUnits",
        "reservation_total_reserved_units",
        Text,
        value::reserved_units,
    ),
    (
        "reservation/NumberOfReservations",
        "reservation_number_of_reservations",
        Text,
        value::reservation_count,
    ),
];
const PLAN: [Both; 8] = [
    ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n", Text, value::plan_arn),
    ("savingsPlan/SavingsPlanRate", "savings_plan_savings_plan_rate", Number, value::plan_rate),
    (
        "savingsPlan/SavingsPlanEffectiveCost",
        "savings_plan_savings_plan_effective_cost",
        Number,
        value::plan_effective,
    ),
    (
        "savingsPlan/TotalCommitmentToDate",
        "savings_plan_total_commitment_to_date",
        Number,
        value::plan_commitment,
    ),
    ("savingsPlan/UsedCommitment", "savings_plan_used_commitment", Number, value::plan_used),
    (
        "savingsPlan/RecurringCommitmentForBillingPeriod",
        "savings_plan_recurring_commitment_for_billing_period",
        Number,
        value::plan_commitment,
    ),
    ("savingsPlan/OfferingType", "savings_plan_offering_type", Text, value::plan_type),
    ("savingsPlan/PaymentOption", "savings_plan_payment_option", Text, value::purchase_option),
];
const SPLIT: [Both; 7] = [
    (
        "splitLineItem/ParentResourceId",
        "split_line_item_parent_resource_id",
        Text,
        value::parent_resource,
    ),
    ("splitLineItem/ActualUsage", "split_line_item_actual_usage", Number, value::split_actual),
    (
        "splitLineItem/ReservedUsage",
        "split_line_item_reserved_usage",
        Number,
        value::split_reserved,
    ),
    ("splitLineItem/SplitUsage", "split_line_item_split_usage", Number, value::split_usage),
    (
        "splitLineItem/SplitUsageRatio",
        "split_line_item_split_usage_ratio",
        Number,
        value::split_ratio,
    ),
    ("splitLineItem/SplitCost", "split_line_item_split_cost", Number, value::split_cost),
    ("splitLineItem/UnusedCost", "split_line_item_unused_cost", Number, value::split_unused),
];
const POD_LABELS: [(&str, Read); 4] = [
    ("resourceTags/aws:eks:cluster-name", value::pod_cluster),
    ("resourceTags/aws:eks:namespace", value::pod_namespace),
    ("resourceTags/aws:eks:node", value::pod_node),
    ("resourceTags/aws:eks:workload-name", value::pod_workload),
];

fn shared() -> impl Iterator<Item = &'static Both> {
    BILL.iter().chain(&LINE).chain(&PRODUCT).chain(&RESERVATION).chain(&PLAN).chain(&SPLIT)
}

/// The columns of a legacy report; tags and categories as this company has them.
pub fn legacy(company: &Company) -> Vec<Column> {
    let mut columns: Vec<Column> = shared()
        .filter(|(name, ..)| !name.is_empty())
        .map(|(name, _, kind, read)| Column::new(name, *kind, *read))
        .collect();
    for (name, read) in POD_LABELS {
        columns.push(Column::new(name, Text, read));
    }
    for (place, key) in company.tag_keys.iter().enumerate() {
        columns.push(Column {
            name: format!("resourceTags/user:{key}"),
            kind: Text,
            source: Source::Tag(place),
        });
    }
    columns.push(Column::new("costCategory/team", Text, value::cost_category));
    columns
}

/// The columns of CUR 2.0.
pub fn second() -> Vec<Column> {
    let mut columns: Vec<Column> = shared()
        .filter(|(_, name, ..)| !name.is_empty())
        .map(|(_, name, kind, read)| Column::new(name, *kind, *read))
        .collect();
    columns.push(Column::new("resource_tags", Map, value::tag_map));
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    columns
}
