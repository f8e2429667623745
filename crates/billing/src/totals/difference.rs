//! What a new version of a bill changes.

use super::{CellAmounts, CellKey, ControlTotals};
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A day, account and service whose cost a new version of a bill states otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restated {
    /// Start of the UTC day, in milliseconds since 1970.
    pub day_ms: i64,
    /// Empty when the bill has none, or too many to tell them apart; likewise the service.
    pub sub_account_id: String,
    pub service_name: String,
    pub currency: String,
    pub billed_before: Money,
    pub billed_after: Money,
    pub effective_before: Money,
    pub effective_after: Money,
}

impl Restated {
    /// How much the line moves, whichever of both costs moves more.
    fn movement(&self) -> Money {
        let billed = (self.billed_after - self.billed_before).abs();
        billed.max((self.effective_after - self.effective_before).abs())
    }
}

/// What `after` states otherwise than `before`, the largest changes first. When one of both is kept
/// by something coarser, both are compared by that.
pub fn difference(before: &ControlTotals, after: &ControlTotals) -> Vec<Restated> {
    let (mut before, mut after) =
        (before.by_day_account_service.clone(), after.by_day_account_service.clone());
    let grain = before.grain.max(after.grain);
    before.coarsen(grain);
    after.coarsen(grain);
    let mut both: BTreeMap<CellKey, (CellAmounts, CellAmounts)> = BTreeMap::new();
    for (key, amounts) in before.sums {
        both.entry(key).or_default().0 = amounts;
    }
    for (key, amounts) in after.sums {
        both.entry(key).or_default().1 = amounts;
    }
    let mut restated: Vec<Restated> = both
        .into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(key, (before, after))| Restated {
            day_ms: key.day_ms,
            sub_account_id: key.sub_account_id,
            service_name: key.service_name,
            currency: key.currency,
            billed_before: before.billed,
            billed_after: after.billed,
            effective_before: before.effective,
            effective_after: after.effective,
        })
        .collect();
    // Stable: what moves alike stays in the order of days.
    restated.sort_by_key(|line| Reverse(line.movement()));
    restated
}
