//! Who logs most: records and bytes by service, status, container, pattern …, with their price.

use crate::documents::{DEFAULT, LOG_PRICE};
use crate::field::{BYTES, Field, WEIGHT};
use crate::histogram::{Buckets, whole};
use crate::question::{Question, timestamp_ns};
use hannun_api::ApiError;
use hannun_ledger::{Ledger, LedgerError};
use hannun_model::limits::{LENS_ROWS_MAX, SQL_BYTES_MAX};
use hannun_query::error::QueryErrorKind;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Bytes of a gigabyte, as prices count them.
const GIGABYTE: f64 = 1e9;
/// Bytes of values that a query names.
const NAMED_BYTES_MAX: usize = SQL_BYTES_MAX / 4;

/// The price that the team set, in the document `log-price`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogPrice {
    pub per_gb: f64,
    /// An ISO 4217 code.
    pub currency: String,
}

impl LogPrice {
    /// What so many bytes cost. A gigabyte has 10⁹ bytes.
    pub fn cost(&self, bytes: u64) -> f64 {
        bytes as f64 / GIGABYTE * self.per_gb
    }
}

/// Volume by groups. All of it is what is stored: that is what costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Volume {
    pub price: Option<LogPrice>,
    /// Records as stored.
    pub total_records: u64,
    /// Records that these stand for after sampling.
    pub represented_records: u64,
    pub total_bytes: u64,
    /// In the time of the same length before.
    pub previous_bytes: u64,
    /// Null without a price.
    pub total_cost: Option<f64>,
    /// Those with most bytes, first.
    pub groups: Vec<VolumeGroup>,
    /// Start of the first part of `over_time`.
    pub from_ms: i64,
    pub bucket_ms: i64,
    /// Whether there are more groups.
    pub truncated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VolumeGroup {
    /// Null for the records without one.
    pub value: Option<String>,
    /// The pattern, when the group is one.
    pub pattern: Option<String>,
    pub records: u64,
    pub bytes: u64,
    /// Part of all bytes, from 0 to 1.
    pub share: f64,
    /// Null without a price.
    pub cost: Option<f64>,
    pub previous_bytes: u64,
    /// Bytes in each part of the time.
    pub over_time: Vec<u64>,
}

#[derive(Debug, Deserialize)]
struct GroupRow {
    value: Option<String>,
    pattern: Option<String>,
    records: u64,
    bytes: u64,
    previous_bytes: u64,
    total_records: u64,
    represented: f64,
    total_bytes: u64,
    total_previous: u64,
}

#[derive(Debug, Deserialize)]
struct SeriesRow {
    value: Option<String>,
    bucket: i64,
    bytes: f64,
}

/// How volume is asked for.
#[derive(Debug)]
pub struct Grouping {
    pub by: Field,
    pub buckets: u32,
    pub limit: usize,
}

impl Grouping {
    /// Groups by a field; its short name may be that of a facet.
    pub fn new(name: &str, buckets: u32, limit: usize) -> Result<Self, ApiError> {
        // Rows of the series: one for each group and part, and the first part begins earlier.
        let most = (LENS_ROWS_MAX / limit.max(1)).saturating_sub(1).max(1);
        let buckets = buckets.min(u32::try_from(most).unwrap_or(u32::MAX));
        Ok(Self { by: Field::parse(name)?, buckets, limit })
    }
}

