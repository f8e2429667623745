//! Records grouped by the pattern of their message, and which patterns are new.

use crate::field::{BYTES, WEIGHT};
use crate::histogram::whole;
use crate::question::{MILLISECOND, Question};
use hannun_model::severity::status_of_number;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// Patterns of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Patterns {
    /// The most frequent first; when compared, new ones before all others.
    pub patterns: Vec<PatternRow>,
    /// Records of all patterns, and of none, counted as often as each stands for one.
    pub total: u64,
    /// Whether there are more patterns.
    pub truncated: bool,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct PatternRow {
    pub pattern_id: String,
    /// As it was known when its last record came; variables are `<…>`.
    pub pattern: String,
    /// Null when records of several services have it.
    pub service: Option<String>,
    /// Null when its records differ in status.
    pub status: Option<String>,
    pub count: u64,
    /// As stored.
    pub bytes: u64,
    /// Part of the total, from 0 to 1.
    pub share: f64,
    /// Count in the time that is compared with; null when there is none.
    pub before_count: Option<u64>,
    pub first_seen_ms: f64,
    pub last_seen_ms: f64,
    /// Whether no record had it in the time that is compared with.
    pub is_new: bool,
    /// The start of the message of its last record.
    pub sample: String,
}

#[derive(Debug, Deserialize)]
struct GroupRow {
    pattern_id: Option<String>,
    records: f64,
    bytes: u64,
    first_ns: i64,
    last_ns: i64,
    service: Option<String>,
    severity_low: Option<i64>,
    severity_high: Option<i64>,
    with_severity: bool,
    records_before: Option<f64>,
    total: f64,
}

#[derive(Debug, Deserialize)]
struct SampleRow {
    pattern_id: String,
    pattern: Option<String>,
    sample: Option<String>,
}

/// The patterns of a question, compared with those of another time.
pub async fn patterns(
    engine: &Arc<Engine>,
    question: &Question,
    before: Option<&Question>,
    limit: usize,
) -> Result<Patterns, QueryError> {
    // One more says whether there are more, another may be the records without a pattern.
    let limits = QueryLimits::asked(Some(limit + 2), None);
    let mut groups = engine.rows::<GroupRow>(&sql(question, before, limit + 2), limits).await?.rows;
    let total = groups.first().map_or(0.0, |group| group.total);
    groups.retain(|group| group.pattern_id.is_some());
    let truncated = groups.len() > limit;
    groups.truncate(limit);
    let mut samples = samples(engine, question, &groups).await?;
    let compared = before.is_some();
    let patterns = groups.into_iter().filter_map(|group| {
        let id = group.pattern_id.clone()?;
        let sample = samples.remove(&id);
        Some(row(group, id, sample, total, compared))
    });
    Ok(Patterns { patterns: patterns.collect(), total: whole(total), truncated })
}

fn sql(question: &Question, before: Option<&Question>, rows: usize) -> String {
    let groups = format!(
        "SELECT pattern_id, sum({WEIGHT}) AS records, sum({BYTES}) AS bytes, \
         CAST(min(time) AS BIGINT) AS first_ns, CAST(max(time) AS BIGINT) AS last_ns, \
         CASE WHEN min(service_name) = max(service_name) AND count(service_name) = count(*) \
         THEN max(service_name) END AS service, min(severity_number) AS severity_low, \
         max(severity_number) AS severity_high, count(severity_number) = count(*) AS with_severity \
         FROM logs WHERE {} GROUP BY pattern_id",
        question.condition()
    );
    let Some(before) = before else {
        return format!(
            "SELECT *, NULL AS records_before, sum(records) OVER () AS total FROM ({groups}) \
             ORDER BY records DESC, pattern_id LIMIT {rows}"
        );
    };
    format!(
        "SELECT now.*, records_before, sum(records) OVER () AS total FROM ({groups}) AS now \
         LEFT JOIN (SELECT pattern_id AS id, sum({WEIGHT}) AS records_before FROM logs WHERE {} \
         GROUP BY pattern_id) ON id = pattern_id \
         ORDER BY records_before IS NULL DESC, records DESC, pattern_id LIMIT {rows}",
        before.condition()
    )
}

/// The last record of each pattern, read by its time: bodies of others are not looked at.
async fn samples(
    engine: &Arc<Engine>,
    question: &Question,
    groups: &[GroupRow],
) -> Result<HashMap<String, SampleRow>, QueryError> {
    if groups.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = groups.iter().filter_map(|group| group.pattern_id.as_deref());
    let ids: Vec<String> = ids.map(typed::text).collect();
    let times: Vec<String> = groups.iter().map(|group| group.last_ns.to_string()).collect();
    let sql = format!(
        "SELECT pattern_id, max(pattern) AS pattern, max(left(body, 1000)) AS sample FROM logs \
         WHERE {} AND pattern_id IN ({}) AND CAST(time AS BIGINT) IN ({}) GROUP BY pattern_id",
        question.condition(),
        ids.join(", "),
        times.join(", ")
    );
    let limits = QueryLimits::asked(Some(groups.len()), None);
    let rows = engine.rows::<SampleRow>(&sql, limits).await?.rows;
    Ok(rows.into_iter().map(|row| (row.pattern_id.clone(), row)).collect())
}

fn row(
    group: GroupRow,
    pattern_id: String,
    sample: Option<SampleRow>,
    total: f64,
    compared: bool,
) -> PatternRow {
    let (pattern, sample) = sample.map_or((None, None), |sample| (sample.pattern, sample.sample));
    let low = group.severity_low.and_then(status_of_number);
    let high = group.severity_high.and_then(status_of_number);
    let milliseconds = |nanoseconds: i64| nanoseconds as f64 / MILLISECOND as f64;
    PatternRow {
        pattern_id,
        pattern: pattern.unwrap_or_default(),
        service: group.service,
        status: low.filter(|low| group.with_severity && Some(*low) == high).map(str::to_owned),
        count: whole(group.records),
        bytes: group.bytes,
        share: if total > 0.0 { group.records / total } else { 0.0 },
        before_count: compared.then(|| whole(group.records_before.unwrap_or(0.0))),
        first_seen_ms: milliseconds(group.first_ns),
        last_seen_ms: milliseconds(group.last_ns),
        is_new: compared && group.records_before.is_none(),
        sample: sample.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_counted_without_reading_messages() {
        let question = Question::everything(60_000, 120_000);
        insta::assert_snapshot!(sql(&question, None, 12));
    }

    #[test]
    fn new_patterns_come_first_when_compared() {
        let question = Question::everything(60_000, 120_000);
        insta::assert_snapshot!(sql(&question, Some(&question.about(0, 60_000)), 12));
    }
}
