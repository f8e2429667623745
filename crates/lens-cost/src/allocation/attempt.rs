//! Rules tried on history before they apply: who would gain, who would lose, and which rule does what.

use super::answer::{AllocationRow, listed, missing, share_of};
use super::cells::{Cells, Plan, cells};
use super::worklist::GROUP;
use super::{Asked, LINES, pools};
use crate::CostState;
use crate::costs::{CostError, Metric, Missing};
use crate::currency::{Exchange, ExchangeRate};
use hannun_allocation::rule::{Action, VirtualTag};
use hannun_allocation::share::{Allocation, allocate};
use hannun_allocation::sql::{Source, staged};
use hannun_allocation::{Dimension, RuleError};
use hannun_model::limits::{ALLOCATION_EXAMPLES_MAX, ALLOCATION_MOVES_MAX};
use hannun_model::money::Money;
use hannun_query::QueryLimits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Name of the tag while it is tried, which no document can have.
const TRIED: &str = "(tried)";

/// What rules would change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationTry {
    pub currency: String,
    pub metric: Metric,
    #[schema(value_type = String)]
    pub total: Money,
    /// By the tag as it is; nothing is covered when there is none yet.
    pub before: AllocationSide,
    /// By the tag as it would be.
    pub after: AllocationSide,
    /// Who gains and who loses, the largest differences first.
    pub changes: Vec<AllocationChange>,
    /// From which value to which costs would move, the largest first. Null is no value. Shared costs
    /// are not in here.
    pub moved: Vec<AllocationMove>,
    /// What each rule decides.
    pub rules: Vec<RuleEffect>,
    /// What no rule decides.
    #[schema(value_type = String)]
    pub unmatched: Money,
    pub problems: Vec<RuleProblem>,
    pub rates: Vec<ExchangeRate>,
    pub missing: Vec<Missing>,
}

/// A bill shared out, before or after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct AllocationSide {
    pub coverage: f64,
    pub rows: Vec<AllocationRow>,
    #[schema(value_type = String)]
    pub unallocated: Money,
    #[schema(value_type = String)]
    pub shared_pool: Money,
    #[schema(value_type = String)]
    pub idle: Money,
}

/// What a value would cost that costs something else now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationChange {
    /// Null is what is allocated to nobody.
    pub value: Option<String>,
    #[schema(value_type = String)]
    pub before: Money,
    #[schema(value_type = String)]
    pub after: Money,
    #[schema(value_type = String)]
    pub change: Money,
}

/// Costs that would move.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AllocationMove {
    pub from: Option<String>,
    pub to: Option<String>,
    #[schema(value_type = String)]
    pub cost: Money,
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleEffect {
    /// Position, counted from zero.
    pub index: usize,
    #[schema(value_type = String)]
    pub cost: Money,
    /// Of the whole bill.
    pub share: f64,
    /// Lines of the bill by day.
    pub lines: u64,
    /// Lines of it that cost most.
    pub examples: Vec<RuleExample>,
}

/// Lines that a rule decides.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleExample {
    pub service_name: Option<String>,
    pub sub_account_id: Option<String>,
    pub sub_account_name: Option<String>,
    pub x_usage_type: Option<String>,
    /// What it says of them.
    pub value: Option<String>,
    #[schema(value_type = String)]
    pub cost: Money,
}

/// What is wrong with a rule, or worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleProblem {
    /// Position, counted from zero; null when it is about none of this tag's.
    pub rule: Option<usize>,
    /// Whether the rules cannot be used as they are.
    pub fatal: bool,
    pub message: String,
}

impl RuleProblem {
    fn of(error: &RuleError, tag: &str) -> Self {
        let own = error.name == tag || error.name == TRIED;
        let rule = error.rule.filter(|_| own).map(|rule| rule - 1);
        let message = if own { error.problem.to_string() } else { error.to_string() };
        Self { rule, fatal: true, message }
    }
}

