//! Azure cost details (Enterprise Agreement and Microsoft Customer Agreement) to FOCUS 1.4.
//!
//! Sources: *Understand usage details fields*,
//! <https://learn.microsoft.com/azure/cost-management-billing/automate/understand-usage-details-fields>,
//! and *FOCUS schema conversion*,
//! <https://learn.microsoft.com/cloud-computing/finops/focus/convert>.
//!
//! Azure exports a month twice, in the same columns:
//!
//! - **Actual cost** is what is invoiced: a reservation or savings plan is one purchase, what it
//!   covers costs nothing. Its billed cost is right, its effective cost lacks what was covered.
//! - **Amortised cost** spreads purchases over what they cover and over what was left unused. Its
//!   effective cost is right, its billed cost lacks the purchases.
//!
//! The mapping of a line is right in both: a purchase of a commitment has no effective cost, what a
//! commitment covers has no billed cost. Where both exports of a month exist, import the amortised one
//! for allocation, unit cost and everything by team, the actual one to meet the invoice; as two
//! sources, since all on-demand lines are in both. Azure's FOCUS export has both costs in one file,
//! and is the better choice where it can be had.

use crate::error::{BillError, Problem};
use crate::focus::json::{Json, JsonKind};
use crate::focus::{check_account, is_null, other_period, product, squeezed};
use crate::line_builder::{LineBuilder, OwnColumns};
use crate::mapper::{LineBatch, Mapper, ReadOptions};
use crate::raw::{Header, RawBatch};
use chrono::NaiveDate;
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use hannun_model::money::Money;
use std::borrow::Cow;
use std::sync::Arc;

const DAY_NS: i64 = 86_400_000_000_000;

/// Columns of the export that a column of FOCUS carries as they are.
const CARRIED: [(usize, &[&str]); 20] = [
    (cost::BILLING_ACCOUNT_ID, &["billingaccountid", "enrollmentnumber"]),
    (cost::BILLING_ACCOUNT_NAME, &["billingaccountname"]),
    (cost::SUB_ACCOUNT_ID, &["subscriptionid", "subscriptionguid"]),
    (cost::SUB_ACCOUNT_NAME, &["subscriptionname"]),
    (cost::INVOICE_ID, &["invoiceid"]),
    (cost::CHARGE_DESCRIPTION, &["productname", "product"]),
    (cost::PRICING_UNIT, &["unitofmeasure"]),
    (cost::PRICING_CURRENCY, &["pricingcurrency", "pricingcurrencycode"]),
    (cost::SERVICE_NAME, &["metercategory"]),
    (cost::AVAILABILITY_ZONE, &["availabilityzone"]),
    (cost::RESOURCE_ID, &["resourceid", "instanceid"]),
    (cost::RESOURCE_NAME, &["resourcename"]),
    (cost::SKU_ID, &["meterid"]),
    (cost::SKU_METER, &["metername"]),
    (cost::SKU_PRICE_ID, &["partnumber", "productid"]),
    (cost::COMMITMENT_DISCOUNT_NAME, &["benefitname", "reservationname"]),
    (cost::COMMITMENT_DISCOUNT_ID, &["benefitid", "reservationid"]),
    (cost::X_CHARGE_TYPE, &["chargetype"]),
    (cost::X_SERVICE_CODE, &["consumedservice"]),
    (cost::X_USAGE_TYPE, &["metername"]),
];

/// Service categories of FOCUS by the service families of Azure.
const CATEGORIES: [(&str, &str); 20] = [
    ("AI + Machine Learning", "AI and Machine Learning"),
    ("Analytics", "Analytics"),
    ("Azure Arc", "Multicloud"),
    ("Blockchain", "Other"),
    ("Compute", "Compute"),
    ("Containers", "Compute"),
    ("Databases", "Databases"),
    ("Developer Tools", "Developer Tools"),
    ("DevOps", "Developer Tools"),
    ("Identity", "Identity"),
    ("Integration", "Integration"),
    ("Internet of Things", "Internet of Things"),
    ("Management and Governance", "Management and Governance"),
    ("Media", "Media"),
    ("Microsoft Syntex", "Business Applications"),
    ("Mixed Reality", "Media"),
    ("Networking", "Networking"),
    ("Security", "Security"),
    ("Storage", "Storage"),
    ("Web", "Web"),
];

