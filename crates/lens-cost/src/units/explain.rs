//! Why a unit cost moved between two times, in parts that sum to the change exactly.

use super::{by, currency_of, metric_name, not_there, unit};
use crate::CostState;
use crate::business::quantity;
use crate::costs::sql::{TIME, time_condition};
use crate::costs::{
    CostError, Granularity, Key, Metric, Missing, Period, Question, ask, metric_of,
};
use crate::currency::{Currencies, Exchange, ExchangeRate};
use crate::rules;
use hannun_allocation::contribution::{self, Contribution, Item};
use hannun_allocation::sql::{Source, staged};
use hannun_allocation::units::{Quantities, Unit};
use hannun_allocation::{Dimension, Rules};
use hannun_model::limits::{COST_CELLS_MAX, COST_ROWS_DEFAULT};
use hannun_model::money::Money;
use hannun_query::{QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// What is asked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostExplainRequest)]
pub struct ExplainRequest {
    /// Name of the business metric, such as `orders`.
    pub metric: String,
    /// The dimension that parts are told by, such as `virtual:team`; `none` (the default) for all
    /// costs together.
    pub by: Option<String>,
    pub before: Period,
    pub after: Period,
    /// `billed`, `effective` (the default), `list`, `contracted`, `net_billed` or `net_effective`.
    pub cost_metric: Option<String>,
    pub currency: Option<String>,
}

/// Why a unit cost moved. Amounts and quantities are decimals as texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCostExplanation)]
pub struct Explanation {
    pub currency: String,
    pub metric: String,
    pub unit: Option<String>,
    pub before: ExplainedUnit,
    pub after: ExplainedUnit,
    /// Null when one of the unit costs is not there.
    #[schema(value_type = Option<String>)]
    pub change: Option<Money>,
    /// The largest first; their sum is the change.
    pub parts: Vec<ExplainedPart>,
    /// Always true: an answer whose parts do not sum to the change is not given.
    pub sums_exactly: bool,
    pub rates: Vec<ExchangeRate>,
    pub missing: Vec<Missing>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCostOfPeriod)]
pub struct ExplainedUnit {
    #[schema(value_type = String)]
    pub cost: Money,
    #[schema(value_type = String)]
    pub quantity: Money,
    #[schema(value_type = Option<String>)]
    pub unit_cost: Option<Money>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCostPart)]
pub struct ExplainedPart {
    /// `volume`: the same cost over more or less. `rate`: other prices of the same things. `usage`:
    /// more or less of them. `mix`: dearer or cheaper things in place of others.
    pub kind: &'static str,
    /// Whose cost it is; null of the volume and of what has no value.
    pub key: Option<String>,
    /// Whether it stands for all values that are too small to be told.
    pub is_others: bool,
    #[schema(value_type = String)]
    pub amount: Money,
}

/// What was bought of one thing in one of the times, as the bill adds it up.
#[derive(Debug, Deserialize)]
struct Bought {
    key: Option<String>,
    family: String,
    item: String,
    /// 0 before, 1 after.
    side: usize,
    currency: Option<String>,
    segment: i64,
    cost: Option<Money>,
    /// In decimal text; some providers count bytes beyond what an amount may be.
    used: Option<String>,
}

/// Days of a time that the bill and the metric both know, and what was counted in each.
#[derive(Debug, Default)]
struct Known {
    quantities: Vec<(i64, Money)>,
    left_out: Vec<i64>,
}

impl Known {
    /// What was counted in all. Money is converted as the costs of both times are: each of them alone
    /// might be shown in another currency.
    fn quantity(&self, unit: Option<&str>, exchange: &Exchange) -> Result<Money, CostError> {
        let mut sum = Money::ZERO;
        for (day_ms, amount) in &self.quantities {
            sum += match unit.filter(|_| !amount.is_zero()) {
                Some(code) => exchange.convert(*amount, code, *day_ms)?,
                None => *amount,
            };
        }
        Ok(sum)
    }
}