/// Tries a virtual tag on history.
///
/// # Errors
/// When an exchange rate is missing or the parts are not the bill. Rules that are wrong are told as
/// problems.
pub async fn attempt(
    state: &CostState,
    asked: &Asked,
    tag: &VirtualTag,
) -> Result<AllocationTry, CostError> {
    let applied = asked.rules.with_tag(tag.clone());
    let wanted = [Dimension::Virtual(tag.name.clone())];
    if let Err(error) = applied.in_order(&wanted) {
        return broken(state, asked, vec![RuleProblem::of(&error, &tag.name)]).await;
    }
    let tried = VirtualTag { name: TRIED.to_owned(), ..tag.clone() };
    let asked = Asked { rules: asked.rules.with_tag(tried.clone()), ..asked.clone() };
    // A tag that cannot be worked out as it is counts as none.
    let known = asked.rules.tag(&tag.name).filter(|_| asked.rules.in_order(&wanted).is_ok());
    let shared = pools::over(&asked, &wanted[0]);
    let pools = pools::pools(state, &asked, &shared).await?;
    let plan = Plan { by: known.map(|_| &wanted[0]), tried: Some(&tried), shared };
    let cells = cells(state, &asked, &plan).await?;
    let before = allocate(cells.total, &cells.told(), &pools)?;
    let after = allocate(cells.total, &cells.tried(), &pools)?;
    let rules = effects(state, &asked, &tried, &cells).await?;
    let of_rules: Money = rules.iter().map(|rule| rule.cost).sum();
    let problems = never_reached(tag, &rules);
    Ok(AllocationTry {
        currency: cells.exchange.currency().to_owned(),
        metric: asked.metric,
        total: cells.total,
        changes: changes(&before, &after),
        before: AllocationSide::of(&before),
        after: AllocationSide::of(&after),
        moved: moved(&cells),
        unmatched: cells.total - of_rules,
        rules,
        problems,
        rates: cells.exchange.rates(),
        missing: missing(&cells.exchange),
    })
}

/// The bill as it is, and why the rules cannot be tried.
///
/// # Errors
/// When an exchange rate is missing.
pub async fn broken(
    state: &CostState,
    asked: &Asked,
    problems: Vec<RuleProblem>,
) -> Result<AllocationTry, CostError> {
    let plan = Plan { by: None, tried: None, shared: Vec::new() };
    let cells = cells(state, asked, &plan).await?;
    Ok(AllocationTry {
        currency: cells.exchange.currency().to_owned(),
        metric: asked.metric,
        total: cells.total,
        before: AllocationSide::default(),
        after: AllocationSide::default(),
        changes: Vec::new(),
        moved: Vec::new(),
        rules: Vec::new(),
        unmatched: cells.total,
        problems,
        rates: cells.exchange.rates(),
        missing: missing(&cells.exchange),
    })
}

impl AllocationSide {
    fn of(allocation: &Allocation) -> Self {
        Self {
            coverage: allocation.coverage,
            rows: listed(&allocation.rows, allocation.total).0,
            unallocated: allocation.unallocated,
            shared_pool: allocation.shared_pool,
            idle: allocation.idle,
        }
    }
}

fn changes(before: &Allocation, after: &Allocation) -> Vec<AllocationChange> {
    let nobody = |it: &Allocation| it.unallocated + it.idle + it.shared_pool;
    let mut all: BTreeMap<Option<String>, (Money, Money)> = BTreeMap::new();
    all.insert(None, (nobody(before), nobody(after)));
    for row in &before.rows {
        all.entry(Some(row.value.clone())).or_default().0 = row.total();
    }
    for row in &after.rows {
        all.entry(Some(row.value.clone())).or_default().1 = row.total();
    }
    let change = |(value, (before, after)): (Option<String>, (Money, Money))| AllocationChange {
        value,
        before,
        after,
        change: after - before,
    };
    let mut changes: Vec<AllocationChange> = all.into_iter().map(change).collect();
    changes.retain(|it| !it.change.is_zero());
    changes.sort_by_key(|it| std::cmp::Reverse(it.change.abs()));
    changes.truncate(ALLOCATION_MOVES_MAX);
    changes
}

fn moved(cells: &Cells) -> Vec<AllocationMove> {
    let moved = cells.moved().into_iter().take(ALLOCATION_MOVES_MAX);
    moved.map(|(from, to, cost)| AllocationMove { from, to, cost }).collect()
}

