//! The columns of FOCUS 1.2, as AWS exports them, and 1.4.

use super::{Cell, Column, Part, Read, Type, cur_values as cur, focus_values as value, text};
use crate::charge::Kind;
use Type::{Map, Number, Text, Time};

/// A version of FOCUS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FocusVersion {
    V1_2,
    V1_4,
}

type Named = (&'static str, Type, Read);

const SHARED: [Named; 56] = [
    ("AvailabilityZone", Text, |row| row.zone()),
    ("BilledCost", Number, value::billed),
    ("BillingAccountId", Text, |row| text(&row.payer().id)),
    ("BillingAccountName", Text, |row| text(&row.payer().name)),
    ("BillingAccountType", Text, |_| text("Payer Account")),
    ("BillingCurrency", Text, |row| text(&row.company().currency)),
    ("BillingPeriodEnd", Time, |row| Cell::Time(row.bill.month.end())),
    ("BillingPeriodStart", Time, |row| Cell::Time(row.bill.month.start())),
    ("CapacityReservationId", Text, |_| Cell::Empty),
    ("CapacityReservationStatus", Text, |_| Cell::Empty),
    ("ChargeCategory", Text, value::category),
    ("ChargeClass", Text, value::class),
    ("ChargeDescription", Text, |row| Cell::Text(row.description())),
    ("ChargeFrequency", Text, value::frequency),
    ("ChargePeriodEnd", Time, |row| Cell::Time(row.charge.end)),
    ("ChargePeriodStart", Time, |row| Cell::Time(row.charge.start)),
    ("CommitmentDiscountCategory", Text, value::commitment_category),
    ("CommitmentDiscountId", Text, value::commitment_id),
    ("CommitmentDiscountName", Text, value::commitment_name),
    ("CommitmentDiscountQuantity", Number, value::commitment_quantity),
    ("CommitmentDiscountStatus", Text, value::commitment_status),
    ("CommitmentDiscountType", Text, value::commitment_type),
    ("CommitmentDiscountUnit", Text, value::commitment_unit),
    ("ConsumedQuantity", Number, value::consumed),
    ("ConsumedUnit", Text, value::consumed_unit),
    ("ContractedCost", Number, value::list),
    ("ContractedUnitPrice", Number, value::unit_price),
    ("EffectiveCost", Number, value::effective),
    ("InvoiceId", Text, |row| row.bill.invoice_id.as_deref().map_or(Cell::Empty, text)),
    ("InvoiceIssuerName", Text, value::issuer),
    ("ListCost", Number, value::list),
    ("ListUnitPrice", Number, value::unit_price),
    ("PricingCategory", Text, value::pricing_category),
    ("PricingCurrency", Text, |row| text(&row.company().currency)),
    ("PricingCurrencyContractedUnitPrice", Number, value::unit_price),
    ("PricingCurrencyEffectiveCost", Number, value::effective),
    ("PricingCurrencyListUnitPrice", Number, value::unit_price),
    ("PricingQuantity", Number, value::quantity),
    ("PricingUnit", Text, value::unit),
    ("RegionId", Text, cur::region_code),
    ("RegionName", Text, |row| {
        if row.usage().region.id.is_empty() { Cell::Empty } else { cur::location(row) }
    }),
    ("ResourceId", Text, cur::resource_id),
    ("ResourceName", Text, value::resource_name),
    ("ResourceType", Text, value::resource_type),
    ("ServiceCategory", Text, value::service_category),
    ("ServiceName", Text, cur::product_name),
    ("ServiceSubcategory", Text, value::service_subcategory),
    ("SkuId", Text, cur::sku),
    ("SkuMeter", Text, |row| text(row.usage().product.family)),
    ("SkuPriceDetails", Map, value::price_details),
    ("SkuPriceId", Text, value::price_id),
    ("SubAccountId", Text, |row| text(&row.account().id)),
    ("SubAccountName", Text, |row| text(&row.account().name)),
    ("SubAccountType", Text, |_| text("Linked Account")),
    ("Tags", Map, value::tags),
    ("x_Synthetic", Text, value::synthetic),
];
/// Removed after 1.3, with what AWS adds of its own.
const ONLY_1_2: [Named; 6] = [
    ("ProviderName", Text, value::aws),
    ("PublisherName", Text, value::aws),
    ("x_CostCategories", Map, cur::cost_category_map),
    ("x_Operation", Text, cur::operation),
    ("x_ServiceCode", Text, cur::product_code),
    ("x_UsageType", Text, cur::usage_type),
];
const ONLY_1_4: [Named; 13] = [
    ("AllocatedMethodDetails", Map, |_| Cell::Empty),
    ("AllocatedMethodId", Text, |_| Cell::Empty),
    ("AllocatedResourceId", Text, |_| Cell::Empty),
    ("AllocatedResourceName", Text, |_| Cell::Empty),
    ("AllocatedTags", Map, |_| Cell::Empty),
    ("CommitmentProgramEligibilityDetails", Map, |_| Cell::Empty),
    ("ContractApplied", Map, |_| Cell::Empty),
    ("HostProviderName", Text, value::aws),
    ("InvoiceDetailId", Text, |_| Cell::Empty),
    ("ServiceProviderName", Text, value::aws),
    ("x_Operation", Text, cur::operation),
    ("x_ServiceCode", Text, cur::product_code),
    ("x_UsageType", Text, cur::usage_type),
];

/// The columns of a version.
pub fn columns(version: FocusVersion) -> Vec<Column> {
    let own: &[Named] = match version {
        FocusVersion::V1_2 => &ONLY_1_2,
        FocusVersion::V1_4 => &ONLY_1_4,
    };
    let mut columns: Vec<Column> = SHARED
        .iter()
        .chain(own)
        .map(|(name, kind, read)| Column::new(name, *kind, *read))
        .collect();
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    columns
}

/// The lines of FOCUS that a charge becomes.
pub fn parts(kind: Kind) -> &'static [Part] {
    match kind {
        Kind::SavingsPlanNegation | Kind::Split => &[],
        Kind::SavingsPlanRecurringFee | Kind::RIFee => &[Part::Purchase, Part::Unused],
        _ => &[Part::Whole],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::cost;

    #[test]
    fn version_1_4_has_all_columns_of_the_specification() {
        let columns = columns(FocusVersion::V1_4);
        let names: Vec<String> =
            columns.iter().map(|column| cost::snake_case(&column.name)).collect();
        for column in &cost::COLUMNS[..cost::FOCUS_COLUMNS] {
            assert!(names.iter().any(|name| name == column.name), "{} is missing", column.name);
        }
        assert!(!names.iter().any(|name| name == "provider_name"));
    }
}
