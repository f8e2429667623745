//! What no rule or tag says a value of, the largest first: what to tag, or write a rule for, next.

use super::answer::share_of;
use super::{Asked, LINES};
use crate::CostState;
use crate::costs::CostError;
use crate::currency::Exchange;
use hannun_allocation::Dimension;
use hannun_allocation::rule::SharedCost;
use hannun_allocation::sql::{Source, staged};
use hannun_model::limits::ALLOCATION_WORKLIST_MAX;
use hannun_model::money::Money;
use hannun_query::QueryLimits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Lines that no rule says a value of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AllocationWorklistRow)]
pub struct WorklistRow {
    pub service_name: Option<String>,
    pub sub_account_id: Option<String>,
    pub sub_account_name: Option<String>,
    pub x_usage_type: Option<String>,
    /// The resource of them that costs most.
    pub resource_id: Option<String>,
    /// How many resources they are of.
    pub resources: u64,
    #[schema(value_type = String)]
    pub cost: Money,
    /// Of the whole bill.
    pub share: f64,
    /// Lines of the bill by day.
    pub lines: u64,
}

#[derive(Debug, Deserialize)]
struct Found {
    service_name: Option<String>,
    sub_account_id: Option<String>,
    sub_account_name: Option<String>,
    x_usage_type: Option<String>,
    resource_id: Option<String>,
    resources: u64,
    currency: Option<String>,
    segment: i64,
    cost: Option<Money>,
    lines: u64,
}

/// The columns that tell such lines apart.
pub(super) const GROUP: [&str; 4] =
    ["service_name", "sub_account_id", "sub_account_name", "x_usage_type"];

/// Lists them.
pub(super) async fn worklist(
    state: &CostState,
    asked: &Asked,
    by: &Dimension,
    shared: &[&SharedCost],
    exchange: &Exchange,
    total: Money,
) -> Result<Vec<WorklistRow>, CostError> {
    let sql = sql(asked, by, shared)?;
    // One group may come in several currencies and at several rates.
    let limits = QueryLimits::asked(Some(ALLOCATION_WORKLIST_MAX * 10), None);
    let found = state.engine.rows::<Found>(&sql, limits).await?;
    let mut rows: BTreeMap<[Option<String>; 4], WorklistRow> = BTreeMap::new();
    for part in found.rows {
        let from = part.currency.as_deref().unwrap_or_default();
        let cost = exchange.convert(part.cost.unwrap_or_default(), from, part.segment)?;
        let key = [
            part.service_name.clone(),
            part.sub_account_id.clone(),
            part.sub_account_name.clone(),
            part.x_usage_type.clone(),
        ];
        let row = rows.entry(key).or_insert_with(|| WorklistRow {
            service_name: part.service_name,
            sub_account_id: part.sub_account_id,
            sub_account_name: part.sub_account_name,
            x_usage_type: part.x_usage_type,
            resource_id: part.resource_id,
            resources: 0,
            cost: Money::ZERO,
            share: 0.0,
            lines: 0,
        });
        row.cost += cost;
        row.lines += part.lines;
        row.resources = row.resources.max(part.resources);
    }
    let mut rows: Vec<WorklistRow> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.cost));
    rows.truncate(ALLOCATION_WORKLIST_MAX);
    rows.iter_mut().for_each(|row| row.share = share_of(row.cost, total));
    Ok(rows)
}

fn sql(asked: &Asked, by: &Dimension, shared: &[&SharedCost]) -> Result<String, CostError> {
    let of_shared = shared.iter().flat_map(|it| &it.when).map(|it| it.dimension.clone());
    let wanted: Vec<Dimension> = std::iter::once(by.clone()).chain(of_shared).collect();
    let staged = staged(&wanted, &asked.rules)?;
    let (condition, segment, cost) = (asked.condition(), asked.segment(), asked.cost());
    let keys: Vec<&str> =
        GROUP.iter().copied().chain(["resource_id", "billing_currency", &segment]).collect();
    let source =
        Source { table: "cost_daily", condition: &condition, keys: &keys, sums: &[&cost, LINES] };
    let group = GROUP.join(", ");
    // By resource first, so that the dearest one can be told.
    Ok(format!(
        "SELECT {group}, first_value(resource_id ORDER BY cost DESC) AS resource_id, \
         count(resource_id) AS resources, billing_currency AS currency, segment, \
         CAST(sum(cost) AS VARCHAR) AS cost, sum(lines) AS lines \
         FROM (SELECT {group}, resource_id, billing_currency, segment, sum(cost) AS cost, \
         sum(lines) AS lines FROM ({inner}) WHERE {decided} IS NULL AND {pooled} IS NULL \
         GROUP BY {group}, resource_id, billing_currency, segment) \
         GROUP BY {group}, billing_currency, segment \
         ORDER BY {rank} DESC NULLS LAST LIMIT {limit}",
        inner = staged.select(&source),
        decided = staged.decided(by),
        pooled = staged.shared_number(shared),
        rank = asked.rank(),
        limit = ALLOCATION_WORKLIST_MAX * 10,
    ))
}
