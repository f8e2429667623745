//! How much depends on the choice of weights.

use hannun_model::money::Money;

/// The one whose cost changes most when the weights do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargestChange<K> {
    pub key: K,
    pub before: Money,
    pub after: Money,
}

/// The largest change of a cost, in amount; the first of equals. `None` when nothing changes.
pub fn largest_change<K: Clone>(
    costs: impl Iterator<Item = (K, Money, Money)>,
) -> Option<LargestChange<K>> {
    let mut largest: Option<LargestChange<K>> = None;
    for (key, before, after) in costs {
        let least = largest.as_ref().map_or(Money::ZERO, |it| (it.after - it.before).abs());
        if (after - before).abs() > least {
            largest = Some(LargestChange { key, before, after });
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_change_is_found_whatever_its_sign() {
        let cost = Money::from_units;
        let rows = [("a", cost(10), cost(12)), ("b", cost(10), cost(5)), ("c", cost(0), cost(5))];
        let found = largest_change(rows.into_iter()).unwrap();
        assert_eq!(found, LargestChange { key: "b", before: cost(10), after: cost(5) });
        assert_eq!(largest_change([("a", cost(1), cost(1))].into_iter()), None);
    }
}
