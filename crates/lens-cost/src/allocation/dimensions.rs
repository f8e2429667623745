//! What there is to tell costs apart by, and its values.

use super::{Asked, TIME};
use crate::CostState;
use crate::costs::CostError;
use hannun_allocation::Dimension;
use hannun_allocation::dimension::{AccountField, CatalogField, columns};
use hannun_allocation::sql::{Source, literal, staged};
use hannun_model::limits::{COST_TAG_KEYS_LISTED_MAX, COST_TAG_TEXTS_MAX, COST_VALUES_LISTED_MAX};
use hannun_model::money::Money;
use hannun_query::QueryLimits;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};
use utoipa::ToSchema;

/// Where a dimension comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DimensionKind {
    Column,
    Tag,
    Virtual,
    Derived,
}

/// Something that costs are told apart by.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CostDimension {
    /// As questions name it.
    pub name: String,
    /// Name of its title in the web app; tags and virtual tags have none but their name.
    pub title_key: Option<String>,
    pub kind: DimensionKind,
    /// About how many values it has in this time.
    pub values: u64,
    /// Share of the cost that has a value; of a virtual tag, that a rule said one of.
    pub coverage: f64,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CostDimensions {
    /// Columns first, then what is recognised, virtual tags, and tags by coverage.
    pub dimensions: Vec<CostDimension>,
    /// Whether there are more tags, or values of tags, than were looked at.
    pub truncated: bool,
}

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DimensionValue {
    /// Null is no value.
    pub value: Option<String>,
    #[schema(value_type = String)]
    pub cost: Money,
}

/// Values of a dimension, the dearest first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DimensionValues {
    pub currency: String,
    pub values: Vec<DimensionValue>,
    pub truncated: bool,
}

/// Lists the dimensions that have a value in this time.
///
/// # Errors
/// When a query fails.
pub async fn dimensions(state: &CostState, asked: &Asked) -> Result<CostDimensions, CostError> {
    let columns: Vec<Dimension> = columns().map(Dimension::Column).collect();
    let mut found = measured(state, &of_columns(asked, &columns), &columns).await?;
    let derived: Vec<Dimension> = [Dimension::Network, Dimension::Charge]
        .into_iter()
        .chain(CatalogField::ALL.map(Dimension::Catalog))
        .chain(AccountField::ALL.map(Dimension::Account))
        .collect();
    found.extend(measured(state, &worked_out(asked, &derived)?, &derived).await?);
    // One that is broken is left out of the list, not the list of it.
    let virtual_tags = asked.rules.tags().map(|tag| Dimension::Virtual(tag.name.clone()));
    let usable: Vec<Dimension> =
        virtual_tags.filter(|it| asked.rules.in_order(std::slice::from_ref(it)).is_ok()).collect();
    if !usable.is_empty() {
        found.extend(measured(state, &worked_out(asked, &usable)?, &usable).await?);
    }
    let (tags, truncated) = tags(state, asked).await?;
    found.extend(tags);
    // Virtual tags are listed before they cover anything: that is what somebody looks for.
    found.retain(|it| it.values > 0 || it.kind == DimensionKind::Virtual);
    Ok(CostDimensions { dimensions: found, truncated })
}

/// SQL of what a row weighs: its cost by amount, about, in one currency.
fn weight(asked: &Asked, column: &str) -> String {
    let rate = asked.currencies.rank_sql("billing_currency", asked.period.to_ms - 1);
    format!("abs(CAST({column} AS DOUBLE)) * {rate}")
}

fn of_columns(asked: &Asked, columns: &[Dimension]) -> String {
    let value = |it: &Dimension| format!("NULLIF({it}, '')");
    let items = columns.iter().map(|it| (value(it), value(it)));
    let weight = weight(asked, asked.metric.column());
    format!("SELECT {} FROM cost_daily WHERE {}", measures(items, &weight), asked.condition())
}

fn worked_out(asked: &Asked, dimensions: &[Dimension]) -> Result<String, CostError> {
    let staged = staged(dimensions, &asked.rules)?;
    let (condition, cost) = (asked.condition(), asked.cost());
    let inner = staged.select(&Source {
        table: "cost_daily",
        condition: &condition,
        keys: &["billing_currency"],
        sums: &[&cost],
    });
    let items = dimensions.iter().map(|it| (staged.value(it), staged.decided(it)));
    Ok(format!("SELECT {} FROM ({inner})", measures(items, &weight(asked, "cost"))))
}

