//! AWS Cost and Usage Reports, legacy and 2.0, in the columns of FOCUS.
//!
//! Columns are those of the [data dictionary] of legacy reports and of the [table dictionary] of Data
//! Exports; what a line costs in each view is in [`amounts`]. Lines of split cost allocation data for
//! containers on EC2 repeat a charge that the instance's own line has: they go to `cost_split`.
//!
//! Rows are never told apart by `identity/LineItemId`, which repeats, and never left out: two equal
//! rows are two charges.
//!
//! [data dictionary]: https://docs.aws.amazon.com/cur/latest/userguide/data-dictionary.html
//! [table dictionary]: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html

mod amounts;
mod columns;
mod kind;
mod period;
mod services;
mod tags;

use crate::error::{BillError, Problem};
use crate::line_builder::{LineBuilder, OwnColumns};
use crate::mapper::{LineBatch, Mapper, ReadOptions};
use crate::raw::{Cell, Header, RawBatch};
use amounts::{Amounts, Row};
use columns::Columns;
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use kind::Kind;
use period::Periods;
use std::borrow::Cow;
use std::sync::Arc;
use tags::{Labels, ProductNames};

/// The mapper of a Cost and Usage Report with these columns.
///
/// # Errors
/// A column is missing without which the report has no cost, time or currency.
pub fn mapper(header: &Arc<Header>, options: &ReadOptions) -> Result<Box<dyn Mapper>, BillError> {
    let mut columns = Columns::of(header)?;
    if columns.currency.is_none() && options.currency.is_none() {
        return Err(BillError::of_file(&header.file, Problem::NoCurrency));
    }
    let tags = Labels::tags(header, columns.tags_map, &mut columns.carried);
    let categories =
        Labels::cost_categories(header, columns.cost_category_map, &mut columns.carried);
    let own = OwnColumns::new(header, |index, name| columns.own_type(index, name));
    let odd_prices = OddPrices::new(header, &columns);
    let builder = |table| LineBuilder::new(table, header, options, &own.and(&odd_prices.own));
    Ok(Box::new(AwsMapper {
        lines: builder(CostTable::Lines),
        split: builder(CostTable::Split),
        periods: Periods::new(&columns, options),
        account: options.account.clone(),
        currency: options.currency.clone(),
        own,
        odd_prices,
        tags,
        categories,
        product_names: ProductNames::default(),
        columns,
        text: String::new(),
    }))
}

struct AwsMapper {
    columns: Columns,
    own: OwnColumns,
    odd_prices: OddPrices,
    tags: Labels,
    categories: Labels,
    product_names: ProductNames,
    periods: Periods,
    /// Account that the lines must be of.
    account: Option<String>,
    /// Currency of lines that do not say it.
    currency: Option<String>,
    lines: LineBuilder,
    split: LineBuilder,
    /// JSON of the row at hand.
    text: String,
}

impl Mapper for AwsMapper {
    fn map(&mut self, raw: &RawBatch) -> Result<Vec<LineBatch>, BillError> {
        let mut full = Vec::new();
        for row in 0..raw.rows() {
            self.line(raw, row)?;
            full.extend(self.lines.take_full()?);
            full.extend(self.split.take_full()?);
        }
        Ok(full)
    }

    fn finish(&mut self) -> Result<Vec<LineBatch>, BillError> {
        Ok(self.lines.take()?.into_iter().chain(self.split.take()?).collect())
    }
}

impl AwsMapper {
    fn line(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        let Self { columns, .. } = self;
        let line_item_type = raw.cell(columns.line_item_type, row).text().unwrap_or_default();
        let kind = Kind::of(&line_item_type);
        let at = Row { columns, raw, row, kind };
        let splits = splits(&at);
        let amounts = if splits { at.split_amounts() } else { at.amounts() }?;
        let to = if splits { &mut self.split } else { &mut self.lines };
        self.periods.write(&at, to)?;
        write_accounts(&at, self.account.as_deref(), to)?;
        write_charge(&at, &amounts, self.currency.as_deref(), to)?;
        write_prices(&at, to)?;
        write_product(&at, &mut self.product_names, to);
        write_commitment(&at, &amounts, to);
        to.text(cost::X_CHARGE_TYPE, &line_item_type);
        if splits {
            write_split(&at, to);
        } else {
            copy(&at, columns.resource_id, to, cost::RESOURCE_ID);
        }
        self.tags.write(raw, row, &mut self.text)?;
        if !self.text.is_empty() {
            to.text(cost::TAGS, &self.text);
            if splits {
                to.text(cost::ALLOCATED_TAGS, &self.text);
            }
        }
        self.categories.write(raw, row, &mut self.text)?;
        if !self.text.is_empty() {
            to.text(cost::X_COST_CATEGORY, &self.text);
        }
        self.own.write(to, raw, row)?;
        self.odd_prices.write(&at, self.own.len(), to);
        to.end_line();
        Ok(())
    }
}

