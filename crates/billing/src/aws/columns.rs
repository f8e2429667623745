//! Where the columns of a Cost and Usage Report are in a file.
//!
//! Names are those of the Data Exports table dictionary and of the legacy data dictionary in snake
//! case. Athena and older Parquet reports write `a_r_n` for `ARN`.

use crate::error::BillError;
use crate::raw::Header;
use hannun_model::column::ColumnType;

/// Positions of columns; a report has the ones that its definition and its month call for.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) payer_account_id: Option<usize>,
    pub(super) payer_account_name: Option<usize>,
    pub(super) invoice_id: Option<usize>,
    pub(super) invoicing_entity: Option<usize>,
    pub(super) billing_entity: Option<usize>,
    pub(super) legal_entity: Option<usize>,
    pub(super) period_start: Option<usize>,
    pub(super) period_end: Option<usize>,
    pub(super) usage_account_id: Option<usize>,
    pub(super) usage_account_name: Option<usize>,
    pub(super) line_item_type: usize,
    pub(super) usage_start: usize,
    pub(super) usage_end: Option<usize>,
    pub(super) product_code: Option<usize>,
    pub(super) usage_type: Option<usize>,
    pub(super) operation: Option<usize>,
    pub(super) availability_zone: Option<usize>,
    pub(super) resource_id: Option<usize>,
    pub(super) usage_amount: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) unblended_rate: Option<usize>,
    pub(super) unblended_cost: usize,
    pub(super) net_unblended_cost: Option<usize>,
    pub(super) description: Option<usize>,
    pub(super) product_name: Option<usize>,
    pub(super) service_name: Option<usize>,
    pub(super) product_map: Option<usize>,
    pub(super) region: Option<usize>,
    pub(super) location: Option<usize>,
    pub(super) sku: Option<usize>,
    pub(super) price_id: Option<usize>,
    pub(super) pricing_currency: Option<usize>,
    pub(super) pricing_unit: Option<usize>,
    pub(super) public_cost: Option<usize>,
    pub(super) public_rate: Option<usize>,
    pub(super) reservation: Reservation,
    pub(super) savings_plan: SavingsPlan,
    pub(super) split: Split,
    pub(super) capacity_reservation_id: Option<usize>,
    pub(super) capacity_reservation_status: Option<usize>,
    pub(super) tags_map: Option<usize>,
    pub(super) cost_category_map: Option<usize>,
    /// Columns whose content stands in a column of FOCUS as it is.
    pub(super) carried: Vec<bool>,
}

/// Amounts of reserved instances, gross and net of negotiated discounts.
#[derive(Debug, Default)]
pub(super) struct Reservation {
    pub(super) arn: Option<usize>,
    pub(super) effective: [Option<usize>; 2],
    pub(super) unused_upfront: [Option<usize>; 2],
    pub(super) unused_recurring: [Option<usize>; 2],
}

/// Amounts of Savings Plans, gross and net of negotiated discounts.
#[derive(Debug, Default)]
pub(super) struct SavingsPlan {
    pub(super) arn: Option<usize>,
    pub(super) offering_type: Option<usize>,
    pub(super) effective: [Option<usize>; 2],
    pub(super) total_commitment: Option<usize>,
    pub(super) used_commitment: Option<usize>,
}

/// Split cost allocation data.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub(super) parent_resource_id: Option<usize>,
    pub(super) split_cost: [Option<usize>; 2],
    pub(super) unused_cost: [Option<usize>; 2],
    pub(super) public_split_cost: Option<usize>,
    pub(super) public_unused_cost: Option<usize>,
}

/// Looks columns up and notes which of them are carried.
struct Finder<'a> {
    header: &'a Header,
    carried: Vec<bool>,
}

impl Finder<'_> {
    /// A column whose content a column of FOCUS takes as it is.
    fn carry(&mut self, names: &[&str]) -> Option<usize> {
        let index = self.look(names)?;
        if let Some(carried) = self.carried.get_mut(index) {
            *carried = true;
        }
        Some(index)
    }

    /// A column that something is made of.
    fn look(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.index(name))
    }

    /// A column and what it is net of negotiated discounts.
    fn gross_and_net(&self, gross: &str, net: &str) -> [Option<usize>; 2] {
        [self.look(&[gross]), self.look(&[net])]
    }
}