/// The price per gigabyte, when the team set one.
pub async fn price(ledger: &Ledger) -> Result<Option<LogPrice>, ApiError> {
    match ledger.document(LOG_PRICE.name, DEFAULT).await {
        Ok(document) => Ok(serde_json::from_value(document.body).ok()),
        Err(LedgerError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The volume of a question.
pub async fn volume(
    engine: &Arc<Engine>,
    question: &Question,
    grouping: &Grouping,
    price: Option<LogPrice>,
) -> Result<Volume, QueryError> {
    let limits = QueryLimits::asked(Some(grouping.limit + 1), None);
    let mut rows = engine.rows::<GroupRow>(&groups_sql(question, grouping), limits).await?.rows;
    let truncated = rows.len() > grouping.limit;
    rows.truncate(grouping.limit);
    let buckets = Buckets::new(question, grouping.buckets);
    let mut series = series(engine, question, grouping, buckets, &rows).await?;
    let first = rows.first();
    let total_bytes = first.map_or(0, |row| row.total_bytes);
    let mut volume = Volume {
        total_records: first.map_or(0, |row| row.total_records),
        represented_records: first.map_or(0, |row| whole(row.represented)),
        total_bytes,
        previous_bytes: first.map_or(0, |row| row.total_previous),
        total_cost: price.as_ref().map(|price| price.cost(total_bytes)),
        groups: Vec::new(),
        from_ms: buckets.from_ms,
        bucket_ms: buckets.bucket_ms,
        truncated,
        price,
    };
    for row in rows {
        let over_time = series.remove(&row.value).unwrap_or_else(|| vec![0.0; buckets.count]);
        volume.groups.push(VolumeGroup {
            over_time: over_time.into_iter().map(whole).collect(),
            share: share(row.bytes, total_bytes),
            cost: volume.price.as_ref().map(|price| price.cost(row.bytes)),
            value: row.value,
            pattern: row.pattern,
            records: row.records,
            bytes: row.bytes,
            previous_bytes: row.previous_bytes,
        });
    }
    Ok(volume)
}

/// A part of a whole that may be nothing.
pub(crate) fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// Groups of the time, each beside its bytes in the time before.
fn groups_sql(question: &Question, grouping: &Grouping) -> String {
    let scope = &question.scope;
    let length_ms = scope.to_ms - scope.from_ms;
    let both = question.about((scope.from_ms - length_ms).max(0), scope.to_ms);
    let now = format!("time >= {}", timestamp_ns(question.bounds_ns().0));
    let is_pattern = grouping.by.sql() == "pattern_id";
    let pattern = if is_pattern { "max(pattern)" } else { "CAST(NULL AS VARCHAR)" };
    format!(
        "SELECT *, sum(records) OVER () AS total_records, sum(stands_for) OVER () AS represented, \
         sum(bytes) OVER () AS total_bytes, sum(previous_bytes) OVER () AS total_previous FROM \
         (SELECT CAST({value} AS VARCHAR) AS value, {pattern} AS pattern, \
         count(*) FILTER (WHERE {now}) AS records, \
         coalesce(sum({WEIGHT}) FILTER (WHERE {now}), 0) AS stands_for, \
         coalesce(sum({BYTES}) FILTER (WHERE {now}), 0) AS bytes, \
         coalesce(sum({BYTES}) FILTER (WHERE NOT {now}), 0) AS previous_bytes \
         FROM logs WHERE {condition} GROUP BY 1) \
         ORDER BY bytes DESC, records DESC, value LIMIT {rows}",
        value = grouping.by.sql(),
        condition = both.condition(),
        rows = grouping.limit + 1,
    )
}

async fn series(
    engine: &Arc<Engine>,
    question: &Question,
    grouping: &Grouping,
    buckets: Buckets,
    groups: &[GroupRow],
) -> Result<HashMap<Option<String>, Vec<f64>>, QueryError> {
    let mut series = HashMap::new();
    if groups.is_empty() {
        return Ok(series);
    }
    let sql = series_sql(question, grouping, buckets, groups);
    let limits = QueryLimits::asked(Some(LENS_ROWS_MAX), None);
    let answer = engine.rows::<SeriesRow>(&sql, limits).await?;
    if answer.truncated {
        let message = "the series have too many points; ask for fewer groups or buckets";
        return Err(QueryError::new(QueryErrorKind::TooLarge, message));
    }
    for row in answer.rows {
        let parts = series.entry(row.value).or_insert_with(|| vec![0.0; buckets.count]);
        buckets.add(parts, row.bucket, row.bytes);
    }
    Ok(series)
}

fn series_sql(
    question: &Question,
    grouping: &Grouping,
    buckets: Buckets,
    groups: &[GroupRow],
) -> String {
    let value = format!("CAST({} AS VARCHAR)", grouping.by.sql());
    let named: Vec<String> =
        groups.iter().filter_map(|group| group.value.as_deref()).map(typed::text).collect();
    let mut chosen = Vec::new();
    if named.iter().map(String::len).sum::<usize>() > NAMED_BYTES_MAX {
        // Too long to be written out: the groups are looked for again. None has a text too.
        let text = |value: &str| format!("coalesce('=' || {value}, '')");
        let groups = groups_sql(question, grouping);
        chosen.push(format!("{} IN (SELECT {} FROM ({groups}))", text(&value), text("value")));
    } else {
        if !named.is_empty() {
            chosen.push(format!("{value} IN ({})", named.join(", ")));
        }
        if groups.iter().any(|group| group.value.is_none()) {
            chosen.push(format!("{value} IS NULL"));
        }
    }
    format!(
        "SELECT {value} AS value, {} AS bucket, sum({BYTES}) AS bytes FROM logs \
         WHERE {} AND ({}) GROUP BY 1, 2",
        buckets.sql(),
        question.condition(),
        chosen.join(" OR ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_never_have_more_points_than_are_read() {
        let question = Question::everything(59_999, 3_600_123);
        for limit in [1, 10, 399, 400, 401, 1000] {
            let grouping = Grouping::new("service", 500, limit).unwrap();
            let buckets = Buckets::new(&question, grouping.buckets);
            assert!(buckets.count * limit <= LENS_ROWS_MAX, "{limit} groups, {buckets:?}");
        }
        assert_eq!(Grouping::new("service", 500, 10).unwrap().buckets, 500);
    }

    #[test]
    fn long_values_do_not_make_the_query_of_the_series_too_long() {
        let question = Question::everything(0, 60_000);
        let grouping = Grouping::new("@sql", 10, 1000).unwrap();
        let buckets = Buckets::new(&question, 10);
        let group = |value: Option<String>| GroupRow {
            value,
            pattern: None,
            records: 1,
            bytes: 1,
            previous_bytes: 0,
            total_records: 1,
            represented: 1.0,
            total_bytes: 1,
            total_previous: 0,
        };
        let mut groups: Vec<GroupRow> =
            (0..1000).map(|n| group(Some(format!("{n}{}", "'".repeat(1000))))).collect();
        groups.push(group(None));
        let sql = series_sql(&question, &grouping, buckets, &groups);
        assert!(sql.len() < SQL_BYTES_MAX / 4, "{}", sql.len());
        assert!(sql.contains("IN (SELECT coalesce('=' || value, '') FROM ("), "{sql}");
        groups.truncate(2);
        let sql = series_sql(&question, &grouping, buckets, &groups);
        assert!(sql.contains("IN ('0"), "{sql}");
    }

    #[test]
    fn groups_are_compared_with_the_time_before() {
        let question = Question::everything(60_000, 120_000);
        let grouping = Grouping::new("pattern", 48, 5).unwrap();
        insta::assert_snapshot!(groups_sql(&question, &grouping));
    }

    #[test]
    fn a_price_is_per_thousand_million_bytes() {
        let price = LogPrice { per_gb: 1400.0, currency: "KRW".to_owned() };
        assert_eq!(price.cost(2_500_000_000), 3500.0);
    }
}