/// How many values, and the weight of what has one, for each; the weight of everything at the end.
fn measures(items: impl Iterator<Item = (String, String)>, weight: &str) -> String {
    let mut sql = String::new();
    for (index, (value, decided)) in items.enumerate() {
        sql.push_str(&format!(
            "approx_distinct({value}) AS n{index}, \
             sum({weight}) FILTER (WHERE {decided} IS NOT NULL) AS w{index}, "
        ));
    }
    sql.push_str(&format!("sum({weight}) AS w"));
    sql
}

async fn measured(
    state: &CostState,
    sql: &str,
    dimensions: &[Dimension],
) -> Result<Vec<CostDimension>, CostError> {
    let found = state.engine.rows::<Map<String, Value>>(sql, QueryLimits::default()).await?;
    let row = found.rows.into_iter().next().unwrap_or_default();
    let number = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let all = number("w");
    let measured = dimensions.iter().enumerate().map(|(index, dimension)| CostDimension {
        name: dimension.to_string(),
        title_key: title_key(dimension),
        kind: kind(dimension),
        values: number(&format!("n{index}")) as u64,
        coverage: ratio(number(&format!("w{index}")), all),
    });
    Ok(measured.collect())
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn kind(dimension: &Dimension) -> DimensionKind {
    match dimension {
        Dimension::Column(_) => DimensionKind::Column,
        Dimension::Tag(_) | Dimension::CostCategory(_) => DimensionKind::Tag,
        Dimension::Virtual(_) => DimensionKind::Virtual,
        Dimension::Network | Dimension::Charge | Dimension::Catalog(_) | Dimension::Account(_) => {
            DimensionKind::Derived
        }
    }
}

fn title_key(dimension: &Dimension) -> Option<String> {
    let own = matches!(kind(dimension), DimensionKind::Column | DimensionKind::Derived);
    own.then(|| format!("cost.dimension.{}", dimension.to_string().replace('.', "_")))
}

/// The keys of tags with the share of the cost that has them. Whole texts of tags are counted, those
/// that cost most.
async fn tags(state: &CostState, asked: &Asked) -> Result<(Vec<CostDimension>, bool), CostError> {
    #[derive(Deserialize)]
    struct Text {
        text: Option<String>,
        weight: Option<f64>,
    }
    let mut found = Vec::new();
    let mut truncated = false;
    for column in ["tags", "x_cost_category"] {
        let weight = weight(asked, asked.metric.column());
        // As a plain text: an answer would have the column itself as an object.
        let sql = format!(
            "SELECT concat({column}, '') AS text, sum({weight}) AS weight FROM cost_daily WHERE {} GROUP BY 1 \
             ORDER BY weight DESC NULLS LAST",
            asked.condition()
        );
        let limits = QueryLimits::asked(Some(COST_TAG_TEXTS_MAX), None);
        let texts = state.engine.rows::<Text>(&sql, limits).await?;
        truncated |= texts.truncated;
        let texts = texts.rows.into_iter().map(|it| (it.text, it.weight.unwrap_or(0.0)));
        let (keys, more) = keys(texts);
        truncated |= more;
        found.extend(keys.into_iter().map(|(key, values, coverage)| {
            let dimension = match column {
                "tags" => Dimension::Tag(key),
                _ => Dimension::CostCategory(key),
            };
            let name = dimension.to_string();
            CostDimension { name, title_key: None, kind: kind(&dimension), values, coverage }
        }));
    }
    Ok((found, truncated))
}

/// Keys with how many values they have and their share of the weight, the largest share first; and
/// whether there are more.
fn keys(texts: impl Iterator<Item = (Option<String>, f64)>) -> (Vec<(String, u64, f64)>, bool) {
    let mut keys: BTreeMap<String, (HashSet<String>, f64)> = BTreeMap::new();
    let mut all = 0.0;
    for (text, weight) in texts {
        all += weight;
        let parsed = text.and_then(|text| serde_json::from_str::<Map<String, Value>>(&text).ok());
        for (key, value) in parsed.into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let parses = format!("tag:{key}").parse::<Dimension>().is_ok();
            if value.is_empty() || !parses {
                continue;
            }
            let (values, sum) = keys.entry(key).or_default();
            values.insert(value);
            *sum += weight;
        }
    }
    let mut keys: Vec<(String, u64, f64)> = keys
        .into_iter()
        .map(|(key, (values, weight))| (key, values.len() as u64, ratio(weight, all)))
        .collect();
    keys.sort_by(|one, other| other.2.total_cmp(&one.2).then_with(|| one.0.cmp(&other.0)));
    let more = keys.len() > COST_TAG_KEYS_LISTED_MAX;
    keys.truncate(COST_TAG_KEYS_LISTED_MAX);
    (keys, more)
}