impl Columns {
    /// Finds the columns of a report.
    ///
    /// # Errors
    /// A column is missing without which the report has no cost or no time.
    pub(super) fn of(header: &Header) -> Result<Self, BillError> {
        let mut find = Finder { header, carried: vec![false; header.len()] };
        let line_item_type = header.require("line_item_line_item_type")?;
        let unblended_cost = header.require("line_item_unblended_cost")?;
        let usage_start = header.require("line_item_usage_start_date")?;
        for index in [line_item_type, unblended_cost, usage_start] {
            find.carried[index] = true;
        }
        let mut columns = Self {
            line_item_type,
            unblended_cost,
            usage_start,
            reservation: Reservation::of(&mut find),
            savings_plan: SavingsPlan::of(&mut find),
            split: Split::of(&mut find),
            ..Self::default()
        };
        columns.find_bill(&mut find);
        columns.find_line_item(&mut find);
        columns.find_product(&mut find);
        columns.carried = find.carried;
        Ok(columns)
    }

    fn find_bill(&mut self, find: &mut Finder) {
        self.payer_account_id = find.carry(&["bill_payer_account_id"]);
        self.payer_account_name = find.carry(&["bill_payer_account_name"]);
        self.invoice_id = find.carry(&["bill_invoice_id"]);
        self.invoicing_entity = find.carry(&["bill_invoicing_entity"]);
        self.billing_entity = find.look(&["bill_billing_entity"]);
        self.legal_entity = find.look(&["line_item_legal_entity"]);
        self.period_start = find.carry(&["bill_billing_period_start_date"]);
        self.period_end = find.carry(&["bill_billing_period_end_date"]);
    }

    fn find_line_item(&mut self, find: &mut Finder) {
        self.usage_account_id = find.carry(&["line_item_usage_account_id"]);
        self.usage_account_name = find.carry(&["line_item_usage_account_name"]);
        self.usage_end = find.carry(&["line_item_usage_end_date"]);
        self.product_code = find.carry(&["line_item_product_code"]);
        self.usage_type = find.carry(&["line_item_usage_type"]);
        self.operation = find.carry(&["line_item_operation"]);
        self.availability_zone = find.carry(&["line_item_availability_zone"]);
        self.resource_id = find.carry(&["line_item_resource_id"]);
        self.usage_amount = find.carry(&["line_item_usage_amount"]);
        self.currency = find.carry(&["line_item_currency_code"]);
        self.unblended_rate = find.carry(&["line_item_unblended_rate"]);
        self.net_unblended_cost = find.carry(&["line_item_net_unblended_cost"]);
        self.description = find.carry(&["line_item_line_item_description"]);
        self.tags_map = find.carry(&["resource_tags"]);
        self.cost_category_map = find.carry(&["cost_category"]);
        self.capacity_reservation_id =
            find.carry(&["capacity_reservation_capacity_reservation_arn"]);
        self.capacity_reservation_status =
            find.look(&["capacity_reservation_capacity_reservation_status"]);
    }

    fn find_product(&mut self, find: &mut Finder) {
        self.product_name = find.carry(&["product_product_name"]);
        self.service_name = find.look(&["product_servicename"]);
        self.product_map = find.look(&["product"]);
        self.region = find.carry(&["product_region_code", "product_region"]);
        self.location = find.look(&["product_location"]);
        self.sku = find.carry(&["product_sku"]);
        self.price_id = find.carry(&["pricing_rate_code", "pricing_rate_id"]);
        self.pricing_currency = find.carry(&["pricing_currency"]);
        self.pricing_unit = find.carry(&["pricing_unit"]);
        self.public_cost = find.carry(&["pricing_public_on_demand_cost"]);
        self.public_rate = find.carry(&["pricing_public_on_demand_rate"]);
    }

