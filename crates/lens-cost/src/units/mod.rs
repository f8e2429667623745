//! Unit economics: costs divided by what a business counts, and why the result moved.

pub mod explain;

use crate::CostState;
use crate::business::quantity::{self, Shape};
use crate::costs::{CostError, Granularity, Key, Missing, Period, Question, Row, ask, metric_of};
use crate::currency::{Currencies, Exchange, ExchangeRate};
use crate::rules;
use hannun_allocation::units::{self, Inputs, LeftOut, Quantities, Series, Unit, UnitRow};
use hannun_model::limits::{
    BUSINESS_TEXT_BYTES_MAX, COST_ROWS_DEFAULT, COST_ROWS_MAX, UNIT_COST_DAYS_MAX,
};
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Values whose names are told that were counted and cost nothing.
const NAMES_TOLD_MAX: usize = 10;

/// What is asked.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitsRequest {
    /// Name of the business metric, such as `orders`.
    pub metric: String,
    /// A dimension, such as `virtual:team`; `none` (the default) for all costs together.
    pub by: Option<String>,
    pub from_ms: i64,
    /// Exclusive.
    pub to_ms: i64,
    /// `hour`, `day` (the default), `week`, `month` or `total`.
    #[serde(default)]
    #[param(inline)]
    pub granularity: Granularity,
    /// `billed`, `effective` (the default), `list`, `contracted`, `net_billed` or `net_effective`.
    pub cost_metric: Option<String>,
    /// Currency to show amounts in; that of the display settings when not given.
    pub currency: Option<String>,
}

/// What one of a quantity costs. Amounts and quantities are decimals as texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCosts)]
pub struct UnitCosts {
    pub currency: String,
    pub metric: String,
    /// Unit of the quantity; its currency when the metric is an amount of money, which is then
    /// converted to the currency of the costs.
    pub unit: Option<String>,
    pub kind: QuantityKind,
    /// Whether each row has a quantity of its own; else the same quantity stands beside every row.
    pub quantity_by_key: bool,
    pub cost_metric: &'static str,
    pub from_ms: i64,
    pub to_ms: i64,
    pub rows: Vec<UnitCostRow>,
    pub total: UnitCostRow,
    /// What the rows and the total leave out, since only one side of it is known.
    pub left_out: UnitLeftOut,
    pub rates: Vec<ExchangeRate>,
    pub missing: Vec<Missing>,
}

/// What a quantity says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// How many there were: parts of the time add up.
    Count,
    /// How many there are, such as active users: their mean in each part of the time. Parts add up to
    /// user-days.
    Level,
}

/// The unit cost of one value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCostRow)]
pub struct UnitCostRow {
    /// Null is what has no value, and the total.
    pub key: Option<String>,
    #[schema(value_type = String)]
    pub cost: Money,
    #[schema(value_type = String)]
    pub quantity: Money,
    /// Null when there is no quantity.
    #[schema(value_type = Option<String>)]
    pub unit_cost: Option<Money>,
    /// Of the fifty dearest rows and the total; of other rows none.
    pub points: Vec<UnitCostPoint>,
}

/// One part of the time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitCostPoint)]
pub struct UnitCostPoint {
    pub ms: i64,
    #[schema(value_type = String)]
    pub cost: Money,
    #[schema(value_type = String)]
    pub quantity: Money,
    /// Null when there is no quantity, or no bill yet.
    #[schema(value_type = Option<String>)]
    pub unit_cost: Option<Money>,
}

/// What is known of one side only.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UnitLeftOut)]
pub struct UnitLeftOut {
    pub parts_without_quantity: usize,
    /// What those cost.
    #[schema(value_type = String)]
    pub cost: Money,
    pub parts_without_cost: usize,
    /// What was counted in those.
    #[schema(value_type = String)]
    pub quantity: Money,
}

