//! Control totals: what a bill comes to, by which it is checked and compared with its former version.
//!
//! They are sums of decimals, the same whatever the order of lines. What they are kept by is bounded:
//! a bill with too many days × accounts × services is kept by day and account, then by day, then as
//! a whole; still to the cent, and the same whatever the order.
//!
//! ```
//! use hannun_billing::totals::{ControlTotals, difference};
//! let before = ControlTotals::default();
//! assert!(difference(&before, &before).is_empty());
//! ```

mod collect;
mod difference;
mod findings;
#[cfg(test)]
mod tests;

pub use collect::TotalsCollector;
pub use difference::{Restated, difference};
pub use findings::{Check, Finding};

use hannun_model::limits::{COST_TOTAL_CELLS_MAX, COST_TOTAL_PARTIES_MAX};
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a bill comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ControlTotals {
    pub rows: u64,
    /// By billing currency; the empty text stands for lines without one.
    pub currencies: BTreeMap<String, Amounts>,
    /// By billing currency, then by charge category.
    pub charge_categories: BTreeMap<String, BTreeMap<String, Amounts>>,
    pub by_day_account_service: Cells,
    /// By commitment, where lines belong to one.
    pub commitments: Parties<CommitmentAmounts>,
    /// Billed cost by invoice, where lines are on one.
    pub invoices: Parties<Money>,
    /// Lines that break a rule, by rule.
    pub broken: BTreeMap<Check, u64>,
    /// First and last instants of charges, in milliseconds since 1970 UTC.
    pub charges_start_ms: Option<i64>,
    pub charges_end_ms: Option<i64>,
}

/// Sums over some lines, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amounts {
    pub rows: u64,
    pub billed: Money,
    pub effective: Money,
    pub list: Money,
    pub contracted: Money,
    pub net_billed: Money,
    pub net_effective: Money,
}

impl Amounts {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.billed += other.billed;
        self.effective += other.effective;
        self.list += other.list;
        self.contracted += other.contracted;
        self.net_billed += other.net_billed;
        self.net_effective += other.net_effective;
    }
}

/// What [`Cells`] are kept by, the finest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    #[default]
    DayAccountService,
    DayAccount,
    Day,
    Whole,
}

impl Grain {
    const fn coarser(self) -> Self {
        match self {
            Self::DayAccountService => Self::DayAccount,
            Self::DayAccount => Self::Day,
            Self::Day | Self::Whole => Self::Whole,
        }
    }
}

/// The day, account and service of a sum. What is not told apart, or absent, is empty (the day: 0).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct CellKey {
    /// Start of the UTC day, in milliseconds since 1970.
    pub day_ms: i64,
    pub sub_account_id: String,
    pub service_name: String,
    pub currency: String,
}

/// The two sums that a restatement is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellAmounts {
    pub billed: Money,
    pub effective: Money,
}

/// Sums by day, account and service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "StoredCells", into = "StoredCells")]
pub struct Cells {
    pub grain: Grain,
    pub sums: BTreeMap<CellKey, CellAmounts>,
}

/// Cells as JSON has them, whose keys can only be texts.
#[derive(Serialize, Deserialize)]
struct StoredCells {
    grain: Grain,
    sums: Vec<(CellKey, CellAmounts)>,
}

impl From<StoredCells> for Cells {
    fn from(stored: StoredCells) -> Self {
        Self { grain: stored.grain, sums: stored.sums.into_iter().collect() }
    }
}

impl From<Cells> for StoredCells {
    fn from(cells: Cells) -> Self {
        Self { grain: cells.grain, sums: cells.sums.into_iter().collect() }
    }
}

impl Cells {
    /// Adds to one sum; what is kept becomes coarser when there are too many.
    fn add(&mut self, key: CellKey, amounts: CellAmounts, cells_max: usize) {
        let sum = self.sums.entry(at_grain(key, self.grain)).or_default();
        sum.billed += amounts.billed;
        sum.effective += amounts.effective;
        while self.sums.len() > cells_max.max(1) && self.grain != Grain::Whole {
            self.coarsen(self.grain.coarser());
        }
    }