/// Lists values of a dimension that contain a text, whatever its case.
///
/// # Errors
/// When a rule that it needs is wrong or an exchange rate is missing.
pub async fn values(
    state: &CostState,
    asked: &Asked,
    dimension: &Dimension,
    part: &str,
) -> Result<DimensionValues, CostError> {
    #[derive(Deserialize)]
    struct Found {
        value: Option<String>,
        currency: Option<String>,
        segment: i64,
        cost: Option<Money>,
    }
    // One value may come in several currencies and at several rates.
    let limits = QueryLimits::asked(Some(COST_VALUES_LISTED_MAX * 10), None);
    let found = state.engine.rows::<Found>(&values_sql(asked, dimension, part)?, limits).await?;
    let amounts =
        found.rows.iter().map(|it| (it.currency.as_deref().unwrap_or_default(), it.segment));
    let exchange = asked.currencies.exchange(amounts)?;
    let mut sums: BTreeMap<Option<String>, Money> = BTreeMap::new();
    for it in found.rows {
        let from = it.currency.as_deref().unwrap_or_default();
        let cost = exchange.convert(it.cost.unwrap_or_default(), from, it.segment)?;
        *sums.entry(it.value).or_default() += cost;
    }
    let mut values: Vec<DimensionValue> =
        sums.into_iter().map(|(value, cost)| DimensionValue { value, cost }).collect();
    values.sort_by_key(|it| std::cmp::Reverse(it.cost));
    let truncated = found.truncated || values.len() > COST_VALUES_LISTED_MAX;
    values.truncate(COST_VALUES_LISTED_MAX);
    Ok(DimensionValues { currency: exchange.currency().to_owned(), values, truncated })
}

fn values_sql(asked: &Asked, dimension: &Dimension, part: &str) -> Result<String, CostError> {
    let staged = staged(std::slice::from_ref(dimension), &asked.rules)?;
    let (condition, segment, cost) = (asked.condition(), asked.segment(), asked.cost());
    debug_assert!(condition.contains(TIME));
    let inner = staged.select(&Source {
        table: "cost_daily",
        condition: &condition,
        keys: &["billing_currency", &segment],
        sums: &[&cost],
    });
    let value = staged.value(dimension);
    let matching = match part {
        "" => "TRUE".to_owned(),
        part => format!("contains(lower({value}), {})", literal(&part.to_lowercase())),
    };
    Ok(format!(
        "SELECT {value} AS value, billing_currency AS currency, segment, \
         CAST(sum(cost) AS VARCHAR) AS cost FROM ({inner}) WHERE {matching} \
         GROUP BY 1, 2, 3 ORDER BY {} DESC NULLS LAST",
        asked.rank()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_tags_are_counted_by_what_they_cover() {
        let texts = [
            (Some(r#"{"team":"a","app":"x"}"#), 30.0),
            (Some(r#"{"team":"b","app":""}"#), 50.0),
            (Some("not json"), 10.0),
            (None, 10.0),
        ];
        let texts = texts.into_iter().map(|(text, weight)| (text.map(str::to_owned), weight));
        let (found, more) = keys(texts);
        assert_eq!(found, [("team".to_owned(), 2, 0.8), ("app".to_owned(), 1, 0.3)]);
        assert!(!more);
    }

    #[test]
    fn columns_have_titles_and_tags_their_names() {
        assert_eq!(
            title_key(&Dimension::Catalog(CatalogField::Team)).as_deref(),
            Some("cost.dimension.catalog_team")
        );
        assert_eq!(title_key(&Dimension::Tag("team".to_owned())), None);
    }
}