/// Answers it for a user.
///
/// # Errors
/// When the request is wrong, and when an exchange rate is missing.
pub async fn unit_costs(
    state: &CostState,
    request: &UnitsRequest,
    user: Option<&str>,
) -> Result<UnitCosts, CostError> {
    let granularity = request.granularity;
    let period = Period::of(request.from_ms, request.to_ms, granularity)?;
    let periods = [period];
    let metric = metric_name(&request.metric, &periods)?;
    let cost_metric = metric_of(request.cost_metric.as_deref())?;
    let by = by(request.by.as_deref())?;
    let rules = rules::load(state).await?;
    let currencies = Currencies::load(&state.ledger, request.currency.as_deref(), user).await?;
    let question = Question {
        granularity,
        rows_max: COST_ROWS_MAX,
        ..Question::total(period, cost_metric).by(by.clone())
    };
    let engine = &state.engine;
    let (costs, shape) = tokio::try_join!(
        ask(engine, &rules, &currencies, &question, None),
        quantity::shape(engine, metric, &periods, by.as_ref())
    )?;
    let mut missing = costs.missing.clone();
    missing.extend(not_there(metric, costs.has_lines, shape.as_ref()));
    let parts = costs.parts.len();
    let none = || (Quantities::Whole(vec![Money::ZERO; parts]), vec![false; parts]);
    let (quantities, has_quantity) = match &shape {
        None => none(),
        Some(shape) => {
            let found = quantity::quantity(engine, metric, shape, period, granularity).await?;
            let unit = shape.unit.as_deref();
            (converted(found.quantities, unit, &costs.exchange, &costs.parts)?, found.has)
        }
    };
    let quantity_by_key = matches!(quantities, Quantities::ByKey(_));
    let series =
        |row: Row| Series { key: row.keys.into_iter().next().flatten(), points: row.points };
    let inputs = Inputs {
        costs: costs.rows.into_iter().chain(costs.others).map(series).collect(),
        quantities,
        has_cost: costs.has_lines_in,
        has_quantity,
    };
    let joined = units::join(inputs);
    if shape.is_some() && costs.has_lines {
        missing.extend(said(metric, &joined));
    }
    Ok(UnitCosts {
        currency: costs.exchange.currency().to_owned(),
        metric: metric.to_owned(),
        unit: shape.as_ref().and_then(|shape| unit(shape, &costs.exchange)),
        kind: kind(shape.as_ref()),
        quantity_by_key,
        cost_metric: cost_metric.name(),
        from_ms: period.from_ms,
        to_ms: period.to_ms,
        rows: rows(joined.rows, &costs.parts),
        total: told(joined.total, &costs.parts),
        left_out: left_out(joined.left_out),
        rates: costs.exchange.rates(),
        missing,
    })
}

/// The name of a metric, when it may be one and the times are not too long.
fn metric_name<'a>(name: &'a str, periods: &[Period]) -> Result<&'a str, CostError> {
    if name.is_empty() || name.len() > BUSINESS_TEXT_BYTES_MAX {
        let message = format!("metric must be a name of 1 to {BUSINESS_TEXT_BYTES_MAX} bytes");
        return Err(CostError::Invalid(message));
    }
    if periods.iter().any(|period| period.days() > UNIT_COST_DAYS_MAX) {
        let message = format!("ask for at most {UNIT_COST_DAYS_MAX} days");
        return Err(CostError::Invalid(message));
    }
    Ok(name)
}

/// The dimension that is asked for; `None` for all costs together.
fn by(name: Option<&str>) -> Result<Option<Key>, CostError> {
    match name {
        None | Some("" | "none") => Ok(None),
        Some(name) => name.parse().map(Some),
    }
}

fn kind(shape: Option<&Shape>) -> QuantityKind {
    match shape {
        Some(shape) if shape.is_level => QuantityKind::Level,
        _ => QuantityKind::Count,
    }
}