/// Answers it for a user.
///
/// # Errors
/// When the request is wrong, and when an exchange rate is missing.
pub async fn explain(
    state: &CostState,
    request: &ExplainRequest,
    user: Option<&str>,
) -> Result<Explanation, CostError> {
    let whole = |period: Period| Period::of(period.from_ms, period.to_ms, Granularity::Day);
    let periods = [whole(request.before)?, whole(request.after)?];
    if periods[0].from_ms < periods[1].to_ms && periods[1].from_ms < periods[0].to_ms {
        let message = "before and after must not share a day of the bill (days are in UTC)";
        return Err(CostError::Invalid(message.to_owned()));
    }
    let metric = metric_name(&request.metric, &periods)?;
    let cost_metric = metric_of(request.cost_metric.as_deref())?;
    let by = by(request.by.as_deref())?;
    let rules = rules::load(state).await?;
    let currencies = Currencies::load(&state.ledger, request.currency.as_deref(), user).await?;
    let shape = quantity::shape(&state.engine, metric, &periods, None).await?;
    let mut known = Vec::new();
    let mut has_lines = true;
    for period in periods {
        let question =
            Question { granularity: Granularity::Day, ..Question::total(period, cost_metric) };
        let costs = ask(&state.engine, &rules, &currencies, &question, None).await?;
        has_lines &= costs.has_lines;
        let counted = match &shape {
            Some(shape) => {
                let day = Granularity::Day;
                Some(quantity::quantity(&state.engine, metric, shape, period, day).await?)
            }
            None => None,
        };
        let both = counted.as_ref().map(|counted| (&counted.quantities, &counted.has));
        known.push(days_known(&costs.parts, &costs.has_lines_in, both));
    }
    let asking = Asking { rules: &rules, currencies: &currencies, cost_metric, by: by.as_ref() };
    let left_out: Vec<i64> = known.iter().flat_map(|known| known.left_out.clone()).collect();
    let sql = asking.sql(periods, &left_out)?;
    let limits = QueryLimits::asked(Some(COST_CELLS_MAX * 4), None);
    let bought = state.engine.rows::<Bought>(&sql, limits).await?;
    if bought.truncated {
        let message = "the bill has too many different things to explain: ask for a shorter time";
        return Err(CostError::Invalid(message.to_owned()));
    }
    let amounts =
        bought.rows.iter().map(|row| (row.currency.as_deref().unwrap_or(""), row.segment));
    let exchange = currencies.exchange(amounts)?;
    let (items, others) = items(&bought.rows, &exchange)?;
    let money = shape.as_ref().and_then(|shape| currency_of(shape.unit.as_deref()));
    let counted = [known[0].quantity(money, &exchange)?, known[1].quantity(money, &exchange)?];
    let found = contribution::explain(&items, counted)
        .map_err(|error| CostError::Inexact(error.to_string()))?;
    let mut missing = not_there(metric, has_lines, shape.as_ref());
    let unmet = exchange.unmet().into_iter();
    missing.extend(unmet.map(|unmet| Missing::new("exchange_rate", unmet.to_string())));
    if !left_out.is_empty() && has_lines && shape.is_some() {
        let how = format!(
            "{} days have either costs or points of `{metric}`, not both; they are left out",
            left_out.len()
        );
        missing.push(Missing::new("business_metric_points", how));
    }
    let unit = shape.as_ref().and_then(|shape| unit(shape, &exchange));
    Ok(told(metric, unit, found, others, &exchange, missing))
}

fn told(
    metric: &str,
    unit: Option<String>,
    found: Contribution,
    others: bool,
    exchange: &Exchange,
    missing: Vec<Missing>,
) -> Explanation {
    let of = |unit: Unit| ExplainedUnit {
        cost: unit.cost,
        quantity: unit.quantity,
        unit_cost: unit.unit_cost,
    };
    let part = |part: contribution::Part| {
        let is_others = others && part.key.as_deref() == Some(OTHERS);
        let key = part.key.filter(|_| !is_others);
        ExplainedPart { kind: part.kind.name(), key, is_others, amount: part.amount }
    };
    Explanation {
        currency: exchange.currency().to_owned(),
        metric: metric.to_owned(),
        unit,
        before: of(found.before),
        after: of(found.after),
        change: found.change,
        parts: found.parts.into_iter().map(part).collect(),
        sums_exactly: true,
        rates: exchange.rates(),
        missing,
    }
}

/// Which days both sides know.
fn days_known(
    days: &[i64],
    has_cost: &[bool],
    counted: Option<(&Quantities, &Vec<bool>)>,
) -> Known {
    let mut known = Known::default();
    let whole = match counted {
        Some((Quantities::Whole(points), _)) => points.as_slice(),
        // Without a dimension there is one series; and nothing counts as nothing.
        _ => &[],
    };
    for (place, day_ms) in days.iter().enumerate() {
        let has_quantity = counted.is_some_and(|(_, has)| has[place]);
        let amount = whole.get(place).copied().unwrap_or_default();
        match (has_cost[place], has_quantity) {
            (true, true) => known.quantities.push((*day_ms, amount)),
            (false, false) => {}
            _ => known.left_out.push(*day_ms),
        }
    }
    known
}

