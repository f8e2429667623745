//! A bill shared out: every amount lands exactly once.
//!
//! What rules gave a value is that value's own. Shared costs are taken out first and split. Prepaid
//! capacity that nobody used is kept apart, with its owner where one is known. Whatever is left has no
//! owner yet. All of it together is the bill, to 10⁻¹² of its currency, or the answer is an error.

use crate::rule::Split;
use crate::units::spelling;
use hannun_model::money::Money;
use std::collections::{BTreeMap, BTreeSet};

/// Lines that are treated alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value of the virtual tag, its default included.
    pub value: Option<String>,
    /// Whether a rule said it.
    pub covered: bool,
    /// Position of the shared cost that they belong to.
    pub shared: Option<usize>,
    /// Whether they are of prepaid capacity that nobody used.
    pub unused: bool,
    pub cost: Money,
}

/// A shared cost, and what it is split by.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    pub name: String,
    pub split: Split,
    /// The values that share it; empty when all do.
    pub targets: Vec<String>,
    /// Of a split by a metric: its sum by value.
    pub weights: BTreeMap<String, f64>,
}

/// What one value costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub value: String,
    /// Its own, what nobody used left out.
    pub direct: Money,
    /// Its parts of shared costs.
    pub shared: Money,
    /// Prepaid for it, and used by nobody.
    pub idle: Money,
}

impl Row {
    pub fn total(&self) -> Money {
        self.direct + self.shared + self.idle
    }
}

/// One part of a shared cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub value: String,
    pub cost: Money,
    /// What it was split by.
    pub weight: f64,
}

/// How a shared cost was split.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    pub name: String,
    pub split: Split,
    pub cost: Money,
    /// The largest first; none when it could not be split.
    pub parts: Vec<Part>,
    /// Why it could not be split.
    pub problem: Option<String>,
}

/// A bill, shared out.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    pub total: Money,
    /// The largest first.
    pub rows: Vec<Row>,
    /// Of nobody.
    pub unallocated: Money,
    /// Shared costs that could not be split.
    pub shared_pool: Money,
    /// Prepaid for nobody, and used by nobody.
    pub idle: Money,
    /// How each shared cost was split, by position.
    pub shared: Vec<Shared>,
    /// Share of the cost that a rule said a value of, or that was split. 1 of nothing.
    pub coverage: f64,
}

/// The parts do not come to the whole. A mistake of ours: nothing is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the allocation comes to {parts}, and the bill to {bill}: tell us, this must not happen")]
pub struct Inexact {
    pub parts: Money,
    pub bill: Money,
}

/// Shares out a bill of this total.
///
/// # Errors
/// [`Inexact`] when the cells are not the bill.
pub fn allocate(bill: Money, cells: &[Cell], pools: &[Pool]) -> Result<Allocation, Inexact> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut pooled = vec![Money::ZERO; pools.len()];
    let (mut unallocated, mut idle) = (Money::ZERO, Money::ZERO);
    for cell in cells {
        if let Some(sum) = cell.shared.and_then(|index| pooled.get_mut(index)) {
            *sum += cell.cost;
            continue;
        }
        let Some(value) = &cell.value else {
            *(if cell.unused { &mut idle } else { &mut unallocated }) += cell.cost;
            continue;
        };
        let row = row(&mut rows, value);
        *(if cell.unused { &mut row.idle } else { &mut row.direct }) += cell.cost;
    }
    let own: BTreeMap<String, Money> =
        rows.values().map(|row| (row.value.clone(), row.direct + row.idle)).collect();
    let mut shared = Vec::with_capacity(pools.len());
    let mut shared_pool = Money::ZERO;
    for (pool, cost) in pools.iter().zip(pooled) {
        let split = split(pool, cost, &own);
        for part in &split.parts {
            row(&mut rows, &part.value).shared += part.cost;
        }
        if split.problem.is_some() {
            shared_pool += cost;
        }
        shared.push(split);
    }
    let coverage = coverage(cells, &shared);
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by(|one, other| other.total().cmp(&one.total()).then(one.value.cmp(&other.value)));
    let parts = rows.iter().map(Row::total).sum::<Money>() + unallocated + shared_pool + idle;
    if parts != bill {
        return Err(Inexact { parts, bill });
    }
    Ok(Allocation { total: bill, rows, unallocated, shared_pool, idle, shared, coverage })
}