/// Whether the line splits a charge that another line has. On Fargate the split columns stand on the
/// line of the charge itself.
fn splits(at: &Row) -> bool {
    let is = |column: Option<usize>, texts: &[&str]| {
        column.is_some_and(|column| match at.raw.cell(column, at.row) {
            Cell::Text(text) => texts.contains(&text),
            _ => false,
        })
    };
    is(at.columns.operation, &["EKSPod-EC2", "ECSTask-EC2"])
        || text(at, at.columns.split.parent_resource_id).is_some()
}

fn text<'a>(at: &Row<'a>, column: Option<usize>) -> Option<Cow<'a, str>> {
    at.raw.cell(column?, at.row).text()
}

fn copy(at: &Row, from: Option<usize>, to: &mut LineBuilder, column: usize) {
    if let Some(from) = from {
        match at.raw.cell(from, at.row) {
            Cell::Null => {}
            Cell::Text(text) => to.text(column, text),
            other => to.optional_text(column, other.text().as_deref()),
        }
    }
}

fn write_accounts(at: &Row, expected: Option<&str>, to: &mut LineBuilder) -> Result<(), BillError> {
    let columns = at.columns;
    if let (Some(expected), Some(column)) = (expected, columns.payer_account_id)
        && let Some(found) = at.raw.cell(column, at.row).text()
        && found != expected
    {
        let (found, expected) = (found.into_owned(), expected.to_owned());
        return Err(at.raw.error(column, at.row, Problem::OtherAccount { found, expected }));
    }
    copy(at, columns.payer_account_id, to, cost::BILLING_ACCOUNT_ID);
    copy(at, columns.payer_account_name, to, cost::BILLING_ACCOUNT_NAME);
    copy(at, columns.usage_account_id, to, cost::SUB_ACCOUNT_ID);
    copy(at, columns.usage_account_name, to, cost::SUB_ACCOUNT_NAME);
    copy(at, columns.invoice_id, to, cost::INVOICE_ID);
    let entity = columns.invoicing_entity.or(columns.legal_entity);
    copy(at, entity, to, cost::INVOICE_ISSUER_NAME);
    // What others sell on the marketplace is theirs; AWS runs it.
    let sold_by_others =
        text(at, columns.billing_entity).is_some_and(|entity| entity == "AWS Marketplace");
    match text(at, columns.legal_entity).filter(|_| sold_by_others) {
        Some(seller) => to.text(cost::SERVICE_PROVIDER_NAME, &seller),
        None => to.text(cost::SERVICE_PROVIDER_NAME, "AWS"),
    }
    to.text(cost::HOST_PROVIDER_NAME, "AWS");
    Ok(())
}

fn write_charge(
    at: &Row,
    amounts: &Amounts,
    default_currency: Option<&str>,
    to: &mut LineBuilder,
) -> Result<(), BillError> {
    let columns = at.columns;
    to.text(cost::CHARGE_CATEGORY, at.kind.charge_category());
    to.text(cost::CHARGE_FREQUENCY, at.kind.charge_frequency());
    if at.kind == Kind::Refund {
        to.text(cost::CHARGE_CLASS, "Correction");
    }
    copy(at, columns.description, to, cost::CHARGE_DESCRIPTION);
    // A cost that is not stated is told as one that lacks, not as nothing.
    let stated = splits(at) || at.has(Some(columns.unblended_cost));
    to.money(cost::BILLED_COST, stated.then_some(amounts.billed));
    to.money(cost::EFFECTIVE_COST, Some(amounts.effective));
    to.money(cost::LIST_COST, Some(amounts.list));
    to.money(cost::CONTRACTED_COST, Some(amounts.contracted));
    to.money(cost::NET_BILLED_COST, Some(amounts.net_billed));
    to.money(cost::NET_EFFECTIVE_COST, Some(amounts.net_effective));
    let currency = text(at, columns.currency);
    match currency.as_deref().or(default_currency) {
        Some(currency) => to.text(cost::BILLING_CURRENCY, currency),
        None => return Err(at.raw.row_error(at.row, Problem::NoCurrency)),
    }
    Ok(())
}

fn write_prices(at: &Row, to: &mut LineBuilder) -> Result<(), BillError> {
    let columns = at.columns;
    let price = |column: Option<usize>| {
        column.and_then(|column| at.raw.cell(column, at.row).money().ok().flatten())
    };
    to.money(cost::LIST_UNIT_PRICE, price(columns.public_rate));
    to.money(cost::CONTRACTED_UNIT_PRICE, price(columns.unblended_rate));
    copy(at, columns.pricing_currency, to, cost::PRICING_CURRENCY);
    copy(at, columns.pricing_unit, to, cost::PRICING_UNIT);
    let usage_type = text(at, columns.usage_type);
    let category = at.kind.pricing_category(usage_type.as_deref().unwrap_or_default());
    to.optional_text(cost::PRICING_CATEGORY, category);
    if let Some(column) = columns.usage_amount {
        let amount = at.raw.money(column, at.row)?;
        to.money(cost::PRICING_QUANTITY, amount);
        // The negation repeats the usage that it negates.
        if at.kind.charge_category() == "Usage" && at.kind != Kind::SavingsPlanNegation {
            to.money(cost::CONSUMED_QUANTITY, amount);
            copy(at, columns.pricing_unit, to, cost::CONSUMED_UNIT);
        }
    }
    Ok(())
}