/// The currency that a quantity is an amount of, when its unit is one.
fn currency_of(unit: Option<&str>) -> Option<&str> {
    unit.filter(|unit| unit.len() == 3 && unit.bytes().all(|it| it.is_ascii_uppercase()))
}

/// The unit that is shown: money is shown in the currency of the costs.
fn unit(shape: &Shape, exchange: &Exchange) -> Option<String> {
    match currency_of(shape.unit.as_deref()) {
        Some(_) => Some(exchange.currency().to_owned()),
        None => shape.unit.clone(),
    }
}

/// Quantities of money in the currency of the costs, at the rate of each part's beginning; others as
/// they are.
fn converted(
    quantities: Quantities,
    unit: Option<&str>,
    exchange: &Exchange,
    parts: &[i64],
) -> Result<Quantities, CostError> {
    let Some(code) = currency_of(unit) else { return Ok(quantities) };
    let convert = |points: Vec<Money>| -> Result<Vec<Money>, CostError> {
        let both = points.into_iter().zip(parts);
        both.map(|(amount, at_ms)| {
            // Nothing needs no rate.
            if amount.is_zero() { Ok(amount) } else { Ok(exchange.convert(amount, code, *at_ms)?) }
        })
        .collect()
    };
    Ok(match quantities {
        Quantities::Whole(points) => Quantities::Whole(convert(points)?),
        Quantities::ByKey(series) => {
            let one = |one: Series| Ok(Series { key: one.key, points: convert(one.points)? });
            Quantities::ByKey(series.into_iter().map(one).collect::<Result<_, CostError>>()?)
        }
    })
}

/// What is not there at all.
fn not_there(metric: &str, has_lines: bool, shape: Option<&Shape>) -> Vec<Missing> {
    let mut missing = Vec::new();
    if !has_lines {
        let how = "no bill has a charge in this time: import one, or ask for another time";
        missing.push(Missing::new("bill", how));
    }
    match shape {
        None => missing.push(Missing::new(
            "business_metric",
            format!(
                "`{metric}` has no points in this time: send them by OTLP or to \
                 /api/v1/business-metrics, or ask for another time"
            ),
        )),
        Some(shape) if shape.is_mixed => missing.push(Missing::new(
            "business_metric_kind",
            format!("`{metric}` is sent as counts and as levels: only the counts are used"),
        )),
        Some(_) => {}
    }
    missing
}

/// What a reader must know of the numbers.
fn said(metric: &str, joined: &units::Units) -> Vec<Missing> {
    let mut missing = Vec::new();
    let LeftOut { parts_without_quantity, parts_without_cost, .. } = joined.left_out;
    if parts_without_quantity > 0 {
        let how = format!(
            "{parts_without_quantity} parts of the time have costs and no point of `{metric}`; they \
             are left out: send a point, also when there was nothing to count"
        );
        missing.push(Missing::new("business_metric_points", how));
    }
    if parts_without_cost > 0 {
        let how = format!(
            "{parts_without_cost} parts of the time have points of `{metric}` and no bill yet; they \
             are left out"
        );
        missing.push(Missing::new("bill", how));
    }
    if joined.total.sum.unit_cost.is_none() {
        let how = format!("nothing of `{metric}` was counted, so there is nothing to divide by");
        missing.push(Missing::new("quantity", how));
    }
    if !joined.without_cost.is_empty() {
        let names: Vec<&str> =
            joined.without_cost.iter().map(String::as_str).take(NAMES_TOLD_MAX).collect();
        let how = format!(
            "`{metric}` is counted of {}, which nothing in the bill belongs to: compare the \
             spelling, or add a rule to the virtual tag",
            names.join(", ")
        );
        missing.push(Missing::new("cost_of_value", how));
    }
    missing
}

/// Hours of a month of a thousand resources would be an answer of 60 MB: the points of the dearest rows
/// are told, and of the others what they come to.
fn rows(rows: Vec<UnitRow>, parts: &[i64]) -> Vec<UnitCostRow> {
    let row = |(place, row): (usize, UnitRow)| {
        told(row, if place < COST_ROWS_DEFAULT { parts } else { &[] })
    };
    rows.into_iter().enumerate().map(row).collect()
}

