//! Unit costs: what one order, one user or one of anything that a business counts costs.
//!
//! Costs and quantities are joined by part of time and by the value of a dimension. A part of which
//! only one side is known is left out of the totals and said to be: the bill of today is not there
//! yet, and orders that nobody reported are not no orders.

use hannun_model::money::Money;
use std::collections::{BTreeMap, HashMap};

const ONE: Money = Money::from_units(1_000_000_000_000);

/// What one of a quantity costs; `None` when there was nothing, or less, to spread the cost over.
pub fn unit_cost(cost: Money, quantity: Money) -> Option<Money> {
    if quantity <= Money::ZERO {
        return None;
    }
    cost.times_ratio(ONE, quantity)
}

/// What a value is compared by: without case, and with spaces, `-`, `_` and `.` left out, so that
/// `Base Load`, `base-load` and `BaseLoad` are one.
pub fn spelling(value: &str) -> String {
    let letters = value.chars().filter(|it| !it.is_whitespace() && !matches!(it, '-' | '_' | '.'));
    let folded: String = letters.flat_map(char::to_lowercase).collect();
    // A value of nothing but marks is itself.
    if folded.is_empty() { value.to_owned() } else { folded }
}

/// Amounts of one value of a dimension in each part of the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// `None` is what has no value.
    pub key: Option<String>,
    pub points: Vec<Money>,
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quantities {
    /// The same count stands beside the costs of every value.
    Whole(Vec<Money>),
    /// Each value has its own.
    ByKey(Vec<Series>),
}

/// Costs and quantities on their way to unit costs. Every list has one item a part of the time.
#[derive(Debug, Clone)]
pub struct Inputs {
    pub costs: Vec<Series>,
    pub quantities: Quantities,
    /// In which parts there are lines of a bill at all.
    pub has_cost: Vec<bool>,
    /// In which parts something was reported, if only that there was nothing.
    pub has_quantity: Vec<bool>,
}

/// Cost, quantity and what they come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unit {
    pub cost: Money,
    pub quantity: Money,
    pub unit_cost: Option<Money>,
}

impl Unit {
    pub fn of(cost: Money, quantity: Money) -> Self {
        Self { cost, quantity, unit_cost: unit_cost(cost, quantity) }
    }
}

/// The unit costs of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    pub key: Option<String>,
    /// Over the parts that both sides are known of.
    pub sum: Unit,
    /// Of each part; without a unit cost where one side is not known.
    pub points: Vec<Unit>,
}

/// What totals leave out, since only one side of it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Parts of the time with costs and no quantity.
    pub parts_without_quantity: usize,
    pub cost: Money,
    /// Parts with a quantity and no bill.
    pub parts_without_cost: usize,
    pub quantity: Money,
}

/// Unit costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// The dearest in all first.
    pub rows: Vec<UnitRow>,
    pub total: UnitRow,
    pub left_out: LeftOut,
    /// Values that something was counted of and nothing was paid for.
    pub without_cost: Vec<String>,
}

/// Joins costs and quantities. Values that are spelled alike are one, under the spelling of the bill
/// that costs most.
pub fn join(inputs: Inputs) -> Units {
    let Inputs { costs, quantities, has_cost, has_quantity } = inputs;
    let parts = has_cost.len();
    let costs = by_spelling(costs, parts);
    let known: Vec<bool> = (0..parts).map(|part| has_cost[part] && has_quantity[part]).collect();
    let (whole, mut by_key) = match quantities {
        Quantities::Whole(points) => (points, None),
        Quantities::ByKey(series) => {
            let mut whole = vec![Money::ZERO; parts];
            series.iter().for_each(|one| add(&mut whole, &one.points));
            (whole, Some(by_spelling(series, parts)))
        }
    };
    let mut all_costs = vec![Money::ZERO; parts];
    let mut rows = Vec::with_capacity(costs.len());
    for (spelled, series) in costs {
        add(&mut all_costs, &series.points);
        let quantity = match &mut by_key {
            None => whole.clone(),
            Some(by_key) => by_key
                .remove(&spelled)
                .map_or_else(|| vec![Money::ZERO; parts], |series| series.points),
        };
        rows.push(row(series.key, &series.points, &quantity, &known));
    }
    rows.sort_by(|one, other| {
        other.sum.cost.cmp(&one.sum.cost).then_with(|| one.key.cmp(&other.key))
    });
    let left = by_key.unwrap_or_default().into_values();
    let without_cost = left
        .filter(|series| series.points.iter().any(|point| !point.is_zero()))
        .filter_map(|series| series.key)
        .collect();
    let left_out = left_out(&all_costs, &whole, &has_cost, &has_quantity);
    Units { rows, total: row(None, &all_costs, &whole, &known), left_out, without_cost }
}

