//! Sums of a bill by what rules say of its lines, and that they are the bill.

use super::{Asked, LINES, UNUSED};
use crate::CostState;
use crate::costs::CostError;
use crate::currency::Exchange;
use hannun_allocation::Dimension;
use hannun_allocation::rule::{SharedCost, VirtualTag};
use hannun_allocation::share;
use hannun_allocation::sql::{Source, Staged, staged};
use hannun_model::limits::ALLOCATION_CELLS_MAX;
use hannun_model::money::Money;
use hannun_query::QueryLimits;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How often sums are taken again that are not the bill, because a bill was imported between the two
/// questions.
const ATTEMPTS: usize = 3;

/// Lines that rules treat alike.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    /// Their value of the dimension.
    value: Option<String>,
    covered: bool,
    /// What the tag says that is only tried.
    #[serde(default)]
    tried_value: Option<String>,
    #[serde(default)]
    tried_covered: bool,
    /// The rule of it that decides, from one.
    #[serde(default)]
    pub rule: Option<usize>,
    shared: Option<usize>,
    unused: bool,
    currency: Option<String>,
    segment: i64,
    cost: Option<Money>,
    pub lines: u64,
}

/// The sums, in the currency of the answer.
#[derive(Debug)]
pub(super) struct Cells {
    pub rows: Vec<(Row, Money)>,
    pub total: Money,
    pub exchange: Exchange,
}

/// Which rules are asked.
pub(super) struct Plan<'a> {
    /// The dimension whose values are told.
    pub by: Option<&'a Dimension>,
    /// The virtual tag that it is, under another name, as it is tried.
    pub tried: Option<&'a VirtualTag>,
    pub shared: Vec<&'a SharedCost>,
}

impl Plan<'_> {
    fn dimensions(&self) -> Vec<Dimension> {
        let tried = self.tried.map(|tag| Dimension::Virtual(tag.name.clone()));
        let named = self.by.cloned().into_iter().chain(tried);
        let of_shared = self.shared.iter().flat_map(|it| &it.when).map(|it| it.dimension.clone());
        named.chain(of_shared).collect()
    }

    fn sql(&self, asked: &Asked) -> Result<String, CostError> {
        let staged = staged(&self.dimensions(), &asked.rules)?;
        let mut items = values_of(&staged, self.by, "");
        if let Some(tried) = self.tried {
            let by = Dimension::Virtual(tried.name.clone());
            items.extend(values_of(&staged, Some(&by), "tried_"));
            items.push(format!("{} AS rule", staged.rule_number(tried)));
        }
        items.push(format!("{} AS shared", staged.shared_number(&self.shared)));
        items.extend(["unused", "billing_currency AS currency", "segment"].map(str::to_owned));
        let (condition, segment, cost) = (asked.condition(), asked.segment(), asked.cost());
        let inner = staged.select(&Source {
            table: "cost_daily",
            condition: &condition,
            keys: &["billing_currency", UNUSED, &segment],
            sums: &[&cost, LINES],
        });
        // Named before they are grouped by: two that are null would have one name.
        let names: Vec<&str> =
            items.iter().map(|item| item.rsplit(" AS ").next().unwrap_or(item)).collect();
        let (items, names) = (items.join(", "), names.join(", "));
        Ok(format!(
            "SELECT {names}, CAST(sum(cost) AS VARCHAR) AS cost, sum(lines) AS lines \
             FROM (SELECT {items}, cost, lines FROM ({inner})) GROUP BY {names}"
        ))
    }
}

fn values_of(staged: &Staged, by: Option<&Dimension>, prefix: &str) -> Vec<String> {
    let Some(by) = by else {
        return vec![
            format!("CAST(NULL AS VARCHAR) AS {prefix}value"),
            format!("false AS {prefix}covered"),
        ];
    };
    let (value, decided) = (staged.value(by), staged.decided(by));
    vec![format!("{value} AS {prefix}value"), format!("{decided} IS NOT NULL AS {prefix}covered")]
}

