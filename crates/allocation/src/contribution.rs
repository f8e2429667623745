//! Why a unit cost moved: the parts that more customers, other prices, more use and other choices
//! had in it, which sum to the change exactly.
//!
//! The analysis is the price-volume-mix analysis of management accounting, in two steps. With cost
//! `C` and quantity `Q` before (0) and after (1):
//!
//! ```text
//! C1/Q1 − C0/Q0  =  (C0/Q1 − C0/Q0)  +  (C1 − C0)/Q1
//!                      volume            rate + usage + mix
//! ```
//!
//! What is bought comes as items `j` of families that share a unit, such as the hours of the machine
//! types of one service. With price `p` and use `x` of an item, `X = Σ x` and `P = Σ p·x / X` of its
//! family:
//!
//! ```text
//! usage  (X1 − X0) · P0                    more was used, at the average price before
//! mix    Σ p0·x1 − X1 · P0                 dearer items took the place of cheaper ones
//! rate   Σ (p1 − p0) · x1                  the same items became dearer
//! ```
//!
//! An item that is new has its new price before as well, so it is usage and mix, never rate. A charge
//! without a quantity, such as a tax, a credit or a fee, counts as one piece: rate while it is there,
//! usage when it comes or goes.

use crate::units::{Unit, unit_cost};
use hannun_model::money::Money;
use std::collections::BTreeMap;

/// Why a unit cost moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The same cost is spread over more or less.
    Volume,
    /// The same things have other prices.
    Rate,
    /// More or less is used.
    Usage,
    /// Other things are used in place of those before.
    Mix,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Volume, Self::Rate, Self::Usage, Self::Mix];

    /// As answers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Rate => "rate",
            Self::Usage => "usage",
            Self::Mix => "mix",
        }
    }
}

/// What was bought of one thing before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Whose cost it is; parts are told by this.
    pub key: Option<String>,
    /// What its use can be added up with.
    pub family: String,
    /// Cost before and after.
    pub costs: [Money; 2],
    /// Use before and after, in the unit of the family; zero when the bill states none.
    pub uses: [Money; 2],
}

/// One reason and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub kind: Kind,
    /// Whose cost it is; always `None` of the volume.
    pub key: Option<String>,
    pub amount: Money,
}

/// Why a unit cost moved, with parts that sum to the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    pub before: Unit,
    pub after: Unit,
    /// `None` when one of the unit costs is not there.
    pub change: Option<Money>,
    /// Parts that are not zero; none without a change.
    pub parts: Vec<Part>,
}

/// The parts do not sum to the change: a mistake of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parts of a change of {change} come to {sum}; this is a mistake of ours")]
pub struct Inexact {
    pub change: Money,
    pub sum: Money,
}

/// Explains the change of a unit cost.
///
/// # Errors
/// When the parts cannot be made to sum to the change.
pub fn explain(items: &[Item], quantities: [Money; 2]) -> Result<Contribution, Inexact> {
    let cost = |side: usize| items.iter().map(|item| item.costs[side]).sum::<Money>();
    let (before, after) = (Unit::of(cost(0), quantities[0]), Unit::of(cost(1), quantities[1]));
    let none = |change| Contribution { before, after, change, parts: Vec::new() };
    let (Some(first), Some(second)) = (before.unit_cost, after.unit_cost) else {
        return Ok(none(None));
    };
    let change = second - first;
    let mut parts = Vec::new();
    // What all of the cost before would be per piece now.
    let spread = unit_cost(before.cost, after.quantity).unwrap_or_default();
    parts.push((Kind::Volume, None, spread - first));
    for ((key, kind), amount) in changes_of_cost(items) {
        let amount = unit_cost(amount, after.quantity).unwrap_or_default();
        parts.push((kind, key, amount));
    }
    let mut parts: Vec<Part> =
        parts.into_iter().map(|(kind, key, amount)| Part { kind, key, amount }).collect();
    settle(&mut parts, change)?;
    parts.retain(|part| !part.amount.is_zero());
    parts.sort_by(|one, other| {
        let by_size = other.amount.abs().cmp(&one.amount.abs());
        by_size.then_with(|| (one.kind, &one.key).cmp(&(other.kind, &other.key)))
    });
    Ok(Contribution { change: Some(change), parts, ..none(None) })
}

