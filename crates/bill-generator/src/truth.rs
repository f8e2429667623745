//! What is known about a generated bill: exact amounts, for those who check an import.

use crate::company::{Reservation, SavingsPlan};
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Amounts of lines, in the currency of the bill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Unblended.
    pub billed: Money,
    /// Amortized.
    pub effective: Money,
    /// At public on-demand rates; what is no usage has none.
    pub list: Money,
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.billed += other.billed;
        self.effective += other.effective;
        self.list += other.list;
    }
}

/// The truth of everything that was generated at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Always true: nothing of this happened.
    pub synthetic: bool,
    pub seed: u64,
    pub currency: String,
    pub payer_account_id: String,
    pub accounts: Vec<AccountTruth>,
    pub periods: Vec<PeriodTruth>,
    pub anomalies: Vec<AnomalyTruth>,
    /// Of all periods.
    pub tag_drift: Vec<DriftTruth>,
    pub nodes: Vec<NodeTruth>,
    pub restatement: Option<RestatementTruth>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTruth {
    pub id: String,
    pub name: String,
    pub team: String,
    pub stage: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodTruth {
    /// Such as `2026-10`.
    pub period: String,
    pub start_ms: i64,
    pub end_ms: i64,
    pub invoice_id: Option<String>,
    /// Lines of a Cost and Usage Report that count; split rows come on top.
    pub lines: u64,
    /// Lines of the same bill in FOCUS.
    pub focus_lines: u64,
    pub totals: Amounts,
    pub by_charge: Vec<ByCharge>,
    pub by_day_account_service: Vec<Cell>,
    pub savings_plans: Vec<SavingsPlanTruth>,
    pub reservations: Vec<ReservationTruth>,
    pub split: SplitTruth,
    /// Amortized, by instance id of the nodes of clusters.
    pub node_costs: BTreeMap<String, Money>,
    pub network: Vec<NetworkTruth>,
    /// By value of the tag `team`; without a value, what has no such tag.
    pub team_tag: Vec<TagTruth>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByCharge {
    /// As `line_item_line_item_type` has it.
    pub charge: String,
    pub lines: u64,
    pub amounts: Amounts,
}

/// A day, account and service. Charges of a month lie on its first day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub day_ms: i64,
    pub sub_account_id: String,
    pub service_code: String,
    pub service_name: String,
    pub lines: u64,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavingsPlanTruth {
    pub arn: String,
    pub commitment: Money,
    pub used: Money,
    pub unused: Money,
    /// What covered usage would have cost; the negation takes exactly this back.
    pub covered_on_demand: Money,
    pub negated: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationTruth {
    pub arn: String,
    /// Billed for the period.
    pub fee: Money,
    /// The part of an earlier payment that belongs to the period.
    pub amortized_upfront: Money,
    /// `used + unused = fee + amortized_upfront`.
    pub used: Money,
    pub unused: Money,
    pub reserved_hours: i64,
    pub used_hours: i64,
}

/// Rows of split cost allocation data. `cost + unused` is what the nodes cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitTruth {
    pub lines: u64,
    pub cost: Money,
    pub unused: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkTruth {
    /// Such as `nat_bytes` or `cross_zone`.
    pub kind: String,
    pub lines: u64,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagTruth {
    pub value: Option<String>,
    pub lines: u64,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnomalyTruth {
    pub name: String,
    pub sub_account_id: String,
    pub service_name: String,
    pub usage_type: String,
    pub resource_id: String,
    pub from_ms: i64,
    pub until_ms: i64,
    /// At on-demand rates, beyond what would have been.
    pub extra_cost: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftTruth {
    pub key: String,
    pub value: String,
    /// As it should be written.
    pub canonical: String,
    pub amounts: Amounts,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeTruth {
    pub instance_id: String,
    pub cluster: String,
    pub name: String,
    pub pods: Vec<String>,
}

/// A period whose bill was delivered before it was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatementTruth {
    pub period: String,
    pub before: Amounts,
    pub after: Amounts,
    pub rows: Vec<Restated>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restated {
    pub day_ms: i64,
    pub sub_account_id: String,
    pub service_name: String,
    pub billed_before: Money,
    pub billed_after: Money,
    pub effective_before: Money,
    pub effective_after: Money,
}

impl SavingsPlanTruth {
    pub(crate) fn of(plan: &SavingsPlan) -> Self {
        let [commitment, used, unused, covered_on_demand, negated] = [Money::ZERO; 5];
        Self { arn: plan.arn.clone(), commitment, used, unused, covered_on_demand, negated }
    }
}

impl ReservationTruth {
    pub(crate) fn of(reservation: &Reservation) -> Self {
        Self {
            arn: reservation.arn.clone(),
            fee: Money::ZERO,
            amortized_upfront: Money::ZERO,
            used: Money::ZERO,
            unused: Money::ZERO,
            reserved_hours: 0,
            used_hours: 0,
        }
    }
}