/// Where a header has what the mapping reads beyond [`CARRIED`].
struct Positions {
    cost: usize,
    date: usize,
    period_start: Option<usize>,
    period_end: Option<usize>,
    currency: Option<usize>,
    quantity: Option<usize>,
    unit_price: Option<usize>,
    retail_price: Option<usize>,
    exchange_rate: Option<usize>,
    charge_type: Option<usize>,
    pricing_model: Option<usize>,
    frequency: Option<usize>,
    family: Option<usize>,
    location: Option<usize>,
    publisher_type: Option<usize>,
    publisher: Option<usize>,
    billing_account: Option<usize>,
    tags: Option<usize>,
}

struct AzureMapper {
    at: Positions,
    carried: Vec<(usize, usize)>,
    tags: Json,
    own: OwnColumns,
    builder: LineBuilder,
    options: ReadOptions,
}

/// Makes the mapper of a file with this header.
///
/// # Errors
/// Columns without which a line has no cost or no day are missing.
pub fn mapper(header: &Arc<Header>, options: &ReadOptions) -> Result<Box<dyn Mapper>, BillError> {
    let at = Positions::of(header)?;
    let mut carried: Vec<(usize, usize)> = Vec::new();
    let mut verbatim = vec![Some(at.cost), at.tags, at.currency, at.quantity];
    for (column, names) in CARRIED {
        // Later names are for lines that leave the first one empty: they stay columns of their own.
        verbatim.push(find(header, names));
        carried.extend(names.iter().filter_map(|name| Some((find(header, &[name])?, column))));
    }
    let own = OwnColumns::new(header, |raw, _| {
        (!verbatim.contains(&Some(raw))).then_some(ColumnType::Text)
    });
    let builder = LineBuilder::new(CostTable::Lines, header, options, &own);
    let tags = Json::new(JsonKind::Tags);
    Ok(Box::new(AzureMapper { at, carried, tags, own, builder, options: options.clone() }))
}

/// Where a header has the first of these names, which are letters and digits in lower case.
fn find(header: &Header, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.names().iter().position(|one| squeezed(one) == **name))
}

impl Positions {
    fn of(header: &Header) -> Result<Self, BillError> {
        let missing =
            |name: &str| BillError::of_file(&header.file, Problem::MissingColumn(name.to_owned()));
        let one = |names: &[&str]| find(header, names);
        Ok(Self {
            cost: one(&["costinbillingcurrency", "cost", "pretaxcost"])
                .ok_or_else(|| missing("CostInBillingCurrency"))?,
            date: one(&["date", "usagedatetime", "usagedate"]).ok_or_else(|| missing("Date"))?,
            period_start: one(&["billingperiodstartdate"]),
            period_end: one(&["billingperiodenddate"]),
            currency: one(&["billingcurrency", "billingcurrencycode", "currency"]),
            quantity: one(&["quantity", "usagequantity"]),
            unit_price: one(&["unitprice"]),
            retail_price: one(&["paygprice"]),
            exchange_rate: one(&["exchangeratepricingtobilling", "exchangerate"]),
            charge_type: one(&["chargetype"]),
            pricing_model: one(&["pricingmodel"]),
            frequency: one(&["frequency"]),
            family: one(&["servicefamily"]),
            location: one(&["resourcelocation"]),
            publisher_type: one(&["publishertype"]),
            publisher: one(&["publishername"]),
            billing_account: one(&["billingaccountid", "enrollmentnumber"]),
            tags: one(&["tags"]),
        })
    }
}

/// What a line is, in the words of the export.
struct Charge {
    is_committed: bool,
    is_purchase: bool,
    is_unused: bool,
}

impl AzureMapper {
    fn line(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        for (from, column) in &self.carried {
            let cell = raw.cell(*from, row);
            if !is_null(cell) {
                self.builder.optional_text(*column, cell.text().as_deref());
            }
        }
        let charge = self.categories(raw, row);
        self.amounts(raw, row, &charge)?;
        self.periods(raw, row)?;
        self.places(raw, row);
        if let Some(column) = self.at.tags
            && let Some(text) = raw.cell(column, row).text()
        {
            let tags = self.tags.normalised(&text);
            let tags = tags.map_err(|problem| raw.error(column, row, problem))?;
            self.builder.optional_text(cost::TAGS, tags);
        }
        let currency = text(raw, self.at.currency, row);
        match currency.as_deref().or(self.options.currency.as_deref()) {
            Some(currency) => self.builder.text(cost::BILLING_CURRENCY, currency),
            None => return Err(raw.row_error(row, Problem::NoCurrency)),
        }
        if let Some(column) = self.at.billing_account {
            check_account(raw, row, column, self.options.account.as_deref())?;
        }
        self.own.write(&mut self.builder, raw, row)?;
        self.builder.end_line();
        Ok(())
    }

