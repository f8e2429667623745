//! What the overview says. Amounts are decimals as texts, in one currency.

use crate::costs::{Metric, Missing, Period};
use crate::currency::{DEFAULT_CURRENCY, ExchangeRate};
use hannun_model::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

/// The month so far, who spends it, and what changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostOverview)]
pub struct Overview {
    /// Whether there is any bill.
    pub has_data: bool,
    pub currency: String,
    pub metric: &'static str,
    pub month: Month,
    /// The last sixty days of the bill.
    pub days: Vec<DayTotal>,
    pub teams: Teams,
    /// What changed most against the same days of the month before.
    pub movers: Vec<Mover>,
    /// How much of the cost virtual tags say something of.
    pub coverage: Vec<TagCoverage>,
    /// Months that a later delivery changed, the latest first.
    pub restatements: Vec<RestatedMonth>,
    pub sources: Vec<SourceState>,
    pub views: Views,
    pub commitments: Commitments,
    /// What is recognised as network traffic, by its kind.
    pub network: Vec<NetworkTotal>,
    pub rates: Vec<ExchangeRate>,
    pub missing: Vec<Missing>,
}

/// The month of the last charge.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostMonth)]
pub struct Month {
    pub from_ms: i64,
    pub to_ms: i64,
    /// The bill has charges until then.
    pub data_until_ms: i64,
    #[schema(value_type = String)]
    pub so_far: Money,
    #[schema(value_type = String)]
    pub same_days_last_month: Money,
    #[schema(value_type = String)]
    pub last_month: Money,
    /// The month so far by kind of charge.
    pub charges: Vec<ChargeTotal>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostChargeTotal)]
pub struct ChargeTotal {
    /// A value of the dimension `charge`.
    pub charge: String,
    #[schema(value_type = String)]
    pub total: Money,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostDayTotal)]
pub struct DayTotal {
    pub day_ms: i64,
    #[schema(value_type = String)]
    pub total: Money,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostTeams)]
pub struct Teams {
    /// The dimension that tells teams apart.
    pub tag: String,
    pub rows: Vec<TeamTotal>,
    pub others: Option<OtherTeams>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostTeamTotal)]
pub struct TeamTotal {
    /// Null is what belongs to no team.
    pub value: Option<String>,
    #[schema(value_type = String)]
    pub so_far: Money,
    /// Null when an exchange rate is missing for those days.
    #[schema(value_type = Option<String>)]
    pub same_days_last_month: Option<Money>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostOtherTeams)]
pub struct OtherTeams {
    pub teams: usize,
    #[schema(value_type = String)]
    pub so_far: Money,
    #[schema(value_type = Option<String>)]
    pub same_days_last_month: Option<Money>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CostMover)]
pub struct Mover {
    pub dimension: String,
    pub value: Option<String>,
    #[schema(value_type = String)]
    pub before: Money,
    #[schema(value_type = String)]
    pub after: Money,
    #[schema(value_type = String)]
    pub change: Money,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostTagCoverage)]
pub struct TagCoverage {
    pub tag: String,
    /// Part of the cost, 0 to 1; null when there is no cost to cover.
    pub coverage: Option<f64>,
    #[schema(value_type = String)]
    pub untagged_cost: Money,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostRestatedMonth)]
pub struct RestatedMonth {
    pub source: String,
    pub period_start_ms: i64,
    /// When the delivery that changed it was imported.
    pub imported_ms: i64,
    /// In `currency`: that of the overview, or of the bill when no rate leads there.
    pub currency: String,
    #[schema(value_type = String)]
    pub before: Money,
    #[schema(value_type = String)]
    pub after: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CostSourceState)]
pub struct SourceState {
    pub source: String,
    pub provider: String,
    /// The last month that is there.
    pub current_period_ms: i64,
    pub imported_ms: i64,
    /// Lines of that month.
    pub rows: u64,
    /// Whether nothing was imported for two days.
    pub stale: bool,
}

/// The month so far in each view of cost.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CostViews)]
pub struct Views {
    #[schema(value_type = String)]
    pub billed: Money,
    #[schema(value_type = String)]
    pub effective: Money,
    #[schema(value_type = String)]
    pub list: Money,
    #[schema(value_type = String)]
    pub contracted: Money,
    #[schema(value_type = String)]
    pub net_effective: Money,
}

/// What was committed to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CostCommitments)]
pub struct Commitments {
    /// Effective cost of what commitments covered.
    #[schema(value_type = String)]
    pub used: Money,
    /// Effective cost of commitments that nothing used.
    #[schema(value_type = String)]
    pub unused: Money,
    /// Part of the usage that commitments covered, at list prices, of the services that have any;
    /// null when none has.
    pub covered_share: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostNetworkTotal)]
pub struct NetworkTotal {
    /// A value of the dimension `network`.
    pub kind: String,
    #[schema(value_type = String)]
    pub total: Money,
}

impl Overview {
    /// What there is to say before any bill.
    pub(super) fn empty(metric: Metric, now_ms: i64) -> Self {
        let month = Period::month(now_ms);
        Self {
            has_data: false,
            currency: DEFAULT_CURRENCY.to_owned(),
            metric: metric.name(),
            month: Month {
                from_ms: month.from_ms,
                to_ms: month.to_ms,
                data_until_ms: month.from_ms,
                so_far: Money::ZERO,
                same_days_last_month: Money::ZERO,
                last_month: Money::ZERO,
                charges: Vec::new(),
            },
            days: Vec::new(),
            teams: Teams { tag: String::new(), rows: Vec::new(), others: None },
            movers: Vec::new(),
            coverage: Vec::new(),
            restatements: Vec::new(),
            sources: Vec::new(),
            views: Views::default(),
            commitments: Commitments::default(),
            network: Vec::new(),
            rates: Vec::new(),
            missing: Vec::new(),
        }
    }
}