fn row<'a>(rows: &'a mut BTreeMap<String, Row>, value: &str) -> &'a mut Row {
    rows.entry(value.to_owned())
        .or_insert_with(|| Row { value: value.to_owned(), ..Row::default() })
}

/// Splits a shared cost among those who share it.
fn split(pool: &Pool, cost: Money, own: &BTreeMap<String, Money>) -> Shared {
    let shares = |value: &String| pool.targets.is_empty() || pool.targets.contains(value);
    let weights: Vec<(String, f64)> = match &pool.split {
        Split::Metric(_) => {
            let known = by_own_spelling(&pool.weights, own.keys().chain(&pool.targets)).into_iter();
            known.filter(|(value, weight)| shares(value) && *weight > 0.0).collect()
        }
        Split::Even if !pool.targets.is_empty() => {
            pool.targets.iter().map(|value| (value.clone(), 1.0)).collect()
        }
        Split::Even => own.keys().map(|value| (value.clone(), 1.0)).collect(),
        Split::Proportional => {
            let positive = own.iter().filter(|(value, own)| shares(value) && **own > Money::ZERO);
            positive.map(|(value, own)| (value.clone(), own.to_f64())).collect()
        }
    };
    let mut shared = Shared {
        name: pool.name.clone(),
        split: pool.split.clone(),
        cost,
        parts: Vec::new(),
        problem: None,
    };
    if weights.is_empty() {
        shared.problem = (!cost.is_zero()).then(|| nobody(pool));
        return shared;
    }
    let costs = match &pool.split {
        Split::Proportional => {
            let own_units = |value: &String| own.get(value).map_or(0, |own| own.units());
            let units: Vec<i128> = weights.iter().map(|(value, _)| own_units(value)).collect();
            cost.split_exactly(&scaled(&units))
        }
        Split::Even | Split::Metric(_) => {
            cost.split(&weights.iter().map(|(_, weight)| *weight).collect::<Vec<f64>>())
        }
    };
    let parts = costs.into_iter().zip(weights);
    shared.parts = parts.map(|(cost, (value, weight))| Part { value, cost, weight }).collect();
    shared.parts.sort_by(|one, other| {
        other.cost.abs().cmp(&one.cost.abs()).then(one.value.cmp(&other.value))
    });
    shared
}

/// Weights under the spelling of the bill or of the targets: who sends `Base Load` means `base-load`,
/// and nobody else shall bear its part.
fn by_own_spelling<'a>(
    weights: &BTreeMap<String, f64>,
    own: impl Iterator<Item = &'a String>,
) -> BTreeMap<String, f64> {
    let own: BTreeSet<&String> = own.collect();
    let spelled: BTreeMap<String, &String> =
        own.iter().map(|value| (spelling(value), *value)).collect();
    let mut found: BTreeMap<String, f64> = BTreeMap::new();
    for (value, weight) in weights {
        let alike = spelled.get(&spelling(value)).copied();
        let value = if own.contains(value) { value } else { alike.unwrap_or(value) };
        *found.entry(value.clone()).or_default() += weight;
    }
    found
}

/// Weights whose sum has at most 62 bits, so that an amount times one of them stays within 128.
fn scaled(units: &[i128]) -> Vec<i128> {
    let total: i128 = units.iter().sum();
    let bits = i128::BITS - total.leading_zeros();
    let shift = bits.saturating_sub(62);
    units.iter().map(|units| units >> shift).collect()
}

