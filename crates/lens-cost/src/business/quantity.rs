//! How points of a metric become a quantity.
//!
//! - Of two points of one series at one time the one received last counts: reports are corrected.
//! - Delta sums add up. Of cumulative sums that only grow the increases add up; a value that falls, or
//!   a new start, is a reset, after which all of the value is new. The first point of a series counts
//!   only if the series began within the time.
//! - Anything else is a level, such as active users: the mean of a series in each part of the time,
//!   summed over series. Over several parts levels add up too: to user-days, not users.
//!
//! A part of the time without any point has no quantity, which is not zero.

use super::list::keys;
use crate::costs::{CostError, Granularity, Key, Period};
use hannun_allocation::Dimension;
use hannun_allocation::units::{Quantities, Series, spelling};
use hannun_model::limits::{BUSINESS_ATTRIBUTES_READ_MAX, COST_CELLS_MAX};
use hannun_model::money::Money;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How far before the time the point lies that an increase begins at.
const DAY_MS: i64 = 86_400_000;

/// What a metric is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub unit: Option<String>,
    /// Whether it says how many there are, not how many there were.
    pub is_level: bool,
    /// Whether it is neither only a count nor only a level; then its counts count.
    pub is_mixed: bool,
    /// SQL of the value that its points are told apart by; `None` when they are not.
    by: Option<String>,
}

/// Quantities over a time.
#[derive(Debug, Clone)]
pub struct Quantity {
    pub quantities: Quantities,
    /// In which parts there is any point.
    pub has: Vec<bool>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    is_level: bool,
    unit: Option<String>,
    services: i64,
}

#[derive(Debug, Deserialize)]
struct Attributes {
    attributes: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    key: Option<String>,
    part: i64,
    amount: Option<f64>,
}

/// What a metric is in these times, told apart by a dimension of the bill when its points say it;
/// `None` when it has no points.
///
/// # Errors
/// When a query fails.
pub async fn shape(
    engine: &Arc<Engine>,
    metric: &str,
    periods: &[Period],
    by: Option<&Key>,
) -> Result<Option<Shape>, CostError> {
    let condition = condition(metric, periods);
    let sql = format!(
        "SELECT {IS_LEVEL} AS is_level, max(metric_unit) AS unit, count(service_name) AS services \
         FROM metric_points WHERE {condition} GROUP BY 1"
    );
    let kinds = engine.rows::<Kind>(&sql, QueryLimits::default()).await?.rows;
    if kinds.is_empty() {
        return Ok(None);
    }
    let by = match by {
        None => None,
        Some(by) => {
            let sql = format!(
                "SELECT DISTINCT attributes FROM metric_points WHERE {condition} \
                 AND attributes IS NOT NULL LIMIT {BUSINESS_ATTRIBUTES_READ_MAX}"
            );
            let limits = QueryLimits::asked(Some(BUSINESS_ATTRIBUTES_READ_MAX), None);
            let found = engine.rows::<Attributes>(&sql, limits).await?.rows;
            let keys: BTreeSet<String> =
                found.into_iter().flat_map(|row| keys(row.attributes)).collect();
            told_apart_by(by, keys, kinds.iter().any(|kind| kind.services > 0))
        }
    };
    let is_level = kinds.iter().all(|kind| kind.is_level);
    let is_mixed = kinds.len() > 1;
    let unit = kinds.into_iter().find_map(|kind| kind.unit);
    Ok(Some(Shape { unit, is_level, is_mixed, by }))
}

/// True for a level. Increases have no meaning where a sum may fall and says no deltas.
const IS_LEVEL: &str = "(metric_type = 'gauge' OR coalesce(aggregation_temporality, '') <> 'delta' \
     AND NOT coalesce(is_monotonic, false))";

fn condition(metric: &str, periods: &[Period]) -> String {
    let times: Vec<String> = periods
        .iter()
        .map(|Period { from_ms, to_ms }| {
            let (from, to) = (typed::timestamp_ms(*from_ms), typed::timestamp_ms(*to_ms));
            format!("time >= {from} AND time < {to}")
        })
        .collect();
    format!(
        "metric_name = {} AND metric_type IN ('sum', 'gauge') AND value IS NOT NULL AND ({})",
        typed::text(metric),
        times.join(" OR ")
    )
}

/// The attribute of points that says what the dimension of the bill says, by its name however it is
/// spelled; the service of the sender when the dimension is the service.
fn told_apart_by(by: &Key, keys: BTreeSet<String>, has_service: bool) -> Option<String> {
    let name = match by {
        Key::Dimension(
            Dimension::Tag(name) | Dimension::Virtual(name) | Dimension::CostCategory(name),
        ) => name.clone(),
        Key::Dimension(dimension) => {
            let name = dimension.to_string();
            name.split_once('.').map(|(_, field)| field.to_owned()).unwrap_or(name)
        }
        Key::Own(name) => name.clone(),
    };
    let spelled = spelling(&name);
    let alike = || keys.iter().find(|key| spelling(key) == spelled);
    if let Some(key) = keys.iter().find(|key| **key == name).or_else(alike) {
        return Some(format!("attributes[{}]", typed::text(key)));
    }
    let is_service = matches!(spelled.as_str(), "service" | "servicename");
    (is_service && has_service).then(|| "service_name".to_owned())
}