/// Parts of the change of the cost, which sum to it exactly.
fn changes_of_cost(items: &[Item]) -> BTreeMap<(Option<String>, Kind), Money> {
    let mut families: BTreeMap<(&Option<String>, &str), Vec<&Item>> = BTreeMap::new();
    let mut changes: BTreeMap<(Option<String>, Kind), Money> = BTreeMap::new();
    let mut add = |key: &Option<String>, kind: Kind, amount: Money| {
        *changes.entry((key.clone(), kind)).or_default() += amount;
    };
    for item in items {
        if is_counted(item) {
            families.entry((&item.key, &item.family)).or_default().push(item);
        } else {
            let is_there = |side: usize| !item.costs[side].is_zero();
            let kind = if is_there(0) && is_there(1) { Kind::Rate } else { Kind::Usage };
            add(&item.key, kind, item.costs[1] - item.costs[0]);
        }
    }
    for ((key, _), items) in families {
        let sum = |of: &dyn Fn(&Item) -> Money| items.iter().map(|item| of(item)).sum::<Money>();
        let change = sum(&|item| item.costs[1] - item.costs[0]);
        let rate = sum(&|item| item.costs[1] - at_old_price(item));
        let uses = [0, 1].map(|side| sum(&|item| item.uses[side]));
        // All of the use now at the average price before; of a new family nothing was before.
        let scaled = sum(&|item| item.costs[0]).times_ratio(uses[1], uses[0]);
        let mix = scaled.map_or(Money::ZERO, |scaled| sum(&at_old_price) - scaled);
        add(key, Kind::Rate, rate);
        add(key, Kind::Mix, mix);
        // The rest is what usage is, to the last place.
        add(key, Kind::Usage, change - rate - mix);
    }
    changes
}

/// Whether an item's cost goes by its use: it has some on each side that it has a cost on.
fn is_counted(item: &Item) -> bool {
    let side = |side: usize| match item.uses[side].cmp(&Money::ZERO) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => item.costs[side].is_zero(),
        std::cmp::Ordering::Greater => true,
    };
    side(0) && side(1)
}

/// What the use after would have cost at the price before; at its own price when there was none.
fn at_old_price(item: &Item) -> Money {
    item.costs[0].times_ratio(item.uses[1], item.uses[0]).unwrap_or(item.costs[1])
}

