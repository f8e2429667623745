//! A bill shared out over the values of a dimension.

use super::cells::{Plan, cells};
use super::worklist::{self, WorklistRow};
use super::{Asked, pools};
use crate::CostState;
use crate::costs::{CostError, Metric, Missing};
use crate::currency::{Exchange, ExchangeRate};
use hannun_allocation::Dimension;
use hannun_allocation::rule::Split;
use hannun_allocation::share::{self, Allocation, allocate};
use hannun_allocation::sql::{Source, expression, staged};
use hannun_model::limits::ALLOCATION_ROWS_MAX;
use hannun_model::money::Money;
use serde::Serialize;
use utoipa::ToSchema;

/// A bill, shared out over the values of a dimension. `rows`, `others`, `unallocated`,
/// `shared_pool` and `idle` together are exactly `total`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationAnswer {
    /// As it was asked for.
    pub tag: String,
    pub currency: String,
    pub metric: Metric,
    pub from_ms: i64,
    pub to_ms: i64,
    #[schema(value_type = String)]
    pub total: Money,
    /// The largest first.
    pub rows: Vec<AllocationRow>,
    /// All values beyond those, as one.
    pub others: Option<AllocationOthers>,
    /// Of nobody.
    #[schema(value_type = String)]
    pub unallocated: Money,
    /// Shared costs that could not be split.
    #[schema(value_type = String)]
    pub shared_pool: Money,
    /// Prepaid for nobody, and used by nobody.
    #[schema(value_type = String)]
    pub idle: Money,
    /// Share of the cost that a rule said a value of, or that was split.
    pub coverage: f64,
    /// That the parts were added up and are the bill; an answer that is not has an error instead.
    pub checked: bool,
    /// What no rule says a value of, the largest first.
    pub worklist: Vec<WorklistRow>,
    pub shared: Vec<SharedRow>,
    /// The rates that lead to the currency.
    pub rates: Vec<ExchangeRate>,
    pub missing: Vec<Missing>,
    /// Rules that are wrong. Those of this tag are an error instead.
    pub problems: Vec<String>,
    /// The value of each line and what it costs, to be copied and changed.
    pub sql: String,
}

/// What one value costs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationRow {
    pub value: String,
    /// Its own, what nobody used left out.
    #[schema(value_type = String)]
    pub direct: Money,
    /// Its parts of shared costs.
    #[schema(value_type = String)]
    pub shared: Money,
    /// Prepaid for it, and used by nobody.
    #[schema(value_type = String)]
    pub idle: Money,
    #[schema(value_type = String)]
    pub total: Money,
    /// Of the whole bill, 0 to 1.
    pub share: f64,
}

/// What values cost that are not told one by one.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationOthers {
    pub rows: usize,
    #[schema(value_type = String)]
    pub total: Money,
}

/// A shared cost and its parts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AllocationShared)]
pub struct SharedRow {
    pub name: String,
    #[schema(value_type = String)]
    pub cost: Money,
    /// `even`, `proportional` or `metric`.
    pub split: &'static str,
    /// Name of the metric of a split by one.
    pub metric: Option<String>,
    pub parts: Vec<SharedPart>,
    /// Why it could not be split.
    pub problem: Option<String>,
}

/// One part of a shared cost.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AllocationSharedPart)]
pub struct SharedPart {
    pub value: String,
    #[schema(value_type = String)]
    pub cost: Money,
    /// What it was split by.
    pub weight: f64,
}

/// Shares out a bill over the values of a dimension: `virtual:team`, `tag:workload`,
/// `sub_account_name`. A name that is no dimension is the virtual tag of that name.
///
/// # Errors
/// When there is no such tag, a rule that it needs is wrong, an exchange rate is missing, or the parts
/// are not the bill.
pub async fn allocation(
    state: &CostState,
    asked: &Asked,
    tag: &str,
) -> Result<AllocationAnswer, CostError> {
    let by = tag.parse().unwrap_or_else(|_| Dimension::Virtual(tag.to_owned()));
    if let Dimension::Virtual(name) = &by {
        asked.rules.find_tag(name)?;
    }
    let shared = pools::over(asked, &by);
    let pools = pools::pools(state, asked, &shared).await?;
    let plan = Plan { by: Some(&by), tried: None, shared };
    let cells = cells(state, asked, &plan).await?;
    let allocated = allocate(cells.total, &cells.told(), &pools)?;
    let sql = shown(asked, tag, &by)?;
    let worklist =
        worklist::worklist(state, asked, &by, &plan.shared, &cells.exchange, cells.total).await?;
    Ok(answer(asked, tag, allocated, &cells.exchange, worklist, sql))
}