    /// What kind of charge the line is.
    fn categories(&mut self, raw: &RawBatch, row: usize) -> Charge {
        let charge_type = text(raw, self.at.charge_type, row);
        let charge_type = charge_type.as_deref().unwrap_or("Usage");
        let model = text(raw, self.at.pricing_model, row);
        let model = model.as_deref().unwrap_or_default();
        let is_unused = charge_type.starts_with("Unused");
        let is_committed = is_unused || matches!(model, "Reservation" | "SavingsPlan");
        let is_refund = charge_type == "Refund";
        let category = match charge_type {
            "Purchase" => "Purchase",
            "Refund" if is_committed => "Purchase",
            "Refund" => "Credit",
            "Tax" => "Tax",
            "RoundingAdjustment" => "Adjustment",
            _ => "Usage",
        };
        let line = &mut self.builder;
        line.text(cost::CHARGE_CATEGORY, category);
        if is_refund {
            line.text(cost::CHARGE_CLASS, "Correction");
        }
        let frequency = text(raw, self.at.frequency, row);
        line.optional_text(
            cost::CHARGE_FREQUENCY,
            match frequency.as_deref() {
                Some("UsageBased") => Some("Usage-Based"),
                Some("OneTime") => Some("One-Time"),
                other => other,
            },
        );
        line.text(
            cost::PRICING_CATEGORY,
            match model {
                _ if is_committed => "Committed",
                "OnDemand" | "" => "Standard",
                "Spot" => "Dynamic",
                _ => "Other",
            },
        );
        if is_committed {
            let is_plan = model == "SavingsPlan" || charge_type == "UnusedSavingsPlan";
            let (kind, category) =
                if is_plan { ("Savings Plan", "Spend") } else { ("Reservation", "Usage") };
            line.text(cost::COMMITMENT_DISCOUNT_TYPE, kind);
            line.text(cost::COMMITMENT_DISCOUNT_CATEGORY, category);
            if category_is_usage(charge_type) {
                let status = if is_unused { "Unused" } else { "Used" };
                line.text(cost::COMMITMENT_DISCOUNT_STATUS, status);
            }
        }
        Charge { is_committed, is_purchase: category == "Purchase", is_unused }
    }

    fn amounts(&mut self, raw: &RawBatch, row: usize, charge: &Charge) -> Result<(), BillError> {
        let money = |column: Option<usize>| match column {
            Some(column) if !is_null(raw.cell(column, row)) => raw.money(column, row),
            _ => Ok(None),
        };
        let Some(stated) = money(Some(self.at.cost))? else {
            let empty = "is empty, where every line has a cost: export the month again";
            return Err(raw.error(self.at.cost, row, Problem::Format(empty.to_owned())));
        };
        let (billed, effective) = match charge {
            Charge { is_committed: true, is_purchase: true, .. } => (stated, Money::ZERO),
            Charge { is_committed: true, .. } => (Money::ZERO, stated),
            _ => (stated, stated),
        };
        let quantity = money(self.at.quantity)?;
        // Prices are in the pricing currency; one rate a line takes them to that of the invoice.
        let rate = money(self.at.exchange_rate)?.filter(|rate| !rate.is_zero());
        let in_billing = |price: Option<Money>| match rate {
            Some(rate) => price.and_then(|price| price.times(rate)),
            None => price,
        };
        let unit_price = in_billing(money(self.at.unit_price)?);
        // Lines that have no retail price state zero.
        let retail = in_billing(money(self.at.retail_price)?).filter(|price| !price.is_zero());
        let contracted = if charge.is_unused {
            Some(Money::ZERO)
        } else {
            product(unit_price, quantity).or(Some(stated))
        };
        let list = match charge.is_unused {
            true => Some(Money::ZERO),
            false => product(retail, quantity).or(contracted),
        };
        let line = &mut self.builder;
        line.money(cost::BILLED_COST, Some(billed));
        line.money(cost::EFFECTIVE_COST, Some(effective));
        line.money(cost::NET_BILLED_COST, Some(billed));
        line.money(cost::NET_EFFECTIVE_COST, Some(effective));
        line.money(cost::CONTRACTED_COST, contracted);
        line.money(cost::LIST_COST, list);
        line.money(cost::LIST_UNIT_PRICE, retail);
        line.money(cost::CONTRACTED_UNIT_PRICE, unit_price);
        line.money(cost::PRICING_QUANTITY, quantity);
        if !charge.is_purchase && !charge.is_unused {
            line.money(cost::CONSUMED_QUANTITY, quantity);
            let unit = find(raw.header(), &["unitofmeasure"]);
            line.optional_text(cost::CONSUMED_UNIT, text(raw, unit, row).as_deref());
        }
        Ok(())
    }