fn told(row: UnitRow, parts: &[i64]) -> UnitCostRow {
    let point = |(ms, unit): (&i64, Unit)| {
        let Unit { cost, quantity, unit_cost } = unit;
        UnitCostPoint { ms: *ms, cost, quantity, unit_cost }
    };
    let Unit { cost, quantity, unit_cost } = row.sum;
    let points = parts.iter().zip(row.points).map(point).collect();
    UnitCostRow { key: row.key, cost, quantity, unit_cost, points }
}

fn left_out(left_out: LeftOut) -> UnitLeftOut {
    let LeftOut { parts_without_quantity, cost, parts_without_cost, quantity } = left_out;
    UnitLeftOut { parts_without_quantity, cost, parts_without_cost, quantity }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::rates::testing::rates;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn revenue_is_converted_to_the_currency_of_the_costs() {
        let known = rates(&["USD KRW 1000 2026-01-01"]);
        let exchange = Currencies::of(known, Some("KRW")).exchange([]).unwrap();
        let at_ms = 1_790_812_800_000;
        let of = |unit: Option<&str>| {
            let quantities = Quantities::Whole(vec![money("2"), Money::ZERO]);
            converted(quantities, unit, &exchange, &[at_ms, at_ms])
        };
        let whole = |text: &str| Quantities::Whole(vec![money(text), Money::ZERO]);
        assert_eq!(of(Some("USD")).unwrap(), whole("2000"));
        assert_eq!(of(Some("KRW")).unwrap(), whole("2"));
        assert_eq!(of(Some("{order}")).unwrap(), whole("2"));
        assert_eq!(of(None).unwrap(), whole("2"));
        assert!(matches!(of(Some("EUR")), Err(CostError::Currency(_))));
    }

    #[test]
    fn of_many_rows_the_dearest_have_points_and_all_a_sum() {
        let row = UnitRow {
            key: None,
            sum: Unit::of(money("6"), money("2")),
            points: vec![Unit::of(money("6"), money("2"))],
        };
        let rows = rows(vec![row; COST_ROWS_DEFAULT + 1], &[0]);
        let points: Vec<usize> = rows.iter().map(|row| row.points.len()).collect();
        assert_eq!(
            (points[0], points[COST_ROWS_DEFAULT - 1], points[COST_ROWS_DEFAULT]),
            (1, 1, 0)
        );
        assert_eq!(rows[COST_ROWS_DEFAULT].unit_cost, Some(money("3")));
    }

    #[test]
    fn a_request_is_checked() {
        assert!(metric_name("", &[]).is_err());
        let years = Period { from_ms: 0, to_ms: 900 * 86_400_000 };
        assert!(metric_name("orders", &[years]).is_err());
        assert_eq!(by(Some("none")).unwrap(), None);
        assert!(by(Some("team")).is_err());
    }

    #[test]
    fn what_is_not_there_is_told() {
        let what = |missing: Vec<Missing>| -> Vec<String> {
            missing.into_iter().map(|missing| missing.what).collect()
        };
        assert_eq!(what(not_there("orders", false, None)), ["bill", "business_metric"]);
        let inputs = Inputs {
            costs: vec![Series { key: None, points: vec![money("5"); 3] }],
            quantities: Quantities::ByKey(vec![Series {
                key: Some("cart".to_owned()),
                points: vec![Money::ZERO, Money::ZERO, money("1")],
            }]),
            has_cost: vec![true, true, false],
            has_quantity: vec![true, false, true],
        };
        let told = said("orders", &units::join(inputs));
        assert!(told[3].how.starts_with("`orders` is counted of cart, which nothing"));
        assert_eq!(what(told), ["business_metric_points", "bill", "quantity", "cost_of_value"]);
    }
}