fn answer(
    asked: &Asked,
    tag: &str,
    allocated: Allocation,
    exchange: &Exchange,
    worklist: Vec<WorklistRow>,
    sql: String,
) -> AllocationAnswer {
    let Allocation { total, unallocated, shared_pool, idle, shared, coverage, .. } = allocated;
    let (rows, others) = listed(&allocated.rows, total);
    AllocationAnswer {
        tag: tag.to_owned(),
        currency: exchange.currency().to_owned(),
        metric: asked.metric,
        from_ms: asked.period.from_ms,
        to_ms: asked.period.to_ms,
        total,
        rows,
        others,
        unallocated,
        shared_pool,
        idle,
        coverage,
        checked: true,
        worklist,
        shared: shared.into_iter().map(SharedRow::of).collect(),
        rates: exchange.rates(),
        missing: missing(exchange),
        problems: asked.rules.errors().iter().map(ToString::to_string).collect(),
        sql,
    }
}

pub(super) fn missing(exchange: &Exchange) -> Vec<Missing> {
    let unmet = exchange.unmet().into_iter();
    unmet.map(|unmet| Missing::new("exchange_rate", unmet.to_string())).collect()
}

/// The largest rows, and the others as one.
pub(super) fn listed(
    rows: &[share::Row],
    total: Money,
) -> (Vec<AllocationRow>, Option<AllocationOthers>) {
    let (first, rest) = rows.split_at(rows.len().min(ALLOCATION_ROWS_MAX));
    let others = (!rest.is_empty()).then(|| AllocationOthers {
        rows: rest.len(),
        total: rest.iter().map(share::Row::total).sum(),
    });
    (first.iter().map(|row| AllocationRow::of(row, total)).collect(), others)
}

/// Share of a whole; 0 of nothing.
pub(super) fn share_of(part: Money, whole: Money) -> f64 {
    if whole.is_zero() { 0.0 } else { part.to_f64() / whole.to_f64() }
}

impl AllocationRow {
    fn of(row: &share::Row, bill: Money) -> Self {
        let total = row.total();
        Self {
            value: row.value.clone(),
            direct: row.direct,
            shared: row.shared,
            idle: row.idle,
            total,
            share: share_of(total, bill),
        }
    }
}

impl SharedRow {
    fn of(shared: share::Shared) -> Self {
        let (split, metric) = match shared.split {
            Split::Even => ("even", None),
            Split::Proportional => ("proportional", None),
            Split::Metric(metric) => ("metric", Some(metric)),
        };
        let part =
            |it: share::Part| SharedPart { value: it.value, cost: it.cost, weight: it.weight };
        let parts = shared.parts.into_iter().take(ALLOCATION_ROWS_MAX).map(part).collect();
        Self { name: shared.name, cost: shared.cost, split, metric, parts, problem: shared.problem }
    }
}

/// The query as a person would write it; in steps when one expression would be too long.
fn shown(asked: &Asked, tag: &str, dimension: &Dimension) -> Result<String, CostError> {
    let named = tag.replace('"', "\"\"");
    let (condition, cost) = (asked.condition(), asked.cost());
    if let Ok(value) = expression(dimension, &asked.rules) {
        return Ok(format!(
            "SELECT {value} AS \"{named}\",\n  billing_currency,\n  {cost}\nFROM cost_daily\nWHERE \
             {condition}\nGROUP BY 1, 2\nORDER BY cost DESC"
        ));
    }
    let staged = staged(std::slice::from_ref(dimension), &asked.rules)?;
    let inner = staged.select(&Source {
        table: "cost_daily",
        condition: &condition,
        keys: &["billing_currency"],
        sums: &[&cost],
    });
    Ok(format!(
        "SELECT {} AS \"{named}\",\n  billing_currency,\n  sum(cost) AS cost\nFROM ({inner})\nGROUP BY \
         1, 2\nORDER BY cost DESC",
        staged.value(dimension)
    ))
}

impl From<share::Inexact> for CostError {
    fn from(error: share::Inexact) -> Self {
        Self::Inexact(error.to_string())
    }
}