    fn periods(&mut self, raw: &RawBatch, row: usize) -> Result<(), BillError> {
        let Some(day) = date_ns(raw, self.at.date, row)? else {
            let empty = "is empty, where every line has a day: export the month again";
            return Err(raw.error(self.at.date, row, Problem::Format(empty.to_owned())));
        };
        let of = |column: Option<usize>| match column {
            Some(column) => date_ns(raw, column, row),
            None => Ok(None),
        };
        let start = of(self.at.period_start)?.unwrap_or_else(|| month_ns(day, 0));
        // The last day is the last one that is billed, not the first one that is not.
        let end = match of(self.at.period_end)? {
            Some(last) => last.saturating_add(DAY_NS),
            None => month_ns(start, 1),
        };
        if let Some((expected, _)) = self.options.period
            && let Some(problem) = other_period(start, expected)
        {
            return Err(raw.error(self.at.period_start.unwrap_or(self.at.date), row, problem));
        }
        let line = &mut self.builder;
        line.time(cost::CHARGE_PERIOD_START, Some(day));
        line.time(cost::CHARGE_PERIOD_END, Some(day.saturating_add(DAY_NS)));
        line.time(cost::BILLING_PERIOD_START, Some(start));
        line.time(cost::BILLING_PERIOD_END, Some(end));
        Ok(())
    }

    fn places(&mut self, raw: &RawBatch, row: usize) {
        let line = &mut self.builder;
        let is_marketplace = text(raw, self.at.publisher_type, row)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("marketplace"));
        let publisher = text(raw, self.at.publisher, row).filter(|_| is_marketplace);
        line.text(cost::SERVICE_PROVIDER_NAME, publisher.as_deref().unwrap_or("Microsoft"));
        line.text(cost::HOST_PROVIDER_NAME, "Microsoft");
        line.text(cost::INVOICE_ISSUER_NAME, "Microsoft");
        line.text(cost::SUB_ACCOUNT_TYPE, "Subscription");
        let family = text(raw, self.at.family, row);
        let category = CATEGORIES.iter().find(|(name, _)| Some(*name) == family.as_deref());
        line.text(cost::SERVICE_CATEGORY, category.map_or("Other", |(_, category)| category));
        // `EastUS`, `eastus` and `East US` are one region.
        let region = text(raw, self.at.location, row).map(|location| squeezed(&location));
        line.optional_text(cost::REGION_ID, region.as_deref());
    }
}

/// Whether FOCUS calls such a line usage.
fn category_is_usage(charge_type: &str) -> bool {
    !matches!(charge_type, "Purchase" | "Refund" | "Tax" | "RoundingAdjustment")
}

/// A cell as text; absent when it has no value.
fn text<'a>(raw: &'a RawBatch, column: Option<usize>, row: usize) -> Option<Cow<'a, str>> {
    let cell = raw.cell(column?, row);
    if is_null(cell) { None } else { cell.text() }
}

/// A day, which exports write as `09/21/2023`, month first, or as any other time.
fn date_ns(raw: &RawBatch, column: usize, row: usize) -> Result<Option<i64>, BillError> {
    let Some(text) = text(raw, Some(column), row) else { return Ok(None) };
    if !text.contains('/') {
        return raw.time_ns(column, row);
    }
    let date = NaiveDate::parse_from_str(text.trim(), "%m/%d/%Y").ok();
    let start = date.and_then(|date| date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt());
    match start {
        Some(start) => Ok(Some(start)),
        None => {
            let problem = Problem::value(&text, "a day such as 09/21/2023, month first");
            Err(raw.error(column, row, problem))
        }
    }
}

/// The first instant of a month: of the one that `time_ns` is in, or some months later.
pub(crate) fn month_ns(time_ns: i64, months_later: u32) -> i64 {
    use chrono::{DateTime, Datelike, Months};
    let date = DateTime::from_timestamp_nanos(time_ns).date_naive();
    date.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(months_later)))
        .and_then(|first| first.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt())
        .unwrap_or(time_ns)
}

impl Mapper for AzureMapper {
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
