//! Whose the costs of a bill are: by virtual tags, with shared costs split, and nothing lost.
//!
//! Lines are added up by what the rules read before any rule is asked
//! ([`hannun_allocation::sql::staged`]), so that a year is as quick as a month. [`answer`] shares a bill
//! out, [`attempt`] tries rules on history before they apply, [`worklist`] says what to tag next, and
//! [`dimensions`] what there is to tell costs apart by.

pub mod answer;
pub mod attempt;
mod cells;
pub mod dimensions;
pub mod kinds;
mod pools;
#[cfg(test)]
mod same_as_sql;
pub mod worklist;

use crate::CostState;
use crate::costs::{CostError, Metric, Period};
use crate::currency::Currencies;
use hannun_allocation::{RuleError, Rules};
use hannun_query::typed::timestamp_ms;

/// Which costs are shared out, and by which rules.
#[derive(Debug, Clone)]
pub struct Asked {
    pub period: Period,
    pub metric: Metric,
    pub currencies: Currencies,
    pub rules: Rules,
}

impl Asked {
    /// Reads rules, rates and settings for a question.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn load(
        state: &CostState,
        period: Period,
        metric: Metric,
        currency: Option<&str>,
        user: Option<&str>,
    ) -> Result<Self, CostError> {
        let currencies = Currencies::load(&state.ledger, currency, user).await?;
        Ok(Self { period, metric, currencies, rules: crate::rules::load(state).await? })
    }

    /// SQL that is true for lines of the time.
    fn condition(&self) -> String {
        let Period { from_ms, to_ms } = self.period;
        let (from, to) = (timestamp_ms(from_ms), timestamp_ms(to_ms));
        format!("{TIME} >= {from} AND {TIME} < {to}")
    }

    /// SQL of the moment that says which exchange rate holds, as `segment`.
    fn segment(&self) -> String {
        let Period { from_ms, to_ms } = self.period;
        let segment = self.currencies.segment_sql(TIME, from_ms, to_ms);
        format!("{} AS segment", segment.unwrap_or_else(|| from_ms.to_string()))
    }

    /// SQL of the cost of lines, as `cost`.
    fn cost(&self) -> String {
        format!("sum({}) AS cost", self.metric.column())
    }

    /// SQL of about what rows cost in one currency, to rank them by.
    fn rank(&self) -> String {
        let rate = self.currencies.rank_sql("billing_currency", self.period.to_ms - 1);
        format!("sum(CAST(cost AS DOUBLE) * {rate})")
    }
}

/// Column that says when a charge is for.
const TIME: &str = "charge_period_start";
/// Whether a line is of prepaid capacity that nobody used.
const UNUSED: &str = "coalesce(commitment_discount_status = 'Unused', false) AS unused";
const LINES: &str = "count(*) AS lines";

impl From<RuleError> for CostError {
    fn from(error: RuleError) -> Self {
        Self::Invalid(error.to_string())
    }
}
