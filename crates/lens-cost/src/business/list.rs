//! Which business metrics there are.

use crate::costs::CostError;
use hannun_api::range::Scope;
use hannun_model::limits::{
    BUSINESS_ATTRIBUTES_READ_MAX, BUSINESS_DIMENSIONS_MAX, BUSINESS_METRICS_MAX,
};
use hannun_query::{Engine, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Scope of points that came as business metrics, and the beginning of names that say the same.
const SCOPE: &str = "hannun.business";
const NAME_PREFIX: &str = "business.";

/// Metrics that costs can be divided by.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusinessMetrics {
    pub metrics: Vec<BusinessMetric>,
}

/// A metric that costs can be divided by.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BusinessMetric {
    pub name: String,
    pub unit: Option<String>,
    /// Attributes that its points are told apart by.
    pub dimensions: Vec<String>,
    /// Time of the last point.
    pub last_ms: i64,
    pub points: u64,
}

#[derive(Debug, Deserialize)]
struct Found {
    name: String,
    unit: Option<String>,
    last_ms: i64,
    points: u64,
}

#[derive(Debug, Deserialize)]
struct Attributes {
    name: String,
    attributes: Option<Value>,
}

/// The metrics that have points in a time: those that came as business metrics, or, when a part of a
/// name is given, any number with that in its name.
///
/// # Errors
/// When the query fails.
pub async fn list(
    engine: &Arc<Engine>,
    scope: &Scope,
    named: Option<&str>,
) -> Result<BusinessMetrics, CostError> {
    let condition = condition(scope, named);
    let limits = QueryLimits::asked(Some(BUSINESS_METRICS_MAX), None);
    let found = engine.rows::<Found>(&found_sql(&condition), limits).await?.rows;
    let limits = QueryLimits::asked(Some(BUSINESS_ATTRIBUTES_READ_MAX), None);
    let of = engine.rows::<Attributes>(&attributes_sql(&condition), limits).await?.rows;
    let mut dimensions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Attributes { name, attributes } in of {
        dimensions.entry(name).or_default().extend(keys(attributes));
    }
    let metric = |Found { name, unit, last_ms, points }: Found| {
        let of = dimensions.remove(&name).unwrap_or_default();
        let dimensions = of.into_iter().take(BUSINESS_DIMENSIONS_MAX).collect();
        BusinessMetric { name, unit, dimensions, last_ms, points }
    };
    Ok(BusinessMetrics { metrics: found.into_iter().map(metric).collect() })
}

fn condition(scope: &Scope, named: Option<&str>) -> String {
    let which = match named {
        Some(part) => {
            format!("strpos(lower(metric_name), {}) > 0", typed::text(&part.to_lowercase()))
        }
        None => format!(
            "(scope_name = {} OR starts_with(metric_name, {}))",
            typed::text(SCOPE),
            typed::text(NAME_PREFIX)
        ),
    };
    format!("{} AND metric_type IN ('sum', 'gauge') AND {which}", scope.condition("time"))
}

fn found_sql(condition: &str) -> String {
    format!(
        "SELECT metric_name AS name, max(metric_unit) AS unit, \
         CAST(max(time) AS BIGINT) / 1000000 AS last_ms, count(*) AS points FROM metric_points \
         WHERE {condition} GROUP BY metric_name ORDER BY metric_name"
    )
}

fn attributes_sql(condition: &str) -> String {
    format!(
        "SELECT DISTINCT metric_name AS name, attributes FROM metric_points \
         WHERE {condition} AND attributes IS NOT NULL LIMIT {BUSINESS_ATTRIBUTES_READ_MAX}"
    )
}

/// The names of attributes, which a query gives as an object or as its text.
pub(super) fn keys(attributes: Option<Value>) -> Vec<String> {
    match attributes {
        Some(Value::Object(object)) => object.into_iter().map(|(key, _)| key).collect(),
        Some(Value::String(text)) => match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => object.into_iter().map(|(key, _)| key).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_metrics_are_those_that_came_as_such_or_are_named() {
        let scope = Scope { from_ms: 0, to_ms: 60_000, environment: None };
        insta::assert_snapshot!(found_sql(&condition(&scope, None)));
        insta::assert_snapshot!(attributes_sql(&condition(&scope, Some("It's"))));
    }
}