fn nobody(pool: &Pool) -> String {
    match &pool.split {
        Split::Metric(metric) => format!(
            "the metric {metric} has no values above zero for those who share it in this time; send \
             some, or split it even or proportional"
        ),
        Split::Even | Split::Proportional => {
            "nobody who shares it has a cost in this time; name targets, or give the virtual tag rules"
                .to_owned()
        }
    }
}

/// Credits count by their amount too: a credit of nobody is as much of a gap as a charge of nobody.
fn coverage(cells: &[Cell], shared: &[Shared]) -> f64 {
    let is_split = |index: usize| shared.get(index).is_some_and(|it| it.problem.is_none());
    let (mut covered, mut all) = (0.0, 0.0);
    for cell in cells {
        let weight = cell.cost.to_f64().abs();
        all += weight;
        if cell.shared.map_or(cell.covered, is_split) {
            covered += weight;
        }
    }
    if all > 0.0 { covered / all } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn cell(value: Option<&str>, shared: Option<usize>, unused: bool, cost: &str) -> Cell {
        Cell {
            value: value.map(str::to_owned),
            covered: value.is_some(),
            shared,
            unused,
            cost: money(cost),
        }
    }

    fn pool(split: Split, targets: &[&str], weights: &[(&str, f64)]) -> Pool {
        Pool {
            name: "Support".to_owned(),
            split,
            targets: targets.iter().map(|it| (*it).to_owned()).collect(),
            weights: weights.iter().map(|(value, it)| ((*value).to_owned(), *it)).collect(),
        }
    }

    fn shown(allocation: &Allocation) -> Vec<String> {
        let row = |it: &Row| format!("{} {}+{}+{}", it.value, it.direct, it.shared, it.idle);
        allocation.rows.iter().map(row).collect()
    }

    #[test]
    fn every_kind_of_cost_has_its_place() {
        let cells = [
            cell(Some("a"), None, false, "60"),
            cell(Some("a"), None, true, "5"),
            cell(Some("b"), None, false, "30"),
            cell(None, None, false, "7"),
            cell(None, None, true, "3"),
            cell(Some("b"), Some(0), false, "9.5"),
        ];
        let pools = [pool(Split::Proportional, &[], &[])];
        let allocation = allocate(money("114.5"), &cells, &pools).unwrap();
        assert_eq!(shown(&allocation), ["a 60+6.5+5", "b 30+3+0"]);
        let Allocation { unallocated, shared_pool, idle, coverage, .. } = allocation;
        assert_eq!((unallocated, shared_pool, idle), (money("7"), Money::ZERO, money("3")));
        assert!((coverage - 104.5 / 114.5).abs() < 1e-12, "{coverage}");
    }

    #[test]
    fn shared_costs_are_split_even_by_cost_or_by_a_metric() {
        let cells = [
            cell(Some("a"), None, false, "60"),
            cell(Some("b"), None, false, "30"),
            cell(Some("credit"), None, false, "-1"),
            cell(None, Some(0), false, "1"),
        ];
        let by = |split, targets: &[&str], weights: &[(&str, f64)]| {
            shown(&allocate(money("90"), &cells, &[pool(split, targets, weights)]).unwrap())
        };
        let metric = || Split::Metric("orders".to_owned());
        assert_eq!(
            by(Split::Even, &[], &[]),
            ["a 60+0.333333333334+0", "b 30+0.333333333333+0", "credit -1+0.333333333333+0"]
        );
        assert_eq!(
            by(Split::Proportional, &["a", "b"], &[]),
            ["a 60+0.666666666667+0", "b 30+0.333333333333+0", "credit -1+0+0"]
        );
        assert_eq!(
            by(metric(), &[], &[("a", 1.0), ("c", 3.0), ("b", -1.0)]),
            ["a 60+0.25+0", "b 30+0+0", "c 0+0.75+0", "credit -1+0+0"]
        );
        assert_eq!(by(Split::Even, &["z"], &[])[2], "z 0+1+0");
    }

    #[test]
    fn a_metric_may_spell_those_who_share_otherwise_than_the_bill() {
        let cells = [
            cell(Some("base-load"), None, false, "60"),
            cell(Some("cart"), None, false, "30"),
            cell(None, Some(0), false, "4"),
        ];
        let split = |targets: &[&str]| {
            let weights = [("Base Load", 1.0), ("BaseLoad", 1.0), ("cart", 2.0)];
            let pools = [pool(Split::Metric("orders".to_owned()), targets, &weights)];
            shown(&allocate(money("94"), &cells, &pools).unwrap())
        };
        assert_eq!(split(&[]), ["base-load 60+2+0", "cart 30+2+0"]);
        assert_eq!(split(&["base-load"]), ["base-load 60+4+0", "cart 30+0+0"]);
    }

    #[test]
    fn what_cannot_be_split_stays_together_and_says_why() {
        let cells = [cell(Some("a"), None, false, "60"), cell(None, Some(0), false, "1")];
        let pools = [pool(Split::Metric("orders".to_owned()), &[], &[])];
        let allocation = allocate(money("61"), &cells, &pools).unwrap();
        assert_eq!(allocation.shared_pool, money("1"));
        let problem = allocation.shared[0].problem.clone().unwrap();
        assert!(problem.starts_with("the metric orders has no values"), "{problem}");
        assert!(allocation.coverage < 1.0);
        let nobody = [cell(None, Some(0), false, "1")];
        let pools = [pool(Split::Proportional, &[], &[])];
        let allocation = allocate(money("1"), &nobody, &pools).unwrap();
        assert_eq!((allocation.shared_pool, allocation.coverage), (money("1"), 0.0));
    }

    #[test]
    fn cells_that_are_not_the_bill_are_an_error() {
        let cells = [cell(Some("a"), None, false, "60")];
        let error = allocate(money("60.000000000001"), &cells, &[]).unwrap_err();
        assert!(error.to_string().contains("comes to 60, and the bill to 60.000000000001"));
    }

    fn any_cell() -> impl Strategy<Value = Cell> {
        let value = proptest::option::of("[a-e]");
        let cost = -10_i128.pow(20)..10_i128.pow(20);
        (value, any::<bool>(), proptest::option::of(0usize..3), any::<bool>(), cost).prop_map(
            |(value, covered, shared, unused, units)| Cell {
                covered: covered && value.is_some(),
                value,
                shared,
                unused,
                cost: Money::from_units(units),
            },
        )
    }

    fn any_pool() -> impl Strategy<Value = Pool> {
        let split = prop_oneof![
            Just(Split::Even),
            Just(Split::Proportional),
            Just(Split::Metric("orders".to_owned()))
        ];
        let targets = proptest::collection::vec("[a-h]", 0..4);
        let weights = proptest::collection::btree_map("[a-h]", -1.0f64..1e6, 0..5);
        (split, targets, weights).prop_map(|(split, targets, weights)| Pool {
            name: "x".to_owned(),
            split,
            targets,
            weights,
        })
    }

    proptest! {
        #[test]
        fn every_amount_lands_exactly_once(
            cells in proptest::collection::vec(any_cell(), 0..60),
            pools in proptest::collection::vec(any_pool(), 3),
        ) {
            let bill: Money = cells.iter().map(|cell| cell.cost).sum();
            let found = allocate(bill, &cells, &pools).unwrap();
            let rows: Money = found.rows.iter().map(Row::total).sum();
            prop_assert_eq!(rows + found.unallocated + found.shared_pool + found.idle, bill);
            for (index, shared) in found.shared.iter().enumerate() {
                let cost: Money =
                    cells.iter().filter(|it| it.shared == Some(index)).map(|it| it.cost).sum();
                prop_assert_eq!(shared.cost, cost);
                if shared.problem.is_none() && !shared.parts.is_empty() {
                    let parts: Money = shared.parts.iter().map(|part| part.cost).sum();
                    prop_assert_eq!(parts, cost);
                }
            }
            prop_assert!((0.0..=1.0 + 1e-9).contains(&found.coverage));
        }
    }
}
