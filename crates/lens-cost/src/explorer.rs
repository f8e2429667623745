//! The explorer: costs of a time by up to three dimensions, with those of the time before.

use crate::CostState;
use crate::costs::{
    Answer, CostError, Filter, Granularity, Key, Missing, Period, Question, Row, ask, metric_of,
};
use crate::currency::{Currencies, ExchangeRate};
use crate::rules;
use hannun_model::limits::COST_ROWS_DEFAULT;
use hannun_model::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostExploreRequest)]
pub struct ExploreRequest {
    /// Milliseconds since 1970. Days of a bill are days in UTC; a time that begins within one has
    /// all of it.
    pub from_ms: i64,
    /// Exclusive.
    pub to_ms: i64,
    /// `billed`, `effective` (the default), `list`, `contracted`, `net_billed` or `net_effective`.
    pub metric: Option<String>,
    /// Currency to show amounts in; that of the display settings when not given.
    pub currency: Option<String>,
    /// Up to three dimensions, such as `service_name`, `tag:team` or `virtual:team`.
    #[serde(default)]
    pub group_by: Vec<String>,
    #[serde(default)]
    pub granularity: Granularity,
    #[serde(default)]
    pub filters: Vec<FilterRequest>,
    #[serde(default)]
    pub charges: ChargesRequest,
    /// Rows beyond this number come as one; 50 when not given.
    pub rows_max: Option<usize>,
    #[serde(default)]
    pub sort: Sort,
}

/// Lines that have, or have not, one of some values.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostFilter)]
pub struct FilterRequest {
    pub dimension: String,
    /// Null is a line without a value.
    pub values: Vec<Option<String>>,
    #[serde(default)]
    pub exclude: bool,
}