    /// The same sums by something coarser. Nothing becomes finer.
    fn coarsen(&mut self, grain: Grain) {
        if grain <= self.grain {
            return;
        }
        self.grain = grain;
        for (key, amounts) in std::mem::take(&mut self.sums) {
            let sum = self.sums.entry(at_grain(key, grain)).or_default();
            sum.billed += amounts.billed;
            sum.effective += amounts.effective;
        }
    }
}

fn at_grain(mut key: CellKey, grain: Grain) -> CellKey {
    if grain >= Grain::DayAccount {
        key.service_name = String::new();
    }
    if grain >= Grain::Day {
        key.sub_account_id = String::new();
    }
    if grain >= Grain::Whole {
        key.day_ms = 0;
    }
    key
}

/// Sums by commitment or invoice, and then by currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties<T> {
    pub sums: BTreeMap<String, BTreeMap<String, T>>,
    /// Whether there were too many, in which case none are kept.
    pub too_many: bool,
}

impl<T> Default for Parties<T> {
    fn default() -> Self {
        Self { sums: BTreeMap::new(), too_many: false }
    }
}

impl<T: Default> Parties<T> {
    fn update(&mut self, id: &str, currency: &str, change: impl FnOnce(&mut T)) {
        if self.too_many {
            return;
        }
        if !self.sums.contains_key(id) {
            if self.sums.len() >= COST_TOTAL_PARTIES_MAX {
                self.too_many = true;
                self.sums.clear();
                return;
            }
            self.sums.insert(id.to_owned(), BTreeMap::new());
        }
        if let Some(currencies) = self.sums.get_mut(id) {
            change(currencies.entry(currency.to_owned()).or_default());
        }
    }
}

/// What a commitment cost and what it covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommitmentAmounts {
    /// Billed for recurring purchases: they are for the time that the bill is about.
    pub recurring_billed: Money,
    /// Billed for one-time purchases: they are for a term that the bill is only a part of.
    pub one_time_billed: Money,
    /// Effective cost of purchases, which should be zero.
    pub purchases_effective: Money,
    /// Effective cost of what it covered, and of what was left unused.
    pub used_effective: Money,
    pub unused_effective: Money,
}

impl CommitmentAmounts {
    fn add(&mut self, other: &Self) {
        self.recurring_billed += other.recurring_billed;
        self.one_time_billed += other.one_time_billed;
        self.purchases_effective += other.purchases_effective;
        self.used_effective += other.used_effective;
        self.unused_effective += other.unused_effective;
    }
}

impl ControlTotals {
    /// Adds the totals of other lines of the same bill, such as those of another file.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (currency, amounts) in &other.currencies {
            self.currencies.entry(currency.clone()).or_default().add(amounts);
        }
        for (currency, categories) in &other.charge_categories {
            let own = self.charge_categories.entry(currency.clone()).or_default();
            for (category, amounts) in categories {
                own.entry(category.clone()).or_default().add(amounts);
            }
        }
        self.by_day_account_service.coarsen(other.by_day_account_service.grain);
        for (key, amounts) in &other.by_day_account_service.sums {
            self.by_day_account_service.add(key.clone(), *amounts, COST_TOTAL_CELLS_MAX);
        }
        merge_parties(&mut self.commitments, &other.commitments, CommitmentAmounts::add);
        merge_parties(&mut self.invoices, &other.invoices, |sum, billed| *sum += *billed);
        for (check, rows) in &other.broken {
            *self.broken.entry(*check).or_default() += rows;
        }
        self.spread(other.charges_start_ms, other.charges_end_ms);
    }

    fn spread(&mut self, start_ms: Option<i64>, end_ms: Option<i64>) {
        self.charges_start_ms = self.charges_start_ms.into_iter().chain(start_ms).min();
        self.charges_end_ms = self.charges_end_ms.into_iter().chain(end_ms).max();
    }
}

fn merge_parties<T: Default>(into: &mut Parties<T>, from: &Parties<T>, add: impl Fn(&mut T, &T)) {
    if from.too_many {
        into.too_many = true;
        into.sums.clear();
    }
    for (id, currencies) in &from.sums {
        for (currency, amounts) in currencies {
            into.update(id, currency, |sum| add(sum, amounts));
        }
    }
}