/// What was counted in each part of a time.
///
/// # Errors
/// When the query fails, and when there are more sums than an answer may have.
pub async fn quantity(
    engine: &Arc<Engine>,
    metric: &str,
    shape: &Shape,
    period: Period,
    granularity: Granularity,
) -> Result<Quantity, CostError> {
    let sql = sql(metric, shape, period, granularity);
    let limits = QueryLimits::asked(Some(COST_CELLS_MAX), None);
    let found = engine.rows::<Cell>(&sql, limits).await?;
    if found.truncated {
        let message =
            format!("`{metric}` has too many values here: ask for a shorter time or longer parts");
        return Err(CostError::Invalid(message));
    }
    let parts = period.parts(granularity);
    let places: HashMap<i64, usize> =
        parts.iter().enumerate().map(|(place, start)| (*start, place)).collect();
    let mut has = vec![false; parts.len()];
    let mut series: BTreeMap<Option<String>, Vec<Money>> = BTreeMap::new();
    for Cell { key, part, amount } in found.rows {
        let Some(place) = places.get(&part) else { continue };
        let amount = amount.unwrap_or(0.0);
        let amount = Money::from_f64(amount).ok_or_else(|| {
            CostError::Invalid(format!(
                "`{metric}` has {amount:e}, which is too much to count with"
            ))
        })?;
        has[*place] = true;
        let points = series.entry(key.filter(|key| !key.is_empty()));
        points.or_insert_with(|| vec![Money::ZERO; parts.len()])[*place] += amount;
    }
    let quantities = match &shape.by {
        Some(_) => {
            let one = |(key, points)| Series { key, points };
            Quantities::ByKey(series.into_iter().map(one).collect())
        }
        None => {
            let none = || vec![Money::ZERO; parts.len()];
            Quantities::Whole(series.into_values().next().unwrap_or_else(none))
        }
    };
    Ok(Quantity { quantities, has })
}

fn sql(metric: &str, shape: &Shape, period: Period, granularity: Granularity) -> String {
    let by = shape.by.as_deref().unwrap_or("CAST(NULL AS VARCHAR)");
    // The increase of the first point within the time begins at the last one before it.
    let reach = if shape.is_level { 0 } else { DAY_MS };
    let reached = Period { from_ms: period.from_ms - reach, ..period };
    let from = typed::timestamp_ms(period.from_ms);
    let part = match granularity.unit() {
        None => period.from_ms.to_string(),
        Some(unit) => format!("CAST(date_trunc('{unit}', time) AS BIGINT) / 1000000"),
    };
    let latest = format!(
        "SELECT series_id, time, {IS_LEVEL} AS is_level, \
         coalesce(aggregation_temporality, '') AS temporality, {by} AS key, \
         last_value(value ORDER BY received, value) AS value, \
         last_value(start_time ORDER BY received, value) AS start_time \
         FROM (SELECT *, coalesce(attr_int(scope_attributes, 'received_unix_nano'), 0) AS received \
         FROM metric_points WHERE {}) GROUP BY 1, 2, 3, 4, 5",
        condition(metric, &[reached])
    );
    if shape.is_level {
        return format!(
            "SELECT key, part, sum(level) AS amount FROM (SELECT series_id, key, {part} AS part, \
             avg(value) AS level FROM ({latest}) GROUP BY 1, 2, 3) GROUP BY key, part"
        );
    }
    let of_series = "OVER (PARTITION BY series_id ORDER BY time)";
    format!(
        "SELECT key, {part} AS part, sum(CASE WHEN temporality = 'delta' THEN value \
         WHEN last IS NULL THEN CASE WHEN start_time >= {from} THEN value ELSE 0 END \
         WHEN value < last OR start_time IS DISTINCT FROM last_start THEN value \
         ELSE value - last END) AS amount FROM (SELECT *, lag(value) {of_series} AS last, \
         lag(start_time) {of_series} AS last_start FROM ({latest}) WHERE NOT is_level) \
         WHERE time >= {from} GROUP BY 1, 2"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(is_level: bool, by: Option<&str>) -> Shape {
        Shape { unit: None, is_level, is_mixed: false, by: by.map(str::to_owned) }
    }

    #[test]
    fn counts_add_up_and_levels_have_a_mean() {
        let period = Period { from_ms: 86_400_000, to_ms: 172_800_000 };
        let counts =
            sql("it's", &shape(false, Some("attributes['team']")), period, Granularity::Day);
        insta::assert_snapshot!(counts);
        insta::assert_snapshot!(sql("users", &shape(true, None), period, Granularity::Total));
    }

    #[test]
    fn points_are_told_apart_by_the_attribute_that_is_spelled_like_the_dimension() {
        let by = |dimension: &str, keys: &[&str], has_service: bool| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            told_apart_by(&dimension.parse().unwrap(), keys, has_service)
        };
        let some = |sql: &str| Some(sql.to_owned());
        assert_eq!(by("virtual:team", &["Team", "team"], false), some("attributes['team']"));
        assert_eq!(
            by("tag:cost-centre", &["Cost Centre"], false),
            some("attributes['Cost Centre']")
        );
        assert_eq!(by("catalog.team", &["team"], false), some("attributes['team']"));
        assert_eq!(by("service_name", &["service.name"], true), some("attributes['service.name']"));
        assert_eq!(by("virtual:service", &["store"], true), some("service_name"));
        assert_eq!(by("virtual:service", &["store"], false), None);
        assert_eq!(by("region_id", &["team"], true), None);
    }
}
