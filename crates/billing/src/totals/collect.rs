//! Totals of lines as they are read.

use super::{Amounts, CellAmounts, CellKey, Check, CommitmentAmounts, ControlTotals};
use crate::daily::ids::{ABSENT, IntIds, TextIds};
use crate::daily::{DAY_NS, RollupError, decimal_array, text_array, time_array};
use arrow::array::{Array, Decimal128Array, RecordBatch, TimestampNanosecondArray};
use hannun_model::cost;
use hannun_model::limits::COST_TOTAL_CELLS_MAX;
use hannun_model::money::Money;
use std::collections::HashMap;

/// Bytes of different texts that are held before they are added to the totals.
const TEXT_BYTES_MAX: usize = 4 << 20;
/// Prices and quantities are rounded where they are stated: costs within one in ten thousand of
/// their product, or a millionth of a currency, agree with it.
const ROUNDING_SHARE: f64 = 1e-4;
const ROUNDING_AMOUNT: f64 = 1e-6;

/// Collects the [`ControlTotals`] of lines.
pub struct TotalsCollector {
    totals: ControlTotals,
    texts: [TextIds; TEXTS.len()],
    days: IntIds,
    cells: ByIds<5, Amounts>,
    commitments: ByIds<2, CommitmentAmounts>,
    invoices: ByIds<2, Money>,
    broken: [u64; ROW_CHECKS.len()],
    ids: [Vec<u32>; TEXTS.len()],
}

/// Sums by the numbers of what they are kept by.
type ByIds<const WIDTH: usize, T> = HashMap<[u32; WIDTH], T, foldhash::fast::RandomState>;

/// What is checked of each line.
const ROW_CHECKS: [Check; 8] = [
    Check::ValuePresent,
    Check::CategoryKnown,
    Check::PeriodForward,
    Check::ChargeWithinPeriod,
    Check::PurchaseWithoutEffectiveCost,
    Check::CommitmentStatusPresent,
    Check::ListCostIsProduct,
    Check::ContractedCostIsProduct,
];

/// Texts that matter here.
const TEXTS: [usize; 9] = [
    cost::SUB_ACCOUNT_ID,
    cost::SERVICE_NAME,
    cost::BILLING_CURRENCY,
    cost::CHARGE_CATEGORY,
    cost::CHARGE_CLASS,
    cost::CHARGE_FREQUENCY,
    cost::COMMITMENT_DISCOUNT_ID,
    cost::COMMITMENT_DISCOUNT_STATUS,
    cost::INVOICE_ID,
];
const ACCOUNT: usize = 0;
const SERVICE: usize = 1;
const CURRENCY: usize = 2;
const CATEGORY: usize = 3;
const CLASS: usize = 4;
const FREQUENCY: usize = 5;
const COMMITMENT: usize = 6;
const STATUS: usize = 7;
const INVOICE: usize = 8;

impl Default for TotalsCollector {
    fn default() -> Self {
        Self::new()
    }
}

/// The columns of a batch that are not texts.
struct Columns<'a> {
    billed: Option<&'a Decimal128Array>,
    effective: Option<&'a Decimal128Array>,
    list: Option<&'a Decimal128Array>,
    contracted: Option<&'a Decimal128Array>,
    net_billed: Option<&'a Decimal128Array>,
    net_effective: Option<&'a Decimal128Array>,
    list_price: Option<&'a Decimal128Array>,
    contracted_price: Option<&'a Decimal128Array>,
    quantity: Option<&'a Decimal128Array>,
    charge_start: Option<&'a TimestampNanosecondArray>,
    charge_end: Option<&'a TimestampNanosecondArray>,
    period_start: Option<&'a TimestampNanosecondArray>,
    period_end: Option<&'a TimestampNanosecondArray>,
}

impl<'a> Columns<'a> {
    fn of(lines: &'a RecordBatch) -> Result<Self, RollupError> {
        Ok(Self {
            billed: decimal_array(lines, cost::BILLED_COST)?,
            effective: decimal_array(lines, cost::EFFECTIVE_COST)?,
            list: decimal_array(lines, cost::LIST_COST)?,
            contracted: decimal_array(lines, cost::CONTRACTED_COST)?,
            net_billed: decimal_array(lines, cost::NET_BILLED_COST)?,
            net_effective: decimal_array(lines, cost::NET_EFFECTIVE_COST)?,
            list_price: decimal_array(lines, cost::LIST_UNIT_PRICE)?,
            contracted_price: decimal_array(lines, cost::CONTRACTED_UNIT_PRICE)?,
            quantity: decimal_array(lines, cost::PRICING_QUANTITY)?,
            charge_start: time_array(lines, cost::CHARGE_PERIOD_START)?,
            charge_end: time_array(lines, cost::CHARGE_PERIOD_END)?,
            period_start: time_array(lines, cost::BILLING_PERIOD_START)?,
            period_end: time_array(lines, cost::BILLING_PERIOD_END)?,
        })
    }