fn row(key: Option<String>, costs: &[Money], quantities: &[Money], known: &[bool]) -> UnitRow {
    let mut sum = Unit::default();
    let mut points = Vec::with_capacity(known.len());
    for ((cost, quantity), known) in costs.iter().zip(quantities).zip(known) {
        let mut unit = Unit::of(*cost, *quantity);
        if *known {
            sum.cost += *cost;
            sum.quantity += *quantity;
        } else {
            unit.unit_cost = None;
        }
        points.push(unit);
    }
    UnitRow { key, sum: Unit::of(sum.cost, sum.quantity), points }
}

fn left_out(
    costs: &[Money],
    quantities: &[Money],
    has_cost: &[bool],
    has_quantity: &[bool],
) -> LeftOut {
    let mut left_out = LeftOut::default();
    for part in 0..costs.len() {
        match (has_cost[part], has_quantity[part]) {
            (true, false) => {
                left_out.parts_without_quantity += 1;
                left_out.cost += costs[part];
            }
            (false, true) => {
                left_out.parts_without_cost += 1;
                left_out.quantity += quantities[part];
            }
            _ => {}
        }
    }
    left_out
}

fn by_spelling(series: Vec<Series>, parts: usize) -> BTreeMap<Option<String>, Series> {
    let mut joined: BTreeMap<Option<String>, Series> = BTreeMap::new();
    let mut largest: HashMap<Option<String>, Money> = HashMap::new();
    for one in series {
        let spelled = one.key.as_deref().map(spelling);
        let size: Money = one.points.iter().copied().sum();
        let entry = joined
            .entry(spelled.clone())
            .or_insert_with(|| Series { key: one.key.clone(), points: vec![Money::ZERO; parts] });
        add(&mut entry.points, &one.points);
        let most = largest.entry(spelled).or_insert(size);
        if size > *most {
            *most = size;
            entry.key = one.key;
        }
    }
    joined
}