    /// How the source's own column of this name is kept; `None` when its content stands elsewhere.
    pub(super) fn own_type(&self, index: usize, snake_name: &str) -> Option<ColumnType> {
        if self.carried.get(index).copied().unwrap_or(false) {
            return None;
        }
        if matches!(snake_name, "product" | "discount" | "tags") {
            return Some(ColumnType::Json);
        }
        let decimal = DECIMALS.contains(&snake_name);
        Some(if decimal { ColumnType::Decimal } else { ColumnType::Text })
    }
}

impl Reservation {
    fn of(find: &mut Finder) -> Self {
        Self {
            arn: find.carry(&["reservation_reservation_arn", "reservation_reservation_a_r_n"]),
            effective: find
                .gross_and_net("reservation_effective_cost", "reservation_net_effective_cost"),
            unused_upfront: find.gross_and_net(
                "reservation_unused_amortized_upfront_fee_for_billing_period",
                "reservation_net_unused_amortized_upfront_fee_for_billing_period",
            ),
            unused_recurring: find.gross_and_net(
                "reservation_unused_recurring_fee",
                "reservation_net_unused_recurring_fee",
            ),
        }
    }
}

impl SavingsPlan {
    fn of(find: &mut Finder) -> Self {
        Self {
            arn: find.carry(&["savings_plan_savings_plan_arn", "savings_plan_savings_plan_a_r_n"]),
            offering_type: find.look(&["savings_plan_offering_type"]),
            effective: find.gross_and_net(
                "savings_plan_savings_plan_effective_cost",
                "savings_plan_net_savings_plan_effective_cost",
            ),
            total_commitment: find.look(&["savings_plan_total_commitment_to_date"]),
            used_commitment: find.look(&["savings_plan_used_commitment"]),
        }
    }
}

impl Split {
    fn of(find: &mut Finder) -> Self {
        Self {
            parent_resource_id: find.look(&["split_line_item_parent_resource_id"]),
            split_cost: find
                .gross_and_net("split_line_item_split_cost", "split_line_item_net_split_cost"),
            unused_cost: find
                .gross_and_net("split_line_item_unused_cost", "split_line_item_net_unused_cost"),
            public_split_cost: find.look(&["split_line_item_public_on_demand_split_cost"]),
            public_unused_cost: find.look(&["split_line_item_public_on_demand_unused_cost"]),
        }
    }
}

/// Columns that hold numbers and have no place in FOCUS. All others are kept as text.
const DECIMALS: &[&str] = &[
    "discount_bundled_discount",
    "discount_total_discount",
    "line_item_blended_cost",
    "line_item_blended_rate",
    "line_item_net_unblended_rate",
    "line_item_normalization_factor",
    "line_item_normalized_usage_amount",
    "reservation_amortized_upfront_cost_for_usage",
    "reservation_amortized_upfront_fee_for_billing_period",
    "reservation_effective_cost",
    "reservation_net_amortized_upfront_cost_for_usage",
    "reservation_net_amortized_upfront_fee_for_billing_period",
    "reservation_net_effective_cost",
    "reservation_net_recurring_fee_for_usage",
    "reservation_net_unused_amortized_upfront_fee_for_billing_period",
    "reservation_net_unused_recurring_fee",
    "reservation_net_upfront_value",
    "reservation_recurring_fee_for_usage",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_normalized_unit_quantity",
    "reservation_unused_quantity",
    "reservation_unused_recurring_fee",
    "reservation_upfront_value",
    "savings_plan_amortized_upfront_commitment_for_billing_period",
    "savings_plan_net_amortized_upfront_commitment_for_billing_period",
    "savings_plan_net_recurring_commitment_for_billing_period",
    "savings_plan_net_savings_plan_effective_cost",
    "savings_plan_recurring_commitment_for_billing_period",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_savings_plan_rate",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
    "split_line_item_actual_usage",
    "split_line_item_net_split_cost",
    "split_line_item_net_unused_cost",
    "split_line_item_public_on_demand_split_cost",
    "split_line_item_public_on_demand_unused_cost",
    "split_line_item_reserved_usage",
    "split_line_item_split_cost",
    "split_line_item_split_usage",
    "split_line_item_split_usage_ratio",
    "split_line_item_unused_cost",
];
