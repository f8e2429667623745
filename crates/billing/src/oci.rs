//! Oracle Cloud cost reports to FOCUS 1.4.
//!
//! Source: *Cost and Usage Reports Overview*,
//! <https://docs.oracle.com/iaas/Content/Billing/Concepts/usagereportsoverview.htm>. A report has one
//! line an hour and resource, at the prices of the tenancy: public prices are not in it, so list cost
//! is what is charged. Tags are columns of their own, `tags/<namespace>.<key>`.

use crate::azure::month_ns;
use crate::error::{BillError, Problem};
use crate::focus::json::object;
use crate::focus::{check_account, is_null, other_period};
use crate::line_builder::{LineBuilder, OwnColumns};
use crate::mapper::{LineBatch, Mapper, ReadOptions};
use crate::raw::{Header, RawBatch};
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use std::sync::Arc;

/// Columns of the report, in snake case, that a column of FOCUS carries as they are.
const TEXTS: [(&str, usize); 13] = [
    ("line_item_tenant_id", cost::BILLING_ACCOUNT_ID),
    ("product_compartment_id", cost::SUB_ACCOUNT_ID),
    ("product_compartment_name", cost::SUB_ACCOUNT_NAME),
    ("product_service", cost::SERVICE_NAME),
    ("product_region", cost::REGION_ID),
    ("product_availability_domain", cost::AVAILABILITY_ZONE),
    ("product_resource_id", cost::RESOURCE_ID),
    ("cost_product_sku", cost::SKU_ID),
    ("product_description", cost::CHARGE_DESCRIPTION),
    ("cost_currency_code", cost::BILLING_CURRENCY),
    ("cost_sku_unit_description", cost::PRICING_UNIT),
    ("cost_sku_unit_description", cost::CONSUMED_UNIT),
    ("product_service", cost::X_SERVICE_CODE),
];

/// Likewise amounts.
const AMOUNTS: [(&str, &[usize]); 3] = [
    (
        "cost_my_cost",
        &[
            cost::BILLED_COST,
            cost::EFFECTIVE_COST,
            cost::LIST_COST,
            cost::CONTRACTED_COST,
            cost::NET_BILLED_COST,
            cost::NET_EFFECTIVE_COST,
        ],
    ),
    ("cost_unit_price", &[cost::LIST_UNIT_PRICE, cost::CONTRACTED_UNIT_PRICE]),
    ("usage_billed_quantity", &[cost::PRICING_QUANTITY, cost::CONSUMED_QUANTITY]),
];

/// Service categories of FOCUS by the services of reports.
const CATEGORIES: [(&str, &str); 18] = [
    ("ANALYTICS", "Analytics"),
    ("API_GATEWAY", "Integration"),
    ("BLOCK_STORAGE", "Storage"),
    ("COMPUTE", "Compute"),
    ("CONTAINER_ENGINE", "Compute"),
    ("DATABASE", "Databases"),
    ("DATA_SAFE", "Security"),
    ("DNS", "Networking"),
    ("EMAIL_DELIVERY", "Integration"),
    ("FILE_STORAGE", "Storage"),
    ("FUNCTIONS", "Compute"),
    ("KMS", "Security"),
    ("LOGGING", "Management and Governance"),
    ("MYSQL", "Databases"),
    ("NETWORK", "Networking"),
    ("OBJECTSTORE", "Storage"),
    ("STREAMING", "Analytics"),
    ("TELEMETRY", "Management and Governance"),
];