/// Kinds of charges that are left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostCharges)]
pub struct ChargesRequest {
    /// Such as `tax`, `credit`, `refund` or `fee`: values of the dimension `charge`.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CostSort)]
pub enum Sort {
    /// Those that cost most.
    #[default]
    Total,
    /// Those whose cost changed most.
    Change,
}

/// What costs came to. Amounts are decimals as texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostExploration)]
pub struct Exploration {
    pub currency: String,
    pub metric: &'static str,
    /// The time in whole days, or hours, of the bill.
    pub from_ms: i64,
    pub to_ms: i64,
    /// The time that `before` is about: as many whole months before whole months, else as long a
    /// time before.
    pub before_from_ms: i64,
    /// When each part of the time begins.
    pub bucket_ms: Vec<i64>,
    #[schema(value_type = String)]
    pub total: Money,
    /// Null when an exchange rate is missing for that time.
    #[schema(value_type = Option<String>)]
    pub before_total: Option<Money>,
    /// The total of each part.
    #[schema(value_type = Vec<String>)]
    pub points: Vec<Money>,
    pub rows: Vec<ExplorationRow>,
    /// The rows beyond the number that was asked for.
    pub others: Option<ExplorationOthers>,
    pub rates: Vec<ExchangeRate>,
    /// The same as SQL.
    pub sql: String,
    pub missing: Vec<Missing>,
}

/// One combination of values.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostExplorationRow)]
pub struct ExplorationRow {
    /// A value for each dimension; null where lines have none.
    pub keys: Vec<Option<String>>,
    #[schema(value_type = String)]
    pub total: Money,
    #[schema(value_type = Option<String>)]
    pub before: Option<Money>,
    /// Of the total; null when that is not more than zero, as where credits are larger than usage.
    pub share: Option<f64>,
    #[schema(value_type = Vec<String>)]
    pub points: Vec<Money>,
}

/// All rows beyond those that are told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostExplorationOthers)]
pub struct ExplorationOthers {
    pub rows: usize,
    #[schema(value_type = String)]
    pub total: Money,
    #[schema(value_type = Option<String>)]
    pub before: Option<Money>,
    #[schema(value_type = Vec<String>)]
    pub points: Vec<Money>,
}

/// Answers it for a user.
///
/// # Errors
/// When the request is wrong, and when an exchange rate is missing.
pub async fn explore(
    state: &CostState,
    request: &ExploreRequest,
    user: Option<&str>,
) -> Result<Exploration, CostError> {
    let question = question(request)?;
    let before = question.period.before();
    let rules = rules::load(state).await?;
    let currencies = Currencies::load(&state.ledger, request.currency.as_deref(), user).await?;
    let answer = ask(&state.engine, &rules, &currencies, &question, Some(before)).await?;
    Ok(told(&question, before, answer))
}

fn question(request: &ExploreRequest) -> Result<Question, CostError> {
    let keys = request.group_by.iter().map(|name| name.parse());
    let keys: Vec<Key> = keys.collect::<Result<_, CostError>>()?;
    let filter = |filter: &FilterRequest| -> Result<Filter, CostError> {
        let FilterRequest { dimension, values, exclude } = filter;
        Ok(Filter { key: dimension.parse()?, values: values.clone(), exclude: *exclude })
    };
    let mut filters: Vec<Filter> =
        request.filters.iter().map(filter).collect::<Result<_, CostError>>()?;
    let excluded = &request.charges.exclude;
    if !excluded.is_empty() {
        let values = excluded.iter().cloned().map(Some).collect();
        filters.push(Filter { key: "charge".parse()?, values, exclude: true });
    }
    Ok(Question {
        period: Period::of(request.from_ms, request.to_ms, request.granularity)?,
        granularity: request.granularity,
        metric: metric_of(request.metric.as_deref())?,
        keys,
        filters,
        rows_max: request.rows_max.unwrap_or(COST_ROWS_DEFAULT),
        by_change: request.sort == Sort::Change,
    })
}

fn told(question: &Question, before: Period, answer: Answer) -> Exploration {
    let total = answer.total;
    let row = |row: Row| ExplorationRow {
        share: share(row.total, total),
        keys: row.keys,
        total: row.total,
        before: row.before,
        points: row.points,
    };
    let others_rows = answer.others_rows;
    let others = answer.others.map(|row| ExplorationOthers {
        rows: others_rows,
        total: row.total,
        before: row.before,
        points: row.points,
    });
    Exploration {
        currency: answer.exchange.currency().to_owned(),
        metric: question.metric.name(),
        from_ms: question.period.from_ms,
        to_ms: question.period.to_ms,
        before_from_ms: before.from_ms,
        bucket_ms: answer.parts,
        total,
        before_total: answer.before,
        points: answer.points,
        rows: answer.rows.into_iter().map(row).collect(),
        others,
        rates: answer.exchange.rates(),
        sql: answer.sql,
        missing: answer.missing,
    }
}

/// A share of a total that is more than zero.
pub(crate) fn share(part: Money, total: Money) -> Option<f64> {
    (total > Money::ZERO).then(|| part.to_f64() / total.to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::costs::Metric;
    use serde_json::json;

    fn read(body: serde_json::Value) -> Result<Question, CostError> {
        question(&serde_json::from_value(body).unwrap())
    }

    #[test]
    fn a_request_says_little_and_means_the_usual() {
        let asked = read(json!({"from_ms": 1, "to_ms": 2})).unwrap();
        assert_eq!((asked.metric, asked.granularity), (Metric::Effective, Granularity::Day));
        assert_eq!(asked.period, Period { from_ms: 0, to_ms: 86_400_000 });
        assert_eq!((asked.rows_max, asked.by_change), (50, false));
    }

    #[test]
    fn charges_that_are_left_out_are_a_filter() {
        let asked = read(json!({
            "from_ms": 0, "to_ms": 1, "group_by": ["virtual:team"], "sort": "change",
            "charges": {"exclude": ["tax", "credit"]},
            "filters": [{"dimension": "region_id", "values": [null, "ap-northeast-2"]}],
        }))
        .unwrap();
        let filters: Vec<(String, usize, bool)> = asked
            .filters
            .iter()
            .map(|filter| (filter.key.to_string(), filter.values.len(), filter.exclude))
            .collect();
        let expected = [("region_id".to_owned(), 2, false), ("charge".to_owned(), 2, true)];
        assert_eq!(filters, expected);
        assert!(asked.by_change);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |body| read(body).unwrap_err().to_string();
        assert!(told(json!({"from_ms": 5, "to_ms": 5})).starts_with("from_ms must be"));
        let unknown = told(json!({"from_ms": 0, "to_ms": 5, "group_by": ["team"]}));
        assert!(unknown.contains("`team` is no dimension"), "{unknown}");
        let metric = told(json!({"from_ms": 0, "to_ms": 5, "metric": "amortised"}));
        assert!(metric.starts_with("the metric must be one of billed, effective"), "{metric}");
    }

    #[test]
    fn of_a_total_that_is_not_positive_there_are_no_shares() {
        let money = |text: &str| Money::parse(text).unwrap();
        assert_eq!(share(money("1"), money("4")), Some(0.25));
        assert_eq!(share(money("-1"), money("4")), Some(-0.25));
        assert_eq!(share(money("1"), Money::ZERO), None);
        assert_eq!(share(money("1"), money("-4")), None);
    }
}
