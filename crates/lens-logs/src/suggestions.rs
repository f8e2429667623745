//! What could be left out of the logs, how much that saves, and a pipeline that does it.
//!
//! Each kind of suggestion looks for candidates; a candidate is a filter in the search language, so
//! that what is measured is what its draft will match. Later kinds leave out what earlier ones
//! found: savings add up. Records of status error or fatal are never suggested.

use crate::documents::LOG_PIPELINE;
use crate::facets::sample;
use crate::field::BYTES;
use crate::histogram::whole;
use crate::question::Question;
use crate::suggestions::candidates::Candidate;
use crate::volume::{LogPrice, share};
use hannun_api::ApiError;
use hannun_ledger::Ledger;
use hannun_model::limits::LOGS_SUGGESTIONS_RECORDS_MAX;
use hannun_query::{Engine, QueryLimits};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

mod candidates;

/// What could be left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// The largest saving first.
    pub suggestions: Vec<Suggestion>,
    /// Bytes of the time, of which the shares are.
    pub total_bytes: u64,
    /// Null when every record was looked at; else how many there are, of which those of some
    /// minutes were. Records and bytes are then estimates.
    pub sampled_from: Option<u64>,
}

/// Something that could be left out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Suggestion {
    /// `noisy_pattern`, `debug`, `duplicates` or `health_checks`.
    pub kind: &'static str,
    /// What a title is made of: `service`, `environment`, `pattern`, `message`, `keep_percent`.
    pub title_parts: BTreeMap<String, String>,
    pub service: Option<String>,
    pub pattern_id: Option<String>,
    pub pattern: Option<String>,
    /// Records as stored that the draft matches.
    pub records: u64,
    pub bytes: u64,
    /// Part of all bytes, from 0 to 1.
    pub share: f64,
    pub saving_bytes: u64,
    /// Part of all bytes, from 0 to 1.
    pub saving_share: f64,
    /// Null without a price.
    pub saving_cost: Option<f64>,
    /// Records of status error or fatal among those that the draft matches.
    pub errors: u64,
    /// Body of a document of the kind `log-pipeline`.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub draft: Value,
    /// The id that its document should have. A suggestion whose document exists is not made again.
    pub draft_id: String,
}

#[derive(Debug, Deserialize)]
struct MeasureRow {
    candidate: usize,
    records: u64,
    bytes: u64,
    errors: u64,
}

#[derive(Debug, Deserialize)]
struct TotalRow {
    records: u64,
    bytes: u64,
}

/// The records that are looked at: all of a question, or those of some minutes.
#[derive(Debug)]
struct Basis {
    /// SQL that is true for them.
    condition: String,
    bytes: u64,
    /// Bytes of the question for each of theirs.
    scale: f64,
}

/// Ids of the pipelines that there are.
pub async fn pipelines(ledger: &Ledger) -> Result<HashSet<String>, ApiError> {
    let documents = ledger.documents(Some(LOG_PIPELINE.name), false).await?;
    Ok(documents.into_iter().map(|document| document.id).collect())
}

/// Suggestions about the records of a question.
pub async fn suggestions(
    engine: &Arc<Engine>,
    question: &Question,
    price: Option<&LogPrice>,
    known: &HashSet<String>,
) -> Result<Suggestions, ApiError> {
    let all = question.condition();
    let total = total(engine, &all).await?;
    let parts = parts(question, total.records);
    let mut basis = Basis { condition: all, bytes: total.bytes, scale: 1.0 };
    if parts > 1 {
        basis.condition.push_str(&format!(" AND {}", sample(parts, 60)));
        basis.bytes = self::total(engine, &basis.condition).await?.bytes;
        basis.scale = total.bytes as f64 / basis.bytes.max(1) as f64;
    }
    let sampled_from = (parts > 1).then_some(total.records);
    if basis.bytes == 0 {
        let suggestions = Vec::new();
        return Ok(Suggestions { suggestions, total_bytes: total.bytes, sampled_from });
    }
    let mut candidates = candidates::find(engine, question, &basis).await?;
    candidates.retain(|candidate| !known.contains(&candidate.draft_id));
    let measured = measure(engine, &basis, &candidates).await?;
    let mut suggestions: Vec<Suggestion> = measured
        .iter()
        .filter_map(|row| Some(suggestion(candidates.get(row.candidate)?, row, &basis, price)))
        .collect();
    suggestions.sort_by(|a, b| b.saving_bytes.cmp(&a.saving_bytes).then(a.kind.cmp(b.kind)));
    Ok(Suggestions { suggestions, total_bytes: total.bytes, sampled_from })
}