fn write_product(at: &Row, names: &mut ProductNames, to: &mut LineBuilder) {
    let columns = at.columns;
    // The first name that there is stays.
    copy(at, columns.product_name, to, cost::SERVICE_NAME);
    if let Some(map) = text(at, columns.product_map)
        && let Some(name) = names.of(&map)
    {
        to.text(cost::SERVICE_NAME, name);
    }
    copy(at, columns.service_name, to, cost::SERVICE_NAME);
    copy(at, columns.product_code, to, cost::SERVICE_NAME);
    let code = text(at, columns.product_code).unwrap_or_default();
    to.text(cost::SERVICE_CATEGORY, services::category(&code));
    copy(at, columns.product_code, to, cost::X_SERVICE_CODE);
    copy(at, columns.usage_type, to, cost::X_USAGE_TYPE);
    copy(at, columns.usage_type, to, cost::SKU_METER);
    copy(at, columns.operation, to, cost::X_OPERATION);
    copy(at, columns.region, to, cost::REGION_ID);
    copy(at, columns.location, to, cost::REGION_NAME);
    copy(at, columns.availability_zone, to, cost::AVAILABILITY_ZONE);
    copy(at, columns.sku, to, cost::SKU_ID);
    copy(at, columns.price_id, to, cost::SKU_PRICE_ID);
}

fn write_commitment(at: &Row, amounts: &Amounts, to: &mut LineBuilder) {
    let columns = at.columns;
    copy(at, columns.capacity_reservation_id, to, cost::CAPACITY_RESERVATION_ID);
    match text(at, columns.capacity_reservation_status).as_deref() {
        Some("Used") => to.text(cost::CAPACITY_RESERVATION_STATUS, "Used"),
        Some("Unused") => to.text(cost::CAPACITY_RESERVATION_STATUS, "Unused"),
        _ => {}
    }
    let reservation = text(at, columns.reservation.arn);
    let savings_plan = text(at, columns.savings_plan.arn);
    if let Some(arn) = &savings_plan {
        to.text(cost::COMMITMENT_DISCOUNT_ID, arn);
        copy(at, columns.savings_plan.offering_type, to, cost::COMMITMENT_DISCOUNT_TYPE);
        to.text(cost::COMMITMENT_DISCOUNT_TYPE, "Savings Plan");
        to.text(cost::COMMITMENT_DISCOUNT_CATEGORY, "Spend");
    } else if let Some(arn) = &reservation {
        to.text(cost::COMMITMENT_DISCOUNT_ID, arn);
        to.text(cost::COMMITMENT_DISCOUNT_TYPE, "Reserved Instance");
        to.text(cost::COMMITMENT_DISCOUNT_CATEGORY, "Usage");
    }
    match at.kind {
        Kind::DiscountedUsage | Kind::SavingsPlanCoveredUsage => {
            to.text(cost::COMMITMENT_DISCOUNT_STATUS, "Used");
        }
        // A report has no line of its own for what is unused: it is the effective cost of the fee.
        Kind::ReservationFee | Kind::SavingsPlanRecurringFee if !amounts.effective.is_zero() => {
            to.text(cost::COMMITMENT_DISCOUNT_STATUS, "Unused");
        }
        _ => {}
    }
}

fn write_split(at: &Row, to: &mut LineBuilder) {
    copy(at, at.columns.split.parent_resource_id, to, cost::RESOURCE_ID);
    copy(at, at.columns.resource_id, to, cost::ALLOCATED_RESOURCE_ID);
    to.text(cost::ALLOCATED_METHOD_ID, "AWS split cost allocation data");
}

/// Prices that are no numbers, as some tools write them, and public costs that do not count: they are
/// kept as text, since no column of FOCUS has them.
struct OddPrices {
    own: OwnColumns,
}

impl OddPrices {
    fn new(header: &Header, columns: &Columns) -> Self {
        let prices = [columns.public_cost, columns.public_rate, columns.unblended_rate];
        let own = OwnColumns::new(header, |index, _| {
            prices.contains(&Some(index)).then_some(ColumnType::Text)
        });
        Self { own }
    }

    /// Writes them behind `own_columns` own columns.
    fn write(&self, at: &Row, own_columns: usize, to: &mut LineBuilder) {
        for (index, raw) in self.own.raw_columns().enumerate() {
            let cell = at.raw.cell(raw, at.row);
            let uncounted = at.kind.pays_commitment() && Some(raw) == at.columns.public_cost;
            let odd = match cell.money() {
                Ok(Some(amount)) => uncounted && !amount.is_zero(),
                Ok(None) => false,
                Err(_) => true,
            };
            if odd {
                let column = cost::COLUMNS.len() + own_columns + index;
                to.optional_text(column, cell.text().as_deref());
            }
        }
    }
}

#[cfg(test)]
mod tests;