fn add(sums: &mut [Money], points: &[Money]) {
    for (sum, point) in sums.iter_mut().zip(points) {
        *sum += *point;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn series(key: Option<&str>, points: &[&str]) -> Series {
        let points = points.iter().map(|point| money(point)).collect();
        Series { key: key.map(str::to_owned), points }
    }

    fn inputs(costs: Vec<Series>, quantities: Quantities) -> Inputs {
        let parts = costs[0].points.len();
        Inputs { costs, quantities, has_cost: vec![true; parts], has_quantity: vec![true; parts] }
    }

    fn told(rows: &[UnitRow]) -> Vec<(Option<&str>, Option<String>)> {
        rows.iter()
            .map(|row| (row.key.as_deref(), row.sum.unit_cost.map(|cost| cost.to_string())))
            .collect()
    }

    #[test]
    fn a_cost_is_spread_over_what_was_counted() {
        let costs = vec![series(Some("pay"), &["10", "20"]), series(Some("cart"), &["5", "0"])];
        let quantities = Quantities::ByKey(vec![
            series(Some("cart"), &["10", "10"]),
            series(Some("pay"), &["4", "2"]),
        ]);
        let units = join(inputs(costs.clone(), quantities));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told(&units.rows), [(Some("pay"), some("5")), (Some("cart"), some("0.25"))]);
        assert_eq!(units.rows[0].points[1].unit_cost, Some(money("10")));
        assert_eq!(units.total.sum, Unit::of(money("35"), money("26")));

        let units = join(inputs(costs, Quantities::Whole(vec![money("5"), money("5")])));
        assert_eq!(told(&units.rows), [(Some("pay"), some("3")), (Some("cart"), some("0.5"))]);
        assert_eq!(units.total.sum.unit_cost, Some(money("3.5")));
    }

    #[test]
    fn nothing_to_spread_over_is_no_unit_cost_and_never_infinite() {
        assert_eq!(unit_cost(money("5"), Money::ZERO), None);
        assert_eq!(unit_cost(money("5"), money("-3")), None);
        assert_eq!(unit_cost(Money::ZERO, money("3")), Some(Money::ZERO));
        // Credits that are larger than usage.
        assert_eq!(unit_cost(money("-6"), money("3")), Some(money("-2")));
        let costs = vec![series(None, &["7"])];
        let units = join(inputs(costs, Quantities::Whole(vec![Money::ZERO])));
        assert_eq!(told(&units.rows), [(None, None)]);
    }

    #[test]
    fn a_part_of_which_one_side_is_not_known_is_left_out_and_said() {
        let inputs = Inputs {
            costs: vec![series(Some("pay"), &["10", "20", "0", "40"])],
            quantities: Quantities::Whole(["5", "0", "8", "0"].map(money).to_vec()),
            has_cost: vec![true, true, false, true],
            // On the last day somebody said that there were no orders.
            has_quantity: vec![true, false, true, true],
        };
        let units = join(inputs);
        assert_eq!(units.total.sum, Unit::of(money("50"), money("5")));
        assert_eq!(
            units.left_out,
            LeftOut {
                parts_without_quantity: 1,
                cost: money("20"),
                parts_without_cost: 1,
                quantity: money("8"),
            }
        );
        let by_day: Vec<_> = units.rows[0].points.iter().map(|point| point.unit_cost).collect();
        assert_eq!(by_day, [Some(money("2")), None, None, None]);
    }

    #[test]
    fn values_that_are_spelled_alike_are_one() {
        for alike in ["Base Load", "baseload", "BASE-LOAD", " base_load "] {
            assert_eq!(spelling(alike), "baseload");
        }
        assert_ne!(spelling("결제"), spelling("주문"));
        assert_eq!(spelling("-"), "-");
        let costs = vec![
            series(Some("base-load"), &["1"]),
            series(Some("Base Load"), &["9"]),
            series(Some("other"), &["3"]),
        ];
        let quantities = Quantities::ByKey(vec![
            series(Some("BASE_LOAD"), &["4"]),
            series(Some("baseload"), &["1"]),
            series(Some("gone"), &["6"]),
            series(Some("silent"), &["0"]),
        ]);
        let units = join(inputs(costs, quantities));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told(&units.rows), [(Some("Base Load"), some("2")), (Some("other"), None)]);
        assert_eq!(units.without_cost, ["gone"]);
    }

    proptest! {
        #[test]
        fn rows_sum_to_the_total(
            costs in proptest::collection::vec((proptest::option::of("[a-c]"), -1000_i64..1000), 1..8),
            counts in proptest::collection::vec((proptest::option::of("[a-d]"), 0_i64..1000), 0..8),
        ) {
            let series = |(key, units): (Option<String>, i64)| {
                Series { key, points: vec![Money::from_units(i128::from(units))] }
            };
            let quantities = Quantities::ByKey(counts.into_iter().map(series).collect());
            let units = join(inputs(costs.into_iter().map(series).collect(), quantities));
            let cost: Money = units.rows.iter().map(|row| row.sum.cost).sum();
            prop_assert_eq!(cost, units.total.sum.cost);
            let mut keys: Vec<_> = units.rows.iter().map(|row| row.key.clone()).collect();
            keys.dedup();
            prop_assert_eq!(keys.len(), units.rows.len());
        }
    }
}