    fn amounts(&self, row: usize) -> Amounts {
        let money = |array| money(array, row).unwrap_or_default();
        Amounts {
            rows: 1,
            billed: money(self.billed),
            effective: money(self.effective),
            list: money(self.list),
            contracted: money(self.contracted),
            net_billed: money(self.net_billed),
            net_effective: money(self.net_effective),
        }
    }
}

fn money(array: Option<&Decimal128Array>, row: usize) -> Option<Money> {
    let array = array?;
    (!array.is_null(row)).then(|| Money::from_units(array.value(row)))
}

fn instant(array: Option<&TimestampNanosecondArray>, row: usize) -> Option<i64> {
    let array = array?;
    (!array.is_null(row)).then(|| array.value(row))
}

impl TotalsCollector {
    pub fn new() -> Self {
        Self {
            totals: ControlTotals::default(),
            texts: std::array::from_fn(|_| TextIds::new()),
            days: IntIds::default(),
            cells: HashMap::default(),
            commitments: HashMap::default(),
            invoices: HashMap::default(),
            broken: [0; ROW_CHECKS.len()],
            ids: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// Adds lines: a batch with columns of `cost`; others are ignored.
    ///
    /// # Errors
    /// Columns of other types than `cost` has.
    pub fn add(&mut self, lines: &RecordBatch) -> Result<(), RollupError> {
        let columns = Columns::of(lines)?;
        for (index, column) in TEXTS.iter().enumerate() {
            match text_array(lines, *column)? {
                Some(array) => {
                    self.texts[index].start_array();
                    self.texts[index].ids(array, 0..lines.num_rows(), &mut self.ids[index]);
                }
                None => {
                    self.ids[index].clear();
                    self.ids[index].resize(lines.num_rows(), ABSENT);
                }
            }
        }
        for row in 0..lines.num_rows() {
            self.add_row(&columns, row);
        }
        self.spread(&columns);
        let text_bytes = self.texts.iter().map(TextIds::bytes).sum::<usize>();
        if self.cells.len() > COST_TOTAL_CELLS_MAX || text_bytes > TEXT_BYTES_MAX {
            self.fold();
        }
        Ok(())
    }

    /// The totals of all lines.
    pub fn finish(mut self) -> ControlTotals {
        self.fold();
        self.totals
    }

    fn add_row(&mut self, columns: &Columns<'_>, row: usize) {
        let amounts = columns.amounts(row);
        let start = instant(columns.charge_start, row);
        let end = instant(columns.charge_end, row);
        let day = start.map_or(ABSENT, |start| self.days.id(start.div_euclid(DAY_NS)));
        let id = |text: usize| self.ids[text][row];
        let key = [day, id(ACCOUNT), id(SERVICE), id(CURRENCY), id(CATEGORY)];
        self.cells.entry(key).or_default().add(&amounts);
        self.totals.rows += 1;
        self.check_row(columns, row, &amounts, (start, end));
        self.add_parties(row, &amounts);
    }

    /// The text of a row; empty when absent.
    fn text(&self, text: usize, row: usize) -> &str {
        match self.ids[text][row] {
            ABSENT => "",
            id => self.texts[text].text(id),
        }
    }

    fn add_parties(&mut self, row: usize, amounts: &Amounts) {
        if self.ids[COMMITMENT][row] != ABSENT {
            let mut part = CommitmentAmounts::default();
            match (self.text(CATEGORY, row), self.text(STATUS, row)) {
                ("Purchase", _) if self.text(FREQUENCY, row) == "Recurring" => {
                    part.recurring_billed = amounts.billed;
                    part.purchases_effective = amounts.effective;
                }
                ("Purchase", _) => {
                    part.one_time_billed = amounts.billed;
                    part.purchases_effective = amounts.effective;
                }
                ("Usage", "Unused") => part.unused_effective = amounts.effective,
                ("Usage", _) => part.used_effective = amounts.effective,
                _ => {}
            }
            let key = [self.ids[COMMITMENT][row], self.ids[CURRENCY][row]];
            self.commitments.entry(key).or_default().add(&part);
        }
        if self.ids[INVOICE][row] != ABSENT {
            let key = [self.ids[INVOICE][row], self.ids[CURRENCY][row]];
            *self.invoices.entry(key).or_default() += amounts.billed;
        }
    }

    /// Widens the time of the charges by that of a batch.
    fn spread(&mut self, columns: &Columns<'_>) {
        let start = columns.charge_start.and_then(arrow::compute::min);
        let end = columns.charge_end.and_then(arrow::compute::max);
        self.totals.spread(start.map(to_ms), end.map(to_ms));
    }

    fn check_row(
        &mut self,
        columns: &Columns<'_>,
        row: usize,
        amounts: &Amounts,
        (start, end): (Option<i64>, Option<i64>),
    ) {
        let period = (instant(columns.period_start, row), instant(columns.period_end, row));
        let category = self.text(CATEGORY, row);
        let is_correction = self.text(CLASS, row) == "Correction";
        let has_commitment = self.ids[COMMITMENT][row] != ABSENT;
        let quantity = money(columns.quantity, row);
        let agrees = |price, cost| match (money(price, row), quantity, money(cost, row)) {
            (Some(price), Some(quantity), Some(cost)) => is_product(price, quantity, cost),
            _ => true,
        };
        // In the order of `ROW_CHECKS`.
        let broken = [
            money(columns.billed, row).is_none()
                || money(columns.effective, row).is_none()
                || start.is_none()
                || self.ids[SERVICE][row] == ABSENT
                || self.ids[CURRENCY][row] == ABSENT,
            !matches!(category, "Usage" | "Purchase" | "Tax" | "Credit" | "Adjustment"),
            matches!((start, end), (Some(start), Some(end)) if end <= start),
            !is_correction
                && matches!((start, period), (Some(start), (Some(first), Some(past)))
                    if start < first || start >= past),
            has_commitment && category == "Purchase" && !amounts.effective.is_zero(),
            has_commitment && category == "Usage" && self.ids[STATUS][row] == ABSENT,
            !is_correction && !agrees(columns.list_price, columns.list),
            !is_correction && !agrees(columns.contracted_price, columns.contracted),
        ];
        for (rows, is_broken) in self.broken.iter_mut().zip(broken) {
            *rows += u64::from(is_broken);
        }
    }

    /// Adds what was collected to the totals, and forgets the texts it was collected by.
    fn fold(&mut self) {
        for ([day, account, service, currency, category], amounts) in self.cells.drain() {
            let currency = text_of(&self.texts[CURRENCY], currency).to_owned();
            let category = text_of(&self.texts[CATEGORY], category).to_owned();
            self.totals.currencies.entry(currency.clone()).or_default().add(&amounts);
            let categories = self.totals.charge_categories.entry(currency.clone()).or_default();
            categories.entry(category).or_default().add(&amounts);
            let day = if day == ABSENT { 0 } else { self.days.value(day) };
            let key = CellKey {
                day_ms: day.saturating_mul(DAY_NS / 1_000_000),
                sub_account_id: text_of(&self.texts[ACCOUNT], account).to_owned(),
                service_name: text_of(&self.texts[SERVICE], service).to_owned(),
                currency,
            };
            let sums = CellAmounts { billed: amounts.billed, effective: amounts.effective };
            self.totals.by_day_account_service.add(key, sums, COST_TOTAL_CELLS_MAX);
        }
        for ([commitment, currency], amounts) in self.commitments.drain() {
            let commitment = text_of(&self.texts[COMMITMENT], commitment);
            let currency = text_of(&self.texts[CURRENCY], currency);
            self.totals.commitments.update(commitment, currency, |sum| sum.add(&amounts));
        }
        for ([invoice, currency], billed) in self.invoices.drain() {
            let invoice = text_of(&self.texts[INVOICE], invoice);
            let currency = text_of(&self.texts[CURRENCY], currency);
            self.totals.invoices.update(invoice, currency, |sum| *sum += billed);
        }
        for (check, rows) in ROW_CHECKS.into_iter().zip(&mut self.broken) {
            match std::mem::take(rows) {
                0 => {}
                rows => *self.totals.broken.entry(check).or_default() += rows,
            }
        }
        self.texts.iter_mut().for_each(TextIds::clear);
        self.days.clear();
    }
}

fn text_of(texts: &TextIds, id: u32) -> &str {
    if id == ABSENT { "" } else { texts.text(id) }
}

const fn to_ms(instant_ns: i64) -> i64 {
    instant_ns.div_euclid(1_000_000)
}

fn is_product(price: Money, quantity: Money, cost: Money) -> bool {
    let (product, cost) = (price.to_f64() * quantity.to_f64(), cost.to_f64());
    (product - cost).abs() <= ROUNDING_AMOUNT.max(ROUNDING_SHARE * cost.abs())
}
