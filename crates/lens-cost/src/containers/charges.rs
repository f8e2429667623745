//! What the bill charges, hour by hour.

use super::hours::{HOUR_MS, Hours};
use crate::costs::{CostError, Metric};
use crate::currency::{Currencies, Exchange};
use hannun_allocation::sql::expression;
use hannun_allocation::{Dimension, Rules};
use hannun_model::limits::{COST_RESOURCES_MAX, LENS_ROWS_MAX};
use hannun_model::money::Money;
use hannun_query::{Engine, QueryLimits, typed};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resource that something is charged for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Resource {
    pub resource_id: String,
    pub resource_name: Option<String>,
    pub category: Option<String>,
}

/// What a charge is for, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    Compute,
    Network,
    Database,
    Queue,
    /// What runs a cluster and nobody's work in it.
    ControlPlane,
    Other,
}

/// Who is charged, as far as the bill tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Charged {
    /// One of the resources that were asked for by name.
    pub resource: Option<Arc<str>>,
    /// The service that a rule or a tag names.
    pub service: Option<Arc<str>>,
    pub purpose: Purpose,
}

/// The charges of some hours.
#[derive(Debug)]
pub struct Charges {
    pub exchange: Exchange,
    /// By hour.
    pub hours: Vec<BTreeMap<Charged, Money>>,
    /// The end of the last charge that covers less than a day; tells how far the bill has come.
    pub until_ms: Option<i64>,
    /// Whether any line was found.
    pub has_lines: bool,
}

impl Charges {
    pub fn total(&self) -> Money {
        self.hours.iter().flat_map(BTreeMap::values).copied().sum()
    }
}

#[derive(Debug, Deserialize)]
struct ChargeRow {
    resource: Option<String>,
    service: Option<String>,
    network: Option<String>,
    category: Option<String>,
    is_control_plane: Option<bool>,
    currency: Option<String>,
    segment: i64,
    start_ms: i64,
    end_ms: i64,
    amount: Option<Money>,
}

/// SQL that is true for lines of some hours: of the months that these are in, the lines whose time
/// touches them.
fn within(hours: &Hours) -> String {
    let (from, to) = (typed::timestamp_ms(hours.from_ms), typed::timestamp_ms(hours.to_ms()));
    format!(
        "billing_period_start < {to} AND billing_period_end > {from} AND \
         charge_period_start < {to} AND (charge_period_end > {from} OR charge_period_start >= {from})"
    )
}

/// The resources that something is charged for in some hours, those of most cost first.
pub async fn resources(
    engine: &Arc<Engine>,
    hours: &Hours,
    metric: Metric,
) -> Result<Vec<Resource>, CostError> {
    let sql = format!(
        "SELECT resource_id, max(resource_name) AS resource_name, \
         max(service_category) AS category FROM cost WHERE resource_id IS NOT NULL AND {} \
         GROUP BY resource_id ORDER BY sum({}) DESC LIMIT {COST_RESOURCES_MAX}",
        within(hours),
        metric.column()
    );
    let limits = QueryLimits::asked(Some(COST_RESOURCES_MAX), None);
    Ok(engine.rows::<Resource>(&sql, limits).await?.rows)
}

/// Reads what is charged in some hours, telling apart `named` resources.
pub async fn charges(
    engine: &Arc<Engine>,
    hours: &Hours,
    metric: Metric,
    (rules, currencies): (&Rules, &Currencies),
    named: &[String],
) -> Result<Charges, CostError> {
    let sql = charges_sql(hours, metric, (rules, currencies), named)?;
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let found = engine.rows::<ChargeRow>(&sql, limits).await?;
    if found.truncated {
        let message = "the bill has too many charges in this time: ask for a shorter one";
        return Err(CostError::Invalid(message.to_owned()));
    }
    spread(hours, currencies, &found.rows)
}