/// Asks for the sums, checked to be the bill in each of its currencies.
///
/// # Errors
/// When a rule is wrong, when there are too many values, and when the sums are not the bill.
pub(super) async fn cells(
    state: &CostState,
    asked: &Asked,
    plan: &Plan<'_>,
) -> Result<Cells, CostError> {
    let sql = plan.sql(asked)?;
    let mut left = ATTEMPTS;
    let rows = loop {
        left -= 1;
        let (rows, bill) = (rows(state, &sql).await?, bill(state, asked).await?);
        match check(&rows, &bill) {
            Ok(()) => break rows,
            Err(error) if left == 0 => return Err(error),
            Err(_) => {}
        }
    };
    let amounts = rows.iter().map(|row| (row.currency.as_deref().unwrap_or(""), row.segment));
    let exchange = asked.currencies.exchange(amounts)?;
    let mut converted = Vec::with_capacity(rows.len());
    for row in rows {
        let from = row.currency.as_deref().unwrap_or_default();
        let cost = exchange.convert(row.cost.unwrap_or_default(), from, row.segment)?;
        converted.push((row, cost));
    }
    let total = converted.iter().map(|(_, cost)| *cost).sum();
    Ok(Cells { rows: converted, total, exchange })
}

async fn rows(state: &CostState, sql: &str) -> Result<Vec<Row>, CostError> {
    let limits = QueryLimits::asked(Some(ALLOCATION_CELLS_MAX), None);
    let found = state.engine.rows::<Row>(sql, limits).await?;
    if found.truncated {
        let message = format!(
            "there are more than {ALLOCATION_CELLS_MAX} values; map them to fewer by a virtual tag, such \
             as teams instead of resources"
        );
        return Err(CostError::Invalid(message));
    }
    Ok(found.rows)
}

/// What the bill comes to in each of its currencies, asked without any rule.
async fn bill(state: &CostState, asked: &Asked) -> Result<BTreeMap<String, Money>, CostError> {
    #[derive(Deserialize)]
    struct Sum {
        currency: Option<String>,
        cost: Option<Money>,
    }
    let sql = format!(
        "SELECT billing_currency AS currency, CAST(sum({}) AS VARCHAR) AS cost FROM cost_daily \
         WHERE {} GROUP BY 1",
        asked.metric.column(),
        asked.condition()
    );
    let found = state.engine.rows::<Sum>(&sql, QueryLimits::default()).await?;
    let sum = |it: Sum| (it.currency.unwrap_or_default(), it.cost.unwrap_or_default());
    Ok(found.rows.into_iter().map(sum).collect())
}

fn check(rows: &[Row], bill: &BTreeMap<String, Money>) -> Result<(), CostError> {
    let mut left = bill.clone();
    for row in rows {
        let currency = row.currency.clone().unwrap_or_default();
        *left.entry(currency).or_default() -= row.cost.unwrap_or_default();
    }
    match left.into_iter().find(|(_, rest)| !rest.is_zero()) {
        None => Ok(()),
        Some((currency, rest)) => {
            let message = format!("the rules leave out {rest} {currency} of the bill: tell us");
            Err(CostError::Inexact(message))
        }
    }
}

impl Cells {
    /// As the tag says it.
    pub fn told(&self) -> Vec<share::Cell> {
        self.shared_out(|row| (row.value.clone(), row.covered))
    }

    /// As the tag would say it that is tried.
    pub fn tried(&self) -> Vec<share::Cell> {
        self.shared_out(|row| (row.tried_value.clone(), row.tried_covered))
    }

    fn shared_out(&self, said: impl Fn(&Row) -> (Option<String>, bool)) -> Vec<share::Cell> {
        let cell = |(row, cost): &(Row, Money)| {
            let (value, covered) = said(row);
            share::Cell { value, covered, shared: row.shared, unused: row.unused, cost: *cost }
        };
        self.rows.iter().map(cell).collect()
    }

    /// From which value to which costs would move, the largest amounts first.
    pub fn moved(&self) -> Vec<(Option<String>, Option<String>, Money)> {
        let mut moved: BTreeMap<(Option<String>, Option<String>), Money> = BTreeMap::new();
        for (row, cost) in self.rows.iter().filter(|(row, _)| row.shared.is_none()) {
            if row.value != row.tried_value {
                *moved.entry((row.value.clone(), row.tried_value.clone())).or_default() += *cost;
            }
        }
        let mut moved: Vec<_> =
            moved.into_iter().map(|((from, to), cost)| (from, to, cost)).collect();
        moved.sort_by_key(|(_, _, cost)| std::cmp::Reverse(cost.abs()));
        moved
    }
}