async fn effects(
    state: &CostState,
    asked: &Asked,
    tried: &VirtualTag,
    cells: &Cells,
) -> Result<Vec<RuleEffect>, CostError> {
    let empty =
        |index| RuleEffect { index, cost: Money::ZERO, share: 0.0, lines: 0, examples: Vec::new() };
    let mut rules: Vec<RuleEffect> = (0..tried.rules.len()).map(empty).collect();
    for (row, cost) in &cells.rows {
        if let Some(rule) = row.rule.and_then(|number| rules.get_mut(number.wrapping_sub(1))) {
            rule.cost += *cost;
            rule.lines += row.lines;
        }
    }
    for (index, example) in examples(state, asked, tried, &cells.exchange).await? {
        if let Some(rule) = rules.get_mut(index) {
            rule.examples.push(example);
        }
    }
    rules.iter_mut().for_each(|rule| rule.share = share_of(rule.cost, cells.total));
    Ok(rules)
}

/// What costs most of what each rule decides.
async fn examples(
    state: &CostState,
    asked: &Asked,
    tried: &VirtualTag,
    exchange: &Exchange,
) -> Result<Vec<(usize, RuleExample)>, CostError> {
    #[derive(Deserialize)]
    struct Found {
        rule: usize,
        value: Option<String>,
        service_name: Option<String>,
        sub_account_id: Option<String>,
        sub_account_name: Option<String>,
        x_usage_type: Option<String>,
        currency: Option<String>,
        segment: i64,
        cost: Option<Money>,
    }
    let limits = QueryLimits::asked(Some(tried.rules.len().max(1) * ALLOCATION_EXAMPLES_MAX), None);
    let found = state.engine.rows::<Found>(&examples_sql(asked, tried)?, limits).await?;
    let mut examples = Vec::with_capacity(found.rows.len());
    for it in found.rows {
        let from = it.currency.as_deref().unwrap_or_default();
        let example = RuleExample {
            cost: exchange.convert(it.cost.unwrap_or_default(), from, it.segment)?,
            service_name: it.service_name,
            sub_account_id: it.sub_account_id,
            sub_account_name: it.sub_account_name,
            x_usage_type: it.x_usage_type,
            value: it.value,
        };
        examples.push((it.rule.saturating_sub(1), example));
    }
    Ok(examples)
}

fn examples_sql(asked: &Asked, tried: &VirtualTag) -> Result<String, CostError> {
    let dimension = Dimension::Virtual(tried.name.clone());
    let staged = staged(std::slice::from_ref(&dimension), &asked.rules)?;
    let (condition, segment, cost) = (asked.condition(), asked.segment(), asked.cost());
    let keys: Vec<&str> = GROUP.iter().copied().chain(["billing_currency", &segment]).collect();
    let source =
        Source { table: "cost_daily", condition: &condition, keys: &keys, sums: &[&cost, LINES] };
    let group = GROUP.join(", ");
    Ok(format!(
        "SELECT rule, value, {group}, billing_currency AS currency, segment, \
         CAST(cost AS VARCHAR) AS cost FROM (SELECT *, row_number() OVER (PARTITION BY rule \
         ORDER BY cost DESC, {group}) AS place FROM (SELECT {rule} AS rule, {value} AS value, \
         {group}, billing_currency, segment, sum(cost) AS cost FROM ({inner}) \
         GROUP BY 1, 2, {group}, billing_currency, segment) WHERE rule IS NOT NULL) \
         WHERE place <= {ALLOCATION_EXAMPLES_MAX} ORDER BY rule, place",
        rule = staged.rule_number(tried),
        value = staged.value(&dimension),
        inner = staged.select(&source),
    ))
}

/// Rules that decide nothing in this time: worth a look, and no mistake by themselves.
fn never_reached(tag: &VirtualTag, rules: &[RuleEffect]) -> Vec<RuleProblem> {
    let catches_all = tag
        .rules
        .iter()
        .position(|rule| rule.when.is_empty() && matches!(rule.then, Action::Set(_)));
    let problem = |rule: &RuleEffect| {
        let message = match catches_all {
            Some(before) if before < rule.index => format!(
                "it is never reached: rule {} before it matches every line; move that one to the end",
                before + 1
            ),
            _ => "it decides no line of this time; rules before it may match them all, or it is \
                  misspelt"
                .to_owned(),
        };
        RuleProblem { rule: Some(rule.index), fatal: false, message }
    };
    rules.iter().filter(|rule| rule.lines == 0).map(problem).collect()
}
