//! Records grouped by the pattern of their message, and which patterns are new.

use crate::field::{BYTES, WEIGHT};
use crate::histogram::whole;
use crate::question::{MILLISECOND, Question};
use hannun_model::limits::LOGS_PATTERNS_READ_MAX;
use hannun_model::severity::status_of_number;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
    /// A search that finds its records, also those stored under an id that is this one by now.
    pub query: String,
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

/// Records of one id of a pattern, or of several that turned out to be one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// The ids under which records are stored.
    #[serde(skip)]
    ids: Vec<String>,
    #[serde(skip)]
    records_before: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct BeforeRow {
    pattern_id: String,
    records: f64,
}

#[derive(Debug, Deserialize)]
struct SampleRow {
    pattern_id: String,
    pattern: Option<String>,
    sample: Option<String>,
}

/// The patterns of a question, compared with those of another time. `now` says what an id is by now:
/// patterns that turned out to be one are one here, whatever their records are stored under.
pub async fn patterns(
    engine: &Arc<Engine>,
    question: &Question,
    before: Option<&Question>,
    limit: usize,
    now: impl Fn(&str) -> String,
) -> Result<Patterns, QueryError> {
    // All that there can be: merging needs the rare ones too.
    let limits = QueryLimits::asked(Some(LOGS_PATTERNS_READ_MAX), None);
    let read = engine.rows::<GroupRow>(&sql(question), limits).await?;
    let total: f64 = read.rows.iter().map(|group| group.records).sum();
    let mut groups = merged(read.rows, &now);
    if let Some(before) = before {
        let rows = engine.rows::<BeforeRow>(&before_sql(before), limits).await?.rows;
        let mut counts: HashMap<String, f64> = HashMap::new();
        for row in rows {
            *counts.entry(now(&row.pattern_id)).or_default() += row.records;
        }
        for group in &mut groups {
            let id = group.pattern_id.as_deref().unwrap_or_default();
            group.records_before = counts.get(id).copied();
        }
    }
    let compared = before.is_some();
    groups.sort_by(|left, right| {
        let is_old = |group: &GroupRow| compared && group.records_before.is_some();
        (is_old(left), right.records, &left.pattern_id)
            .partial_cmp(&(is_old(right), left.records, &right.pattern_id))
            .unwrap_or(Ordering::Equal)
    });
    let truncated = read.truncated || groups.len() > limit;
    groups.truncate(limit);
    let mut samples = samples(engine, question, &groups).await?;
    let patterns = groups.into_iter().filter_map(|group| {
        let id = group.pattern_id.clone()?;
        let found = group.ids.iter().filter_map(|id| samples.remove(id));
        // The id that lives on has the widest template.
        let sample = found.max_by_key(|sample| sample.pattern_id == id);
        Some(row(group, id, sample, total, compared))
    });
    Ok(Patterns { patterns: patterns.collect(), total: whole(total), truncated })
}

/// Joins the groups whose ids are one by now; records without a pattern are left out.
fn merged(groups: Vec<GroupRow>, now: impl Fn(&str) -> String) -> Vec<GroupRow> {
    let mut by_id: HashMap<String, GroupRow> = HashMap::new();
    for mut group in groups {
        let Some(stored) = group.pattern_id.take() else { continue };
        let id = now(&stored);
        group.ids = vec![stored];
        match by_id.entry(id) {
            Entry::Vacant(entry) => {
                group.pattern_id = Some(entry.key().clone());
                entry.insert(group);
            }
            Entry::Occupied(mut entry) => entry.get_mut().join(group),
        }
    }
    by_id.into_values().collect()
}

impl GroupRow {
    fn join(&mut self, other: Self) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.first_ns = self.first_ns.min(other.first_ns);
        self.last_ns = self.last_ns.max(other.last_ns);
        if self.service != other.service {
            self.service = None;
        }
        self.severity_low = self.severity_low.min(other.severity_low);
        self.severity_high = self.severity_high.max(other.severity_high);
        self.with_severity &= other.with_severity;
        self.ids.extend(other.ids);
    }
}

fn sql(question: &Question) -> String {
    format!(
        "SELECT pattern_id, sum({WEIGHT}) AS records, sum({BYTES}) AS bytes, \
         CAST(min(time) AS BIGINT) AS first_ns, CAST(max(time) AS BIGINT) AS last_ns, \
         CASE WHEN min(service_name) = max(service_name) AND count(service_name) = count(*) \
         THEN max(service_name) END AS service, min(severity_number) AS severity_low, \
         max(severity_number) AS severity_high, count(severity_number) = count(*) AS with_severity \
         FROM logs WHERE {} GROUP BY pattern_id",
        question.condition()
    )
}

fn before_sql(before: &Question) -> String {
    format!(
        "SELECT pattern_id, sum({WEIGHT}) AS records FROM logs \
         WHERE {} AND pattern_id IS NOT NULL GROUP BY pattern_id",
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
    let ids: Vec<String> =
        groups.iter().flat_map(|group| &group.ids).map(|id| typed::text(id)).collect();
    let times: Vec<String> = groups.iter().map(|group| group.last_ns.to_string()).collect();
    let sql = format!(
        "SELECT pattern_id, max(pattern) AS pattern, max(left(body, 1000)) AS sample FROM logs \
         WHERE {} AND pattern_id IN ({}) AND CAST(time AS BIGINT) IN ({}) GROUP BY pattern_id",
        question.condition(),
        ids.join(", "),
        times.join(", ")
    );
    let limits = QueryLimits::asked(Some(ids.len()), None);
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
    let query = match group.ids.as_slice() {
        [only] => format!("pattern_id:{only}"),
        ids => format!("pattern_id:({})", ids.join(" OR ")),
    };
    PatternRow {
        pattern_id,
        query,
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
        insta::assert_snapshot!(sql(&question));
    }

    fn group(id: Option<&str>, records: f64, service: &str, severity: i64) -> GroupRow {
        GroupRow {
            pattern_id: id.map(str::to_owned),
            records,
            bytes: 10,
            first_ns: severity,
            last_ns: severity,
            service: Some(service.to_owned()),
            severity_low: Some(severity),
            severity_high: Some(severity),
            with_severity: true,
            ids: Vec::new(),
            records_before: None,
        }
    }

    #[test]
    fn patterns_that_are_one_by_now_are_counted_as_one() {
        let groups = vec![
            group(Some("old"), 2.0, "web", 9),
            group(Some("new"), 3.0, "web", 17),
            group(None, 7.0, "web", 9),
        ];
        let now = |id: &str| if id == "old" { "new".to_owned() } else { id.to_owned() };
        let expected = GroupRow {
            bytes: 20,
            first_ns: 9,
            severity_low: Some(9),
            ids: vec!["old".to_owned(), "new".to_owned()],
            ..group(Some("new"), 5.0, "web", 17)
        };
        assert_eq!(merged(groups.clone(), now), [expected]);
        let row = row(merged(groups, now).remove(0), "new".to_owned(), None, 10.0, false);
        assert_eq!(row.query, "pattern_id:(old OR new)");
        assert_eq!((row.count, row.share, row.status), (5, 0.5, None));
    }
}