fn charges_sql(
    hours: &Hours,
    metric: Metric,
    (rules, currencies): (&Rules, &Currencies),
    named: &[String],
) -> Result<String, CostError> {
    let invalid = |error: hannun_allocation::RuleError| CostError::Invalid(error.to_string());
    let service = expression(&rules.service(), rules).map_err(invalid)?;
    let network = expression(&Dimension::Network, rules).map_err(invalid)?;
    let names: Vec<String> = named.iter().map(|name| typed::text(name)).collect();
    let resource = match names.is_empty() {
        true => "arrow_cast(NULL, 'Utf8View')".to_owned(),
        false => format!("CASE WHEN resource_id IN ({}) THEN resource_id END", names.join(", ")),
    };
    let time = "charge_period_start";
    let segment = currencies.segment_sql(time, hours.from_ms, hours.to_ms());
    let segment = segment.unwrap_or_else(|| hours.from_ms.to_string());
    let keys = "resource, service, network, category, is_control_plane, currency, segment, \
                start_ms, end_ms";
    Ok(format!(
        "SELECT {keys}, CAST(sum(amount) AS VARCHAR) AS amount FROM (SELECT {resource} AS \
         resource, {service} AS service, {network} AS network, service_category AS category, \
         (x_service_code IN ('AmazonEKS', 'AmazonECS') AND x_usage_type NOT LIKE '%Fargate%') AS \
         is_control_plane, billing_currency AS currency, {segment} AS segment, \
         CAST({time} AS BIGINT) / 1000000 AS start_ms, \
         CAST(charge_period_end AS BIGINT) / 1000000 AS end_ms, {} AS amount FROM cost WHERE {}) \
         AS lines GROUP BY {keys}",
        metric.column(),
        within(hours)
    ))
}

/// Spreads each charge evenly over its time and takes the part in these hours. What is charged for
/// many hours is cut at the same places by whoever asks, so that the parts of all hours sum to it.
fn spread(
    hours: &Hours,
    currencies: &Currencies,
    rows: &[ChargeRow],
) -> Result<Charges, CostError> {
    let currency = |row: &ChargeRow| row.currency.clone().unwrap_or_default();
    let codes: Vec<(String, i64)> = rows.iter().map(|row| (currency(row), row.segment)).collect();
    let exchange = currencies.exchange(codes.iter().map(|(code, at)| (code.as_str(), *at)))?;
    let mut charges = Charges {
        exchange,
        hours: vec![BTreeMap::new(); hours.count],
        until_ms: None,
        has_lines: !rows.is_empty(),
    };
    for row in rows {
        let amount = row.amount.unwrap_or_default();
        let amount = charges.exchange.convert(amount, &currency(row), row.segment)?;
        let charged = Charged {
            resource: row.resource.as_deref().map(Arc::from),
            service: row.service.as_deref().map(Arc::from),
            purpose: purpose(row),
        };
        if row.end_ms - row.start_ms <= 24 * HOUR_MS {
            charges.until_ms = charges.until_ms.max(Some(row.end_ms.min(hours.to_ms())));
        }
        let Some(first) = hours.index(row.start_ms.max(hours.from_ms)) else { continue };
        for hour in first..hours.count {
            let from_ms = hours.from_ms + hour as i64 * HOUR_MS;
            if hour > first && from_ms >= row.end_ms {
                break;
            }
            let part = part_of(amount, (row.start_ms, row.end_ms), from_ms);
            *charges.hours[hour].entry(charged.clone()).or_default() += part;
        }
    }
    Ok(charges)
}

/// The part of an amount for a time that falls into an hour: the difference of what has accrued at
/// its end and at its begin, so that the parts of all hours sum to the amount exactly.
fn part_of(amount: Money, (start_ms, end_ms): (i64, i64), hour_ms: i64) -> Money {
    if end_ms <= start_ms {
        let is_here = (hour_ms..hour_ms + HOUR_MS).contains(&start_ms);
        return if is_here { amount } else { Money::ZERO };
    }
    let accrued = |at_ms: i64| {
        let elapsed = Money::from_units(i128::from(at_ms.clamp(start_ms, end_ms) - start_ms));
        let whole = Money::from_units(i128::from(end_ms - start_ms));
        amount.times_ratio(elapsed, whole).unwrap_or_default()
    };
    accrued(hour_ms + HOUR_MS) - accrued(hour_ms)
}