/// Key of the values that are too small to be told: no value of a bill has a control character.
const OTHERS: &str = "\u{1}others";

/// Items from what was bought, the smaller ones of too many keys under one, and whether there are
/// such.
fn items(bought: &[Bought], exchange: &Exchange) -> Result<(Vec<Item>, bool), CostError> {
    let mut items: BTreeMap<(&Option<String>, &str, &str), Item> = BTreeMap::new();
    let mut changes: BTreeMap<&Option<String>, Money> = BTreeMap::new();
    for row in bought {
        let code = row.currency.as_deref().unwrap_or_default();
        let cost = exchange.convert(row.cost.unwrap_or_default(), code, row.segment)?;
        // A quantity that is not representable says no more than none.
        let used = row.used.as_deref().and_then(|used| Money::parse(used).ok()).unwrap_or_default();
        let new = || Item {
            key: row.key.clone(),
            family: row.family.clone(),
            costs: [Money::ZERO; 2],
            uses: [Money::ZERO; 2],
        };
        let item = items.entry((&row.key, &row.family, &row.item)).or_insert_with(new);
        let side = row.side.min(1);
        item.costs[side] += cost;
        item.uses[side] += used;
        *changes.entry(&row.key).or_default() += if side == 1 { cost } else { -cost };
    }
    let mut by_size: Vec<(&Option<String>, Money)> = changes.into_iter().collect();
    by_size.sort_by_key(|(_, change)| std::cmp::Reverse(change.abs()));
    let told: BTreeSet<&Option<String>> =
        by_size.iter().take(COST_ROWS_DEFAULT).map(|(key, _)| *key).collect();
    let has_others = by_size.len() > told.len();
    let under = |mut item: Item| {
        if !told.contains(&item.key) {
            // Families stay apart by whose they were.
            item.family = format!("{} {}", item.key.unwrap_or_default(), item.family);
            item.key = Some(OTHERS.to_owned());
        }
        item
    };
    Ok((items.into_values().map(under).collect(), has_others))
}

/// One explanation in the making.
struct Asking<'a> {
    rules: &'a Rules,
    currencies: &'a Currencies,
    cost_metric: Metric,
    by: Option<&'a Key>,
}