async fn total(engine: &Arc<Engine>, condition: &str) -> Result<TotalRow, ApiError> {
    let sql = format!(
        "SELECT count(*) AS records, coalesce(sum({BYTES}), 0) AS bytes FROM logs WHERE {condition}"
    );
    let rows = engine.rows::<TotalRow>(&sql, QueryLimits::default()).await?.rows;
    Ok(rows.into_iter().next().unwrap_or(TotalRow { records: 0, bytes: 0 }))
}

/// One minute in so many is looked at, of at least some.
fn parts(question: &Question, records: u64) -> u64 {
    const MINUTES_MIN: u64 = 4;
    let minutes = (question.scope.seconds() / 60.0) as u64;
    let wanted = records.div_ceil(LOGS_SUGGESTIONS_RECORDS_MAX);
    wanted.min(minutes / MINUTES_MIN).max(1)
}

/// What each candidate matches, all in one pass.
async fn measure(
    engine: &Arc<Engine>,
    basis: &Basis,
    candidates: &[Candidate],
) -> Result<Vec<MeasureRow>, ApiError> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let mut which = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        which.push_str(&format!(" WHEN {} THEN {index}", candidate.sql));
    }
    let sql = format!(
        "SELECT candidate, count(*) AS records, coalesce(sum(bytes), 0) AS bytes, \
         count(*) FILTER (WHERE severity_number >= 17) AS errors FROM \
         (SELECT CASE{which} END AS candidate, {BYTES} AS bytes, severity_number FROM logs \
         WHERE {}) WHERE candidate IS NOT NULL GROUP BY candidate",
        basis.condition
    );
    Ok(engine.rows::<MeasureRow>(&sql, QueryLimits::default()).await?.rows)
}

fn suggestion(
    candidate: &Candidate,
    row: &MeasureRow,
    basis: &Basis,
    price: Option<&LogPrice>,
) -> Suggestion {
    let dropped = 1.0 - f64::from(candidate.keep_percent) / 100.0;
    let of_all = |count: u64| whole(count as f64 * basis.scale);
    let share = share(row.bytes, basis.bytes);
    let saving_bytes = whole(row.bytes as f64 * basis.scale * dropped);
    let rule = match candidate.keep_percent {
        0 => json!({ "action": "drop" }),
        keep_percent => json!({ "action": "sample", "keep_percent": keep_percent }),
    };
    let mut title_parts = candidate.title_parts.clone();
    title_parts.insert("keep_percent".to_owned(), candidate.keep_percent.to_string());
    Suggestion {
        kind: candidate.kind,
        title_parts,
        service: candidate.service.clone(),
        pattern_id: candidate.pattern_id.clone(),
        pattern: candidate.pattern.clone(),
        records: of_all(row.records),
        bytes: of_all(row.bytes),
        share,
        saving_bytes,
        saving_share: share * dropped,
        saving_cost: price.map(|price| price.cost(saving_bytes)),
        errors: of_all(row.errors),
        draft: json!({
            "name": candidate.name,
            "match": candidate.filter.to_string(),
            "rules": [rule],
        }),
        draft_id: candidate.draft_id.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_leaves_out_records_but_not_nearly_all_minutes() {
        let hour = Question::everything(0, 3_600_000);
        assert_eq!(parts(&hour, 0), 1);
        assert_eq!(parts(&hour, LOGS_SUGGESTIONS_RECORDS_MAX), 1);
        assert_eq!(parts(&hour, LOGS_SUGGESTIONS_RECORDS_MAX + 1), 2);
        assert_eq!(parts(&hour, u64::MAX), 15);
        assert_eq!(parts(&Question::everything(0, 5000), u64::MAX), 1);
    }
}