/// Makes parts sum to the change. Each was rounded by less than one in the twelfth place, and so were
/// the unit costs: what is left is dealt out one by one to the largest parts, where it shows least.
fn settle(parts: &mut [Part], change: Money) -> Result<(), Inexact> {
    let sum = |parts: &[Part]| parts.iter().map(|part| part.amount).sum::<Money>();
    let left = (change - sum(parts)).units();
    if left.unsigned_abs() > parts.len() as u128 + 2 {
        return Err(Inexact { change, sum: sum(parts) });
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(parts[*index].amount.abs()));
    let one = Money::from_units(left.signum());
    for index in order.iter().cycle().take(usize::try_from(left.unsigned_abs()).unwrap_or(0)) {
        parts[*index].amount += one;
    }
    let sum = sum(parts);
    if sum == change { Ok(()) } else { Err(Inexact { change, sum }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn item(key: &str, family: &str, costs: [&str; 2], uses: [&str; 2]) -> Item {
        Item {
            key: Some(key.to_owned()),
            family: family.to_owned(),
            costs: costs.map(money),
            uses: uses.map(money),
        }
    }

    fn told(items: &[Item], quantities: [&str; 2]) -> Vec<(&'static str, Option<String>, String)> {
        let found = explain(items, quantities.map(money)).unwrap();
        let told = |part: Part| (part.kind.name(), part.key, part.amount.to_string());
        found.parts.into_iter().map(told).collect()
    }

    fn part(kind: &'static str, key: &str, amount: &str) -> (&'static str, Option<String>, String) {
        let key = (!key.is_empty()).then(|| key.to_owned());
        (kind, key, amount.to_owned())
    }

    #[test]
    fn each_reason_alone_is_told_as_itself() {
        let twice_the_orders = [item("pay", "hours", ["100", "100"], ["50", "50"])];
        assert_eq!(told(&twice_the_orders, ["10", "20"]), [part("volume", "", "-5")]);
        let dearer = [item("pay", "hours", ["100", "120"], ["50", "50"])];
        assert_eq!(told(&dearer, ["10", "10"]), [part("rate", "pay", "2")]);
        let more = [item("pay", "hours", ["100", "120"], ["50", "60"])];
        assert_eq!(told(&more, ["10", "10"]), [part("usage", "pay", "2")]);
        let other = [
            item("pay", "hours", ["100", "50"], ["50", "25"]),
            item("pay", "hours", ["0", "100"], ["0", "25"]),
        ];
        assert_eq!(told(&other, ["10", "10"]), [part("mix", "pay", "5")]);
    }

    /// The worked example of the guide on unit cost.
    #[test]
    fn the_example_of_the_guide_comes_out() {
        // Before: 100 h of small at 1, 20 h of large at 4, 1000 orders: 180, 0.18 an order.
        // After: 90 h of small at 1.1, 40 h of large at 4, 1200 orders: 259.
        let items = [
            item("checkout", "hours", ["100", "99"], ["100", "90"]),
            item("checkout", "hours", ["80", "160"], ["20", "40"]),
        ];
        let found = explain(&items, ["1000", "1200"].map(money)).unwrap();
        assert_eq!(found.before.unit_cost, Some(money("0.18")));
        assert_eq!(found.after.unit_cost, Some(money("0.215833333333")));
        assert_eq!(found.change, Some(money("0.035833333333")));
        assert_eq!(
            told(&items, ["1000", "1200"]),
            [
                part("mix", "checkout", "0.045833333333"),
                part("volume", "", "-0.03"),
                part("usage", "checkout", "0.0125"),
                part("rate", "checkout", "0.0075"),
            ]
        );
    }

    #[test]
    fn a_charge_without_a_quantity_counts_as_one_piece() {
        let items = [
            item("a", "", ["10", "12"], ["0", "0"]),
            item("b", "", ["0", "-3"], ["0", "0"]),
            // Hours before and none after, though there is a cost: not counted either.
            item("c", "hours", ["4", "6"], ["2", "0"]),
        ];
        assert_eq!(
            told(&items, ["1", "1"]),
            [part("usage", "b", "-3"), part("rate", "a", "2"), part("rate", "c", "2")]
        );
    }

    #[test]
    fn what_comes_new_or_goes_is_usage() {
        let new = [item("a", "hours", ["0", "8"], ["0", "2"])];
        assert_eq!(told(&new, ["1", "1"]), [part("usage", "a", "8")]);
        let gone = [item("a", "hours", ["8", "0"], ["2", "0"])];
        assert_eq!(told(&gone, ["1", "1"]), [part("usage", "a", "-8")]);
    }

    #[test]
    fn without_anything_counted_there_is_no_change_to_explain() {
        let items = [item("a", "hours", ["8", "9"], ["2", "2"])];
        for quantities in [["0", "5"], ["5", "0"], ["0", "0"], ["-1", "5"]] {
            let found = explain(&items, quantities.map(money)).unwrap();
            assert_eq!((found.change, found.parts.len()), (None, 0));
        }
        let nothing = explain(&[], ["5", "5"].map(money)).unwrap();
        assert_eq!((nothing.change, nothing.parts.len()), (Some(Money::ZERO), 0));
    }

    fn amount() -> impl Strategy<Value = Money> {
        prop_oneof![
            4 => (-1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000)
                .prop_map(|units| Money::from_units(i128::from(units))),
            1 => Just(Money::ZERO),
        ]
    }

    fn items() -> impl Strategy<Value = Vec<Item>> {
        let item =
            (proptest::option::of("[a-c]"), "[xy]", [amount(), amount()], [amount(), amount()]);
        let item = item.prop_map(|(key, family, costs, uses)| Item { key, family, costs, uses });
        proptest::collection::vec(item, 0..12)
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_change_exactly(
            items in items(),
            quantities in [1_i64..1_000_000_000_000_000_000, 1_i64..1_000_000_000_000_000_000],
        ) {
            let quantities = quantities.map(|units| Money::from_units(i128::from(units)));
            let found = explain(&items, quantities).unwrap();
            let sum: Money = found.parts.iter().map(|part| part.amount).sum();
            prop_assert_eq!(Some(sum), found.change);
            let change = found.after.unit_cost.zip(found.before.unit_cost);
            prop_assert_eq!(found.change, change.map(|(after, before)| after - before));
        }

        /// With positive prices and uses, only a dearer or cheaper price makes a rate.
        #[test]
        fn prices_that_stay_make_no_rate(
            uses in proptest::collection::vec((1_i64..1000, 1_i64..1000, 1_i64..50), 1..8),
            orders in [1_i64..1000, 1_i64..1000],
        ) {
            let items: Vec<Item> = uses
                .into_iter()
                .map(|(before, after, price)| {
                    let whole = |number: i64| Money::from_units(i128::from(number) * 1_000_000_000_000);
                    Item {
                        key: None,
                        family: "hours".to_owned(),
                        costs: [whole(before * price), whole(after * price)],
                        uses: [whole(before), whole(after)],
                    }
                })
                .collect();
            let orders = orders.map(|number| Money::from_units(i128::from(number) * 1_000_000_000_000));
            let found = explain(&items, orders).unwrap();
            // Up to the places that rounding may add to the largest part.
            let rate = found.parts.iter().find(|part| part.kind == Kind::Rate);
            prop_assert!(rate.is_none_or(|part| part.amount.abs().units() <= 8), "{rate:?}");
        }
    }
}