impl Asking<'_> {
    /// Costs and uses of both times by what prices are for. A price is one of a thing on the price
    /// list; things of one service that are counted in one unit can take each other's place.
    fn sql(&self, periods: [Period; 2], left_out: &[i64]) -> Result<String, CostError> {
        let dimensions: Vec<Dimension> = match self.by {
            Some(Key::Dimension(dimension)) => vec![dimension.clone()],
            Some(Key::Own(name)) => {
                let message =
                    format!("{name} is in the lines of one source only: explain by a dimension");
                return Err(CostError::Invalid(message));
            }
            None => Vec::new(),
        };
        let staged = staged(&dimensions, self.rules)
            .map_err(|error| CostError::Invalid(error.to_string()))?;
        let [before, after] = periods;
        let first_ms = before.from_ms.min(after.from_ms);
        let last_ms = before.to_ms.max(after.to_ms);
        let mut condition = format!(
            "({} OR {})",
            time_condition(before.from_ms, before.to_ms),
            time_condition(after.from_ms, after.to_ms)
        );
        if !left_out.is_empty() {
            let days: Vec<String> = left_out.iter().map(|day| typed::timestamp_ms(*day)).collect();
            condition.push_str(&format!(" AND {TIME} NOT IN ({})", days.join(", ")));
        }
        let side = format!(
            "CASE WHEN {} THEN 1 ELSE 0 END AS side",
            time_condition(after.from_ms, after.to_ms)
        );
        let segment = self.currencies.segment_sql(TIME, first_ms, last_ms);
        let segment = format!("{} AS segment", segment.unwrap_or_else(|| first_ms.to_string()));
        let keys = [
            side.as_str(),
            "billing_currency AS currency",
            segment.as_str(),
            "concat_ws(' ', service_name, charge_category, pricing_unit) AS family",
            "concat_ws(' ', sku_id, x_usage_type, x_operation) AS item",
        ];
        let cost = format!("sum({}) AS cost", self.cost_metric.column());
        let used = "sum(CASE WHEN charge_category = 'Usage' THEN pricing_quantity END) AS used";
        let source = Source {
            table: "cost_daily",
            condition: &condition,
            keys: &keys,
            sums: &[&cost, used],
        };
        let key = match dimensions.first() {
            Some(dimension) => staged.value(dimension),
            None => "CAST(NULL AS VARCHAR)".to_owned(),
        };
        Ok(format!(
            "SELECT {key} AS key, family, item, side, currency, segment, \
             CAST(sum(cost) AS VARCHAR) AS cost, CAST(sum(used) AS VARCHAR) AS used \
             FROM ({}) GROUP BY 1, 2, 3, 4, 5, 6",
            staged.select(&source)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Rates;
    use crate::currency::rates::testing::rates;

    const DAY: i64 = 86_400_000;

    fn bought(key: &str, side: usize, cost: &str, used: Option<&str>) -> Bought {
        Bought {
            key: Some(key.to_owned()),
            family: "EC2 Usage Hrs".to_owned(),
            item: "m5".to_owned(),
            side,
            currency: Some("USD".to_owned()),
            segment: 0,
            cost: Some(Money::parse(cost).unwrap()),
            used: used.map(str::to_owned),
        }
    }

    fn exchange() -> Exchange {
        Currencies::of(Rates::default(), None).exchange([("USD", 0)]).unwrap()
    }

    #[test]
    fn the_smaller_of_too_many_keys_are_one_and_nothing_is_lost() {
        let rows: Vec<Bought> = (0..80)
            .flat_map(|number| {
                let key = format!("team {number}");
                let after = format!("{}", 10 + number);
                [bought(&key, 0, "10", Some("5")), bought(&key, 1, &after, Some("5"))]
            })
            .collect();
        let (items, others) = items(&rows, &exchange()).unwrap();
        assert!(others);
        let quantities = ["100", "100"].map(|text| Money::parse(text).unwrap());
        let found = contribution::explain(&items, quantities).unwrap();
        let told = told("orders", None, found, others, &exchange(), Vec::new());
        assert_eq!(told.change.unwrap().to_string(), "31.6");
        let of_others: Vec<String> = told
            .parts
            .iter()
            .filter(|part| part.is_others)
            .map(|part| format!("{} {}", part.kind, part.amount))
            .collect();
        assert_eq!(of_others, ["rate 4.35"]);
        assert_eq!(told.parts.iter().map(|part| part.amount).sum::<Money>(), told.change.unwrap());
    }

    #[test]
    fn a_use_beyond_what_is_representable_counts_as_none() {
        let rows = [bought("a", 0, "1", Some("123456789012345678901")), bought("a", 1, "2", None)];
        let (items, _) = items(&rows, &exchange()).unwrap();
        assert_eq!(items[0].uses, [Money::ZERO; 2]);
    }

    #[test]
    fn days_that_one_side_does_not_know_are_left_out() {
        let two = || Money::parse("2").unwrap();
        let quantities = Quantities::Whole(vec![two(), Money::ZERO, two(), Money::ZERO]);
        let has = vec![true, false, true, false];
        let known = days_known(
            &[0, DAY, 2 * DAY, 3 * DAY],
            &[true, true, false, false],
            Some((&quantities, &has)),
        );
        let counted = known.quantity(None, &exchange()).unwrap();
        assert_eq!((counted, known.left_out), (two(), vec![DAY, 2 * DAY]));
    }

    /// A rate that begins between the two times: alone the second would be in won, both are in dollars.
    #[test]
    fn revenue_is_in_the_currency_of_the_costs_of_both_times() {
        let known = Known {
            quantities: vec![(40 * DAY, Money::parse("2").unwrap())],
            left_out: Vec::new(),
        };
        let won = Currencies::of(rates(&["USD KRW 1000 1970-02-01"]), None);
        let both = won.exchange([("USD", 0), ("USD", 40 * DAY)]).unwrap();
        assert_eq!(known.quantity(Some("USD"), &both).unwrap().to_string(), "2");
        let second = won.exchange([("USD", 40 * DAY)]).unwrap();
        assert_eq!(known.quantity(Some("USD"), &second).unwrap().to_string(), "2000");
    }

    #[test]
    fn both_times_are_asked_in_one_pass() {
        let (rules, currencies) = (Rules::default(), Currencies::of(Rates::default(), None));
        let key: Key = "service_name".parse().unwrap();
        let asking = Asking {
            rules: &rules,
            currencies: &currencies,
            cost_metric: Metric::Effective,
            by: Some(&key),
        };
        let periods =
            [Period { from_ms: 0, to_ms: DAY }, Period { from_ms: 7 * DAY, to_ms: 8 * DAY }];
        insta::assert_snapshot!(asking.sql(periods, &[7 * DAY]).unwrap());
    }
}