struct OciMapper {
    start: usize,
    end: usize,
    cost: usize,
    account: Option<usize>,
    service: Option<usize>,
    correction: Option<usize>,
    texts: Vec<(usize, usize)>,
    amounts: Vec<(usize, &'static [usize])>,
    /// Keys of tags, by the columns that they are in.
    tags: Vec<(usize, String)>,
    own: OwnColumns,
    builder: LineBuilder,
    options: ReadOptions,
}

/// Makes the mapper of a file with this header.
///
/// # Errors
/// Columns without which a line has no cost or no time are missing.
pub fn mapper(header: &Arc<Header>, options: &ReadOptions) -> Result<Box<dyn Mapper>, BillError> {
    let start = header.require("line_item_interval_usage_start")?;
    let end = header.require("line_item_interval_usage_end")?;
    let cost = header.require("cost_my_cost")?;
    let texts: Vec<(usize, usize)> =
        TEXTS.iter().filter_map(|(name, column)| Some((header.index(name)?, *column))).collect();
    let amounts: Vec<(usize, &'static [usize])> = AMOUNTS
        .iter()
        .filter_map(|(name, columns)| Some((header.index(name)?, *columns)))
        .collect();
    let tags: Vec<(usize, String)> = header
        .names()
        .iter()
        .enumerate()
        .filter_map(|(raw, name)| Some((raw, name.strip_prefix("tags/")?.to_owned())))
        .collect();
    let own = OwnColumns::new(header, |raw, _| {
        let is_carried = raw == start
            || raw == end
            || texts.iter().any(|(from, _)| *from == raw)
            || amounts.iter().any(|(from, _)| *from == raw)
            || tags.iter().any(|(from, _)| *from == raw);
        (!is_carried).then_some(ColumnType::Text)
    });
    Ok(Box::new(OciMapper {
        start,
        end,
        cost,
        account: header.index("line_item_tenant_id"),
        service: header.index("product_service"),
        correction: header.index("line_item_is_correction"),
        texts,
        amounts,
        tags,
        builder: LineBuilder::new(CostTable::Lines, header, options, &own),
        own,
        options: options.clone(),
    }))
}

impl OciMapper {
    fn line(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        for column in [self.start, self.cost] {
            if is_null(raw.cell(column, row)) {
                let empty = "is empty, where every line has a value: download the report again";
                return Err(raw.error(column, row, Problem::Format(empty.to_owned())));
            }
        }
        for (from, column) in &self.texts {
            self.builder.optional_text(*column, raw.cell(*from, row).text().as_deref());
        }
        for (from, columns) in &self.amounts {
            let amount = raw.money(*from, row)?;
            columns.iter().for_each(|column| self.builder.money(*column, amount));
        }
        if let Some(currency) = &self.options.currency {
            // The first text of a cell stays: this is for lines that state none.
            self.builder.text(cost::BILLING_CURRENCY, currency);
        } else if !self.states_currency(raw, row) {
            return Err(raw.row_error(row, Problem::NoCurrency));
        }
        if let Some(account) = self.account {
            check_account(raw, row, account, self.options.account.as_deref())?;
        }
        self.periods(raw, row)?;
        self.words(raw, row);
        self.own.write(&mut self.builder, raw, row)?;
        self.builder.end_line();
        Ok(())
    }

    fn states_currency(&self, raw: &RawBatch, row: usize) -> bool {
        let mut currencies =
            self.texts.iter().filter(|(_, column)| *column == cost::BILLING_CURRENCY);
        currencies.any(|(from, _)| !is_null(raw.cell(*from, row)))
    }

    fn periods(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        let start = raw.time_ns(self.start, row)?;
        self.builder.time(cost::CHARGE_PERIOD_START, start);
        self.builder.time(cost::CHARGE_PERIOD_END, raw.time_ns(self.end, row)?);
        let Some(start) = start else { return Ok(()) };
        let month = month_ns(start, 0);
        if let Some((expected, _)) = self.options.period
            && let Some(problem) = other_period(month, expected)
        {
            return Err(raw.error(self.start, row, problem));
        }
        self.builder.time(cost::BILLING_PERIOD_START, Some(month));
        self.builder.time(cost::BILLING_PERIOD_END, Some(month_ns(start, 1)));
        Ok(())
    }

    fn words(&mut self, raw: &RawBatch, row: usize) {
        let text = |column: Option<usize>| column.and_then(|column| raw.cell(column, row).text());
        let line = &mut self.builder;
        for column in
            [cost::SERVICE_PROVIDER_NAME, cost::HOST_PROVIDER_NAME, cost::INVOICE_ISSUER_NAME]
        {
            line.text(column, "Oracle");
        }
        line.text(cost::CHARGE_CATEGORY, "Usage");
        line.text(cost::CHARGE_FREQUENCY, "Usage-Based");
        line.text(cost::PRICING_CATEGORY, "Standard");
        line.text(cost::SUB_ACCOUNT_TYPE, "Compartment");
        if text(self.correction).is_some_and(|is| is.eq_ignore_ascii_case("true")) {
            line.text(cost::CHARGE_CLASS, "Correction");
        }
        let service = text(self.service);
        let category = CATEGORIES.iter().find(|(name, _)| Some(*name) == service.as_deref());
        line.text(cost::SERVICE_CATEGORY, category.map_or("Other", |(_, category)| category));
        let tags: Vec<_> = self
            .tags
            .iter()
            .filter_map(|(column, key)| Some((key, raw.cell(*column, row).text()?)))
            .collect();
        if !tags.is_empty() {
            line.text(cost::TAGS, &object(tags));
        }
    }
}

impl Mapper for OciMapper {
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