fn purpose(row: &ChargeRow) -> Purpose {
    if row.is_control_plane == Some(true) {
        return Purpose::ControlPlane;
    }
    if row.network.as_deref().is_some_and(|kind| kind != "none") {
        return Purpose::Network;
    }
    match row.category.as_deref() {
        Some("Compute") => Purpose::Compute,
        Some("Databases") => Purpose::Database,
        Some("Networking") => Purpose::Network,
        Some("Integration") => Purpose::Queue,
        _ => Purpose::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::currency::Rates;

    const HOURS: Hours = Hours { from_ms: 10 * HOUR_MS, count: 3 };

    fn row(start_ms: i64, end_ms: i64, amount: &str) -> ChargeRow {
        ChargeRow {
            resource: None,
            service: None,
            network: Some("none".to_owned()),
            category: Some("Compute".to_owned()),
            is_control_plane: Some(false),
            currency: Some("USD".to_owned()),
            segment: HOURS.from_ms,
            start_ms,
            end_ms,
            amount: Some(Money::parse(amount).unwrap()),
        }
    }

    fn by_hour(rows: &[ChargeRow]) -> Vec<String> {
        let currencies = Currencies::of(Rates::default(), None);
        let charges = spread(&HOURS, &currencies, rows).unwrap();
        charges.hours.iter().map(|it| it.values().copied().sum::<Money>().to_string()).collect()
    }

    #[test]
    fn a_charge_is_spread_over_its_time_and_its_parts_sum_to_it() {
        let hour = |n: i64| n * HOUR_MS;
        assert_eq!(by_hour(&[row(hour(11), hour(12), "2.5")]), ["0", "2.5", "0"]);
        assert_eq!(by_hour(&[row(hour(0), hour(1000), "1000")]), ["1", "1", "1"]);
        assert_eq!(
            by_hour(&[row(hour(10), hour(13), "0.000000000001")]),
            ["0", "0.000000000001", "0"]
        );
        assert_eq!(by_hour(&[row(hour(12) - 1, hour(12) + 1, "-4")]), ["0", "-2", "-2"]);
        // A refund has a moment and no time.
        assert_eq!(by_hour(&[row(hour(12), hour(12), "-3")]), ["0", "0", "-3"]);
        let thirds = Money::parse("100").unwrap();
        let parts = (0..7).map(|n| part_of(thirds, (0, hour(7)), hour(n)));
        assert_eq!(parts.sum::<Money>(), thirds);
    }

    #[test]
    fn charges_are_told_apart_by_what_they_are_for() {
        let is = |change: fn(&mut ChargeRow)| {
            let mut row = row(0, 1, "1");
            change(&mut row);
            purpose(&row)
        };
        assert_eq!(is(|_| {}), Purpose::Compute);
        assert_eq!(is(|row| row.network = Some("cross_az".to_owned())), Purpose::Network);
        assert_eq!(is(|row| row.is_control_plane = Some(true)), Purpose::ControlPlane);
        assert_eq!(is(|row| row.category = Some("Databases".to_owned())), Purpose::Database);
        assert_eq!(is(|row| row.category = None), Purpose::Other);
    }

    #[test]
    fn lines_are_added_up_by_what_tells_who_is_charged() {
        let rules = Rules::default();
        let currencies = Currencies::of(Rates::default(), None);
        let named = ["i-0a".to_owned(), "it's".to_owned()];
        let sql = charges_sql(&HOURS, Metric::Effective, (&rules, &currencies), &named).unwrap();
        insta::assert_snapshot!(sql);
    }
}
